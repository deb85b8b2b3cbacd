"""The JSON that goes over HTTP, read and written by both ends: the server's pages and the command line.

The server answers with these models, so that `/openapi.json` is true; the client reads its answers
with them. Both live in one wheel, but not always in one version: an answer with a field that is not
known here is read all the same, while a request with one is refused, for it is usually a typo.

Times are RFC 3339 in UTC, except `taken_local`, the wall clock of the place. None means unknown yet.
"""

import re
from datetime import date, datetime
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NaiveDatetime,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from mediascream.photo import (
    DeliveryState,
    DestinationName,
    Kind,
    PhotoId,
    PhotoState,
    Proof,
    SkipReason,
    TakenSource,
)

CHECK_MAX_IDS: Final = 5000
"""The most ids that one `CheckRequest` may hold."""

Id = Annotated[PhotoId, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, strict=True)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, strict=True)]
Offset = Annotated[str, StringConstraints(pattern=r"^[+-]\d{2}:\d{2}$"), Field(examples=["+02:00"])]
WallClock = Annotated[
    NaiveDatetime,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?$",
            "examples": ["2026-11-24T18:30:00"],
        }
    ),
]
"""The wall clock of a place: no offset, and so no `date-time` of JSON Schema."""


def read_moment(written: object) -> object:
    """A moment that was written as RFC 3339 has it, the offset optional; no other number is taken for one."""
    return written if isinstance(written, datetime) else _read(written, clock=True)


def read_day(written: object) -> object:
    """A moment, or a whole day."""
    return written if isinstance(written, date) else _read(written, clock=False)


def _read(written: object, *, clock: bool) -> date:
    found = _WRITTEN.fullmatch(written) if isinstance(written, str) else None
    if found is None or (clock and not found["clock"]):
        message = "must be a moment such as 2026-11-24T18:30:00+01:00" + ("" if clock else ", or a day: 2026-11-24")
        raise ValueError(message)
    return datetime.fromisoformat(found[0].upper()) if found["clock"] else date.fromisoformat(found[0])


_WRITTEN: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?P<clock>[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)?)?", re.ASCII
)
Moment = Annotated[AwareDatetime | WallClock, BeforeValidator(read_moment)]


def _known(name: DestinationName) -> DestinationName:
    if name not in tuple(DestinationName):
        message = f"there is no destination {name}; there are {', '.join(DestinationName)}"
        raise ValueError(message)
    return name


KnownDestination = Annotated[DestinationName, AfterValidator(_known)]
"""One that is asked for; what is answered may name others, which this side has not installed."""

Day = Annotated[date | datetime, BeforeValidator(read_day)]
TokenScope = Literal["upload", "read", "all"]
KeyName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Month = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}$"), Field(examples=["2026-11"])]


class Answer(BaseModel):
    """What the server says."""

    model_config = ConfigDict(frozen=True)


class Request(BaseModel):
    """What the server is asked, as a JSON body."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Location(Answer):
    """A place on Earth in decimal degrees (WGS 84), north and east positive."""

    latitude: Latitude
    longitude: Longitude


class ReceiptError(Answer):
    """Why the last attempt did not succeed: a stable word for programs, a sentence for a person."""

    code: str
    detail: str


class Receipt(Answer):
    """What is known of one delivery."""

    destination: DestinationName
    state: DeliveryState
    reason: SkipReason | None = None
    remote_id: str | None = None
    remote_url: str | None = None
    size: int | None = None
    proof: Proof | None = None
    delivered_at: AwareDatetime | None = None
    checked_at: AwareDatetime | None = None
    attempts: int = 0
    next_attempt_at: AwareDatetime | None = None
    error: ReceiptError | None = None
    derivative: bool = False


class Exposure(Answer):
    """How the picture was taken, as the camera wrote it."""

    seconds: float | None = None
    aperture: float | None = None
    iso: int | None = None
    focal_length_mm: float | None = None


class PhotoGlimpse(Answer):
    """All that a sender with an `upload` token sees of a photo; also the start of every `Photo`."""

    id: Id
    duplicate: bool = False
    """True in the answer to an upload of bytes that were known before."""
    state: PhotoState
    archived: bool


class Photo(PhotoGlimpse):
    """A photo with its receipts, as its owner sees it."""

    file_name: str
    media_type: str
    kind: Kind
    size: int
    width: int | None = None
    height: int | None = None
    taken_at: AwareDatetime | None = None
    taken_local: WallClock | None = None
    taken_offset: Offset | None = None
    taken_source: TakenSource | None = None
    added_at: AwareDatetime
    deleted_at: AwareDatetime | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    rating: int | None = None
    camera: str | None = None
    lens: str | None = None
    exposure: Exposure | None = None
    location: Location | None = None
    duration_s: float | None = None
    companions: tuple[Id, ...] = ()
    """The other half of a live photo, or of RAW+JPEG."""
    receipts: tuple[Receipt, ...] = ()
    preview: Literal["ready", "none"] | None = None
    """`none` where the file defeats every decoder; null until that is known."""
    placeholder: str | None = None
    """A thumbhash in base64, drawn until the thumbnail is there."""
    url: str
    original_url: str
    thumbnail_url: str | None = None
    preview_url: str | None = None
    sent_by: tuple[str, ...] | None = None
    """Members and devices whose tokens sent it; told only where one photo is asked for by its id."""


class PhotosAnswer(Answer):
    """The photos of one upload, in the order they were sent; glimpses where the token may see no more."""

    photos: tuple[Photo | PhotoGlimpse, ...]


class PhotosPage(Answer):
    """A page of photos, newest taken first. `next` is the `cursor` of the page after it."""

    photos: tuple[Photo, ...]
    next: str | None = None


class CheckRequest(Request):
    """Which of these ids are known? `deep` has the archive copies read again first."""

    ids: Annotated[tuple[Id, ...], Field(max_length=CHECK_MAX_IDS)]
    deep: bool = False


class Known(Answer):
    """How a known photo stands."""

    state: PhotoState
    archived: bool


class CheckAnswer(Answer):
    """Every id that was asked, either as a key of `known` or in `unknown`."""

    known: dict[Id, Known]
    unknown: tuple[Id, ...]


class TagCount(Answer):
    """A tag, and how many photos bear it: at most 1000 are counted, those in the trash among them."""

    name: str
    count: int


class TagsAnswer(Answer):
    """Tags, most used first."""

    tags: tuple[TagCount, ...]


class PhotoEdit(Request):
    """Changes to a photo: an absent field stays as it is, null empties it (see `model_fields_set`)."""

    tags: tuple[str, ...] | None = None
    description: str | None = None
    taken_at: Moment | None = None
    """Without an offset it is the wall clock of the place."""
    latitude: Latitude | None = None
    longitude: Longitude | None = None

    @model_validator(mode="after")
    def _a_place_has_two_numbers(self) -> Self:
        if ("latitude" in self.model_fields_set) != ("longitude" in self.model_fields_set) or (
            (self.latitude is None) != (self.longitude is None)
        ):
            message = "latitude and longitude go together: both numbers, both null, or neither"
            raise ValueError(message)
        return self


class DestinationBody(Request):
    """Which delivery of a photo to retry or to skip."""

    destination: KnownDestination


class ZipRequest(Request):
    """The photos whose originals are wanted in one archive."""

    ids: Annotated[tuple[Id, ...], Field(min_length=1)]


class Delivery(Receipt):
    """A receipt that stands alone, with the photo it belongs to."""

    photo_id: Id
    file_name: str


class DeliveriesPage(Answer):
    """A page of deliveries. `next` is the `cursor` of the page after it."""

    deliveries: tuple[Delivery, ...]
    next: str | None = None


class Check(Answer):
    """A copy that was looked at again: by whom, and what was found."""

    at: AwareDatetime
    by: Literal["audit", "verify", "deep", "drill"]
    photo_id: Id
    file_name: str
    destination: DestinationName
    result: Literal["good", "healed", "wrong", "unknown"]
    """`healed`: it was wrong, and is good now. `unknown`: the destination could not be asked."""
    code: str | None = None
    """What was wrong, also where it was healed: `damaged`, `lost`, `gone`, `sidecar`, `rendition`."""
    detail: str | None = None


class ChecksPage(Answer):
    """A page of checks, newest first. `next` is the `cursor` of the page after it."""

    checks: tuple[Check, ...]
    next: str | None = None


class Quota(Answer):
    """What a service lets through in a period, and how much of it is used."""

    limit: int
    used: int
    resets_at: AwareDatetime


class Destination(Answer):
    """A destination, and how many deliveries of each state it has."""

    name: DestinationName
    kind: Literal["archive", "service"]
    connected: bool
    account: str | None = None
    paused: bool = False
    counts: dict[DeliveryState, int] = {}
    quota: Quota | None = None
    estimate_done_at: AwareDatetime | None = None


class DestinationsAnswer(Answer):
    """Every destination, connected or not; the archive first."""

    destinations: tuple[Destination, ...]


class MonthCount(Answer):
    """How many photos a month holds, by the wall clock of their places."""

    month: Month
    count: int


class TimelineMonths(Answer):
    """Every month that has photos, newest first."""

    months: tuple[MonthCount, ...]


class TimelineMonth(Answer):
    """One month in columns of equal length, newest first. A long month comes in parts; `next` is the cursor."""

    id: tuple[Id, ...]
    ratio: tuple[float, ...]
    """Width divided by height as shown."""
    taken_local: tuple[WallClock, ...]
    kind: tuple[Kind, ...]
    placeholder: tuple[str | None, ...]
    state: tuple[PhotoState, ...]
    next: str | None = None


class Token(Answer):
    """A token that lets somebody in, without its text."""

    id: str
    name: str
    scope: TokenScope
    member: str | None = None
    """Whose it is, where it is not the owner's."""
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    used_at: AwareDatetime | None = None
    """To the hour."""


class NewToken(Token):
    """A token that was just made."""

    token: str
    """To be sent as `Authorization: Bearer …`. It is told only now."""


class TokensAnswer(Answer):
    """Every token that lets somebody in."""

    tokens: tuple[Token, ...]


class TokenRequest(Request):
    """A token to make."""

    name: KeyName
    scope: TokenScope = "upload"
    member: KeyName | None = None
    days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """How long it is good for; for ever without."""


class Session(Answer):
    """A browser that is logged in."""

    id: str
    address: str
    browser: str | None = None
    begun_at: AwareDatetime
    used_at: AwareDatetime
    present: bool
    """The one that asks."""


class SessionsAnswer(Answer):
    """Every browser that is logged in."""

    sessions: tuple[Session, ...]


class HealthReason(Answer):
    """Something that is not as it should be, while uploads can be taken; no details without a login."""

    code: str
    destination: DestinationName | None = None
    detail: str | None = None


class LastProof(Answer):
    """When something was last proven: an audit, or a restore drill."""

    at: datetime
    good: bool
    detail: str


class Room(Answer):
    """A disk that something is written to, and how many of its bytes are free."""

    what: str
    free: int
    total: int
    little: bool
    """A person should make room: `doctor` calls it a problem, `NOTIFY_URL` is told."""


class Health(Answer):
    """`ok` without reasons, `degraded` with some, `down` (503) where no upload can be taken."""

    status: Literal["ok", "degraded", "down"]
    reasons: tuple[HealthReason, ...] = ()
    last_audit: LastProof | None = None
    last_drill: LastProof | None = None
    rooms: tuple[Room, ...] | None = None


class ProblemPart(Answer):
    """What is wrong with one of several files, or with one value of the request."""

    code: str
    detail: str | None = None
    index: int | None = None
    """Which file of the upload, counted from 0."""
    file_name: str | None = None
    pointer: str | None = None
    """Which value of a JSON body, as a JSON pointer (RFC 6901), or the name of a field of the query or form."""


class Problem(Answer):
    """Why a request was not done: RFC 9457, `application/problem+json`."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    errors: tuple[ProblemPart, ...] | None = None
