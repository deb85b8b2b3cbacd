"""Every setting, declared once: name, kind, value where nothing is set, and help.

A field `port` is the key `PORT` in the file and `MEDIASCREAM_PORT` in the environment. The page
`docs/settings.md` is written from this list.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import platformdirs

from mediascream.settings.kinds import (
    Address,
    Allowance,
    BaseAddress,
    Choice,
    Flag,
    IssuerAddress,
    KeyPrefix,
    Kind,
    Network,
    Networks,
    Number,
    PerDay,
    Place,
    Secret,
    SecretAddress,
    SecretAddresses,
    SecretText,
    Size,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


class FlickrPrivacy(StrEnum):
    """Who may see a copy on Flickr."""

    PRIVATE = "private"
    FRIENDS = "friends"
    FAMILY = "family"
    FRIENDS_FAMILY = "friends-family"
    PUBLIC = "public"


class FlickrConvert(StrEnum):
    """What Flickr gets of a photo whose format it does not take."""

    NEVER = "never"
    JPEG = "jpeg"


def setting(default: T, kind: Kind[Any], help_text: str) -> T:
    """A field of `Settings`; `default` is its value where neither file nor environment gives one."""
    return field(default=default, metadata={"kind": kind, "help": help_text})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, in effect. Relative folders and files count from `data_folder`.

    Attributes:
        origins: Key -> where its value came from; a key that is not here has its default.
        warnings: Sentences for the log: names in the environment that mean nothing.
    """

    data_folder: Path = setting(
        Path(platformdirs.user_data_dir("mediascream", appauthor=False)),
        Place(),
        "Holds spool, database, originals and renditions, unless one of them is set elsewhere.",
    )
    upload_folder: Path = setting(
        Path("spool"), Place(), "The spool: uploads lie here until their archive copy is proven."
    )
    db_file: Path = setting(Path("mediascream.sqlite"), Place(), "The SQLite database.")
    database_url: Secret | None = setting(
        None,
        SecretAddress(("postgresql",)),
        "A PostgreSQL database, `postgresql://user:password@host/name`, instead of `DB_FILE`: for several workers.",
    )
    key_file: Path = setting(
        Path("secret.key"),
        Place(),
        "The key that the log-ins at services are sealed with; made at first need. Keep it out of copies of the database; "
        "workers on other machines need the same.",
    )
    allow_volatile: bool = setting(
        False,
        Flag(),
        "Start even though spool, database or archive lie on tmpfs, ramfs or overlay, where a reboot loses them.",
    )

    s3_access_key: str | None = setting(None, Text(), "Id of the key to the bucket.")
    s3_secret_key: Secret | None = setting(None, SecretText(), "The key to the bucket.")
    s3_bucket: str | None = setting(
        None, Text(), "The bucket that is the archive. Without it, originals lie in `DATA_FOLDER`."
    )
    s3_endpoint: str | None = setting(None, BaseAddress(), "Address of the S3 service; not needed for Amazon's own.")
    s3_region: str | None = setting(None, Text(), "Region of the bucket, where the service wants one.")
    s3_prefix: str = setting("", KeyPrefix(), "Folder inside the bucket, so that it can hold other things too.")
    s3_ca_file: Path | None = setting(
        None, Place(), "Certificates (PEM) of the authority to trust for `S3_ENDPOINT`, where it signed its own."
    )

    flickr_api_key: str | None = setting(None, Text(), "Key of your Flickr app.")
    flickr_api_secret: Secret | None = setting(None, SecretText(), "Secret of your Flickr app.")
    flickr_app_token: Secret | None = setting(
        None, SecretText(), "Token of your Flickr account; `mediascream connect flickr` gets one without this file."
    )
    flickr_app_secret: Secret | None = setting(None, SecretText(), "Secret that belongs to `FLICKR_APP_TOKEN`.")
    flickr_privacy: FlickrPrivacy = setting(
        FlickrPrivacy.PRIVATE, Choice(FlickrPrivacy), "Who may see a new copy on Flickr."
    )
    flickr_checksum_tag: bool = setting(
        True,
        Flag(),
        "Put machine tags `checksum:sha1=` and `mediascream:id=` on copies, by which they are recognised again.",
    )
    flickr_convert: FlickrConvert = setting(
        FlickrConvert.NEVER,
        Choice(FlickrConvert),
        "Whether Flickr gets a JPEG of what it does not take (RAW, AVIF, too large …), or nothing.",
    )

    gphotos_client_id: str | None = setting(None, Text(), "Id of your Google Cloud client.")
    gphotos_secret: Secret | None = setting(None, SecretText(), "Secret of your Google Cloud client.")
    gphotos_access_code: Secret | None = setting(
        None,
        SecretText(),
        "The unused code from Google's consent page, or the whole address that the browser landed on. Used once.",
    )
    gphotos_album: str | None = setting(None, Text(), "Album in Google Photos that new copies are put into.")
    gphotos_redirect_uri: str = setting(
        "http://127.0.0.1:5000/connect/gphotos/callback",
        Address(),
        "Where Google's consent page sends the browser back to; the same as in the Google Cloud console.",
    )

    host: str = setting("127.0.0.1", Text(), "The address to listen on.")
    port: int = setting(5000, Number(1, 65535), "The port to listen on.")
    public_url: str | None = setting(
        None, BaseAddress(), "The address that browsers use, where a proxy stands in between."
    )
    trusted_proxies: tuple[Network, ...] = setting(
        (), Networks(), "Proxies whose `X-Forwarded-*` headers are believed: addresses or networks."
    )
    oidc_issuer: str | None = setting(
        None,
        IssuerAddress(),
        "The OpenID Connect provider that the owner may log in at, beside the password (`docs/login.md`).",
    )
    oidc_client_id: str | None = setting(None, Text(), "What the provider calls Mediascream.")
    oidc_client_secret: Secret | None = setting(None, SecretText(), "Mediascream's secret at the provider.")
    oidc_subject: str | None = setting(
        None,
        Text(),
        "What the provider calls the owner: the `sub` of its statements. Nobody gets in by it without; who tries is told theirs.",
    )
    max_upload_bytes: int = setting(20 * 2**30, Size(1), "The largest file that is taken, in bytes or as `20 GiB`.")
    notify_url: tuple[Secret, ...] = setting(
        (),
        SecretAddresses(),
        "Who is told when something needs a person: `https://…` (a POST with JSON), `ntfy://…`, `mailto://…` or another "
        "address that Apprise knows; several with blanks between them, or as a list.",
    )
    notify_quiet_days: int = setting(
        30, Number(0), "Tell when no photo came for so many days; 0 for never. Only where `NOTIFY_URL` is set."
    )
    audit_per_day: Allowance = setting(
        Allowance(50),
        PerDay(),
        "How many copies are checked again each day, the oldest check first, and how many bytes are read for that at "
        "most: `50`, or `50, 20 GiB`. `0` turns it off.",
    )
    immich_api: bool = setting(
        False, Flag(), "Also take photos from `@immich/cli` and immich-go, as an Immich server does (`docs/immich.md`)."
    )

    flickr_rest_url: str = setting("https://api.flickr.com/services/rest/", Address(), "Flickr's API.")
    flickr_upload_url: str = setting("https://up.flickr.com/services/upload/", Address(), "Where Flickr takes files.")
    flickr_oauth_url: str = setting(
        "https://www.flickr.com/services/oauth",
        BaseAddress(),
        "The folder that holds `request_token`, `authorize` and `access_token`.",
    )
    flickr_per_hour: int = setting(3600, Number(1), "Calls to Flickr in an hour.")
    gphotos_api_url: str = setting(
        "https://photoslibrary.googleapis.com", BaseAddress(), "Google Photos' API; it holds `/v1/…`."
    )
    gphotos_auth_url: str = setting("https://accounts.google.com/o/oauth2/v2/auth", Address(), "Google's consent page.")
    gphotos_token_url: str = setting("https://oauth2.googleapis.com/token", Address(), "Where Google gives tokens.")
    gphotos_per_day: int = setting(10000, Number(1), "Calls to Google Photos in a day.")

    origins: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    warnings: tuple[str, ...] = field(default=(), repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("upload_folder", "db_file", "key_file"):
            # An absolute path stays what it is when it is joined to another.
            object.__setattr__(self, name, self.data_folder / getattr(self, name))


GROUPS = (
    frozenset({"S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_BUCKET"}),
    frozenset({"FLICKR_API_KEY", "FLICKR_API_SECRET"}),
    frozenset({"FLICKR_APP_TOKEN", "FLICKR_APP_SECRET"}),
    frozenset({"GPHOTOS_CLIENT_ID", "GPHOTOS_SECRET"}),
    frozenset({"OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"}),
)
"""Keys that mean nothing without each other."""

FIELDS: Mapping[str, Field[Any]] = MappingProxyType(
    {declared.name.upper(): declared for declared in fields(Settings) if "kind" in declared.metadata}
)
"""Key -> its declaration, in the order above."""
