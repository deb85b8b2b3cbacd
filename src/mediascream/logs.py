"""What is told on stderr, and in which form: a line a person can read, or one for a program where none looks on."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logs(*, least: int = logging.INFO) -> None:
    """Send our own and other libraries' records to stderr, one line each, no line break in any.

    `least` is the level from which on they are told; a command that says itself what it found raises it.
    """
    renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(least),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            _one_line,
            renderer,
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr
    )


def _one_line(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Names that strangers chose must not begin a line of the log, nor move a terminal's cursor."""
    return {key: _plain(value) if key != "exception" else value for key, value in event.items()}


def _plain(value: object) -> object:
    if not isinstance(value, str):
        return value
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in value)
