"""The accounts at services."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("destination", sa.String(length=16), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("secrets", sa.JSON(), nullable=False),
        sa.Column("connected_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("destination", name=op.f("pk_accounts")),
    )
