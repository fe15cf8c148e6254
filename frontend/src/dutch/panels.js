// What each editor's panel of properties says, whatever it is of.
export const PANELS = {
  "Close": "Sluiten", "Fold line": "Regel inklappen", "Unfold line": "Regel uitklappen", "Folded lines": "Ingeklapte regels", "Unfolded lines": "Uitgeklapte regels",
  "Open documentation": "Uitleg openen", "Toggle section": "Deel openen of sluiten", "Section contains an error": "In dit deel staat een fout",
  "Section contains edits": "In dit deel is iets ingevuld", "Toggle list item": "Onderdeel openen of sluiten", "Delete item": "Onderdeel verwijderen",
  "Create new list item": "Onderdeel toevoegen", "JSON contains errors": "Dit is geen goede JSON", "Open pop-up editor": "In een groter venster openen",
  "Opened in editor": "Open in een groter venster", "FEEL expression is mandatory": "Hier hoort een FEEL-uitdrukking",
  "Click to set a dynamic value with FEEL expression": "Met FEEL laten uitrekenen",
  "Click to remove dynamic value with FEEL expression": "Niet meer met FEEL laten uitrekenen",
  "Click to ${active ? 'remove' : 'set a'} dynamic value with FEEL expression": "Wel of niet met FEEL laten uitrekenen",
  "Unparsable FEEL expression.": "Deze FEEL-uitdrukking kan niet worden gelezen.", "List contains {numOfItems} item": "De lijst heeft {numOfItems} onderdeel",
  "List contains {numOfItems} items": "De lijst heeft {numOfItems} onderdelen", "Scientific notation is disallowed in FEEL.": "FEEL kent geen getallen met een exponent.",
  "Close pop-up editor": "Groter venster sluiten", "Powered by bpmn.io": "Gemaakt met bpmn.io", "Results": "Gevonden", "Text annotation": "Opmerking",
  "Description": "Omschrijving", "Learn more.": "Meer uitleg.", "Learn more": "Meer uitleg",
};
