"""Looks at an installation from the settings to the last record, and says what is wrong with it."""

import hashlib
import json
import platform
import resource
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Final

import httpx

from calibaja_api import __version__
from calibaja_api.connections import files_for
from calibaja_api.database import Database, DatabaseError
from calibaja_api.databases import database_of
from calibaja_api.datasets import OpenDataset
from calibaja_api.downloads import record_lines
from calibaja_api.findings import Finding, Verdict
from calibaja_api.packaged import folder
from calibaja_api.resources.records import DatasetRecord
from calibaja_api.seeds import read_dataset
from calibaja_api.settings import Settings
from calibaja_api.shapes.vocabulary import Lang

SECONDS: Final = 10


def examine(settings: Settings, address: str | None = None) -> Iterator[Finding]:
    """All that can be looked at, one after the other; the service too, where its address is given."""
    yield Finding(Verdict.OK, f"calibaja {__version__} on Python {platform.python_version()}, {platform.platform()}")
    packaged = yield from _package()
    yield from _process(settings)
    database = database_of(settings.database_url)
    try:
        yield from database.examine()
        version = yield from _dataset(database, packaged)
    finally:
        database.close()
    if address is not None:
        yield from _service(address, version)


def _package() -> Generator[Finding, None, DatasetRecord | None]:
    """The dataset that the package brings is returned, or None."""
    try:
        packaged = read_dataset(folder("seed"))
        folder("migrations")
    except OSError as error:
        yield Finding(Verdict.WRONG, f"the package lacks its seed files or its migrations: {error}; install it anew")
        return None
    yield Finding(Verdict.OK, f"the package brings release {packaged.release} of the dataset {packaged.id}")
    return packaged


def _process(settings: Settings) -> Iterator[Finding]:
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = files_for(settings.max_connections)
    if files != resource.RLIM_INFINITY and files < needed:
        text = f"{files} files may be open, too few for {settings.max_connections} connections"
        yield Finding(Verdict.WRONG, f"{text}: raise `ulimit -n` to {needed} or lower CALIBAJA_MAX_CONNECTIONS")
    else:
        yield Finding(Verdict.OK, f"as many files may be open as {settings.max_connections} connections need")
    try:
        yield Finding(Verdict.OK, f"large sorts spill to {tempfile.gettempdir()}")
    except FileNotFoundError:
        yield Finding(Verdict.NOTE, "there is no folder for temporary files: large sorts take memory instead")


def _dataset(database: Database, packaged: DatasetRecord | None) -> Generator[Finding, None, str | None]:
    """What answers come from; its version is returned, or None."""
    try:
        dataset = OpenDataset(database)
    except DatabaseError as error:
        yield Finding(Verdict.WRONG, str(error))
        return None
    about = dataset.stamp
    try:
        yield Finding(Verdict.OK, f"dataset {about.id}, version {about.version}, release {about.release}")
        yield _records(dataset)
        kept = ", ".join(version for version in dataset.kept() if version != about.version)
        if kept:
            yield Finding(Verdict.OK, f"versions kept beside it: {kept}")
        else:
            yield Finding(Verdict.NOTE, "no other version is kept, so there is none to roll back to")
        if packaged is not None and packaged.id == about.id and packaged.release > about.release:
            text = f"the package brings release {packaged.release}, and {about.release} is served"
            yield Finding(Verdict.NOTE, f"{text}; `calibaja publish` puts it there")
    except DatabaseError as error:
        yield Finding(Verdict.WRONG, str(error))
    finally:
        dataset.close()
    return about.version


def _records(dataset: OpenDataset) -> Finding:
    """Whether every record is as it was published."""
    digest = hashlib.sha256()
    with dataset.opened(dataset.version) as reader, closing(record_lines(reader)) as lines:
        for line in lines:
            digest.update(line.encode() + b"\n")
    if digest.hexdigest() != dataset.about[Lang.EN].content_sha256:
        text = "its records are not those that were published: their digest is another"
        return Finding(Verdict.WRONG, f"{text}; publish it again, or `calibaja rollback`")
    return Finding(Verdict.OK, "its records have the digest that they were published with")


def _service(address: str, version: str | None) -> Iterator[Finding]:
    """Whether the service at an address lives, and answers from the same dataset."""
    try:
        with httpx.Client(base_url=address.rstrip("/"), timeout=SECONDS) as http:
            health, ready = http.get("/healthz"), http.get("/readyz")
            answered = json.loads(ready.content)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        yield Finding(
            Verdict.WRONG, f"{address} answers not as this service does: {str(error) or type(error).__name__}"
        )
        return
    if health.status_code != httpx.codes.OK:
        yield Finding(Verdict.WRONG, f"{address}/healthz answers {health.status_code}, not 200")
    elif ready.status_code != httpx.codes.OK:
        yield Finding(Verdict.WRONG, f"{address} lives and has nothing to answer from: {answered.get('detail')}")
    elif answered.get("dataset_version") != version:
        served = answered.get("dataset_version")
        yield Finding(Verdict.WRONG, f"{address} answers from {served}, and {version} is current in this database")
    else:
        yield Finding(Verdict.OK, f"{address} answers from {version}")
