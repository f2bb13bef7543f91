import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibaja_api.errors import NotAcceptable
from calibaja_api.negotiation import (
    MEDIA_TYPES,
    digest,
    entity_tag,
    is_fresh,
    media_format,
    preferred_language,
    prefers_html,
)
from calibaja_api.shapes.vocabulary import Format, Lang

ITEM = (Format.JSON,)
LIST = (Format.JSON, Format.NDJSON, Format.CSV)
ALL = tuple(Format)


@pytest.mark.parametrize("served", [ITEM, LIST, ALL])
@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/json",
        "application/*",
        "APPLICATION/JSON",
        "Application/*",
        "application/json; charset=utf-8",
        "application/json;q=0.001",
        "application/json ; Q=0.5",
        "application/json;q=1.000",
        "application/json;version=1;q=0.5",
        "text/html, application/json",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "text/html;q=1, */*;q=0.1",
        "  application/json  ",
        "text/html,,application/json",
        "*/*;q=0, application/json;q=0.1",
        "application/*;q=0, application/json",
        "*/*;q=0, application/*;q=0.5",
        "application/json, */*;q=0",
        "nonsense, application/json",
        "/, ;;;, application/json",
        "text/html;level=1;q=0, application/json;q=0.2",
        "application/json;q=2",
    ],
)
def test_json_is_answered_where_accept_admits_it_and_likes_nothing_better(
    accept: str, served: tuple[Format, ...]
) -> None:
    assert media_format(None, accept, served) is Format.JSON


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/csv", Format.CSV),
        ("TEXT/CSV", Format.CSV),
        ("text/*", Format.CSV),
        ("text/csv; charset=utf-8; header=present", Format.CSV),
        ("text/csv;q=0.9, application/json;q=0.1", Format.CSV),
        ("text/csv, */*;q=0.1", Format.CSV),
        ("text/html, text/csv;q=0.5, */*;q=0.4", Format.CSV),
        ("application/*;q=0, text/*", Format.CSV),
        ("*/*, application/*;q=0", Format.CSV),
        ("application/x-ndjson", Format.NDJSON),
        ("application/json;q=0.5, application/x-ndjson;q=0.6", Format.NDJSON),
        ("*/*, application/json;q=0", Format.NDJSON),
        ("application/*, application/json;q=0", Format.NDJSON),
        ("application/geo+json", Format.GEOJSON),
        ("application/x-bibtex", Format.BIBTEX),
        ("application/vnd.citationstyles.csl+json", Format.CSL_JSON),
        ("application/vnd.citationstyles.csl+json;q=0.2, application/x-bibtex;q=0.3", Format.BIBTEX),
        # What is liked as well as JSON is not liked better.
        ("text/csv, application/json", Format.JSON),
        ("text/csv;q=0.5, application/json;q=0.5", Format.JSON),
        ("text/csv;q=0", None),
        ("text/html, application/xml", None),
    ],
)
def test_the_format_that_accept_likes_best_is_answered(accept: str, expected: Format | None) -> None:
    if expected is None:
        with pytest.raises(NotAcceptable):
            media_format(None, accept, ALL)
    else:
        assert media_format(None, accept, ALL) is expected


@pytest.mark.parametrize("accept", ["application/geo+json", "application/x-bibtex", "application/vnd.citationstyles.*"])
def test_a_format_that_is_not_served_here_is_not_answered(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        media_format(None, accept, LIST)
    assert media_format(None, f"{accept}, text/csv;q=0.1", LIST) is Format.CSV


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "text/*",
        "application/xml",
        "application/json;q=0",
        "application/json;q=0.000",
        "application/json ; q = 0",
        "*/*;q=0",
        "application/*;q=0",
        "*/*, application/json;q=0",
        "application/*, application/json;q=0",
        "*/*, application/*;q=0",
        "*/*;q=1, application/json;q=0, text/html",
        "application/jsonp",
        "application/problem+json",
        "application/jsonx;q=1",
        "json",
        "*",
        "*/json",
        "nonsense",
        "application/json;q=many",
        "application/json;q=nan",
        "application/json;q=",
        "application/json;q=-1",
    ],
)
def test_nothing_is_answered_where_accept_does_not_admit_it(accept: str) -> None:
    with pytest.raises(NotAcceptable) as refusal:
        media_format(None, accept, ITEM)
    assert MEDIA_TYPES[Format.JSON] in refusal.value.detail
    assert not any(MEDIA_TYPES[format_] in refusal.value.detail for format_ in ALL[1:])


def test_a_refusal_names_all_that_is_served() -> None:
    with pytest.raises(NotAcceptable) as refusal:
        media_format(None, "text/html", LIST)
    assert refusal.value.detail == f"Accept admits none of {', '.join(MEDIA_TYPES[format_] for format_ in LIST)}."


@pytest.mark.parametrize("format_", MEDIA_TYPES)
@pytest.mark.parametrize("accept", ["", "text/html", "*/*;q=0", "nonsense"])
def test_the_format_that_was_asked_for_wins_over_accept(format_: Format, accept: str) -> None:
    assert media_format(format_, accept, ALL) is format_


@given(st.text())
def test_any_accept_is_admitted_or_refused(accept: str) -> None:
    try:
        assert media_format(None, accept, LIST) in LIST
    except NotAcceptable:
        assert accept not in {"", "*/*", "application/json"}


@pytest.mark.parametrize(
    ("accept", "preferred"),
    [
        ("", False),
        ("*/*", False),
        ("text/*", False),
        ("application/json", False),
        ("application/json, */*", False),
        ("text/html", True),
        ("TEXT/HTML", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", True),
        ("text/html, application/json", True),
        ("text/html;q=0.5, application/json;q=0.5", True),
        ("text/html;q=0.5, application/json", False),
        ("text/html;q=0.9, application/json;q=0.8", True),
        ("text/html;q=0.5, */*;q=0.6", False),
        ("text/html;q=0", False),
        ("text/html;q=0, */*", False),
        ("text/html;q=many", False),
        ("text/htmlx", False),
    ],
)
def test_a_browser_is_who_names_html_and_likes_it_no_less_than_json(accept: str, preferred: bool) -> None:
    assert prefers_html(accept) is preferred


def test_a_tag_is_weak_and_names_both_versions() -> None:
    tag = entity_tag("0123456789abcdef", "1.2.3", "/v1/facts?")
    assert tag.startswith('W/"0123456789abcdef.1.2.3.')
    assert tag.endswith('"')
    assert tag.count('"') == 2
    assert " " not in tag


def test_each_part_of_a_tag_makes_another_tag() -> None:
    tags = {entity_tag("a", "b", "c"), entity_tag("x", "b", "c"), entity_tag("a", "x", "c"), entity_tag("a", "b", "x")}
    assert len(tags) == 4
    assert entity_tag("a", "b", "c") in tags


@given(st.text(), st.text())
def test_a_digest_stands_for_one_text(one: str, other: str) -> None:
    assert (digest(one) == digest(other)) is (one == other)
    assert len(digest(one)) == 16
    assert set(digest(one)) <= set("0123456789abcdef")


TAG = 'W/"v.p.q"'


@pytest.mark.parametrize(
    "if_none_match",
    [
        'W/"v.p.q"',
        '"v.p.q"',
        '  W/"v.p.q"  ',
        '"other", W/"v.p.q"',
        'W/"other","v.p.q"',
        'W/"v.p.q", "other"',
        '"a", "b",\t"v.p.q" ,"c"',
        ',,W/"v.p.q",',
    ],
)
def test_a_client_that_holds_the_tag_holds_the_answer(if_none_match: str) -> None:
    assert is_fresh(if_none_match, TAG)


@pytest.mark.parametrize(
    "if_none_match",
    [
        None,
        "",
        " ",
        ",",
        "*",
        "v.p.q",
        '"v.p"',
        '"v.p.q.r"',
        '"V.P.Q"',
        'W/"v.p.r"',
        'w/"v.p.q"',
        'W/W/"v.p.q"',
        'W/ "v.p.q"',
        '"v.p.q',
        '"other", "another"',
    ],
)
def test_a_client_that_does_not_hold_the_tag_is_answered(if_none_match: str | None) -> None:
    assert not is_fresh(if_none_match, TAG)


@pytest.mark.parametrize(
    ("accept_language", "lang"),
    [
        ("", Lang.EN),
        ("*", Lang.EN),
        ("en", Lang.EN),
        ("es", Lang.ES),
        ("ES", Lang.ES),
        ("es-MX", Lang.ES),
        ("es-419,es;q=0.9,en;q=0.8", Lang.ES),
        ("en-US,en;q=0.9,es;q=0.8", Lang.EN),
        ("en;q=0.3, es;q=0.7", Lang.ES),
        ("es, en", Lang.EN),
        ("fr", Lang.EN),
        ("fr, es;q=0.1", Lang.ES),
        ("fr, es;q=0", Lang.EN),
        ("est", Lang.EN),
        ("eng, es;q=0.1", Lang.ES),
        ("es;q=many", Lang.EN),
        ("es;q=nan", Lang.EN),
        (";;;,,=", Lang.EN),
    ],
)
def test_the_language_that_a_browser_likes_best(accept_language: str, lang: Lang) -> None:
    assert preferred_language(accept_language) is lang


@given(st.text())
def test_any_accept_language_gives_a_language(accept_language: str) -> None:
    assert preferred_language(accept_language) in Lang
