"""What one finds who looks at an installation."""

from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """How good it is."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


class Finding(NamedTuple):
    """Something that was looked at; where it is wrong, the text says what to do."""

    verdict: Verdict
    text: str
