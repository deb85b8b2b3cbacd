from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediascream.errors import FieldInvalid, NoPhotoField, UploadCut
from mediascream.intake.form import FileBegins, FileEnds, FormDecoder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediascream.intake.values import Texts

TYPE = "multipart/form-data; boundary=XyZ"
END = b"--XyZ--\r\n"
Files = list[tuple[str, bytes]]


def part(disposition: str | bytes, content: bytes, *headers: str) -> bytes:
    raw = disposition if isinstance(disposition, bytes) else disposition.encode()
    more = "".join(f"{header}\r\n" for header in headers).encode()
    return b"--XyZ\r\nContent-Disposition: form-data; " + raw + b"\r\n" + more + b"\r\n" + content + b"\r\n"


def field(name: str, value: str) -> bytes:
    return part(f'name="{name}"', value.encode())


def photo(content: bytes = b"bytes", name: str = 'filename="a.jpg"') -> bytes:
    return part(f'name="photo_file"; {name}', content)


def read(chunks: Iterable[bytes], content_type: str = TYPE) -> tuple[Files, Texts]:
    decoder = FormDecoder(content_type)
    files: Files = []
    is_open = False
    for chunk in chunks:
        for event in decoder.feed(chunk):
            if isinstance(event, FileBegins):
                assert not is_open
                files.append((event.name, b""))
            elif not isinstance(event, FileEnds):
                files[-1] = (files[-1][0], files[-1][1] + event)
            is_open = not isinstance(event, FileEnds)
    assert not is_open
    return files, dict(decoder.close())


def name_of(disposition: str | bytes) -> str:
    raw = disposition if isinstance(disposition, bytes) else disposition.encode()
    ((name, _),), _ = read([part(b'name="photo_file"; ' + raw, b"x"), END])
    return name


def test_fields_and_files_come_in_any_order() -> None:
    body = field("tags", "a") + photo(b"1") + field("tags", "b,é") + photo(b"2", 'filename="b.jpg"') + field("skip", "")
    files, fields = read([body + END])
    assert files == [("a.jpg", b"1"), ("b.jpg", b"2")]
    assert fields == {"tags": ["a", "b,é"], "skip": [""]}


TRICKY = st.lists(st.sampled_from([b"\r\n--XyZ", b"\r\n", b"\r", b"--", b"XyZ", b"\n", b"-", b"ab"]), max_size=12).map(
    b"".join
)


@given(TRICKY.filter(lambda content: b"\r\n--XyZ" not in b"\r\n" + content + b"\r\n"), st.data())
def test_however_a_body_is_cut_into_chunks_the_same_comes_out(content: bytes, data: st.DataObject) -> None:
    body = field("description", "é") + photo(content) + field("tags", "x") + END
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=10)))
    chunks = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    expected = ([("a.jpg", content)], {"description": ["é"], "tags": ["x"]})
    assert read(chunks) == expected
    assert read(body[i : i + 1] for i in range(len(body))) == expected


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('filename="DSC00647.JPG"', "DSC00647.JPG"),
        ("filename=DSC00647.JPG", "DSC00647.JPG"),
        ('filename="a;b=c.jpg"', "a;b=c.jpg"),
        ('filename="say \\"cheese\\".jpg"', 'say "cheese".jpg'),
        ('filename="say %22cheese%22 100%25.jpg"', 'say "cheese" 100%25.jpg'),
        ('filename="line%0D%0Abreak.jpg"', "line__break.jpg"),
        ('filename="C:\\Users\\me\\x.jpg"', "x.jpg"),
        ('filename="../../etc/x.jpg"', "x.jpg"),
        ('filename="été 👩‍👩‍👧.jpg"', "été 👩‍👩‍👧.jpg"),
        (b'filename="\xe9t\xe9.jpg"', "été.jpg"),
        (b'filename="a\0b.jpg"', "a_b.jpg"),
        ("filename*=UTF-8''%C3%A9t%C3%A9.jpg", "été.jpg"),
        ("filename=\"ete.jpg\"; filename*=utf-8'fr'%C3%A9t%C3%A9.jpg", "été.jpg"),
        ("filename=\"ete.jpg\"; filename*=klingon''x", "ete.jpg"),
        ("filename*=UTF-8''..%2F..%2Fx.jpg", "x.jpg"),
        ('filename="' + "n" * 296 + '.jpg"', "n" * 251 + ".jpg"),
        ('filename=""', ""),
        ('FileName="a.jpg"', "a.jpg"),
    ],
)  # fmt: skip
def test_a_file_is_called_what_its_sender_called_it(disposition: str | bytes, name: str) -> None:
    assert name_of(disposition) == name


def test_a_file_may_come_without_any_name() -> None:
    assert read([part('name="photo_file"', b"bytes"), END])[0] == [("", b"bytes")]


def test_a_quoted_boundary_and_other_parameters_are_understood() -> None:
    assert read([photo() + END], 'Multipart/Form-Data; charset=utf-8; boundary="XyZ"')[0] == [("a.jpg", b"bytes")]


def test_a_form_without_its_final_boundary_was_cut() -> None:
    whole = photo() + END
    decoder = FormDecoder(TYPE)
    decoder.feed(whole[: -len(END)])
    with pytest.raises(UploadCut):
        decoder.close()


@pytest.mark.parametrize("body", [b"", END, field("tags", "a") + END])
def test_a_form_without_a_file_is_refused(body: bytes) -> None:
    with pytest.raises(NoPhotoField):
        read([body])


def test_the_refusal_names_the_fields_that_came() -> None:
    with pytest.raises(NoPhotoField, match="it has 'tags', 'photo'"):
        read([field("tags", "a") + field("photo", "b") + END])


def test_a_file_in_a_field_of_another_name_is_refused_before_its_bytes() -> None:
    with pytest.raises(NoPhotoField, match="photo_file, not 'image'"):
        FormDecoder(TYPE).feed(b'--XyZ\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n')


@pytest.mark.parametrize("content_type", ["", "application/json", "application/x-www-form-urlencoded", "image/jpeg"])
def test_what_is_no_multipart_form_has_no_file(content_type: str) -> None:
    with pytest.raises(NoPhotoField, match="multipart/form-data"):
        FormDecoder(content_type)


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=" + "x" * 300])
def test_a_form_without_a_usable_boundary_is_refused(content_type: str) -> None:
    with pytest.raises(FieldInvalid):
        FormDecoder(content_type)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"".join(field(f"f{i}", "x") for i in range(10_000)), "1000 fields"),
        (b"".join(photo() for _ in range(1001)), "1000 files"),
        (field("description", "x" * 65_537), "description: longer than 65536"),
        (part('name="tags"', b"\xff\xfe") + END, "tags: is not in UTF-8"),
        (b"--XyZ\r\nContent-Type: text/plain\r\n\r\nx\r\n", "no name"),
        (part('name="a"', b"", *[f"X-{i}: y" for i in range(20)]), "header count"),
        (part('name="a"', b"", "X-Long: " + "y" * 20_000), "header size"),
        (part('name="photo_file"; filename="a"', b"", "Content-Transfer-Encoding: base64"), "base64"),
        (b"GIF89a, no form at all", "malformed"),
    ],
)
def test_what_is_malformed_or_too_much_is_refused_in_words(body: bytes, message: str) -> None:
    with pytest.raises(FieldInvalid, match=message):
        FormDecoder(TYPE).feed(body)


def test_a_little_may_follow_the_final_boundary_but_no_second_body() -> None:
    decoder = FormDecoder(TYPE)
    decoder.feed(photo() + END)
    decoder.feed(b"\r\n" * 32_768)
    with pytest.raises(FieldInvalid, match="behind the final boundary"):
        decoder.feed(b"x")
