"""Long work in several processes. They are tried in a process of their own, as copies have no threads but the first."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.conftest import clean_environment
from tests.made import write

from calibaja_api.parallel import ALONE, Work

pytestmark = pytest.mark.slow


def run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=clean_environment(), check=False, timeout=120)


def test_alone_pieces_are_done_in_order_and_told() -> None:
    told: list[tuple[str, int, int]] = []
    work = Work(tell=lambda *how_far: told.append(how_far))
    assert list(work.done("squaring", lambda number: number**2, 3)) == [0, 1, 4]
    assert told == [("squaring", done, 3) for done in range(4)]
    assert list(ALONE.done("nothing", lambda number: number, 0)) == []


@pytest.mark.parametrize("processes", [2, 3, 16])
def test_results_of_several_processes_come_in_order(processes: int) -> None:
    code = """
import os, sys
from calibaja_api.parallel import Work
results = list(Work(int(sys.argv[1])).done("squaring", lambda number: (number**2, os.getpid(), "x" * 200_000), 50))
assert [square for square, *_ in results] == [number**2 for number in range(50)]
print(len({process for _, process, _ in results} - {os.getpid()}))
"""
    done = run(code, processes)
    assert (done.returncode, done.stdout.strip()) == (0, str(processes)), done.stderr


def test_what_goes_wrong_in_a_copy_is_raised_and_no_copy_is_left() -> None:
    code = """
import multiprocessing
from calibaja_api.parallel import Work
try:
    list(Work(2).done("dividing", lambda number: 1 / (number - 7), 50))
except ZeroDivisionError as error:
    print(error, multiprocessing.active_children())
"""
    assert run(code).stdout == "division by zero []\n"


def test_a_copy_that_is_killed_is_told_of() -> None:
    code = """
import os, signal
from calibaja_api.parallel import Work
try:
    list(Work(2).done("dying", lambda number: number == 7 and os.kill(os.getpid(), signal.SIGKILL), 50))
except ChildProcessError as error:
    print(error)
"""
    assert run(code).stdout == "a process that did a share of the work ended before it was done\n"


def test_copies_end_when_the_process_that_began_them_is_killed() -> None:
    code = """
import os, time
from calibaja_api.parallel import Work
def piece(number):
    time.sleep(0.05)
    return os.getpid()
for process in Work(3).done("waiting", piece, 10_000):
    print(process, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        copies = {int(process.stdout.readline()) for _ in range(3)}
        assert len(copies) == 3
        process.send_signal(signal.SIGKILL)
        deadline = time.monotonic() + 10
        while any(is_alive(copy) for copy in copies):
            assert time.monotonic() < deadline, "a copy works on for nobody"
            time.sleep(0.05)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("source", ["seed", "lines"])
def test_several_processes_write_the_same_file_as_one(tmp_path: Path, source: str) -> None:
    write(tmp_path / "seed")
    # Many shares, so that there is something to share.
    code = """
import sys
from pathlib import Path
from calibaja_api import checking, rows
from calibaja_api.canonical import canonical_lines
from calibaja_api.parallel import Work
from calibaja_api.publishing import draft, publish
from calibaja_api.sqlite import SqliteDatabase
checking.AT_ONCE = rows.AT_ONCE = 2
source, to, work = Path(sys.argv[1]), Path(sys.argv[2]), Work(int(sys.argv[4]))
if sys.argv[3] == "lines":
    lines = to.with_suffix(".ndjson")
    lines.write_text("".join(f"{line}\\n" for line in canonical_lines(draft(source).catalog)), encoding="utf-8")
    source = lines
publish(draft(source, work), SqliteDatabase(to), work=work)
"""
    for processes in ("1", "3"):
        done = run(code, tmp_path / "seed", tmp_path / f"{processes}.sqlite3", source, processes)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "3.sqlite3").read_bytes() == (tmp_path / "1.sqlite3").read_bytes()
