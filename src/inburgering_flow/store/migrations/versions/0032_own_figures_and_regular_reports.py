"""Figures on a page of one's own with their thresholds, and reports that are made every week"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.types import Json, Moment

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None
oldest = '0024'

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _tenant() -> sa.Column[str]:
    return sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False)


def upgrade() -> None:
    op.create_table(
        'own_figure',
        sa.Column('key', KEY, autoincrement=False, nullable=False),
        _tenant(),
        sa.Column('username', sa.String(length=255), nullable=False),
        sa.Column('measure', sa.String(length=32), nullable=False),
        sa.Column('subject', sa.Text(), nullable=False),
        sa.Column('words', sa.Text(), nullable=False),
        sa.Column('place', sa.Integer(), nullable=False),
        sa.Column('created', Moment(), nullable=False),
        sa.Column('direction', sa.String(length=8), server_default='', nullable=False),
        sa.Column('threshold', sa.Float(), nullable=True),
        sa.Column('is_passed', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_own_figure')),
    )
    op.create_table(
        'regular_report',
        sa.Column('key', KEY, autoincrement=False, nullable=False),
        _tenant(),
        sa.Column('owner', sa.String(length=255), nullable=False),
        sa.Column('title', sa.Text(), nullable=False),
        sa.Column('source', sa.String(length=16), nullable=False),
        sa.Column('chosen', Json(), nullable=False),
        sa.Column('form', sa.String(length=8), nullable=False),
        sa.Column('weekday', sa.Integer(), nullable=False),
        sa.Column('hour', sa.Integer(), nullable=False),
        sa.Column('address', sa.String(length=254), server_default='', nullable=False),
        sa.Column('created', Moment(), nullable=False),
        sa.Column('next', Moment(), nullable=False),
        sa.Column('stopped', Moment(), nullable=True),
        sa.Column('reason', sa.String(length=16), server_default='', nullable=False),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_regular_report')),
    )
    op.create_table(
        'report_run',
        sa.Column('report_key', KEY, autoincrement=False, nullable=False),
        sa.Column('period', sa.Date(), nullable=False),
        _tenant(),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('tried', sa.Integer(), nullable=False),
        sa.Column('due', Moment(), nullable=False),
        sa.Column('begun', Moment(), nullable=False),
        sa.Column('ended', Moment(), nullable=True),
        sa.Column('problem', sa.String(length=32), server_default='', nullable=False),
        sa.PrimaryKeyConstraint('report_key', 'period', name=op.f('pk_report_run')),
    )
    for name, table, columns, rows in (
        (op.f('ix_own_figure_username_place'), 'own_figure', ['username', 'place'], None),
        ('ix_own_figure_watched', 'own_figure', ['username'], 'threshold IS NOT NULL'),
        (op.f('ix_regular_report_owner'), 'regular_report', ['owner'], None),
        ('ix_regular_report_next', 'regular_report', ['next', 'key'], 'stopped IS NULL'),
        ('ix_report_run_open', 'report_run', ['due'], 'ended IS NULL'),
    ):
        where = None if rows is None else sa.text(rows)
        op.create_index(name, table, columns, unique=False, sqlite_where=where, postgresql_where=where)
