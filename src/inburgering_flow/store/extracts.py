"""What the database holds about one person: every column of every table says here whether it is about somebody.

A column is ``held`` (personal data: it is in the extract, under the name that stands there), ``staff`` (who of the staff did
something: in the extract too, as a name and roles), ``sealed`` (held, and encrypted here), ``keys`` (an internal key, or how a
row hangs on another), or ``apart`` (not about the person). A test walks the tables: a column without a word here turns it red.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, false, or_, select

from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit


@dataclass(frozen=True)
class Declared:
    """What the columns of one table are; without a ``part``, the name of its rows in the extract, nothing is about a citizen."""

    part: str = ""
    title: str = ""
    """A heading in Dutch, for the person."""
    held: Mapping[str, str] = field(default_factory=dict)
    staff: Mapping[str, str] = field(default_factory=dict)
    sealed: Mapping[str, str] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    is_told: bool = True
    """Also in the document that people read; else only in the file for programs."""

    @property
    def names(self) -> dict[str, str]:
        """Return the columns that are in the extract, and what they are called there."""
        return {**self.held, **self.staff, **self.sealed}


def _named(text: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in text.split())


def _about(
    part: str, title: str, held: str, *, staff: str = "", sealed: str = "", keys: str = "", apart: str = "", is_told: bool = True
) -> Declared:
    return Declared(
        part, title, _named(held), _named(staff), _named(sealed), frozenset(keys.split()), frozenset(apart.split()), is_told
    )


def _not(apart: str, keys: str = "") -> Declared:
    return Declared(keys=frozenset(keys.split()), apart=frozenset(apart.split()))


DECLARED: Mapping[str, Declared] = {
    # about the person, in the order of the extract
    "person": _about("persoon", "Uw persoonsgegevens", "name:naam fields:gegevens created:vastgelegdOp", keys="key tenant_id"),
    "person_number": _about("nummers", "Uw nummers", "kind:soort found_by:gezochtMet", sealed="encrypted:nummer",
                            keys="person_key tenant_id"),
    "search_word": _about("zoekwoorden", "Waaraan u wordt gevonden", "kind:soort word:woord", keys="key", is_told=False),
    "process_instance": _about(
        "zaken", "Uw zaken en hun onderdelen",
        "process_id:proces business_key:naam state:toestand start:begonnenOp end:geëindigdOp location:locatie "
        "has_incident:heeftStoring version:versie phase:fase due:eersteTermijn",
        staff="owner:eigenaar", keys="key tenant_id root_key definition_key parent_key parent_element_key person_key",
    ),
    "variable": _about("gegevens", "Gegevens in uw zaken", "name:naam value:waarde", keys="scope_key instance_key"),
    "decision_instance": _about(
        "beslissingen", "Beslissingen die het systeem heeft berekend",
        "decision_name:beslissing evaluated:berekendOp inputs:uitgangspunten tables:regels output:uitkomst version:versie "
        "decision_id:naamInModel element_id:stap",
        keys="key tenant_id root_key instance_key element_key", apart="shape",
    ),
    "term": _about(
        "termijnen", "Termijnen",
        "name:termijn state:toestand due:voorbijOp starts:begintOp length:lengte ground:grond begun:vastgelegdOp "
            "over:geëindigdOp",
        staff="begun_by:vastgelegdDoor", keys="key tenant_id root_key instance_key definition_key",
    ),
    "appointment": _about(
        "afspraken", "Afspraken", "name:afspraak state:toestand begins:begintOp is_day:isHeleDag noted:vastgelegdOp",
        keys="key tenant_id root_key instance_key definition_key",
    ),
    "case_fact": _about("kenmerken", "Kenmerken waarop zaken worden gezocht", "name:kenmerk value:waarde", keys="root_key"),
    "user_task": _about(
        "taken", "Wat medewerkers voor u deden of nog doen",
        "name:taak state:toestand candidate_groups:voorRollen candidate_group:voorRol due:uiterlijk follow_up:opvolgenOp "
        "priority:prioriteit created:gemaaktOp completed:afgerondOp process_id:proces element_id:stap form_id:formulier",
        staff="assignee:vanWie completed_by:afgerondDoor candidate_users:voorMedewerkers",
        keys="key tenant_id root_key element_key instance_key definition_key", apart="sort_due",
    ),
    "user_task_candidate": _about("taakKandidaten", "Voor wie taken zijn", "kind:soort", staff="name:wie", keys="task_key",
        is_told=False),
    "draft": _about("concepten", "Antwoorden die nog niet af zijn", "data:antwoorden saved_at:bewaardOp", staff="username:vanWie",
                    keys="task_key"),
    "document": _about(
        "documenten", "Documenten",
        "title:titel name:bestand kind:soort media_type:bestandstype certainty:zekerheid checksum:controlegetal "
            "created:gemaaktOp",
        staff="added_by:toegevoegdDoor", keys="key tenant_id root_key instance_key job_key task_key",
    ),
    "document_content": _about("bestanden", "Inhoud van documenten", "checksum:controlegetal content:inhoud", is_told=False),
    "note": _about("notities", "Notities", "created:geschrevenOp text:tekst family:gaatOver",
        staff="author:geschrevenDoor addressee:voorWie",
                   keys="key root_key task_key"),
    "ledger_entry": _about(
        "betalingen", "Betalingen en andere boekingen",
        "day:dag description:omschrijving cents:bedragInCenten kind:soort budget:budget year:jaar reference:kenmerk "
            "entered:vastgelegdOp",
        staff="entered_by:vastgelegdDoor", keys="key tenant_id root_key settles reverses",
    ),
    "ledger_posting": _about("boekingsregels", "Regels van boekingen", "account:rekening cents:bedragInCenten", keys="entry_key",
                             is_told=False),
    "message": _about(
        "berichten", "Berichten van andere organisaties",
        "name:bericht variables:inhoud published:ontvangenOp expires:bewaardTot state:toestand correlation_key:kenmerk "
        "message_id:nummerVanAfzender",
        keys="key tenant_id",
    ),
    "message_correlation": _about("berichtenGelezen", "Waar berichten zijn aangekomen", "process_id:proces correlated:gelezenOp",
                                  keys="message_key instance_key", is_told=False),
    "entry_row": _about("overgenomen", "Wat is overgenomen uit een ander systeem", "state:toestand number:rij",
                        sealed="content:inhoud found:bevindingen", keys="file_key case_key"),
    "alert": _about("meldingen", "Meldingen aan medewerkers over uw zaak",
        "kind:soort subject:over about:onderdeel created:gemaaktOp read:gelezenOp",
                    staff="username:aanWie", keys="key tenant_id root_key definition_key subject_key mail_key",
                        apart="on_bell mail"),
    "retention": _about(
        "bewaren", "Hoe lang uw gegevens worden bewaard",
        "ended:geslotenOp state:toestand until:bewaardTot reason:reden is_sure:isZeker person_until:persoonBewaardTot "
        "remains:blijftBewaard why:waarom changed:veranderdOp process_id:proces",
        staff="proposed_by:voorgedragenDoor changed_by:veranderdDoor", keys="root_key tenant_id person_key",
    ),
    "element_instance": _about(
        "stappen", "Stappen in uw zaken", "element_id:stap element_type:soort state:toestand start:begonnenOp "
            "end:geëindigdOp data:inhoud",
        keys="key root_key instance_key scope_key path", is_told=False,
    ),
    "job": _about("werkVanHetSysteem", "Werk dat het systeem nog doet", "type:soort due:voor payload:inhoud element_id:stap",
                  keys="key tenant_id root_key instance_key element_key",
                  apart="kind retries failed suspended watches lease_until lease_owner shape", is_told=False),
    "job_history": _about("werkGedaan", "Werk dat het systeem heeft gedaan",
        "type:soort state:toestand ended:gedaanOp element_id:stap",
                          keys="key tenant_id root_key instance_key", apart="kind", is_told=False),
    "subscription": _about("wachtOp", "Waar uw zaken op wachten",
        "name:bericht correlation_key:kenmerk created:sinds element_id:stap process_id:proces",
                           keys="key tenant_id root_key instance_key owner_key", apart="interrupting kind part", is_told=False),
    "compensation": _about("terugTeDraaien", "Wat nog kan worden teruggedraaid", "element_id:stap handler_id:doorStap",
                           keys="key tenant_id instance_key scope_key element_key", is_told=False),
    "incident": _about("storingen", "Storingen in uw zaak", "error_type:soort message:melding state:toestand created:sinds "
        "resolved:opgelostOp "
                       "phase:moment element_id:stap process_id:proces",
                       keys="key tenant_id root_key instance_key definition_key element_key job_key"),
    "batch_item": _about("bulkbewerkingen", "Wat met veel zaken tegelijk is gedaan",
        "state:toestand processed:gedaanOp message:melding",
                         keys="batch_key instance_key", is_told=False),
    "audit": _about("logboek", "Wie naar uw gegevens keek of er iets mee deed", "moment:wanneer action:wat detail:bijzonderheden",
                    staff="actor:wie", keys="key tenant_id root_key subject_key lane number mark"),
    # of the engine, without a value
    "join_arrival": _not("count", "scope_key element_id flow_id"),
    "dispatch": _not("", "job_key tenant_id message_id"),
    # of the staff
    "account": _not("username display_name email password_hash roles location active session_epoch asked_roles asked_by",
        "tenant_id"),
    "absence": _not("username since until noted noted_by withdrawn", "key tenant_id"),
    "absence_deputy": _not("kind name deputy", "absence_key"),
    "alert_choice": _not("username kind on_bell mail"),
    "alert_sweep": _not("name reached", "reached_key"),
    "calendar_address": _not("username token_hash of_team made language"),
    "login_attempt": _not("digest failures first free_at"),
    "login_session": _not("token_hash username epoch begun used browser", "key"),
    "outgoing_mail": _not("username pace state created tried ended problem", "key tenant_id"),
    "own_figure": _not("username measure subject words place created direction threshold is_passed", "key tenant_id"),
    "regular_report": _not("owner title source chosen form weekday hour address created next stopped reason", "key tenant_id"),
    "report_run": _not("period state tried due begun ended problem", "report_key tenant_id"),
    "saved_list": _not("list owner role name chosen created", "key tenant_id"),
    "list_deed": _not("username action given rows moment undone", "key tenant_id"),  # rows: keys, and who had a task
    "submission": _not("token actor moment", "made"),
    "entry_file": _not("process_id owner language state created expires header total", "key tenant_id"),
    # of processes and designers
    "deployment": _not("deployed_at deployed_by reason", "key tenant_id"),
    "deployment_proposal": _not("proposed_at proposed_by resources state decided_at decided_by reason", "key tenant_id"),
    "resource": _not("name kind checksum content", "key tenant_id deployment_key"),
    "definition": _not("kind id version name version_tag checksum label",
        "key tenant_id resource_key deployment_key data_resource_key"),
    "start_subscription": _not("process_id name element_id kind", "key tenant_id definition_key"),
    "project": _not("name folder created created_by removed", "key tenant_id"),
    "project_file": _not("path content checksum changed changed_by", "tenant_id project_key"),
    "project_file_version": _not("path content checksum saved saved_by note", "key tenant_id project_key"),
    "file_lock": _not("path holder token until", "project_key"),
    "rehearsal": _not("created created_by resources plans state total checked outcome ended",
        "key tenant_id proposal_key target_key"),
    "trial_run": _not("owner created changed files story turn", "key tenant_id project_key"),
    "figure": _not("kind month content counted is_sealed seconds", "tenant_id"),
    "forecast": _not("created created_by process_id name given state total played changed outcome problem", "key tenant_id"),
    "batch_operation": _not("type state plan created_by start end total completed failed shape", "key tenant_id"),
    # of the program
    "node": _not("number owner name role version schema_version since lease_until is_draining facts"),
    "queue_schema": _not("name"),
    "oldest_program": _not("schema_version"),
    "audit_head": _not("lane number mark seal"),
    "audit_seal": _not("day entries seal"),
}  # fmt: skip


def roots_of(person_key: int) -> Select[Any]:
    """Return the query for the cases about a person."""
    case = t.process_instance.c
    return select(case.key).where(case.person_key == person_key, case.parent_key.is_(None))


def _inside(person_key: int) -> Select[Any]:
    return select(t.process_instance.c.key).where(t.process_instance.c.root_key.in_(roots_of(person_key)))


def _of(column: ColumnElement[Any], table: Table, person_key: int) -> Select[Any]:
    return select(column).where(table.c.root_key.in_(roots_of(person_key)))


def _messages(person_key: int) -> ColumnElement[bool]:
    heard = select(t.message_correlation.c.message_key).where(t.message_correlation.c.instance_key.in_(_inside(person_key)))
    case = t.process_instance.c
    names = select(case.business_key).where(case.key.in_(roots_of(person_key)), case.business_key != "")
    return or_(t.message.c.key.in_(heard), t.message.c.correlation_key.in_(names))


TIES: Mapping[str, Callable[[int], ColumnElement[bool]]] = {
    "person": lambda p: t.person.c.key == p,
    "person_number": lambda p: t.person_number.c.person_key == p,
    "search_word": lambda p: or_(
        (t.search_word.c.kind == "person") & (t.search_word.c.key == p),
        (t.search_word.c.kind == "case") & t.search_word.c.key.in_(roots_of(p)),
    ),
    "variable": lambda p: t.variable.c.instance_key.in_(_inside(p)),
    "user_task_candidate": lambda p: t.user_task_candidate.c.task_key.in_(_of(t.user_task.c.key, t.user_task, p)),
    "draft": lambda p: t.draft.c.task_key.in_(_of(t.user_task.c.key, t.user_task, p)),
    "document_content": lambda p: t.document_content.c.checksum.in_(_of(t.document.c.checksum, t.document, p)),
    "ledger_posting": lambda p: t.ledger_posting.c.entry_key.in_(_of(t.ledger_entry.c.key, t.ledger_entry, p)),
    "message": _messages,
    "message_correlation": lambda p: t.message_correlation.c.instance_key.in_(_inside(p)),
    "entry_row": lambda p: t.entry_row.c.case_key.in_(roots_of(p)),
    "retention": lambda p: or_(t.retention.c.person_key == p, t.retention.c.root_key.in_(roots_of(p))),
    "compensation": lambda p: t.compensation.c.instance_key.in_(_inside(p)),
    "batch_item": lambda p: t.batch_item.c.instance_key.in_(_inside(p)),
}  # fmt: skip
"""How the rows of a table hang on a person, where they do not name the case (``root_key``)."""


def held_in(table: Table, person_key: int) -> ColumnElement[bool]:
    """Return the condition for the rows of a table that are about a person."""
    if not DECLARED[table.name].part:
        return false()
    tie = TIES.get(table.name)
    return tie(person_key) if tie is not None else table.c.root_key.in_(roots_of(person_key))


def root_keys(unit: Unit, person_key: int) -> set[int]:
    """Return the keys of the cases about a person."""
    return set(unit.connection.execute(roots_of(person_key)).scalars())


def rows(unit: Unit, table: Table, person_key: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table about a person, by their key: the columns that are declared as held, and its keys."""
    found = DECLARED[table.name]
    columns = [c for c in table.columns if c.name in found.names or c.name in found.keys]
    query = select(*columns).where(held_in(table, person_key)).order_by(*table.primary_key.columns)
    for row in unit.connection.execute(query):
        yield dict(row._mapping)
