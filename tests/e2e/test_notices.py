"""A running server tells a person when its archive needs one."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.e2e.pictures import jpeg
from tests.servers import BUCKET
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.running import Running
    from tests.servers import S3Server


@contextmanager
def hearing() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of a webhook, and what came to it."""
    came: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", came
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_wrong_keys_of_the_archive_are_told_while_uploads_are_taken(
    stopped: Running, rclone: S3Server, tmp_path: Path
) -> None:
    options, picture = rclone.options(), tmp_path / "a.jpg"
    picture.write_bytes(jpeg(1))
    with hearing() as (address, came):
        stopped.write_settings(
            S3_ENDPOINT=rclone.endpoint,
            S3_BUCKET=BUCKET,
            S3_ACCESS_KEY=options.access_key,
            S3_SECRET_KEY="wrong",
            S3_PREFIX=options.prefix,
            NOTIFY_URL=address,
        )
        stopped.start()
        eventually(lambda: came, within_s=30)
        assert stopped.upload(picture).status_code == 201
        assert stopped.stop() == 0
    assert [(told["key"], told["ended"]) for told in came] == [("blocked:s3", False)]
    assert "S3_SECRET_KEY" in came[0]["text"]
    assert stopped.spool(), "the photo waits where it is safe"
