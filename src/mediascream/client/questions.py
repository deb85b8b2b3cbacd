"""`status` and `safe-to-delete`: what is asked, and how the answers are printed."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import closing
from functools import partial
from itertools import chain, islice
from random import Random
from typing import TYPE_CHECKING, Any, Final

from mediascream import wire
from mediascream.client.contact import Contact
from mediascream.client.fingerprint import Hashed
from mediascream.client.hashes import read_hashes
from mediascream.client.json_lines import write_lines
from mediascream.client.lanes import Crew
from mediascream.client.outcome import ExitCode
from mediascream.client.patience import PATIENT, Persistence
from mediascream.client.reading import read_all
from mediascream.client.verdicts import Judge, Verdict
from mediascream.client.walk import PassedOver, Unreadable
from mediascream.client.words import shown, shown_count, shown_receipt
from mediascream.photo import ATTENTION_STATES, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mediascream.client.reading import Read
    from mediascream.client.server import Server
    from mediascream.client.verdicts import Judged
    from mediascream.photo import PhotoId

_MOST_NAMED: Final = 10
_TOGETHER: Final = 500


def say(lines: Iterable[str]) -> None:
    """Print the result for a person, line by line as it comes."""
    for line in lines:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def safe_to_delete(
    paths: Iterable[str],
    server: Server,
    *,
    hashes: Iterable[str] = (),
    everywhere: bool,
    deep: bool,
    as_json: bool,
) -> ExitCode:
    """Print a verdict for each file, and for each line of `hashes`; 4 unless every one is `SAFE`, and there is one.

    What another program failed to list must not read as leave to delete.
    """
    counts = Counter[Verdict]()
    persistence = _persistence()
    judge = Judge(server, persistence, everywhere=everywhere, deep=deep)
    with closing(judge.judge(paths)) as verdicts:
        for judged in chain(verdicts, judge.judge_read(read_hashes(hashes))):
            counts[judged.verdict] += 1
            _print_verdict(judged, as_json=as_json)
    if not counts:
        sys.stderr.write("There was no file to ask about, so nothing is called safe. Nothing was deleted.\n")
        return ExitCode.NOT_ALL_SAFE
    told = ", ".join(f"{shown_count(counts[verdict])} {verdict}" for verdict in Verdict)
    sys.stderr.write(f"{told}. Nothing was deleted.\n")
    return ExitCode.ALL_WELL if counts.total() == counts[Verdict.SAFE] else ExitCode.NOT_ALL_SAFE


def _persistence() -> Persistence:
    """One blink of the network must not spoil an hour of reading."""
    return Persistence(PATIENT, Crew(), Random(), Contact(_remark))  # noqa: S311  (only spreads retries in time)


def _remark(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _print_verdict(judged: Judged, *, as_json: bool) -> None:
    if as_json:
        write_lines([{"path": judged.path, "state": judged.verdict, "id": judged.id, "detail": judged.why}])
    else:
        why = f"  ({judged.why})" if judged.why else ""
        say([f"{judged.verdict:<10}  {shown(judged.path)}{why}"])


def status(server: Server, *, as_json: bool) -> None:
    """Print how many deliveries of each state each destination has, and what needs a person."""
    destinations = server.destinations()
    if as_json:
        write_lines(destination.model_dump(mode="json") for destination in destinations)
        return
    say(_destination_line(destination) for destination in destinations)
    for state in DeliveryState:
        if state in ATTENTION_STATES:
            count = sum(destination.counts.get(state, 0) for destination in destinations)
            say(_attention_lines(server, state, count))


def _destination_line(destination: wire.Destination) -> str:
    counts = " · ".join(f"{state} {shown_count(count)}" for state, count in destination.counts.items() if count)
    remarks = [
        destination.account or "",
        "" if destination.connected else "not connected",
        "paused" if destination.paused else "",
        _quota(destination.quota),
        f"done about {destination.estimate_done_at.astimezone():%Y-%m-%d %H:%M}"
        if destination.estimate_done_at
        else "",
    ]
    remark = ", ".join(filter(None, remarks))
    return f"{destination.name:<8}  {counts or 'nothing yet'}{f'  ({remark})' if remark else ''}"


def _quota(quota: wire.Quota | None) -> str:
    if quota is None:
        return ""
    used = f"{shown_count(quota.used)} of {shown_count(quota.limit)} requests used"
    return f"{used} until {quota.resets_at.astimezone():%Y-%m-%d %H:%M}"


def _attention_lines(server: Server, state: DeliveryState, count: int) -> Iterator[str]:
    if not count:
        return
    yield f"\n{shown_count(count)} {state}:"
    named = list(server.deliveries(state, limit=_MOST_NAMED))
    for delivery in named:
        yield f"  {shown(delivery.file_name)}  {shown_receipt(delivery)}"
    if count > len(named):
        yield f"  … and {shown_count(count - len(named))} more"


def status_of(paths: Iterable[str], server: Server, *, as_json: bool) -> ExitCode:
    """Print each file's deliveries; the exit code tells whether every file could be read."""
    code, persistence = ExitCode.ALL_WELL, _persistence()
    with closing(read_all(paths)) as files:
        while batch := list(islice(files, _TOGETHER)):
            ids = [file.id for file in batch if isinstance(file, Hashed)]
            known = persistence.ask(partial(server.check, ids)) if ids else {}
            for file in batch:
                _print_file(file, server, known, as_json=as_json)
                if isinstance(file, Unreadable):
                    code = ExitCode.SOME_FAILED
    return code


def _print_file(file: Read, server: Server, known: dict[PhotoId, wire.Known], *, as_json: bool) -> None:
    status = known.get(file.id) if isinstance(file, Hashed) else None
    receipts = _receipts(server, file.id) if status is not None and isinstance(file, Hashed) else ()
    if as_json:
        write_lines([_file_json(file, status, receipts)])
    else:
        say(_file_lines(file, status, receipts))


def _receipts(server: Server, photo_id: PhotoId) -> tuple[wire.Receipt, ...]:
    """None where a token may not see them."""
    seen = server.photo(photo_id)
    return seen.receipts if isinstance(seen, wire.Photo) else ()


def _file_json(file: Read, status: wire.Known | None, receipts: tuple[wire.Receipt, ...]) -> dict[str, Any]:
    return {
        "path": file.path,
        "state": _state(file, status),
        "id": file.id if isinstance(file, Hashed) else None,
        "archived": None if status is None else status.archived,
        "receipts": [receipt.model_dump(mode="json") for receipt in receipts],
        "detail": None if isinstance(file, Hashed) else file.why,
    }


def _file_lines(file: Read, status: wire.Known | None, receipts: tuple[wire.Receipt, ...]) -> Iterator[str]:
    why = "" if isinstance(file, Hashed) else f"  ({file.why})"
    yield f"{_state(file, status):<10}  {shown(file.path)}{why}"
    for receipt in receipts:
        yield f"{'':<10}  {shown_receipt(receipt)}"


def _state(file: Read, status: wire.Known | None) -> str:
    """The photo's state in the contract's words, or why there is none."""
    match file:
        case Hashed():
            return "never seen" if status is None else status.state
        case PassedOver():
            return "ignored"
        case Unreadable():
            return "unreadable"
