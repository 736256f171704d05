"""Whom a security administrator manages (features 12.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from linkage import access, separation
from linkage.models import Region, Seat, User

MANAGE = "user.manage"


def managed_paths(user) -> list[str]:
    """Paths of the regions whose people the user manages; empty for everybody but a 安全管理员."""
    return [grant.region_path for grant in access.grants_of(user) if MANAGE in grant.permissions]


def managed_regions(user) -> QuerySet[Region]:
    """Regions below those paths that may carry seats."""
    return Region.objects.filter(_below("path", managed_paths(user)), is_active=True)


def managed_users(user) -> QuerySet[User]:
    """People with a seat in those regions, and people who have no seat yet; nobody for everybody else."""
    paths = managed_paths(user)
    if not paths:
        return User.objects.none()
    seated = Seat.objects.filter(_below("region__path", paths)).values("user_id")
    return User.objects.filter(Q(pk__in=seated) | Q(seats__isnull=True)).distinct().order_by("username")


def with_unused_password(user) -> QuerySet[User]:
    """People whose one-time password has never been used; the 三员 get theirs from the set-up and are left out."""
    trio = Seat.objects.filter(role__in=separation.TRIO).values("user_id")
    waiting = managed_users(user).filter(last_login=None, must_change_password=True, is_active=True)
    return waiting.exclude(pk__in=trio).exclude(pk=user.pk)


@dataclass(frozen=True)
class TokenUse:
    """How an interface account is used: when one of its tokens was last taken (to the minute), how many are in force."""

    last_used_at: datetime | None
    live: int


def token_use(user: User, *, at: datetime) -> TokenUse | None:
    """None for people, who log in instead. One query for an interface account."""
    if not user.is_service:
        return None
    in_force = Count("pk", filter=Q(revoked_at=None, expires_at__gt=at))
    return TokenUse(**user.api_tokens.aggregate(last_used_at=Max("last_used_at"), live=in_force))


def without_live_seat(user, *, on) -> QuerySet[User]:
    """Open accounts that see nothing on a day: no seat yet, or none any more."""
    return managed_users(user).filter(is_active=True).exclude(pk__in=Seat.objects.on(on).values("user_id"))


def managed_seats(user) -> QuerySet[Seat]:
    return Seat.objects.filter(_below("region__path", managed_paths(user))).select_related(
        "user", "region", "organisation"
    )


def _below(field: str, paths: list[str]) -> Q:
    condition = Q(pk__in=[])
    for path in paths:
        condition |= Q(**{f"{field}__startswith": path})
    return condition
