"""Secret numbers of persons are masked, however short they are in another domain; a name is read only by who sees the case."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from diagrams import Diagram

from inburgering_flow.clock import ManualClock
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.disclosure.people import Admitted, masked, shown_name, shown_names
from inburgering_flow.settings import Settings
from inburgering_flow.store import cases

HIDDEN = "Name not shown"


@pytest.mark.parametrize(
    ("number", "shown"), [("999990019", "••••••019"), ("1234567", "••••567"), ("123456", "••••••"), ("12", "••"), ("", "")]
)
def test_of_a_secret_number_at_most_the_last_three_digits_are_read(number: str, shown: str) -> None:
    assert masked(number) == shown


@pytest.fixture
def three_cases(database_url: str) -> Iterator[Callable[..., dict[str, str]]]:
    """Three cases: one of karin's, one at a location, both with a task there, and one about nobody."""
    with Platform.open(database_url, clock=ManualClock("2026-03-02T09:00:00+01:00"), settings_=Settings(secret="test")) as law:
        given = '<zeebe:assignmentDefinition candidateGroups="coa-medewerker"/>'
        law.deploy_content("p.bpmn", Diagram().start().user("a", given).end().path("start", "a", "end").xml())
        known = {
            law.start("p", owner="karin", person=law.register_person({"achternaam": "Eerste"})): "first",
            law.start("p", owner="kees", location="Dorp", person=law.register_person({"achternaam": "Tweede"})): "second",
            law.start("p", owner="kees"): "third",
        }

        def names(username: str, role: str, location: str | None = None) -> dict[str, str]:
            actor = Actor(username, (role,), location, table=ROLES)
            with law.context.db.read() as unit:
                rows = [(key, row) for key in known if (row := cases.get(unit, key)) is not None]
                return {known[key]: name for key, name in shown_names(unit, actor, rows * 50).items()}

        with law.context.db.read() as unit:
            first, second, *_ = known
            row = cases.get(unit, second)
            assert row is not None
            assert shown_name(unit, Admitted(second, "kees"), second, row) == "Tweede"
            assert shown_name(unit, Admitted(first, "karin"), second, row) == HIDDEN, "being let into one case opens no other"
        yield names


def test_a_name_is_read_only_where_the_case_is_seen(three_cases: Callable[..., dict[str, str]]) -> None:
    assert three_cases("karin", "klantmanager") == {"first": "Eerste", "second": HIDDEN}
    assert three_cases("carla", "coa-medewerker", "Dorp") == {"first": HIDDEN, "second": "Tweede"}
    assert three_cases("rita", "regievoerder") == {"first": "Eerste", "second": "Tweede"}
    for role in ("functioneel-beheerder", "auditor", "procesontwerper", "beleidsadviseur", "handhaver"):
        assert three_cases("x", role) == {"first": HIDDEN, "second": HIDDEN}
