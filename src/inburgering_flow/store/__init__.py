"""Rows. The only place with SQLAlchemy."""
