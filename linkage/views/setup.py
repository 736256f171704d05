"""/setup/: the guided first day, from an empty database to the first accepted week (features 12.6)."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linkage import access, periods, rules
from linkage.actions import setup as actions
from linkage.figures import directory
from linkage.figures import setup as figures
from linkage.forms.setup import ConfirmForm
from linkage.models import Region, RegionKind, SetupStep

from .directory import address
from .pages import needs, telling, telling_form


def _enter(request: HttpRequest) -> None:
    if not figures.may_enter(request.user):
        raise PermissionDenied("首日设置由三员和专班办公室办理。")


def _rail(items: list[figures.Progress]) -> list[dict]:
    """For {% stages %}: where the set-up stands."""
    return [{"label": item.step.title, "state": item.state, "note": item.step.who_words} for item in items]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All steps: who does each, what is missing, what was confirmed by whom."""
    _enter(request)
    items = figures.progress(on=periods.today())
    return render(
        request,
        "setup/index.html",
        {
            "steps": [_row(request, item) for item in items],
            "rail": _rail(items),
            "done": sum(item.confirmed is not None for item in items),
            "current": next((item for item in items if item.state == "now"), None),
        },
    )


def _row(request: HttpRequest, item: figures.Progress) -> dict:
    """What stands on business rows is counted for business people only: the 三员 read no such figures."""
    mine = access.may(request.user, item.step.permission)
    shown = mine or item.step.permission != figures.RECEIVE
    return {"item": item, "mine": mine, "facts": item.facts if shown else []}


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, code: str) -> HttpResponse:
    """One step: what it wants, where to do it, and its confirmation."""
    _enter(request)
    if code not in figures.BY_CODE:
        raise Http404("没有这一步。")
    today = periods.today()
    items = figures.progress(on=today)
    item = next(one for one in items if one.step.code == code)
    mine = access.may(request.user, item.step.permission)
    form = ConfirmForm(request.POST or None, initial={"note": item.confirmed.note if item.confirmed else ""})
    if not item.wants_reason:
        form.fields["note"].help_text = "可不填"
    if request.method == "POST":
        if not mine:
            raise access.Denied(f"“{item.step.title}”由{item.step.who}确认。", item.step.permission)
        if form.is_valid():
            with telling_form(form) as told:
                actions.confirm(by=request.user, code=code, **form.cleaned_data)
            if not told.refused:
                messages.success(request, f"“{item.step.title}”已确认。")
                return redirect("setup")
    following = items[items.index(item) + 1] if item is not items[-1] else None
    context = {"form": form, "rail": _rail(items), "following": following, **_row(request, item)}
    context |= _CONTEXTS.get(code, lambda on: {})(today)
    return render(request, f"setup/{code}.html", context, status=422 if form.errors else 200)


@require_POST
@needs(figures.RUN)
def load_reference(request: HttpRequest) -> HttpResponse:
    """The button of step ①. Twice changes nothing."""
    with telling(request) as told:
        added = actions.load_reference(by=request.user)
    if not told.refused:
        words = "、".join(f"{name} {count}" for name, count in added.items())
        messages.success(request, f"已载入大兴安岭地区参考数据：{words}。" if added else "参考数据已齐全，未作改动。")
    return redirect("setup-step", "units")


def _units(on) -> dict:
    return {
        "nodes": directory.tree(),
        "has_prefecture": Region.objects.filter(kind=RegionKind.PREFECTURE).exists(),
        "region_new_url": reverse("region-new"),
    }


def _organisations(on) -> dict:
    units, rows = directory.duties(on=on)
    return {
        "organisation_count": directory.organisations(on=on).count(),
        "unit_count": len(units),
        "open_duties": sum(answer is None for row in rows for _, answer in row.answers),
        "absent": [answer for row in rows for _, answer in row.answers if answer and answer.organisation_id is None],
    }


def _roster(on) -> dict:
    return {"units_ready": SetupStep.objects.filter(code="units").exists()}


def _calendar(on) -> dict:
    calendar = periods.WorkCalendar.load()
    book = rules.book()
    return {
        "years": [
            {"year": year, "known": calendar.is_known(year), "months": figures.months(year), "url": address("calendar")}
            for year in figures.years(on)
        ],
        "rules": [{"rule": rule, "words": rule.words(book.get(rule.code, on))} for rule in rules.CATALOGUE.values()],
        "rules_url": address("rules") or address("rule-list"),
    }


def _opening(on) -> dict:
    return {"import_url": address("import-new"), "batch_url": address("batch-new")}


def _week(on) -> dict:
    calendar = periods.WorkCalendar.load()
    week = periods.Week.of(on)
    return {"week": week, "due_at": week.due_at(calendar), "weekly_url": address("weekly") or address("weekly-list")}


_CONTEXTS = {
    "units": _units,
    "organisations": _organisations,
    "roster": _roster,
    "calendar": _calendar,
    "opening": _opening,
    "week": _week,
}
