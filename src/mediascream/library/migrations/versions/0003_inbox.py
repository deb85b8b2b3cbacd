"""The names under which programs put photos over WebDAV."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("sender", sa.String(length=100), nullable=False),
        sa.Column("folder", sa.String(length=1024), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("photo", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("is_folder", sa.Boolean(), nullable=False),
        sa.Column("modified_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("added_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["photo"], ["photos.number"], name=op.f("fk_inbox_photo")),
        sa.PrimaryKeyConstraint("sender", "folder", "name", name=op.f("pk_inbox")),
        sqlite_with_rowid=False,
    )
