"""By what lists can be narrowed besides their own columns"""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None
oldest = '0024'

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'case_fact',
        sa.Column('root_key', KEY, autoincrement=False, nullable=False),
        sa.Column('name', sa.String(length=64), nullable=False),
        sa.Column('value', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('root_key', 'name', name=op.f('pk_case_fact')),
    )
    op.create_index(op.f('ix_case_fact_name_value_root_key'), 'case_fact', ['name', 'value', 'root_key'], unique=False)
