"""Lines of treasury files written, set by set, and taken back again. Always inside the import's one transaction.

New lines are plain inserts. A correction of the source never overwrites: the old line is set aside with its successor. What has
vanished is marked, what returns is unmarked; a line typed by hand becomes the treasury's own when the treasury tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from funds.models import TreasuryFeed, Voucher, VoucherChannel
from linkage import access, audit, bulk
from linkage.errors import Refusal
from linkage.imports.base import Staged, Written
from linkage.models import ImportTrace, Job

BATCH = 500
MOVED = "写入时发现有的凭证刚被别人改动，未写入任何数据。请点“重试”重新核对。"
_COLUMNS = tuple(field.attname for field in Voucher._meta.concrete_fields)
_DEFAULTS: dict[str, Any] = {field.attname: field.get_default() for field in Voucher._meta.concrete_fields}
_OF_LINE = {"voucher_no": "voucher_no", "application_no": "application_no", "purpose": "purpose", "quota_no": "quota_no", "budget_code": "budget_code",
            "budget_project": "budget_project"}  # fmt: skip
VERBS = {"corrects": "财政数据更正支付凭证", "gone": "支付凭证在来源中已不见", "back": "支付凭证在来源中重新出现", "adopts": "财政数据接替支付凭证"}


def write_payments(rows: Sequence[Staged], *, by, at: datetime, context: Any) -> Written:
    """Insert new lines, and what the others say: corrects, gone, back, adopts. Raises Refusal when a line is no longer as it was."""
    new = [row for row in rows if not row.data.keys() & VERBS.keys()]
    created = _insert(new, by, at)
    changed: dict[int, dict[str, Any]] = {}
    for did, act in (("corrects", _correct), ("gone", _set_aside), ("back", _bring_back), ("adopts", _adopt)):
        some = [row for row in rows if did in row.data]
        if some:
            made, before = act(some, by, at)
            created += made
            changed |= {pk: {"did": did, "before": values} for pk, values in before.items()}
            _tell(did, some, before, by, at)
    return Written(created, changed)


def _insert(rows: Sequence[Staged], by, at: datetime) -> list[int]:
    if not rows:
        return []
    ids = bulk.reserve_ids(Voucher, len(rows))
    bulk.insert(Voucher, _COLUMNS, (_values(pk, row, by, at) for pk, row in zip(ids, rows, strict=True)))
    return ids


def _values(pk: int, row: Staged, by, at: datetime) -> list[Any]:
    read, data = row.read, row.data
    values = _DEFAULTS | {
        "id": pk, "unit_id": data["unit"], "project_id": data.get("project"), "allocation_id": data.get("allocation"), "kind": read["kind"],
        "nature": read.get("nature", ""), "amount_yuan": read["amount_yuan"], "paid_on": read["paid_on"], "known_at": at,
        "channel": str(VoucherChannel.TREASURY), "key": data["key"], "key_line": data["line"], "payee_masked": read.get("payee", ""),
        "flags": data["flags"], "recorded_by_id": by.pk,
    }  # fmt: skip
    for name, key in _OF_LINE.items():
        values[name] = read.get(key, "")
    return [values[name] for name in _COLUMNS]


def _held(rows: Iterable[Staged], did: str) -> dict[int, Voucher]:
    """The lines to be changed, locked in the order of their ids; all of them must still be there."""
    ids = sorted(row.data[did] for row in rows)
    held = {one.pk: one for one in Voucher.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")}
    if len(held) != len(ids):
        raise Refusal(MOVED, code="stale")
    return held


def _correct(rows: Sequence[Staged], by, at: datetime) -> tuple[list[int], dict[int, dict[str, Any]]]:
    """The old line is set aside under a key of its own, with its parts; the new one takes its key and place."""
    held, before = _held(rows, "corrects"), {}
    for row in rows:
        old = held[row.data["corrects"]]
        before[old.pk] = {"key": old.key, "gone_at": old.gone_at and old.gone_at.isoformat()}
        if old.key != row.data["key"]:
            raise Refusal(MOVED, code="stale")
        row.data.setdefault("allocation", old.allocation_id)
        row.data.setdefault("project", old.project_id)
        if row.data["allocation"]:
            row.data["flags"] = [flag for flag in row.data["flags"] if flag != "unmatched"]
        Voucher.objects.filter(pk=old.pk).update(key=f"{old.pk}~{old.key}"[:80], gone_at=old.gone_at or at)
    _with_parts(list(held), at)
    ids = _insert(rows, by, at)
    for pk, row in zip(ids, rows, strict=True):
        Voucher.objects.filter(pk=row.data["corrects"]).update(superseded_by=pk)
    return ids, before


def _set_aside(rows: Sequence[Staged], by, at: datetime) -> tuple[list[int], dict[int, dict[str, Any]]]:
    held = _held(rows, "gone")
    if any(one.gone_at for one in held.values()):
        raise Refusal(MOVED, code="stale")
    Voucher.objects.filter(pk__in=list(held)).update(gone_at=at)
    _with_parts(list(held), at)
    return [], {pk: {"gone_at": None} for pk in held}


def _bring_back(rows: Sequence[Staged], by, at: datetime) -> tuple[list[int], dict[int, dict[str, Any]]]:
    held = _held(rows, "back")
    before = {pk: {"gone_at": one.gone_at and one.gone_at.isoformat()} for pk, one in held.items()}
    for pk, one in held.items():
        Voucher.objects.filter(Q(pk=pk) | Q(split_from=pk, gone_at=one.gone_at)).update(gone_at=None)
    return [], before


def _adopt(rows: Sequence[Staged], by, at: datetime) -> tuple[list[int], dict[int, dict[str, Any]]]:
    """Number, key and words of the treasury; amount, day, project and what was split stay."""
    held, before = _held(rows, "adopts"), {}
    for row in rows:
        old = held[row.data["adopts"]]
        fresh = {"channel": str(VoucherChannel.TREASURY), "key": row.data["key"], "key_line": row.data["line"] or 1}
        fresh |= {name: row.read[key] for name, key in _OF_LINE.items() if row.read.get(key)}
        if row.read.get("payee"):
            fresh["payee_masked"] = row.read["payee"]
        before[old.pk] = {name: getattr(old, name) for name in fresh}
        Voucher.objects.filter(pk=old.pk).update(**fresh)
    return [], before


def _with_parts(ids: list[int], at: datetime) -> None:
    """Parts of a split line go with it."""
    Voucher.objects.filter(split_from__in=ids, gone_at__isnull=True).update(gone_at=at)


def _tell(did: str, rows: Sequence[Staged], before: Mapping[int, Mapping[str, Any]], by, at: datetime) -> None:
    held = Voucher.objects.select_related("unit").in_bulk([row.data[did] for row in rows])
    trail = []
    for row in rows:
        after = {"key": row.data.get("key")} | ({"amount_yuan": row.read["amount_yuan"]} if did == "corrects" else {})
        trail.append((held[row.data[did]], dict(before[row.data[did]]), after))
    audit.record_many(by=by, verb=VERBS[did], rows=trail, at=at)


def record_feed(
    *, job: Job, kind: str, coverage: Sequence[tuple[int, tuple[date, date, int]]], added: Mapping[int, int], by, at: datetime
) -> None:
    """One row per unit: which days the file covered. Freshness and timeliness rest on it."""
    TreasuryFeed.objects.bulk_create(
        TreasuryFeed(job=job, kind=kind, unit_id=unit, first_on=first, last_on=last, rows=count, added=added.get(unit, 0), uploaded_by=by, uploaded_at=at)
        for unit, (first, last, count) in coverage
    )


# -- taking back ----------------------------------------------------------------------------------------------------------


def undo_payments(trace: ImportTrace, *, by, at: datetime) -> str:
    """Remove the lines a file brought and give the others their former state, while no later file rests on it.

    Raises PermissionDenied, Refusal naming what stands in the way.
    """
    feeds = latest_feeds(trace, by)
    created = list(trace.created)
    _refuse_referred(created)
    for start in range(0, len(created), BATCH):
        some = created[start : start + BATCH]
        Voucher.objects.filter(superseded_by__in=some).update(superseded_by=None)
        Voucher.objects.filter(pk__in=some).delete()
    trail = []
    held = Voucher.objects.select_for_update(of=("self",)).select_related("unit").in_bulk([int(pk) for pk in trace.changed])
    for pk, change in trace.changed.items():
        voucher = held[int(pk)]
        rows = Q(pk=voucher.pk)
        if change["did"] in ("gone", "corrects"):
            rows |= Q(split_from=voucher.pk, gone_at=voucher.gone_at)
        values = change["before"]
        if "gone_at" in values:
            Voucher.objects.filter(rows).update(gone_at=values["gone_at"])
        if rest := {name: value for name, value in values.items() if name != "gone_at"}:
            Voucher.objects.filter(pk=voucher.pk).update(**rest)
        trail.append((voucher, {"did": change["did"]}, values))
    audit.record_many(by=by, verb="撤销财政数据", rows=trail, at=at)
    feeds.update(undone_at=at)
    return f"移除凭证 {len(created)} 行，恢复 {len(trace.changed)} 行。"


def latest_feeds(trace: ImportTrace, by):
    """The feeds of this import, when the person may and no later one stands."""
    feeds = TreasuryFeed.objects.filter(job=trace.job_id)
    rows = list(feeds.select_related("unit"))
    if any(not access.may(by, "voucher.record", row.unit) for row in rows):
        raise access.Denied("其中有您的岗位现在不能导入的单位，没有撤销。", "voucher.record")
    later = TreasuryFeed.objects.standing().filter(kind__in={row.kind for row in rows}, unit__in=[row.unit_id for row in rows], job__gt=trace.job_id)
    if found := later.select_related("unit").first():
        raise Refusal(f"没有撤销：之后又上传过{found.unit}的数据（截至 {found.last_on}）。请先撤销后面那一次。", code="undo_blocked")
    return feeds


def _refuse_referred(created: Sequence[int]) -> None:
    """A line that was split, given back or named by anything else stays, and with it the whole file."""
    relations = [one for one in Voucher._meta.related_objects if one.field.name != "superseded_by"]
    for start in range(0, len(created), BATCH):
        some = created[start : start + BATCH]
        for relation in relations:
            hit = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": some}).order_by().first()
            if hit is not None:
                raise Refusal(f"没有撤销：导入之后已有别的内容要用到这些凭证（{hit._meta.verbose_name}“{hit}”）。请先处理。", code="undo_blocked")

