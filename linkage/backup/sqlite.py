"""The SQLite side: one file, copied by SQLite's backup call, put in place by a rename."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from django.db import connection

from .bundle import BackupError, Manifest

FILE = "linkage.sqlite3"


def _path() -> Path:
    return Path(connection.settings_dict["NAME"])


def _rows(database: sqlite3.Connection) -> dict[str, int]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    tables = [name for (name,) in database.execute(query)]
    return {table: database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables}  # noqa: S608


def dump(folder: Path) -> dict[str, int]:
    """Copy in one step, from one snapshot; writers go on. Gives the rows per table of the copy."""
    with closing(sqlite3.connect(_path(), timeout=30)) as source, closing(sqlite3.connect(folder / FILE)) as copy:
        source.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")
        return _rows(copy)


def load(folder: Path, manifest: Manifest, before_commit: Callable[[], None]) -> None:
    """Check a copy beside the database, then rename it into place. Nobody else may have the database open."""
    target = _path()
    incoming = target.with_name(target.name + ".incoming")
    connection.close()
    incoming.write_bytes((folder / FILE).read_bytes())
    try:
        with closing(sqlite3.connect(incoming)) as copy:
            if copy.execute("PRAGMA integrity_check").fetchone()[0] != "ok" or _rows(copy) != manifest.rows:
                raise BackupError("The database in the backup is damaged although its checksum is right: not restored.")
        _require_alone(target)
        before_commit()
        incoming.replace(target)
    finally:
        incoming.unlink(missing_ok=True)


def _require_alone(target: Path) -> None:
    """Leaving WAL mode needs the file for oneself: it fails while any other process has it open, and it folds the WAL in,
    so that no older WAL can be applied to the new file."""
    with closing(sqlite3.connect(target, timeout=2)) as database:
        try:
            database.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as error:
            raise BackupError(f"The database is in use ({error}): stop web, worker and clock first.") from error
