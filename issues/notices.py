"""Who is told what about an issue. Rows and delivery are in `linkage.notify`; a notice names code and title, no amounts."""

from __future__ import annotations

from datetime import datetime

from issues.models import FROM_ABOVE, Issue
from linkage import notify, periods
from linkage.models import Organisation, Role, Seat, User


def due_at(issue: Issue) -> datetime:
    """24:00 of the last day of the term."""
    return periods.moment(issue.due_on, 24)


def _in_seats_of(organisation: Organisation | None, on) -> list[User]:
    if organisation is None:
        return []
    return [seat.user for seat in Seat.objects.on(on).filter(organisation=organisation, user__is_active=True).select_related("user")]


def rectifiers(issue: Issue, on) -> list[User]:
    """Those who are to act: the unit's clerks and the seats of the leading organisation."""
    return [*notify.holders(Role.COUNTY_CLERK, issue.unit, on), *_in_seats_of(issue.lead, on)]


def closers(issue: Issue, on) -> list[User]:
    """Those who check the result: the unit's chiefs; for what came from above also the prefecture's office."""
    people = notify.holders(Role.COUNTY_CHIEF, issue.unit, on)
    if issue.origin in FROM_ABOVE and issue.unit.parent:
        people += notify.holders(Role.OFFICE_CLERK, issue.unit.parent, on)
    return [person for person in people if person.pk != issue.rectified_by_id]


def assigned(issue: Issue, *, at: datetime) -> None:
    on = periods.day_of(at)
    people = {*rectifiers(issue, on), *notify.holders(Role.COUNTY_CHIEF, issue.unit, on)} - {issue.raised_by}
    notify.tell(
        people, key=f"issue/{issue.pk}/assigned", title=f"新问题 {issue.code} 待签收", body=issue.title, url=issue.get_absolute_url(),
        due_at=due_at(issue), at=at,
    )  # fmt: skip


def closure_requested(issue: Issue, *, at: datetime) -> None:
    notify.tell(
        closers(issue, periods.day_of(at)), key=f"issue/{issue.pk}/closing/{issue.revision}", title=f"{issue.code} 申请销号，待核查",
        body=issue.title, url=issue.get_absolute_url(), at=at,
    )  # fmt: skip


def returned(issue: Issue, *, reason: str, at: datetime) -> None:
    people = {*rectifiers(issue, periods.day_of(at)), *([issue.rectified_by] if issue.rectified_by else [])}
    notify.tell(
        people, key=f"issue/{issue.pk}/returned/{issue.revision}", title=f"{issue.code} 退回整改", body=reason, url=issue.get_absolute_url(),
        due_at=due_at(issue), at=at,
    )  # fmt: skip


def closed(issue: Issue, *, at: datetime) -> None:
    people = {*rectifiers(issue, periods.day_of(at)), *([issue.raised_by] if issue.raised_by else [])} - {issue.closed_by}
    notify.tell(people, key=f"issue/{issue.pk}/closed", title=f"{issue.code} 已销号", body=issue.title, url=issue.get_absolute_url(), at=at)
