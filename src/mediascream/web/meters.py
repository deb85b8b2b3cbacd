"""What the server counts while it runs, for Prometheus; what the database knows is read when it is asked."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, PlatformCollector, ProcessCollector, generate_latest

from mediascream.destinations.base import Quota
from mediascream.intake.accept import Accepted
from mediascream.photo import DeliveryState, DestinationName, PhotoState

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Meters:
    """One set for a server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._uploads = self._counter("uploads", "Files taken in since the start, by what became of them", ["outcome"])
        self._bytes = self._counter("upload_bytes", "Bytes of the files taken in since the start", [])
        self._photos = self._gauge("photos", "Photos in the library", ["state"])
        self._deliveries = self._gauge("deliveries", "Deliveries", ["destination", "state"])
        self._quota = self._gauge("quota_calls", "Calls that a service allows in its period", ["destination"])
        self._quota_used = self._gauge("quota_used_calls", "Calls to it in this period", ["destination"])
        self._room = self._gauge("spool_free_bytes", "Room on the disk of the spool", [])

    def accepted(self, files: Iterable[Accepted]) -> None:
        """Count files that were taken in."""
        for one in files:
            self._uploads.labels(one.outcome).inc()
            self._bytes.inc(one.photo.size_bytes)

    def page(
        self,
        *,
        photos: Mapping[str, int],
        deliveries: Mapping[DestinationName, Mapping[DeliveryState, int]],
        quotas: Mapping[DestinationName, Quota],
        free_bytes: int,
    ) -> bytes:
        """Everything, as Prometheus reads it."""
        for state in PhotoState:
            self._photos.labels(state).set(photos.get(state, 0))
        for destination, counts in deliveries.items():
            for delivery_state in DeliveryState:
                self._deliveries.labels(destination, delivery_state).set(counts.get(delivery_state, 0))
        for destination, quota in quotas.items():
            self._quota.labels(destination).set(quota.limit)
            self._quota_used.labels(destination).set(quota.used)
        self._room.set(free_bytes)
        return generate_latest(self._registry)

    def _counter(self, name: str, text: str, labels: Sequence[str]) -> Counter:
        return Counter(f"mediascream_{name}", text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, labels: Sequence[str]) -> Gauge:
        return Gauge(f"mediascream_{name}", text, labels, registry=self._registry)
