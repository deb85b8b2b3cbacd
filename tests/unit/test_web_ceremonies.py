"""What a browser says of a passkey: whatever it is, it is believed or refused, and nothing else happens."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import URL

from mediascream.errors import RequestRefused
from mediascream.library.passkeys import Passkey
from mediascream.settings import Settings
from mediascream.web import ceremonies
from mediascream.web.passkey_place import Place, place_of
from mediascream.web.passkeys import challenge_in
from tests.fakes.authenticator import Authenticator, from_text, to_text

HOME = Place("photos.example", "https://photos.example")
OWNER = bytes(range(32))

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary().map(to_text),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
device = Authenticator(HOME.origin)
made = ceremonies.learn(HOME, (options := ceremonies.ask_for_new(HOME, OWNER, []))["challenge"], device.make(options))
known = Passkey(
    made.credential,
    made.public_key,
    made.sign_count,
    "id",
    "phone",
    suspect=False,
    created_at=datetime.now(UTC),
    used_at=None,
)


def bent(answer: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """An answer of which one part is another, or has other bytes somewhere."""
    response = answer["response"]
    part = data.draw(st.sampled_from([*answer, *response]))
    whole = answer if part in answer else response
    if part in response and data.draw(st.booleans()):
        content = bytearray(from_text(response[part]))
        dice = random.Random(data.draw(st.integers(0, 2**32)))
        for _ in range(dice.randint(1, 3)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        whole[part] = to_text(bytes(content[: dice.randint(0, len(content))] if dice.random() < 0.3 else content))
    else:
        whole[part] = data.draw(anything)
    return answer


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_bent_signature_proves_something_or_is_refused(data: st.DataObject) -> None:
    asked = ceremonies.ask_for_any(HOME)
    answer = bent(device.sign(asked), data)
    try:
        to_this = challenge_in(answer) == asked["challenge"]
        signed = ceremonies.recognise(HOME, asked["challenge"], answer, known, OWNER)
    except RequestRefused:
        return
    assert (to_this, signed) == (True, device.count)


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_bent_new_passkey_is_one_or_is_refused(data: st.DataObject) -> None:
    asked = ceremonies.ask_for_new(HOME, OWNER, [])
    try:
        assert ceremonies.learn(HOME, asked["challenge"], bent(device.make(asked), data)).public_key
    except RequestRefused:
        return


@pytest.mark.parametrize(
    ("public_url", "asked", "expected"),
    [
        ("https://photos.example", "https://photos.example/login", HOME),
        ("https://photos.example:443", "https://photos.example/login", HOME),
        (
            "https://Photos.Example:8443/",
            "https://photos.example:8443/",
            Place("photos.example", f"{HOME.origin}:8443"),
        ),
        ("https://photos.example", "http://localhost:5000/login", None),
        ("http://photos.example", "http://photos.example/login", None),
        ("https://192.0.2.1", "https://192.0.2.1/login", None),
        ("https://[2001:db8::1]", "https://[2001:db8::1]/login", None),
        (None, "http://localhost:5000/login", Place("localhost", "http://localhost:5000")),
        (None, "http://127.0.0.1:5000/login", None),
        (None, "http://nas:5000/login", None),
    ],
)
def test_a_passkey_is_good_at_a_name_with_https_or_at_localhost(
    public_url: str | None, asked: str, expected: Place | None
) -> None:
    assert place_of(Settings(public_url=public_url), URL(asked)) == expected
