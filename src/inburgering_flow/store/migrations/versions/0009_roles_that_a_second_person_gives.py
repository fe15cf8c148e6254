"""Roles that reach far are given by two people: what one asked for waits in the account"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.types import Names

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('account', sa.Column('asked_roles', Names(), nullable=True))
    op.add_column('account', sa.Column('asked_by', sa.String(255), nullable=True))
