import base64
import json
import random
import sqlite3
import string
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import running_server
from tests.plain import FIELDS, Oracle, day, ordered
from tests.plain_search import COLLECTIONS, NAMES, NOTED, TYPES, SearchOracle, indexed, required, words
from tests.rich import RENAMED, Json, Served, write_small_seed
from tests.waiting import eventually

from calibaja_api.client import Client, ProblemError
from calibaja_api.database import COLUMNS, AllWords
from calibaja_api.matching import Tier, ranges, terms
from calibaja_api.publishing import draft, publish
from calibaja_api.resources import RESOURCE_NAMED, RESOURCES, Resource
from calibaja_api.search import hit_json
from calibaja_api.shapes import (
    Agreement,
    EventQuery,
    FactQuery,
    ItemQuery,
    Person,
    PersonQuery,
    RegionQuery,
    SearchQuery,
)
from calibaja_api.shapes.search import Hit, Match, SearchAnswer
from calibaja_api.shapes.vocabulary import Count, Lang, SearchType
from calibaja_api.sqlite import SqliteDatabase
from calibaja_api.sqlite.statements import match_text
from calibaja_api.text import words as program_words

pytest_plugins = ["tests.rich"]

by_name = pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)

SILENT: Final = (
    *("*", '"', '""', "(", ")", ":", "^", "-", "--", "%", "_", "'", "\\", "{} : ()", " ", "\t", "¿?", "🙂"),
    *("\u0301", "\u200b", "\x01", "\u2014"),
)
OPERATORS: Final = (
    *("{a} AND {b}", "{a} OR {b}", "{a} NOT {b}", "NOT {a}", "{a} NEAR {b}", "NEAR({a} {b}, 5)", 'NEAR("{a}" "{b}")'),
    *('"{a}"', '"{a} {b}"', '"{a}', '{a}"', "{a}*", "*{a}", "{a}* {b}*", "({a})", "({a}", "{a})", "{a}:{b}", "^{a}"),
    *("-{a}", "+{a}", "{a} + {b}", "{a}^2", "names:{a}", "names : {a}", "{{names}} : ({a})", "- names : {a}"),
    *('"{a}" AND "{b}"*', "{a} AND", "AND {a}", "OR", "{a} || {b}", "{a} & {b}", "{a} | !{b}", "{a}\\{b}", "{a}:*"),
)
INJECTIONS: Final = (
    *("' OR 1=1 --", "'; DROP TABLE search_document; --", '" OR "1"="1', '"); DROP TABLE fact; --'),
    *("1' UNION SELECT 1", "%' OR '1'='1", "a') OR 1=1 --", "x\\' OR 1=1", "rank MATCH 'a'", "search_index", "/*"),
    *(":q_0", "?1", "$1", "%s", "%(q)s", "${7*7}", "{{7*7}}", "<script>alert(1)</script>", "../../etc/passwd"),
    *("a\nb", "a\r\nSet-Cookie: b"),
)


@pytest.fixture(scope="session")
def oracle(rich: Served) -> SearchOracle:
    return SearchOracle(rich.items, rich.items_es, rich.labels)


def ask(http: httpx.Client, address: str, **parameters: Any) -> Json:
    response = http.get(address, params=parameters or None)
    assert response.status_code == 200, (address, parameters, response.text[:500])
    answer: Json = response.json()
    return answer


def pages(http: httpx.Client, **parameters: Any) -> list[Json]:
    """All pages of a search."""
    found = [ask(http, "/v1/search", **parameters)]
    while found[-1]["page"]["next"]:
        found.append(ask(http, found[-1]["page"]["next"]))
    return found


def hits(http: httpx.Client, **parameters: Any) -> list[Json]:
    """All hits of a search."""
    return [hit for page in pages(http, **{"limit": 200, **parameters}) for hit in page["data"]]


def keys(found: Iterable[Json]) -> list[tuple[str, str]]:
    return [(hit["type"], hit["id"]) for hit in found]


def listed(http: httpx.Client, collection: str, **parameters: Any) -> list[str]:
    """The ids of all items of a list, over its pages."""
    page = ask(http, f"/v1/{collection}", **{"limit": 200, **parameters})
    ids = [item["id"] for item in page["data"]]
    while page["page"]["next"]:
        page = ask(http, page["page"]["next"])
        ids += [item["id"] for item in page["data"]]
    return ids


def broad(oracle: SearchOracle, collection: str) -> str:
    """A letter or digit that finds many items of a collection, but not all."""
    found = {each: len(oracle.tiers(collection, each)) for each in string.ascii_lowercase + string.digits}
    every = len(oracle.texts[collection])
    return max((each for each, count in found.items() if count < every), key=lambda each: found[each])


def refused(http: httpx.Client, address: str, **parameters: Any) -> list[tuple[str, str]]:
    """What is wrong with each parameter."""
    response = http.get(address, params=parameters or None)
    assert response.status_code == 400, response.text[:500]
    problem = response.json()
    assert problem["code"] == "invalid-parameters"
    return [(error["parameter"], error["code"]) for error in problem["errors"]]


def check(rich: Served, oracle: SearchOracle, query: str, types: Sequence[str] = (), lang: str = "en") -> list[Json]:
    """The service finds what the oracle finds, in the order of the tiers; what it found."""
    asked = {"q": query, "lang": lang, "limit": 200, "count": "exact", **({"type": list(types)} if types else {})}
    answers = pages(rich.http, **asked)
    expected = oracle.hits(query, types or COLLECTIONS)
    [corrected] = {page["meta"]["corrected"] for page in answers}
    if corrected is not None:
        assert not expected, (query, corrected)
        expected = oracle.hits(corrected, types or COLLECTIONS)
        assert expected, (query, corrected)
    found = [hit for page in answers for hit in page["data"]]
    assert set(keys(found)) == set(expected), query
    assert len(found) == len(expected), query
    assert {page["meta"]["total"] for page in answers} == {len(expected)}, query
    tiers = [expected[key] for key in keys(found)]
    assert tiers == sorted(tiers), query
    order = [(-hit["score"], hit["id"], hit["type"]) for hit in found]
    assert order == sorted(order), query
    check_shown(rich, oracle, found, corrected or query, lang)
    return found


def check_shown(rich: Served, oracle: SearchOracle, found: Iterable[Json], query: str, lang: str) -> None:
    """Every hit has its name in the language of the answer, and shows one of its texts."""
    whole, last = required(query)
    for hit in found:
        collection, match = COLLECTIONS[hit["type"]], hit["match"]
        item = (rich.items_es if lang == "es" else rich.items)[collection][hit["id"]]
        assert hit["name"] == (item["claim"] if hit["type"] == "fact" else item["name"])
        assert match["text"] in oracle.texts[collection][hit["id"]]
        assert match["field"] not in {"name", "alias"} or match["text"] in oracle.names[collection][hit["id"]]
        end = 0
        for start, stop in match["ranges"]:
            assert end <= start < stop <= len(match["text"])
            shown = indexed(match["text"][start:stop])
            assert shown & {*whole, last} or any(word.startswith(last) for word in shown), (query, hit)
            end = stop


def names_of(oracle: SearchOracle, collection: str) -> list[str]:
    return sorted({name for names in oracle.names[collection].values() for name in names})


# What is found


@pytest.mark.parametrize(
    ("query", "id_", "field", "text", "ranges"),
    [
        ("hernandez", "edna-patricia-hernandez", "name", "Edna Patricia Hernández", [[14, 23]]),
        ("HERNÁNDEZ", "edna-patricia-hernandez", "name", "Edna Patricia Hernández", [[14, 23]]),
        ("herna\u0301ndez,", "edna-patricia-hernandez", "name", "Edna Patricia Hernández", [[14, 23]]),
        ("hernan", "edna-patricia-hernandez", "name", "Edna Patricia Hernández", [[14, 23]]),
        ("edna hernandez", "edna-patricia-hernandez", "name", "Edna Patricia Hernández", [[0, 4], [14, 23]]),
        ("hernandez EDNA", "edna-patricia-hernandez", "name", "Edna Patricia Hernández", [[0, 4], [14, 23]]),
        ("Tijuana", "tijuana", "name", "Tijuana", [[0, 7]]),
        ("tijua", "tijuana", "name", "Tijuana", [[0, 7]]),
        ("T-MEC", "usmca", "alias", "T-MEC", [[0, 1], [2, 5]]),
        ("t mec", "usmca", "alias", "T-MEC", [[0, 1], [2, 5]]),
        ("nafta", "nafta", "alias", "NAFTA", [[0, 5]]),
        ("CANIETI", "canieti", "name", "CANIETI", [[0, 7]]),
    ],
)
def test_what_is_named_so_comes_first(
    client: Client, query: str, id_: str, field: str, text: str, ranges: list[list[int]]
) -> None:
    answer = client.search(SearchQuery(q=query, type=[each for each in SearchType if each is not SearchType.EVENT]))
    first = answer.data[0]
    assert answer.meta.corrected is None
    assert (first.id, first.match.field, first.match.text, first.match.ranges) == (id_, field, text, ranges)


def test_a_name_is_found_without_its_hyphen(client: Client) -> None:
    for query in ("TMEC", "tmec"):
        first = client.search(SearchQuery(q=query)).data[0]
        assert (first.id, first.match.field, first.match.text.replace("-", "")) == ("usmca", "alias", "TMEC")
        assert first.match.ranges == [[0, len(first.match.text)]]


@pytest.mark.parametrize("query", ["Cali-Baja", "calibaja", "cali baja", "CALI\u2013BAJA", "CaliBaja"])
def test_blanks_and_hyphens_divide_names_or_do_not(client: Client, query: str) -> None:
    assert client.search(SearchQuery(q=query)).data[0].id == "cali-baja"
    assert "cali-baja" in {region.id for region in client.list(RegionQuery(q=query)).data}


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize(
    "query", ["North American Free Trade Agreement", "tratado de libre comercio de américa del norte"]
)
def test_both_languages_are_searched_at_once(client: Client, query: str, lang: Lang) -> None:
    answer = client.search(SearchQuery(q=query, lang=lang, type=[SearchType.AGREEMENT]))
    assert answer.data[0].id == "nafta"
    assert answer.data[0].match.lang == ("en" if query.startswith("North") else "es")
    assert answer.data[0].name == client.get(Agreement, "nafta", ItemQuery(lang=lang)).data.name


def test_one_query_may_mix_the_languages(rich: Served, oracle: SearchOracle) -> None:
    assert check(rich, oracle, "Claim 12 Afirmación")
    assert check(rich, oracle, "Afirmacion CLAIM 12")


@pytest.mark.parametrize("collection", [*TYPES])
def test_every_name_finds_what_the_oracle_finds(rich: Served, oracle: SearchOracle, collection: str) -> None:
    for number, name in enumerate(names_of(oracle, collection) or ["Claim 12: Ñandú"]):
        check(rich, oracle, name[:200], lang=("en", "es")[number % 2])


def changed(query: str, luck: random.Random) -> str:
    """The same words otherwise written."""
    match luck.randrange(8):
        case 0:
            return query.upper()
        case 1:
            return unicodedata.normalize("NFD", query)
        case 2:
            return query.replace(" ", luck.choice(["-", "  ", "\u00a0", ", ", " AND ", " NOT ", "*", '" "']))
        case 3:
            return f'"{query}"'
        case 4:
            return "".join(letter for letter in unicodedata.normalize("NFD", query) if letter.isascii())
        case _:
            return query


def thought_of(oracle: SearchOracle, luck: random.Random) -> Iterator[str]:
    """Queries of all kinds: words of one item, pieces of a name, words that stand nowhere together."""
    vocabulary = oracle.vocabulary()
    while True:
        collection = luck.choice([*TYPES])
        texts = luck.choice([*oracle.texts[collection].values()])
        said = [word for text in luck.sample(texts, min(2, len(texts))) for word in words(text)]
        chosen = luck.sample(said, min(len(said), luck.randint(1, 4))) or ["x"]
        yield changed(" ".join([*chosen[:-1], chosen[-1][: luck.randint(2, 9)]]), luck)
        name = luck.choice(texts)
        yield changed(name[: luck.randint(1, len(name))][:60], luck)
        yield changed(" ".join(luck.sample(vocabulary, luck.randint(1, 3))), luck)


@pytest.mark.parametrize("seed", range(8))
def test_queries_find_what_the_oracle_finds(rich: Served, oracle: SearchOracle, seed: int) -> None:
    luck = random.Random(seed)
    for _, query in zip(range(18), thought_of(oracle, luck), strict=False):
        types = luck.sample([*COLLECTIONS], luck.randint(1, 3)) if luck.random() < 0.2 else ()
        check(rich, oracle, query, types, luck.choice(["en", "es"]))


@pytest.mark.parametrize("pattern", OPERATORS)
def test_operators_and_quotes_are_text(rich: Served, oracle: SearchOracle, pattern: str) -> None:
    query = pattern.format(a="Valley", b="149")
    found = check(rich, oracle, query)
    assert keys(found) == keys(hits(rich.http, q=" ".join(words(query)))), query


@pytest.mark.parametrize("query", INJECTIONS)
def test_what_looks_like_a_program_is_text(rich: Served, oracle: SearchOracle, query: str) -> None:
    check(rich, oracle, query)
    for collection in ("regions", "facts", "sources"):
        assert set(listed(rich.http, collection, q=query)) == set(oracle.tiers(collection, query))


@pytest.mark.parametrize("query", SILENT)
def test_a_query_without_letter_or_digit_finds_nothing(rich: Served, query: str) -> None:
    answer = ask(rich.http, "/v1/search", q=query)
    assert (answer["data"], answer["page"]["next"], answer["page"]["next_cursor"]) == ([], None, None)
    assert (answer["meta"]["total"], answer["meta"]["total_relation"], answer["meta"]["corrected"]) == (0, "eq", None)


@by_name
def test_a_query_without_letter_or_digit_keeps_no_item(rich: Served, resource: Resource) -> None:
    for query in ('"*"', "\u0301"):
        for sort in ({}, {"sort": "relevance"}, {"sort": "-id"}):
            answer = ask(rich.http, f"/v1/{resource.name}", q=query, **sort)
            assert (answer["data"], answer["page"]["next"], answer["meta"]["total"]) == ([], None, 0)


def test_the_engine_takes_every_letter_as_part_of_a_word(database: Path) -> None:
    letters = [chr(point) for point in range(0x110000) if chr(point).isalnum()]
    # Some of all, and all of a script that became letters when others were known as such.
    asked_for = [*letters[::9], *(letter for letter in letters if "\u1900" <= letter < "\u1a00")]
    single = [found for letter in asked_for if len(found := program_words(f"q{letter}q")) == 1]
    assert len(single) > 10_000
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for start in range(0, len(single), 500):
            asked = match_text(AllWords(tuple(word for [word] in single[start : start + 500]), len(COLUMNS)))
            rows = connection.execute("SELECT count(*) FROM search_index WHERE search_index MATCH ?", (asked,))
            assert rows.fetchone() == (0,)


@pytest.mark.parametrize("letter", ["\u19b0", "\u10ec", "\U0001e900", "\u4eac"])
def test_letters_of_all_scripts_are_letters(rich: Served, oracle: SearchOracle, letter: str) -> None:
    assert check(rich, oracle, f"a{letter}a") == []
    # No word is left out because the engine does not know it.
    assert check(rich, oracle, f"Valley {letter}x") == []
    assert check(rich, oracle, f"{letter} Valley") == []


# In what order


def test_a_name_begins_with_the_query_as_it_is_written(client: Client) -> None:
    for query, id_ in {"sand": "sandag", "san d": "san-diego"}.items():
        found = client.search(SearchQuery(q=query, limit=3)).data
        assert id_ in {hit.id for hit in found}
        # What has the word in a claim comes behind, so only names are looked at.
        named = [hit.match.text for hit in found if hit.match.field in {"name", "alias"}]
        assert all(" ".join(words(text)).startswith(query) for text in named)


def test_better_tiers_score_higher_and_weights_are_fixed(rich: Served, oracle: SearchOracle) -> None:
    scores: dict[tuple[str, str, int], set[int]] = defaultdict(set)
    names = [name for collection in ("regions", "organizations", "agreements") for name in names_of(oracle, collection)]
    said = ("Valley", "100% Valley", "abc", "a_c", "Alias", "Claim", "Others", "Ángström", "San Juan", "Pérez")
    for query in (*said, *names[::9]):
        for lang in Lang:
            tiers = oracle.hits(query)
            for hit in hits(rich.http, q=query, lang=lang):
                scores[hit["type"], hit["id"], tiers[hit["type"], hit["id"]]].add(hit["score"])
    assert [key for key, found in scores.items() if len(found) > 1] == []
    bands = {tier: [score for (_, _, of), [score] in scores.items() if of == tier] for tier in range(1, NOTED + 1)}
    assert all(bands.values())
    for tier in range(1, NOTED):
        assert min(bands[tier]) > max(bands[tier + 1])
    assert all(score >= 1 for found in bands.values() for score in found)
    # The weight of an item is the same in every tier.
    steps: dict[tuple[int, int], set[int]] = defaultdict(set)
    for (type_, id_, tier), [score] in scores.items():
        for worse in range(tier + 1, NOTED + 1):
            steps[tier, worse] |= {score - lower for lower in scores.get((type_, id_, worse), ())}
    assert any(steps.values())
    assert all(len(differences) <= 1 for differences in steps.values())


def test_facts_match_in_the_fourth_tier_only(rich: Served, oracle: SearchOracle) -> None:
    fact = next(iter(rich.items["facts"].values()))
    assert ("fact", fact["id"]) in keys(check(rich, oracle, fact["claim"][:200]))
    found, tiers = check(rich, oracle, "Valley"), oracle.hits("Valley")
    last_name = max(index for index, key in enumerate(keys(found)) if tiers[key] <= NAMES)
    facts = [index for index, hit in enumerate(found) if hit["type"] == "fact"]
    assert facts
    assert min(facts) > last_name


def test_the_description_of_an_event_matches_in_the_fourth_tier_only(client: Client) -> None:
    events = [event for event in client.items(EventQuery()) if event.description][:5]
    for event in events:

        def score(query: str, id_: str = event.id) -> int:
            found = client.search(SearchQuery(q=query[:200], type=[SearchType.EVENT], limit=200)).data
            return next(hit.score for hit in found if hit.id == id_)

        assert event.description is not None
        by_name, by_words = score(event.name), score(" ".join(reversed(words(event.name))))
        assert by_name > by_words > score(" ".join(words(event.description)[:12]))
    assert events


@pytest.mark.parametrize("query", ["Valley", "claim 1", "pérez", "a", "no such words at all", "vallley"])
def test_the_language_changes_names_but_not_what_is_found(rich: Served, query: str) -> None:
    en, es = (pages(rich.http, q=query, lang=lang, limit=200) for lang in ("en", "es"))
    for one, other in zip(en, es, strict=True):
        assert [(hit["type"], hit["id"], hit["score"]) for hit in one["data"]] == [
            (hit["type"], hit["id"], hit["score"]) for hit in other["data"]
        ]
        assert {**one["meta"], "lang": "es"} == other["meta"]
    names = [hit["name"] for page in en for hit in page["data"]]
    translated = [hit["name"] for page in es for hit in page["data"]]
    assert (names == translated) is not any(hit["type"] == "fact" for page in en for hit in page["data"])


@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_is_shown_is_in_the_language_that_it_says(rich: Served, lang: str) -> None:
    for query in ("Valley", "Valle", "claim 12", "afirmacion 12", "Alias", "abc", "Q", "Pérez"):
        for hit in hits(rich.http, q=query, lang=lang):
            match, collection = hit["match"], COLLECTIONS[hit["type"]]
            names = {each: rich.items[collection][hit["id"]].get("names", {}).get(each) for each in ("en", "es")}
            if match["field"] == "name":
                assert match["text"] in names.values()
                # A text that is the same in both languages is not said to be of the other.
                assert match["lang"] is None or match["text"] == names[match["lang"]]
                assert match["text"] != names[lang] or match["lang"] in {lang, None}, hit
            elif match["field"] == "alias":
                assert match["lang"] is None


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_hit_shows_where(client: Client, lang: str) -> None:
    for query in ("tijuana", "san diego", "sandiego", "bajacalifornia", "calibaja", "hernandez", "app", "sand", "2018"):
        for hit in client.search(SearchQuery(q=query, lang=Lang(lang), limit=200)).data:
            assert hit.match.ranges, (query, hit)


# Types


def test_types_are_repeated_or_joined_by_commas(rich: Served) -> None:
    everything = hits(rich.http, q="Valley")
    for types in (["region"], ["fact", "region"], ["event", "person", "sector"], [*COLLECTIONS]):
        wanted = [hit for hit in everything if hit["type"] in types]
        assert wanted == hits(rich.http, q="Valley", type=types)
        assert wanted == hits(rich.http, q="Valley", type=",".join(types))
        assert wanted == hits(rich.http, q="Valley", type=[*reversed(types), *types])
        assert (wanted == everything) is (len(types) == len(COLLECTIONS))
    alone = [ask(rich.http, "/v1/search", q="Valley", type=type_)["meta"] for type_ in COLLECTIONS]
    assert sum(meta["total"] for meta in alone if meta["corrected"] is None) == len(everything)


# Misspelled words


@pytest.mark.parametrize(
    ("query", "corrected"),
    [
        ("tijauna", "tijuana"),
        ("TIJUNA", "tijuana"),
        ("Hernándes", "hernandez"),
        ("patricia hernandes", "patricia hernandez"),
        ("cannieti", "canieti"),
    ],
)
def test_what_was_meant_is_searched_and_told(client: Client, query: str, corrected: str) -> None:
    answer = client.search(SearchQuery(q=query))
    assert answer.meta.corrected == corrected
    meant = client.search(SearchQuery(q=corrected))
    assert answer.data == meant.data
    assert answer.data
    assert meant.meta.corrected is None
    assert answer.meta.total == meant.meta.total


@pytest.mark.parametrize("query", ["tijuana", "tiju", "edna hernandez", "T-MEC"])
def test_what_is_found_is_not_corrected(client: Client, query: str) -> None:
    answer = client.search(SearchQuery(q=query))
    assert answer.data
    assert answer.meta.corrected is None


@pytest.mark.parametrize("query", ["zzzzzzzz", "qwertzuiop asdfghjk", "tijauna zzzzzzzz", "xy", "x1 y2"])
def test_a_correction_that_finds_nothing_is_not_told(client: Client, query: str) -> None:
    answer = client.search(SearchQuery(q=query, type=[SearchType.PERSON]))
    assert (answer.data, answer.meta.total, answer.meta.corrected) == ([], 0, None)


@pytest.mark.parametrize("count", Count)
def test_a_correction_goes_through_the_pages(rich: Served, oracle: SearchOracle, count: Count) -> None:
    answers = pages(rich.http, q="vallley", limit=3, count=count)
    assert len(answers) > 2
    assert {page["meta"]["corrected"] for page in answers} == {"valley"}
    assert {page["meta"]["total"] for page in answers} == {None if count == "none" else len(oracle.hits("valley"))}
    assert [hit for page in answers for hit in page["data"]] == hits(rich.http, q="valley")


def test_words_that_only_join_others_are_neither_corrected_nor_taken_for_others(client: Client) -> None:
    assert (
        client.search(SearchQuery(q="cuantos habitantes tiene tijuna")).meta.corrected
        == "cuantos habitantes tiene tijuana"
    )
    assert client.search(SearchQuery(q="bit centre")).meta.corrected == "bit center"


def test_a_misspelled_beginning_of_a_word_is_corrected(client: Client) -> None:
    assert client.search(SearchQuery(q="maquialdor")).meta.corrected == "maquilador"


def test_a_last_word_that_begins_words_is_not_misspelled(client: Client) -> None:
    assert client.search(SearchQuery(q="hernandes tij")).meta.corrected == "hernandez tij"
    assert client.search(SearchQuery(q="tijuna comp")).meta.corrected == "tijuana comp"


@pytest.mark.parametrize("query", ["claim 98765", "98765", "Q98765", "2031-13-45"])
def test_a_number_is_not_a_misspelling_of_another(rich: Served, query: str) -> None:
    answer = ask(rich.http, "/v1/search", q=query)
    assert (answer["data"], answer["meta"]["corrected"]) == ([], None)


@pytest.mark.parametrize("number", ["2031", "2039", "1889", "999"])
def test_a_year_is_not_a_misspelling_of_another(rich: Served, number: str) -> None:
    for query in (number, f"claim {number}", f"{number} Valley"):
        corrected = ask(rich.http, "/v1/search", q=query)["meta"]["corrected"]
        assert corrected is None or number in corrected.split(), (query, corrected)


def test_filters_by_words_are_not_corrected(rich: Served) -> None:
    assert ask(rich.http, "/v1/search", q="vallley", type="region")["data"]
    assert ask(rich.http, "/v1/regions", q="vallley")["data"] == []


# Pages


@pytest.mark.parametrize("limit", [1, 2, 7, 25, 200])
def test_pages_of_any_size_join_to_the_whole(rich: Served, limit: int) -> None:
    query = "Valley 1" if limit < 7 else "Valley"
    answers = pages(rich.http, q=query, limit=limit)
    whole = hits(rich.http, q=query)
    assert [hit for page in answers for hit in page["data"]] == whole
    assert len(whole) > 3 * limit or limit >= 25
    assert all(len(page["data"]) == limit for page in answers[:-1])
    assert {page["page"]["limit"] for page in answers} == {limit}
    assert {(page["meta"]["total"], page["meta"]["total_relation"]) for page in answers} == {(len(whole), "eq")}
    assert answers[-1]["page"] == {"limit": limit, "next_cursor": None, "next": None}


def test_the_client_reads_a_page_after_another(rich: Served) -> None:
    first = rich.client.search(SearchQuery(q="Valley", limit=10, type=[SearchType.REGION, SearchType.FACT]))
    second = rich.client.search(
        SearchQuery(q="Valley", limit=10, type=[SearchType.FACT, SearchType.REGION], cursor=first.page.next_cursor)
    )
    both = rich.client.search(SearchQuery(q="Valley", limit=20, type=[SearchType.REGION, SearchType.FACT]))
    assert first.data + second.data == both.data
    with pytest.raises(ProblemError) as refusal:
        rich.client.search(SearchQuery(q="Valleys", cursor=first.page.next_cursor))
    assert refusal.value.problem.errors[0].code == "foreign-cursor"


@pytest.mark.parametrize(
    "more", [{"lang": "es"}, {"limit": 3}, {"count": "none"}, {"count": "exact"}, {"format": "json"}]
)
def test_a_cursor_is_not_bound_to_how_it_is_shown(rich: Served, more: Mapping[str, Any]) -> None:
    first = ask(rich.http, "/v1/search", q="Valley", limit=5)
    asked = {"q": "Valley", "limit": 5, "cursor": first["page"]["next_cursor"], **more}
    limit = int(asked["limit"])
    assert keys(ask(rich.http, "/v1/search", **asked)["data"]) == keys(hits(rich.http, q="Valley"))[5 : 5 + limit]


@pytest.mark.parametrize("other", [{"q": "valle"}, {"q": "Valley", "type": "region"}, {"q": "valley"}])
def test_the_cursor_of_another_search_is_refused(rich: Served, other: Mapping[str, str]) -> None:
    cursor = ask(rich.http, "/v1/search", q="Valley", limit=5)["page"]["next_cursor"]
    assert refused(rich.http, "/v1/search", **other, cursor=cursor) == [("cursor", "foreign-cursor")]


def test_the_cursor_of_a_list_is_none_of_a_search(rich: Served) -> None:
    searched = ask(rich.http, "/v1/search", q="Valley", limit=5)["page"]["next_cursor"]
    of_regions = ask(rich.http, "/v1/regions", q="Valley", limit=1)["page"]["next_cursor"]
    assert refused(rich.http, "/v1/search", q="Valley", cursor=of_regions) == [("cursor", "foreign-cursor")]
    assert refused(rich.http, "/v1/regions", q="Valley", cursor=searched) == [("cursor", "foreign-cursor")]


def forged(cursor: str, **changes: Any) -> str:
    """A cursor with other members; `keys` are those of the last hit."""
    names = ("question", "keys", "total", "relation", "version", "count", "tied")
    content = dict(zip(names, json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))), strict=True))
    raw = json.dumps([*{**content, **changes}.values()], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "key",
    [[], ["x"], [1, 2, "a"], ["1", 2, "a", "region"], [1, 2.5, "a", "region"], [1, 2, 3, "region"], [1, 2, "a", None]],
)
def test_a_cursor_with_other_keys_is_refused(rich: Served, key: list[Any]) -> None:
    cursor = ask(rich.http, "/v1/search", q="Valley", limit=5)["page"]["next_cursor"]
    assert ask(rich.http, "/v1/search", q="Valley", cursor=forged(cursor))["data"]
    assert refused(rich.http, "/v1/search", q="Valley", cursor=forged(cursor, keys=key)) == [
        ("cursor", "foreign-cursor")
    ]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "W10", "!", "a" * 2_001, ""])
def test_a_damaged_cursor_is_refused(rich: Served, cursor: str) -> None:
    assert [name for name, _ in refused(rich.http, "/v1/search", q="Valley", cursor=cursor)] == ["cursor"]


def test_how_many_there_are_is_counted_as_asked(rich: Served, oracle: SearchOracle) -> None:
    found = len(oracle.hits("Valley"))
    for count, told in {"auto": (found, "eq"), "exact": (found, "eq"), "none": (None, None)}.items():
        for page in pages(rich.http, q="Valley", count=count, limit=50):
            assert (page["meta"]["total"], page["meta"]["total_relation"]) == told


@pytest.mark.slow
def test_many_hits_and_a_publish_between_two_pages(tmp_path: Path) -> None:
    path = tmp_path / "many.sqlite3"
    publish(draft(write_small_seed(tmp_path / "one", 1_003)), SqliteDatabase(path))
    with running_server(path) as address, httpx.Client(base_url=address, timeout=10) as http:
        first = ask(http, "/v1/search", q="claim", limit=200)
        assert (first["meta"]["total"], first["meta"]["total_relation"]) == (1_000, "gte")
        exact = ask(http, "/v1/search", q="claim", limit=1, count="exact")["meta"]
        assert (exact["total"], exact["total_relation"]) == (1_003, "eq")
        assert len(hits(http, q="claim")) == 1_003
        seed = write_small_seed(tmp_path / "two", 400, release=2)
        # A fact may have the id of a region.
        facts = (seed / "facts.yaml").read_text()
        (seed / "facts.yaml").write_text(facts.replace('"f7"', '"here"'))
        publish(draft(seed), SqliteDatabase(path))
        version = first["meta"]["dataset_version"]
        assert eventually(lambda: ask(http, "/v1/dataset")["version"] != version)
        rest = [ask(http, first["page"]["next"])]
        while rest[-1]["page"]["next"]:
            rest.append(ask(http, rest[-1]["page"]["next"]))
        assert {page["meta"]["dataset_version"] for page in rest} == {ask(http, "/v1/dataset")["version"]} != {version}
        # The total is of the dataset that answers, not of the one that the cursor is from.
        assert {(page["meta"]["total"], page["meta"]["total_relation"]) for page in rest} == {(400, "eq")}
        last = first["data"][-1]
        behind = [hit for hit in hits(http, q="claim") if (-hit["score"], hit["id"]) > (-last["score"], last["id"])]
        assert [hit for page in rest for hit in page["data"]] == behind
        assert 0 < len(behind) < 400
        assert [hit["type"] for hit in hits(http, q="here") if hit["id"] == "here"] == ["region", "fact"]
        assert (listed(http, "regions", q="here"), listed(http, "regions", q="claim 7")) == (["here"], [])
        assert (listed(http, "facts", q="claim 7")[0], listed(http, "sources", q="claim 7")) == ("f70", [])
        assert "here" in listed(http, "facts", q="claim 7")
        pinned = http.get("/v1/search", params={"q": "claim", "dataset_version": version})
        assert (pinned.status_code, pinned.json()["code"]) == (409, "version-gone")


# What an answer is


def test_an_answer_has_its_documented_shape(http: httpx.Client) -> None:
    answer = ask(http, "/v1/search", q="hernandez", limit=2)
    assert list(answer) == ["data", "page", "meta"]
    assert list(answer["page"]) == ["limit", "next_cursor", "next"]
    assert list(answer["meta"]) == ["total", "total_relation", "dataset_version", "lang", "corrected"]
    for hit in answer["data"]:
        assert list(hit) == ["type", "id", "name", "score", "match"]
        assert list(hit["match"]) == ["field", "lang", "text", "ranges"]
    version = ask(http, "/v1/dataset")["version"]
    assert answer["meta"]["dataset_version"] == version
    pinned = ask(http, "/v1/search", q="hernandez", limit=2, dataset_version=version)
    assert (pinned["data"], pinned["meta"]) == (answer["data"], answer["meta"])


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("query", ["tijuana", "canieti", "tlcan 1994", "san diego", "acuerdo", "hernandez patricia"])
def test_hits_are_written_as_their_models_are(http: httpx.Client, query: str, lang: Lang) -> None:
    response = http.get("/v1/search", params={"q": query, "lang": lang, "limit": 200})
    written = [hit.model_dump_json() for hit in SearchAnswer.model_validate_json(response.content).data]
    assert written
    assert response.text.startswith(f'{{"data":[{",".join(written)}],"page":')


@given(text=st.text())
def test_any_text_of_a_hit_is_written_as_its_model_is(text: str) -> None:
    row = (int(Tier.NAMES), -7, "an-id", "fact", text, json.dumps([["name", None, text]]))
    match = Match(field="name", lang=None, text=text, ranges=[[*found] for found in ranges(text, terms("a"))])
    told = Hit(type=SearchType.FACT, id="an-id", name=text, score=30_000_007, match=match)
    assert hit_json(row, terms("a"), Lang.EN) == told.model_dump_json()


@pytest.mark.parametrize("lang", [None, "en", "es"])
def test_the_next_page_is_linked(http: httpx.Client, lang: str | None) -> None:
    asked = {"q": 'hernández & "edna" +', "limit": "1", **({"lang": lang} if lang else {})}
    response = http.get("/v1/search", params=asked)
    answer = response.json()
    assert response.headers["content-language"] == answer["meta"]["lang"] == (lang or "en")
    following = answer["page"]["next"]
    assert following.startswith("/v1/search?")
    assert response.headers["link"] == f'<{following}>; rel="next"'
    assert dict(httpx.URL(following).params) == {**asked, "cursor": answer["page"]["next_cursor"]}
    last = http.get("/v1/search", params={"q": "edna patricia hernandez", "type": "person"})
    assert last.json()["page"]["next"] is None
    assert "link" not in last.headers


def test_a_search_is_held_by_its_tag(http: httpx.Client) -> None:
    tags = set()
    questions = ("q=tijuana", "q=tijuan", "q=Tijuana", "q=tijuana&lang=es", "q=tijuana&type=fact", "q=tijuana&limit=2")
    for question in questions:
        address = f"/v1/search?{question}"
        got = http.get(address)
        tag = got.headers["etag"]
        tags.add(tag)
        assert tag.startswith(f'W/"{got.json()["meta"]["dataset_version"]}.')
        held = http.get(address, headers={"If-None-Match": tag})
        assert (held.status_code, held.content, held.headers["etag"]) == (304, b"", tag)
        head = http.head(address)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == got.headers["content-length"]
        assert (head.headers["etag"], head.headers.get("link")) == (tag, got.headers.get("link"))
        assert http.head(address, headers={"If-None-Match": tag}).status_code == 304
    assert len(tags) == len(questions)
    assert http.get("/v1/search?q=mexicali", headers={"If-None-Match": ", ".join(tags)}).status_code == 200


def test_a_held_tag_does_not_excuse_a_wrong_question(http: httpx.Client) -> None:
    assert http.get("/v1/search?q=", headers={"If-None-Match": "*"}).status_code == 400


def test_only_json_is_served(http: httpx.Client) -> None:
    assert http.get("/v1/search?q=tijuana", headers={"Accept": "text/csv"}).status_code == 406
    assert http.post("/v1/search?q=tijuana").status_code == 405
    assert http.get("/v1/search/?q=tijuana").status_code == 404
    for format_ in ("csv", "ndjson", "geojson", "bibtex"):
        assert refused(http, "/v1/search", q="tijuana", format=format_) == [("format", "not-allowed")]


# What is refused


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("", [("q", "empty")]),
        ("limit=2", [("q", "empty")]),
        ("q=a&q=b", [("q", "repeated")]),
        ("q=a&q=a", [("q", "repeated")]),
        (f"q={'a' * 201}", [("q", "out-of-bounds")]),
        (f"q={'%C3%B1' * 201}", [("q", "out-of-bounds")]),
        ("q=%00", [("q", "wrong-form")]),
        ("q=a%00b", [("q", "wrong-form")]),
        ("q=a&type=", [("type", "empty")]),
        ("q=a&type=fact,", [("type", "empty")]),
        ("q=a&type=facts", [("type", "not-allowed")]),
        ("q=a&type=predicate&type=source", [("type", "not-allowed"), ("type", "not-allowed")]),
        ("q=a&limit=0", [("limit", "out-of-bounds")]),
        ("q=a&limit=201", [("limit", "out-of-bounds")]),
        ("q=a&limit=1.0", [("limit", "wrong-form")]),
        ("q=a&count=some", [("count", "not-allowed")]),
        ("q=a&lang=fr", [("lang", "not-allowed")]),
        ("q=a&sort=relevance", [("sort", "unknown-parameter")]),
        ("q=a&facets=type", [("facets", "unknown-parameter")]),
        ("q=a&Q=b", [("Q", "unknown-parameter")]),
        ("q=a&limit=x&type=y", [("limit", "wrong-form"), ("type", "not-allowed")]),
    ],
)
def test_a_wrong_search_is_refused(http: httpx.Client, query: str, errors: list[tuple[str, str]]) -> None:
    assert sorted(refused(http, f"/v1/search?{query}")) == sorted(errors)


@pytest.mark.parametrize(("query", "code"), [("q=", "empty"), ("q=%ff", "wrong-form"), ("q=a%C3", "wrong-form")])
def test_one_mistake_is_told_once(http: httpx.Client, query: str, code: str) -> None:
    assert refused(http, f"/v1/search?{query}") == [("q", code)]


def test_the_right_type_is_suggested(http: httpx.Client) -> None:
    [error] = http.get("/v1/search?q=a&type=persn").json()["errors"]
    assert (error["suggestion"], error["allowed"]) == ("person", [*SearchType])


@pytest.mark.parametrize("query", ["ñ" * 200, "🙂" * 199 + "a", "a " * 100, "a-" * 100, "\ufdfa" * 200, "of " * 66])
def test_the_longest_query_is_answered(rich: Served, oracle: SearchOracle, query: str) -> None:
    assert len(query) <= 200
    check(rich, oracle, query)


@by_name
def test_a_wrong_filter_by_words_is_refused(http: httpx.Client, resource: Resource) -> None:
    address = f"/v1/{resource.name}"
    assert refused(http, f"{address}?q=") == [("q", "empty")]
    assert refused(http, f"{address}?q=a&q=b") == [("q", "repeated")]
    assert refused(http, f"{address}?q={'a' * 201}") == [("q", "out-of-bounds")]
    assert refused(http, f"{address}?q=%00") == [("q", "wrong-form")]
    assert refused(http, f"{address}?q=%ff") == [("q", "wrong-form")]
    assert refused(http, f"{address}?sort=relevance") == [("sort", "needs-q")]
    assert refused(http, f"{address}?sort=-id,-relevance") == [("sort", "needs-q")]
    assert refused(http, f"{address}?q=a&sort=relevance,-relevance") == [("sort", "excluded-combination")]


# `q` of the lists


@pytest.mark.parametrize("query", ["ports of entry", "garitas", "port of entry", "garita"])
def test_a_kind_is_found_by_its_word_for_one_and_for_several(client: Client, query: str) -> None:
    of_kind = {region.id for region in client.items(RegionQuery(kind=["port-of-entry"]))}
    assert len(of_kind) > 5
    assert of_kind <= {region.id for region in client.items(RegionQuery(q=query))}


@by_name
def test_a_list_is_filtered_as_search_finds(rich: Served, oracle: SearchOracle, resource: Resource) -> None:
    names = names_of(oracle, resource.name) or [item["claim"][:60] for item in rich.items["facts"].values()]
    luck = random.Random(resource.name)
    asked = [*luck.sample(names, 6), *("".join(word[:3] for word in words(name)[:1]) for name in luck.sample(names, 4))]
    for query in (*asked, "Valley", "claim 1", "made up", "p", "A Paper"):
        tiers = oracle.tiers(resource.name, query)
        found = listed(rich.http, resource.name, q=query, count="exact")
        assert set(found) == set(tiers), query
        assert [tiers[id_] for id_ in found] == sorted(tiers.values()), query
        if resource.name in TYPES and tiers:
            assert found == [hit["id"] for hit in hits(rich.http, q=query, type=TYPES[resource.name])], query


def scored(rich: Served, collection: str, query: str) -> dict[str, int]:
    return {hit["id"]: hit["score"] for hit in hits(rich.http, q=query, type=TYPES[collection])}


@pytest.mark.parametrize("collection", [*TYPES])
def test_relevance_orders_in_both_directions_and_beside_others(
    rich: Served, oracle: SearchOracle, collection: str
) -> None:
    query = broad(oracle, collection)
    scores = scored(rich, collection, query)
    assert len(scores) > 1
    best = sorted(scores, key=lambda id_: (-scores[id_], id_))
    worst = sorted(scores, key=lambda id_: (scores[id_], id_))
    assert listed(rich.http, collection, q=query) == listed(rich.http, collection, q=query, sort="relevance") == best
    assert listed(rich.http, collection, q=query, sort="relevance", limit=1 if len(best) < 20 else 7) == best
    assert listed(rich.http, collection, q=query, sort="-relevance") == worst
    assert listed(rich.http, collection, q=query, sort="-relevance", limit=3 if len(best) < 40 else 20) == worst
    downwards = sorted(sorted(scores, reverse=True), key=lambda id_: -scores[id_])
    assert listed(rich.http, collection, q=query, sort="relevance,-id", limit=50) == downwards
    first = next((each for each in ("predicate", "kind") if each in RESOURCE_NAMED[collection].sort_values), None)
    if first:
        items = [rich.items[collection][id_] for id_ in best]
        by_first = ordered(items, [first])
        value = {item["id"]: item[first]["id"] if first == "predicate" else item[first] for item in items}
        assert listed(rich.http, collection, q=query, sort=f"{first},relevance", limit=20) == sorted(
            by_first, key=lambda id_: (value[id_], -scores[id_], id_)
        )


@by_name
def test_every_order_takes_a_filter_by_words(rich: Served, oracle: SearchOracle, resource: Resource) -> None:
    query = broad(oracle, resource.name)
    found = oracle.tiers(resource.name, query)
    assert len(found) > 2
    for sort in resource.sort_values:
        if sort.removeprefix("-") not in {"relevance", "id"}:
            items = [rich.items[resource.name][id_] for id_ in found]
            assert listed(rich.http, resource.name, q=query, sort=sort, limit=50) == ordered(items, [sort])
    assert listed(rich.http, resource.name, q=query, sort="id", limit=50) == sorted(found)
    assert listed(rich.http, resource.name, q=query, sort="-id", limit=50) == sorted(found, reverse=True)


FILTERED: Final = [
    ("regions", "1", {"kind": ["city", "state"]}),
    ("regions", "valle", {"within": ["land-0"]}),
    ("regions", "1", {"location__exists": ["true"]}),
    ("regions", "b", {"name__contains": ["ALIAS"]}),
    ("sectors", "ties", {"parent__exists": ["true"]}),
    ("organizations", "a", {"kind__not": ["company"]}),
    ("organizations", "a", {"region__within": ["land-1"]}),
    ("people", "pérez", {"organization": ["org-00", "org-01", "org-02", "org-03", "org-04", "org-05"]}),
    ("agreements", "a", {"kind": ["treaty"]}),
    ("events", "valley", {"time__during": ["1994/.."]}),
    ("events", "1", {"region__within": ["across-all"], "kind": ["founding"]}),
    ("facts", "valley", {"basis": ["observed"], "qualifier__not": ["exact"]}),
    ("facts", "claim", {"value__gte": ["25"], "source__tier": ["A"]}),
    ("facts", "claim", {"subject__type": ["region"], "time__during": ["2015"]}),
    ("facts", "usd", {"id": [f"fact-{number:03d}" for number in range(90)]}),
    ("predicates", "what", {"value_type": ["quantity"]}),
    ("sources", "university", {"tier": ["A", "B"]}),
]


@pytest.mark.parametrize(("collection", "query", "filters"), FILTERED)
def test_words_and_other_filters_hold_together(
    rich: Served, oracle: SearchOracle, collection: str, query: str, filters: dict[str, list[str]]
) -> None:
    kept = Oracle(rich.items, RENAMED).ids(collection, filters, {"within": ["regions"]})
    by_words = oracle.tiers(collection, query)
    expected = kept & set(by_words)
    assert expected
    assert expected < kept or expected < set(by_words)
    found = listed(rich.http, collection, q=query, count="exact", limit=20, **filters)
    assert set(found) == expected
    assert len(found) == len(expected)
    assert found == [id_ for id_ in listed(rich.http, collection, q=query) if id_ in expected]
    total = ask(rich.http, f"/v1/{collection}", q=query, count="exact", limit=1, **filters)["meta"]["total"]
    assert total == len(expected)


@pytest.mark.parametrize(
    ("collection", "query", "facet"),
    [
        ("facts", "valley", "basis"),
        ("facts", "claim 1", "predicate"),
        ("facts", "valley", "subject__type"),
        ("events", "1", "kind"),
        ("events", "1", "sector"),
        ("regions", "valle", "kind"),
        ("sources", "a", "tier"),
        ("predicates", "what", "value_type"),
    ],
)
@pytest.mark.parametrize("more", [{}, {"sort": "id"}, {"sort": "-relevance"}])
def test_facets_count_what_has_the_words(
    rich: Served, oracle: SearchOracle, collection: str, query: str, facet: str, more: dict[str, str]
) -> None:
    found = oracle.tiers(collection, query)
    values = [FIELDS[collection][facet](rich.items[collection][id_]) for id_ in found]
    counted = Counter(value for of_item in values for value in set(of_item))
    answer = ask(rich.http, f"/v1/{collection}", q=query, facets=facet, facet_limit=200, limit=1, **more)
    told = answer["facets"][facet]
    assert {bucket["value"]: bucket["count"] for bucket in told["buckets"]} == counted
    assert told["missing"] == sum(not of_item for of_item in values)
    assert counted


SERIES: Final = ("subject", "predicate", "region", "sector", "counterpart", "basis", "per", "unit", "scope_key")


def latest(facts: Iterable[Json]) -> set[str]:
    """Of each series the facts with the greatest end; one without an end goes on."""
    series: dict[tuple[Any, ...], list[tuple[Any, str]]] = defaultdict(list)
    for fact in facts:
        of_what_is = fact["basis"] in {"observed", "estimated"}
        if fact["time"] and of_what_is and (fact["time"]["latest"] or fact["time"]["earliest"]):
            parts = [fact[name]["id"] if isinstance(fact[name], dict) else fact[name] for name in SERIES]
            end = day(fact["time"]["latest"]) or (10**9, 0, 0)
            series[tuple(parts)].append((end, fact["id"]))
    return {id_ for ends in series.values() for end, id_ in ends if end == max(ends)[0]}


@pytest.mark.parametrize("query", ["valley", "claim", "history state", "land", "1"])
def test_the_latest_is_so_among_what_has_the_words(rich: Served, oracle: SearchOracle, query: str) -> None:
    facts = rich.items["facts"]
    found = oracle.tiers("facts", query)
    expected = latest(facts[id_] for id_ in found)
    by_relevance = [id_ for id_ in listed(rich.http, "facts", q=query) if id_ in expected]
    assert listed(rich.http, "facts", q=query, latest="true", count="exact", limit=20) == by_relevance
    for sort in ("id", "-time", "-relevance", "value"):
        assert set(listed(rich.http, "facts", q=query, latest="true", sort=sort, limit=20)) == expected
    lines = rich.http.get("/v1/facts", params={"q": query, "latest": "true", "format": "ndjson"}).text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == by_relevance
    buckets = ask(rich.http, "/v1/facts", q=query, latest="true", facets="basis")["facets"]["basis"]["buckets"]
    counted = Counter(facts[id_]["basis"] for id_ in expected)
    assert {bucket["value"]: bucket["count"] for bucket in buckets} == counted


@by_name
def test_exports_have_what_has_the_words_in_order(rich: Served, oracle: SearchOracle, resource: Resource) -> None:
    query = broad(oracle, resource.name)
    address = f"/v1/{resource.name}"
    expected = listed(rich.http, resource.name, q=query)
    assert len(expected) > 2
    for sort, ids in {"relevance": expected, "-id": sorted(expected, reverse=True)}.items():
        lines = rich.http.get(address, params={"q": query, "format": "ndjson", "sort": sort}).text.splitlines()
        assert [json.loads(line)["id"] for line in lines] == ids
    table = rich.http.get(address, params={"q": query, "format": "csv", "fields": "id"}).text
    assert table.removeprefix("\ufeff").split("\r\n") == ["id", *expected, ""]
    few = rich.http.get(address, params={"q": query, "format": "ndjson", "limit": 2}).text.splitlines()
    assert [json.loads(line)["id"] for line in few] == expected[:2]
    nothing = rich.http.get(address, params={"q": "zzzzzzzz", "format": "ndjson"})
    assert (nothing.status_code, nothing.content) == (200, b"")


def test_exports_of_places_and_sources_have_what_has_the_words(rich: Served) -> None:
    features = rich.http.get("/v1/regions", params={"q": "valle", "format": "geojson"}).json()["features"]
    assert [feature["id"] for feature in features] == listed(rich.http, "regions", q="valle")
    cited = {
        citation["source"]["id"]
        for id_ in listed(rich.http, "facts", q="valley usd")
        for citation in rich.items["facts"][id_]["citations"]
    }
    entries = rich.http.get("/v1/facts", params={"q": "valley usd", "format": "csl-json"}).json()
    assert {entry["id"] for entry in entries} == cited
    assert cited


@pytest.mark.parametrize("limit", [1, 3, 10])
@pytest.mark.parametrize("collection", ["regions", "facts", "sources"])
def test_pages_of_a_list_by_words_join_to_the_whole(rich: Served, collection: str, limit: int) -> None:
    query = {"regions": "valle", "facts": "valley 1", "sources": "university"}[collection]
    whole = listed(rich.http, collection, q=query)
    assert listed(rich.http, collection, q=query, limit=limit) == whole
    assert len(whole) > 2


@pytest.mark.parametrize(
    "other", [{}, {"q": "valley"}, {"q": "Valle", "sort": "-relevance"}, {"q": "Valle", "sort": "id"}]
)
def test_a_cursor_is_bound_to_the_words(rich: Served, other: Mapping[str, str]) -> None:
    cursor = ask(rich.http, "/v1/regions", q="Valle", limit=2)["page"]["next_cursor"]
    assert refused(rich.http, "/v1/regions", **other, cursor=cursor) == [("cursor", "foreign-cursor")]
    following = ask(rich.http, "/v1/regions", q="Valle", limit=2, cursor=cursor, lang="es")["data"]
    assert [item["id"] for item in following] == listed(rich.http, "regions", q="Valle")[2:4]


def test_the_client_filters_by_words(client: Client) -> None:
    people = client.list(PersonQuery(q="hernandez")).data
    assert [person.id for person in people][:1] == ["edna-patricia-hernandez"]
    hernandez: Person = people[0]
    assert hernandez.name == "Edna Patricia Hernández"
    facts = client.list(FactQuery(q="tijuana", sort=["-time"], limit=5)).data
    assert facts
    found = {hit.id for hit in client.search(SearchQuery(q="tijuana", type=[SearchType.FACT], limit=200)).data}
    assert {fact.id for fact in facts} <= found


def test_the_words_are_said_in_the_next_address(rich: Served) -> None:
    query = 'valley & "1"= #+'
    page = ask(rich.http, "/v1/facts", q=query, limit=1)
    assert httpx.URL(page["page"]["next"]).params["q"] == query


def test_lists_and_search_know_the_same_resources() -> None:
    assert {*TYPES} | {"predicates", "sources"} == {*RESOURCE_NAMED}
    assert [*SearchType] == [*TYPES.values()]
