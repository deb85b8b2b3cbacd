"""`GPHOTOS_ACCESS_CODE`: the code that the owner typed into the settings buys a log-in, once, beside the start.

A code is good once, at Google. So what is done with it is written down before and after, under its hash:

    new        seen in the settings, not sent yet
    sent       on its way to Google; whoever finds this after a crash, or a lost answer, sends it once more: either it
               never arrived, and works; or it did, and what it bought is lost with the answer. Then the owner is told
               to get a new one. Nothing else can be known, and nothing is sent twice that was answered.
    kept       the log-in is in the database
    refused    Google does not take it; the destination is blocked until another code, or another log-in, comes
    given up   its log-in was taken leave of

The last three are ends: a restart does nothing, a new code begins anew. While there is no log-in yet, one without a
token stands in its place, so that photos queue for it. A log-in that is there stays until the code has bought another;
where the code is refused, it is blocked all the same: whoever typed a new code did not want the old account.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from mediascream.delivery.retry import back_off_s, judge
from mediascream.delivery.troubles import end_trouble, raise_trouble
from mediascream.delivery.work import FIRST, PROCESS_LANE
from mediascream.destinations.gphotos_connect import (
    GoogleAccount,
    app_from,
    email_of,
    finish,
    landed,
    look,
    redirect_of,
)
from mediascream.destinations.gphotos_http import Http
from mediascream.destinations.gphotos_tokens import AWAITED, TokenEndpoint, secrets_of
from mediascream.errors import DeliveryError, DestinationBlocked, TryLater
from mediascream.library.accounts import get_account, put_account, remove_account
from mediascream.library.facts import get_fact, put_fact
from mediascream.library.standing import Standing, put_standing, standing
from mediascream.photo import DestinationName
from mediascream.queue.jobs import Job

if TYPE_CHECKING:
    import sqlalchemy as sa

    from mediascream.delivery.work import Work
    from mediascream.destinations.gphotos_tokens import Grant
    from mediascream.settings import Settings

CONNECT = "connect"
"""The kind of the job."""

GPHOTOS = DestinationName.GPHOTOS
FACT = "gphotos_access_code"
SPENT = frozenset({"code-refused", "not-allowed"})
"""Refusals after which this code will never work; after others (a wrong secret) the next start tries it again."""

log = structlog.get_logger()


class Fate(StrEnum):
    """What became of a code."""

    NEW = "new"
    SENT = "sent"
    KEPT = "kept"
    REFUSED = "refused"
    GIVEN_UP = "given up"


ENDS = frozenset({Fate.KEPT, Fate.REFUSED, Fate.GIVEN_UP})


class AccessCode:
    """The code in the settings, and the job that exchanges it."""

    def __init__(self, work: Work, settings: Settings) -> None:
        self._work = work
        self._settings = settings
        self._text = settings.gphotos_access_code.reveal() if settings.gphotos_access_code is not None else ""
        self._mark = mark_of(self._text)

    def notice(self) -> None:
        """At each start: plan what is due for the code that stands in the settings now. Waits for nobody."""
        if self._text and app_from(self._settings) is not None:
            self._work.database.write(self._plan)
        else:
            self._work.database.write(self._forget)

    def exchange(self, mark: str, start: int, attempt: int) -> None:
        """The job: send the code, and keep what it buys."""
        fate = self._work.database.write(lambda connection: self._intend(connection, mark, start))
        if fate in ENDS:
            return
        try:
            self._keep(*self._buy())
        except TryLater as error:
            away = error
            self._work.database.write(lambda connection: self._again(connection, away, attempt))
        except DestinationBlocked as error:
            lost = fate is Fate.SENT and error.reason == "code-refused"
            told = DestinationBlocked(_ANSWER_LOST, reason=error.reason) if lost else _in_settings(error)
            log.warning("GPHOTOS_ACCESS_CODE connects nothing", detail=told.detail)
            self._work.database.write(lambda connection: self._refuse(connection, told))

    def give_up(self, connection: sa.Connection) -> None:
        """The owner takes leave of Google Photos: the code in the settings is to do nothing any more."""
        if self._text:
            self._put(connection, Fate.GIVEN_UP)

    def _forget(self, connection: sa.Connection) -> None:
        """No code stands in the settings any more: there is nothing to wait for, and none that is refused."""
        if _is_awaited(connection):
            remove_account(connection, GPHOTOS)
        if (get_fact(connection, FACT) or {}).get("fate") == Fate.REFUSED:
            put_fact(connection, FACT, {})
            end_trouble(connection, self._work, GPHOTOS)

    def _plan(self, connection: sa.Connection) -> None:
        fate, starts = self._fate(connection)
        if fate in ENDS:
            return
        self._put(connection, fate, starts + 1)
        if get_account(connection, GPHOTOS) is None or _is_awaited(connection):
            put_account(connection, GPHOTOS, None, {AWAITED: "yes"})
        self._work.jobs.enqueue(connection, self._job(starts + 1, 1))

    def _intend(self, connection: sa.Connection, mark: str, start: int) -> Fate:
        """What became of the code before; it counts as sent from now on, unless this job is of other settings."""
        fate, starts = self._fate(connection)
        if mark != self._mark or start != starts:
            return Fate.GIVEN_UP  # of the settings of before, or of a start that was cut short
        if fate not in ENDS:
            self._put(connection, Fate.SENT, starts)
        return fate

    def _buy(self) -> tuple[Grant, GoogleAccount]:
        app = app_from(self._settings)
        if app is None:
            msg = "GPHOTOS_CLIENT_ID and GPHOTOS_SECRET are not set."
            raise DestinationBlocked(msg, reason="key-refused")
        with closing(Http()) as http:
            endpoint = TokenEndpoint(http, self._settings.gphotos_token_url, app)
            grant = finish(endpoint, landed(self._text), redirect_of(self._settings))
            try:
                return grant, look(http, self._settings.gphotos_api_url, grant)
            except DeliveryError as error:  # the code is used up: what it bought is kept, and the first photo will tell
                log.warning("Google Photos is connected, but could not be tried", detail=error.detail)
                return grant, GoogleAccount(email_of(grant.identity), checks_hash=False)

    def _keep(self, grant: Grant, account: GoogleAccount) -> None:
        kept = secrets_of(grant, checks_hash=account.checks_hash, now=self._work.now())

        def act(connection: sa.Connection) -> None:
            put_account(connection, GPHOTOS, account.email, kept)
            self._put(connection, Fate.KEPT)
            end_trouble(connection, self._work, GPHOTOS)

        self._work.database.write(act)
        log.info("GPHOTOS_ACCESS_CODE was exchanged; it can be taken out of the settings", account=account.label)

    def _again(self, connection: sa.Connection, error: TryLater, attempt: int) -> None:
        """Google is away. A connection that never came about has not carried the code there."""
        fate, starts = self._fate(connection)
        if fate in ENDS:
            return
        self._put(connection, Fate.NEW if error.reason == "unreachable" else Fate.SENT, starts)
        delay_s = max(back_off_s(attempt, archive=True, dice=0.5), error.retry_after_s or 0.0)
        self._work.jobs.enqueue(connection, self._job(starts, attempt + 1), delay_s=delay_s)

    def _refuse(self, connection: sa.Connection, error: DestinationBlocked) -> None:
        fate, starts = self._fate(connection)
        if fate in ENDS:
            return
        self._put(connection, Fate.REFUSED if error.reason in SPENT else Fate.NEW, starts)
        if _is_awaited(connection):
            put_account(connection, GPHOTOS, None, {AWAITED: "refused"})
        put_standing(connection, Standing(GPHOTOS, standing(connection, GPHOTOS).paused))
        verdict = judge(error, attempts=1, archive=False, now=self._work.now(), dice=0.5)
        raise_trouble(connection, self._work, GPHOTOS, verdict)

    def _fate(self, connection: sa.Connection) -> tuple[Fate, int]:
        """What became of this code so far, and at how many starts it was there."""
        known = get_fact(connection, FACT) or {}
        return (Fate(known["fate"]), known["starts"]) if known.get("sha256") == self._mark else (Fate.NEW, 0)

    def _put(self, connection: sa.Connection, fate: Fate, starts: int = 0) -> None:
        put_fact(connection, FACT, {"sha256": self._mark, "fate": fate, "starts": starts})

    def _job(self, start: int, attempt: int) -> Job:
        job_id = f"{CONNECT}:{GPHOTOS}:{self._mark[:16]}:{start}:{attempt}"
        return Job(PROCESS_LANE, CONNECT, job_id, (self._mark, start, attempt), FIRST)


def mark_of(text: str) -> str:
    """By which a code is known again: a hash, which is all that is kept of it."""
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()


_ANSWER_LOST = (
    "GPHOTOS_ACCESS_CODE was sent before, and the answer got lost (power or network); Google takes a code once. Get a new"
    " one with `mediascream connect gphotos --print-url`, or run `mediascream connect gphotos`."
)


def _in_settings(error: DestinationBlocked) -> DestinationBlocked:
    """The same trouble, told to somebody who typed the code into the settings."""
    return DestinationBlocked(f"GPHOTOS_ACCESS_CODE connects nothing. {error.detail}", reason=error.reason)


def _is_awaited(connection: sa.Connection) -> bool:
    account = get_account(connection, GPHOTOS)
    return account is not None and AWAITED in account.secrets
