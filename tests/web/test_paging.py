"""Every list that shows a page at a time: each row is reached by following its links, once, and the count is true."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, select

import inburgering_flow.web
from inburgering_flow.model import batches as kinds
from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.model.runtime import IncidentRow, JobRow
from inburgering_flow.platform import Platform
from inburgering_flow.store import incidents, jobs
from inburgering_flow.store import tables as t
from inburgering_flow.store.decisions import COLUMNS
from web.conftest import Browser, start_case

Login = Callable[[str], Browser]
Rows = set[str]


def keys(law: Platform, count: int) -> list[int]:
    return [law.services.context.keys.next() for _ in range(count)]


def numbered(count: int) -> list[str]:
    return [f"rij-{number:04}" for number in range(count)]


def fill_jobs(law: Platform) -> tuple[str, Rows]:
    with law.services.context.db.write() as unit:
        unit.connection.execute(t.job.delete())
        for key, name in zip(keys(law, 230), numbered(230), strict=True):
            retries = 0 if name < "rij-0120" else 3  # more than a page is out of retries
            jobs.add(unit, JobRow(key, "JOB", "proef", key, key, key, name, law.clock.now(), retries))
        unit.connection.execute(t.job.update().where(t.job.c.retries == 0).values(failed=True))
    return "/beheer", set(numbered(230))


def fill_incidents(law: Platform) -> tuple[str, Rows]:
    made_of = law.services.deployments.newest("process")[0].key
    with law.services.context.db.write() as unit:
        for key, name in zip(keys(law, 430), numbered(430), strict=True):
            incidents.add(unit, IncidentRow(key, 1, key, made_of, "proef", key, name, "", "", law.clock.now(), "enter"))
    return "/storingen", set(numbered(430))


def batch(law: Platform, failed: int) -> dict:
    (key,) = keys(law, 1)
    return {
        "key": key, "type": kinds.SUSPEND, "state": kinds.COMPLETED, "plan": {}, "created_by": "bram",
        "start": law.clock.now(), "total": failed, "failed": failed, "completed": 0,
    }  # fmt: skip


def fill_batches(law: Platform) -> tuple[str, Rows]:
    rows = [batch(law, 0) | {"created_by": name} for name in numbered(130)]
    with law.services.context.db.write() as unit:
        unit.connection.execute(insert(t.batch_operation), rows)
    return "/bulkbewerkingen", set(numbered(130))


def fill_failures(law: Platform) -> tuple[str, Rows]:
    row = batch(law, 230)
    items = [
        {"batch_key": row["key"], "instance_key": number, "root_key": number, "state": kinds.FAILED, "message": name}
        for number, name in enumerate(numbered(230), 1)
    ]
    with law.services.context.db.write() as unit:
        unit.connection.execute(insert(t.batch_operation), [row])
        unit.connection.execute(insert(t.batch_item), items)
    return f"/bulkbewerkingen/{row['key']}", set(numbered(230))


def fill_lost(law: Platform) -> tuple[str, Rows]:
    first = start_case(law, "rij-0000")
    with law.services.context.db.write() as unit:
        for table, column in ((t.process_instance, "business_key"), (t.user_task, "name")):
            found = unit.connection.execute(select(table).where(table.c.root_key == first)).mappings().all()
            same = [dict(row) for row in found]
            if table is t.process_instance:
                (same,) = ([r for r in same if r["parent_key"] is None],)
                made = keys(law, 229)
                unit.connection.execute(
                    insert(table),
                    [same[0] | {"key": k, "root_key": k, column: n} for k, n in zip(made, numbered(230)[1:], strict=True)],
                )
            else:
                unit.connection.execute(insert(table), [same[0] | {"key": k, "root_key": r} for k, r in zip(keys(law, 229), made, strict=True)])  # fmt: skip
    law.services.accounts.set_active("karin", False)
    return "/regie/kwijt", set(numbered(230))


def fill_events(law: Platform) -> tuple[str, Rows]:
    case = start_case(law)
    with law.services.context.db.write() as unit:
        unit.connection.execute(t.audit.delete().where(t.audit.c.root_key == case))
        for name in numbered(230):
            law.services.context.log(unit, "karin", "variable.correct", root_key=case, subject_key=case, detail={"name": name})
    return f"/zaken/{case}/tijdlijn", set(numbered(230))


def fill_looks(law: Platform) -> tuple[str, Rows]:
    case = start_case(law)
    with law.services.context.db.write() as unit:
        for name in numbered(130):
            law.services.context.log(unit, "karin", "case.look.reason", root_key=case, subject_key=case, detail={"reason": name})
    return f"/zaken/{case}/bekeken", set(numbered(130))


def fill_decisions(law: Platform) -> tuple[str, Rows]:
    case = start_case(law)
    row = DecisionRow(0, case, case, case, "a", "proef", "", 1, law.clock.now(), {}, [], None)
    with law.services.context.db.write() as unit:
        unit.connection.execute(t.decision_instance.delete().where(t.decision_instance.c.root_key == case))
        made = [replace(row, key=key, decision_name=name) for key, name in zip(keys(law, 130), numbered(130), strict=True)]
        unit.connection.execute(insert(t.decision_instance), [{c.name: getattr(r, c.name) for c in COLUMNS} for r in made])
    return f"/zaken/{case}/gegevens", set(numbered(130))


LISTS: Mapping[str, tuple[Callable[[Platform], tuple[str, Rows]], str, str]] = {
    "the work that is due": (fill_jobs, "bram", "vanaf"),
    "incidents": (fill_incidents, "bram", "vanaf"),
    "bulk operations": (fill_batches, "bram", "vanaf"),
    "what failed in one": (fill_failures, "bram", "vanaf"),
    "tasks that nobody can do": (fill_lost, "rita", "vanaf"),
    "what happened in a case": (fill_events, "karin", "vanaf"),
    "who looked at a case": (fill_looks, "karin", "vanaf"),
    "what was decided in a case": (fill_decisions, "karin", "vanaf"),
}


@pytest.mark.parametrize("name", LISTS)
def test_each_row_of_a_list_is_on_one_of_its_pages(law: Platform, as_user: Login, name: str) -> None:
    fill, who, argument = LISTS[name]
    browser = as_user(who)
    address, expected = fill(law)
    seen: list[str] = []
    sizes, total, backwards = [], "", ""
    for _page in range(10):
        page = browser.get(address).text
        shown = list(dict.fromkeys(re.findall(r"rij-\d{4}", page)))
        seen += shown
        sizes.append(len(shown))
        found = re.findall(rf'<a class="button"\s+href="([^"]*\b{argument}=\d+[^"]*)">(\w+) bladzijde', page)
        links = {word: html.unescape(where) for where, word in found}
        total = re.search(rf"tot en met [\d.]+ van ([\d.]+)\.\s*(?:<a[^>]*{argument}=|</p>)", page)[1]  # type: ignore[index]
        backwards = links.get("Vorige", "")
        if "Volgende" not in links:
            break
        address = links["Volgende"]
    assert set(seen) >= expected, sorted(expected - set(seen))[:5]
    repeated = len(seen) - len(set(seen))
    assert repeated <= (2 * len(sizes) if fill is fill_looks else 0), "only looks, which each page adds to, move on"
    assert int(total.replace(".", "")) >= len(expected)
    assert len(sizes) >= 3
    assert f"{argument}=" in backwards


def test_beyond_the_last_page_is_said_how_many_there_are(law: Platform, as_user: Login) -> None:
    bram = as_user("bram")
    fill_jobs(law)
    page = bram.get("/beheer?vanaf=5000").text
    assert "Deze bladzijde is leeg. In de lijst staan er 230." in page
    assert "vanaf=130" in page


def test_no_template_cuts_a_list_off() -> None:
    """What is too long for a page has pages, made by ``macros/paging.html``."""
    folder = Path(inburgering_flow.web.__file__).parent
    cut = {
        f"{path.relative_to(folder)}: {found}"
        for path in folder.rglob("*.html")
        for found in re.findall(r"\{%-? for [^%]*(?:\[[^\]]*:[^\]]*\]|\|\s*slice|\|\s*batch)[^%]*%\}", path.read_text())
    }
    assert cut == set()
