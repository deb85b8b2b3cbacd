"""What every destination must do, apart from what some can do.

A destination is plain and blocking: each delivery runs in a job's own thread. Callers ask for
abilities (`isinstance(destination, FindsEarlierCopy)`), never for names. Errors are those under
`DeliveryError` in `errors.py`; whether to try again is a property of the error.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from mediascream.photo import DestinationName, Kind, Location, PhotoId, Proof


BEGAN = "began"
"""The note that every destination understands: at this moment (RFC 3339) an attempt may have begun whose answer
nobody knows. It is to look for its copy before it sends anything. A library that was rebuilt gives it to every delivery."""


class OriginalBytes(Protocol):
    """The bytes of an original, wherever they can be read now (spool or archive)."""

    def read(self, *, start: int = 0) -> Iterator[bytes]:
        """The bytes from `start` to the end, in chunks of at most 1 MiB; may be called again."""
        ...


@dataclass(frozen=True, slots=True)
class Derivative:
    """A JPEG made from an original: as large, upright, with what the camera wrote.

    Attributes:
        sha256: Hex, of its own bytes; so is `sha1`.
    """

    sha256: str
    sha1: str
    size_bytes: int
    content: OriginalBytes


class MakesJpeg(Protocol):
    """Makes the JPEG of one original, and keeps it until the receipt is written: every call gives the same bytes."""

    def __call__(self) -> Derivative:
        """Takes seconds the first time.

        Raises:
            FileRefused: None can be made of this file.
            TryLater: It cannot be made now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One photo on its way to one destination.

    Attributes:
        sha1: Hex; what Flickr and Google check by. Known once the photo was processed.
        duration_s: Of a video, where it is known.
        make_jpeg: For a destination that does not take the original; None where nobody can make one.
    """

    id: PhotoId
    sha1: str
    file_name: str
    media_type: str
    ending: str
    kind: Kind
    size_bytes: int
    original: OriginalBytes
    tags: tuple[str, ...] = ()
    description: str | None = None
    taken_local: datetime | None = None
    location: Location | None = None
    duration_s: float | None = None
    make_jpeg: MakesJpeg | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """A copy that is at the destination, and how well that is known.

    Attributes:
        found: True where the copy was there already, from an earlier attempt whose answer was lost.
        at: When that was seen, where it was written down elsewhere already; else it is now.
    """

    remote_id: str
    proof: Proof
    remote_url: str | None = None
    size: int | None = None
    derivative: bool = False
    found: bool = False
    at: datetime | None = None


@dataclass(slots=True)
class Attempt:
    """What one delivery remembers between its attempts, written down before each act.

    Attributes:
        number: 1 for the first, and for the first after it was given up and a person asked again: only then a copy that
            the notes name, and that is not shown, may be taken for gone.
        notes: Small strings that the destination wants back on the next attempt (an upload token, a
            resumable session). Changed only through `remember`.
    """

    number: int
    notes: dict[str, str] = field(default_factory=dict)

    def remember(self, **notes: str) -> None:
        """Write notes down for good before going on; the next attempt finds them, whatever dies."""
        self.notes.update(notes)


class LogIn(Protocol):
    """A log-in at a service: whose it is, for people to read, and the secrets that let us in."""

    @property
    def account(self) -> str | None:
        """What the service calls its owner."""
        ...

    @property
    def secrets(self) -> Mapping[str, str]:
        """Tokens, by names that only the service's own code knows."""
        ...


class LogIns(Protocol):
    """Where log-ins are kept. They outlive this process, and what another process puts is seen at once."""

    def get(self, name: DestinationName) -> LogIn | None:
        """The log-in at a service; None where there is none."""
        ...

    def put(self, name: DestinationName, account: str | None, secrets: Mapping[str, str]) -> None:
        """Keep a log-in, in place of an older one."""
        ...


class Shared(Protocol):
    """What all workers of a library know together. It outlives them, and what one puts the others see at once."""

    def get(self, name: str) -> str | None:
        """What was put under a name; None where nothing was."""
        ...

    def put(self, name: str, value: str) -> None:
        """Keep a value, in place of an older one, for good before this returns."""
        ...

    def count(self, name: str, period: str, calls: int, *, most: int) -> bool:
        """Count calls in a period, unless there would be more than `most` then; False where they were not counted."""
        ...

    def counted(self, name: str, period: str) -> int:
        """How many calls were counted in a period; a new period begins at none."""
        ...

    def one_at_a_time(self, name: str) -> AbstractContextManager[None]:
        """Hold a turn that nobody else holds meanwhile, in whichever worker; it ends with the worker that holds it.

        Raises:
            TryLater: Others held it for long.
        """
        ...


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `deliveries` begin in any `period_s` seconds, all workers together."""

    deliveries: int
    period_s: float


@dataclass(frozen=True, slots=True)
class Quota:
    """How often a destination may be asked until `resets_at` (UTC), all workers together, and how often it was.

    Attributes:
        period_s: How long each period is; the next begins at `resets_at`.
        calls_each: About how often it is asked for one delivery.
    """

    limit: int
    used: int
    resets_at: datetime
    period_s: float = 86_400.0
    calls_each: float = 1.0


class Destination(ABC):
    """A place that gets a copy of each photo."""

    name: ClassVar[DestinationName]

    @property
    def limit(self) -> Limit | None:
        """How often a delivery may begin; None for as often as there are hands."""
        return None

    @property
    def at_once(self) -> int:
        """How many deliveries one worker has under way at the same time."""
        return 4

    @property
    @abstractmethod
    def connected(self) -> bool:
        """Whether deliveries can be tried at all; where not, they are `skipped` as `not_connected`."""

    @abstractmethod
    def deliver(self, photo: Outgoing, attempt: Attempt) -> Delivered:
        """Bring one copy of `photo` there, and prove it.

        Called again after a crash or a lost answer, with the same notes: it must recognise its own
        earlier attempt and never leave a second copy.

        Raises:
            TryLater: Trouble that passes.
            QuotaSpent: Nothing more until a known time.
            DestinationBlocked: A person must act once for the whole destination.
            FileRefused: This file never goes there.
        """

    def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Let go of connections."""


@runtime_checkable
class ChecksCopies(Protocol):
    """Can say whether a copy is still there, and how well that is known."""

    def check(self, photo: Outgoing, remote_id: str) -> Proof | None:
        """The proof that the copy is there and equal; None where it is gone."""
        ...


@runtime_checkable
class GivesOriginals(Protocol):
    """Can give a copy back as it took it, so that an archive which lost its own can be healed."""

    def read_original(self, remote_id: str) -> Generator[bytes]:
        """The bytes of a copy, in chunks; none at all where the service gives none. Whoever asks compares them.

        Raises:
            DeliveryError: They are not to be had now, or not whole.
        """
        ...


@runtime_checkable
class HasQuota(Protocol):
    """Counts what it asks of its service, for the service counts too."""

    def quota(self) -> Quota:
        """How things stand now; it asks nobody but our own database."""
        ...


@runtime_checkable
class ChecksLogIn(Protocol):
    """Can try its log-in by a harmless real call."""

    def check_log_in(self) -> str:
        """A sentence on what the service answered: whose account it is.

        Raises:
            DeliveryError: The log-in is not taken, or the service cannot be reached.
        """
        ...
