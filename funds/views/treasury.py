"""财政数据: upload a raw export, look at it, confirm; how fresh each unit's data are."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from funds.checks import VOUCHER_FLAGS
from funds.figures.freshness import WEEKS, Fresh, freshness, units_fed_by
from funds.figures.unmatched import groups
from funds.forms import AnswerForm, FeedForm
from funds.imports.treasury.columns import PAYMENTS, QUOTAS
from funds.models import FeedKind, TreasuryFeed, Voucher
from linkage import access, periods, rules
from linkage.imports import engine, feeds
from linkage.imports.base import kind_of
from linkage.models import DECIDED, ImportRow, ImportTrace, Job, JobState, Region, RowVerdict
from linkage.views.pages import needs, paged, query_without, telling_form

RECENT = 8


@require_http_methods(["GET", "POST"])
@needs("period.read")
def treasury(request: HttpRequest) -> HttpResponse:
    """Freshness for everybody who reads money; the upload for finance."""
    may_feed, now = access.may(request.user, "voucher.record"), periods.now()
    if request.method == "POST" and not may_feed:
        raise access.Denied("财政数据由财政部门上传。", "voucher.record")
    form = FeedForm(request.POST or None, request.FILES or None) if may_feed else None
    if request.method == "POST" and form is not None and form.is_valid():
        with telling_form(form) as told:
            job = feeds.submit(by=request.user, file=form.cleaned_data["file"])
        if not told.refused:
            return redirect("treasury-upload", job.pk)
    units = [unit for unit in Region.objects.reporting() if any(grant.covers(unit.path) for grant in access.grants_of(request.user))]
    rows = freshness(units, now)
    today = periods.day_of(now)
    context = {
        "form": form, "rows": rows, "sentence": _sentence(rows), "weeks": WEEKS, "due": rows[0].next_due if rows else None, "as_of": today,
        "owed": units_fed_by(request.user, now) if may_feed else [], "quotas": {row.unit.pk: row for row in freshness(units, now, FeedKind.QUOTAS)},
        "recent": _recent(request.user), "waiting": len(groups(Voucher.objects.visible_to(request.user))) if may_feed else 0,
        "feeder": rules.CATALOGUE["treasury_feeder"].words(rules.get("treasury_feeder", on=today)),
        "limits": {"mb": rules.get("feed_max_mb", on=today), "rows": rules.get("feed_max_rows", on=today)},
    }  # fmt: skip
    return render(request, "funds/treasury.html", context, status=422 if form is not None and form.is_bound else 200)


def _sentence(rows: list[Fresh]) -> dict:
    """The overview in numbers: the newest day, who is behind, who has none."""
    known = [row for row in rows if row.as_of]
    newest = max((row.as_of for row in known if row.as_of), default=None)
    return {"newest": newest, "late": [row for row in rows if row.is_late and row.as_of], "never": [row for row in rows if row.as_of is None],
            "fresh": [row for row in known if not row.is_late]}  # fmt: skip


def _recent(user) -> list[TreasuryFeed]:
    """The latest files, one row each, with the units in sight it brought something for."""
    found: dict[int, TreasuryFeed] = {}
    for feed in TreasuryFeed.objects.visible_to(user).select_related("unit", "job", "uploaded_by")[: RECENT * 10]:
        first = found.setdefault(feed.job_id, feed)
        first.units = [*getattr(first, "units", []), feed.unit.name]
        first.all_rows = getattr(first, "all_rows", 0) + feed.rows
        first.all_added = getattr(first, "all_added", 0) + feed.added
        first.is_own = feed.job.created_by_id == user.pk
    return list(found.values())[:RECENT]


@require_http_methods(["GET", "POST"])
@needs("voucher.record")
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: what it does not say, else the preview; afterwards what it wrote."""
    job = get_object_or_404(Job.objects.visible_to(request.user).filter(kind=engine.JOB, params__feed=True).select_related("source_file"), pk=pk)
    if job.state == JobState.CHECKED and job.result.get("asks"):
        return _ask(request, job)
    counts = {value: job.result.get("counts", {}).get(value, 0) for value in RowVerdict.values}
    wanted = _wanted(request, counts)
    rows = ImportRow.objects.filter(job=job)
    if wanted == "doubt":
        rows = rows.doubtful()
    elif wanted:
        rows = rows.filter(verdict=wanted)
    doubtful = ImportRow.objects.filter(job=job).doubtful().count()
    trace = ImportTrace.objects.filter(job=job).first() if job.state == JobState.DONE else None
    context = {
        "job": job, "kind": kind_of(job.params["kind"]), "counts": counts, "page": paged(request, rows.order_by("pk")), "wanted": wanted,
        "tabs": _tabs(request, counts, wanted, doubtful), "seen": engine.staging_mark(job), "to_write": engine.to_write(job),
        "decided": [value.value for value in DECIDED], "summary": _summary(job), "is_open": job.state in (JobState.QUEUED, JobState.RUNNING),
        "is_undone": trace is not None and trace.undone_at is not None, "may_undo": trace is not None and trace.undone_at is None,
        "total": sum(counts.values()), "is_done": job.state == JobState.DONE,
    }  # fmt: skip
    return render(request, "funds/treasury_upload.html", context)


def _ask(request: HttpRequest, job: Job) -> HttpResponse:
    seen = engine.staging_mark(job)
    form = AnswerForm(request.POST or None, questions=job.result["questions"], answers=job.params["answers"], initial={"seen": seen})
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            feeds.answer(job, by=request.user, answers=form.answers, seen=form.cleaned_data["seen"] or None)
        if not told.refused:
            return redirect("treasury-upload", job.pk)
    return render(request, "funds/treasury_ask.html", {"job": job, "form": form}, status=422 if form.is_bound else 200)


def _wanted(request: HttpRequest, counts: dict[str, int]) -> str:
    """The verdict asked for; else what a person has to decide or read first, else new ones."""
    asked = request.GET.get("verdict")
    if asked in RowVerdict.values or asked in ("doubt", ""):
        return asked
    return next((value for value in ("conflict", "gone", "error", "suspect", "new", "changed") if counts[value]), "")


def _tabs(request: HttpRequest, counts: dict[str, int], wanted: str, doubtful: int) -> list[dict]:
    rest = query_without(request, "verdict")
    tabs = [{"label": "全部", "url": f"?verdict=&{rest}", "active": not wanted, "count": sum(counts.values())}]
    for value, label in RowVerdict.choices:
        if counts[value] or value == wanted:
            words = {"suspect": "表内重复", "skipped": "合计等"}.get(value, label)
            tabs.append({"label": words, "url": f"?verdict={value}&{rest}", "active": wanted == value, "count": counts[value]})
    if doubtful or wanted == "doubt":
        tabs.append({"label": "有疑点", "url": f"?verdict=doubt&{rest}", "active": wanted == "doubt", "count": doubtful})
    return tabs


def _summary(job: Job) -> dict:
    """What the check found, in the words of the page."""
    summary = job.result.get("summary") or {}
    found = summary.get("found", {})
    flags = [(VOUCHER_FLAGS.get(code, code), number) for code, number in sorted(summary.get("flags", {}).items(), key=lambda one: -one[1])]
    units = [one | {key: periods.day_words(date.fromisoformat(one[key])) for key in ("first", "last")} for one in summary.get("units", ())]
    return {"matched": found.get("matched", 0), "unmatched": found.get("unmatched", 0), "memory": found.get("memory", 0),
            "refused": found.get("refused", 0), "flags": flags, "units": units}  # fmt: skip


@require_safe
@needs("voucher.record")
def sample(request: HttpRequest) -> HttpResponse:
    """Which columns are read, and under which headings: what to tick when exporting."""
    return render(request, "funds/treasury_columns.html", {"sheets": (PAYMENTS, QUOTAS)})
