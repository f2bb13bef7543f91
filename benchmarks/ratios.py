"""What measurements come to: the median with its quartiles, and whether it is enough."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Whether a row is what it must be or aims to be."""

    AIM = "aim met"
    MUST = "must met"
    SHORT = "aim missed"
    MISSED = "must missed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Spread:
    """The median and the quartiles around it."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bound:
    """What a row must be and what it aims to be: at least, or at most."""

    must: float | None
    aim: float | None
    at_most: bool = False

    def verdict(self, value: float) -> Verdict:
        """Whether a value is enough."""
        if self.must is not None and not self._holds(value, self.must):
            return Verdict.MISSED
        if self.aim is not None and self._holds(value, self.aim):
            return Verdict.AIM
        return Verdict.MUST if self.must is not None else Verdict.SHORT

    def _holds(self, value: float, bound: float) -> bool:
        return value <= bound if self.at_most else value >= bound


def spread(values: Sequence[float]) -> Spread:
    """The median and the quartiles, between measured values where they fall between two."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high)
