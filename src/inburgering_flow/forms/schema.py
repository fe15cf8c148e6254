"""What a form says: a documented subset of form-js (schema version 18); anything else is refused at deployment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from inburgering_flow.errors import Finding
from inburgering_flow.feel import FeelError
from inburgering_flow.feel import compile as compile_feel
from inburgering_flow.i18n import _

SHOWN = frozenset(("text", "separator", "spacer"))
INPUTS = frozenset(("textfield", "textarea", "number", "checkbox", "radio", "select", "checklist", "datetime"))
CHOICES = frozenset(("radio", "select", "checklist"))
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


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


def components(schema: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], tuple[str, ...]]]:
    """Yield every component with the ``hide`` conditions of the groups around it."""

    def walk(items: Any, outer: tuple[str, ...]) -> Iterator[tuple[Mapping[str, Any], tuple[str, ...]]]:
        for item in items if isinstance(items, list) else ():
            if not isinstance(item, dict):
                continue
            yield item, outer
            if item.get("type") == "group":
                own = _hide(item)
                yield from walk(item.get("components"), (*outer, own) if own else outer)

    yield from walk(schema.get("components"), ())


def _hide(item: Mapping[str, Any]) -> str | None:
    conditional = item.get("conditional")
    text = conditional.get("hide") if isinstance(conditional, dict) else None
    return str(text).strip().removeprefix("=").strip() if text else None


def fields(schema: Mapping[str, Any]) -> list[Field]:
    """Return the questions of a form in order."""
    found = []
    for item, outer in components(schema):
        if item.get("type") not in INPUTS:
            continue
        conditions = [*outer, *([own] if (own := _hide(item)) else [])]
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


def check(content: bytes, *, name: str) -> list[Finding]:
    """Return everything that is wrong with a form."""
    try:
        schema = json.loads(content)
    except (ValueError, RecursionError) as error:
        return [
            Finding(
                "error",
                "form-json",
                name,
                "",
                _("The form is no JSON: {error}.").format(error=error),
                _("Save it again in the editor."),
            )
        ]
    if not isinstance(schema, dict) or not isinstance(schema.get("components"), list):
        return [
            Finding(
                "error",
                "form-json",
                name,
                "",
                _("The form has no list of components."),
                _("Save it again in the editor."),
            )
        ]
    findings: list[Finding] = []
    seen: set[str] = set()

    def say(rule: str, item: Mapping[str, Any], message: str, remedy: str) -> None:
        findings.append(Finding("error", rule, name, str(item.get("id") or item.get("key") or ""), message, remedy))

    for item, _outer in components(schema):
        kind = item.get("type")
        if kind not in INPUTS | SHOWN | {"group"}:
            say("form-component", item, _("A component of type {kind} is not supported.").format(kind=kind),
                  _("Use one of {types}.").format(types=", ".join(sorted(INPUTS | SHOWN | {"group"}))))  # fmt: skip
            continue
        hide = _hide(item)
        if hide:
            try:
                compile_feel(hide)
            except FeelError as problem:
                say(
                    "form-condition",
                    item,
                    _("The condition is not FEEL: {message}").format(message=problem.message),
                    _("Mend the condition."),
                )
        if kind not in INPUTS:
            continue
        key = item.get("key")
        if not isinstance(key, str) or not _NAME.fullmatch(key):
            say(
                "form-key",
                item,
                _("The question has no key that can be a variable."),
                _("Give it a key such as afspraakDatum."),
            )
        elif key in seen:
            say("form-key", item, _("Two questions have the key {key}.").format(key=key), _("Give each its own key."))
        else:
            seen.add(key)
        values = item.get("values")
        if kind in CHOICES and not (
            isinstance(values, list) and all(isinstance(v, dict) and "value" in v for v in values)
        ):
            say("form-values", item, _("The question has no list of answers."), _("Give it at least two answers."))
        if kind == "datetime" and item.get("subtype") != "date":
            say("form-date", item, _("Only dates without a time are supported."), _("Set the subtype to date."))
        pattern = (item.get("validate") or {}).get("pattern")
        if pattern:
            try:
                re.compile(str(pattern))
            except re.error as problem:
                say(
                    "form-pattern",
                    item,
                    _("The pattern is no regular expression: {problem}.").format(problem=problem),
                    _("Mend the pattern."),
                )
    return findings
