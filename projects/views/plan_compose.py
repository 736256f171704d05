"""/plans/<pk>/compose/: the library on one page, with ticks and money by level, and the sums running along."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from linkage import access, periods
from linkage.errors import Refusal
from linkage.models import Level
from linkage.money import wan_input
from linkage.views.pages import needs, refusal_words
from projects.actions import plan as plans
from projects.checks import unfilled
from projects.figures import plan as figures
from projects.figures.readiness import BAND_WORDS, BANDS, Readiness, in_band, of_projects
from projects.forms.plan import Composition
from projects.models import AnnualPlan, Project, Stage
from projects.states import plans as states

from .plans import plan_in_sight


@require_http_methods(["GET", "POST"])
@needs("period.read")
def plan_compose(request: HttpRequest, pk: int) -> HttpResponse:
    """Ticks and amounts; when somebody else saved first, the difference is shown and what was typed is kept."""
    plan = plan_in_sight(request, pk)
    if not access.may(request.user, states.COMPOSE, plan):
        raise access.Denied("您的岗位可以查看这份计划，但不能编制。", states.COMPOSE, target=plan)
    if plan.state not in states.EDITABLE and request.method == "GET":
        messages.info(request, f"{plan}现在是“{plan.get_state_display()}”，内容不能再改。")
        return redirect(plan)
    if request.method == "GET":
        return _page(request, plan, _as_saved(plan))
    typed = Composition.read(request.POST)
    if typed.errors or typed.note_error:
        return _page(request, plan, typed, status=422)
    try:
        plans.save_items(plan=plan, rows=typed.rows, note=typed.note, by=request.user, revision=typed.revision)
    except plans.PlanChanged as refusal:
        typed.revision = plan.revision
        return _page(request, plan, typed, refusal=refusal, status=409)
    except Refusal as refusal:
        return _page(request, plan, typed, refusal=refusal, status=409)
    messages.success(request, f"已保存，列入 {len(typed.rows)} 个项目。")
    return redirect("plan-compose" if "stay" in request.POST else "plan-page", pk=plan.pk)


def _as_saved(plan: AnnualPlan) -> Composition:
    """The page before anything is typed: what is saved, and for the others what has been arranged to them."""
    items = {item.project_id: item.amounts for item in plan.items.prefetch_related("money")}
    typed = {(pk, level): wan_input(amount) for pk, amounts in items.items() for level, amount in amounts.items()}
    return Composition(picked=set(items), typed=typed, note=plan.note, revision=plan.revision, rows=items)


def _page(request: HttpRequest, plan: AnnualPlan, typed: Composition, *, refusal: Refusal | None = None, status: int = 200) -> HttpResponse:
    projects = list(figures.candidates(plan).select_related("task", "implementer"))
    known = figures.arranged([project.pk for project in projects], plan.year)
    ready = of_projects(projects, request.user, periods.today(), unfilled=unfilled(projects))
    rows = [_row(project, typed, known.get(project.pk, {}), ready[project.pk]) for project in projects]
    if request.GET.get("sort") == "ready":
        rows.sort(key=lambda row: -(row["ready"].ratio or 0))
    tasks = {project.pk: project.task_id for project in projects}
    money = figures.issued(plan, request.user)
    chosen = [(tasks[pk], amounts) for pk, amounts in typed.rows.items() if pk in tasks]
    table = figures.summary([*chosen, *((task, {}) for task in {project.task_id for project in projects} - {task for task, _ in chosen})], money)
    context = {
        "plan": plan, "rows": rows, "bands": BAND_WORDS, "typed": typed, "levels": list(Level), "table": table[:-1], "total": table[-1],
        "picked": len(typed.picked),
        "tasks": {project.task.pk: project.task for project in projects}.values(), "refusal": refusal and refusal_words(refusal),
        "differences": refusal.differences if isinstance(refusal, plans.PlanChanged) else [],
        "problems": [
            {"message": words, "place": row["project"].name, "anchor": f"m-{pk}-{level}"}
            for (pk, level), words in typed.errors.items() for row in rows if row["project"].pk == pk
        ],
    }  # fmt: skip
    return render(request, "plans/compose.html", context, status=status)


def _row(project: Project, typed: Composition, arranged: dict[str, Decimal], ready: Readiness) -> dict[str, Any]:
    return {
        "ready": ready, "band": next((band for band in BANDS if in_band(ready, band)), ""),
        "project": project, "picked": project.pk in typed.picked, "is_new": project.stage == Stage.ADMITTED,
        "cells": [
            {
                "level": level, "error": typed.errors.get((project.pk, level), ""), "arranged": arranged.get(level),
                "text": typed.typed.get((project.pk, level), "" if project.pk in typed.picked else wan_input(arranged.get(level))),
            }
            for level in Level
        ],
    }  # fmt: skip
