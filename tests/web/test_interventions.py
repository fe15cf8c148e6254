"""One case is changed from its page: what it would do is shown first, then it is done, and both are in the log."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from diagrams import Diagram, message_event, timer

from inburgering_flow.errors import Forbidden, InvalidInput
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.changes import Activate, MigrationPlan, Modification, Move, Terminate
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.interventions import Effect
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import audit
from web.conftest import Browser, said

Login = Callable[[str], Browser]
BRAM, KARIN = Actor("bram", ("functioneel-beheerder",), table=ROLES), Actor("karin", ("klantmanager",), table=ROLES)
NOBODY = '<zeebe:assignmentDefinition candidateGroups="niemand"/>'
WHY = "de stap was per ongeluk begonnen"
DATA = b"""[{"name": "sleutel", "type": "string"}, {"name": "bedrag", "type": "number", "maximum": 100},
           {"name": "dag", "type": "date"}]"""


def drawn(first: str = "a", *, waits: bool = True) -> Diagram:
    drawing = Diagram("proef").message("m", "bericht").start().user(first, NOBODY).user("b", NOBODY).end()
    if waits:
        drawing.boundary("t", first, timer("timeDuration", "P3D")).boundary("m1", first, message_event("m"))
        drawing.path("t", "end").path("m1", "end")
    return drawing.path("start", first, "b", "end")


def deploy(law: Platform, diagram: Diagram) -> int:
    files = [Resource("proef/proef.bpmn", diagram.xml().encode()), Resource("proef/gegevens.json", DATA)]
    return law.services.deployments.deploy(files)[0].key


@pytest.fixture
def case(law: Platform) -> int:
    deploy(law, drawn())
    return law.start("proef", {"sleutel": "x"}, business_key="PROEF-1")


def things(found: list) -> list[tuple[str, str]]:
    return [(one.kind, one.name) for one in found]


def outcome(law: Platform, case: int) -> tuple[list[str], int]:
    open_now = [t.element_id for t in law.tasks(instance=case, state="CREATED")]
    return open_now, len(law.services.jobs.overview(Actor("x", is_system=True)).rows)


def test_a_move_says_what_vanishes_and_what_appears_and_does_that(law: Platform, case: int) -> None:
    service, before = law.services.interventions, outcome(law, case)
    wanted = Modification(move=[Move("b", source_id="a")])

    effect = service.effect(case, wanted, {}, BRAM)

    assert things(effect.appears) == [("task", "b")]
    assert things(effect.vanishes) == [("task", "a"), ("timer", "t"), ("wait", "m1")]
    assert outcome(law, case) == before
    service.modify(case, wanted, {}, WHY, BRAM)
    assert outcome(law, case) == (["b"], before[1] - 1)
    with law.context.db.read() as unit:
        found = [x for x in audit.found(unit, audit.Wanted()) if x["action"] == "process.modify"]
    assert (found[0]["actor"], found[0]["detail"]["reason"]) == ("bram", WHY)


def test_what_is_added_what_ends_the_case_and_what_would_stand_still(law: Platform, case: int) -> None:
    service = law.services.interventions
    assert things(service.effect(case, Modification(activate=[Activate("b")]), {}, BRAM).appears) == [("task", "b")]
    assert service.effect(case, Modification(terminate=[Terminate(element_id="a")]), {}, BRAM).ends
    law.deploy_content("kies.bpmn", Diagram("kies").start().user("a", NOBODY).xor("k").user("b", NOBODY).end()
                       .path("start", "a", "k|bedrag > 1", "b", "end").xml())  # fmt: skip
    other = law.start("kies")
    assert [name for name, _why in service.effect(other, Modification(activate=[Activate("k")]), {}, BRAM).stops] == ["k"]
    with pytest.raises(InvalidInput, match="Nothing was chosen"):
        service.effect(case, Modification(), {}, BRAM)
    with pytest.raises(Forbidden):
        service.effect(case, Modification(activate=[Activate("b")]), {}, KARIN)


def test_facts_are_typed_by_the_data_dictionary(law: Platform, case: int) -> None:
    service = law.services.interventions
    values = service.values(case, {"bedrag": "12,5", "dag": "2026-12-31"})
    service.modify(case, Modification(), values, "het bedrag was verkeerd overgenomen", BRAM)
    assert str(law.instance(case).variables["bedrag"]) == "12.5"
    for wrong in ({"bedrag": "veel"}, {"bedrag": "101"}, {"dag": "31-12-2026"}, {"onbekend": "x"}):
        with pytest.raises(InvalidInput):
            service.values(case, wrong)


def test_another_version_is_looked_at_before_the_case_goes_there(law: Platform, case: int) -> None:
    target = deploy(law, drawn("z", waits=False).boundary("n", "z", timer("timeDuration", "P9D")).path("n", "end"))
    service = law.services.interventions
    plan = MigrationPlan(target, {"a": "z"}, same_ids=True)

    effect: Effect = service.effect_of_migration(case, plan, BRAM)

    assert effect.becomes == [("a", "z")]
    assert things(effect.appears) == [("timer", "n")]
    assert things(effect.vanishes) == [("timer", "t"), ("wait", "m1")]
    assert law.instance(case).version == 1
    with pytest.raises(InvalidInput, match="three different words"):
        service.migrate(case, plan, "zo maar", BRAM)
    assert law.instance(case).version == 1
    service.migrate(case, plan, "de oude versie heeft een fout", BRAM)
    assert (law.instance(case).version, outcome(law, case)[0]) == (2, ["z"])


def test_the_pages_show_first_and_do_then(law: Platform, as_user: Login, case: int) -> None:
    bram = as_user("bram")
    assert bram.post("/processen/zaak", {"zaak": "PROEF-1"}).location.endswith(f"/processen/zaak/{case}")
    assert bram.post("/processen/zaak", {"zaak": "BESTAAT-NIET"}).location.endswith("/bulkbewerkingen")
    page = said(bram.get(f"/processen/zaak/{case}").text)
    assert "verplaatsen naar: b" in page
    element = law.services.interventions.open(case, BRAM).standing[0].key

    asked = {f"stap_{element}": "-b", "gegeven_0": "bedrag", "waarde_0": "7"}
    preview = said(bram.post(f"/processen/zaak/{case}", {**asked, "bekijken": "1"}).text)
    assert "Komt erbij" in preview
    assert "Verdwijnt" in preview
    assert outcome(law, case)[0] == ["a"]
    unsaid = bram.post(f"/processen/zaak/{case}", {**asked, "uitvoeren": "1", "reden": "zo"})
    assert unsaid.status_code == 400
    assert "Zo wijzigen" in unsaid.text
    assert bram.post(f"/processen/zaak/{case}", {**asked, "uitvoeren": "1", "reden": WHY}).status_code == 302
    assert outcome(law, case)[0] == ["b"]
    assert law.instance(case).variables["bedrag"] == 7
    assert bram.get(f"/processen/zaak/{case}/tekens").json["active"] == {"b": 1}
    assert bram.post(f"/processen/zaak/{case}", {"gegeven_0": "bedrag", "waarde_0": "veel", "bekijken": "1"}).status_code == 400

    target = deploy(law, drawn("z", waits=False))
    assert "Bekijken wat versie 2 doet" in said(bram.get(f"/processen/zaak/{case}").text)
    assert "De zaak overzetten" in said(bram.get(f"/processen/zaak/{case}/versie/{target}").text)
    unsaid = bram.post(f"/processen/zaak/{case}/versie/{target}", {"bekeken": "1"})
    assert (unsaid.status_code, law.instance(case).version) == (400, 1)
    assert "Een reden heeft minstens drie verschillende woorden nodig" in said(unsaid.text)
    assert "De zaak overzetten" in said(unsaid.text)
    moved = {"bekeken": "1", "reden": "de oude versie heeft een fout"}
    assert bram.post(f"/processen/zaak/{case}/versie/{target}", moved).status_code == 302
    with law.context.db.read() as unit:
        [logged] = [x for x in audit.found(unit, audit.Wanted()) if x["action"] == "process.migrate"]
    assert logged["detail"]["reason"] == "de oude versie heeft een fout"
    assert law.instance(case).version == 2
    for path in (f"/processen/zaak/{case}", f"/processen/zaak/{case}/versie/{target}", f"/processen/zaak/{case}/tekens"):
        assert as_user("piet").get(path).status_code == 403
    with law.context.db.read() as unit:
        assert "process.look" in {x["action"] for x in audit.found(unit, audit.Wanted())}
