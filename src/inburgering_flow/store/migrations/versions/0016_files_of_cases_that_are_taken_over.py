"""Files of cases that are taken over wait here, encrypted, until they are loaded or forgotten"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.types import Json, Moment

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'entry_file',
        sa.Column('key', KEY, autoincrement=False, nullable=False),
        sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
        sa.Column('process_id', sa.String(length=255), nullable=False),
        sa.Column('owner', sa.String(length=255), nullable=False),
        sa.Column('language', sa.String(length=8), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('created', Moment(), nullable=False),
        sa.Column('expires', Moment(), nullable=False),
        sa.Column('header', Json(), nullable=False),
        sa.Column('total', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_entry_file')),
    )
    op.create_index(op.f('ix_entry_file_owner'), 'entry_file', ['owner'], unique=False)
    op.create_index(op.f('ix_entry_file_expires'), 'entry_file', ['expires'], unique=False)
    op.create_table(
        'entry_row',
        sa.Column('file_key', KEY, autoincrement=False, nullable=False),
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=True),
        sa.Column('found', sa.LargeBinary(), nullable=True),
        sa.Column('case_key', KEY, nullable=True),
        sa.ForeignKeyConstraint(['file_key'], ['entry_file.key'], name=op.f('fk_entry_row_file_key_entry_file')),
        sa.PrimaryKeyConstraint('file_key', 'number', name=op.f('pk_entry_row')),
    )
    op.create_index(op.f('ix_entry_row_file_key_state_number'), 'entry_row', ['file_key', 'state', 'number'], unique=False)
