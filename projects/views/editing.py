"""Registering and changing one project, its construction state and its stage."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from linkage import access, periods
from linkage.errors import ProblemsFound, Refusal
from linkage.states import allowed
from linkage.views.pages import needs, refusal_words
from projects import states
from projects.actions.project import ProjectChanged, change_construction, create_project, may_stop, update_project
from projects.actions.stage import latest_progress, move_stage
from projects.checks import missing_evidence, needs_document
from projects.figures.alike import like
from projects.figures.seasons import proposed_restart, season_now
from projects.figures.stages import planned_by
from projects.forms import ConstructionForm, NewProjectForm, ProjectForm, StageForm, units_to_edit
from projects.models import ConstructionState, Project

FORM_PAGE = ["GET", "POST"]


def _project_to_edit(request: HttpRequest, pk: int) -> Project:
    """404 out of sight, 403 in sight without the right."""
    rows = Project.objects.visible_to(request.user).select_related("unit", "task", "category", "implementer")
    project = get_object_or_404(rows, pk=pk)
    if not access.may(request.user, states.EDIT, project):
        raise access.Denied("您的岗位可以查看这个项目，但不能修改。", states.EDIT, target=project)
    return project


def add_refusal(form, refusal: Refusal) -> None:
    """Each problem at its field, the rest above the form."""
    if not isinstance(refusal, ProblemsFound):
        form.add_error(None, refusal_words(refusal))
        return
    for problem in refusal.problems:
        form.add_error(problem.place if problem.place in form.fields else None, problem.message)


@require_http_methods(FORM_PAGE)
@needs(states.EDIT)
def project_new(request: HttpRequest) -> HttpResponse:
    """Register a project of one's own unit."""
    units = list(units_to_edit(request.user).select_related("parent"))
    if not units:
        raise PermissionDenied("您的岗位所在地区不是填报单位，不能登记项目。")
    wanted = request.POST.get("unit") or request.GET.get("unit")
    unit = next((one for one in units if one.slug == wanted), units[0])
    form, pairs = NewProjectForm(request.POST or None, unit=unit), []
    if request.method == "POST" and form.is_valid() and not form.cleaned_data["seen_alike"]:
        pairs = like(Project(unit=unit, **form.values), request.user, periods.today())
    if request.method == "POST" and form.is_valid() and not pairs:
        try:
            project = create_project(unit=unit, by=request.user, document=form.cleaned_data["document"], **form.values)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"已登记，项目编号 {project.code}。")
            return redirect(project)
    context = {"form": form, "unit": unit, "units": units, "pairs": pairs}
    return render(request, "projects/new.html", context, status=422 if form.errors else 200)


@require_http_methods(FORM_PAGE)
def project_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a project; when somebody else saved first, the difference is shown and what was typed is kept."""
    project = _project_to_edit(request, pk)
    form, status, differences = ProjectForm(request.POST or None, unit=project.unit, project=project), 200, []
    if request.method == "POST" and form.is_valid():
        try:
            update_project(
                project=project, changes=form.values, revision=form.cleaned_data["revision"] or 0, by=request.user, **form.basis
            )
        except ProjectChanged as refusal:
            status, differences = 409, refusal.differences
            form.add_error(None, "您打开页面之后别人已改过这个项目，见下面的对照。核对后再保存，以您这次填的为准。")
            form.data = form.data.copy()
            form.data["revision"] = str(project.revision)
        except Refusal as refusal:
            status = 409
            add_refusal(form, refusal)
        else:
            messages.success(request, "已保存。")
            return redirect(project)
    status = 422 if form.errors and status == 200 else status
    return render(request, "projects/edit.html", {"form": form, "project": project, "differences": differences}, status=status)


@require_http_methods(FORM_PAGE)
def project_construction(request: HttpRequest, pk: int) -> HttpResponse:
    """冬季停工, 防火期停工, 其他停工 with the expected restart, or 正常."""
    project = _project_to_edit(request, pk)
    initial = {"revision": project.revision} | _construction_now(project)
    form = ConstructionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_construction(project=project, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal_words(refusal))
        else:
            messages.success(request, "施工状态已更新。")
            return redirect(project)
    status = 409 if form.non_field_errors() else 422 if form.errors else 200
    return render(request, "projects/construction.html", {"form": form, "project": project}, status=status)


def _construction_now(project: Project) -> dict[str, Any]:
    """What the form comes with: the stop that stands, or the one whose season it is, with the day after that season."""
    today = periods.today()
    state, season = project.construction_state, season_now(today)
    if state == ConstructionState.NORMAL and season and may_stop(project):
        return {"state": season, "restart_on": proposed_restart(season, today)}
    return {"state": state, "restart_on": project.restart_on or proposed_restart(state, today)}


@require_http_methods(FORM_PAGE)
def project_stage(request: HttpRequest, pk: int) -> HttpResponse:
    """The next stage with its evidence, and the ways aside (退回项目库, 出库, 重新申报)."""
    project = _project_to_edit(request, pk)
    form, refusal = StageForm(request.POST or None, project=project, initial={"revision": project.revision}), None
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        transition = states.TRANSITIONS[given.pop("transition")]
        try:
            move_stage(project=project, transition=transition, by=request.user, **given)
        except Refusal as found:
            refusal = found
            project.refresh_from_db()
        else:
            messages.success(request, f"已{transition.label}，现阶段：{project.stage_words}。")
            return redirect(project)
    chosen = form["transition"].value() if form.is_bound else ""
    context = {
        "project": project, "form": form, "refusal": refusal, "chosen": chosen, "moves": _moves(request.user, project),
        "problems": refusal.problems if isinstance(refusal, ProblemsFound) else [], "files": list(form.fields["file"].queryset),
    }  # fmt: skip
    return render(request, "projects/stage.html", context, status=409 if refusal else 422 if form.errors else 200)


def _moves(user, project: Project) -> list[dict]:
    """The moves this person can make now: label, whether it is the forward one, what it needs, what evidence stands."""
    forward, latest = states.next_move(project.method, project.stage), latest_progress(project)
    offered = [forward] if forward else []
    offered += [move for move in states.ASIDE if project.stage in move.sources and move.target in (*states.rail(project.method), states.REMOVED)]
    return [
        {
            "name": move.name, "label": move.label, "is_forward": move is forward, "needs_reason": "reason" in move.needs,
            "is_judged": move in states.JUDGED, "needs_document": needs_document(project, move),
            "planned": planned_by(project) if move is states.PREPARE else None,
            "evidence": states.evidence_words(project.method, move.target) if move is forward else "",
            "missing": missing_evidence(project, move, latest) if move is forward else [], "comes_by_itself": move.target in states.PROOFS[project.method],
        }
        for move in offered
        if allowed(project, move, user)
    ]  # fmt: skip
