"""Who may do a user task, who does, and what it asks."""

from __future__ import annotations

import json

import pytest
from diagrams import Diagram, loop

from engine.doing import deploy, do, element_key
from engine.drawing import findings_of, output
from inburgering_flow.errors import Conflict, Forbidden, InvalidInput
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform


def duties(**given: str) -> str:
    inside = "".join(f'<zeebe:property name="{n}" value="{v}"/>' for n, v in given.items())
    return f"<zeebe:properties>{inside}</zeebe:properties>"


def reported(platform: Platform, user: str) -> int:
    """Start a case in which a report is written by ``user``, and then somebody else decides."""
    d = Diagram().start().user("rapport", duties(uitvoerderIn="rapporteur")).user("besluit", duties(nietDoor="= [rapporteur]")).end()
    deploy(platform, d.path("start", "rapport", "besluit", "end"))
    key = platform.start("p")
    do(platform, key, "rapport", user=user)
    return key


def test_claiming_is_for_the_first_and_completing_for_the_claimant(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a").end().path("start", "a", "end"))
    platform.start("p")
    task = platform.tasks(state="CREATED")[0]
    platform.claim(task.key, user="anna")

    with pytest.raises(Conflict, match="was first"):
        platform.claim(task.key, user="bert")
    with pytest.raises(Conflict):
        platform.complete(task.key, {}, user="bert")
    platform.complete(task.key, {}, user="anna")
    with pytest.raises(Conflict, match="expected state CREATED, found COMPLETED"):
        platform.complete(task.key, {}, user="anna")


def test_separation_of_duties_refuses_who_did_the_earlier_step(platform: Platform) -> None:
    key = reported(platform, "anna")
    task = platform.tasks(state="CREATED", instance=key)[0]

    with pytest.raises(Forbidden, match="separation of duties"):
        platform.claim(task.key, user="anna")
    with pytest.raises(Forbidden, match="separation of duties"):
        platform.complete(task.key, {}, user="anna")

    platform.claim(task.key, user="bert")
    platform.complete(task.key, {}, user="bert")
    assert platform.instance(key).state == "COMPLETED"


@pytest.mark.parametrize("forged", ["bert", None, ["bert"], "ANNA", ""])
def test_who_did_a_step_is_read_from_the_tasks_whatever_the_variable_says_now(platform: Platform, forged: object) -> None:
    key = reported(platform, "anna")
    platform.services.processes.set_variables(key, {"rapporteur": forged})
    task = platform.tasks(state="CREATED", instance=key)[0]

    for move in (platform.claim, platform.services.user_tasks.assign, lambda key, user: platform.complete(key, {}, user=user)):
        with pytest.raises(Forbidden, match="separation of duties"):
            move(task.key, user="anna")
    assert "anna" in platform.services.user_tasks.excluded(task.key)


def test_of_a_repeated_step_the_performer_in_the_same_round_counts(platform: Platform) -> None:
    own = '<zeebe:ioMapping><zeebe:input source="= null" target="maker"/></zeebe:ioMapping>'
    inside = (
        Diagram().start("s").user("maken", duties(uitvoerderIn="maker")).user("keuren", duties(nietDoor="= maker")).end("e")
        .path("s", "maken", "keuren", "e")
    )  # fmt: skip
    d = Diagram().start().sub("deel", inside, extension=own, body=loop("[1, 2]", "nummer")).end().path("start", "deel", "end")
    deploy(platform, d)
    key = platform.start("p")
    for user in ("anna", "bert"):
        task = next(t for t in platform.tasks(state="CREATED", instance=key) if t.element_id == "maken")
        platform.complete(task.key, {}, user=user)

    first, second = sorted(t.key for t in platform.tasks(state="CREATED", instance=key))
    assert platform.services.user_tasks.excluded(first) == ["anna"]
    assert platform.services.user_tasks.excluded(second) == ["bert"]


def test_who_did_a_task_is_who_completed_it_also_where_somebody_else_mends_its_result(platform: Platform) -> None:
    kept = '<zeebe:properties><zeebe:property name="uitvoerderIn" value="wie"/></zeebe:properties>'
    d = Diagram().start().user("a", kept + output("assert(x, x > 1)", "y")).user("b").path("start", "a", "b")
    deploy(platform, d)
    key = platform.start("p")
    do(platform, key, "a", {"x": 0}, user="anna")

    platform.services.processes.set_variables(key, {"x": 4}, scope_key=element_key(platform, key, "a"), local=True)
    platform.resolve_all(key)

    assert platform.instance(key).variables == {"wie": "anna", "y": 4}
    assert [task.completed_by for task in platform.tasks(state="COMPLETED", instance=key)] == ["anna"]


def test_the_form_of_a_task_may_be_an_expression(platform: Platform) -> None:
    form = {"id": "kort-form", "type": "default", "schemaVersion": 18, "components": []}
    platform.deploy_content("kort.form", json.dumps(form))
    deploy(platform, Diagram().start().user("t", '<zeebe:formDefinition formId="= soort + &quot;-form&quot;"/>').path("start", "t"))
    key, none = platform.start("p", {"soort": "kort"}), platform.start("p")

    assert [t.form_id for t in platform.tasks(instance=key)] == ["kort-form"]
    assert "must give the id of a form" in platform.instance(none).incidents[0].message


def who(platform: Platform, roles: str, variables: dict[str, object] | None = None) -> tuple[object, ...]:
    """Return assignee, groups and users of a task with these resource roles."""
    d = Diagram().start().user("a", body=roles).end().path("start", "a", "end")
    d.definitions.append('<bpmn:resource id="r1" name="klantmanager"/><bpmn:resource id="r2" name="jurist"/>')
    deploy(platform, d)
    task = platform.tasks(instance=platform.start("p", variables or {}))[0]
    return task.assignee, task.candidate_groups, task.candidate_users


def expression(tag: str, text: str) -> str:
    return (
        f"<bpmn:{tag}><bpmn:resourceAssignmentExpression><bpmn:formalExpression>{text}</bpmn:formalExpression>"
        f"</bpmn:resourceAssignmentExpression></bpmn:{tag}>"
    )


def test_who_does_a_task_is_read_from_the_resource_roles_of_bpmn(platform: Platform) -> None:
    by_name = (
        "<bpmn:potentialOwner><bpmn:resourceRef>r1</bpmn:resourceRef></bpmn:potentialOwner>"
        "<bpmn:performer><bpmn:resourceRef>r2</bpmn:resourceRef></bpmn:performer>"
    )
    written = expression("potentialOwner", "user(anna), group(team), balie")

    assert who(platform, by_name) == (None, ("klantmanager", "jurist"), ())
    assert who(platform, written) == (None, ("team", "balie"), ("anna",))
    assert who(platform, expression("humanPerformer", "bert")) == ("bert", (), ())
    assert who(platform, expression("humanPerformer", "= baas"), {"baas": "cato"}) == ("cato", (), ())
    assert who(platform, expression("potentialOwner", "${teams}"), {"teams": ["a", "b"]}) == (None, ("a", "b"), ())


def test_the_assignment_of_the_dialect_goes_before_resource_roles(platform: Platform) -> None:
    d = (
        Diagram()
        .start()
        .user("a", '<zeebe:assignmentDefinition assignee="anna"/>', body=expression("humanPerformer", "bert"))
    )
    deploy(platform, d.end().path("start", "a", "end"))

    assert platform.tasks(instance=platform.start("p"))[0].assignee == "anna"


@pytest.mark.parametrize("role", ["humanPerformer", "performer", "potentialOwner", "resourceRole"])
def test_an_assignment_in_another_language_is_told_at_its_task(role: str) -> None:
    body = expression(role, "x").replace("<bpmn:formalExpression>", '<bpmn:formalExpression language="groovy">')
    body = body.replace(f"<bpmn:{role}>", f'<bpmn:{role} id="rol">').replace(
        "AssignmentExpression>", 'AssignmentExpression id="r">', 1
    )

    assert findings_of(Diagram().start().user("a", body=body).path("start", "a")) == [
        ("error", "expression-language", "a")
    ]


def opened(platform: Platform, extension: str, variables: dict[str, object] | None = None) -> object:
    deploy(platform, Diagram().start().user("a", extension).path("start", "a"))
    return platform.tasks(instance=platform.start("p", variables or {}))[0]


@pytest.mark.parametrize(
    ("written", "variables", "groups"),
    [
        ("sales, operations", {}, ("sales", "operations")),
        ('"Zorg, Werk en Inkomen"', {}, ("Zorg, Werk en Inkomen",)),
        ('jurist, "Zorg, Werk en Inkomen" , balie', {}, ("jurist", "Zorg, Werk en Inkomen", "balie")),
        ('= ["Zorg, Werk en Inkomen", "jurist"]', {}, ("Zorg, Werk en Inkomen", "jurist")),
        ("= afdeling", {"afdeling": "Zorg, Werk en Inkomen"}, ("Zorg, Werk en Inkomen",)),
        ("= afdelingen", {"afdelingen": ["Zorg, Werk en Inkomen"]}, ("Zorg, Werk en Inkomen",)),
        ("= []", {}, ()),
        ("= null", {}, ()),
    ],
)
@pytest.mark.parametrize("kind", ["Groups", "Users"])
def test_a_name_may_have_a_comma(
    platform: Platform, kind: str, written: str, variables: dict[str, object], groups: tuple[str, ...]
) -> None:
    task = opened(platform, f"<zeebe:assignmentDefinition candidate{kind}='{written}'/>", variables)

    assert getattr(task, f"candidate_{kind.lower()}") == groups


def test_a_resource_is_one_group_also_with_a_comma_in_its_name(platform: Platform) -> None:
    role = "<bpmn:potentialOwner><bpmn:resourceRef>r</bpmn:resourceRef></bpmn:potentialOwner>"
    d = Diagram().start().user("a", body=role + expression("potentialOwner", "user(anna, bert)")).path("start", "a")
    d.definitions.append('<bpmn:resource id="r" name="Zorg, Werk en Inkomen"/>')
    deploy(platform, d)

    task = platform.tasks(instance=platform.start("p"))[0]

    assert (task.candidate_groups, task.candidate_users) == (("Zorg, Werk en Inkomen",), ("anna", "bert"))


@pytest.mark.parametrize("kind", ["Groups", "Users"])
@pytest.mark.parametrize("value", [[None], ["team", None], [["team"]], [True], {"a": 1}, True])
def test_what_is_no_name_is_an_incident_and_no_group(platform: Platform, kind: str, value: object) -> None:
    deploy(platform, Diagram().start().user("a", f'<zeebe:assignmentDefinition candidate{kind}="= wie"/>').path("start", "a"))
    key = platform.start("p", {"wie": value})

    assert platform.tasks(instance=key) == []
    assert "must give names: a list of texts" in platform.instance(key).incidents[0].message


@pytest.mark.parametrize(
    ("written", "due", "follow_up"),
    [
        ("2026-10-25", "2026-10-25T23:00:00+00:00", "2026-10-24T22:00:00+00:00"),
        ("= dag", "2026-10-25T23:00:00+00:00", "2026-10-24T22:00:00+00:00"),
        ('= date("2026-10-25")', "2026-10-25T23:00:00+00:00", "2026-10-24T22:00:00+00:00"),
        ("2026-10-25T09:00:00+01:00", "2026-10-25T08:00:00+00:00", "2026-10-25T08:00:00+00:00"),
        ('= date and time("2026-10-25T09:00:00@Europe/Amsterdam")', "2026-10-25T08:00:00+00:00", "2026-10-25T08:00:00+00:00"),
    ],
)
def test_a_day_is_due_at_its_end_and_followed_up_from_its_beginning(
    platform: Platform, written: str, due: str, follow_up: str
) -> None:
    task = opened(platform, f"<zeebe:taskSchedule dueDate='{written}' followUpDate='{written}'/>", {"dag": "2026-10-25"})

    assert (task.due.isoformat(), task.follow_up.isoformat()) == (due, follow_up)


def test_nobody_corrects_who_did_a_step(platform: Platform) -> None:
    d = Diagram().start().user("rapport", duties(uitvoerderIn="rapporteur")).user("na").path("start", "rapport", "na")
    deploy(platform, d)
    key = platform.start("p", {"bedrag": 1})
    do(platform, key, "rapport", user="anna")

    with pytest.raises(InvalidInput, match="who did a step"):
        platform.services.corrections.fact(key, "rapporteur", "bert", reason="het was een vergissing", actor=SYSTEM)
    platform.services.corrections.fact(key, "bedrag", "2", reason="het was een vergissing", actor=SYSTEM)
    assert platform.instance(key).variables == {"bedrag": 2, "rapporteur": "anna"}
