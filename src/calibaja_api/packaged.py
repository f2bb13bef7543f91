"""Where the seed files and migrations are: inside an installed package, or at the top of a checkout."""

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_ROOTS: Final = (_HERE / "_packaged", _HERE.parent.parent)


def folder(name: str) -> Path:
    """The folder `seed` or `migrations` that came with the program."""
    for root in _ROOTS:
        if (root / name).is_dir():
            return root / name
    raise FileNotFoundError(f"the installation is incomplete: it has no folder {name}")
