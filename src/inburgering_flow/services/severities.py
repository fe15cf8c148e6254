"""The severities set for lint rules here: a file with ``rule: off | warning | error``."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import yaml

from inburgering_flow.errors import Finding, InvalidInput
from inburgering_flow.model.lint import ERROR, WARNING

OFF = "off"
VALUES = (OFF, WARNING, ERROR)
REMEDY = "Correct that line, or empty INBURGERING_FLOW_RULES: then every rule has its default severity."


def read(path: str) -> dict[str, str]:
    """Return what the file at ``path`` sets, by rule; without a path, nothing.

    Raises InvalidInput, with the line, for what is not such a list, for an unknown rule or value, and for an error
    that protects the engine and would be lowered.
    """
    if not path:
        return {}
    try:
        root = yaml.compose(Path(path).read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, ValueError) as error:
        raise _refused(f"The file of lint rules cannot be read: {error}.") from None
    except yaml.YAMLError as error:
        raise _refused(f"{path} is not YAML: {' '.join(str(error).split())}.") from None
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise _refused(f"{path} is not a list of lines like 'table-gap: error'.")
    chosen: dict[str, str] = {}
    for key, value in root.value:  # as written: YAML itself would read 'off' as false
        line = f"{path}, line {key.start_mark.line + 1}"
        if not isinstance(key, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode):
            raise _refused(f"{line}: a line must have one rule and one of {', '.join(VALUES)}.")
        if key.value in chosen:
            raise _refused(f"{line}: {key.value} is set twice.")
        _check(line, key.value, value.value)
        chosen[key.value] = value.value
    return chosen


def applied(findings: Iterable[Finding], chosen: Mapping[str, str]) -> list[Finding]:
    """Return findings with the severities that were set; those of rules that are off are left out."""
    if not chosen:
        return list(findings)
    wanted = ((one, chosen.get(one.rule, one.severity)) for one in findings)
    return [replace(one, severity=severity) for one, severity in wanted if severity != OFF]


def _check(line: str, rule: str, severity: str) -> None:
    from inburgering_flow.services.rulebook import RULES  # needs every reader; most installations set nothing

    if rule not in RULES:
        near = difflib.get_close_matches(rule, RULES, 1, 0)
        raise _refused(f"{line}: there is no rule {rule}. The nearest is {near[0]}.")
    if severity not in VALUES:
        near = difflib.get_close_matches(severity, VALUES, 1, 0)
        raise _refused(f"{line}: {rule} cannot be '{severity}', only {', '.join(VALUES)}. The nearest is {near[0]}.")
    if RULES[rule].protects and severity != ERROR:
        raise _refused(f"{line}: {rule} protects the engine and cannot be lowered to {severity}.")


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, remedy=REMEDY, code="LINT_RULES")
