"""The staff of the fictitious municipality: accounts with roles, who work through the tasks that they may do, so many a day."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from inburgering_flow.clock import legal_day
from inburgering_flow.errors import Conflict, FlowError, Forbidden, InvalidInput, InvalidSubmission, NotFound
from inburgering_flow.inburgering.simulation.answers import Later, Situation, filled_in
from inburgering_flow.inburgering.simulation.population import Newcomer
from inburgering_flow.inburgering.simulation.rows import Rows, day_of
from inburgering_flow.inburgering.simulation.shares import Draw
from inburgering_flow.model.permissions import Actor

LOCATIONS = ("AZC Voorbeeldstad", "AZC Proefdorp")
A_DAY = 14
"""Tasks that one person gets done on a working day."""
ATTEMPTS, PATIENCE = 6, 10
"""How often a refused form is answered anew on one day, and on how many days before it counts as one that nobody can answer."""
TEAM: tuple[tuple[str, int, int], ...] = (
    ("klantmanager", 2, 60), ("handhaver", 1, 400), ("jurist", 3, 200), ("teammanager", 2, 200), ("regievoerder", 1, 1000),
    ("financieel-medewerker", 1, 500), ("consulent", 1, 500), ("begeleider", 1, 500), ("taalaanbieder", 1, 500),
)  # fmt: skip
"""Role, how many there are at least, and for how many newcomers there is one."""


@dataclass(frozen=True)
class Unanswered:
    """A form that could not be answered in a way that the platform takes."""

    task: int
    form: str
    says: str


class Staff:
    """Who works here, and what they do on a day."""

    def __init__(self, platform: Any, rows: Rows, seed: int, newcomers: Mapping[str, Newcomer]) -> None:
        self.platform = platform
        self.rows = rows
        self.seed = seed
        self.newcomers = newcomers
        self.actors: dict[str, Actor] = {}
        self.not_before: dict[int, date] = {}
        self.tried: Counter[int] = Counter()
        self.done: Counter[str] = Counter()
        """Tasks done, by role."""
        self.refused: Counter[str] = Counter()
        """What the platform refused: its code → how often."""

    def hire(self) -> None:
        """Make the accounts: a team that grows with the number of newcomers."""
        accounts = self.platform.services.accounts
        for role, least, one_for in TEAM:
            for number in range(1, max(least, -(-len(self.newcomers) // one_for)) + 1):
                self._account(accounts, f"{role}-{number}", role, None)
        for number, location in enumerate(LOCATIONS, 1):
            self._account(accounts, f"coa-{number}", "coa-medewerker", location)

    def _account(self, accounts: Any, username: str, role: str, location: str | None) -> None:
        accounts.save(username, display_name=username, password=secrets.token_urlsafe(), roles=(role,), location=location)
        self.actors[username] = accounts.actor(accounts.get(username))

    def with_role(self, role: str) -> list[Actor]:
        """Return who has a role."""
        return [actor for actor in self.actors.values() if role in actor.roles]

    def work(self, today: date) -> Iterator[Unanswered]:
        """Let everybody work a day; yields forms that could not be answered for days."""
        left = dict.fromkeys(self.actors, A_DAY)
        while todo := self._todo(today):
            progressed = False
            for row in todo:
                able = self._able(row, left)
                if not able:
                    continue
                outcome = self._do(row, able, left, today)
                progressed = progressed or outcome is None
                if isinstance(outcome, Unanswered):
                    yield outcome
            if not progressed:  # else: what a task brought forth may be done on the same day
                return

    def _todo(self, today: date) -> list[Any]:
        query = (
            "SELECT t.key, t.root_key, t.definition_key, t.element_id, t.form_id, t.candidate_groups, t.created, i.owner,"
            " i.business_key FROM user_task t JOIN process_instance i ON i.key = t.root_key"
            " WHERE t.state = 'CREATED' ORDER BY t.sort_due, t.key"
        )
        return [row for row in self.rows.all(query) if self.not_before.get(row["key"], today) <= today]

    def _able(self, row: Any, left: Mapping[str, int]) -> list[Actor]:
        groups = set(row["candidate_groups"].split(","))
        able = [a for name, a in self.actors.items() if left[name] > 0 and groups & set(a.roles)]
        turn = (self.newcomers[row["business_key"]].number + len(row["element_id"])) % len(able) if able else 0
        return sorted(able[turn:] + able[:turn], key=lambda a: a.username != row["owner"])

    def _do(self, row: Any, able: list[Actor], left: dict[str, int], today: date) -> Unanswered | bool | None:
        """Return None when it was done, False when nobody did it now, or why it cannot be answered."""
        tasks = self.platform.services.user_tasks
        for actor in able:
            try:
                asked = tasks.asked_of(row["key"], actor, doing=True)
                said = self._answer(row, asked, actor, today)
            except (Forbidden, NotFound) as error:  # another role's case, or an earlier step of the same person
                self.refused[error.code] += 1
                continue
            except Conflict as error:  # what an earlier act of today has brought about
                self.refused[error.code] += 1
                return False
            if said is None:
                left[actor.username] -= 1
                self.done[actor.roles[0]] += 1
                self.not_before.pop(row["key"], None)
            return said
        self.not_before[row["key"]] = today + timedelta(days=1)
        return False

    def _answer(self, row: Any, asked: Any, actor: Actor, today: date) -> Unanswered | bool | None:
        newcomer = self.newcomers[row["business_key"]]
        ranges = self.platform.context.catalog.ranges_of(row["definition_key"])
        problem = ""
        for attempt in range(ATTEMPTS):
            draw = Draw(self.seed, newcomer.number, row["element_id"], day_of(row["created"]), today, attempt)
            at = Situation(newcomer, draw, today, day_of(row["created"]), asked.variables)
            given = filled_in(asked.schema, row["form_id"], at, ranges)
            if isinstance(given, Later):
                self.not_before[row["key"]] = given.day
                return False
            try:
                self.platform.services.user_tasks.complete(row["key"], given, user=actor.username, actor=actor)
            except InvalidSubmission as error:
                problem = str(error)
                continue
            except InvalidInput as error:
                problem = str(error)
                continue
            self.tick()
            return None
        self.refused["form"] += 1
        self.tried[row["key"]] += 1
        self.not_before[row["key"]] = today + timedelta(days=1)
        return Unanswered(row["key"], row["form_id"], problem) if self.tried[row["key"]] >= PATIENCE else False

    def tick(self) -> None:
        """Let a moment pass, and what is due be done."""
        self.platform.clock.advance(seconds=10)
        self.platform.run_due()

    def begin(self, newcomer: Newcomer, today: date) -> None:
        """Enter the case of somebody of whom DUO said that they have to integrate."""
        able = self.with_role("klantmanager")
        actor = able[newcomer.number % len(able)]
        first, last = newcomer.name
        lives_in_reception = newcomer.leaves_reception is not None and newcomer.leaves_reception > today
        registered = "" if lives_in_reception else (newcomer.notified - timedelta(days=newcomer.number % 15)).isoformat()
        given = {
            "voornamen": first, "achternaam": last, "bsn": newcomer.bsn, "straat": f"Voorbeeldlaan {newcomer.number}",
            "postcode": "1234 AB", "woonplaats": "Voorbeeldstad",
            "geboortedatum": newcomer.notified.replace(year=newcomer.notified.year - newcomer.age, day=1).isoformat(),
            "dossiernummer": newcomer.case, "doelgroep": newcomer.group, "kennisgeving": newcomer.notified.isoformat(),
            "brpDatum": registered, "inCoa": "ja" if lives_in_reception else "",
            "locatie": LOCATIONS[newcomer.number % len(LOCATIONS)] if lives_in_reception else "",
        }  # fmt: skip
        self.platform.services.case_starts.start("inburgering", given, actor)
        self.tick()

    def clear_unheard(self, today: date) -> int:
        """Let the regievoerder deal with partners' messages that no case has heard for a fortnight; return how many."""
        [actor, *_] = self.with_role("regievoerder")
        messages, handled = self.platform.services.messages, 0
        for one in messages.unheard(actor).rows:
            if legal_day(one.published) <= today - timedelta(days=14):
                try:
                    messages.handle(one.key, "Uitgezocht: er is geen lopende zaak die dit moet weten.", actor)
                except FlowError as error:
                    self.refused[error.code] += 1
                    continue
                handled += 1
        return handled
