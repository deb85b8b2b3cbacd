"""The WebDAV inbox over real sockets, and with programs that nobody here wrote: rclone, cadaver, curl."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from defusedxml import ElementTree

from tests.integration.web_server import WebServer, id_of, jpeg, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

PATIENCE_S = 120
DAV = "{DAV:}"
LOCK = (
    '<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    "<D:locktype><D:write/></D:locktype><D:owner><D:href>Finder &amp; co</D:href></D:owner></D:lockinfo>"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    """A server without a worker."""
    with serving(tmp_path / "data") as running:
        yield running


def put(server: WebServer, path: str, content: bytes, **headers: str) -> httpx2.Response:
    """Put a file, as a program does."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.http.put(f"/dav/{quote(path)}", content=content, headers=named)


def listed(server: WebServer, path: str = "", *, depth: str = "1", body: str = "") -> dict[str, dict[str, str]]:
    """The properties of each name, by its address."""
    answer = server.http.request("PROPFIND", f"/dav/{quote(path)}", headers={"Depth": depth}, content=body)
    assert answer.status_code == 207, answer.text
    return {
        str(one.findtext(f"{DAV}href")): {
            prop.tag: prop.text or "".join(child.tag for child in prop)
            for prop in one.findall(f"{DAV}propstat/{DAV}prop/*")
        }
        for one in ElementTree.fromstring(answer.text)
    }


def ask(server: WebServer, method: str, path: str, content: str = "", **headers: str) -> httpx2.Response:
    """Any other request."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.http.request(method, f"/dav/{quote(path)}", content=content, headers=named)


def test_a_photo_that_is_put_is_in_the_library_before_the_answer(server: WebServer) -> None:
    content = jpeg(1)
    answer = put(server, "DSC00647.JPG", content, X_OC_Mtime="1400000000")
    assert (answer.status_code, answer.headers["etag"]) == (201, f'"{id_of(content)}"')
    (photo,) = server.photos()
    assert (photo["id"], photo["file_name"]) == (id_of(content), "DSC00647.JPG")
    assert photo["taken_at"] == "2014-05-13T16:53:20Z"
    assert server.spool() == [id_of(content)]


def test_what_was_put_is_listed_with_its_size_time_and_tag(server: WebServer) -> None:
    content = jpeg(1)
    put(server, "a b&ü.jpg", content, X_OC_Mtime="1400000000")
    found = listed(server)
    assert set(found) == {"/dav/", "/dav/a%20b%26%C3%BC.jpg"}
    shown = found["/dav/a%20b%26%C3%BC.jpg"]
    assert shown[f"{DAV}getcontentlength"] == str(len(content))
    assert shown[f"{DAV}getlastmodified"] == "Tue, 13 May 2014 16:53:20 GMT"
    assert shown[f"{DAV}getetag"] == f'"{id_of(content)}"'
    assert shown[f"{DAV}displayname"] == "a b&ü.jpg"
    assert found["/dav/"][f"{DAV}resourcetype"] == f"{DAV}collection"


def test_a_program_can_ask_for_some_properties_and_hears_which_there_are_not(server: WebServer) -> None:
    put(server, "a.jpg", jpeg(1))
    body = '<propfind xmlns="DAV:"><prop><getetag/><x:colour xmlns:x="urn:x&amp;y"/></prop></propfind>'
    answer = ask(server, "PROPFIND", "a.jpg", body, Depth="0")
    found = {
        part.findtext(f"{DAV}status"): [prop.tag for prop in part.findall(f"{DAV}prop/*")]
        for part in ElementTree.fromstring(answer.text).iter(f"{DAV}propstat")
    }
    assert found == {"HTTP/1.1 200 OK": [f"{DAV}getetag"], "HTTP/1.1 404 Not Found": ["{urn:x&y}colour"]}


def test_the_same_bytes_under_another_name_are_the_same_photo(server: WebServer) -> None:
    content = jpeg(1)
    put(server, "a.jpg", content)
    assert put(server, "b.jpg", content).status_code == 201
    assert len(server.photos()) == 1
    assert set(listed(server)) == {"/dav/", "/dav/a.jpg", "/dav/b.jpg"}


def test_other_bytes_under_the_same_name_are_another_photo_and_both_are_kept(server: WebServer) -> None:
    put(server, "a.jpg", jpeg(1))
    assert put(server, "a.jpg", jpeg(2)).status_code == 204
    assert len(server.photos()) == 2
    assert server.http.get("/dav/a.jpg").content == jpeg(2)


def test_a_file_is_read_back_whole_and_in_parts(server: WebServer) -> None:
    content = jpeg(1)
    put(server, "a.jpg", content)
    whole = server.http.get("/dav/a.jpg")
    assert (whole.content, whole.headers["cache-control"]) == (content, "private, no-cache")
    assert server.http.get("/dav/a.jpg", headers={"Range": "bytes=5-9"}).content == content[5:10]
    head = server.http.head("/dav/a.jpg")
    assert (head.headers["content-length"], head.content) == (str(len(content)), b"")


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("notes.txt", b"no photo at all" * 100, 415),
        ("evil.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 20, 415),
        ("no/such/folder/a.jpg", jpeg(1), 409),
        ("n" * 256 + ".jpg", jpeg(1), 422),
    ],
)
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(
    server: WebServer, path: str, content: bytes, status: int
) -> None:
    answer = put(server, path, content)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (server.photos(), server.spool(), set(listed(server))) == ([], [], {"/dav/"})


def test_a_part_of_a_file_is_not_taken_for_the_file(server: WebServer) -> None:
    assert put(server, "a.jpg", jpeg(1), Content_Range="bytes 0-9/20").status_code == 422
    assert server.photos() == []


def test_no_path_leads_out_of_the_inbox(server: WebServer) -> None:
    for path in ("%2e%2e/x.jpg", "a/%2e%2e/%2e%2e/x.jpg", "a%00b.jpg"):
        raw = f"PUT /dav/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
        assert server.say(raw.encode()).split(b" ", 2)[1] == b"422"


def test_a_photo_in_the_trash_is_neither_listed_nor_taken_for_kept(server: WebServer) -> None:
    """A telephone that frees its space after an upload must not believe that the photo is safe."""
    content = jpeg(1)
    put(server, "a.jpg", content)
    server.http.delete(f"/photos/{id_of(content)}")
    assert set(listed(server)) == {"/dav/"}
    answer = put(server, "a.jpg", content)
    assert (answer.status_code, "trash" in answer.json()["detail"]) == (409, True)


def test_what_a_system_strews_about_is_taken_and_thrown_away(server: WebServer) -> None:
    for name in ("._DSC00647.JPG", ".DS_Store", "Thumbs.db", "desktop.ini"):
        assert put(server, name, b"litter" * 500).status_code == 201
    assert (set(listed(server)), server.photos(), server.spool()) == ({"/dav/"}, [], [])


def test_a_file_sent_under_a_passing_name_is_called_by_its_own(server: WebServer) -> None:
    """FolderSync and others send to a passing name and rename, so that a broken sending is told from a whole one."""
    put(server, "DSC00647.JPG.part", jpeg(1))
    assert ask(server, "MOVE", "DSC00647.JPG.part", Destination="http://elsewhere/dav/DSC00647.JPG").status_code == 201
    assert [photo["file_name"] for photo in server.photos()] == ["DSC00647.JPG"]
    assert set(listed(server)) == {"/dav/", "/dav/DSC00647.JPG"}


def test_folders_are_made_moved_copied_and_taken_away_while_photos_stay(server: WebServer) -> None:
    assert ask(server, "MKCOL", "a_%").status_code == 201
    assert ask(server, "MKCOL", "a_%").status_code == 405
    assert ask(server, "MKCOL", "axx").status_code == 201
    assert ask(server, "MKCOL", "a_%/b").status_code == 201
    put(server, "a_%/b/1.jpg", jpeg(1))
    put(server, "axx/2.jpg", jpeg(2))
    assert ask(server, "MOVE", "a_%", Destination="/dav/c").status_code == 201
    assert set(listed(server, "c/b")) == {"/dav/c/b/", "/dav/c/b/1.jpg"}
    assert ask(server, "COPY", "c", Destination="/dav/d").status_code == 201
    assert ask(server, "COPY", "axx/2.jpg", Destination="/dav/d/b/1.jpg", Overwrite="F").status_code == 412
    assert ask(server, "COPY", "axx/2.jpg", Destination="/dav/d/b/1.jpg").status_code == 204
    assert ask(server, "MOVE", "c", Destination="/dav/c/b/e").status_code == 409
    assert ask(server, "DELETE", "c").status_code == 204
    assert ask(server, "DELETE", "c").status_code == 404
    assert set(listed(server)) == {"/dav/", "/dav/axx/", "/dav/d/"}
    assert server.http.get("/dav/d/b/1.jpg").content == jpeg(2)
    assert len(server.photos()) == 2


def test_finder_writes_by_lock_empty_file_and_file(server: WebServer) -> None:
    lock = ask(server, "LOCK", "a.jpg", LOCK, Depth="0", Timeout="Second-900")
    assert lock.status_code == 201
    assert "Finder &amp; co" in lock.text
    token = lock.headers["lock-token"]
    assert put(server, "a.jpg", b"").status_code == 423
    assert put(server, "a.jpg", b"", If=f"({token})").status_code == 204
    assert listed(server)["/dav/a.jpg"][f"{DAV}getcontentlength"] == "0"
    assert put(server, "a.jpg", jpeg(1), If=f"({token})").status_code == 204
    assert ask(server, "LOCK", "a.jpg", LOCK).status_code == 423
    assert ask(server, "LOCK", "a.jpg", If=f"({token})", Timeout="Second-60").status_code == 200
    assert ask(server, "DELETE", "a.jpg").status_code == 423
    assert ask(server, "UNLOCK", "a.jpg", Lock_Token=token).status_code == 204
    assert ask(server, "UNLOCK", "a.jpg", Lock_Token=token).status_code == 409
    assert put(server, "a.jpg", jpeg(2)).status_code == 204


def test_explorer_sets_the_time_of_a_file(server: WebServer) -> None:
    put(server, "a.jpg", jpeg(1))
    body = (
        '<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop>'
        "<Z:Win32LastModifiedTime>Tue, 13 May 2014 16:53:20 GMT</Z:Win32LastModifiedTime>"
        "<Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>"
    )
    answer = ask(server, "PROPPATCH", "a.jpg", body)
    assert (answer.status_code, answer.text.count("200 OK")) == (207, 1)
    assert listed(server)["/dav/a.jpg"][f"{DAV}getlastmodified"] == "Tue, 13 May 2014 16:53:20 GMT"


@pytest.mark.parametrize(
    "body",
    [
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><propfind xmlns="DAV:">&b;</propfind>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        "<propfind",
        "\x00\x01",
        "<p xmlns='DAV:'><prop>" + "".join(f"<a{n}/>" for n in range(300)) + "</prop></p>",
    ],
)
def test_xml_that_means_harm_or_nothing_is_refused(server: WebServer, body: str) -> None:
    assert ask(server, "PROPFIND", "", body, Depth="0").status_code == 422
    assert ask(server, "PROPFIND", "", Depth="infinity").status_code == 403
    assert ask(server, "PROPFIND", "nothing", Depth="0").status_code == 404


def test_headers_and_times_that_make_no_sense_are_no_failure_of_the_server(server: WebServer) -> None:
    put(server, "a.jpg", jpeg(1))
    assert put(server, "b.jpg", jpeg(2), **{"X-OC-MTime": "9" * 5000}).status_code == 201
    assert ask(server, "MOVE", "a.jpg", Destination="http://[localhost/dav/b.jpg").status_code == 422
    body = (
        '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:lastmodified>Tue, 99999999999999999999 May 2014 16:53:20 GMT'
        "</D:lastmodified></D:prop></D:set></D:propertyupdate>"
    )
    assert ask(server, "PROPPATCH", "a.jpg", body).status_code == 207


def test_other_sites_pages_cannot_put_here(server: WebServer) -> None:
    assert put(server, "a.jpg", jpeg(1), Origin="https://evil.example").status_code == 403
    assert ask(server, "PROPFIND", "", Depth="0", Host="evil.example").status_code == 403
    assert server.photos() == []


def rclone(server: WebServer, *words: str) -> subprocess.CompletedProcess[str]:
    """Run rclone, which knows the inbox as `inbox:`."""
    program = str(Path(sys.executable).with_name("rclone"))
    options = [f"--webdav-url=http://127.0.0.1:{server.port}/dav", "--webdav-vendor=owncloud", "--config="]
    command = [program, *words, *options, "--retries=1", "--low-level-retries=1"]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.long)])
def test_rclone_copies_checks_and_then_has_nothing_to_do(server: WebServer, tmp_path: Path, count: int) -> None:
    folder = tmp_path / "camera"
    for number in range(count):
        file = folder / f"day {number % 3}" / f"DSC{number:05}.JPG"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(jpeg(number))
    copied = rclone(server, "copy", str(folder), ":webdav:", "--transfers=4")
    assert copied.returncode == 0, copied.stderr
    assert server.http.get("/photos/", params={"limit": 1}).json()["photos"]
    checked = rclone(server, "check", "--download", str(folder), ":webdav:")
    assert (checked.returncode, "0 differences found" in checked.stderr) == (0, True), checked.stderr
    again = rclone(server, "copy", str(folder), ":webdav:", "-v", "--stats-one-line")
    assert (again.returncode, "Copied (" in again.stderr) == (0, False), again.stderr


@pytest.mark.skipif(shutil.which("cadaver") is None, reason="cadaver is not installed")
def test_cadaver_lists_puts_moves_and_gets(server: WebServer, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(1))
    script = "mkcol sub\ncd sub\nput a.jpg\nls\nlock a.jpg\nunlock a.jpg\nmove a.jpg b.jpg\nget b.jpg c.jpg\nquit\n"
    run = subprocess.run(
        ["cadaver", f"http://127.0.0.1:{server.port}/dav/"],
        input=script,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        check=False,
    )
    assert "failed" not in run.stdout, run.stdout
    assert (tmp_path / "c.jpg").read_bytes() == jpeg(1)
    assert set(listed(server, "sub")) == {"/dav/sub/", "/dav/sub/b.jpg"}
