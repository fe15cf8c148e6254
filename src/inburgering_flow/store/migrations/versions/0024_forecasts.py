"""Forecasts of designers: what they assumed, and what was found"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.types import Json, Moment

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None
oldest = '0023'

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'forecast',
        sa.Column('key', KEY, autoincrement=False, nullable=False),
        sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
        sa.Column('created', Moment(), nullable=False),
        sa.Column('created_by', sa.String(length=255), nullable=False),
        sa.Column('process_id', sa.String(length=255), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('given', Json(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('total', sa.Integer(), nullable=False),
        sa.Column('played', sa.Integer(), server_default='0', nullable=False),
        sa.Column('changed', Moment(), nullable=False),
        sa.Column('outcome', Json(), nullable=False),
        sa.Column('problem', sa.Text(), server_default='', nullable=False),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_forecast')),
    )
    op.create_index(op.f('ix_forecast_created'), 'forecast', ['created'], unique=False)
