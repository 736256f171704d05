"""Accounts and seats, kept by the 安全管理员 (features 12.3). Passwords are shown once and never recorded."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from axes.utils import reset as axes_reset
from django.db import transaction
from django.db.models import Q

from linkage import access, audit, handover, periods, separation
from linkage.errors import Refusal, SamePerson
from linkage.figures import people as managed
from linkage.models import Organisation, Region, Role, Seat, User

from .rows import changed, check_dates, facts, keep, need

MANAGE = managed.MANAGE
# No letters or digits that look alike on a printed slip.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def one_time_password() -> str:
    """Three groups of four, about 59 bits; must be changed at the first log-in."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))


@transaction.atomic
def create_user(
    *, by, username: str, name: str, duty: str = "", office_phone: str = "", at: datetime | None = None
) -> tuple[User, str]:
    """A new account and its one-time password. Without a seat it sees nothing."""
    need_manager(by)
    return _create_user(by, username, name, duty, office_phone, at or periods.now())


def _create_user(by, username: str, name: str, duty: str, office_phone: str, at: datetime) -> tuple[User, str]:
    if User.objects.filter(username__iexact=username).exists():
        raise Refusal(f"用户名“{username}”已有人使用。", code="username_taken")
    password = one_time_password()
    user = User(
        username=username, name=name, duty=duty, office_phone=office_phone, must_change_password=True, date_joined=at
    )
    user.set_password(password)
    keep(user)
    audit.record(
        by=by,
        verb="新增账号",
        target=user,
        after={"username": username, "name": name, "duty": duty},
        at=at,
        region_path="",
    )
    return user, password


@transaction.atomic
def edit_user(*, by, user: User, name: str, duty: str, office_phone: str, at: datetime | None = None) -> User:
    """Correct name, post, office phone."""
    need_manager(by, user)
    before = facts(user)
    user.name, user.duty, user.office_phone = name, duty, office_phone
    keep(user)
    old, new = changed(before, facts(user))
    if new:
        audit.record(by=by, verb="修改人员", target=user, before=old, after=new, at=at or periods.now(), region_path="")
    return user


@transaction.atomic
def reset_password(*, by, user: User, at: datetime | None = None) -> str:
    """A new one-time password; all sessions of the person end, a lock-out is lifted. Own password: account page."""
    need_manager(by, user)
    _not_oneself(by, user, "自己的密码请在“我的账号”中修改。")
    if user.is_service:
        raise Refusal("接口账号不设密码，不能登录；令牌由系统管理员发放和停用。", code="service")
    if not user.is_active:
        raise Refusal("该账号已停用，请先启用。")
    return _new_password(by, user, at or periods.now())


def _new_password(by, user: User, at: datetime) -> str:
    password = one_time_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    axes_reset(username=user.username)
    audit.record(by=by, verb="重置密码", target=user, after={"must_change_password": True}, at=at, region_path="")
    return password


@transaction.atomic
def unlock(*, by, user: User, at: datetime | None = None) -> int:
    """Lift the lock-out after wrong passwords; gives how many records were cleared."""
    need_manager(by, user)
    cleared = axes_reset(username=user.username)
    audit.record(
        by=by, verb="解除登录锁定", target=user, after={"cleared": cleared}, at=at or periods.now(), region_path=""
    )
    return cleared


@transaction.atomic
def set_active(*, by, user: User, is_active: bool, reason: str = "", at: datetime | None = None) -> None:
    """Switch an account off or on; sessions of a switched-off account end at the next request."""
    need_manager(by, user)
    _not_oneself(by, user, "不能停用自己的账号。")
    if not is_active:
        if not reason.strip():
            raise Refusal("请写明停用的理由。", code="reason_needed")
        today = periods.day_of(at or periods.now())
        for seat in user.seats.on(today).filter(role__in=separation.TRIO):
            _someone_stays(seat, today)
        _nothing_open(user.seats.on(today).exclude(role__in=separation.TRIO), today, "停用账号", "要立即阻止此人登录，请先重置密码。")
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    audit.record(
        by=by, verb="启用账号" if is_active else "停用账号", target=user, after={"is_active": is_active, "reason": reason},
        at=at or periods.now(), region_path="",
    )  # fmt: skip


@transaction.atomic
def give_seat(
    *, by, user: User, role: str, region: Region, since: date, until: date | None = None, organisation: Organisation | None = None,
    is_backup: bool = False, document: str = "", at: datetime | None = None,
) -> Seat:  # fmt: skip
    """A seat from `since` to `until` (both included). Refused where it breaks separation of persons or its place."""
    need(by, MANAGE, region)
    _not_oneself(by, user, "不能给自己安排岗位，请由另一名安全管理员办理。")
    seat = Seat(
        user=user,
        role=role,
        region=region,
        organisation=organisation,
        since=since,
        until=until,
        is_backup=is_backup,
        document=document,
    )
    return _seat(by, seat, at or periods.now())


@transaction.atomic
def give_acting_seat(
    *, by, user: User, acting_for: Seat, since: date, until: date, document: str, at: datetime | None = None
) -> Seat:
    """`user` represents the holder of `acting_for` for a time: same role, unit and region, with end and document.

    Acts are then recorded as 代签; separation of persons holds as for everybody.
    """
    need(by, MANAGE, acting_for.region)
    _not_oneself(by, user, "不能给自己安排岗位，请由另一名安全管理员办理。")
    if acting_for.acting_for_id:
        raise Refusal("代理岗位不能再由他人代理，请选择本人的岗位。")
    if acting_for.user_id == user.pk:
        raise Refusal("不能代理自己的岗位。")
    if acting_for.role in separation.TRIO:
        raise Refusal("三员岗位不设代理，请另行安排岗位。")
    if not document.strip():
        raise Refusal("代理须写明依据文件。", code="document_needed")
    if (acting_for.until and until > acting_for.until) or since < acting_for.since:
        raise Refusal("代理的起止日期须在被代理岗位的期限之内。", code="dates")
    seat = Seat(
        user=user, role=acting_for.role, region=acting_for.region, organisation=acting_for.organisation, since=since, until=until,
        acting_for=acting_for, document=document,
    )  # fmt: skip
    return _seat(by, seat, at or periods.now())


def _seat(by, seat: Seat, at: datetime) -> Seat:
    """Check and keep a seat; the person's row is locked, so that two seats given at once see each other."""
    check_dates(seat.since, seat.until)
    misplaced = separation.misplaced(seat.role, seat.region, seat.organisation)
    if misplaced:
        raise Refusal(misplaced, code="misplaced")
    if seat.role == Role.AUDITOR and not seat.until:
        raise Refusal("审计查阅须写明截止日期。", code="until_needed")
    user = User.objects.select_for_update().get(pk=seat.user_id)
    if not user.is_active:
        raise Refusal("该账号已停用，请先启用。")
    if user.is_service:
        _fits_a_machine(seat)
    held = [separation.wish_of(other) for other in user.seats.select_related("region")]
    words = separation.conflict(separation.wish_of(seat), held)
    if words:
        raise SamePerson(words)
    keep(seat)
    access.forget_grants(seat.user)
    audit.record(
        by=by,
        verb="安排岗位",
        target=seat,
        after=facts(seat) | {"姓名": user.name},
        at=at,
        region_path=seat.region.path,
    )
    return seat


def _fits_a_machine(seat: Seat) -> None:
    """An interface account represents nobody, administers nothing and signs nothing."""
    if seat.acting_for_id:
        raise Refusal("接口账号不能代理他人。", code="service")
    if seat.role in separation.FOR_PEOPLE:
        raise Refusal(f"“{seat.get_role_display()}”须由人担任，不能安排给接口账号。", code="service")


@transaction.atomic
def end_seat(*, by, seat: Seat, until: date, reason: str, at: datetime | None = None) -> Seat:
    """`until` is the last day of the seat. Seats that represent it end with it. The row stays as history."""
    need(by, MANAGE, seat.region)
    _not_oneself(by, seat.user, "不能终止自己的岗位，请由另一名安全管理员办理。")
    check_dates(seat.since, until)
    if not reason.strip():
        raise Refusal("请写明终止岗位的理由或依据文件。", code="reason_needed")
    if seat.role in separation.TRIO:
        _someone_stays(seat, until)
    else:
        _nothing_open([seat], until, "终止岗位")
    before = seat.until
    seat.until = until
    keep(seat)
    for acting in seat.acting_seats.filter(Q(until__gt=until), since__lte=until):
        acting.until = until
        acting.save(update_fields=["until"])
    access.forget_grants(seat.user)
    audit.record(
        by=by, verb="终止岗位", target=seat, before={"until": before}, after={"until": until, "reason": reason, "姓名": seat.user.name},
        at=at or periods.now(), region_path=seat.region.path,
    )  # fmt: skip
    return seat


@transaction.atomic
def cancel_seat(*, by, seat: Seat, at: datetime | None = None) -> None:
    """Take back a seat given by mistake, on its first day or before it. Later it is ended, and stays as history."""
    at = at or periods.now()
    need(by, MANAGE, seat.region)
    _not_oneself(by, seat.user, "不能撤销自己的岗位，请由另一名安全管理员办理。")
    if seat.since < periods.day_of(at):
        raise Refusal("岗位已经生效，不能撤销，请终止。", code="in_force")
    if seat.acting_seats.exists():
        raise Refusal("已有人代理此岗，请先撤销或终止代理。")
    if seat.handovers.exists():
        raise Refusal("这个岗位已办理过交接，不能撤销，请终止。", code="handed_over")
    if seat.role in separation.TRIO:
        _someone_stays(seat, periods.day_of(at))
    audit.record(
        by=by, verb="撤销岗位", target=seat, before=facts(seat) | {"姓名": seat.user.name}, at=at, region_path=seat.region.path
    )  # fmt: skip
    access.forget_grants(seat.user)
    seat.delete()


def _nothing_open(seats: Iterable[Seat], until: date, what: str, else_words: str = "") -> None:
    """Nobody leaves while something open has no new owner (features 1.6). The 安全管理员 is told kinds and numbers, no business."""
    seats = list(seats)
    handover.lock_desks(seats)
    for seat in seats:
        groups = handover.outstanding(seat, until)
        if groups:
            raise Refusal(
                f"{seat.user}的“{seat}”还有未交接的事项：{handover.words(groups)}。须先由本人、本单位审签人、部门负责人或地区专班办公室"
                f"办理交接（我的账号或名录的“工作交接”），再{what}。{else_words}", code="open_items",
            )  # fmt: skip


def _someone_stays(seat: Seat, until: date) -> None:
    """Each of the 三员 must go on after `until` with somebody else. All seats of the role are locked meanwhile."""
    same = list(Seat.objects.select_for_update(of=("self",)).filter(role=seat.role).select_related("user"))
    if not any(s.user_id != seat.user_id and s.user.is_active and (s.until is None or s.until > until) for s in same):
        raise Refusal(f"这是最后一名{seat.get_role_display()}，请先安排接任的人。", code="last_one")


@dataclass(frozen=True)
class Entry:
    """One checked row of a roster sheet. `skip` = this seat stands already."""

    username: str
    name: str
    duty: str
    office_phone: str
    role: str
    region_slug: str
    organisation_id: int | None
    since: date
    until: date | None
    is_backup: bool
    document: str


@dataclass(frozen=True)
class Credential:
    """What goes on the slip handed to a new person."""

    username: str
    name: str
    seats: str
    password: str


@transaction.atomic
def import_roster(*, by, entries: list[Entry], at: datetime | None = None) -> list[Credential]:
    """All accounts and seats of a roster, or none. Seats that stand already are left; new people get one-time passwords."""
    need_manager(by)
    at = at or periods.now()
    regions = Region.objects.in_bulk({entry.region_slug for entry in entries}, field_name="slug")
    organisations = Organisation.objects.select_related("region").in_bulk({e.organisation_id for e in entries} - {None})
    users = {user.username: user for user in User.objects.filter(username__in={entry.username for entry in entries})}
    passwords: dict[str, str] = {}
    labels: dict[str, list[str]] = {}
    for entry in entries:
        region = regions[entry.region_slug]
        need(by, MANAGE, region)
        if entry.username not in users:
            users[entry.username], passwords[entry.username] = _create_user(
                by, entry.username, entry.name, entry.duty, entry.office_phone, at
            )
        user = users[entry.username]
        _not_oneself(by, user, "名册中有您自己：不能给自己安排岗位。")
        seat = Seat(
            user=user, role=entry.role, region=region, organisation=organisations.get(entry.organisation_id), since=entry.since,
            until=entry.until, is_backup=entry.is_backup, document=entry.document,
        )  # fmt: skip
        if not user.seats.filter(
            role=seat.role, region=region, organisation=seat.organisation, since=seat.since
        ).exists():
            _seat(by, seat, at)
        labels.setdefault(entry.username, []).append(str(seat))
    return [
        Credential(username, users[username].name, "；".join(labels[username]), password)
        for username, password in passwords.items()
    ]


@transaction.atomic
def reissue_passwords(*, by, at: datetime | None = None) -> list[Credential]:
    """New one-time passwords for everybody in reach who has not used the first one yet: the printed list was lost."""
    need_manager(by)
    at = at or periods.now()
    fresh = []
    for user in managed.with_unused_password(by):
        seats = "；".join(map(str, user.seats.on(periods.day_of(at)).select_related("region", "organisation")))
        fresh.append(Credential(user.username, user.name, seats, _new_password(by, user, at)))
    return fresh


def need_manager(by, user: User | None = None) -> None:
    """Raise PermissionDenied unless `by` manages people (and, when given, this person)."""
    if not managed.managed_paths(by) or (user and not managed.managed_users(by).filter(pk=user.pk).exists()):
        raise access.Denied("人员与岗位由安全管理员管理。", managed.MANAGE)


def _not_oneself(by, user: User, words: str) -> None:
    if by is not None and by.pk == user.pk:
        raise SamePerson(words)
