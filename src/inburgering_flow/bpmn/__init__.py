"""BPMN diagrams as values: read, checked, never run here."""
