"""The first tables."""

import sqlalchemy as sa
from alembic import op

from mediascream.library.search import CREATE

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "delivery_counts",
        sa.Column("destination", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("destination", "state", name=op.f("pk_delivery_counts")),
    )
    op.create_table(
        "destinations",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("trouble", sa.String(length=12), nullable=True),
        sa.Column("trouble_code", sa.String(length=64), nullable=True),
        sa.Column("trouble_detail", sa.Text(), nullable=True),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_destinations")),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
    )
    op.create_table(
        "months",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_months")),
    )
    op.create_table(
        "photos",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("sort_key", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("ending", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha1", sa.String(length=40), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("orientation", sa.Integer(), nullable=True),
        sa.Column("duration_s", sa.Float(), nullable=True),
        sa.Column("camera", sa.Text(), nullable=True),
        sa.Column("lens", sa.Text(), nullable=True),
        sa.Column("exposure_s", sa.Float(), nullable=True),
        sa.Column("aperture", sa.Float(), nullable=True),
        sa.Column("iso", sa.Integer(), nullable=True),
        sa.Column("focal_length_mm", sa.Float(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("live_photo_id", sa.String(length=64), nullable=True),
        sa.Column("placeholder", sa.LargeBinary(), nullable=True),
        sa.Column("preview", sa.String(length=8), nullable=True),
        sa.Column("preview_problem", sa.Text(), nullable=True),
        sa.Column("taken_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("taken_local", sa.String(length=19), nullable=False),
        sa.Column("taken_offset_min", sa.Integer(), nullable=True),
        sa.Column("taken_source", sa.String(length=16), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("added_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("modified_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("skip", sa.JSON(), nullable=False),
        sa.Column("spooled", sa.Boolean(), nullable=False),
        sa.Column("processed", sa.Boolean(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("sidecar_wanted", sa.Integer(), nullable=False),
        sa.Column("deleted_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("purged", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_photos")),
        sa.UniqueConstraint("id", name=op.f("uq_photos_id")),
        sa.UniqueConstraint("sort_key", name=op.f("uq_photos_sort_key")),
    )
    op.create_index(op.f("ix_photos_live_photo_id"), "photos", ["live_photo_id"], unique=False)
    op.create_index("ix_photos_month_taken_local", "photos", ["month", "taken_local", "number"], unique=False)
    op.create_index(
        "ix_photos_spooled",
        "photos",
        ["spooled"],
        unique=False,
        sqlite_where=sa.text("spooled"),
        postgresql_where=sa.text("spooled"),
    )
    op.create_index("ix_photos_state_sort_key", "photos", ["state", "sort_key"], unique=False)
    op.create_table(
        "tags",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("folded", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tags")),
        sa.UniqueConstraint("folded", name=op.f("uq_tags_folded")),
    )
    op.create_table(
        "deliveries",
        sa.Column("photo", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("destination", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.Column("remote_id", sa.Text(), nullable=True),
        sa.Column("remote_url", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("proof", sa.String(length=12), nullable=True),
        sa.Column("derivative", sa.Boolean(), nullable=False),
        sa.Column("delivered_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("checked_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_detail", sa.Text(), nullable=True),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("sidecar_stored", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo"],
            ["photos.number"],
        ),
        sa.PrimaryKeyConstraint("photo", "destination", name=op.f("pk_deliveries")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_deliveries_destination_state_photo", "deliveries", ["destination", "state", "photo"], unique=False
    )
    op.create_index("ix_deliveries_destination_remote_id", "deliveries", ["destination", "remote_id"], unique=False)
    op.create_index("ix_deliveries_state_photo", "deliveries", ["state", "photo"], unique=False)
    op.create_table(
        "photo_tags",
        sa.Column("tag", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sort_key", sa.BigInteger(), nullable=False),
        sa.Column("photo", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo"],
            ["photos.number"],
        ),
        sa.ForeignKeyConstraint(
            ["tag"],
            ["tags.number"],
        ),
        sa.PrimaryKeyConstraint("tag", "sort_key", name=op.f("pk_photo_tags")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_photo_tags_photo"), "photo_tags", ["photo"], unique=False)
    for statement in CREATE[op.get_bind().dialect.name]:
        op.execute(statement)
