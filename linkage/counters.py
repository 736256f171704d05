"""Numbers of documents, projects and issues, from counters in the acting transaction (features 12.7)."""

from django.db import transaction
from django.db.models import F

from linkage.models import Counter


def next_numbers(kind: str, scope: str, year: int, count: int = 1) -> range:
    """The next `count` numbers of one kind, unit and year. Must run inside the acting transaction: never reused there,
    and given back only if the whole act is undone."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("numbers are taken inside the acting transaction")
    Counter.objects.get_or_create(kind=kind, scope=scope, year=year)
    Counter.objects.filter(kind=kind, scope=scope, year=year).update(value=F("value") + count)
    last = Counter.objects.get(kind=kind, scope=scope, year=year).value
    return range(last - count + 1, last + 1)


def code(prefix: str, year: int, number: int) -> str:
    """A number as people write it: HM-2026-0031."""
    return f"{prefix}-{year}-{number:04d}"
