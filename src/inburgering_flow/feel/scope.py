"""The surroundings of one evaluation: the clock, the functions, the limits, the warnings, and its variables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from inburgering_flow.clock import SystemClock, computing, monotonic
from inburgering_flow.feel.errors import FeelError, FeelWarning, NullError
from inburgering_flow.feel.values import Function, from_plain
from inburgering_flow.i18n import N_, Said

MISSING: Any = object()
MAX_WARNINGS = 100
ROUNDS_A_LOOK = 500
_SHORTER = Said(N_("Shorten what is put together, or do the work in a job."))
_MORE = Said(N_("Further warnings were left out."))


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one evaluation may go before it stops with ``FEEL_LIMIT``.

    ``iterations`` counts rounds of loops, filters and quantifiers and calls; ``calls`` is the depth of calls inside
    calls; ``items`` and ``characters`` bound one list and one string; ``seconds`` bound the whole, checked every 500
    rounds.
    """

    iterations: int = 1_000_000
    calls: int = 100
    items: int = 1_000_000
    characters: int = 5_000_000
    seconds: float = 10.0


class Total:
    """What is left for all evaluations of one step together: rounds, and seconds that its thread computes.

    ``is_exceeded`` says afterwards whether they took more. It belongs to the thread that made it.
    """

    __slots__ = ("_rounds", "_seconds", "_until", "is_exceeded", "left")

    def __init__(self, rounds: int, seconds: float) -> None:
        self._rounds, self._seconds = rounds, seconds
        self._until = computing() + seconds
        self.left = rounds
        self.is_exceeded = False

    def take(self, rounds: int = 0) -> None:
        """Count rounds; raises ``FeelError`` when there were too many together, or they took too long."""
        self.left -= rounds
        if self.left < 0 or computing() > self._until:
            self.is_exceeded = True
            raise self.exceeded()

    def is_spent(self, other: Total) -> bool:
        """Count the rounds that another total has used, without refusing; tell whether nothing is left of this one."""
        self.left -= other._rounds - other.left
        return self.left < 0 or computing() > self._until

    def exceeded(self) -> FeelError:
        """Return the error for a step that took too much."""
        return FeelError(
            Said(
                N_(
                    "This step takes too much work: all its expressions, scripts and decisions together may take {rounds:,} "
                    "rounds and {seconds:g} seconds."
                ),
                rounds=self._rounds, seconds=self._seconds,
            ),
            remedy=Said(N_(
                "Let the process wait in between, or do the work in a job; a larger STEP_SECONDS or STEP_ROUNDS allows more."
            )),
            code="STEP_LIMIT",
        )  # fmt: skip


class Budget:
    """What is left of the limits; several expressions of one decision share it. What they use counts for a ``total`` too."""

    __slots__ = ("_counted", "_total", "calls", "deadline", "left", "look")

    def __init__(self, left: int, total: Total | None = None) -> None:
        self._total = total
        self._counted = left
        self.left = left
        self.look = left - ROUNDS_A_LOOK
        self.deadline = 0.0
        self.calls = 0

    def count(self) -> None:
        """Count for the total what was used since the last time; raises ``FeelError`` where that is too much."""
        if self._total is not None:
            used, self._counted = self._counted - self.left, self.left
            self._total.take(used)

    def close(self) -> None:
        """Count the rest: whether it was too much shows at the next evaluation of the step."""
        if self._total is not None:
            self._total.left -= self._counted - self.left
            self._counted = self.left


class Context:
    """The surroundings of evaluations.

    ``now`` is an aware datetime for ``now()`` and ``today()`` (the system's clock is read, once, if it is missing);
    ``zone`` is the time zone for ``today()``, and the one in which Python functions get date-times without a zone;
    ``functions`` are Python callables or FEEL functions by name. ``warnings`` collects a ``FeelWarning`` for each null
    that stands for a mistake, at most 100. If ``outcomes`` is a list, each decision table that is decided appends
    (name of the decision, outcome) to it. With ``builtin_values`` the bare name of a built-in function is that function
    if no variable has the name, as DMN requires; without, it is a variable that is not set (a process may have a
    ``log``). One context serves one thread at a time.
    """

    def __init__(
        self,
        now: dt.datetime | None = None,
        zone: dt.tzinfo | None = None,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        limits: Limits | None = None,
        builtin_values: bool = True,
    ) -> None:
        if now is not None and now.tzinfo is None:
            raise FeelError(
                Said(N_("Context(now=…) needs a datetime with a time zone.")),
                remedy=Said(N_("Pass an aware datetime.")), code="FEEL_CLOCK",
            )  # fmt: skip
        self.given_now = now
        self.zone = zone
        self.functions: Mapping[str, Any] = functions or {}
        self.limits = limits or Limits()
        self.builtin_values = builtin_values
        self.warnings: list[FeelWarning] = []
        self.budget: Budget | None = None
        self.outcomes: list[Any] | None = None
        self._wrapped: dict[str, Function] = {}

    @property
    def now(self) -> dt.datetime:
        """The moment of evaluation, in the zone of the context."""
        if self.given_now is None:
            self.given_now = SystemClock().now().astimezone(self.zone or dt.UTC)
        return self.given_now if self.zone is None else self.given_now.astimezone(self.zone)

    def warn(self, code: str, said: Said, position: int = 0, source: str = "") -> None:
        """Record why something became null."""
        if len(self.warnings) < MAX_WARNINGS - 1:
            self.warnings.append(FeelWarning(code, said, position, source))
        elif len(self.warnings) == MAX_WARNINGS - 1:
            self.warnings.append(FeelWarning("MORE_WARNINGS", _MORE, position, source))

    def function(self, name: str) -> Function | None:
        """Return an extra function by name."""
        found = self._wrapped.get(name)
        if found is None:
            given = self.functions.get(name)
            if given is None:
                return None
            from inburgering_flow.feel.python_function import wrap

            found = self._wrapped[name] = given if isinstance(given, Function) else wrap(name, given)
        return found


class Run:
    """One evaluation of one expression: its variables, read once each when first used, and its counters."""

    __slots__ = ("budget", "cache", "context", "limits", "scope", "source")

    def __init__(self, scope: Mapping[str, Any], context: Context, source: str) -> None:
        self.scope = scope
        self.context = context
        self.cache: dict[str, Any] = {}
        self.limits = context.limits
        self.budget = context.budget or Budget(context.limits.iterations)
        self.source = source

    def variable(self, name: str) -> Any:
        """Return a variable as a FEEL value, or ``MISSING``."""
        found = self.cache.get(name, self)
        if found is self:
            try:
                found = from_plain(self.scope[name])
            except KeyError:
                found = MISSING
            self.cache[name] = found
        return found

    def tick(self, rounds: int = 1) -> None:
        """Count one round; raises ``FeelError`` when there were too many."""
        budget = self.budget
        budget.left -= rounds
        if budget.left < budget.look:
            self._look(budget)

    def _look(self, budget: Budget) -> None:
        """Stop what takes too many rounds or too long."""
        if budget.left < 0:
            raise FeelError(
                Said(N_("The expression takes more than {rounds:,} rounds."), rounds=self.limits.iterations),
                text=self.source,
                code="FEEL_LIMIT",
                remedy=Said(N_("Filter the list first, or do the work in a job.")),
            )
        budget.look = max(budget.left - ROUNDS_A_LOOK, 0)
        budget.count()
        now = monotonic()
        if not budget.deadline:
            budget.deadline = now + self.limits.seconds
        elif now > budget.deadline:
            raise FeelError(
                Said(N_("The expression takes longer than {seconds:g} seconds."), seconds=self.limits.seconds),
                text=self.source,
                code="FEEL_LIMIT",
                remedy=Said(N_("Filter the list first, or do the work in a job.")),
            )

    def charge(self, values: list[Any]) -> None:
        """Count the lists that a function is going to read, a hundred items a round."""
        for value in values:
            if type(value) is list and len(value) >= 100:
                self.tick(len(value) // 100)

    def enter(self) -> None:
        """Count a call; raises ``FeelError`` when calls are nested too deeply."""
        self.tick()
        self.budget.calls += 1
        if self.budget.calls > self.limits.calls:
            raise FeelError(
                Said(N_("Function calls are nested deeper than {most}."), most=self.limits.calls),
                text=self.source,
                code="FEEL_LIMIT",
                remedy=Said(N_("Check that the recursion ends.")),
            )

    def sized(self, value: Any) -> Any:
        """Return a list or string if it is not too large; raises ``FeelError`` otherwise."""
        if type(value) is list and len(value) > self.limits.items:
            self.sized_list(len(value))
        if type(value) is str and len(value) > self.limits.characters:
            self.sized_text(len(value))
        return value

    def sized_list(self, length: int) -> None:
        """Raise ``FeelError`` if a list of that length, which is not made yet, would be too large."""
        if length > self.limits.items:
            said = Said(N_("A list grew beyond {most:,} items."), most=self.limits.items)
            raise FeelError(said, text=self.source, code="FEEL_LIMIT", remedy=_SHORTER)

    def sized_text(self, length: int) -> None:
        """Raise ``FeelError`` if a text of that length, which is not made yet, would be too large."""
        if length > self.limits.characters:
            said = Said(N_("A text grew beyond {most:,} characters."), most=self.limits.characters)
            raise FeelError(said, text=self.source, code="FEEL_LIMIT", remedy=_SHORTER)

    def invoke(self, function: Any, arguments: list[Any]) -> Any:
        """Call a function value with positional arguments; raises ``NullError`` for what cannot be called."""
        if not isinstance(function, Function):
            raise NullError(N_("this is not a function"))
        self.enter()
        try:
            return function.invoke(self, arguments)
        finally:
            self.budget.calls -= 1


class Env:
    """The local names at one place of an expression; ``parent`` holds the ones around it."""

    __slots__ = ("item", "names", "parent", "run")

    def __init__(self, names: Mapping[str, Any], parent: Env | None, run: Run, item: Any = MISSING) -> None:
        self.names = names
        self.parent = parent
        self.run = run
        self.item = item
