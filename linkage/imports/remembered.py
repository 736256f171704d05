"""What people said about tables with a certain header, kept for the next file with that header."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from linkage import jobs, periods
from linkage.excel import Reading
from linkage.models import ImportProfile

from .base import ImportKind

if TYPE_CHECKING:
    from .tables import Found

_SKIP = "skip"  # among the answers kept for a header: tables with it are not wanted beside others


def profiles_for(work: jobs.Work, kind: ImportKind) -> list[ImportProfile]:
    """Saved mappings that serve this person: the own ones first, then those of the same unit, the latest first."""
    assert kind.any_tables is not None
    home = kind.any_tables.home(work.by)
    whose = Q(owner=work.by) | (Q(region=home) if home else Q(pk__in=[]))
    saved = ImportProfile.objects.filter(whose, kind=kind.code).select_related("owner")
    return sorted(saved, key=lambda one: (one.owner_id != work.by.pk, -one.saved_at.timestamp()))


def remembered(work: jobs.Work, profiles: list[ImportProfile], reading: Reading) -> dict[str, Any] | None:
    """What was saved for the headers of this file; which of them are left out only when all lists of projects are known."""
    first_with = {table.key: table for table in reversed(reading.tables)}
    best: dict[str, ImportProfile] = {}
    for one in profiles:
        if one.signature in first_with:
            best.setdefault(one.signature, one)
    if not best:
        return None
    lists = {table.key for table in reading.project_tables}
    wanted = [key for key in lists if key in best and not best[key].answers.get(_SKIP)]
    left_out = [key for key in lists if key in best and best[key].answers.get(_SKIP)] if wanted and lists <= set(best) else None
    said = [
        {"table": [first_with[key].sheet, first_with[key].header_rows[0]], "header_row": 0, "key": key, "columns": one.columns, "unit": one.unit_word}
        for key, one in best.items()
    ]  # fmt: skip
    answers: dict[str, str] = {}
    for one in best.values():
        answers = {name: word for name, word in one.answers.items() if name != _SKIP} | answers
    latest = next(iter(best.values()))
    whose = "您" if latest.owner_id == work.by.pk else str(latest.owner)
    return {
        "said": said, "left_out": left_out, "answers": answers, "keep": True,
        "from": f"按{whose} {periods.day_words(periods.day_of(latest.saved_at))}保存的对应方式读取。",
    }  # fmt: skip


def remember(work: jobs.Work, kind: ImportKind, found: Found, at: datetime) -> None:
    """Save what the person said, one mapping per sort of header, for the next file."""
    mapping = found.mapping
    if not mapping or not mapping.get("keep") or "from" in mapping or found.asks or kind.any_tables is None:
        return
    home, kept = kind.any_tables.home(work.by), {one.key for one in found.questions if one.kept}
    answers = {key: word for key, word in mapping["answers"].items() if key in kept and word}
    said = {one["key"]: one for one in mapping["said"]}
    for key in [table.key for table in found.kinds]:
        own = said.get(key, {})
        _save(work, kind, key, {"region": home, "columns": own.get("columns", {}), "unit_word": own.get("unit", ""), "answers": answers, "saved_at": at})
    for key in mapping.get("left_out") or ():
        _save(work, kind, key, {"region": home, "columns": {}, "unit_word": "", "answers": {_SKIP: "1"}, "saved_at": at})


def _save(work: jobs.Work, kind: ImportKind, key: str, values: dict[str, Any]) -> None:
    ImportProfile.objects.update_or_create(owner=work.by, kind=kind.code, signature=key, defaults=values)
