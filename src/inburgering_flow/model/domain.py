"""The plug-ins together: what each contributes, in the order in which the settings name them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from inburgering_flow.errors import InvalidInput
from inburgering_flow.model.entries import EntryForm
from inburgering_flow.model.explaining import Instruction, Word
from inburgering_flow.model.permissions import PLATFORM_ROLES, Roles
from inburgering_flow.model.plugin import (
    Budget,
    CaseName,
    Indicator,
    JobHandler,
    Notice,
    Page,
    PersonSchema,
    Plugin,
    Retention,
    StartForm,
)


@dataclass(frozen=True)
class Domain:
    """What one platform is about. Raises InvalidInput if two plug-ins both define something that only one can."""

    plugins: Sequence[Plugin] = ()

    def __post_init__(self) -> None:
        for what in ("person", "case_name"):
            names = [p.name for p in self.plugins if getattr(p, what) is not None]
            if len(names) > 1:
                raise InvalidInput(
                    f"The plug-ins {' and '.join(names)} both have a {what}; a platform has one.",
                    remedy="Name only one of them in PLUGINS.",
                )

    def _all(self, of: Callable[[Plugin], Any]) -> dict[str, Any]:
        return {name: value for plugin in self.plugins for name, value in of(plugin).items()}

    @property
    def job_types(self) -> dict[str, JobHandler]:
        """Every worker by its job type."""
        return self._all(lambda plugin: plugin.job_types)

    @property
    def previews(self) -> frozenset[str]:
        """The job types that may be run to look at what they make."""
        return frozenset(name for plugin in self.plugins for name in plugin.previews)

    @property
    def addressees(self) -> dict[str, str]:
        """To whom job types send their document, where that is not the person of the case; empty where it stays in the case."""
        return self._all(lambda plugin: plugin.addressees)

    @property
    def functions(self) -> dict[str, Callable[..., Any]]:
        """Every FEEL function by its name."""
        return self._all(lambda plugin: plugin.functions)

    @property
    def explanations(self) -> dict[str, Callable[..., Any]]:
        """Every function whose result says why, by its name."""
        return self._all(lambda plugin: plugin.explanations)

    @property
    def letters(self) -> dict[str, str]:
        """What the letters are called that job types make."""
        return self._all(lambda plugin: plugin.letters)

    @property
    def element_templates(self) -> list[Path]:
        """The folders with element templates."""
        return [folder for plugin in self.plugins for folder in plugin.element_templates]

    @property
    def roles(self) -> Roles:
        """The table of roles: the platform's and those of the plug-ins."""
        return {**PLATFORM_ROLES, **self._all(lambda plugin: plugin.roles)}

    @cached_property
    def citations(self) -> Mapping[str, str]:
        """Where rules of the law stand, by what models call them."""
        return self._all(lambda plugin: plugin.citations)

    @property
    def powers(self) -> dict[str, str]:
        """Permissions that only this domain has, in words."""
        return self._all(lambda plugin: plugin.powers)

    @property
    def deeds(self) -> dict[str, str]:
        """Actions in the log that only this domain has, in words."""
        return self._all(lambda plugin: plugin.deeds)

    @property
    def title(self) -> str:
        """What the pages are called."""
        return next((p.title for p in self.plugins if p.title), "")

    @property
    def organisation(self) -> str:
        """The organisation's name if the settings give none."""
        return next((p.organisation for p in self.plugins if p.organisation), "")

    @property
    def location(self) -> str:
        """What an account's location is called; empty if accounts have none."""
        return next((p.location for p in self.plugins if p.location), "")

    @property
    def person(self) -> PersonSchema | None:
        """Who a case can be about; None without a register of persons."""
        return next((p.person for p in self.plugins if p.person is not None), None)

    @property
    def case_name(self) -> CaseName | None:
        """What names a case; None if only its number does."""
        return next((p.case_name for p in self.plugins if p.case_name is not None), None)

    @property
    def headline(self) -> tuple[str, ...]:
        """The variables of a case that stand at the top of each of its pages."""
        return tuple(name for plugin in self.plugins for name in plugin.headline)

    @property
    def start_forms(self) -> list[StartForm]:
        """The cases that can be started from a page."""
        return [form for plugin in self.plugins for form in plugin.start_forms]

    @property
    def entry_forms(self) -> list[EntryForm]:
        """The cases that can be taken over from another system."""
        return [form for plugin in self.plugins for form in plugin.entry_forms]

    @property
    def notices(self) -> dict[str, Notice]:
        """What staff may record of a case when it happens, by the name of the message."""
        return {notice.name: notice for plugin in self.plugins for notice in plugin.notices}

    def is_from_partner(self, name: str) -> bool:
        """Tell whether a message of this name comes from a partner, and so must not expire unseen."""
        return any({name, name.partition(".")[0]} & plugin.partners for plugin in self.plugins)

    def retention_of(self, process_id: str) -> Retention | None:
        """Return what says how long closed cases of a process are kept."""
        return next((p.retention for p in self.plugins if p.retention and process_id in p.retention.processes), None)

    @property
    def budgets(self) -> dict[str, Budget]:
        """The budgets by id."""
        return {budget.id: budget for plugin in self.plugins for budget in plugin.budgets}

    @property
    def pages(self) -> dict[str, Page]:
        """The domain's own pages by name."""
        return {page.name: page for plugin in self.plugins for page in plugin.pages}

    @property
    def followed(self) -> list[tuple[str, str]]:
        """The processes whose outcomes have a figure of their own, and its title."""
        return [one for plugin in self.plugins for one in plugin.followed]

    @property
    def indicators(self) -> list[Indicator]:
        """Figures that only this domain has."""
        return [indicator for plugin in self.plugins for indicator in plugin.indicators]

    @property
    def glossary(self) -> list[Word]:
        """The words that are explained, in alphabetical order."""
        return sorted((word for plugin in self.plugins for word in plugin.glossary), key=lambda word: word.name.lower())

    @cached_property
    def words(self) -> Mapping[str, Word]:
        """The words that are explained by each of their forms, in small letters."""
        return {form: word for word in self.glossary for form in word.forms}

    @property
    def manuals(self) -> dict[str, tuple[Instruction, ...]]:
        """What people do, step by step, by role."""
        return self._all(lambda plugin: plugin.manuals)

    @property
    def pictures(self) -> list[Path]:
        """The folders with the pictures of manuals."""
        return [plugin.pictures for plugin in self.plugins if plugin.pictures is not None]

    def free_day(self, day: date) -> str:
        """Return why a day is not one of work, or nothing."""
        known = [plugin.free_day for plugin in self.plugins if plugin.free_day is not None]
        return next((reason for one in known if (reason := one(day))), "")

    @property
    def fonts(self) -> Path | None:
        """The folder with the fonts of what is written on paper, if a plug-in has one."""
        return next((plugin.fonts for plugin in self.plugins if plugin.fonts is not None), None)

    @property
    def acronyms(self) -> frozenset[str]:
        """Words that are written in capitals."""
        return frozenset().union(*(plugin.acronyms for plugin in self.plugins))
