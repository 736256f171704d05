"""Rows that many tests begin with are made once in a process with the models, then put back as they were.

Each test still writes them itself, inside its own transaction: nothing is shared between tests but what the rows read.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import connection, transaction


class Kept:
    """What `make()` writes and returns. It must write into empty tables only and return something that can be pickled."""

    def __init__(self, make: Callable[[], Any]):
        self.make = make
        self.rows: dict[str, tuple[list[str], list[tuple]]] = {}
        self.made = b""

    def __call__(self) -> Any:
        if not self.made:
            before = _tables()
            made = self.make()
            self.rows = {table: found for table, found in _tables().items() if found != before[table]}
            if full := [table for table in self.rows if before[table][1]]:
                self.rows = {}
                raise AssertionError(f"not empty: {full}")
            self.made = pickle.dumps(made)
        else:
            with transaction.atomic(), connection.cursor() as cursor:
                for table, (columns, rows) in self.rows.items():
                    _insert(cursor, table, columns, rows)
        return pickle.loads(self.made)


def _tables() -> dict[str, tuple[list[str], list[tuple]]]:
    """All rows of all tables with their columns, those first that others point to."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if model._meta.managed and not model._meta.proxy:
                table = model._meta.db_table
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")
                found[table] = [column[0] for column in cursor.description], [tuple(map(_plain, row)) for row in cursor.fetchall()]
    return found


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def _insert(cursor, table: str, columns: list[str], rows: list[tuple]) -> None:
    """One statement; on PostgreSQL the counter of the numbers goes beyond those given."""
    quote = connection.ops.quote_name
    marks = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * len(rows))
    names = ", ".join(map(quote, columns))
    cursor.execute(f"INSERT INTO {quote(table)} ({names}) VALUES {marks}", [value for row in rows for value in row])
    if connection.vendor == "postgresql" and "id" in columns:
        highest = max(row[columns.index("id")] for row in rows)
        cursor.execute(f"SELECT setval(s, GREATEST(%s, nextval(s))) FROM pg_get_serial_sequence('{table}', 'id') AS s WHERE s IS NOT NULL", [highest])
