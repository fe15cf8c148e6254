"""Two more schema versions, as a next program would bring them: one that adds a column, and one that takes another away."""

from __future__ import annotations

from inburgering_flow.store import migrations

HEAD = migrations.head()


def adds(oldest: str = HEAD) -> str:
    """Return the change that adds, which programs from ``oldest`` on can work with."""
    return f"""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9001", "{HEAD}", None, None
oldest = "{oldest}"
def upgrade():
    op.add_column("job_history", sa.Column("outcome", sa.String(16)))
    op.alter_column("job_history", "state", nullable=True)
"""


def takes_away(portion: int) -> str:
    """Return the change that takes away, once what it holds was moved in portions."""
    return f"""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9002", "9001", None, None
can_wait = True
def portion(connection):
    chosen = "SELECT key FROM job_history WHERE outcome IS NULL LIMIT {portion}"
    return connection.execute(sa.text(f"UPDATE job_history SET outcome = state WHERE key IN ({{chosen}})")).rowcount
def upgrade():
    op.alter_column("job_history", "outcome", nullable=False)
    op.drop_column("job_history", "state")
"""
