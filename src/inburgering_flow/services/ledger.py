"""The ledger of budgets: what was granted, what is tied up in obligations, what was spent, and what is left.

Each entry moves money between accounts, so the sum over all accounts is always zero. An entry is never changed: a wrong one is
undone by another one, with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from inburgering_flow.clock import legal_day
from inburgering_flow.errors import Conflict, InvalidInput, NotFound
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import permissions
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.plugin import Budget
from inburgering_flow.services.again import again
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.context import Context
from inburgering_flow.services.reasons import checked_reason
from inburgering_flow.services.submissions import made_once
from inburgering_flow.store import cases, ledger
from inburgering_flow.store.database import Unit
from inburgering_flow.store.ledger import EntryRow

SIZE = 50
SOURCE, FREE, TIED, SPENT = "source", "free", "tied", "spent"
MOST_OBLIGATIONS = 1_000  # to choose from
GRANT, OBLIGATION, INVOICE, RELEASE, REFUND, UNDO = "grant", "obligation", "invoice", "release", "refund", "undo"
RETURN, CARRY_OUT, CARRY_IN = "return", "carry_out", "carry_in"
KINDS: Mapping[str, tuple[str, str, str]] = {
    GRANT: (N_("Granted"), SOURCE, FREE), OBLIGATION: (N_("Obligation"), FREE, TIED), INVOICE: (N_("Invoice"), FREE, SPENT),
    RELEASE: (N_("Release of an obligation"), TIED, FREE), REFUND: (N_("Money that came back"), SPENT, FREE),
    RETURN: (N_("Given back to who granted it"), FREE, SOURCE), CARRY_OUT: (N_("Kept for the next year"), FREE, SOURCE),
    CARRY_IN: (N_("Kept from the year before"), SOURCE, FREE),
}  # fmt: skip
"""What an entry is → its name, and from which account to which the money goes."""
MOST = 10**13  # cents
FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST = 500


@dataclass(frozen=True)
class Line:
    """A budget in a year, in cents."""

    budget: Budget
    year: int
    granted: int
    tied: int
    spent: int

    @property
    def left(self) -> int:
        """What is neither tied up nor spent; below zero where there is too much of both."""
        return self.granted - self.tied - self.spent


@dataclass(frozen=True)
class Wanted:
    """An entry that is to be written."""

    budget: str
    kind: str
    cents: int
    year: int
    day: date
    description: str
    reference: str = ""
    settles: int | None = None


@dataclass(frozen=True)
class Entry:
    """An entry as a page shows it: ``open`` is what is left of an obligation; ``is_undone`` says that another one undid it."""

    row: EntryRow
    title: str
    open: int
    is_undone: bool


class Ledger:
    """Use cases about the money of budgets."""

    def __init__(self, context: Context, access: CaseAccess) -> None:
        self.context = context
        self.access = access

    def lines(self, actor: Actor) -> list[Line]:
        """Return each budget in each year that has entries, the newest year first."""
        actor.require(permissions.MONEY_READ)
        with self.context.db.read() as unit:
            found = ledger.balances(unit)
        known = self.context.domain.budgets
        lines = [
            Line(known[id], year, -sums.get(SOURCE, 0), sums.get(TIED, 0), sums.get(SPENT, 0))
            for (id, year), sums in found.items() if id in known
        ]  # fmt: skip
        return sorted(lines, key=lambda line: (-line.year, line.budget.title))

    def entries(self, budget: str, year: int, actor: Actor, start: int = 0, size: int = SIZE) -> Page[Entry]:
        """Return a page of the entries of a budget in a year, the newest first."""
        actor.require(permissions.MONEY_READ)
        self._budget(budget)
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise NotFound(_("The year is not one that a budget can have."), remedy=_("Choose one from the list."))
        with self.context.db.read() as unit:
            rows, total = ledger.page(unit, budget, year, start, size)
            shown = self._shown(unit, rows)
        return Page(shown, start, total, size)

    def open_obligations(self, budget: str, year: int, actor: Actor) -> list[Entry]:
        """Return the obligations of a budget in a year of which something is left, the newest first, at most 1,000."""
        actor.require(permissions.MONEY_READ)
        with self.context.db.read() as unit:
            rows = ledger.obligations(unit, budget, year, OBLIGATION, MOST_OBLIGATIONS)
            return [one for one in self._shown(unit, rows) if one.open > 0]

    def of_case_in(self, unit: Unit, root_key: int, actor: Actor, start: int = 0, size: int = SIZE) -> Page[Entry]:
        """Return a page of the entries that are for a case which the actor has been let into, the newest first."""
        actor.require(permissions.MONEY_READ)
        rows, total = ledger.of_case(unit, root_key, start, size)
        return Page(self._shown(unit, rows), start, total, size)

    def _shown(self, unit: Unit, rows: Sequence[EntryRow]) -> list[Entry]:
        undone = ledger.undone_among(unit, [row.key for row in rows if row.kind != UNDO])
        tied = {row.key for row in rows if row.kind == OBLIGATION and row.key not in undone}
        taken = ledger.settled_of(unit, tied)
        left = {row.key: row.cents - taken.get(row.key, 0) for row in rows if row.key in tied}
        return [
            Entry(
                row, _("Undone") if row.kind == UNDO else _(KINDS[row.kind][0]), left.get(row.key, 0), row.key in undone
            )
            for row in rows
        ]  # fmt: skip

    @again
    def post(
        self, budget: str, kind: str, cents: int, actor: Actor, *, year: int, day: date, description: str, reference: str = "",
        settles: int | None = None, case: str = "", once: str = "",
    ) -> int:  # fmt: skip
        """Write an entry down; return its key. ``once`` is the form's token: sent again it writes nothing.

        An invoice that ``settles`` an obligation takes from what is tied up, a release needs one. ``case`` is the name of the
        case that it is for. Raises InvalidInput for what does not fit, Conflict where an obligation has less left.
        """
        actor.require(permissions.MONEY)
        wanted = Wanted(budget, kind, cents, year, day, description, reference, settles)
        with self.context.db.write() as unit:

            def make() -> int:
                return self.post_in(unit, wanted, actor, root_key=self._case(unit, case, actor))

            return made_once(self.context, unit, "money", once, actor, make)

    def post_in(self, unit: Unit, wanted: Wanted, actor: Actor, *, root_key: int | None) -> int:
        """Write an entry inside an open unit; return its key. Raises as ``post`` does."""
        actor.require(permissions.MONEY)
        self._check(wanted)
        ledger.hold(unit, wanted.budget, wanted.year)
        _name, source, target = KINDS[wanted.kind]
        if wanted.settles is not None or wanted.kind == RELEASE:
            source = self._settled_from(unit, wanted)
        row = EntryRow(
            self.context.keys.next(), wanted.budget, wanted.year, wanted.kind, wanted.cents, wanted.day,
            wanted.description.strip(), wanted.reference.strip(), self.context.clock.now(), actor.username, root_key,
            wanted.settles,
        )  # fmt: skip
        ledger.add(unit, row, [(source, -wanted.cents), (target, wanted.cents)])
        self.context.log(
            unit, actor.username, "money.post", root_key=root_key, subject_key=row.key,
            detail={"name": f"{wanted.budget} {wanted.year}", "kind": wanted.kind, "cents": wanted.cents},
        )  # fmt: skip
        return row.key

    @again
    def undo(self, key: int, reason: str, actor: Actor) -> int:
        """Undo an entry by one that moves its money back, with a reason; return the key of that one.

        Raises Conflict where it was undone already, or is an obligation of which something was taken.
        """
        actor.require(permissions.MONEY)
        said = checked_reason(reason)
        with self.context.db.write() as unit:
            row = ledger.get(unit, key)
            if row is None or row.kind == UNDO:
                raise NotFound(_("There is no such entry."), remedy=_("Look at the list again."))
            ledger.hold(unit, row.budget, row.year)
            if ledger.reversed_by(unit, key) is not None:
                raise Conflict(_("This entry was undone already."), remedy=_("Look at the list again."))
            if row.kind == OBLIGATION and ledger.settled(unit, key):
                raise Conflict(
                    _("Something was paid or released of this obligation already."), remedy=_("Undo those entries first.")
                )
            new = EntryRow(
                self.context.keys.next(), row.budget, row.year, UNDO, row.cents, legal_day(self.context.clock.now()), said, "",
                self.context.clock.now(), actor.username, row.root_key, None, key,
            )  # fmt: skip
            ledger.add(unit, new, [(account, -cents) for account, cents in ledger.postings(unit, key)])
            self.context.log(
                unit, actor.username, "money.undo", root_key=row.root_key, subject_key=key, detail={"reason": said}
            )
            return new.key

    def _check(self, wanted: Wanted) -> None:
        self._budget(wanted.budget)
        today = legal_day(self.context.clock.now())
        problems = [
            (wanted.kind not in KINDS, _("Choose what kind of entry it is.")),
            (not 0 < wanted.cents <= MOST, _("The amount must be more than zero.")),
            (not FIRST_YEAR <= wanted.year <= LAST_YEAR, _("The year is not one that a budget can have.")),
            (wanted.day > today, _("The day must not be in the future.")),
            (not wanted.description.strip(), _("Write down what it is for.")),
            (max(len(wanted.description), len(wanted.reference)) > LONGEST,
             _("A text has at most {most} characters.").format(most=LONGEST)),
        ]  # fmt: skip
        said = [text for wrong, text in problems if wrong]
        if said:
            raise InvalidInput(" ".join(said), remedy=_("Change the answers and send them again."))

    def _budget(self, id: str) -> Budget:
        found = self.context.domain.budgets.get(id)
        if found is None:
            raise NotFound(_("There is no such budget."), remedy=_("Choose one from the list."))
        return found

    def _settled_from(self, unit: Unit, wanted: Wanted) -> str:
        """Return the account that money for an obligation comes from; raises where the obligation does not have it."""
        row = ledger.get(unit, wanted.settles) if wanted.settles is not None else None
        fits = row is not None and (row.budget, row.year, row.kind) == (wanted.budget, wanted.year, OBLIGATION)
        if wanted.kind not in (INVOICE, RELEASE) or row is None or not fits:
            raise InvalidInput(
                _("This needs an obligation of the same budget and year."), remedy=_("Choose the obligation from the list.")
            )
        if ledger.reversed_by(unit, row.key) is not None:
            raise Conflict(_("This obligation was undone."), remedy=_("Look at the list again."))
        left = row.cents - ledger.settled(unit, row.key)
        if wanted.cents > left:
            raise Conflict(
                _("Of this obligation {left} is left.").format(left=in_euros(left)),
                remedy=_("Write a smaller amount, or a second entry for the rest."),
            )
        return TIED

    def _case(self, unit: Unit, name: str, actor: Actor) -> int | None:
        if not name.strip():
            return None
        found = cases.by_name(unit, name.strip())
        if found is None:
            raise NotFound(_("There is no case with this name."), remedy=_("Leave it empty, or look the name up."))
        self.access.check_in(unit, found.key, actor)
        return found.key


def in_euros(cents: int) -> str:
    """Return an amount as it is written: ``€ 1.234,50``."""
    whole, rest = divmod(abs(cents), 100)
    return f"€ {'-' if cents < 0 else ''}{whole:,}".replace(",", ".") + f",{rest:02d}"
