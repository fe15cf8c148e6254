"""Trial runs of designers: what they began with, and what was done since"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.types import Json, Moment

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None
oldest = '0022'

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'trial_run',
        sa.Column('key', KEY, autoincrement=False, nullable=False),
        sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
        sa.Column('owner', sa.String(length=255), nullable=False),
        sa.Column('created', Moment(), nullable=False),
        sa.Column('changed', Moment(), nullable=False),
        sa.Column('project_key', KEY, nullable=True),
        sa.Column('files', sa.LargeBinary(), nullable=False),
        sa.Column('story', Json(), nullable=False),
        sa.Column('turn', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_trial_run')),
    )
    op.create_index(op.f('ix_trial_run_owner_key'), 'trial_run', ['owner', 'key'], unique=False)
    op.create_index(op.f('ix_trial_run_changed'), 'trial_run', ['changed'], unique=False)
