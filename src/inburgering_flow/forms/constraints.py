"""What an answer must satisfy: form-js's own validation, in plain words, and what a browser's widgets would prevent.

Source: form-js 1.23, ``Validator`` (``required``, ``min``, ``max``, ``minLength``, ``maxLength``, ``pattern``,
``validationType``, ``decimalDigits``, ``increment``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from inburgering_flow.forms import moments, patterns
from inburgering_flow.forms.expressions import is_expression
from inburgering_flow.forms.state import Instance, State, has, text_of
from inburgering_flow.forms.templates import plain_text
from inburgering_flow.forms.tree import CHOICES, MISSING, SEVERAL, get
from inburgering_flow.i18n import _

MAX_TEXT = 100_000
WIDE = Context(prec=100)
_SPACES = " \t\n\v\f\r\u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
LIMITS = ("min", "max", "minLength", "maxLength")


def problems(state: State, shown: Instance, *, given: bool) -> Iterator[str]:
    """Yield what is wrong with the answer to a question that is shown; ``given``: it was sent, not there before."""
    component = shown.component
    label = plain_text(component.label, shown.scope, state)
    value = state_value(state, shown)
    rules = component.rules
    if component.type == "number" and value:
        yield from _digits(component.attrs, value, label)
    yield from _constraints(state, shown, value, label)
    if rules.get("required") and _is_missing(component.type, value):
        yield _asked(component.type).format(label=label)
    if given:
        yield from _impossible(state, shown, value, label)
    yield from _own_rule(state, shown, label)


def _own_rule(state: State, shown: Instance, label: str) -> Iterator[str]:
    """Check the rule that a form gives a question itself: the custom properties ``voorwaarde`` (FEEL) and ``melding``.

    form-js keeps custom properties and does not read them, so the rule is the server's. One that cannot be computed
    refuses: what protects somebody does not fall away because a value is missing.
    """
    own = shown.component.attrs.get("properties")
    rule = own.get("voorwaarde") if isinstance(own, Mapping) else None
    if not is_expression(rule) or state.value_of(rule, shown.scope) is True:
        return
    said = own.get("melding") if isinstance(own, Mapping) else None
    if isinstance(said, str) and said:
        yield f"“{label}”: {plain_text(said, shown.scope, state)}"
    else:
        yield _("“{label}”: this answer is not possible now.").format(label=label)


def state_value(state: State, shown: Instance) -> Any:
    """Return the answer; None where there is none at all."""
    value = get(state.data, shown.path)
    return None if value is MISSING else value


def _is_missing(kind: str, value: Any) -> bool:
    return value is None or value == "" or value == [] or (kind == "checkbox" and value is False)


def _asked(kind: str) -> str:
    if kind == "checkbox":
        return _("Tick “{label}”.")
    if kind in SEVERAL:
        return _("Choose at least one answer for “{label}”.")
    if kind == "filepicker":
        return _("Choose a file for “{label}”.")
    return _("Choose an answer for “{label}”.") if kind in CHOICES else _("Fill in “{label}”.")


def _digits(attrs: Any, value: Any, label: str) -> Iterator[str]:
    """Check how many digits a number has after the comma, and its steps."""
    number = decimal_of(value)
    if number is None:
        return
    digits, step = attrs.get("decimalDigits"), decimal_of(attrs.get("increment"))
    exponent = number.normalize().as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    if isinstance(digits, int | float | Decimal) and digits >= 0 and places > digits:
        yield (
            _("“{label}”: fill in a whole number.").format(label=label)
            if digits == 0
            else _("“{label}”: use at most {digits} digits after the comma.").format(label=label, digits=digits)
        )
    if step:
        rest = WIDE.remainder(number, step) if abs(number) < abs(step) * Decimal(10) ** 90 else Decimal(0)
        near = WIDE.subtract(number, rest)
        beyond = WIDE.add(near, step)
        if rest:
            yield _("“{label}”: the nearest numbers that can be chosen are {one} and {other}.").format(
                label=label, one=_shown(near), other=_shown(beyond)
            )


def _constraints(state: State, shown: Instance, value: Any, label: str) -> Iterator[str]:
    rules = shown.component.rules
    pattern = rules.get("pattern")
    if pattern and value and not _matches(pattern, value):
        said = rules.get("patternErrorMessage")
        own = isinstance(said, str) and said
        yield f"“{label}”: {said}" if own else _("“{label}”: this does not have the right form.").format(label=label)
    bounds = {name: state.value_of(rules[name], shown.scope) for name in LIMITS if name in rules}
    for name in ("min", "max"):
        if bounds.get(name) is None or not (value or (value == 0 and value is not False)):
            continue
        number, bound = decimal_of(value), decimal_of(bounds[name])
        if number is None or bound is None:
            unknown = _("“{label}”: this cannot be checked, because its limit is not a number. Tell the designer.")
            yield unknown.format(label=label)
        elif name == "min" and number < bound:
            yield _("“{label}”: the number is at least {low}.").format(label=label, low=_shown(bound))
        elif name == "max" and number > bound:
            yield _("“{label}”: the number is at most {high}.").format(label=label, high=_shown(bound))
    if isinstance(value, str) and value:
        length = len(value.strip(_SPACES).encode("utf-16-le")) // 2
        shortest, longest = decimal_of(bounds.get("minLength")), decimal_of(bounds.get("maxLength"))
        if shortest is not None and length < shortest:
            yield _("“{label}”: the text is too short. Use at least {shortest} characters.").format(
                label=label, shortest=_shown(shortest)
            )
        if longest is not None and length > longest:
            yield _("“{label}”: the text is too long. Use at most {longest} characters.").format(
                label=label, longest=_shown(longest)
            )
        if rules.get("validationType") == "phone" and not patterns.PHONE.search(value):
            yield _("“{label}”: fill in a telephone number with the code of the country, for example +31201234567.").format(
                label=label
            )
        if rules.get("validationType") == "email" and not patterns.EMAIL.search(value):
            yield _("“{label}”: fill in an e-mail address, for example naam@voorbeeld.nl.").format(label=label)


def _matches(pattern: Any, value: Any) -> bool:
    text = value if isinstance(value, str) else text_of(value) if isinstance(value, int | float | Decimal) else ""
    try:
        return patterns.pattern(str(pattern)).search(text) is not None
    except patterns.UnreadablePattern:
        return True  # of a form that was deployed before its pattern was checked


def _impossible(state: State, shown: Instance, value: Any, label: str) -> Iterator[str]:
    """Yield what the widgets of form-js would not have let somebody give."""
    attrs, kind = shown.component.attrs, shown.component.type
    if kind in ("textfield", "textarea") and isinstance(value, str):
        if len(value) > MAX_TEXT:
            yield _("“{label}”: the text is too long. Use at most {longest} characters.").format(label=label, longest=MAX_TEXT)
        if any(ord(c) < 32 and c not in "\n\r\t" for c in value):
            yield _("“{label}”: the text contains a character that cannot be kept.").format(label=label)
    if kind == "datetime" and value is not None:
        yield from _moment(state, attrs, str(value), label)
    if kind in CHOICES and value:
        values = [choice for choice, _label in state.options(shown) or ()]
        if not all(has(values, item) for item in (value if kind in SEVERAL else [value])):
            yield _("“{label}”: choose one of the answers.").format(label=label)


def _moment(state: State, attrs: Any, text: str, label: str) -> Iterator[str]:
    subtype = str(attrs.get("subtype", "date"))
    found = moments.parts_of(text, subtype)
    if found is None:
        yield {
            "date": _("“{label}”: fill in a date that exists: day, month and year."),
            "time": _("“{label}”: fill in a time, for example 14:30."),
        }.get(subtype, _("“{label}”: fill in a date that exists and a time.")).format(label=label)
        return
    day, time = found
    if day is not None and not moments.EARLIEST <= day.year <= moments.LATEST:
        yield _("“{label}”: the year is not right.").format(label=label)
    elif day is not None and attrs.get("disallowPassedDates") and day < state.context.now.date():
        yield _("“{label}”: the date may not be in the past.").format(label=label)
    if time is not None and time[1] != "Z" and time[0] % moments.interval(attrs):
        yield _("“{label}”: fill in a time in steps of {step} minutes.").format(label=label, step=moments.interval(attrs))


def decimal_of(value: Any) -> Decimal | None:
    """Return a number or the text of one as a decimal; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    if isinstance(value, str) and not re.fullmatch(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", value, re.ASCII):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _shown(number: Decimal) -> str:
    return text_of(number) if abs(number.adjusted()) < 40 else str(number)
