"""Many rows of one table at once, past the model instances: COPY on PostgreSQL, one prepared statement on SQLite.

Values are those of the model's fields (Decimal 元, days, plain JSON), foreign keys by their attname ("task_id"). The constraints of
the database hold as ever (IntegrityError); nothing else of the model takes part, so every column without a default in the
database has to be named. Four times as fast as bulk_create, and nothing is kept: rows may come from a generator.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from django.db import connection, models, transaction
from psycopg import sql

Prepare = Callable[[Any], Any]


class JsonText(str):
    """JSON that is text already."""


_AS_THEY_ARE = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey, models.GenericIPAddressField)


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of values in the order of `columns`. Nothing may ask the database while a row is made. Raises IntegrityError."""
    fields = _fields(model, columns)
    prepared = _prepared(rows, [_preparer(field) for field in fields])
    names = [field.column for field in fields]
    if connection.vendor == "postgresql":
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, names)))
        with connection.cursor() as cursor, connection.wrap_database_errors, cursor.cursor.copy(statement) as copy:
            for row in prepared:
                copy.write_row(row)
        return
    quote = connection.ops.quote_name
    listed, marks = ", ".join(map(quote, names)), ", ".join(["%s"] * len(names))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quote(model._meta.db_table)} ({listed}) VALUES ({marks})", cast(Any, prepared))  # noqa: S608 - names of our own columns


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Ids for rows that `insert` is about to write. On SQLite inside a transaction only: that one holds the whole database."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [f'"{table}"', column, count])
            return [pk for (pk,) in cursor.fetchall()]
        if not connection.in_atomic_block:
            raise RuntimeError("ids are reserved inside the acting transaction")
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or (0,))[0]
    return list(range(last + 1, last + 1 + count))


def update(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], same: Mapping[str, Any]) -> None:
    """Give rows new values: each is its id, then values in the order of `columns`; `same` are values that all of them get.

    The caller holds the rows (select_for_update) and has compared them.
    """
    if not rows:
        return
    table, quote = model._meta.db_table, connection.ops.quote_name
    own = _fields(model, columns)
    all_of_them = _fields(model, same)
    constants = [_preparer(field)(value) for field, value in zip(all_of_them, same.values(), strict=True)]
    as_json = connection.vendor == "postgresql"  # the rows go there as one JSON text: plain JSON stays as it is
    prepared = _prepared(rows, [_itself, *(_itself if as_json and isinstance(field, models.JSONField) else _preparer(field) for field in own)])
    fixed = [f"{quote(field.column)} = %s" for field in all_of_them]
    with connection.cursor() as cursor:
        if as_json:
            names = ["id", *(field.column for field in own)]
            kinds = ["bigint", *(field.db_type(connection) for field in own)]
            given = ", ".join(f"{quote(name)} {kind}" for name, kind in zip(names, kinds, strict=True))
            sets = ", ".join([*(f"{quote(name)} = v.{quote(name)}" for name in names[1:]), *fixed])
            pk = quote(model._meta.pk.column)
            text = json.dumps([dict(zip(names, row, strict=True)) for row in prepared], default=_iso, ensure_ascii=False)
            statement = f"UPDATE {quote(table)} AS t SET {sets} FROM jsonb_to_recordset(%s::jsonb) AS v({given}) WHERE t.{pk} = v.id"  # noqa: S608
            cursor.execute(statement, [*constants, text])
            return
        sets = ", ".join([*(f"{quote(field.column)} = %s" for field in own), *fixed])
        statement = f"UPDATE {quote(table)} SET {sets} WHERE {quote(model._meta.pk.column)} = %s"  # noqa: S608
        cursor.executemany(statement, [(*row[1:], *constants, row[0]) for row in prepared])


def write(rows: Collection[models.Model], columns: Collection[str]) -> None:
    """`update` for instances of one model: these fields as they stand in memory, in one query, a twentieth of what bulk_update costs.

    A row named twice has to be the same instance. The caller holds the rows.
    """
    found = list(rows)
    if not found:
        return
    model = type(found[0])
    names = [field.attname for field in _fields(model, columns)]
    update(model, names, [(row.pk, *[getattr(row, name) for name in names]) for row in found], {})


def _fields(model: type[models.Model], names: Iterable[str]) -> list[models.Field]:
    return [cast(models.Field, model._meta.get_field(name)) for name in names]


# -- values as the driver takes them --------------------------------------------------------------------------------------


def _prepared(rows: Iterable[Sequence[Any]], preparers: Sequence[Prepare]) -> Iterable[Sequence[Any]]:
    """Rows with those columns converted that need it; the others are not looked at."""
    work = [(index, prepare) for index, prepare in enumerate(preparers) if prepare is not _itself]
    for row in rows:
        made = list(row)
        for index, prepare in work:
            if (value := made[index]) is not None:
                made[index] = prepare(value)
        yield made


def _preparer(field: models.Field) -> Prepare:
    if isinstance(field, models.JSONField):
        return _json_text if connection.vendor == "postgresql" else _json_ascii
    if isinstance(field, models.DateField):  # datetimes as well
        return _itself if connection.vendor == "postgresql" else lambda value: field.get_db_prep_value(value, connection)
    if isinstance(field, _AS_THEY_ARE):
        return _itself
    return lambda value: field.get_db_prep_save(value, connection)


def _itself(value: Any) -> Any:
    return value


_as_text, _as_ascii = json.JSONEncoder(ensure_ascii=False).encode, json.JSONEncoder().encode  # once made, twice as fast as json.dumps


def _json_text(value: Any) -> str:
    if not value and type(value) is list:
        return "[]"  # most lists of a long sheet are empty
    return _as_text(value) if type(value) is not JsonText else str(value)


def _json_ascii(value: Any) -> str:
    """As Django writes it into a column of text."""
    return _as_ascii(value) if type(value) is not JsonText else str(value)


def _iso(value: date | datetime) -> str:
    return value.isoformat()
