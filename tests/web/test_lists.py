"""The list component: what an address asks for, what is kept of it, one deed to many rows, files."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape

import openpyxl
import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy import text as sql
from variants import ALL

from inburgering_flow.errors import Conflict, Forbidden, InvalidInput, NotFound
from inburgering_flow.inburgering.demo import ACCOUNTS, LOCATION, PASSWORD
from inburgering_flow.model.lists import DeedRow
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.runtime import UserTask
from inburgering_flow.platform import Platform
from inburgering_flow.services.sheets import csv_of, xlsx_of
from inburgering_flow.store import agenda, boards, cases, list_deeds, task_lists, tasks, visibility
from inburgering_flow.store import tables as t
from inburgering_flow.web.cockpit import views as cockpit
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]


def actor(law: Platform, username: str) -> Actor:
    return law.services.accounts.actor(law.services.accounts.get(username))


def numbers(html: str) -> list[str]:
    """Return the names of cases in a list, in the order of its rows."""
    return re.findall(r'data-title="Dossier"[^>]*>\s*(?:<(?:a|span)[^>]*>)?\s*([^<\s]+)', html)


def open_tasks(law: Platform) -> list[int]:
    with law.context.db.read() as unit:
        c = t.user_task.c
        return list(unit.connection.execute(select(c.key).where(c.state == "CREATED").order_by(c.key)).scalars())


@pytest.fixture
def kees(law: Platform) -> str:
    """A second klantmanager."""
    law.services.accounts.save("kees", display_name="Kees Klantmanager", password=PASSWORD, roles=("klantmanager",))
    return "kees"


def task(law: Platform, key: int) -> UserTask:
    with law.context.db.read() as unit:
        return tasks.get(unit, key)


def claim(law: Platform, key: int, username: str) -> None:
    law.services.user_tasks.claim(key, username)


def change(law: Platform, key: int, **values: object) -> None:
    with law.context.db.write() as unit:
        unit.connection.execute(update(t.user_task).where(t.user_task.c.key == key).values(**values))


@pytest.mark.parametrize("by", task_lists.ORDERS)
def test_tasks_sort_by_each_column_both_ways_and_what_has_nothing_comes_last(law: Platform, by: str) -> None:
    for n in range(5):
        start_case(law, f"D-{n}", owner=["karin", "hans", None, "cees", "hans"][n])
    for n, key in enumerate(open_tasks(law)):
        late = law.clock.now() + timedelta(days=(n * 7) % 5)
        change(law, key, priority=(n * 3) % 5, follow_up=late if n % 2 else None, assignee="karin" if n == 3 else None, due=late)
    lists, who = law.services.task_lists, actor(law, "tom")

    def value(item: task_lists.TaskItem) -> object:
        found = {
            "name": item.name.lower(), "person": page.names.get(item.root_key, "").lower(), "case": item.business_key.lower(),
            "process": item.process_id,
        }  # fmt: skip
        return found[by] if by in found else getattr(item, by)

    for is_descending in (False, True):
        page = lists.page(who, "alle", by=by, is_descending=is_descending)
        found = [value(item) for item in page.items]
        there = [one for one in found if one is not None]
        assert len(found) == len(open_tasks(law))
        assert there == sorted(there, reverse=is_descending)
        assert found[: len(there)] == there


@pytest.mark.parametrize("by", cases.ORDERS)
def test_cases_sort_by_each_column_both_ways_and_in_pages_without_a_gap(law: Platform, by: str) -> None:
    for n in range(7):
        start_case(law, f"D-{(n * 3) % 7}", owner=["karin", "hans", None][n % 3], in_coa=n % 2 == 0)
    lists, who = law.services.case_lists, actor(law, "tom")
    with law.context.db.read() as unit:
        places = {row.key: row.phase for row in boards.page(unit, SYSTEM, boards.Choice(), 0, 10)}

    for is_descending in (False, True):
        whole = lists.search(who, by=by, is_descending=is_descending)
        first = lists.search(who, by=by, is_descending=is_descending, size=3)
        second = lists.search(who, by=by, is_descending=is_descending, size=3, start=first.following or 0)
        assert [r.case.key for r in (*first.rows, *second.rows)] == [r.case.key for r in whole.rows][:6]
        values = {
            "case": [r.case.business_key.lower() for r in whole.rows], "person": [r.person.lower() for r in whole.rows],
            "due": [r.due for r in whole.rows], "phase": [places[r.key] for r in whole.rows], "process": [r.case.process_id for r in whole.rows],
        }  # fmt: skip
        found = values[by] if by in values else [getattr(r.case, by) for r in whole.rows]
        there = [one for one in found if one is not None]
        assert found[: len(there)] == there == sorted(there, reverse=is_descending)


def test_a_list_that_is_too_long_to_sort_says_so_and_stands_by_date(
    law: Platform, as_user: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in (2, 1, 3):
        start_case(law, f"D-{n}")
    monkeypatch.setattr(task_lists, "COUNT_LIMIT", 2)
    monkeypatch.setattr(cases, "COUNT_LIMIT", 2)
    tom = as_user("tom")

    assert "Sorteren op een kolom kan tot 10.000 taken" in tom.get("/taken?lijst=alle&volgorde=dossier").text
    page = tom.get("/zaken?volgorde=dossier").text
    assert "Sorteren op een kolom kan tot 10.000 zaken" in page
    assert numbers(page) == ["D-3", "D-1", "D-2"]
    assert "Sorteren op een kolom" not in tom.get("/zaken?volgorde=dossier&eigenaar=nobody").text


def test_an_address_chooses_columns_order_and_filters_and_passes_over_what_it_does_not_know(
    law: Platform, as_user: Login
) -> None:
    for n in (2, 1, 3):
        start_case(law, f"D-{n}")
    karin = as_user("karin")

    assert numbers(karin.get("/taken?volgorde=dossier").text) == ["D-1", "D-2", "D-3"]
    assert numbers(karin.get("/taken?volgorde=-dossier").text) == ["D-3", "D-2", "D-1"]
    page = karin.get("/taken?kolommen=prioriteit,verzonnen,vraag&volgorde=verzonnen&raar=1").text
    heads = [said(re.sub("<[^>]+>", "", one)) for one in re.findall(r"<th [^>]*>(.*?)</th>", page, re.S)]
    assert heads[1:] == ["Prioriteit", "Vraag", "Actie"]
    kept = karin.get("/taken?kolommen=prioriteit").text
    assert 'data-title="Vraag"' in kept, "the column that leads to the task is always there"


def test_filters_narrow_the_list_and_each_is_taken_away_by_itself(law: Platform, as_user: Login) -> None:
    for n in range(4):
        start_case(law, f"D-{n}", owner="karin" if n else None)
    first, second, *_others = open_tasks(law)
    change(law, first, priority=80, follow_up=law.clock.now() + timedelta(days=3))
    change(law, second, assignee="karin", sort_due=law.clock.now() - timedelta(days=1))
    tom = as_user("tom")

    def found(asked: str) -> list[int]:
        return [int(key) for key in re.findall(r'name="kies" value="(\d+)"', tom.get(f"/taken?lijst=alle&{asked}").text)]

    everything = found("")
    assert sorted(everything) == open_tasks(law)
    assert found("prioriteit=80") == [first]
    assert first not in found("nu=1")
    assert found("wie=karin") == found("late=1") == [second]
    assert found("vrij=1") == [key for key in everything if key != second]
    assert set(found("eigenaar=karin")) < set(everything)
    assert found("tot=2020-01-01") == [] != found("tot=2099-01-01")
    assert found("rol=klantmanager") == everything
    assert found("rol=nobody") == [] == found("vraag=nergens")
    page = tom.get("/taken?lijst=alle&prioriteit=80&wie=karin").text
    assert 'href="/taken?lijst=alle&amp;wie=karin"' in page
    assert 'href="/taken?lijst=alle&amp;prioriteit=80"' in page
    assert tom.get("/taken?tot=morgen").status_code == 400
    assert "is geen dag" in tom.get("/taken?tot=morgen").text
    assert tom.get("/taken?prioriteit=hoog").status_code == 400


def test_a_search_goes_along_with_sorting_and_is_never_in_an_address(law: Platform, as_user: Login) -> None:
    for n in (2, 1):
        start_case(law, f"D-{n}")
    karin = as_user("karin")
    karin.get("/zaken")

    page = karin.post("/zaken?volgorde=dossier", {"zoek": "Voorbeeld"}).text
    assert numbers(page) == ["D-1", "D-2"]
    assert 'form="zoeken" formaction="/zaken?volgorde=-dossier"' in page
    assert "zoek=" not in page
    assert "Voorbeeld" not in "".join(re.findall(r'(?:href|action)="([^"]*)"', page))


def test_a_list_is_kept_under_a_name_shared_with_a_team_and_thrown_away(law: Platform, as_user: Login, kees: str) -> None:
    karin, colleague, other = as_user("karin"), as_user(kees), as_user("hans")
    karin.get("/taken?late=1&volgorde=dossier")
    answer = karin.post("/lijsten/tasks/bewaren", {
        "naam": "Te laat", "team": "klantmanager", "late": "1", "volgorde": "dossier", "na": "x", "zoek": "Jansen", "eenmalig": "a",
    })  # fmt: skip
    assert answer.headers["Location"] == "/taken?late=1&volgorde=dossier"
    one, = law.services.saved_lists.of("tasks", actor(law, "karin"))
    assert dict(one.chosen) == {"late": "1", "volgorde": "dossier"}, "neither a page nor what was looked for is kept"

    page = karin.get("/taken").text
    assert 'href="/taken?late=1&amp;volgorde=dossier"' in page
    assert 'aria-current="true"' in karin.get("/taken?late=1&volgorde=dossier").text
    link = 'href="/taken?late=1&amp;volgorde=dossier"'
    assert link in colleague.get("/taken").text
    assert link not in other.get("/taken").text
    assert colleague.post(f"/lijsten/{one.key}/weggooien").status_code == 404, "only its maker, or who leads the team"
    karin.post("/lijsten/tasks/bewaren", {"naam": "Te laat", "eenmalig": "b"})
    assert len(law.services.saved_lists.of("tasks", actor(law, "karin"))) == 1
    assert karin.post(f"/lijsten/{one.key}/weggooien").status_code == 302
    assert law.services.saved_lists.of("tasks", actor(law, "karin")) == []


def test_only_ones_own_roles_get_a_list_and_a_form_keeps_it_once(law: Platform) -> None:
    karin, saved = actor(law, "karin"), law.services.saved_lists
    with pytest.raises(Forbidden):
        saved.save("tasks", "x", {}, "handhaver", karin)
    with pytest.raises(InvalidInput):
        saved.save("tasks", " ", {}, "", karin)
    with pytest.raises(InvalidInput):
        saved.save("tasks", "x", {"vraag": "y" * 301}, "", karin)
    assert saved.save("tasks", "x", {}, "", karin, once="a") == saved.save("tasks", "x", {}, "", karin, once="a")
    with pytest.raises(Conflict):
        saved.save("tasks", "x", {}, "", karin, once="b")
    with pytest.raises(NotFound):
        saved.remove(saved.of("tasks", karin)[0].key, actor(law, "tom"))
    assert len(saved.of("tasks", karin)) == 1


def test_many_tasks_are_claimed_with_an_outcome_for_each_and_put_back(law: Platform, as_user: Login, kees: str) -> None:
    for n in range(3):
        start_case(law, f"D-{n}")
    keys = open_tasks(law)
    claim(law, keys[0], kees)
    karin = as_user("karin")
    karin.get("/taken")
    answer = karin.post("/lijsten/tasks/samen", {
        "actie": "claim", "kies": [*map(str, keys), "1"], "terug": "/taken?volgorde=dossier", "eenmalig": "a",
    })  # fmt: skip
    shown = karin.get(answer.headers["Location"]).text
    assert "2 rijen zijn gedaan." in shown
    assert "Bij 2 rijen kon het niet." in shown
    assert "kees" in shown
    assert [task(law, key).assignee for key in keys] == [kees, "karin", "karin"]
    again = karin.post("/lijsten/tasks/samen", {"actie": "claim", "kies": list(map(str, keys)), "eenmalig": "a"})
    assert again.headers["Location"].split("?")[0] == answer.headers["Location"].split("?")[0], "sent twice, it is done once"

    law.services.user_tasks.release(keys[2], actor(law, "karin"))
    claim(law, keys[2], kees)
    done = re.search(r"/lijsten/gedaan/(\d+)", answer.headers["Location"])[1]
    back = karin.post(f"/lijsten/gedaan/{done}/terug")
    page = unescape(karin.get(back.headers["Location"]).text)
    assert [task(law, key).assignee for key in keys] == [kees, None, kees], "what a colleague took since stays theirs"
    assert "1 rij is gedaan." in page
    assert "Terugdraaien" not in page
    assert karin.post(f"/lijsten/gedaan/{done}/terug").status_code == 409
    assert as_user("tom").get(f"/lijsten/gedaan/{done}").status_code == 404


@pytest.mark.parametrize(("action", "given", "field", "expected"), [
    ("assign", "kees", "assignee", "kees"), ("priority", 90, "priority", 90), ("release", None, "assignee", None),
    ("follow_up", "2030-01-02", "follow_up", "2030-01-0"),
])  # fmt: skip
def test_each_deed_is_done_to_all_and_undone_as_it_was(
    law: Platform, kees: str, action: str, given: object, field: str, expected: object
) -> None:
    for n in range(2):
        start_case(law, f"D-{n}")
    keys, tom, deeds = open_tasks(law), actor(law, "tom"), law.services.list_deeds
    for key in keys:
        claim(law, key, "karin")
    before = [getattr(task(law, key), field) for key in keys]

    key = deeds.do(action, keys, given, tom)
    assert deeds.told(key, tom).deed.refused == []
    for one in keys:
        now = getattr(task(law, one), field)
        assert str(now).startswith(expected) if isinstance(expected, str) else now == expected
    undone = deeds.told(deeds.undo(key, tom), tom).deed
    assert undone.refused == []
    assert [getattr(task(law, key), field) for key in keys] == before


def test_where_many_may_lead_a_case_the_choice_is_on_a_page_of_its_own(
    law: Platform, as_user: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, tom = start_case(law), as_user("tom")
    assert tom.get("/regie/zaken").text.count("<select") == 1
    assert 'data-owner="karin"' in tom.get("/regie").text
    monkeypatch.setattr(cockpit, "CHOSEN_IN_A_ROW", 0)

    page = tom.get("/regie/zaken").text

    board = tom.get("/regie").text
    assert f'data-case="{root}"' in board
    assert not re.search("data-(owner|hand-over|drop)", board), "nobody drags a case past thousands of names"

    assert page.count("<select") == 0
    assert f'name="kies" value="{root}"' in page
    asked = tom.post("/lijsten/cases/samen", {"actie": "hand_over", "kies": str(root), "terug": "/regie/zaken"})
    assert "Wie wordt de eigenaar?" in asked.text


def test_cases_are_handed_over_together_with_their_open_tasks_and_back(law: Platform, as_user: Login, kees: str) -> None:
    roots = [start_case(law, f"D-{n}") for n in range(2)]
    for key in open_tasks(law):
        claim(law, key, "karin")
    tom = as_user("tom")
    tom.get("/zaken")
    asked = tom.post("/lijsten/cases/samen", {"actie": "hand_over", "kies": list(map(str, roots)), "terug": "/zaken"})
    assert "Wie wordt de eigenaar?" in asked.text
    answer = tom.post("/lijsten/cases/samen", {
        "actie": "hand_over", "kies": list(map(str, roots)), "antwoord": kees, "terug": "/zaken",
    })  # fmt: skip
    assert "2 rijen zijn gedaan." in tom.get(answer.headers["Location"]).text
    assert owners(law, roots) == {kees}
    assert {task(law, key).assignee for key in open_tasks(law)} == {kees}
    tom.post(f"/lijsten/gedaan/{re.search(r'gedaan/([0-9]+)', answer.headers['Location'])[1]}/terug")
    assert owners(law, roots) == {"karin"}
    assert {task(law, key).assignee for key in open_tasks(law)} == {"karin"}


def owners(law: Platform, roots: list[int]) -> set[str | None]:
    with law.context.db.read() as unit:
        return {cases.get(unit, root).owner for root in roots}  # type: ignore[union-attr]


def test_nothing_is_done_together_that_one_may_not_do_alone(law: Platform, as_user: Login) -> None:
    start_case(law, "D-1")
    keys, deeds, karin = open_tasks(law), law.services.list_deeds, actor(law, "karin")
    for action in ("assign", "priority", "follow_up", "hand_over"):
        with pytest.raises(Forbidden):
            deeds.do(action, keys, "cees", karin)
    for wrong in ([], list(range(1, 202))):
        with pytest.raises(InvalidInput):
            deeds.do("claim", wrong, None, karin)
    with pytest.raises(InvalidInput):
        deeds.do("verzonnen", keys, None, karin)
    nobody = actor(law, "carla")  # sees nothing of this case
    told = deeds.told(deeds.do("claim", keys, None, nobody), nobody)
    assert told.deed.done == []
    assert told.tasks == {}
    assert task(law, keys[0]).assignee is None
    browser = as_user("karin")
    browser.get("/taken")
    assert browser.post("/lijsten/tasks/samen", {"actie": "assign", "kies": str(keys[0])}).status_code == 403
    assert browser.post("/lijsten/tasks/samen", {"actie": "hand_over", "kies": str(keys[0])}).status_code == 400
    assert browser.post("/lijsten/raar/samen", {"actie": "claim", "kies": str(keys[0])}).status_code == 404
    answer = browser.post("/lijsten/tasks/samen", {"actie": "claim", "terug": "//elders.example"})
    assert answer.headers["Location"] == "/taken"
    assert "niets gekozen" in browser.get("/taken").text


def test_a_list_is_a_file_with_the_columns_that_are_shown_and_says_so_in_the_log(law: Platform, as_user: Login) -> None:
    for n in (2, 1):
        start_case(law, f"=D-{n}")
    karin = as_user("karin")
    shown = "kolommen=dossier,vraag,persoon,uiterlijk,prioriteit&volgorde=dossier"

    answer = karin.get(f"/taken/bestand.csv?{shown}")
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "Dossier;Vraag;Persoon;Uiterlijk;Prioriteit"
    assert lines[1].startswith("'=D-1;"), "no spreadsheet computes with it"
    assert "Voorbeeld" in lines[1]
    book = openpyxl.load_workbook(io.BytesIO(karin.get(f"/taken/bestand.xlsx?{shown}").data))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0] == ("Dossier", "Vraag", "Persoon", "Uiterlijk", "Prioriteit")
    assert [row[0] for row in rows[1:]] == ["=D-1", "=D-2"]
    assert book.active["A2"].data_type == "s"
    assert rows[1][4] == 50
    assert len(karin.get("/zaken/bestand.csv").data.splitlines()) == 3
    assert karin.get("/taken/bestand.pdf").status_code == 404
    with law.context.db.read() as unit:
        lines = unit.connection.execute(
            select(t.audit.c.detail).where(t.audit.c.action == "export.file", t.audit.c.actor == "karin")
        ).scalars().all()  # fmt: skip
    assert [line["what"] for line in lines] == ["tasks.csv", "tasks.xlsx", "cases.csv"]


def test_rows_that_were_ticked_are_a_file_of_their_own_of_what_one_sees(law: Platform, as_user: Login, kees: str) -> None:
    roots = [start_case(law, f"D-{n}", owner="karin") for n in (2, 3, 1)]
    hidden = start_case(law, "D-weg", owner=kees, in_coa=False)
    keys = {task(law, key).root_key: key for key in open_tasks(law)}
    karin = as_user("karin")
    page = karin.get("/taken?volgorde=dossier").text
    assert 'formaction="/taken/bestand.csv?volgorde=dossier"' in page
    assert 'formaction="/zaken/bestand.xlsx"' in karin.get("/zaken").text, "also of who may do nothing else to many"

    def ticked(address: str, chosen: list[int]) -> list[str]:
        answer = karin.post(address, {"kies": list(map(str, chosen))})
        assert answer.status_code == 200
        return [line.split(";")[0] for line in answer.data.decode("utf-8-sig").splitlines()[1:]]

    some = [roots[0], hidden, roots[2]]
    assert ticked("/zaken/bestand.csv?volgorde=dossier&toestand=COMPLETED", some) == ["D-1", "D-2"]
    assert ticked("/zaken/bestand.csv?volgorde=-dossier", some) == ["D-2", "D-1"]
    of_tasks = [keys[root] for root in some]
    assert ticked("/taken/bestand.csv?kolommen=dossier,vraag&volgorde=-dossier&lijst=mijn", of_tasks) == ["D-2", "D-1"]
    assert set(ticked("/taken/bestand.csv?kolommen=dossier,vraag", of_tasks)) == {"D-1", "D-2"}
    assert karin.post("/taken/bestand.csv").status_code == 400
    assert "niets gekozen" in karin.post("/zaken/bestand.csv").text
    assert karin.post("/taken/bestand.csv", {"kies": [str(n) for n in range(1, 202)]}).status_code == 400
    with law.context.db.read() as unit:
        looks = unit.connection.execute(
            select(t.audit.c.action).where(t.audit.c.actor == "karin").order_by(t.audit.c.key.desc()).limit(2)
        ).scalars().all()  # fmt: skip
    assert sorted(looks) == ["export.file", "list.look"]


def test_sheets_hold_values_as_they_are() -> None:
    row = ("-1+2", 3, Decimal("1.50"), date(2026, 3, 1), datetime(2026, 7, 1, 22, 30, tzinfo=UTC), None, date(1066, 1, 1))
    assert csv_of("abcdefg", [row]).decode("utf-8-sig").splitlines()[1] == "'-1+2;3;1,50;2026-03-01;2026-07-02 00:30;;1066-01-01"
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_of("Ta:ken[1]/" + "x" * 40, "abcdefg", [row]))).active
    assert sheet.title == "Taken1" + "x" * 25
    found = [cell.value for cell in sheet[2]]
    assert found == ["-1+2", 3, 1.5, datetime(2026, 3, 1), datetime(2026, 7, 2, 0, 30), None, "1066-01-01"]
    assert sheet["A2"].data_type == "s"


def test_what_broke_off_half_way_says_so_and_goes_on_where_it_stopped(
    law: Platform, as_user: Login, kees: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        start_case(law, f"D-{n}")
    browser, deeds, karin, keys = as_user("karin"), law.services.list_deeds, actor(law, "karin"), open_tasks(law)
    claimed = deeds.user_tasks.claim

    def claim_until_it_dies(key: int, *more: object) -> bool:
        if key == keys[2]:
            raise KeyboardInterrupt
        return claimed(key, *more)  # type: ignore[arg-type]

    with monkeypatch.context() as dying:
        dying.setattr(deeds.user_tasks, "claim", claim_until_it_dies)
        with pytest.raises(KeyboardInterrupt):
            deeds.do("claim", keys, None, karin, once="a")
    key = deeds.do("claim", keys, None, karin, once="a")  # the form again: it is the same deed
    assert [task(law, one).assignee for one in keys] == ["karin", "karin", None, None]

    assert "Dit wordt nu gedaan" in browser.get(f"/lijsten/gedaan/{key}").text
    assert browser.post(f"/lijsten/gedaan/{key}/terug").status_code == 409
    assert browser.post(f"/lijsten/gedaan/{key}/verder").status_code == 409
    law.clock.advance(minutes=6)
    claim(law, keys[3], kees)
    page = browser.get(f"/lijsten/gedaan/{key}").text
    assert "halverwege gestopt" in page
    assert as_user("tom").post(f"/lijsten/gedaan/{key}/verder").status_code == 404, "only whoever did it"
    browser.get("/taken")
    shown = browser.get(browser.post(f"/lijsten/gedaan/{key}/verder").headers["Location"]).text
    assert "3 rijen zijn gedaan." in shown
    assert "Bij 1 rij kon het niet." in shown
    assert [task(law, one).assignee for one in keys] == ["karin", "karin", "karin", kees]
    with law.context.db.read() as unit:
        lines = select(t.audit.c.subject_key).where(t.audit.c.action == "task.claim", t.audit.c.actor == "karin")
        assert sorted(unit.connection.execute(lines).scalars()) == keys[:3], "what was done is not done again"
    assert browser.post(f"/lijsten/gedaan/{key}/verder").status_code == 409
    deeds.undo(key, karin)
    assert [task(law, one).assignee for one in keys] == [None, None, None, kees]


@pytest.mark.parametrize(("action", "given"), [
    ("claim", None), ("release", None), ("assign", "kees"), ("priority", 90), ("follow_up", "2030-01-02"), ("follow_up", None),
])  # fmt: skip
def test_what_was_done_but_not_noted_is_not_done_again_and_can_be_undone(
    law: Platform, kees: str, action: str, given: object
) -> None:
    start_case(law, "D-1")
    [key, *_more], tom, deeds = open_tasks(law), actor(law, "tom" if action != "claim" else "karin"), law.services.list_deeds
    if action != "claim":
        claim(law, key, "karin")
    if action == "follow_up" and given is None:
        law.services.user_tasks.update(key, tom, follow_up="2029-01-01")
    before = task(law, key)
    deed = deeds.do(action, [key], given, tom)
    [row] = deeds.told(deed, tom).deed.rows or ()
    with law.context.db.write() as unit:
        list_deeds.note(unit, deed, [DeedRow(key, before=row.before, is_open=True)], law.clock.now())
        lines = unit.connection.execute(select(func.count()).select_from(t.audit)).scalar_one()
    law.clock.advance(minutes=6)
    deeds.go_on(deed, tom)
    with law.context.db.read() as unit:
        assert unit.connection.execute(select(func.count()).select_from(t.audit)).scalar_one() == lines
    assert deeds.told(deed, tom).deed.rows == (row,)
    undoing = deeds.undo(deed, tom)
    assert task(law, key) == before
    with law.context.db.write() as unit:  # the same of the way back
        list_deeds.note(unit, undoing, [DeedRow(key, before=row.after, is_open=True)], law.clock.now())
    law.clock.advance(minutes=6)
    deeds.go_on(undoing, tom)
    assert deeds.told(undoing, tom).deed.refused == []
    assert task(law, key) == before


ODD = (
    "/taken?tot=0001-01-01", "/taken?tot=9999-12-31", "/zaken?vanaf_dag=0001-01-01", "/zaken?tot_dag=9999-12-31",
    "/taken?prioriteit=9999999999999", "/taken?vraag=%00", "/zaken?eigenaar=%00", "/taken?wie=" + "x" * 5_000,
    "/taken?volgorde=--vraag", "/taken?kolommen=" + "vraag," * 500, "/taken?volgorde=dossier&vanaf=99999999", "/taken?vanaf=-1",
    "/taken/bestand.csv?na=x&vanaf=1", "/zaken?voor=x&volgorde=x", "/regie/zaken?fase=%00&eigenaar=%00", "/regie/zaken?vanaf=99999999999", "/lijsten/gedaan/99999999999999999999999",
)  # fmt: skip


def test_an_address_that_nobody_would_type_shows_a_list_or_a_refusal(law: Platform, as_user: Login) -> None:
    start_case(law, "D-1")
    tom = as_user("tom")
    found = {address[:60]: tom.get(address).status_code for address in ODD}
    assert {address: code for address, code in found.items() if code not in (200, 400, 404)} == {}


def test_days_and_priorities_that_are_none_are_refused_and_change_nothing(law: Platform, as_user: Login) -> None:
    start_case(law, "D-1")
    key, tom = open_tasks(law)[0], as_user("tom")
    tom.get("/taken")
    for action, answer in (("priority", "-5"), ("priority", "9" * 5_000), ("follow_up", "morgen"), ("assign", "")):
        sent = tom.post("/lijsten/tasks/samen", {"actie": action, "kies": str(key), "antwoord": answer})
        assert sent.status_code == 422, (action, answer[:20])
    for action, answer in (("follow_up", "0001-01-01"), ("assign", "a\0b"), ("assign", "x" * 1_000)):
        sent = tom.post("/lijsten/tasks/samen", {"actie": action, "kies": str(key), "antwoord": answer})
        assert "niet gedaan:" in tom.get(sent.headers["Location"]).text, (action, answer[:20])
    assert tom.post(f"/taken/{key}/plannen", {"prioriteit": "9" * 5_000}).status_code == 400
    assert (task(law, key).priority, task(law, key).follow_up, task(law, key).assignee) == (50, None, None)
    many = tom.post("/lijsten/tasks/samen", {"actie": "priority", "kies": [str(n) for n in range(1, 300)]})
    assert many.headers["Location"] == "/taken"
    assert "299" in tom.get("/taken").text, "before anything is asked"


def test_a_file_holds_the_whole_list_or_is_refused(law: Platform, as_user: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        start_case(law, f"D-{n}")
    monkeypatch.setattr(task_lists, "COUNT_LIMIT", 2)
    monkeypatch.setattr(cases, "COUNT_LIMIT", 2)
    tom = as_user("tom")
    for address in ("/taken/bestand.csv?lijst=alle", "/taken/bestand.xlsx?lijst=alle&volgorde=dossier", "/zaken/bestand.csv"):
        answer = tom.get(address)
        assert answer.status_code == 400, address
        assert "meer dan er in een bestand gaan" in answer.text
    assert tom.get("/zaken/bestand.csv?eigenaar=nobody").status_code == 200


def test_what_was_done_is_forgotten_after_a_day(law: Platform) -> None:
    start_case(law, "D-1")
    karin = actor(law, "karin")
    key = law.services.list_deeds.do("claim", open_tasks(law), None, karin)
    law.clock.advance(hours=23)
    assert law.services.list_deeds.forget() == 0
    law.clock.advance(hours=2)
    assert law.services.list_deeds.forget() == 1
    with pytest.raises(NotFound):
        law.services.list_deeds.told(key, karin)


def owner_of(law: Platform, key: int) -> str | None:
    with law.context.db.read() as unit:
        return cases.get(unit, tasks.get(unit, key).root_key).owner  # type: ignore[union-attr]


@pytest.mark.parametrize("most", [0, 2, 2_000] if ALL else [2])
def test_whoever_sees_few_cases_gets_the_same_lists_from_those_cases_as_from_all(
    law: Platform, as_user: Login, kees: str, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """The two ways of asking what somebody sees are two ways: by each part of it, and by looking at each case."""
    owners = ["karin", kees, None, "karin", None, kees]
    for n, owner in enumerate(owners):
        start_case(law, f"D-{n}", owner=owner, in_coa=n % 2 == 0)
    law.services.processes.cancel(start_case(law, "D-weg", owner=None), SYSTEM)
    law.services.processes.cancel(start_case(law, "D-af", owner="karin"), SYSTEM)
    keys = open_tasks(law)
    of_karin = [key for key in keys if owner_of(law, key) == "karin" and task(law, key).candidate_group == "klantmanager"]
    claim(law, of_karin[0], kees)  # a colleague's case in which a task was given to kees, and another that names him
    root, i = t.process_instance.c, t.process_instance
    with law.context.db.write() as unit:
        unit.connection.execute(insert(t.user_task_candidate), {"task_key": of_karin[-1], "kind": "user", "name": kees})
        unit.connection.execute(update(i).where(root.business_key == "D-1").values(location=LOCATION))  # nothing to do there
    assert task(law, of_karin[0]).root_key != task(law, of_karin[-1]).root_key
    filters = law.services.task_lists.narrowed(owner="karin")

    def seen(who: Actor) -> list[object]:
        tasks_of, cases_of = law.services.task_lists, law.services.case_lists
        return [
            *([i.key for i in page.items] + [page.count] for view in ("mijn", "rollen", "alle") for page in (
                tasks_of.page(who, view), tasks_of.page(who, view, filters), tasks_of.page(who, view, size=2),
                tasks_of.page(who, view, by="case", is_descending=True),
            )),
            *([r.key for r in page.rows] + [page.count] for state in ("", "ACTIVE", "TERMINATED") for page in (
                cases_of.search(who, state=state), cases_of.search(who, state=state, by="owner"),
            )),
        ]  # fmt: skip

    people = [actor(law, name) for name in (*ACCOUNTS, kees)]
    with monkeypatch.context() as looking:
        looking.setattr(visibility, "parts", lambda _sight, _root: None)
        by_looking = [seen(who) for who in people]
    monkeypatch.setattr(visibility, "FEW", most)
    assert [seen(who) for who in people] == by_looking
    assert sum(len(found) for one in by_looking for found in one) > 200, "there was something to see"  # type: ignore[arg-type]


@pytest.mark.parametrize("state", ["ACTIVE", "RUNNING", ""])
def test_each_part_of_what_somebody_sees_is_a_range_of_an_index(law: Platform, state: str) -> None:
    """However many cases the organisation has: none is looked at that the part does not have."""
    karin = actor(law, "karin")
    found = [*cases.ranges(karin, state, "", None), agenda._led(karin, agenda.MINE)]
    with law.context.db.read() as unit:
        for query in found:
            text = str(query.compile(law.context.db.engine, compile_kwargs={"literal_binds": True}))
            plan = "\n".join(str(row[3]) for row in unit.connection.execute(sql(f"EXPLAIN QUERY PLAN {text}")))
            assert "ix_process_instance_" in plan or "sqlite_autoindex" in plan or "PRIMARY KEY" in plan, plan
            assert "SCAN root" not in plan or "ix_process_instance_nobodys" in plan, plan
            assert "SCAN process_instance" not in plan, plan
