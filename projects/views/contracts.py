"""/contracts/: the list, one contract, registering, and one form per step (features 2.9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from linkage import access, exports, money, periods
from linkage.views.pages import needs, paged, telling_form
from linkage.views.saved_views import views_for
from projects.actions import contract as contracts
from projects.actions import contract_moves as moves
from projects.exports.contract import KIND
from projects.figures.contracts import BASIS, Limits, doubts, totals
from projects.filters.contract import ContractFilter
from projects.forms import contract as forms
from projects.forms import units_to_edit
from projects.models import Contract, ContractShare, ContractState, Project
from projects.states import contract as states
from projects.views.documents import box

FORM_PAGE = ["GET", "POST"]


@dataclass(frozen=True)
class Step:
    """One form on one contract: what it is called, in which states it is offered, and the action behind it."""

    label: str
    form: type[forms.ContractForm]
    act: Callable[..., Any]
    sources: tuple[str, ...]
    hint: str = ""
    css: str = "btn-outline"


def _move(transition, form, act, hint="", css="btn-primary") -> Step:
    return Step(transition.label, form, act, transition.sources, hint, css)


STEPS: dict[str, Step] = {
    "award": _move(states.AWARD, forms.AwardForm, moves.award, "打捆合同须为每个项目填写份额，合计等于中标价。"),
    "fail": _move(states.FAIL, forms.FailForm, moves.fail, "流标后可以重新招标，本次记录保留。", "btn-outline"),
    "void": _move(states.VOID, forms.FailForm, moves.void, "已登记的中标价随之作废，招标记录和审计记录保留。", "btn-outline"),
    "retender": _move(states.RETENDER, forms.RetenderForm, moves.retender),
    "sign": _move(states.SIGN, forms.SignForm, moves.sign, "付款条款可以以后再填；比例合计不超过 100%。"),
    "perform": _move(states.PERFORM, forms.PerformForm, moves.perform, "已开工或开始供货。"),
    "settle": _move(states.SETTLE, forms.SettleForm, moves.settle, "以审定报告为准。登记后合同价、份额和条款不能再改。"),
    "finalise": _move(states.FINALISE, forms.FinaliseForm, moves.finalise),
    "terminate": _move(states.TERMINATE, forms.TerminateForm, moves.terminate, css="btn-quiet"),
    "change": Step(
        "登记变更", forms.ChangeForm, contracts.record_change, states.CHANGEABLE, "只登记已经批准的变更，登记后不能改；打捆合同填变更后的各项目份额。"
    ),
    "shares": Step("分摊到项目", forms.SharesForm, contracts.set_shares, (states.AWARDED, *states.CHANGEABLE), "份额清空，该项目就不再属于这份合同。"),
    "terms": Step("付款条款", forms.TermsForm, contracts.set_terms, states.EDITABLE),
    "edit": Step("修改", forms.EditForm, contracts.update_contract, states.EDITABLE),
}  # fmt: skip
RAIL = (
    ("招标", (states.TENDERING, states.FAILED, states.VOIDED)), ("中标", (states.AWARDED,)), ("签约", (states.SIGNED,)),
    ("履行", (states.PERFORMING, states.TERMINATED)), ("结算", (states.SETTLED,)), ("决算", (states.FINAL,)),
)  # fmt: skip


@require_GET
@needs("period.read")
def contract_list(request: HttpRequest) -> HttpResponse:
    """Filters in the address; a constant number of queries."""
    today = periods.today()
    filterset = ContractFilter(request.GET, Contract.objects.visible_to(request.user), user=request.user)
    seen = Prefetch("shares", ContractShare.objects.visible_to(request.user).select_related("project"), to_attr="seen_shares")
    rows = filterset.qs.select_related("unit").prefetch_related(seen, "rounds", "terms").order_by("unit__display_order", "-pk")
    page, limits = paged(request, rows), Limits.on(today)
    context = {
        "page": page, "rows": [(contract, doubts(contract, limits, today)) for contract in page], "filter_form": filterset.form,
        "totals": totals(filterset.qs), "several_units": "unit" in filterset.filters, "today": today, "basis": BASIS,
        "saved_views": views_for(request), "may_edit": access.may(request.user, states.EDIT),
    }  # fmt: skip
    return render(request, "contracts/list.html", context)


@require_GET
@needs("export.run")
def contract_export(request: HttpRequest) -> HttpResponse:
    """合同台账 of exactly what is shown, whatever the page."""
    return exports.respond(request, KIND)


def _contract(request: HttpRequest, pk: int) -> Contract:
    return get_object_or_404(Contract.objects.visible_to(request.user).select_related("unit"), pk=pk)


@require_GET
def contract_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts, rounds, shares in sight, terms, changes, and the next step. A constant number of queries."""
    contract = _contract(request, pk)
    today = periods.today()
    shares = list(ContractShare.objects.visible_to(request.user).filter(contract=contract).select_related("project"))
    unseen = contract.shares.count() - len(shares)
    may_edit = access.may(request.user, states.EDIT, contract)
    context = {
        "contract": contract, "stages": _rail(contract), "facts": _facts(contract), "shares": shares, "unseen": unseen,
        "rounds": contract.rounds.all(), "terms": _terms(contract), "changes": contract.changes.all(), "entries": _timeline(contract),
        "doubts": doubts(contract, Limits.on(today), today), "next_step": states.NEXT_STEP[contract.state], "as_of": today,
        "box": box(request.user, contract),
        "steps": [(name, step) for name, step in STEPS.items() if may_edit and contract.state in step.sources],
    }  # fmt: skip
    return render(request, "contracts/contract.html", context)


def _rail(contract: Contract) -> list[dict]:
    here = next(place for place, (_, inside) in enumerate(RAIL) if contract.state in inside)
    days = (None, contract.awarded_on, contract.signed_on, None, contract.settled_on, contract.final_on)
    return [
        {
            "label": contract.get_state_display() if place == here else label, "note": f"{day:%Y-%m-%d}" if day else "",
            "state": "done" if place < here or contract.state == states.FINAL else "now" if place == here else "next",
        }
        for place, ((label, _), day) in enumerate(zip(RAIL, days, strict=True))
    ]  # fmt: skip


def _wan(amount: Decimal | None) -> str:
    return "" if amount is None else f"{money.wan_text(amount)} 万元"


def _facts(contract: Contract) -> list[tuple[str, str]]:
    items = [
        ("控制价", _wan(contract.control_price_yuan)), ("中标价", _wan(contract.bid_price_yuan)), ("招标结余", _wan(contract.tender_saving_yuan)),
        ("变更", _wan(contract.changed_yuan) if contract.changed_yuan else ""), ("合同价", _wan(contract.price_yuan)),
        ("结算审定价", _wan(contract.settled_yuan)), ("结算结余", _wan(contract.settlement_saving_yuan)), ("竣工决算", _wan(contract.final_yuan)),
        ("采购内容", contract.get_kind_display()), ("采购方式", contract.get_method_display()), ("代理机构", contract.agency), ("乙方", contract.contractor),
        ("合同编号", contract.number), ("签约日期", f"{contract.signed_on or ''}"), ("合同工期", _span(contract)),
    ]  # fmt: skip
    return [item for item in items if item[1]]


def _span(contract: Contract) -> str:
    days = [f"{day}" for day in (contract.start_on, contract.finish_on) if day]
    return " 至 ".join(days)


def _terms(contract: Contract) -> list[tuple]:
    """(term, its part of the price now in 元 to 分; None without a price)."""
    price = contract.price_yuan
    return [(term, None if price is None else money.yuan(price * term.ratio)) for term in contract.terms.all()]


def _timeline(contract: Contract) -> list[dict]:
    labels = {"create": "登记"} | {move.name: move.label for move in states.TRANSITIONS.values()}
    return [
        {
            "at": row.at, "who": f"{row.by_name} {row.seat}".strip(), "what": labels[row.name], "tone": "warn" if row.name in ("fail", "void") else "none",
            "text": "\n".join(filter(None, [row.reason, f"依据：{row.document}" if row.document else ""])),
        }
        for row in contract.transitions.all()
    ]  # fmt: skip


# -- registering ------------------------------------------------------------------------------------------------------------


@require_http_methods(FORM_PAGE)
@needs(states.EDIT)
def contract_new(request: HttpRequest) -> HttpResponse:
    """First the projects (`?project=`, several for 打捆), then the purchase."""
    units = list(units_to_edit(request.user).select_related("parent"))
    if not units:
        raise PermissionDenied("您的岗位所在地区不是填报单位，不能登记合同。")
    wanted = request.GET.get("unit", "")
    unit = next((one for one in units if one.slug == wanted), units[0])
    chosen = _chosen(request)
    if not chosen:
        offered = forms.projects_of(unit).annotate(contracts_now=Count("contract_shares"))
        asked = request.method == "POST" or "asked" in request.GET  # 下一步 with nothing ticked
        context = {"projects": offered, "unit": unit, "units": units, "asked": asked}
        return render(request, "contracts/choose.html", context, status=422 if asked else 200)
    form = forms.NewContractForm(request.POST or None, projects=chosen)
    if request.method == "POST" and form.is_valid():
        register = moves.register_signed if form.is_signed else contracts.create_contract
        with telling_form(form) as told:
            made = register(unit=chosen[0].unit, projects=chosen, by=request.user, **form.values)
        if not told.refused:
            messages.success(request, f"已登记，台账编号 {made.code}。")
            return redirect(made)
    return render(request, "contracts/new.html", {"form": form, "projects": chosen}, status=422 if form.errors else 200)


def _chosen(request: HttpRequest) -> list[Project]:
    """The projects named in the address, in sight; one that is not there is a 404."""
    numbers = (request.POST.getlist("project") or request.GET.getlist("project"))[:50]
    if not numbers:
        return []
    wanted = {int(number) for number in numbers if number.isascii() and number.isdigit() and len(number) < 19}
    found = list(Project.objects.visible_to(request.user).filter(pk__in=wanted).select_related("unit").order_by("code"))
    if len(found) != len(set(numbers)):
        raise Http404
    return found


@require_http_methods(FORM_PAGE)
def contract_step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One form, one action; what was typed stays when the contract changed meanwhile."""
    contract = _contract(request, pk)
    step = STEPS.get(name)
    if step is None:
        raise Http404
    if not access.may(request.user, states.EDIT, contract):
        raise PermissionDenied("您的岗位可以查看这份合同，但不能办理。")
    if request.method == "GET" and contract.state not in step.sources:
        messages.error(request, f"合同现在是“{contract.get_state_display()}”，不能办理“{step.label}”。")
        return redirect(contract)
    form, status = step.form(request.POST or None, contract=contract), 200
    if request.method == "POST" and form.is_valid():
        with telling_form(form, contract) as told:
            step.act(contract=contract, by=request.user, **form.values)
        if not told.refused:
            messages.success(request, f"已{step.label}。" if name in states.TRANSITIONS else "已保存。")
            return redirect(contract.get_absolute_url())
        status = 409
    status = 422 if form.errors and status == 200 else status
    words = ContractState(contract.state).label
    return render(request, "contracts/step.html", {"contract": contract, "step": step, "name": name, "form": form, "state_words": words}, status=status)
