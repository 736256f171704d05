"""The fastest insert each engine has: COPY on PostgreSQL, executemany on SQLite. Millions of rows through model objects took hours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.management.color import no_style
from django.db import connection
from django.db.models import Model


def stored(model: type[Model], column: str, value: Any) -> Any:
    """A value as the database keeps it: 元 as 分, ratios as basis points."""
    return model._meta.get_field(column).get_db_prep_save(value, connection)


def insert(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of stored values; JSON columns take text. `columns` are names of fields."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(model._meta.get_field(column).column) for column in columns)
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["?"] * len(columns))
            cursor.cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608 — names of our own tables


def follow_on(*models: type[Model]) -> None:
    """After rows came with their own numbers: the next number is the one behind the last."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
