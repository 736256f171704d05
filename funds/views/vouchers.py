"""支付凭证: list, one line, recording by hand."""

from django.contrib import messages
from django.db.models import Q, Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_safe

from funds.actions.voucher import AlreadyRecorded, questions_of, record_voucher, take_back
from funds.checks import VOUCHER_FLAGS
from funds.exports import vouchers_for
from funds.figures.paid import signed_amount
from funds.forms import TakeBackForm, VoucherForm
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
    form = VoucherForm(request.POST or None, unit=unit, initial={"allocation": request.GET.get("allocation"), "paid_on": periods.today()})
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


def _unanswered(request, form: VoucherForm) -> list[str]:
    """What is doubtful about the line and not confirmed yet: a tick answers only what stood beside it, not other numbers."""
    given = form.cleaned_data
    questions = questions_of(
        allocation=given["allocation"], kind=given["kind"], amount_yuan=given["amount_yuan"], paid_on=given["paid_on"], at=periods.now()
    )
    is_confirmed = request.POST.get("confirmed") == "on" and request.POST.get("asked") == "".join(questions)
    return [] if is_confirmed else questions


def _chosen_unit(request, units: list[Region]) -> Region:
    """The unit of the allocation in the address, else `?unit=`, else the first one."""
    asked = request.GET.get("allocation", "")
    wanted = request.GET.get("unit", "")
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
    return render(
        request, "funds/voucher_detail.html",
        {
            "voucher": voucher, "doubts": [VOUCHER_FLAGS.get(flag, flag) for flag in voucher.flags],
            "may_take_back": voucher.gone_at is None and access.may(request.user, "voucher.record", voucher),
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs("voucher.record")
def voucher_take_back(request, pk):
    voucher = _voucher(request, pk)
    if not access.may(request.user, "voucher.record", voucher):
        raise access.Denied("您的岗位不能办理这一步。", "voucher.record", target=voucher)
    form = TakeBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            take_back(voucher=voucher, reason=form.cleaned_data["reason"], by=request.user)
        if not told.refused:
            return redirect("voucher-detail", pk=pk)
    return form_page(
        request, form, heading=f"撤回凭证 {voucher}", submit="撤回",
        trail=[("支付明细", reverse("voucher-list")), (str(voucher), reverse("voucher-detail", args=[pk]))],
        hint="只用于录错的行。资金真实退回的，请登记“退款”；财政冲减的，请登记“更正（冲减）”。",
    )  # fmt: skip
