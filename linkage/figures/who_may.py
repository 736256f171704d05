"""Whose a refused step is: the roles that hold a permission, and people of these roles to turn to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from linkage import access
from linkage.models import Function, OrganisationFunction, Role, Seat, User
from linkage.permissions import FUNCTION_PERMISSIONS, ROLE_BREADTH, ROLE_PERMISSIONS, Breadth

BY_FUNCTION = [role for role in ROLE_BREADTH if Breadth.BY_FUNCTION in ROLE_BREADTH[role]]
ASKED_AT_MOST = 30  # candidates looked at
NAMED = 3


def role_words(permissions: Sequence[str]) -> list[str]:
    """Every role that may do one of these, by its label, then the departments that may by what they are for (“财政部门”)."""
    wanted = set(permissions)
    roles = [str(Role(role).label) for role in Role.values if ROLE_PERMISSIONS[role] & wanted]
    return roles + [f"{Function(function).label}部门" for function in _functions(wanted)]


def people_to_ask(user: User, permissions: Sequence[str], target, *, on: date) -> list[Seat]:
    """Live seats of other people who may do it to `target`, the nearest first; at most three.

    Without a target: those whose seat covers the user's own place. Two queries and what `may` needs for each candidate.
    """
    wanted = set(permissions)
    nearest: dict[int, Seat] = {}
    for seat in sorted(_candidates(user, wanted, target, on), key=lambda seat: (-len(seat.region.path), seat.is_backup, seat.pk)):
        if len(nearest) < NAMED and seat.user_id not in nearest and any(access.may(seat.user, one, target) for one in wanted):
            nearest[seat.user_id] = seat
    return list(nearest.values())


def keepers(*, on: date) -> list[User]:
    """Who gives out seats: the 安全管理员. One query."""
    seated = Seat.objects.on(on).filter(role=Role.SECADMIN)
    return list(User.objects.filter(is_active=True, seats__in=seated).distinct().order_by("pk"))


def _functions(wanted: set[str]) -> list[str]:
    return [function for function, (_, permissions) in FUNCTION_PERMISSIONS.items() if permissions & wanted]


def _candidates(user: User, wanted: set[str], target, on: date) -> list[Seat]:
    paths = [grant.region_path for grant in access.grants_of(user)] if target is access.Unscoped.ANYWHERE else [target.scope_path]
    seats = Seat.objects.on(on).filter(user__is_active=True, user__is_service=False, region__path__in=_above(paths)).exclude(user=user)
    by_role = seats.filter(role__in=[role for role in Role.values if ROLE_PERMISSIONS[role] & wanted])
    finance = OrganisationFunction.objects.on(on).filter(function__in=_functions(wanted)).values("organisation_id")
    by_function = seats.filter(role__in=BY_FUNCTION, organisation__in=finance)
    return list((by_role | by_function).select_related("user", "region", "organisation").order_by("-region__path", "pk")[:ASKED_AT_MOST])


def _above(paths: Sequence[str]) -> set[str]:
    """These regions and all that contain them: "hlj/dxal/huma/" gives three."""
    found = set()
    for path in paths:
        parts = path.rstrip("/").split("/")
        found |= {"/".join(parts[: n + 1]) + "/" for n in range(len(parts))}
    return found
