"""What a form says: a documented subset of form-js (schema version 18); anything else is refused at deployment."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SHOWN = frozenset(("text", "separator", "spacer"))
INPUTS = frozenset(("textfield", "textarea", "number", "checkbox", "radio", "select", "checklist", "datetime"))
CHOICES = frozenset(("radio", "select", "checklist"))
GROUP = "group"
KNOWN = INPUTS | SHOWN | {GROUP}


@dataclass(frozen=True)
class Field:
    """One question of a form; ``options`` are (value, label), ``hide`` is FEEL or None."""

    key: str
    label: str
    type: str
    description: str = ""
    options: tuple[tuple[Any, str], ...] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)
    hide: str | None = None

    @property
    def required(self) -> bool:
        """Tell whether an answer is needed."""
        return bool(self.rules.get("required"))


@dataclass(frozen=True)
class Form:
    """A form file as it was read: no schema if it does not contain a form, and ``problem`` if it is not JSON at all."""

    name: str
    schema: Mapping[str, Any] | None = None
    problem: str = ""

    def items(self, kinds: Collection[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each component of these types as (id, component)."""
        for item, _outer in components(self.schema or {}):
            kind = item.get("type")
            if isinstance(kind, str) and kind in kinds:
                yield str(item.get("id") or item.get("key") or ""), item


def components(schema: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], tuple[str, ...]]]:
    """Yield every component with the ``hide`` conditions of the groups around it."""

    def walk(items: Any, outer: tuple[str, ...]) -> Iterator[tuple[Mapping[str, Any], tuple[str, ...]]]:
        for item in items if isinstance(items, list) else ():
            if not isinstance(item, dict):
                continue
            yield item, outer
            if item.get("type") == GROUP:
                own = hide(item)
                yield from walk(item.get("components"), (*outer, own) if own else outer)

    yield from walk(schema.get("components"), ())


def hide(item: Mapping[str, Any]) -> str | None:
    """Return the FEEL condition under which a component is not shown."""
    conditional = item.get("conditional")
    text = conditional.get("hide") if isinstance(conditional, dict) else None
    return str(text).strip().removeprefix("=").strip() if text else None


def fields(schema: Mapping[str, Any]) -> list[Field]:
    """Return the questions of a form in order."""
    found = []
    for item, outer in components(schema):
        if item.get("type") not in INPUTS:
            continue
        conditions = [*outer, *([own] if (own := hide(item)) else [])]
        options = tuple((o.get("value"), str(o.get("label") or o.get("value"))) for o in item.get("values") or ())
        found.append(
            Field(
                str(item["key"]),
                str(item.get("label") or item.get("dateLabel") or item["key"]),
                str(item["type"]),
                str(item.get("description") or ""),
                options,
                dict(item.get("validate") or {}),
                " or ".join(f"({c}) = true" for c in conditions) if conditions else None,
            )
        )
    return found


def read(content: bytes, *, name: str) -> Form:
    """Return what a form file says."""
    try:
        schema = json.loads(content)
    except (ValueError, RecursionError) as error:
        return Form(name, problem=str(error))
    return Form(name, schema if isinstance(schema, dict) and isinstance(schema.get("components"), list) else None)
