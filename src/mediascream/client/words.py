"""How things are put to a person: names, sizes, times, and why a photo is not where it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediascream.photo import ARCHIVES, ATTENTION_STATES, OPEN_STATES, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediascream import wire

_UNITS: Final = ("B", "kB", "MB", "GB", "TB")
_THOUSAND: Final = 1000


def shown(path: str) -> str:
    """A path that can be printed: what is no UTF-8, or would move the cursor, becomes U+FFFD."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def shown_size(size_bytes: float) -> str:
    """`3.1 GB`, in powers of ten as disks and networks are sold."""
    size, unit = float(size_bytes), _UNITS[0]
    for unit in _UNITS:
        if size < _THOUSAND or unit == _UNITS[-1]:
            break
        size /= _THOUSAND
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


def shown_time(seconds: float) -> str:
    """`4 s`, `3:20 min` or `2:05 h`."""
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004  (a minute)
        return f"{whole} s"
    if whole < 3600:  # noqa: PLR2004  (an hour)
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"


def shown_count(count: int) -> str:
    """`1,203`."""
    return f"{count:,}"


def unfinished(receipts: Iterable[wire.Receipt], *, everywhere: bool) -> list[wire.Receipt]:
    """The deliveries that keep a photo from being where it should be.

    Args:
        receipts: Those of one photo.
        everywhere: Count the services too, not only the archive.
    """
    return [
        receipt
        for receipt in receipts
        if receipt.state in OPEN_STATES | ATTENTION_STATES and (everywhere or receipt.destination in ARCHIVES)
    ]


def shown_receipt(receipt: wire.Receipt) -> str:
    """One delivery in a line: `flickr is blocked: log in again`, `s3 is delivered (checksum)`."""
    line = f"{receipt.destination} is {receipt.state}"
    if receipt.state is DeliveryState.DELIVERED and receipt.proof is not None:
        return f"{line} (proof: {receipt.proof})"
    if receipt.reason is not None:
        line += f" ({receipt.reason})"
    if receipt.next_attempt_at is not None and receipt.state is DeliveryState.WAITING:
        line += f" until {receipt.next_attempt_at.astimezone():%Y-%m-%d %H:%M}"
    return f"{line}: {receipt.error.detail}" if receipt.error is not None else line
