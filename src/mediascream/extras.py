"""What is only there for those who want it: parts that a plain installation leaves out, and never loads."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final


@dataclass(frozen=True, slots=True)
class Extra:
    """A part that may be installed.

    Attributes:
        name: In brackets behind the package's name, as in `pyproject.toml`.
        needs: A module that comes with it and with nothing else.
    """

    name: str
    needs: str

    @property
    def is_installed(self) -> bool:
        """Whether it is there; it is not loaded by that."""
        return find_spec(self.needs) is not None

    @property
    def how_to_get(self) -> str:
        """The command, for a person."""
        return f"pip install 'mediascream[{self.name}]' (in a checkout: make extras)"


PASSKEYS: Final = Extra("passkeys", "webauthn")
OIDC: Final = Extra("oidc", "joserfc")
