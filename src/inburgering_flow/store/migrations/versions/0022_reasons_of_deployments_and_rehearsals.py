"""Why a deployment was made, what a version is called, and rehearsals of moving cases"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.types import Json, Moment

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None
oldest = '0020'

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    for table in ('deployment', 'deployment_proposal'):
        op.add_column(table, sa.Column('reason', sa.Text(), server_default='', nullable=False))
    op.add_column('definition', sa.Column('label', sa.String(length=64), server_default='', nullable=False))
    op.create_table(
        'rehearsal',
        sa.Column('key', KEY, autoincrement=False, nullable=False),
        sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
        sa.Column('created', Moment(), nullable=False),
        sa.Column('created_by', sa.String(length=255), nullable=False),
        sa.Column('proposal_key', KEY, nullable=True),
        sa.Column('target_key', KEY, nullable=True),
        sa.Column('resources', Json(), nullable=False),
        sa.Column('plans', Json(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('total', sa.Integer(), nullable=False),
        sa.Column('checked', sa.Integer(), server_default='0', nullable=False),
        sa.Column('outcome', Json(), nullable=False),
        sa.Column('ended', Moment(), nullable=True),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_rehearsal')),
    )
    op.create_index(op.f('ix_rehearsal_proposal_key'), 'rehearsal', ['proposal_key'], unique=False)
