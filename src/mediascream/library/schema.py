"""The tables. Changes go through `migrations/`; a test keeps this file and the migrations equal.

Times are whole milliseconds since 1970 in UTC (`…_ms`), but `taken_local`, which is the wall clock of
the place as `YYYY-MM-DDTHH:MM:SS`. `sort_key` is `taken_at seconds << 28 | number`: unique, ordered by
time, and at once the page cursor, the key of `photo_tags` and the row of the full-text index; so a page
costs the same at the end of a million photos as at the start.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

photos = sa.Table(
    "photos",
    metadata,
    sa.Column("number", Big, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("sort_key", sa.BigInteger, nullable=False, unique=True),
    sa.Column("month", sa.String(7), nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("media_type", sa.String(64), nullable=False),
    sa.Column("ending", sa.String(16), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("sha1", sa.String(40)),
    # What the file says, known once it was processed.
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("orientation", sa.Integer),
    sa.Column("duration_s", sa.Float),
    sa.Column("camera", sa.Text),
    sa.Column("lens", sa.Text),
    sa.Column("exposure_s", sa.Float),
    sa.Column("aperture", sa.Float),
    sa.Column("iso", sa.Integer),
    sa.Column("focal_length_mm", sa.Float),
    sa.Column("rating", sa.Integer),
    sa.Column("live_photo_id", sa.String(64), index=True),
    sa.Column("placeholder", sa.LargeBinary),
    sa.Column("preview", sa.String(8)),  # NULL: not yet; 'ready'; 'none'
    sa.Column("preview_problem", sa.Text),
    # When and where: the best of what file, sender and clock say.
    sa.Column("taken_at_ms", sa.BigInteger, nullable=False),
    sa.Column("taken_local", sa.String(19), nullable=False),
    sa.Column("taken_offset_min", sa.Integer),
    sa.Column("taken_source", sa.String(16), nullable=False),
    sa.Column("latitude", sa.Float),
    sa.Column("longitude", sa.Float),
    sa.Column("description", sa.Text),
    sa.Column("said", sa.JSON, nullable=False),  # what the sender said: see photos.Said
    sa.Column("added_at_ms", sa.BigInteger, nullable=False),
    sa.Column("modified_at_ms", sa.BigInteger),
    # Where it stands.
    sa.Column("skip", sa.JSON, nullable=False),  # the services that the sender asked to skip
    sa.Column("spooled", sa.Boolean, nullable=False),
    sa.Column("processed", sa.Boolean, nullable=False),
    sa.Column("archived", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("sidecar_wanted", sa.Integer, nullable=False),  # counts the changes that a sidecar must tell
    sa.Column("deleted_at_ms", sa.BigInteger),
    sa.Column("purged", sa.Boolean, nullable=False),
    sa.Index("ix_photos_state_sort_key", "state", "sort_key"),
    sa.Index("ix_photos_month_taken_local", "month", "taken_local", "number"),
    sa.Index("ix_photos_spooled", "spooled", sqlite_where=sa.text("spooled"), postgresql_where=sa.text("spooled")),
)

tags = sa.Table(
    "tags",
    metadata,
    sa.Column("number", Big, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("folded", sa.String(300), nullable=False, unique=True),
)

photo_tags = sa.Table(
    "photo_tags",
    metadata,
    sa.Column("tag", Big, sa.ForeignKey("tags.number"), primary_key=True),
    sa.Column("sort_key", sa.BigInteger, primary_key=True),
    sa.Column("photo", Big, sa.ForeignKey("photos.number"), nullable=False, index=True),
    sqlite_with_rowid=False,
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("photo", Big, sa.ForeignKey("photos.number"), primary_key=True),
    sa.Column("destination", sa.String(16), primary_key=True),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("reason", sa.String(16)),
    sa.Column("remote_id", sa.Text),  # in an archive: the original's key, written down before the put
    sa.Column("remote_url", sa.Text),
    sa.Column("size", sa.BigInteger),
    sa.Column("proof", sa.String(12)),
    sa.Column("derivative", sa.Boolean, nullable=False),
    sa.Column("delivered_at_ms", sa.BigInteger),
    sa.Column("checked_at_ms", sa.BigInteger),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_attempt_at_ms", sa.BigInteger),
    sa.Column("error_code", sa.String(64)),
    sa.Column("error_detail", sa.Text),
    sa.Column("notes", sa.JSON, nullable=False),
    sa.Column("run", sa.Integer, nullable=False),  # which job may act: an older one finds a newer number and stops
    sa.Column("sidecar_stored", sa.Integer, nullable=False),  # in an archive: the `sidecar_wanted` that was written
    sa.Index("ix_deliveries_destination_state_photo", "destination", "state", "photo"),
    sa.Index("ix_deliveries_state_photo", "state", "photo"),
    sa.Index("ix_deliveries_destination_remote_id", "destination", "remote_id"),
    sqlite_with_rowid=False,
)

delivery_counts = sa.Table(
    "delivery_counts",
    metadata,
    sa.Column("destination", sa.String(16), primary_key=True),
    sa.Column("state", sa.String(12), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)

destinations = sa.Table(
    "destinations",
    metadata,
    sa.Column("name", sa.String(16), primary_key=True),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("trouble", sa.String(12)),  # NULL: none; 'waiting' until `until_ms`; 'blocked'
    sa.Column("trouble_code", sa.String(64)),
    sa.Column("trouble_detail", sa.Text),
    sa.Column("until_ms", sa.BigInteger),
)

months = sa.Table(
    "months",
    metadata,
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)

facts = sa.Table(
    "facts",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("destination", sa.String(16), primary_key=True),
    sa.Column("account", sa.Text),
    sa.Column("secrets", sa.JSON, nullable=False),  # never leaves the database: see accounts.py
    sa.Column("connected_at_ms", sa.BigInteger, nullable=False),
)
