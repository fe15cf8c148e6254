"""What differs, in words: the kinds of things and the properties of diagrams, tables, forms and data dictionaries."""

from __future__ import annotations

import re
from collections.abc import Mapping

from inburgering_flow.i18n import N_, _
from inburgering_flow.model.differences import ADDED, CHANGED, MOVED, REMOVED

KINDS: Mapping[str, str] = {
    ADDED: N_("nieuw"), REMOVED: N_("weg"), CHANGED: N_("gewijzigd"), MOVED: N_("verplaatst"),
}  # fmt: skip
TYPES: Mapping[str, str] = {
    "userTask": N_("taak"), "serviceTask": N_("automatische stap"), "sendTask": N_("stap die iets verstuurt"),
    "receiveTask": N_("stap die op een bericht wacht"), "businessRuleTask": N_("beslissing"), "scriptTask": N_("berekening"),
    "manualTask": N_("handwerk"), "task": N_("stap"), "callActivity": N_("aanroep van een ander proces"),
    "subProcess": N_("deelproces"), "transaction": N_("transactie"), "adHocSubProcess": N_("vrij deelproces"),
    "exclusiveGateway": N_("keuze"), "parallelGateway": N_("splitsing"), "inclusiveGateway": N_("keuze voor meer wegen"),
    "complexGateway": N_("samengestelde splitsing"), "eventBasedGateway": N_("wachten op wat eerst komt"),
    "startEvent": N_("begin"), "endEvent": N_("einde"), "intermediateCatchEvent": N_("wachtmoment"),
    "intermediateThrowEvent": N_("melding"), "boundaryEvent": N_("gebeurtenis bij een stap"), "sequenceFlow": N_("pijl"),
    "messageFlow": N_("berichtpijl"), "textAnnotation": N_("toelichting"), "association": N_("stippellijn"), "group": N_("kader"),
    "lane": N_("baan"), "participant": N_("deelnemer"), "process": N_("proces"),
    "dataObjectReference": N_("gegeven in de tekening"), "dataStoreReference": N_("opslag in de tekening"),
    "decision": N_("beslissing"), "knowledgeModel": N_("kennismodel"), "inputData": N_("invoergegeven"),
    "decisionService": N_("beslisservice"), "textfield": N_("tekstveld"), "textarea": N_("groot tekstveld"),
    "number": N_("getal"), "datetime": N_("datum of tijd"), "checkbox": N_("vinkje"), "radio": N_("keuze uit een lijst"),
    "select": N_("keuzelijst"), "checklist": N_("lijst met vinkjes"), "taglist": N_("lijst met labels"), "text": N_("tekst"),
    "html": N_("opgemaakte tekst"), "expression": N_("berekening"), "filepicker": N_("bestand"),
    "dynamiclist": N_("herhaalde groep"),
    "table": N_("tabel"), "separator": N_("scheidingslijn"), "spacer": N_("witruimte"), "button": N_("knop"),
    "image": N_("afbeelding"), "default": N_("formulier"), "string": N_("tekst"), "boolean": N_("ja of nee"), "date": N_("datum"),
    "dateTime": N_("datum en tijd"), "time": N_("tijd"), "list": N_("lijst"), "context": N_("groep gegevens"),
}  # fmt: skip
PROPERTIES: tuple[tuple[str, str], ...] = (
    (r"name|label|.*\.label", N_("Naam")), (r"\$type|type", N_("Soort")), (r"\$scope|inside", N_("Staat in")),
    (r"documentation.*", N_("Uitleg")), (r"description|question", N_("Toelichting")), (r"meaning", N_("Betekenis")),
    (r"formDefinition\..*|.*[Ff]ormKey|.*userTaskForm.*", N_("Formulier")),
    (r".*candidateGroups", N_("Voor welke rol")), (r".*candidateUsers", N_("Voor welke mensen")), (r".*assignee", N_("Van wie")),
    (r".*dueDate", N_("Uiterste dag")), (r".*followUpDate", N_("Dag om op terug te komen")), (r".*priority", N_("Voorrang")),
    (r".*property\[bron\].*", N_("Bron")), (r".*property\[zekerheid\].*", N_("Zekerheid")),
    (r".*input\[(.*)\].*", N_("Gaat erin: {x}")), (r".*output\[(.*)\].*", N_("Komt eruit: {x}")),
    (r".*header\[(.*)\].*", N_("Gegeven voor de uitvoerder: {x}")), (r".*property\[(.*)\].*", N_("Eigenschap {x}")),
    (r"taskDefinition.*", N_("Wie het werk doet")), (r"calledDecision.*", N_("Welke beslissing")),
    (r"calledElement.*", N_("Welk proces")), (r"script.*", N_("Berekening")),
    (r"(.*\.)?timerEventDefinition.*", N_("Wanneer")), (r"(.*\.)?messageEventDefinition.*|messageRef", N_("Welk bericht")),
    (r"(.*\.)?signalEventDefinition.*", N_("Welk signaal")), (r"(.*\.)?errorEventDefinition.*", N_("Welke fout")),
    (r"(.*\.)?escalationEventDefinition.*", N_("Welke escalatie")), (r"(.*\.)?conditionalEventDefinition.*", N_("Voorwaarde")),
    (r"conditionExpression.*|conditional\.hide", N_("Voorwaarde")),
    (r"sourceRef", N_("Komt van")), (r"targetRef", N_("Gaat naar")),
    (r"attachedToRef", N_("Hoort bij")), (r"default", N_("Weg als niets past")), (r"cancelActivity", N_("Breekt de stap af")),
    (r"isInterrupting", N_("Breekt af wat loopt")), (r".*[lL]oopCharacteristics.*", N_("Herhaling")),
    (r".*versionTag.*", N_("Versielabel voor aanroepen")), (r"isExecutable", N_("Kan worden uitgevoerd")),
    (r".*[lL]istener.*", N_("Extra werk bij de stap")), (r"userTask", N_("Soort taak")), (r"text", N_("Tekst")),
    (r"triggeredByEvent", N_("Begint door een gebeurtenis")),
    (r"logic\.hitPolicy", N_("Hoe de tabel kiest")), (r"logic\.aggregation", N_("Hoe de tabel optelt")),
    (r"logic.*", N_("Berekening")), (r"inputs", N_("Gegevens die nodig zijn")), (r"decisions", N_("Beslissingen die nodig zijn")),
    (r"knowledge", N_("Kennismodellen die nodig zijn")), (r"variable", N_("Naam van de uitkomst")),
    (r"typeRef", N_("Soort uitkomst")),
    (r"validate\.required", N_("Verplicht")), (r"validate\.(min|minLength)|minimum|shortest", N_("Minstens")),
    (r"validate\.(max|maxLength)|maximum|longest", N_("Hoogstens")), (r"validate\.pattern.*|pattern", N_("Toegestaan")),
    (r"values.*", N_("Antwoorden")), (r"layout\..*", N_("Breedte")), (r"defaultValue", N_("Vooraf ingevuld")),
    (r"disabled|readonly", N_("Alleen lezen")), (r"key|path", N_("Waar het antwoord komt")),
    (r"roles", N_("Wie het mag zien")), (r"category", N_("Persoonsgegeven")), (r"source", N_("Bron")),
    (r"earliest", N_("Vroegste dag")), (r"latest", N_("Laatste dag")), (r"term\..*", N_("Termijn")),
)  # fmt: skip
"""Pattern of a property's path → its name; the first that fits the whole path counts, ``{x}`` is its first group."""
_PATTERNS = [(re.compile(pattern), name) for pattern, name in PROPERTIES]
VALUES: Mapping[str, str] = {
    "true": N_("ja"), "false": N_("nee"), "UNIQUE": N_("precies één regel past"), "FIRST": N_("de eerste regel die past"),
    "ANY": N_("regels die passen zeggen hetzelfde"), "COLLECT": N_("alle regels die passen"),
    "RULE ORDER": N_("alle regels die passen, op volgorde"), "PRIORITY": N_("de belangrijkste uitkomst"),
    "OUTPUT ORDER": N_("alle uitkomsten, de belangrijkste eerst"),
}  # fmt: skip


def kind_of(kind: str) -> str:
    """Return what became of something, in a word."""
    return _(KINDS[kind])


def type_of(type: str) -> str:
    """Return what kind of thing it is, in words; one that is not known as its file has it."""
    return _(TYPES[type]) if type in TYPES else type


def property_of(path: str) -> str:
    """Return the name of a property; one that has none by its path in the file."""
    for pattern, name in _PATTERNS:
        found = pattern.fullmatch(path)
        if found is not None:
            return _(name).replace("{x}", (found.groups() or ("",))[0] or "")
    return _("Andere instelling: {path}").format(path=path)


def value_of(value: str | None) -> str:
    """Return a value of a property as it is told; empty where there is none."""
    if value is None:
        return ""
    return _(VALUES[value]) if value in VALUES else value
