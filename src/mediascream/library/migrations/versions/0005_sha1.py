"""Photos are found by their SHA-1, as other programs name them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    known = sa.text("sha1 IS NOT NULL")
    op.create_index("ix_photos_sha1", "photos", ["sha1"], sqlite_where=known, postgresql_where=known)
