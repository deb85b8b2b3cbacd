"""The first tables."""

import sqlalchemy as sa
from alembic import op

from mediascream.library import counting, search

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
        sa.Column("trouble", sa.String(length=12)),
        sa.Column("trouble_code", sa.String(length=64)),
        sa.Column("trouble_detail", sa.Text()),
        sa.Column("until_ms", sa.BigInteger()),
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
        "photo_counts",
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_photo_counts")),
    )
    op.create_table(
        "photos",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("sort_key", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("ending", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha1", sa.String(length=40)),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("orientation", sa.Integer()),
        sa.Column("duration_s", sa.Float()),
        sa.Column("camera", sa.Text()),
        sa.Column("lens", sa.Text()),
        sa.Column("exposure_s", sa.Float()),
        sa.Column("aperture", sa.Float()),
        sa.Column("iso", sa.Integer()),
        sa.Column("focal_length_mm", sa.Float()),
        sa.Column("rating", sa.Integer()),
        sa.Column("live_photo_id", sa.String(length=64)),
        sa.Column("found", sa.JSON()),
        sa.Column("placeholder", sa.LargeBinary()),
        sa.Column("preview", sa.String(length=8)),
        sa.Column("preview_problem", sa.Text()),
        sa.Column("taken_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("taken_local", sa.String(length=19), nullable=False),
        sa.Column("taken_offset_min", sa.Integer()),
        sa.Column("taken_source", sa.String(length=16), nullable=False),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        sa.Column("description", sa.Text()),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("added_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("modified_at_ms", sa.BigInteger()),
        sa.Column("pair_key", sa.String(length=300)),
        sa.Column("skip", sa.JSON(), nullable=False),
        sa.Column("spooled", sa.Boolean(), nullable=False),
        sa.Column("processed", sa.Boolean(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("sidecar_wanted", sa.Integer(), nullable=False),
        sa.Column("deleted_at_ms", sa.BigInteger()),
        sa.Column("purged", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_photos")),
        sa.UniqueConstraint("id", name=op.f("uq_photos_id")),
    )
    _partial_index("ix_photos_live_kind_sort_key", "kind", "sort_key", where="deleted_at_ms IS NULL")
    _partial_index("ix_photos_live_month_taken_local", "month", "taken_local", "number", where="deleted_at_ms IS NULL")
    _partial_index("ix_photos_live_photo_id", "live_photo_id", where="live_photo_id IS NOT NULL")
    _partial_index("ix_photos_live_sort_key", "sort_key", where="deleted_at_ms IS NULL")
    _partial_index("ix_photos_pair_key", "pair_key", where="pair_key IS NOT NULL")
    _partial_index("ix_photos_spooled", "number", where="spooled")
    op.create_index("ix_photos_state_sort_key", "photos", ["state", "sort_key"])
    _partial_index("ix_photos_trash", "deleted_at_ms", where="deleted_at_ms IS NOT NULL")
    _partial_index("ix_photos_unprocessed", "number", where="NOT processed")
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
        sa.Column("reason", sa.String(length=16)),
        sa.Column("remote_id", sa.Text()),
        sa.Column("remote_url", sa.Text()),
        sa.Column("size", sa.BigInteger()),
        sa.Column("proof", sa.String(length=12)),
        sa.Column("derivative", sa.Boolean(), nullable=False),
        sa.Column("delivered_at_ms", sa.BigInteger()),
        sa.Column("checked_at_ms", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at_ms", sa.BigInteger()),
        sa.Column("error_code", sa.String(length=64)),
        sa.Column("error_detail", sa.Text()),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("sidecar_stored", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["photo"], ["photos.number"], name=op.f("fk_deliveries_photo")),
        sa.PrimaryKeyConstraint("photo", "destination", name=op.f("pk_deliveries")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_deliveries_destination_photo", "deliveries", ["destination", "photo"])
    op.create_index("ix_deliveries_destination_state_photo", "deliveries", ["destination", "state", "photo"])
    op.create_index("ix_deliveries_state_photo", "deliveries", ["state", "photo"])
    op.create_table(
        "photo_tags",
        sa.Column("tag", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sort_key", sa.BigInteger(), nullable=False),
        sa.Column("photo", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["photo"], ["photos.number"], name=op.f("fk_photo_tags_photo")),
        sa.ForeignKeyConstraint(["tag"], ["tags.number"], name=op.f("fk_photo_tags_tag")),
        sa.PrimaryKeyConstraint("tag", "sort_key", name=op.f("pk_photo_tags")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_photo_tags_photo"), "photo_tags", ["photo"])
    for statement in search.CREATE[op.get_bind().dialect.name] + counting.CREATE[op.get_bind().dialect.name]:
        op.execute(statement)


def _partial_index(name: str, *columns: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "photos", list(columns), sqlite_where=condition, postgresql_where=condition)
