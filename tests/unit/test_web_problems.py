from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.testclient import TestClient

from mediascream import errors
from mediascream.errors import (
    DiskFull,
    EmptyUpload,
    FilesRefused,
    MediascreamError,
    NotAPhoto,
    Refusal,
    TryLater,
    UploadCut,
)
from mediascream.web import problems


class Body(BaseModel):
    names: list[int]


def ask(
    method: str, path: str, error: Exception | None = None, **more: Any
) -> tuple[int, dict[str, Any], dict[str, str]]:
    app = FastAPI()
    problems.install(app)

    @app.get("/raises")
    def raises(limit: int = 1) -> None:
        if error is not None:
            raise error

    @app.post("/body")
    def body(body: Body) -> None: ...

    answer = TestClient(app, raise_server_exceptions=False).request(method, path, **more)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    return answer.status_code, answer.json(), dict(answer.headers)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.NoPhotoField("d"), 422, "no-photo-file"),
        (errors.EmptyUpload("d"), 422, "empty-file"),
        (errors.FieldInvalid("d"), 422, "field-invalid"),
        (errors.SkipUnknown("d"), 422, "skip-unknown"),
        (errors.DigestMismatch("d"), 422, "digest-mismatch"),
        (errors.UploadCut("d"), 400, "upload-cut"),
        (errors.NotAPhoto("d"), 415, "not-a-photo"),
        (errors.UploadTooLarge("d"), 413, "too-large"),
        (errors.PhotoUnknown("d"), 404, "photo-unknown"),
        (errors.DeliveryUnknown("d"), 404, "delivery-unknown"),
        (errors.CallerRefused("d"), 403, "caller-refused"),
        (errors.ConflictingState("d"), 409, "conflicting-state"),
        (errors.DiskFull("d"), 507, "disk-full"),
        (errors.NoRendition("d"), 404, "no-rendition"),
        (errors.NotInArchive("d"), 404, "not-in-archive"),
        (errors.DestinationBlocked("d", reason="no-bucket"), 503, "destination-blocked"),
    ],
)
def test_each_error_has_its_status(error: MediascreamError, status: int, code: str) -> None:
    told, problem, _ = ask("GET", "/raises", error)
    assert (told, problem["code"], problem["detail"]) == (status, code, "d")
    assert problem["title"]
    assert problem["type"] == f"/docs#{code}"


def test_every_error_that_comes_over_http_has_a_status_of_its_own_kind() -> None:
    def leaves(kind: type[MediascreamError]) -> list[type[MediascreamError]]:
        return [leaf for child in kind.__subclasses__() for leaf in (child, *leaves(child))]

    named = set(problems.STATUSES) - {MediascreamError}
    others = (*problems.ELSEWHERE, FilesRefused)
    unnamed = [
        kind for kind in leaves(MediascreamError) if not issubclass(kind, others) and not set(kind.__mro__) & named
    ]
    assert unnamed == []


def test_what_passes_says_when_to_come_again() -> None:
    status, _, headers = ask("GET", "/raises", TryLater("d", reason="busy", retry_after_s=2.5))
    assert (status, headers["retry-after"]) == (503, "2")
    assert "retry-after" not in ask("GET", "/raises", TryLater("d", reason="busy"))[2]


def test_each_bad_file_of_an_upload_is_named() -> None:
    bad = [Refusal(1, "a.txt", NotAPhoto("no photo")), Refusal(3, "b.jpg", EmptyUpload("empty"))]
    status, problem, _ = ask("GET", "/raises", FilesRefused(bad))
    assert (status, problem["code"], problem["detail"]) == (415, "not-a-photo", "no photo")
    assert problem["errors"] == [
        {"index": 1, "file_name": "a.txt", "code": "not-a-photo", "detail": "no photo"},
        {"index": 3, "file_name": "b.jpg", "code": "empty-file", "detail": "empty"},
    ]


def test_what_is_not_there_or_not_allowed_is_a_problem_too() -> None:
    assert ask("GET", "/nowhere")[:2] == (
        404,
        {"type": "/docs#not-found", "title": "Not Found", "status": 404, "detail": "Not Found", "code": "not-found"},
    )
    status, problem, headers = ask("DELETE", "/raises")
    assert (status, problem["code"], headers["allow"]) == (405, "method-not-allowed", "GET, HEAD")


def test_a_wrong_value_is_pointed_at_and_not_repeated() -> None:
    status, problem, _ = ask("POST", "/body", json={"names": [1, "s3cret"]})
    assert (status, problem["code"]) == (422, "field-invalid")
    assert [part["pointer"] for part in problem["errors"]] == ["/names/1"]
    assert "s3cret" not in str(problem)
    assert ask("GET", "/raises?limit=x")[1]["errors"][0]["pointer"] == "limit"


def test_what_is_no_json_is_told_so() -> None:
    assert ask("POST", "/body", content=b"{", headers={"Content-Type": "application/json"})[0] == 422


@pytest.mark.parametrize("error", [ZeroDivisionError("secret"), MediascreamError("d")])
def test_what_nobody_foresaw_is_a_500(error: Exception) -> None:
    status, problem, _ = ask("GET", "/raises", error)
    assert status == 500
    assert "secret" not in str(problem)


def test_no_two_kinds_are_listed_with_a_wrong_parent() -> None:
    assert problems.status_of(UploadCut("d"))[0] != problems.status_of(EmptyUpload("d"))[0]
    assert problems.status_of(DiskFull("d"))[0] == 507
