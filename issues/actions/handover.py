"""Issues that are open in a seat, and giving over those that name the person as 责任人 (features 1.6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import F

from issues import states
from issues.models import FROM_ABOVE, Issue, IssueState
from linkage import audit
from linkage.handover import OpenItem
from linkage.models import Role, Seat, User

_DEPARTMENTS = (Role.COUNTY_DEPT, Role.DEPT_CLERK, Role.DEPT_HEAD, Role.IMPLEMENTER)
_OFFICE = (Role.OFFICE_CLERK, Role.OFFICE_HEAD)


def waiting(seat: Seat, on: date) -> list[OpenItem]:
    """Issues whose next step is this seat's: to rectify for the unit's clerk and the leading body, to check for signer and
    office. One query."""
    rows = Issue.objects.filter(unit__path__startswith=seat.region.path)
    rectify = (IssueState.ASSIGNED, IssueState.RECTIFYING)
    if seat.role == Role.COUNTY_CLERK:
        rows = rows.filter(state__in=rectify)
    elif seat.role in _DEPARTMENTS:
        rows = rows.filter(state__in=rectify, lead=seat.organisation)
    elif seat.role == Role.COUNTY_CHIEF:
        rows = rows.filter(state=states.CLOSING)
    elif seat.role in _OFFICE:
        rows = rows.filter(state=states.CLOSING, origin__in=FROM_ABOVE)
    else:
        return []
    return [_item(row) for row in rows.order_by("due_on", "pk")]


def answered_for(seat: Seat, on: date) -> list[OpenItem]:
    """Open issues of the region that name the person as 责任人. One query."""
    return [_item(row) for row in Issue.objects.open().filter(unit__path__startswith=seat.region.path, responsible=seat.user.name).order_by("due_on", "pk")]


def _item(row: Issue) -> OpenItem:
    return OpenItem(str(row.pk), str(row), row.get_state_display(), row.due_on, row.get_absolute_url())


def take(*, seat: Seat, keys: Sequence[str], to: User, by, at: datetime) -> None:
    """Another 责任人 for these issues; whoever answered before stays in the trail."""
    rows = Issue.objects.select_for_update(of=("self",)).select_related("unit").filter(pk__in=keys, responsible=seat.user.name).order_by("pk")
    for row in rows:
        Issue.objects.filter(pk=row.pk).update(responsible=to.name, revision=F("revision") + 1)
        audit.record(by=by, verb="交接责任人", target=row, before={"责任人": seat.user.name}, after={"责任人": to.name}, at=at)
