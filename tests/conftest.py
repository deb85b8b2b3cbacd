"""Fixtures that any test may ask for; nothing is started before one does."""

from tests.servers import ministack, rclone, rclone_with_tls

__all__ = ["ministack", "rclone", "rclone_with_tls"]
