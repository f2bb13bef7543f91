"""Whether the bench can be believed: what it takes for right, its arithmetic, and a moment of the real thing."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from benchmarks import expected, flat, load, machine, million, mixed, packaged, questions, report, startup
from benchmarks.at_door import CALLGRIND_CONTROL
from benchmarks.flat import VARIABLE
from benchmarks.instructions import COUNTED, WARM, instructions, targets
from benchmarks.load import Answer, Load, WrongAnswer
from benchmarks.questions import ListQuestion
from benchmarks.ratios import Bound, Spread, Verdict, spread
from benchmarks.rounds import Bench, Options, Result
from benchmarks.rows import LARGE, ROWS
from benchmarks.survey import Place, spread_over, total
from tests.conftest import ROOT, clean_environment

from calibaja_api.sqlite import url_of

FACTS = [f"fact-{number}" for number in range(4)]
QUESTION = ListQuestion("region", "tijuana", 2010, 2024, "-value")


def a_load(**changed: Any) -> Load:
    errors = {"connect": 0, "read": 0, "write": 0, "status": 0, "timeout": 0}
    return replace(Load(1000, 2.0, 500_000, 1.0, 2.0, 3.0, 0.0, errors, {}), **changed)


def test_the_spread_is_the_median_and_the_quartiles() -> None:
    assert spread([3.0]) == Spread(3.0, 3.0, 3.0)
    assert spread([5.0, 1.0, 3.0, 2.0, 4.0]) == Spread(3.0, 2.0, 4.0)
    assert spread([1.0, 2.0]) == Spread(1.5, 1.25, 1.75)


@pytest.mark.parametrize(
    ("bound", "value", "verdict"),
    [
        (Bound(0.35, 0.60), 0.60, Verdict.AIM),
        (Bound(0.35, 0.60), 0.59, Verdict.MUST),
        (Bound(0.35, 0.60), 0.34, Verdict.MISSED),
        (Bound(1.3, 1.1, at_most=True), 1.1, Verdict.AIM),
        (Bound(1.3, 1.1, at_most=True), 1.2, Verdict.MUST),
        (Bound(1.3, 1.1, at_most=True), 1.31, Verdict.MISSED),
        (Bound(3, None, at_most=True), 0.5, Verdict.MUST),
        (Bound(None, 3, at_most=True), 3.1, Verdict.SHORT),
        (Bound(0, None, at_most=True), 0, Verdict.MUST),
        (Bound(0, None, at_most=True), 1, Verdict.MISSED),
    ],
)
def test_a_value_meets_a_bound_or_misses_it(bound: Bound, value: float, verdict: Verdict) -> None:
    assert bound.verdict(value) is verdict


def test_no_aim_asks_for_less_than_must_be() -> None:
    for row in ROWS:
        if row.bound.must is not None and row.bound.aim is not None:
            assert (row.bound.aim <= row.bound.must) is row.bound.at_most, row.id


def test_every_row_is_measured_by_one_module() -> None:
    measured = [*packaged.ROW_IDS, *startup.ROW_IDS, *mixed.row_ids(), *million.ROW_IDS, *mixed.row_ids(million.PREFIX)]
    measured += [f"export-{name}{end}" for name in ("ndjson", "csv") for end in ("", "-memory")]
    assert sorted(measured) == sorted(row.id for row in ROWS)


def test_what_wrk_told_is_read() -> None:
    told: dict[str, Any] = {
        "requests": 10,
        "seconds": 2.0,
        "bytes": 5000,
        "median_ms": 1.5,
        "p99_ms": 2.5,
        "longest_ms": 3.5,
    }
    told |= {"gap_ms": 0.0, "errors": {"status": 1}, "statuses": {"503": 1}}
    read = load.parse(f"Running 2s test\ntold {json.dumps(told)}\n")
    assert (read.rate, read.statuses) == (5.0, {"503": 1})
    with pytest.raises(RuntimeError, match="unable to connect"):
        load.parse("unable to connect to 127.0.0.1:1 Connection refused\n")


def test_a_load_counts_only_when_all_was_answered_with_as_many_bytes() -> None:
    a_load().check(500, 10)
    for wrong in (
        a_load(errors={"status": 1}),
        a_load(errors={"timeout": 1}),
        a_load(requests=0),
        a_load(bytes=450_000),
        a_load(bytes=550_000),
    ):
        with pytest.raises(WrongAnswer):
            wrong.check(500, 10)


def test_templates_are_filled_with_what_a_dataset_has() -> None:
    names = {"region": ["tijuana", "tecate"], "fact": ["a", "b"], "word": ["año"]}
    assert list(questions.filled("/v1/facts?region={region.1}&limit=1", names)) == ["/v1/facts?region=tecate&limit=1"]
    assert list(questions.filled("/v1/facts/{fact}", names)) == ["/v1/facts/a", "/v1/facts/b"]
    assert list(questions.filled("/v1/search?q={word}", names)) == ["/v1/search?q=a%C3%B1o"]
    with pytest.raises(IndexError):
        list(questions.filled("{region.2}", names))


def test_places_are_spread_from_the_second_page_to_the_last() -> None:
    places = [Place(str(number), "") for number in range(1000)]
    chosen = [int(place.cursor) for place in spread_over(places, 5)]
    assert chosen == [0, 250, 500, 749, 999]
    assert spread_over(places[:3], 5) == places[:3]


def fact(number: int, value: float | None, earliest: str | None = "2015-01-01", **changed: Any) -> dict[str, Any]:
    time = {"earliest": earliest, "latest": "2015-12-31"}
    return {"id": FACTS[number], "region": {"id": "tijuana"}, "sector": None, "value": value, "time": time, **changed}


def test_a_page_is_of_what_matches_with_the_greatest_first_and_what_has_none_last() -> None:
    facts = [fact(0, None), fact(1, 5), fact(2, 7), fact(3, 5)]
    assert [each["id"] for each in expected.page(QUESTION, facts)] == [FACTS[2], FACTS[1], FACTS[3], FACTS[0]]
    apart = [fact(0, 1, time=None), fact(1, 1, region=None), fact(2, 1, region={"id": "tecate"}), fact(3, 1, None)]
    assert expected.page(QUESTION, apart) == [apart[3]]
    assert expected.page(replace(QUESTION, first=2016), [fact(0, 1)]) == []
    assert expected.page(replace(QUESTION, last=2014), [fact(0, 1)]) == []


def answer(data: Any) -> Answer:
    return Answer(200, json.dumps({"data": data}).encode(), 0)


def test_a_page_in_another_order_is_wrong() -> None:
    right = expected.page(QUESTION, [fact(0, 3), fact(1, 2), fact(2, 1)])
    expected.check_page(answer(right), right)
    for wrong in (right[::-1], right[:2], [], [*right[:2], fact(2, 4)]):
        with pytest.raises(WrongAnswer):
            expected.check_page(answer(wrong), right)


def test_rows_that_tie_may_come_in_any_order() -> None:
    wanted = [fact(0, 3), fact(1, 2), fact(2, 2), fact(3, 1)]
    rows = [{"id": each["id"], "value": each["value"]} for each in wanted]
    expected.check_flat(QUESTION, rows, wanted)
    expected.check_flat(QUESTION, [rows[0], rows[2], rows[1], rows[3]], wanted)
    expected.check_flat(QUESTION, [*rows[:3], {"id": "another", "value": 1}], wanted)
    for wrong in (rows[::-1], [rows[0], rows[0], rows[1], rows[3]], rows[:3]):
        with pytest.raises(WrongAnswer):
            expected.check_flat(QUESTION, wrong, wanted)


@pytest.mark.parametrize(
    ("status", "body", "wanted"), [(404, b"{}", 200), (200, b"", 200), (200, b"{}", 304), (304, b"{}", 304)]
)
def test_another_status_or_no_body_is_wrong(status: int, body: bytes, wanted: int) -> None:
    with pytest.raises(WrongAnswer):
        expected.check_status(Answer(status, body, 0), wanted)


def test_a_row_that_fails_lets_the_others_be_measured() -> None:
    bench = Bench(Options(only=("list-*",)), lambda _: None, lambda _: None)

    def wrong() -> None:
        raise WrongAnswer("facts are missing")

    bench.attempt(["list-cold"], wrong)
    bench.attempt(["list-warm"], lambda: bench.result("list-warm", [0.9, 1.0, 0.95], []))
    bench.attempt(["item-cold"], wrong)
    assert list(bench.results) == ["list-cold", "list-warm"]
    assert bench.results["list-cold"].verdict is Verdict.FAILED
    assert bench.results["list-cold"].failure == "WrongAnswer: facts are missing"
    assert bench.results["list-warm"].verdict is Verdict.AIM


def test_what_fails_at_last_leaves_what_was_measured() -> None:
    bench = Bench(Options(only=("list-*",)), lambda _: None, lambda _: None)

    def measure() -> None:
        bench.result("list-cold", [0.5], [])
        raise OSError("the server ended")

    bench.attempt(["list-cold", "item-cold", "list-warm"], measure)
    assert {id_: result.verdict for id_, result in bench.results.items()} == {
        "list-cold": Verdict.MUST,
        "list-warm": Verdict.FAILED,
    }


def test_without_the_large_dataset_its_rows_are_not_wanted() -> None:
    options = Options(large=False)
    assert [row.id for row in ROWS if not options.wants(row.id)] == [row.id for row in ROWS if row.id.startswith(LARGE)]


def test_the_page_has_the_table_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(report.PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    before = page.read_text(encoding="utf-8")
    row = next(row for row in ROWS if row.id == "million-search")
    result = Result(row, [900.0, 1100.0, 1000.0], [], bytes=5000, figures="10 words")
    versions: dict[str, Any] = {"date": "2026-11-28T10:00:00Z", "commit": "0123456789abcdef", "versions": {"wrk": "4"}}
    on = {"cpus": 2, "cpu": "a", "memory_bytes": 1 << 34, "system": "Linux 6", "load_average": 0.1}
    report.write_page(report.markdown([result], Options(), {**versions, "machine": on}, 600), page)
    after = page.read_text(encoding="utf-8")
    line = "| 1,000,000 facts: search for a word with 10,000 hits | 1,000/s (950/s to 1,050/s) | 1,000/s | 5,000/s "
    assert f"{line}| must met | 5,000 | 10 words |\n\n{report.END.strip()}" in after
    assert "on 2026-11-28 at commit `0123456789ab`, with 6 rounds" in after
    assert after.partition(report.BEGIN)[0] == before.partition(report.BEGIN)[0]
    assert after.partition(report.END)[2] == before.partition(report.END)[2]


def test_the_flat_table_has_the_facts_and_an_end_for_each_that_is_open(server: str, tmp_path: Path) -> None:
    path = tmp_path / "flat.sqlite3"
    flat.build(server, path)
    with sqlite3.connect(path) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(fact)")]
        ids = [row[0] for row in database.execute("SELECT id FROM fact ORDER BY id")]
        odd = database.execute("SELECT count(*) FROM fact WHERE (time_edtf IS NULL) <> (to_day IS NULL)").fetchone()
        opened = database.execute("SELECT count(*) FROM fact WHERE time_latest IS NULL AND to_day > '9'").fetchone()
    database.close()
    facts = [json.loads(line) for line in httpx.get(f"{server}/v1/facts?format=ndjson").text.splitlines()]
    assert ids == sorted(each["id"] for each in facts)
    assert (odd, opened[0] > 0) == ((0,), True)
    # Both peers serve it: the tutorial's model must have all of its columns.
    program = "from benchmarks.tutorial import Fact; print(*Fact.model_fields)"
    environment = clean_environment(**{VARIABLE: str(path)})
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == columns


def test_filters_are_counted_in_an_export(server: str) -> None:
    with load.asking(server) as client:
        exact = client.get("/v1/facts?region=tijuana&limit=1&count=exact").json()["meta"]["total"]
        assert total(client, "/v1/facts?region=tijuana&facets=predicate&count=none&limit=1") == exact


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("wrk") is None, reason="wrk is not installed; on Debian and Ubuntu: apt-get install wrk"
)
def test_a_moment_of_the_bench_measures_and_writes_what_it_measured(tmp_path: Path) -> None:
    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("the bench reads the memory of servers from /proc, which this system has not")
    output = tmp_path / "results.json"
    options = ["--quick", "--rounds", "2", "--output", str(output)]
    only = [word for row in ("list-cold", "item-304", "list-tutorial", "start*") for word in ("--only", row)]
    command = [sys.executable, "-m", "benchmarks", *options, *only]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads(output.read_text())
    rows = {row["id"]: row for row in written["rows"]}
    assert list(rows) == ["list-cold", "item-304", "list-tutorial", *startup.ROW_IDS]
    assert {"date", "commit", "machine", "versions", "options", "took_seconds"} <= set(written)
    for id_ in ("list-cold", "item-304", "list-tutorial"):
        [first, second] = rows[id_]["rounds"]
        assert rows[id_]["values"] == [first["value"], second["value"]]
        assert first["value"] == pytest.approx(first["thing"]["rate"] / first["reference"]["rate"])
        assert min(first["thing"]["requests"], first["reference"]["requests"]) > 0
    assert rows["list-cold"]["bytes"] > 20_000
    assert rows["item-304"]["bytes"] == 0
    assert all(0 < row["spread"]["low"] <= row["spread"]["median"] for row in rows.values())


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(machine.NotHere, match=r"apt-get install wrk|Linux only"):
        machine.require(datasette=False)


@pytest.mark.slow
@pytest.mark.skipif(not CALLGRIND_CONTROL, reason="valgrind is not installed")
def test_the_instructions_of_an_answer_are_counted(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        facts = [id_ for (id_,) in connection.execute("SELECT id FROM fact ORDER BY id LIMIT 12")]
    found = [instructions(url_of(database), targets(facts)["a fact"]) for _ in range(2)]
    assert found[0] == pytest.approx(found[1], rel=0.03)
    # Python cannot put an answer together with fewer, and more would be no door.
    assert 20_000 < found[0] < 400_000


def test_what_is_counted_as_not_asked_for_before_is_another_question_each_time() -> None:
    new = targets(["fact"])["a list of 20 facts that was not asked for before"]
    assert len(new) == len(set(new)) == WARM + max(COUNTED)
