"""Who may call: the password, tokens, sessions, guesses at the password, and which token sent which photo."""

import sqlalchemy as sa
from alembic import op

from mediascream.library.columns import Big, Words

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "passwords",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("set_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_passwords")),
    )
    op.create_table(
        "tokens",
        sa.Column("number", Big, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", Words(100), nullable=False),
        sa.Column("member", Words(100), nullable=True),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tokens")),
        sa.UniqueConstraint("id", name=op.f("uq_tokens_id")),
        sa.UniqueConstraint("hash", name=op.f("uq_tokens_hash")),
    )
    op.create_table(
        "sessions",
        sa.Column("number", Big, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("browser", Words(200), nullable=True),
        sa.Column("begun_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sessions")),
        sa.UniqueConstraint("id", name=op.f("uq_sessions_id")),
        sa.UniqueConstraint("hash", name=op.f("uq_sessions_hash")),
    )
    op.create_index(op.f("ix_sessions_address"), "sessions", ["address"])
    op.create_table(
        "guesses",
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_guesses")),
    )
    op.create_index(op.f("ix_guesses_last_at_ms"), "guesses", ["last_at_ms"])
    op.create_table(
        "senders",
        sa.Column("photo", Big, nullable=False),
        sa.Column("token", Big, nullable=False),
        sa.ForeignKeyConstraint(["photo"], ["photos.number"], name=op.f("fk_senders_photo")),
        sa.ForeignKeyConstraint(["token"], ["tokens.number"], name=op.f("fk_senders_token")),
        sa.PrimaryKeyConstraint("photo", "token", name=op.f("pk_senders")),
        sqlite_with_rowid=False,
    )
