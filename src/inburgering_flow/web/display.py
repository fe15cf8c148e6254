"""How values are written on pages, in the current language: dates, numbers, facts, names of roles and models."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal, get_decimal_symbol
from flask import Flask
from markupsafe import Markup, escape

from inburgering_flow import i18n
from inburgering_flow.clock import LEGAL_ZONE, legal_day, legal_last_day
from inburgering_flow.i18n import N_, _, language, ngettext
from inburgering_flow.model.explaining import Word
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.model.runtime import UserTask
from inburgering_flow.services.decisions import DecidedValue
from inburgering_flow.services.history import Event
from inburgering_flow.services.ledger import in_euros
from inburgering_flow.store.task_lists import TaskItem
from inburgering_flow.web.access import actor, me, services
from inburgering_flow.web.language import MODELLED, modelled
from inburgering_flow.web.templates_of import written

ACTIONS = {
    "case.start": N_("startte de zaak"), "case.look": N_("bekeek de zaak"), "case.note": N_("schreef een notitie"),
    "case.look.reason": N_("bekeek de zaak met een reden"), "case.assign": N_("wees de zaak toe"),
    "task.claim": N_("pakte een taak op"), "task.release": N_("gaf een taak terug"), "task.assign": N_("wees een taak toe"),
    "task.update": N_("veranderde een taak"), "condition.evaluate": N_("liet voorwaarden starten wat waar is"),
    "task.complete": N_("rondde een taak af"), "task.look": N_("bekeek een taak"), "message.publish": N_("stuurde een bericht"),
    "message.handle": N_("handelde een bericht af dat geen zaak had gelezen"),
    "incident.resolve": N_("probeerde een storing opnieuw"), "document.look": N_("bekeek een document"),
    "person.look": N_("bekeek de persoon"), "person.secret": N_("bekeek een afgeschermd nummer met een reden"),
    "variable.set": N_("wijzigde gegevens"),
    "process.suspend": N_("zette de zaak stil"), "process.resume": N_("liet de zaak verdergaan"),
    "process.look": N_("keek waar een zaak staat, zonder gegevens van de persoon"),
    "process.modify": N_("verplaatste stappen van de zaak"), "process.migrate": N_("bracht de zaak naar een andere versie"),
    "entry.case": N_("nam een zaak over uit een ander systeem"), "entry.upload": N_("stuurde een bestand met zaken"),
    "entry.look": N_("bekeek een bestand met zaken"), "entry.load": N_("las een bestand met zaken in"),
    "entry.download": N_("haalde de rijen met fouten van een bestand op"),
    "entry.delete": N_("verwijderde een bestand met zaken"),
    "retention.hold": N_("houdt een gesloten zaak vast"),
    "retention.release": N_("liet de regel weer beslissen hoe lang een zaak blijft"),
    "retention.day": N_("legde vast tot wanneer een gesloten zaak blijft"),
    "retention.propose": N_("droeg een gesloten zaak voor om te vernietigen"),
    "retention.destroy": N_("vernietigde een gesloten zaak"),
    "process.delete": N_("verwijderde de zaak"), "batch.create": N_("begon een bulkbewerking"),
    "batch.suspend": N_("zette een bulkbewerking stil"), "batch.resume": N_("liet een bulkbewerking verdergaan"),
    "batch.cancel": N_("stopte een bulkbewerking"),
    "process.cancel": N_("stopte de zaak"), "deploy": N_("zette processen klaar"),
    "person.register": N_("legde een persoon vast"), "person.link": N_("koppelde een zaak aan een persoon die al vastlag"),
    "variable.correct": N_("verbeterde een gegeven"), "person.correct": N_("wijzigde de persoon"),
    "case.replay": N_("liet afgeronde zaken opnieuw spelen"),
    "case.forecast": N_("las zaken zonder namen, voor een vooruitblik"), "forecast.begin": N_("begon een vooruitblik"),
    "forecast.stop": N_("stopte een vooruitblik"),
    "decision.again": N_("liet een beslissing opnieuw beoordelen"),
    "task.recompute": N_("liet de dag van een taak opnieuw berekenen"),
    "timer.recompute": N_("liet een termijn opnieuw berekenen"),
    "deploy.propose": N_("stelde voor om klaar te zetten"), "deploy.approved": N_("keurde het klaarzetten goed"),
    "rehearsal.begin": N_("begon zaken op proef over te zetten"), "rehearsal.stop": N_("stopte een proef met overzetten"),
    "version.name": N_("gaf een versie een naam"), "version.delete": N_("gooide een versie weg"),
    "deploy.rejected": N_("wees het klaarzetten af"),
    "logout": N_("logde uit"), "list.look": N_("bekeek een lijst met namen"), "case.search": N_("zocht zaken"),
    "task.search": N_("zocht taken"), "refused": N_("mocht dit niet doen"), "log.look": N_("keek in het logboek"),
    "case.look.refused": N_("mocht deze zaak niet zien, of dit er niet in doen"), "export": N_("maakte een kopie van alles"),
    "export.file": N_("haalde een bestand met cijfers of gegevens op"),
    "session.end": N_("beëindigde eigen sessies"),
    "login.throttled": N_("moest wachten: er is te vaak een verkeerd wachtwoord gebruikt"),
    "login": N_("logde in"), "login.failed": N_("kwam niet binnen: verkeerde naam of verkeerd wachtwoord"),
    "account.save": N_("bewaarde een account"),
    "case.move": N_("wijzigde de locatie"),
    "account.close": N_("sloot een account"), "account.open": N_("opende een account weer"),
    "account.agree": N_("gaf een account de gevraagde rollen"), "account.refuse": N_("weigerde gevraagde rollen"),
    "account.password": N_("koos een nieuw wachtwoord"),
    "report.ask": N_("vroeg een vast overzicht"), "report.stop": N_("stopte een vast overzicht"),
    "report.made": N_("kreeg een vast overzicht"), "report.fail": N_("kon een vast overzicht niet maken"),
    "report.stopped": N_("stopte een vast overzicht: account of rol"),
    "alert.choose": N_("koos waarover meldingen komen"),
    "calendar.make": N_("maakte een geheim adres voor de agenda"),
    "calendar.throttled": N_("moest wachten: er is te vaak een adres van een agenda geprobeerd dat niet bestaat"),
    "calendar.withdraw": N_("trok het geheime adres van de agenda in"),
    "case.look.file": N_("nam het dossier mee als PDF"),
    "person.extract": N_("maakte een overzicht van alles over de persoon"),
    "absence.note": N_("noteerde afwezigheid"), "absence.change": N_("veranderde een afwezigheid"),
    "absence.withdraw": N_("trok een afwezigheid in"),
    "signal.broadcast": N_("zond een signaal uit"),
    "log.begin": N_("begon de keten van het logboek"), "log.seal": N_("verzegelde het logboek"),
    "log.accept": N_("verklaarde dat een oudere kopie is teruggezet"),
    "document.made": N_("is gemaakt"), "message.received": N_("is ontvangen"), "decision.taken": N_("is beslist"),
    "document.add": N_("zette een document in de zaak"), "task.plan": N_("plande een taak"),
    "task.hand_over": N_("droeg een taak over"), "task.take_back": N_("nam een overgedragen taak terug"),
    "term.begun": N_("begon te lopen"), "term.moved": N_("kreeg een andere laatste dag"), "term.kept": N_("is gehaald"),
    "term.ended": N_("liep niet verder"), "case.ended": N_("is voorbij"),
    "money.post": N_("maakte een boeking"), "money.undo": N_("maakte een boeking ongedaan"),
    "project.create": N_("maakte een project"), "project.rename": N_("gaf een project een andere naam"),
    "project.remove": N_("gooide een project weg"), "project.bring_back": N_("haalde een project terug"),
    "file.add": N_("zette een bestand in een project"), "file.save": N_("bewaarde een bestand van een project"),
    "file.move": N_("gaf een bestand van een project een andere plaats"),
    "file.copy": N_("kopieerde een bestand van een project"),
    "file.delete": N_("gooide een bestand van een project weg"), "file.restore": N_("haalde een versie van een bestand terug"),
    "file.take_over": N_("nam het bewerken van een bestand over"), "file.upload": N_("zette bestanden in een project"),
    "trial.begin": N_("begon met proefdraaien"),
}  # fmt: skip


LISTS = {
    "tasks.mijn": N_("eigen taken"), "tasks.rollen": N_("vrije taken"), "tasks.alle": N_("alle taken"), "cases": N_("zaken"),
    "board": N_("regie"), "lost": N_("taken die niemand kan doen"), "unheard": N_("berichten die geen zaak heeft gelezen"),
    "alerts": N_("meldingen"), "agenda": N_("agenda"),
    "waiting": N_("zaken die op anderen wachten"),
    "rehearsal": N_("zaken die op proef zijn overgezet"), "impact": N_("zaken die een voorstel verandert"),
}  # fmt: skip


def told(detail: Mapping[str, Any] | None) -> str:
    """Return what an auditor sees of a line's details: the reason; which list and how many names; what was refused; whom an
    account is for.
    """
    found = detail or {}
    if "list" in found:
        line = _("{list}, namen: {count}").format(list=_(LISTS.get(found["list"], found["list"])), count=found.get("shown", 0))
        if found.get("as_deputy"):
            for_whom = _("daarvan {count} als vervanger van {name}")
            line = f"{line}, {for_whom.format(count=found['as_deputy'], name=found['as_deputy_of'])}"
        return line
    said = [_told_part(name, str(found[name])) for name in ("reason", "name", "account", "what", "day") if found.get(name)]
    return " – ".join(said)


def _told_part(name: str, text: str) -> str:
    """Return a detail of a line: a message as the domain calls it, a day as people write it."""
    if name == "day":
        return day(text, weekday=False)
    notice = services().context.domain.notices.get(text)
    return _(notice.title) if name == "name" and notice is not None else text


def roles(names: Iterable[str]) -> str:
    """Return the names of roles as people call them; a group from another model keeps its own."""
    known = services().context.roles
    return ", ".join(_(known[n].title) if n in known and known[n].title else n for n in names)


def number(value: float | Decimal) -> str:
    """Return a number with its thousands separated: ``1.234``, in English ``1,234``; decimals as far as it has them."""
    return str(format_decimal(value, locale=language()))


def month(value: date) -> str:
    """Return ``maart 2026``, in English ``March 2026``."""
    return str(format_date(value, "MMMM y", locale=language()))


def day(value: date | datetime | str | None, *, weekday: bool = True) -> str:
    """Return ``maandag 28 december 2026``, in English ``Monday 28 December 2026``."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    if isinstance(value, datetime):
        value = value.astimezone(LEGAL_ZONE).date()
    return i18n.day(value, weekday=weekday)


def last_day(due: datetime | None) -> str:
    """Return the last day that a due moment represents."""
    return day(legal_last_day(due)) if due is not None and due.year < 9000 else ""


_LENGTH = re.compile(r"P(\d+)([DWMY])")


def length_of_time(text: str) -> str:
    """Return an ISO 8601 length of whole days, weeks, months or years in words; any other as it is."""
    found = _LENGTH.fullmatch(text)
    if found is None:
        return text
    count = int(found[1])
    match found[2]:
        case "D":
            said = ngettext("{count} dag", "{count} dagen", count)
        case "W":
            said = ngettext("{count} week", "{count} weken", count)
        case "M":
            said = ngettext("{count} maand", "{count} maanden", count)
        case _:
            said = ngettext("{count} jaar", "{count} jaar", count)
    return said.format(count=count)


LONG = 2 * 365
"""Days beyond which nobody counts days any more."""


def away(due: datetime | None) -> str:
    """Return how far away a last day is: ``nog 12 dagen``, ``vandaag``, ``3 dagen te laat``."""
    if due is None or due.year >= 9000:
        return ""
    days = (legal_last_day(due) - legal_day(services().clock.now())).days
    if days == 0:
        return _("vandaag")
    if days < -LONG:
        years = -days // 365
        return ngettext("meer dan {years} jaar te laat", "meer dan {years} jaar te laat", years).format(years=years)
    if days < 0:
        return ngettext("{days} dag te laat", "{days} dagen te laat", -days).format(days=-days)
    return ngettext("nog {days} dag", "nog {days} dagen", days).format(days=days)


def retried() -> str:
    """Return what is said once a step that stood still has begun again: how it goes is known later."""
    return _("De stap is opnieuw begonnen. Gaat het weer mis, dan staat de storing hier over een moment opnieuw.")


def is_late(due: datetime | None) -> bool:
    """Tell whether a last day has passed."""
    return due is not None and due <= services().clock.now()


def moment(value: datetime | None) -> str:
    """Return a day and time in Europe/Amsterdam."""
    return "" if value is None else _moment(value, language())


@lru_cache(maxsize=4096)
def _moment(value: datetime, spoken: str) -> str:
    local = value.astimezone(LEGAL_ZONE)
    return f"{i18n.day(local.date(), spoken=spoken)} {local:%H:%M}"


def label(name: str) -> str:
    """Return a variable's name as words, the domain's acronyms in capitals: ``betaalUiterlijk`` → ``Betaal uiterlijk``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
    known = services().context.domain.acronyms
    words = " ".join(word.upper() if word in known else word for word in words.split(" "))
    return words[:1].upper() + words[1:]


CODE, DUTCH_CODE, KEY = Markup("<code>{}</code>"), Markup('<code lang="nl">{}</code>'), re.compile(r"(\d{15,})")


def coded(text: object) -> Markup:
    """Return a word that only programs use, marked as such; nothing where there is none."""
    if text is None or text == "":
        return Markup("")
    is_dutch = language() != MODELLED and re.search(r"[a-z]", str(text)) is not None
    return (DUTCH_CODE if is_dutch else CODE).format(text)


def keys_coded(text: str) -> Markup:
    """Return a sentence with the keys in it marked as what only programs use."""
    return Markup("").join(coded(part) if KEY.fullmatch(part) else escape(part) for part in KEY.split(text))


def cited(text: str) -> str:
    """Return a text of a model with the articles in place of the numbers by which it names rules of the law; a parenthesis that
    holds nothing but such numbers is left out.
    """
    known = services().context.domain.citations
    if not known:
        return text
    bare, numbers = _numbers(tuple(known))
    return numbers.sub(lambda found: known[found[0]], bare.sub("", text))


@lru_cache(maxsize=8)
def _numbers(known: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    one = rf"(?:{'|'.join(map(re.escape, known))})"
    return re.compile(rf"\s*\({one}(?:(?:,\s|\sen\s|\stot\sen\smet\s){one})*\)"), re.compile(rf"\b{one}\b")


def words_in(text: str) -> list[Word]:
    """Return the words of a text that the glossary explains, each once, in the order of the text."""
    known = services().context.domain.words
    found = (known[form] for form in re.findall(_forms(tuple(known)), text.lower())) if known else ()
    return list({word.id: word for word in found}.values())


@lru_cache(maxsize=8)
def _forms(forms: tuple[str, ...]) -> re.Pattern[str]:
    longest = sorted(forms, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")


def value(found: Any, kind: str = "") -> str:
    """Return a fact as it is shown; a text from a model or a colleague stays Dutch. Of a fact of several parts each is named."""
    if found is None:
        return _("niet bekend")
    if isinstance(found, Mapping):
        return Markup(", ").join(Markup("{}: {}").format(modelled(label(str(k))), value(v)) for k, v in found.items())
    if isinstance(found, list | tuple):
        return Markup("; ").join(escape(value(one)) for one in found) or "–"
    if isinstance(found, bool):
        return _("ja") if found else _("nee")
    if isinstance(found, Decimal):
        return f"{found:f}".replace(".", get_decimal_symbol(language()))
    if isinstance(found, str) and (kind == "date" or re.fullmatch(r"\d{4}-\d\d-\d\d", found)):
        try:
            return day(found)
        except ValueError:
            return modelled(found)
    if isinstance(found, str) and _LENGTH.fullmatch(found):
        return length_of_time(found)
    return modelled(found) if isinstance(found, str) else str(found)


def element_name(definition_key: int, element_id: str, name: str) -> Markup:
    """Return the name of an element: the model's own, or in another language its property ``naam.<language>``."""
    if language() != MODELLED:
        element = services().context.catalog.process(definition_key).elements.get(element_id)
        translated = element.properties.get(f"naam.{language()}") if element else None
        if translated:
            return escape(translated)
    return modelled(name)


def element_says(definition_key: int, element_id: str, name: str) -> Markup:
    """Return the sentence in a property of an element, in another language that in ``<name>.<language>`` where there is one."""
    element = services().context.catalog.process(definition_key).elements.get(element_id)
    found = element.properties if element is not None else {}
    translated = found.get(f"{name}.{language()}")
    return escape(translated) if translated else modelled(found.get(name, ""))


def named(task: UserTask | TaskItem) -> Markup:
    """Return the name of a task."""
    return element_name(task.definition_key, task.element_id, task.name)


def week_from_now() -> datetime:
    """Return the moment a week from now."""
    now: datetime = services().clock.now()
    return now + timedelta(days=7)


def deed(action: str) -> str:
    """Return an action of the log in words: ``rondde een taak af``."""
    said = ACTIONS.get(action) or services().context.domain.deeds.get(action)
    return _(said) if said else action


def _joined(*parts: str) -> Markup:
    return Markup("".join(map(written, parts)))  # noqa: S704  # each part is escaped


OF_A_TASK = {"priority": N_("prioriteit"), "follow_up": N_("opvolgdatum")}
"""What of a task somebody may plan, in words."""


def doer(username: str | None) -> str:
    """Return who did something: a person by account, the program itself in words."""
    return _("het systeem") if username == SYSTEM.username else username or ""


def sentence(event: Event) -> Markup:
    """Return one line of history as a sentence: ``karin rondde een taak af: Brief nakijken``, with what it was and became, who
    got it, and what came of it.
    """
    done = deed(event.action)
    who = doer(event.actor)
    told_of = _message(event.subject) if event.action.startswith("message.") else event.subject
    subject = named(event.task) if event.task else modelled(told_of)
    if event.action.startswith("term."):
        subject = Markup(_("de termijn “{name}”")).format(name=subject)  # noqa: S704  # our own sentence
    if event.action == "case.ended":
        line = _joined(_("de zaak"), " ", done, *((": ", subject) if event.subject else ()))
    elif not event.actor:
        line = _joined(subject, " ", done)
    elif not (event.task or event.subject):
        line = _joined(who, " ", done)
    else:
        line = _joined(who, " ", done, ": ", subject)
    if event.whom:
        line = _joined(line, " ", _("voor %(whom)s") % {"whom": event.whom})
    if event.deputy_of:
        line = _joined(line, ", ", _("als vervanger van %(name)s") % {"name": event.deputy_of})
    if event.absent:
        line = _joined(line, ", ", _("want %(name)s was afwezig en niemand verving") % {"name": event.absent})
    said = [_changed(*change) for change in event.changes]
    said += [_came(one) for one in event.outcome[:3] if not one.hidden]
    return _joined(line, Markup(" (%s)") % Markup("; ").join(said)) if said else line


def _message(name: str) -> str:
    """Return what a message is about: as the domain calls it, else whose it is and its own name as words."""
    notice = services().context.domain.notices.get(name)
    if notice is not None:
        return _(notice.title)
    partner, _dot, rest = name.partition(".")
    return f"{label(partner)}: {rest.replace('-', ' ')}" if rest else name


def _changed(name: str, before: Any, after: Any) -> Markup:
    was, now = ("–" if one is None or one == "" else _plain(one) for one in (before, after))
    if before is None and isinstance(after, date):
        return Markup(_("de laatste dag is {day}")).format(day=now)  # noqa: S704  # our own sentence
    told_so = Markup(_("was {before}, is nu {after}")).format(before=was, after=now)  # noqa: S704  # our own sentence
    return _joined(_(OF_A_TASK[name]), " ", told_so) if name in OF_A_TASK else told_so


def _came(one: DecidedValue) -> Markup:
    """Return what a decision came to, or a part of it."""
    found = "–" if one.value is None else _plain(one.value)
    return _joined(modelled(label(one.name)) if one.name else _("uitkomst"), ": ", found)


def _plain(found: Any) -> str:
    if isinstance(found, date):
        return day(found)
    if isinstance(found, (dict, list)):
        return _("meer gegevens")
    return value(found)


def register_filters(app: Flask) -> None:
    """Register filters and what every template can use."""
    app.jinja_env.filters.update(
        day=day,
        last_day=last_day,
        away=away,
        moment=moment,
        label=label,
        fact=value,
        sentence=sentence,
        deed=deed,
        doer=doer,
        cited=cited,
        told=told,
        roles=roles,
        named=named,
        length_of_time=length_of_time,
        euros=in_euros,
        number=number,
    )
    app.jinja_env.tests["late"] = is_late
    context = app.extensions["services"].context
    domain = context.domain
    app.jinja_env.globals.update(
        settings=context.settings, domain=domain, organisation=context.organisation, element_name=element_name,
        element_says=element_says, words_in=words_in, coded=coded, keys_coded=keys_coded,
        next_task_after=lambda key: services().task_page.next_after(key, me()),
    )  # fmt: skip
    app.jinja_env.globals["once"] = lambda: secrets.token_urlsafe(16)  # of a form that creates something

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {"me": actor(), "case_label": _(domain.case_name.label) if domain.case_name else _("Zaaknaam")}
