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


class Holds(Lookup):
    """`field__holds=[…]`: one of these texts is a part of the column, literally; an index of trigrams finds it."""

    lookup_name = "holds"
    prepare_rhs = False

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # noqa: ANN401 (Django's)
        """Compile to `column LIKE ANY (array)`."""
        left, left_parameters = self.process_lhs(compiler, connection)
        return f"{left} LIKE ANY (%s::text[])", [*left_parameters, [f"%{_literal(text)}%" for text in self.rhs]]


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def register() -> None:
    """Make the look-ups known to every field."""
    Field.register_lookup(AnyOf)
    Field.register_lookup(Holds)
