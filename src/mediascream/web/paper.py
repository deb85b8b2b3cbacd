"""Pages made by the server itself, in the colours of the gallery, without any script in them."""

from collections.abc import Iterable
from html import escape
from typing import Final

from starlette.responses import HTMLResponse

_STYLE: Final = """
:root { color-scheme: light dark; --ground: light-dark(#faf9f7, #121213); --surface: light-dark(#fff, #1c1c1e);
  --text: light-dark(#1d1b19, #f2f0ed); --quiet: light-dark(#6b6661, #a5a099); --line: light-dark(#00000024, #ffffff2a);
  --accent: light-dark(#c8402a, #ff8468); --on-accent: light-dark(#fff, #2a0d06); --bad: light-dark(#c2251f, #ff7b72) }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; padding: 2rem 1rem; color: var(--text); background: var(--ground) }
main { max-width: 46rem; margin: 0 auto } main.small { max-width: 22rem; margin-top: 12vh }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2.5rem } a { color: var(--accent) }
label { display: block; margin: .8rem 0 .2rem } .quiet { color: var(--quiet) } .bad { color: var(--bad) }
input, select { font: inherit; width: 100%; padding: .6rem .7rem; border: 1px solid var(--line); border-radius: 10px;
  color: inherit; background: var(--surface) }
button, a.button { font: inherit; font-weight: 600; padding: .6rem 1rem; border: 0; border-radius: 10px; cursor: pointer;
  color: var(--on-accent); background: var(--accent); margin-top: 1rem; white-space: nowrap }
a.button { display: inline-block; text-decoration: none; white-space: normal; overflow-wrap: anywhere }
button.other, a.other { color: var(--text); background: none; border: 1px solid var(--line); font-weight: 400; margin-top: 0 }
button.plain { color: var(--text); background: none; border: 1px solid var(--line); margin: 0; font-weight: 400; padding: .3rem .7rem }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
table { width: 100%; border-collapse: collapse } td, th { text-align: left; padding: .5rem .8rem .5rem 0; vertical-align: top;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere } td:last-child { text-align: right; padding-right: 0 }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere } .box { padding: 1rem; border-radius: 10px;
  background: var(--surface); border: 1px solid var(--line) }
"""


def sheet(title: str, *parts: str, small: bool = False, status: int = 200) -> HTMLResponse:
    """A page; `parts` are HTML, `title` is text."""
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Mediascream</title><style>{_STYLE}</style>"
    )
    body = f"<h1>{escape(title)}</h1>{''.join(parts)}"
    html = f'<!doctype html><html lang="en"><head>{head}</head><body><main{" class=small" if small else ""}>{body}</main></body></html>'
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store", "Referrer-Policy": "same-origin"})


def table(heads: Iterable[str], rows: Iterable[str], none: str) -> str:
    """Rows of HTML under their heads, and a column for a button; `none` where there are no rows."""
    body = "".join(rows)
    if not body:
        return f'<p class="quiet">{none}</p>'
    return f"<table><tr>{''.join(f'<th>{head}' for head in heads)}<th></tr>{body}</table>"


def button(action: str, label: str) -> str:
    """A form that is nothing but its button."""
    return f'<form method="post" action="{action}"><button class="plain">{label}</button></form>'
