"""支付凭证: list, one line, recording by hand."""

from django.contrib import messages
from django.db.models import Q, Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_safe

from funds.actions.splitting import Part, split, undo_split
from funds.actions.voucher import AlreadyRecorded, questions_of, record_voucher, take_back
from funds.checks import VOUCHER_FLAGS
from funds.exports import vouchers_for
from funds.figures.paid import signed_amount
from funds.figures.splits import proposed_split
from funds.forms import ReasonForm, SplitFormSet, TakeBackForm, VoucherForm, allocation_choices
from funds.models import Allocation, Voucher, VoucherKind
from funds.views.common import form_page
from linkage import access, exports, periods
from linkage.errors import Refusal
from linkage.models import Region
from linkage.money import wan_text
from linkage.views.pages import needs, paged, telling_form


@require_safe
@needs("period.read")
def voucher_list(request):
    found = vouchers_for(request.user, request.GET)
    page = paged(request, found.qs)
    for voucher in page:
        voucher.doubts = [VOUCHER_FLAGS.get(flag, flag) for flag in voucher.flags]
    return render(
        request, "funds/voucher_list.html",
        {
            "form": found.form, "page": page, "sums": _sums(found.qs), "may_record": access.may(request.user, "voucher.record"),
            "as_of": periods.today(),
        },
    )  # fmt: skip


def _sums(rows) -> dict:
    """Net paid and issued of the rows shown, in 元 (taken back lines left out). One query."""
    return rows.standing().order_by().aggregate(
        paid=Sum(signed_amount(), default=0), granted=Sum("amount_yuan", filter=Q(kind=VoucherKind.ISSUE), default=0)
    )


@require_safe
@needs("period.read")
def voucher_export(request):
    return exports.respond(request, "vouchers")


@require_http_methods(["GET", "POST"])
@needs("voucher.record")
def voucher_new(request):
    units = [unit for unit in Region.objects.reporting() if access.may(request.user, "voucher.record", unit)]
    unit = _chosen_unit(request, units)
    form = VoucherForm(request.POST or None, unit=unit, initial=_initial(request))
    questions = _unanswered(request, form) if request.method == "POST" and form.is_valid() else []
    if request.method == "POST" and form.is_valid() and not questions:
        try:
            voucher = record_voucher(**form.cleaned_data, unit=unit, by=request.user)
        except AlreadyRecorded as known:
            address = reverse("voucher-detail", args=[known.voucher_id])
            form.add_error(None, format_html('{} <a href="{}">查看已登记的这一行</a>', known.message, address))
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            doubts = "；".join(VOUCHER_FLAGS.get(flag, flag) for flag in voucher.flags)
            messages.success(request, f"已登记支付凭证 {voucher}：{wan_text(voucher.amount_yuan)} 万元。{f'已标疑点：{doubts}。' if doubts else ''}")
            return redirect("voucher-detail", pk=voucher.pk)
    context = {"form": form, "unit": unit, "units": units, "questions": questions, "asked": "".join(questions)}
    return render(request, "funds/voucher_new.html", context, status=422 if form.is_bound else 200)


def _initial(request) -> dict:
    """From the row one came from: the allocation to pay, or the payment that is given back (`?returns=`)."""
    asked = request.GET.get("returns", "")
    paid = Voucher.objects.visible_to(request.user).filter(pk=asked).first() if asked.isdecimal() else None
    if paid is None:
        return {"allocation": request.GET.get("allocation"), "paid_on": periods.today()}
    return {
        "allocation": paid.allocation_id, "paid_on": periods.today(), "kind": VoucherKind.REFUND, "refers_to": paid.pk, "nature": paid.nature,
        "payee": paid.payee_masked, "budget_project": paid.budget_project, "quota_no": paid.quota_no,
    }  # fmt: skip


def _unanswered(request, form: VoucherForm) -> list[str]:
    """What is doubtful about the line and not confirmed yet: a tick answers only what stood beside it, not other numbers."""
    given = form.cleaned_data
    questions = questions_of(
        allocation=given["allocation"], kind=given["kind"], amount_yuan=given["amount_yuan"], paid_on=given["paid_on"], at=periods.now()
    )
    is_confirmed = request.POST.get("confirmed") == "on" and request.POST.get("asked") == "".join(questions)
    return [] if is_confirmed else questions


def _chosen_unit(request, units: list[Region]) -> Region:
    """The unit of the allocation or the payment in the address, else `?unit=`, else the first one."""
    asked, returns = request.GET.get("allocation", ""), request.GET.get("returns", "")
    wanted = request.GET.get("unit", "")
    if returns.isdecimal():
        wanted = Voucher.objects.visible_to(request.user).filter(pk=returns).values_list("unit__slug", flat=True).first() or wanted
    if asked.isdecimal():
        rows = Allocation.objects.visible_to(request.user).filter(pk=asked)
        wanted = rows.values_list("county_allocation__unit__slug", flat=True).first() or wanted
    if not units:
        raise access.Denied("支付凭证由财政部门登记。", "voucher.record")
    return next((unit for unit in units if unit.slug == wanted), units[0])


def _voucher(request, pk: int) -> Voucher:
    rows = Voucher.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("unit", "project", "allocation__county_allocation__batch__task", "recorded_by"), pk=pk)


@require_safe
@needs("period.read")
def voucher_detail(request, pk):
    voucher = _voucher(request, pk)
    may_record = access.may(request.user, "voucher.record", voucher)
    stands = voucher.gone_at is None
    visible = Voucher.objects.visible_to(request.user).select_related("project", "allocation__county_allocation__batch")
    parts = list(visible.present().filter(split_from=voucher).order_by("key_line"))
    may_split = stands and may_record and not voucher.split_from_id
    sources = {row.pk: row for row in visible.filter(pk__in=[pk for pk in (voucher.split_from_id, voucher.refers_to_id) if pk])}
    context = {
        "voucher": voucher, "doubts": [VOUCHER_FLAGS.get(flag, flag) for flag in voucher.flags], "parts": parts,
        "returns": list(visible.present().filter(refers_to=voucher, split_from__isnull=True).order_by("paid_on", "pk")),
        "origin": sources.get(voucher.split_from_id), "payment": sources.get(voucher.refers_to_id),
        "proposal": proposed_split(voucher) if may_split and not voucher.is_split else None, "may_split": may_split,
        "may_take_back": may_split, "may_return": may_split and voucher.kind == VoucherKind.PAY,
    }  # fmt: skip
    return render(request, "funds/voucher_detail.html", context)


def _to_record(request, pk: int) -> Voucher:
    voucher = _voucher(request, pk)
    if not access.may(request.user, "voucher.record", voucher):
        raise access.Denied("您的岗位不能办理这一步。", "voucher.record", target=voucher)
    return voucher


@require_http_methods(["GET", "POST"])
@needs("voucher.record")
def voucher_split(request, pk):
    """The parts as proposed, as they stand, or as typed; a second split needs a reason."""
    voucher = _to_record(request, pk)
    kwargs = {"form_kwargs": {"allocations": allocation_choices(voucher.unit)}}
    proposal = None if voucher.is_split else proposed_split(voucher)
    reason, told = request.POST.get("reason", ""), ""
    formset = SplitFormSet(request.POST, **kwargs) if request.method == "POST" else SplitFormSet(initial=_parts_shown(voucher, proposal), **kwargs)
    if request.method == "POST" and formset.is_valid():
        parts = [
            Part(row["allocation"], row["amount_yuan"], row.get("nature", "")) for row in formset.cleaned_data if row.get("amount_yuan") is not None
        ]
        try:
            split(voucher=voucher, parts=parts, reason=reason, by=request.user)
        except Refusal as refusal:
            told = refusal.message
        else:
            messages.success(request, f"已把凭证 {voucher} 拆成 {len(parts)} 笔。下一张同类凭证会按同样的比例带出。")
            return redirect("voucher-detail", pk=pk)
    context = {"voucher": voucher, "formset": formset, "proposal": proposal, "reason": reason, "told": told}
    return render(request, "funds/voucher_split.html", context, status=422 if request.method == "POST" else 200)


BLANK_ROWS = 3


def _parts_shown(voucher: Voucher, proposal) -> list[dict]:
    if voucher.is_split:
        standing = voucher.parts.present().order_by("key_line")
        shown = [{"allocation": part.allocation_id, "amount_yuan": part.amount_yuan, "nature": part.nature} for part in standing]
    elif proposal:
        shown = [{"allocation": allocation.pk, "amount_yuan": amount} for allocation, amount in proposal.parts]
    else:
        shown = [{"allocation": voucher.allocation_id}]
    return shown + [{} for _ in range(BLANK_ROWS)]


@require_http_methods(["GET", "POST"])
@needs("voucher.record")
def voucher_unsplit(request, pk):
    voucher = _to_record(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            undo_split(voucher=voucher, reason=form.cleaned_data["reason"], by=request.user)
        if not told.refused:
            return redirect("voucher-detail", pk=pk)
    return form_page(
        request, form, heading=f"撤销拆分 {voucher}", submit="撤销拆分", trail=_trail(voucher),
        hint="撤销后本凭证按一行计入；拆出的各笔作为已撤回保留。",
    )  # fmt: skip


def _trail(voucher: Voucher) -> list[tuple[str, str]]:
    return [("支付明细", reverse("voucher-list")), (str(voucher), reverse("voucher-detail", args=[voucher.pk]))]


@require_http_methods(["GET", "POST"])
@needs("voucher.record")
def voucher_take_back(request, pk):
    voucher = _to_record(request, pk)
    form = TakeBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            take_back(voucher=voucher, reason=form.cleaned_data["reason"], by=request.user)
        if not told.refused:
            return redirect("voucher-detail", pk=pk)
    return form_page(
        request, form, heading=f"撤回凭证 {voucher}", submit="撤回",
        trail=_trail(voucher),
        hint="只用于录错的行。资金真实退回的，请登记“退款”；财政冲减的，请登记“更正（冲减）”。",
    )  # fmt: skip
