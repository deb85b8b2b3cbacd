"""What a browser is asked of a passkey, and what its answer proves: the one file that knows py_webauthn.

It is an extra (`mediascream[passkeys]`), so nothing imports this file before somebody uses a passkey. The user must be
verified each time (a fingerprint, a face, a PIN), since a passkey stands in place of a password. Attestation, by which
makers vouch for their devices, is not asked for: the owner knows what device it is.

Sources: https://www.w3.org/TR/webauthn-3/ (sections 7.1 and 7.2); py_webauthn 3.0.1 (read 2026-11-29).
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json_dict,
    parse_authentication_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from mediascream.errors import FieldInvalid, LoginNeeded, MediascreamError
from mediascream.library.passkeys import Made, Passkey
from mediascream.web.passkey_place import Place

_TIMEOUT_MS: Final = 120_000
_BAFFLED: Final = (
    WebAuthnException,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What py_webauthn answers to answers that make no sense."""


def ask_for_new(place: Place, owner: bytes, known: Iterable[str]) -> dict[str, Any]:
    """What `navigator.credentials.create` takes; a device that has one of the `known` refuses to make another.

    `owner` tells devices whose passkeys they are; it is the same for all of a library.
    """
    options = generate_registration_options(
        rp_id=place.name,
        rp_name="Mediascream",
        user_id=owner,
        user_name="owner",
        user_display_name="The owner of the photos",
        timeout=_TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known],
    )
    return options_to_json_dict(options)


def ask_for_any(place: Place) -> dict[str, Any]:
    """What `navigator.credentials.get` takes: the browser lists the passkeys that it has for this place."""
    options = generate_authentication_options(
        rp_id=place.name, timeout=_TIMEOUT_MS, user_verification=UserVerificationRequirement.REQUIRED
    )
    return options_to_json_dict(options)


def learn(place: Place, challenge: str, answer: Mapping[str, Any]) -> Made:
    """The passkey that a browser says was made.

    Raises:
        FieldInvalid: It was made elsewhere, for another challenge, or without knowing its user.
    """
    with _believing(FieldInvalid("This passkey cannot be kept: the browser's answer does not fit what it was asked.")):
        made = verify_registration_response(
            credential=dict(answer),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place.name,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    return Made(bytes_to_base64url(made.credential_id), made.credential_public_key, made.sign_count)


def recognise(place: Place, challenge: str, answer: Mapping[str, Any], passkey: Passkey, owner: bytes) -> int:
    """How often the passkey has signed, once it is clear that it has signed this challenge, here, for its owner.

    Whether that number may follow the one before is `library.passkeys.use`'s to say.

    Raises:
        LoginNeeded: It proves nothing.
    """
    with _believing(LoginNeeded("That passkey does not open this door.")):
        said = parse_authentication_credential_json(dict(answer))
        if said.response.user_handle not in {None, owner}:
            raise WebAuthnException("the passkey is another's")
        proven = verify_authentication_response(
            credential=said,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place.name,
            expected_origin=place.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    return proven.new_sign_count


@contextmanager
def _believing(otherwise: MediascreamError) -> Iterator[None]:
    try:
        yield
    except _BAFFLED as error:
        raise otherwise from error
