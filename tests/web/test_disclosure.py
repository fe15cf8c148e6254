"""What one page hides no other page tells; what is counted is counted whole."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from diagrams import Diagram, timer

from inburgering_flow.inburgering.demo import Story
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.batches import MIGRATE, SUSPEND
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services import boards, case_lists, kept_counts
from inburgering_flow.services.disclosure.counts import hidden_in_table, hide_small
from inburgering_flow.services.disclosure.incidents import tells_hidden
from web.conftest import Browser, start_case

Login = Callable[[str], Browser]
RITA = Actor("rita", ("regievoerder",), table=ROLES)


def newest(law: Platform, name: str = "inburgering") -> int:
    return next(d.key for d in law.services.deployments.newest("process") if d.id == name)


def test_small_counts_at_elements_are_hidden_from_who_cannot_open_the_cases(law: Platform, as_user: Login) -> None:
    start_case(law)
    key = newest(law)
    for role in ("beleidsadviseur", "procesontwerper", "auditor"):
        marks = law.services.diagram_marks.of_definition(key, Actor("x", (role,), table=ROLES))
        assert marks["active"], "where something is, is no secret"
        assert set(marks["active"].values()) == {"<5"}, role
    for actor in (RITA, Actor("x", ("functioneel-beheerder",), table=ROLES)):
        assert set(law.services.diagram_marks.of_definition(key, actor)["active"].values()) == {1}


def test_counts_at_elements_that_took_long_are_shown_for_a_while_with_their_moment(
    law: Platform, as_user: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_case(law)
    key, rita = newest(law), as_user("rita")
    assert "Geteld op" not in rita.get(f"/processen/{key}").text
    start_case(law, "D-2")
    assert set(rita.get(f"/processen/{key}/tellingen").json["active"].values()) == {2}
    monkeypatch.setattr(kept_counts, "SLOW", 0.0)
    monkeypatch.setattr(kept_counts, "WORTH", 1e9)
    assert "Geteld op" not in rita.get(f"/processen/{key}").text
    start_case(law, "D-3")

    again = rita.get(f"/processen/{key}").text

    assert re.search(r"Geteld op [^<]+2026", again)
    assert set(rita.get(f"/processen/{key}/tellingen").json["active"].values()) == {2}, "the page and its diagram say the same"
    monkeypatch.setattr(kept_counts, "running_seconds", lambda: 1e12)
    assert set(rita.get(f"/processen/{key}/tellingen").json["active"].values()) == {3}


def test_who_may_change_cases_in_bulk_reads_the_same_count_on_every_page(law: Platform, as_user: Login) -> None:
    """A bulk operation can be stopped, what it did cannot be undone: nobody should begin it without knowing how many it is."""
    start_case(law)
    start_case(law, "D-2")
    key, bram = newest(law), as_user("bram")

    assert re.search(r"\(1\) – 2</option>", bram.get("/bulkbewerkingen").text)
    assert "2 zaken of deelprocessen." in bram.get(f"/bulkbewerkingen/bekijken?soort={SUSPEND}&versie={key}").text
    begun = bram.post("/bulkbewerkingen", {"soort": SUSPEND, "versie": str(key)}).headers["Location"]
    assert "0 van 2 gedaan" in bram.get(begun).text
    assert set(bram.get(f"/processen/{key}/tellingen").json["active"].values()) == {2}
    bram_himself = law.services.accounts.actor(law.services.accounts.get("bram"))
    assert law.services.insight.now(bram_himself).active is None, "figures, which travel, hide for everybody"


def test_a_hidden_count_is_found_neither_from_its_row_nor_from_its_column() -> None:
    counts = {("1", "a"): 9, ("2", "a"): 1, ("1", "b"): 20, ("2", "b"): 30}
    assert hidden_in_table(counts) == set(counts)
    assert hidden_in_table({("1", "a"): 9, ("2", "a"): 8}) == frozenset()


def test_two_hidden_ones_are_not_both_told_by_a_small_sum() -> None:
    assert [c.count for c in hide_small({"a": 30, "b": 9, "c": 1, "d": 1})] == [30, None, None, None]


def test_the_board_counts_all_cases_and_pages_through_them(law: Platform, as_user: Login, monkeypatch) -> None:
    monkeypatch.setattr(boards, "SIZE", 2)
    keys = {start_case(law, f"D-{number}", owner="karin" if number else None) for number in range(5)}
    board, seen = law.services.boards.cases(RITA), set()
    assert (board.counts.total, board.page.total, sum(one.cases for one in board.counts.load)) == (5, 5, 5)
    for _page in range(3):
        seen |= {r.case.key for r in board.page}
        if board.page.following is None:
            break
        board = law.services.boards.cases(RITA, start=board.page.following)
    assert seen == keys
    assert [r.case.business_key for r in law.services.boards.cases(RITA, owner="").page] == ["D-0"]
    for phase in board.counts.phases:
        assert law.services.boards.cases(RITA, phase=phase.name).page.total == phase.cases
    assert "van 5." in as_user("rita").get("/regie/zaken").text


def test_zaken_says_how_many_there_are_and_pages(law: Platform, as_user: Login, monkeypatch) -> None:
    monkeypatch.setattr(case_lists, "SIZE", 2)
    keys = {start_case(law, f"D-{number}") for number in range(5)}
    page, seen = law.services.case_lists.search(RITA), set()
    assert page.count == 5
    for _page in range(3):
        seen |= {r.case.key for r in page.rows}
        if page.before is None:
            break
        page = law.services.case_lists.search(RITA, before=page.before)
    assert seen == keys
    assert "5 zaken" in as_user("rita").get("/zaken").text


SECRET_DAY = "geheime-dag-77"


def stuck(law: Platform, tmp_path: Path, roles: dict[str, list[str]]) -> int:
    """A case that stands still at a script that quotes a value; ``roles`` says who may see which variable."""
    folder = tmp_path / "own" / "zaak"
    folder.mkdir(parents=True)
    words = [{"name": name, "type": "string", "roles": readers} for name, readers in roles.items()]
    (folder / "gegevens.json").write_text(json.dumps(words))
    diagram = Diagram("zaak").start().script("rekenen", 'assert(dag, false, "kan niet: " + dag)', "uit").end()
    diagram.path("start", "rekenen", "end")
    (folder / "proces.bpmn").write_text(diagram.xml())
    law.deploy(tmp_path / "own")
    return law.start("zaak", {"dag": SECRET_DAY, "vrij": "x"}, owner="karin", business_key="Z-1")


def test_a_text_that_quotes_a_value_is_read_only_by_who_may_see_the_value(law: Platform, as_user: Login, tmp_path: Path) -> None:
    case = stuck(law, tmp_path, {"dag": ["klantmanager"], "vrij": ["klantmanager", "regievoerder"]})
    pages = {name: as_user(name).get(f"/zaken/{case}").text for name in ("karin", "rita")}
    pages["bram"] = as_user("bram").get("/storingen").text

    assert f"kan niet: {SECRET_DAY}" in pages["karin"]
    for name in ("rita", "bram"):
        assert SECRET_DAY not in pages[name], name
        assert "Een expressie van deze stap gaf geen waarde" in pages[name], name
    operator = law.services.accounts.actor(law.services.accounts.get("bram"))
    assert law.services.incidents.page(operator).rows[0].message == ""
    assert SECRET_DAY in law.services.incidents.page().rows[0].message, "the program itself reads everything"


def test_an_operator_sees_which_expression_of_the_model_failed_and_where(law: Platform, as_user: Login) -> None:
    diagram = Diagram("proef").start().xor("keuze").user("a").end().path("start", "keuze|bedrag > 5", "a", "end")
    law.deploy_content("proef.bpmn", diagram.xml())
    law.start("proef", {"bedrag": "zeven-en-zeventig"})
    page = html.unescape(as_user("bram").get("/storingen").text)

    assert "Een voorwaarde gaf geen ja of nee" in page
    assert "<code>bedrag > 5</code>" in page
    assert "zeven-en-zeventig" not in page


def test_an_operator_sees_which_decision_and_which_variables_it_is_about(law: Platform, as_user: Login) -> None:
    story = Story(law)
    story.play(4, story.with_incident)
    page = html.unescape(as_user("bram").get("/storingen").text)

    assert "De beslissing waar deze stap om vraagt, gaf geen antwoord." in page
    assert {"bewakingsdata", "termijnEinde"} <= set(re.findall("<code>(.*?)</code>", page))


def test_a_bulk_operation_says_what_failed_without_the_value(law: Platform, as_user: Login) -> None:
    law.deploy_content("proef.bpmn", Diagram("proef").start().user("a").end().path("start", "a", "end").xml())
    law.start("proef", {"geheim": SECRET_DAY})
    quoting = timer("timeDate", '=assert(geheim, false, "kan niet: " + geheim)')
    changed = Diagram("proef").start().user("a").end().path("start", "a", "end").boundary("b", "a", quoting).path("b", "end")
    law.deploy_content("proef.bpmn", changed.xml())
    old, new = law.instances("proef")[0].definition_key, newest(law, "proef")
    bram = as_user("bram")

    begun = bram.post("/bulkbewerkingen", {"soort": MIGRATE, "versie": str(old), "naar": str(new)}).headers["Location"]
    law.run_due()
    page = bram.get(begun).text

    assert "1 mislukt" in page
    assert "Een expressie van deze stap gaf geen waarde waar de stap iets mee kan." in page
    assert SECRET_DAY not in page


@pytest.mark.parametrize(("text", "hidden", "tells"), [
    ("The timer's value 'x77' is none.", {"dag": "x77"}, True), ("It reads dag (text).", {"dag": "iets"}, True),
    ("It reads dagen (text).", {"dag": "iets"}, False), ("It gave X77.", {"lijst": [{"a": "x77"}]}, True),
    ("It gave 7.", {"n": 7}, False), ("It gave 1977.", {"n": 77}, True), ("It gave null.", {"n": None, "b": True}, False),
])  # fmt: skip
def test_what_a_text_tells_of_hidden_variables(text: str, hidden: dict[str, object], tells: bool) -> None:
    assert tells_hidden(text, hidden) is tells
