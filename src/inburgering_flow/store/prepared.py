"""Statements of the hot path: compiled once, then handed to the driver with nothing in between.

SQLAlchemy writes the SQL and knows how values are stored; its execution (an execution context, a result object, a look
in the statement cache) costs ten times what a database file needs for the statement itself, so a step's statements bypass it.
They run on the unit's own connection, inside its transaction, and are seen by ``Database.watched`` like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import Any

from sqlalchemy import BindParameter, Delete, Insert, Select, Update, bindparam
from sqlalchemy.engine import Dialect as Compiling
from sqlalchemy.sql.compiler import SQLCompiler

from inburgering_flow.store.database import Unit
from inburgering_flow.store.dialects import Dialect
from inburgering_flow.store.types import Json, Moment, Names, Path, moment_of

Convert = Callable[[Any], Any]
Statement = Select[Any] | Insert | Update | Delete
Getter = Callable[..., Callable[[Any], Any]]  # itemgetter or attrgetter
NOTHING: Mapping[str, Any] = MappingProxyType({})


class _Compiled:
    """SQL text of one dialect, the order of its parameters, and how values become parameters and columns become values."""

    def __init__(
        self, database: Dialect, dialect: Compiling, statement: Any, columns: Sequence[str] | None, getter: Getter
    ) -> None:
        compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=columns)
        if any(bound.expanding for bound in compiled.bind_names):
            raise TypeError("A list has no fixed number of parameters: use store.types.among, or execute the statement.")
        self.sql = str(compiled)
        self.is_positional = bool(compiled.positional)
        self.fixed = {name: compiled.params[name] for bound, name in compiled.bind_names.items() if not bound.required}
        if self.fixed and getter is attrgetter:
            raise TypeError("A statement with fixed values takes mappings, not records.")
        bounds = {name: bound for bound, name in compiled.bind_names.items()}
        self.names = tuple(compiled.positiontup or () if self.is_positional else bounds)
        self._take: Callable[[Any], Any] = getter(*self.names) if self.names else lambda _given: ()
        self.converts: list[tuple[int, Convert]] = []
        for number, name in enumerate(self.names):
            convert = bounds[name].type.dialect_impl(dialect).bind_processor(dialect)
            if convert is not None:
                # The moments of a step are all the same: formatted once, not once for each column.
                is_moment = isinstance(bounds[name].type, Moment)
                self.converts.append((number, lru_cache(64)(convert) if is_moment else convert))
        self.results: list[tuple[int, Convert, bool]] = []
        if isinstance(statement, Select):
            for number, column in enumerate(statement.selected_columns):
                as_text = isinstance(column.type, Moment) and database.moments_are_text
                read = moment_of if as_text else column.type.dialect_impl(dialect).result_processor(dialect, None)
                if read is not None and isinstance(column.type, Names | Path):
                    read = lru_cache(1024)(read)  # of few texts, each many times
                if read is not None:
                    self.results.append((number, read, isinstance(column.type, Moment | Json)))

    def parameters(self, given: Any) -> Any:
        """Return what the driver takes for one run."""
        if self.fixed:
            given = {**self.fixed, **given}
        taken = self._take(given)
        values = [taken] if len(self.names) == 1 else list(taken)
        for number, convert in self.converts:
            values[number] = convert(values[number])
        return values if self.is_positional else dict(zip(self.names, values, strict=True))

    def values(self, row: Sequence[Any]) -> Sequence[Any]:
        """Return a row from the driver with the values that its columns stand for."""
        values = list(row)
        for number, convert, stays_none in self.results:
            if values[number] is not None or not stays_none:
                values[number] = convert(values[number])
        return values


class Prepared:
    """A statement without lists of unknown length; ``columns`` names what an insert fills.

    What databases write differently is a function of their dialect. It takes mappings or, with ``records``, objects
    that have the names of its parameters as attributes.
    """

    def __init__(
        self, statement: Statement | Callable[[Dialect], Statement], columns: Sequence[str] | None = None, *,
        records: bool = False,
    ) -> None:  # fmt: skip
        self._statement = statement
        self._columns = columns
        self._getter: Getter = attrgetter if records else itemgetter
        self._by_dialect: dict[Dialect, _Compiled] = {}

    def _for(self, unit: Unit) -> _Compiled:
        found = self._by_dialect.get(unit.dialect)
        if found is None:
            statement = self._statement(unit.dialect) if callable(self._statement) else self._statement
            found = _Compiled(unit.dialect, unit.connection.dialect, statement, self._columns, self._getter)
            self._by_dialect[unit.dialect] = found
        return found

    def rows(self, unit: Unit, given: Mapping[str, Any]) -> list[Sequence[Any]]:
        """Return the rows of a query."""
        compiled = self._for(unit)
        parameters = compiled.parameters(given)
        if unit.watchers:
            unit.look(compiled.sql, parameters)
        cursor = unit.cursor()
        cursor.execute(compiled.sql, parameters)
        found: list[Sequence[Any]] = cursor.fetchall()
        return [compiled.values(row) for row in found] if compiled.results else found

    def run(self, unit: Unit, given: Sequence[Any]) -> int:
        """Change rows, once for each mapping or record; return how many rows there were."""
        compiled = self._for(unit)
        cursor = unit.cursor()
        if len(given) == 1:
            parameters = compiled.parameters(given[0])
            if unit.watchers:
                unit.look(compiled.sql, parameters)
            cursor.execute(compiled.sql, parameters)
        else:
            parameters = [compiled.parameters(one) for one in given]
            unit.look(compiled.sql, parameters)
            cursor.executemany(compiled.sql, parameters)
        return int(cursor.rowcount)


class PreparedAmong:
    """A query about several keys or names, of which there may be any number: ``make`` writes it with a parameter for each.

    It is prepared for one, two, four, eight of them and so on; the places that are left take the last once more. So few
    statements are prepared, and a query that lists what it seeks in a condition answers the same. Of more than ``AT_ONCE`` it
    asks several times, as databases take so many parameters only: rows then stand in the query's order within each part.
    """

    AT_ONCE = 1_024

    def __init__(self, make: Callable[[Sequence[BindParameter[Any]]], Select[Any]]) -> None:
        self._make = make
        self._of_size: dict[int, Prepared] = {}

    def rows(self, unit: Unit, sought: Collection[Any], given: Mapping[str, Any] = NOTHING) -> list[Sequence[Any]]:
        """Return the rows of the query about what is sought; none, without asking, where nothing is."""
        if not sought:
            return []
        wanted = sorted(set(sought))
        if len(wanted) <= self.AT_ONCE:
            return self._part(unit, wanted, given)
        parts = (wanted[n : n + self.AT_ONCE] for n in range(0, len(wanted), self.AT_ONCE))
        return [row for part in parts for row in self._part(unit, part, given)]

    def _part(self, unit: Unit, wanted: list[Any], given: Mapping[str, Any]) -> list[Sequence[Any]]:
        size = 1 << (len(wanted) - 1).bit_length()
        found = self._of_size.get(size)
        if found is None:
            found = self._of_size[size] = Prepared(self._make([bindparam(f"sought{n}") for n in range(size)]))
        places = wanted + wanted[-1:] * (size - len(wanted))
        return found.rows(unit, {**given, **{f"sought{n}": one for n, one in enumerate(places)}})
