"""${message}"""

from alembic import op
import sqlalchemy as sa
from inburgering_flow.store.types import Json, Moment, Names, Path
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
