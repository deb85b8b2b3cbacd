"""Promises that the project's own files make: builds are the same everywhere, and name no index."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(lock: Path) -> dict[str, str]:
    """Name and marker -> version, of a lock file."""
    found = re.findall(r"^([a-z0-9-]+)==(\S+)( ; [^\\]+?)? \\$", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name + marker: version for name, version, marker in found}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_python_lock_names_where_packages_come_from(lock: Path) -> None:
    content = lock.read_text(encoding="utf-8")
    assert re.findall(r".*(?:://|--index-url|--find-links).*", content) == []


def test_no_npm_lock_names_where_packages_come_from() -> None:
    packages = json.loads((ROOT / "gallery" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert len(packages) > 5
    assert [name for name, package in packages.items() if "resolved" in package] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_has_hashes(lock: Path) -> None:
    requirements = re.split(r"\n(?=[a-z])", lock.read_text(encoding="utf-8"))
    assert len(requirements) > 5
    assert [line for line in requirements if "--hash=sha256:" not in line] == []


def test_the_locks_agree_with_each_other() -> None:
    run, extras, build, dev = (
        locked(ROOT / "requirements" / f"{name}.txt") for name in ("run", "extras", "build", "dev")
    )
    assert run.items() < extras.items()
    for part in (extras, build):
        assert {name: dev.get(name) for name in part} == part


def test_what_a_build_needs_is_what_is_locked_for_it() -> None:
    assert PROJECT["dependency-groups"]["build"] == PROJECT["build-system"]["requires"]


def test_each_dependency_is_locked() -> None:
    names = {re.match(r"[a-z0-9-]+", line)[0] for line in PROJECT["project"]["dependencies"]}  # type: ignore[index]
    assert names <= {name.split(" ")[0] for name in locked(ROOT / "requirements" / "run.txt")}


def test_no_test_uses_mocks() -> None:
    mocking = re.compile(r"unittest\.mock|MagicMock|mocker\.")
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    assert [path.name for path in tests if mocking.search(path.read_text(encoding="utf-8"))] == []


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")]
    links = [
        (page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert len(links) > 5
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []


def test_the_drawing_of_the_layers_is_what_is_enforced() -> None:
    layers = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    enforced = [line for line in layers if not line.startswith("(")]
    assert "\n".join(["```", *enforced, "```"]) in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_the_drawing_of_the_house_names_every_room() -> None:
    drawing = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {
        path.name for path in (ROOT / "src" / "mediascream").iterdir() if not path.name.startswith(("_", "py.typed"))
    }
    assert {room for room in rooms if room not in drawing} == set()
