"""What a query string may say: the parts of which the filters of every list are made.

Values of one repeated filter are joined by OR, filters by AND. An empty value says nothing; a parameter that no list
knows is ignored, so that links with marks of a mail program or a browser still work.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from common.rules import text_problem
from common.windows import start_of_day
from dashboard.lists.orders import CursorError, Order, Reading

PAGE = 50
FEW = 2_000  # rows that are named one by one; more are described
_MOST_A_REQUEST = 500
_LAST_PAGE = 1_000_000_000
_LONGEST_SHOWN = 80
_MOST_DIGITS = 20


class ManyField(forms.MultipleChoiceField):
    """Any number of values of one parameter, empty ones left out."""

    def clean(self, value: Sequence[str]) -> list[Any]:
        """Return the distinct values that say something, in order. ValidationError: one is impossible."""
        return [self.read(text) for text in dict.fromkeys(value) if text]

    def read(self, text: str) -> Any:  # noqa: ANN401 (the value of whatever the field reads)
        """Return the value of one text."""
        if text_problem(text, max_length=len(text)):
            raise ValidationError("holds a character that no text holds")
        return text


class OneOfField(ManyField):
    """Values out of a few."""

    def read(self, text: str) -> str:
        """Return the value. ValidationError: it is not one of them."""
        possible = [str(value) for value, *_ in self.widget.choices]
        if text not in possible:
            raise ValidationError(f"{text[:_LONGEST_SHOWN]!r} is not one of: {', '.join(possible)}")
        return text


class DaysField(ManyField):
    """Days such as 2026-03-30."""

    def read(self, text: str) -> date:
        """Return the day. ValidationError: it is none."""
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = None
        if day is None or day.isoformat() != text:
            raise ValidationError(f"{text[:_LONGEST_SHOWN]!r} is no day; write it as 2026-03-30")
        return day


class LastField(forms.CharField):
    """A parameter of which the last one counts; it says how rows are shown, not which."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 (Django's)
        super().__init__(strip=False, **options)


class NumberField(LastField):
    """A whole number within bounds."""

    def __init__(self, *, default: int, most: int, **options: Any) -> None:  # noqa: ANN401 (Django's)
        super().__init__(**options)
        self._default = default
        self._most = most

    def clean(self, value: str | None) -> int:
        """Return the number. ValidationError: it is none, or out of bounds."""
        if not value:
            return self._default
        if not (value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS and 1 <= int(value) <= self._most):
            raise ValidationError(f"{value[:_LONGEST_SHOWN]!r} is not a whole number from 1 to {self._most:,}")
        return int(value)


class Many(django_filters.Filter):
    """A filter with any number of values."""

    field_class = ManyField


class OneOf(django_filters.Filter):
    """A filter whose values are out of a few."""

    field_class = OneOfField


class Days(django_filters.Filter):
    """A filter of days."""

    field_class = DaysField


class Last(django_filters.Filter):
    """A text that leaves no row out."""

    field_class: type[forms.Field] = LastField

    def filter(self, qs: QuerySet[Any], value: object) -> QuerySet[Any]:  # noqa: ARG002 (django-filter's)
        """Return all rows."""
        return qs


class Number(Last):
    """A whole number that leaves no row out."""

    field_class = NumberField


@dataclass(frozen=True)
class Problem:
    """What is wrong with one parameter."""

    parameter: str
    text: str


class ListFilters(django_filters.FilterSet):
    """The filters of a list; a list declares its own besides these.

    `narrowing` are the parameters that leave rows out, in the order in which chips show them; `orders` the columns by
    which it can be sorted, the first one by default; `also` other names of them.
    """

    narrowing: ClassVar[tuple[str, ...]] = ()
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    also: ClassVar[Mapping[str, str]] = {}

    sort = Last()
    page = Number(default=1, most=_LAST_PAGE)
    limit = Number(default=PAGE, most=_MOST_A_REQUEST)
    cursor = Last()

    def __init__(self, data: QueryDict, queryset: QuerySet[Any]) -> None:
        super().__init__(data, queryset)
        self.is_bound = True  # no parameter at all is a question too

    # --- what was asked -----------------------------------------------------------------------------------------------

    @cached_property
    def _asked(self) -> dict[str, Any]:
        self.form.full_clean()
        return dict(self.form.cleaned_data)

    def values(self, name: str) -> list[Any]:
        """Return the values of a narrowing parameter."""
        return list(self._asked[name])

    @property
    def page_number(self) -> int:
        """Which page was asked for."""
        return int(self._asked["page"])

    @property
    def limit_number(self) -> int:
        """How many rows a program asked for."""
        return int(self._asked["limit"])

    @cached_property
    def order(self) -> Order:
        """By what rows are sorted."""
        return self.read_order(self._asked["sort"])

    @cached_property
    def position(self) -> list[Any] | None:
        """Behind which row the rows begin; None for the first one."""
        cursor = self._asked["cursor"]
        return self.order.position(cursor, self.queryset.model) if cursor else None

    @cached_property
    def problems(self) -> list[Problem]:
        """What can not be answered; with a problem there are no rows."""
        found = [Problem(name, str(error)) for name, errors in self.errors.items() for error in errors]
        if found:
            return found
        return [*self._problems()]

    def _problems(self) -> Iterator[Problem]:
        try:
            self.order  # noqa: B018 (read for its error)
        except ValueError as error:
            yield Problem("sort", str(error))
            return
        try:
            self.position  # noqa: B018 (read for its error)
        except CursorError as error:
            yield Problem("cursor", str(error))

    @classmethod
    def read_order(cls, alias: str) -> Order:
        """Return the order of that name, -name for descending. ValueError: the list has no such column."""
        name = alias.removeprefix("-") or next(iter(cls.orders))
        name = cls.also.get(name, name)
        if name not in cls.orders or alias == "-":
            raise ValueError(
                f"{alias[:_LONGEST_SHOWN]!r} is not one of: {', '.join(cls.orders)}, or one of them with -"
            )
        return Order(name, (*cls.orders[name], "pk"), is_descending=alias.startswith("-"))

    # --- the query string ---------------------------------------------------------------------------------------------

    @property
    def is_narrowed(self) -> bool:
        """Whether any parameter leaves rows out."""
        return any(self.values(name) for name in self.narrowing)

    def narrowed_by(self) -> set[str]:
        """Return the names of the parameters that leave rows out."""
        return {name for name in self.narrowing if self.values(name)}

    def given(self, *names: str) -> list[tuple[str, str]]:
        """Return what stands in the query string for these parameters, without what says nothing."""
        return [(name, value) for name in names for value in dict.fromkeys(self.data.getlist(name)) if value]

    def query(self, *, without: Collection[str] = (), **more: str) -> str:
        """Return the query string of the same rows in the same order, from the first page on."""
        names = [name for name in (*self.narrowing, "sort") if name not in without and name not in more]
        return urlencode([*self.given(*names), *more.items()])

    # --- hooks --------------------------------------------------------------------------------------------------------

    def total(self) -> int | None:
        """Return the exact number of rows when a counter knows it."""
        return None

    has_many_hits = False  # whether a search is set that finds more than a few rows

    @property
    def is_many(self) -> bool:
        """Whether it is known already that more than a few rows match."""
        self.qs  # noqa: B018 (while it is built, a search says how many hits it has)
        return self.has_many_hits and self.narrowed_by() == {"q"}

    def first(self, reading: Reading, *, begin: int) -> list[tuple[Any, ...]] | None:  # noqa: ARG002 (a hook)
        """Return the rows of a reading as `Reading.found` does, when they can be found faster than by a scan."""
        return None

    def in_order(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow rows by what their filters imply, where that shortens a scan in the order of the list."""
        return rows


def created_between(column: str, *, first: Sequence[date], last: Sequence[date]) -> Q:
    """Return the condition for local days of the viewer, both included; of several, the widest."""
    zone = ZoneInfo(timezone.get_current_timezone_name())
    condition = Q()
    if first:
        condition &= Q(**{f"{column}__gte": _start(min(first), zone)})
    if last and max(last) < date.max:
        condition &= Q(**{f"{column}__lt": _start(max(last) + timedelta(days=1), zone)})
    return condition


def _start(day: date, zone: ZoneInfo) -> datetime:
    try:
        return start_of_day(day, zone)
    except OverflowError:  # at the ends of the calendar
        return datetime.combine(day, datetime.min.time(), UTC)
