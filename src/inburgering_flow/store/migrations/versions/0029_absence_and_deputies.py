"""When people are away, and who does their tasks meanwhile"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.types import Moment

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None
oldest = '0024'

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'absence',
        sa.Column('key', KEY, autoincrement=False, nullable=False),
        sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
        sa.Column('username', sa.String(length=255), nullable=False),
        sa.Column('since', sa.Date(), nullable=False),
        sa.Column('until', sa.Date(), nullable=False),
        sa.Column('noted', Moment(), nullable=False),
        sa.Column('noted_by', sa.String(length=255), nullable=False),
        sa.Column('withdrawn', Moment(), nullable=True),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_absence')),
    )
    there = 'withdrawn IS NULL'
    op.create_index('ix_absence_person', 'absence', ['username', 'until'], unique=False,
                    sqlite_where=sa.text(there), postgresql_where=sa.text(there))
    op.create_index(op.f('ix_absence_until'), 'absence', ['until'], unique=False)
    op.create_table(
        'absence_deputy',
        sa.Column('absence_key', KEY, autoincrement=False, nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('deputy', sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(['absence_key'], ['absence.key'], name=op.f('fk_absence_deputy_absence_key_absence')),
        sa.PrimaryKeyConstraint('absence_key', 'kind', 'name', name=op.f('pk_absence_deputy')),
    )
    op.create_index(op.f('ix_absence_deputy_deputy'), 'absence_deputy', ['deputy'], unique=False)
