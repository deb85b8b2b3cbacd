"""`/docs`: the API and its problems as one plain page without any script, made of `/openapi.json`."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from mediascream.errors import FilesRefused, MediascreamError
from mediascream.web.problems import ELSEWHERE, STATUSES

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
summary { cursor: pointer; padding: .3rem 0 } code, pre { font-family: ui-monospace, monospace; font-size: .9em }
summary b { display: inline-block; min-width: 4.5rem } pre { overflow: auto; padding: .6rem; border: 1px solid #8888 }
table { border-collapse: collapse } td, th { text-align: left; padding: .2rem 1rem .2rem 0; vertical-align: top }
details details { margin-left: 1rem } :target { background: #fd44 }
"""

_METHODS: Final = ("get", "post", "put", "patch", "delete")


def docs_page(description: Mapping[str, Any]) -> str:
    """The page, as HTML."""
    info = description["info"]
    return "\n".join(
        [
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>{escape(info['title'])}: the API</title><style>{_STYLE}</style>",
            f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info.get('description', ''))}</p>",
            '<p>For programs: <a href="/openapi.json">openapi.json</a>. Errors are <a href="#problems">problems</a>.</p>',
            *_groups(description["paths"]),
            '<h2 id="schemas">Shapes</h2>',
            *(_schema(name, schema) for name, schema in sorted(description["components"]["schemas"].items())),
            '<h2 id="problems">Problems</h2><table><tr><th>code<th>status<th>what it means</tr>',
            *_problems(),
            "</table></html>",
        ]
    )


def _groups(paths: Mapping[str, Any]) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for path, operations in paths.items():
        for method in _METHODS:
            if method in operations:
                operation = operations[method]
                groups.setdefault(operation["tags"][0], []).append(_operation(method, path, operation))
    for name, shown in groups.items():
        yield f"<h2>{escape(name)}</h2>"
        yield from shown


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    values = list(operation.get("parameters", []))
    rows = "".join(
        f"<tr><td><code>{escape(value['name'])}</code><td>{escape(value['in'])}<td>{escape(value.get('description', ''))}</tr>"
        for value in values
    )
    body = operation.get("requestBody")
    return (
        f"<details><summary><b>{method.upper()}</b><code>{escape(path)}</code> {escape(operation['summary'])}</summary>"
        f"<p>{escape(operation.get('description', ''))}</p>"
        + (f"<table>{rows}</table>" if rows else "")
        + (f"<p>Body:</p>{_contents(body)}" if body else "")
        + "".join(
            f"<p>{escape(status)}: {escape(answer.get('description', ''))} {_contents(answer)}</p>"
            for status, answer in operation["responses"].items()
        )
        + "</details>"
    )


def _contents(carrier: Mapping[str, Any]) -> str:
    return "".join(
        f"<code>{escape(media_type)}</code> {_link(content.get('schema', {}))}"
        for media_type, content in carrier.get("content", {}).items()
    )


def _link(schema: Mapping[str, Any]) -> str:
    name = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
    if name:
        return f'<a href="#schema-{escape(name)}">{escape(name)}</a>'
    return _as_json(schema) if schema else ""


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    return f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>{_as_json(schema)}</details>'


def _as_json(schema: Mapping[str, Any]) -> str:
    return f"<pre>{escape(json.dumps(schema, indent=2, ensure_ascii=False))}</pre>"


def _problems() -> Iterator[str]:
    for kind in _errors(MediascreamError):
        status = next(STATUSES[parent][0] for parent in kind.__mro__ if parent in STATUSES)
        meaning = (kind.__doc__ or "").splitlines()[0]
        yield f'<tr id="{escape(kind.code)}"><td><code>{escape(kind.code)}</code><td>{status:d}<td>{escape(meaning)}</tr>'


def _errors(parent: type[MediascreamError]) -> Iterator[type[MediascreamError]]:
    """Every error that can come over HTTP."""
    for kind in parent.__subclasses__():
        if kind not in {*ELSEWHERE, FilesRefused}:
            yield kind
            yield from _errors(kind)
