"""Each decision of a case is kept with its inputs, the rules that counted and their sources; a role sees what it may."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from diagrams import Diagram
from sqlalchemy import func, select

from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.step import Step
from inburgering_flow.platform import Platform
from inburgering_flow.store import decisions, runtime
from inburgering_flow.store import tables as t
from web.conftest import Browser, start_case

KARIN, TEAM = Actor("karin", ("klantmanager",), table=ROLES), Actor("tess", ("teammanager",), table=ROLES)


def fined_case(law: Platform) -> int:
    """A case in the fine procedure, up to the proposal of the amount."""
    return law.start(
        "boeteprocedure",
        {"dossiernummer": "D-5", "doelgroep": "gezinsmigrant", "overtreding": "brede intake", "eerdereBoetes": [], "overtredingKenmerk": "D-5-B1",
         "rapporteur": "hans", "rapportDatum": "2026-03-02", "overtredingDatum": "2026-02-02"},
        owner="karin",
    )  # fmt: skip


def test_a_decision_is_kept_with_version_inputs_rules_and_sources(law: Platform) -> None:
    key = start_case(law)

    with law.context.db.read() as unit:
        rows = decisions.of_case(unit, key)

    found = next(row for row in rows if row.decision_id == "pipUiterlijk")
    assert found.version == 1
    assert found.element_id
    assert found.inputs
    assert found.tables == [] or all(rule["annotations"] for table in found.tables for rule in table["rules"])
    terms = next(row for row in rows if row.decision_id == "pipTermijnen")
    assert any("Bron" in rule["annotations"] for table in terms.tables for rule in table["rules"])
    assert terms.output


def test_the_page_of_the_case_shows_rule_and_source_to_who_may_see_the_facts(
    law: Platform, as_user: Callable[[str], Browser]
) -> None:
    key = start_case(law)
    with law.context.db.read() as unit:
        terms = next(row for row in decisions.of_case(unit, key) if row.decision_id == "pipTermijnen")
    source = next(rule["annotations"]["Bron"] for table in terms.tables for rule in table["rules"])

    page = as_user("karin").get(f"/zaken/{key}/gegevens").text

    assert "Beslissingen" in page
    assert source.split("&")[0][:20] in page


def test_a_value_is_hidden_from_a_role_that_may_not_see_the_variable(law: Platform) -> None:
    key = fined_case(law)
    row = DecisionRow(
        law.context.keys.next(), key, key, 1, "bepaal_boetehoogte", "boetehoogte", "Boetehoogte", 3,
        law.clock.now(), {"boeteMaximum": 2, "overtreding": "pip"},
        [{
            "decision": "Basisbedrag", "hitPolicy": "FIRST",
            "inputs": [{"label": "Eerdere boetes", "value": 2, "reads": ["boeteMaximum"]},
                       {"label": "Overtreding", "value": "pip", "reads": ["overtreding"]}],
            "rules": [{"index": 5, "id": "r5", "description": "", "annotations": {"Bron": "art. 23"}}],
        }],
        {"bedrag": 100},
    )  # fmt: skip
    with law.context.db.write() as unit:
        runtime.apply(unit, Step(new_decisions=[row]), law.clock.now(), None)

    seen = next(d for d in law.services.case_file.open(key, TEAM).decisions if d.key == row.key)
    hidden = next(d for d in law.services.case_file.open(key, KARIN).decisions if d.key == row.key)

    assert [(v.name, v.value, v.hidden) for v in seen.tables[0].inputs] == [
        ("Eerdere boetes", 2, False), ("Overtreding", "pip", False)
    ]  # fmt: skip
    assert seen.tables[0].rules[0].annotations == {"Bron": "art. 23"}
    assert [(v.name, v.value) for v in seen.outcome] == [("bedrag", 100)]
    assert [(v.name, v.value, v.hidden) for v in hidden.tables[0].inputs] == [
        ("Eerdere boetes", None, True), ("Overtreding", "pip", False)
    ]  # fmt: skip
    assert hidden.tables[0].rules == []
    assert [v.value for v in hidden.outcome] == [None]


def test_the_task_page_says_which_decision_the_date_comes_from(
    law: Platform, as_user: Callable[[str], Browser]
) -> None:
    key = start_case(law)
    task = next(x for x in law.tasks(state="CREATED") if x.root_key == key)

    detail = law.services.task_page.open(task.key, KARIN)

    assert [view.decision_id for view in detail.date_decisions] == ["pipUiterlijk"]
    assert detail.date_decisions[0].tables[0].rules[0].annotations["Bron"].startswith("Besluit inburgering 2021, art. 5.3")
    assert "pipTermijnen" in [view.decision_id for view in detail.decisions]
    page = as_user("karin").get(f"/taken/{task.key}").text
    why = page.partition("Waarom deze datum?")[2].partition("</section>")[0]
    assert "Besluit inburgering 2021, art. 5.3" in why


def test_a_deleted_case_leaves_no_decision_behind(law: Platform) -> None:
    key = start_case(law)
    law.cancel(key)

    law.delete(key)

    with law.context.db.read() as unit:
        assert unit.connection.execute(select(func.count()).select_from(t.decision_instance)).scalar_one() == 0


@pytest.mark.parametrize("role", ["taalaanbieder", "auditor"])
def test_who_may_not_see_the_case_sees_no_decision(law: Platform, role: str) -> None:
    from inburgering_flow.errors import NotFound

    key = start_case(law)

    with pytest.raises(NotFound):
        law.services.case_file.open(key, Actor("x", (role,), table=ROLES))


FINE = """<?xml version="1.0"?><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<decision id="streng" name="Streng"><variable id="v1" name="Streng"/>
<literalExpression id="l1"><text>herhaling &gt; 1</text></literalExpression></decision>
<decision id="hoogte" name="Hoogte"><variable id="v2" name="Hoogte"/>
<informationRequirement id="r"><requiredDecision href="#streng"/></informationRequirement>
<decisionTable id="t" hitPolicy="FIRST"><input id="i1" label="Groep"><inputExpression id="e1"><text>groep</text></inputExpression></input>
<input id="i2"><inputExpression id="e2"><text>Streng</text></inputExpression></input><output id="o" name="bedrag"/>
<annotation name="Bron"/><rule id="regel_1"><inputEntry id="a"><text>"x"</text></inputEntry><inputEntry id="b"><text>true</text></inputEntry>
<outputEntry id="c"><text>500</text></outputEntry><annotationEntry><text>art. 1</text></annotationEntry></rule>
<rule id="regel_2"><inputEntry id="f"><text>-</text></inputEntry><inputEntry id="g"><text>-</text></inputEntry>
<outputEntry id="h"><text>0</text></outputEntry><annotationEntry><text>art. 2</text></annotationEntry></rule></decisionTable></decision>
</definitions>"""


def test_each_input_names_the_variables_that_it_is_made_of_also_through_another_decision(platform: Platform) -> None:
    platform.deploy_content("d.dmn", FINE)
    rule = '<zeebe:calledDecision decisionId="hoogte" resultVariable="boete"/>'
    diagram = Diagram().start().node("businessRuleTask", "regel", rule).end().path("start", "regel", "end")
    platform.deploy_content("p.bpmn", diagram.xml())
    key = platform.start("p", {"groep": "x", "herhaling": 3, "ongelezen": "y"})

    with platform.context.db.read() as unit:
        (row,) = decisions.of_case(unit, key)

    assert row.inputs == {"groep": "x", "herhaling": 3}
    assert (row.decision_id, row.decision_name, row.version, row.element_id) == ("hoogte", "Hoogte", 1, "regel")
    (table,) = row.tables
    assert table["inputs"] == [
        {"label": "Groep", "value": "x", "reads": ["groep"]},
        {"label": "Streng", "value": True, "reads": ["groep", "herhaling"]},
    ]
    assert table["rules"] == [{"index": 1, "id": "regel_1", "description": "", "annotations": {"Bron": "art. 1"}}]
    assert row.output == 500
