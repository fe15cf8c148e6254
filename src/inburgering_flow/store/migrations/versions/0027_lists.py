"""Lists that people keep, and what they did to many rows at once"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.types import Json, Moment

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None
oldest = '0024'

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'saved_list',
        sa.Column('key', KEY, autoincrement=False, nullable=False),
        sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
        sa.Column('list', sa.String(length=32), nullable=False),
        sa.Column('owner', sa.String(length=255), nullable=False),
        sa.Column('role', sa.String(length=255), server_default='', nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('chosen', Json(), nullable=False),
        sa.Column('created', Moment(), nullable=False),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_saved_list')),
    )
    op.create_index(op.f('ix_saved_list_owner_list'), 'saved_list', ['owner', 'list'], unique=False)
    op.create_index(op.f('ix_saved_list_role_list'), 'saved_list', ['role', 'list'], unique=False)
    op.create_table(
        'list_deed',
        sa.Column('key', KEY, autoincrement=False, nullable=False),
        sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
        sa.Column('username', sa.String(length=255), nullable=False),
        sa.Column('action', sa.String(length=32), nullable=False),
        sa.Column('given', Json(), nullable=True),
        sa.Column('rows', Json(), nullable=True),
        sa.Column('moment', Moment(), nullable=False),
        sa.Column('undone', Moment(), nullable=True),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_list_deed')),
    )
    op.create_index(op.f('ix_list_deed_moment'), 'list_deed', ['moment'], unique=False)
    op.drop_index(op.f('ix_process_instance_owner_key'), table_name='process_instance')
    for name, columns, rows in (
        ('ix_process_instance_led', ['owner', 'key'], 'parent_key IS NULL'),
        ('ix_process_instance_led_now', ['owner', 'key'],
         "parent_key IS NULL AND (state = 'ACTIVE' OR state = 'SUSPENDED')"),
        ('ix_process_instance_nobodys', ['key'], 'parent_key IS NULL AND owner IS NULL'),
        ('ix_process_instance_location', ['location', 'key'], 'location IS NOT NULL'),
    ):
        op.create_index(name, 'process_instance', columns, unique=False, sqlite_where=sa.text(rows),
                        postgresql_where=sa.text(rows))
