"""The tables. Changes go through `migrations/`; a test keeps this file and the migrations equal.

Times are whole milliseconds since 1970 in UTC (`…_ms`), but `taken_local`, which is the wall clock of
the place as `YYYY-MM-DDTHH:MM:SS`. `sort_key` is `taken_at seconds << 28 | number`: unique, ordered by
time, and at once the page cursor, the key of `photo_tags` and the row of the full-text index; so a page
costs the same at the end of a million photos as at the start. Rows of `photos` are never deleted.

Besides these tables there are the full-text index (`search.py`) and the triggers that keep the counts
of `months`, `photo_counts` and `delivery_counts` (`counting.py`).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import sqlalchemy as sa

from mediascream.library.columns import Big, Measure, Number, Words

AnyRow: TypeAlias = "sa.Row[*tuple[Any, ...]]"
"""A row of any table or query; its values are known by the names of their columns."""

Condition: TypeAlias = "sa.ColumnElement[bool] | sa.TextClause"

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


LIVE = sa.text("photos.deleted_at_ms IS NULL")
IN_TRASH = sa.text("photos.deleted_at_ms IS NOT NULL")
SPOOLED = sa.text("photos.spooled")
UNPROCESSED = sa.text("NOT photos.processed")
NOTICED_IN_TRASH = sa.text("photos.trash_since_ms IS NOT NULL")
EMPTYING = sa.text("photos.emptying")
THERE = sa.text("deliveries.state = 'delivered'")
"""Conditions by which some rows have an index of their own; SQLite finds it only by the very same words."""


def _index(name: str, *columns: str, where: str | sa.TextClause) -> sa.Index:
    condition = sa.text(str(where).replace("photos.", "").replace("deliveries.", ""))
    return sa.Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


photos = sa.Table(
    "photos",
    metadata,
    sa.Column("number", Big, primary_key=True, autoincrement=False),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("sort_key", sa.BigInteger, nullable=False),
    sa.Column("month", sa.String(7), nullable=False),
    sa.Column("file_name", Words(), nullable=False),
    sa.Column("media_type", sa.String(64), nullable=False),
    sa.Column("ending", sa.String(16), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("sha1", sa.String(40)),
    # What the file says, known once it was processed.
    sa.Column("width", Number),
    sa.Column("height", Number),
    sa.Column("orientation", Number),
    sa.Column("duration_s", Measure),
    sa.Column("camera", Words()),
    sa.Column("lens", Words()),
    sa.Column("exposure_s", Measure),
    sa.Column("aperture", Measure),
    sa.Column("iso", Number),
    sa.Column("focal_length_mm", Measure),
    sa.Column("rating", Number),
    sa.Column("live_photo_id", Words(64)),
    sa.Column("found", sa.JSON(none_as_null=True)),  # its own moment, place and description: see rows.found_to_json
    sa.Column("placeholder", sa.LargeBinary),
    sa.Column("preview", sa.String(8)),  # NULL: not yet; 'ready'; 'none'
    sa.Column("preview_problem", Words()),
    # When, where and what: the best of what file, sender and clock say.
    sa.Column("taken_at_ms", sa.BigInteger, nullable=False),
    sa.Column("taken_local", sa.String(19), nullable=False),
    sa.Column("taken_offset_min", sa.Integer),
    sa.Column("taken_source", sa.String(16), nullable=False),
    sa.Column("latitude", Measure),
    sa.Column("longitude", Measure),
    sa.Column("description", Words()),
    sa.Column("said", sa.JSON, nullable=False),  # what the sender said: see records.Said
    sa.Column("added_at_ms", sa.BigInteger, nullable=False),
    sa.Column("modified_at_ms", sa.BigInteger),
    sa.Column("pair_key", Words(300)),  # the same for a RAW and the JPEG of the same shot
    # Where it stands.
    sa.Column("skip", sa.JSON, nullable=False),  # the services that the sender asked to skip
    sa.Column("spooled", sa.Boolean, nullable=False),
    sa.Column("processed", sa.Boolean, nullable=False),
    sa.Column("archived", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("sidecar_wanted", sa.Integer, nullable=False),  # counts the changes that a sidecar must tell
    sa.Column("deleted_at_ms", sa.BigInteger),
    sa.Column("purged", sa.Boolean, nullable=False),
    # In the trash since when, by the ledger of `elapsed.py`, which no clock can push; NULL: not noticed yet.
    sa.Column("trash_since_ms", sa.BigInteger),
    # Its bytes are being removed from the archives; until that is done nothing is put there.
    sa.Column("emptying", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("rendition_digests", sa.JSON(none_as_null=True)),  # how a rendition's key ends -> SHA-256 of the file
    _index("ix_photos_live_sort_key", "sort_key", where=LIVE),
    _index("ix_photos_live_kind_sort_key", "kind", "sort_key", where=LIVE),
    _index("ix_photos_live_month_taken_local", "month", "taken_local", "number", where=LIVE),
    sa.Index("ix_photos_state_sort_key", "state", "sort_key"),
    _index("ix_photos_live_photo_id", "live_photo_id", where="live_photo_id IS NOT NULL"),
    _index("ix_photos_pair_key", "pair_key", where="pair_key IS NOT NULL"),
    _index("ix_photos_sha1", "sha1", where="sha1 IS NOT NULL"),
    _index("ix_photos_spooled", "number", where=SPOOLED),
    _index("ix_photos_unprocessed", "number", where=UNPROCESSED),
    _index("ix_photos_trash", "deleted_at_ms", where=IN_TRASH),
    _index("ix_photos_trash_since", "trash_since_ms", where=NOTICED_IN_TRASH),
    _index("ix_photos_emptying", "number", where=EMPTYING),
)

tags = sa.Table(
    "tags",
    metadata,
    sa.Column("number", Big, primary_key=True, autoincrement=True),
    sa.Column("name", Words(100), nullable=False),
    sa.Column("folded", Words(300), nullable=False, unique=True),
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
    sa.Column("remote_id", Words()),  # in an archive: the original's key, written down before the put
    sa.Column("remote_url", Words()),
    sa.Column("size", sa.BigInteger),
    sa.Column("proof", sa.String(12)),
    sa.Column("derivative", sa.Boolean, nullable=False),
    sa.Column("delivered_at_ms", sa.BigInteger),
    sa.Column("checked_at_ms", sa.BigInteger),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_attempt_at_ms", sa.BigInteger),
    sa.Column("error_code", Words(64)),
    sa.Column("error_detail", Words()),
    sa.Column("notes", sa.JSON, nullable=False),
    sa.Column("run", sa.Integer, nullable=False),  # which job may act: an older one finds a newer number and stops
    sa.Column("sidecar_stored", sa.Integer, nullable=False),  # in an archive: the `sidecar_wanted` that was written
    sa.Index("ix_deliveries_destination_photo", "destination", "photo"),
    sa.Index("ix_deliveries_destination_state_photo", "destination", "state", "photo"),
    sa.Index("ix_deliveries_state_photo", "state", "photo"),
    _index("ix_deliveries_there_checked", "destination", "checked_at_ms", "photo", where=THERE),
    sqlite_with_rowid=False,
)

checks = sa.Table(
    "checks",
    metadata,
    sa.Column("number", Big, primary_key=True, autoincrement=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("by", sa.String(12), nullable=False),
    sa.Column("photo", Big, sa.ForeignKey("photos.number"), nullable=False),
    sa.Column("destination", sa.String(16), nullable=False),
    sa.Column("result", sa.String(12), nullable=False),
    sa.Column("code", Words(64)),
    sa.Column("detail", Words()),
    sa.Index("ix_checks_photo", "photo"),
)

months = sa.Table(
    "months",
    metadata,
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)

photo_counts = sa.Table(
    "photo_counts",
    metadata,
    sa.Column("state", sa.String(12), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
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
    sa.Column("trouble_code", Words(64)),
    sa.Column("trouble_detail", Words()),
    sa.Column("until_ms", sa.BigInteger),
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

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("sender", sa.String(100), primary_key=True),
    sa.Column("folder", sa.String(1024), primary_key=True),  # the folders above, joined by '/'; '' for none
    sa.Column("name", sa.String(255), primary_key=True),
    sa.Column("photo", Big, sa.ForeignKey("photos.number")),  # NULL: a folder, or a name without bytes yet
    sa.Column("is_folder", sa.Boolean, nullable=False),
    sa.Column("modified_at_ms", sa.BigInteger, nullable=False),
    sa.Column("added_at_ms", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Who may call. None of these tables leaves the database: copies of it go without them.

passwords = sa.Table(
    "passwords",
    metadata,
    sa.Column("account", sa.String(64), primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),  # argon2id, in its own notation
    sa.Column("set_at_ms", sa.BigInteger, nullable=False),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("number", Big, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(16), nullable=False, unique=True),
    sa.Column("name", Words(100), nullable=False),
    sa.Column("member", Words(100)),  # whose it is, where it is not the owner's
    sa.Column("scope", sa.String(8), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
    sa.Column("created_at_ms", sa.BigInteger, nullable=False),
    sa.Column("expires_at_ms", sa.BigInteger),
    sa.Column("used_at_ms", sa.BigInteger),
    sa.Column("revoked_at_ms", sa.BigInteger),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("number", Big, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(16), nullable=False, unique=True),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
    sa.Column("address", sa.String(45), nullable=False, index=True),
    sa.Column("browser", Words(200)),
    sa.Column("begun_at_ms", sa.BigInteger, nullable=False),
    sa.Column("used_at_ms", sa.BigInteger, nullable=False),
    sa.Column("ended_at_ms", sa.BigInteger),
    sa.Column("passkey", sa.String(16)),  # the id of the passkey it was begun by, where it was one
)

passkeys = sa.Table(
    "passkeys",
    metadata,
    sa.Column("number", Big, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(16), nullable=False, unique=True),
    sa.Column("name", Words(100), nullable=False),
    sa.Column("credential", sa.String(1364), nullable=False, unique=True),  # its id in base64url: 1023 bytes at most
    sa.Column("public_key", sa.LargeBinary, nullable=False),  # as COSE has it
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("suspect", sa.Boolean, nullable=False),  # its count went back: somebody may have copied it
    sa.Column("created_at_ms", sa.BigInteger, nullable=False),
    sa.Column("used_at_ms", sa.BigInteger),
)

guesses = sa.Table(
    "guesses",
    metadata,
    sa.Column("source", sa.String(80), primary_key=True),  # an address, or the account as a whole
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("last_at_ms", sa.BigInteger, nullable=False, index=True),
)

senders = sa.Table(
    "senders",
    metadata,
    sa.Column("photo", Big, sa.ForeignKey("photos.number"), primary_key=True),
    sa.Column("token", Big, sa.ForeignKey("tokens.number"), primary_key=True),
    sqlite_with_rowid=False,
)
