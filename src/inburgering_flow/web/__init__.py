"""Pages. The only place with Flask."""
