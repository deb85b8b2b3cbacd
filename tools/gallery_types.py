"""Writes gallery/src/api.ts from the description at `/openapi.json`, so that the page and the server mean the same.

Run it as `make fix`; a test fails where the file is behind. What the server answers has all its fields, also those with
a default; in what it is asked, they may be left out.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from pathlib import Path
from typing import Any, Final

from mediascream.web.app import description

FILE: Final = Path(__file__).resolve().parent.parent / "gallery" / "src" / "api.ts"
HEAD: Final = (
    "/** What the server says. Made of `/openapi.json` by tools/gallery_types.py (`make fix`): not to be edited. */\n"
)
MAPPED: Final = {"integer": "number", "number": "number", "string": "string", "boolean": "boolean", "null": "null"}
FORM: Final = "Body_"
"""How FastAPI begins the name of a form's schema; the page sends none of these forms."""
WIDTH: Final = 100
"""Of a line, in gallery/.prettierrc."""

Schema = dict[str, Any]


def written(schemas: dict[str, Schema]) -> str:
    """The whole file."""
    shown = (declared(name, schema) for name, schema in sorted(schemas.items()) if not name.startswith(FORM))
    return "\n".join([HEAD, *shown])


def declared(name: str, schema: Schema) -> str:
    """One named type, with what is said of it."""
    said = re.sub(r"\s+", " ", schema.get("description", "")).strip()
    comment = f"{_comment(said)}\n" if said else ""
    if "properties" not in schema:
        return f"{comment}{_alias(name, type_of(schema))}\n"
    strict = schema.get("additionalProperties") is False
    required = set(schema.get("required", ()))
    fields = [
        f"  {field}{'?' if strict and field not in required else ''}: {type_of(of)};"
        for field, of in schema["properties"].items()
    ]
    return "\n".join([f"{comment}export interface {name} {{", *fields, "}\n"])


def type_of(schema: Schema) -> str:
    """A type as it stands in TypeScript.

    Raises:
        ValueError: There is no word for it yet.
    """
    match schema:
        case {"$ref": str(reference)}:
            return reference.rpartition("/")[2]
        case {"anyOf": choices}:
            return " | ".join(dict.fromkeys(type_of(choice) for choice in choices))
        case {"enum": values}:
            return " | ".join(json.dumps(value) for value in values)
        case {"type": str(name)} if name in MAPPED:
            return MAPPED[name]
    return _container(schema)


def _container(schema: Schema) -> str:
    match schema:
        case {"type": "array", "items": items}:
            inner = type_of(items)
            return f"({inner})[]" if "|" in inner else f"{inner}[]"
        case {"type": "object", "additionalProperties": dict(values)}:
            keys = type_of(schema["propertyNames"]) if "$ref" in schema.get("propertyNames", {}) else "string"
            return f"Partial<Record<{keys}, {type_of(values)}>>"
        case {"type": "object", "patternProperties": dict(patterns)}:
            return f"Record<string, {' | '.join(type_of(values) for values in patterns.values())}>"
        case _:
            raise ValueError(f"no TypeScript is known for {schema}")


def _comment(said: str) -> str:
    line = f"/** {said} */"
    if len(line) <= WIDTH:
        return line
    return "\n".join(["/**", *textwrap.wrap(said, WIDTH, initial_indent=" * ", subsequent_indent=" * "), " */"])


def _alias(name: str, means: str) -> str:
    line = f"export type {name} = {means};"
    if len(line) <= WIDTH or "|" not in means:
        return line
    return "\n".join([f"export type {name} =", *(f"  | {one}" for one in means.split(" | "))]) + ";"


def main() -> int:
    """Write the file anew."""
    FILE.write_text(written(description()["components"]["schemas"]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
