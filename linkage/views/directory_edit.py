"""Changing the directory: one form, one action each. Refused with 403 outside the editor's regions."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from linkage import periods
from linkage.actions import organisation as actions
from linkage.actions import taskforce as taskforce_actions
from linkage.forms.organisation import (
    FunctionForm,
    LeadForm,
    OrganisationForm,
    RegionForm,
    ResponsibilityForm,
    UntilForm,
)
from linkage.forms.taskforce import MemberForm, TaskForceForm
from linkage.models import (
    Matter,
    Organisation,
    OrganisationFunction,
    Region,
    RegionKind,
    Responsibility,
    TaskForce,
    TaskForceMember,
    TaskLead,
)

from .directory import EDIT, ROSTER, reach
from .one_form import FormPage, one_form
from .pages import require, telling, telling_form

form_methods = require_http_methods(["GET", "HEAD", "POST"])


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("名录", reverse("directory")), *more]


def _editable_regions(request: HttpRequest):
    """Regions the user may edit, townships left out; 403 when there are none."""
    require(request.user, EDIT)
    paths = reach(request.user, EDIT)
    keep = [region.pk for region in Region.objects.exclude(kind=RegionKind.TOWNSHIP) if region.path.startswith(paths)]
    return Region.objects.filter(pk__in=keep, is_active=True).order_by("path")


# -- regions ------------------------------------------------------------------------------------------------------------


@form_methods
def region_new(request: HttpRequest) -> HttpResponse:
    form = RegionForm(request.POST or None, regions=_editable_regions(request), initial={"kind": RegionKind.COUNTY})
    page = FormPage(
        "新增地区",
        reverse("directory"),
        _crumbs(),
        "标识、级别和上级建立后不能改；别名和代码在系统管理中维护。",
        done="已新增。",
    )
    return one_form(request, form, page, lambda data: actions.add_region(by=request.user, **data))


@form_methods
def region_edit(request: HttpRequest, slug: str) -> HttpResponse:
    region = get_object_or_404(Region, slug=slug)
    require(request.user, EDIT, target=region)
    names = ("name", "group", "code_prefix", "display_order", "is_reporting", "is_active")
    form = RegionForm(request.POST or None, editing=True, initial={name: getattr(region, name) for name in names})
    page = FormPage(
        f"修改地区：{region}", reverse("directory"), _crumbs(), f"标识 {region.slug}，{region.get_kind_display()}"
    )
    return one_form(request, form, page, lambda data: actions.edit_region(by=request.user, region=region, **data))


# -- bodies -------------------------------------------------------------------------------------------------------------


@form_methods
def organisation_new(request: HttpRequest) -> HttpResponse:
    regions = _editable_regions(request)
    chosen = regions.filter(slug=request.GET.get("region", "")).first()
    form = OrganisationForm(request.POST or None, regions=regions, initial={"since": periods.today(), "region": chosen})
    page = FormPage(
        "新增单位", reverse("directory-organisations"), _crumbs(("单位与职能", reverse("directory-organisations")))
    )
    return one_form(request, form, page, lambda data: actions.add_organisation(by=request.user, **data))


@form_methods
def organisation_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name and state; below it the functions with their dates."""
    organisation = get_object_or_404(Organisation.objects.select_related("region"), pk=pk)
    require(request.user, EDIT, target=organisation.region)
    names = ("name", "short_name", "is_outside", "is_active")
    form = OrganisationForm(
        request.POST or None, editing=True, initial={name: getattr(organisation, name) for name in names}
    )
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            actions.edit_organisation(by=request.user, organisation=organisation, **form.cleaned_data)
        if not told.refused:
            messages.success(request, "已保存。")
            return redirect("organisation-edit", organisation.pk)
    return render(
        request,
        "directory/organisation.html",
        {
            "organisation": organisation,
            "form": form,
            "functions": organisation.functions.order_by("-since", "pk"),
            "function_form": FunctionForm(initial={"since": periods.today()}, auto_id="function_%s"),
            "until_form": UntilForm(initial={"until": periods.today()}, auto_id=False),
            "today": periods.today(),
        },
        status=422 if form.errors else 200,
    )


@require_POST
def function_add(request: HttpRequest, pk: int) -> HttpResponse:
    organisation = get_object_or_404(Organisation.objects.select_related("region"), pk=pk)
    require(request.user, EDIT, target=organisation.region)
    form = FunctionForm(request.POST)
    if form.is_valid():
        with telling(request) as told:
            actions.give_function(by=request.user, organisation=organisation, **form.cleaned_data)
        if not told.refused:
            messages.success(request, "已增加职能。")
    else:
        messages.error(request, "请选择职能并填写起始日期。")
    return redirect("organisation-edit", pk)


@require_POST
def function_end(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(OrganisationFunction.objects.select_related("organisation__region"), pk=pk)
    require(request.user, EDIT, target=row.organisation.region)
    form = UntilForm(request.POST)
    if form.is_valid():
        with telling(request) as told:
            actions.end_function(by=request.user, row=row, **form.cleaned_data)
        if not told.refused:
            messages.success(request, "已终止职能。")
    else:
        messages.error(request, "请填写最后一天的日期。")
    return redirect("organisation-edit", row.organisation_id)


# -- duties and leads ---------------------------------------------------------------------------------------------------


@form_methods
def duty_answer(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    region, matter = get_object_or_404(Region.objects.reporting(), slug=slug), get_object_or_404(Matter, code=code)
    require(request.user, EDIT, target=region)
    today = periods.today()
    now = Responsibility.objects.on(today).filter(region=region, matter=matter).first()
    initial = {"since": today, "organisation": now.organisation if now else None, "note": now.note if now else ""}
    form = ResponsibilityForm(request.POST or None, region=region, initial=initial)
    hint = f"现在：{now.organisation or '本地无此机构'}（{now.since} 起）" if now else "还没有承办单位，是一个缺口。"
    page = FormPage(
        f"{region}：{matter}", reverse("directory-duties"), _crumbs(("承办单位", reverse("directory-duties"))), hint
    )
    return one_form(
        request, form, page, lambda data: actions.answer_matter(by=request.user, region=region, matter=matter, **data)
    )


@form_methods
def lead_new(request: HttpRequest, slug: str) -> HttpResponse:
    region = get_object_or_404(Region, slug=slug)
    require(request.user, EDIT, target=region)
    form = LeadForm(request.POST or None, region=region, initial={"since": periods.today()})
    page = FormPage(
        f"{region}：确定任务牵头单位", reverse("directory-tasks"), _crumbs(("任务牵头", reverse("directory-tasks")))
    )
    return one_form(request, form, page, lambda data: actions.set_lead(by=request.user, **data))


@form_methods
def lead_end(request: HttpRequest, pk: int) -> HttpResponse:
    lead = get_object_or_404(TaskLead.objects.select_related("organisation__region", "task"), pk=pk)
    require(request.user, EDIT, target=lead.organisation.region)
    form = UntilForm(request.POST or None, initial={"until": periods.today()})
    page = FormPage(
        f"终止牵头：{lead.task.name}", reverse("directory-tasks"), _crumbs(("任务牵头", reverse("directory-tasks"))),
        f"{lead.organisation.name}，{lead.since} 起", "终止", "已终止牵头关系。",
    )  # fmt: skip
    return one_form(request, form, page, lambda data: actions.end_lead(by=request.user, lead=lead, **data))


# -- task forces --------------------------------------------------------------------------------------------------------


def _force_crumbs() -> list[tuple[str, str]]:
    return _crumbs(("专班名册", reverse("directory-taskforces")))


@form_methods
def taskforce_edit(request: HttpRequest, slug: str) -> HttpResponse:
    region = get_object_or_404(Region.objects.filter(kind__in=[RegionKind.PREFECTURE, RegionKind.COUNTY]), slug=slug)
    require(request.user, ROSTER, target=region)
    force = TaskForce.objects.filter(region=region).first()
    names = ("name", "document", "founded_on", "office")
    initial = {name: getattr(force, name) for name in names} if force else {"name": f"{region}衔接资金部门联动专班"}
    form = TaskForceForm(request.POST or None, region=region, initial=initial)
    page = FormPage(f"{region}联动专班", reverse("directory-taskforces"), _force_crumbs())
    return one_form(
        request, form, page, lambda data: taskforce_actions.save_taskforce(by=request.user, region=region, **data)
    )


@form_methods
def member_new(request: HttpRequest, slug: str) -> HttpResponse:
    force = TaskForce.objects.select_related("region").filter(region__slug=slug).first()
    if force is None:
        region = get_object_or_404(Region, slug=slug)
        require(request.user, ROSTER, target=region)
        messages.info(request, "请先登记专班，再登记成员。")
        return redirect("taskforce-edit", slug)
    require(request.user, ROSTER, target=force.region)
    form = MemberForm(
        request.POST or None, region=force.region, initial={"since": periods.today(), "document": force.document}
    )
    page = FormPage(f"登记成员：{force}", reverse("directory-taskforces"), _force_crumbs(), done="已登记。")
    return one_form(
        request, form, page, lambda data: taskforce_actions.save_member(by=request.user, taskforce=force, **data)
    )


def _member(request: HttpRequest, pk: int) -> TaskForceMember:
    member = get_object_or_404(TaskForceMember.objects.select_related("taskforce__region"), pk=pk)
    require(request.user, ROSTER, target=member.taskforce.region)
    return member


@form_methods
def member_edit(request: HttpRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    region = member.taskforce.region
    initial = {name: getattr(member, name) for name in MemberForm.base_fields}
    form = MemberForm(request.POST or None, region=region, initial=initial)
    page = FormPage(f"修改成员：{member.person_name}", reverse("directory-taskforces"), _force_crumbs())
    return one_form(
        request, form, page,
        lambda data: taskforce_actions.save_member(by=request.user, taskforce=member.taskforce, member=member, **data),
    )  # fmt: skip


@form_methods
def member_end(request: HttpRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    form = UntilForm(request.POST or None, initial={"until": periods.today()})
    page = FormPage(
        f"离任：{member.person_name}", reverse("directory-taskforces"), _force_crumbs(), f"{member.get_post_display()}，{member.since} 起",
        "登记离任", "已登记离任，名册保留历史。",
    )  # fmt: skip
    return one_form(
        request, form, page, lambda data: taskforce_actions.end_member(by=request.user, member=member, **data)
    )
