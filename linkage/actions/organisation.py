"""Regions, organisations, what they are for, who answers for which matter and leads which task (features 1.1, 1.2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from linkage import audit, periods
from linkage.errors import Refusal
from linkage.models import (
    Function,
    FundTask,
    Matter,
    Organisation,
    OrganisationFunction,
    Region,
    RegionKind,
    Responsibility,
    TaskLead,
)

from .contacts import end_with_body
from .rows import changed, check_dates, facts, keep, need

EDIT = "organisation.edit"


@transaction.atomic
def add_region(
    *, by, parent: Region, slug: str, name: str, kind: str, group: str = "", code_prefix: str = "", display_order: int = 0,
    is_reporting: bool = False, at: datetime | None = None,
) -> Region:  # fmt: skip
    """A new node below `parent`. The slug is for good: the paths of scope are made of it (features 1.1)."""
    need(by, EDIT, parent)
    if is_reporting and not code_prefix:
        raise Refusal("填报单位须有编号前缀，项目和问题编号用它开头。", code="prefix_needed")
    if code_prefix and Region.objects.filter(code_prefix=code_prefix).exists():
        raise Refusal(f"编号前缀“{code_prefix}”已被使用。", code="prefix_taken")
    region = Region(
        parent=parent, slug=slug, name=name, kind=kind, group=group, code_prefix=code_prefix, display_order=display_order,
        is_reporting=is_reporting, path=f"{parent.path}{slug}/",
    )  # fmt: skip
    keep(region)
    audit.record(
        by=by, verb="新增地区", target=region, after=facts(region), at=at or periods.now(), region_path=region.path
    )
    return region


@transaction.atomic
def edit_region(
    *, by, region: Region, name: str, group: str, code_prefix: str, display_order: int, is_reporting: bool, is_active: bool = True,
    at: datetime | None = None,
) -> Region:  # fmt: skip
    """Change everything but slug, kind and parent."""
    need(by, EDIT, region)
    if code_prefix and Region.objects.filter(code_prefix=code_prefix).exclude(pk=region.pk).exists():
        raise Refusal(f"编号前缀“{code_prefix}”已被使用。", code="prefix_taken")
    before = facts(region)
    for field, value in (
        ("name", name), ("group", group), ("code_prefix", code_prefix), ("display_order", display_order),
        ("is_reporting", is_reporting), ("is_active", is_active),
    ):  # fmt: skip
        setattr(region, field, value)
    keep(region)
    old, new = changed(before, facts(region))
    if new:
        audit.record(
            by=by,
            verb="修改地区",
            target=region,
            before=old,
            after=new,
            at=at or periods.now(),
            region_path=region.path,
        )
    return region


@transaction.atomic
def add_organisation(
    *, by, region: Region, name: str, short_name: str = "", is_outside: bool = False, functions: Iterable[str] = (), since: date,
    at: datetime | None = None,
) -> Organisation:  # fmt: skip
    """A new body with its functions from `since` on."""
    need(by, EDIT, region)
    if region.kind == RegionKind.TOWNSHIP:
        raise Refusal("单位登记在县级及以上；乡镇的单位请登记在所属县（市、区）。")
    organisation = Organisation(region=region, name=name, short_name=short_name, is_outside=is_outside)
    keep(organisation)
    for function in functions:
        keep(OrganisationFunction(organisation=organisation, function=function, since=since))
    audit.record(
        by=by, verb="新增单位", target=organisation, after=facts(organisation) | {"functions": sorted(functions), "since": since},
        at=at or periods.now(), region_path=region.path,
    )  # fmt: skip
    return organisation


@transaction.atomic
def edit_organisation(
    *,
    by,
    organisation: Organisation,
    name: str,
    short_name: str,
    is_outside: bool,
    is_active: bool,
    at: datetime | None = None,
) -> Organisation:
    """Rename or switch off; a body in use stays in history and only leaves the lists."""
    need(by, EDIT, organisation.region)
    before = facts(organisation)
    organisation.name, organisation.short_name = name, short_name
    organisation.is_outside, organisation.is_active = is_outside, is_active
    keep(organisation)
    old, new = changed(before, facts(organisation))
    if new:
        audit.record(
            by=by,
            verb="修改单位",
            target=organisation,
            before=old,
            after=new,
            at=at or periods.now(),
            region_path=organisation.region.path,
        )
    return organisation


@transaction.atomic
def give_function(
    *, by, organisation: Organisation, function: str, since: date, at: datetime | None = None
) -> OrganisationFunction:
    """From `since` on the body also does this. It already does → Refusal."""
    need(by, EDIT, organisation.region)
    if organisation.functions.filter(_not_over_by(since), function=function).exists():
        raise Refusal(f"{organisation}已有“{Function(function).label}”职能。")
    row = OrganisationFunction(organisation=organisation, function=function, since=since)
    keep(row)
    _note(by, "增加职能", organisation, {"function": function, "since": since}, at)
    return row


@transaction.atomic
def end_function(*, by, row: OrganisationFunction, until: date, at: datetime | None = None) -> None:
    """`until` is the last day on which the body does this."""
    need(by, EDIT, row.organisation.region)
    check_dates(row.since, until)
    row.until = until
    keep(row)
    _note(by, "终止职能", row.organisation, {"function": row.function, "until": until}, at)


@transaction.atomic
def answer_matter(
    *,
    by,
    region: Region,
    matter: Matter,
    organisation: Organisation | None,
    note: str = "",
    since: date,
    at: datetime | None = None,
) -> Responsibility:
    """Name the 承办单位 of a matter from `since` on; the answer before ends the day before.

    `organisation=None` says 本地无此机构 and needs a note on who is asked instead. A later answer that already stands
    is a Refusal: history is written forwards. “一对一” people of the body before end with it.
    """
    need(by, EDIT, region)
    at = at or periods.now()
    if organisation is None and not note.strip():
        raise Refusal("本地无此机构时，请写明由谁办理。", code="note_needed")
    rows = Responsibility.objects.filter(region=region, matter=matter)
    if rows.filter(since__gt=since).exists():
        raise Refusal("该事项已有更晚生效的承办单位，请改用不早于它的日期。", code="dates")
    previous = rows.on(since).first()
    if previous and previous.since < since:
        previous.until = periods.shift(since, days=-1)
        previous.save(update_fields=["until"])
    row = (
        previous if previous and previous.since == since else Responsibility(region=region, matter=matter, since=since)
    )
    row.organisation, row.note, row.until = organisation, note, None
    keep(row)
    audit.record(
        by=by, verb="确定承办单位", target=row, region_path=region.path, at=at,
        before={"承办单位": str(previous.organisation or "本地无此机构")} if previous and previous.pk != row.pk else None,
        after={"承办单位": str(organisation or "本地无此机构"), "说明": note, "起": since},
    )  # fmt: skip
    end_with_body(by=by, region=region, matter=matter, organisation=organisation, since=since, at=at)
    return row


@transaction.atomic
def set_lead(
    *, by, task: FundTask, organisation: Organisation, since: date, document: str = "", at: datetime | None = None
) -> TaskLead:
    """The organisation leads the task from `since` on. A task may have one lead per region at a time."""
    need(by, EDIT, organisation.region)
    if TaskLead.objects.filter(_not_over_by(since), task=task, organisation__region=organisation.region).exists():
        raise Refusal(f"“{task}”在{organisation.region}已有牵头单位，请先终止原来的牵头关系。")
    lead = TaskLead(task=task, organisation=organisation, since=since, document=document)
    keep(lead)
    _note(by, "确定牵头单位", organisation, {"task": task.code, "since": since, "document": document}, at)
    return lead


@transaction.atomic
def end_lead(*, by, lead: TaskLead, until: date, at: datetime | None = None) -> None:
    """`until` is the last day of the lead."""
    need(by, EDIT, lead.organisation.region)
    check_dates(lead.since, until)
    lead.until = until
    keep(lead)
    _note(by, "终止牵头", lead.organisation, {"task": lead.task.code, "until": until}, at)


def _not_over_by(since: date) -> Q:
    """Rows that hold on `since` or begin later: an open-ended new row would run beside them."""
    return Q(until__isnull=True) | Q(until__gte=since)


def _note(by, verb: str, organisation: Organisation, after: dict, at: datetime | None) -> None:
    audit.record(
        by=by, verb=verb, target=organisation, after=after, at=at or periods.now(), region_path=organisation.region.path
    )
