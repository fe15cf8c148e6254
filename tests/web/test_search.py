"""Zaken and Taken find what somebody means: a part of a name in any order, a case's number, a person's number in full."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

import pytest
from diagrams import Diagram
from sqlalchemy import text as sql

from inburgering_flow.errors import InvalidInput
from inburgering_flow.inburgering.people import PARTICLES
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.names import asked_words, words
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.store import cases, searching
from inburgering_flow.store import tables as t
from inburgering_flow.store.dialects import SQLITE
from web.conftest import Browser, start_case

Login = Callable[[str], Browser]
BSN, V_NUMMER = "999990019", "1234567890"
KARIN, RITA = Actor("karin", ("klantmanager",), table=ROLES), Actor("rita", ("regievoerder",), table=ROLES)


def start_about(law: Platform, number: str, *, owner: str = "karin", **person: str) -> int:
    key = law.start(
        "inburgering", {"dossiernummer": number, "doelgroep": "gezinsmigrant", "kennisgeving": "2026-03-02", "brpDatum": None, "inCoa": False},
        person=law.register_person(person), owner=owner,
    )  # fmt: skip
    law.run_due()
    return key


@pytest.fixture
def fatima(law: Platform) -> int:
    start_case(law, "D-2026-9")
    return start_about(
        law, "D-2026-17", voornamen="Fatıma Zühre", tussenvoegsel="el", achternaam="Çelik-Amrani", bsn=BSN, v_nummer=V_NUMMER
    )


def found(law: Platform, text: str, actor: Actor = KARIN) -> list[int]:
    return [row.case.key for row in law.services.case_lists.search(actor, text=text).rows]


@pytest.mark.parametrize("text", [
    "celik", "ÇELIK", "Amra", "amrani celik", "fatima celik", "celik fatima", "zuhre", "el Çelik", "van Çelik-Amrani",
    "celikamrani", "el", "d-2026-17", "D-2026-1", BSN, "9999.90.019", "999 990 019", V_NUMMER,
])  # fmt: skip
def test_what_somebody_types_finds_the_case(law: Platform, fatima: int, text: str) -> None:
    assert found(law, text) == [fatima]


@pytest.mark.parametrize("text", ["elik", "fatima jansen", BSN[:-1], V_NUMMER[:-1], "2026-17", "999990020", "%%", "c_lik"])
def test_what_is_only_alike_finds_nothing(law: Platform, fatima: int, text: str) -> None:
    if not any(c.isalnum() for c in text):
        with pytest.raises(InvalidInput):
            found(law, text)
    else:
        assert found(law, text) == []


def test_tasks_are_found_in_the_same_way(law: Platform, as_user: Login, fatima: int) -> None:
    karin = as_user("karin")
    for text in ("amrani fatima", "d-2026-1", BSN):
        page = karin.post("/taken?lijst=alle", {"zoek": text}).text
        assert "D-2026-17" in page
        assert "D-2026-9" not in page


def test_a_corrected_name_is_found_and_the_old_one_is_not(law: Platform, fatima: int) -> None:
    key = law.instance(fatima).person_key
    law.services.people.correct(key, {"achternaam": "Nieuwenaam"}, reason="getrouwd volgens de BRP")
    assert found(law, "nieuwe") == [fatima]
    assert found(law, "celik") == []


def test_nothing_tells_that_somebody_elses_case_exists(law: Platform, as_user: Login, fatima: int) -> None:
    kees = as_user("kees")
    for text in ("celik", "D-2026-17", BSN, V_NUMMER):
        there = kees.post("/zaken", {"zoek": text}).text
        law.services.people.find(bsn=BSN)
        assert "Er zijn geen zaken die u mag zien" in there
        assert "Çelik" not in there
    assert found(law, BSN, Actor("kees", ("klantmanager",), table=ROLES)) == []
    assert found(law, BSN, RITA) == [fatima]


def test_a_case_that_has_ended_is_found_and_says_how_it_ended(law: Platform, as_user: Login, fatima: int) -> None:
    law.cancel(fatima)
    page = as_user("karin").post("/zaken", {"zoek": "Çelik"}).text
    assert "D-2026-17" in page
    assert "gestopt" in page


def test_how_a_completed_case_ended_is_the_name_of_its_end(law: Platform) -> None:
    from diagrams import Diagram

    law.deploy_content("kort.bpmn", Diagram("kort").start().end("ingeburgerd").path("start", "ingeburgerd").xml())
    key = law.start("kort", owner="karin", business_key="K-1")
    row, = law.services.case_lists.search(KARIN, text="k-1").rows
    assert (row.case.key, row.case.state, row.outcome) == (key, "COMPLETED", "ingeburgerd")


def test_a_number_of_a_person_stands_in_no_address_title_or_log(law: Platform, as_user: Login, fatima: int) -> None:
    karin = as_user("karin")
    page = karin.post("/zaken", {"zoek": BSN})
    assert BSN not in page.text.split("</title>")[0]
    assert f"={BSN}" not in page.text
    assert "<td>Fat" not in karin.get(f"/zaken?zoek={BSN}&toestand=COMPLETED").text, "nothing is looked for by an address"
    with law.context.db.read() as unit:
        kept = "\n".join(str(tuple(row)) for row in unit.connection.execute(sql("SELECT * FROM audit")))
    assert BSN not in kept


def test_a_number_that_was_searched_for_cannot_be_found_by_trying_all_numbers(law: Platform, fatima: int) -> None:
    found(law, BSN)
    with law.context.db.read() as unit:
        kept = "\n".join(str(tuple(row)) for row in unit.connection.execute(sql("SELECT * FROM audit")))
    under = hmac.new(law.context.search_key, BSN.encode(), "sha256").hexdigest()
    assert under[:16] in kept, "under the key that only the program has"
    assert hashlib.sha256(BSN.encode()).hexdigest()[:16] not in kept


def test_who_searched_for_a_number_is_found_by_it_even_if_it_found_nothing(law: Platform) -> None:
    auditor = Actor("ada", ("auditor",), table=ROLES)
    found(law, "9999 90 019")
    service = law.services.audit_log
    assert [x["actor"] for x in service.find(auditor, service.about(auditor, BSN)).lines] == ["karin"]


def test_too_little_is_refused_with_a_sentence(law: Platform, as_user: Login) -> None:
    answer = as_user("karin").post("/zaken", {"zoek": "a"})
    assert answer.status_code == 422
    assert "Typ ten minste twee letters of cijfers" in answer.text
    assert as_user("karin").post("/taken", {"zoek": "."}).status_code == 422


def test_particles_count_only_where_nothing_else_is_asked() -> None:
    assert asked_words("van den Berg", PARTICLES) == ("berg",)
    assert asked_words("van den", PARTICLES) == ("den", "van")
    assert words("O'Brien-Łukasz") == {"o", "brien", "lukasz", "obrienlukasz"}


def test_a_deleted_case_is_found_no_more(law: Platform, fatima: int) -> None:
    law.cancel(fatima)
    law.services.deletions.delete(fatima)
    with law.context.db.read() as unit:
        assert cases.keys_of(unit, searching.Sought(case="d-2026-17")) == []


def many_cases(platform: Platform) -> None:
    """Of a handful of cases a planner reads all; it has to know that there are many."""
    platform.deploy_content("p.bpmn", Diagram("p").start().user("a").end().path("start", "a", "end").xml())
    key, columns = platform.start("p"), [c.name for c in t.process_instance.columns]
    names = ", ".join(f'"{name}"' for name in columns)
    copied = ", ".join(f'"{name}" + n' if name in ("key", "root_key") else f'"{name}"' for name in columns)
    with platform.context.db.write() as unit:
        unit.connection.execute(sql(
            f"INSERT INTO process_instance ({names}) SELECT {copied} FROM process_instance, generate_series(1, 5000) AS n "
            f"WHERE key = {key}"
        ))  # fmt: skip
        unit.connection.execute(sql("ANALYZE process_instance"))


def test_a_search_reads_ranges_of_indexes_and_never_all_cases(platform: Platform) -> None:
    """However many cases there are: names, case names and numbers are looked up, and the cases by their keys."""
    sought = searching.Sought(("celik", "fat"), "d-2026", (("bsn", "x"),))
    with platform.context.db.read() as unit:
        is_server = unit.dialect is not SQLITE
    if is_server:
        many_cases(platform)
    with platform.context.db.read() as unit:
        if unit.dialect is not SQLITE:
            unit.connection.execute(sql("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN " if unit.dialect is SQLITE else "EXPLAIN "
        query = cases.ranges(KARIN, "", "", sought)[0].order_by(sql("1"))
        compiled = query.compile(platform.context.db.engine, compile_kwargs={"literal_binds": True})
        plan = "\n".join(str(tuple(row)) for row in unit.connection.execute(sql(explain + str(compiled))))

    assert "pk_search_word" in plan or "sqlite_autoindex_search_word" in plan, plan
    assert "ix_person_number_found_by" in plan, plan
    assert "ix_process_instance_person_key" in plan, plan
    assert "Seq Scan" not in plan, plan
    assert "SCAN root" not in plan, plan
