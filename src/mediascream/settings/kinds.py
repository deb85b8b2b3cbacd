"""What a setting's value may look like, in the file (typed by YAML) and in the environment (always text).

Each kind turns what was written into the value that the program uses, or raises `ValueError` with the
end of a sentence that starts with the key: `must be a whole number`. No message repeats the value of
a secret, for it is printed and logged.
"""

from __future__ import annotations

import ipaddress
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Generic, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

HIDDEN = "********"
UNITS = {
    "": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
    "TIB": 2**40,
}
FLAGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Secret:
    """Text that no log, traceback or `settings` command shows; `reveal()` is the one way to it.

    Not a dataclass, so that `asdict` of something that holds one does not open it.

    Args:
        value: The text.
        shown: What stands in its place where settings are printed.
    """

    __slots__ = ("_shown", "_value")

    def __init__(self, value: str, shown: str = HIDDEN) -> None:
        self._value = value
        self._shown = shown

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __str__(self) -> str:
        return self._shown

    def __repr__(self) -> str:
        return f"Secret({self._shown})"


class Kind(ABC, Generic[T]):
    """One kind of value.

    Attributes:
        word: What docs/settings.md calls it.
    """

    word: ClassVar[str]

    @abstractmethod
    def read(self, written: object, folder: Path) -> T:
        """The value of what YAML made of the file; relative paths count from `folder`.

        Raises:
            ValueError: It is of another kind.
        """

    def read_text(self, written: str, folder: Path) -> T:
        """The same for an environment variable."""
        return self.read(written, folder)


class Text(Kind[str]):
    """Anything on one line. Numbers, dates and yes or no must be in quotes, since YAML would alter them."""

    word = "text"

    def read(self, written: object, folder: Path) -> str:
        if not isinstance(written, str):
            raise ValueError(f"must be text, not {name_of(written)}: put it in quotes")
        text = written.strip()
        if not text.isprintable():
            raise ValueError("must be one line without control characters")
        return text


class SecretText(Kind[Secret]):
    """Text that is never shown."""

    word = "text, secret"

    def read(self, written: object, folder: Path) -> Secret:
        return Secret(Text().read(written, folder))


class Place(Kind[Path]):
    """A file or a folder, absolute in the end; `~` is the user's home."""

    word = "path"

    def read(self, written: object, folder: Path) -> Path:
        try:
            return (folder / Path(Text().read(written, folder)).expanduser()).absolute()
        except RuntimeError:
            raise ValueError("starts with ~, and there is no home folder by that name") from None


@dataclass(frozen=True, slots=True)
class Number(Kind[int]):
    """A whole number within bounds, both included."""

    word = "whole number"

    lowest: int
    highest: int = 2**53

    def read(self, written: object, folder: Path) -> int:
        if not isinstance(written, int) or isinstance(written, bool):
            raise ValueError(f"must be a whole number, not {name_of(written)}")
        if not self.lowest <= written <= self.highest:
            raise ValueError(f"must be a whole number from {self.lowest} to {self.highest}, not {written}")
        return written

    def read_text(self, written: str, folder: Path) -> int:
        digits = written.strip()
        return self.read(int(digits) if re.fullmatch(r"-?[0-9]{1,18}", digits) else written, folder)


class Size(Number):
    """Bytes, as a number or with a unit: `20 GiB`, `500 MB`."""

    word = "bytes, or with a unit"

    def read(self, written: object, folder: Path) -> int:
        size = in_bytes(written) if isinstance(written, str) else written
        if isinstance(size, str):
            raise ValueError("must be a whole number of bytes, or one with a unit, such as 20 GiB")
        return super().read(size, folder)

    def read_text(self, written: str, folder: Path) -> int:
        return self.read(written, folder)


@dataclass(frozen=True, slots=True)
class Allowance:
    """So much in a day, whichever comes first.

    Attributes:
        count: 0 for nothing at all.
    """

    count: int
    size_bytes: int = 20 << 30

    def __str__(self) -> str:
        return f"{self.count}, {self.size_bytes / (1 << 30):g} GiB"


class PerDay(Kind[Allowance]):
    """A number, and behind a comma the bytes that they may come to: `50`, or `50, 20 GiB`."""

    word = "number, or number and bytes"

    def read(self, written: object, folder: Path) -> Allowance:
        if not isinstance(written, str):
            return Allowance(Number(0).read(written, folder))
        count, comma, size = written.partition(",")
        number = Number(0).read_text(count, folder)
        return Allowance(number, Size(1).read(size.strip(), folder)) if comma else Allowance(number)


class Flag(Kind[bool]):
    """Yes or no."""

    word = "`true` or `false`"

    def read(self, written: object, folder: Path) -> bool:
        if not isinstance(written, bool):
            raise ValueError(f"must be true or false, not {name_of(written)}")
        return written

    def read_text(self, written: str, folder: Path) -> bool:
        return self.read(FLAGS.get(written.strip().lower(), written), folder)


@dataclass(frozen=True, slots=True)
class Choice(Kind[E]):
    """One of a few words."""

    word = "one of a few words"

    words: type[E]

    def read(self, written: object, folder: Path) -> E:
        for word in self.words:
            if isinstance(written, str) and word == written.strip():
                return word
        raise ValueError(f"must be one of {', '.join(self.words)}")


@dataclass(frozen=True, slots=True)
class Address(Kind[str]):
    """A URL of one of some schemes, as it was written."""

    word = "URL"

    schemes: tuple[str, ...] = ("https", "http")

    def read(self, written: object, folder: Path) -> str:
        text = Text().read(written, folder)
        if " " in text or not is_address(text, self.schemes):
            raise ValueError(
                f"must be an address that starts with {' or '.join(f'{scheme}://' for scheme in self.schemes)}"
            )
        return text


class IssuerAddress(Address):
    """A URL whose answers are believed: over https, or from this very machine."""

    def read(self, written: object, folder: Path) -> str:
        text = super().read(written, folder)
        if not is_private(text):
            raise ValueError("must be an address that starts with https:// (http:// only where it is of this machine)")
        return text


class BaseAddress(Address):
    """A URL that paths are put behind, so without the slash at its end that people write or leave out."""

    def read(self, written: object, folder: Path) -> str:
        return super().read(written, folder).rstrip("/")


@dataclass(frozen=True, slots=True)
class SecretAddress(Kind[Secret]):
    """A URL that gives rights to whoever knows it; only its scheme and host are shown."""

    word = "URL, secret"

    schemes: tuple[str, ...] = ("https", "http")

    def read(self, written: object, folder: Path) -> Secret:
        text = Address(self.schemes).read(written, folder)
        parts = urlsplit(text)
        return Secret(text, shown=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{HIDDEN}")


class SecretAddresses(Kind[tuple[Secret, ...]]):
    """URLs of any scheme, as a list or with blanks between them; of most even the host may be a secret, and is not shown."""

    word = "URL or list of URLs, secret"

    def read(self, written: object, folder: Path) -> tuple[Secret, ...]:
        entries = written.split() if isinstance(written, str) else written
        if not isinstance(entries, list):
            raise ValueError(f"must be an address or a list of addresses, not {name_of(written)}")
        return tuple(secret_address(entry) for entry in entries if not is_unset(entry))


class Networks(Kind[tuple[Network, ...]]):
    """IP addresses or networks (`10.0.0.0/8`), as a list or with commas between them."""

    word = "list, or with commas"

    def read(self, written: object, folder: Path) -> tuple[Network, ...]:
        entries = written.split(",") if isinstance(written, str) else written
        if not isinstance(entries, list):
            raise ValueError(f"must be a list of addresses, not {name_of(written)}")
        return tuple(network(entry) for entry in entries if not is_unset(entry))


class KeyPrefix(Kind[str]):
    """The folder inside the bucket: parts with `/` between them, none at either end."""

    word = "path in the bucket"

    def read(self, written: object, folder: Path) -> str:
        parts = [part for part in Text().read(written, folder).split("/") if part]
        if {".", ".."} & set(parts):
            raise ValueError("must not have . or .. between its slashes")
        return "/".join(parts)


def is_unset(written: object) -> bool:
    """Whether it counts as not given: null, nothing, or blanks only."""
    return written is None or (isinstance(written, str) and not written.strip())


def name_of(written: object) -> str:
    """What a person calls a value that YAML made."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a mapping"}
    return names.get(type(written), f"a {type(written).__name__}")


def in_bytes(written: str) -> object:
    """A number of bytes, or what was written where that is no size."""
    found = re.fullmatch(r"([0-9]{1,15})\s*([A-Za-z]*)", written.strip())
    return int(found[1]) * UNITS[found[2].upper()] if found and found[2].upper() in UNITS else written


def is_address(text: str, schemes: tuple[str, ...]) -> bool:
    """Whether it is a URL with a host, a possible port and one of the schemes."""
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_private(address: str) -> bool:
    """Whether nobody on the way can read or alter what is said at a URL."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only; no name is looked up."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def secret_address(written: object) -> Secret:
    """An address that says nothing of itself but its scheme, and its host where it is a web page's."""
    if not isinstance(written, str) or not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^\s]+", written.strip(), re.IGNORECASE):
        raise ValueError("must be an address such as ntfy://host/topic, mailto://… or https://…")
    text = written.strip()
    if is_address(text, ("https", "http")):
        return SecretAddress().read(text, Path())
    return Secret(text, shown=f"{text.partition('://')[0]}://{HIDDEN}")


def network(written: object) -> Network:
    """An IP network; a single address is a network of one."""
    if not isinstance(written, str):
        raise ValueError(f"must hold addresses such as 10.0.0.0/8, not {name_of(written)}")
    try:
        return ipaddress.ip_network(written.strip(), strict=False)
    except ValueError:
        raise ValueError(f"must hold addresses such as 10.0.0.0/8, not {written.strip()!r}") from None
