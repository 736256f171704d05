"""What a script may send that no browser would: answered with words, never with a fault, and never kept."""

from datetime import date
from decimal import Decimal

import pytest

from funds.actions.voucher import record_voucher
from funds.models import VoucherKind
from reports.actions import signing
from reports.models import Period, ReportState

pytestmark = pytest.mark.django_db


def cells(desk, *edits):
    return desk.post("huma_clerk", "cells", {"edits": list(edits)})


def edit(desk, place, text, line=None):
    return {"line": desk.line("冷链仓储").pk if line is None else line, "place": place, "text": text, "base": "any"}


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("started_on", "99999999999999999999-1-1"), ("started_on", "²-1-1"), ("step", "²"), ("step", "9" * 900), ("cell:²", "1"),
        ("cell:" + "9" * 50, "1"), ("paid", "9" * 900), ("paid", "1e5"), ("physical_ratio", "1E+999999"), ("problem", "坏\x00字"),
        ("problem", "\ud800"), ("household\x00s", "1"), ("paid", "99999999999"),
    ],
)  # fmt: skip
def test_an_odd_cell_is_answered_in_its_place(desk, place, text):
    place = desk.cell("冷链仓储") if place == "paid" else place
    answer = cells(desk, edit(desk, place, text), edit(desk, "physical_ratio", "40"))
    assert answer.status_code in (200, 400), answer.content
    if answer.status_code == 200:
        assert [o["verdict"] for o in answer.json()["outcomes"]] == ["error", "saved"]
    assert desk.client("huma_clerk").get(desk.url()).status_code == 200


@pytest.mark.parametrize("line", [10**30, -1, 0])
def test_a_row_number_of_any_size_is_not_in_this_report(desk, line):
    answer = cells(desk, edit(desk, "physical_ratio", "40", line=line))
    assert answer.status_code == 400 or answer.json()["outcomes"][0]["verdict"] == "error"


@pytest.mark.parametrize(("part", "body"), [("treasury", {"line": 10**30}), ("note", {"issue": 10**30, "text": "已改"})])
def test_a_number_beyond_the_database_finds_nothing(desk, part, body):
    assert desk.post("huma_clerk", part, body).status_code in (200, 400, 409)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"\xff\xfe", b"[]", b'{"edits": {}}', b'{"edits": [7]}', b'{"edits": [{"line": true}]}'])
def test_a_body_of_another_shape_is_refused(desk, body):
    answer = desk.client("huma_clerk").post(desk.url("cells"), body, content_type="application/json", headers={"accept": "application/json"})
    assert answer.status_code == 400


@pytest.mark.parametrize("key", ["abc", "", "paid_jump", "paid_jump:999999:cell:1", "paid_jump:x:y", "a\x00b:1:c"])
def test_a_sentence_without_its_row_is_not_kept(desk, key):
    """It would stand in the signed statement for ever, and whoever reads the rows by their sentences would stumble over it."""
    assert desk.post("huma_clerk", "explain", {"key": key, "text": "属实"}).status_code in (400, 409)
    desk.report.refresh_from_db()
    assert desk.report.explanations == {}


@pytest.mark.parametrize(("part", "field"), [("explain", "key"), ("note", "issue")])
def test_personal_numbers_are_refused_while_they_are_typed(desk, part, field):
    """Not at the signature, when the filler has long gone home."""
    line = desk.line("冷链仓储")
    value = f"paid_jump:{line.project_id}:{desk.cell('冷链仓储')}" if part == "explain" else 1
    answer = desk.post("huma_clerk", part, {field: value, "text": "联系 13812345678"})
    assert answer.status_code in (400, 409)
    assert "手机号码" in answer.json()["detail"]


def test_a_refused_signature_shows_the_report_as_it_stands(desk):
    """A payment booked after the hand-in wants a sentence: the signature is refused, the page still says 待审签 and v1."""
    desk.fill(paid="10", started_on="2026-05-08")
    signing.hand_in(report=desk.report, by=desk.world.huma_clerk)
    allocation = desk.line("冷链仓储").cells.get(paid_to_date_yuan__isnull=False).allocation
    record_voucher(
        allocation=allocation, kind=VoucherKind.PAY, amount_yuan=Decimal(500_000), paid_on=date(2026, 11, 18), voucher_no="2026-118",
        by=desk.world.huma_finance,
    )  # fmt: skip
    desk.report.refresh_from_db()
    answer = desk.client("huma_chief").post(desk.url("sign"), {"revision": desk.report.revision, "password": "linkage-demo"})
    desk.report.refresh_from_db()
    assert desk.report.state == ReportState.SIGNING
    assert answer.context["report"].version == 0
    assert answer.context["may_sign"]


@pytest.mark.parametrize("until", ["9999-12-31T23:59", "0001-01-01T00:00"])
def test_a_deadline_at_the_end_of_time_is_refused(desk, until):
    head = desk.client("office_head")
    assert head.post("/weekly/2026-W47/deadline/", {"due_at": until, "document": "通知"}).status_code == 400
    assert head.post(desk.url("unlock"), {"until": until, "reason": "补报"}).status_code == 302
    desk.report.refresh_from_db()
    assert desk.report.unlocked_until is None


def test_reasons_of_a_return_are_read_by_those_who_read_the_whole_report(desk):
    """They speak of any row; a lead department reads those of its tasks only."""
    desk.submit(paid="10", started_on="2026-05-08")
    signing.return_for_correction(report=desk.report, by=desk.world.office, reason="农机采购数字不符")
    assert "农机采购数字不符" in desk.client("huma_clerk").get(desk.url("versions")).content.decode()
    assert "农机采购数字不符" not in desk.client("ethnic").get(desk.url("versions")).content.decode()


def test_a_rest_week_has_no_deadline_to_move(desk):
    Period.objects.filter(pk=desk.report.period_id).update(is_rest=True, rules={})
    answer = desk.client("office_head").post("/weekly/2026-W47/deadline/", {"due_at": "2026-11-21T17:00", "document": "通知"})
    assert answer.status_code == 404
