"""/rules/: what the office can change, which value holds, and since when (features 11.2)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linkage import access, periods
from linkage.actions import rules as acts
from linkage.forms.rules import RuleChangeForm
from linkage.models import RuleVersion
from linkage.rules import CATALOGUE, Rule
from linkage.views.pages import needs, refusal_to_message, telling_form

READERS = ("rule.edit", "calendar.edit", "period.read")


@require_safe
@needs(*READERS)
def rule_list(request: HttpRequest) -> HttpResponse:
    today = periods.today()
    versions = RuleVersion.objects.select_related("author").order_by("effective_from", "pk")
    by_code: dict[str, list[RuleVersion]] = {}
    for version in versions:
        by_code.setdefault(version.code, []).append(version)
    rows = [_standing(rule, by_code.get(rule.code, []), today) for rule in CATALOGUE.values()]
    return render(
        request,
        "rules/list.html",
        {
            "rows": rows,
            "unverified": sum(not row["is_verified"] for row in rows),
            "coming": sum(bool(row["next"]) for row in rows),
            "may_edit": access.may(request.user, "rule.edit"),
            "today": today,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(*READERS)
def rule_detail(request: HttpRequest, code: str) -> HttpResponse:
    rule = _rule(code)
    may_edit, today = access.may(request.user, "rule.edit"), periods.today()
    versions = list(RuleVersion.objects.filter(code=code).select_related("author").order_by("effective_from", "pk"))
    standing = _standing(rule, versions, today)
    form = RuleChangeForm(
        request.POST if request.method == "POST" else None,
        rule=rule,
        initial={"value": standing["value"], "effective_from": today},
    )
    if form.is_bound and form.is_valid():
        with telling_form(form) as told:
            acts.change(code=code, by=request.user, **form.change)
        if not told.refused:
            messages.success(request, f"“{rule.title}”已修改。")
            return redirect("rule", code=code)
    history = [
        {"version": v, "words": rule.words(v.value), "is_coming": v.effective_from > today} for v in reversed(versions)
    ]
    context = {
        "rule": rule,
        "standing": standing,
        "history": history,
        "form": form,
        "may_edit": may_edit,
        "today": today,
    }
    return render(request, "rules/detail.html", context)


@require_POST
@needs("rule.edit")
@refusal_to_message(lambda request, code, pk: reverse("rule", args=[code]))
def rule_withdraw(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    version = get_object_or_404(RuleVersion, code=_rule(code).code, pk=pk)
    acts.withdraw(version=version, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, "已撤回，原取值继续执行。")
    return redirect("rule", code=code)


def _rule(code: str) -> Rule:
    if code not in CATALOGUE:
        raise Http404("no such rule")
    return CATALOGUE[code]


def _standing(rule: Rule, versions: list[RuleVersion], today) -> dict:
    """The value in force today, the version it comes from (None: the catalogue's default), and the next one."""
    now = next((v for v in reversed(versions) if v.effective_from <= today), None)
    coming = next((v for v in versions if v.effective_from > today), None)
    value = now.value if now else rule.default
    return {
        "rule": rule,
        "value": value,
        "words": rule.words(value),
        "version": now,
        "is_verified": bool(now and now.is_verified),
        "next": coming,
        "next_words": rule.words(coming.value) if coming else "",
    }
