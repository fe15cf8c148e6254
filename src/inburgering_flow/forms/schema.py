"""A form file as it was read, for the rules that check it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from inburgering_flow.forms.expressions import is_expression
from inburgering_flow.forms.tree import Component, tree
from inburgering_flow.values import load_sent


@dataclass(frozen=True)
class Form:
    """A form file as it was read: no schema if it does not contain a form, and ``problem`` if it is not JSON at all."""

    name: str
    schema: Mapping[str, Any] | None = None
    problem: str = ""

    @cached_property
    def root(self) -> Component:
        """The form as a tree of its components."""
        return tree(self.schema or {})

    def items(self, kinds: Collection[str]) -> Iterator[tuple[str, Component]]:
        """Each component of these types as (id, component)."""
        return ((item.id, item) for item in self.root.all() if item.parent is not None and item.type in kinds)


def names(schema: Mapping[str, Any]) -> set[str]:
    """Return the names of the variables that a form sets."""
    return {str(item.full_path[0]) for item in tree(schema).keyed() if item.full_path and not item.disabled}


def sources(schema: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return where a form gets frames, pictures and documents from, by directive of a Content-Security-Policy.

    What FEEL or a template computes may come from anywhere that is encrypted.
    """
    found: dict[str, set[str]] = {}
    for item in tree(schema).all():
        if item.type == "iframe":
            found.setdefault("frame-src", set()).add(_origin(item.attrs.get("url")))
        elif item.type == "image":
            found.setdefault("img-src", {"data:"}).add(_origin(item.attrs.get("source")))
        elif item.type == "documentPreview":  # form-js fetches a document and shows it from memory
            found.setdefault("img-src", {"data:"}).add("blob:")
            found.setdefault("object-src", set()).add("blob:")
    return {directive: wanted - {""} for directive, wanted in found.items()}


def _origin(address: Any) -> str:
    if not isinstance(address, str):
        return ""
    if is_expression(address) or "{{" in address:
        return "https:"
    found = re.match(r"https://[A-Za-z0-9.-]+(:\d+)?", address)
    return found.group() if found else ""


def has_expressions(schema: Mapping[str, Any] | None) -> bool:
    """Tell whether anything in a form has to be computed."""
    waiting: list[Any] = [schema]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
        elif is_expression(item):
            return True
    return False


def read(content: bytes, *, name: str) -> Form:
    """Return what a form file says."""
    try:
        schema = load_sent(content.decode("utf-8-sig"))
    except ValueError as error:
        return Form(name, problem=_why(content, str(error)))
    return Form(name, schema if isinstance(schema, dict) and isinstance(schema.get("components"), list) else None)


def _why(content: bytes, problem: str) -> str:
    try:
        json.loads(content)
    except (ValueError, RecursionError) as error:
        return str(error).removesuffix(".")
    return problem.removesuffix(".")
