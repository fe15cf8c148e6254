"""After whatever goes wrong there is a way back: to the page, to the list as it was, to what was typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from inburgering_flow.platform import Platform
from web.conftest import Browser, said, start_case


@pytest.fixture
def task(law: Platform) -> int:
    start_case(law)
    return next(t.key for t in law.tasks(state="CREATED") if t.element_id == "taak_intake_plannen")


def test_the_address_of_something_that_was_sent_opens_its_page(as_user: Callable[[str], Browser], task: int) -> None:
    karin = as_user("karin")

    for sent, page in ((f"/taken/{task}/afronden", f"/taken/{task}"), (f"/taken/{task}/oppakken", f"/taken/{task}"),
                       ("/uitloggen", "/")):  # fmt: skip
        answer = karin.get(sent)
        assert (answer.status_code, answer.headers.get("Location")) == (302, page)


def test_what_is_sent_after_the_session_ended_leads_to_the_login_and_back_and_nothing_is_called_saved(
    as_user: Callable[[str], Browser], task: int
) -> None:
    karin = as_user("karin")
    karin.post(f"/taken/{task}/oppakken")
    karin.client.delete_cookie("inburgering_flow")

    answer = karin.post(f"/taken/{task}/afronden", {"veld_afspraakPlaats": "Stadhuis"})

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/inloggen?verlopen=1&next=/taken/{task}"
    page = said(karin.get(answer.headers["Location"]).text)
    assert "Wat u net verstuurde, is niet aangekomen." in page
    assert "is bewaard" not in page


def test_a_page_that_is_too_old_says_so_to_who_is_logged_in(as_user: Callable[[str], Browser], task: int) -> None:
    karin = as_user("karin")
    karin.csrf = "van een andere keer"

    answer = karin.post(f"/taken/{task}/oppakken")

    assert answer.status_code == 400
    assert "Deze bladzijde is verouderd" in answer.text


def test_who_takes_a_task_from_a_list_sees_the_list_as_it_was(as_user: Callable[[str], Browser], task: int) -> None:
    karin = as_user("karin")
    page = karin.get("/taken?lijst=alle&process_id=brede-intake").text
    assert 'name="terug" value="/taken?lijst=alle&amp;process_id=brede-intake"' in page

    answer = karin.post(f"/taken/{task}/oppakken", {"terug": "/taken?lijst=alle&process_id=brede-intake"})

    assert answer.headers["Location"] == "/taken?lijst=alle&process_id=brede-intake"


def test_the_task_of_a_suspended_case_says_that_the_case_stands_still(
    law: Platform, as_user: Callable[[str], Browser], task: int
) -> None:
    law.suspend(law.instances()[0].root_key)
    karin = as_user("karin")

    assert "De zaak van deze taak staat stil." in karin.get(f"/taken/{task}").text
    assert "Taak oppakken" not in karin.get(f"/taken/{task}").text
    karin.post(f"/taken/{task}/oppakken")
    page = karin.get(f"/taken/{task}").text
    assert page.count("De zaak van deze taak staat stil.") == 2
    assert "Een collega" not in page


def test_a_case_that_is_completed_says_how_it_ended(law: Platform, as_user: Callable[[str], Browser]) -> None:
    from inburgering_flow.inburgering.demo import Story

    story = Story(law)
    story.play(40, story.finished)
    case = next(i for i in law.instances(state="COMPLETED") if i.process_id == "inburgering")

    page = said(as_user("rita").get(f"/zaken/{case.key}").text)
    assert "De zaak is klaar sinds" in page
    assert "Hoe het afliep: " in page
