// What form-js says to whoever fills a form in: it speaks English only, so that on a Dutch page its buttons and its messages go
// through here.
const SENTENCES = [
  [/^Field is required\.$/, () => "Vul dit in."],
  [/minimum value of (.+)\.$/, (n) => `Het getal is ten minste ${n}.`],
  [/maximum value of (.+)\.$/, (n) => `Het getal is ten hoogste ${n}.`],
  [/minimum length of (.+)\.$/, (n) => `De tekst is te kort. Gebruik ten minste ${n} tekens.`],
  [/maximum length of (.+)\.$/, (n) => `De tekst is te lang. Gebruik hoogstens ${n} tekens.`],
  [/^(?:Min|Max) validation value is not/, () => "Dit kan niet worden gecontroleerd: de grens is geen getal."],
  [/^Value is not a number\.$/, () => "Vul een getal in."],
  [/^Value is expected to be an integer/, () => "Vul een heel getal in."],
  [/^Value is expected to have at most (\d+)/, (n) => `Gebruik hoogstens ${n} cijfers achter de komma.`],
  [/nearest valid values are (.+) and (.+)\.$/, (a, b) => `De dichtstbijzijnde getallen die kunnen, zijn ${a} en ${b}.`],
  [/^Field must match pattern/, () => "Dit heeft niet de goede vorm."],
  [/^Field must be a valid +international phone number/, () => "Vul een telefoonnummer in met landcode, bijvoorbeeld +31201234567."],
  [/^Field must be a valid email/, () => "Vul een e-mailadres in, bijvoorbeeld naam@voorbeeld.nl."],
  [/^Add new$/, () => "Nog een toevoegen"],
  [/^Collapse$/, () => "Minder tonen"],
  [/^Expand all \((.+)\)$/, (n) => `Alles tonen (${n})`],
  [/^Remove list item (\d+)$/, (n) => `Onderdeel ${n} weghalen`],
  [/^Browse$/, () => "Bestand kiezen"],
  [/^No files selected$/, () => "Geen bestand gekozen"],
  [/^(\d+) files selected$/, (n) => `${n} bestanden gekozen`],
  [/^Search$/, () => "Zoeken"],
  [/^No results$/, () => "Niets gevonden"],
  [/^All values selected$/, () => "Alles is gekozen"],
  [/^Increment$/, () => "Hoger"],
  [/^Decrement$/, () => "Lager"],
  [/^Nothing to show\.$/, () => "Er is niets te tonen."],
  [/^No content to show\.$/, () => "Er is niets te tonen."],
  [/^External content couldn't be loaded\.$/, () => "Deze inhoud kon niet worden geladen."],
];

export function inDutch(text) {
  if (typeof text !== "string") return text;
  for (const [pattern, sentence] of SENTENCES) {
    const found = text.match(pattern);
    if (found) return sentence(...found.slice(1));
  }
  return text;
}
