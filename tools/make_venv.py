"""Makes a virtual environment with pip in it, also where Debian left out `python3-venv`. Run by make.

Debian's `python3 -m venv` fails without the package `python3-venv`, for pip's own wheel lies in
`python3-pip-whl`. That one is downloaded and unpacked beside the environment: this needs no root.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path


def main(target: Path) -> None:
    """Leave a whole environment at `target`, or none."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this may well be run by an older one
        sys.exit(f"Mediascream needs Python 3.11 or newer, this is {sys.version.split()[0]}: make PYTHON=python3.11 …")
    try:
        make(target)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(target, ignore_errors=True)
        sys.exit(f"{target} could not be made: {error}\nInstall Debian's package python3-venv and try again.")


def make(target: Path) -> None:
    """With pip where this Python can; else without, and pip is brought in from Debian's wheel."""
    can = importlib.util.find_spec("ensurepip") is not None
    venv.create(target, clear=True, with_pip=can, symlinks=True)
    if can:
        return
    with tempfile.TemporaryDirectory(prefix="pip-wheel-") as folder:
        wheel = debian_wheel(Path("/")) or fetch_wheel(Path(folder))
        # A wheel is a zip archive that Python can import from: this is pip installing itself.
        subprocess.run(
            [target / "bin" / "python", f"{wheel}/pip", "install", "--quiet", "--no-index", wheel], check=True
        )


def debian_wheel(root: Path) -> Path | None:
    """The pip wheel of an unpacked or installed `python3-pip-whl`, if any."""
    return next((root / "usr/share/python-wheels").glob("pip-*.whl"), None)


def fetch_wheel(folder: Path) -> Path:
    """Download Debian's pip wheel into `folder`, without installing anything on the machine."""
    download = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", "python3-pip-whl"]
    if subprocess.run(download, cwd=folder, stderr=subprocess.DEVNULL, check=False).returncode != 0:
        # A new machine does not know yet what there is to download; only root may tell it.
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(download, cwd=folder, check=True)
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
    wheel = debian_wheel(folder)
    if wheel is None:
        raise FileNotFoundError("python3-pip-whl holds no wheel")
    return wheel


if __name__ == "__main__":
    main(Path(sys.argv[1]))
