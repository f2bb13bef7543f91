"""Settings: `CALIBAJA_*` variables, read once, checked, frozen. Nothing is read from the current folder."""

import ipaddress
import os
import re
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from calibaja_api.database import DatabaseError
from calibaja_api.databases import database_of
from calibaja_api.sqlite import url_of
from calibaja_api.text import nearest

PREFIX: Final = "CALIBAJA_"
_PASSWORD: Final = re.compile(r"(//[^/:@]*):[^@/]*@")
_HOST: Final = re.compile(r"\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?")


class WrongSettings(Exception):
    """Settings that are unknown or have a wrong value; the text names the right ones."""


class LogFormat(StrEnum):
    """How the log is written."""

    HUMAN = "human"
    JSON = "json"


class LogLevel(StrEnum):
    """The least that the log tells of."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def default_database_url() -> str:
    """An SQLite file in the user's data folder."""
    # Most say where the dataset is, and need not wait until this is loaded.
    import platformdirs

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


def _allowed_hosts(hosts: str) -> str:
    names = [name.strip().lower() for name in hosts.split(",")]
    if not all(_HOST.fullmatch(name) for name in names):
        raise ValueError("not names without ports such as facts.example.org,*.example.org, nor *")
    return ",".join(names)


def _trusted_proxies(proxies: str) -> str:
    networks = [each.strip() for each in proxies.split(",")]
    try:
        for network in networks:
            ipaddress.ip_network(network)
    except ValueError:
        raise ValueError("not addresses or networks such as 10.0.0.7,192.168.0.0/16") from None
    return ",".join(networks)


class Settings(BaseModel):
    """How the service is set up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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
        default=67_108_864,
        ge=0,
        le=1 << 40,
        description="Size of the response cache, in each process; 0 switches it off.",
    )
    allowed_hosts: Annotated[str, AfterValidator(_allowed_hosts)] = Field(
        default="*",
        description="Names under which the service is asked, with commas; *.example.org is any below, * any at all.",
    )
    trusted_proxies: Annotated[str, AfterValidator(_trusted_proxies)] | None = Field(
        default=None,
        description="Addresses or networks, with commas, whose X-Forwarded-For the log believes.",
    )
    max_connections: int = Field(
        default=1_000, ge=1, le=100_000, description="Connections that are open at once, in each process."
    )
    max_requests: int = Field(
        default=256, ge=1, le=100_000, description="Requests that are answered at once, in each process."
    )
    log_format: LogFormat = Field(default=LogFormat.HUMAN, description="How the log is written: human or json.")
    log_level: LogLevel = Field(
        default=LogLevel.INFO, description="The least that the log tells of: debug, info, warning or error."
    )
    access_log: bool = Field(default=False, description="Whether the log tells of every request: true or false.")


def described() -> list[str]:
    """The settings, a line each: name, meaning, default."""
    lines = []
    for name, field in Settings.model_fields.items():
        default = "a file in the user's data folder" if field.default_factory else field.default
        lines.append(f"{PREFIX}{name.upper()}: {field.description} Default: {'none' if default is None else default}.")
    return lines


def load() -> Settings:
    """The settings of this process; `WrongSettings` names each wrong one."""
    names = {f"{PREFIX}{name.upper()}": name for name in Settings.model_fields}
    values: dict[str, str] = {}
    problems = []
    # Capitals come first, and what is written so is meant first.
    for given in sorted(os.environ):
        if given.upper() in names:
            values.setdefault(names[given.upper()], os.environ[given])
        elif given.startswith(PREFIX):
            near = nearest(given, names)
            advice = f"did you mean {near}?" if near else f"there are {', '.join(names)}"
            problems.append(f"{given} is not a setting; {advice}")
    try:
        settings = Settings.model_validate(values)
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
