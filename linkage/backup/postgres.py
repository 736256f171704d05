"""The PostgreSQL side: every table by COPY from one snapshot; restored in one transaction into tables made anew."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from .bundle import BackupError, Manifest

CHUNK = 1 << 20
HISTORY = "django_migrations"  # written by migrating, not by copying

DROP_ALL = """
DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', found.tablename);
  END LOOP;
  FOR found IN
    SELECT p.oid::regprocedure AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = current_schema()
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP
    EXECUTE 'DROP ROUTINE ' || found.name || ' CASCADE';
  END LOOP;
END $$
"""
COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = to_regclass(quote_ident(%s)) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attname
"""
SEQUENCES = """
SELECT c.relname, a.attname, pg_get_serial_sequence(quote_ident(c.relname), a.attname)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL
"""


@contextmanager
def _cursor() -> Iterator:
    """psycopg's own cursor, which knows COPY."""
    connection.ensure_connection()
    assert connection.connection is not None
    with connection.connection.cursor() as cursor:
        yield cursor


def _copy(direction: str, table: str, columns: list[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) " + direction).format(sql.Identifier(table), names)


def dump(folder: Path) -> dict[str, int]:
    """One file per table, its first line the columns. Gives the rows per table."""
    tables = sorted(set(connection.introspection.table_names()) - {HISTORY})
    rows = {}
    with transaction.atomic(), _cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for table in tables:
            columns = [name for (name,) in cursor.execute(COLUMNS, [table]).fetchall()]
            with (folder / f"{table}.copy").open("wb") as file:
                file.write(",".join(columns).encode() + b"\n")
                with cursor.copy(_copy("TO STDOUT", table, columns)) as copy:
                    for data in copy:
                        file.write(data)
            rows[table] = cursor.rowcount
    return rows


def load(folder: Path, manifest: Manifest, before_commit: Callable[[], None]) -> None:
    """Drop everything, migrate to where the backup was, copy the rows in: one transaction, seen by others at its end."""
    with transaction.atomic():
        with _cursor() as cursor:
            cursor.execute(DROP_ALL)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        executor = MigrationExecutor(connection)
        executor.migrate(_last_of_each_app(executor, manifest))
        with _cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            _empty(cursor, manifest)
            for table, expected in manifest.rows.items():
                if _fill(cursor, folder / f"{table}.copy", table) != expected:
                    raise BackupError(f"{table} does not hold the {expected} rows it should: not restored.")
            _set_sequences(cursor)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        before_commit()


def _last_of_each_app(executor: MigrationExecutor, manifest: Manifest) -> list[tuple[str, str]]:
    """Where migrating must end to come to the backup's schema."""
    applied = set(manifest.migrations)
    graph = executor.loader.graph
    followed = {parent.key for key in applied for parent in graph.node_map[key].parents if parent.key[0] == key[0]}
    return sorted(applied - followed)


def _empty(cursor, manifest: Manifest) -> None:
    """Rows that migrations themselves wrote give way to the backup's."""
    for table in manifest.rows:
        name = sql.Identifier(table)
        if cursor.execute(sql.SQL("SELECT EXISTS (SELECT 1 FROM {})").format(name)).fetchone()[0]:
            cursor.execute(sql.SQL("DELETE FROM {}").format(name))


def _fill(cursor, source: Path, table: str) -> int:
    with source.open("rb") as file:
        columns = file.readline().decode().strip().split(",")
        with cursor.copy(_copy("FROM STDIN", table, columns)) as copy:
            while data := file.read(CHUNK):
                copy.write(data)
    return cursor.rowcount


def _set_sequences(cursor) -> None:
    """New rows get numbers after the restored ones."""
    for table, column, sequence in cursor.execute(SEQUENCES).fetchall():
        statement = "SELECT setval({sequence}, coalesce(max({column}), 1), max({column}) IS NOT NULL) FROM {table}"
        parts = {"sequence": sql.Literal(sequence), "column": sql.Identifier(column), "table": sql.Identifier(table)}
        cursor.execute(sql.SQL(statement).format(**parts))
