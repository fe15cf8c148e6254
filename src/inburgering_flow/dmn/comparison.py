"""Two versions of a DMN file: its decisions, and its decision tables cell by cell.

Decisions are the same where their ids are, columns where what they look at or answer has the same text. Rows have no name that
lasts (a file written by hand numbers them anew): the longest run of equal rows holds, and between two such rows those that
have an id or most cells in common are one row that changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, fields, is_dataclass
from difflib import SequenceMatcher
from typing import Any

from inburgering_flow import xml
from inburgering_flow.dmn import boxed
from inburgering_flow.dmn.decisions import Model
from inburgering_flow.dmn.graph import Decision, KnowledgeModel
from inburgering_flow.dmn.reader import parse_model
from inburgering_flow.dmn.tables import tables
from inburgering_flow.model.differences import (
    ADDED,
    CHANGED,
    MOVED,
    REMOVED,
    Comparison,
    Row,
    TableDifference,
    compare_named,
    in_order,
)

LIKE = 0.5  # the share of cells that a row must have in common with the one that it was
NO_CELL = None


def compare(before: bytes, after: bytes, decision_id: str = "", *, alone: bool = False) -> Comparison:
    """Return what differs between two files, or in one decision of them and, unless ``alone``, in what it needs there.

    Raises FlowError for what cannot be read.
    """
    old, new = parse_model(before, name="before"), parse_model(after, name="after")
    wanted = {decision_id} if decision_id else {*old.elements, *new.elements}
    if decision_id and not alone:
        wanted = _needed(_parts(before), decision_id) | _needed(_parts(after), decision_id)
    differences = compare_named(_described(old, wanted), _described(new, wanted))
    found_tables = []
    before_tables, after_tables = _tables(old, wanted), _tables(new, wanted)
    for place, (name, table) in after_tables.items():
        if place in before_tables and (found := _table(place[0], name, before_tables[place][1], table)) is not None:
            found_tables.append(found)
    return Comparison(differences, tuple(found_tables))


def content(file: bytes, decision_id: str) -> object:
    """Return what a file says of one decision and of all that it needs there, in a form that is equal where nothing differs."""
    root = xml.parse(file)
    parts = {id: node for node in root if (id := node.get("id"))}
    needed = _needed(parts, decision_id)
    shared = [_shape(node) for node in root if xml.local(node) in ("itemDefinition", "import")]
    drawn = [_shape(node, drawn=True) for node in root.iter() if node.get("dmnElementRef") in needed]
    return [root.get("namespace", ""), shared, [_shape(parts[id]) for id in sorted(needed)], drawn]


def _parts(file: bytes) -> dict[str, xml.Element]:
    return {id: node for node in xml.parse(file) if (id := node.get("id"))}


def _needed(parts: Mapping[str, xml.Element], decision_id: str) -> set[str]:
    """Return a decision and all that it requires in its file."""
    needed: set[str] = set()
    todo = [decision_id]
    while todo:
        one = todo.pop()
        if one in needed or one not in parts:
            continue
        needed.add(one)
        todo += [str(node.get("href")).rpartition("#")[2] for node in parts[one].iter() if node.get("href")]
    return needed


def _shape(node: xml.Element, *, drawn: bool = False) -> list[object]:
    attributes = [[str(k), v] for k, v in sorted(node.attrib.items()) if not (drawn and k == "id")]
    return [str(node.tag), attributes, (node.text or "").strip(), [_shape(child, drawn=drawn) for child in node]]


# -- decisions ---------------------------------------------------------------------------------------------------------


def _described(model: Model, wanted: Set[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for id, element in model.elements.items():
        if id not in wanted:
            continue
        about: dict[str, Any] = {"name": element.name, "variable": element.variable, "typeRef": element.type_ref,
                                 "type": _kind(element)}  # fmt: skip
        for name in ("inputs", "decisions", "knowledge", "input_decisions", "outputs", "question", "description"):
            value = getattr(element, name, None)
            if value:
                about[name] = ", ".join(_named(model, v) for v in value) if isinstance(value, tuple) else value
        box = element.expression if isinstance(element, Decision) else None
        if isinstance(element, KnowledgeModel):
            box = element.logic
        about.update(_logic(box))
        found[id] = about
    return found


def _kind(element: object) -> str:
    name = type(element).__name__
    return name[:1].lower() + name[1:]


def _named(model: Model, reference: str) -> str:
    found = model.resolve(reference)
    return reference if found is None else found[1].name


def _logic(box: boxed.Boxed | None, path: str = "logic") -> Iterator[tuple[str, str]]:
    """Yield the properties of a boxed expression, without the rows of its tables."""
    if box is None:
        return
    if isinstance(box, boxed.Table):
        yield f"{path}.hitPolicy", box.hit_policy
        if box.aggregation:
            yield f"{path}.aggregation", box.aggregation
        return
    if isinstance(box, boxed.Literal):
        yield path, box.text
        return
    yield f"{path}.kind", type(box).__name__
    for field in fields(box):
        if field.name not in ("id", "type_ref"):
            yield from _inside(getattr(box, field.name), f"{path}.{field.name}")


def _inside(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, boxed.Boxed):
        yield from _logic(value, path)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _inside(getattr(value, field.name), f"{path}.{getattr(value, 'name', '') or field.name}")
    elif isinstance(value, tuple):
        for number, one in enumerate(value, 1):
            yield from _inside(one, f"{path}.{number}")
    elif value:
        yield path, str(value)


# -- tables ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Grid:
    columns: dict[str, str]  # what tells a column from others → its name
    rows: list[tuple[str, dict[str, str]]]  # (id, cells by column)


def _tables(model: Model, wanted: Set[str]) -> dict[tuple[str, int], tuple[str, boxed.Table]]:
    found: dict[tuple[str, int], tuple[str, boxed.Table]] = {}
    for element, table in tables(model):
        if element.id in wanted:
            number = sum(1 for id, _n in found if id == element.id)
            found[element.id, number] = (element.name, table)
    return found


def _grid(table: boxed.Table) -> _Grid:
    named: list[tuple[str, str]] = []
    for one in table.inputs:
        named.append((_fresh(f"in {one.expression.strip()}", named), one.label or one.expression))
    for out in table.outputs:
        named.append((_fresh(f"out {out.name}", named), out.label or out.name))
    for note in table.annotations:
        named.append((_fresh(f"note {note}", named), note))
    rows = []
    for rule in table.rules:
        cells = (*rule.inputs, *(_cell(box) for box in rule.outputs), *rule.annotations)
        keys = [key for key, _name in named]
        found = {key: " ".join(cell.split()) for key, cell in zip(keys, cells, strict=False)}
        rows.append((rule.id, {**found, "description": rule.description.strip()}))
    columns = dict(named)
    if any(cells["description"] for _id, cells in rows):
        columns["description"] = ""
    return _Grid(columns, rows)


def _fresh(key: str, taken: Sequence[tuple[str, str]]) -> str:
    number = sum(1 for known, _name in taken if known.partition("\0")[0] == key)
    return f"{key}\0{number}" if number else key


def _cell(box: boxed.Boxed | None) -> str:
    return box.text if isinstance(box, boxed.Literal) else "" if box is None else repr(box)


def _table(decision_id: str, name: str, before: boxed.Table, after: boxed.Table) -> TableDifference | None:
    old, new = _grid(before), _grid(after)
    keys = list(dict.fromkeys((*new.columns, *old.columns)))
    kept = in_order(list(old.columns), list(new.columns))
    columns = tuple((_column_name(key, old, new), _column_kind(key, old, new, kept)) for key in keys)
    rows = tuple(_row(keys, old, new, pair) for pair in matched(old.rows, new.rows))
    if not any(kind for _n, kind in columns) and not any(row.kind for row in rows):
        return None
    return TableDifference(decision_id, name, columns, rows)


def _column_name(key: str, old: _Grid, new: _Grid) -> str:
    return new.columns.get(key) or old.columns.get(key) or ""


def _column_kind(key: str, old: _Grid, new: _Grid, kept: set[str]) -> str:
    if key not in old.columns or key not in new.columns:
        return ADDED if key in new.columns else REMOVED
    if old.columns[key] != new.columns[key]:
        return CHANGED
    return "" if key in kept else MOVED


@dataclass(frozen=True)
class Pair:
    """Places of a row in both versions, counted from 0; None where it is not in one. ``has_moved`` past others."""

    before: int | None
    after: int | None
    has_moved: bool = False


def _row(keys: Sequence[str], old: _Grid, new: _Grid, pair: Pair) -> Row:
    was = old.rows[pair.before][1] if pair.before is not None else None
    now = new.rows[pair.after][1] if pair.after is not None else None
    cells = tuple((_at(was, key), _at(now, key)) for key in keys)
    kind = ADDED if was is None else REMOVED if now is None else CHANGED if any(a != b for a, b in cells) else ""
    if not kind and pair.has_moved:
        kind = MOVED
    return Row(kind, None if pair.before is None else pair.before + 1, None if pair.after is None else pair.after + 1, cells)


def _at(row: Mapping[str, str] | None, key: str) -> str | None:
    return NO_CELL if row is None else row.get(key)


_Rows = Sequence[tuple[str, Mapping[str, str]]]


def matched(before: _Rows, after: _Rows) -> list[Pair]:
    """Return which row became which, in the order of the newer version, with what is gone where it stood."""
    old, new = [tuple(sorted(cells.items())) for _id, cells in before], [tuple(sorted(cells.items())) for _id, cells in after]
    pairs: list[Pair] = []
    gone: list[int] = []
    fresh: list[int] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs += [Pair(i, j) for i, j in zip(range(i1, i2), range(j1, j2), strict=True)]
            continue
        changed = _likely(before, after, range(i1, i2), range(j1, j2))
        pairs += [Pair(i, j) for i, j in changed.items()]
        gone += [i for i in range(i1, i2) if i not in changed]
        fresh += [j for j in range(j1, j2) if j not in changed.values()]
    for j in list(fresh):
        same = next((i for i in gone if old[i] == new[j]), None)
        if same is not None:
            pairs.append(Pair(same, j, has_moved=True))
            gone.remove(same)
            fresh.remove(j)
    pairs += [Pair(None, j) for j in fresh]
    return _in_place(pairs, gone)


def _likely(before: _Rows, after: _Rows, olds: range, news: range) -> dict[int, int]:
    """Return which of the rows between two equal ones changed into which: those with most in common first, in order."""
    scored = []
    for i in olds:
        for j in news:
            keys = {*before[i][1], *after[j][1]}
            common = sum(before[i][1].get(key) == after[j][1].get(key) for key in keys) / max(1, len(keys))
            has_id = bool(before[i][0]) and before[i][0] == after[j][0]
            if has_id or common >= LIKE:
                scored.append((common + has_id / 2, -abs((i - olds.start) - (j - news.start)), i, j))
    found: dict[int, int] = {}
    for _score, _near, i, j in sorted(scored, reverse=True):
        if i in found or j in found.values() or any((i < a) != (j < b) for a, b in found.items()):
            continue
        found[i] = j
    return found


def _in_place(pairs: list[Pair], gone: Sequence[int]) -> list[Pair]:
    """Return the pairs in the order of the newer version; what is gone follows what stood before it."""
    ordered = sorted(pairs, key=lambda p: -1 if p.after is None else p.after)
    for i in sorted(gone):
        at = next((n + 1 for n in range(len(ordered) - 1, -1, -1) if _stood_before(ordered[n], i)), 0)
        ordered.insert(at, Pair(i, None))
    return ordered


def _stood_before(pair: Pair, place: int) -> bool:
    return pair.before is not None and not pair.has_moved and pair.before < place
