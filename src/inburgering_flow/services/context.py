"""What every service is given: created once in ``app.py`` or ``platform.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from inburgering_flow.clock import Clock, real_now
from inburgering_flow.engine.port import Environment
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.keys import Keys
from inburgering_flow.model.audit import derived_key
from inburgering_flow.model.domain import Domain
from inburgering_flow.model.permissions import Roles
from inburgering_flow.model.plugin import JobHandler
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.services.looks import Look, Looks
from inburgering_flow.services.ranges import problems
from inburgering_flow.settings import Settings
from inburgering_flow.store import audit
from inburgering_flow.store.database import Database, Unit

KEPT = timedelta(days=30)  # how long what belongs to no case is kept when it is over


@dataclass
class Context:
    """The wiring that services share."""

    db: Database
    clock: Clock
    keys: Keys
    settings: Settings
    secret: str
    catalog: StoredCatalog
    env: Environment
    domain: Domain = field(default_factory=Domain)
    handlers: Mapping[str, JobHandler] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    explanations: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    severities: Mapping[str, str] = field(default_factory=dict)  # the severities set here for lint rules
    roles: Roles = field(default_factory=dict)
    real: Callable[[], datetime] = real_now  # the time in which people log in: a simulation's clock ends no session
    looks: Looks = field(init=False)
    is_outdated: bool = False  # newer programs have changed the database in a way that this one cannot work with
    is_apart: bool = False  # a sandbox: what fails in it is shown to whoever plays there, and is no matter of the log
    is_draining: bool = False  # told to end: this process takes no new work, and a proxy should send it no visitors
    on_work: list[Callable[[], None]] = field(default_factory=list)  # called after a commit that created work

    def __post_init__(self) -> None:
        self.looks = Looks(self.db, self._write)

    @property
    def organisation(self) -> str:
        """The name of the organisation: as the settings say, or as the domain does."""
        return self.settings.organisation or self.domain.organisation

    @cached_property
    def audit_key(self) -> bytes:
        """The key that binds the lines of the audit log; it is made of the secret and never stored."""
        return derived_key(self.secret, "chain")

    @cached_property
    def search_key(self) -> bytes:
        """The key under which the log keeps words that somebody searched for."""
        return derived_key(self.secret, "search")

    def log(
        self, unit: Unit, who: str, action: str, *, root_key: int | None = None, subject_key: int | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Append an entry to the audit log, as of now; ``detail`` holds no personal data."""
        audit.add(
            unit, self.audit_key, self.keys.next(), self.clock.now(), who, action, root_key=root_key,
            subject_key=subject_key, detail=detail,
        )  # fmt: skip

    def out_of_range(self, definition_key: int, values: Mapping[str, Any]) -> dict[str, str]:
        """Return which variables the data dictionary of a process does not allow: name → sentence."""
        found = self.catalog.ranges_of(definition_key)
        return problems(found, values, self.clock.now(), self.env.zone) if found else {}

    def check_ranges(self, definition_key: int, values: Mapping[str, Any]) -> None:
        """Raise InvalidInput where the data dictionary of a process does not allow a variable."""
        said = self.out_of_range(definition_key, values)
        if said:
            raise InvalidInput(" ".join(said.values()), remedy=_("Change what is named, and send it again."))

    def _write(self, unit: Unit, look: Look) -> None:
        self.log(unit, look.who, look.action, root_key=look.root_key, subject_key=look.subject_key, detail=look.detail)

    def work_appeared(self) -> None:
        """Wake whoever runs due work."""
        for wake in self.on_work:
            wake()
