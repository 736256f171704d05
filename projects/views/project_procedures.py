"""The tab 手续 of the project page: its list, what the county says about it, the way to the first payment."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from linkage import access
from linkage.views.pages import refusal_to_message, require
from projects import states
from projects.actions import checklist as acts
from projects.figures.checklist import questions
from projects.figures.procedures import of_project
from projects.forms.procedure import TraitsForm
from projects.models import ProcedureKind, Project, ProjectTraits, Stage
from projects.views.dossier.tabs import Shown, Tab
from projects.views.procedures import with_acts, with_liaisons


def procedures(user, shown: Shown) -> dict:
    """What the tab shows. A constant number of queries."""
    project = shown.project
    found = of_project(project, as_of=shown.today)
    asked = questions(list(ProcedureKind.objects.all()), project)
    may_keep = access.may(user, states.EDIT, project) and project.stage != Stage.REMOVED
    row = ProjectTraits.objects.filter(project=project).first()
    answers = row.answers if row else {}
    return {
        "procedures": found, "rows": with_liaisons([with_acts(user, one) for one in found.lines], shown.today), "may_keep": may_keep,
        "off_list": [with_acts(user, one) for one in found.off_list], "unanswered": sum(name not in answers for name in asked),
        "traits_form": TraitsForm(asked=asked, answers=answers) if may_keep and asked else None,
    }  # fmt: skip


PROCEDURES_TAB = Tab("procedures", "手续", 30, "projects/dossier/_procedures.html", procedures)


def _project(request: HttpRequest, pk: int) -> Project:
    rows = Project.objects.visible_to(request.user).select_related("unit", "task", "category", "implementer")
    return get_object_or_404(rows, pk=pk)


def _to_keep(request: HttpRequest, pk: int) -> Project:
    project = _project(request, pk)
    require(request.user, states.EDIT, target=project)
    return project


@require_POST
@refusal_to_message(PROCEDURES_TAB.url_name)
def project_procedures_refresh(request: HttpRequest, pk: int) -> HttpResponse:
    counts = acts.refresh_checklist(project=_to_keep(request, pk), by=request.user)
    words = [f"{word} {counts[name]} 项" for name, word in (("added", "新增"), ("back", "恢复"), ("off", "移出"), ("moved", "承办单位更新")) if counts[name]]
    messages.success(request, f"手续清单已更新：{'，'.join(words)}。" if words else "手续清单没有变化。")
    return redirect(PROCEDURES_TAB.url_name, pk)


@require_POST
@refusal_to_message(PROCEDURES_TAB.url_name)
def project_traits(request: HttpRequest, pk: int) -> HttpResponse:
    project = _to_keep(request, pk)
    form = TraitsForm(request.POST, asked=questions(list(ProcedureKind.objects.all()), project), answers={})
    if form.is_valid():
        counts = acts.answer_traits(project=project, answers=form.answers, by=request.user)
        messages.success(request, f"已保存，手续清单新增 {counts['added'] + counts['back']} 项、移出 {counts['off']} 项。")
    else:
        messages.error(request, "没有保存：请在“是、否、未说明”中选择。")
    return redirect(PROCEDURES_TAB.url_name, pk)
