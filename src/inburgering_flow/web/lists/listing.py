"""The list component: filters, columns and order in the address, and what somebody keeps of it under a name.

What a person is looked for by never stands in an address; what does stand there is the same for everybody who opens it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from flask import Response, request, url_for

from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.i18n import N_, _
from inburgering_flow.model.lists import SavedList
from inburgering_flow.services import sheets
from inburgering_flow.services.list_deeds import each_once
from inburgering_flow.services.sheets import Cell
from inburgering_flow.store.case_facts import Wanted
from inburgering_flow.web.access import me, services
from inburgering_flow.web.files import file
from inburgering_flow.web.paging import key_in, start_of

COLUMNS, ORDER = "kolommen", "volgorde"
FACT = "g_"
"""Before the name of a variable of cases that a list is narrowed by."""
PAGE = ("na", "vanaf")
LONGEST = 300  # of what an address says
FILES = {"csv": sheets.CSV, "xlsx": sheets.XLSX}


@dataclass(frozen=True)
class Column:
    """A column of a list; ``name`` stands in the address, ``by`` is what the store sorts by, empty: it cannot."""

    name: str
    title: str
    by: str = ""
    is_kept: bool = False
    """Whether it is always shown: the one that leads to the row's page."""


@dataclass(frozen=True)
class Filter:
    """What a list can be narrowed by; ``title`` names it in a chip, ``spoken`` says a value as a reader knows it.

    ``is_place`` is one that says which list it is, and so is never taken away; ``is_about`` one that says whom the list is
    about, and so is never kept.
    """

    name: str
    title: str
    spoken: Callable[[str], str] = str
    is_place: bool = False
    is_about: bool = False


@dataclass(frozen=True)
class Kind:
    """A list that people know: what it has and what is shown of it unless they choose."""

    name: str
    endpoint: str
    columns: tuple[Column, ...]
    usual: tuple[str, ...]
    filters: tuple[Filter, ...]

    def read(self, lacking: Sequence[str] = (), place: Mapping[str, Any] | None = None) -> Listing:
        """Return the list as the address of this request asks for it; unknown names in it are passed over.

        ``lacking`` are the names of columns that this installation has not, ``place`` what its path names.
        """
        there = [column for column in self.columns if column.name not in lacking]
        asked = request.args.get(COLUMNS, "")
        names = [name for name in asked.split(",") if name] or list(self.usual)
        by_name = {column.name: column for column in there}
        chosen = [by_name[name] for name in dict.fromkeys(names) if name in by_name]
        if missing := [c for c in there if c.is_kept and c not in chosen]:
            chosen = missing + chosen
        order = request.args.get(ORDER, "")
        sorting = by_name.get(order.removeprefix("-"))
        if sorting is None or not sorting.by:
            sorting = None
        filters = {f.name: request.args.get(f.name, "").strip()[:LONGEST] for f in self.filters}
        given = {name: value for name, value in filters.items() if value}
        if asked:
            given[COLUMNS] = ",".join(c.name for c in chosen)
        if sorting is not None:
            given[ORDER] = order
        return Listing(
            self, there, chosen, sorting, sorting is not None and order.startswith("-"), filters, given, start_of(),
            place or {},
        )


    def usually(self, lacking: Sequence[str] = (), names: Sequence[str] = ()) -> Listing:
        """Return the list with its usual columns, or these, without those that this installation lacks, and with nothing to
        choose.
        """
        by_name = {column.name: column for column in self.columns}
        found = [replace(by_name[name], by="") for name in names or self.usual if name not in lacking]
        return Listing(self, found, found, None, False, {f.name: "" for f in self.filters}, {}, 0)


@dataclass(frozen=True)
class Chip:
    """An active filter, and the list without it."""

    title: str
    said: str
    without: str


@dataclass(frozen=True)
class Listing:
    """A list as an address asks for it."""

    kind: Kind
    all_columns: Sequence[Column]
    columns: Sequence[Column]
    """Those that are shown, in order."""
    sorting: Column | None
    """What it is sorted by; None: as it stands by itself."""
    is_descending: bool
    filters: Mapping[str, str]
    """Each filter's value, empty where it is not used."""
    given: dict[str, str] = field(repr=False)
    """What the address says, without the page."""
    start: int
    """At which row the page begins, where a list is sorted."""
    place: Mapping[str, Any] = field(default_factory=dict)
    """What the path of its address names, such as the case whose documents these are."""

    @property
    def by(self) -> str:
        """What the store sorts by; empty: as it stands by itself."""
        return self.sorting.by if self.sorting is not None else ""

    def address(self, **changes: Any) -> str:
        """Return the address of its first page with something else chosen; None takes a thing away."""
        found = {name: value for name, value in {**self.given, **changes}.items() if value not in (None, "")}
        return url_for(self.kind.endpoint, **self.place, **found)

    def sorted_by(self, column: Column) -> str:
        """Return the address that sorts by a column: first upwards, then downwards, then as the list stands by itself."""
        if self.sorting is not column:
            return self.address(**{ORDER: column.name})
        return self.address(**{ORDER: None if self.is_descending else f"-{column.name}"})

    def without(self, column: Column) -> str:
        """Return the address without a column."""
        return self._columns([c for c in self.columns if c is not column])

    def with_(self, column: Column) -> str:
        """Return the address with a column more, at the end."""
        return self._columns([*self.columns, column])

    def moved(self, column: Column, by: int) -> str:
        """Return the address with a column one place nearer to the beginning (-1) or the end (1)."""
        found = list(self.columns)
        at = found.index(column)
        to = min(len(found) - 1, max(0, at + by))
        found.insert(to, found.pop(at))
        return self._columns(found)

    def _columns(self, columns: Sequence[Column]) -> str:
        names = tuple(c.name for c in columns)
        usual = tuple(n for n in self.kind.usual if any(c.name == n for c in self.all_columns))
        return self.address(**{COLUMNS: None if names == usual else ",".join(names)})

    @property
    def others(self) -> list[Column]:
        """The columns that are not shown."""
        return [c for c in self.all_columns if c not in self.columns]

    @property
    def chips(self) -> list[Chip]:
        """The filters that are used, each with the list without it."""
        return [
            Chip(_(f.title), f.spoken(self.filters[f.name]), self.address(**{f.name: None}))
            for f in self.kind.filters if self.filters[f.name] and not f.is_place
        ]  # fmt: skip

    @property
    def facts(self) -> list[FactFilter]:
        """The variables of cases that the reader may narrow it by."""
        return [one for one in self.kind.filters if isinstance(one, FactFilter)]

    @property
    def layout(self) -> dict[str, str]:
        """What the address says of columns and order, for a form that chooses other filters."""
        return {name: self.given[name] for name in (COLUMNS, ORDER) if name in self.given}

    @property
    def plain(self) -> str:
        """The same list without any filter."""
        return self.address(**{f.name: None for f in self.kind.filters if not f.is_place})

    @property
    def saved(self) -> list[SavedList]:
        """The lists of this kind that the reader keeps, or that a team of theirs shares."""
        return services().saved_lists.of(self.kind.name, me())

    def is_chosen(self, one: SavedList) -> bool:
        """Tell whether this is a list that somebody keeps."""
        return dict(one.chosen) == self.given

    def opened(self, one: SavedList) -> str:
        """Return the address of a list that somebody keeps."""
        return url_for(self.kind.endpoint, **known(self.kind, one.chosen))

    def day(self, name: str) -> date | None:
        """Return a filter as a day; raises InvalidInput for what is none."""
        text = self.filters[name]
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise InvalidInput(_("{text} is geen dag.").format(text=text), remedy=_("Kies een dag op de kalender.")) from None

    def number(self, name: str) -> int | None:
        """Return a filter as a whole number; raises InvalidInput for what is none."""
        found = key_in(self.filters[name])
        if self.filters[name] and found is None:
            raise InvalidInput(_("Dit is geen getal."), remedy=_("Typ een heel getal."))
        return found

    @property
    def direction(self) -> str:
        """Which way it is sorted, as ARIA says it."""
        return "descending" if self.is_descending else "ascending"


def known(kind: Kind, chosen: Mapping[str, str]) -> dict[str, Any]:
    """Return of what an address says what a list knows, without the page."""
    names = {f.name for f in kind.filters if not f.is_about} | {COLUMNS, ORDER}
    return {name: value for name, value in chosen.items() if (name in names or name.startswith(FACT)) and value}


@dataclass(frozen=True)
class FactFilter(Filter):
    """A filter by a variable of the cases, with the values that can be chosen and how each is said."""

    values: Sequence[tuple[str, str]] = ()
    is_modelled: bool = False
    """Whether the values are a model's own words."""


def with_facts(kind: Kind) -> Kind:
    """Return a list that can be narrowed by the variables that its reader may choose, too."""
    filters = []
    for one in services().case_facts.offered(me()):
        values = [(value, value) for value in one.values] or _yes_or_no()
        filters.append(FactFilter(f"{FACT}{one.name}", one.title, _spoken(values), values=values, is_modelled=bool(one.values)))
    return replace(kind, filters=(*kind.filters, *filters))


def _yes_or_no() -> list[tuple[str, str]]:
    return [("true", _("ja")), ("false", _("nee"))]


def _spoken(values: Sequence[tuple[str, str]]) -> Callable[[str], str]:
    known = dict(values)
    return lambda value: known.get(value, value)


def facts_in(listing: Listing) -> tuple[Wanted, ...]:
    """Return the variables of cases that an address narrows its list by, for the service; raises InvalidInput."""
    chosen = {name.removeprefix(FACT): value for name, value in listing.filters.items() if name.startswith(FACT) and value}
    return services().case_facts.wanted(me(), chosen)


def as_file(listing: Listing, title: str, form: str, rows: Sequence[Any], cell: Callable[[Any, Column], Cell]) -> Response:
    """Return a list as a file with the columns that are shown; ``form`` is csv or xlsx, raises NotFound for another."""
    header = [str(_(column.title)) for column in listing.columns]
    cells = [[cell(row, column) for column in listing.columns] for row in rows]
    content = sheets.csv_of(header, cells) if form == "csv" else sheets.xlsx_of(title, header, cells)
    return file(content, f"{listing.kind.name}.{form}", FILES[form])


def ticked() -> list[int] | None:
    """Return the rows that were ticked, of which a form asks for a file; None where an address asks for the whole list.

    Raises InvalidInput where none was ticked, or more than can be at once.
    """
    if request.method != "POST":
        return None
    return each_once([key for text in request.form.getlist("kies") if (key := key_in(text)) is not None])


def form_of(name: str) -> str:
    """Return the form of a file that an address asks for; raises NotFound."""
    if name not in FILES:
        raise NotFound(_("Dit bestand is er niet."), remedy=_("Kies CSV of XLSX onder de lijst."))
    return name


YES = {"1": N_("ja")}


def said_yes(value: str) -> str:
    """Return a filter that is on or off as a reader knows it."""
    return _(YES.get(value, value))
