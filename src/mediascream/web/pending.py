"""Log-ins that wait for what a browser brings back: a signature of a passkey, or the word of an OIDC provider."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Challenge:
    """What was given to a browser, to be signed once.

    Attributes:
        adding: To add a passkey, not to log in by one.
        session: Whose it is, where a passkey is added.
    """

    adding: bool
    session: str | None = None


@dataclass(frozen=True, slots=True)
class AtProvider:
    """A browser that was sent to the provider.

    Attributes:
        browser: What its cookie must say, so that nobody's browser finishes what another's began.
        nonce: Must stand in the provider's statement.
        verifier: Proves that who brings the code is who asked for it (RFC 7636).
        following: Where the browser goes on to.
    """

    browser: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str
    following: str
