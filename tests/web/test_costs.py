"""What a request costs the database, counted: completing or typing asks only for the form, and counts as a look at
nobody's file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select

from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t
from web.conftest import Browser, start_case

ANSWERS = {"veld_groepNotitie": "Besproken met de persoon."}
# Of a task inside a sub-process: one more to find the scopes around it. Of a case that waits for conditions (`inburgering` does
# since guidance, housing and moves): one more to find them, and one for the scope in which they wait.
MOST_TO_COMPLETE, MOST_TO_DRAFT = 20, 11


@contextmanager
def counted(law: Platform) -> Iterator[list[str]]:
    """Give the statements that were sent, including BEGIN but not COMMIT: a list that is complete when the block ends."""
    seen: list[str] = []
    with law.context.db.watched(lambda sql, _: seen.append(sql)):
        yield seen
    seen[:] = [sql for sql in seen if sql != "COMMIT"]


def writes(statements: list[str]) -> int:
    return sum(sql.startswith("BEGIN IMMEDIATE") for sql in statements)


def looks(law: Platform) -> int:
    with law.context.db.read() as unit:
        query = select(func.count()).select_from(t.audit).where(t.audit.c.action.like("%.look%"))
        return unit.connection.execute(query).scalar_one()


@pytest.fixture
def karin(law: Platform, as_user: Callable[[str], Browser]) -> tuple[Browser, str]:
    """Somebody who has taken up a task with a plain form, and its address."""
    start_case(law, "D-1")
    law.publish("duo.SS125", correlation_key="D-1")
    browser = as_user("karin")
    task = next(x for x in law.tasks(state="CREATED") if x.element_id == "taak_groep_asielstatushouder")
    address = f"/taken/{task.key}"
    browser.post(f"{address}/oppakken")
    browser.get(address)
    return browser, address


def test_a_completion_is_one_write_and_few_statements_and_no_look(law: Platform, karin: tuple[Browser, str]) -> None:
    browser, address = karin
    looked = looks(law)

    with counted(law) as statements:
        answer = browser.post(f"{address}/afronden", ANSWERS)

    assert answer.status_code == 302, answer.text
    assert writes(statements) == 1
    assert len(statements) <= MOST_TO_COMPLETE, "\n".join(statements)
    assert looks(law) == looked


def test_a_draft_is_one_write_and_fewer_statements_and_no_look(law: Platform, karin: tuple[Browser, str]) -> None:
    browser, address = karin
    looked = looks(law)

    with counted(law) as statements:
        answer = browser.post(f"{address}/concept", {**ANSWERS, "stil": "1"})

    assert answer.status_code == 204
    assert writes(statements) == 1
    assert len(statements) <= MOST_TO_DRAFT, "\n".join(statements)
    assert looks(law) == looked


def test_who_opens_a_task_is_said_to_have_looked(law: Platform, karin: tuple[Browser, str]) -> None:
    browser, address = karin
    looked = looks(law)

    browser.get(address)

    assert looks(law) == looked + 1
