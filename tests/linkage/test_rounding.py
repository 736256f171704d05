"""Totals are rounded exact sums; where the values shown add up to something else, and only there, the table says so."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.template import Context, Template

from linkage import excel, rounding
from linkage.excel import Column, Marked, Sheet
from tests.linkage.test_excel import opened

D = Decimal


@pytest.mark.parametrize(("amounts", "differs"), [
    (["10040", "10040", "10040"], True),  # 1.00 + 1.00 + 1.00 = 3.00, but 3.012 is 3.01
    (["10050", "10050"], True),  # half up: 1.01 + 1.01 = 2.02, but 2.01
    (["10040", "10010"], True),  # 1.00 + 1.00 = 2.00, but 2.005 is 2.01
    (["10040", "10000"], False),  # 1.00 + 1.00 = 2.00, and 2.004 is 2.00
    (["10000", "20000.00"], False),
    (["10040", "-10040"], False),
    (["10040"], False),
    ([], False),
])  # fmt: skip
def test_by_hand_in_yuan(amounts, differs):
    assert rounding.differs([D(amount) for amount in amounts]) is differs


def test_one_column_suffices_and_rows_of_totals_are_no_parts():
    rows = [{"a": D("10000"), "b": "10040"}, {"a": D("5000"), "b": "10040"}, {"a": None, "b": "10040"}]
    assert rounding.note(rows, ["a"]) == ""
    assert rounding.note(rows, ["a", "b"]) == "合计数与各项之和的尾差由四舍五入造成。"
    total = {"a": D("15000"), "b": "30120", "is_total": True}
    assert rounding.note([*rows[:1], total], ["b"]) == ""
    line = SimpleNamespace(amounts=SimpleNamespace(issued=D("10050")))
    assert rounding.note([line, line], ["amounts.issued"])
    with pytest.raises(AttributeError):
        rounding.note([line], ["amounts.missing"])


def test_the_tag_writes_the_note_or_nothing():
    template = Template("{% load components %}{% tail_note rows 'a' %}")
    assert "尾差" in template.render(Context({"rows": [{"a": D("10050")}, {"a": D("10050")}]}))
    assert template.render(Context({"rows": [{"a": D("10050")}]})) == ""


def printed(*amounts, **column):
    """All texts of a sheet with these amounts, and its total in 万元."""
    columns = [Column("name", "单位"), Column("amount", "金额", "wan", total=True, **column)]
    rows = [Marked({"name": "小计", "amount": D("10050")}), *({"name": "呼玛县", "amount": amount} for amount in amounts)]
    return [cell.value for row in opened(Sheet(title="表", columns=columns, rows=rows)).active.iter_rows() for cell in row]


def test_a_sheet_notes_it_below_its_totals_only_where_it_is_so():
    with_tail = printed(D("10040"), D("10040"), None, D("10040"))
    assert rounding.NOTE in with_tail
    assert 3.012 in with_tail, "the total is the exact sum, shown as 3.01"
    assert rounding.NOTE not in printed(D("10000"), D("20000"))
    assert rounding.NOTE not in printed(D("10040"), D("10040"), D("10040"), places=4), "four decimals show everything"
    assert excel.to_bytes([Sheet(title="表", columns=[Column("a", "甲", "wan", total=True)], rows=[])])
