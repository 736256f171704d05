"""Which seats one person may not hold at the same time, and which role belongs to which kind of region (features 12.3).

The state engine keeps filler and signer of one report apart; this table keeps the seats apart beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from linkage.models import Region, RegionKind, Role

TRIO = frozenset({Role.SYSADMIN, Role.SECADMIN, Role.SECAUDIT})
FILLERS = frozenset({Role.COUNTY_CLERK, Role.COUNTY_DEPT})
SIGNERS = frozenset({Role.COUNTY_CHIEF})
RECEIVERS = frozenset({Role.OFFICE_CLERK, Role.OFFICE_HEAD})
# These roles need an organisation, because what they see follows from what it is for.
DEPARTMENTAL = frozenset({Role.COUNTY_DEPT, Role.DEPT_CLERK, Role.DEPT_HEAD, Role.IMPLEMENTER})

# Somebody answers for these with a name: never an interface account.
FOR_PEOPLE = TRIO | SIGNERS

_UNIT_KINDS = frozenset({RegionKind.COUNTY, RegionKind.OWN})
_ABOVE = frozenset({RegionKind.PREFECTURE, RegionKind.PROVINCE})
KINDS: dict[str, frozenset[str]] = {
    **dict.fromkeys(FILLERS | SIGNERS, _UNIT_KINDS),
    **dict.fromkeys(RECEIVERS | TRIO | {Role.DEPT_CLERK, Role.DEPT_HEAD}, _ABOVE),
    Role.IMPLEMENTER: _UNIT_KINDS | _ABOVE,
    Role.LEADER: _UNIT_KINDS | _ABOVE,
    Role.AUDITOR: _UNIT_KINDS | _ABOVE,
}


@dataclass(frozen=True)
class Wish:
    """A seat to be given (or one that stands), as far as separation asks."""

    role: str
    region_path: str
    since: date
    until: date | None = None
    organisation_id: int | None = None


def wish_of(seat) -> Wish:
    """The same of a stored seat (its region must be at hand)."""
    return Wish(seat.role, seat.region.path, seat.since, seat.until, seat.organisation_id)


def overlap(a: Wish, b: Wish) -> bool:
    """Is there a day on which both hold? Both ends count."""
    return (b.until is None or a.since <= b.until) and (a.until is None or b.since <= a.until)


def conflict(new: Wish, held: Iterable[Wish]) -> str:
    """Why the person who holds `held` may not take `new`, in words; empty when nothing stands against it."""
    for other in held:
        if overlap(new, other):
            words = _pair(new, other)
            if words:
                return words
    return ""


def _pair(a: Wish, b: Wish) -> str:
    roles = {a.role, b.role}
    if (a.role, a.region_path, a.organisation_id) == (b.role, b.region_path, b.organisation_id):
        return "此人在这段时间已有同样的岗位。"
    if roles & TRIO and roles != {a.role}:
        if roles <= TRIO:
            return "系统管理员、安全管理员、安全审计员须由三人分别担任，一人不能兼两员。"
        return "三员（系统管理员、安全管理员、安全审计员）不能兼任业务岗位。"
    if Role.AUDITOR in roles and roles != {Role.AUDITOR}:
        return "审计查阅人员不能同时担任办理业务的岗位。"
    if roles & FILLERS and roles & SIGNERS and a.region_path == b.region_path:
        return "同一单位的填报与审签须由两人分别担任，请把审签人岗位交给另一人。"
    if roles & RECEIVERS and roles & (FILLERS | SIGNERS) and _related(a, b):
        return "县级上报与地区接收须由两人分别担任，请把其中一个岗位交给另一人。"
    return ""


def _related(a: Wish, b: Wish) -> bool:
    return a.region_path.startswith(b.region_path) or b.region_path.startswith(a.region_path)


def misplaced(role: str, region: Region, organisation=None) -> str:
    """Why this role does not fit the region or the organisation, in words; empty when it fits."""
    label = Role(role).label
    if region.kind not in KINDS[role]:
        wanted = "县（市、区）或地区本级" if KINDS[role] == _UNIT_KINDS else "地区（市、州）或省"
        return f"“{label}”的范围须是{wanted}，“{region}”不是。"
    if role in DEPARTMENTAL and organisation is None:
        return f"“{label}”须写明所在单位。"
    if organisation and not (region.covers(organisation.region) or organisation.region.covers(region)):
        return f"“{organisation}”属于{organisation.region}，与岗位范围“{region}”不在一处。"
    return ""
