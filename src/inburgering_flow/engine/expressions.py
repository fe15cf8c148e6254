"""FEEL expressions of a diagram: their values, and the messages where one fails or gives something other than was
needed. Messages name an expression, the variables that it reads and their types, never their values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from inburgering_flow.bpmn.definition import Text
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.reasons import reason
from inburgering_flow.engine.run import Owner, Run
from inburgering_flow.engine.variables import Lookup, lookup
from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.feel import Context, storable
from inburgering_flow.feel.scope import Budget
from inburgering_flow.feel.stored import LONGEST_NAME
from inburgering_flow.i18n import OUTSIDE_PAGES, speaking


def context(run: Run, *, of_decision: bool = False) -> Context:
    """Return the evaluation context of this step: in a process a name without a call is a variable, never a function."""
    return Context(run.now, run.zone, run.env.functions, builtin_values=of_decision)


@contextmanager
def counted(run: Run, feel: Context) -> Iterator[None]:
    """Count what is evaluated in a block for the whole step; raises FeelError where the step has taken too much."""
    run.total.take()
    feel.budget = Budget(feel.limits.iterations, run.total)
    try:
        yield
    finally:
        feel.budget.close()


def evaluate(run: Run, owner: Owner, text: str, what: str, extra: Mapping[str, Any] | None = None) -> Any:
    """Return the plain value of a FEEL expression."""
    compiled = run.process_of(owner).feel(text)
    seen, feel = lookup(run, owner, extra), context(run)
    try:
        with counted(run, feel):
            value = storable(compiled.value(seen, feel), what)
        for warning in feel.warnings:
            if warning.code == "ASSERT_FAILURE":
                raise InvalidInput(warning.said, remedy="Correct the variables that it reads.")
        return value
    except FlowError as error:
        read = _read_types(run, owner, text, seen)
        with speaking(OUTSIDE_PAGES):  # the rest of the sentence is, and it is stored
            said = error.message if error.message.endswith((".", "!", "?")) else f"{error.message}."
            whole = f"The {what} '{text}' failed: {said}{read} {error.remedy}".rstrip()
        raise Trouble("EXTRACT_VALUE_ERROR", whole) from None


def value(run: Run, owner: Owner, text: Text | None, what: str, extra: Mapping[str, Any] | None = None) -> Any:
    """Return the plain value of an attribute that is a literal or an expression."""
    if text is None:
        return None
    if not text.is_expression:
        return text.source
    return evaluate(run, owner, text.source, what, extra)


def name(given: Any, what: str) -> str:
    """Return what an expression gave as a name: text that either database can store and find again."""
    text = str(given)
    if len(text) > LONGEST_NAME or "\0" in text:
        raise Trouble("EXTRACT_VALUE_ERROR", f"The {what} has more than {LONGEST_NAME} characters or a NUL among them.")
    return text


def condition(run: Run, owner: Owner, text: str, what: str, extra: Mapping[str, Any] | None = None) -> bool:
    """Return whether a condition is true; anything but true or false is trouble that names the real cause."""
    value = evaluate(run, owner, text, what, extra)
    if isinstance(value, bool):
        return value
    raise Trouble("CONDITION_ERROR", unfit(run, owner, text, what, "true or false", value, extra))


def holds(run: Run, owner: Owner, text: str, what: str) -> bool:
    """Return whether a condition that is waited for is true now; null, while variables are not set, means not yet."""
    value = evaluate(run, owner, text, what)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise Trouble("CONDITION_ERROR", unfit(run, owner, text, what, "true or false", value))


def wrong(
    run: Run, owner: Owner, text: Text | None, what: str, expected: str, value: Any,
    error_type: str = "EXTRACT_VALUE_ERROR",
) -> Trouble:  # fmt: skip
    """Return the trouble of an attribute that gave something other than its element needs."""
    if text is not None and text.is_expression:
        return Trouble(error_type, unfit(run, owner, text.source, what, expected, value))
    given = f"'{text.source}' is written there" if text is not None and text.source else "nothing is written there"
    return Trouble(error_type, f"The {what} must be {expected}, but {given}.")


def none_holds(run: Run, owner: Owner, conditions: Sequence[str]) -> str:
    """Return the sentences about conditions of which none holds: what they are and what they read."""
    names = sorted({n for text in conditions for n in run.process_of(owner).feel(text).variables})
    said = ", ".join(f"'{text}'" for text in conditions)
    return f" The conditions are {said}." + _kinds_read(names, lookup(run, owner)) if conditions else ""


def unfit(
    run: Run, owner: Owner, text: str, what: str, expected: str, value: Any, extra: Mapping[str, Any] | None = None
) -> str:
    """Return the sentence about an expression that gave something other than its element needs."""
    seen = lookup(run, owner, extra)
    return (
        f"The {what} '{text}' must give {expected}, but gave {kind_of(value)}."
        + _read_types(run, owner, text, seen)
        + reason(text, seen, context(run))
    )


def _read_types(run: Run, owner: Owner, text: str, seen: Lookup) -> str:
    """Return which variables an expression reads and their types, never their values."""
    return _kinds_read(sorted(run.process_of(owner).feel(text).variables), seen)


def _kinds_read(names: Sequence[str], seen: Lookup) -> str:
    read = ", ".join(f"{n} ({kind_of(seen[n]) if n in seen else 'not set'})" for n in names)
    return f" It reads {read}." if read else ""


def kind_of(value: Any) -> str:
    """Return the FEEL name of a value's type, for messages that must not show values."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case datetime():
            return "date and time"
        case date():
            return "date"
        case list():
            return "list"
        case dict():
            return "context"
        case _:
            return "number"
