"""Inputs that are nearly right: good ones with a few places bent, which get deeper than noise does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

_WEIRD = (
    b"\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x80",
    b"\r\n",
    b'"',
    b"<",
    b"&",
    b"{",
    b"9" * 30,
    b"-1",
    b"",
)
_PLACES = st.integers(0, 1 << 16)
_EDITS = st.lists(
    st.tuples(
        _PLACES,
        st.sampled_from(["set", "put", "cut", "repeat", "end"]),
        st.sampled_from(_WEIRD) | st.binary(max_size=6),
    ),
    max_size=6,
)


def bent(*good: bytes) -> st.SearchStrategy[bytes]:
    """One of these with up to six places changed; sometimes nothing but noise."""
    return st.builds(_bend, st.sampled_from(good), _EDITS) | st.binary(max_size=200)


def bent_text(*good: str) -> st.SearchStrategy[str]:
    """The same for text, as headers are read: Latin-1."""
    return bent(*(text.encode() for text in good)).map(lambda content: content.decode("latin-1"))


def _bend(good: bytes, edits: Sequence[tuple[int, str, bytes]]) -> bytes:
    content = bytearray(good)
    for place, act, what in edits:
        at = place % (len(content) + 1)
        if act == "set":
            content[at : at + len(what)] = what
        elif act == "put":
            content[at:at] = what
        elif act == "cut":
            del content[at : at + 1 + place % 40]
        elif act == "repeat":
            content[at:at] = content[at : at + 20] * (1 + place % 5)
        else:
            del content[at:]
    return bytes(content)
