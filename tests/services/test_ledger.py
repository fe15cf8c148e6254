"""The ledger: whatever is booked, undone or refused, the sum of all postings is zero and nothing is changed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from inburgering_flow.errors import Conflict, FlowError, Forbidden, InvalidInput, NotFound
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.plugin import Budget, Plugin
from inburgering_flow.platform import Platform
from inburgering_flow.services.ledger import GRANT, INVOICE, KINDS, OBLIGATION, REFUND, RELEASE, Line, in_euros
from inburgering_flow.store import tables as t

FATIMA = Actor("fatima", ("financieel-medewerker",), table=ROLES)
DAY = date(2026, 1, 2)
BUDGETS = (Budget("spuk", "SPUK", "W 40"), Budget("eenmalig", "Eenmalig", "Akkoord"))


@pytest.fixture
def money(open_platform: Callable[..., Platform]) -> Platform:
    return open_platform(plugins=[Plugin("geld", budgets=BUDGETS)])


def post(money: Platform, kind: str, cents: int, **more: Any) -> int:
    given = {"year": 2026, "day": DAY, "description": "Waarvoor", **more}
    return money.services.ledger.post(given.pop("budget", "spuk"), kind, cents, given.pop("actor", FATIMA), **given)


def line(money: Platform, budget: str = "spuk", year: int = 2026) -> tuple[int, int, int, int]:
    found = [x for x in money.services.ledger.lines(FATIMA) if (x.budget.id, x.year) == (budget, year)]
    return (found[0].granted, found[0].tied, found[0].spent, found[0].left) if found else (0, 0, 0, 0)


def total(money: Platform) -> int:
    with money.context.db.read() as unit:
        return int(unit.connection.execute(select(func.coalesce(func.sum(t.ledger_posting.c.cents), 0))).scalar_one())


def test_money_is_granted_tied_up_spent_released_and_comes_back(money: Platform) -> None:
    post(money, GRANT, 100_000_00)
    obligation = post(money, OBLIGATION, 30_000_00)
    assert line(money) == (100_000_00, 30_000_00, 0, 70_000_00)
    post(money, INVOICE, 12_345_67, settles=obligation)
    assert line(money) == (100_000_00, 17_654_33, 12_345_67, 70_000_00)
    post(money, RELEASE, 7_654_33, settles=obligation)
    post(money, INVOICE, 1)
    post(money, REFUND, 45_67)
    assert line(money) == (100_000_00, 10_000_00, 12_300_01, 77_699_99)
    [entry] = [one for one in money.services.ledger.entries("spuk", 2026, FATIMA) if one.row.key == obligation]
    assert entry.open == 10_000_00
    assert total(money) == 0


def test_an_obligation_gives_no_more_than_it_has(money: Platform) -> None:
    obligation = post(money, OBLIGATION, 100)
    for wrong, error in (
        ({"kind": INVOICE, "cents": 101, "settles": obligation}, Conflict), ({"kind": RELEASE, "cents": 1}, InvalidInput),
        ({"kind": INVOICE, "cents": 1, "settles": 7}, InvalidInput), ({"kind": GRANT, "cents": 1, "settles": obligation}, InvalidInput),
        ({"kind": INVOICE, "cents": 1, "settles": obligation, "year": 2027}, InvalidInput),
        ({"kind": INVOICE, "cents": 1, "settles": obligation, "budget": "eenmalig"}, InvalidInput),
    ):  # fmt: skip
        with pytest.raises(error):
            post(money, **wrong)
    paid = post(money, INVOICE, 60, settles=obligation)
    with pytest.raises(Conflict):
        post(money, INVOICE, 41, settles=obligation)
    with pytest.raises(Conflict):
        money.services.ledger.undo(obligation, "een verkeerd bedrag ingevuld", FATIMA)
    money.services.ledger.undo(paid, "een verkeerd bedrag ingevuld", FATIMA)
    money.services.ledger.undo(obligation, "een verkeerd bedrag ingevuld", FATIMA)
    with pytest.raises(Conflict):
        post(money, INVOICE, 1, settles=obligation)
    assert (line(money), total(money)) == ((0, 0, 0, 0), 0)


def test_a_wrong_entry_stays_and_another_one_undoes_it_once(money: Platform) -> None:
    key = post(money, GRANT, 500)
    with pytest.raises(InvalidInput):
        money.services.ledger.undo(key, "x", FATIMA)
    undone = money.services.ledger.undo(key, "dubbel geboekt door een fout", FATIMA)
    with pytest.raises(Conflict):
        money.services.ledger.undo(key, "nog een keer", FATIMA)
    with pytest.raises(NotFound):
        money.services.ledger.undo(undone, "het omgekeerde ervan", FATIMA)
    found = money.services.ledger.entries("spuk", 2026, FATIMA)
    assert [(one.row.kind, one.is_undone) for one in found] == [("undo", False), (GRANT, True)]
    assert line(money)[0] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"cents": 0}, {"cents": -5}, {"kind": "gift"}, {"year": 1999}, {"day": date(2126, 1, 1)}, {"description": " "},
        {"description": "x" * 501}, {"reference": "x" * 501}, {"cents": 10**14},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(money: Platform, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        post(money, **{"kind": GRANT, "cents": 5, **wrong})
    assert line(money) == (0, 0, 0, 0)


def test_a_form_that_is_sent_twice_books_once_and_another_budget_is_another(money: Platform) -> None:
    assert post(money, GRANT, 5, once="a") == post(money, GRANT, 5, once="a")
    post(money, GRANT, 7, budget="eenmalig")
    assert (line(money)[0], line(money, "eenmalig")[0]) == (5, 7)
    with pytest.raises(NotFound):
        post(money, GRANT, 7, budget="bestaat-niet")
    with pytest.raises(NotFound):
        post(money, GRANT, 7, case="D-1")


def test_only_who_keeps_the_money_books_and_only_some_read(money: Platform) -> None:
    for role in ("teammanager", "klantmanager", "beleidsadviseur"):
        with pytest.raises(Forbidden):
            post(money, GRANT, 5, actor=Actor("x", (role,), table=ROLES))
    assert money.services.ledger.lines(Actor("x", ("beleidsadviseur",), table=ROLES)) == []
    with pytest.raises(Forbidden):
        money.services.ledger.lines(Actor("x", ("klantmanager",), table=ROLES))


def test_whatever_happens_the_sum_is_zero_and_what_is_left_adds_up(money: Platform) -> None:
    chance, keys = random.Random(7), [0]
    for _number in range(120):
        try:
            if chance.random() < 0.25:
                money.services.ledger.undo(chance.choice(keys), "een goede reden hiervoor", SYSTEM)
            else:
                settles = chance.choice([None, chance.choice(keys)])
                keys.append(post(money, chance.choice(list(KINDS)), chance.randrange(1, 500), settles=settles, actor=SYSTEM))
        except FlowError:
            continue
        [found] = money.services.ledger.lines(SYSTEM) or [Line(BUDGETS[0], 2026, 0, 0, 0)]
        assert total(money) == 0
        assert found.granted == found.tied + found.spent + found.left
        assert found.tied >= 0
    assert len(keys) > 20


def test_an_amount_is_written_as_people_write_it() -> None:
    written = [in_euros(cents) for cents in (0, 5, 123_450, -10_00, 35_200_000_00)]
    assert written == ["€ 0,00", "€ 0,05", "€ 1.234,50", "€ -10,00", "€ 35.200.000,00"]
