"""What a running server takes: its processes, memory and open files, as Linux tells them."""

from pathlib import Path
from typing import Final

import pytest

from calibaja_api.sqlite import url_of

# With these the allocator gives back at once what is freed: what is measured is what the server holds.
ALLOCATOR: Final = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}

only_where_told = pytest.mark.skipif(
    not Path("/proc/self/maps").exists(),
    reason="the memory and the open files of another process are read from /proc, which this system has not",
)


def process_of(database: Path | str) -> int:
    """The process that serves a file, or a URL."""
    url = database if isinstance(database, str) else url_of(database)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # ended meanwhile
        if b"serve" in command and url.encode() in command:
            return int(process.name)
    raise AssertionError(f"nothing serves {url}")


def workers_of(pid: int) -> list[int]:
    """The processes that answer for one that began them; what only keeps track of them does not."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def memory_of(pid: int) -> int:
    """The bytes of memory that are a process's own. What it has mapped of a file is the system's cache."""
    status = Path(f"/proc/{pid}/status").read_text()
    [kilobytes] = [line.split()[1] for line in status.splitlines() if line.startswith("RssAnon:")]
    return int(kilobytes) << 10


def files_of(pid: int) -> list[str]:
    """What its descriptors lead to; that of a file whose name leads elsewhere now ends in `(deleted)`."""
    found = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(descriptor.readlink()))
        except FileNotFoundError:
            continue  # closed meanwhile
    return found
