"""项目资金: a county's shares arranged to its projects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from funds.actions.allocation import check_project
from funds.actions.bulk import arrange_many
from funds.actions.limits import left
from funds.figures.ledger import own_shares
from funds.imports.common import DOCUMENT, LEVEL, LEVELS, SHARE_DOCUMENT, over_limit, spaceless
from funds.models import Allocation, CountyAllocation
from linkage import access
from linkage.errors import Refusal
from linkage.excel import Field
from linkage.imports.base import ImportKind, Row, Verdict, register
from linkage.money import wan_text
from projects.models import Project


@dataclass
class Context:
    """Shares by (document, level, task, unit), projects by code, what stands, and what each share has left."""

    at: datetime
    shares: dict[tuple, list[CountyAllocation]]
    projects: dict
    standing: dict
    left: dict
    allowed: dict


def fields(by) -> tuple[Field, ...]:
    return (
        Field("code", "项目编号", required=True, max_length=30, width=16), DOCUMENT, LEVEL, SHARE_DOCUMENT,
        Field("amount_yuan", "安排金额", "wan", True), Field("decided_on", "安排日期", "date", True),
        Field("document", "安排文号", max_length=80),
    )  # fmt: skip


def shares_by_document(by) -> dict[tuple, list[CountyAllocation]]:
    """Shares in the user's own scope by (document, level, task id, unit id)."""
    found: dict[tuple, list[CountyAllocation]] = {}
    for share in own_shares(by).select_related("batch__task", "unit"):
        key = (spaceless(share.batch.document_no), share.batch.level, share.batch.task_id, share.unit_id)
        found.setdefault(key, []).append(share)
    return found


def pick_share(shares: list[CountyAllocation], document_no: str | None) -> CountyAllocation | None:
    """The one share meant: by its own document number, or the only one there is."""
    wanted = spaceless(document_no)
    fitting = [share for share in shares if spaceless(share.document_no) == wanted]
    if len(fitting) == 1:
        return fitting[0]
    return shares[0] if len(shares) == 1 and not wanted else None


def begin(by, at: datetime, rows: list[Row]) -> Context:
    shares = shares_by_document(by)
    every = [share for group in shares.values() for share in group]
    codes = {row.values["code"] for row in rows}
    return Context(
        at=at, shares=shares,
        projects={p.code: p for p in Project.objects.visible_to(by).filter(code__in=codes).select_related("unit", "task")},
        standing={(a.county_allocation_id, a.project_id): a for a in Allocation.objects.filter(county_allocation__in=[s.pk for s in every])},
        left={share.pk: left(share) for share in every}, allowed={share.pk: access.may(by, "funds.arrange", share) for share in every},
    )  # fmt: skip


def check_row(row: Row, context: Context) -> Verdict:
    value, project = row.values, context.projects.get(row.values["code"])
    if project is None:
        return Verdict.error(row.problem("code", "您的范围内没有这个项目编号。请从项目库复制编号。"))
    label = project.name
    shares = context.shares.get((spaceless(value["document_no"]), LEVELS[value["level"]], project.task_id, project.unit_id), [])
    share = pick_share(shares, value["share_document_no"])
    if share is None:
        words = (
            "这个批次给本县有几笔资金，请在“下达文号”一列写明是哪一笔。" if shares
            else f"没有下达到{project.unit}、任务为“{project.task}”的这笔资金。请核对文号和层级，或请上级先分配。"
        )  # fmt: skip
        return Verdict.error(row.problem("share_document_no" if shares else "document_no", words), label=label)
    if not context.allowed[share.pk]:
        return Verdict.error(row.problem("code", "项目资金由县级填报员安排，您的岗位不能安排。"), label=label)
    return _judge(row, context, project, share, label)


def _judge(row: Row, context: Context, project: Project, share: CountyAllocation, label: str) -> Verdict:
    value, amount = row.values, row.values["amount_yuan"]
    standing = context.standing.get((share.pk, project.pk))
    if standing is not None:
        if standing.amount_yuan == amount:
            return Verdict.unchanged(label=label)
        return Verdict.error(
            row.problem("amount_yuan", f"系统中已安排 {wan_text(standing.amount_yuan)} 万元。增减须写明理由，请在分县资金页面用“调整”登记。"), label=label
        )
    if amount <= 0:
        return Verdict.error(row.problem("amount_yuan", "安排金额须大于零。请改正。"), label=label)
    try:
        check_project(share, project, value["decided_on"], context.at)
    except Refusal as refusal:
        place = "decided_on" if refusal.code in ("date_order", "future_date") else "code"
        return Verdict.error(row.problem(place, refusal.message), label=label)
    if amount > context.left[share.pk]:
        what = f"{share.unit}在批次 {share.batch.document_no} 中"
        return Verdict.error(row.problem("amount_yuan", over_limit(what, context.left[share.pk], amount)), label=label)
    context.left[share.pk] -= amount
    return Verdict.new(
        {"share": share.pk, "project": project.pk, "amount_yuan": amount, "decided_on": value["decided_on"],
         "document_no": (value["document"] or "").strip()}, label=label,
    )  # fmt: skip


def apply_rows(rows, *, by, at, context: Context) -> None:
    shares = {share.pk: share for group in context.shares.values() for share in group}
    projects = {project.pk: project for project in context.projects.values()}
    made = [
        Allocation(
            county_allocation=shares[s.data["share"]], project=projects[s.data["project"]], amount_yuan=s.data["amount_yuan"],
            decided_on=s.data["decided_on"], document_no=s.data["document_no"],
        )
        for s in rows
    ]  # fmt: skip
    arrange_many(allocations=made, by=by, at=at)


register(
    ImportKind(
        code="allocations", title="项目资金", permission="funds.arrange", fields=fields, begin=begin, check_row=check_row,
        apply_rows=apply_rows, result_url="/funds/", order=30,
        key=lambda v: (v["code"], spaceless(v["document_no"]), v["level"], spaceless(v["share_document_no"])),
        help="把下达到本县的资金安排到项目。一行是一个项目在一笔资金中的安排；已有的同额行不变，增减请在分县资金页面调整。",
    )
)  # fmt: skip
