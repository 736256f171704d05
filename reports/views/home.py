"""Home: 我的待办 on the left, four numbers of one's own field on the right (ui: Home)."""

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from funds.figures import pacing
from issues.figures import counts
from issues.models import Issue
from linkage import access, money, periods
from linkage.access import Breadth
from linkage.figures import next_steps, setup
from reports.figures.ahead import ahead
from reports.figures.first_steps import first_step
from reports.figures.queue import next_report, queue
from reports.models import Period


@require_safe
def home(request):
    at = periods.now()
    todos = queue(request.user, at)
    context = {
        "todos": todos, "now": at, "no_seat": next_steps.without_seat(request.user, on=periods.day_of(at)),
        "links": next_steps.links(request.user, at=at), **({} if todos else _ahead(request.user, at)),
    }  # fmt: skip
    return render(request, "home/home.html", context | _glance(request.user, at))


def _ahead(user, at) -> dict:
    """For an empty queue: what the calendar brings next, to those whom the weekly reports concern, and where to look meanwhile."""
    breadths = frozenset().union(*(grant.breadths for grant in access.grants_of(user)))
    step = setup.current() if setup.may_enter(user) else None
    if step and not breadths:
        return {"ahead": f"首日设置现在是“{step.title}”，由{step.who}办理；轮到您时会出现在这里。", "url": reverse("setup"), "button": "看首日设置"}
    if not breadths - {Breadth.OWN}:
        page = {"url": reverse("project-list"), "button": "看我的项目"} if breadths else {"url": "", "button": ""}
        return {"ahead": "有需要您办理的事项时，会出现在这里。"} | page
    if wanting := first_step(user):
        return {"ahead": wanting.words, "url": wanting.url, "button": wanting.button}
    words = ahead(at).words(at)
    if access.may(user, "dashboard.read"):
        page = {"url": reverse("dashboard"), "button": "看监管总览"}
    elif report := next_report(user, at):
        page = {"url": reverse("weekly-report", args=[report.period.key, report.unit.slug]), "button": "查看本期周调度"}
    else:
        page = {"url": "", "button": ""}
    return {"ahead": words} | page


def _glance(user, at) -> dict:
    """Four numbers of what the person sees; nothing for those who see no business data."""
    if not any(grant.breadths & {Breadth.ALL, Breadth.TASKS} for grant in access.grants_of(user)):
        return {"stats": []}
    period = Period.objects.reported().filter(cutoff_at__lte=at).first()
    as_of = period.ends_on if period else periods.shift(periods.day_of(at), days=-1)
    line = pacing.pace(year=as_of.year, as_of=as_of, sight=pacing.Sight.of(user)).total
    issues = counts(Issue.objects.visible_to(user), on=periods.day_of(at))
    stats = [
        {"label": "中央和省级支出进度", "value": money.percent_text(line.ratio), "href": reverse("fund-pace"),
         "note": f"{line.settings.basis.label}，目标 {money.percent_text(line.target.ratio)}"},
        {"label": "待支出", "value": money.wan_text(line.unpaid_yuan, 2) if line.unpaid_yuan is not None else "—", "unit": "万元",
         "href": reverse("fund-ledger")},
        {"label": "未销号问题", "value": issues.open, "unit": "个", "href": reverse("issue-list")},
        {"label": "其中整改逾期", "value": issues.overdue, "unit": "个", "href": reverse("issue-list") + "?state=overdue",
         "tone": "bad" if issues.overdue else ""},
    ]  # fmt: skip
    return {"stats": stats, "line": line, "as_of": as_of, "words": money.points_words(line.ratio, line.target.ratio)}
