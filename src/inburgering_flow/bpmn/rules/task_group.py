"""Warns of a user task that is offered to nobody in particular, or to a group that there is not."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.definition import written_names
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import WARNING, Fault, Page, Rule


def check(diagram: Diagram, around: Around) -> Iterator[Fault]:
    for task, _process in diagram.elements("userTask"):
        groups = task.candidate_groups
        if groups is None and task.candidate_users is None and task.assignee is None:
            yield Fault(
                task.id,
                _("The task is for no group and no user, so that everybody may do it."),
                _("Give it a candidate group."),
            )
        if groups is None or groups.is_expression or not around.groups:
            continue
        for name in written_names(groups.source):
            if name not in around.groups:
                near = difflib.get_close_matches(name, sorted(around.groups), 1, 0.6)
                yield Fault(
                    task.id,
                    _("There is no group {name}.").format(name=name),
                    _("Did you mean {name}?").format(name=near[0]) if near
                    else _("Choose from {known}.").format(known=", ".join(sorted(around.groups))),
                )  # fmt: skip


RULE = Rule(
    "task-group",
    WARNING,
    check,
    nl=Page(
        what="Een taak is voor geen groep en geen gebruiker, of voor een groep die hier niet bestaat.",
        why=(
            "Zonder groep mag iedereen de taak doen. Een groep die niet bestaat, heeft niemand: de taak wordt "
            "door niemand gezien."
        ),
        mend="Kies bij Candidate groups een rol die er is.",
    ),
    en=Page(
        what="A task is for no group and no user, or for a group that there is not.",
        why=(
            "Without a group everybody may do the task. Nobody belongs to a group that there is not: nobody sees "
            "the task."
        ),
        mend="Choose a role that there is under Candidate groups.",
    ),
    wrong='<zeebe:assignmentDefinition candidateGroups="functioneel-beheerderr"/>',
    right='<zeebe:assignmentDefinition candidateGroups="functioneel-beheerder"/>',
)
