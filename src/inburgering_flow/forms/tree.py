"""The components of a form as a tree, and where in the data each keeps its answer.

Source: form-js 1.23, its configuration of form fields (``keyed``, ``pathed``, ``repeatable``) and its path registry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]


class Missing:
    """What JavaScript calls undefined: there is no value, not even null."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING = Missing()

CHOICES = frozenset(("radio", "select", "checklist", "taglist"))
SEVERAL = frozenset(("checklist", "taglist"))
TEXTS = frozenset(("textfield", "textarea"))
EMPTY: Mapping[str, Any] = {
    "textfield": "", "textarea": "", "number": None, "checkbox": False, "checklist": [], "taglist": [], "radio": None,
    "select": None, "datetime": None, "expression": None, "filepicker": None,
}  # fmt: skip
"""Component with an answer → the answer of a form that nobody has filled in."""
SHOWN = frozenset(
    ("text", "html", "image", "iframe", "table", "documentPreview", "separator", "spacer", "button")
)  # fmt: skip
GROUP, LIST, ROOT = "group", "dynamiclist", "default"
CONTAINERS = frozenset((GROUP, LIST))
KNOWN = frozenset(EMPTY) | SHOWN | CONTAINERS


@dataclass(eq=False)
class Component:
    """One component; ``attrs`` is what the file says of it, ``path`` where its answer is inside its parent's."""

    attrs: Mapping[str, Any]
    parent: Component | None = None
    children: list[Component] = field(default_factory=list)

    def __post_init__(self) -> None:
        kind = self.attrs.get("type")
        self.type: str = kind if isinstance(kind, str) else ""
        if self.parent is None:
            self.type = ROOT
        self.id = str(self.attrs.get("id") or self.attrs.get("key") or "")
        self.is_keyed = self.type in EMPTY and isinstance(self.attrs.get("key"), str) and bool(self.attrs["key"])
        self.is_repeating = self.type == LIST and self.attrs.get("isRepeating", True) is not False
        own = self.attrs.get("key") if self.is_keyed else self.attrs.get("path") if self.type in CONTAINERS else None
        self.path: Path = tuple(own.split(".")) if isinstance(own, str) and own else ()

    @property
    def disabled(self) -> bool:
        """Tell whether the answer is shown and neither taken nor checked."""
        return bool(self.attrs.get("disabled"))

    @property
    def hide(self) -> str | None:
        """The FEEL condition (``=…``) under which the component is not shown."""
        conditional = self.attrs.get("conditional")
        found = conditional.get("hide") if isinstance(conditional, Mapping) else None
        return found if isinstance(found, str) and found else None

    @property
    def rules(self) -> Mapping[str, Any]:
        """What an answer must satisfy."""
        found = self.attrs.get("validate")
        return found if isinstance(found, Mapping) else {}

    @property
    def label(self) -> str:
        """The question, as the file has it."""
        for name in ("label", "dateLabel", "timeLabel", "key"):
            found = self.attrs.get(name)
            if isinstance(found, str) and found.strip():
                return found
        return self.id

    @property
    def full_path(self) -> Path:
        """The path from the root of the data, without the indexes of lists."""
        above = self.parent.full_path if self.parent is not None else ()
        return above + self.path

    def all(self) -> Iterator[Component]:
        """Yield the component and everything in it, in the order of the file."""
        waiting = [self]
        while waiting:
            item = waiting.pop()
            yield item
            waiting += reversed(item.children)

    def keyed(self) -> Iterator[Component]:
        """Yield every component with an answer."""
        return (item for item in self.all() if item.is_keyed)


def tree(schema: Mapping[str, Any]) -> Component:
    """Return a form as a tree; what is no component at all is left out (``check`` refuses it at deployment)."""
    root = Component(schema)
    waiting = [root]
    while waiting:
        item = waiting.pop()
        inside = item.attrs.get("components")
        if item.type != ROOT and item.type not in CONTAINERS:
            continue
        for attrs in inside if isinstance(inside, list) else ():
            if isinstance(attrs, Mapping):
                child = Component(attrs, item)
                item.children.append(child)
                waiting.append(child)
    return root


def is_index(segment: str | int) -> bool:
    """Tell whether a segment of a path is a place in a list."""
    return isinstance(segment, int) or (segment.isascii() and segment.isdigit())


def get(data: Any, path: Path) -> Any:
    """Return the value at a path, or MISSING."""
    for segment in path:
        if isinstance(data, Mapping):
            data = data.get(str(segment), MISSING)
        elif isinstance(data, list) and is_index(segment) and int(segment) < len(data):
            data = data[int(segment)]
        else:
            return MISSING
    return data


def put(data: Any, path: Path, value: Any) -> None:
    """Set the value at a path, or take it away if it is MISSING; what is in the way and cannot hold it is replaced."""
    for at, segment in enumerate(path):
        if at == len(path) - 1:
            _set(data, segment, value)
            return
        inside = get(data, (segment,))
        if not (isinstance(inside, dict) or (isinstance(inside, list) and is_index(path[at + 1]))):
            inside = [] if is_index(path[at + 1]) else {}
            _set(data, segment, inside)
        data = inside


def _set(data: Any, segment: str | int, value: Any) -> None:
    if isinstance(data, list):
        index = int(segment)
        data.extend([None] * (index + 1 - len(data)))
        data[index] = None if value is MISSING else value
    elif value is MISSING:
        data.pop(str(segment), None)
    else:
        data[str(segment)] = value


def clear(data: Any, path: Path) -> None:
    """Take a value away, and whatever around it is empty then."""
    while path:
        put(data, path, MISSING)
        path = path[:-1]
        around = get(data, path)
        emptied = isinstance(around, dict) and not around
        emptied = emptied or (isinstance(around, list) and all(item is None for item in around))
        if not (path and emptied):
            return


def without_indexes(path: Path) -> Path:
    """Return a path without its places in lists."""
    return tuple(segment for segment in path if isinstance(segment, str))


def copy(value: Any) -> Any:
    """Return a copy of plain data."""
    if isinstance(value, Mapping):
        return {key: copy(item) for key, item in value.items()}
    return [copy(item) for item in value] if isinstance(value, list) else value


def same(left: Any, right: Any) -> bool:
    """Tell whether two plain values are the same: neither 1 and true, nor 1 and "1" are."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(item, right[key]) for key, item in left.items())
    return bool(left == right)
