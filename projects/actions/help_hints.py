"""升级提示: when twice the term has gone by, who asked and those above are told once for each turn (features 1.5)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from linkage import periods
from linkage.models import User
from projects.figures.help_route import Route, ways_up
from projects.models import HelpRequest, Tier
from projects.notices import help_request as notices
from projects.states import help_requests as states

DUTY = "help.escalation"
AT_ONCE = 500


def hint_escalations(*, at: datetime) -> int:
    """Mark and tell; a second run finds nothing left. Gives how many were told."""
    due = HelpRequest.objects.filter(state__in=states.WITH_BODY, hint_at__lte=at, hinted_at__isnull=True)
    rows = due.select_related("unit__parent", "project", "holder__region", "matter", "raised_by").order_by("hint_at", "pk")[:AT_ONCE]
    return sum(_hint(request, at) for request in rows)


@transaction.atomic
def _hint(request: HelpRequest, at: datetime) -> bool:
    standing = HelpRequest.objects.filter(pk=request.pk, revision=request.revision, hinted_at__isnull=True, state__in=states.WITH_BODY)
    if not standing.update(hinted_at=at):
        return False
    on = periods.day_of(at)
    ways = ways_up(request, on)
    notices.escalation_due(request, above=_people(request, ways[0], on) if ways else [], at=at)
    return True


def _people(request: HelpRequest, way: Route, on) -> list[User]:
    return notices.county_people(request, on) if way.tier == Tier.COUNTY else notices.office_people(request, on)
