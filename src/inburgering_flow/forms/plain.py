"""The same questions as a plain form of HTML, for a browser without scripts, and reading what it sends.

A list sends along which items it has (a hidden field ``lijst_…``): for each the place that it had when the form was
opened, or ``+`` for a new one. So an item keeps what cannot be changed in it, wherever it moves. Items are added and
taken out by buttons that send everything and show the form again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from inburgering_flow.feel import Context
from inburgering_flow.forms import answers
from inburgering_flow.forms.expressions import surroundings
from inburgering_flow.forms.state import MOST_FIELDS, Instance, State, new_item, too_many
from inburgering_flow.forms.templates import plain_text
from inburgering_flow.forms.tree import CHOICES, LIST, MISSING, SEVERAL, Component, Path, copy, get, is_index, put, tree
from inburgering_flow.values import dump_value

PREFIX, ITEMS, NEW = "veld_", "lijst_", "+"
ITEM = "item"
"""The kind of a ``Question`` that ends an item of a list; ``LIST`` ends the list itself."""


class Posted(Protocol):
    """What a browser posted: several values by name."""

    def get(self, name: str) -> str | None: ...
    def getlist(self, name: str) -> list[str]: ...


@dataclass(frozen=True)
class Question:
    """One question of a plain form; ``name`` is that of its field, ``options`` are (posted value, label).

    A list that somebody may change is followed by one of the type ``LIST``, with its items as ``value``, and each of its
    items by one of the type ``ITEM``; the ``path`` says which.
    """

    name: str
    type: str
    label: str
    description: str
    value: Any
    required: bool
    can_change: bool
    options: tuple[tuple[str, str], ...] = ()
    subtype: str = ""
    group: str = ""
    path: str = ""

    def is_chosen(self, option: str) -> bool:
        """Tell whether an option is (one of) the answer(s)."""
        values = self.value if isinstance(self.value, list) else [self.value]
        return option in map(dump_value, values)


def questions(schema: Mapping[str, Any], known: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> list[Question]:
    """Return every question of a form that is opened with the variables ``known`` and has the answers ``given`` already,
    right or wrong: also those that a condition hides, because without scripts nobody can say what is hidden once
    something is filled in.
    """
    root, given = tree(schema), given or {}
    values, places = {**known, **given}, {}
    if any(component.is_repeating for component in root.all()):  # an answer in a list is put on top of the item that it is of
        opened = State(root, known, Context())
        answers.take(opened, given, (), ())
        values |= {str(path[0]): opened.data.get(str(path[0])) for path in opened.listed if path}
        places = opened.places
    state = State(root, values, Context())
    return [
        _question(state, one, name, get(given, one.path)) if one.component.is_keyed
        else _end(state, one, places.get(one.path, []))
        for one, name in _named(_all(state))
    ]  # fmt: skip


def _named(found: Iterable[Instance]) -> Iterator[tuple[Instance, str]]:
    """Yield each question with the name of its field: of questions that ask for one answer the second is ``veld_a..2``."""
    times: Counter[Path] = Counter()
    for one in found:
        times[one.path] += one.component.is_keyed
        yield one, PREFIX + one.name + (f"..{times[one.path]}" if times[one.path] > 1 else "")


def _all(state: State) -> Iterator[Instance]:
    """Yield the questions, and after them each item of a list that may change, and that list."""

    def walk(component: Component, above: Path, this: Any, parent: Any, indexes: list[int]) -> Iterator[Instance]:
        path = above + component.path
        scope = surroundings(state.data, this, parent, indexes)
        if component.is_keyed:
            yield Instance(component, path, scope)
        elif component.is_repeating:
            for index, item in enumerate(get(state.data, path)):
                for child in component.children:
                    yield from walk(child, (*path, index), item, scope, [*indexes, index + 1])
                if _may_change(component):
                    yield Instance(component, (*path, index), surroundings(state.data, item, scope, [*indexes, index + 1]))
            if _may_change(component):
                yield Instance(component, path, scope)
        else:
            for child in component.children:
                yield from walk(child, path, this, parent, indexes)

    return walk(state.root, (), state.data, None, [])


def _may_change(component: Component) -> bool:
    """Tell whether form-js has buttons to add items to a list and to take them out."""
    return component.is_repeating and component.attrs.get("allowAddRemove", True) is not False and bool(component.children)


def _end(state: State, one: Instance, places: list[int | None]) -> Question:
    component = one.component
    is_item = isinstance(one.path[-1], int)
    around = one.path if is_item else one.path[: len(one.path) - len(component.path)]
    label = plain_text(_name_of(component), one.scope, state)
    numbers = [str(part + 1) for part in around if isinstance(part, int)]
    items = ",".join(NEW if place is None else str(place) for place in places)
    return Question(
        (PREFIX if is_item else ITEMS) + one.name, ITEM if is_item else LIST, " ".join([label, *numbers]), "", items,
        required=False, can_change=True, group=" ".join([label, *numbers]) if is_item else "", path=one.name,
    )  # fmt: skip


def _name_of(component: Component) -> str:
    label = component.attrs.get("label")
    return label if isinstance(label, str) and label.strip() else str(component.path[-1]) if component.path else component.id


def _question(state: State, one: Instance, name: str, typed: Any) -> Question:
    component, attrs = one.component, one.component.attrs
    value = typed if isinstance(typed, str) and typed else get(state.data, one.path)

    def text(name: str) -> str:
        found = attrs.get(name)
        return plain_text(found, one.scope, state).partition("\n")[0] if isinstance(found, str) else ""

    around = component.parent
    while around is not None and not around.is_repeating:
        around = around.parent
    group = "" if around is None else plain_text(_name_of(around), one.scope, state)
    places = [part + 1 for part in one.path if isinstance(part, int)]
    return Question(
        name, component.type, plain_text(component.label, one.scope, state), text("description"),
        None if value is MISSING else value, bool(component.rules.get("required")),
        not component.disabled and component.type != "expression" and not state.is_readonly(one),
        tuple((dump_value(choice), label) for choice, label in state.options(one) or ()) if component.type in CHOICES else (),
        str(attrs.get("subtype", "date")), " ".join(map(str, [group, *places])).strip() if places else "",
    )  # fmt: skip


def read(schema: Mapping[str, Any], known: Mapping[str, Any], posted: Posted, files: Collection[str]) -> dict[str, Any]:
    """Return the answers of a plain form, as form-js would send them; ``files`` are the names of fields with files.

    Raises InvalidInput for more items in lists than a form may have questions.
    """
    root = tree(schema)
    state = State(root, _arranged(root, known, posted), Context())
    found: dict[str, Any] = {}
    for path in state.listed:  # the items whole, with what cannot be changed, so that it is seen which each is
        if posted.get(ITEMS + ".".join(map(str, path))) is not None and get(found, path) is MISSING:
            put(found, path, copy(get(state.data, path)))
    asked_twice: list[tuple[Instance, Any]] = []
    for one, name in _named(_all(state)):
        kind = one.component.type
        if not one.component.is_keyed or one.component.disabled or kind == "expression" or state.is_readonly(one):
            continue
        if kind == "checkbox":
            value: Any = posted.get(name) is not None
        elif kind in CHOICES:
            choices = {dump_value(choice): choice for choice, _label in state.options(one) or ()}
            several = [choices.get(item, item) for item in posted.getlist(name)]
            value = several if kind in SEVERAL else choices.get(posted.get(name) or "", posted.get(name) or None)
        elif kind == "datetime":
            value = _moment(posted, name, str(one.component.attrs.get("subtype", "date")))
        elif kind == "filepicker":
            value = name if name in files else MISSING
        else:
            value = posted.get(name)
            value = MISSING if value is None else value.replace("\r\n", "\n")
        if value is not MISSING and one.component.full_path in state.shared:
            asked_twice.append((one, value))
        elif value is not MISSING:
            put(found, one.path, value)
    if asked_twice:  # the question that is shown counts, as in form-js
        filled = State(root, {**state.data, **found}, Context())
        shown = {(one.component.id, one.path) for one in filled.shown()}
        for one, value in sorted(asked_twice, key=lambda x: (x[0].component.id, x[0].path) in shown):
            put(found, one.path, value)
    return found


def _arranged(root: Component, known: Mapping[str, Any], posted: Posted) -> dict[str, Any]:
    """Return the variables that a form was opened with, with the items in its lists that were sent."""
    state = State(root, known, Context())
    data, room = copy(state.data), MOST_FIELDS

    def walk(component: Component, above: Path) -> None:
        nonlocal room
        path = above + component.path
        if not component.is_repeating:
            for child in component.children:
                walk(child, path)
            return
        items = get(data, path)
        sent = posted.get(ITEMS + ".".join(map(str, path))) if _may_change(component) else None
        if sent is not None:
            places = sent.split(",") if sent else []
            room -= len(places)
            if room < 0:
                raise too_many()
            before = items if isinstance(items, list) else []
            items = [
                copy(before[int(place)]) if len(place) < 9 and is_index(place) and int(place) < len(before) else {}
                for place in places
            ]  # fmt: skip
            put(data, path, items)
        for index in range(len(items) if isinstance(items, list) else 0):
            for child in component.children:
                walk(child, (*path, index))

    walk(root, ())
    return {**known, **data}


def rearranged(
    schema: Mapping[str, Any], known: Mapping[str, Any], posted: Posted, add: str = "", remove: str = ""
) -> tuple[dict[str, Any], str]:
    """Return the answers of a plain form with one item more or less in one of its lists, and the name of the field or
    button that is to have the focus then. ``add`` is the path of a list, ``remove`` that of an item; where the form has no
    such list or item, nothing changes. Files that were chosen are not kept: no page can choose a file for its reader.
    """
    values, root = read(schema, known, posted, ()), tree(schema)
    state = State(root, _arranged(root, known, posted), Context())
    for one in _all(state):
        if not one.component.is_repeating:
            continue
        *around, last = one.path
        is_item = isinstance(last, int)
        path = tuple(around) if is_item else one.path
        items = [*(get(values, path) or ())]
        if is_item and one.name == remove and int(last) < len(items):
            del items[int(last)]
            put(values, path, items)
            return values, ITEMS + ".".join(map(str, path))
        if not is_item and one.name == add:
            put(values, path, [*items, new_item(one.component, state.data, path)])
            return values, f"{PREFIX}{one.name}.{len(items)}"
    return values, ""


def _moment(posted: Posted, name: str, subtype: str) -> str | None:
    day, time = (posted.get(name) or "").strip(), (posted.get(f"{name}.tijd") or "").strip()
    if subtype == "datetime":
        return f"{day}T{time}" if day or time else None
    return day or None
