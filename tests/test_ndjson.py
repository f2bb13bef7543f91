"""The canonical NDJSON of a dataset, published again: checked as seed files are, and the same dataset."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import clean_environment
from tests.made import write
from tests.test_publishing import bodies

from calibaja_api.canonical import canonical_lines
from calibaja_api.client import Client
from calibaja_api.mistakes import InvalidSeed
from calibaja_api.ndjson import MAX_LINE
from calibaja_api.publishing import Draft, draft, publish
from calibaja_api.sqlite import SqliteDatabase, url_of
from calibaja_api.stamps import stamp


@pytest.fixture
def made(tmp_path: Path) -> Draft:
    return draft(write(tmp_path / "seed"))


def written(folder: Path, *lines: str) -> Path:
    file = folder / "made.ndjson"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


@pytest.mark.slow
def test_what_a_service_hands_out_is_published_again_as_the_same_dataset(
    database: Path, client: Client, tmp_path: Path
) -> None:
    version = client.dataset().version
    file, path = tmp_path / "handed-out.ndjson", tmp_path / "again" / "again.sqlite3"
    with file.open("wb") as out:
        out.writelines(client.download(version, "ndjson"))
    command = [sys.executable, "-m", "calibaja_api", "publish", str(file), "--database", url_of(path)]
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert stamp(SqliteDatabase(path)).version == version
    again = list(bodies(path))
    assert len(again) > 2_000
    assert again == list(bodies(database))


def test_lines_in_any_order_and_form_give_the_same_version(made: Draft, tmp_path: Path) -> None:
    records = [json.loads(line) for line in canonical_lines(made.catalog)]
    # Keys in another order, blanks, and other letters for the same characters.
    lines = [json.dumps(dict(reversed(record.items()))) for record in reversed(records)]
    again = draft(written(tmp_path, *lines))
    assert (again.version, again.content_sha256, again.counts) == (made.version, made.content_sha256, made.counts)
    assert list(canonical_lines(again.catalog)) == list(canonical_lines(made.catalog))


def test_the_database_of_lines_is_that_of_the_seed_files(made: Draft, tmp_path: Path) -> None:
    publish(made, SqliteDatabase(tmp_path / "seed.sqlite3"))
    publish(draft(written(tmp_path, *canonical_lines(made.catalog))), SqliteDatabase(tmp_path / "lines.sqlite3"))
    assert (tmp_path / "lines.sqlite3").read_bytes() == (tmp_path / "seed.sqlite3").read_bytes()


def test_facts_are_read_when_they_are_asked_for(made: Draft, tmp_path: Path) -> None:
    again = draft(written(tmp_path, *canonical_lines(made.catalog))).catalog
    assert again.facts_count == made.catalog.facts_count
    assert again.mentions == made.catalog.mentions
    facts, before = again.records["fact"], made.catalog.records["fact"]  # type: ignore[index]
    assert list(facts) == sorted(before)
    assert {id_: facts[id_].model_dump(exclude={"collection"}) for id_ in facts} == {
        id_: fact.model_dump() for id_, fact in before.items()
    }
    with pytest.raises(KeyError):
        facts["nothing"]


# What is wrong


def told(file: Path) -> list[str]:
    with pytest.raises(InvalidSeed) as invalid:
        draft(file)
    assert all(mistake.file == str(file) for mistake in invalid.value.mistakes)
    return [str(mistake).removeprefix(f"{file}:") for mistake in invalid.value.mistakes]


def changed(made: Draft, tmp_path: Path, id_: str, change: Callable[[dict[str, Any]], object]) -> tuple[Path, int]:
    """The lines with a change in one record, and the number of its line."""
    records = [json.loads(line) for line in canonical_lines(made.catalog)]
    [number] = [number for number, record in enumerate(records, 1) if record.get("id") == id_]
    change(records[number - 1])
    return written(tmp_path, *map(json.dumps, records)), number


FACT = "port-town-companies-2015"


@pytest.mark.parametrize(
    ("id_", "change", "mistake"),
    [
        (FACT, {"qualifer": "about"}, "qualifer: there is no such field; did you mean qualifier?"),
        (FACT, {"value": "42"}, "value: it should be a valid number, not '42'"),
        (FACT, {"basis": "seen"}, "basis: it should be 'observed', 'estimated', 'planned', 'forecast' or 'opinion'"),
        (FACT, {"time": "2015-13"}, "time: not an EDTF date"),
        (FACT, {"claim": {"en": "Only English."}}, "claim.es: is missing"),
        (FACT, {"subject": "port-tow"}, "subject: there is no"),
        (FACT, {"value": 43}, "claim: in en it does not say the figure 43"),
        (FACT, {"id": "electronics-companies"}, "id: electronics-companies is taken: "),
        (FACT, {"collection": "fact"}, "collection: there is no such collection; did you mean facts?"),
        (FACT, {"collection": None}, "collection: there is no such collection; it is one of dataset, units,"),
        ("port-town", {"parent": "nowhere"}, "parent: there is no region with the id nowhere (in port-town)"),
        ("port-town", {"kind": "hamlet"}, "kind: hamlet is not in labels.yaml, so it has no label (in port-town)"),
        ("industry", {"parent": "radio"}, "parent: it lies in itself, by parent or members (in industry)"),
        ("radio", {"id": "port-town"}, "id: port-town is the id of a region already"),
    ],
)
def test_a_record_is_checked_as_one_of_seed_files_is(
    made: Draft, tmp_path: Path, id_: str, change: dict[str, Any], mistake: str
) -> None:
    file, number = changed(made, tmp_path, id_, lambda record: record.update(change))
    assert any(line.startswith(f"{number}: {mistake}") for line in told(file)), told(file)


def test_two_facts_may_not_say_the_same(made: Draft, tmp_path: Path) -> None:
    lines = list(canonical_lines(made.catalog))
    again = json.loads(next(line for line in lines if FACT in line)) | {"id": "said-again"}
    number = len(lines) + 1
    assert told(written(tmp_path, *lines, json.dumps(again))) == [
        f"{number}: claim: {FACT} makes the same claim in en (in said-again)",
        f"{number}: claim: {FACT} makes the same claim in es (in said-again)",
    ]
    again["claim"] = {"en": "In 2015 there were 42 companies.", "es": "En 2015 había 42 empresas."}
    assert told(written(tmp_path, *lines, json.dumps(again))) == [
        f"{number}: id: {FACT} states the same; one fact can have several citations (in said-again)"
    ]
    again |= {"value": 41, "claim": {"en": "In 2015 there were 41 companies.", "es": "En 2015 había 41 empresas."}}
    assert f"{number}: note: is missing: {FACT} disagrees, and readers should know (in said-again)" in told(
        written(tmp_path, *lines, json.dumps(again))
    )


def test_a_source_that_nothing_cites_is_refused(made: Draft, tmp_path: Path) -> None:
    lines = list(canonical_lines(made.catalog))
    source = json.loads(lines[-1]) | {"id": "nowhere-cited", "name": "Nowhere Cited"}
    mistakes = told(written(tmp_path, *lines, json.dumps(source)))
    assert mistakes == [f"{len(lines) + 1}: id: nothing cites it; cite it or leave it out (in nowhere-cited)"]


@pytest.mark.parametrize(
    ("damage", "mistake"),
    [
        (lambda line: line[:-9], "is not JSON: "),
        (lambda line: line[9:], "is not JSON: "),
        (lambda _: b"", "is not JSON: "),
        (lambda line: line.replace(b"Port Town had", b"Port \xff Town had"), "is not JSON: "),
        (lambda line: b"[" + line + b"]", "is no record; a record is an object in one line"),
        (lambda line: line[:-1] + b',"basis":"observed"}', "basis: is given twice"),
        (
            lambda line: line[:-1] + b"," + b" " * MAX_LINE + b"}",
            "is longer than 1,048,576 bytes; a line is one record",
        ),
        (lambda line: b"[" * 100_000 + line, "is not JSON: "),
    ],
)
def test_a_damaged_line_is_told_by_its_number(
    made: Draft, tmp_path: Path, damage: Callable[[bytes], bytes], mistake: str
) -> None:
    lines = [line.encode() for line in canonical_lines(made.catalog)]
    [number] = [number for number, line in enumerate(lines, 1) if FACT.encode() in line]
    lines[number - 1] = damage(lines[number - 1])
    file = tmp_path / "made.ndjson"
    file.write_bytes(b"\n".join(lines) + b"\n")
    assert told(file)[0].startswith(f"{number}: {mistake}")


def test_a_file_that_was_cut_off_says_so(made: Draft, tmp_path: Path) -> None:
    lines = list(canonical_lines(made.catalog))
    file = written(tmp_path, *lines)
    file.write_bytes(file.read_bytes()[:-50])
    assert any(line.startswith(f"{len(lines)}: is not JSON: ") for line in told(file))


def test_a_dataset_without_its_own_line_is_refused(made: Draft, tmp_path: Path) -> None:
    lines = list(canonical_lines(made.catalog))
    assert told(written(tmp_path, *lines[1:])) == ["1: has no line of the collection dataset"]
    assert told(written(tmp_path, *lines, lines[0])) == [f"{len(lines) + 1}: the dataset is told twice"]
    assert told(written(tmp_path)) == ["1: has no line of the collection dataset"]


def test_so_many_mistakes_are_told_and_no_more(made: Draft, tmp_path: Path) -> None:
    lines = list(canonical_lines(made.catalog))
    mistakes = told(written(tmp_path, *lines, *(["nonsense"] * 1_500)))
    assert len(mistakes) == 1_001
    assert mistakes[-1].endswith("what else is wrong is not told")


@pytest.mark.slow
def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "calibaja_api", "publish", str(tmp_path / "none.ndjson"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "No such file" in done.stderr
    assert "Traceback" not in done.stderr
