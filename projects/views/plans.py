"""/plans/: the annual implementation plans, one version at a time (features 2.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from linkage import access, exports, periods
from linkage.errors import Refusal
from linkage.models import Level, Region
from linkage.states import allowed
from linkage.views.pages import needs, paged, refusal_words
from projects.actions import plan as plans
from projects.exports.plan import KIND
from projects.exports.plan_list import KIND as LIST
from projects.figures import plan as figures
from projects.filters.plan import PlanFilter
from projects.forms.plan import NewPlanForm, PlanStepForm
from projects.models import AnnualPlan, PlanItem
from projects.states import plans as states
from projects.views.documents import box


def plan_in_sight(request: HttpRequest, pk: int) -> AnnualPlan:
    rows = AnnualPlan.objects.visible_to(request.user).select_related("unit__parent", "based_on", "composed_by", "handed_in_by", "decided_by", "filed_by")
    return get_object_or_404(rows, pk=pk)


def units_to_compose(user):
    here = Q(pk__in=[])
    for grant in access.grants_of(user):
        if states.COMPOSE in grant.permissions:
            here |= Q(path__startswith=grant.region_path)
    return Region.objects.reporting().filter(here)


# -- the list -----------------------------------------------------------------------------------------------------------


@require_GET
@needs("period.read")
def plan_list(request: HttpRequest) -> HttpResponse:
    """The newest version in sight of each unit and year, with its money by level over the projects in sight."""
    found = PlanFilter(request.GET, AnnualPlan.objects.visible_to(request.user).newest(), user=request.user)
    page = paged(request, found.qs.select_related("unit"))
    sums = figures.sums_of(PlanItem.objects.visible_to(request.user).filter(plan__in=[plan.pk for plan in page]))
    units = units_to_compose(request.user)
    year = periods.today().year
    form = NewPlanForm(units=units, initial={"year": year}) if units else None
    context = {
        "page": page, "rows": [(plan, sums.get(plan.pk)) for plan in page], "filter_form": found.form, "levels": list(Level), "form": form,
        "several_units": "unit" in found.filters, "states": found.qs.order_by().values("state").annotate(number=Count("pk")).order_by("state"),
    }  # fmt: skip
    return render(request, "plans/list.html", context)


@require_GET
@needs("export.run")
def plan_list_export(request: HttpRequest) -> HttpResponse:
    """The list as it is shown, whatever the page."""
    return exports.respond(request, LIST)


@require_POST
@needs(states.COMPOSE)
def plan_new(request: HttpRequest) -> HttpResponse:
    form = NewPlanForm(request.POST, units=units_to_compose(request.user))
    if form.is_valid():
        try:
            plan = plans.open_plan(by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal_words(refusal))
        else:
            messages.success(request, f"已开始编制{plan}，已有资金安排的项目已带入。" if plan.version == 1 else f"已开始编制{plan}，上一版的项目已带入。")
            return redirect("plan-compose", pk=plan.pk)
    return render(request, "plans/new.html", {"form": form}, status=409 if form.non_field_errors() else 422)


# -- one version --------------------------------------------------------------------------------------------------------


@require_GET
@needs("period.read")
def plan_page(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, plan_in_sight(request, pk))


def _page(request: HttpRequest, plan: AnnualPlan, form: PlanStepForm | None = None, refusal: Refusal | None = None, name: str = "") -> HttpResponse:
    steps = [step for step in states.TRANSITIONS.values() if allowed(plan, step, request.user)]
    problems = plans.check(plan, request.user) if plan.state in states.OPEN and access.sees_whole(request.user, plan.unit.path) else []
    may_compose = access.may(request.user, states.COMPOSE, plan)
    context = sheet(plan, request.user) | {
        "steps": steps, "form": form or PlanStepForm(initial={"revision": plan.revision, "decided_on": periods.today()}), "chosen": name, "refusal": refusal,
        "problems": problems, "versions": AnnualPlan.objects.visible_to(request.user).filter(unit=plan.unit, year=plan.year).order_by("-version"),
        "may_compose": may_compose and plan.state in states.EDITABLE, "entries": _entries(plan), "may_adjust": may_compose and _is_last(plan),
        "box": box(request.user, plan),
    }  # fmt: skip
    return render(request, "plans/plan.html", context, status=409 if refusal else 422 if form and form.errors else 200)


def sheet(plan: AnnualPlan, user) -> dict[str, Any]:
    """The plan as it is read on the page and on paper: rows in sight by task, sums over exactly these."""
    items = list(plan.items.visible_to(user).select_related("project", "task").prefetch_related("money").order_by("task__display_order", "project__code"))
    table = figures.summary([(item.task_id, item.amounts) for item in items], figures.issued(plan, user))
    changes = {one.project.pk: one for one in figures.differences(plan.based_on, {item.project_id: item.amounts for item in items})}
    seen = set(plan.based_on.items.visible_to(user).values_list("project_id", flat=True)) if plan.based_on else set()
    lines = [_line(item, changes.get(item.project_id)) for item in items]
    return {
        "plan": plan, "levels": list(Level), "table": table[:-1], "total": table[-1], "is_whole": access.sees_whole(user, plan.unit.path),
        "groups": [(row, [line for line in lines if line["task_id"] == row.task.pk]) for row in table[:-1] if row.task and row.projects],
        "left_out": [one for pk, one in changes.items() if not one.after and pk in seen],
    }  # fmt: skip


def _line(item: PlanItem, change: figures.Difference | None) -> dict[str, Any]:
    amounts = item.amounts
    return {
        "project": item.project, "task_id": item.task_id, "facts": item.facts or figures.live_facts(item.project),
        "cells": [amounts.get(level) for level in Level], "total": sum(amounts.values(), Decimal(0)), "change": change.words if change else "",
        "before": plans.amounts_words(change.before) if change and change.before else "",
    }  # fmt: skip


def _is_last(plan: AnnualPlan) -> bool:
    return plan.state in states.MAY_ADJUST and not AnnualPlan.objects.filter(unit=plan.unit, year=plan.year, version__gt=plan.version).exists()


def _entries(plan: AnnualPlan) -> list[dict[str, Any]]:
    return [
        {
            "at": row.at, "who": f"{row.by_name} {row.seat}".strip(), "what": states.TRANSITIONS[row.name].label, "tone": "info",
            "text": "\n".join(filter(None, [row.reason, f"文号：{row.document}" if row.document else ""])),
        }
        for row in plan.transitions.order_by("-pk")
    ]  # fmt: skip


@require_POST
@needs("period.read")
def plan_step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One move of the table, with what it needs."""
    plan = plan_in_sight(request, pk)
    step = states.TRANSITIONS.get(name)
    if step is None:
        raise Http404
    if not access.may(request.user, step.permission, plan):
        raise access.Denied(f"您的岗位不能办理“{step.label}”。", step.permission, target=plan)
    form = PlanStepForm(request.POST)
    if name == states.DECIDE.name:
        form.fields["decided_on"].required = form.fields["document"].required = True
    if not form.is_valid():
        return _page(request, plan, form, name=name)
    asked = ("document", "decided_on") if name == states.DECIDE.name else tuple(need for need in step.needs if need == "reason")
    try:
        plans.MOVES[name](plan=plan, by=request.user, revision=form.cleaned_data["revision"], **{key: form.cleaned_data[key] for key in asked})
    except Refusal as refusal:
        return _page(request, plan_in_sight(request, pk), form, refusal, name)
    messages.success(request, f"已{step.label}：{plan}。")
    return redirect(plan)


@require_GET
@needs("period.read")
def plan_print(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "plans/print.html", sheet(plan_in_sight(request, pk), request.user))


@require_GET
@needs("export.run")
def plan_export(request: HttpRequest, pk: int) -> HttpResponse:
    """Excel as an office prints it."""
    plan_in_sight(request, pk)
    return exports.respond(request, KIND, {"pk": pk})
