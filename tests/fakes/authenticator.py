"""A device that holds passkeys, in software: it does what Web Authentication, Level 3, section 6.3 says, and lies when told.

The browser around it is in here too: it makes the client data. Attestation is `none`, keys are ES256.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field, replace
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, MADE = 0x01, 0x04, 0x40
"""Flags of authenticator data: 6.1."""


@dataclass(frozen=True)
class Lies:
    """What an answer says in place of the truth; None: the truth."""

    origin: str | None = None
    name: str | None = None
    challenge: str | None = None
    kind: str | None = None
    flags: int | None = None
    user: bytes | None = None
    signature: bytes | None = None


TRUTH = Lies()


@dataclass
class Authenticator:
    """One passkey, once `make` was called.

    Attributes:
        origin: The page that the browser is on.
        count: How often it has signed; None for a device that does not count.
    """

    origin: str
    count: int | None = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user: bytes = b""

    def copied(self) -> Authenticator:
        """The same key on another device."""
        return replace(self)

    def make(self, options: dict[str, Any], lies: Lies = TRUTH) -> dict[str, Any]:
        """The answer of `navigator.credentials.create`."""
        self.user = from_text(options["user"]["id"])
        flags = PRESENT | VERIFIED | MADE if lies.flags is None else lies.flags
        data = self._data(lies.name or options["rp"]["id"], flags) + self._attested()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._client_data(lies, "webauthn.create", options["challenge"])
        return self._answer({"clientDataJSON": said, "attestationObject": attestation})

    def sign(self, options: dict[str, Any], lies: Lies = TRUTH) -> dict[str, Any]:
        """The answer of `navigator.credentials.get`."""
        if self.count is not None:
            self.count += 1
        flags = PRESENT | VERIFIED if lies.flags is None else lies.flags
        data = self._data(lies.name or options["rpId"], flags)
        said = self._client_data(lies, "webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        user = self.user if lies.user is None else lies.user
        return self._answer(
            {
                "clientDataJSON": said,
                "authenticatorData": data,
                "signature": lies.signature or signature,
                "userHandle": user,
            }
        )

    def _data(self, name: str, flags: int) -> bytes:
        return hashlib.sha256(name.encode()).digest() + bytes([flags]) + (self.count or 0).to_bytes(4, "big")

    def _attested(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        return bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + cbor2.dumps(cose)

    def _client_data(self, lies: Lies, kind: str, challenge: str) -> bytes:
        said = {
            "type": lies.kind or kind,
            "challenge": lies.challenge or challenge,
            "origin": lies.origin or self.origin,
            "crossOrigin": False,
        }
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, bytes]) -> dict[str, Any]:
        return {
            "id": to_text(self.credential),
            "rawId": to_text(self.credential),
            "type": "public-key",
            "response": {name: to_text(part) for name, part in response.items()},
            "clientExtensionResults": {},
        }


def to_text(part: bytes) -> str:
    """As it goes over the wire."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    """The other way."""
    return base64.urlsafe_b64decode(text + "==")
