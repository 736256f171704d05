"""Is a table a list of projects? If not, what it is, so that the person is told and not only refused."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum


class What(StrEnum):
    PROJECTS = "projects"
    COUNTIES = "counties"
    PROGRESS = "progress"
    CATEGORIES = "categories"
    TASKS = "tasks"
    DEPARTMENTS = "departments"
    INDICATORS = "indicators"
    VOUCHERS = "vouchers"
    QUOTAS = "quotas"
    ROSTER = "roster"
    UNKNOWN = "unknown"


WORDS: dict[What, tuple[str, str]] = {
    What.PROJECTS: ("项目表", ""),
    What.COUNTIES: (
        "分地区资金分配表",
        "每行是一个县（市、区）或乡镇的资金，没有项目。分到县的资金由地区专班办公室或财政部门用“分县资金”模板导入；"
        "这里请上传带“项目名称”列的项目表。",
    ),
    What.PROGRESS: ("分地区进度汇总表", "每行是一个县（市、区）的汇总进度，没有项目。进度由周报汇总，请上传项目明细表。"),
    What.CATEGORIES: ("分类汇总表", "每行是一类项目的合计，不是单个项目。请上传逐个项目的明细表。"),
    What.TASKS: ("分任务资金表", "每行是一项资金任务，没有项目。下达的资金由地区专班办公室或财政部门登记批次；这里请上传项目明细表。"),
    What.DEPARTMENTS: ("分部门资金表", "每行是一个单位的资金，没有项目。请上传带“项目名称”列的项目表。"),
    What.INDICATORS: ("绩效指标表", "每行是一条绩效指标，没有项目。请上传项目表。"),
    What.VOUCHERS: ("支付明细", "这是财政支付明细，不是项目表。由财政部门在“资金—财政数据”里原样上传。"),
    What.QUOTAS: (
        "指标（预算）明细",
        "这是指标下达明细，不是项目表。由财政部门在“资金—财政数据”里原样上传；分到县的资金由地区专班办公室或财政部门用“分县资金”模板导入。",
    ),
    What.ROSTER: ("人员名册", "每行是一个人，没有项目。人员名册由安全管理员在“人员与岗位”里导入。"),
    What.UNKNOWN: ("认不出的表", "没有认出“项目名称”列。请核对表头，或在对应页面上指明各列。"),
}  # fmt: skip


def what_is(fields: list[str], has_money: bool) -> What:
    """What a table with these columns lists. `fields` with repetitions; `has_money`: any column of amounts."""
    seen = Counter(fields)
    for mark, what in (("indicator", What.INDICATORS), ("voucher", What.VOUCHERS), ("quota", What.QUOTAS)):
        if seen[mark] >= 2 and not (seen["name"] and mark == "indicator" and has_money):
            return what
    described = any(seen[field] for field in ("content", "site", "implementer", "township", "village"))
    if seen["name"]:
        return What.CATEGORIES if seen["count"] and not described else What.PROJECTS
    if seen["person"] >= 2:
        return What.ROSTER
    return _without_names(seen, has_money)


def _without_names(seen: Counter[str], has_money: bool) -> What:
    who = any(seen[field] for field in ("implementer", "township", "village"))
    about = any(seen[field] for field in ("category", "subcategory", "content"))
    if who and about and has_money and not seen["count"]:
        return What.PROJECTS
    if seen["unit"] or seen["township"]:
        return What.PROGRESS if seen["rate"] else What.COUNTIES
    if seen["implementer"] or seen["department"]:
        return What.DEPARTMENTS if has_money else What.UNKNOWN
    if seen["task"] and has_money:
        return What.TASKS
    if about and (has_money or seen["count"]):
        return What.CATEGORIES
    return What.UNKNOWN
