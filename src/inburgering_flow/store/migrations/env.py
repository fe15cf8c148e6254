"""Alembic's entry: runs on the connection that the program hands over."""

from alembic import context

from inburgering_flow.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, user_module_prefix="")
with context.begin_transaction():
    context.run_migrations()
