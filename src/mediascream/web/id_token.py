"""The provider's statement who came: the one file that knows joserfc.

It is an extra (`mediascream[oidc]`), so nothing imports this file before somebody logs in at a provider.
Source: https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation (read 2026-11-29); joserfc 1.8.0.
"""

import hmac
import time
from collections.abc import Mapping
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from mediascream.errors import ProviderTrouble
from mediascream.web.oidc import Client, Provider, one_line

ALGORITHMS: Final = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
]
"""Signatures that only the provider can make. Not `none`, which anybody can, nor those of a shared secret (HS256), which
whoever takes the provider's public key for one can."""

KINDS: Final = frozenset({"RSA", "EC", "OKP"})

LEEWAY_S: Final = 60
"""So wrong may clocks be."""


def subject_of(statement: str, keys: Mapping[str, Any], provider: Provider, client: Client, nonce: str) -> str:
    """Who came, in the provider's own word for them, by a statement that was made for us and for this log-in.

    Raises:
        ProviderTrouble: It was not made by the provider, or not for us, or not now.
    """
    try:
        said = jwt.decode(statement, _signing(keys), algorithms=ALGORITHMS).claims
        _rules(provider, client).validate(said)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ProviderTrouble(f"The provider's statement is not to be believed ({one_line(error)}).") from error
    others = isinstance(said["aud"], list) and len(said["aud"]) > 1
    if said.get("azp", None if others else client.client_id) != client.client_id:
        raise ProviderTrouble("The provider's statement was made for another program.")
    if not hmac.compare_digest(str(said["nonce"]).encode(), nonce.encode()):
        raise ProviderTrouble("The provider's statement was made for another log-in.")
    return str(said["sub"])


def _signing(keys: Mapping[str, Any]) -> KeySet:
    """Of the keys that a provider publishes, those that statements may be signed with."""
    usable = [key for key in keys["keys"] if key.get("kty") in KINDS and key.get("use", "sig") == "sig"]
    return KeySet.import_key_set({"keys": usable})


def _rules(provider: Provider, client: Client) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=int(time.time()),
        leeway=LEEWAY_S,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": client.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True},
    )
