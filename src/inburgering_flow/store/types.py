"""Column types that hold the same values in every database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Text, TypeDecorator, false, literal, literal_column, or_
from sqlalchemy.engine import Dialect

from inburgering_flow.values import dump_value, load_value


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; moments are stored aware.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def moment_of(text: str | None) -> datetime | None:
    """Return the moment that a column keeps as text, as ``Moment`` does, in one step."""
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


class Json(TypeDecorator[Any]):
    """A plain value as JSON text; fractions stay decimals."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Store compact JSON."""
        if value is None:
            return None
        return dump_value(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Return the plain value."""
        return None if value is None else load_value(value)


UNIT = "\x1f"  # stands for a comma in a name


class Names(TypeDecorator[tuple[str, ...]]):
    """A short list of names, stored between commas so that one can be found by LIKE."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        """Store ``,a,b,`` or nothing; a comma in a name is stored as the character that separates units."""
        return f",{','.join(name.replace(',', UNIT) for name in value)}," if value else ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        """Return the names."""
        return tuple(part.replace(UNIT, ",") for part in (value or "").split(",") if part)


class Path(TypeDecorator[tuple[int, ...]]):
    """A short list of keys."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[int, ...] | None, dialect: Dialect) -> str:
        """Store the keys between spaces."""
        return " ".join(map(str, value or ()))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[int, ...]:
        """Return the keys."""
        return tuple(map(int, value.split())) if value else ()


def constant(state: str) -> ColumnElement[str]:
    """Return a state as a literal in the statement, not as a bound value: only then is a partial index on it used."""
    if not state.isidentifier():
        raise ValueError(f"{state!r} is not a state.")
    return literal_column(f"'{state}'")


def among(column: ColumnElement[str], names: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a column has one of these names, one parameter each: a statement with it can be prepared."""
    return column.in_([literal(name, column.type) for name in names]) if names else false()


def running(state: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a case has not ended: it is active, or suspended for a while."""
    return or_(state == constant("ACTIVE"), state == constant("SUSPENDED"))
