"""Projects of designers: their files, what these were before, and who has one open"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.dialects import SortedText
from inburgering_flow.store.types import Moment

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None
oldest = '0018'


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    tenant = {'nullable': False, 'server_default': '<default>'}
    op.create_table(
        'project',
        sa.Column('key', key, autoincrement=False, nullable=False),
        sa.Column('tenant_id', sa.String(length=64), **tenant),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('folder', sa.Text(), nullable=False, server_default=''),
        sa.Column('created', Moment(), nullable=False),
        sa.Column('created_by', sa.String(length=255), nullable=False),
        sa.Column('removed', Moment()),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_project')),
    )
    op.create_table(
        'project_file',
        sa.Column('tenant_id', sa.String(length=64), **tenant),
        sa.Column('project_key', key, autoincrement=False, nullable=False),
        sa.Column('path', SortedText, nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.Column('checksum', sa.String(length=64), nullable=False),
        sa.Column('changed', Moment(), nullable=False),
        sa.Column('changed_by', sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(['project_key'], ['project.key'], name=op.f('fk_project_file_project_key')),
        sa.PrimaryKeyConstraint('project_key', 'path', name=op.f('pk_project_file')),
    )
    op.create_table(
        'project_file_version',
        sa.Column('key', key, autoincrement=False, nullable=False),
        sa.Column('tenant_id', sa.String(length=64), **tenant),
        sa.Column('project_key', key, nullable=False),
        sa.Column('path', SortedText, nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.Column('checksum', sa.String(length=64), nullable=False),
        sa.Column('saved', Moment(), nullable=False),
        sa.Column('saved_by', sa.String(length=255), nullable=False),
        sa.Column('note', sa.Text(), nullable=False, server_default=''),
        sa.ForeignKeyConstraint(['project_key'], ['project.key'], name=op.f('fk_project_file_version_project_key')),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_project_file_version')),
    )
    op.create_index(op.f('ix_project_file_version_project_key_path_key'), 'project_file_version', ['project_key', 'path', 'key'])
    op.create_table(
        'file_lock',
        sa.Column('project_key', key, autoincrement=False, nullable=False),
        sa.Column('path', SortedText, nullable=False),
        sa.Column('holder', sa.String(length=255), nullable=False),
        sa.Column('token', sa.String(length=64), nullable=False),
        sa.Column('until', Moment(), nullable=False),
        sa.PrimaryKeyConstraint('project_key', 'path', name=op.f('pk_file_lock')),
    )
    op.create_index(op.f('ix_file_lock_until'), 'file_lock', ['until'])
