"""Statements of the hot path: compiled once, then handed to the driver with nothing in between.

SQLAlchemy writes the SQL and knows how values are stored; its execution (an execution context, a result object, a look in
the statement cache) costs ten times what SQLite needs for the statement itself, so a step's statements leave it out.
They run on the unit's own connection, inside its transaction, and are seen by ``Database.watched`` like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Delete, Insert, Select, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from inburgering_flow.store.database import Unit
from inburgering_flow.store.types import Moment

Convert = Callable[[Any], Any]


class _Compiled:
    """SQL text of one dialect, the order of its parameters, and how values become parameters and columns values."""

    def __init__(self, dialect: Dialect, statement: Any, columns: Sequence[str] | None) -> None:
        compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=columns)
        self.sql = str(compiled)
        self.is_positional = bool(compiled.positional)
        self.fixed = {name: compiled.params[name] for bound, name in compiled.bind_names.items() if not bound.required}
        converts: dict[str, Convert | None] = {}
        for bound, name in compiled.bind_names.items():
            convert = bound.type.dialect_impl(dialect).bind_processor(dialect)
            # The moments of a step are one and the same: written once, not once for each column.
            is_moment = convert is not None and isinstance(bound.type, Moment)
            converts[name] = lru_cache(64)(convert) if is_moment else convert  # type: ignore[arg-type]
        self.converts = [(n, converts[n]) for n in (compiled.positiontup if self.is_positional else converts) or ()]
        self.results: list[tuple[int, Convert]] = []
        if isinstance(statement, Select):
            for number, column in enumerate(statement.selected_columns):
                convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
                if convert is not None:
                    self.results.append((number, convert))

    def parameters(self, given: Mapping[str, Any]) -> Any:
        """Return what the driver takes for one run."""
        if self.fixed:
            given = {**self.fixed, **given}
        if self.is_positional:
            return [given[n] if convert is None else convert(given[n]) for n, convert in self.converts]
        return {n: given[n] if convert is None else convert(given[n]) for n, convert in self.converts}


class Prepared:
    """A statement without lists of unknown length; ``columns`` names what an insert fills."""

    def __init__(self, statement: Select[Any] | Insert | Update | Delete, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = columns
        self._by_dialect: dict[bool, _Compiled] = {}  # by whether it is SQLite

    def _for(self, unit: Unit) -> _Compiled:
        found = self._by_dialect.get(unit.is_sqlite)
        if found is None:
            found = self._by_dialect[unit.is_sqlite] = _Compiled(unit.connection.dialect, self._statement, self._columns)
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
        if compiled.results:
            results = compiled.results
            changed = []
            for row in found:
                values = list(row)
                for number, convert in results:
                    values[number] = convert(values[number])
                changed.append(values)
            return changed  # type: ignore[return-value]
        return found

    def run(self, unit: Unit, given: Sequence[Mapping[str, Any]]) -> int:
        """Change rows, once for each set of parameters; return how many rows there were."""
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
