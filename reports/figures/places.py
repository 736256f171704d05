"""The fields of a weekly row as people meet them: short names, how they are typed, in which order they stand.

One source for the grid, its workbook and everything that is read.
"""

from __future__ import annotations

from django.db import models

from linkage.money import MoneyField, RatioField
from projects.models import METHOD_COLUMNS, ProgressFacts

# Where each progress field of a row stands: the five columns are headed by the words of 工程类 rows, a field of another
# 实施方式 stands in the column nearest in meaning and carries its own caption.
SLOTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("physical_ratio", ("physical_ratio", "contract_signed_on", "households_declared", "batches_done", "people_trained")),
    ("completed_investment_yuan", ("completed_investment_yuan", "households_paid")),
    ("started_on", ("started_on", "delivered_on", "publicised_on")),
    ("finished_on", ("finished_on", "installed_on")),
    ("accepted_on", ("accepted_on",)),
)  # fmt: skip

SHORT = {
    "physical_ratio": "形象进度", "completed_investment_yuan": "完成投资", "contract_signed_on": "签约", "delivered_on": "到货",
    "installed_on": "安装", "publicised_on": "公示", "households_declared": "申报户数", "households_paid": "发放户数",
    "batches_done": "已办批次", "people_trained": "培训人次", "started_on": "开工", "finished_on": "完工", "accepted_on": "验收",
    "claimed_unpaid_yuan": "已报账未支付", "step": "当前环节", "holder": "承办单位", "problem": "存在问题", "measures": "下步措施",
    "measures_due_on": "措施时限", "coordination": "需协调事项", "coordination_level": "协调层级", "coordination_with": "协调部门",
}  # fmt: skip


def slot_of(name: str) -> int:
    return next(i for i, (_, names) in enumerate(SLOTS) if name in names)


def slots_of(method: str) -> list[str | None]:
    """The five progress places of a row of this 实施方式, None where it is asked for nothing."""
    row: list[str | None] = [None] * len(SLOTS)
    for name in METHOD_COLUMNS[method]:
        row[slot_of(name)] = name
    return row


def kind_of(name: str) -> str:
    """How a field is typed and shown: money, ratio, date, count, step, organisation, choice, text."""
    field = ProgressFacts._meta.get_field(name)
    for kind, types in (("money", MoneyField), ("ratio", RatioField), ("date", models.DateField), ("count", models.PositiveIntegerField)):
        if isinstance(field, types):
            return kind
    if isinstance(field, models.ForeignKey):
        return "step" if name == "step" else "organisation"
    return "choice" if field.choices else "text"
