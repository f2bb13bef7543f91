"""SQLite: a dataset is a file that is never changed once it has its name.

A publish builds another file that has no name until it is whole and on disk, and renames it into place. The files that
were current before are kept beside it, in a folder.
"""

from calibaja_api.sqlite.files import SqliteDatabase, url_of
from calibaja_api.sqlite.reader import SqliteReader

__all__ = ["SqliteDatabase", "SqliteReader", "url_of"]
