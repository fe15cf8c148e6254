"""What a domain plug-in gives the platform: tables, read once at start-up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from inburgering_flow.errors import FlowError
from inburgering_flow.model.entries import EntryForm
from inburgering_flow.model.explaining import Instruction, Word
from inburgering_flow.model.permissions import CASE_START, Actor, Roles


@dataclass(frozen=True)
class Job:
    """A service task's work as its handler sees it.

    ``key`` is the idempotency key: the same over all attempts. ``variables`` are what the element's scope sees (or its
    input mappings), ``headers`` the element's ``zeebe:taskHeaders``. A listener's job names its event in ``listener``
    (start, end, creating, assigning, updating, completing); that of a task listener has the ``task``: key, name, assignee,
    candidate_groups, candidate_users, due, follow_up and priority, as they will be when the move is done.
    """

    key: int
    type: str
    variables: Mapping[str, Any]
    headers: Mapping[str, str]
    process_instance_key: int
    root_instance_key: int
    process_definition_id: str
    element_id: str
    retries: int
    listener: str = ""
    task: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """Somebody whom a case is about, as letters need them; never a process variable.

    ``values`` holds the fields and identifying numbers of the domain's schema by name, without those that are not
    known.
    """

    key: int
    name: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def get(self, field_name: str) -> Any:
        """Return one value; empty text if it is not known."""
        return self.values.get(field_name, "")


@dataclass(frozen=True)
class InstanceFacts:
    """What is known of one instance of a process, whatever its state: ``values`` has those of the variables asked for that it
    has itself, as the JSON that they are stored as.
    """

    key: int
    root_key: int
    name: str
    state: str
    start: datetime
    end: datetime | None
    values: Mapping[str, Any]


class BpmnError(Exception):
    """Raised by a handler for what the model expects to go wrong: caught by an error event with this code."""

    def __init__(self, code: str, message: str = "", variables: Mapping[str, Any] | None = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.variables = dict(variables or {})


class JobFailure(FlowError):
    """Raised by a handler that knows more of its failure than that it failed: ``retries`` are those that are left (None: one less
    than before), ``backoff`` is how long to wait before the next (``PT10M``; empty: as the element says).
    """

    code = "JOB_FAILED"

    def __init__(self, message: str, *, remedy: str = "", retries: int | None = None, backoff: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.retries = retries
        self.backoff = backoff


class Work(Protocol):
    """What a handler may do besides returning variables; its effects are stored with the job's completion or not at all."""

    @property
    def today(self) -> date:
        """Return the legal day (Europe/Amsterdam) of the injected clock."""
        ...

    @property
    def organisation(self) -> str:
        """Return the name of the organisation that works with this platform."""
        ...

    def person(self) -> Person:
        """Return the person of the job's case; raises NotFound if the case has none."""
        ...

    def add_document(
        self,
        *,
        name: str,
        title: str,
        kind: str,
        content: bytes,
        media_type: str = "application/pdf",
        certainty: str = "vast",
    ) -> None:
        """Put a document into the case; ``certainty`` ``"te controleren"`` marks it where users see it."""
        ...

    def instances(self, process_id: str, names: Sequence[str]) -> Iterator[InstanceFacts]:
        """Yield every instance of a process with these of its variables, the oldest first: what counts over all cases is
        counted in a job, never by a page.
        """
        ...

    def budget(self, budget: str, year: int) -> Mapping[str, int]:
        """Return the sum in cents of each kind of entry of a budget in a year, without what was undone."""
        ...

    def book(
        self, budget: str, kind: str, cents: int, *, year: int, description: str, reference: str = ""
    ) -> None:  # fmt: skip
        """Write an entry of a budget for this case, of today."""
        ...

    def secret(self, name: str) -> str | None:
        """Return a secret of this installation that the element itself names (``secrets.NAME`` in its mappings or headers); None
        for one that only data name. Raises InvalidInput for one that does not exist. It must not become a variable.
        """
        ...

    def deny(self, reason: str) -> None:
        """Deny the move of a task that this listener was asked about: the task stays as it was, and its page says why.

        Only for the events assigning, updating and completing; raises InvalidInput for any other job.
        """
        ...

    def activate(self, element_id: str, variables: Mapping[str, Any] | None = None) -> None:
        """Choose an activity of an ad-hoc sub-process, with variables of its own; may be called several times.

        The job is asked when the sub-process begins and each time something in it has ended. Raises InvalidInput for any
        other job.
        """
        ...

    def finish(self, *, cancel_remaining: bool = False) -> None:
        """Say that an ad-hoc sub-process is done; what is still active in it is waited for, or ended.

        Raises InvalidInput for any other job.
        """
        ...

    def correct(self, **fields: Any) -> None:
        """Correct the task during its move: assignee, candidate_groups, candidate_users, due, follow_up, priority.

        Only in a task listener; raises InvalidInput for any other job, and for a field or value that does not exist.
        """
        ...


JobHandler = Callable[[Job, Work], Mapping[str, Any] | None]


@dataclass(frozen=True)
class PersonField:
    """A fact about a person, as it is asked for and kept; ``kind`` is text, date, email or tel.

    With ``at_start`` it is asked for when a case is started and can be corrected later; without ``is_asked`` it is only
    kept. ``missing`` is the message where a required one is empty, ``missing_on_page`` the one where the form that
    starts a case requires it.
    """

    name: str
    label: str
    kind: str = "text"
    missing: str = ""
    missing_on_page: str = ""
    at_start: bool = True
    is_asked: bool = True
    default: str = ""
    again: str = ""
    earliest: str = ""
    """Of a date: the first day that it may be, written as in a data dictionary (``today - P120Y``)."""
    latest: str = ""
    """Of a date: the last day that it may be."""

    @property
    def is_required(self) -> bool:
        """Whether a person must have it."""
        return bool(self.missing)


@dataclass(frozen=True)
class IdentifyingNumber:
    """A number by which a person is found.

    A secret one is stored encrypted and found by HMAC, belongs to one person only, and is shown masked unless somebody
    who may see it gives a reason. ``check`` returns the number as it is kept; it raises ValueError if it is not valid,
    and then ``wrong`` is the message. ``known`` is the message if somebody else has it, which it should not say; ``again``
    asks for a new one when a person is corrected.
    """

    name: str
    label: str
    is_secret: bool = False
    check: Callable[[str], str] = str
    wrong: str = ""
    known: str = ""
    again: str = ""
    why: str = ""
    """The question to whoever wants to see a secret one."""
    show: str = ""
    """The label of the button that shows it."""
    kind: str = "text"
    at_start: bool = True
    is_asked: bool = True
    missing_on_page: str = ""


@dataclass(frozen=True)
class PersonSchema:
    """Who a case can be about: the domain's register of persons.

    ``order`` names fields and numbers in the order in which they are asked for; ``full_name`` and ``search_name`` make
    from the values the name as it is written, and what a person is found by besides.
    """

    fields: tuple[PersonField, ...]
    numbers: tuple[IdentifyingNumber, ...]
    order: tuple[str, ...]
    full_name: Callable[[Mapping[str, Any]], str]
    search_name: Callable[[Mapping[str, Any]], str]
    is_same: Callable[[Mapping[str, Any], Mapping[str, Any]], bool] = lambda _given, _kept: False
    """Tells of two sets of fields, with one secret number, whether they are of one person: a number may be mistyped."""
    particles: frozenset[str] = frozenset()
    """Small words in names (van, el) that somebody may leave out or write where they are not registered."""
    hint: str = ""
    """The text above the form with which a person is corrected."""
    shown: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What the page of a case shows: label → the values in that line."""
    always_shown: tuple[str, ...] = ()
    """First values of the lines that are shown even where nothing is known."""

    def asked(self, *, at_start: bool) -> list[PersonField | IdentifyingNumber]:
        """Return what a form asks for, in order: when a case is started, or when a person is corrected."""
        known = [self.field(name) for name in self.order]
        return [one for one in known if one.is_asked and (one.at_start or not at_start)]

    def field(self, name: str) -> PersonField | IdentifyingNumber:
        """Return the field or number of this name."""
        known: dict[str, PersonField | IdentifyingNumber] = {}
        known.update((field.name, field) for field in self.fields)
        known.update((number.name, number) for number in self.numbers)
        return known[name]


@dataclass(frozen=True)
class StartField:
    """A question of a plain form; ``kind`` is text, story (several lines), date, year, number, amount (in euros), choice
    (one of ``options``) or yes (ticked or not).

    ``missing`` is the message where it must be answered and is not. ``name`` is the process variable, unless the answer
    is the location of the case.
    """

    name: str
    label: str
    kind: str = "text"
    missing: str = ""
    options: tuple[tuple[str, str], ...] = ()
    is_location: bool = False
    needed_with: str = ""
    """A question to be ticked (``yes``): where it is, this one must be answered too."""


@dataclass(frozen=True)
class StartForm:
    """A case that may be started from a page, with a person from the register where ``with_person``. Whoever starts it
    leads it, if they have ``owner_role``.
    """

    process_id: str
    title: str
    fields: tuple[StartField, ...]
    with_person: bool = True
    owner_role: str = ""
    starter_variable: str = ""
    """The process variable that gets the account of whoever starts it, if any."""
    permission: str = CASE_START
    """What whoever starts it needs."""
    case_name: str = ""
    """How the case is called where no question asks for it, made from the answers: ``Account of {year}``."""
    is_listed: bool = True
    """Whether the page that starts cases offers it; another page may."""
    starter_leads: bool = False
    """Whether whoever starts it leads it, whatever their roles."""


@dataclass(frozen=True)
class Notice:
    """Something that may happen to a case and that staff record when it has: a letter came in, a partner called.

    It reaches the case as the message ``name``, with an answer for each of ``fields``; only ``roles`` record it. That of a
    partner (see ``Plugin.partners``) is kept until a case hears it; any other is refused where no case waits for it.
    """

    name: str
    title: str
    roles: frozenset[str]
    fields: tuple[StartField, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class CaseName:
    """What names a case: the variable that holds it when a case starts, and what people call it."""

    variable: str
    label: str
    hint: str = ""


@dataclass(frozen=True)
class Indicator:
    """A figure over all running cases: how many have each value of a variable of the case."""

    title: str
    variable: str
    head: str
    nothing: str


@dataclass(frozen=True)
class Budget:
    """Money for a purpose. ``source`` says where it comes from, ``hint`` what is known of its size; a new amount of it is written
    into the ledger each year.
    """

    id: str
    title: str
    source: str
    hint: str = ""


@dataclass(frozen=True)
class Kept:
    """How long a closed case is kept: it may go on the day after ``until``; without a day somebody has to decide.

    ``person_until`` is the same for what stays of the person after that, ``remains`` what that is besides the person's own data
    (variable → value). ``is_sure`` is False where the rule is still to be confirmed.
    """

    until: date | None
    reason: str
    is_sure: bool = True
    person_until: date | None = None
    remains: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Retention:
    """How long closed cases are kept. ``judge`` is given the variables of a case that has ended and a function that asks a
    deployed decision by its id; it is asked again whenever somebody wants to destroy the case.
    """

    processes: frozenset[str]
    judge: Callable[[Mapping[str, Any], Callable[[str, Mapping[str, Any]], Any]], Kept]


@dataclass(frozen=True)
class PageFile:
    """A file that a page of the domain offers at ``/pagina/<page>/<name>``; whoever takes it needs the permission, and it is
    logged.

    ``content`` is given the services and the actor.
    """

    name: str
    title: str
    permission: str
    content: Callable[[Any, Any], bytes]
    media_type: str = "text/csv"


@dataclass(frozen=True)
class Page:
    """A page of the domain at ``/pagina/<name>``, with an entry in the menu for whoever has the permission.

    ``values`` is given the services and the actor and returns what the template shows; ``template`` is the text of a
    Jinja template, which extends ``base.html`` as the platform's own pages do.
    """

    name: str
    title: str
    permission: str | tuple[str, ...]
    """What whoever opens it needs; of several, one will do. Empty: it is for everybody who has logged in."""
    template: Path
    values: Callable[[Any, Any], Mapping[str, Any]]
    files: tuple[PageFile, ...] = ()
    act: Callable[[Any, Any, str], str] | None = None
    """What the page's button does, if it has one: given the services, the actor and the form's token; returns what to say."""
    under: str = ""
    """The endpoint of the platform's page that links to it (``money.lines``, ``insight.figures``), instead of the menu."""

    def offered(self, actor: Actor) -> list[PageFile]:
        """Return the files that an actor may take."""
        return [one for one in self.files if actor.may(one.permission)]

    def is_for(self, actor: Actor) -> bool:
        """Tell whether an actor may open it."""
        return not self.needed or any(actor.may(one) for one in self.needed)

    @property
    def needed(self) -> tuple[str, ...]:
        """The permissions of which one is needed."""
        return (self.permission,) if isinstance(self.permission, str) else self.permission


@dataclass(frozen=True)
class Plugin:
    """The whole of a domain: everything that is about it and not about processes as such.

    ``functions`` are FEEL functions by name, with positional parameters named as in the Python signature;
    ``resources`` are files or folders to deploy; ``roles`` are added to the platform's own.
    """

    name: str
    title: str = ""
    """What the pages are called, before the organisation's name."""
    organisation: str = ""
    """The organisation's name if the settings give none."""
    job_types: Mapping[str, JobHandler] = field(default_factory=dict)
    """Workers, letters among them."""
    previews: frozenset[str] = frozenset()
    """Job types whose handler only makes documents: it may be run to look at them, with the header ``voorbeeld``."""
    addressees: Mapping[str, str] = field(default_factory=dict)
    """Job types among ``previews`` that send their document to somebody else than the person of the case → to whom; empty: to
    nobody, it stays in the case."""
    letters: Mapping[str, str] = field(default_factory=dict)
    """Job types that make a letter → what the letter is called."""
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    element_templates: tuple[Path, ...] = ()
    """Folders with element templates (Camunda's JSON format) that the editor of diagrams offers besides the platform's."""
    resources: tuple[Path, ...] = ()
    explanations: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """Functions whose result says why: ``termijn(datum, lengte)`` for the page with terms."""
    roles: Roles = field(default_factory=dict)
    citations: Mapping[str, str] = field(default_factory=dict)
    """What models call a rule of the law → where it stands, as people write it: its law and its article."""
    powers: Mapping[str, str] = field(default_factory=dict)
    """Permissions that only this domain has, in words: permission → what it allows."""
    person: PersonSchema | None = None
    case_name: CaseName | None = None
    headline: tuple[str, ...] = ()
    """Variables of a case that stand at the top of each of its pages, beside whom it is about."""
    start_forms: tuple[StartForm, ...] = ()
    entry_forms: tuple[EntryForm, ...] = ()
    """Cases that began in another system and go on here."""
    notices: tuple[Notice, ...] = ()
    partners: frozenset[str] = frozenset()
    """What the names of partners' messages begin with, before the first dot, or such a name as a whole. Such a message does not
    expire: it waits until a case hears it or somebody handles it."""
    pages: tuple[Page, ...] = ()
    budgets: tuple[Budget, ...] = ()
    retention: Retention | None = None
    """Without one, closed cases stay until somebody deletes them."""
    indicators: tuple[Indicator, ...] = ()
    """By which cases are told apart in figures: cohorts are shown by them, and comparisons are made within them."""
    followed: tuple[tuple[str, str], ...] = ()
    """Processes whose outcomes have a figure of their own: (id, title)."""
    glossary: tuple[Word, ...] = ()
    """The words that its pages use, for the page that explains them."""
    manuals: Mapping[str, tuple[Instruction, ...]] = field(default_factory=dict)
    """Role → what somebody with it does, step by step."""
    pictures: Path | None = None
    """Folder with the pictures of the manuals (WebP)."""
    acronyms: frozenset[str] = frozenset()
    """Words in variable names that are written in capitals."""
    free_day: Callable[[date], str] | None = None
    """Why a day is not one of work, or nothing: for a forecast, which counts in working time."""
    fonts: Path | None = None
    """Folder with the fonts of what is written on paper."""
    deeds: Mapping[str, str] = field(default_factory=dict)
    """Actions that former versions wrote into the log, in words: action → sentence."""
    location: str = ""
    """What an account's location is called."""
    locales: Path | None = None
    """Folder with a catalogue of its sentences for each language besides Dutch: ``en.po``."""
    checks: Callable[[], Iterable[tuple[str, str, str]]] = tuple
    """What doctor checks: (name, what was found, remedy or empty)."""
    demo: Callable[[Any], None] | None = None
    """Fill a new platform with accounts and cases to look at."""
    accounts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Accounts of the demonstration: username → (name, role)."""
