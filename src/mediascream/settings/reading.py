"""Puts file and environment together. The environment wins; nothing set means the default."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from mediascream.errors import SettingsInvalid
from mediascream.settings.declared import FIELDS, GROUPS, Settings
from mediascream.settings.kinds import is_unset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mediascream.settings.kinds import Kind

PREFIX = "MEDIASCREAM_"
NOT_SETTINGS = frozenset({"MEDIASCREAM_SERVER", "MEDIASCREAM_TOKEN", "MEDIASCREAM_TEST_PHOTOS"})
"""Names in the environment that are read elsewhere: by the laptop's commands and by the tests."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value that somebody set.

    Attributes:
        origin: Shown beside the value: `file /etc/m.yaml` or `environment MEDIASCREAM_PORT`.
        where: Starts a line about an error: the same, with the line in the file.
    """

    value: Any
    origin: str
    where: str


def load_for_command(option: Path | None) -> Settings:
    """The settings of this process: `--settings` wins over `SETTINGS`, and each key's variable over both."""
    return load(option, os.environ)


def load(option: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings in effect.

    Args:
        option: The file, where it was named; else `SETTINGS` in `environ` names it, or there is none.
        environ: Stands for the environment.

    Raises:
        SettingsInvalid: The file cannot be read, has a key that is not known, a value of the wrong
            kind or half of a group; one line says what and where.
    """
    file = option or (Path(environ["SETTINGS"]) if environ.get("SETTINGS", "").strip() else None)
    given = {**(from_file(file.expanduser().absolute()) if file else {}), **from_environment(environ)}
    refuse_half_groups(given)
    return Settings(
        **{FIELDS[key].name: found.value for key, found in given.items()},
        origins={key: found.origin for key, found in given.items()},
        warnings=tuple(unknown_names(environ)),
    )


def from_file(file: Path) -> dict[str, Given]:
    """What the file sets; keys without a value are left out."""
    given: dict[str, Given] = {}
    lines: dict[str, int] = {}
    for key, line, written in entries(file):
        where = f"{file}, line {line}"
        if key not in FIELDS:
            raise SettingsInvalid(f"{where}: {key} is not a setting; the nearest is {nearest(key)}")
        if key in lines:
            raise SettingsInvalid(f"{where}: {key} is set a second time; the first is in line {lines[key]}")
        lines[key] = line
        if not is_unset(written):
            value = value_of(key, written, kind_of(key).read, file.parent, where)
            given[key] = Given(value, f"file {file}", where)
    return given


def from_environment(environ: Mapping[str, str]) -> dict[str, Given]:
    """What `MEDIASCREAM_…` variables set; relative paths count from the working folder."""
    given = {}
    for key in FIELDS:
        written = environ.get(f"{PREFIX}{key}")
        if not is_unset(written):
            origin = f"environment {PREFIX}{key}"
            value = value_of(key, written, kind_of(key).read_text, Path.cwd(), origin)
            given[key] = Given(value, origin, origin)
    return given


def value_of(key: str, written: Any, read: Callable[[Any, Path], Any], folder: Path, where: str) -> Any:
    """What was written, as the program uses it.

    Raises:
        SettingsInvalid: It is of the wrong kind; the line starts with `where`.
    """
    try:
        return read(written, folder)
    except ValueError as error:
        raise SettingsInvalid(f"{where}: {key} {error}") from None


def kind_of(key: str) -> Kind[Any]:
    """How a key's value is read."""
    kind: Kind[Any] = FIELDS[key].metadata["kind"]
    return kind


def entries(file: Path) -> Iterator[tuple[str, int, Any]]:
    """Key, line and value of each entry in the file, in order; a key that comes twice comes twice."""
    content = read_bytes(file)
    try:
        yield from parsed(content)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SettingsInvalid(f"{file}{line}: this is not YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise SettingsInvalid(f"{file} is not text in UTF-8") from None
    except ValueError as error:
        raise SettingsInvalid(f"{file}: {error}") from None


def parsed(content: bytes) -> Iterator[tuple[str, int, Any]]:
    """The entries of a YAML document, by its nodes: PyYAML's own dict would hide lines and doubles."""
    loader = yaml.SafeLoader(content)
    root = loader.get_single_node()
    if root is None or root.tag == "tag:yaml.org,2002:null":
        return
    if not isinstance(root, yaml.MappingNode):
        raise ValueError("there must be lines such as PORT: 5000")
    for key, value in root.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "a list or mapping"
        yield name, key.start_mark.line + 1, loader.construct_object(value, deep=True)


def read_bytes(file: Path) -> bytes:
    """The file's content.

    Raises:
        SettingsInvalid: There is none, or none that may be read.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsInvalid(f"{file} cannot be read: {error.strerror}") from None


def refuse_half_groups(given: Mapping[str, Given]) -> None:
    """Stop where a key is given without those that it needs.

    Raises:
        SettingsInvalid: So it is.
    """
    for group in GROUPS:
        present = [key for key in given if key in group]
        missing = sorted(group - given.keys())
        if present and missing:
            raise SettingsInvalid(f"{given[present[0]].where}: {present[0]} also needs {' and '.join(missing)}")


def unknown_names(environ: Iterable[str]) -> Iterator[str]:
    """A sentence for each variable that looks like a setting and is none."""
    for name in sorted(environ):
        key = name.removeprefix(PREFIX)
        if name.startswith(PREFIX) and name not in NOT_SETTINGS and key not in FIELDS:
            yield f"{name} in the environment is not a setting; the nearest is {PREFIX}{nearest(key)}"


def nearest(key: str) -> str:
    """The known key that looks most like a mistyped one."""
    wanted = key.upper().removeprefix(PREFIX)
    return max(FIELDS, key=lambda known: difflib.SequenceMatcher(a=known, b=wanted).ratio())
