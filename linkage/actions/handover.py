"""Handing over what is open in a seat, in one transaction: every item gets its new owner, or nothing changes (features 1.6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from linkage import access, audit, counters, handover, notify, periods
from linkage.errors import Refusal
from linkage.handover import Group
from linkage.models import Handover, HandoverItem, Role, Seat, User
from linkage.models.handover import MAKE
from linkage.personal import found_in

KIND = "handover"


def may_prepare(user, seat: Seat) -> bool:
    """The person themselves; the unit's signer, the prefecture's office, the head of the same department. Never 三员."""
    if seat.user_id == user.pk:
        return True
    for grant in access.grants_of(user):
        if MAKE in grant.permissions and grant.covers(seat.region.path):
            if grant.role != Role.DEPT_HEAD or grant.organisation_id == seat.organisation_id:
                return True
    return False


@transaction.atomic
def hand_over(
    *, by, seat: Seat, choices: Mapping[str, Mapping[str, User]], reason: str, witness: str, at: datetime | None = None
) -> Handover:
    """Give every open item of the seat to the person chosen (`choices`: kind → key → who); gives the numbered 交接单.

    Raises Denied, Refusal when an item has nobody, somebody does not fit (the kind itself checks), nothing is open, or reason
    or witness are missing. All or nothing.
    """
    at = at or periods.now()
    if not may_prepare(by, seat):
        raise access.Denied("交接由本人、本单位审签人、部门负责人或地区专班办公室办理。", MAKE, target=seat.region)
    _check_words(reason, witness, seat)
    handover.lock_desks([seat])
    seat = Seat.objects.select_related("user", "region", "organisation").get(pk=seat.pk)
    today = periods.day_of(at)
    groups = handover.outstanding(seat, today)
    if not groups:
        raise Refusal("这个岗位没有需要交接的事项。", code="nothing_open")
    chosen = [(group, _chosen(group, choices.get(group.kind.code, {}), seat, today)) for group in groups]
    row = _numbered(by, seat, reason.strip(), witness.strip(), at)
    for group, receivers in chosen:
        for person in dict.fromkeys(receivers.values()):
            keys = [key for key, receiver in receivers.items() if receiver == person]
            group.kind.take(seat=seat, keys=keys, to=person, by=by, at=at)
        HandoverItem.objects.bulk_create(_item(row, group, item, receivers[item.key]) for item in group.items)
    counts = {group.kind.title: len(group.items) for group in groups}
    audit.record(by=by, verb="办理交接", target=row, after={"岗位": row.seat_words, "交出人": row.giver_words, **counts, "监交人": row.witness}, at=at)
    _tell(row, [receiver for _, receivers in chosen for receiver in receivers.values()], at)
    return row


def _check_words(reason: str, witness: str, seat: Seat) -> None:
    if not reason.strip() or not witness.strip():
        raise Refusal("请写明交接原因和监交人。", code="reason_needed")
    if private := found_in(f"{reason} {witness}"):
        raise Refusal(f"交接单不能填写{private}。", code="personal_data")
    if witness.strip() == seat.user.name:
        raise Refusal("监交人不能是交出人本人。", code="same_person")


def _chosen(group: Group, wanted: Mapping[str, User], seat: Seat, on) -> dict[str, User]:
    """The receiver of each item; every one must be there and fit."""
    without = [item.title for item in group.items if item.key not in wanted]
    if without:
        more = f"等 {len(without)} 项" if len(without) > 3 else ""
        raise Refusal(f"{group.kind.title}还没有选接收人：{'、'.join(without[:3])}{more}。", code="receiver_needed")
    fitting = set(group.kind.takers(seat, on).values_list("pk", flat=True))
    for item in group.items:
        if wanted[item.key].pk not in fitting:
            raise Refusal(f"{wanted[item.key]}没有相应岗位，不能接收“{item.title}”。请先由安全管理员安排岗位。", code="receiver_unfit")
    return {item.key: wanted[item.key] for item in group.items}


def person_words(user: User) -> str:
    """王立新（股长）: name and post of this day."""
    return f"{user.name}（{user.duty}）" if user.duty else user.name


def _numbered(by, seat: Seat, reason: str, witness: str, at: datetime) -> Handover:
    year = periods.day_of(at).year
    [number] = counters.next_numbers(KIND, seat.region.slug, year)
    return Handover.objects.create(
        number=f"{seat.region.name}交接〔{year}〕{number}号", seat=seat, region=seat.region, seat_words=str(seat), giver=seat.user,
        giver_words=person_words(seat.user), reason=reason, witness=witness, prepared_by=by,
        prepared_words=f"{person_words(by)} {access.seat_label(by)}"[:200], at=at,
    )  # fmt: skip


def _item(row: Handover, group: Group, item: handover.OpenItem, receiver: User) -> HandoverItem:
    return HandoverItem(
        handover=row, kind=group.kind.code, kind_title=group.kind.title, key=item.key, title=item.title[:200], state_words=item.state[:120],
        due_on=item.due_on, receiver=receiver, receiver_words=person_words(receiver),
    )  # fmt: skip


def _tell(row: Handover, receivers: list[User], at: datetime) -> None:
    for person in set(receivers):
        title = f"{row.giver_words}把 {receivers.count(person)} 项工作交接给您"
        notify.tell([person], key=f"handover/{row.pk}", title=title, body=f"{row.number}，原岗位：{row.seat_words}", url=f"/handovers/{row.pk}/", at=at)
