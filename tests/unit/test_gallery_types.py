"""gallery/src/api.ts says what the server says."""

from __future__ import annotations

import pytest

from mediascream.web.app import description
from tools.gallery_types import FILE, declared, type_of, written


def test_the_page_knows_what_the_server_says() -> None:
    assert FILE.read_text(encoding="utf-8") == written(description()["components"]["schemas"]), "run `make fix`"


def test_an_answer_has_all_its_fields_and_a_question_only_those_it_needs() -> None:
    fields = {"name": {"type": "string"}, "days": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}
    schema = {"properties": fields, "required": ["name"]}
    assert "days: number | null;" in declared("Answer", schema)
    assert "days?: number | null;" in declared("Question", schema | {"additionalProperties": False})


@pytest.mark.parametrize(
    ("schema", "type_"),
    [
        ({"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}}, "(string | null)[]"),
        (
            {"type": "object", "patternProperties": {"^a": {"$ref": "#/components/schemas/Known"}}},
            "Record<string, Known>",
        ),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, "number"),
    ],
)
def test_a_schema_becomes_the_type_that_it_describes(schema: dict[str, object], type_: str) -> None:
    assert type_of(schema) == type_


def test_a_schema_that_has_no_type_yet_is_no_guess() -> None:
    with pytest.raises(ValueError, match="no TypeScript"):
        type_of({"type": "object", "minProperties": 1})
