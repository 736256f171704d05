"""/projects/<pk>/: everything about one project across the apps (features 10.4)."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from funds.figures.ledger import LedgerTotals, totals, with_paid
from funds.figures.verdict import Basis
from funds.models import Allocation, Voucher
from issues import states as issue_states
from issues.figures import as_ledger
from issues.models import Issue
from linkage import access, money, periods, rules
from linkage.models import AuditEvent
from linkage.money import MoneyField, RatioField
from projects import states
from projects.actions.project import may_stop
from projects.actions.stage import latest_progress
from projects.checks import LABELS, completeness
from projects.models import METHOD_COLUMNS, Progress, Project, Stage

TABS = (("", "概况"), ("funds", "资金"), ("progress", "进度"), ("issues", "问题"), ("history", "历史"))
LATEST_ROWS = 26  # half a year of weeks on the progress tab
VOUCHER_ROWS = 200
STATEMENT = re.compile(r"weekly/(?P<key>[\w-]+)/(?P<unit>[\w-]+)/v(?P<version>\d+)")


@require_GET
def project_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Head and one tab (`?tab=`); a constant number of queries per tab."""
    rows = Project.objects.visible_to(request.user).select_related("unit", "task", "category", "implementer")
    project = get_object_or_404(rows.prefetch_related("spans"), pk=pk)
    today, tab = periods.today(), request.GET.get("tab", "")
    tab = tab if tab in dict(TABS) else ""
    latest = latest_progress(project)
    allocations = with_paid(Allocation.objects.visible_to(request.user).filter(project=project, decided_on__lte=today), today)
    basis = Basis(rules.get("pace_basis", on=today))
    sums = totals(allocations, None, today)
    issues = Issue.objects.visible_to(request.user).filter(project=project)
    open_issues = issues.open().count()
    context = {
        "project": project, "tab": tab, "tabs": _tabs(project, tab, open_issues), "open_issues": open_issues, "as_of": today,
        "stages": rail(project, latest), "next_step": next_step(project, latest), "latest": latest, "sums": sums,
        "paid_yuan": _paid(sums, basis), "basis": basis.label,
        "may_edit": access.may(request.user, states.EDIT, project), "may_stop": may_stop(project),
        "may_raise": access.may(request.user, issue_states.RAISE, project),
    }  # fmt: skip
    more = {"": overview, "funds": funds, "progress": progress, "issues": issue_rows, "history": history}[tab]
    context |= more(request.user, project, {"latest": latest, "allocations": allocations, "issues": issues, "today": today})
    return render(request, "projects/dossier.html", context)


def _tabs(project: Project, tab: str, open_issues: int) -> list[dict]:
    return [
        {
            "label": label, "url": project.get_absolute_url() + (f"?tab={name}" if name else ""), "active": name == tab,
            "count": open_issues if name == "issues" else None,
        }
        for name, label in TABS
    ]  # fmt: skip


def _paid(sums: LedgerTotals, basis: Basis) -> Decimal | None:
    """Paid by the basis in force; None while nothing was stated."""
    if basis == Basis.TREASURY:
        return sums.treasury_yuan
    return sums.county_yuan if sums.is_stated else None


def rail(project: Project, latest: Progress | None) -> list[dict]:
    """The stages of the method with what is done, now and next; the next one names its missing evidence."""
    if project.stage == Stage.REMOVED:
        return [{"label": Stage.REMOVED.label, "state": "now", "note": ""}]
    stages = states.rail(project.method)
    here = stages.index(project.stage) if project.stage in stages else -1
    words = states.STAGE_WORDS.get(project.method, {})
    return [
        {
            "label": words.get(stage, Stage(stage).label), "state": "done" if number < here else "now" if number == here else "next",
            "note": _day_of(project, stage),
        }
        for number, stage in enumerate(stages)
    ]  # fmt: skip


def _day_of(project: Project, stage: str) -> str:
    """The day of the event, once stated."""
    day = {states.STARTED: project.started_on, states.FINISHED: project.finished_on, states.ACCEPTED: project.accepted_on}.get(stage)
    return f"{day:%Y-%m-%d}" if day else ""


def next_step(project: Project, latest: Progress | None) -> dict[str, Any] | None:
    """The next stage with the evidence that is still missing; None at the end of the rail."""
    move = states.next_move(project.method, project.stage)
    if move is None:
        return None
    missing = []
    if move.target == states.ADMITTED:
        missing = [problem.message for problem in completeness(project)]
    proven = states.proven_by(project.method, move.target, latest) if move.target in states.CARRIED_OUT else True
    if "document" in move.needs or not proven:
        missing.append(states.evidence_words(project.method, move.target))
    words = states.STAGE_WORDS.get(project.method, {})
    return {"label": words.get(move.target, Stage(move.target).label), "missing": missing}


# -- tabs ---------------------------------------------------------------------------------------------------------------


def overview(user, project: Project, given: dict) -> dict:
    """The record of the project and what the newest statement says."""
    latest = given["latest"]
    items = [
        ("项目编号", project.code), ("填报单位", project.unit.name), ("涉及地区", "、".join(region.name for region in project.spans.all())),
        ("资金任务", project.task.name), ("项目类别", str(project.category or "")), ("实施方式", project.get_method_display()),
        ("项目年度", f"{project.project_year}年"), ("计划投资", f"{money.wan_text(project.planned_investment_yuan)} 万元"),
        ("实施单位", str(project.implementer or "")), ("建设地点", project.site),
        ("计划工期", _span(project.planned_start_on, project.planned_finish_on)), ("建设内容", project.content),
    ]  # fmt: skip
    stated = facts_of(project, latest) if latest else []
    return {"items": items, "stated": [(label, value) for label, value in stated if value]}


def _span(start: date | None, finish: date | None) -> str:
    if not start and not finish:
        return ""
    return f"{start:%Y-%m-%d}" + (f" 至 {finish:%Y-%m-%d}" if finish else " 起") if start else f"{finish:%Y-%m-%d} 前"


SITUATION = ("claimed_unpaid_yuan", "step", "holder", "problem", "measures", "measures_due_on", "coordination")


def facts_of(project: Project, row: Progress) -> list[tuple[str, str]]:
    """What one statement says, in the columns of the method: (label, text)."""
    names = (*METHOD_COLUMNS[project.method], *SITUATION)
    return [(str(Progress._meta.get_field(name).verbose_name), _text(row, name)) for name in names]


def _text(row: Progress, name: str) -> str:
    value, column = getattr(row, name), Progress._meta.get_field(name)
    if value is None or value == "":
        return ""
    if isinstance(column, MoneyField):
        return f"{money.wan_text(value)} 万元"
    return money.percent_text(value) if isinstance(column, RatioField) else str(value)


def funds(user, project: Project, given: dict) -> dict:
    """Money by batch on both bases, and the payments."""
    rows = given["allocations"].select_related("county_allocation__batch").order_by("county_allocation__batch__level", "pk")
    vouchers = Voucher.objects.visible_to(user).filter(project=project).select_related("allocation__county_allocation__batch")
    found = list(vouchers.order_by("-paid_on", "-pk")[: VOUCHER_ROWS + 1])
    return {"allocations": list(rows), "vouchers": found[:VOUCHER_ROWS], "more_vouchers": len(found) > VOUCHER_ROWS}


def progress(user, project: Project, given: dict) -> dict:
    """The standing statements, newest first, in the columns of the method."""
    found = list(project.progress.live().select_related("step", "holder").order_by("-as_of")[:LATEST_ROWS])
    names = METHOD_COLUMNS[project.method]
    return {
        "columns": [str(Progress._meta.get_field(name).verbose_name) for name in names],
        "statements": [(row, [_text(row, name) for name in names]) for row in found],
        "ratios": [row.physical_ratio for row in reversed(found)] if "physical_ratio" in names else [],
    }


def issue_rows(user, project: Project, given: dict) -> dict:
    return {"issues": list(as_ledger(given["issues"], on=given["today"]).select_related("lead"))}


def history(user, project: Project, given: dict) -> dict:
    """Stages and changes in one timeline, newest first."""
    entries = [_stage_entry(project, row) for row in project.transitions.all()]
    changes = AuditEvent.objects.filter(target_type="projects.project", target_id=str(project.pk), verb__in=["修改项目", "变更施工状态"])
    entries += [
        {"at": event.at, "who": f"{event.actor_name} {event.seat}".strip(), "what": event.verb, "tone": "none", "text": _change_words(event)}
        for event in changes
    ]
    return {"entries": sorted(entries, key=lambda entry: entry["at"], reverse=True)}


def _stage_entry(project: Project, row) -> dict:
    """One move; where a signed statement made it, a link to that report instead of its key."""
    entry = {"at": row.at, "who": f"{row.by_name} {row.seat}".strip(), "what": _stage_move(project, row), "tone": "info", "text": row.reason}
    if row.name == "statement" and (found := STATEMENT.fullmatch(row.document)):
        entry["links"] = [(f"周调度 {found['key']} 第 {found['version']} 版", f"/weekly/{found['key']}/{found['unit']}/")]
    elif row.document:
        entry["text"] = "\n".join(filter(None, [row.reason, f"依据：{row.document}"]))
    return entry


def _stage_move(project: Project, row) -> str:
    words = states.STAGE_WORDS.get(project.method, {})
    target = words.get(row.target, Stage(row.target).label)
    return f"登记项目（{target}）" if not row.source else f"{words.get(row.source, Stage(row.source).label)} → {target}"


def _change_words(event: AuditEvent) -> str:
    before, after = event.before or {}, event.after or {}
    lines = [f"{LABELS.get(name, name)}：{before.get(name, '空')} → {value}" for name, value in after.items() if name in LABELS]
    lines += [f"{label}：{after[name]}" for name, label in (("reason", "理由"), ("document", "依据")) if name in after]
    return "\n".join(lines)
