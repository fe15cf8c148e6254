"""Each finding leads to a page that says what is wrong, why it matters and how to fix it, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO

from inburgering_flow.platform import Platform
from inburgering_flow.services.rulebook import RULES
from web.conftest import Browser, draft, held, said

EMPTY = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">'
    '<process id="p" isExecutable="true"><startEvent id="s"/><serviceTask id="t"/>'
    '<sequenceFlow id="f" sourceRef="s" targetRef="t"/></process></definitions>'
)


def test_every_rule_has_its_page_in_both_languages(as_user: Callable[[str], Browser]) -> None:
    piet = as_user("piet")

    for language in ("nl", "en"):
        piet.client.set_cookie("taal", language)
        listed = piet.get("/hulp/regels").text
        for rule in RULES.values():
            page = piet.get(f"/hulp/regels/{rule.id}")
            assert page.status_code == 200
            assert f'href="/hulp/regels/{rule.id}"' in listed
            read = unescape(re.sub(r"</?code>", "`", page.text))
            for sentence in (rule.page(language).what, rule.page(language).why, rule.page(language).mend):
                assert sentence in read, rule.id
            assert rule.wrong.strip() in unescape(page.text)


def test_a_rule_that_there_is_not_is_said(as_user: Callable[[str], Browser]) -> None:
    answer = as_user("piet").get("/hulp/regels/bestaat-niet")

    assert answer.status_code == 404
    assert "Deze regel bestaat niet." in answer.text


def test_a_finding_of_an_upload_and_of_the_modeler_links_to_the_page_of_its_rule(law: Platform, as_user: Callable[[str], Browser]) -> None:
    piet = as_user("piet")
    piet.get("/processen")

    answer = piet.post("/processen", {"bestanden": (BytesIO(EMPTY.encode()), "leeg.bpmn"), "controleren": "1"})
    assert 'href="/hulp/regels/job-type"' in answer.text
    answer = piet.post("/processen", {"bestanden": (BytesIO(b"x"), "besluit.docx")})
    assert "Dit bestand wordt niet herkend." in answer.text
    assert 'href="/hulp/regels/file-kind"' in answer.text
    told = piet.post(draft(law), held(EMPTY)).json["findings"]
    assert [(f["rule"], f["page"]) for f in told] == [("job-type", "/hulp/regels/job-type")]


def test_the_page_says_how_the_rule_is_set_here(law: Platform, as_user: Callable[[str], Browser]) -> None:
    law.context.severities = {"table-gap": "off"}
    piet = as_user("piet")

    assert "Uitgezet. Zo is deze regel hier ingesteld." in said(piet.get("/hulp/regels/table-gap").text)
    assert "kan niet lager worden gezet" in piet.get("/hulp/regels/job-type").text
