"""What Mediascream is made of: its parts' licences, a bill of materials (CycloneDX), and what is known against them.

    python tools/parts.py licences     write docs/licences.md anew
    python tools/parts.py sbom         CycloneDX 1.6 as JSON, on stdout; the same for the same locks
    python tools/parts.py audit        ask osv.dev: 0 nothing is known, 1 something is, 2 nobody could be asked

`licences` and `sbom` need no network: all is read from the locks and from what is installed. `audit` sends names and versions
of the parts to osv.dev, and nothing else.

Sources, read 2026-11-24: https://google.github.io/osv.dev/post-v1-querybatch/ (1000 queries at most);
https://cyclonedx.org/docs/1.6/json/.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx2

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "licences.md"
OSV: Final = "https://api.osv.dev/v1/querybatch"
OSV_MOST: Final = 1000
UNKNOWN: Final = "see the package (other systems only)"

_LOCKED = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
_SHOWN: Final = ("lean-qr", "photoswipe", "svelte", "thumbhash")
"""What of npm ends up in the pages; the rest builds and tests them."""
_FIELDS: Final = ("License-Expression", "License")
_HEAD: Final = """# Licences

What Mediascream is made of, and under which licences; it is MIT itself. Written by `make licences` from what is installed; a
test fails where it is behind. Wheels bring libraries of their own (libvips, FFmpeg, libheif, LibRaw, OpenSSL …), whose licences
lie in the wheels.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One package in one version.

    Attributes:
        source: `pypi` or `npm`.
    """

    source: str
    name: str
    version: str
    licence: str

    @property
    def purl(self) -> str:
        """Its address as package URL."""
        return f"pkg:{self.source}/{self.name.replace('@', '%40')}@{self.version}"


def python_parts(root: Path = ROOT) -> list[Part]:
    """What runs, the extras included, as it is locked."""
    locked = _LOCKED.findall((root / "requirements" / "extras.txt").read_text(encoding="utf-8"))
    return [Part("pypi", name, version, _licence_of(name)) for name, version in dict(locked).items()]


def page_parts(root: Path = ROOT) -> list[Part]:
    """What is in the pages of the gallery, as it is locked."""
    packages = json.loads((root / "gallery" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    found = ((name, packages[f"node_modules/{name}"]) for name in _SHOWN)
    return [Part("npm", name, package["version"], package.get("license", UNKNOWN)) for name, package in found]


def licences(parts: Iterable[Part]) -> str:
    """The page; without versions, so that it changes only where a licence or a part does."""
    rows = sorted({f"| {part.name} | {part.source} | {part.licence} |" for part in parts})
    return "\n".join([_HEAD, "| part | from | licence |", "|---|---|---|", *rows, ""])


def sbom(parts: Sequence[Part]) -> dict[str, Any]:
    """A CycloneDX document."""
    components = [
        {
            "type": "library",
            "bom-ref": part.purl,
            "name": part.name,
            "version": part.version,
            "purl": part.purl,
            "licenses": [{"license": {"name": part.licence}}],
        }
        for part in parts
    ]
    number = uuid.uuid5(uuid.NAMESPACE_URL, " ".join(part.purl for part in parts))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "mediascream", "name": "mediascream"}},
        "components": components,
    }


def known_against(parts: Sequence[Part], *, url: str = OSV) -> dict[str, list[str]]:
    """The numbers of the holes that are known of each part that has some.

    Raises:
        httpx2.HTTPError: Nobody could be asked.
    """
    found: dict[str, list[str]] = {}
    with httpx2.Client(timeout=30) as http:
        for some in _in_lots(parts, OSV_MOST):
            answer = http.post(url, json={"queries": [{"package": {"purl": part.purl}} for part in some]})
            answer.raise_for_status()
            for part, result in zip(some, answer.json()["results"], strict=True):
                if numbers := [hole["id"] for hole in result.get("vulns", ())]:
                    found[part.purl] = numbers
    return found


def audit(parts: Sequence[Part], *, url: str = OSV) -> int:
    """Ask, say what came of it, and how the command ends."""
    try:
        found = known_against(parts, url=url)
    except httpx2.HTTPError as error:
        print(f"Nobody could be asked, and nothing was checked: {error}", file=sys.stderr)
        return 2
    for purl, numbers in found.items():
        print(f"{purl}: {', '.join(numbers)}")
    print(f"{len(parts)} parts, something is known of {len(found)}.", file=sys.stderr)
    return 1 if found else 0


def _in_lots(parts: Sequence[Part], size: int) -> Iterator[Sequence[Part]]:
    for start in range(0, len(parts), size):
        yield parts[start : start + size]


def _licence_of(name: str) -> str:
    """As the package says it; of one that this system does not need, as the page said it before."""
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return _said_before(name)
    written = next((text for field in _FIELDS for text in said.get_all(field) or () if text), "")
    classified = [
        line.rpartition(" :: ")[2] for line in said.get_all("Classifier") or () if line.startswith("License ::")
    ]
    short = written.strip() if "\n" not in written.strip() else ""
    return short or " or ".join(classified) or UNKNOWN


def _said_before(name: str) -> str:
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    found = re.search(rf"^\| {re.escape(name)} \| pypi \| (.+) \|$", page, re.MULTILINE)
    return found[1] if found else UNKNOWN


def main(words: Sequence[str]) -> int:
    """Do what is asked."""
    parts = [*python_parts(), *page_parts()]
    match list(words):
        case ["licences"]:
            PAGE.write_text(licences(parts), encoding="utf-8")
        case ["sbom"]:
            print(json.dumps(sbom(parts), indent=2))
        case ["audit"]:
            return audit(parts)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
