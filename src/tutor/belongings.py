"""
What a library keeps of one owner, whatever it is: all of it as plain data, and its deletion for good.

Found by the schema itself: every table with a column `owner`, and what hangs on its rows; so nothing that is added to
the library later can be forgotten here. Knows nothing of what the tables mean.
"""

import json
from collections.abc import Iterator
from sqlite3 import Row
from typing import Any

from tutor.library import Library


def counts(library: Library, owner: str) -> dict[str, int]:
    """How many rows each table holds of this owner's, by its name; those with none too."""
    return {
        table: int(library.rows(f"SELECT count(*) AS n FROM {table} WHERE owner = ?", (owner,))[0]["n"])
        for table in owned(library)
    }


def everything(library: Library, owner: str) -> dict[str, list[dict[str, Any]]]:
    """Each table's rows of this owner's, with the rows that hang on them under their own table's name."""
    return {table: [_told(library, table, row) for row in _rows(library, table, owner)] for table in owned(library)}


def delete(library: Library, owner: str) -> int:
    """Deletes all of it, so that the file's bytes no longer hold it; returns how many rows there were."""
    with library.change() as change:
        deleted = 0
        # What is deleted is overwritten with zeros, not only forgotten.
        change.execute("PRAGMA secure_delete = ON")
        for table in owned(library):
            deleted += change.execute(f"DELETE FROM {table} WHERE owner = ?", (owner,)).rowcount
    library.settle()
    return deleted


def owned(library: Library) -> list[str]:
    """The tables that keep an owner's things."""
    return [table for table in _tables(library) if "owner" in _columns(library, table)]


def _tables(library: Library) -> list[str]:
    rows = library.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    return [str(row["name"]) for row in rows]


def _columns(library: Library, table: str) -> list[str]:
    return [str(row["name"]) for row in library.rows("SELECT name FROM pragma_table_info(?)", (table,))]


def _rows(library: Library, table: str, owner: str) -> list[Row]:
    return library.rows(f"SELECT * FROM {table} WHERE owner = ?", (owner,))


def _told(library: Library, table: str, row: Row) -> dict[str, Any]:
    told = {name: _plain(row[name]) for name in row.keys() if name != "owner"}  # noqa: SIM118  a Row is no mapping
    for child, column in _hanging(library, table):
        rows = library.rows(f"SELECT * FROM {child} WHERE {column} = ?", (row["id"],))
        told[child] = [{name: _plain(one[name]) for name in one.keys() if name != column} for one in rows]  # noqa: SIM118
    return told


def _hanging(library: Library, table: str) -> Iterator[tuple[str, str]]:
    """The tables whose rows belong to rows of `table`, each with the column that says to which."""
    for child in _tables(library):
        for key in library.rows('SELECT "table", "from" FROM pragma_foreign_key_list(?)', (child,)):
            if key["table"] == table:
                yield child, str(key["from"])


def _plain(value: Any) -> Any:
    """JSON that is kept as text, as what it says."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
