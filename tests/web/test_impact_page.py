"""Before a table is put in force a page says which open cases it would change, also of one that waits for approval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]
NAME = "beslissingen/d04-pip-uiterlijk.dmn"
CHANGED = (resource_folder("processes") / NAME).read_bytes().replace(b"Tien weken na de kennisgeving van DUO.", b"Anders.")


def test_a_designer_sees_how_many_and_who_leads_sees_which(law: Platform, as_user: Login) -> None:
    for number in range(6):
        start_case(law, f"D-{number}")
    asked = {"gevolgen": "1", "bestanden": (BytesIO(CHANGED), "d04-pip-uiterlijk.dmn")}
    page = said(as_user("piet").post("/processen", asked).text)
    assert "Vergeleken beslissingen in open zaken: 6." in page
    assert "Anders." in page
    assert "D-1" not in page

    law.context.settings = replace(law.context.settings, four_eyes=True, demo=False)
    key = law.services.proposals.propose([Resource(NAME, CHANGED)], Actor("piet", ("procesontwerper",), table=ROLES))
    law.context.settings = replace(law.context.settings, demo=True)
    rita = as_user("rita")
    listed = rita.get("/processen").text
    assert f"/processen/voorstel/{key}/gevolgen" in listed
    assert "Goedkeuren en klaarzetten" not in listed
    assert "Afwijzen" not in listed
    assert "D-1" in rita.get(f"/processen/voorstel/{key}/gevolgen").text
    assert rita.post(f"/processen/voorstel/{key}/goedkeuren").status_code == 403
    assert rita.post(f"/processen/voorstel/{key}/afwijzen").status_code == 403
    assert as_user("karin").get(f"/processen/voorstel/{key}/gevolgen").status_code == 403
