"""The service that the tutorials of FastAPI and SQLModel teach to write, over the same facts in one flat table.

Endpoints that are no coroutines, a session from a dependency, `select` with `where`, `offset` and `limit`, a response
model. It knows no count, no cursor and no refusals, and what it sends is flat.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, HTTPException, Query
from sqlmodel import Field, Session, SQLModel, col, create_engine, select

from benchmarks.flat import TABLE, VARIABLE


class FactBase(SQLModel):
    """A fact as it is sent: the columns of our CSV."""

    id: str = Field(primary_key=True)
    type: str
    subject_id: str
    subject_name: str
    predicate_id: str
    predicate_name: str
    value: float | None = None
    unit: str | None = None
    qualifier: str | None = None
    value_upper: float | None = None
    object_id: str | None = None
    object_name: str | None = None
    text: str
    region_id: str | None = None
    region_name: str | None = None
    sector_id: str | None = None
    sector_name: str | None = None
    counterpart_id: str | None = None
    counterpart_name: str | None = None
    basis: str
    per: str | None = None
    scope: str | None = None
    scope_key: str | None = None
    time_edtf: str | None = None
    time_earliest: str | None = None
    time_latest: str | None = None
    time_precision: str | None = None
    time_approximate: str | None = None
    time_uncertain: str | None = None
    time_label: str | None = None
    time_basis: str | None = None
    claim: str
    claims_en: str
    claims_es: str
    note: str | None = None
    citations_source_id: str
    citations_source_name: str
    citations_locator: str
    citations_selector_start: str | None = None
    citations_selector_end: str | None = None
    citations_selector_sha256: str | None = None
    citations_speaker_id: str | None = None
    citations_speaker_name: str | None = None


class Fact(FactBase, table=True):
    """A fact as it is stored."""

    __tablename__ = TABLE

    from_day: str | None = None
    to_day: str | None = None


engine = create_engine(f"sqlite:///{os.environ[VARIABLE]}", connect_args={"check_same_thread": False})


def get_session() -> Iterator[Session]:
    """A session for one request."""
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
app = FastAPI()


@app.get("/facts/", response_model=list[FactBase])
def read_facts(
    session: SessionDep,
    region: str | None = None,
    sector: str | None = None,
    first: str | None = None,
    last: str | None = None,
    sort: Literal["value", "time"] = "value",
    offset: int = 0,
    limit: Annotated[int, Query(le=100)] = 100,
) -> Sequence[Fact]:
    """A page of facts, the greatest or the newest first."""
    statement = select(Fact)
    if region is not None:
        statement = statement.where(Fact.region_id == region)
    if sector is not None:
        statement = statement.where(Fact.sector_id == sector)
    if first is not None:
        statement = statement.where(col(Fact.to_day) >= first)
    if last is not None:
        statement = statement.where(col(Fact.from_day) <= last)
    key = Fact.value if sort == "value" else Fact.time_earliest
    return session.exec(statement.order_by(col(key).desc(), Fact.id).offset(offset).limit(limit)).all()


@app.get("/facts/{fact_id}", response_model=FactBase)
def read_fact(fact_id: str, session: SessionDep) -> Fact:
    """One fact."""
    fact = session.get(Fact, fact_id)
    if fact is None:
        raise HTTPException(status_code=404, detail="Fact not found")
    return fact
