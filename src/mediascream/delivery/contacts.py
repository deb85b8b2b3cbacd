"""The first contact with each archive in this process: is it there, is it ours, what can it do?"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediascream.archive.key_locks import KeyLocks
from mediascream.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mediascream.archive.base import Archive
    from mediascream.photo import DestinationName


@dataclass(frozen=True, slots=True)
class _Failure:
    at: float
    error: DeliveryError


class Contacts:
    """Makes contact once for each archive, whoever needs it first; an archive that is away holds up no other.

    Args:
        make: Makes sure that an archive is ours and knows what it can; raises a `DeliveryError` where not.
    """

    def __init__(self, archives: Mapping[DestinationName, Archive], make: Callable[[Archive], None]) -> None:
        self._archives = archives
        self._make = make
        self._made: set[DestinationName] = set()
        self._failed: dict[DestinationName, _Failure] = {}
        self._one_at_a_time = KeyLocks()

    def make(self, name: DestinationName, *, again: bool = False) -> None:
        """Make contact where there is none; `again` forgets the contact there is.

        Who waited for another's attempt shares its failure, or all jobs would each wait for the same silence.

        Raises:
            TryLater: The archive cannot be reached now.
            DestinationBlocked: A person must act.
        """
        came = time.monotonic()
        with self._one_at_a_time.holding(name):
            if again:
                self._made.discard(name)
            if name in self._made:
                return
            failure = self._failed.get(name)
            if failure is not None and failure.at >= came:
                raise failure.error
            try:
                self._make(self._archives[name])
            except DeliveryError as error:
                self._failed[name] = _Failure(time.monotonic(), error)
                raise
            self._made.add(name)
