"""The page that says which rule of the law stands where, of what is deployed now."""

from __future__ import annotations

from collections.abc import Callable

from inburgering_flow.inburgering import verantwoording
from inburgering_flow.platform import Platform
from web.conftest import Browser, said

Login = Callable[[str], Browser]
WHERE = "/pagina/verantwoording"
DIAGRAM = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:z="http://camunda.org/schema/zeebe/1.0">
<process id="p"><documentation>Over N-INT-01.</documentation><task id="t" name="Doe iets"><extensionElements><z:properties>
<z:property name="norm" value="N-PIP-01, N-PIP-02"/><z:property name="bron" value="B 5.3"/><z:property name="zekerheid" value="vast"/>
</z:properties></extensionElements></task><task id="u" name="Zonder"/></process></definitions>"""


def test_who_works_with_the_law_sees_where_each_rule_stands(law: Platform, as_user: Login) -> None:
    page = said(as_user("julia").get(WHERE).text)
    for text in ("Wet inburgering 2021", "wetten.overheid.nl/BWBR0044770/2025-10-21", "pip-vaststellen", "N-PIP-01",
                 "d14-boetehoogte", "termijnen.py", "Normen die nog nergens staan"):  # fmt: skip
        assert text in page, text
    assert "Lees deze wetten opnieuw" not in page
    assert as_user("piet").get(WHERE).status_code == 200
    for name in ("karin", "carla", "fatima"):
        assert as_user(name).get(WHERE).status_code == 403
        assert "Juridische verantwoording" not in as_user(name).get("/").text


def test_a_law_that_was_read_long_ago_is_told(law: Platform, as_user: Login) -> None:
    law.clock.set("2027-11-26T12:00:00+01:00")  # type: ignore[attr-defined]
    assert "Lees deze wetten opnieuw" not in as_user("julia").get(WHERE).text
    law.clock.set("2027-11-27T12:00:00+01:00")  # type: ignore[attr-defined]
    assert "Lees deze wetten opnieuw" in as_user("julia").get(WHERE).text


def test_what_is_deployed_now_is_what_the_page_reads(law: Platform, as_user: Login) -> None:
    name, content = next(f for f in law.services.deployments.newest_files() if f[0].endswith("pip-vaststellen.bpmn"))
    law.deploy_content(name, content.replace(b'value="N-PIP-01"', b'value="N-AWB-33"', 1))
    places = [p for p in verantwoording.values(law.services, None, ())["groups"][0][1] if "N-AWB-33" in p.norms]
    assert [p.file for p in places] == ["pip-vaststellen"]


def test_each_kind_of_file_says_its_norms() -> None:
    found = verantwoording.places_in("x/p.bpmn", DIAGRAM.encode())
    assert [(p.id, p.norms, p.source, p.is_unsure) for p in found] == [
        ("p", ("N-INT-01",), "", False), ("t", ("N-PIP-01", "N-PIP-02"), "B 5.3", True),
    ]  # fmt: skip
    term = b'[{"name": "d", "term": {"title": "Iets", "norm": "N-AWB-08"}}, {"name": "e"}]'
    assert [(p.kind, p.file, p.norms) for p in verantwoording.places_in("h/gegevens.json", term)] == [
        ("Termijn", "h/gegevens", ("N-AWB-08",))
    ]
    code = b'def f():\n    """N-ATW-01"""\n\n\nX = 1  # N-ATW-02\n'
    assert [(p.id, p.norms) for p in verantwoording.places_in("t.py", code)] == [("f", ("N-ATW-01",)), ("", ("N-ATW-02",))]
    assert [p.norms for p in verantwoording.places_in("b.typ", b"// N-AWB-01 N-AWB-01")] == [("N-AWB-01",)]
    assert verantwoording.places_in("b.typ", b"niets") == ()
