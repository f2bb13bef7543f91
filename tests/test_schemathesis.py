import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.conftest import clean_environment

pytestmark = pytest.mark.slow

_log = logging.getLogger(__name__)

# Whether an id is there, and whether parameters go together, no schema can say: those refusals are right answers to a
# question that the document allows, and so is that of an address that is too long as a whole.
HOOKS = """
import schemathesis

OF_SENSE = {
    "unknown-id",
    "unknown-value",
    "foreign-cursor",
    "needs-q",
    "reversed-interval",
    "excluded-combination",
}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    if type(failure).__name__ != "RejectedPositiveData":
        return True
    problem = response.json()
    if problem["code"] == "uri-too-long":
        return len(response.request.path_url) <= 8_000
    codes = {error["code"] for error in problem["errors"]}
    return response.status_code != 400 or not codes or not codes <= OF_SENSE
"""

# A chain of questions ends where one is refused, so those of a chain ask for nothing that may not be there.
CHAINED = """

SHOWN = {"limit", "lang", "count", "include", "q"}


@schemathesis.hook
def map_query(context, query):
    return {name: value for name, value in query.items() if name in SHOWN} if query else query
"""
LINKS = 4
"""At least so many of the links between operations that Schemathesis finds by itself are followed."""


def run(tool: str, *arguments: str, cwd: Path, **settings: str) -> str:
    """What a tool of this environment says; it must end well."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name(tool)), *arguments],
        cwd=cwd,
        env=clean_environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=7_200,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:]
    return done.stdout


def checked(server: str, folder: Path, *arguments: str, hooks: str = HOOKS) -> str:
    """What Schemathesis says of a service whose document it reads, with every check that it has."""
    (folder / "hooks.py").write_text(hooks)
    always = ("--checks=all", "--generation-database=none", "--no-color")
    document = f"{server}/openapi.json"
    told = {"SCHEMATHESIS_HOOKS": str(folder / "hooks.py")}
    said = run("schemathesis", "run", document, *always, *arguments, cwd=folder, **told)
    _log.info("%s", said)
    return said


def test_the_service_keeps_what_its_document_promises(server: str, tmp_path: Path, is_long: bool) -> None:
    # Bounded it is the same every time, at length never.
    bounds = ("--max-examples=500",) if is_long else ("--max-examples=8", "--seed=1")
    said = checked(server, tmp_path, "--phases=examples,coverage,fuzzing", *bounds)
    operations = len(httpx.get(f"{server}/openapi.json").json()["paths"])
    assert f"Tested: {operations}\n" in said
    assert re.search(r"\b([0-9]{4,}) generated, \1 passed", said), said


def test_what_one_answer_says_can_be_asked_of_the_next(server: str, tmp_path: Path, is_long: bool) -> None:
    bounds = ("--max-examples=1500",) if is_long else ("--max-examples=30", "--seed=1")
    said = checked(server, tmp_path, "--phases=stateful", "--mode=positive", *bounds, hooks=HOOKS + CHAINED)
    covered = re.search(r"API Links: +([0-9]+) covered", said)
    assert covered, said
    assert int(covered[1]) >= LINKS, said
    assert re.search(r"\b([0-9]{3,}) generated, \1 passed", said), said


ASKING = """
import importlib, json, pkgutil, sys
import generated
from generated import Client
from generated.api.facts import list_facts
from generated.api.regions import get_region
from generated.api.search import compare, search
from generated.models import Comparison, FactList, ListFactsFacetsItem, ListFactsIncludeItem, ListFactsSortItem
from generated.models import Problem, RegionAnswer, SearchAnswer, SearchType

for module in pkgutil.walk_packages(generated.__path__, "generated."):
    importlib.import_module(module.name)

with Client(base_url=sys.argv[1]) as client:
    facts = list_facts.sync(
        client=client,
        limit=200,
        sort=[ListFactsSortItem("-value"), ListFactsSortItem.SUBJECT],
        include=list(ListFactsIncludeItem),
        facets=list(ListFactsFacetsItem),
        value_exists=True,
    )
    assert isinstance(facts, FactList), facts
    region = get_region.sync("tijuana", client=client)
    assert isinstance(region, RegionAnswer), region
    missing = get_region.sync("tijuna", client=client)
    assert isinstance(missing, Problem), missing
    found = search.sync(q="tijuna", type_=[SearchType.REGION, SearchType.FACT], client=client)
    assert isinstance(found, SearchAnswer), found
    subjects = ["tijuana", "baja-california"]
    compared = compare.sync(subject=subjects, predicate=["establishments"], client=client)
    assert isinstance(compared, Comparison), compared
print(json.dumps([answer.to_dict() for answer in (facts, region, missing, found, compared)]))
"""


def test_a_client_generated_from_the_document_reads_real_answers(
    server: str, http: httpx.Client, tmp_path: Path
) -> None:
    (tmp_path / "openapi.json").write_bytes(http.get("/openapi.json").content)
    (tmp_path / "generator.yaml").write_text("post_hooks: []\n")
    arguments = ("--path=openapi.json", "--config=generator.yaml", "--output-path=generated", "--meta=none")
    said = run("openapi-python-client", "generate", *arguments, "--fail-on-warning", cwd=tmp_path)
    assert not re.search("warning|error", said, re.IGNORECASE), said
    (tmp_path / "asking.py").write_text(ASKING)
    answers = json.loads(run("python", "-W", "error", "asking.py", server, cwd=tmp_path))
    facts, region, missing, found, compared = answers
    includes = "subject,region,sector,predicate,object,source,speaker"
    facets = ",".join(facts["facets"])
    addresses = [
        f"/v1/facts?limit=200&sort=-value,subject&value__exists=true&include={includes}&facets={facets}",
        "/v1/search?q=tijuna&type=region,fact",
        "/v1/compare?subject=tijuana&subject=baja-california&predicate=establishments",
    ]
    for answer, address in zip((facts, found, compared), addresses, strict=True):
        expected = http.get(address).json()
        # The generated client sends defaults, and addresses say again what was sent.
        following = [told.get("page", {}).pop("next", None) for told in (answer, expected)]
        assert answer == expected
        assert answer["data"]
        one, other = (http.get(next_).json()["data"] if next_ else None for next_ in following)
        assert one == other
    assert region == http.get("/v1/regions/tijuana").json()
    assert (missing["code"], missing["errors"][0]["suggestion"]) == ("not-found", "tijuana")
