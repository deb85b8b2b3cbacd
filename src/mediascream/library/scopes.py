"""What a token is good for; apart from the tokens, so that the command line knows it without the database's parts."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """What a token is good for."""

    UPLOAD = "upload"
    """Send, and ask about the state of photos."""
    READ = "read"
    """See everything, change nothing."""
    ALL = "all"
    """All that the owner may, but make tokens and see sessions."""
