"""The databases that are measured, each published by the normal way."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Final

from benchmarks.machine import FOLDER, ROOT, clean_environment, python
from calibaja_api import __version__
from calibaja_api.publishing import RENDERING
from calibaja_api.resources.tables import SCHEMA_REVISION
from calibaja_api.sqlite import url_of

SEED: Final = 1


def packaged() -> Path:
    """The packaged dataset, published anew: it takes moments."""
    path = FOLDER / "packaged.sqlite3"
    _run("-m", "calibaja_api", "publish", "seed", "--database", url_of(path))
    return path


def million_path(facts: int) -> Path:
    """Where a made-up dataset of so many facts is, named by all that made it."""
    made_of = [facts, SEED, SCHEMA_REVISION, RENDERING, __version__]
    digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:12]
    return FOLDER / f"facts-{facts}-{digest}.sqlite3"


def build_million(facts: int) -> Path:
    """A made-up dataset of so many facts, which tells by itself how far it is; the one that is there, if it is."""
    path = million_path(facts)
    if not path.exists():
        command = ["-m", "benchmarks.synthesize", "--facts", str(facts), "--seed", str(SEED)]
        _run(*command, "--database", url_of(path))
    return path


def _run(*arguments: str) -> None:
    done = subprocess.run(python(*arguments), cwd=ROOT, env=clean_environment(), check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments[1:3])} ended with {done.returncode}")
