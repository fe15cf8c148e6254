"""A form is opened with what the task sees: also lists, and what only the task has; never what the role may not see."""

from __future__ import annotations

from collections.abc import Callable

from inburgering_flow.platform import Platform
from web.conftest import Browser

RELEASED = {"tekstVrijgave": "vrijgegeven", "vrijgaveNotitie": "De termijn is redelijk."}
EARLIER = [{"kenmerk": "K-1", "artikel": "23", "verzondenOp": "2026-01-20", "bezwaarLoopt": False, "bedrag": 25}]


def actor_of(law: Platform, username: str):
    return law.services.accounts.actor(law.services.accounts.get(username))


def task_of(law: Platform, element: str) -> int:
    return next(task.key for task in law.tasks(state="CREATED") if task.element_id == element)


def begun(law: Platform) -> int:
    person = law.register_person(
        {"voornamen": "Voorbeeld", "achternaam": "Afspraak", "bsn": "999990172", "straat": "Voorbeeldlaan 1",
         "postcode": "1234 AB", "woonplaats": "Voorbeeldstad"}
    )  # fmt: skip
    key = law.start(
        "handhaving",
        {"dossiernummer": "D-5", "doelgroep": "gezinsmigrant", "overtreding": "brede intake", "verplichting": "brede intake",
         "gewaarschuwdOp": "2026-02-16", "oproepEinde": "2026-03-01", "eerdereBoetes": EARLIER},
        person=person, owner="karin", business_key="D-5",
    )  # fmt: skip
    law.run_due()
    return key


def test_a_form_knows_lists_and_what_only_its_task_has(law: Platform) -> None:
    begun(law)
    law.complete(
        task_of(law, "taak_oorzaak_onderzoeken"),
        {"verwijtbaar": "ja", "oorzaak": "Geen reden gegeven.", "inBijstand": False}, user="karin",
    )  # fmt: skip
    law.complete(task_of(law, "taak_rapport_opmaken"), {"rapportFeiten": "Niet verschenen op de brede intake."}, user="hans")
    law.run_due()

    known = law.services.task_page.open(task_of(law, "taak_tekst_vrijgeven"), actor_of(law, "julia")).known

    assert "zienswijzetermijn" in known["controle"]
    assert known["eerdereBoetes"][0]["kenmerk"] == "K-1"


def test_a_form_knows_nothing_that_the_role_may_not_see(law: Platform) -> None:
    begun(law)

    known = law.services.task_page.open(task_of(law, "taak_oorzaak_onderzoeken"), actor_of(law, "karin")).known

    assert known["overtreding"] == "brede intake"
    assert "eerdereBoetes" not in known
    assert "geconstateerdOp" not in known


def test_a_message_reaches_the_procedure_that_waits_under_a_reference_of_its_own(
    law: Platform, as_user: Callable[[str], Browser]
) -> None:
    key, karin = begun(law), as_user("karin")
    blame = {"verwijtbaar": "ja", "oorzaak": "Geen reden gegeven.", "inBijstand": False}
    law.complete(task_of(law, "taak_oorzaak_onderzoeken"), blame, user="karin")
    law.run_due()
    where, given = f"/zaken/{key}/melden/burger.zienswijze", {"zienswijze": "Ik had geen oppas."}

    unknown = karin.post(where, {**given, "kenmerk": "D-6"})
    sent = karin.post(where, given)

    assert "Kies een van deze kenmerken: D-5-B" in unknown.text
    assert sent.status_code == 302
    texts = [view["tekst"] for i in law.instances() for view in law.instance(i.key).variables.get("zienswijzen") or ()]
    assert texts == ["Ik had geen oppas."]
