from decimal import Decimal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from calibaja_api.claims import says_figure, says_hedge, says_rank, says_year
from calibaja_api.dates import parse
from calibaja_api.shapes.vocabulary import Lang, Qualifier
from calibaja_api.wording import date_label, number_text, ordinal_text, quantity_text

EN, ES = Lang.EN, Lang.ES
Number = int | float

LANGS = st.sampled_from(list(Lang))
FRAMES = st.sampled_from(
    ["{}", "It had {}.", "({})", "“{}”, she says.", "Were {}, now less", "—{}—", "is {}; then", "¿{}? Sí", "{} of them"]
)
"""What stands around a figure or a date in a claim."""
QUALIFIERS = st.sampled_from(sorted(set(Qualifier) - {Qualifier.BETWEEN, Qualifier.RANK}))
UNITS = st.sampled_from([("company", "companies"), ("%", "%"), ("km²", "km²"), ("dólar", "dólares"), ("", "")])
RATES = st.sampled_from([None, "P1Y", "P3M", "PT1H"])


def number(value: Decimal) -> Number:
    """As seed files have it: a whole number, or a double."""
    return int(value) if value == value.to_integral() else float(value)


def scaled(digits: int, places: int, power: int) -> Number:
    return number(Decimal(digits).scaleb(power - places))


VALUES = st.one_of(
    st.integers(0, 10**13),
    st.builds(scaled, st.integers(1, 99_999), st.integers(0, 4), st.sampled_from([0, 3, 6, 9, 12])),
)
WITHOUT_SCALE = st.one_of(
    st.integers(0, 999_999), st.builds(scaled, st.integers(1, 99_999), st.integers(0, 4), st.just(0))
)
RANKS = st.integers(1, 150)


# What the program writes is recognised


@given(VALUES, LANGS, FRAMES)
@example(1, ES, "{}")
@example(1_000_000, ES, "{}")
@example(202_400_000_000, ES, "{}")
@example(4_100_000_000_000, EN, "{}")
@example(1e-05, EN, "It had {}.")
def test_a_number_as_the_program_writes_it_is_recognised(value: Number, lang: Lang, frame: str) -> None:
    assert says_figure(frame.format(number_text(value, lang)), value, lang)


@given(VALUES, VALUES, QUALIFIERS, UNITS, RATES, LANGS, FRAMES)
def test_a_quantity_as_the_program_writes_it_is_recognised(
    value: Number, more: Number, qualifier: Qualifier, unit: tuple[str, str], per: str | None, lang: Lang, frame: str
) -> None:
    claim = frame.format(quantity_text(value, None, qualifier, unit, per, lang))
    assert says_figure(claim, value, lang)
    assert says_hedge(claim, qualifier, lang, value)
    upper = value + more
    claim = frame.format(quantity_text(value, upper, Qualifier.BETWEEN, unit, per, lang))
    assert says_figure(claim, value, lang)
    assert says_figure(claim, upper, lang)
    assert says_hedge(claim, Qualifier.BETWEEN, lang, value)


@given(VALUES.filter(bool), QUALIFIERS, UNITS, LANGS)
@example(4.5, Qualifier.EXACT, ("%", "%"), EN)
@example(4.5, Qualifier.MORE_THAN, ("%", "%"), ES)
def test_a_loss_as_the_program_writes_it_is_recognised(
    loss: Number, qualifier: Qualifier, unit: tuple[str, str], lang: Lang
) -> None:
    claim = f"It was {quantity_text(-loss, None, qualifier, unit, None, lang)}."
    assert says_figure(claim, -loss, lang)
    assert says_hedge(claim, qualifier, lang, -loss)


@given(RANKS, LANGS, FRAMES, UNITS)
def test_a_rank_as_the_program_writes_it_is_recognised(
    rank: int, lang: Lang, frame: str, unit: tuple[str, str]
) -> None:
    assert says_rank(frame.format(quantity_text(rank, None, Qualifier.RANK, unit, None, lang)), rank, lang)


@given(RANKS, RANKS, LANGS, FRAMES)
def test_another_rank_is_not(rank: int, other: int, lang: Lang, frame: str) -> None:
    assert says_rank(frame.format(ordinal_text(rank, lang)), other, lang) is (rank == other)


@given(RANKS, LANGS)
def test_a_rank_is_no_figure(rank: int, lang: Lang) -> None:
    assert not says_figure(f"It stood {ordinal_text(rank, lang)} there.", rank, lang)


def near(value: Number) -> st.SearchStrategy[Number]:
    """Other figures that look like one: rounded, a part of its digits, another scale, one more."""
    exact = Decimal(str(value))
    digits = f"{exact.normalize():f}"
    parts = {digits[:end] for end in range(1, len(digits))} | {digits[start:] for start in range(1, len(digits))}
    parts = {part.strip(".") for part in parts} | {digits.replace(".", ""), digits.replace(".", "") + "0"}
    others = {Decimal(part) for part in parts if part.strip(".")}
    others |= {exact.scaleb(power) for power in (-12, -9, -6, -3, 3, 6, 9, 12)}
    others |= {round(exact, places) for places in range(-9, 3)} | {exact + 1}
    return st.sampled_from(sorted({number(other) for other in others} - {value}) or [value + 1])


@given(st.data(), WITHOUT_SCALE, LANGS, FRAMES)
def test_a_figure_that_only_looks_like_it_is_not(data: st.DataObject, value: Number, lang: Lang, frame: str) -> None:
    other = data.draw(near(value))
    assert not says_figure(frame.format(number_text(value, lang)), other, lang)


@given(st.data(), VALUES, LANGS, FRAMES)
def test_a_figure_of_another_scale_is_not(data: st.DataObject, value: Number, lang: Lang, frame: str) -> None:
    other = data.draw(near(value))
    assert not says_figure(frame.format(number_text(value, lang)), other, lang)


@given(VALUES, VALUES, LANGS)
def test_nothing_is_recognised_where_another_figure_stands(value: Number, other: Number, lang: Lang) -> None:
    assume(value != other)
    assert not says_figure(number_text(value, lang), other, lang)


# What people write is recognised


@pytest.mark.parametrize(
    ("claim", "value", "lang"),
    [
        ("had 1,922,523 inhabitants", 1_922_523, EN),
        ("had 1922523 inhabitants", 1_922_523, EN),
        ("tenía 1,922,523 habitantes", 1_922_523, ES),
        ("is 202.4 billion dollars", 202_400_000_000, EN),
        ("is 202,400 million dollars", 202_400_000_000, EN),
        ("es de 202,400 millones de dólares", 202_400_000_000, ES),
        ("es de 202.4 mil millones de dólares", 202_400_000_000, ES),
        ("paid $5,800,000 for it", 5_800_000, EN),
        ("paid US$5.8 million for it", 5_800_000, EN),
        ("paid $5.80 million for it", 5_800_000, EN),
        ("pagó 5.8 millones", 5_800_000, ES),
        ("costs US$12", 12, EN),
        ("costs US$ 12", 12, EN),
        ("costs USD 12", 12, EN),
        ("costs MX$12.00", 12, EN),
        ("costs €12", 12, EN),
        ("was 4.1 trillion dollars", 4_100_000_000_000, EN),
        ("fue de 4.1 billones de dólares", 4_100_000_000_000, ES),
        ("fue de 4,100,000 millones de dólares", 4_100_000_000_000, ES),
        ("almost eight million crossings", 8_000_000, EN),
        ("casi ocho millones de cruces", 8_000_000, ES),
        ("800 thousand crossings", 800_000, EN),
        ("800 mil cruces", 800_000, ES),
        ("one million containers", 1_000_000, EN),
        ("a million containers", 1_000_000, EN),
        ("un millón de contenedores", 1_000_000, ES),
        ("mil empresas", 1000, ES),
        ("mil millones de pesos", 1_000_000_000, ES),
        ("one hundred firms", 100, EN),
        ("cien empresas", 100, ES),
        ("Seven companies", 7, EN),
        ("seven-year plan", 7, EN),
        ("Siete empresas", 7, ES),
        ("dieciséis empresas", 16, ES),
        ("has one company", 1, EN),
        ("tiene una empresa", 1, ES),
        ("tiene un parque", 1, ES),
        ("uno de los parques", 1, ES),
        ("twenty-one parks", 21, EN),
        ("veintiún parques", 21, ES),
        ("veintidós parques", 22, ES),
        ("thirty parks", 30, EN),
        ("treinta parques", 30, ES),
        ("treinta y siete parques", 37, ES),
        ("ciento siete parques", 107, ES),
        ("doscientas empresas", 200, ES),
        ("two hundred and seven firms", 207, EN),
        ("2 mil 500 empresas", 2500, ES),
        ("17.4 percent", 17.4, EN),
        ("17.4%", 17.4, EN),
        ("17.4 %", 17.4, ES),
        ("17.40 por ciento", 17.4, ES),
        ("1.50 dollars", 1.5, EN),
        ("12,345.678 km²", 12_345.678, EN),
        ("zero", 0, EN),
        ("a 450-bed hospital", 450, EN),
        ("“450”, she says", 450, EN),
        ("450, by then", 450, EN),
        ("they were 450.", 450, EN),
        ("10\u201312 plants", 10, EN),
        ("10\u201312 plants", 12, EN),
        ("10-12 plantas", 12, ES),
        ("fell by 4.5 percent", -4.5, EN),
        ("a change of -4.5%", -4.5, EN),
        ("a change of \u22124.5%", -4.5, EN),
        ("una variación de -4.5 por ciento", -4.5, ES),
        ("lost 7,827 jobs", -7827, EN),
    ],
)
def test_a_figure_as_people_write_it_is_recognised(claim: str, value: Number, lang: Lang) -> None:
    assert says_figure(claim, value, lang)


@pytest.mark.parametrize(
    ("claim", "rank", "lang"),
    [
        ("ranked 5th", 5, EN),
        ("ranked fifth in the world", 5, EN),
        ("the second-largest producer", 2, EN),
        ("Fourth, above Japan", 4, EN),
        ("number 5 in the list", 5, EN),
        ("number one in the list", 1, EN),
        ("No. 5 in the list", 5, EN),
        ("#5 in the list", 5, EN),
        ("ranked tenth", 10, EN),
        ("ranked eleventh", 11, EN),
        ("ranked 21st", 21, EN),
        ("ranked twenty-first", 21, EN),
        ("el 5.º del mundo", 5, ES),
        ("la 5.ª economía", 5, ES),
        ("la 5ª economía", 5, ES),
        ("el 1.er lugar", 1, ES),
        ("el 1er lugar", 1, ES),
        ("la quinta economía", 5, ES),
        ("el quinto lugar", 5, ES),
        ("el primer lugar", 1, ES),
        ("el tercer lugar", 3, ES),
        ("la tercera posición", 3, ES),
        ("el séptimo lugar", 7, ES),
        ("el décimo lugar", 10, ES),
        ("el undécimo lugar", 11, ES),
        ("duodécimo lugar del país", 12, ES),
        ("el decimotercer lugar", 13, ES),
        ("la décima tercera posición", 13, ES),
        ("el vigésimo lugar", 20, ES),
        ("el lugar 13 del país", 13, ES),
        ("el número 5 del mundo", 5, ES),
        ("el número uno del mundo", 1, ES),
    ],
)
def test_a_rank_as_people_write_it_is_recognised(claim: str, rank: int, lang: Lang) -> None:
    assert says_rank(claim, rank, lang)


# What says something else is not recognised


@pytest.mark.parametrize(
    ("claim", "value", "lang"),
    [
        ("1,450 firms", 450, EN),
        ("1,450 firms", 1, EN),
        ("two thousand five hundred firms", 500, EN),
        ("two thousand five hundred firms", 2000, EN),
        ("half a million people", 1_000_000, EN),
        ("medio millón de personas", 1_000_000, ES),
        ("un millón doscientos mil", 200_000, ES),
        ("1 millón 922 mil 523 habitantes", 1_000_000, ES),
        ("1 millón 922 mil 523 habitantes", 922_523, ES),
        ("450.5 km²", 450, EN),
        ("450.5 km²", 5, EN),
        ("45,000 firms", 45, EN),
        ("45,000 firms", 450, EN),
        ("45,000 firms", 4500, EN),
        ("1\u00a0450 empresas", 450, ES),
        ("the 450th firm", 450, EN),
        ("la empresa 450.ª", 450, ES),
        ("el 5.º lugar", 5, ES),
        ("17 firms", 7, EN),
        ("seventeen firms", 7, EN),
        ("diecisiete empresas", 7, ES),
        ("in 2020", 20, EN),
        ("the COVID-19 year", 19, EN),
        ("about 200 billion dollars", 202_400_000_000, EN),
        ("202 billion dollars", 202_400_000_000, EN),
        ("unos 2 millones", 1_922_523, ES),
        ("17 percent", 17.4, EN),
        ("1.922.523 habitantes", 1_922_523, ES),
        ("1.922.523 habitantes", 1.922, ES),
        ("1.922.523 habitantes", 523, ES),
        ("17,4 por ciento", 17.4, ES),
        ("17,4 por ciento", 17, ES),
        ("17,4 por ciento", 4, ES),
        ("1,5 millones", 1_500_000, ES),
        ("202.400 millones", 202_400_000_000, ES),
        ("300.000 personas", 300, ES),
        ("5.000 empresas", 5, ES),
        ("1.500 empresas", 1.5, ES),
        ("4.1 billion dollars", 4_100_000_000_000, EN),
        ("4.1 trillion dollars", 4_100_000_000, EN),
        ("4.1 billones de dólares", 4_100_000_000, ES),
        ("202,400 mil millones", 202_400_000_000, ES),
        ("450 million dollars", 450, EN),
        ("450 millones de dólares", 450, ES),
        ("450 mil personas", 450, ES),
        ("seven million people", 7, EN),
        ("siete mil personas", 7, ES),
        ("mil millones de dólares", 1000, ES),
        ("mil millones de dólares", 1_000_000, ES),
        ("twenty-one parks", 20, EN),
        ("twenty-one parks", 1, EN),
        ("one hundred and seven parks", 7, EN),
        ("one hundred and seven parks", 100, EN),
        ("treinta y siete parques", 7, ES),
        ("treinta y siete parques", 30, ES),
        ("ciento siete parques", 7, ES),
        ("dos mil parques", 1000, ES),
        ("17.4 por ciento", 100, ES),
        ("fell by 5.4 percent", -4.5, EN),
        ("many firms", 450, EN),
        ("", 0, EN),
    ],
)
def test_another_figure_is_not_recognised(claim: str, value: Number, lang: Lang) -> None:
    assert not says_figure(claim, value, lang)


@pytest.mark.parametrize(
    ("claim", "rank", "lang"),
    [
        ("ranked 15th", 5, EN),
        ("ranked 5th", 15, EN),
        ("ranked fifteenth", 5, EN),
        ("ranked twenty-fifth", 5, EN),
        ("ranked sixth", 5, EN),
        ("has 5 companies", 5, EN),
        ("has five companies", 5, EN),
        ("has one company", 1, EN),
        ("in 2005", 5, EN),
        ("no lugar", 1, ES),
        ("el 15.º del mundo", 5, ES),
        ("la 15.ª economía", 5, ES),
        ("la vigésima quinta economía", 5, ES),
        ("el décimo tercer lugar", 10, ES),
        ("el décimo tercer lugar", 3, ES),
        ("tiene 5 empresas", 5, ES),
        ("tiene cinco empresas", 5, ES),
        ("tiene una empresa", 1, ES),
    ],
)
def test_another_rank_is_not_recognised(claim: str, rank: int, lang: Lang) -> None:
    assert not says_rank(claim, rank, lang)


# Hedges

HEDGED = {
    EN: {
        Qualifier.ABOUT: (
            *("about {}", "around {}", "some {}", "roughly {}", "approximately {}", "an estimated {}"),
            *("{} firms or so", "an average of {}", "estimated that {} came", "circa {}"),
        ),
        Qualifier.NEARLY: ("nearly {}", "almost {}", "close to {}", "just under {}", "approached {}", "approaching {}"),
        Qualifier.MORE_THAN: (
            *("more than {}", "over {}", "above {}", "exceeded {}", "exceeding {}", "upwards of {}", "topped {}"),
            *("surpassed {}", "a little over {}", "greater than {}", "in excess of {}"),
        ),
        Qualifier.AT_LEAST: (
            *("at least {}", "{} firms or more", "{} or more", "no fewer than {}", "not less than {}"),
            *("no less than {}", "a minimum of {}"),
        ),
        Qualifier.LESS_THAN: ("less than {}", "fewer than {}", "under {}", "below {}", "lower than {}"),
        Qualifier.AT_MOST: ("up to {}", "at most {}", "no more than {}", "a maximum of {}", "as many as {}"),
    },
    ES: {
        Qualifier.ABOUT: (
            *("alrededor de {}", "cerca de {}", "unos {}", "unas {}", "aproximadamente {}", "un promedio de {}"),
            *("se estiman en {}", "una cifra estimada de {}", "se calculan en {}", "en torno a {}"),
        ),
        Qualifier.NEARLY: ("casi {}", "cerca de {}", "cercano a {}", "poco menos de {}", "rondaba {}"),
        Qualifier.MORE_THAN: (
            *("más de {}", "superan {}", "superó las {}", "rebasó {}", "excedió {}", "por encima de {}", "mayor a {}"),
            *("superior a {}", "superiores a {}", "poco más de {}", "mayor que {}", "excede {}", "por arriba de {}"),
        ),
        Qualifier.AT_LEAST: (
            *("al menos {}", "por lo menos {}", "como mínimo {}", "{} o más", "no menos de {}", "cuando menos {}"),
            "un mínimo de {}",
        ),
        Qualifier.LESS_THAN: (
            *("menos de {}", "por debajo de {}", "inferior a {}", "no llegaba a {}", "menor a {}", "menor que {}"),
        ),
        Qualifier.AT_MOST: ("hasta {}", "a lo sumo {}", "como máximo {}", "no más de {}", "un máximo de {}"),
    },
}
ALL_HEDGED = [
    (phrase, qualifier, lang)
    for lang, by_qualifier in HEDGED.items()
    for qualifier, phrases in by_qualifier.items()
    for phrase in phrases
]
MEANINGS = {
    Qualifier.ABOUT: "near",
    Qualifier.NEARLY: "near",
    Qualifier.MORE_THAN: "above",
    Qualifier.AT_LEAST: "above",
    Qualifier.LESS_THAN: "below",
    Qualifier.AT_MOST: "below",
}
LOSS = {"above": "below", "below": "above", "near": "near"}


@pytest.mark.parametrize(("phrase", "qualifier", "lang"), ALL_HEDGED)
def test_a_hedge_as_people_write_it_is_recognised(phrase: str, qualifier: Qualifier, lang: Lang) -> None:
    assert says_hedge(f"It had {phrase.format(300)} in 2015.", qualifier, lang, 300)
    assert says_hedge(f"{phrase.format('$300')}".capitalize(), qualifier, lang, 300)


@pytest.mark.parametrize(("phrase", "qualifier", "lang"), ALL_HEDGED)
def test_a_hedge_of_the_other_direction_is_not(phrase: str, qualifier: Qualifier, lang: Lang) -> None:
    directions = {MEANINGS[qualifier], "near"}
    for other, direction in MEANINGS.items():
        # What is nearly a figure is below it: "just under 300", "poco menos de 300".
        if direction not in directions and (qualifier, direction) != (Qualifier.NEARLY, "below"):
            assert not says_hedge(f"It had {phrase.format(300)} in 2015.", other, lang, 300), other


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("qualifier", sorted(HEDGED[EN]))
def test_a_bare_figure_is_not_hedged(qualifier: Qualifier, lang: Lang) -> None:
    assert not says_hedge("Port Town: 300 radios, 2015.", qualifier, lang, 300)


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("qualifier", [Qualifier.EXACT, Qualifier.BETWEEN, Qualifier.RANK])
def test_what_hedges_nothing_needs_no_hedge(qualifier: Qualifier, lang: Lang) -> None:
    assert says_hedge("Port Town: 300 radios, 2015.", qualifier, lang, 300)
    assert says_hedge("Port Town: \u2212300 radios, 2015.", qualifier, lang, -300)


@pytest.mark.parametrize("lang", Lang)
def test_the_hedge_of_one_language_is_none_in_the_other(lang: Lang) -> None:
    other = ES if lang is EN else EN
    for qualifier, phrases in HEDGED[lang].items():
        assert not says_hedge(phrases[0].format(300), qualifier, other, 300)


@pytest.mark.parametrize(
    ("claim", "qualifier", "value", "lang"),
    [
        ("A report of about 2020 counted 25 members.", Qualifier.ABOUT, 25, EN),
        ("Una nota de hacia 2025 daba 25 integrantes.", Qualifier.ABOUT, 25, ES),
        ("La garita procesó 325,690 camiones hacia el norte.", Qualifier.ABOUT, 325_690, ES),
        ("Exports worth 5.8 billion dollars passed through the port.", Qualifier.MORE_THAN, 5_800_000_000, EN),
        ("It counted 144 firms, 55 of them with more than 250 employees.", Qualifier.MORE_THAN, 144, EN),
        ("Contabilizó 144 empresas, 55 de ellas con más de 250 empleados.", Qualifier.MORE_THAN, 144, ES),
        ("El acelerador reunió hasta agosto de 2012 la suma de 500 dólares.", Qualifier.AT_MOST, 500, ES),
        ("En 2020, 66 de cada 100 personas de 12 años o más trabajaban.", Qualifier.AT_LEAST, 66, ES),
    ],
)
def test_a_hedge_of_something_else_is_not_the_figures(
    claim: str, qualifier: Qualifier, value: Number, lang: Lang
) -> None:
    assert not says_hedge(claim, qualifier, lang, value)


@pytest.mark.parametrize(("phrase", "qualifier", "lang"), ALL_HEDGED)
def test_what_hedges_a_loss_says_it_of_how_much_was_lost(phrase: str, qualifier: Qualifier, lang: Lang) -> None:
    # More than 300 lost is less than -300.
    of_the_value = {
        Qualifier.MORE_THAN: Qualifier.LESS_THAN,
        Qualifier.LESS_THAN: Qualifier.MORE_THAN,
        Qualifier.AT_LEAST: Qualifier.AT_MOST,
        Qualifier.AT_MOST: Qualifier.AT_LEAST,
    }.get(qualifier, qualifier)
    claim = f"It lost {phrase.format(300)} in 2015."
    assert says_hedge(claim, of_the_value, lang, -300)
    if of_the_value is not qualifier and MEANINGS[qualifier] == "above":
        assert not says_hedge(claim, qualifier, lang, -300)


# Years

CENTURIES = st.integers(10, 99).map(lambda first: f"{first}XX")
DECADES = st.integers(100, 999).map(lambda first: f"{first}X")
YEARS = st.integers(1, 9999).map(lambda year: f"{year:04d}")
DAYS = st.dates().map(str)
LONG_AGO = st.one_of(st.integers(1, 9999).map(lambda year: f"-{year:04d}"), st.just("0000"), st.just("-0043-03-15"))
SEASONS = st.builds(lambda year, season: f"{year}-{season}", YEARS, st.integers(21, 24))
DATES = st.builds(
    lambda date, qualifier: date + qualifier,
    st.one_of(
        YEARS, DAYS, DAYS.map(lambda day: day[:7]), DAYS.map(lambda day: f"{day[:7]}-XX"), SEASONS, DECADES, CENTURIES
    ),
    st.sampled_from(["", "~", "?", "%"]),
)
ENDS = st.builds(lambda date, form: form.format(date), DATES, st.sampled_from(["{}/..", "{}/", "../{}", "/{}"]))


def interval(dates: list[str]) -> str:
    first, last = sorted(dates, key=lambda date: parse(date).earliest or (0, 0, 0))
    assume((parse(first).earliest or 0) <= (parse(last).latest or 0))  # type: ignore[operator]
    return f"{first}/{last}"


INTERVALS = st.lists(DATES, min_size=2, max_size=2).map(interval)
SETS = st.lists(DATES, min_size=2, max_size=4, unique=True).map(lambda dates: f"[{','.join(dates)}]")


@given(st.one_of(DATES, ENDS, INTERVALS, SETS), LANGS, FRAMES)
@example("199X", ES, "{}")
@example("19XX", EN, "It had {}.")
@example("[2000~,2002~]", ES, "{}")
@example("1994/..", EN, "{}")
@example("Y12345", EN, "{}")
def test_a_date_as_the_program_writes_it_is_recognised(edtf: str, lang: Lang, frame: str) -> None:
    span = parse(edtf)
    assert says_year(frame.format(date_label(span, lang)), span, lang)


@given(LONG_AGO, LANGS, FRAMES)
@example("-0044", EN, "{}")
@example("0000", ES, "It had {}.")
def test_a_date_before_our_era_is_recognised(edtf: str, lang: Lang, frame: str) -> None:
    span = parse(edtf)
    assert says_year(frame.format(date_label(span, lang)), span, lang)


@given(YEARS, YEARS, LANGS, FRAMES)
def test_another_year_is_not(year: str, other: str, lang: Lang, frame: str) -> None:
    assert says_year(frame.format(date_label(parse(year), lang)), parse(other), lang) is (year == other)


@given(DECADES, DECADES, LANGS)
def test_another_decade_is_not(decade: str, other: str, lang: Lang) -> None:
    assert says_year(date_label(parse(decade), lang), parse(other), lang) is (decade == other)


@pytest.mark.parametrize(
    ("claim", "time", "lang"),
    [
        ("in 2015", "2015", EN),
        ("in 2015, it", "2015", EN),
        ("until 2015.", "2015", EN),
        ("2015's best", "2015", EN),
        ("in 2015\u201316", "2015", EN),
        ("in 2014/15", "2014", EN),
        ("in mid-2002", "2002-06", EN),
        ("in 2014-2015", "2015", EN),
        ("on September 15, 2015", "2015-09-15", EN),
        ("el 15 de septiembre de 2015", "2015-09-15", ES),
        ("in the winter of 2014", "2014-24", EN),
        ("in the winter to 2015", "2014-24", EN),
        ("in the 1990s", "199X", EN),
        ("in the early 1990s", "199X", EN),
        ("in the nineties", "199X", EN),
        ("en los noventa", "199X", ES),
        ("en los años noventa", "199X", ES),
        ("en la década de los noventa", "199X", ES),
        ("en la década de 1990", "199X", ES),
        ("a mediados de los años treinta", "193X", ES),
        ("in the 20th century", "19XX", EN),
        ("in the twentieth century", "19XX", EN),
        ("en el siglo XX", "19XX", ES),
        ("en el siglo XXI", "20XX", ES),
        ("from 1994 to 2004", "1994/2004", EN),
        ("in the ten years to 2004", "1994/2004", EN),
        ("in the ten years from 1994", "1994/2004", EN),
        ("since 1994", "1994/..", EN),
        ("desde 1994", "1994/..", ES),
        ("by 2004", "../2004", EN),
        ("in 2000 or 2002", "[2000~,2002~]", EN),
        ("hacia 2002", "[2000~,2002~]", ES),
        ("in 45 BCE", "-0044", EN),
        ("en 45 a. C.", "-0044", ES),
        ("in 1 BCE", "0000", EN),
    ],
)
def test_a_year_as_people_write_it_is_recognised(claim: str, time: str, lang: Lang) -> None:
    assert says_year(claim, parse(time), lang)


@pytest.mark.parametrize(
    ("claim", "time", "lang"),
    [
        ("in 2016", "2015", EN),
        ("in 12015", "2015", EN),
        ("2,015 firms", "2015", EN),
        ("2015.5 km", "2015", EN),
        ("this year", "2015", EN),
        ("in the 1980s", "199X", EN),
        ("en los ochenta", "199X", ES),
        ("noventa empresas", "199X", ES),
        ("en los años treinta y siete", "193X", ES),
        ("in the 19th century", "19XX", EN),
        ("en el siglo XXI", "19XX", ES),
        ("in 1999", "1994/2004", EN),
        ("in 2001", "[2000~,2002~]", EN),
        ("in 1993", "1994/..", EN),
        ("in 44 BCE", "-0044", EN),
        ("in 44", "-0044", EN),
        ("in 45", "-0044", EN),
    ],
)
def test_another_time_is_not_recognised(claim: str, time: str, lang: Lang) -> None:
    assert not says_year(claim, parse(time), lang)
