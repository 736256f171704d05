"""待认凭证: payments that did not match by themselves, one question per 预算项目, 文号 and unit."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from funds.actions.matching import decide_match, forget_match
from funds.figures.documents import Document, Standing, compare, differing
from funds.figures.unmatched import dressed, groups
from funds.forms import MatchForm
from funds.forms.treasury import allocation_words
from funds.models import Allocation, BudgetLine, CountyAllocation, Level, MatchAnswer, TreasuryMatch, Voucher
from linkage import access, periods
from linkage.models import FundTask
from linkage.money import wan_text
from linkage.views.pages import needs, paged, telling

PER_PAGE, SHOWN_MEMORIES = 10, 50


@require_safe
@needs("voucher.record")
def unmatched(request: HttpRequest) -> HttpResponse:
    rows = Voucher.objects.visible_to(request.user)
    if request.GET.get("unit"):
        rows = rows.filter(unit__slug=request.GET["unit"])
    found = groups(rows)
    page = paged(request, found, PER_PAGE)
    page.object_list = dressed(page.object_list)
    memories = TreasuryMatch.objects.visible_to(request.user).select_related("unit", "allocation__project", "decided_by").order_by("-decided_at")
    return render(
        request, "funds/unmatched.html",
        {
            "page": page, "rows": sum(row["rows"] for row in found), "amount": sum(row["amount"] for row in found), "as_of": periods.today(),
            "others": _others(page.object_list), "memories": memories[:SHOWN_MEMORIES], "memory_count": memories.count(),
        },
    )  # fmt: skip


def _others(shown) -> dict[int, list[tuple[int, str]]]:
    """Every allocation of the units on this page, for choosing by hand: unit → (id, words). One query."""
    rows = Allocation.objects.filter(county_allocation__unit__in={group.unit.pk for group in shown})
    rows = rows.select_related("project", "county_allocation__batch").order_by("-project__project_year", "project__name", "pk")
    found: dict[int, list[tuple[int, str]]] = {}
    for row in rows:
        found.setdefault(row.county_allocation.unit_id, []).append((row.pk, allocation_words(row)))
    return found


@require_POST
@needs("voucher.record")
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    voucher = get_object_or_404(Voucher.objects.visible_to(request.user).select_related("unit"), pk=pk)
    if not access.may(request.user, "voucher.record", voucher):
        raise access.Denied("支付凭证由财政部门认定。", "voucher.record", target=voucher)
    own = Allocation.objects.visible_to(request.user).filter(county_allocation__unit=voucher.unit_id)
    form = MatchForm(request.POST, allocations=own.select_related("project", "county_allocation"))
    if not form.is_valid():
        messages.error(request, "".join(words for errors in form.errors.values() for words in errors))
        return redirect("treasury-unmatched")
    answer, allocation = form.cleaned_data["answer"], form.cleaned_data["allocation"]
    with telling(request) as told:
        settled = decide_match(voucher=voucher, answer=answer, allocation=allocation, by=request.user)
    if told.refused:
        return redirect("treasury-unmatched")
    if answer == MatchAnswer.SPLIT:
        messages.success(request, f"已记住：这个预算项目对应几个项目。{settled} 笔须逐笔拆分，先拆这一笔。")
        return redirect("voucher-detail", voucher.pk)
    words = f"已对应到“{allocation.project.name}”" if allocation else "已认定不是衔接资金项目"
    messages.success(request, f"{settled} 笔{words}，以后同一预算项目、同一文号的自动照此办理。")
    return redirect(reverse("treasury-unmatched"))


@require_POST
@needs("voucher.record")
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    match = get_object_or_404(TreasuryMatch.objects.visible_to(request.user).select_related("unit"), pk=pk)
    with telling(request) as told:
        back = forget_match(match=match, by=request.user)
    if not told.refused:
        messages.success(request, f"已撤销这条对应，{back} 笔凭证退回待认。")
    return redirect("treasury-unmatched")


@require_safe
@needs("period.read")
def documents(request: HttpRequest) -> HttpResponse:
    """The treasury's budget documents beside ours: what differs, and what is not registered yet."""
    found, others = compare(BudgetLine.objects.visible_to(request.user), CountyAllocation.objects.visible_to(request.user))
    open_ones = differing(found)
    may_create = access.may(request.user, "batch.edit")
    codes = {task.name: task.pk for task in FundTask.objects.filter(is_active=True)}
    for one in open_ones:
        one.new_query = _new_batch(one, codes) if may_create and one.standing == Standing.ONLY_THEIRS else ""
    page = paged(request, open_ones)
    return render(
        request, "funds/treasury_documents.html",
        {"page": page, "equal": len(found) - len(open_ones), "total": len(found), "others": others, "as_of": periods.today(), "missing": Standing.ONLY_THEIRS},
    )  # fmt: skip


def _new_batch(one: Document, tasks: dict[str, int]) -> str:
    """What the form of a fund document can be filled with from the budget line."""
    parent = one.unit.pk if one.level == Level.COUNTY else one.unit.parent_id
    given = {
        "document_no": one.upper or one.number, "level": one.level, "amount_yuan": wan_text(one.theirs_yuan).replace(",", ""), "title": one.words,
        "issued_on": one.issued_on or "", "fund_year": one.fund_year or "", "region": parent or "", "task": tasks[one.tasks[0]] if len(one.tasks) == 1 else "",
    }  # fmt: skip
    return urlencode({key: value for key, value in given.items() if value})
