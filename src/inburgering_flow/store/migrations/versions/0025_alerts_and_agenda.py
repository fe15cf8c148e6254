"""Alerts to people and their mails, appointments, and secret addresses of calendars"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.types import Moment

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None
oldest = '0024'

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
UNREAD = sa.text('read IS NULL')
SAME = sa.text("kind = 'FAILED' AND read IS NULL")
MAILED = sa.text('mail IS NOT NULL')
COUNTED = sa.text('mail_key IS NOT NULL')
UNTRIED = sa.text("state = 'WAITING' AND tried = 0")
OPEN = sa.text("state = 'WAITING'")
UNSENT = sa.text("state = 'FAILED'")


def tenant() -> sa.Column:
    return sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False)


def key() -> sa.Column:
    return sa.Column('key', KEY, autoincrement=False, nullable=False)


def index(name: str, table: str, columns: list[str], where: sa.TextClause | None = None, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    op.create_table(
        'appointment',
        key(), tenant(),
        sa.Column('root_key', KEY, nullable=False),
        sa.Column('instance_key', KEY, nullable=False),
        sa.Column('definition_key', KEY, nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('begins', Moment(), nullable=False),
        sa.Column('is_day', sa.Boolean(), nullable=False),
        sa.Column('noted', Moment(), nullable=False),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_appointment')),
        sa.UniqueConstraint('instance_key', 'name', name=op.f('uq_appointment_instance_key_name')),
    )
    index(op.f('ix_appointment_root_key'), 'appointment', ['root_key'])
    index(op.f('ix_appointment_begins_key_root_key'), 'appointment', ['begins', 'key', 'root_key'])
    op.create_table(
        'alert',
        key(), tenant(),
        sa.Column('username', sa.String(length=255), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('root_key', KEY),
        sa.Column('definition_key', KEY, nullable=False),
        sa.Column('subject', sa.String(length=16), nullable=False),
        sa.Column('subject_key', KEY, nullable=False),
        sa.Column('about', sa.String(length=255), server_default='', nullable=False),
        sa.Column('created', Moment(), nullable=False),
        sa.Column('on_bell', sa.Boolean(), nullable=False),
        sa.Column('read', Moment()),
        sa.Column('mail', sa.String(length=8)),
        sa.Column('mail_key', KEY),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_alert')),
    )
    index(op.f('ix_alert_username_created_key'), 'alert', ['username', 'created', 'key'])
    index('ix_alert_unread', 'alert', ['username', 'key'], UNREAD)
    index('ix_alert_same', 'alert', ['username', 'definition_key', 'about'], SAME, unique=True)
    index('ix_alert_waiting', 'alert', ['mail', 'username'], MAILED)
    index('ix_alert_mail', 'alert', ['mail_key'], COUNTED)
    for column in ('root_key', 'read', 'created'):
        index(op.f(f'ix_alert_{column}'), 'alert', [column])
    op.create_table(
        'alert_choice',
        sa.Column('username', sa.String(length=255), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('on_bell', sa.Boolean(), nullable=False),
        sa.Column('mail', sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint('username', 'kind', name=op.f('pk_alert_choice')),
    )
    op.create_table(
        'alert_sweep',
        sa.Column('name', sa.String(length=16), nullable=False),
        sa.Column('reached', Moment(), nullable=False),
        sa.Column('reached_key', KEY, nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_alert_sweep')),
    )
    op.create_table(
        'outgoing_mail',
        key(), tenant(),
        sa.Column('username', sa.String(length=255), nullable=False),
        sa.Column('pace', sa.String(length=8), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('created', Moment(), nullable=False),
        sa.Column('tried', sa.Integer(), server_default='0', nullable=False),
        sa.Column('ended', Moment()),
        sa.Column('problem', sa.String(length=64), server_default='', nullable=False),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_outgoing_mail')),
    )
    index('ix_outgoing_mail_waiting', 'outgoing_mail', ['username', 'pace'], UNTRIED, unique=True)
    index('ix_outgoing_mail_open', 'outgoing_mail', ['created'], OPEN)
    index('ix_outgoing_mail_failed', 'outgoing_mail', ['key'], UNSENT)
    index(op.f('ix_outgoing_mail_created'), 'outgoing_mail', ['created'])
    op.create_table(
        'calendar_address',
        sa.Column('username', sa.String(length=255), nullable=False),
        sa.Column('token_hash', sa.String(length=64), nullable=False),
        sa.Column('of_team', sa.Boolean(), nullable=False),
        sa.Column('made', Moment(), nullable=False),
        sa.Column('language', sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint('username', name=op.f('pk_calendar_address')),
        sa.UniqueConstraint('token_hash', name=op.f('uq_calendar_address_token_hash')),
    )
