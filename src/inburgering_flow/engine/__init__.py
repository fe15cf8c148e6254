"""The engine: (definition, slice of state, command, now) → Step. The only place with SpiffWorkflow."""
