"""Asks the door of a service that runs in this process, and tells callgrind which of the answers to count."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from calibaja_api import answering
from calibaja_api.app import create_app
from calibaja_api.connections import Door

CALLGRIND_CONTROL: Final = shutil.which("callgrind_control") or ""
PATIENT_SECONDS: Final = 60.0
"""So long an answer may take: all are late while they are counted."""
_HEADERS: Final = [(b"host", b"127.0.0.1")]
_DATE: Final = b"date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"


async def ask(uncounted: list[str], counted: list[str]) -> None:
    """Ask for some paths, and then for those that are to be counted."""
    setattr(answering, "LOOP_SECONDS", PATIENT_SECONDS)  # noqa: B010 - it is a constant to all others
    app = create_app()
    async with app.router.lifespan_context(app) as state:
        door: Door = dict(state or {})["connections"].door
        _ask(door, uncounted)
        _count("on")
        _ask(door, counted)
        _count("off")


def _ask(door: Door, paths: list[str]) -> None:
    for path in paths:
        if door(path.encode(), _HEADERS, {}, _DATE) is None:
            raise RuntimeError(f"{path} was not answered at the door")


def _count(whether: str) -> None:
    command = [CALLGRIND_CONTROL, "--instr", whether, str(os.getpid())]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    asyncio.run(ask(*json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
