"""Rules and amounts: the decision tables that are deployed, with what each rule says of its source and its days."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from inburgering_flow.dmn.boxed import Boxed, Literal, RuleBox, Table
from inburgering_flow.dmn.graph import Graph
from inburgering_flow.dmn.tables import tables
from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.services.context import Context
from inburgering_flow.services.descriptions import SINCE, SOURCE, UNSURE, UNTIL
from inburgering_flow.store import definitions
from inburgering_flow.store.definitions import DefinitionRow

CERTAINTY = "Zekerheid"
TOLD = frozenset(("zekerheid", "bron", "norm"))
"""Columns of outcomes that say what the annotations of a rule say already."""
HERE = "in_force"
LATER = "later"
FORMER = "former"


@dataclass(frozen=True)
class Rule:
    """A row of a table. ``tests`` are unary tests and ``outcomes`` expressions, both in FEEL and in the order of the columns."""

    number: int
    tests: tuple[str, ...]
    outcomes: tuple[str, ...]
    source: str
    since: date | None
    until: date | None
    is_unsure: bool

    def when(self, day: date) -> str:
        """Tell whether the rule holds on a day, begins to later, or did before."""
        if self.since is not None and day < self.since:
            return LATER
        return FORMER if self.until is not None and day > self.until else HERE


@dataclass(frozen=True)
class RuleTable:
    """A decision table as it is deployed."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    hit_policy: str
    rules: tuple[Rule, ...]

    def holding(self, day: date) -> list[Rule]:
        """Return the rules that hold on a day."""
        return [rule for rule in self.rules if rule.when(day) == HERE]

    def others(self, day: date) -> list[Rule]:
        """Return the rules that do not: first those that will."""
        return sorted((rule for rule in self.rules if rule.when(day) != HERE), key=lambda rule: rule.when(day) != LATER)

    @property
    def unsure(self) -> int:
        """How many of its rules are still to be verified."""
        return sum(rule.is_unsure for rule in self.rules)


@dataclass(frozen=True)
class Topic:
    """A file of decision tables: ``id`` is that of its first decision, ``version`` and ``deployed`` those of the newest."""

    id: str
    name: str
    question: str
    version: int
    deployed: datetime | None
    tables: tuple[RuleTable, ...]

    @property
    def names(self) -> str:
        """What its tables are called."""
        return ", ".join(table.name for table in self.tables)

    def count(self, day: date) -> int:
        """Return how many rules hold on a day."""
        return sum(len(table.holding(day)) for table in self.tables)

    @property
    def unsure(self) -> int:
        """How many of its rules are still to be verified."""
        return sum(table.unsure for table in self.tables)


class RulesInForce:
    """Use cases of whoever wants to know by which rules is decided. They say nothing of any case, and are for everybody."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def topics(self) -> list[Topic]:
        """Return every file with a decision table, by name."""
        with self.context.db.read() as unit:
            rows = definitions.newest(unit, "decision")
            moments = definitions.moments(unit, {row.deployment_key for row in rows})
        found = (self._topic(list(group), moments) for group in _by_file(rows))
        return sorted((one for one in found if one.tables), key=lambda one: one.name.lower())

    def topic(self, id: str) -> Topic:
        """Return the file that holds a decision; raises NotFound where none does."""
        with self.context.db.read() as unit:
            rows = definitions.newest(unit, "decision")
            moments = definitions.moments(unit, {row.deployment_key for row in rows})
        group = next((group for group in _by_file(rows) if any(row.id == id for row in group)), None)
        if group is None:
            raise NotFound(_("There is no decision table of this name."), remedy=_("Choose one of the list."))
        return self._topic(group, moments)

    def meanings(self) -> dict[str, str]:
        """Return what variables mean, from the dictionaries of the newest processes; where two differ, one of them."""
        with self.context.db.read() as unit:
            keys = {row.data_resource_key for row in definitions.newest(unit, "process") if row.data_resource_key}
            contents = [definitions.content(unit, key)[1] for key in sorted(keys)]
        entries = [entry for content in contents for entry in json.loads(content) if isinstance(entry, dict)]
        return {str(one["name"]): str(one.get("meaning") or "") for one in entries if one.get("name")}

    def _topic(self, rows: list[DefinitionRow], moments: Mapping[int, datetime]) -> Topic:
        model: Graph = self.context.catalog.decision(rows[0].id)
        newest = max(rows, key=lambda row: row.version)
        questions = (one.question or one.description for one in model.decisions.values())
        return Topic(
            rows[0].id, re.sub(r"^[A-Z]\d\d ", "", model.name), next(filter(None, questions), ""), newest.version,
            moments.get(newest.deployment_key), tuple(_table(owner.name, table) for owner, table in tables(model)),
        )  # fmt: skip


def _by_file(rows: list[DefinitionRow]) -> Iterator[list[DefinitionRow]]:
    groups: dict[int, list[DefinitionRow]] = {}
    for row in rows:
        groups.setdefault(row.resource_key, []).append(row)
    yield from groups.values()


def _table(name: str, table: Table) -> RuleTable:
    shown = [place for place, one in enumerate(table.outputs) if one.name.lower() not in TOLD]
    outputs = [table.outputs[place] for place in shown]
    return RuleTable(
        name, tuple(one.label or one.expression for one in table.inputs),
        tuple(one.label or one.name or name for one in outputs), f"{table.hit_policy} {table.aggregation}".strip(),
        tuple(_rule(number, table, rule, shown) for number, rule in enumerate(table.rules, 1)),
    )  # fmt: skip


def _rule(number: int, table: Table, rule: RuleBox, shown: list[int]) -> Rule:
    said = dict(zip(table.annotations, (text.strip() for text in rule.annotations), strict=False))
    outcomes = [_text(one) for one in rule.outputs]
    is_unsure = UNSURE in said.get(CERTAINTY, "") or any(UNSURE in text for text in outcomes)
    return Rule(
        number, rule.inputs, tuple(outcomes[place] for place in shown), said.get(SOURCE, ""), _day(said.get(SINCE, "")),
        _day(said.get(UNTIL, "")), is_unsure,
    )  # fmt: skip


def _text(box: Boxed | None) -> str:
    return box.text.strip() if isinstance(box, Literal) else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
