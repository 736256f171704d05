"""Lifting the triggers that keep the audit trail append-only. Tests only: nothing in shipped code can do this."""

from contextlib import contextmanager

from django.db import connection

_FIND = {
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}
_DROP = {"sqlite": 'DROP TRIGGER "{name}"', "postgresql": 'DROP TRIGGER "{name}" ON {table}'}


@contextmanager
def lifted():
    """Inside, every table can be changed and emptied; afterwards the very same triggers stand again."""
    connection.check_constraints()  # PostgreSQL: a table with checks waiting for the commit cannot lose its triggers
    with connection.cursor() as cursor:
        cursor.execute(_FIND[connection.vendor])
        triggers = cursor.fetchall()
        for name, table, _ in triggers:
            cursor.execute(_DROP[connection.vendor].format(name=name, table=table))
    try:
        yield
    finally:
        connection.check_constraints()
        with connection.cursor() as cursor:
            for _, _, definition in triggers:
                cursor.execute(definition)
