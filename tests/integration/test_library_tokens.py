"""Tokens and who sent what, in real databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediascream.library import schema, tokens
from mediascream.library.scopes import Scope
from mediascream.library.senders import has_sent, names_of_senders, note_sent
from tests.integration.library_data import add

if TYPE_CHECKING:
    from mediascream.database import Database

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def make(database: Database, name: str = "phone", **more: object) -> tuple[tokens.Token, str]:
    return database.write(lambda c: tokens.make(c, name, Scope.UPLOAD, NOW, **more))  # type: ignore[arg-type]


def find(database: Database, text: str, now: datetime = NOW) -> tokens.Token | None:
    with database.reading() as connection:
        return tokens.find(connection, text, now)


def test_a_token_is_found_by_its_whole_text_only(database: Database) -> None:
    made, text = make(database)
    assert find(database, text) == made
    for other in ("", "ms_", text[:-1], f"{text}x", text.upper(), made.id, f"{text}\0", "\udce4"):
        assert find(database, other) is None


def test_nothing_in_the_database_is_the_token(database: Database) -> None:
    _, text = make(database)
    with database.reading() as connection:
        row = connection.execute(sa.select(schema.tokens)).one()
    assert not any(text.rsplit("_", 1)[1] in str(value) for value in row)


def test_a_token_ends_when_it_expires_or_is_revoked_by_id_or_name(database: Database) -> None:
    _, short = make(database, expires_at=NOW + DAY)
    first, text = make(database, "tv")
    make(database, "tv")
    assert find(database, short, NOW + DAY) is None
    assert database.write(lambda c: tokens.revoke(c, first.id, NOW)) == [first]
    assert find(database, text) is None
    assert [one.name for one in database.write(lambda c: tokens.revoke(c, "tv", NOW))] == ["tv"]
    assert database.write(lambda c: tokens.revoke(c, "tv", NOW)) == []
    with database.reading() as connection:
        assert [one.name for one in tokens.listed(connection, NOW)] == ["phone"]


def test_who_sent_a_photo_is_known_however_often(database: Database) -> None:
    phone, _ = make(database)
    anna, _ = make(database, "her phone", member="Anna")
    (photo, _), (other, _) = add(database, 1), add(database, 2)
    database.write(lambda c: note_sent(c, phone.number, [photo.number, photo.number]))
    database.write(lambda c: note_sent(c, phone.number, [photo.number]))
    database.write(lambda c: note_sent(c, anna.number, [photo.number]))
    database.write(lambda c: note_sent(c, None, [other.number]))
    with database.reading() as connection:
        assert has_sent(connection, phone.number, photo.id)
        assert not has_sent(connection, phone.number, other.id)
        assert not has_sent(connection, None, photo.id)
        assert names_of_senders(connection, photo.number) == ("Anna", "phone")
