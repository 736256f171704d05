"""Task forces and their roster (二(一); features 1.3)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from linkage import audit, periods
from linkage.errors import Refusal
from linkage.models import Organisation, Region, TaskForce, TaskForceMember, User

from .rows import changed, check_dates, facts, keep, need

EDIT = "roster.edit"


@transaction.atomic
def save_taskforce(
    *, by, region: Region, name: str, document: str = "", founded_on: date | None = None, office: Organisation | None = None,
    at: datetime | None = None,
) -> TaskForce:  # fmt: skip
    """Register the region's task force, or correct what is registered. Without a document it stays a gap."""
    need(by, EDIT, region)
    force = TaskForce.objects.filter(region=region).first()
    before = facts(force) if force else {}
    force = force or TaskForce(region=region)
    force.name, force.document, force.founded_on, force.office = name, document, founded_on, office
    keep(force)
    old, new = changed(before, facts(force))
    if new:
        audit.record(
            by=by,
            verb="登记专班",
            target=force,
            before=old or None,
            after=new,
            at=at or periods.now(),
            region_path=region.path,
        )
    return force


@transaction.atomic
def save_member(
    *, by, taskforce: TaskForce, post: str, person_name: str, since: date, until: date | None = None,
    organisation: Organisation | None = None, user: User | None = None, duty: str = "", office_phone: str = "",
    is_acting: bool = False, document: str = "", member: TaskForceMember | None = None, at: datetime | None = None,
) -> TaskForceMember:  # fmt: skip
    """Add a member, or correct `member`. 代理 needs its end and the document it rests on."""
    need(by, EDIT, taskforce.region)
    check_dates(since, until)
    if is_acting and not until:
        raise Refusal("代理须写明截止日期。", code="until_needed")
    if is_acting and not document.strip():
        raise Refusal("代理须写明依据文件。", code="document_needed")
    before = facts(member) if member else {}
    row = member or TaskForceMember(taskforce=taskforce)
    row.post, row.person_name, row.organisation, row.user, row.duty = post, person_name, organisation, user, duty
    row.office_phone, row.is_acting, row.since, row.until, row.document = (
        office_phone,
        is_acting,
        since,
        until,
        document,
    )
    keep(row)
    old, new = changed(before, facts(row))
    if new:
        audit.record(
            by=by, verb="修改专班成员" if member else "登记专班成员", target=row, before=old or None, after=new,
            at=at or periods.now(), region_path=taskforce.region.path,
        )  # fmt: skip
    return row


@transaction.atomic
def end_member(*, by, member: TaskForceMember, until: date, at: datetime | None = None) -> None:
    """`until` is the last day; the row stays, so that history keeps the name and post of that day."""
    need(by, EDIT, member.taskforce.region)
    check_dates(member.since, until)
    member.until = until
    keep(member)
    audit.record(
        by=by,
        verb="专班成员离任",
        target=member,
        after={"until": until},
        at=at or periods.now(),
        region_path=member.taskforce.region.path,
    )
