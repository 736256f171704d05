"""Assets, publications and performance targets: lists, and one form per record (features 2.8, 2.10)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linkage import access, exports, periods, rules
from linkage.views.pages import needs, paged, telling_form
from linkage.views.saved_views import views_for
from projects import states
from projects.actions import asset as assets
from projects.actions import publicity
from projects.actions.children import need_edit
from projects.exports.records import ASSETS, NOTICES, ORDER
from projects.figures import publicity as figures
from projects.figures.assets import incomes_of, totals
from projects.filters.records import AssetFilter, NoticeFilter
from projects.forms.records import AssetForm, IncomeForm, NoticeForm, TargetForm
from projects.models import Asset, PerformanceTarget, Project, PublicNotice
from projects.views.documents import box, give_files

FORM_PAGE = ["GET", "POST"]


def _project(request: HttpRequest, wanted: str) -> Project:
    """The project named in the address: 404 out of sight, 403 without the right."""
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0
    project = get_object_or_404(Project.objects.visible_to(request.user).select_related("unit"), pk=number)
    need_edit(project, request.user)
    return project


def _saved(request: HttpRequest, form: django_forms.Form, act: Callable[[], Any], row=None) -> bool:
    """Did the act succeed? What was typed stays when it was refused."""
    with telling_form(form, row) as told:
        act()
    if not told.refused:
        messages.success(request, "已保存。")
    return not told.refused


def _edited(request: HttpRequest, form, row, act: Callable[..., Any], *, heading: str, back: str, crumb: tuple[str, str]) -> HttpResponse:
    """The form of one record of a project: `act` changes it as seen at the form's revision, by whom."""
    need_edit(row.project, request.user)
    if request.method == "POST" and form.is_valid():
        given = {"revision": form.cleaned_data["revision"] or 0, "by": request.user} | form.values
        if _saved(request, form, lambda: act(**given), row):
            return redirect(back)
    return _form_page(request, form, heading=heading, project=row.project, back=back, crumb=crumb)


def _form_page(request: HttpRequest, form, *, heading: str, project: Project, back: str, crumb: tuple[str, str], hint: str = "") -> HttpResponse:
    status = 200 if not form.errors else 409 if form.non_field_errors() else 422
    context = {"form": form, "heading": heading, "project": project, "back": back, "crumb": crumb, "hint": hint}
    return render(request, "projects/record_form.html", context, status=status)


# -- assets -----------------------------------------------------------------------------------------------------------------


@require_GET
@needs("period.read")
def asset_list(request: HttpRequest) -> HttpResponse:
    """Filters in the address; a constant number of queries."""
    filterset = AssetFilter(request.GET, Asset.objects.visible_to(request.user), user=request.user)
    rows = filterset.qs.select_related("project__unit").prefetch_related("incomes").order_by(*ORDER)
    context = {
        "page": paged(request, rows), "filter_form": filterset.form, "totals": totals(filterset.qs), "several_units": "unit" in filterset.filters,
        "as_of": periods.today(), "saved_views": views_for(request), "may_edit": access.may(request.user, states.EDIT),
    }  # fmt: skip
    return render(request, "assets/list.html", context)


@require_GET
@needs("export.run")
def asset_export(request: HttpRequest) -> HttpResponse:
    return exports.respond(request, ASSETS)


def _asset(request: HttpRequest, pk: int) -> Asset:
    return get_object_or_404(Asset.objects.visible_to(request.user).select_related("project__unit"), pk=pk)


@require_GET
def asset_page(request: HttpRequest, pk: int) -> HttpResponse:
    asset = _asset(request, pk)
    may_edit = access.may(request.user, states.EDIT, asset.project)
    form = IncomeForm(initial={"revision": asset.revision}) if may_edit else None
    return _asset_page(request, asset, form)


def _asset_page(request: HttpRequest, asset: Asset, form: IncomeForm | None, status: int = 200) -> HttpResponse:
    context = {
        "asset": asset, "facts": _asset_facts(asset), "incomes": incomes_of(asset), "form": form, "as_of": periods.today(),
        "box": box(request.user, asset),
    }  # fmt: skip
    return render(request, "assets/asset.html", context, status=status)


def _asset_facts(asset: Asset) -> list[tuple]:
    registered = f"{asset.registered_on or ''} {asset.registration}".strip()
    return [
        ("来源项目", asset.project.name, asset.project.get_absolute_url()), ("资产类别", asset.get_kind_display()), ("数量规格", asset.quantity),
        ("权属类别", asset.get_owner_kind_display()), ("权属单位", asset.owner), ("确权登记", registered or "未登记"),
        ("移交", f"{asset.handed_over_on or ''} {asset.hand_over_document}".strip() or "未移交"), ("管护", asset.caretaker or "未落实"),
    ]  # fmt: skip


@require_http_methods(FORM_PAGE)
@needs(states.EDIT)
def asset_new(request: HttpRequest) -> HttpResponse:
    """After acceptance only; before that the page says what is missing."""
    project = _project(request, request.POST.get("project") or request.GET.get("project", ""))
    if reason := assets.why_no_assets(project):
        messages.error(request, reason)
        return redirect(project)
    form = AssetForm(request.POST or None, initial={"owner_kind": "village"})
    if request.method == "POST" and form.is_valid() and _saved(request, form, lambda: assets.record_asset(project=project, by=request.user, **form.values)):
        return redirect(f"/assets/?project={project.pk}")
    return _form_page(request, form, heading="登记资产", project=project, back=project.get_absolute_url(), crumb=("项目资产", "/assets/"))


@require_http_methods(FORM_PAGE)
def asset_edit(request: HttpRequest, pk: int) -> HttpResponse:
    asset = _asset(request, pk)
    form, act = AssetForm(request.POST or None, row=asset), partial(assets.update_asset, asset=asset)
    return _edited(request, form, asset, act, heading=f"修改资产 {asset.name}", back=asset.get_absolute_url(), crumb=("项目资产", "/assets/"))


@require_POST
def asset_income(request: HttpRequest, pk: int) -> HttpResponse:
    """The income of a year; the same year again puts it right."""
    asset = _asset(request, pk)
    need_edit(asset.project, request.user)
    form = IncomeForm(request.POST)
    if form.is_valid() and _saved(request, form, lambda: assets.record_income(asset=asset, by=request.user, **form.values), asset):
        return redirect(asset)
    return _asset_page(request, _asset(request, pk), form, 409 if form.non_field_errors() else 422)


# -- publications -----------------------------------------------------------------------------------------------------------


@require_GET
@needs("period.read")
def notice_list(request: HttpRequest) -> HttpResponse:
    """With the days of each and whether they are too few. A constant number of queries."""
    today, book = periods.today(), rules.book()
    filterset = NoticeFilter(request.GET, PublicNotice.objects.visible_to(request.user), user=request.user)
    page = paged(request, filterset.qs.select_related("project__unit").order_by(*ORDER))
    short = filterset.qs.filter(figures.short_ones(today, book)).count()
    give_files("notice", list(page))
    context = {
        "page": page, "rows": [figures.shown(notice, today, book) for notice in page], "filter_form": filterset.form,
        "several_units": "unit" in filterset.filters, "as_of": today, "basis": figures.BASIS, "saved_views": views_for(request),
        "needed": book.get(figures.RULE, today), "short": short, "may_edit": access.may(request.user, states.EDIT),
    }  # fmt: skip
    return render(request, "publicity/list.html", context)


@require_GET
@needs("export.run")
def notice_export(request: HttpRequest) -> HttpResponse:
    return exports.respond(request, NOTICES)


@require_http_methods(FORM_PAGE)
@needs(states.EDIT)
def notice_new(request: HttpRequest) -> HttpResponse:
    project = _project(request, request.POST.get("project") or request.GET.get("project", ""))
    form = NoticeForm(request.POST or None, initial={"kind": "project", "place": "village"})
    if request.method == "POST" and form.is_valid() and _saved(request, form, lambda: publicity.record_notice(project=project, by=request.user, **form.values)):
        return redirect(f"/publicity/?project={project.pk}")
    return _form_page(
        request, form, heading="登记公示公告", project=project, back=f"/publicity/?project={project.pk}", crumb=("公示公告", "/publicity/"),
        hint=figures.BASIS + "。"
    )


@require_http_methods(FORM_PAGE)
def notice_edit(request: HttpRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(PublicNotice.objects.visible_to(request.user).select_related("project__unit"), pk=pk)
    form, act = NoticeForm(request.POST or None, row=notice), partial(publicity.update_notice, notice=notice)
    back = f"/publicity/?project={notice.project_id}"
    return _edited(request, form, notice, act, heading="修改公示公告", back=back, crumb=("公示公告", "/publicity/"))


# -- performance targets ----------------------------------------------------------------------------------------------------


@require_http_methods(FORM_PAGE)
def performance(request: HttpRequest, pk: int) -> HttpResponse:
    """Every indicator of one project with its completion, and a form for one more."""
    project = get_object_or_404(Project.objects.visible_to(request.user).select_related("unit"), pk=pk)
    may_edit, form = access.may(request.user, states.EDIT, project), None
    if request.method == "POST":
        need_edit(project, request.user)
        form = TargetForm(request.POST)
        if form.is_valid() and _saved(request, form, lambda: publicity.record_target(project=project, by=request.user, **form.values)):
            return redirect("project-performance", pk=project.pk)
    elif may_edit:
        form = TargetForm()
    status = 200 if form is None or not form.errors else 409 if form.non_field_errors() else 422
    context = {"project": project, "targets": figures.targets_of(project), "form": form, "as_of": periods.today(), "may_edit": may_edit}
    return render(request, "publicity/performance.html", context, status=status)


@require_http_methods(FORM_PAGE)
def target_edit(request: HttpRequest, pk: int) -> HttpResponse:
    target = get_object_or_404(PerformanceTarget.objects.visible_to(request.user).select_related("project__unit"), pk=pk)
    form, act = TargetForm(request.POST or None, row=target), partial(publicity.update_target, indicator=target)
    back = f"/projects/{target.project_id}/performance/"
    return _edited(request, form, target, act, heading="修改绩效目标", back=back, crumb=("绩效目标", back))
