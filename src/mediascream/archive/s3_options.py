"""How to reach a bucket: what the owner sets, and what follows from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from mediascream.errors import SettingsInvalid

if TYPE_CHECKING:
    from pathlib import Path

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_KEY = re.compile(r"[!-~]+")
_REGION_IN_HOST = re.compile(r"(?:^|\.)s3[.-](?:dualstack\.)?([a-z]{2,}(?:-[a-z]+)+-\d+)\.")
_DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class S3Options:
    """A bucket, its keys, and where it is.

    An endpoint is addressed in path style (`endpoint/bucket/key`), which every provider in `docs/s3.md`
    serves, unless its host begins with the bucket's name. Without an endpoint it is AWS, in
    virtual-host style, but for bucket names with dots, which no certificate of AWS covers.

    Attributes:
        endpoint: `https://host[:port][/path]`, None for AWS; the bucket's name at its end is taken off.
        region: None: read from the endpoint's host where it is in there, else `us-east-1`.
        prefix: Folders in the bucket under which everything goes.
        root_certificate: PEM of authorities to trust beside the system's, for self-signed servers.

    Raises:
        SettingsInvalid: Something of it cannot be; the sentence names the setting.
    """

    bucket: str
    access_key: str
    secret_key: str = field(repr=False)
    endpoint: str | None = None
    region: str | None = None
    prefix: str | None = None
    root_certificate: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not _BUCKET.fullmatch(self.bucket):
            raise SettingsInvalid(f"S3_BUCKET: {self.bucket!r} is no bucket's name")
        if not _KEY.fullmatch(self.access_key):
            raise SettingsInvalid("S3_ACCESS_KEY: it holds blanks or other characters that no key has")
        if not _KEY.fullmatch(self.secret_key):
            raise SettingsInvalid("S3_SECRET_KEY: it holds blanks or other characters that no key has")
        if self.region is not None and not _KEY.fullmatch(self.region):
            raise SettingsInvalid(f"S3_REGION: {self.region!r} is no region")
        if any(part in {"", ".", ".."} for part in self.folders):
            raise SettingsInvalid(f"S3_PREFIX: {self.prefix!r} is no path of folders")
        if self.endpoint is not None:
            _check_endpoint(self.endpoint)

    @property
    def folders(self) -> list[str]:
        """The prefix, folder by folder."""
        stripped = (self.prefix or "").strip("/")
        return stripped.split("/") if stripped else []

    @property
    def signing_region(self) -> str:
        """The region that requests are signed for."""
        if self.region:
            return self.region
        match = _REGION_IN_HOST.search(self._endpoint_parts.hostname or "")
        return match[1] if match else _DEFAULT_REGION

    @property
    def is_virtual_hosted(self) -> bool:
        """Whether the bucket is named by the host rather than by the path."""
        if self.endpoint is None:
            return "." not in self.bucket
        return (self._endpoint_parts.hostname or "").startswith(f"{self.bucket.lower()}.")

    @property
    def server_url(self) -> str:
        """Scheme, host and path, without a slash at the end and without the bucket as a path."""
        if self.endpoint is not None:
            path = self._endpoint_parts.path.rstrip("/").removesuffix(f"/{self.bucket}")
            return self._endpoint_parts._replace(path=path, query="", fragment="").geturl()
        domain = f"s3.{self.signing_region}.amazonaws.com{'.cn' * self.signing_region.startswith('cn-')}"
        return f"https://{self.bucket}.{domain}" if self.is_virtual_hosted else f"https://{domain}"

    @property
    def bucket_url(self) -> str:
        """The address of the bucket; keys go on behind a slash."""
        return self.server_url if self.is_virtual_hosted else f"{self.server_url}/{self.bucket}"

    @property
    def _endpoint_parts(self) -> SplitResult:
        return urlsplit(self.endpoint or "")


def read_authorities(file: Path | None) -> str | None:
    """The PEM of `S3_CA_FILE`, for `root_certificate`.

    Raises:
        SettingsInvalid: It cannot be read.
    """
    if file is None:
        return None
    try:
        return file.read_text()
    except (OSError, ValueError) as error:
        raise SettingsInvalid(f"S3_CA_FILE: {file} cannot be read: {error}") from error


def _check_endpoint(endpoint: str) -> None:
    """Here, because the client ends the whole process at an address that it cannot parse."""
    try:
        parts = urlsplit(endpoint)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        valid = valid and bool(_KEY.fullmatch(endpoint)) and "@" not in parts.netloc
    except ValueError:
        valid = False
    if not valid:
        raise SettingsInvalid(f"S3_ENDPOINT: {endpoint!r} is no address such as https://s3.example.org")
