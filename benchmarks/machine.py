"""What the bench runs on: its CPUs, its versions, and the memory of a process."""

import os
import platform
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "var" / "bench"
DATASETTE: Final = FOLDER / "datasette-venv" / "bin" / "datasette"

_CPUS: Final = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
SERVER_CPU: Final = _CPUS[0] if _CPUS else 0
"""Where servers run."""
LOAD_CPU: Final = _CPUS[-1] if _CPUS else 0
"""Where the load comes from: another, where there are two."""

_PACKAGES: Final = ("calibaja-api", "fastapi", "starlette", "uvicorn", "uvloop", "httptools", "sqlmodel", "sqlalchemy")


class NotHere(Exception):
    """Something that the bench needs is not on this machine; the text says what to do."""


def require(*, datasette: bool) -> None:
    """Refuse a machine on which the bench cannot run, with or without Datasette."""
    if not Path("/proc/self/smaps_rollup").exists():
        raise NotHere("the bench runs on Linux only: it reads the memory of servers from /proc")
    for program, package in (("wrk", "wrk"), ("taskset", "util-linux")):
        if shutil.which(program) is None:
            raise NotHere(f"{program} is not installed; on Debian and Ubuntu: apt-get install {package}")
    if datasette and not DATASETTE.exists():
        raise NotHere("Datasette is not installed in an environment of its own; make bench does that")


def pinned(cpu: int, *command: str) -> list[str]:
    """A command that runs on one CPU."""
    return ["taskset", "--cpu-list", str(cpu), *command]


def anonymous_bytes(pid: int) -> int:
    """The memory that is a process's own; what it has mapped of a file is the system's cache."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) << 10
    raise NotHere("this kernel does not tell the anonymous memory of a process")


def cpu_seconds(pid: int) -> float:
    """The time that a process has had on a CPU, which waiting for others does not add to."""
    # The name, in parentheses, may have spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def described() -> dict[str, Any]:
    """Machine, versions, date and commit."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": _commit(),
        "machine": {
            "cpu": _cpu(),
            "cpus": len(_CPUS),
            "server_cpu": SERVER_CPU,
            "load_cpu": LOAD_CPU,
            "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "system": f"{platform.system()} {platform.release()}",
            "load_average": os.getloadavg()[0],
        },
        "versions": {
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            **{name: version(name) for name in _PACKAGES},
            "datasette": _printed(str(DATASETTE), "--version").rpartition(" ")[2],
            "wrk": _printed("wrk", "-v").partition(" [")[0].removeprefix("wrk "),
        },
    }


def clean_environment(**settings: str) -> dict[str, str]:
    """The environment without settings of the service, and these instead.

    Modules are compiled once, as an installation does it, also where the environment says that nothing is to be kept.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALIBAJA_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**kept, "PYTHONPYCACHEPREFIX": str(FOLDER / "compiled"), **settings}


def python(*arguments: str) -> list[str]:
    """A command of this Python."""
    return [sys.executable, *arguments]


def _commit() -> str | None:
    found = _printed("git", "rev-parse", "HEAD")
    if not found:
        return None
    return f"{found} and changes" if _printed("git", "status", "--porcelain") else found


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _printed(*command: str) -> str:
    """What a command prints; nothing where it cannot be run. wrk ends with 1 after its version."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return ""
    return done.stdout.strip()
