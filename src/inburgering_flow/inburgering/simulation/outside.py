"""Everybody who is not staff: DUO, COA, the BRP, the bank, the court and the newcomers themselves.

What a case waits for, and letters that went out, are what they answer to: late, sometimes twice, sometimes with a date that
cannot be right, sometimes about a case that does not exist. Staff record what comes by post or telephone as a notice; half of
DUO's signals come in by themselves, as through a connector.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from inburgering_flow.errors import Conflict, Forbidden, InvalidInput, NotFound
from inburgering_flow.inburgering.simulation.population import Newcomer
from inburgering_flow.inburgering.simulation.rows import Rows, load
from inburgering_flow.inburgering.simulation.shares import Draw
from inburgering_flow.inburgering.simulation.staff import Staff
from inburgering_flow.services.messages import AlreadySent
from inburgering_flow.services.notices import Refused

NOWHERE = 11
"""Every so many days a signal comes about a case that does not exist."""


@dataclass(order=True)
class Message:
    """What somebody will tell the municipality on a day; ``wrong`` is a date in it that cannot be right, told first."""

    day: date
    order: int
    name: str = field(compare=False)
    case: str = field(compare=False)
    key: str = field(compare=False)
    values: Mapping[str, str] = field(compare=False)
    wrong: str = field(compare=False, default="")
    once: str = field(compare=False, default="")


@dataclass(frozen=True)
class Heard:
    """What somebody outside answers to: a message that a case waits for, or a letter that it sent."""

    newcomer: Newcomer
    root: int
    key: str
    draw: Draw
    today: date


Plan = tuple[str, int, Mapping[str, str]]
"""A message, in how many days, and what it says."""
Reaction = Callable[["Outside", Heard], list[Plan]]


class Outside:
    """Who answers, and what they still have to say."""

    def __init__(self, platform: Any, rows: Rows, staff: Staff, seed: int) -> None:
        self.platform = platform
        self.rows = rows
        self.staff = staff
        self.seed = seed
        self.agenda: list[Message] = []
        self.counted = 0
        self.seen_waits = 0
        self.seen_letters = 0
        self.known: dict[str, int] = {}
        self.said: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        """What became of it: gehoord, niet gehoord, geweigerd, eerder gemeld, niemand mag het melden."""

    def expect(self, newcomer: Newcomer, root: int) -> None:
        """Plan what happens in somebody's life, whatever the case does."""
        self.known[newcomer.case] = root
        draw = Draw(self.seed, newcomer.number, "life")
        for day, name in newcomer.happenings:
            self._plan(newcomer, day, name, newcomer.case, {}, draw)
        leaves = newcomer.leaves_reception
        if leaves is not None:
            without = draw.happens("uitstroom zonder BRP-datum")
            values = {} if without else {"brpDatum": leaves.isoformat()}
            self._plan(newcomer, leaves, "coa.uitstroom", newcomer.case, values, draw)
            if without:
                registered = leaves + timedelta(days=draw.number("BRP na uitstroom"))
                values = {"brpDatum": registered.isoformat()}
                self._plan(newcomer, registered, "gemeente.brp-inschrijving", newcomer.case, values, draw)
        if draw.happens("informatie van een derde nodig"):
            asked = newcomer.arrives + timedelta(days=draw.number("informatie van derde gevraagd na begin"))
            got = asked + timedelta(days=draw.number("informatie van derde ontvangen"))
            ground = {"informatieDerdenGrond": "Diploma, gevraagd bij een verzonnen school."}
            self._plan(newcomer, asked, "gemeente.informatie-gevraagd", newcomer.case, ground, draw)
            values = {"informatieDerdenOntvangen": got.isoformat()}
            self._plan(newcomer, got, "gemeente.informatie-derden", newcomer.case, values, draw)

    def _plan(
        self, newcomer: Newcomer, day: date, name: str, key: str, values: Mapping[str, str], draw: Draw
    ) -> None:  # fmt: skip
        dates = [field for field, value in values.items() if _is_date(value)]
        wrong = dates[0] if dates and draw.happens("datum eerst verkeerd") else ""
        self._add(Message(day, self._next(), name, newcomer.case, key, values, wrong, f"{self.counted}"))
        if draw.happens("bericht komt twee keer"):
            again = day + timedelta(days=draw.number("tweede keer hetzelfde bericht"))
            once = f"{self.counted}" if draw.random.random() < 0.5 else f"{self.counted}b"
            self._add(Message(again, self._next(), name, newcomer.case, key, values, "", once))

    def _next(self) -> int:
        self.counted += 1
        return self.counted

    def _add(self, message: Message) -> None:
        heapq.heappush(self.agenda, message)

    # -- what they react to ----------------------------------------------------------------------------------------

    def listen(self, today: date) -> None:
        """Let everybody see what is waited for, and what was sent, since yesterday."""
        waits = self.rows.all(
            "SELECT s.key, s.root_key, s.name, s.correlation_key, i.business_key FROM subscription s"
            " JOIN process_instance i ON i.key = s.root_key WHERE s.kind = 'message' AND s.key > ? ORDER BY s.key",
            self.seen_waits,
        )  # fmt: skip
        for row in waits:
            self.seen_waits = row["key"]
            self._react(ON_WAIT.get(row["name"]), row["name"], row, row["correlation_key"], today)
        letters = self.rows.all(
            "SELECT d.key, d.root_key, d.instance_key, d.name, i.business_key FROM document d"
            " JOIN process_instance i ON i.key = d.root_key WHERE d.key > ? ORDER BY d.key", self.seen_letters,
        )  # fmt: skip
        for row in letters:
            self.seen_letters = row["key"]
            kind = next((kind for kind in ON_LETTER if row["name"].startswith(kind)), "")
            if kind:
                reference = self._variable(row["instance_key"], "overtredingKenmerk") or ""
                self._react(ON_LETTER[kind], kind, row, str(reference), today)

    def _react(self, reaction: Reaction | None, what: str, row: Any, key: str, today: date) -> None:
        if reaction is None or row["business_key"] not in self.staff.newcomers:
            return
        newcomer = self.staff.newcomers[row["business_key"]]
        number = self.said[f"{newcomer.case} {what}"]
        self.said[f"{newcomer.case} {what}"] += 1
        heard = Heard(newcomer, row["root_key"], key, Draw(self.seed, newcomer.number, what, number), today)
        addressed = key if what in ON_WAIT and key else newcomer.case  # who answers a letter writes to the case
        for name, days, values in reaction(self, heard):
            self._plan(newcomer, today + timedelta(days=days), name, addressed, values, heard.draw)

    def _variable(self, instance: int, name: str) -> Any:
        found = self.rows.all("SELECT value FROM variable WHERE scope_key = ? AND name = ?", instance, name)
        return load(found[0]["value"]) if found else None

    def latest(self, root: int, name: str) -> Any:
        """Return the newest value of a variable anywhere in a case."""
        query = (
            "SELECT v.value FROM variable v JOIN process_instance i ON i.key = v.instance_key WHERE i.root_key = ?"
            " AND v.name = ? AND v.value != 'null' ORDER BY i.key DESC LIMIT 1"
        )
        found = self.rows.all(query, root, name)
        return load(found[0]["value"]) if found else None

    # -- telling it ------------------------------------------------------------------------------------------------

    def act(self, today: date) -> None:
        """Let everybody say what they have to say today."""
        while self.agenda and self.agenda[0].day <= today:
            message = heapq.heappop(self.agenda)
            self._tell(message, today)
            self.staff.tick()
        if today.toordinal() % NOWHERE == 0:
            self.platform.publish("duo.SS131", correlation_key=f"SIM-X{today.toordinal()}", variables={"lbtUitslag": "onbekend"})
            self.outcomes["voor een zaak die niet bestaat"] += 1

    def _tell(self, message: Message, today: date) -> None:
        values = {name: _fill(value, today) for name, value in message.values.items()}
        if message.wrong:
            values[message.wrong] = (today + timedelta(days=800 * 10)).isoformat()
        arrives_by_itself = message.name.startswith("duo.") and message.order % 2 == 0 and not message.wrong
        root = self.known[message.case]
        try:
            if arrives_by_itself or message.name not in self.platform.context.domain.notices:
                self._by_itself(message, values)
            else:
                self._record(root, message, values)
        except Refused:
            self.outcomes["geweigerd: antwoord klopt niet"] += 1
            if message.wrong:
                wait = Draw(self.seed, message.order, "mended").number("verkeerde datum hersteld na")
                day = today + timedelta(days=wait)
                self._add(Message(day, self._next(), message.name, message.case, message.key, message.values, "", message.once))
        except AlreadySent:
            self.outcomes["was al gemeld"] += 1
        except Conflict:
            self.outcomes[f"de zaak wacht niet op {message.name}"] += 1
        except InvalidInput:
            self.outcomes[f"onduidelijk voor welke procedure: {message.name}"] += 1

    def _by_itself(self, message: Message, values: Mapping[str, str]) -> None:
        """Let a message come in as through a connector."""
        sent = self.platform.publish(
            message.name, correlation_key=message.key, variables=values, message_id=f"sim-{message.once}"
        )
        self.outcomes["gehoord" if sent.instance_keys else "niet gehoord"] += 1

    def _record(self, root: int, message: Message, values: Mapping[str, str]) -> None:
        """Let somebody who may do so record it: who leads the case first."""
        notice = self.platform.context.domain.notices[message.name]
        [row] = self.rows.all("SELECT owner FROM process_instance WHERE key = ?", root)
        able = [a for a in self.staff.actors.values() if notice.roles & set(a.roles)]
        for actor in sorted(able, key=lambda a: a.username != row["owner"]):
            try:
                offered = self.platform.services.notices.open(root, message.name, actor).keys
            except (NotFound, Forbidden):  # does not see this case
                continue
            if offered and message.key not in offered:  # about a procedure that is over: the page does not offer it
                self._by_itself(message, values)
                return
            reference = message.key if message.key in offered else ""
            given = self.platform.services.notices.give(
                root, message.name, values, actor, reference=reference, once=message.once
            )
            self.outcomes["gehoord" if given.is_heard else "niet gehoord"] += 1
            return
        self.outcomes[f"niemand mag het melden: {message.name}"] += 1


def _is_date(value: str) -> bool:
    return len(value) == 10 and value[4:5] == "-"


def _fill(value: str, today: date) -> str:
    """Return what is said on the day itself: ``vandaag`` is that day."""
    return today.isoformat() if value == "vandaag" else value


# -- how they react ---------------------------------------------------------------------------------------------------


def _chance(name: str, span: str, *plans: tuple[str, Mapping[str, str]]) -> Reaction:
    """React with these messages, if ``name`` happens, after a time within ``span``."""

    def react(_outside: Outside, heard: Heard) -> list[Plan]:
        if not heard.draw.happens(name):
            return []
        days = heard.draw.number(span)
        return [(message, days, values) for message, values in plans]

    return react


def _test_result(_outside: Outside, heard: Heard) -> list[Plan]:
    can = heard.newcomer.route != "Z"
    result = "B1-route haalbaar" if can else "B1-route niet haalbaar"
    return [("duo.SS131", heard.draw.number("uitslag leerbaarheidstoets"), {"lbtUitslag": result})]


def _term_begins(outside: Outside, heard: Heard) -> list[Plan]:
    signed = date.fromisoformat(str(outside.latest(heard.root, "pipDagtekening"))[:10])
    first = signed + timedelta(days=1)
    end = first.replace(year=first.year + 3, day=min(first.day, 28))
    plans: list[Plan] = [("duo.SS102", heard.draw.number("begin van de termijn (SS102)"), {"termijnEinde": end.isoformat()})]
    if heard.draw.happens("termijn verlengd"):
        later = end + timedelta(days=180)
        name = heard.draw.random.choice(["duo.SS103", "duo.SS104"])
        days = heard.draw.number("verlenging na begin van de termijn")
        plans.append((name, days, {"termijnEinde": later.isoformat()}))
    return plans


def _pays(outside: Outside, heard: Heard) -> list[Plan]:
    claims = outside.latest(heard.root, "boeteStanden") or ()
    owed = next((Decimal(str(one["saldo"])) for one in claims if one["kenmerk"] == heard.key), Decimal(0))
    how, days = heard.draw.one("betaalt"), heard.draw.number("betaling na boete")
    if how == "niet" or owed <= 0:
        return []
    parts = {"ineens": [owed], "te veel": [owed + 5], "in delen": [owed / 2, owed - owed / 2]}[how]
    plans: list[Plan] = []
    for part in parts:
        euros = f"{part.quantize(Decimal('0.01')):f}"
        plans.append(("gemeente.betaling", days, {"betaaldBedrag": euros, "bijgeschrevenOp": "vandaag"}))
        days += heard.draw.number("tweede deel van betaling")
    return plans


def _asks_about_payment(_outside: Outside, heard: Heard) -> list[Plan]:
    if not heard.draw.happens("vraagt uitstel of kwijtschelding"):
        return []
    kind = heard.draw.random.choice(["uitstel", "betalingsregeling", "kwijtschelding"])
    values = {"verzoekSoort": kind, "verzoekTekst": "Verzonnen verzoek van niemand."}
    return [("burger.betaalverzoek", heard.draw.number("betaalverzoek na boete"), values)]


def _objects(chance: str, kind: str) -> Reaction:
    def react(_outside: Outside, heard: Heard) -> list[Plan]:
        if not heard.draw.happens(chance):
            return []
        days = heard.draw.number("bezwaar na besluit")
        posted = heard.today + timedelta(days=days - heard.draw.number("bezwaar is onderweg"))
        values = {
            "besluitSoort": kind, "besluitKenmerk": heard.key, "bezwaarOntvangenOp": "vandaag", "bezwaarWijze": "post",
            "bezwaarGepostOp": posted.isoformat(),
        }  # fmt: skip
        return [("burger.bezwaar", days, values)]

    return react


ON_WAIT: Mapping[str, Reaction] = {
    "duo.SS131": _test_result,
    "duo.SS102": _term_begins,
    "burger.zienswijze": _chance(
        "zienswijze", "zienswijze na voornemen", ("burger.zienswijze", {"zienswijze": "Verzonnen zienswijze."})
    ),
    "gemeente.alsnog-nagekomen": _chance(
        "alsnog nagekomen", "alsnog nagekomen na waarschuwing", ("gemeente.alsnog-nagekomen", {})
    ),
    "burger.bezwaar-aangevuld": _chance(
        "vult bezwaar aan", "aanvulling van bezwaar", ("burger.bezwaar-aangevuld", {"aanvulling": "Verzonnen gronden."})
    ),
    "burger.bezwaar-ingetrokken": _chance("trekt bezwaar in", "intrekking van bezwaar", ("burger.bezwaar-ingetrokken", {})),
    "burger.ziet-af-van-horen": _chance(
        "ziet af van horen", "ziet af van horen na uitnodiging", ("burger.ziet-af-van-horen", {})
    ),
    "burger.ingebrekestelling": _chance(
        "stelt in gebreke", "ingebrekestelling na bezwaar", ("burger.ingebrekestelling", {})
    ),
    "burger.beroep": _chance("beroep", "beroep na beslissing", ("burger.beroep", {})),
    "rechtbank.uitspraak": lambda _outside, heard: [("rechtbank.uitspraak", heard.draw.number("uitspraak na beroep"), {})],
    "gemeente.betaling": _pays,
    "burger.betaalverzoek": _asks_about_payment,
}
"""Message that a case waits for → what comes of it. What is not here nobody outside answers to."""
ON_LETTER: Mapping[str, Reaction] = {
    "boetebeschikking": _objects("bezwaar tegen boete", "boete"),
    "pip-beschikking": _objects("bezwaar tegen PIP", "pip"),
}
"""How the name of a letter begins → what comes of it."""
