"""The server's own check of a submitted form: what form-js would submit and find wrong, with every problem at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inburgering_flow.errors import InvalidInput, InvalidSubmission, Problem
from inburgering_flow.feel import Context, FeelError, Limits
from inburgering_flow.feel.scope import Budget
from inburgering_flow.forms import answers, constraints
from inburgering_flow.forms.expressions import is_expression
from inburgering_flow.forms.state import Instance, State
from inburgering_flow.forms.templates import plain_text
from inburgering_flow.forms.tree import MISSING, Path, copy, get, put, tree, without_indexes
from inburgering_flow.i18n import _

LIMITS = Limits(iterations=500_000, seconds=3.0)
"""What all expressions of one form may take together, each time that it is sent."""


@dataclass(frozen=True)
class Upload:
    """A file that somebody sent with a form."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Outcome:
    """A submission that is right: what form-js submits, and the variables that follow from it."""

    submitted: dict[str, Any]
    variables: dict[str, Any]
    files: dict[Path, str]
    """Where files were given → under which name they were sent."""


def validate(
    schema: Mapping[str, Any], values: Mapping[str, Any], variables: Mapping[str, Any], *,
    context: Context | None = None, files: Mapping[str, Sequence[Upload]] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the variables that an answered form sets; raises InvalidSubmission with every problem.

    Only questions that are shown and can be answered count; what was not sent stays as ``variables`` has it. Of a
    variable with parts (keys with dots, groups and lists with a path) the parts that the form does not ask are kept.
    """
    return submit(schema, values, variables, context=context, files=files).variables


def submit(
    schema: Mapping[str, Any], values: Mapping[str, Any], variables: Mapping[str, Any], *,
    context: Context | None = None, files: Mapping[str, Sequence[Upload]] | None = None,
) -> Outcome:  # fmt: skip
    """Return what an answered form submits; raises InvalidSubmission with every problem, or InvalidInput for a form whose
    expressions take too long.
    """
    given = context or Context()
    own = Context(given.given_now, given.zone, {}, LIMITS)
    own.budget = Budget(LIMITS.iterations)
    try:
        return _submit(schema, values, variables, own, files or {})
    except FeelError as problem:
        raise InvalidInput(
            _("The form takes too much work: {problem}").format(problem=problem.message),
            remedy=_("Nothing was stored. Send fewer items, or let the designer simplify its conditions."),
        ) from None


def problem_with(schema: Mapping[str, Any], name: str, value: Any) -> str | None:
    """Return what a form finds wrong with one variable by itself, empty if nothing; None if the form does not ask for it.

    Conditions, other answers and whether it is required do not count.
    """
    asked = [item for item in tree(schema).keyed() if item.full_path == (name,) and not item.disabled]
    asked = [item for item in asked if item.type not in ("expression", "filepicker")]
    if not asked:
        return None
    said = ""
    for item in asked:
        rules = {key: rule for key, rule in item.rules.items() if key != "required" and not is_expression(rule)}
        alone = {k: v for k, v in item.attrs.items() if k not in ("conditional", "readonly", "validate", "disallowPassedDates")}
        if "valuesExpression" in alone or "valuesKey" in alone:
            return ""
        try:
            submit({"components": [{**alone, "validate": rules}]}, {name: value}, {})
        except InvalidSubmission as error:
            said = error.problems[0].message
        else:
            return ""
    return said


def _submit(
    schema: Mapping[str, Any], values: Mapping[str, Any], variables: Mapping[str, Any], context: Context,
    files: Mapping[str, Sequence[Upload]],
) -> Outcome:  # fmt: skip
    root, fixed = tree(schema), set()
    if any(item.attrs.get("readonly") for item in root.keyed()):
        state = State(root, variables, context)
        fixed = {shown.path for shown in state.settle(set()) if state.is_readonly(shown)}
    while True:  # an answer may make another one changeable that was not
        state = State(root, variables, context)
        sent = answers.take(state, values, fixed, files)
        shown = state.settle(sent.paths)
        loose = {one.path for one in shown if one.path in fixed and not state.is_readonly(one)}
        if not loose:
            break
        fixed -= loose
    problems = list(_problems(state, sent, shown, files))
    if problems:
        raise InvalidSubmission(problems)
    submitted = state.submitted(shown)
    for path in state.listed:
        if path in sent.paths and path in state.shown_lists and get(state.data, path) == []:
            put(submitted, path, [])
    for one in shown:  # files that were there and were not chosen again stay
        if one.component.type == "filepicker" and one.path not in sent.paths and get(submitted, one.path) is not None:
            put(submitted, one.path, MISSING)
    chosen = {
        one.path: str(get(state.data, one.path)) for one in shown
        if one.component.type == "filepicker" and one.path in sent.paths
    }  # fmt: skip
    return Outcome(submitted, _merged(state, submitted, variables), chosen)


def _problems(state: State, sent: answers.Sent, shown: list[Instance], files: Mapping[str, Sequence[Upload]]) -> Any:
    wrong = dict(sent.wrong)
    for one in shown:
        if one.component.disabled:
            continue
        said = wrong.pop(one.path, "")
        if said:
            yield Problem(one.name, said.format(label=plain_text(one.component.label, one.scope, state)))
            continue
        found = list(constraints.problems(state, one, given=one.path in sent.paths))
        if one.component.type == "filepicker" and one.path in sent.paths:
            found += _of_files(state, one, files[get(state.data, one.path)])
        for sentence in found[:1]:
            yield Problem(one.name, sentence)
    for path, sentence in wrong.items():  # of lists, which are no questions themselves
        if path in state.shown_lists:
            component = next(c for c in state.root.all() if c.is_repeating and c.full_path == without_indexes(path))
            yield Problem(".".join(map(str, path)), sentence.format(label=component.label))


def _of_files(state: State, one: Instance, files: Sequence[Upload]) -> list[str]:
    label = plain_text(one.component.label, one.scope, state)
    several = state.value_of(one.component.attrs.get("multiple", False), one.scope) is True
    accept = state.value_of(one.component.attrs.get("accept", ""), one.scope)
    found = []
    if len(files) > 1 and not several:
        found.append(_("“{label}”: choose one file.").format(label=label))
    if isinstance(accept, str) and accept.strip():
        wanted = [part.strip().lower() for part in accept.split(",") if part.strip()]
        if not all(_is_accepted(file, wanted) for file in files):
            found.append(_("“{label}”: choose a file of the right kind ({kinds}).").format(label=label, kinds=", ".join(wanted)))
    return found


def _is_accepted(file: Upload, wanted: list[str]) -> bool:
    name, kind = file.name.lower(), file.media_type.lower()
    return any(
        name.endswith(part) if part.startswith(".") else kind.startswith(part[:-1]) if part.endswith("/*") else kind == part
        for part in wanted
    )


def _merged(state: State, submitted: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the submitted variables with the parts that the form does not ask as they were."""
    return {name: _onto(state, (name,), value, variables.get(name)) for name, value in submitted.items()}


def _onto(state: State, path: Path, value: Any, before: Any) -> Any:
    if isinstance(value, Mapping) and isinstance(before, Mapping) and without_indexes(path) not in state.asked:
        return {**copy(before), **{key: _onto(state, (*path, key), item, before.get(key)) for key, item in value.items()}}
    if isinstance(value, list) and path in state.origins:
        items = state.origins[path]
        return [
            _onto(state, (*path, index), {} if item is None else item, items[index] if index < len(items) else None)
            for index, item in enumerate(value)
        ]
    return copy(value)
