"""${message}"""

from alembic import op
import sqlalchemy as sa
from inburgering_flow.store.types import Json, Moment, Names, Path
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None
oldest = ${repr(up_revision)}  # the oldest program that works with what this makes, by its schema version


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
