"""An original fetched back from a service that gives its copy as it took it: the last place where the bytes may be.

Only for healing an archive. What comes is hashed before it is used, so a copy that the service made anew heals nothing.
"""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

import structlog

from mediascream.destinations.base import GivesOriginals
from mediascream.errors import DeliveryError, NotInArchive
from mediascream.photo import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from mediascream.delivery.originals import Originals
    from mediascream.destinations.base import Destination
    from mediascream.library.records import PhotoRecord
    from mediascream.photo import DestinationName, Receipt

log = structlog.get_logger()


class Rescue:
    """Asks one service after the other.

    Args:
        services: The destinations that are no archives.
    """

    def __init__(self, services: Mapping[DestinationName, Destination], originals: Originals) -> None:
        self._services = services
        self._originals = originals

    @contextmanager
    def as_file(
        self, photo: PhotoRecord, *, asked: Collection[str], note: Callable[[DestinationName], None]
    ) -> Iterator[Path]:
        """The original as a temporary file that was checked.

        Services in `asked` are not asked; `note` is called with those that need not be asked again.

        Raises:
            NotInArchive: None gives it now; says what each answered.
        """
        answers = [f"{name} gave no equal file back" for name in sorted(asked)]
        for receipt in photo.receipts:
            name, giver = receipt.destination, self._giver(receipt)
            if giver is None or name in asked:
                continue
            with ExitStack() as stack:
                try:
                    chunks = stack.enter_context(closing(giver.read_original(str(receipt.remote_id))))
                    file = stack.enter_context(self._originals.checked_copy(photo, chunks))
                except DeliveryError as error:
                    answers.append(f"{name} may have one, but cannot be asked now ({error.detail})")
                    continue
                if file is not None:
                    log.info("an original was fetched back", photo=photo.id, file=photo.file_name, source=name)
                    yield file
                    return
            note(name)
            answers.append(f"{name} gave no equal file back")
        raise NotInArchive("; ".join(answers))

    def _giver(self, receipt: Receipt) -> GivesOriginals | None:
        """The service behind a receipt, where it may have the very bytes and can be asked."""
        service = self._services.get(receipt.destination)
        there = receipt.state is DeliveryState.DELIVERED and receipt.remote_id is not None and not receipt.derivative
        if service is None or not there or not service.connected:
            return None
        return service if isinstance(service, GivesOriginals) else None
