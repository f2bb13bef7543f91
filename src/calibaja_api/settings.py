"""Settings: `CALIBAJA_*` variables, read once, checked, frozen. Nothing is read from the current folder."""

import os
import re
from enum import StrEnum
from typing import Annotated, Any, Final

import platformdirs
from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from calibaja_api.database import DatabaseError
from calibaja_api.databases import database_of
from calibaja_api.sqlite import url_of
from calibaja_api.text import nearest

PREFIX: Final = "CALIBAJA_"
_PASSWORD: Final = re.compile(r"(//[^/:@]*):[^@/]*@")
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?")


class WrongSettings(Exception):
    """Settings that are unknown or have a wrong value; the text names the right ones."""


class LogFormat(StrEnum):
    """How the log is written."""

    HUMAN = "human"
    JSON = "json"


def default_database_url() -> str:
    """An SQLite file in the user's data folder."""
    return url_of(platformdirs.user_data_path("calibaja", appauthor=False) / "calibaja.sqlite3")


def _database_url(url: str) -> str:
    try:
        database_of(url)
    except DatabaseError as error:
        raise ValueError(str(error)) from None
    return url


def _public_url(url: str) -> str:
    if not _ADDRESS.fullmatch(url):
        raise ValueError("not an address such as https://facts.example.org or https://example.org/facts")
    return url.rstrip("/")


class Settings(BaseSettings):
    """How the service is set up."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        default_factory=default_database_url,
        description="Where the dataset is: sqlite:////PATH or postgresql+psycopg://USER@HOST/NAME.",
    )
    public_url: Annotated[str, AfterValidator(_public_url)] | None = Field(
        default=None,
        description="Address under which clients reach the service; makes all addresses in answers absolute.",
    )
    cache_max_age: int = Field(
        default=60, ge=0, le=31_536_000, description="Seconds for which caches may keep an answer."
    )
    cache_stale_while_revalidate: int = Field(
        default=600,
        ge=0,
        le=31_536_000,
        description="Seconds for which caches may show an old answer while asking.",
    )
    cache_bytes: int = Field(
        default=0,
        ge=0,
        description="Size of the response cache. This release has none; any size is accepted.",
    )
    log_format: LogFormat = Field(default=LogFormat.HUMAN, description="How the log is written: human or json.")


def described() -> list[str]:
    """The settings, a line each: name, meaning, default."""
    lines = []
    for name, field in Settings.model_fields.items():
        default = "a file in the user's data folder" if field.default_factory else field.default
        lines.append(f"{PREFIX}{name.upper()}: {field.description} Default: {'none' if default is None else default}.")
    return lines


def load() -> Settings:
    """The settings of this process; `WrongSettings` names each wrong one."""
    names = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    problems = []
    for given in sorted(os.environ):
        if given.startswith(PREFIX) and given not in names:
            near = nearest(given, names)
            advice = f"did you mean {near}?" if near else f"there are {', '.join(names)}"
            problems.append(f"{given} is not a setting; {advice}")
    try:
        settings = Settings()
    except ValidationError as invalid:
        problems += [_problem(error) for error in invalid.errors(include_url=False)]
    else:
        if not problems:
            return settings
    raise WrongSettings("\n".join(problems))


def _problem(error: Any) -> str:
    name = str(error["loc"][0])
    message = error["msg"].removeprefix("Value error, ")
    given = _PASSWORD.sub(r"\1:***@", str(error["input"]))
    return f"{PREFIX}{name.upper()}={given} is wrong: {message}. {Settings.model_fields[name].description}"
