"""Raising a 提请协调: from a project, a procedure or another page in two clicks; 代登记 of a telephone call in three fields."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from linkage import access, periods
from linkage.models import Region
from linkage.views.pages import needs, telling_form
from projects.actions import help_request as acts
from projects.actions.help_hats import may_raise
from projects.actions.stage import latest_progress
from projects.figures.help_route import Route, route_for
from projects.forms.help_request import RaiseForm, RegisterForm, matching
from projects.models import HelpOrigin, HelpRequest, Procedure, Project
from projects.states import help_requests as states
from projects.states import procedures as steps


def _pk(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _named(request: HttpRequest) -> tuple[Project | None, Procedure | None, Region | None]:
    """What the address speaks of, in the person's sight; 404 otherwise."""
    project = procedure = unit = None
    if wanted := request.GET.get("procedure"):
        rows = Procedure.objects.visible_to(request.user).select_related("project__unit__parent", "project__task", "project__implementer", "kind__matter")
        procedure = get_object_or_404(rows, pk=_pk(wanted))
        project = procedure.project
    elif wanted := request.GET.get("project"):
        rows = Project.objects.visible_to(request.user).select_related("unit__parent", "task", "implementer")
        project = get_object_or_404(rows, pk=_pk(wanted))
    elif wanted := request.GET.get("unit"):
        unit = get_object_or_404(Region.objects.reporting().select_related("parent"), slug=wanted)
    return project, procedure, unit


@require_http_methods(["GET", "POST"])
@needs(states.RAISE)
def help_new(request: HttpRequest) -> HttpResponse:
    """Prefilled from where one comes: project, matter, who will be asked, and what is known of the trouble.

    `?project=`, `?procedure=` or `?unit=`; another page gives `origin`, `label` and `url` as words (an issue: its number and address).
    """
    project, procedure, unit = _named(request)
    target = project or unit
    if target is None:
        return redirect("help-list")
    if not may_raise(request.user, target):
        raise access.Denied("您的岗位不能为这个项目提请协调。", states.RAISE, target=target)
    origin = _origin(request)
    matter = procedure.kind.matter if procedure else None
    initial = {"text": _known(project, procedure, origin), "matter": matter}
    form = RaiseForm(*((request.POST, request.FILES) if request.method == "POST" else ()), initial=initial)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            made = acts.raise_request(by=request.user, project=project, unit=unit, procedure=procedure, **origin, **form.cleaned_data)
        if not told.refused:
            return _done(request, made)
    context = {
        "form": form, "project": project, "procedure": procedure, "unit": unit or project.unit, "origin": origin,
        "route": _route(request, project, unit, matter) if matter else None,
    }  # fmt: skip
    return render(request, "help_requests/new.html", context, status=422 if form.errors else 200)


def _route(request: HttpRequest, project: Project | None, unit: Region | None, matter) -> Route:
    """Who would be asked, shown before it is sent."""
    place = project.unit if project else unit
    seat = access.seat_for(request.user, states.RAISE, project or place)
    by_county = seat is not None and seat.organisation_id is None and seat.region_id == place.pk
    body = seat.organisation_id if seat else None
    return route_for(unit=place, matter=matter, on=periods.today(), asker_body_id=body, asked_by_county=by_county)


def _origin(request: HttpRequest) -> dict[str, str]:
    """Only words and an address within this site are taken over; the action refuses anything else."""
    kind = request.GET.get("origin", "")
    if kind != HelpOrigin.ISSUE:
        return {}
    return {"origin": kind, "origin_label": request.GET.get("label", "")[:160], "origin_url": request.GET.get("url", "")[:200]}


def _known(project: Project | None, procedure: Procedure | None, origin: dict[str, str]) -> str:
    """What the system knows of the trouble, to begin with."""
    if procedure is not None:
        late = procedure.due_on is not None and procedure.state in steps.RUNNING and procedure.due_on < periods.today()
        since = f"，{procedure.applied_on:%Y-%m-%d} 申请" if procedure.applied_on else ""
        return f"{procedure.kind}：现在是“{procedure.state_words}”{since}{'，已超时限' if late else ''}。"
    if origin.get("origin_label"):
        return f"{origin['origin_label']}："
    latest = latest_progress(project) if project else None
    return "；".join(part for part in ((latest.problem, latest.coordination) if latest else ()) if part)


def _done(request: HttpRequest, made: HelpRequest) -> HttpResponse:
    contact = f"（对接人 {made.contact_name}）" if made.contact_name else ""
    due = periods.moment_words(made.sign_due_at, made.raised_at.year)
    messages.success(request, f"已提请{made.holder_words}{contact}协调，编号 {made.code}，{due} 前应签收。")
    return redirect(made)


# -- 代登记 --------------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@needs(states.ANSWER)
def help_register(request: HttpRequest) -> HttpResponse:
    """Three fields: who called, about which project, what is asked. The project is found by a few words of its name."""
    projects = _to_register_for(request)
    if chosen := request.POST.get("project", ""):
        get_object_or_404(projects, pk=_pk(chosen))
    form = RegisterForm(request.POST if request.method == "POST" else None, projects=projects, initial=_initial(request, projects))
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = form.cleaned_data
        with telling_form(form) as told:
            made = acts.raise_request(by=request.user, project=given["project"], text=given["text"], caller=given["caller"])
        if not told.refused:
            return _done(request, made)
    context = {"form": form, "found": form.found, "chosen": form.chosen if form.is_bound else request.GET.get("project", "")}
    if not form.is_bound and context["chosen"]:
        context["found"] = list(projects.filter(pk=_pk(context["chosen"])))
    return render(request, "help_requests/register.html", context, status=422 if form.errors else 200)


def _initial(request: HttpRequest, projects) -> dict[str, str]:
    project = projects.filter(pk=_pk(request.GET.get("project", ""))).first() if request.GET.get("project") else None
    return {"find": project.name if project else ""}


def _to_register_for(request: HttpRequest):
    return Project.objects.visible_to(request.user).select_related("unit__parent", "task", "implementer")


@require_GET
@needs(states.ANSWER)
def help_find(request: HttpRequest) -> HttpResponse:
    """The matches while one types."""
    found = matching(_to_register_for(request), request.GET.get("find", ""))
    return render(request, "help_requests/_found.html", {"found": found, "chosen": "", "asked": bool(request.GET.get("find", "").strip())})
