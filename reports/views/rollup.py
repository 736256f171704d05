"""The compiled week of the prefecture: newest version, earlier ones as they were, compile, texts, Excel (features 5.7)."""

from decimal import Decimal

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from funds.models import Level
from linkage import access, exports, periods, rounding
from linkage.audit import plain
from linkage.views.pages import telling
from reports.actions.rollup import compile_rollup, prefecture
from reports.figures.rollup import APART, brief_text, carried_words, problems_by_holder, snapshot, standing_notes
from reports.models import Period, RollUp


def _period(request, key) -> Period:
    """The period, for those who see the whole prefecture; the page does not exist for others."""
    period = get_object_or_404(Period.objects.reported(), key=key)
    if not access.sees_whole(request.user, prefecture().path):
        raise Http404
    return period


@require_safe
def newest(request, key):
    """The newest frozen version, or, before the first, how it stands now."""
    period = _period(request, key)
    rollup = RollUp.objects.visible_to(request.user).filter(period=period).select_related("compiled_by").first()
    content = rollup.content if rollup else _plain(period)
    return _page(request, period, rollup, content)


@require_safe
def version(request, key, number):
    period = _period(request, key)
    rollup = get_object_or_404(RollUp.objects.visible_to(request.user).select_related("compiled_by"), period=period, number=number)
    return _page(request, period, rollup, rollup.content)


def _plain(period: Period) -> dict:
    return plain(snapshot(period, prefecture(), periods.now()))


def _page(request, period: Period, rollup: RollUp | None, content: dict):
    levels = [(level, words) for level, words in Level.choices if level in content["totals"]["levels"]]
    apart = [(part, words) for part, words in APART.items() if Decimal(content["totals"].get(part, {}).get("arranged") or 0)]
    rows = [_row(row, levels, apart) | {"notes": standing_notes(row)} for row in content["units"]]
    return render(request, "rollup/rollup.html", {
        "period": period, "rollup": rollup, "content": content, "levels": levels, "apart": apart,
        "rows": rows, "tail": _tail(rows), "total": _row(content["totals"], levels, apart),
        "versions": RollUp.objects.visible_to(request.user).filter(period=period).only("number", "compiled_at", "sha256", "period", "region"),
        "groups": problems_by_holder(content), "brief": brief_text(content), "carried": carried_words(content),
        "may_compile": access.may(request.user, "rollup.compile"),
    })  # fmt: skip


def _row(row: dict, levels: list[tuple[str, str]], apart: list[tuple[str, str]]) -> dict:
    """A row with its levels, and what is not this year's money, in the order of the columns; None where there is none."""
    return row | {"cells": [row["levels"].get(level) for level, _ in levels], "apart": [row.get(part) for part, _ in apart]}


def _tail(rows: list[dict]) -> str:
    """The note below the table when a total shown differs from the sum of what is shown above it."""
    columns = zip(*([*row["cells"], *row["apart"]] for row in rows), strict=True)
    return next((words for cells in columns if (words := rounding.note([cell for cell in cells if cell], ("issued", "paid", "delta")))), "")


@require_POST
def compile_now(request, key):
    period = _period(request, key)
    with telling(request) as told:
        rollup = compile_rollup(period=period, by=request.user)
    if not told.refused:
        messages.success(request, f"已汇总为第 {rollup.number} 版；与上一版相同时不产生新版本。")
    return redirect("rollup", key)


@require_safe
def export(request, key):
    """周调度汇总表 of the rows the reader may see; the summary sheet only for those who see the whole prefecture."""
    get_object_or_404(Period.objects.reported().visible_to(request.user), key=key)
    return exports.respond(request, "weekly-summary", params={"period": key})
