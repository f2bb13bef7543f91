"""Whether the documents are true: their examples are run, their lists are compared with the code.

`python -m tests.test_docs` writes the tables of docs/data-model.md and of the settings anew.
"""

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

import httpx
import pytest
import yaml
from pydantic import BaseModel

from calibaja_api import __version__, cli, dates
from calibaja_api.client import Client
from calibaja_api.resources import RESOURCES
from calibaja_api.settings import PREFIX, Settings
from calibaja_api.shapes import (
    Attribution,
    Bucket,
    Citation,
    ComparedRow,
    Facet,
    FactQuery,
    Hit,
    Identifier,
    Item,
    ListQuery,
    Location,
    Match,
    Member,
    Names,
    Ref,
    Role,
    Selector,
    Time,
)
from calibaja_api.shapes.vocabulary import Lang, Qualifier
from calibaja_api.text import fold
from calibaja_api.wording import date_label

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
MODEL = ROOT / "docs" / "data-model.md"
ADDING = ROOT / "docs" / "adding-data.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
ADDRESS = "http://127.0.0.1:8000"
PARTS = (Ref, Names, Time, Citation, Selector, Identifier, Location, Member, Role)
BESIDE = (Attribution, Facet, Bucket, Hit, Match, ComparedRow)

_FENCE = re.compile(r"^```(?P<language>[a-z]*) ?(?P<file>\S*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    language: str
    file: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}: {self.text.splitlines()[0][:60]}"


def blocks(page: Path) -> list[Block]:
    return [
        Block(page, found["language"], found["file"], found["text"])
        for found in _FENCE.finditer(page.read_text(encoding="utf-8"))
    ]


def commands() -> Iterator[Any]:
    """Every command that is shown with its answer."""
    for page in PAGES:
        for block in blocks(page):
            if block.language == "console":
                before, *pieces = _COMMAND.split(block.text)
                assert not before, f"{block} begins with a command"
                for command, answer in zip(pieces[::2], pieces[1::2], strict=True):
                    yield pytest.param(command.replace("\\\n", " "), answer, id=f"{page.stem}: {command}")


def programs() -> Iterator[Any]:
    """Every Python example, with what it prints when that is shown."""
    for page in PAGES:
        listed = blocks(page)
        for block, after in zip(listed, [*listed, None][1:], strict=True):
            if block.language == "python":
                shown = after.text if after is not None and after.language == "text" and not after.file else None
                yield pytest.param(block, shown, id=str(block))


def squeezed(text: str) -> str:
    """JSON without the white space between its tokens; what changes with every dataset as `*`."""
    joined = re.sub(r'("(?:[^"\\]|\\.)*")|\s+', lambda found: found[1] or "", text)
    joined = re.sub(r'"[0-9a-f]{16}(?:[0-9a-f]{16})?"', '"*"', joined)
    return re.sub(r'(cursor(?:=|":"))[\w-]+', r"\1*", joined)


def is_shown_by(real: str, shown: str) -> bool:
    """Whether the shown text is the real one, but for what `…` leaves out."""
    pieces = squeezed(shown).split("…")
    return re.fullmatch(".*".join(re.escape(piece) for piece in pieces), squeezed(real), re.DOTALL) is not None


def get(command: str, server: str) -> str:
    words = shlex.split(command)
    assert words[0] == "curl"
    *options, address = words[1:]
    assert address.startswith(ADDRESS)
    asked = address.replace(ADDRESS, server)
    if options == ["-I"]:
        headers = httpx.head(asked, timeout=10).headers
        return "".join(f"{name}: {value}\n" for name, value in headers.items())
    assert not options, "the examples need no other option of curl"
    # The mark that a table begins with is not seen in a terminal.
    return httpx.get(asked, timeout=10).text.removeprefix("\ufeff")


def calibaja(command: str, folder: Path) -> str:
    words = shlex.split(command)
    assert words[0] == "calibaja"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    done = subprocess.run(
        [sys.executable, "-m", "calibaja_api", *words[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def edited_seed(page: Path, folder: Path) -> None:
    """A copy of the seed files with the entries that a page shows, and the texts that it shows beside it."""
    shutil.copytree(ROOT / "seed", folder / "seed")
    for block in blocks(page):
        if block.language == "yaml" and block.file:
            with (folder / block.file).open("a", encoding="utf-8") as file:
                file.write("\n" + block.text)
        elif block.language == "text" and block.file:
            (folder / block.file).write_bytes(block.text.removesuffix("\n").encode())


@pytest.mark.parametrize(("command", "shown"), list(commands()))
@pytest.mark.slow
def test_a_shown_command_gives_the_shown_answer(command: str, shown: str, server: str, tmp_path: Path) -> None:
    if command.startswith("curl "):
        real = get(command, server)
    else:
        edited_seed(ADDING, tmp_path)
        real = calibaja(command, tmp_path)
        shown, real = (re.sub("[0-9a-f]{16}", "*", text) for text in (shown, real))
    assert is_shown_by(real, shown), f"{command} gives\n{real}"


@pytest.mark.parametrize(("program", "shown"), list(programs()))
def test_a_shown_program_runs_and_prints_what_is_shown(
    program: Block,
    shown: str | None,
    server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    edited_seed(ADDING, tmp_path)
    monkeypatch.chdir(tmp_path)
    exec(compile(program.text.replace(ADDRESS, server), str(program), "exec"), {"__name__": "__main__"})
    if shown is not None:
        assert capsys.readouterr().out == shown


def test_the_first_page_shows_five_requests_and_a_program() -> None:
    listed = blocks(README)
    assert sum(block.text.count("$ curl ") for block in listed) >= 5
    assert any(block.language == "python" for block in listed)


def test_no_curl_stands_where_it_is_not_run() -> None:
    for page in PAGES:
        for block in blocks(page):
            assert block.language == "console" or "curl " not in block.text, block
            assert block.language, f"{block} names no language"


def test_the_shown_selector_is_that_of_the_shown_text(tmp_path: Path) -> None:
    edited_seed(ADDING, tmp_path)
    block = next(block for block in blocks(ADDING) if block.file.startswith("seed/facts/"))
    [fact] = yaml.safe_load(block.text)
    [citation] = fact["citations"]
    selector = citation["selector"]
    text = (tmp_path / f"{citation['source']}.txt").read_text(encoding="utf-8")
    selected = text[selector["start"] : selector["end"]]
    assert hashlib.sha256(selected.encode()).hexdigest() == selector["sha256"]


MISTAKES: Final = {
    "mistakes": [("qualifier:", "qualifer:"), ("basis: observed", "basis: seen"), ('"2025-03"', '"2025-13"')],
    "claims": [
        (
            "Tijuana had about 120 plants that make medical devices in March 2025, according to its mayor.",
            "Tijuana had 130 plants that make medical devices, according to its mayor.",
        )
    ],
}


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.slow
def test_the_shown_mistakes_are_told_so(name: str, tmp_path: Path) -> None:
    edited_seed(ADDING, tmp_path)
    file = tmp_path / "seed" / "facts" / "example-weekly.yaml"
    text = file.read_text(encoding="utf-8")
    for right, wrong in MISTAKES[name]:
        assert right in text
        text = text.replace(right, wrong)
        assert wrong in ADDING.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    [shown] = [block.text for block in blocks(ADDING) if block.file == name]
    assert calibaja("calibaja publish seed --check", tmp_path) == shown


def test_the_shown_scopes_are_those_of_facts(client: Client) -> None:
    facts = exported(client, FactQuery(format="ndjson", fields=["scope", "scope_key"]))
    shown = re.findall(r"^\| `([a-z-]+)` \| ([^|`]+) \|$", section(ADDING, "Scopes"), re.MULTILINE)
    assert len(shown) >= 5
    assert set(shown) <= {(fact["scope_key"], fact["scope"]) for fact in facts}


def test_the_record_of_the_merge_names_what_is_there(client: Client) -> None:
    record = next(ROOT.glob("docs/decisions/0014-*.md")).read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`", record)) - set(Qualifier)
    questions = [resource.question(format="ndjson") for resource in RESOURCES]
    assert named - {item["id"] for question in questions for item in exported(client, question)} == set()


def exported(client: Client, question: ListQuery[Any]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in b"".join(client.export(question)).splitlines()]


def section(page: Path, title: str) -> str:
    """What stands under a heading of the second level."""
    _, _, after = page.read_text(encoding="utf-8").partition(f"\n## {title}\n")
    return after.partition("\n## ")[0]


def test_the_table_of_dates_is_true() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", section(MODEL, "Dates"), re.MULTILINE)
    assert len(rows) >= 5
    for edtf, label, earliest, latest in rows:
        span = dates.parse(edtf)
        days = ["null" if day is None else str(day) for day in (span.earliest, span.latest)]
        assert [date_label(span, Lang.EN), *days] == [label, earliest, latest]


def test_the_first_page_names_every_command() -> None:
    readme = README.read_text(encoding="utf-8")
    for name in cli.app.commands:
        assert f"`calibaja {name}" in readme, name


def test_the_newest_version_of_the_changelog_is_that_of_the_package() -> None:
    found = re.search(r"^## \[([^\]]+)\] - [0-9]{4}-[0-9]{2}-[0-9]{2}$", changelog(), re.MULTILINE)
    assert found is not None
    assert found[1] == __version__


def changelog() -> str:
    return (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#?([^)\s]*)\)", prose(page)):
        if not re.match(r"[a-z]+:", target):
            there = (page.parent / target).resolve() if target else page
            assert there.exists(), target
            assert not anchor or anchor in anchors(there), f"{target}#{anchor}"


def prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> list[str]:
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/decisions/*.md")), ids=lambda page: page.name)
def test_a_decision_says_why_and_when_it_is_violated(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    number, _, title = page.stem.partition("-")
    assert text.startswith(f"# {number}. ")
    assert "-".join(re.findall("[a-z0-9]+", fold(text.splitlines()[0]))).endswith(title)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert "Violated when " in text


def test_files_name_no_package_index_and_no_folder_of_one_machine() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: which files are the project's is not known")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    foreign = re.compile(
        r"pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|proxy[.]golang[.]org"
        r"|(?<![\w.*])/(?:home|root|work|Users)/|[A-Z]:[\\]Users"
    )
    for name in filter(None, names):
        if (ROOT / name).is_file():
            assert foreign.findall((ROOT / name).read_text(encoding="utf-8", errors="replace")) == [], name


def test_every_file_that_the_package_needs_is_in_the_image() -> None:
    """The image is built from what .dockerignore lets through."""
    patterns = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    needed = {"src", "pyproject.toml", project["project"]["readme"], *project["project"]["license-files"], *included}
    assert {f"!{name}" for name in needed} <= set(patterns)
    copied = set(re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    assert needed <= {name for line in copied for name in line.split()}


def type_words(annotation: Any) -> str:
    """A type as the tables of the data model say it."""
    arguments = [argument for argument in get_args(annotation) if argument is not type(None)]
    if get_origin(annotation) in {Union, UnionType}:
        words = "number" if arguments == [int, float] else " or ".join(type_words(each) for each in arguments)
        return words + (" or null" if len(arguments) < len(get_args(annotation)) else "")
    if get_origin(annotation) is list:
        return f"list of {type_words(arguments[0])}"
    if get_origin(annotation) is dict:
        return f"by {type_words(arguments[0])}: {type_words(arguments[1])}"
    if hasattr(annotation, "__metadata__"):
        return type_words(annotation.__origin__)
    if arguments:
        return ", ".join(f"`{value}`" for value in arguments)
    simple = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    if annotation in simple:
        return simple[annotation]
    if issubclass(annotation, BaseModel):
        name = annotation.collection if issubclass(annotation, Item) else heading(annotation)
        return f"[{heading(annotation)}](#{name})"
    return ", ".join(f"`{member.value}`" for member in annotation)


def heading(model: type[BaseModel]) -> str:
    """The name of a part of answers, as it heads its table."""
    return model.__name__.lower()


def table(model: type[BaseModel]) -> str:
    rows = [
        f"| `{name}` | {type_words(field.annotation)} | {field.description} |"
        for name, field in model.model_fields.items()
    ]
    return "\n".join(["| field | type | what it is |", "| --- | --- | --- |", *rows])


def data_model() -> str:
    """The tables of the data model: collections, then the parts that they share."""
    collections = [
        f"### {resource.name}\n\n{resource.summary.en}\n\n{table(resource.answer)}" for resource in RESOURCES
    ]
    parts = [f"### {heading(part)}\n\n{part.__doc__}\n\n{table(part)}" for part in PARTS]
    beside = [f"### {heading(part)}\n\n{part.__doc__}\n\n{table(part)}" for part in BESIDE]
    return "\n\n".join(
        [
            "## The nine collections",
            *collections,
            "## The parts they share",
            *parts,
            "## Beside and around them",
            *beside,
        ]
    )


def settings_table() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        default = {"database_url": "a file in the user's data folder", "public_url": "none"}.get(name)
        shown = default or f"`{field.default}`"
        rows.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(["| variable | default | meaning |", "| --- | --- | --- |", *rows])


def generated(page: Path) -> re.Match[str]:
    text = page.read_text(encoding="utf-8")
    found = re.search(r"(?<=<!-- generated -->\n\n).*?(?=\n\n<!-- end of generated -->)", text, re.DOTALL)
    assert found is not None, f"{page.name} has no generated part"
    return found


@pytest.mark.parametrize(("page", "made"), [(MODEL, data_model), (README, settings_table)], ids=["model", "settings"])
def test_the_generated_tables_are_current(page: Path, made: Any) -> None:
    assert generated(page)[0] == made(), "run: python -m tests.test_docs"


if __name__ == "__main__":
    for path, made_anew in ((MODEL, data_model()), (README, settings_table())):
        old = generated(path)
        path.write_text(old.string[: old.start()] + made_anew + old.string[old.end() :], encoding="utf-8")
