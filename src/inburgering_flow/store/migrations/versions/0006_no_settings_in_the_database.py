"""Settings come from the environment: the table that was meant for them has never held a row"""

from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table('setting')
