"""The same questions as a plain form of HTML, for a browser without scripts, and reading what it sends."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from inburgering_flow.feel import Context
from inburgering_flow.forms.expressions import surroundings
from inburgering_flow.forms.state import Instance, State
from inburgering_flow.forms.templates import plain_text
from inburgering_flow.forms.tree import CHOICES, MISSING, SEVERAL, Component, Path, get, put, tree
from inburgering_flow.values import dump_value

PREFIX = "veld_"


class Posted(Protocol):
    """What a browser posted: several values by name."""

    def get(self, name: str) -> str | None: ...
    def getlist(self, name: str) -> list[str]: ...


@dataclass(frozen=True)
class Question:
    """One question of a plain form; ``name`` is that of its field, ``options`` are (posted value, label)."""

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

    def is_chosen(self, option: str) -> bool:
        """Tell whether an option is (one of) the answer(s)."""
        values = self.value if isinstance(self.value, list) else [self.value]
        return option in map(dump_value, values)


def questions(
    schema: Mapping[str, Any], values: Mapping[str, Any], typed: Mapping[str, Any] | None = None
) -> list[Question]:
    """Return every question of a form, filled in with ``values``: also those that a condition hides, because without
    scripts nobody can say what is hidden once something is filled in. A text in ``typed`` stays, right or wrong.
    """
    state = State(tree(schema), values, Context())
    return [_question(state, one, get(typed or {}, one.path)) for one in _all(state)]


def _all(state: State) -> Iterator[Instance]:
    def walk(component: Component, above: Path, this: Any, parent: Any, indexes: list[int]) -> Iterator[Instance]:
        path = above + component.path
        scope = surroundings(state.data, this, parent, indexes)
        if component.is_keyed:
            yield Instance(component, path, scope)
        elif component.is_repeating:
            for index, item in enumerate(get(state.data, path)):
                for child in component.children:
                    yield from walk(child, (*path, index), item, scope, [*indexes, index + 1])
        else:
            for child in component.children:
                yield from walk(child, path, this, parent, indexes)

    return walk(state.root, (), state.data, None, [])


def _question(state: State, one: Instance, typed: Any) -> Question:
    component, attrs = one.component, one.component.attrs
    value = typed if isinstance(typed, str) and typed else get(state.data, one.path)

    def text(name: str) -> str:
        found = attrs.get(name)
        return plain_text(found, one.scope, state).partition("\n")[0] if isinstance(found, str) else ""

    group = component.parent.label if component.parent is not None and component.parent.parent is not None else ""
    places = [part + 1 for part in one.path if isinstance(part, int)]
    return Question(
        PREFIX + one.name, component.type, plain_text(component.label, one.scope, state), text("description"),
        None if value is MISSING else value, bool(component.rules.get("required")),
        not component.disabled and component.type != "expression" and not state.is_readonly(one),
        tuple((dump_value(choice), label) for choice, label in state.options(one) or ()) if component.type in CHOICES else (),
        str(attrs.get("subtype", "date")), " ".join(map(str, [group, *places])).strip() if places else "",
    )  # fmt: skip


def read(schema: Mapping[str, Any], known: Mapping[str, Any], posted: Posted, files: Collection[str]) -> dict[str, Any]:
    """Return the answers of a plain form, as form-js would send them; ``files`` are the names of fields with files."""
    state = State(tree(schema), known, Context())
    found: dict[str, Any] = {}
    for one in _all(state):
        kind, name = one.component.type, PREFIX + one.name
        if one.component.disabled or kind == "expression" or state.is_readonly(one):
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
        if value is not MISSING:
            put(found, one.path, value)
    return found


def _moment(posted: Posted, name: str, subtype: str) -> str | None:
    day, time = (posted.get(name) or "").strip(), (posted.get(f"{name}.tijd") or "").strip()
    if subtype == "datetime":
        return f"{day}T{time}" if day or time else None
    return day or None
