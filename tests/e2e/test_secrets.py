"""No secret of a run is told by a log, a page, a metric, an error, a command, or anything in the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.pictures import write_jpegs
from tests.e2e.test_proxies import PASSWORD, mediascream

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.running import Running

SETTINGS: dict[str, object] = {
    "FLICKR_API_KEY": "the-name-of-an-app",
    "FLICKR_API_SECRET": "secret-of-the-flickr-app",
    "GPHOTOS_CLIENT_ID": "the-name-of-a-client",
    "GPHOTOS_SECRET": "secret-of-the-google-client",
    "NOTIFY_URL": "http://127.0.0.1:9/secret-of-the-notices",
    "GPHOTOS_TOKEN_URL": "http://127.0.0.1:9/token",
    "GPHOTOS_ACCESS_CODE": "4/secret-code-of-google",
    "OIDC_ISSUER": "http://127.0.0.1:9",
    "OIDC_CLIENT_ID": "the-name-at-the-provider",
    "OIDC_CLIENT_SECRET": "secret-at-the-provider",
}


def test_no_secret_of_a_run_is_told_anywhere(stopped: Running, tmp_path: Path) -> None:
    stopped.settings |= SETTINGS
    mediascream(stopped, "password", typed=f"{PASSWORD}\n")
    token = mediascream(stopped, "token", "create", "phone", "--scope", "all")
    stopped.start()
    shown = {"Authorization": f"Bearer {token}"}
    answers = [stopped.http.post("/login", data={"password": "secret-that-is-wrong"})]
    logged_in = stopped.http.post("/login", data={"password": PASSWORD})
    session = logged_in.headers["set-cookie"].partition("=")[2].partition(";")[0]
    stopped.http.cookies.clear()
    answers += [stopped.http.get("/login/oidc"), stopped.http.get("/login/oidc/callback?code=x&state=x")]
    files = [("photo_file", (file.name, file.read_bytes())) for file in write_jpegs(tmp_path / "photos", 2)]
    answers.append(stopped.http.post("/photos/", files=files, headers=shown))
    for path in ("/metrics", "/openapi.json", "/docs", "/destinations", "/health", "/photos/", "/nowhere", "/tokens"):
        answers.append(stopped.http.get(path, headers=shown))
        answers.append(stopped.http.get(path, headers={"Authorization": f"Bearer {token}x"}))
    stopped.wait_until(lambda: len(stopped.originals()) == 2, 60, "the archive did not get the photos")
    assert stopped.stop() == 0
    told = {
        "the log": stopped.log.read_bytes(),
        "answers": b"".join(answer.content + str(answer.headers).encode() for answer in answers),
        "commands": "".join(mediascream(stopped, *words) for words in (("settings",), ("token", "list"), ("sessions",))).encode(),
        "the database": b"".join(file.read_bytes() for file in stopped.data.glob("mediascream.sqlite*")),
        "the archive": b"".join(
            file.read_bytes() for name in ("originals", "renditions", "database") for file in (stopped.data / name).rglob("*")
            if file.is_file()
        ),
    }  # fmt: skip
    secrets = [PASSWORD, token, session, *(str(value) for value in SETTINGS.values() if "secret" in str(value))]
    assert len(secrets) == 8
    assert [(place, one) for place, content in told.items() for one in secrets if one.encode() in content] == []
