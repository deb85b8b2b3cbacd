"""nginx and Caddy in front for real: with the recipes of `docs/security.md`, and as a careless person would."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.e2e.pictures import write_jpegs
from tests.e2e.running import Running, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

RECIPES = Path(__file__).parents[1] / "proxies"
DOCS = Path(__file__).parents[2] / "docs" / "security.md"
CERTIFICATES = Path(__file__).parents[1] / "certificates"
PASSWORD = "correct horse battery"
BIG_BYTES = 20 * 2**20


def mediascream(server: Running, *arguments: str, typed: str = "") -> str:
    """Run a command of the operator beside the server's settings; what it prints."""
    server.write_settings()
    command = [sys.executable, "-m", "mediascream", *arguments]
    environment = os.environ | {"SETTINGS": str(server.file)}
    ended = subprocess.run(
        command, env=environment, input=typed, capture_output=True, text=True, timeout=60, check=True
    )
    return ended.stdout.strip()


@pytest.fixture
def guarded(stopped: Running) -> Running:
    """A server that is to stand behind a proxy of this machine, and has a password."""
    mediascream(stopped, "password", typed=f"{PASSWORD}\n")
    return stopped


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    return found or pytest.skip(f"{name} is not installed")


class Proxy:
    """A proxy that runs until `close`, and asks our server for whoever asks it."""

    def __init__(self, command: list[str], port: int, environment: dict[str, str], log: Path) -> None:
        self.url = f"https://localhost:{port}"
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.http = httpx2.Client(base_url=self.url, verify=context, timeout=60)
        self._log = log.open("ab")
        self.process = subprocess.Popen(command, env=os.environ | environment, stdout=self._log, stderr=self._log)

    def wait(self, server: Running) -> None:
        """Until it answers."""
        server.wait_until(self._answers, 30, "the proxy does not answer")

    def _answers(self) -> bool:
        try:
            return self.http.get("/health").status_code == 200
        except httpx2.TransportError:
            return False

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        self.http.close()
        self._log.close()


def start_nginx(server: Running, folder: Path, recipe: str, port: int) -> Proxy:
    """nginx, whose workers run as www-data where the test may become that user."""
    folder.mkdir(exist_ok=True)
    location = (RECIPES / recipe).read_text().replace("MEDIASCREAM", f"127.0.0.1:{server.port}")
    user = "user www-data;" if os.geteuid() == 0 else ""
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    keys = f"ssl_certificate {CERTIFICATES}/server.pem; ssl_certificate_key {CERTIFICATES}/server.pem;"
    text = (
        f"daemon off; {user} pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {temporary}\nserver {{ listen 127.0.0.1:{port} ssl; {keys}\n{location}}} }}"
    )
    (folder / "nginx.conf").write_text(text)
    return Proxy([program("nginx"), "-c", str(folder / "nginx.conf"), "-e", "stderr"], port, {}, folder / "log")


def start_caddy(server: Running, folder: Path, port: int) -> Proxy:
    folder.mkdir(exist_ok=True)
    recipe = (RECIPES / "Caddyfile").read_text().replace("MEDIASCREAM", f"127.0.0.1:{server.port}")
    recipe = recipe.replace("PUBLIC", f"localhost:{port}").replace("{\n", "{\n\ttls internal\n", 1)
    options = "{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n"
    (folder / "Caddyfile").write_text(options + recipe)
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    return Proxy(command, port, home, folder / "log")


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def behind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Proxy]]:
    """A server with a password behind a proxy of each kind, set up as the recipe says."""
    program(request.param)
    folder, port = tmp_path_factory.mktemp("behind"), free_port()
    opened: dict[str, object] = {"PUBLIC_URL": f"https://localhost:{port}", "TRUSTED_PROXIES": "127.0.0.1"}
    server, proxy = Running(folder / "data", opened), None
    try:
        mediascream(server, "password", typed=f"{PASSWORD}\n")
        server.start()
        proxy = (
            start_nginx(server, folder / "nginx", "nginx.conf", port)
            if request.param == "nginx"
            else start_caddy(server, folder / "caddy", port)
        )
        proxy.wait(server)
        yield server, proxy
    finally:
        if proxy is not None:
            proxy.close()
        server.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a proxy that runs as another user")
def test_a_bare_proxy_pass_opens_nothing_where_no_password_is_set(server: Running, tmp_path: Path) -> None:
    proxy = start_nginx(server, tmp_path / "nginx", "nginx-bare.conf", free_port())
    try:
        proxy.wait(server)
        for host in ("127.0.0.1", "localhost", "photos.example"):
            answer = proxy.http.get("/photos/", headers={"Host": host})
            assert (answer.status_code, answer.json()["code"]) == (403, "caller-refused")
    finally:
        proxy.close()


def test_by_way_of_a_proxy_a_person_logs_in_sends_much_and_hears_of_it(
    behind: tuple[Running, Proxy], tmp_path: Path
) -> None:
    _, proxy = behind
    assert proxy.http.get("/photos/").status_code == 401
    origin = {"Origin": proxy.url, "Sec-Fetch-Site": "same-origin"}
    logged_in = proxy.http.post("/login", data={"password": PASSWORD}, headers=origin)
    assert logged_in.status_code == 303
    assert "__Host-mediascream-session" in logged_in.headers["set-cookie"]
    with proxy.http.stream("GET", "/events") as events:
        assert events.status_code == 200
        (photo,) = write_jpegs(tmp_path / "photos", 1)
        content = photo.read_bytes() + bytes(BIG_BYTES)
        sent = proxy.http.post("/photos/", files={"photo_file": ("big.jpg", content)}, headers=origin)
        assert sent.status_code == 201, sent.text
        heard = next(line for line in events.iter_lines() if line.startswith("event: photo"))
    assert heard
    photo_id = sent.json()["photos"][0]["id"]
    assert proxy.http.get(f"/photos/{photo_id}/original").content == content
    foreign = proxy.http.post("/photos/", files={"photo_file": content}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403


def test_by_way_of_a_proxy_programs_resume_and_drop_files(behind: tuple[Running, Proxy], tmp_path: Path) -> None:
    server, proxy = behind
    sender = mediascream(server, "token", "create", "phone")
    (photo,) = write_jpegs(tmp_path / "photos", 1)
    content = photo.read_bytes()
    tus = {"Authorization": f"Bearer {sender}", "Tus-Resumable": "1.0.0"}
    begun = proxy.http.post("/uploads/", headers=tus | {"Upload-Length": str(len(content))})
    piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    last = proxy.http.patch(begun.headers["location"], content=content, headers=tus | piece)
    assert last.status_code == 204
    assert proxy.http.get(f"/photos/{last.headers['mediascream-photo-id']}", headers=tus).status_code == 200
    dropped = proxy.http.put("/dav/a.jpg", content=content, auth=httpx2.BasicAuth("phone", sender))
    assert dropped.status_code in {201, 204}


def test_what_is_set_before_the_proxy_by_a_caller_is_not_believed(behind: tuple[Running, Proxy]) -> None:
    server, proxy = behind
    origin = {"Origin": proxy.url, "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http"}
    answer = proxy.http.post("/login", data={"password": PASSWORD}, headers=origin)
    assert "secure" in answer.headers["set-cookie"].lower()
    assert proxy.http.get("/photos/", headers={"X-Forwarded-For": "127.0.0.1", "Cookie": ""}).status_code == 401
    direct = server.http.get("/photos/", headers={"X-Forwarded-Host": "evil.example"})
    assert direct.status_code in {401, 403}


def test_without_a_password_nothing_that_opens_the_server_lets_it_start(guarded: Running) -> None:
    guarded.settings |= {"HOST": "0.0.0.0"}
    guarded.start()
    guarded.stop()
    guarded.settings |= {"HOST": "127.0.0.1"}
    mediascream(guarded, "password", "--remove")
    guarded.settings |= {"HOST": "0.0.0.0"}
    ended = guarded.run_to_end()
    assert ended.returncode == 1
    assert "mediascream password" in ended.stderr


@pytest.mark.parametrize("recipe", ["nginx.conf", "Caddyfile"])
def test_the_recipe_that_is_tried_is_the_one_in_the_documentation(recipe: str) -> None:
    def plain(text: str) -> list[str]:
        return [re.sub(r"\s+", " ", line).strip() for line in text.splitlines() if line.strip()]

    tried = (
        (RECIPES / recipe).read_text().replace("MEDIASCREAM", "127.0.0.1:5000").replace("PUBLIC", "photos.example.org")
    )
    documented = plain(DOCS.read_text())
    assert [line for line in plain(tried) if line not in documented] == []
