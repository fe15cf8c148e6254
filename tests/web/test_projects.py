"""The pages of projects: who may, what is said when it cannot be, and that a file's content never becomes a page of ours."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import pytest

from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from web.conftest import Browser, said

Login = Callable[[str], Browser]
WHY = "De aanvraag krijgt een stap erbij."


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return made.getvalue()


@pytest.fixture
def piet(as_user: Login) -> Browser:
    return as_user("piet")


@pytest.fixture
def project(law: Platform) -> int:
    return law.services.projects.create("Proef", SYSTEM)


def test_a_project_a_file_and_its_past_are_a_few_clicks(law: Platform, piet: Browser) -> None:
    made = piet.post("/ontwerpen", {"naam": "Eerste project"})
    place = made.headers["Location"]
    assert "Nog geen bestand." in piet.get(place).text
    opened = piet.post(f"{place}/nieuw", {"soort": "bpmn", "naam": "Aanvraag beoordelen", "map": "vergunning"})
    page = piet.get(opened.headers["Location"])
    assert re.findall(r'data-path="([^"]+)"', page.text) == ["vergunning/aanvraag-beoordelen.bpmn"]
    content = piet.get(f"{place}/inhoud/vergunning/aanvraag-beoordelen.bpmn")
    base = content.headers["X-Checksum"]
    assert piet.post(f"{place}/openen/vergunning/aanvraag-beoordelen.bpmn", {"venster": "a"}).json == {"holder": None, "self": False}
    saved = piet.post(
        f"{place}/opslaan/vergunning/aanvraag-beoordelen.bpmn",
        {"venster": "a", "begin": base, "inhoud": (io.BytesIO(content.data.replace(b"Begin", b"Binnen")), "x"), "hand": "1"},
    )
    assert saved.json["checksum"] != base
    past = piet.get(f"{place}/bestand/vergunning/aanvraag-beoordelen.bpmn")
    assert "Eerdere versies (1)" in past.text
    restored = re.search(r'action="([^"]*/herstellen/\d+)"', past.text)
    assert restored is not None
    piet.post(restored[1])
    assert piet.get(f"{place}/inhoud/vergunning/aanvraag-beoordelen.bpmn").data == content.data
    zipped = piet.get(f"{place}/zip")
    assert (zipped.mimetype, zipped.data[:2]) == ("application/zip", b"PK")


def test_what_cannot_be_done_is_said_on_the_page_with_what_was_typed(piet: Browser, project: int, law: Platform) -> None:
    again = piet.post("/ontwerpen", {"naam": "proef"})
    assert again.status_code == 422
    assert "Er is al een project dat proef heet." in again.text
    assert 'value="proef"' in again.text
    wrong = piet.post(f"/ontwerpen/{project}/nieuw", {"soort": "bpmn", "naam": "!!!"})
    assert (wrong.status_code, "Deze naam heeft geen letters." in wrong.text) == (422, True)
    sent = {"bestanden": (io.BytesIO(b"x"), "besluit.docx"), "csrf_token": piet.csrf}
    refused = piet.client.post(f"/ontwerpen/{project}/bestanden", data=sent)
    assert "besluit.docx" in said(refused.text)
    assert law.services.projects.view(project, SYSTEM).files == []
    sent = {"bestanden": (io.BytesIO(zipped({"pom.xml": b"x", "a/proces.bpmn": b"<x/>"})), "alles.zip"), "csrf_token": piet.csrf}
    taken = piet.client.post(f"/ontwerpen/{project}/bestanden", data=sent, follow_redirects=True)
    assert "Uit de ZIP is weggelaten wat niet in een project hoort: pom.xml" in said(taken.text)
    assert [f.path for f in law.services.projects.view(project, SYSTEM).files] == ["a/proces.bpmn"]


def test_who_may_not_deploy_sees_no_project(as_user: Login, project: int, law: Platform) -> None:
    path = law.services.project_files.add(project, "bpmn", "Proces", SYSTEM)
    for name in ("karin", "bram", "hans"):
        browser = as_user(name)
        for address in ("/ontwerpen", f"/ontwerpen/{project}", f"/ontwerpen/{project}/bestand/{path}", f"/ontwerpen/{project}/zip",
                        f"/ontwerpen/{project}/inhoud/{path}"):  # fmt: skip
            assert browser.get(address).status_code == 403, (name, address)


def test_a_file_that_another_holds_is_told_with_its_name_and_never_with_its_token(
    as_user: Login, project: int, law: Platform
) -> None:
    path = law.services.project_files.add(project, "form", "Vraag", SYSTEM)
    law.services.accounts.save("paula", display_name="Paula", password="x" * 20, roles=("procesontwerper",))
    paula = law.services.accounts.actor(law.services.accounts.get("paula"))
    law.services.project_files.open(project, path, "geheim-venster", paula)
    piet = as_user("piet")
    page = piet.get(f"/ontwerpen/{project}")
    assert "open bij paula" in said(page.text)
    told = piet.post(f"/ontwerpen/{project}/openen/{path}", {"venster": "b"})
    assert (told.json, "geheim-venster" in told.text) == ({"holder": "paula", "self": False}, False)
    refused = piet.post(f"/ontwerpen/{project}/opslaan/{path}", {"venster": "b", "begin": "", "inhoud": (io.BytesIO(b"x"), "x")})
    assert refused.status_code == 409
    taken = piet.post(f"/ontwerpen/{project}/openen/{path}", {"venster": "b", "overnemen": "1"})
    assert taken.json == {"holder": None, "self": False}


@pytest.mark.parametrize("path", ["../../etc/passwd", "..%2f..%2fetc/passwd", "bestaat/niet.bpmn", ".git/config.json"])
def test_no_address_leads_out_of_a_project(piet: Browser, project: int, path: str) -> None:
    for what in ("bestand", "inhoud"):
        assert piet.get(f"/ontwerpen/{project}/{what}/{path}").status_code in (400, 404)


def test_what_a_designer_writes_is_never_a_page_of_ours(piet: Browser, project: int, law: Platform) -> None:
    law.services.projects.take_in(project, [("a.typ", b"<script>alert(1)</script>"), ("b.bpmn", b"<html/>")], SYSTEM)
    for path in ("a.typ", "b.bpmn"):
        answer = piet.get(f"/ontwerpen/{project}/inhoud/{path}?tonen=1")
        assert answer.mimetype in ("text/plain", "application/xml")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_deployed_process_opens_in_a_project_with_one_press(piet: Browser, law: Platform) -> None:
    definition = law.services.deployments.newest("process")[0]
    opened = piet.post(f"/ontwerpen/definitie/{definition.key}")
    assert opened.status_code == 302
    page = piet.get(opened.headers["Location"])
    assert (page.status_code, 'data-kind="bpmn"' in page.text) == (200, True)
    again = piet.post(f"/ontwerpen/definitie/{definition.key}")
    assert again.headers["Location"] == opened.headers["Location"]


def test_checking_and_deploying_a_project_says_what_is_wrong_in_which_file(piet: Browser, project: int, law: Platform) -> None:
    law.services.projects.take_in(project, [("a/stuk.bpmn", b"<x/>")], SYSTEM)
    for what in ("controleren", "klaarzetten"):
        told = piet.post(f"/ontwerpen/{project}/{what}", {"reden": WHY})
        assert told.status_code == 422
        assert f'<a href="/ontwerpen/{project}/bestand/a/stuk.bpmn">a/stuk.bpmn</a>' in said(told.text)
    law.services.project_files.delete(project, "a/stuk.bpmn", SYSTEM)
    law.services.project_files.add(project, "bpmn", "Heel", SYSTEM)
    unsaid = piet.post(f"/ontwerpen/{project}/klaarzetten", {"reden": "zo"})
    assert (unsaid.status_code, law.services.projects.view(project, SYSTEM).files[0].path) == (422, "heel.bpmn")
    done = piet.post(f"/ontwerpen/{project}/klaarzetten", {"reden": WHY})
    assert "heel versie 1 is klaargezet." in piet.get(done.headers["Location"]).text
    done = piet.post(f"/ontwerpen/{project}/klaarzetten", {"reden": WHY})
    assert "Alles was al klaargezet" in piet.get(done.headers["Location"]).text


def test_the_scenarios_of_a_project_play_on_its_own_drafts(piet: Browser, project: int, law: Platform) -> None:
    nothing = piet.post(f"/ontwerpen/{project}/bewijzen")
    assert "Dit project heeft nog geen scenario’s." in piet.get(nothing.headers["Location"]).text
    law.services.project_files.add(project, "bpmn", "Heel klein", SYSTEM)
    path = law.services.project_files.add(project, "scenario", "Gewoon", SYSTEM, process_id="heel-klein")
    begun = law.services.project_files.read(project, path, SYSTEM).content
    told = piet.post(f"/ontwerpen/{project}/bevindingen/{path}", {"inhoud": (io.BytesIO(begun + b"onzin: 1\n"), "x")})
    assert [(f["severity"], "onzin" in f["message"]) for f in told.json["findings"]] == [("error", True)]
    story = begun.replace(b"stappen: []", b"stappen:\n  - verwacht: {toestand: COMPLETED}")
    law.services.projects.take_in(project, [(path, story)], SYSTEM)
    played = piet.post(f"/ontwerpen/{project}/bewijzen")
    assert (played.status_code, "Gewoon" in played.text) == (200, True)
    assert all(d.id != "heel-klein" for d in law.services.deployments.newest("process")), "nothing is deployed by it"
