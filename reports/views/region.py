"""One unit, one department: everything about it that the reader may see (features 10.4, first version)."""

from decimal import Decimal

from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from funds.figures import pacing
from funds.figures.ledger import largest_unpaid
from funds.figures.waiting.names import name_rows
from funds.figures.waiting.table import with_since
from funds.models import HEADLINE_LEVELS
from issues.models import Issue
from linkage import access, periods
from linkage.access import ScopeFields, scope
from linkage.models import Organisation, Region, TaskForce
from linkage.money import points_words
from projects.figures import help_requests as helping
from projects.models import Project, Stage
from reports.figures import dashboard as figures

REGION = ScopeFields("path", region_suffices=True)


@require_safe
def region_page(request, slug):
    """A reporting unit in the reader's sight; others do not exist for him."""
    unit = get_object_or_404(Region.objects.reporting().filter(scope(request.user, REGION)), slug=slug)
    at = periods.now()
    as_of = figures.as_of_day(at)
    sight = pacing.Sight.of(request.user)
    sight = pacing.Sight(sight.shares.filter(unit=unit), sight.allocations.filter(project__unit=unit), sight.vouchers.filter(unit=unit),
                         Region.objects.filter(pk=unit.pk))  # fmt: skip
    table = pacing.pace(year=as_of.year, as_of=as_of, sight=sight)
    shown, record = figures.current_record([unit], at)
    projects = Project.objects.visible_to(request.user).filter(unit=unit, project_year=as_of.year)
    by_stage = dict(projects.order_by().values_list("stage").annotate(count=Count("pk", distinct=True)))
    return render(request, "region/region.html", {
        "unit": unit, "table": table, "settings": table.settings, "total": table.total, "levels": table.levels_of(unit), "tasks": table.by_task,
        "words": points_words(table.total.ratio, table.total.target.ratio), "periods": shown, "record": record,
        "stages": [(stage.label, stage.value, by_stage[stage]) for stage in Stage if by_stage.get(stage)], "project_count": sum(by_stage.values()),
        "unpaid": largest_unpaid(sight.allocations, year=as_of.year, as_of=as_of, basis=table.settings.basis, levels=HEADLINE_LEVELS),
        "issues": Issue.objects.visible_to(request.user).filter(unit=unit).open().select_related("project").order_by("due_on")[:10],
        "taskforce": TaskForce.objects.filter(region=unit).first(), "today": periods.day_of(at),
    })  # fmt: skip


@require_safe
def department_page(request, pk):
    """A body: what it leads (pace of its tasks) or handles (projects it holds, issues it leads), as far as the reader sees."""
    body = get_object_or_404(Organisation.objects.select_related("region"), pk=pk)
    if not access.may(request.user, "directory.read"):
        raise Http404
    at = periods.now()
    as_of = figures.as_of_day(at)
    lead_tasks = [lead.task for lead in body.leads.on(periods.day_of(at)).select_related("task")]
    sight = _within(pacing.Sight.of(request.user), body)
    table = pacing.pace(year=as_of.year, as_of=as_of, sight=sight) if lead_tasks else None
    waits = figures.waiting_with(request.user, body, sight, as_of)
    behind = waits.of_link(holder=str(body.pk))
    held = Project.objects.visible_to(request.user).filter(progress__holder=body, progress__superseded_by=None, progress__withdrawn_at=None,
                                                           progress__as_of=as_of)  # fmt: skip
    return render(request, "region/department.html", {
        "body": body, "functions": body.functions.on(periods.day_of(at)), "table": table, "settings": table.settings if table else None,
        "waits": waits, "waiting_yuan": sum((row.yuan for row in behind), Decimal("0.00")), "waiting_count": len(behind),
        "waiting_rows": name_rows(with_since(behind[:10], waits, sight), waits),
        "lines": [table.line(task=task) for task in lead_tasks] if table else [], "as_of": as_of,
        "held": held.distinct().select_related("unit").order_by("-planned_investment_yuan")[:20],
        "issues": Issue.objects.visible_to(request.user).filter(lead=body).open().select_related("unit").order_by("due_on")[:20],
        "today": periods.day_of(at), "help": helping.of_body(request.user, body, at), "help_times": _times_of(request.user, body, at),
    })  # fmt: skip


def _times_of(user, body: Organisation, at):
    """How the body answers 提请协调 this year: for the offices and for the body itself."""
    whole, own = helping.sight_of_times(user)
    if not whole and (helping.Tier.BODY, body.pk) not in own:
        return None
    day = periods.day_of(at)
    found = helping.times_in_sight(user, since=day.replace(month=1, day=1), until=day, at=at)
    return next((row for row in found if row.body_id == body.pk), None)


def _within(sight: pacing.Sight, body: Organisation) -> pacing.Sight:
    """What the reader sees of the body's own region and below."""
    path = body.region.path
    return pacing.Sight(
        sight.shares.filter(unit__path__startswith=path), sight.allocations.filter(project__unit__path__startswith=path),
        sight.vouchers.filter(unit__path__startswith=path), sight.units.filter(path__startswith=path),
    )  # fmt: skip
