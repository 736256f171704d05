"""Exports as 财政预算管理一体化系统 writes them, by the three column sets of domain.md §6.1 and the one of §6.2."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

A = ("地区名称", "处室名称", "支出功能分类科目", "项目名称", "指标文号", "用途", "支付申请号", "付款账户名称", "付款方账户", "支付日期", "导入日期", "金额",
     "收款账户名称", "收款方账户", "结算方式")  # fmt: skip
B = ("预算年度", "资金名称", "区划代码", "区划名称", "单位名称", "项目名称", "指标文号", "支付凭证号", "用途", "付款方账户名称", "付款方账号", "支出功能科目",
     "政府支出经济分类", "部门支出经济分类", "支付方式", "收款人银行", "收款方账户名称", "收款方账号", "支付金额", "付款日期", "是否直达资金",
     "是否政府采购")  # fmt: skip
C = ("支付申请编号", "预算单位", "指标文号", "预算项目", "收支类别", "付款人", "账号", "银行", "收款人", "账号", "银行", "支付金额", "资金用途", "政府经济分类",
     "部门经济分类", "资金性质", "功能分类", "支付方式", "结算方式", "业务处室", "工资标识", "是否工会经费", "三公经费", "直达资金标识")  # fmt: skip
QUOTA = ("指标明细号", "区划名称", "资金管理处室", "业务主管处室", "指标文号", "上级指标文号", "预算单位", "支付方式", "支出项目", "指标金额", "资金性质",
         "指标来源", "功能分类", "指标摘要", "预算级次", "指标类型", "下达时间", "直达资金标识")  # fmt: skip
ACCOUNT, IDENTITY = "6228480012345678912", "232722198001011234"
# What a line of payments says, by the words used in tests; each column set has its own heading for it.
_HEADINGS: dict[str, tuple[str, ...]] = {
    "region": ("地区名称", "区划名称"), "project": ("项目名称", "预算项目"), "quota": ("指标文号",), "purpose": ("用途", "资金用途"),
    "application": ("支付申请号", "支付申请编号"), "voucher": ("支付凭证号",), "paid_on": ("支付日期", "付款日期"), "imported_on": ("导入日期",),
    "amount": ("金额", "支付金额"), "payee": ("收款账户名称", "收款方账户名称", "收款人"), "agency": ("单位名称", "预算单位"), "code": ("区划代码",),
    "fund": ("资金名称",), "payee_account": ("收款方账户", "收款方账号"),
}  # fmt: skip
USUAL = {"region": "呼玛县", "agency": "呼玛县农业农村局", "purpose": "工程进度款", "payee": "兴安建筑工程有限公司", "payee_account": ACCOUNT,
         "paid_on": "2026-11-10", "amount": 1000.5}  # fmt: skip


def line(header: Sequence[str], values: Mapping[str, object]) -> list[object]:
    """A row under `header`; what is not said is as usual, accounts always stand in it."""
    given = USUAL | dict(values)
    cells: list[object] = ["" for _ in header]
    for key, value in given.items():
        for heading in _HEADINGS[key]:
            if heading in header:
                cells[header.index(heading)] = value
    for index, heading in enumerate(header):
        if heading == "账号":
            cells[index] = ACCOUNT
    return cells


def sheet(header: Sequence[str], rows: Sequence[Mapping[str, object] | Sequence[object]], above: Sequence[Sequence[object]] = ()) -> list[list[object]]:
    """All lines of an export, titles above its header."""
    return [*map(list, above), list(header), *(line(header, row) if isinstance(row, Mapping) else list(row) for row in rows)]


def xlsx(lines: Sequence[Sequence[object]], name: str = "支付明细.xlsx") -> SimpleUploadedFile:
    book = Workbook()
    for cells in lines:
        book.active.append([cell if cell != "" else None for cell in cells])
    data = io.BytesIO()
    book.save(data)
    return SimpleUploadedFile(name, data.getvalue())


def text(lines: Sequence[Sequence[object]], name: str = "支付明细.csv", encoding: str = "gb18030") -> SimpleUploadedFile:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return SimpleUploadedFile(name, out.getvalue().encode(encoding))


def payments(*rows: Mapping[str, object], header: Sequence[str] = B, **more) -> SimpleUploadedFile:
    return xlsx(sheet(header, rows, **more))
