"""Where a case is and when its first term is over, kept with the case: what boards and lists are ordered and counted by"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.types import Moment

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None
oldest = '0024'

RUNS = "parent_key IS NULL AND (state = 'ACTIVE' OR state = 'SUSPENDED')"


def upgrade() -> None:
    op.add_column('process_instance', sa.Column('phase', sa.String(length=255), nullable=True))
    op.add_column('process_instance', sa.Column('due', Moment(), nullable=True))
    op.execute(sa.text(
        "UPDATE process_instance SET due = (SELECT min(term.due) FROM term WHERE term.root_key = process_instance.key "
        f"AND term.state = 'OURS') WHERE {RUNS}"
    ))
    for name, columns, rows in (
        ('ix_process_instance_place', ['definition_key', 'phase', 'due', 'key'], RUNS),
        ('ix_process_instance_due', ['due', 'key'], f"{RUNS} AND due IS NOT NULL"),
    ):
        op.create_index(name, 'process_instance', columns, unique=False, sqlite_where=sa.text(rows),
                        postgresql_where=sa.text(rows))
