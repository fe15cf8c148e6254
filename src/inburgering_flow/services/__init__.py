"""Use cases: one public method = one use case = one transaction."""
