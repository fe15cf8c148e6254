"""A letter is looked at before it goes: made from the form as it stands, marked, kept nowhere, and nothing happens."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from diagrams import Diagram
from pypdf import PdfReader
from sqlalchemy import select

from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t
from inburgering_flow.values import dump_value
from web.conftest import Browser, said
from web.test_forms_know import task_of

Login = Callable[[str], Browser]
PERSON = {"voornamen": "Voorbeeld", "achternaam": "Advies", "bsn": "999990214", "straat": "Voorbeeldlaan 1",
          "postcode": "1234 AB", "woonplaats": "Voorbeeldstad"}  # fmt: skip


def asked(law: Platform) -> tuple[int, int]:
    """Return a case in which DUO asked for an advice, drafted by karin, and the task of whoever adopts it, taken by tom."""
    key = law.start("duo-signalen", {"dossiernummer": "D-1", "signaal": "SS140", "pipDagtekening": None},
                    person=law.register_person(PERSON), owner="karin")  # fmt: skip
    law.complete(task_of(law, "taak_advies_opstellen"), {"bioAdvies": "wel", "bioMotivering": "Zij verloor haar hele gezin."}, user="karin")
    task = task_of(law, "taak_advies_vaststellen")
    law.claim(task, user="tom")
    return key, task


def looked(browser: Browser, task: int, **answers: object) -> object:
    return browser.post(f"/taken/{task}/voorbeeld", {"form_json": dump_value(answers)})


def text_of(pdf: bytes) -> str:
    return said("\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def test_the_letter_of_a_task_is_shown_and_nothing_is_stored(law: Platform, as_user: Login) -> None:
    key, task = asked(law)
    tom = as_user("tom")
    assert "Brief bekijken" in tom.get(f"/taken/{task}").text
    before = law.instance(key).variables

    shown = looked(tom, task, bioBesluit="vaststellen")

    assert (shown.status_code, shown.mimetype) == (200, "application/pdf")
    assert "VOORBEELD: deze brief is niet verstuurd" in text_of(shown.data)
    assert "Zij verloor haar hele gezin." in text_of(shown.data)
    assert law.services.documents.of_case(key) == []
    assert law.instance(key).variables == before
    with law.context.db.read() as unit:
        lines = unit.connection.execute(select(t.audit.c.action).where(t.audit.c.subject_key == task, t.audit.c.actor == "tom"))
        assert list(lines.scalars()).count("task.look") == 2  # the page, and the letter
    assert task_of(law, "taak_advies_vaststellen") == task

    law.complete(task, {"bioBesluit": "vaststellen"}, user="tom")
    law.run_due()
    [letter] = law.services.documents.of_case(key)
    assert "VOORBEELD" not in text_of(law.services.documents.content(letter.key)[1])


def test_where_no_letter_goes_or_the_form_is_not_ready_the_page_says_so(law: Platform, as_user: Login) -> None:
    _key, task = asked(law)
    tom = as_user("tom")
    assert "Na deze taak gaat niet meteen een brief uit." in looked(tom, task, bioBesluit="terug", bioOpmerking="Noem ook de dag.").text
    unready = looked(tom, task)
    assert unready.status_code == 422
    assert "De brief kan nog niet worden gemaakt" in unready.text
    assert tom.post(f"/taken/{task}/voorbeeld", {"form_json": "[" * 50}).status_code == 400


def test_only_who_may_complete_the_task_looks(law: Platform, as_user: Login) -> None:
    _key, task = asked(law)
    for name in ("karin", "hans", "dirk"):
        assert looked(as_user(name), task, bioBesluit="vaststellen").status_code in (403, 404), name
    law.services.accounts.save("karin", roles=("klantmanager", "teammanager"))
    law.services.user_tasks.release(task, law.services.accounts.actor(law.services.accounts.get("tom")))
    assert looked(as_user("karin"), task, bioBesluit="vaststellen").status_code == 403


def test_several_letters_are_listed_and_each_can_be_opened(law: Platform, as_user: Login) -> None:
    d = Diagram("brieven").start().user("kies").service("een", "brief.bio-advies").service("twee", "brief.verklaring-aanbod").end()
    law.deploy_content("brieven.bpmn", d.path("start", "kies", "een", "twee", "end").xml())
    given = {"bioAdvies": "wel", "bioMotivering": "Om deze reden.", "pipDagtekening": "2026-01-02", "verklaringTekst": "Geen plek."}
    law.start("brieven", given, person=law.register_person(PERSON), owner="karin")
    law.services.accounts.save("rita", roles=("regievoerder", "klantmanager"))
    task = task_of(law, "kies")
    law.services.user_tasks.update(task, candidate_groups=("regievoerder",), actor=SYSTEM)
    law.claim(task, user="rita")
    rita = as_user("rita")
    page = looked(rita, task)
    assert "Na deze taak gaan meer brieven uit." in page.text
    assert "Verklaring: geen aanbod op tijd" in page.text
    second = rita.post(f"/taken/{task}/voorbeeld", {"form_json": "{}", "brief": "1"})
    assert "Geen plek." in text_of(second.data)
    ticked = rita.post(f"/taken/{task}/voorbeeld", {"form_json": "{}", "keuze": ["a", "b"]}).text
    assert [ticked.count(f'name="keuze" value="{one}"') for one in "ab"] == [2, 2]  # each ticked box goes along to each letter


def test_a_letter_that_lacks_something_says_what(law: Platform, as_user: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    _key, task = asked(law)
    monkeypatch.setitem(law.context.handlers, "brief.bio-advies", lambda _job, _work: 1 / 0)
    assert "Deze brief kan nu niet worden getoond." in looked(as_user("tom"), task, bioBesluit="vaststellen").text
