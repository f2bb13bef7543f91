import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibaja_api.dates import parse
from calibaja_api.phrases import MONTHS, SEASONS
from calibaja_api.shapes.vocabulary import Lang, Qualifier
from calibaja_api.wording import date_label, number_text, quantity_text


@pytest.mark.parametrize(
    ("edtf", "english", "spanish"),
    [
        ("2015-06-15", "June 15, 2015", "15 de junio de 2015"),
        ("2015-06-05", "June 5, 2015", "5 de junio de 2015"),
        ("2015-06", "June 2015", "junio de 2015"),
        ("2015-06-XX", "June 2015", "junio de 2015"),
        ("2015", "2015", "2015"),
        ("2015-XX", "2015", "2015"),
        ("2015-XX-XX", "2015", "2015"),
        ("0215", "215", "215"),
        ("2015-21", "spring 2015", "primavera de 2015"),
        ("2015-22", "summer 2015", "verano de 2015"),
        ("2015-23", "autumn 2015", "otoño de 2015"),
        ("2015-24", "winter 2015", "invierno de 2015"),
        ("199X", "the 1990s", "la década de 1990"),
        ("19XX", "the years 1900 to 1999", "los años 1900 a 1999"),
        ("0001", "1", "1"),
        ("0000", "1 BCE", "1 a. C."),
        ("-0044", "45 BCE", "45 a. C."),
        ("-0043-03-15", "March 15, 44 BCE", "15 de marzo de 44 a. C."),
        ("Y-12345", "12346 BCE", "12346 a. C."),
        ("Y12345", "12345", "12345"),
        ("2015~", "around 2015", "hacia 2015"),
        ("2015?", "possibly 2015", "posiblemente 2015"),
        ("2015%", "possibly around 2015", "posiblemente hacia 2015"),
        ("2015-06-15~", "around June 15, 2015", "hacia el 15 de junio de 2015"),
        ("199X~", "around the 1990s", "hacia la década de 1990"),
        ("1994/1999", "1994 to 1999", "de 1994 a 1999"),
        ("1994-03/1999-11", "March 1994 to November 1999", "de marzo de 1994 a noviembre de 1999"),
        ("1994~/1999?", "around 1994 to possibly 1999", "de hacia 1994 a posiblemente 1999"),
        ("1994/..", "from 1994 on", "de 1994 en adelante"),
        ("1994~/..", "from around 1994 on", "de hacia 1994 en adelante"),
        ("2015-06-15/2016-01-02", "June 15, 2015 to January 2, 2016", "del 15 de junio de 2015 al 2 de enero de 2016"),
        ("2015-06-15/..", "from June 15, 2015 on", "del 15 de junio de 2015 en adelante"),
        ("../2015-06-15", "up to June 15, 2015", "hasta el 15 de junio de 2015"),
        ("../1999", "up to 1999", "hasta 1999"),
        ("1994/", "from 1994 to an unknown date", "de 1994 a una fecha desconocida"),
        ("/1999?", "from an unknown date to possibly 1999", "de una fecha desconocida a posiblemente 1999"),
        ("[2000,2002]", "2000 or 2002", "2000 o 2002"),
        ("[2000~,2002~]", "around 2000 or 2002", "hacia 2000 o 2002"),
        ("[2000%,2002%]", "possibly around 2000 or 2002", "posiblemente hacia 2000 o 2002"),
        ("[2000~,2002]", "around 2000 or 2002", "hacia 2000 o 2002"),
        ("[2000,2002~]", "2000 or around 2002", "2000 o hacia 2002"),
        ("[2000,2001-05,2002?]", "2000 or May 2001 or possibly 2002", "2000 o mayo de 2001 o posiblemente 2002"),
    ],
)
def test_a_date_as_a_person_reads_it(edtf: str, english: str, spanish: str) -> None:
    span = parse(edtf)
    assert (date_label(span, Lang.EN), date_label(span, Lang.ES)) == (english, spanish)


@pytest.mark.parametrize("lang", Lang)
def test_each_month_and_season_has_its_name(lang: Lang) -> None:
    for number, month in enumerate(MONTHS[lang], start=1):
        assert month in date_label(parse(f"2015-{number:02d}"), lang)
    for number, season in enumerate(SEASONS[lang], start=21):
        assert season in date_label(parse(f"2015-{number}"), lang)
    assert (len(set(MONTHS[lang])), len(set(SEASONS[lang]))) == (12, 4)


@pytest.mark.parametrize(
    ("value", "english", "spanish"),
    [
        (0, "0", "0"),
        (5, "5", "5"),
        (-5, "-5", "-5"),
        (300, "300", "300"),
        (300.0, "300", "300"),
        (1_000, "1,000", "1,000"),
        (12_345.678, "12,345.678", "12,345.678"),
        (0.1, "0.1", "0.1"),
        (1e-7, "0.0000001", "0.0000001"),
        (999_999, "999,999", "999,999"),
        (999_999.5, "999,999.5", "999,999.5"),
        (1_000_000, "1 million", "1 millón"),
        (-1_000_000, "-1 million", "-1 millón"),
        (1e6, "1 million", "1 millón"),
        (1_000_001, "1,000,001", "1,000,001"),
        (1_500_000, "1.5 million", "1.5 millones"),
        (1_234_000, "1.234 million", "1.234 millones"),
        (1_234_500, "1,234,500", "1,234,500"),
        (2_000_000, "2 million", "2 millones"),
        (999_000_000, "999 million", "999 millones"),
        (1_000_000_000, "1 billion", "1,000 millones"),
        (2_500_000_000, "2.5 billion", "2,500 millones"),
        (202_400_000_000, "202.4 billion", "202,400 millones"),
        (-202_400_000_000, "-202.4 billion", "-202,400 millones"),
        (999_999_000_000, "999.999 billion", "999,999 millones"),
        (1_000_000_000_000, "1 trillion", "1 billón"),
        (4_215_000_000_000, "4.215 trillion", "4.215 billones"),
        (-5_000_000_000_000, "-5 trillion", "-5 billones"),
        (1_234_567_890_000_000, "1,234.56789 trillion", "1,234.56789 billones"),
        (1_000_000_001, "1,000,000,001", "1,000,000,001"),
    ],
)
def test_a_number_as_a_person_reads_it(value: float, english: str, spanish: str) -> None:
    assert (number_text(value, Lang.EN), number_text(value, Lang.ES)) == (english, spanish)


WORDS = {"": 0, "million": 6, "billion": 9, "trillion": 12, "millón": 6, "millones": 6, "billón": 12, "billones": 12}


def read_back(text: str) -> Decimal:
    digits, _, word = text.partition(" ")
    assert re.fullmatch(r"-?(?:[0-9]{1,3}(?:,[0-9]{3})*)(?:\.[0-9]+)?", digits)
    sign, figures, exponent = Decimal(digits.replace(",", "")).as_tuple()
    assert isinstance(exponent, int)
    return Decimal((sign, figures, exponent + WORDS[word]))


FIGURES = st.one_of(
    st.integers(-(10**15), 10**15),
    st.integers(-(10**6), 10**6).map(lambda thousands: thousands * 1_000),
    st.floats(-1e15, 1e15),
    st.decimals(-(10**9), 10**9, places=2).map(float),
)


@pytest.mark.parametrize("lang", Lang)
@given(value=FIGURES)
def test_no_digit_of_a_number_is_lost(lang: Lang, value: float) -> None:
    assert read_back(number_text(value, lang)) == Decimal(str(value))


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize(
    "value", [10**18 + 1, 2**63 - 1, 1.7976931348623157e308, 5e-324, 1e34, 10**30 + 1, 10**40 + 1], ids=str
)
def test_no_digit_of_a_very_great_or_small_number_is_lost(lang: Lang, value: float) -> None:
    assert read_back(number_text(value, lang)) == Decimal(str(value))


def test_one_million_is_the_only_singular_of_millions() -> None:
    words = [number_text(value * 500_000, Lang.ES).split()[1] for value in range(2, 7)]
    assert words == ["millón", "millones", "millones", "millones", "millones"]


COMPANIES = {Lang.EN: ("company", "companies"), Lang.ES: ("empresa", "empresas")}


@pytest.mark.parametrize(
    ("qualifier", "english", "spanish"),
    [
        (Qualifier.EXACT, "300 companies", "300 empresas"),
        (Qualifier.ABOUT, "about 300 companies", "alrededor de 300 empresas"),
        (Qualifier.NEARLY, "nearly 300 companies", "casi 300 empresas"),
        (Qualifier.MORE_THAN, "more than 300 companies", "más de 300 empresas"),
        (Qualifier.AT_LEAST, "at least 300 companies", "al menos 300 empresas"),
        (Qualifier.LESS_THAN, "less than 300 companies", "menos de 300 empresas"),
        (Qualifier.AT_MOST, "at most 300 companies", "a lo sumo 300 empresas"),
        (Qualifier.BETWEEN, "between 300 and 400 companies", "entre 300 y 400 empresas"),
    ],
)
def test_a_quantity_is_hedged_as_its_source_hedges_it(qualifier: Qualifier, english: str, spanish: str) -> None:
    upper = 400 if qualifier is Qualifier.BETWEEN else None
    texts = [quantity_text(300, upper, qualifier, COMPANIES[lang], None, lang) for lang in Lang]
    assert texts == [english, spanish]


def test_every_qualifier_reads_differently() -> None:
    for lang in Lang:
        texts = {
            quantity_text(3, 4 if qualifier is Qualifier.BETWEEN else None, qualifier, COMPANIES[lang], None, lang)
            for qualifier in Qualifier
        }
        assert len(texts) == len(Qualifier)


@pytest.mark.parametrize(
    ("value", "upper", "english", "spanish"),
    [
        (1, None, "1 company", "1 empresa"),
        (1.0, None, "1 company", "1 empresa"),
        (0, None, "0 companies", "0 empresas"),
        (2, None, "2 companies", "2 empresas"),
        (1.5, None, "1.5 companies", "1.5 empresas"),
        (0, 1, "between 0 and 1 companies", "entre 0 y 1 empresas"),
        (1, 2, "between 1 and 2 companies", "entre 1 y 2 empresas"),
        (1_000_000, None, "1 million companies", "1 millón de empresas"),
        (2_500_000, None, "2.5 million companies", "2.5 millones de empresas"),
        (2_500_001, None, "2,500,001 companies", "2,500,001 empresas"),
        (202_400_000_000, None, "202.4 billion companies", "202,400 millones de empresas"),
        (500_000, 1_000_000, "between 500,000 and 1 million companies", "entre 500,000 y 1 millón de empresas"),
        (1_000_000, 1_000_001, "between 1 million and 1,000,001 companies", "entre 1 millón y 1,000,001 empresas"),
    ],
)
def test_the_unit_agrees_with_the_figure(value: float, upper: float | None, english: str, spanish: str) -> None:
    qualifier = Qualifier.EXACT if upper is None else Qualifier.BETWEEN
    texts = [quantity_text(value, upper, qualifier, COMPANIES[lang], None, lang) for lang in Lang]
    assert texts == [english, spanish]


@pytest.mark.parametrize(
    ("unit", "value", "english", "spanish"),
    [
        ("%", 4.5, "4.5%", "4.5%"),
        ("%", 1, "1%", "1%"),
        ("", 7, "7", "7"),
        ("", 2_000_000, "2 million", "2 millones"),
    ],
)
def test_a_unit_that_is_a_sign_or_no_word(unit: str, value: float, english: str, spanish: str) -> None:
    texts = [quantity_text(value, None, Qualifier.EXACT, (unit, unit), None, lang) for lang in Lang]
    assert texts == [english, spanish]


@pytest.mark.parametrize(
    ("per", "english", "spanish"),
    [
        ("P1Y", "5 companies per year", "5 empresas por año"),
        ("P01Y", "5 companies per year", "5 empresas por año"),
        ("P2Y", "5 companies every 2 years", "5 empresas cada 2 años"),
        ("P1M", "5 companies per month", "5 empresas por mes"),
        ("P6M", "5 companies every 6 months", "5 empresas cada 6 meses"),
        ("P1W", "5 companies per week", "5 empresas por semana"),
        ("P2W", "5 companies every 2 weeks", "5 empresas cada 2 semanas"),
        ("P1D", "5 companies per day", "5 empresas por día"),
        ("P10D", "5 companies every 10 days", "5 empresas cada 10 días"),
        ("PT1H", "5 companies per hour", "5 empresas por hora"),
        ("PT12H", "5 companies every 12 hours", "5 empresas cada 12 horas"),
        ("PT1M", "5 companies per minute", "5 empresas por minuto"),
        ("PT30M", "5 companies every 30 minutes", "5 empresas cada 30 minutos"),
        (None, "5 companies", "5 empresas"),
    ],
)
def test_a_rate_names_its_period(per: str | None, english: str, spanish: str) -> None:
    texts = [quantity_text(5, None, Qualifier.EXACT, COMPANIES[lang], per, lang) for lang in Lang]
    assert texts == [english, spanish]


def test_a_hedged_rate_of_millions() -> None:
    texts = [quantity_text(50_000_000, None, Qualifier.NEARLY, COMPANIES[lang], "P1Y", lang) for lang in Lang]
    assert texts == ["nearly 50 million companies per year", "casi 50 millones de empresas por año"]


PLACE = {Lang.EN: ("place", "place"), Lang.ES: ("lugar", "lugar")}


@pytest.mark.parametrize(
    ("rank", "english"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (10, "10th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (22, "22nd"),
        (23, "23rd"),
        (101, "101st"),
        (111, "111th"),
        (112, "112th"),
        (113, "113th"),
        (1_011, "1011th"),
        (3.0, "3rd"),
    ],
)
def test_a_rank_is_an_ordinal(rank: float, english: str) -> None:
    texts = [quantity_text(rank, None, Qualifier.RANK, PLACE[lang], None, lang) for lang in Lang]
    assert texts == [f"{english} place", f"{int(rank)}.º lugar"]
