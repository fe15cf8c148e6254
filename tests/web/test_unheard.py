"""A message of a partner never expires unseen: it waits for a case, and whoever leads sees it until it is heard or handled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from diagrams import Diagram, message_event

from inburgering_flow.clock import ManualClock
from inburgering_flow.errors import Conflict, InvalidInput
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from web.conftest import Browser, start_case

RITA = Actor("rita", ("regievoerder",), table=ROLES)
Login = Callable[[str], Browser]


def later(law: Platform, days: int) -> None:
    clock = law.clock
    assert isinstance(clock, ManualClock)
    clock.set(clock.now() + timedelta(days=days))
    law.run_due()
    for look_after in law.services.upkeep:
        look_after()


def waiting(law: Platform) -> list[tuple[str, str]]:
    return [(one.name, one.correlation_key) for one in law.services.messages.unheard(RITA)]


@pytest.mark.parametrize(
    "name", ["coa.uitstroom", "duo.SS131", "burger.zienswijze", "duo.SS999", "gemeente.betaling", "rechtbank.uitspraak"]
)
def test_what_no_case_has_heard_after_months_is_still_there_and_shown(law: Platform, as_user: Login, name: str) -> None:
    law.publish(name, correlation_key="D-9", variables={"lbtUitslag": "geheim-9"}, time_to_live=timedelta(hours=1))

    later(law, 200)

    assert waiting(law) == [(name, "D-9")]
    page = as_user("rita").get("/regie/berichten").text
    assert name in page
    assert "D-9" in page
    assert "geheim-9" not in page
    assert 'href="/regie/berichten"' in as_user("rita").get("/regie").text


def test_a_case_that_starts_later_hears_it_and_then_it_is_off_the_list(law: Platform) -> None:
    law.publish("duo.SS106", correlation_key="D-1")
    later(law, 30)

    start_case(law, "D-1")

    assert [t.element_id for t in law.tasks(state="CREATED")] == ["taak_diploma_afronden"]
    assert waiting(law) == []


def test_what_one_case_has_heard_does_not_reach_a_process_of_years_later(law: Platform) -> None:
    start_case(law, "D-1")
    law.publish("duo.SS125", correlation_key="D-1")
    later(law, 400)

    waits = Diagram("p").message("m", "duo.SS125", "= nummer").node("intermediateCatchEvent", "w", body=message_event("m"))
    law.deploy_content("p.bpmn", waits.start().end().path("start", "w", "end").xml())
    key = law.start("p", {"nummer": "D-1"})

    assert law.instance(key).state == "ACTIVE", "it waits for a message of its own"


def test_what_the_engine_and_others_send_expires_as_before(law: Platform) -> None:
    law.publish("gemeente.iets", correlation_key="D-9")

    assert waiting(law) == []


def test_it_leaves_the_list_with_a_reason_only_and_once(law: Platform, as_user: Login) -> None:
    law.publish("coa.uitstroom", correlation_key="D-9")
    key = law.services.messages.unheard(RITA).rows[0].key
    with pytest.raises(InvalidInput):
        law.services.messages.handle(key, "ok", RITA)
    assert waiting(law) == [("coa.uitstroom", "D-9")]

    as_user("rita").post(f"/regie/berichten/{key}/afhandelen", {"reden": "Gebeld met het COA, verkeerd nummer."})

    assert waiting(law) == []
    with pytest.raises(Conflict):
        law.services.messages.handle(key, "Gebeld met het COA, verkeerd nummer.", RITA)
    later(law, 1)
    start_case(law, "D-9", in_coa=True)
    assert "taak_deelname_vragen" in {t.element_id for t in law.tasks(state="CREATED")}


@pytest.mark.parametrize(("user", "sees", "handles"), [("rita", 200, 302), ("tom", 200, 403), ("karin", 403, 403), ("carla", 403, 403)])
def test_who_sees_and_who_handles(law: Platform, as_user: Login, user: str, sees: int, handles: int) -> None:
    law.publish("coa.uitstroom", correlation_key="D-9")
    key = law.services.messages.unheard(RITA).rows[0].key

    assert as_user(user).get("/regie/berichten").status_code == sees
    answer = as_user(user).post(f"/regie/berichten/{key}/afhandelen", {"reden": "Gebeld met het COA, verkeerd nummer."})
    assert answer.status_code == handles
    assert bool(waiting(law)) == (handles == 403)
