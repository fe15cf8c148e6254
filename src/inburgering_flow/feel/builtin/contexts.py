"""Functions on contexts, and Camunda's on anything.

Source: DMN 1.5, table 85.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from inburgering_flow.feel import parts
from inburgering_flow.feel.builtin.signature import Row
from inburgering_flow.feel.errors import NullError
from inburgering_flow.feel.values import NUMBERS, equal, from_plain, kind, number_text, text_of
from inburgering_flow.feel.words import a_kind
from inburgering_flow.i18n import N_, Said, verbatim


def _get_value(context: Mapping[str, Any], key: str) -> Any:
    return from_plain(context.get(key))


def _get_path(context: Mapping[str, Any], keys: list[Any]) -> Any:
    if not keys or not all(isinstance(key, str) for key in keys):
        raise NullError(N_("'keys' must be strings"), "INVALID_TYPE")
    value: Any = context
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = from_plain(value.get(key))
    return value


def _get_entries(context: Mapping[str, Any]) -> list[Any]:
    return [{"key": key, "value": from_plain(value)} for key, value in context.items()]


def _put(context: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    return {**context, key: value}


def _put_path(context: Mapping[str, Any], keys: list[Any], value: Any) -> dict[str, Any]:
    if not keys:
        raise NullError(N_("'keys' is empty"))
    if not all(isinstance(key, str) for key in keys):
        raise NullError(N_("'keys' contains something other than strings"), "INVALID_TYPE")
    key, rest = keys[0], keys[1:]
    if not rest:
        return {**context, key: value}
    inner = from_plain(context.get(key))
    if inner is None:
        inner = {}
    if not isinstance(inner, Mapping):
        sentence = N_("the entry {name!r} is {kind}, not a context")
        raise NullError(sentence, "INVALID_TYPE", name=key, kind=a_kind(inner))
    return {**context, key: _put_path(inner, rest, value)}


def _merge(contexts: list[Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for context in contexts:
        if not isinstance(context, Mapping):
            raise NullError(N_("the list holds {kind}, not a context"), "INVALID_TYPE", kind=a_kind(context))
        merged.update(context)
    return merged


def _context(entries: list[Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, Mapping) or "key" not in entry or "value" not in entry:
            raise NullError(N_("each entry needs 'key' and 'value'"), "INVALID_TYPE")
        key = entry["key"]
        if not isinstance(key, str):
            raise NullError(N_("a key must be a string"), "INVALID_TYPE")
        if key in made:
            raise NullError(N_("two entries have the same key"))
        made[key] = from_plain(entry["value"])
    return made


def _get_or_else(value: Any, default: Any) -> Any:
    return default if value is None else value


def _assert(value: Any, condition: Any, cause: str | None = None) -> Any:
    if condition is True:
        return value
    raise NullError(verbatim(cause) if cause else Said(N_("the condition is not met")), "ASSERT_FAILURE")


def _from_json(text: str) -> Any:
    try:
        return from_plain(
            json.loads(text, parse_float=from_plain_number, parse_int=from_plain_number, parse_constant=lambda _: None)
        )
    except (ValueError, RecursionError, ArithmeticError):
        raise NullError(N_("the text is not JSON")) from None


def from_plain_number(text: str) -> Any:
    """Return a JSON number as a FEEL number."""
    return NUMBERS.create_decimal(text)


def _to_json(value: Any) -> str:
    try:
        return _json(value)
    except RecursionError:
        raise NullError(N_("the value is nested too deeply"), "OUT_OF_RANGE") from None


def _json(value: Any) -> str:
    value = from_plain(value)
    if isinstance(value, list | Mapping):
        parts.enter(len(value))
        try:
            if isinstance(value, list):
                return "[" + ",".join([_json(item) for item in value]) + "]"
            return (
                "{" + ",".join([f"{json.dumps(str(k), ensure_ascii=False)}:{_json(v)}" for k, v in value.items()]) + "}"
            )
        finally:
            parts.leave()
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    text = number_text(value) if isinstance(value, Decimal) else json.dumps(text_of(value), ensure_ascii=False)
    parts.characters(len(text))
    return text


def _is(left: Any, right: Any) -> bool:
    """Table 86: the same kind and, part by part, the same value; so 10:00Z and 11:00+01:00 differ."""
    left, right = from_plain(left), from_plain(right)
    if kind(left) != kind(right):
        return False
    if kind(left) in ("time", "date and time"):
        return bool(left == right)
    return equal(left, right) is True


TABLE: list[Row] = [
    ("get value", "m: context, key: string", _get_value),
    ("get value", "context: context, key: string", _get_value),
    ("get value", "context: context, keys: list", _get_path),
    ("get entries", "m: context", _get_entries),
    ("get entries", "context: context", _get_entries),
    ("context put", "context: context, key: string, value: any?", _put),
    ("context put", "context: context, keys: list, value: any?", _put_path),
    ("put", "context: context, key: string, value: any?", _put),
    ("context merge", "contexts: list", _merge),
    ("put all", "contexts: list", _merge),
    ("context", "entries: list", _context),
    ("get or else", "value: any?, default: any?", _get_or_else),
    ("is defined", "value: any?", lambda value: value is not None),
    ("assert", "value: any?, condition: any?", _assert),
    ("assert", "value: any?, condition: any?, cause: string", _assert),
    ("from json", "value: string", _from_json),
    ("to json", "value: any?", _to_json),
    ("fromAi", "value: any?", lambda value: value),
    ("fromAi", "value: any?, description: any?", lambda value, *_said: value),
    ("fromAi", "value: any?, description: any?, type: any?", lambda value, *_said: value),
    ("fromAi", "value: any?, description: any?, type: any?, schema: any?", lambda value, *_said: value),
    ("fromAi", "value: any?, description: any?, type: any?, schema: any?, options: any?", lambda value, *_said: value),
    ("is", "value1: any?, value2: any?", _is),
    ("is", "value 1: any?, value 2: any?", _is),
]
