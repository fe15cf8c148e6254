"""Taking in what somebody sent: each answer read as its question asks, and put where the form keeps it.

What is not sent stays as the form was opened; what cannot be changed (disabled, read-only, computed) is not taken from
outside.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from inburgering_flow.forms.state import MOST_FIELDS, State, new_item, number_of
from inburgering_flow.forms.tree import CHOICES, MISSING, SEVERAL, TEXTS, Component, Path, copy, get, put, same
from inburgering_flow.i18n import _

_TRUE, _FALSE = frozenset(("true", "on")), frozenset(("false", "off", ""))
MOST_DIGITS = 40


class Wrong(Exception):
    """An answer that is none; the text is the sentence, with ``“{label}”``."""


@dataclass
class Sent:
    """What was sent: where, and what is wrong with it before the form is looked at."""

    paths: set[Path] = field(default_factory=set)
    wrong: dict[Path, str] = field(default_factory=dict)


def take(state: State, values: Mapping[str, Any], fixed: Collection[Path], files: Collection[str]) -> Sent:
    """Put sent answers into the data of a form; those at ``fixed`` paths (of read-only questions) are left out."""
    sent = Sent()
    for child in state.root.children:
        _take(state, child, (), values, fixed, files, sent)
    return sent


def _take(
    state: State, component: Component, above: Path, values: Any, fixed: Collection[Path], files: Collection[str], sent: Sent
) -> None:
    path = above + component.path
    if component.is_keyed:
        given = get(values, component.path)
        if given is MISSING or component.disabled or component.type == "expression" or path in fixed:
            return
        try:
            value = read(component, given, files)
        except Wrong as wrong:
            sent.wrong[path] = str(wrong)
            value = copy(given)
        if value is not MISSING:
            put(state.data, path, value)
            sent.paths.add(path)
    elif component.is_repeating:
        given = get(values, component.path)
        if given is not MISSING and given is not None:
            _take_list(state, component, path, given, fixed, files, sent)
    else:
        inside = get(values, component.path)
        for child in component.children:
            _take(state, child, path, inside, fixed, files, sent)


def _take_list(
    state: State, component: Component, path: Path, given: Any, fixed: Collection[Path], files: Collection[str], sent: Sent
) -> None:
    """Put the items of a list into the data, each on top of the item that it was."""
    before, origins = state.listed.get(path, []), state.origins.get(path, [])
    if not isinstance(given, list) or not all(isinstance(item, Mapping) for item in given):
        sent.wrong[path] = _("“{label}”: this is not a list of answers.")
        return
    if component.attrs.get("allowAddRemove", True) is False and len(given) != len(before):
        sent.wrong[path] = _("“{label}”: nothing can be added to this list or taken out.")
        return
    if len(given) > MOST_FIELDS:
        sent.wrong[path] = _("“{label}”: the list is too long.")
        return
    blank = new_item(component, state.data, path)
    kept: list[Any] = []
    was: list[Any] = []
    places: list[int | None] = []
    free = list(range(len(before)))
    for index, item in enumerate(given):
        found = _origin(component, item, before, free, index, same_length=len(given) == len(before))
        if found is not None:
            free.remove(found)
        kept.append(copy(before[found] if found is not None else blank))
        was.append(origins[found] if found is not None and found < len(origins) else {})
        places.append(found)
    put(state.data, path, kept)
    state.know(component, path, kept, was, places)
    sent.paths.add(path)
    for index, item in enumerate(given):
        for child in component.children:
            _take(state, child, (*path, index), item, fixed, files, sent)


def _origin(
    component: Component, item: Mapping[str, Any], before: Sequence[Any], free: list[int], index: int, *, same_length: bool
) -> int | None:
    """Return which item of before an item is: known by what cannot be changed in it, else by its place."""
    asked = {str(child.path[0]) for child in component.children if child.path}
    changeable = {
        str(child.path[0]) for child in component.children
        if child.path and not child.disabled and child.attrs.get("readonly") is not True
    }  # fmt: skip
    marks = {name: value for name, value in item.items() if name not in changeable or name not in asked}
    if marks:
        for other in [index, *free]:
            if other in free and isinstance(before[other], Mapping) and all(
                same(before[other].get(name, MISSING), value) for name, value in marks.items()
            ):  # fmt: skip
                return other
        return None
    return index if same_length and index in free else None


def read(component: Component, given: Any, files: Collection[str]) -> Any:
    """Return an answer as its question keeps it; MISSING leaves what was there. Raises Wrong."""
    kind, attrs = component.type, component.attrs
    if kind in TEXTS:
        return _text(given)
    if kind == "number":
        return _number(given, as_text=bool(attrs.get("serializeToString")))
    if kind == "checkbox":
        return _boolean(given)
    if kind in SEVERAL:
        if given is None:
            return []
        if not isinstance(given, list):
            raise Wrong(_("“{label}”: choose one of the answers."))
        return copy(given)
    if kind in CHOICES:
        return None if given == "" else copy(given)
    if kind == "datetime":
        if given is None or given == "":
            return None
        if not isinstance(given, str):
            raise Wrong(_("“{label}”: fill in a date that exists: day, month and year."))
        return given
    if kind == "filepicker":
        return _files(given, files)
    return copy(given)


def _text(given: Any) -> str:
    if given is None:
        return ""
    if isinstance(given, bool | list | Mapping):
        raise Wrong(_("“{label}”: fill in text."))
    return given if isinstance(given, str) else str(number_of(given, as_text=True))


def _number(given: Any, *, as_text: bool) -> Any:
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    if isinstance(given, bool) or not isinstance(given, int | float | Decimal | str):
        raise Wrong(_("“{label}”: fill in a number."))
    text = str(given).strip().replace(",", ".") if isinstance(given, str) else str(given)
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Wrong(_("“{label}”: fill in a number, for example 12 or 1.5.")) from None
    if not value.is_finite() or len(text) > MOST_DIGITS or abs(value.adjusted()) > MOST_DIGITS:
        raise Wrong(_("“{label}”: fill in an ordinary number."))
    if as_text:
        return text if isinstance(given, str) else number_of(given, as_text=True)
    return int(value) if value == value.to_integral_value() else value


def _boolean(given: Any) -> bool:
    if given is None or isinstance(given, bool):
        return bool(given)
    if isinstance(given, str) and given.lower() in _TRUE | _FALSE:
        return given.lower() in _TRUE
    raise Wrong(_("“{label}”: choose yes or no."))


def _files(given: Any, files: Collection[str]) -> Any:
    if given is None or given == "":
        return MISSING
    if isinstance(given, str) and given in files:
        return given
    if isinstance(given, list):  # the documents that were there: sent back as they were shown
        return MISSING
    raise Wrong(_("“{label}”: the files did not arrive. Choose them again."))
