"""What must be true after each day, whatever was drawn: each a function that reads the database and says what is wrong, where.

The amounts here are those of the law itself (normen 15.1), not those of the tables that the processes read: else a mistake in
a table would judge itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from inburgering_flow.inburgering.simulation.rows import Rows, day_of, kept, load, moment

MOST = {"22": Decimal(250), "23": Decimal(800)}
"""The most that one fine may be, by article of the Wet inburgering 2021 (article 26, paragraph 1)."""
CAP = Decimal(2400)
"""The most that fines of articles 22 and 23 may be together in the first term (Besluit inburgering 2021, article 7.1, lid 5)."""
CHARGED = ("boete", "aanmaning", "dwangbevel")
ANNULLED = ("verlaging", "kosten vervallen", "vervallen bij overlijden")
WAIVED = ("kwijtschelding", "verjaring")
PAID = ("betaling", "terugbetaling", "rente van de gemeente")
ENDS = ("diploma_gemeld", "plicht_vervallen_gemeld", "vrijstelling_gemeld", "ontheffing_gemeld", "verhuizing_gemeld")
"""The start events of what DUO tells that ends the work on a case; a death has no closing letter."""
CLOSING = ("dossier-gesloten-", "einde-ondertussengroep-")
"""How the documents of the letters begin that close a case."""
PERSONAL = frozenset({
    "hersteltermijnEinde", "zienswijzeEinde", "betaalUiterlijk", "bezwaarUiterlijk", "beroepUiterlijk", "uitstelTot",
    "aanmaningEinde", "herstelEinde", "stukkenUiterlijk", "bewaakEinde", "oproepEinde", "ontzorgTot",
})  # fmt: skip
"""Terms that a newcomer has to keep or may count on; the others are the municipality's own."""
ONE_PER_CASE = frozenset({"bewaakEinde", "oproepEinde"})
"""Of these a case has one at a time: where another process takes over, its last day replaces the one before."""
ANSWERED = timedelta(days=28)
"""What a person sent and no process heard, somebody has looked at within this time."""
STEP = timedelta(seconds=10)
"""What an act brings forth is done within this time of the clock of the simulation."""


@dataclass(frozen=True)
class Judged:
    """What is judged: the rows, the moment, which messages come from partners, and what the platform's own look for lost
    tasks says.
    """

    rows: Rows
    now: datetime
    is_from_partner: Callable[[str], bool]
    lost_tasks: Callable[[], Iterable[Any]]


@dataclass(frozen=True)
class Broken:
    """A case in which something is not as it must be, in a sentence."""

    case: str
    says: str


Invariant = Callable[[Judged], Iterator[Broken]]


def no_incident(at: Judged) -> Iterator[Broken]:
    """No process has stopped with an incident."""
    for row in at.rows.all("SELECT * FROM incident WHERE state = 'ACTIVE' ORDER BY key"):
        yield Broken(_case(at, row), f"{row['process_id']} stands still at {row['element_id']}: {row['message']}")


def every_case_goes_on(at: Judged) -> Iterator[Broken]:
    """Each place where a running case stands waits for a task, a timer or job, a message or condition, or has an incident."""
    query = """
        SELECT e.key, e.element_id, e.element_type, i.process_id, i.root_key FROM element_instance e
        JOIN process_instance i ON i.key = e.instance_key AND i.state = 'ACTIVE'
        WHERE e.state = 'ACTIVE'
        AND NOT EXISTS (SELECT 1 FROM user_task t WHERE t.element_key = e.key AND t.state = 'CREATED')
        AND NOT EXISTS (SELECT 1 FROM job j WHERE j.element_key = e.key)
        AND NOT EXISTS (SELECT 1 FROM incident x WHERE x.element_key = e.key AND x.state = 'ACTIVE')
        AND NOT EXISTS (SELECT 1 FROM element_instance c WHERE c.scope_key = e.key AND c.state = 'ACTIVE')
        AND NOT EXISTS (SELECT 1 FROM process_instance p WHERE p.parent_element_key = e.key AND p.state = 'ACTIVE')
        AND (e.element_type IN ('SUB_PROCESS', 'EVENT_SUB_PROCESS', 'CALL_ACTIVITY')
            OR NOT EXISTS (SELECT 1 FROM subscription s WHERE s.owner_key = e.key))
        ORDER BY e.key"""
    for row in at.rows.all(query):
        yield Broken(_case(at, row), f"{row['process_id']} stands at {row['element_id']}, where nothing is waited for.")
    query = """
        SELECT i.key, i.process_id, i.root_key FROM process_instance i WHERE i.state = 'ACTIVE'
        AND NOT EXISTS (SELECT 1 FROM element_instance e WHERE e.instance_key = i.key AND e.state = 'ACTIVE') ORDER BY i.key"""
    for row in at.rows.all(query):
        yield Broken(_case(at, row), f"{row['process_id']} runs and stands nowhere.")


def no_fine_before_the_view(at: Judged) -> Iterator[Broken]:
    """No fine is sent unless a voornemen was, and its term for a view has run out (N-BOE-11, N-AWB-25)."""
    ends = at.rows.values("zienswijzeEinde", "boeteprocedure")
    asked: dict[int, str] = {}
    query = (
        "SELECT name, instance_key, root_key, created FROM document WHERE name LIKE 'voornemen-%'"
        " OR name LIKE 'boetebeschikking-%' ORDER BY key"
    )
    for row in at.rows.all(query):
        key = row["instance_key"]
        if row["name"].startswith("voornemen"):
            asked[key] = row["created"]
        elif key not in asked:
            yield Broken(_case(at, row), f"{row['name']} was sent without a voornemen.")
        elif not ends.get(key) or day_of(row["created"]) <= _day(ends[key]):
            yield Broken(_case(at, row), f"{row['name']} was sent before the term for a view was over ({ends.get(key)}).")


def no_fine_too_high(at: Judged) -> Iterator[Broken]:
    """No fine is above the maximum of its article, and the fines of the first term not above the cap (N-BOE-01, 03, 07)."""
    for key, fines in at.rows.values("eerdereBoetes", "inburgering").items():
        number, total = at.rows.case_number(key), Decimal(0)
        for fine in fines or ():
            amount = Decimal(str(fine.get("bedrag") or 0))
            if fine.get("besluit") != "boete":
                continue
            if amount > MOST[str(fine["artikel"])]:
                yield Broken(number, f"The fine {fine['kenmerk']} is {amount}, above the maximum of article {fine['artikel']}.")
            if not fine.get("vernietigd") and fine.get("termijn") in (None, "eerste termijn"):
                total += amount
        if total > CAP:
            yield Broken(number, f"Fines of the first term are {total} together, above {CAP}.")


def no_fine_decided_by_its_reporter(at: Judged) -> Iterator[Broken]:
    """Who wrote the report does not decide the fine, nor release its text, nor assess the view (N-AWB-06)."""
    query = (
        "SELECT instance_key, root_key, element_id, completed_by FROM user_task WHERE process_id = 'boeteprocedure'"
        " AND state = 'COMPLETED' ORDER BY key"
    )
    reporters: dict[int, str] = {}
    for row in at.rows.all(query):
        if row["element_id"] == "taak_rapport_opmaken":
            reporters[row["instance_key"]] = row["completed_by"]
        elif reporters.get(row["instance_key"]) == row["completed_by"] and row["element_id"] != "taak_besluit_bespoedigen":
            yield Broken(_case(at, row), f"{row['completed_by']} reported the breach and did {row['element_id']}.")


def no_message_expired_unseen(at: Judged) -> Iterator[Broken]:
    """No message of a partner went away before a case heard it or somebody dealt with it."""
    handled = {row["subject_key"] for row in at.rows.all("SELECT subject_key FROM audit WHERE action = 'message.handle'")}
    heard = {row["message_key"] for row in at.rows.all("SELECT message_key FROM message_correlation")}
    for row in at.rows.all("SELECT * FROM message WHERE expires <= ? ORDER BY key", kept(at.now)):
        if at.is_from_partner(row["name"]) and row["key"] not in heard | handled:
            yield Broken(row["correlation_key"], f"{row['name']} of {row['published']} expired, and nobody has seen it.")


def no_plan_before_its_notification(at: Judged) -> Iterator[Broken]:
    """No PIP is dated before the day on which DUO told the person of the duty (N-PIP-01)."""
    told = at.rows.values("kennisgeving", "pip-vaststellen")
    for key, signed in at.rows.values("pipDagtekening", "pip-vaststellen").items():
        if signed and told.get(key) and _day(signed) < _day(told[key]):
            yield Broken(at.rows.case_number(key), f"The PIP is dated {signed}, before the kennisgeving of {told[key]}.")


def no_term_moved_without_reason(at: Judged) -> Iterator[Broken]:
    """A last day that became another one has a ground, or something was done, heard or sent in the case at that moment."""
    query = 'SELECT key, root_key, instance_key, name, due, "over" FROM term WHERE state = \'MOVED\' ORDER BY key'
    for row in at.rows.all(query):
        moved = row["over"]
        since = kept(moment(moved) - STEP)
        following = at.rows.all(
            "SELECT ground FROM term WHERE instance_key = ? AND name = ? AND begun = ?", row["instance_key"], row["name"], moved
        )
        acted = at.rows.number(
            "SELECT (SELECT count(*) FROM audit WHERE root_key = ? AND moment BETWEEN ? AND ?)"
            " + (SELECT count(*) FROM document WHERE root_key = ? AND created BETWEEN ? AND ?)",
            row["root_key"], since, moved, row["root_key"], since, moved,
        )  # fmt: skip
        if not acted and not any(one["ground"] for one in following):
            yield Broken(_case(at, row), f"{row['name']} of {row['due']} was moved at {moved}, and nothing says why.")


def no_term_became_shorter(at: Judged) -> Iterator[Broken]:
    """A last day of a person that moved to an earlier one has a ground, or somebody corrected a fact with a reason then."""
    query = 'SELECT root_key, instance_key, name, state, due, ground, begun, "over" FROM term ORDER BY key'
    replaced: dict[tuple[str, str], list[Any]] = {}
    rows = [row for row in at.rows.all(query) if row["name"] in PERSONAL]
    for row in rows:
        if row["state"] in ("MOVED", "ENDED"):
            replaced.setdefault((row["name"], row["over"]), []).append(row)
    for row in rows:
        for old in replaced.get((row["name"], row["begun"]), ()):
            same = old["instance_key"] == row["instance_key"] and old["state"] == "MOVED"
            taken_over = old["root_key"] == row["root_key"] and row["name"] in ONE_PER_CASE and old is not row
            if (same or taken_over) and row["due"] < old["due"] and not row["ground"] and not _corrected(at, row):
                yield Broken(_case(at, row), f"{row['name']} of {old['due']} became {row['due']}, earlier, and nothing says why.")


def _corrected(at: Judged, row: Any) -> bool:
    since = kept(moment(row["begun"]) - STEP)
    query = "SELECT count(*) FROM audit WHERE action = 'variable.correct' AND root_key = ? AND moment BETWEEN ? AND ?"
    return at.rows.number(query, row["root_key"], since, row["begun"]) > 0


def what_a_person_sent_was_heard(at: Judged) -> Iterator[Broken]:
    """What a newcomer sent to a running case was heard by it or handled by somebody while it ran, and within four weeks."""
    heard = {row["message_key"] for row in at.rows.all("SELECT message_key FROM message_correlation")}
    handled = {
        row["subject_key"]: row["moment"]
        for row in at.rows.all("SELECT subject_key, moment FROM audit WHERE action = 'message.handle'")
    }
    cases = at.rows.all('SELECT business_key, start, "end" FROM process_instance WHERE key = root_key ORDER BY key')
    ran = {row["business_key"]: row for row in cases}
    now = kept(at.now)
    for row in at.rows.all("SELECT key, name, correlation_key, published FROM message WHERE name LIKE 'burger.%' ORDER BY key"):
        case = ran.get(_number(row["correlation_key"], ran))
        if row["key"] in heard or case is None or not case["start"] <= row["published"] <= (case["end"] or now):
            continue
        dealt, last = handled.get(row["key"]), kept(moment(row["published"]) + ANSWERED)
        if case["end"] is not None and (dealt or now) > case["end"]:
            yield Broken(case["business_key"], f"{row['name']} of {row['published']} was seen by nobody before the case ended.")
        elif (dealt or now) > last:
            yield Broken(case["business_key"], f"{row['name']} of {row['published']} was seen by nobody in four weeks.")


def _number(key: str, cases: Mapping[str, Any]) -> str:
    """Return the case that a key is about: its number, or a reference that begins with it (``SIM-0001-B1``)."""
    parts = key.split("-")
    return next((number for n in range(len(parts), 0, -1) if (number := "-".join(parts[:n])) in cases), "")


def everybody_was_told(at: Judged) -> Iterator[Broken]:
    """Who has an ended case got one closing letter, made at or after the fact that ended it, unless they died (N-BOE-14)."""
    ended: dict[int, str] = {}
    for start in ENDS:
        for row in at.rows.all("SELECT instance_key, start FROM element_instance WHERE element_id = ? ORDER BY key", start):
            ended[row["instance_key"]] = max(row["start"], ended.get(row["instance_key"], ""))
    query = """
        SELECT i.key, i.root_key FROM process_instance i WHERE i.key = i.root_key AND i.state = 'COMPLETED'
        AND i.process_id IN ('inburgering', 'ondertussengroep')
        AND NOT EXISTS (SELECT 1 FROM element_instance e WHERE e.instance_key = i.key AND e.element_id = 'einde_overleden')"""
    for row in at.rows.all(query):
        fact = ended.get(row["key"])
        made = [
            one["created"]
            for one in at.rows.all("SELECT name, created FROM document WHERE root_key = ? ORDER BY key", row["key"])
            if one["name"].startswith(CLOSING)
        ]
        if not made:
            yield Broken(_case(at, row), "The case is over, and no closing letter went to the person.")
        elif len(made) > 1:
            yield Broken(_case(at, row), f"The case is over, and {len(made)} closing letters went to the person.")
        elif fact is not None and made[0] < fact:
            yield Broken(_case(at, row), f"The closing letter of {made[0]} is from before what ended the case ({fact}).")


def money_adds_up(at: Judged) -> Iterator[Broken]:
    """What was charged is what was paid, waived, annulled and still open, and what was paid is what the bank told."""
    told = _told_by_the_bank(at)
    references = at.rows.values("overtredingKenmerk", "boeteprocedure")
    imposed = {
        references[key]: Decimal(str(amount))
        for key, amount in at.rows.values("boeteBedrag", "boeteprocedure").items()
        if key in references and amount is not None
    }
    checked = {
        row["root_key"]
        for row in at.rows.all(
            "SELECT root_key FROM user_task WHERE state = 'CREATED' AND element_id = 'taak_betaling_controleren'"
        )
    }
    for key, claims in at.rows.values("boeteStanden", "inburgering").items():
        number = at.rows.case_number(key)
        for claim in claims or ():
            yield from _of_claim(number, claim, imposed, None if key in checked else told)


def _of_claim(
    number: str, claim: Mapping[str, Any], imposed: Mapping[str, Decimal], told: Mapping[str, Decimal] | None
) -> Iterator[Broken]:
    reference, sums = claim["kenmerk"], dict.fromkeys((*CHARGED, *ANNULLED, *WAIVED, *PAID), Decimal(0))
    for entry in claim["boekingen"]:
        amount = Decimal(str(entry["bedrag"]))
        parts = sum(Decimal(str(entry[part])) for part in ("hoofdsom", "kosten", "teVeel"))
        if entry["soort"] not in sums:
            yield Broken(number, f"{reference} has an entry of an unknown kind: {entry['soort']}.")
            continue
        if amount != parts:
            yield Broken(number, f"{reference}: {entry['soort']} of {amount} has parts that are {parts} together.")
        sums[entry["soort"]] += amount
    charged, annulled, waived, paid = (sum(sums[kind] for kind in kinds) for kinds in (CHARGED, ANNULLED, WAIVED, PAID))
    still = Decimal(str(claim["saldo"]))
    if charged != still - paid - waived - annulled:
        yield Broken(
            number, f"{reference}: charged {charged}, but paid {-paid}, open {still}, waived {-waived}, annulled {-annulled}."
        )
    if reference in imposed and sums["boete"] != imposed[reference]:
        yield Broken(number, f"{reference}: {imposed[reference]} was imposed, and {sums['boete']} is collected.")
    if told is not None and -sums["betaling"] != told.get(reference, 0):
        yield Broken(number, f"{reference}: the bank told of {told.get(reference, 0)}, and {-sums['betaling']} is booked.")


def _told_by_the_bank(at: Judged) -> dict[str, Decimal]:
    """Return what the bank told and a case heard, by the reference of the fine."""
    found: dict[str, Decimal] = {}
    query = (
        "SELECT correlation_key, variables FROM message WHERE name = 'gemeente.betaling'"
        " AND key IN (SELECT message_key FROM message_correlation)"
    )
    for row in at.rows.all(query):
        amount = Decimal(str(load(row["variables"])["betaaldBedrag"]))
        found[row["correlation_key"]] = found.get(row["correlation_key"], Decimal(0)) + amount
    return found


def no_lost_task(at: Judged) -> Iterator[Broken]:
    """Each open task can be done by somebody who works here."""
    for lost in at.lost_tasks():
        yield Broken(lost.task.business_key, f"{lost.task.name} can be done by nobody: {lost.reason}")


def _case(at: Judged, row: Any) -> str:
    return at.rows.case_number(row["root_key"])


def _day(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])


INVARIANTS: tuple[Invariant, ...] = (
    no_incident,
    every_case_goes_on,
    no_fine_before_the_view,
    no_fine_too_high,
    no_fine_decided_by_its_reporter,
    no_message_expired_unseen,
    no_plan_before_its_notification,
    no_term_moved_without_reason,
    no_term_became_shorter,
    what_a_person_sent_was_heard,
    everybody_was_told,
    money_adds_up,
    no_lost_task,
)
