"""Decisions that were taken in a case, as one actor may see them.

An input and the rules of a table are shown to whoever may see every variable that they are based on; the outcome to
whoever may see its own variable as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import ProcessInstance
from inburgering_flow.services.catalog import StoredCatalog


@dataclass(frozen=True)
class DecidedValue:
    """A named value; ``hidden`` where the actor may not see it, and then the value is None."""

    name: str
    value: Any
    hidden: bool


@dataclass(frozen=True)
class DecidedRule:
    """A rule that counted, with its description and its annotations (source of law, validity) by column."""

    index: int
    description: str
    annotations: Mapping[str, str]


@dataclass(frozen=True)
class DecidedTable:
    """One decision table of a decision; ``rules`` is empty and ``hidden`` set where they may not be seen."""

    decision: str
    inputs: list[DecidedValue]
    rules: list[DecidedRule]
    hidden: bool


@dataclass(frozen=True)
class DecisionView:
    """One decision: where and when it was taken, in which version, by which rules, with what outcome.

    ``results`` are the variables that got the outcome: its own, and those that output mappings made from it;
    ``outcome`` its parts, or one part without a name.
    """

    key: int
    instance_key: int
    definition_key: int
    element_id: str
    decision_id: str
    name: str
    version: int
    evaluated: datetime
    results: frozenset[str]
    tables: list[DecidedTable]
    outcome: list[DecidedValue]


def views(
    rows: Iterable[DecisionRow], family: Mapping[int, ProcessInstance], catalog: StoredCatalog, actor: Actor
) -> list[DecisionView]:
    """Return the decisions of the instances given, as the actor may see them; call it within an open unit."""
    return [_view(row, family[row.instance_key], catalog, actor) for row in rows if row.instance_key in family]


def _view(row: DecisionRow, instance: ProcessInstance, catalog: StoredCatalog, actor: Actor) -> DecisionView:
    readers = catalog.readers_of(instance.definition_key)
    roles = frozenset(actor.roles)

    def sees(name: str) -> bool:
        return actor.is_system or not readers or bool(roles & readers.get(name, frozenset()))

    process = catalog.process(instance.definition_key)
    element = process.elements.get(row.element_id)
    result = (element.result_variable if element is not None else "") or "result"
    mapped = element.outputs if element is not None else ()
    results = {result, *(one.target.partition(".")[0] for one in mapped if result in process.reads(one.source))}
    everything = all(sees(name) for name in row.inputs)
    tables = []
    for table in row.tables:
        inputs = []
        for one in table["inputs"]:
            open_ = all(sees(name) for name in one["reads"])
            inputs.append(DecidedValue(one["label"], one["value"] if open_ else None, not open_))
        open_ = not any(one.hidden for one in inputs)
        rules = [DecidedRule(r["index"], r["description"], r["annotations"]) for r in table["rules"]] if open_ else []
        tables.append(DecidedTable(table["decision"], inputs, rules, not open_))
    return DecisionView(
        row.key, row.instance_key, instance.definition_key, row.element_id, row.decision_id, row.decision_name,
        row.version, row.evaluated, frozenset(results), tables, _parts(row.output, everything and sees(result)),
    )  # fmt: skip


def _parts(output: Any, shown: bool) -> list[DecidedValue]:
    if not shown:
        return [DecidedValue("", None, True)]
    if isinstance(output, Mapping):
        return [DecidedValue(str(name), value, False) for name, value in output.items()]
    return [DecidedValue("", output, False)]
