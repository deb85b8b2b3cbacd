"""What the owner can set, in one YAML file and the environment. This is the only place that reads either.

`declared.py` is the list: one more setting is one more field there, its help beside it. `kinds.py` says
what a value may look like, `reading.py` puts file and environment together, `showing.py` prints them.
Settings are read once, by the command that starts, and handed on as arguments.
"""

from __future__ import annotations

from mediascream.settings.declared import FlickrConvert, FlickrPrivacy, Settings
from mediascream.settings.kinds import Network, Secret, is_loopback, is_private
from mediascream.settings.reading import load, load_for_command
from mediascream.settings.showing import Shown, effective

__all__ = [
    "FlickrConvert",
    "FlickrPrivacy",
    "Network",
    "Secret",
    "Settings",
    "Shown",
    "effective",
    "is_loopback",
    "is_private",
    "load",
    "load_for_command",
]
