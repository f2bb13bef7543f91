"""PostgreSQL: a dataset is a schema that is never changed once it is published, and one row names the current one."""

from calibaja_api.postgresql.reader import PostgresReader
from calibaja_api.postgresql.schemas import PostgresDatabase

__all__ = ["PostgresDatabase", "PostgresReader"]
