"""Values and life cycles; standard library only."""
