"""Secrets at rest: sealed with a key that lies in a file of its own, outside the database and every copy of it.

Fernet (AES-128-CBC and HMAC-SHA-256;
https://cryptography.io/en/latest/fernet/, read 2026-11-24). The file is made at first need, with mode 0600, and
never made anew where there is one: what was sealed with a lost key stays closed.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


class SealBroken(Exception):
    """What was sealed cannot be opened: the key is not here, or is another."""


class Seal:
    """Closes and opens texts.

    Args:
        file: Where the key lies, or will.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._fernet: Fernet | None = None

    def close(self, text: str) -> str:
        """The text as nobody without the key can read it."""
        if not self.file.exists():
            _make_key(self.file)
        return self._box().encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """What was closed.

        Raises:
            SealBroken: The key is lost, or it was another.
        """
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - 30 ms that most commands do not need

        try:
            return self._box().decrypt(sealed).decode()
        except (OSError, ValueError, InvalidToken) as error:
            raise SealBroken from error

    def _box(self) -> Fernet:
        from cryptography.fernet import Fernet  # noqa: PLC0415 - the same

        if self._fernet is None:
            self._fernet = Fernet(self.file.read_bytes().strip())
        return self._fernet


def _make_key(file: Path) -> None:
    """Leave a key at `file`, on disk for good and for this user alone; one that is there by then is left alone."""
    from cryptography.fernet import Fernet  # noqa: PLC0415 - the same

    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".key-")
    made = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as held:
            held.write(Fernet.generate_key() + b"\n")
            held.flush()
            os.fsync(held.fileno())
        try:
            file.hardlink_to(made)
        except FileExistsError:
            return
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        made.unlink(missing_ok=True)
