"""Who may see and do what: seats → grants → row scope and permissions (features 12.1, 12.3). Default: nothing.

A *grant* is what one live seat gives: a region and everything below it, a breadth of rows, and permissions.
Models describe with `ScopeFields` how a row leads to its region, task, implementer and project; `scope()` turns
grants and fields into one condition. `may()` takes the region and task from the object, never from the request.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet

from linkage import periods
from linkage.permissions import FUNCTION_PERMISSIONS, ROLE_BREADTH, ROLE_PERMISSIONS, Breadth

if TYPE_CHECKING:
    from linkage.models import Seat

NOTHING = Q(pk__in=[])
COUNTY_ROLES = frozenset({"county_clerk", "county_chief", "county_dept"})  # seats at a reporting unit's own desk


class Unscoped(Enum):
    """Marks a permission question without an object."""

    ANYWHERE = "anywhere"


class Denied(PermissionDenied):
    """Not this person's to do. Carries what was asked for, so that the page can say whose it is (figures/who_may.py)."""

    def __init__(self, words: str, *permissions: str, target=Unscoped.ANYWHERE):
        super().__init__(words)
        self.permissions = permissions
        self.target = target


@dataclass(frozen=True)
class Grant:
    """What one live seat gives on one day."""

    seat_id: int
    role: str
    label: str
    region_id: int
    region_slug: str
    region_path: str
    organisation_id: int | None
    breadths: frozenset[Breadth]
    permissions: frozenset[str]
    task_ids: frozenset[int] = field(default_factory=frozenset)
    is_acting: bool = False

    def covers(self, path: str) -> bool:
        return path.startswith(self.region_path)


@dataclass(frozen=True)
class ScopeFields:
    """Look-ups from a row to its region path, task id, implementer id and project id; None = no such way.

    `region_suffices`: the row shows nothing task-bound, so any grant on its region that sees business data may read it.
    """

    region: str
    task: str | None = None
    implementer: str | None = None
    project: str | None = None
    region_suffices: bool = False


ActingSource = Callable[[frozenset[int]], QuerySet]
_acting_sources: list[ActingSource] = []


def register_acting_source(source: ActingSource) -> None:
    """`source(organisation_ids)` gives a queryset of rows with the column `project` alone: the projects in which these
    organisations act (called in ready())."""
    _acting_sources.append(source)


def grants_of(user, on: date | None = None) -> tuple[Grant, ...]:
    """The user's grants on a day (today by default), kept on the user object for the length of a request.

    One query for people without an organisation, three otherwise, whatever the number of days asked for.
    """
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return ()
    day = on or periods.today()
    cache = user.__dict__.setdefault("_grants_by_day", {})
    if day not in cache:
        cache[day] = _grants_on(_dated_of(user), day)
    return cache[day]


def forget_grants(user) -> None:
    """After seats changed within one process."""
    for kept in ("_grants_by_day", "_dated_of"):
        user.__dict__.pop(kept, None)


@dataclass(frozen=True)
class _Dated:
    """A person's seats, and what the bodies behind them do and lead; each row with its days."""

    seats: Sequence[Seat]
    functions: Sequence = ()
    leads: Sequence = ()


def _dated_of(user) -> _Dated:
    """Read once; whoever asks for several days (a job, a report over months) filters in memory."""
    if "_dated_of" not in user.__dict__:
        user.__dict__["_dated_of"] = _load_dated(user)
    return user.__dict__["_dated_of"]


def _load_dated(user) -> _Dated:
    from linkage.models import OrganisationFunction, TaskLead

    seats = list(user.seats.select_related("region", "organisation", "acting_for__user"))
    bodies = {s.organisation_id for s in seats if s.organisation_id and Breadth.BY_FUNCTION in ROLE_BREADTH[s.role]}
    if not bodies:
        return _Dated(seats)
    functions = OrganisationFunction.objects.filter(organisation__in=bodies).values_list("organisation_id", "function", "since", "until", named=True)
    leads = TaskLead.objects.filter(organisation__in=bodies).values_list("organisation_id", "task_id", "since", "until", named=True)
    return _Dated(seats, list(functions), list(leads))


def _grants_on(dated: _Dated, day: date) -> tuple[Grant, ...]:
    from linkage.models import in_force

    functions: dict[int | None, set[str]] = {}
    for row in dated.functions:
        if in_force(row, day):
            functions.setdefault(row.organisation_id, set()).add(row.function)
    leads: dict[int | None, set[int]] = {}
    for row in dated.leads:
        if in_force(row, day):
            leads.setdefault(row.organisation_id, set()).add(row.task_id)
    seats = (seat for seat in dated.seats if in_force(seat, day))
    return tuple(_grant(seat, functions.get(seat.organisation_id, set()), leads.get(seat.organisation_id, set())) for seat in seats)


def _grant(seat, functions: set[str], task_ids: set[int]) -> Grant:
    breadths, permissions = set(ROLE_BREADTH[seat.role]), set(ROLE_PERMISSIONS[seat.role])
    if Breadth.BY_FUNCTION in breadths:
        breadths = {Breadth.ACTING}
        if task_ids:
            breadths.add(Breadth.TASKS)
        for function in functions:
            more_breadth, more_permissions = FUNCTION_PERMISSIONS.get(function, (None, ()))
            if more_breadth:
                breadths.add(more_breadth)
            permissions.update(more_permissions)
    label = str(seat)
    if seat.acting_for_id:
        label = f"{label}（代{seat.acting_for.user}）"
    elif seat.is_backup:
        label = f"{label}（B岗）"
    return Grant(
        seat_id=seat.pk, role=seat.role, label=label, region_id=seat.region_id, region_slug=seat.region.slug,
        region_path=seat.region.path, organisation_id=seat.organisation_id, breadths=frozenset(breadths),
        permissions=frozenset(permissions), task_ids=frozenset(task_ids), is_acting=bool(seat.acting_for_id),
    )  # fmt: skip


def scope(user, fields: ScopeFields) -> Q:
    """The condition under which a row is in the user's sight. Nothing granted → nothing seen."""
    condition = NOTHING
    for grant in grants_of(user):
        condition |= _grant_scope(grant, fields)
    return condition


def _grant_scope(grant: Grant, fields: ScopeFields) -> Q:
    here = Q(**{f"{fields.region}__startswith": grant.region_path})
    if Breadth.ALL in grant.breadths:
        return here
    if fields.region_suffices and grant.breadths & {Breadth.TASKS, Breadth.ACTING}:
        return here
    rows = NOTHING
    if Breadth.TASKS in grant.breadths and fields.task:
        rows |= Q(**{f"{fields.task}__in": sorted(grant.task_ids)})
    if Breadth.OWN in grant.breadths and fields.implementer and grant.organisation_id:
        rows |= Q(**{fields.implementer: grant.organisation_id})
    if Breadth.ACTING in grant.breadths and fields.project and grant.organisation_id:
        for source in _acting_sources:
            rows |= Q(**{f"{fields.project}__in": source(frozenset({grant.organisation_id}))})
    return here & rows


def county_scope(user, fields: ScopeFields) -> Q:
    """Like scope(), but only for seats of the unit itself: drafts are seen by that county alone (design §1)."""
    condition = NOTHING
    for grant in grants_of(user):
        if grant.role in COUNTY_ROLES:
            condition |= _grant_scope(grant, fields)
    return condition


def is_of_unit(user, region_path: str) -> bool:
    """Does the user hold a seat at the county's own desk for this region? Only there drafts are read."""
    return any(grant.role in COUNTY_ROLES and grant.covers(region_path) for grant in grants_of(user))


def seat_for(user, permission: str, target=Unscoped.ANYWHERE) -> Grant | None:
    """The grant by which `user` may do this to `target`; an ordinary seat goes before an acting one.

    `target` is an object with `scope_path`, or omitted for "anywhere at all". A target bound to a task has `scope_task_id`
    and perhaps `scope_organisation_ids` (bodies that act on it whatever its task), `scope_project_id` and
    `scope_implementer_id`; a narrow seat reaches it by one of these only, never by its region alone.
    """
    fitting = [g for g in grants_of(user) if permission in g.permissions and _reaches(g, target)]
    return min(fitting, key=lambda g: g.is_acting, default=None)


def may(user, permission: str, target=Unscoped.ANYWHERE) -> bool:
    return seat_for(user, permission, target) is not None


def _reaches(grant: Grant, target) -> bool:
    if target is Unscoped.ANYWHERE:
        return True
    if not grant.covers(target.scope_path):
        return False
    if Breadth.ALL in grant.breadths or not hasattr(target, "scope_task_id"):
        return True
    if Breadth.TASKS in grant.breadths and target.scope_task_id in grant.task_ids:
        return True
    return grant.organisation_id is not None and _acts_on(grant, target)


def _acts_on(grant: Grant, target) -> bool:
    """Does the grant's organisation act on the target, carry out its project, or hold it? One query for the last."""
    if grant.organisation_id in getattr(target, "scope_organisation_ids", ()):
        return True
    if Breadth.OWN in grant.breadths and getattr(target, "scope_implementer_id", None) == grant.organisation_id:
        return True
    project = getattr(target, "scope_project_id", None)
    if Breadth.ACTING not in grant.breadths or project is None:
        return False
    held = (source(frozenset({grant.organisation_id})) for source in _acting_sources)
    return any(rows.filter(project=project).exists() for rows in held)


def organisations_of(user) -> frozenset[int]:
    """Organisations the user acts for today."""
    return frozenset(g.organisation_id for g in grants_of(user) if g.organisation_id and Breadth.ACTING in g.breadths)


def sees_whole(user, region_path: str) -> bool:
    """Does the user see every unit and every task below this path? Totals over units are shown to nobody else."""
    return any(Breadth.ALL in g.breadths and region_path.startswith(g.region_path) for g in grants_of(user))


def seat_label(user) -> str:
    """All live seats in words, for the account menu and the audit trail."""
    return "；".join(g.label for g in grants_of(user))[:200]
