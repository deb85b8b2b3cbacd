"""`/openapi.json`, made of the routes, and true: errors are problems, uploads are described by hand."""

import re
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel

from mediascream import wire
from mediascream.intake.form import FILE_FIELD
from mediascream.photo import SERVICES
from mediascream.web.access import Right, need_of
from mediascream.web.problems import MEDIA_TYPE

_SERVICES: Final = ", ".join(SERVICES)

_SAID: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "tags": ({"type": "string"}, "Comma-separated; may be given more than once"),
    "skip": ({"type": "string"}, f"Services that must not get a copy, comma-separated: {_SERVICES}"),
    "description": ({"type": "string"}, "What a person says of the photo"),
    "taken_at": ({"type": "string", "examples": ["2026-11-24T18:30:00+01:00"]}, "RFC 3339, the offset optional"),
    "latitude": ({"type": "number", "minimum": -90, "maximum": 90}, "Together with `longitude`"),
    "longitude": ({"type": "number", "minimum": -180, "maximum": 180}, "Together with `latitude`"),
    "modified_at": ({"type": "string"}, "When the file was last changed: RFC 3339, or seconds since 1970"),
    "override": ({"type": "boolean"}, "Date and place given here win over those in the file"),
    "restore": ({"type": "boolean"}, "Take a photo out of the trash where it is there"),
}
"""The optional values of every upload."""

_VALUES: Final = {name: schema | {"description": text} for name, (schema, text) in _SAID.items()}

FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FILE_FIELD],
                    "properties": {
                        FILE_FIELD: {
                            "type": "array",
                            "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                            "description": "The file, once or more",
                        },
                        **_VALUES,
                    },
                }
            }
        },
    }
}

BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
        },
    },
    "parameters": [
        {"name": name, "in": "query", "required": False, "description": text, "schema": schema}
        for name, (schema, text) in ({"file_name": ({"type": "string"}, "What the file is called")} | _SAID).items()
    ],
}


_TUS: Final = ("Tus-Resumable", {"type": "string", "const": "1.0.0"}, "The version of tus", True)


def _headers(*headers: tuple[str, dict[str, Any], str, bool]) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "header", "required": required, "description": text, "schema": schema}
        for name, schema, text, required in headers
    ]


_PIECE: Final[dict[str, Any]] = {
    "content": {
        "application/offset+octet-stream": {
            "schema": {"type": "string", "contentMediaType": "application/octet-stream"}
        }
    }
}
_CHECKSUM: Final = ("Upload-Checksum", {"type": "string"}, "`sha1` or `sha256`, a blank, the digest in base64", False)

RESUMABLE_BEGIN: Final[dict[str, Any]] = {
    "requestBody": {"required": False, **_PIECE},
    "parameters": _headers(
        _TUS,
        ("Upload-Length", {"type": "integer", "minimum": 0}, "How many bytes there will be", False),
        ("Upload-Defer-Length", {"type": "string", "const": "1"}, "That is told later", False),
        ("Upload-Concat", {"type": "string"}, "`partial`, or `final;` with the addresses of parts", False),
        (
            "Upload-Metadata",
            {"type": "string"},
            f"Pairs of a name and a text in base64, with commas between: filename, {', '.join(_SAID)};"
            " `sha256`, where it is known, has the bytes checked at the end",
            False,
        ),
        _CHECKSUM,
    ),
}

RESUMABLE_PIECE: Final[dict[str, Any]] = {
    "requestBody": {"required": True, **_PIECE},
    "parameters": _headers(
        _TUS, ("Upload-Offset", {"type": "integer", "minimum": 0}, "Where these bytes begin", True), _CHECKSUM
    ),
}


LOGIN: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["password"],
                    "properties": {
                        "password": {"type": "string"},
                        "next": {"type": "string", "description": "Where to go on to: a path of this server"},
                    },
                }
            }
        },
    }
}


PASSKEY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["credential"],
                    "properties": {
                        "credential": {
                            "type": "object",
                            "description": "A PublicKeyCredential as its toJSON() has it",
                            "additionalProperties": True,
                        },
                        "next": {"type": "string", "description": "Where to go on to: a path of this server"},
                    },
                }
            }
        },
    }
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses that are problems.

    What is in them is said once, by `openapi_of`: a model here would be read anew for each of a hundred, at each start.
    """
    return {status: {} for status in statuses}


def page(description: str) -> dict[str, Any]:
    """A response that a person reads."""
    return {"description": description, "content": {"text/html": {"schema": {"type": "string"}}}}


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The description of `app`, with its problems called by their media type."""
    description: dict[str, Any] = app.openapi()
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            if need_of(method.upper(), _VARIABLE.sub("x", path)) not in {None, Right.KNOCK}:
                operation["responses"] |= {status: operation["responses"].get(status, {}) for status in ("401", "403")}
            _name_problems(operation)
    schemas = description["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    description["components"]["schemas"] = dict(sorted((schemas | _schemas_of(wire.Problem)).items()))
    return description


def _schemas_of(model: type[BaseModel]) -> dict[str, Any]:
    """A model and those in it, as FastAPI describes them."""
    described = model.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    parts = described.pop("$defs", {})
    found: dict[str, Any] = jsonable_encoder(parts | {model.__name__: described}, exclude_none=True)
    return found


def _name_problems(operation: dict[str, Any]) -> None:
    """Say problem where the framework says something else, or nothing: any body may be malformed or too long."""
    responses = operation["responses"]
    if "requestBody" in operation:
        responses |= {status: responses.get(status, {}) for status in ("400", "413")}
    for status, response in responses.items():
        if status >= "400" and _is_problem(response):
            response.setdefault("description", _PHRASES.get(status) or HTTPStatus(int(status)).phrase)
            response["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation["responses"] = dict(sorted(responses.items()))


_VARIABLE: Final = re.compile(r"\{[^}]*\}")

_PHRASES: Final = {"460": "Checksum Mismatch"}
"""Of statuses that HTTP does not know."""


def _is_problem(response: dict[str, Any]) -> bool:
    schemas = [content["schema"].get("$ref", "") for content in response.get("content", {}).values()]
    return all(name.endswith(("/Problem", "/HTTPValidationError")) for name in schemas)
