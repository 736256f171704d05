"""The first day: the three 三员 accounts, and the confirmation of each step (features 12.6, 12.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from linkage import access, audit, periods, reference, separation
from linkage.errors import Refusal
from linkage.figures import setup as progress
from linkage.models import Region, RegionKind, Role, Seat, SetupStep, User

from .people import one_time_password

TRIO = (
    ("admin", "系统管理员", Role.SYSADMIN),
    ("secadmin", "安全管理员", Role.SECADMIN),
    ("secaudit", "安全审计员", Role.SECAUDIT),
)


@dataclass(frozen=True)
class Account:
    username: str
    role: str
    password: str


@transaction.atomic
def create_trio(*, province_slug: str, province_name: str, at: datetime | None = None) -> list[Account]:
    """The three accounts of an empty system, each with a one-time password. Any account there → Refusal.

    Seats hang on regions, so the province is made when there is none; everything else comes in the browser.
    """
    if User.objects.exists():
        raise Refusal("系统里已有账号，不再建立初始账号。口令遗失请用 --again。", code="not_empty")
    at = at or periods.now()
    root = Region.objects.filter(parent=None).order_by("pk").first() or Region.objects.create(
        slug=province_slug, name=province_name, kind=RegionKind.PROVINCE
    )
    made = []
    for username, name, role in TRIO:
        password = one_time_password()
        user = User(username=username, name=name, must_change_password=True, date_joined=at)
        user.set_password(password)
        user.save()
        _seat(user, role, root, at)
        audit.record(
            by=None, verb="新增账号", target=user, after={"username": username, "role": role}, at=at, region_path=""
        )
        made.append(Account(username, Role(role).label, password))
    return made


def _seat(user: User, role: str, region: Region, at: datetime) -> Seat:
    return Seat.objects.create(user=user, role=role, region=region, since=periods.day_of(at), document="首日设置")


@transaction.atomic
def repair_trio(*, at: datetime | None = None) -> list[Account]:
    """New one-time passwords for the present holders of the three seats; switched-off holders are switched on again.

    Only from the command line of the server: whoever can do this can read the database anyway. Everything is audited.
    """
    at = at or periods.now()
    holders = _holders(at)
    missing = [role.label for role in separation.TRIO if not any(r == role for _, r in holders)]
    if missing:
        raise Refusal(f"没有{'、'.join(sorted(missing))}的岗位，无法修复。请从备份恢复。", code="no_trio")
    made = []
    for user, role in holders:
        password = one_time_password()
        user.set_password(password)
        user.must_change_password, user.is_active = True, True
        user.save(update_fields=["password", "must_change_password", "is_active"])
        audit.record(by=None, verb="命令行重置密码", target=user, after={"role": role}, at=at, region_path="")
        made.append(Account(user.username, Role(role).label, password))
    return made


def _holders(at: datetime) -> list[tuple[User, str]]:
    seats = Seat.objects.on(periods.day_of(at)).filter(role__in=separation.TRIO).select_related("user").order_by("pk")
    return list({(seat.user, seat.role): None for seat in seats})


@transaction.atomic
def confirm(*, by, code: str, note: str = "", at: datetime | None = None) -> SetupStep:
    """A step is done. Refused while something blocks it; what can be answered by a reason needs the note."""
    at = at or periods.now()
    item = progress.one(code, on=periods.day_of(at))
    if not access.may(by, item.step.permission):
        raise access.Denied(f"“{item.step.title}”由{item.step.who}确认。", item.step.permission)
    if item.blocking:
        raise Refusal("还不能确认：" + "".join(need.words for need in item.blocking[:5]), code="needs")
    if item.wants_reason and not note.strip():
        raise Refusal("请在说明中写明理由，再确认。", code="reason_needed")
    row, _ = SetupStep.objects.update_or_create(
        code=code, defaults={"confirmed_at": at, "confirmed_by": str(by), "note": note}
    )
    audit.record(by=by, verb="确认首日设置", target=row, after={"step": code, "note": note}, at=at, region_path="")
    return row


@transaction.atomic
def load_reference(*, by, at: datetime | None = None) -> dict[str, int]:
    """The reference data of 大兴安岭地区 by the button of step ①; what is there stays as it is."""
    if not access.may(by, progress.RUN):
        raise access.Denied("参考数据由系统管理员载入。", progress.RUN)
    return reference.load(by=by, at=at)
