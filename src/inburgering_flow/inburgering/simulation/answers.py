"""How a member of staff fills in a form: from its own questions and bounds, and from preferences where chance would be senseless.

A form that is not known here is answered from its schema alone, so that a new process needs nothing here to be played.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from inburgering_flow import feel
from inburgering_flow.clock import LEGAL_ZONE, start_of_day
from inburgering_flow.feel import FeelError
from inburgering_flow.forms.tree import Component, tree
from inburgering_flow.inburgering.simulation.population import Newcomer
from inburgering_flow.inburgering.simulation.shares import Draw
from inburgering_flow.inburgering.termijnen import working_day
from inburgering_flow.services.ranges import Range, day_of

SENTENCE = "Verzonnen tekst van de simulatie, over niemand."


@dataclass(frozen=True)
class Later:
    """This task cannot sensibly be done before a day."""

    day: date


@dataclass(frozen=True)
class Situation:
    """What somebody knows who has a task before them."""

    newcomer: Newcomer
    draw: Draw
    today: date
    created: date
    """The day on which the task was made."""
    variables: Mapping[str, Any]

    def day(self, name: str) -> date | None:
        """Return a variable as a day."""
        return _day(self.variables.get(name))

    def after(self, days: int) -> str:
        """Return the working day some days from now."""
        return _forward(self.today + timedelta(days=days)).isoformat()

    @property
    def age(self) -> int:
        """The days since the task was made."""
        return (self.today - self.created).days


Answer = Mapping[str, Any] | Later


def filled_in(schema: Mapping[str, Any] | None, form: str, at: Situation, ranges: Mapping[str, Range]) -> Answer:
    """Return the answers to a form, or from which day on somebody should look at it again."""
    preferred: Answer = PREFERENCES[form](at) if form in PREFERENCES else {}
    if isinstance(preferred, Later) or schema is None:
        return preferred
    given: dict[str, Any] = dict(preferred)
    for item in tree(schema).keyed():
        name = ".".join(map(str, item.full_path))
        if item.full_path and len(item.full_path) == 1 and name not in given and not _is_fixed(item):
            value = _drawn(item, at, {**at.variables, **given}, ranges.get(name, Range()))
            if value is not None:
                given[name] = value
    return {name: value for name, value in given.items() if value is not None}


def _is_fixed(item: Component) -> bool:
    return bool(item.disabled or item.attrs.get("readonly") or item.type in ("expression", "filepicker"))


def _drawn(item: Component, at: Situation, known: Mapping[str, Any], bounds: Range) -> Any:
    rules, chance = item.rules, at.draw.random
    required = rules.get("required") is True
    if item.type == "checkbox":
        return True if required else chance.random() < 0.5
    if not required and chance.random() < 0.6:
        return None
    if item.type in ("textfield", "textarea"):
        least, most = int(rules.get("minLength") or 0), int(rules.get("maxLength") or 4000)
        return (SENTENCE * (least // len(SENTENCE) + 1))[:most]
    if item.type == "number":
        return _number(item, known, bounds, chance.random())
    if item.type in ("radio", "select"):
        values = _choices(item, known)
        return chance.choice(values) if values else None
    if item.type in ("checklist", "taglist"):
        values = _choices(item, known)
        return [chance.choice(values)] if values else None
    if item.type == "datetime":
        return _date(at, bounds)
    return None


def _number(item: Component, known: Mapping[str, Any], bounds: Range, part: float) -> Any:
    least = _evaluated(item.rules.get("min"), known, bounds.minimum, 0)
    most = _evaluated(item.rules.get("max"), known, bounds.maximum, least + 100)
    if most < least:
        return None
    digits = int(item.attrs.get("decimalDigits") or 0)
    return round(least + (most - least) * Decimal(str(part)), digits)


def _evaluated(rule: Any, known: Mapping[str, Any], bound: Decimal | None, otherwise: Any) -> Decimal:
    if isinstance(rule, str) and rule.startswith("="):
        try:
            rule = feel.evaluate(rule[1:], dict(known))
        except FeelError:
            rule = None
    for value in (rule, bound, otherwise):
        if value is not None:
            return Decimal(str(value))
    return Decimal(0)


def _choices(item: Component, known: Mapping[str, Any]) -> list[Any]:
    values: Any = item.attrs.get("values")
    text = item.attrs.get("valuesExpression")
    if text:
        try:
            values = feel.to_plain(feel.evaluate(text.removeprefix("="), dict(known)))
        except FeelError:
            return []
    if item.attrs.get("valuesKey"):
        values = known.get(item.attrs["valuesKey"])
    return [v["value"] if isinstance(v, Mapping) else v for v in values or ()]


def _date(at: Situation, bounds: Range) -> str:
    first = day_of(bounds.earliest, at.today) if bounds.earliest else None
    last = day_of(bounds.latest, at.today) if bounds.latest else None
    day = at.today
    if first is not None and day < first:
        day = first
    if last is not None and day > last:
        day = last
    return day.isoformat()


def _day(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _forward(day: date) -> date:
    while working_day(day) != day:
        day += timedelta(days=1)
    return day


def last_day_over(end: date | None, today: date) -> bool:
    """Tell whether a term has run out: its last day has passed."""
    return end is not None and start_of_day(today).astimezone(LEGAL_ZONE).date() > end


# -- what is sensible, form by form -------------------------------------------------------------------------------------


def _always(**answers: Any) -> Callable[[Situation], Answer]:
    return lambda _at: answers


def _plan_intake(at: Situation) -> Answer:
    return {
        "isErNu": False, "afspraakDatum": at.after(at.draw.random.randint(7, 20)), "afspraakPlaats": "Stadhuis, kamer 3",
    }  # fmt: skip


def _comes(at: Situation) -> bool:
    return at.draw.random.random() < {"altijd": 0.96, "soms": 0.6, "nooit": 0.05}[at.newcomer.comes]


def _intake_talk(at: Situation) -> Answer:
    came = {
        "verschenen": True, "onvoldoendeMeegewerkt": False, "rechtAlleenGewezen": True, "leeftijd": at.newcomer.age,
        "onderwijswens": at.newcomer.route == "O", "naVerhuizing": False,
        "lbtBeperking": at.draw.random.choices(["geen", "visueel", "auditief"], [0.96, 0.02, 0.02])[0],
    }  # fmt: skip
    if at.variables.get("wachtOpBesluit") is True:  # come at last, while the fine is being prepared; or never
        return came if at.age > 5 and at.draw.random.random() < 0.05 else Later(at.today + timedelta(days=4))
    appointment, end = at.day("afspraakDatum"), at.day("oproepEinde")
    if appointment is not None and at.today < appointment:
        return Later(appointment)
    if _comes(Situation(at.newcomer, Draw(at.newcomer.bsn, "comes", at.created, at.variables.get("oproepNummer")), at.today,
                        at.created, {})):  # fmt: skip
        return came
    if end is not None and not last_day_over(end, at.today):
        return Later(end + timedelta(days=1))
    return {"verschenen": False}


def _test(at: Situation) -> Answer:
    return Later(at.today + timedelta(days=60))  # DUO's result ends this task


def _reports(at: Situation) -> Answer:
    return {"verslagGezien": at.draw.random.random() < 0.97}


def _plan(at: Situation) -> Answer:
    route = at.newcomer.route
    result: dict[str, Any] = {
        "leerroute": route, "niveau": "B1", "pvtUren": 12, "aantalGesprekken": 6, "vve": None,
        "intensiteitLeerroute": "Drie dagdelen per week.",
        "zExamens": None, "zUrenMinder": None,  # an exam that nobody wants would be given back, again and again
    }  # fmt: skip
    return result


def _sign(at: Situation) -> Answer:
    return {"pipAkkoord": at.draw.random.random() < 0.94}


def _offer(at: Situation) -> Answer:
    return {"instelling": "Voorbeeldschool", "lesStart": at.after(14)}


def _workshop(at: Situation) -> Answer:
    return {"pvtDatum": at.after(21)}


def _declaration(at: Situation) -> Answer:
    planned = at.day("pvtDatum")
    if planned is not None and at.today < planned:
        return Later(planned)
    if at.newcomer.refuses_to_sign and at.draw.random.random() < 0.7:
        return {"pvtUitkomst": "niet_ondertekend", "datumOndertekening": None}
    return {"pvtUitkomst": "ondertekend", "datumOndertekening": at.today.isoformat()}


def _module(at: Situation) -> Answer:
    return {"mapStart": at.after(30), "mapPlek": "Voorbeeldbedrijf"}


def _module_talk(at: Situation) -> Answer:
    begins = at.day("mapStart")
    ready = (begins or at.created) + timedelta(days=120)
    if at.today < ready:
        return Later(ready)
    return {"mapUren": at.draw.random.randint(40, 90), "datumEindgesprek": at.today.isoformat()}


def _progress(at: Situation) -> Answer:
    since = at.day("pipDagtekening") or at.created
    months = max(0, (at.today - since).days) / 30
    hours = int(months * at.newcomer.hours * (0.3 if at.newcomer.skips_lessons else 1))
    said: dict[str, Any] = {
        "voortgang": "doorgaan", "gevolgdeUren": hours, "participatieUren": hours, "examensGehaald": False,
        "opleidingEinde": None,
    }  # fmt: skip
    chance = at.draw.random.random()
    if at.newcomer.skips_lessons and chance < 0.6:
        said["voortgang"] = "verzuim"
    elif hours > 600 and chance < 0.08 and at.variables.get("niveau") == "B1" and at.variables.get("leerroute") == "B1":
        said |= {"voortgang": "afschalen", "inspanningVoldoende": True, "b1Haalbaar": False}
    elif months > 4 and chance > 0.97:
        said["voortgang"] = "schakelen"
    elif hours >= 800 or (months > 14 and chance < 0.3):
        said |= {"voortgang": "klaar", "examensGehaald": True}
    return said


def _cause(at: Situation) -> Answer:
    support = at.draw.happens("bijstand")
    lowered = at.draw.random.choices(["nee", "ja", "ingetrokken"], [0.9, 0.07, 0.03])[0]
    return {
        "verwijtbaar": at.draw.one("verwijt"), "inBijstand": support, "bijstandVerlaagd": lowered,
        "grondslag": at.draw.random.choices(["inburgering", "participatiewet"], [0.85, 0.15])[0],
    }  # fmt: skip


def _legal_opinion(at: Situation) -> Answer:
    return {"juristOordeel": at.draw.random.choices(["doorgaan", "geen_boete"], [0.3, 0.7])[0]}


def _release(at: Situation) -> Answer:
    return {"tekstVrijgave": at.draw.random.choices(["vrijgegeven", "tegengehouden"], [0.96, 0.04])[0]}


def _breach(at: Situation) -> Answer:
    noticed = at.day("geconstateerdOp") or at.today
    return {"overtredingDatum": min(noticed, at.today).isoformat(), "boeteTermijn": "eerste termijn"}


def _view(at: Situation) -> Answer:
    earlier = [dict(one) for one in at.variables.get("eerdereBoetes") or ()]
    return {"verwijtbaarheid": at.draw.one("mate van verwijt"), "bijstandVerlaagd": "nee", "eerdereBoetes": earlier or None}


def _fine(at: Situation) -> Answer:
    proposed = at.variables.get("boeteVoorstel")
    if proposed in (None, 0) or at.draw.random.random() < 0.1:
        return {"besluit": "geen_boete"}
    amount = Decimal(str(proposed))
    if at.draw.random.random() < 0.1:
        amount = (amount / 2).quantize(Decimal("0.01"))
    return {"besluit": "boete", "boeteBedrag": amount, "nieuweTermijnEinde": at.variables.get("nieuweTermijnUiterlijk")}


def _end_of_duty(at: Situation) -> Answer:
    return {"eindePlichtBesluit": at.draw.random.choices(["doorgaan", "stoppen"], [0.3, 0.7])[0]}


def _deferral(at: Situation) -> Answer:
    return {"betaalBesluit": at.draw.random.choice(["toegekend", "afgewezen"]), "nieuwUitstelTot": at.after(60)}


def _writ(at: Situation) -> Answer:
    return {"dwangbevelKosten": at.draw.random.choice([0, 85]), "dwangbevelOvergedragen": True}


def _objection(at: Situation) -> Answer:
    asked = at.variables.get("herstelEinde") is not None
    complete = at.draw.random.choices(["ja", "nee" if asked else "eerst vragen"], [0.75, 0.25])[0]
    return {
        "bezwaarVolledig": complete, "verschoonbaar": "ja" if not asked else at.draw.random.choice(["ja", "nee"]),
        "bezwaarGepostOp": at.variables.get("bezwaarGepostOp"), "eldersOntvangenOp": at.variables.get("eldersOntvangenOp"),
        "commissie": False,
    }  # fmt: skip


def _hearing(at: Situation) -> Answer:
    outcome = at.draw.random.choices(["horen", "ziet af", "geen antwoord", "kennelijk ongegrond"], [0.8, 0.1, 0.05, 0.05])[0]
    return {"hoorUitkomst": outcome, "hoorDatum": at.after(21), "hoorTijd": "10.00 uur", "hoorPlaats": "Stadhuis"}


def _decide_objection(at: Situation) -> Answer:
    fine = at.variables.get("besluitSoort") == "boete"
    values, weights = ["ongegrond", "herroepen", "lager bedrag"], [0.65, 0.2, 0.15]
    chosen = at.draw.random.choices(values, weights)[0]
    before = at.variables.get("nieuwBedrag") or at.variables.get("besluitBedrag")
    if chosen == "lager bedrag" and (not fine or before is None or Decimal(str(before)) <= Decimal("0.02")):
        chosen = "ongegrond"
    lower = None if before is None else (Decimal(str(before)) / 2).quantize(Decimal("0.01"))
    return {"bezwaarBesluit": chosen, "voorstelBedrag": lower}


def _adjourn(at: Situation) -> Answer:
    end = at.day("beslisUiterlijk")
    can = end is not None and at.today <= end
    return {"verdaging": at.draw.random.choice(["op tijd", "verdagen"]) if can else "op tijd"}


def _judgment(at: Situation) -> Answer:
    fine = at.variables.get("besluitSoort") == "boete"
    values = ["in stand", "vernietigd", "opnieuw beslissen", *(["zelf voorzien"] if fine else [])]
    most = at.variables.get("besluitBedrag")
    return {
        "uitspraak": at.draw.random.choices(values, [0.7, 0.15, 0.1, 0.05][: len(values)])[0],
        "uitspraakDatum": at.today.isoformat(), "hoogsteRechter": at.draw.random.random() < 0.5,
        "uitspraakBedrag": None if most is None else (Decimal(str(most)) / 2).quantize(Decimal("0.01")),
    }  # fmt: skip


def _repayment(at: Situation) -> Answer:
    return {"terugbetaalDag": at.after(10), "onjuisteGegevens": False}


def _waiver(at: Situation) -> Answer:
    owed = at.variables.get("openBedrag")
    return {
        "betaalBesluit": at.draw.random.choices(["toegekend", "afgewezen"], [0.3, 0.7])[0],
        "kwijtBedrag": None if owed is None else Decimal(str(owed)),
    }  # fmt: skip


def _payment(at: Situation) -> Answer:
    return {"bijgeschrevenOp": at.today.isoformat(), "betaaldBedrag": at.variables.get("betaaldBedrag") or 1}


def _participates(at: Situation) -> Answer:
    return {"deelname": at.draw.random.random() < 0.8, "instemmingDatum": at.today.isoformat()}


def _reception(at: Situation) -> Answer:
    ready = at.created + timedelta(days=90)
    return {} if at.today >= ready else Later(ready)


def _lookup(at: Situation) -> Answer:
    return {"besluitSoort": "anders", "besluitVerzondenOp": (at.today - timedelta(days=7)).isoformat()}


def _lapsed(at: Situation) -> Answer:
    """Whoever has died has another signal of DUO in the simulation, and the form refuses that answer."""
    return {"vervallenReden": at.draw.random.choice(("verblijfsrecht", "vertrokken", "nederlander", "aow", "onbekend"))}


PREFERENCES: Mapping[str, Callable[[Situation], Answer]] = {
    "intake-plannen": _plan_intake,
    "intakegesprek": _intake_talk,
    "toets-volgen": _test,
    "intake-verslag": _reports,
    "intake-bij-afwezigheid": _always(alsnogVerschenen=False),
    "pip-opstellen": _plan,
    "pip-ondertekenen": _sign,
    "aanbod-regelen": _offer,
    "pvt-plannen": _workshop,
    "pvt-ondertekenen": _declaration,
    "map-plannen": _module,
    "map-eindgesprek": _module_talk,
    "voortgangsgesprek": _progress,
    "oorzaak-onderzoeken": _cause,
    "jurist-beoordelen": _legal_opinion,
    "tekst-vrijgeven": _release,
    "boeterapport": _breach,
    "zienswijze-beoordelen": _view,
    "boetebesluit": _fine,
    "einde-plicht": _end_of_duty,
    "inning-starten": _always(inningKlaar=True),
    "uitstel-beslissen": _deferral,
    "dwangbevel-overdragen": _writ,
    "bezwaar-beoordelen": _objection,
    "horen-regelen": _hearing,
    "bezwaar-beslissen": _decide_objection,
    "verdagen": _adjourn,
    "uitspraak-verwerken": _judgment,
    "terugbetaling-plannen": _repayment,
    "kwijtschelding-beslissen": _waiver,
    "plicht-vervallen": _lapsed,
    "betaling-controleren": _payment,
    "deelname-voorinburgering": _participates,
    "programma-voorinburgering": _reception,
    "besluit-opzoeken": _lookup,
    "route-voorstellen": _always(nieuwNiveau="B1"),
}
"""Form → what somebody would sensibly fill in; a question that is not answered here is drawn."""
