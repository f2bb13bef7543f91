"""How many instructions of the processor an answer takes at the door, without a server around it.

    python -m benchmarks.instructions

valgrind's callgrind counts them: the same each time but for a hundredth, where the speed of a shared machine drifts by
a factor of two. It counts neither what the kernel does nor how long an instruction waits for memory.
"""

import json
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from rich.console import Console

from benchmarks.at_door import CALLGRIND_CONTROL
from benchmarks.datasets import packaged
from benchmarks.machine import ROOT, NotHere, clean_environment, python
from benchmarks.questions import read
from calibaja_api.shapes.values import MAX_FACET_LIMIT
from calibaja_api.sqlite import url_of

WARM: Final = 72
"""Answers that are made before any is counted."""
COUNTED: Final = (24, 144)
"""Answers that are counted, twice: what more of them take is what they take, without what it takes to count."""

_TOTAL: Final = re.compile(r"^totals: ([0-9]+)$", re.MULTILINE)


def targets(facts: Sequence[str]) -> dict[str, list[str]]:
    """What is asked of the packaged dataset, by what it is."""
    questions = read("packaged", {"fact": facts})
    lists = [question.of_service().path for question in questions.lists]
    # Says nothing where no facet is asked for, but is another question each time.
    new = [f"{path}&facet_limit={number}" for number in range(1, MAX_FACET_LIMIT) for path in lists]
    return {
        "a list of 20 facts": lists,
        "a list of 20 facts that was not asked for before": new[: WARM + max(COUNTED)],
        "a fact": [request.path for request in questions.others["items"]],
    }


def instructions(database: str, asked: Sequence[str]) -> int:
    """How many instructions the answer to one of some questions takes, on average."""
    fewer, more = (_counted(database, asked, answers) for answers in COUNTED)
    return (more - fewer) // (COUNTED[1] - COUNTED[0])


def _counted(database: str, asked: Sequence[str], answers: int) -> int:
    """How many instructions so many answers take, and to begin and end counting."""
    all_ = list(islice(cycle(asked), WARM + answers))
    with tempfile.TemporaryDirectory() as folder:
        questions, counts = Path(folder) / "asked.json", Path(folder) / "counts"
        questions.write_text(json.dumps([all_[:WARM], all_[WARM:]]), encoding="utf-8")
        command = ["valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={counts}"]
        command += python("-m", "benchmarks.at_door", str(questions))
        environment = clean_environment(CALIBAJA_DATABASE_URL=database, CALIBAJA_CACHE_BYTES="0")
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        found = _TOTAL.search(counts.read_text(encoding="utf-8"))
    if found is None:
        raise RuntimeError("callgrind did not tell what it counted")
    return int(found[1])


def main() -> None:
    """Count, and print what was counted."""
    if not CALLGRIND_CONTROL:
        raise NotHere("valgrind is not installed; on Debian and Ubuntu: apt-get install valgrind")
    path = packaged()
    with closing(sqlite3.connect(path)) as connection:
        facts = [id_ for (id_,) in connection.execute("SELECT id FROM fact ORDER BY id LIMIT 12")]
    for what, asked in targets(facts).items():
        Console(highlight=False).print(f"{what}: {instructions(url_of(path), asked):,}")


if __name__ == "__main__":
    try:
        main()
    except NotHere as missing:
        sys.exit(str(missing))
