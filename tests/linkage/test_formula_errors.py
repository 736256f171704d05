"""Cells whose formula went wrong: told by name, never taken for blank ones."""

from decimal import Decimal
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import Cell

from linkage.excel import read_tables


def table(*amounts):
    """A project table as a program that calculates saves it: an error stands in the cell as its value."""
    book = Workbook()
    book.active.append(["序号", "项目名称", "投资规模(万元)"])
    for number, amount in enumerate(amounts, 1):
        book.active.append([number, f"桦树村道路硬化{number}期", amount])
        cell: Cell = book.active.cell(number + 1, 3)
        if isinstance(amount, str) and amount.startswith("#"):
            cell.data_type = "e"
    target = BytesIO()
    book.save(target)
    [found] = read_tables(target, "表.xlsx", max_bytes=1 << 20, max_rows=100).tables
    return found


def test_a_formula_error_in_the_money_must_be_repaired_and_says_what_it_is():
    found = table(80, "#REF!", 30)
    assert [row.values["planned_investment_yuan"] for row in found.rows] == [Decimal(800_000), None, Decimal(300_000)]
    [problem] = found.rows[1].problems
    assert (problem.cell, problem.value, problem.message) == ("C3", "#REF!", "单元格是公式错误 #REF!，请改填数值或文字。")


def test_a_column_full_of_errors_is_still_the_column_of_money():
    found = table("#DIV/0!", "#REF!", 30)
    assert [len(row.problems) for row in found.rows] == [1, 1, 0]


def test_without_errors_nothing_is_said():
    assert [row.problems for row in table(80, 30).rows] == [[], []]
