"""Every list and figure is also a file: a table of a page is taken as it stands there, by whoever may see the page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from browser import tour
from sqlalchemy import select
from variants import ALL

import inburgering_flow
from inburgering_flow.i18n import speaking
from inburgering_flow.inburgering.demo import ACCOUNTS
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t
from inburgering_flow.web.table_files import read
from web.conftest import Browser, start_case

Login = Callable[[str], Browser]
PAGES = {
    "tom": (
        "/regie/zaken", "/inzicht/geld", "/regie", "/regie/kwijt", "/regie/berichten", "/regie/waarborgen", "/taken?lijst=alle", "/zaken", "/inzicht",
        "/inzicht/duur", "/inzicht/verloop", "/inzicht/termijnen", "/inzicht/cohorten", "/inzicht/wegen", "/inzicht/afloop",
        "/inzicht/diagram", "/inzicht/dreigt", "/inzicht/vergelijken?van_1=2020-01-01&tot_1=2020-02-01&van_2=2021-01-01&tot_2=2021-02-01",
        "/pagina/spuk", "/pagina/te-controleren", "/pagina/verantwoording", "/uitleg/regels", "/uitleg/regels/boeteBasis",
        "/uitleg/begrippen", "/hulp/regels", "/processen", "/afwezigheid", "/mijn-cijfers", "/vaste-overzichten", "/bewaren",
    ),
    "bram": ("/beheer", "/storingen", "/storingen/lijst", "/accounts", "/bulkbewerkingen", "/regie/kwijt"),
    "fatima": ("/middelen", "/middelen/spuk/2026"),
    "aysel": ("/logboek",),
    "piet": ("/ontwerpen", "/ontwerpen/vooruitblik", "/ontwerpen/bewijzen", "/processen"),
    "karin": ("/zaken/{case}/documenten", "/zaken/{case}/diagram"),
}  # fmt: skip
"""Who sees most of a page → the pages with lists and figures; the first two of each are opened in every run."""
OF_A_FORM, OF_A_PLAY = "it is part of a form", "it says how a play went, once; the scenarios themselves are files"
WITHOUT = {
    "inburgering/cijfers.html": "each figure has a file of its own beside its title",
    "web/insight/part.html": "each table has files of its own under it",
    "web/macros/list.html": "a list has an endpoint of its own for files, or is named where it is used",
    "web/macros/table.html": "it is the component", "web/macros/differences.html": "two models side by side, of which each is a file",
    "web/designer/description.html": "a description of one process to be read or printed",
    "web/designer/impact.html": "what a proposal would change, until somebody decides about it",
    "web/designer/try.html": "what one decision was given on trial; it is not kept",
    "web/designer/forecast_new.html": OF_A_FORM, "web/cases/reassess.html": OF_A_FORM, "web/templates/login.html": OF_A_FORM,
    "web/entry/upload.html": "the columns of a file to fill in, which is offered as a file",
    "web/entry/file.html": "a file that its reader sent; its wrong rows go back as a file of their own",
    "web/keeping/one.html": "what is known of one case before it is destroyed",
    "web/lists/done.html": "what became of ticked rows is forgotten after a day; the rows are in their list",
    "web/templates/sessions.html": "the browsers in which somebody is logged in",
    "web/macros/outcomes.html": OF_A_PLAY, "web/proving/proof.html": OF_A_PLAY, "web/proving/score.html": OF_A_PLAY,
    "web/proving/cases.html": OF_A_PLAY,
}
"""Template → why a table in it has no file."""
ELSEWHERE = ("/pagina/cijfers", "/ontwerpen/", "/uitproberen", "/zaken/overnemen", "/lijsten/gedaan/", "/bewaren/", "/processen/", "/zaken/")
"""Pages with tables of ``WITHOUT``, and of one case, which the long walk passes over; so it does *Mijn werk*, whose tasks are those
of a list with files.
"""


def test_each_table_of_a_template_has_a_file_or_a_reason_why_not() -> None:
    root, found = Path(inburgering_flow.__file__).parent, set()
    for path in root.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        calls = re.findall(r"call table\(.*?\) %\}", text, re.S)
        if any("file=" not in call for call in calls) or re.search(r"<table\b", text):
            found.add(path.relative_to(root).as_posix())
    assert found == set(WITHOUT)


def without_file(html: str) -> list[str]:
    """Return the heads of the tables of a page that nothing after them gives as a file."""
    return [
        " ".join(re.sub("<[^>]+>", " ", piece.partition("</thead>")[0]).split())[:60]
        for piece in re.split(r"(?=<table)", html)[1:] if not re.search(r'href="[^"]*\.csv\b', piece)
    ]  # fmt: skip


def test_each_table_of_a_page_with_lists_or_figures_has_a_file(law: Platform, as_user: Login) -> None:
    case = start_case(law)
    for kind, cents in (("grant", 5_000), ("obligation", 1_000)):
        law.services.ledger.post("spuk", kind, cents, SYSTEM, year=2026, day=law.clock.now().date(), description="x", case="D-1")
    if ALL:
        tour.town(law)
    found, opened = {}, 0
    for username in ACCOUNTS if ALL else PAGES:
        more = [path for _name, path in tour.pages(law, username)] if ALL else []
        browser = as_user(username)
        own = PAGES.get(username, ())
        for path in (*(own if ALL else own[:2]), *more):
            if path in more and (path == "/" or path.startswith(ELSEWHERE)):
                continue
            answer = browser.get(path.format(case=case))
            opened += answer.status_code == 200 and "<table" in answer.text
            if heads := without_file(answer.text) if answer.status_code == 200 else []:
                found[path] = heads
    assert found == {}
    assert opened > 6, "there was something to look at"


def test_a_table_without_rows_says_so(law: Platform, as_user: Login) -> None:
    found = {}
    for username, paths in PAGES.items():
        browser = as_user(username)
        for path in paths if ALL or username != "tom" else paths[:5]:
            if "{case}" not in path:
                text = browser.get(path).text
                found[path] = len(re.findall(r"<tbody>\s*</tbody>", text))
    assert sum("/regie" in path for path in found) > 3, "pages that show cases were opened while there were none"
    assert {path for path, number in found.items() if number} == set()


def lines(answer: object) -> list[list[str]]:
    return [line.split(";") for line in answer.data.decode("utf-8-sig").splitlines()]  # type: ignore[attr-defined]


def test_a_file_has_the_cells_of_the_page_and_is_logged(law: Platform, as_user: Login) -> None:
    start_case(law)
    tom = as_user("tom")
    page = tom.get("/inzicht/diagram?proces=inburgering").text
    assert 'href="/inzicht/diagram?proces=inburgering&amp;tabelbestand=stappen.csv"' in page
    rows = lines(tom.get("/inzicht/diagram?proces=inburgering&tabelbestand=stappen.csv"))
    assert rows[0] == ["Stap", "Soort", "Nu hier", "Afgerond", "Duur in dagen, mediaan", "Duur in dagen, 80 %"]
    assert ["1"] in [row[2:3] for row in rows[1:]]
    assert "aanroep van een ander proces" in {row[1] for row in rows[1:]}
    book = openpyxl.load_workbook(io.BytesIO(tom.get("/regie?tabelbestand=wie-heeft-wat.xlsx").data)).active
    assert [cell.value for cell in book[1]] == ["Wie", "Zaken", "Opgepakte taken", "Te laat", "Uren werk"]
    assert book["B2"].value == 1, "numbers are numbers"
    listed = lines(tom.get("/regie/zaken?tabelbestand=zaken.csv"))
    assert listed[0] == ["Dossier", "Persoon", "Fase", "Begonnen", "Eerste datum", "Eigenaar"], "no column to tick, and who leads"
    assert (listed[1][0], listed[1][-1]) == ("D-1", "karin")
    words = lines(as_user("piet").get("/uitleg/begrippen?zoek=pip&tabelbestand=begrippen.csv"))
    assert words[0] == ["Begrip", "Betekenis", "Bron"]
    assert "PIP" in "".join(row[0] for row in words[1:])
    with law.context.db.read() as unit:
        taken = unit.connection.execute(
            select(t.audit.c.detail).where(t.audit.c.action == "export.file", t.audit.c.actor == "tom").order_by(t.audit.c.key)
        ).scalars()  # fmt: skip
        assert [one["what"] for one in taken] == ["stappen.csv", "wie-heeft-wat.xlsx", "zaken.csv"]


def test_what_the_page_hides_the_file_hides_and_who_may_not_see_the_page_gets_none(law: Platform, as_user: Login) -> None:
    start_case(law)
    dirk = as_user("dirk")
    active = {row[2] for row in lines(dirk.get("/inzicht/diagram?proces=inburgering&tabelbestand=stappen.csv"))[1:]}
    assert active <= {"0", "<5"}, active
    assert as_user("karin").get("/regie?tabelbestand=wie-heeft-wat.csv").status_code == 403
    assert as_user("karin").get("/beheer?tabelbestand=werk.csv").status_code == 403
    for wrong in ("/regie?tabelbestand=iets.csv", "/regie?tabelbestand=wie-heeft-wat.pdf", "/regie?tabelbestand=", "/regie?tabelbestand=x"):
        answer = as_user("tom").get(wrong)
        assert answer.status_code == 404, wrong
        assert "Dit bestand is er niet" in answer.text


TABLE = """<table><tr><td>anders</td></tr></table><table data-file="x"><thead><tr><th>Wie</th><th>Hoeveel<span class="unseen"> x</span></th>
<th>Doen</th><th>Meer</th></tr></thead><tbody><tr><th scope="row"> Aan &amp; <a href="#">Uit</a><br>samen</th><td>1.234,50</td>
<td><form><button>Doe</button><input name="a"></form></td><td><details><summary>2 stappen</summary><ul><li>een<li>twee</ul></details></td></tr>
<tr><td>=1+1</td><td>€ 12,00</td><td></td><td>007</td></tr><tr><td>385206113554167581</td><td>2.024.1</td><td></td><td></td></tr>
<tr><td colspan="4">niets</td></tr></tbody></table><p>na</p>"""


def test_cells_are_read_as_people_read_them() -> None:
    with speaking("nl"):
        assert read(TABLE, "x") == (["Wie", "Hoeveel", "Meer"], [
            ["Aan & Uit samen", Decimal("1234.50"), "2 stappen; een; twee"], ["=1+1", Decimal("12.00"), "007"],
            ["385206113554167581", "2.024.1", ""],
        ])  # fmt: skip
    with speaking("en"):
        assert read(TABLE.replace("1.234,50", "1,234"), "x")[1][0][1] == 1234  # type: ignore[index]
    assert read(TABLE, "y") is None


@pytest.mark.parametrize("html", ['<table data-file="x">', '<table data-file="x"><thead><tr><td>', "<td>", ""])
def test_a_table_that_is_cut_off_is_no_failure(html: str) -> None:
    read(html, "x")
