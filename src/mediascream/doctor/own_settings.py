"""The settings, and who else on this machine may read what is secret."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediascream import extras
from mediascream.doctor.findings import Finding, note, ok, warning
from mediascream.settings import Secret
from mediascream.settings.declared import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediascream.settings import Settings

ABOUT: Final = "settings"
OTHERS: Final = 0o077
_FILE: Final = "file "


def look_at_settings(settings: Settings) -> Iterator[Finding]:
    """What is odd about them; that they can be read at all is known by now."""
    files = sorted(
        {Path(origin.removeprefix(_FILE)) for origin in settings.origins.values() if origin.startswith(_FILE)}
    )
    yield ok(ABOUT, f"read from {', '.join(map(str, files)) or 'no file: everything has its default'}")
    for odd in settings.warnings:
        yield warning(ABOUT, odd, "mend the name, or take it away")
    if settings.oidc_issuer is not None:
        yield from judge_provider(settings)
    for file in files:
        yield from judge_rights(file, secrets_in(settings, file))
    if settings.data_folder.is_dir() and settings.data_folder.stat().st_mode & OTHERS:
        seen = f"others on this machine may look into {settings.data_folder}"
        yield note(ABOUT, seen, f"unless that is meant: chmod 700 {settings.data_folder}")


def judge_provider(settings: Settings) -> Iterator[Finding]:
    """Whether the owner can log in at the OIDC provider that the settings name."""
    if not extras.OIDC.is_installed:
        yield warning(ABOUT, "OIDC_ISSUER takes an extra that is not installed", extras.OIDC.how_to_get)
    if settings.oidc_subject is None:
        seen = f"nobody gets in by {settings.oidc_issuer}: OIDC_SUBJECT does not say who the owner is there"
        yield warning(ABOUT, seen, "log in there at /login, which tells what the provider calls you, and set it")


def secrets_in(settings: Settings, file: Path) -> list[str]:
    """The keys of the secrets that a file gives."""
    return [
        key
        for key, declared in FIELDS.items()
        if settings.origins.get(key) == f"{_FILE}{file}" and holds_secret(getattr(settings, declared.name))
    ]


def holds_secret(value: object) -> bool:
    """Whether a setting's value is one, or several."""
    return any(isinstance(part, Secret) for part in (value if isinstance(value, tuple) else (value,)))


def judge_rights(file: Path, secrets: list[str]) -> Iterator[Finding]:
    """Whether others may read a file that holds secrets."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return
    if secrets and mode & OTHERS:
        seen = f"others on this machine may read {file}, which holds {', '.join(secrets)}"
        yield warning(ABOUT, seen, f"chmod 600 {file}")
    elif secrets:
        yield ok(ABOUT, f"only you may read {file}, which holds secrets")
