"""A little seed folder that is valid as it stands, and changes to it; what it tells of is made up."""

import hashlib
from pathlib import Path
from typing import Final, NamedTuple

TEXT: Final = (
    "Two Rivers is a region of Port Town and River City. Port Works opened in 1998. “Más de 40 empresas”, says Ana "
    "López, “trabajan aquí”. In 2015 Port Town had 42 companies. Nobody builds better radios than we do, she says.\n"
)
"""The text of the made gazette, as its digest is of."""


def cite(sentence: str, speaker: str = "") -> str:
    """A citation of a sentence of the made gazette, as YAML in one line."""
    start = TEXT.index(sentence)
    digest = hashlib.sha256(sentence.encode()).hexdigest()
    selector = f'{{start: {start}, end: {start + len(sentence)}, sha256: "{digest}"}}'
    return f"{{source: gazette, locator: 1st paragraph, selector: {selector}{speaker and f', speaker: {speaker}'}}}"


DEFINITION: Final = cite("Two Rivers is a region of Port Town and River City.")
OPENING: Final = cite("Port Works opened in 1998.")
COMPANIES: Final = cite("In 2015 Port Town had 42 companies.")
PRAISE: Final = cite("Nobody builds better radios than we do, she says.", "ana-lopez")
SAID: Final = cite("“Más de 40 empresas”, says Ana López, “trabajan aquí”.", "ana-lopez")

FILES: Final = {
    "dataset.yaml": """\
id: two-rivers-facts
release: 2
released: "2026-01-31"
name: {en: Two Rivers facts, es: Datos de Dos Ríos}
description: {en: Made facts., es: Datos inventados.}
renamed:
  regions: {harbor-town: port-town}
withdrawn:
  people: [john-doe]
""",
    "units.yaml": """\
- code: "{establishment}"
  one: {en: company, es: empresa}
  other: {en: companies, es: empresas}
- code: km2
  one: {en: km², es: km²}
  other: {en: km², es: km²}
- code: "1"
  one: {en: place, es: lugar}
  other: {en: place, es: lugar}
""",
    "labels.yaml": """\
- {code: en, label: {en: English, es: inglés}}
- {code: es, label: {en: Spanish, es: español}}
- {code: news, label: {en: news, es: noticia}}
- {code: statistics, label: {en: statistics, es: estadística}}
- {code: country, label: {en: country, es: país}}
- {code: city, label: {en: city, es: ciudad}}
- {code: cross-border-region, label: {en: cross-border region, es: región transfronteriza}}
- {code: chamber, label: {en: chamber, es: cámara}}
- {code: company, label: {en: company, es: empresa}}
- {code: treaty, label: {en: treaty, es: tratado}}
- {code: signing, label: {en: signing, es: firma}}
- {code: opening, label: {en: opening, es: inauguración}}
""",
    "predicates.yaml": """\
- id: establishments
  name: {en: companies, es: empresas}
  description: {en: How many companies there are., es: Cuántas empresas hay.}
  value_type: quantity
  units: ["{establishment}"]
- id: area
  name: {en: area, es: superficie}
  description: {en: How large it is., es: Qué tan grande es.}
  value_type: quantity
  units: [km2]
- id: rank
  name: {en: rank, es: posición}
  description: {en: Where it stands in an order., es: Qué lugar ocupa en un orden.}
  value_type: quantity
  units: ["1"]
- id: activity
  name: {en: activity, es: actividad}
  description: {en: What it does., es: Lo que hace.}
  value_type: text
- id: founded
  name: {en: founded, es: fundación}
  description: {en: When it began., es: Cuándo comenzó.}
  value_type: date
- id: owner
  name: {en: owner, es: propietario}
  description: {en: Whose it is., es: De quién es.}
  value_type: entity
""",
    "sources.yaml": f"""\
- id: gazette
  name: "Two Rivers, One Region"
  publisher: The Gazette
  authors: [Jo Writer]
  url: https://gazette.example/two-rivers
  published: "2016-05"
  language: en
  kind: news
  tier: B
  text_sha256: "{hashlib.sha256(TEXT.encode()).hexdigest()}"
- id: almanac
  name: Almanaque
  publisher: Oficina de Estadística
  language: es
  kind: statistics
  tier: A
""",
    "regions.yaml": f"""\
- id: northland
  kind: country
  name: {{en: Northland, es: Norlandia}}
- id: southland
  kind: country
  name: {{en: Southland, es: Surlandia}}
- id: port-town
  kind: city
  parent: northland
  name: {{en: Port Town, es: Villapuerto}}
  description: {{en: City of Northland., es: Ciudad de Norlandia.}}
  aliases: [PT]
  identifiers:
    - {{scheme: geonames, value: "1001", verified: made 1.0}}
  location: {{lat: 32.5, lon: -117}}
- id: river-city
  kind: city
  parent: southland
  name: {{en: River City, es: Ciudad Río}}
- id: two-rivers
  kind: cross-border-region
  name: {{en: Two Rivers, es: Dos Ríos}}
  members:
    - region: port-town
      citations: [{DEFINITION}]
    - region: river-city
      citations: [{DEFINITION}]
""",
    "sectors.yaml": """\
- id: industry
  name: {en: Industry, es: Industria}
- id: electronics
  parent: industry
  name: {en: Electronics, es: Electrónica}
- id: radio
  parent: electronics
  name: Radio
""",
    "organizations.yaml": """\
- id: trade-chamber
  kind: chamber
  area: two-rivers
  name: {en: Chamber of Trade, es: Cámara de Comercio}
- id: port-works
  kind: company
  region: port-town
  parent: trade-chamber
  sectors: [electronics]
  name: Port Works
  identifiers:
    - {scheme: register, value: "77", verified: made 1.0}
""",
    "people.yaml": f"""\
- id: ana-lopez
  name: Ana López
  roles:
    - role: {{en: Director, es: Directora}}
      organization: port-works
      time: "1998/.."
      citations: [{SAID}]
""",
    "agreements.yaml": """\
- id: river-accord
  kind: treaty
  parties: [northland, southland]
  name: {en: River Accord, es: Acuerdo del Río}
""",
    "events.yaml": f"""\
- id: port-works-opening
  kind: opening
  name: {{en: Opening of Port Works, es: Apertura de Port Works}}
  time: "1998"
  regions: [port-town]
  sectors: [electronics]
  organizations: [port-works]
  citations: [{OPENING}]
""",
    "facts/gazette.yaml": f"""\
- id: port-town-companies-2015
  subject: port-town
  predicate: establishments
  value: 42
  unit: "{{establishment}}"
  qualifier: exact
  time: "2015"
  time_basis: stated
  basis: observed
  claim:
    en: Port Town had 42 companies in 2015.
    es: Villapuerto tenía 42 empresas en 2015.
  citations: [{COMPANIES}]
- id: electronics-companies
  subject: electronics
  predicate: establishments
  value: 40
  unit: "{{establishment}}"
  qualifier: more-than
  region: port-town
  per: P1Y
  basis: estimated
  claim: {{en: More than 40 companies work in electronics., es: Más de 40 empresas se dedican a la electrónica.}}
  citations: [{SAID}]
- id: port-works-founded
  subject: port-works
  predicate: founded
  time: "1998"
  time_basis: stated
  basis: observed
  claim: {{en: Port Works was founded in 1998., es: Port Works se fundó en 1998.}}
  citations: [{OPENING}]
- id: port-works-owner
  subject: port-works
  predicate: owner
  object: ana-lopez
  time: "2016"
  time_basis: derived
  basis: observed
  claim: {{en: Ana López owned Port Works in 2016., es: Ana López era dueña de Port Works en 2016.}}
  note: {{en: The year is that of the report., es: El año es el del reporte.}}
  citations: [{SAID}]
- id: port-works-best
  subject: port-works
  predicate: activity
  text: {{en: builds the best radios, es: hace las mejores radios}}
  sector: radio
  basis: opinion
  scope: {{en: portable ones, es: portátiles}}
  scope_key: portable
  claim:
    en: Ana López says Port Works builds the best radios.
    es: Ana López dice que Port Works hace las mejores radios.
  citations: [{PRAISE}]
""",
    "facts/almanac.yaml": """\
- id: two-rivers-area
  subject: two-rivers
  predicate: area
  value: 1200.5
  value_upper: 1300
  unit: km2
  qualifier: between
  counterpart: southland
  time: "[2000~,2002~]"
  time_basis: reported
  basis: observed
  claim:
    en: Two Rivers had an area of 1200.5 to 1300 km² around 2000 or 2002.
    es: Dos Ríos tenía de 1200.5 a 1300 km² hacia 2000 o 2002.
  citations: [{source: almanac, locator: p. 3}]
- id: two-rivers-rank
  subject: two-rivers
  predicate: rank
  value: 3
  unit: "1"
  qualifier: rank
  basis: forecast
  claim: {en: Two Rivers will be third., es: Dos Ríos será tercera.}
  citations: [{source: almanac, locator: p. 4, speaker_name: The editors}]
""",
}
"""The files of the folder, by name."""


class Change(NamedTuple):
    """Other words in a file: what stands there once, and what stands there instead."""

    file: str
    old: str
    new: str


def appended(file: str, entry: str) -> Change:
    """A change that adds to the end of a file."""
    return Change(file, "", entry)


def write(folder: Path, *changes: Change) -> Path:
    """Write the files with these changes into a folder, which is returned."""
    files = dict(FILES)
    for file, old, new in changes:
        if old:
            assert files[file].count(old) == 1, f"{old!r} does not stand once in {file}"
            files[file] = files[file].replace(old, new)
        else:
            files[file] = files.get(file, "") + new
    for file, content in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def line_of(folder: Path, file: str, words: str) -> int:
    """The line of a written file in which these words stand."""
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    (line,) = (number for number, line in enumerate(lines, 1) if words in line)
    return line
