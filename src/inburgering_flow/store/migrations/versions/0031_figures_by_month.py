"""Figures of each month, counted once it is over, and the indexes by which a month is read"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.types import Json, Moment

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None
oldest = '0024'


def upgrade() -> None:
    op.create_table(
        'figure',
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('month', sa.Date(), nullable=False),
        sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
        sa.Column('content', Json(), nullable=False),
        sa.Column('counted', Moment(), nullable=False),
        sa.Column('is_sealed', sa.Boolean(), nullable=False),
        sa.Column('seconds', sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint('kind', 'month', name=op.f('pk_figure')),
    )
    for name, table, columns, rows in (
        ('ix_user_task_done', 'user_task', ['completed', 'key'], 'completed IS NOT NULL'),
        ('ix_process_instance_ended', 'process_instance', ['end', 'key'], '"end" IS NOT NULL'),
        ('ix_term_due', 'term', ['due', 'key'], None),
    ):
        where = None if rows is None else sa.text(rows)
        op.create_index(name, table, columns, unique=False, sqlite_where=where, postgresql_where=where)
