"""Ctrl-C ends the server soon, whatever it is in the middle of, and nothing is lost by it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from uuid import uuid4

from tests.e2e.pictures import write_jpegs
from tests.e2e.test_samples import s3_settings
from tests.fakes.s3_faults import passing_on
from tests.servers import S3Server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.running import Running
    from tests.fakes.s3_faults import Passing


def test_a_copy_that_takes_for_ever_does_not_hold_up_the_end(
    server: Running, ministack: S3Server, tmp_path: Path
) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def hold(request: Passing) -> Passing:
        if request.method == "PUT" and "/originals/" in request.path:
            begun.set()
            let_go.wait(timeout=120)
        return request

    with passing_on(ministack.endpoint, hold) as endpoint:
        slow = S3Server(endpoint, ministack.access_key, ministack.secret_key)
        server.stop()
        server.write_settings(**s3_settings(slow, f"e2e/{uuid4().hex}"))
        server.start()
        assert server.upload(*write_jpegs(tmp_path / "photos", 2)).status_code == 201
        assert begun.wait(timeout=60)
        assert server.stop() == 0
        assert "jobs were cut short" in server.log_text()
        let_go.set()
        server.start()
        server.wait_safe()
    assert [photo["state"] for photo in server.photos()] == ["safe", "safe"]
