// What the editors of bpmn.io say, in Dutch. What is not here stays as they say it (tests/browser/test_editors_in_dutch.py).
import { DIAGRAMS } from "./dutch/diagrams.js";
import { FORMS } from "./dutch/forms.js";
import { PANELS } from "./dutch/panels.js";
import { TABLES } from "./dutch/tables.js";
import { inDutch } from "./dutch/answers.js";

const WORDS = {
  // palette, context pad and menus
  "Activate hand tool": "Verschuiven", "Activate lasso tool": "Kiezen met een kader", "Activate create/remove space tool": "Ruimte maken of wegnemen",
  "Activate global connect tool": "Verbinden", "Create start event": "Begingebeurtenis maken", "Create intermediate/boundary event": "Tussengebeurtenis maken",
  "Create end event": "Eindgebeurtenis maken", "Create gateway": "Keuze maken", "Create task": "Taak maken", "Create expanded sub-process": "Deelproces maken",
  "Create data object reference": "Gegeven maken", "Create data store reference": "Gegevensopslag maken", "Create pool/participant": "Deelnemer maken", "Create group": "Groep maken",
  "Create element": "Element maken", "Append element": "Element toevoegen", "Change element": "Element veranderen", "Append end event": "Eindgebeurtenis toevoegen",
  "Append gateway": "Keuze toevoegen", "Append task": "Taak toevoegen", "Append intermediate/boundary event": "Tussengebeurtenis toevoegen",
  "Add text annotation": "Opmerking toevoegen", "Connect to other element": "Verbinden met een ander element", "Delete": "Verwijderen", "Set color": "Kleur kiezen", "Align elements": "Uitlijnen",
  "Append {type}": "{type} toevoegen", "Create {type}": "{type} maken",
  // elements
  "Task": "Taak", "User task": "Gebruikerstaak", "User Task": "Gebruikerstaak", "Service task": "Automatische taak", "Service Task": "Automatische taak", "Send task": "Verzendtaak",
  "Receive task": "Ontvangsttaak", "Manual task": "Handmatige taak", "Business rule task": "Beslistaak", "Script task": "Scripttaak", "Call activity": "Aanroep van een proces",
  "Sub-process": "Deelproces", "Sub-process (collapsed)": "Deelproces (ingeklapt)", "Sub-process (expanded)": "Deelproces (uitgeklapt)", "Event sub-process": "Gebeurtenisdeelproces",
  "Start event": "Begingebeurtenis", "End event": "Eindgebeurtenis", "Message start event": "Begin door bericht", "Timer start event": "Begin op tijd", "Conditional start event": "Begin door voorwaarde",
  "Signal start event": "Begin door signaal", "Intermediate throw event": "Tussengebeurtenis", "Message intermediate catch event": "Wachten op bericht", "Message intermediate throw event": "Bericht sturen",
  "Timer intermediate catch event": "Wachten op tijd", "Signal intermediate catch event": "Wachten op signaal", "Signal intermediate throw event": "Signaal sturen",
  "Error end event": "Einde met fout", "Escalation end event": "Einde met escalatie", "Message end event": "Einde met bericht", "Signal end event": "Einde met signaal", "Terminate end event": "Einde van alles",
  "Compensation end event": "Einde met terugdraaien", "Message boundary event": "Bericht tijdens een taak", "Timer boundary event": "Tijd tijdens een taak", "Error boundary event": "Fout tijdens een taak",
  "Escalation boundary event": "Escalatie tijdens een taak", "Signal boundary event": "Signaal tijdens een taak", "Compensation boundary event": "Terugdraaien van een taak",
  "Exclusive gateway": "Keuze (één weg)", "Parallel gateway": "Tegelijk (alle wegen)", "Inclusive gateway": "Keuze (één of meer wegen)", "Event-based gateway": "Wachten op wat eerst komt", "Complex gateway": "Samengestelde keuze",
  "Sequence flow": "Pijl", "Default flow": "Standaardpijl", "Conditional flow": "Pijl met voorwaarde", "Data store reference": "Gegevensopslag", "Data object reference": "Gegeven",
  "Loop": "Herhaling", "Parallel multi-instance": "Meer tegelijk", "Sequential multi-instance": "Meer na elkaar", "Ad-hoc": "Vrije volgorde", "Collection": "Verzameling", "Participant multiplicity": "Meer deelnemers",
  "Tasks": "Taken", "Gateways": "Keuzes", "Events": "Gebeurtenissen", "Sub-processes": "Deelprocessen", "Data": "Gegevens", "Participants": "Deelnemers", "Search": "Zoeken", "Search in diagram": "Zoeken in het diagram",
  "Search elements": "Elementen zoeken", "No matching elements.": "Geen element gevonden.", "Open minimap": "Overzicht openen", "Close minimap": "Overzicht sluiten", "Toggle minimap": "Overzicht tonen of verbergen",
  // token simulation
  "Toggle mode": "Naspelen", "Token Simulation": "Naspelen", "Play/Pause Simulation": "Afspelen of pauzeren", "Reset Simulation": "Opnieuw beginnen", "Show Simulation Log": "Verslag tonen",
  "Toggle Simulation Log": "Verslag tonen of verbergen", "No Entries": "Er is nog niets gebeurd.", "Play Simulation": "Afspelen", "Pause Simulation": "Pauzeren",
  "Set animation speed = Slow": "Langzaam", "Set animation speed = Normal": "Gewoon", "Set animation speed = Fast": "Snel", "Trigger Event": "Laten gebeuren", "Set Sequence Flow": "Andere weg kiezen",
  "Found unsupported elements": "Sommige elementen kunnen niet worden nagespeeld.", "Not supported": "Kan niet worden nagespeeld", "SubProcess": "Deelproces", "Process started": "Proces begonnen", "Process finished": "Proces klaar", "Process canceled": "Proces gestopt",
  "Add pause point": "Hier pauzeren", "Remove pause point": "Hier niet meer pauzeren", "Simulation Log": "Verslag",
  // properties panel
  "General": "Algemeen", "Documentation": "Toelichting", "Name": "Naam", "ID": "Id", "Version tag": "Versielabel", "Version Tag": "Versielabel", "Executable": "Uitvoerbaar", "Process documentation": "Toelichting op het proces",
  "Element documentation": "Toelichting op het element", "Process": "Proces", "Process ID": "Id van het proces", "Process name": "Naam van het proces", "History cleanup": "Bewaren van historie", "Time to live": "Bewaartijd",
  "Condition": "Voorwaarde", "Condition expression": "Voorwaarde", "Form": "Formulier", "Type": "Soort", "Form ID": "Id van het formulier", "Form key": "Verwijzing naar het formulier", "Implementation": "Uitvoering",
  "Assignment": "Toewijzing", "Assignee": "Behandelaar", "Candidate groups": "Rollen", "Candidate users": "Personen", "Due date": "Uiterste datum", "Follow up date": "Niet eerder dan", "Priority": "Voorrang",
  "Task definition": "Werk", "Task type": "Soort werk", "Job type": "Soort werk", "Retries": "Pogingen", "Headers": "Kenmerken", "Key": "Sleutel", "Value": "Waarde",
  "Inputs": "Wat erin gaat", "Outputs": "Wat eruit komt", "Input mapping": "Wat erin gaat", "Output mapping": "Wat eruit komt", "Local variable name": "Naam hierbinnen", "Process variable name": "Naam in het proces",
  "Variable assignment value": "Waarde", "Propagate all child process variables": "Alle gegevens teruggeven", "Propagate all parent process variables": "Alle gegevens meegeven", "Called element": "Aangeroepen proces",
  "Called decision": "Beslissing", "Decision ID": "Id van de beslissing", "Result variable": "Naam van de uitkomst", "Binding": "Versie", "latest": "nieuwste", "deployment": "samen klaargezet", "version tag": "versielabel",
  "Message": "Bericht", "Global message reference": "Bericht", "Subscription correlation key": "Sleutel van het bericht", "Message ID": "Kenmerk van het bericht", "Message name": "Naam van het bericht", "Timer": "Tijd",
  "Duration": "Duur", "Date": "Datum", "Cycle": "Herhaling", "Error": "Fout", "Global error reference": "Fout", "Code": "Code", "Escalation": "Escalatie", "Global escalation reference": "Escalatie", "Signal": "Signaal",
  "Global signal reference": "Signaal", "Multi-instance": "Herhaling", "Input collection": "Lijst", "Input element": "Naam van een stuk", "Output collection": "Lijst van uitkomsten", "Output element": "Uitkomst van een stuk",
  "Completion condition": "Klaar als", "Execution listeners": "Luisteraars", "Task listeners": "Luisteraars van de taak", "Extension properties": "Eigenschappen", "Example data": "Voorbeeldgegevens", "Template": "Sjabloon", "Select": "Kies", "Apply": "Toepassen",
  "Script": "Script", "FEEL expression": "FEEL-uitdrukking", "Expression": "Uitdrukking", "Remove": "Verwijderen", "Create": "Maken", "Add": "Toevoegen", "<empty>": "<leeg>", "<none>": "<geen>", "Create new ...": "Nieuw …",
  "Select an element to edit its properties.": "Kies een element om het te bewerken.", "Multiple elements are selected. Select a single element to edit its properties.": "Er zijn meer elementen gekozen. Kies er één.",
  "ID must not contain spaces.": "Een id heeft geen spaties.", "ID must be unique.": "Dit id bestaat al.", "ID must not be empty.": "Een id mag niet leeg zijn.",
  "Sent message": "Verzonden bericht", "Correlation key of the sent message": "Sleutel van het verzonden bericht",
  "Who waits for this message hears it where the key is the same.": "Wie op dit bericht wacht, hoort het als de sleutel gelijk is.",
  // element templates and their menu
  "Applied": "Toegepast", "Templates": "Sjablonen", "Preconfigured elements": "Stappen die al zijn ingericht", "Unlink": "Losmaken van het sjabloon", "Update": "Bijwerken", "Update available": "Er is een nieuwere versie",
  "More actions": "Meer", "Custom properties": "Eigenschappen", "On": "Aan", "Off": "Uit", "Unset": "Niet ingevuld", "Not found": "Niet gevonden", "Must not be empty.": "Vul dit in.", "Must match pattern {pattern}.": "Dit heeft niet de juiste vorm: {pattern}.",
  "{label} must not be empty.": "{label} is niet ingevuld.", "{label} must match pattern {pattern}.": "{label} heeft niet de juiste vorm: {pattern}.", "This template is deprecated.": "Dit sjabloon wordt niet meer gebruikt.", "Remove template": "Sjabloon weghalen",
  "The template applied was not found. Therefore, its properties cannot be shown. Unlink to access the data.": "Dit sjabloon is er niet meer. Maak de stap los van het sjabloon om de gegevens te zien.",
  "Atomic units of work in a process": "Wat mensen en systemen doen", "Route the flow: branch or merge paths": "Welke weg de zaak gaat", "Nested or reusable activities": "Stappen samen, of een ander proces",
  "Things a process reacts to or emits": "Waar de zaak op wacht of wat zij meldt", "Where a process or path begins": "Waar een zaak begint", "Wait for something to happen before continuing": "Wachten tot er iets gebeurt",
  "Emit an event, then continue": "Iets melden en verdergaan", "React to something while an activity is running": "Iets gebeurt terwijl een stap nog open is", "Where a process path ends": "Waar een zaak eindigt", "Data the process uses": "Gegevens van de zaak", "Systems or organizations involved": "Organisaties en systemen",
  // decision tables
  "View DRD": "Samenhang tonen", "When": "Als", "Then": "Dan", "And": "En", "Annotations": "Toelichting", "Add input": "Invoer toevoegen", "Add output": "Uitkomst toevoegen", "Hit policy": "Regel voor treffers", "Hit Policy": "Regel voor treffers",
  "Input": "Invoer", "Output": "Uitkomst", "Label": "Opschrift", "Input type": "Soort invoer", "Output name": "Naam van de uitkomst", "Output label": "Opschrift", "Add rule above": "Regel hierboven", "Add rule below": "Regel hieronder",
  "Remove rule": "Regel verwijderen", "Add input left": "Invoer links", "Add input right": "Invoer rechts", "Add output left": "Uitkomst links", "Add output right": "Uitkomst rechts", "Remove input": "Invoer verwijderen",
  "Remove output": "Uitkomst verwijderen", "Rule": "Regel", "Copy": "Kopiëren", "Cut": "Knippen", "Paste": "Plakken", "Create decision": "Beslissing maken", "Create input data": "Invoergegeven maken",
  "Create knowledge source": "Kennisbron maken", "Create knowledge model": "Kennismodel maken", "Create business knowledge model": "Kennismodel maken",
};

const PATTERNS = [
  [/^List contains (\d+) items?$/, (count) => `De lijst heeft ${count} ${count === "1" ? "onderdeel" : "onderdelen"}`],
  [/^Create an? (.+) element$/, (name, say) => `${say(name)} maken`],
  [/^Remove (.+)$/, (name, say) => `${say(name)} weghalen`],
  [/^Column (\d+)$/, (number) => `Kolom ${number}`],
  [/^Value (\d+)$/, (number) => `Waarde ${number}`],
];
const OF = { diagrams: DIAGRAMS, tables: TABLES, forms: FORMS };

// What an editor says in Dutch: `translate` for its translator, `said` for what stands on the page already.
export function dutch(kind) {
  const words = { ...WORDS, ...PANELS, ...OF[kind] };
  const anyCase = new Map(Object.entries(words).map(([english, found]) => [english.toLowerCase(), found]));
  const word = (text) => words[text] ?? anyCase.get(text.toLowerCase());

  function said(text) {
    const found = word(text);
    if (found !== undefined) return found;
    for (const [pattern, sentence] of PATTERNS) {
      const parts = text.match(pattern);
      if (parts) return sentence(parts[1], said);
    }
    return kind === "forms" ? inDutch(text) : text;
  }
  const translate = (template, replacements = {}) => (word(template) ?? template).replace(/{([^}]+)}/g, (whole, name) => replacements[name.trim()] ?? whole);
  return { said, translate };
}

// A module for each editor of bpmn.io; in English nothing is replaced.
export function translation(language, kind) {
  return language === "en" ? {} : { translate: ["value", dutch(kind).translate] };
}
