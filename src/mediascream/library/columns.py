"""Column types that take whatever a stranger's file says, the same on both databases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""64 bits; SQLite makes a row number only of a plain INTEGER."""

INT_MAX = 2**31 - 1


def storable_text(text: str) -> str:
    """`text` without what a database refuses: NUL (Postgres) and halves of surrogate pairs (both)."""
    if text.isascii():
        return text.replace("\0", "")
    return text.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")


class Words(TypeDecorator[str]):
    """Text that somebody outside wrote: without what no database takes, and cut to its length.

    A name, a tag or a camera's model comes from files of strangers. A photo must not stay unprocessed
    for ever because one of them holds a NUL.
    """

    impl = sa.Text
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        super().__init__(length) if length else super().__init__()
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[str]:  # noqa: ARG002 - SQLAlchemy's form
        """VARCHAR where it has a length."""
        return sa.String(self.length) if self.length else sa.Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's form
        """What is really kept."""
        if value is None:
            return None
        text = storable_text(value)
        return text[: self.length] if self.length else text


class Number(TypeDecorator[int]):
    """A 32-bit number that a file says; what does not fit is not believed."""

    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's form
        """What is really kept."""
        return value if value is not None and -INT_MAX <= value <= INT_MAX else None


class Measure(TypeDecorator[float]):
    """A quantity that a file says; infinity and not-a-number are not believed, and JSON knows neither."""

    impl = sa.Float
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:  # noqa: ARG002 - SQLAlchemy's form
        """What is really kept."""
        return value if value is not None and math.isfinite(value) else None
