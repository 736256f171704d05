"""资金变动: the list, one act, and the acts themselves (指标调剂, 收回再分配)."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from funds.actions import allocation as allocating
from funds.actions.moving import GIVING_BACK, left_to_reissue, reissue, transfer_to_county, transfer_to_project
from funds.exports.events import events_for
from funds.figures.ledger import own_shares
from funds.forms import ProjectTransferForm, ReissueForm, TransferForm
from funds.models import Allocation, FundChange, FundEvent
from funds.views.common import form_page
from linkage import access, exports, periods
from linkage.money import wan_text
from linkage.views.pages import needs, paged, telling_form


@require_safe
@needs("period.read")
def event_list(request):
    found = events_for(request.user, request.GET)
    return render(request, "funds/event_list.html", {"form": found.form, "page": paged(request, found.qs), "as_of": periods.today()})


@require_safe
@needs("period.read")
def event_export(request):
    return exports.respond(request, "fund-events")


def _event(request, pk: int) -> FundEvent:
    rows = FundEvent.objects.visible_to(request.user).select_related("batch__task", "batch__region", "region", "draws_on", "recorded_by")
    return get_object_or_404(rows, pk=pk)


@require_safe
@needs("period.read")
def event_detail(request, pk):
    event = _event(request, pk)
    seen = FundChange.objects.visible_to(request.user)
    changes = list(seen.filter(event=event).select_related("batch", "county_allocation__unit", "allocation__project").order_by("pk"))
    reissues = FundEvent.objects.visible_to(request.user).filter(draws_on=event).order_by("pk")
    from_county = event.kind in GIVING_BACK and any(change.county_allocation_id and not change.allocation_id for change in changes)
    may_allocate = event.batch is not None and access.may(request.user, "funds.allocate", event.batch)
    context = {
        "event": event, "changes": changes, "reissues": reissues,
        "left_yuan": left_to_reissue(event) if from_county and may_allocate else None,
    }  # fmt: skip
    return render(request, "funds/event_detail.html", context)


@require_http_methods(["GET", "POST"])
@needs("funds.allocate")
def event_reissue(request, pk):
    event = _event(request, pk)
    if event.batch is None or not access.may(request.user, "funds.allocate", event.batch):
        raise access.Denied("您的岗位不能办理这一步。", "funds.allocate", target=event.batch or access.Unscoped.ANYWHERE)
    left = left_to_reissue(event)
    form = ReissueForm(request.POST or None, batch=event.batch, initial={"effective_on": periods.today(), "amount_yuan": left})
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            made = reissue(draws_on=event, **form.cleaned_data, by=request.user)
        if not told.refused:
            return _done(request, made)
    trail = [("资金变动", reverse("event-list")), (event.number, reverse("event-detail", args=[event.pk]))]
    hint = f"{event.number} 收回 {wan_text(event.amount_yuan)} 万元，还可再分配 {wan_text(left)} 万元。"
    return form_page(request, form, heading="收回再分配", submit="分配", trail=trail, hint=hint)


@require_http_methods(["GET", "POST"])
@needs("funds.allocate")
def share_transfer(request, pk):
    share = get_object_or_404(own_shares(request.user).select_related("batch__task", "batch__region", "unit"), pk=pk)
    if not access.may(request.user, "funds.allocate", share.batch):
        raise access.Denied("您的岗位不能办理这一步。", "funds.allocate", target=share.batch)
    form = TransferForm(request.POST or None, share=share, initial={"effective_on": periods.today(), "seen_yuan": share.amount_yuan})
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            made = transfer_to_county(county_allocation=share, **form.cleaned_data, by=request.user)
        if not told.refused:
            return _done(request, made)
    rest = max(share.amount_yuan - share.allocated_yuan, 0)
    return form_page(
        request, form, heading=f"从{share.unit}调剂", submit="调剂", trail=_batch_trail(share.batch),
        hint=f"{share.unit}本笔资金 {wan_text(share.amount_yuan)} 万元，已安排到项目 {wan_text(share.allocated_yuan)} 万元，可调出 {wan_text(rest)} 万元。",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs("funds.arrange")
def allocation_transfer(request, pk):
    rows = Allocation.objects.visible_to(request.user).select_related("county_allocation__batch__task", "county_allocation__unit", "project")
    allocation = get_object_or_404(rows, pk=pk)
    share = allocation.county_allocation
    if not access.may(request.user, "funds.arrange", share):
        raise access.Denied("您的岗位不能办理这一步。", "funds.arrange", target=share)
    initial = {"effective_on": periods.today(), "seen_yuan": allocation.amount_yuan}
    form = ProjectTransferForm(request.POST or None, allocation=allocation, stages=allocating.ARRANGEABLE_STAGES, initial=initial)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            made = transfer_to_project(allocation=allocation, **form.cleaned_data, by=request.user)
        if not told.refused:
            return _done(request, made)
    return form_page(
        request, form, heading=f"从“{allocation.project}”调剂", submit="调剂",
        trail=[*_batch_trail(share.batch), (share.unit.name, reverse("share-detail", args=[share.pk]))],
        hint=f"“{allocation.project}”本笔资金安排 {wan_text(allocation.amount_yuan)} 万元；已支付的部分不能调出。",
    )  # fmt: skip


def _done(request, event: FundEvent):
    messages.success(request, f"已登记{event.get_kind_display()} {wan_text(event.amount_yuan)} 万元，编号 {event.number}。")
    return redirect("event-detail", pk=event.pk)


def _batch_trail(batch) -> list[tuple[str, str]]:
    return [("资金批次", reverse("batch-list")), (batch.document_no, reverse("batch-detail", args=[batch.pk]))]
