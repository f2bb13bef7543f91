import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT, SEED
from tests.made import COMPANIES, FILES, TEXT, Change, write

from calibaja_api.citations import verify
from calibaja_api.publishing import draft
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import SelectorRecord, Texts
from calibaja_api.shapes.vocabulary import ItemType
from calibaja_api.text import fold

ARTICLE = ROOT.parent / "shared" / "sources" / "article.txt"
ARTICLE_ID = "nearshore-americas-cali-baja"
GAZETTE = "facts/gazette.yaml"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def made(folder: Path, *changes: Change) -> Catalog:
    return draft(write(folder, *changes)).catalog


def of_text(text: str) -> Change:
    """The gazette's digest is that of this text."""
    return Change("sources.yaml", sha256(TEXT), sha256(text))


def test_every_selector_of_facts_events_members_and_roles_is_checked(tmp_path: Path) -> None:
    report = verify(made(tmp_path), "gazette", TEXT.encode())
    assert report.failures == []
    assert report.checked == sum(content.count("source: gazette") for content in FILES.values()) == 9


def test_selectors_count_code_points(tmp_path: Path) -> None:
    # Quotation marks and accents stand before the sentence of the fact, and none of them is one byte.
    start = TEXT.index("In 2015")
    assert start < TEXT.encode().index(b"In 2015")
    assert f"start: {start}" in COMPANIES
    assert not verify(made(tmp_path), "gazette", TEXT.encode()).failures


def test_a_changed_sentence_fails_where_it_is_cited_and_nowhere_else(tmp_path: Path) -> None:
    text = TEXT.replace("had 42 companies", "had 24 companies")
    report = verify(made(tmp_path, of_text(text)), "gazette", text.encode())
    (failure,) = report.failures
    assert failure.startswith("fact port-town-companies-2015, citations.0: ")
    assert sha256("In 2015 Port Town had 24 companies.") in failure
    assert sha256("In 2015 Port Town had 42 companies.") in failure


def test_a_sentence_that_moved_fails_wherever_it_is_cited(tmp_path: Path) -> None:
    text = f"News. {TEXT}"
    report = verify(made(tmp_path, of_text(text)), "gazette", text.encode())
    assert len(report.failures) == report.checked == 9
    for cited_by in ("region two-rivers, members.0", "person ana-lopez, roles.0", "event port-works-open"):
        assert any(failure.startswith(cited_by) for failure in report.failures)


def test_another_text_fails_by_its_digest_first_and_every_selector_is_checked_all_the_same(tmp_path: Path) -> None:
    text = TEXT.replace("had 42 companies", "had 24 companies")
    report = verify(made(tmp_path), "gazette", text.encode())
    digest, selector = report.failures
    assert sha256(text) in digest
    assert sha256(TEXT) in digest
    assert selector.startswith("fact port-town-companies-2015, citations.0: ")
    assert report.checked == 9


def test_a_source_without_a_digest_cannot_be_checked(tmp_path: Path) -> None:
    report = verify(made(tmp_path), "almanac", b"Almanaque")
    assert (report.checked, len(report.failures)) == (0, 1)


def test_an_unknown_source_is_a_failure_that_names_the_known(tmp_path: Path) -> None:
    report = verify(made(tmp_path), "gazete", TEXT.encode())
    assert report.checked == 0
    assert report.failures == ["there is no source gazete; there are gazette, almanac"]


@pytest.mark.parametrize("start", ["start: 0", f"start: {len(TEXT)}"])
def test_a_selector_past_the_end_fails_even_where_its_digest_fits(tmp_path: Path, start: str) -> None:
    end = len(TEXT) + 1
    selected = TEXT[int(start.removeprefix("start: ")) : end]
    beyond = f'{{source: gazette, locator: end, selector: {{{start}, end: {end}, sha256: "{sha256(selected)}"}}}}'
    report = verify(made(tmp_path, Change(GAZETTE, COMPANIES, beyond)), "gazette", TEXT.encode())
    assert report.failures == [
        f"fact port-town-companies-2015, citations.0: the text ends at {len(TEXT)}, before {end}"
    ]


# What follows needs the article, which is not ours to publish.


@pytest.fixture(scope="module")
def article() -> str:
    if not ARTICLE.is_file():
        pytest.skip("the article's text is not published with the project; its digest and positions are in seed/")
    return ARTICLE.read_bytes().decode()


@pytest.fixture(scope="module")
def packaged() -> Catalog:
    return draft(SEED).catalog


def records(catalog: Catalog) -> Iterator[Any]:
    for of_type in catalog.records.values():
        yield from of_type.values()


def found(value: object, sort: type) -> Iterator[Any]:
    """What is of a sort in a record, at any depth."""
    if isinstance(value, sort):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from found(each, sort)
    elif hasattr(value, "model_fields_set"):
        for name in value.model_fields_set:
            yield from found(getattr(value, name), sort)


def test_all_citations_of_the_article_hold(article: str, packaged: Catalog) -> None:
    report = verify(packaged, ARTICLE_ID, article.encode())
    assert report.failures == []
    facts = packaged.records[ItemType.FACT].values()
    of_it = [fact for fact in facts if any(citation.source == ARTICLE_ID for citation in fact.citations)]
    assert report.checked >= len(of_it) > 0


def test_selectors_of_the_article_are_whole_sentences(article: str, packaged: Catalog) -> None:
    for record in records(packaged):
        for selector in found(record, SelectorRecord):
            selected, after = article[selector.start : selector.end], article[selector.end :]
            assert selected == selected.strip(), (record.id, selected)
            assert selector.start == 0 or article[selector.start - 1].isspace(), (record.id, selected)
            # A title or a caption ends with its line, a sentence with its mark.
            ends = after[:1] in {"", "\n"} or (after[0].isspace() and re.search(r"[.?!]\W*$", selected))
            assert ends, (record.id, selected)


def test_no_sentence_of_the_article_is_repeated(article: str, packaged: Catalog) -> None:
    words = re.findall(r"\w+", fold(article))
    runs = {tuple(words[start : start + 9]) for start in range(len(words))}
    for record in records(packaged):
        for texts in found(record, Texts):
            ours = re.findall(r"\w+", fold(texts.en))
            shared = [ours[start : start + 9] for start in range(len(ours)) if tuple(ours[start : start + 9]) in runs]
            assert not [run for run in shared if len(run) == 9], (record.id, shared[0])
