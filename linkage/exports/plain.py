"""Rows of a long list as plain values: no objects are made for what only goes into cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Model, QuerySet

AT_ONCE = 2000


def plain_rows(rows: QuerySet, columns: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """One mapping per row: key → value of the look-up, read in portions so that memory stays flat. One query."""
    keys = tuple(columns)
    for values in rows.values_list(*columns.values()).iterator(AT_ONCE):
        yield dict(zip(keys, values, strict=True))


def labels_of(model: type[Model], field: str) -> dict[Any, str]:
    """Stored value → words of a choice field, read once for all rows; the empty value has none."""
    return {"": "", None: "", **{value: str(words) for value, words in model._meta.get_field(field).flatchoices}}
