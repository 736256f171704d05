"""累计支出 of ten times the money and more: not refused, for it may be true, but asked twice and shown to the office (features 5.4)."""

from decimal import Decimal

import pytest

from linkage.errors import ProblemsFound
from linkage.models import Notification
from reports.actions import sentences, signing
from reports.figures.statement import is_far_above

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("paid", "amount", "far"), [(1000, 100, True), ("999.99", 100, False), (1000, 0, False), (0, 0, False)])
def test_ten_times_is_the_edge(paid, amount, far):
    assert is_far_above(Decimal(paid), Decimal(amount)) is far


@pytest.fixture
def typed_in_yuan(desk):
    """The clerk has typed 1000 as if it were 万元, ten times the 100 万元 arranged, and explained the rest."""
    desk.fill(paid="1000", started_on="2026-05-10")
    for problem in signing.check(desk.report):
        if problem.severity == "explain" and problem.code != "paid_far_above":
            sentences.explain(report=desk.report, key=problem.key, text="属实", by=desk.world.huma_clerk)
    desk.report.refresh_from_db()
    return desk


def far(desk):
    return next(problem for problem in signing.check(desk.report) if problem.code == "paid_far_above")


def test_it_takes_the_place_of_the_milder_question_and_names_both_amounts(typed_in_yuan):
    found = {problem.code for problem in signing.check(typed_in_yuan.report)}
    assert "paid_far_above" in found and "paid_above" not in found
    assert "累计支出 1,000.00 万元，达到安排 100.00 万元的 10 倍以上" in far(typed_in_yuan).message


@pytest.mark.parametrize("text", ["", "属实", "属实属实属实属实属"])
def test_a_short_sentence_does_not_do(typed_in_yuan, text):
    sentences.explain(report=typed_in_yuan.report, key=far(typed_in_yuan).key, text=text, by=typed_in_yuan.world.huma_clerk)
    with pytest.raises(ProblemsFound) as found:
        signing.hand_in(report=typed_in_yuan.report, by=typed_in_yuan.world.huma_clerk)
    assert [problem.code for problem in found.value.problems] == ["paid_far_above"]


def test_what_is_true_goes_through_and_the_office_is_shown_it(typed_in_yuan):
    w = typed_in_yuan.world
    sentences.explain(report=typed_in_yuan.report, key=far(typed_in_yuan).key, text="凭证 0012 号，上级追加资金尚未分解", by=w.huma_clerk)
    typed_in_yuan.report.refresh_from_db()
    signing.hand_in(report=typed_in_yuan.report, by=w.huma_clerk)
    signing.sign(report=typed_in_yuan.report, by=w.huma_chief)
    notice = Notification.objects.get(user=w.office, title__contains="已上报")
    assert "有 1 处累计支出达到安排的 10 倍以上，请重点核对" in notice.body
    page = typed_in_yuan.client("office").get(typed_in_yuan.url()).content.decode()
    assert "请重点核对" in page and "中央资金累计支出 1,000.00 万元，安排 100.00 万元" in page
    assert "请重点核对" not in typed_in_yuan.client("ethnic").get(typed_in_yuan.url()).content.decode()


def test_the_grid_knows_how_long_the_sentence_has_to_be(typed_in_yuan):
    page = typed_in_yuan.client("huma_clerk").get(typed_in_yuan.url()).content.decode()
    assert '"need":10' in page
