"""The words of each language that dates, quantities and closed vocabularies are told with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from calibaja_api.shapes.vocabulary import Lang, Qualifier

MONTHS: Final[Mapping[Lang, tuple[str, ...]]] = {
    Lang.EN: (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    Lang.ES: (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
}
SEASONS: Final[Mapping[Lang, tuple[str, ...]]] = {
    Lang.EN: ("spring", "summer", "autumn", "winter"),
    Lang.ES: ("primavera", "verano", "otoño", "invierno"),
}


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of one language that dates and quantities are made of."""

    day: str
    day_within: str
    month: str
    season: str
    decade: str
    years: str
    long_ago: str
    approximate: str
    uncertain: str
    interval: str
    open_end: str
    open_start: str
    unknown_end: str
    unknown_start: str
    either: str
    qualifiers: Mapping[Qualifier, str]
    ordinal: str
    million: tuple[str, str]
    trillion: tuple[str, str]
    per: str
    every: str


PHRASES: Final[Mapping[Lang, Phrases]] = {
    Lang.EN: Phrases(
        day="{month} {day}, {year}",
        day_within="{}",
        month="{month} {year}",
        season="{season} {year}",
        decade="the {first}s",
        years="the years {first} to {last}",
        long_ago="{year} BCE",
        approximate="around {}",
        uncertain="possibly {}",
        interval="{} to {}",
        open_end="from {} on",
        open_start="up to {}",
        unknown_end="from {} to an unknown date",
        unknown_start="from an unknown date to {}",
        either=" or ",
        qualifiers={
            Qualifier.EXACT: "{}",
            Qualifier.ABOUT: "about {}",
            Qualifier.NEARLY: "nearly {}",
            Qualifier.MORE_THAN: "more than {}",
            Qualifier.AT_LEAST: "at least {}",
            Qualifier.LESS_THAN: "less than {}",
            Qualifier.AT_MOST: "at most {}",
            Qualifier.BETWEEN: "between {} and {}",
            Qualifier.RANK: "{}",
        },
        ordinal="{}{}",
        million=("{} million", "{} million"),
        trillion=("{} trillion", "{} trillion"),
        per="{} per {}",
        every="{} every {} {}",
    ),
    Lang.ES: Phrases(
        day="{day} de {month} de {year}",
        day_within="el {}",
        month="{month} de {year}",
        season="{season} de {year}",
        decade="la década de {first}",
        years="los años {first} a {last}",
        long_ago="{year} a. C.",
        approximate="hacia {}",
        uncertain="posiblemente {}",
        interval="de {} a {}",
        open_end="de {} en adelante",
        open_start="hasta {}",
        unknown_end="de {} a una fecha desconocida",
        unknown_start="de una fecha desconocida a {}",
        either=" o ",
        qualifiers={
            Qualifier.EXACT: "{}",
            Qualifier.ABOUT: "alrededor de {}",
            Qualifier.NEARLY: "casi {}",
            Qualifier.MORE_THAN: "más de {}",
            Qualifier.AT_LEAST: "al menos {}",
            Qualifier.LESS_THAN: "menos de {}",
            Qualifier.AT_MOST: "a lo sumo {}",
            Qualifier.BETWEEN: "entre {} y {}",
            Qualifier.RANK: "{}",
        },
        ordinal="{}.º",
        million=("{} millón", "{} millones"),
        trillion=("{} billón", "{} billones"),
        per="{} por {}",
        every="{} cada {} {}",
    ),
}

TERMS: Final[Mapping[str, str]] = {
    "region": "región",
    "sector": "sector",
    "organization": "organización",
    "person": "persona",
    "agreement": "acuerdo",
    "event": "acontecimiento",
    "quantity": "cantidad",
    "text": "texto",
    "date": "fecha",
    "entity": "entidad",
    "exact": "exacto",
    "about": "alrededor de",
    "nearly": "casi",
    "more-than": "más de",
    "rank": "posición",
    "at-least": "al menos",
    "less-than": "menos de",
    "at-most": "a lo sumo",
    "between": "entre",
    "observed": "observado",
    "estimated": "estimado",
    "planned": "planeado",
    "forecast": "pronosticado",
    "opinion": "opinión",
}
"""Words of closed vocabularies in Spanish; in English they are words themselves."""

PERIODS: Final[Mapping[Lang, Mapping[str, tuple[str, str]]]] = {
    Lang.EN: {
        "Y": ("year", "years"),
        "M": ("month", "months"),
        "W": ("week", "weeks"),
        "D": ("day", "days"),
        "TH": ("hour", "hours"),
        "TM": ("minute", "minutes"),
    },
    Lang.ES: {
        "Y": ("año", "años"),
        "M": ("mes", "meses"),
        "W": ("semana", "semanas"),
        "D": ("día", "días"),
        "TH": ("hora", "horas"),
        "TM": ("minuto", "minutos"),
    },
}
