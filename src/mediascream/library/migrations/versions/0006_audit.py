"""What an audit needs: the log of checks, the order of them; and what emptying the trash needs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "checks",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=12), nullable=False),
        sa.Column("photo", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("destination", sa.String(length=16), nullable=False),
        sa.Column("result", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["photo"], ["photos.number"], name=op.f("fk_checks_photo")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_checks")),
    )
    op.create_index("ix_checks_photo", "checks", ["photo"])
    op.add_column("photos", sa.Column("trash_since_ms", sa.BigInteger(), nullable=True))
    op.add_column("photos", sa.Column("emptying", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("photos", sa.Column("rendition_digests", sa.JSON(), nullable=True))
    partial_index("ix_photos_trash_since", "photos", ["trash_since_ms"], "trash_since_ms IS NOT NULL")
    partial_index("ix_photos_emptying", "photos", ["number"], "emptying")
    partial_index(
        "ix_deliveries_there_checked", "deliveries", ["destination", "checked_at_ms", "photo"], "state = 'delivered'"
    )


def partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
