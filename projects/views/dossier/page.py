"""The page itself: head, tabs, and the one tab that was asked for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from linkage import access, periods
from projects import states
from projects.actions.help_hats import may_raise
from projects.actions.project import may_stop
from projects.actions.stage import latest_progress
from projects.checks import next_step
from projects.figures import amounts, payable
from projects.figures.responsible import responsible
from projects.figures.stages import rail
from projects.models import Project

from .tabs import Shown, Tab, all_tabs, tab_named


@require_GET
def project_page(request: HttpRequest, pk: int, name: str = "") -> HttpResponse:
    """Head and one tab; a constant number of queries, and none for the tabs that are not shown but their counts."""
    rows = Project.objects.visible_to(request.user).select_related("unit", "task", "category", "implementer")
    project = get_object_or_404(rows, pk=pk)
    today, tab = periods.today(), tab_named(name)
    shown = Shown(project, latest_progress(project), today)
    counts = {one.name: one.count(request.user, project) for one in all_tabs() if one.count}
    context = _head(request.user, shown) | {
        "tab": name, "tab_template": tab.template, "tabs": [_tab_link(one, project, name, counts) for one in all_tabs()],
        "counted": [(one.count_words.format(counts[one.name]), one.address(project)) for one in all_tabs() if one.count_words and counts[one.name]],
    }  # fmt: skip
    return render(request, "projects/dossier.html", context | tab.build(request.user, shown))


def _head(user, shown: Shown) -> dict[str, Any]:
    """Stage rail, money bar, who is responsible, and the buttons."""
    project, money = shown.project, amounts.amounts([shown.project.pk], user, shown.today).get(shown.project.pk)
    step = next_step(project, shown.latest)
    due, paid_yuan = payable.payable(project, shown.today), money.paid_yuan if money else None
    return {
        "project": project, "as_of": shown.today, "stages": rail(project, len(step["missing"]) if step else 0), "next_step": step, "latest": shown.latest,
        "arranged_yuan": money.allocated_yuan if money else None, "paid_yuan": paid_yuan,
        "payable": due, "now_due_yuan": due.now_yuan(paid_yuan), "payable_formula": payable.FORMULA,
        "basis": amounts.basis_words(shown.today), "responsible": responsible(project, shown.latest, shown.today),
        "may_ask": may_raise(user, project),
        "may_edit": access.may(user, states.EDIT, project), "may_stop": may_stop(project), "may_raise": access.may(user, "issue.raise", project),
    }  # fmt: skip


def _tab_link(tab: Tab, project: Project, shown_name: str, counts: dict[str, int]) -> dict[str, Any]:
    return {"label": tab.label, "url": tab.address(project), "active": tab.name == shown_name, "count": counts.get(tab.name)}
