"""Every error of ours, in one tree; a test keeps this drawing true.

    MediascreamError
    ├── CannotStart                 the command ends with 1 and one line
    │   ├── SettingsInvalid
    │   ├── DatabaseTooNew
    │   ├── DatabaseUnusable
    │   ├── DataFolderInUse
    │   ├── VolatileFolder
    │   ├── FolderNotWritable
    │   ├── PortInUse
    │   └── ArchiveForeign
    ├── RequestRefused              the sender must change something
    │   ├── UploadInvalid
    │   │   ├── NoPhotoField
    │   │   ├── EmptyUpload
    │   │   ├── FieldInvalid
    │   │   ├── SkipUnknown
    │   │   ├── DigestMismatch
    │   │   └── UploadCut
    │   ├── FilesRefused
    │   ├── NotAPhoto
    │   ├── UploadTooLarge
    │   ├── PhotoUnknown
    │   ├── DeliveryUnknown
    │   ├── KeyUnknown
    │   ├── RequestMalformed
    │   │   └── HeadTooLong
    │   ├── CallerRefused
    │   ├── LoginNeeded
    │   ├── GuessedTooOften
    │   ├── LogInFailed
    │   │   └── ProviderTrouble
    │   ├── TooManyListeners
    │   ├── RangeEmpty
    │   ├── NotInInbox
    │   ├── NameLocked
    │   ├── ConflictingState
    │   └── ResumableRefused        of an upload that may be resumed (tus)
    │       ├── ResumableUnknown
    │       ├── ResumableGone
    │       ├── OffsetConflict
    │       ├── UploadJoined
    │       ├── ChecksumWrong
    │       ├── ProtocolUnknown
    │       ├── HeaderInvalid
    │       ├── BodyTypeWrong
    │       ├── TakenOver
    │       └── TooManyResumables
    ├── DiskFull
    ├── NoRendition
    ├── DecodersBroken
    ├── ServerTrouble               what the laptop's side meets when it talks to a server
    │   ├── ServerGone              tried again for minutes
    │   ├── ConnectionBroken        tried again a few times
    │   └── ServerRefused           the server answered no
    ├── FileTrouble                 a file on the laptop that cannot be sent as it is now
    │   ├── FileUnreadable
    │   └── FileChanged
    ├── ArchiveError
    │   ├── NotInArchive
    │   ├── KeyTaken
    │   └── DocumentUnreadable
    │       └── DocumentTooNew
    └── DeliveryError               what an attempt at a destination ended with
        ├── TryLater                retried with back-off
        ├── QuotaSpent              waits until the quota is new
        ├── DestinationBlocked      a person must act once
        └── FileRefused             this file never goes there

Whether to try again is a property of the error, and one policy (`delivery/retry.py`) decides for
every destination. `code` is a stable word for programs, `detail` a sentence for a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class MediascreamError(Exception):
    """Anything that we know can go wrong. `str()` is the sentence for a person."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class CannotStart(MediascreamError):
    """A command cannot run at all; it ends with exit code 1 and this one line."""

    code = "cannot-start"


class SettingsInvalid(CannotStart):
    """A setting is unknown, of a wrong type, or half of a group; the line names key and file."""

    code = "settings-invalid"


class DatabaseTooNew(CannotStart):
    """The database was written by a newer version of the program."""

    code = "database-too-new"


class DatabaseUnusable(CannotStart):
    """The database cannot be opened or reached, or the file is none."""

    code = "database-unusable"


class DataFolderInUse(CannotStart):
    """Another Mediascream already works on this data folder."""

    code = "data-folder-in-use"


class VolatileFolder(CannotStart):
    """Spool, database or archive would not survive a reboot, and `ALLOW_VOLATILE` is not set."""

    code = "volatile-folder"


class FolderNotWritable(CannotStart):
    """A folder that must hold files cannot be made or written."""

    code = "folder-not-writable"


class PortInUse(CannotStart):
    """Something else listens on the address."""

    code = "port-in-use"


class ArchiveForeign(CannotStart):
    """The archive belongs to another library, or its database was lost."""

    code = "archive-foreign"


class RequestRefused(MediascreamError):
    """The sender asked for something that cannot be done, and must change it."""

    code = "request-refused"


class UploadInvalid(RequestRefused):
    """An upload that makes no sense as it was sent; nothing of it is kept."""

    code = "upload-invalid"


class NoPhotoField(UploadInvalid):
    """The form has no `photo_file`."""

    code = "no-photo-file"


class EmptyUpload(UploadInvalid):
    """A file of no bytes."""

    code = "empty-file"


class FieldInvalid(UploadInvalid):
    """A field or a query value that cannot be understood, or is too long, or one too many."""

    code = "field-invalid"


class SkipUnknown(UploadInvalid):
    """`skip` names something that is no destination, or one that cannot be skipped."""

    code = "skip-unknown"


class DigestMismatch(UploadInvalid):
    """The bytes that came do not have the id or checksum that was announced."""

    code = "digest-mismatch"


class UploadCut(UploadInvalid):
    """The body ended before it was whole; usually nobody is left to read this."""

    code = "upload-cut"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one file of an upload cannot be kept.

    Attributes:
        index: Which file of the upload, counted from 0.
    """

    index: int
    file_name: str
    error: RequestRefused


class FilesRefused(RequestRefused):
    """Files of an upload cannot be kept, and so none of it is.

    Args:
        refusals: One for each bad file, in order; the first stands for all where only one can be told.
    """

    code = "files-refused"

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(refusals[0].error.detail)
        self.refusals = tuple(refusals)


class NotAPhoto(RequestRefused):
    """The bytes are of no photo or video that is kept."""

    code = "not-a-photo"


class UploadTooLarge(RequestRefused):
    """More than `MAX_UPLOAD_BYTES`."""

    code = "too-large"


class PhotoUnknown(RequestRefused):
    """No photo has this id."""

    code = "photo-unknown"


class DeliveryUnknown(RequestRefused):
    """This photo has no delivery to that destination, or there is no such destination."""

    code = "delivery-unknown"


class KeyUnknown(RequestRefused):
    """No token, session or passkey has this id."""

    code = "key-unknown"


class RequestMalformed(RequestRefused):
    """What arrived is no HTTP request; the connection is closed."""

    code = "request-malformed"


class HeadTooLong(RequestMalformed):
    """The address and the headers of a request are longer than any honest ones; the connection is closed."""

    code = "head-too-long"


class CallerRefused(RequestRefused):
    """The gate does not let this caller in."""

    code = "caller-refused"


class LoginNeeded(RequestRefused):
    """A password is set, and nothing in the request says who calls; or what says so is not valid any more."""

    code = "login-needed"


class GuessedTooOften(RequestRefused):
    """Attempts to log in came too fast; the next one is looked at after `retry_after_s`."""

    code = "guessed-too-often"

    def __init__(self, detail: str, *, retry_after_s: float) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class LogInFailed(RequestRefused):
    """A log-in without the password came to no good end: begun elsewhere, too old, or of an extra that is not installed."""

    code = "log-in-failed"


class ProviderTrouble(LogInFailed):
    """The OIDC provider cannot be reached, or what it says cannot be believed."""

    code = "provider-trouble"


class TooManyListeners(RequestRefused):
    """The caller, or all together, listen to events more often than there is room for."""

    code = "too-many-listeners"


class RangeEmpty(RequestRefused):
    """The part of a file that was asked for lies behind its end."""

    code = "range-empty"


class NotInInbox(RequestRefused):
    """Nothing in the inbox has this name."""

    code = "not-in-inbox"


class NameLocked(RequestRefused):
    """Another program holds a lock on a name in the inbox."""

    code = "name-locked"


class ConflictingState(RequestRefused):
    """The act does not fit what is there now."""

    code = "conflicting-state"


class ResumableRefused(RequestRefused):
    """A request about an upload that may be resumed does not fit."""

    code = "resumable-refused"


class ResumableUnknown(ResumableRefused):
    """There is no such upload, or it is another caller's."""

    code = "resumable-unknown"


class ResumableGone(ResumableRefused):
    """The upload was ended by its sender, refused, or left alone for too long."""

    code = "resumable-gone"


class OffsetConflict(ResumableRefused):
    """The bytes do not begin where those that are kept end."""

    code = "offset-conflict"


class UploadJoined(ResumableRefused):
    """Bytes for an upload that was made of finished parts, and is whole."""

    code = "upload-joined"


class ChecksumWrong(ResumableRefused):
    """The bytes came out damaged; none of them were kept."""

    code = "checksum-wrong"


class ProtocolUnknown(ResumableRefused):
    """The client speaks another version of tus, or does not say which."""

    code = "protocol-unknown"


class HeaderInvalid(ResumableRefused):
    """A header of tus is missing or cannot be understood."""

    code = "header-invalid"


class BodyTypeWrong(ResumableRefused):
    """The body of a PATCH does not have the Content-Type that tus wants."""

    code = "body-type-wrong"


class TakenOver(ResumableRefused):
    """A newer request of the same upload took its place."""

    code = "taken-over"


class TooManyResumables(ResumableRefused):
    """The caller began more uploads than may lie unfinished at once."""

    code = "too-many-unfinished"


class DiskFull(MediascreamError):
    """There is no room for these bytes; nothing of them is kept."""

    code = "disk-full"


class NoRendition(MediascreamError):
    """There is no thumbnail or preview of this photo: not yet, or never (`no-preview`)."""

    code = "no-rendition"


class DecodersBroken(MediascreamError):
    """No child that decodes can be started, or they were closed; it says nothing of any file."""

    code = "decoders-broken"


class ServerTrouble(MediascreamError):
    """What a command that talks to a server meets; where it cannot go on at all it ends with exit code 1."""

    code = "server-trouble"


class ServerGone(ServerTrouble):
    """No server answers there, or it is too busy to take anything now.

    Args:
        retry_after_s: What the server asked for, in seconds, where it did.
    """

    code = "server-gone"

    def __init__(self, detail: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class ConnectionBroken(ServerTrouble):
    """The server was there, and no whole answer came: it may or may not have done what was asked."""

    code = "connection-broken"


class ServerRefused(ServerTrouble):
    """The server answered no. `problem` is its own stable word, such as `too-large`.

    Args:
        status: The HTTP status.
    """

    code = "server-refused"

    def __init__(self, detail: str, *, status: int, problem: str) -> None:
        super().__init__(detail)
        self.status = status
        self.problem = problem


class FileTrouble(MediascreamError):
    """A file on the laptop that cannot be sent as it is now; the run goes on without it."""

    code = "file-trouble"


class FileUnreadable(FileTrouble):
    """It is gone, it may not be read, or the disk fails."""

    code = "unreadable"


class FileChanged(FileTrouble):
    """It was written to while it was being read, so that what was read may be half of each version."""

    code = "changed-while-read"


class ArchiveError(MediascreamError):
    """The archive answered, and the answer is no."""

    code = "archive-error"


class NotInArchive(ArchiveError):
    """Nothing lies under this key."""

    code = "not-in-archive"


class KeyTaken(ArchiveError):
    """Other bytes already lie under this key."""

    code = "key-taken"


class DocumentUnreadable(ArchiveError):
    """A sidecar or the archive's marker is damaged, or was written by a newer version."""

    code = "document-unreadable"


class DocumentTooNew(DocumentUnreadable):
    """A newer version of the program wrote it, in a way that this one would misunderstand."""

    code = "document-too-new"


class DeliveryError(MediascreamError):
    """One attempt to deliver did not succeed.

    Args:
        detail: A sentence for a person: what happened and what to do.
        reason: A stable word for programs, shown as the receipt's `error.code`.
    """

    code = "delivery-error"

    def __init__(self, detail: str, *, reason: str) -> None:
        super().__init__(detail)
        self.reason = reason


class TryLater(DeliveryError):
    """Trouble that passes: network, throttling, a failing server, a copy that came out damaged.

    Args:
        retry_after_s: What the other side asked for, in seconds, where it did.
    """

    code = "try-later"

    def __init__(self, detail: str, *, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(detail, reason=reason)
        self.retry_after_s = retry_after_s


class QuotaSpent(DeliveryError):
    """The destination takes nothing more until `resets_at` (UTC)."""

    code = "quota-spent"

    def __init__(self, detail: str, *, reason: str, resets_at: datetime) -> None:
        super().__init__(detail, reason=reason)
        self.resets_at = resets_at


class DestinationBlocked(DeliveryError):
    """The whole destination needs a person: wrong keys, missing bucket, storage full."""

    code = "destination-blocked"


class FileRefused(DeliveryError):
    """The destination will never take this file. Archives never raise it."""

    code = "file-refused"
