"""What people look for, and what must come first or among the first three: judged by people, in both languages."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from calibaja_api.client import Client
from calibaja_api.shapes import SearchQuery

# One line each: the text, and the ids of which one must be first; with `3`, one of them among the first three.
JUDGED = """
# names
tijuana                                  > tijuana
san diego                                > san-diego
condado de san diego                     > san-diego-county
San Quintín                              > san-quintin
rosarito                                 > playas-de-rosarito
Baja California                          > baja-california
california                               > california
Cali-Baja                                > cali-baja
calibaja                                 > cali-baja
cali baja mega region                    > cali-baja
megarregión cali-baja                    > cali-baja
otay mesa                                3 otay-mesa-poe
garita de san ysidro                     > san-ysidro-poe
san ysidro port of entry                 > san-ysidro-poe
borderplex                               > borderplex
estados unidos                           > united-states
mexico                                   > mexico
ciudad juárez                            > ciudad-juarez
el colegio de la frontera norte          > colef
universidad autonoma de baja california  > uabc
smart border coalition                   > smart-border-coalition
guadalupe hidalgo                        > guadalupe-hidalgo
bracero                                  > bracero-program
dispositivos médicos                     > medical-devices
medical devices                          > medical-devices
semiconductores                          > semiconductors
televisores                              > television-manufacturing
maquiladoras                             > manufacturing
energía renovable                        > cleantech-renewables
toyota                                   3 toyota-baja-california
sierra juarez wind farm                  > energia-sierra-juarez
# acronyms
TLCAN                                    > nafta
nafta                                    > nafta
T-MEC                                    > usmca
TMEC                                     > usmca
t mec                                    > usmca
usmca                                    > usmca
CANIETI                                  > canieti
CCE                                      > cce
DEITAC                                   > tijuana-edc
CBX                                      > cross-border-xpress
COLEF                                    > colef
UABC                                     > uabc
UCSD                                     > uc-san-diego
ITJ                                      > itj
NADBank                                  > nadbank
SANDAG                                   > sandag
IMMEX                                    > immex
INEGI                                    3 inegi
MX-BCN                                   > baja-california
# missing accents and case
hernandez                                > edna-patricia-hernandez
HERNÁNDEZ                                > edna-patricia-hernandez
nuevo leon                               > nuevo-leon
ciudad de mexico                         > mexico-city
# word order
free north american trade agreement      > nafta
devices medical                          > medical-devices
california baja                          > baja-california
hernandez patricia                       > edna-patricia-hernandez
# partial last words
tiju                                     > tijuana
mexic                                    3 mexicali mexico
edna patricia her                        > edna-patricia-hernandez
universidad autonoma de baja cal         > uabc
treaty of guad                           > guadalupe-hidalgo
smart bor                                > smart-border-coalition
# phrases
population of tijuana                    > tijuana-population-2020
poblacion de tijuana                     > tijuana-population-2020
tijuana population 2010                  > tijuana-population-2010
población de mexicali 2020               > mexicali-population-2020
"population of baja california"          > baja-california-population-2020
exports baja california 2023             3 baja-california-exports-2023-inegi
exportaciones baja california 2023       3 baja-california-exports-2023-inegi
aerospace employment 2018                > baja-california-aerospace-employment-2018
empleo dispositivos médicos tijuana 2020 > tijuana-medical-device-employment-2020
remesas                                  3 baja-california-remittances-2024-first-quarter
california quinta economía               3 california-world-economy-rank
california tenth place 2012              > california-world-economy-rank-2012
founding of tijuana                      > tijuana-founding
fundación de ensenada                    > ensenada-founding
nafta in force                           3 nafta-in-force-1994 nafta-in-force
television capital                       3 baja-california-tv-capital-end tijuana-tv-capital-1995
how many tech companies in baja california 3 baja-california-tech-companies-2018
cuántas empresas de tecnología hay en baja california 3 baja-california-tech-companies-2018
area of baja california                  > baja-california-area-2020
pib california 2024                      > california-gdp-2024
parque eolico                            3 energia-sierra-juarez esj-opened energia-sierra-juarez-capacity-2022
blue economy san diego                   3 san-diego-county-maritime-companies-2012
cross border xpress opens                3 cbx-opened cross-border-xpress
Tijuana's population                     > tijuana-population-2020
world's fifth largest economy            3 california-world-economy-rank california-world-economy-rank-2002
border wait times                        3 san-diego-border-delays-revenue-loss-2005
tiempos de espera san diego              3 san-diego-border-delays-revenue-loss-2005
# numbers
1,922,523                                > tijuana-population-2020
1922523                                  > tijuana-population-2020
300 companies                            3 baja-california-tech-companies-2018
300 empresas 2018                        > baja-california-tech-companies-2018
22 mil habitantes san felipe             > san-felipe-population-2022
22 thousand inhabitants san felipe       > san-felipe-population-2022
54 mil millones exportaciones            3 baja-california-exports-2023-inegi
4.1 billones                             3 california-gdp-2024 california-fourth-2025
14.4 km                                  3 nuevo-leon-border-length nuevo-leon-border-length-2021
IT companies                             3 baja-california-tech-companies-2018
EUA                                      > united-states
cd juarez                                > ciudad-juarez
u.s. border                              > mexico-us-border
# misspelled
bit centre                               > bit-center
cuantos habitantes tiene tijuna          3 tijuana-population-2020
tijuna                                   > tijuana
canetti                                  > canieti
maquialdora                              3 manufacturing border-industrialization-program
mexicalli                                > mexicali
ensenda                                  > ensenada
califronia                               > california
edna patrica hernandez                   > edna-patricia-hernandez
cruces peatonales san ysidro 2019        3 san-ysidro-port-daily-pedestrians-2019-gsa
"""


@dataclass(frozen=True)
class Judged:
    """A text, and what must be among its first hits."""

    text: str
    wanted: frozenset[str]
    within: int


def judged() -> Iterator[Judged]:
    for line in JUDGED.strip().splitlines():
        if not line.startswith("#"):
            text, first, ids = line.partition(" > ") if " > " in line else line.partition(" 3 ")
            yield Judged(text.strip(), frozenset(ids.split()), 1 if first == " > " else 3)


ALL = list(judged())


def test_the_list_is_long_enough_to_judge_by() -> None:
    assert len(ALL) >= 60


@pytest.mark.parametrize("asked", ALL, ids=lambda asked: asked.text)
def test_what_people_look_for_comes_first(client: Client, asked: Judged) -> None:
    found = [hit.id for hit in client.search(SearchQuery(q=asked.text, limit=max(asked.within, 3))).data]
    assert asked.wanted & set(found[: asked.within]), found
