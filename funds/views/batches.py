"""Fund documents, their shares and the projects they are arranged to. A county reads its own share, never the whole."""

from django.db.models import Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funds.actions import allocation as allocating
from funds.actions import batch as batches
from funds.actions.limits import left
from funds.exports import batches_for
from funds.figures.ledger import own_shares, with_paid, young_days
from funds.figures.timeline import batch_timeline, share_timeline, worked_off
from funds.forms import AdjustForm, ArrangeForm, BatchAmendForm, BatchForm, ReduceForm, ShareAdjustForm, ShareForm
from funds.models import Allocation, Batch, CountyAllocation, FundChange
from funds.views.common import form_page
from linkage import access, exports, periods
from linkage.money import wan_text
from linkage.views.pages import needs, paged, telling_form
from projects.actions.editable import AFTER_PLAN

PREFILLED = ("level", "task", "fund_year", "document_no", "title", "amount_yuan", "issued_on", "region")


@require_safe
@needs("period.read")
def batch_list(request):
    found = batches_for(request.user, request.GET, today=periods.today())
    page = paged(request, found.qs)
    context = {
        "form": found.form, "page": page, "may_record": access.may(request.user, "batch.edit"),
        "some_whole": any(batch.is_whole for batch in page), "some_part": any(not batch.is_whole for batch in page), "one_unit": bool(request.GET.get("unit")),
        "rest": found.qs.aggregate(all=Sum("rest_yuan"), young=Sum("young_rest_yuan")), "young_days": young_days(found.on), "on": found.on,
    }  # fmt: skip
    return render(request, "funds/batch_list.html", context)


@require_safe
@needs("period.read")
def batch_export(request):
    return exports.respond(request, "batches")


@require_http_methods(["GET", "POST"])
@needs("batch.edit")
def batch_new(request):
    known = {name: request.GET[name] for name in PREFILLED if request.GET.get(name)}
    form = BatchForm(request.POST or None, user=request.user, initial=known)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            batch = batches.record_batch(**form.cleaned_data, by=request.user)
        if not told.refused:
            return redirect("batch-detail", pk=batch.pk)
    return form_page(request, form, heading="登记资金批次", submit="登记", trail=[("资金批次", reverse("batch-list"))])


def _batch(request, pk: int, permission: str = "") -> Batch:
    """The batch in sight (else 404), with the right to act on it when one is named (else 403)."""
    rows = Batch.objects.visible_to(request.user).with_whole(request.user).select_related("task", "region")
    batch = get_object_or_404(rows, pk=pk)
    if permission and not access.may(request.user, permission, batch):
        raise access.Denied("您的岗位不能办理这一步。", permission, target=batch)
    return batch


@require_safe
@needs("period.read")
def batch_detail(request, pk):
    return _batch_page(request, _batch(request, pk))


def _batch_page(request, batch, form=None):
    shares = list(own_shares(request.user).filter(batch=batch).select_related("unit").order_by("unit__display_order", "pk"))
    for share in shares:
        share.left_yuan = left(share)
    changes = list(FundChange.objects.visible_to(request.user).filter(batch=batch, allocation__isnull=True).select_related("event").order_by("pk"))
    may_allocate = access.may(request.user, "funds.allocate", batch)
    if may_allocate and form is None and left(batch) > 0:
        form = ShareForm(batch=batch, initial={"issued_on": periods.today()})
    work = worked_off(batch, changes) if batch.is_whole else None
    return render(
        request, "funds/batch_detail.html",
        {
            "batch": batch, "shares": shares, "form": form, "left_yuan": left(batch), "may_allocate": may_allocate,
            "may_edit": access.may(request.user, "batch.edit", batch),
            "shares_yuan": sum((share.amount_yuan for share in shares), start=left(batch) * 0),
            "arranged_yuan": sum((share.allocated_yuan for share in shares), start=left(batch) * 0),
            "timeline": batch_timeline(batch, shares, changes, is_whole=batch.is_whole),
            "over_words": _over_words(work),
        },
        status=422 if form is not None and form.is_bound else 200,
    )  # fmt: skip


@require_POST
@needs("funds.allocate")
def batch_allocate(request, pk):
    batch = _batch(request, pk, "funds.allocate")
    form = ShareForm(request.POST, batch=batch)
    if form.is_valid():
        with telling_form(form) as told:
            allocating.allocate_to_county(batch=batch, **form.cleaned_data, by=request.user)
        if not told.refused:
            return redirect("batch-detail", pk=pk)
    return _batch_page(request, batch, form)


@require_http_methods(["GET", "POST"])
@needs("batch.edit")
def batch_edit(request, pk):
    batch = _batch(request, pk, "batch.edit")
    names = BatchAmendForm.base_fields
    initial = {name: getattr(batch, name) for name in names if hasattr(batch, name)} | {"seen_yuan": batch.amount_yuan}
    form = BatchAmendForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            batches.amend(batch=batch, changes=form.cleaned_data, by=request.user)
        if not told.refused:
            return redirect("batch-detail", pk=pk)
    return form_page(request, form, heading=f"更正批次 {batch.document_no}", submit="保存", trail=_trail(batch))


@require_http_methods(["GET", "POST"])
@needs("batch.edit")
def batch_reduce(request, pk):
    batch = _batch(request, pk, "batch.edit")
    form = ReduceForm(request.POST or None, initial={"effective_on": periods.today()})
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            batches.reduce_by_higher_body(batch=batch, **form.cleaned_data, by=request.user)
        if not told.refused:
            return redirect("batch-detail", pk=pk)
    hint = "上级核减或收回后，已分配的部分不会自动减少：多出的标为“超分配”，请再逐县调整。"
    return form_page(request, form, heading=f"上级核减 {batch.document_no}", submit="登记核减", trail=_trail(batch), hint=hint)


def _over_words(work) -> str:
    """How far an over-allocation is worked off, in 万元."""
    plain = "上级核减后，已分配到县的金额大于下达金额；请逐县调整，调平后此提示自动消失。"
    if work is None:
        return plain
    return (
        f"{work.event.document_no}核减后超分配 {wan_text(work.began_yuan)} 万元，已通过调整消化 {wan_text(work.done_yuan)} 万元，"
        f"还差 {wan_text(work.left_yuan)} 万元；请逐县调整，调平后此提示自动消失。"
    )  # fmt: skip


def _share(request, pk: int, permission: str = "") -> CountyAllocation:
    rows = own_shares(request.user).select_related("batch__task", "batch__region", "unit")
    share = get_object_or_404(rows, pk=pk)
    target = share.batch if permission == "funds.allocate" else share
    if permission and not access.may(request.user, permission, target):
        raise access.Denied("您的岗位不能办理这一步。", permission, target=target)
    return share


@require_safe
@needs("period.read")
def share_detail(request, pk):
    return _share_page(request, _share(request, pk))


def _share_page(request, share, form=None):
    rows = with_paid(Allocation.objects.visible_to(request.user).filter(county_allocation=share), periods.today())
    rows = rows.select_related("project").order_by("project__code", "pk")
    changes = FundChange.objects.visible_to(request.user).filter(county_allocation=share).select_related("event").order_by("pk")
    may_arrange = access.may(request.user, "funds.arrange", share)
    if may_arrange and form is None and left(share) > 0:
        form = _arrange_form(share, initial={"decided_on": periods.today()})
    return render(
        request, "funds/share_detail.html",
        {
            "share": share, "batch": share.batch, "rows": rows, "form": form, "timeline": share_timeline(share, rows, changes),
            "left_yuan": left(share), "may_arrange": may_arrange,
            "may_adjust": access.may(request.user, "funds.allocate", share.batch), "as_of": periods.today(),
        },
        status=422 if form is not None and form.is_bound else 200,
    )  # fmt: skip


def _arrange_form(share, *args, **kwargs) -> ArrangeForm:
    return ArrangeForm(*args, share=share, stages=allocating.ARRANGEABLE_STAGES, **kwargs)


@require_POST
@needs("funds.arrange")
def share_arrange(request, pk):
    share = _share(request, pk, "funds.arrange")
    form = _arrange_form(share, request.POST)
    if form.is_valid():
        with telling_form(form) as told:
            allocating.arrange_to_project(county_allocation=share, **form.cleaned_data, by=request.user)
        if not told.refused:
            return redirect("share-detail", pk=pk)
    return _share_page(request, share, form)


@require_http_methods(["GET", "POST"])
@needs("funds.allocate")
def share_adjust(request, pk):
    share = _share(request, pk, "funds.allocate")
    form = ShareAdjustForm(request.POST or None, initial=_amounts(share.amount_yuan))
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            allocating.adjust_share(county_allocation=share, **form.cleaned_data, by=request.user)
        if not told.refused:
            return redirect("batch-detail", pk=share.batch_id)
    return form_page(request, form, heading=f"调整{share.unit}的资金", submit="保存", trail=_trail(share.batch))


@require_http_methods(["GET", "POST"])
@needs("funds.arrange")
def allocation_adjust(request, pk):
    rows = Allocation.objects.visible_to(request.user).select_related("county_allocation__batch", "county_allocation__unit", "project")
    allocation = get_object_or_404(rows, pk=pk)
    if not access.may(request.user, "funds.arrange", allocation.county_allocation):
        raise access.Denied("您的岗位不能办理这一步。", "funds.arrange", target=allocation.county_allocation)
    planned = allocation.project.stage in AFTER_PLAN
    form = AdjustForm(request.POST or None, planned=planned, initial=_amounts(allocation.amount_yuan))
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            allocating.adjust(allocation=allocation, **form.cleaned_data, by=request.user)
        if not told.refused:
            return redirect("share-detail", pk=allocation.county_allocation_id)
    return form_page(request, form, heading=f"调整“{allocation.project}”的资金", submit="保存", trail=_trail(allocation.county_allocation.batch))


def _amounts(amount_yuan) -> dict:
    return {"amount_yuan": amount_yuan, "seen_yuan": amount_yuan, "effective_on": periods.today()}


def _trail(batch: Batch) -> list[tuple[str, str]]:
    return [("资金批次", reverse("batch-list")), (batch.document_no, reverse("batch-detail", args=[batch.pk]))]
