"""Each day of the audit log is sealed once it is over; what is changed afterwards shows."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, text, update

from inburgering_flow.platform import Platform
from inburgering_flow.store import audit, tables


def seals(platform: Platform) -> list[tuple[date, int]]:
    with platform.context.db.read() as unit:
        return [(row.day, row.entries) for row in audit.seals(unit)]


def three_days(platform: Platform) -> None:
    for name in ("a", "b", "c"):
        platform.services.accounts.save(name, display_name=name, password="een lang wachtwoord", roles=("auditor",))
        platform.clock.advance(days=1)


def test_a_day_is_sealed_when_it_is_over_and_only_once(platform: Platform) -> None:
    three_days(platform)

    assert platform.services.audit_log.seal() == 3
    assert platform.services.audit_log.seal() == 0
    assert seals(platform) == [(date(2026, 1, 5), 1), (date(2026, 1, 6), 1), (date(2026, 1, 7), 1)]
    assert platform.services.audit_log.check() == []


def test_today_stays_open_and_days_without_entries_need_no_seal(platform: Platform) -> None:
    platform.services.accounts.save("a", display_name="a", password="een lang wachtwoord", roles=("auditor",))
    assert platform.services.audit_log.seal() == 0
    platform.clock.advance(days=40)
    assert platform.services.audit_log.seal() == 1
    assert platform.services.audit_log.check() == []


def test_a_changed_entry_shows_in_its_day(platform: Platform) -> None:
    three_days(platform)
    platform.services.audit_log.seal()
    with platform.context.db.write() as unit:
        key = audit.recent(unit)[1]["key"]
        unit.connection.execute(update(tables.audit).where(tables.audit.c.key == key).values(actor="somebody else"))

    assert platform.services.audit_log.check() == [date(2026, 1, 6)]


def test_an_entry_taken_away_shows(platform: Platform) -> None:
    three_days(platform)
    platform.services.audit_log.seal()
    with platform.context.db.write() as unit:
        first = unit.connection.execute(text("select min(key) from audit")).scalar_one()
        unit.connection.execute(delete(tables.audit).where(tables.audit.c.key == first))

    assert date(2026, 1, 5) in platform.services.audit_log.check()


def test_who_makes_a_seal_anew_breaks_the_next_one(platform: Platform) -> None:
    three_days(platform)
    platform.services.audit_log.seal()
    with platform.context.db.write() as unit:
        unit.connection.execute(
            update(tables.audit_seal).where(tables.audit_seal.c.day == date(2026, 1, 6)).values(seal="0" * 64)
        )

    assert platform.services.audit_log.check() == [date(2026, 1, 6), date(2026, 1, 7)]
