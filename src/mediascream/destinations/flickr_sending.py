"""One photo on its way to Flickr, and how an earlier attempt of its own is recognised.

What an attempt remembers, each written down before the act that it tells of:

    began       when a file was sent; without an answer nobody knows whether it arrived
    ticket      a video arrived and is being converted
    remote_id   the copy there is; nothing is sent any more
    twin        a copy that its owner deleted on Flickr, which the next one must not be taken for
    unchecked   when a file was sent without Flickr looking for a twin
    jpeg        Flickr does not take the original; a JPEG of these bytes (SHA-256) is sent instead
    remade      that JPEG was lost and made again with other bytes, while nobody knows what became of the first

Flickr compares the bytes of an upload with all that the account holds (`dedup_check=1`), so sending again after
a lost answer leads to the copy that is there. The search by machine tag comes first, since it saves the upload;
but its index lags, so that finding nothing means nothing for a while. `dedup_check` is used by Flickr's own
Uploadr and described in https://github.com/sybrenstuvel/flickrapi/pull/137 (read 2026-11-24).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from mediascream.destinations.flickr_answers import FAILED, UNCONVERTED, No, as_error, error_of, trouble_of
from mediascream.destinations.flickr_form import upload_fields
from mediascream.destinations.flickr_tags import checksum_tag, id_tag
from mediascream.errors import DeliveryError, FileRefused, QuotaSpent, TryLater
from mediascream.photo import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mediascream.destinations.base import Attempt, Outgoing
    from mediascream.destinations.flickr_answers import Yes
    from mediascream.destinations.flickr_api import FlickrApi
    from mediascream.destinations.flickr_signing import Keys

INDEX_LAG = timedelta(minutes=10)
"""For so long a search may not find what is there."""

GENERAL_FAILURES = 3
"""So often Flickr may fail at a file without a reason before that counts as a refusal."""

CONVERTING_S = 10.0
SERVER_BUSY_S = 3600.0
NOT_FOUND = 1
GENERAL_FAILURE, DUPLICATE, BUSY = 3, 9, 14

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that is there; `found` where it was before this attempt."""

    remote_id: str
    found: bool


@dataclass(frozen=True, slots=True)
class Sending:
    """One attempt to bring one photo to Flickr.

    Attributes:
        file: What is sent of the photo: itself, or the JPEG of it.
        privacy: The fields that say who may see it; always all three.
        tagged: Whether machine tags are put on it.
    """

    api: FlickrApi
    keys: Keys
    photo: Outgoing
    file: Outgoing
    attempt: Attempt
    privacy: Mapping[str, str]
    tagged: bool
    now: Callable[[], datetime]

    def bring(self) -> Copy:
        """Find the copy, or send the one there will be.

        Raises:
            DeliveryError: There is none yet that could be named.
        """
        if not self.tagged and self._note("remade"):
            self._give_up_unknown()
        copy = self._known() or self._converted() or self._searched() or self._send()
        if self._note("remote_id") != copy.remote_id:
            self.attempt.remember(remote_id=copy.remote_id, ticket="")
        return copy

    def date(self, remote_id: str) -> None:
        """Give a video its date; Flickr reads only a photo's own."""
        if self.photo.kind is not Kind.VIDEO or self.photo.taken_local is None or self._note("dated"):
            return
        taken = f"{self.photo.taken_local:%Y-%m-%d %H:%M:%S}"
        answer = self.api.call(
            self.keys, "photos.setDates", photo_id=remote_id, date_taken=taken, date_taken_granularity="0"
        )
        if isinstance(answer, No):
            self._not_dated(answer)
        self.attempt.remember(dated="yes")

    def _not_dated(self, no: No) -> None:
        """A date that Flickr does not take is no reason to do without the copy."""
        error = error_of(no, upload=False)
        if no.code > 10:  # noqa: PLR2004 - below are the method's own codes, above those of every method
            raise error
        log.warning("Flickr does not take the date of a video", photo=self.photo.id, detail=error.detail)

    def _known(self) -> Copy | None:
        """The copy that an earlier attempt knew of. A person who asks again for one that is gone gets a new one."""
        noted = self._note("remote_id")
        if not noted:
            return None
        if shown(self.api, self.keys, noted) is not None:
            return Copy(noted, found=True)
        if self.attempt.number > 1:
            msg = f"Flickr took {self.photo.file_name} as {noted}, but does not show it (yet)."
            raise TryLater(msg, reason="not-shown")
        self.attempt.remember(remote_id="", ticket="", dated="", began="", jpeg="", twin=noted)
        return None

    def _converted(self) -> Copy | None:
        """What became of a video that is being converted; None where that is not known any more."""
        noted = self._note("ticket")
        if not noted:
            return None
        answer = self.api.ask(self.keys, "photos.upload.checkTickets", tickets=noted)
        ticket = answer.content.find(".//ticket")
        if ticket is None or ticket.get("invalid") == "1":
            self.attempt.remember(ticket="")
            return None
        match ticket.get("complete"), ticket.get("photoid"):
            case "1", str(remote_id) if remote_id:
                return Copy(remote_id, found=self.attempt.number > 1)
            case "2", _:
                self.attempt.remember(ticket="", began="")
                raise as_error(UNCONVERTED, f"ticket {noted}")
            case _:
                msg = f"Flickr is still converting {self.photo.file_name}."
                raise TryLater(msg, reason="converting", retry_after_s=CONVERTING_S)

    def _searched(self) -> Copy | None:
        """The copy of an earlier attempt, by its machine tag. What is not found may still be there."""
        began = self._note("began")
        if not began:
            return None
        remote_id = self._search() if self.tagged else None
        if remote_id is not None:
            return Copy(remote_id, found=True)
        if self.photo.kind is Kind.VIDEO or self._note("remade"):
            self._let_index_catch_up(began)  # Flickr may not compare what it still converts, and never other bytes
        return None

    def _search(self) -> str | None:
        answer = self.api.ask(
            self.keys,
            "photos.search",
            user_id="me",
            machine_tags=id_tag(self.photo.id),
            extras="machine_tags",
            per_page="10",
        )
        found = {one.get("id", ""): one.get("machine_tags", "") for one in answer.content.iter("photo")}
        ids = sorted(found.keys() - {"", self._note("twin")}, key=lambda one: (len(one), one))
        if not ids:
            return None
        self._see_which_file(found[ids[0]].lower())
        return ids[0]

    def _see_which_file(self, machine_tags: str) -> None:
        """Notes may be lost with a database; what a copy says of itself tells whether it is of the JPEG."""
        named = checksum_tag("") in machine_tags
        if named and checksum_tag(self.photo.sha1) not in machine_tags and not self._note("jpeg"):
            self.attempt.remember(jpeg="there")

    def _give_up_unknown(self) -> None:
        """Without tags a copy of other bytes cannot be found, so a person has to look; asked again, it is sent."""
        began = self._note("began")
        self.attempt.remember(remade="", began="")
        if began:
            msg = (
                f"Whether a JPEG of {self.photo.file_name} arrived at Flickr is not known, and it cannot be searched "
                "without FLICKR_CHECKSUM_TAG: look there, and retry it if it is missing."
            )
            raise FileRefused(msg, reason="may-have-arrived")

    def _let_index_catch_up(self, since: str) -> None:
        left_s = (datetime.fromisoformat(since) + INDEX_LAG - self.now()).total_seconds()
        if left_s > 0:
            msg = (
                f"Whether {self.photo.file_name} arrived is not known; Flickr's index is asked again before it is sent."
            )
            raise TryLater(msg, reason="may-have-arrived", retry_after_s=left_s)

    def _send(self, *, dedup: bool = True) -> Copy:
        moment = self.now().astimezone(UTC).isoformat()
        self.attempt.remember(began=moment, remade="", **({} if dedup else {"unchecked": moment}))
        answer = self.api.upload(self.keys, self._fields(dedup=dedup), self.file)
        if not isinstance(answer, No):
            return self._taken(answer)
        if answer.code == DUPLICATE and answer.more.get("duplicate_photo_id"):
            return self._twin(answer.more["duplicate_photo_id"], answer.more.get("duplicate_photo_status", ""))
        raise self._refusal(answer)

    def _taken(self, answer: Yes) -> Copy:
        remote_id, ticket = answer.content.findtext("photoid"), answer.content.findtext("ticketid")
        if remote_id and remote_id.strip():
            return Copy(remote_id.strip(), found=False)
        if ticket and ticket.strip():
            self.attempt.remember(ticket=ticket.strip())
            copy = self._converted()
            if copy is not None:
                return Copy(copy.remote_id, found=False)
        msg = f"Flickr took {self.photo.file_name}, but says not under which id."
        raise TryLater(msg, reason="answer-unreadable")

    def _twin(self, remote_id: str, status: str) -> Copy:
        """The account holds these bytes already. A copy in Flickr's bin does not count: this one was asked for."""
        if status.strip().upper() != "DELETED":
            return Copy(remote_id, found=True)
        if not self.tagged:
            msg = (
                f"This photo was deleted on Flickr ({remote_id}). To send it again, set FLICKR_CHECKSUM_TAG: true "
                "(without it a new copy could not be told from the deleted one), then retry it."
            )
            raise FileRefused(msg, reason="deleted-there")
        if self._note("unchecked"):
            self._let_index_catch_up(self._note("unchecked"))
        self.attempt.remember(twin=remote_id)
        return self._send(dedup=False)

    def _refusal(self, no: No) -> DeliveryError:
        if no.code == BUSY:
            wait_s = no.more.get("non_pro_desktop_upload_wait_time", "")
            resets_at = self.now() + timedelta(seconds=float(wait_s) if wait_s.isdecimal() else SERVER_BUSY_S)
            msg = f"Flickr takes no automatic uploads for a while ({no.message})."
            return QuotaSpent(msg, reason="server-busy", resets_at=resets_at)
        if no.code == GENERAL_FAILURE and trouble_of(no, upload=True) is FAILED:
            failures = int(self._note("failures") or "0") + 1
            self.attempt.remember(failures=str(failures))
            if failures >= GENERAL_FAILURES:
                msg = f"Flickr failed at this file {failures} times and does not say why ({no.message})."
                return FileRefused(msg, reason="upload-failed")
        return error_of(no, upload=True)

    def _fields(self, *, dedup: bool) -> dict[str, str]:
        machine_tags = [id_tag(self.photo.id), checksum_tag(self.file.sha1)] if self.tagged else []
        return upload_fields(self.photo, self.privacy, machine_tags) | ({"dedup_check": "1"} if dedup else {})

    def _note(self, name: str) -> str:
        return self.attempt.notes.get(name, "")


def shown(api: FlickrApi, keys: Keys, remote_id: str) -> str | None:
    """The page of a photo that Flickr shows us; None where it shows none under this id.

    Raises:
        DeliveryError: It does not say.
    """
    answer = api.call(keys, "photos.getInfo", photo_id=remote_id)
    if isinstance(answer, No):
        if answer.code == NOT_FOUND:
            return None
        raise error_of(answer, upload=False)
    photo = answer.content.find("photo")
    if photo is None or photo.get("id") != remote_id:
        return None
    owner = photo.find("owner")
    return f"https://www.flickr.com/photos/{owner.get('nsid') if owner is not None else 'me'}/{remote_id}"
