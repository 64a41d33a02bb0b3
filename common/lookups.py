"""Look-ups that Django lacks."""

from typing import Any

from django.db.models import Field, Lookup


class AnyOf(Lookup):
    """`field__any_of=[…]`: like `in`, but one array parameter however long the list is."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # noqa: ANN401 (Django's)
        """Compile to `column = ANY (array)`."""
        left, left_parameters = self.process_lhs(compiler, connection)
        cast = self.lhs.output_field.cast_db_type(connection)
        return f"{left} = ANY (%s::{cast.split('(')[0]}[])", [*left_parameters, list(self.rhs)]


def register() -> None:
    """Make the look-ups known to every field."""
    Field.register_lookup(AnyOf)
