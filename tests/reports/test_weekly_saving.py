"""Autosave of the weekly grid: every typed cell is answered for, whoever sends it and whatever has happened meanwhile."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from funds.models import Voucher
from issues.models import Issue
from linkage import access
from linkage.errors import Refusal
from linkage.models import DictionaryEntry, Notification, Role, Seat
from reports.actions import deadlines, dealing, filling, gate, sentences, signing
from reports.actions.filling import Edit
from reports.figures.statement import lines_of
from reports.models import ReportCell, ReportState, WeeklyReport

pytestmark = pytest.mark.django_db

STORE = "冷链仓储"


def edit(line, place, text, base=None):
    return {"edits": [{"line": line.pk, "place": place, "text": text, "base": base}]}


def paid(desk, name=STORE, level="central"):
    return ReportCell.objects.get(line__project__name=name, allocation__county_allocation__batch__level=level).paid_to_date_yuan


def test_a_typed_cell_is_saved_and_the_new_state_comes_back(desk):
    answer = desk.post("huma_clerk", "cells", edit(desk.line(STORE), desk.cell(STORE), "18.25"))

    body = answer.json()
    assert answer.status_code == 200
    assert [(o["verdict"], o["value"]) for o in body["outcomes"]] == [("saved", "182500.00")]
    assert paid(desk) == Decimal("182500.00")
    assert (body["revision"], body["filled"], body["at"]) == (1, [1, 3], "12:00:00")
    assert {p["key"].split(":")[0] for p in body["problems"]} == {"not_filled", "paid_before_start"}
    assert body["open"] == 2, "两行未填；提示不算"


def test_what_cannot_be_read_is_answered_at_its_cell_and_the_rest_is_saved(desk):
    line = desk.line(STORE)
    body = {"edits": [
        {"line": line.pk, "place": "physical_ratio", "text": "abc", "base": None},
        {"line": line.pk, "place": "started_on", "text": "2026年5月8日", "base": None},
    ]}  # fmt: skip
    outcomes = desk.post("huma_clerk", "cells", body).json()["outcomes"]

    assert [o["verdict"] for o in outcomes] == ["error", "saved"]
    assert "百分数" in outcomes[0]["message"]
    assert str(desk.line(STORE).started_on) == "2026-05-08"


def test_two_people_in_one_cell_the_later_one_is_shown_whose_value_stands(desk):
    line, place = desk.line(STORE), desk.cell(STORE)
    desk.post("huma_clerk", "cells", edit(line, place, "10"))

    outcome = desk.post("huma_clerk", "cells", edit(line, place, "12", base=None)).json()["outcomes"][0]
    assert (outcome["verdict"], outcome["value"]) == ("conflict", "100000.00")
    assert str(desk.world.huma_clerk) in outcome["message"]
    assert paid(desk) == 100_000

    chosen = desk.post("huma_clerk", "cells", edit(line, place, "12", base="100000.00")).json()["outcomes"][0]
    assert (chosen["verdict"], paid(desk)) == ("saved", Decimal("120000.00"))


def test_a_sentence_somebody_else_has_written_is_not_overwritten_unseen(desk):
    key = f"paid_fell:{desk.line(STORE).project_id}:{desk.cell(STORE)}"
    sentences.explain(report=desk.report, key=key, text="退款", by=desk.world.huma_clerk)

    answer = desk.post("huma_clerk", "explain", {"key": key, "text": "更正", "base": ""})
    assert (answer.status_code, answer.json()["code"], answer.json()["fields"]) == (409, "conflict", {"standing": "退款"})
    assert desk.post("huma_clerk", "explain", {"key": key, "text": "退款", "base": ""}).status_code == 200, "the same words are no conflict"
    assert desk.post("huma_clerk", "explain", {"key": key, "text": "更正", "base": "退款"}).status_code == 200
    desk.report.refresh_from_db()
    assert desk.report.explanations[key] == "更正"


def test_the_same_value_sent_twice_is_no_conflict(desk):
    """The line broke after the server had saved: the second sending finds its own value."""
    line, place = desk.line(STORE), desk.cell(STORE)
    desk.post("huma_clerk", "cells", edit(line, place, "10"))
    again = desk.post("huma_clerk", "cells", edit(line, place, "10", base=None))
    assert again.json()["outcomes"][0]["verdict"] == "unchanged"


def test_a_row_of_another_report_is_not_found_and_not_written(desk):
    foreign = WeeklyReport.objects.get(unit=desk.world.mohe).lines.get()
    outcome = desk.post("huma_clerk", "cells", edit(foreign, "physical_ratio", "99")).json()["outcomes"][0]
    assert (outcome["verdict"], outcome["value"]) == ("error", None)
    assert "北极村" not in outcome["message"]
    foreign.refresh_from_db()
    assert foreign.physical_ratio is None


def test_an_allocation_of_another_row_is_refused(desk):
    outcome = desk.post("huma_clerk", "cells", edit(desk.line("农机采购"), desk.cell(STORE), "5")).json()["outcomes"][0]
    assert outcome["verdict"] == "error"
    assert paid(desk) is None


def test_a_foreign_organisation_is_no_choice(desk):
    foreign = desk.world.mohe_agri_bureau
    outcome = desk.post("huma_clerk", "cells", edit(desk.line(STORE), "holder", str(foreign.pk))).json()["outcomes"][0]
    assert (outcome["verdict"], outcome["message"]) == ("error", "请从列表中选择。")


def test_a_purchase_is_not_asked_for_construction_figures(desk):
    outcome = desk.post("huma_clerk", "cells", edit(desk.line("农机采购"), "physical_ratio", "50")).json()["outcomes"][0]
    assert (outcome["verdict"], outcome["message"]) == ("error", "该实施方式的项目不填这一栏。")


@pytest.mark.parametrize("body", [
    {}, {"edits": []}, {"edits": "x"}, {"edits": [{"line": "1", "place": "problem", "text": "x"}]},
    {"edits": [{"line": 1, "place": "problem", "text": "x" * 1001}]}, {"edits": [{"line": 1, "place": "problem", "text": "x", "base": [1]}]},
    {"edits": [{"line": True, "place": "problem", "text": "x"}]}, {"edits": [{"line": 1, "place": "problem", "text": "x", "more": 1}]}, [1],
])  # fmt: skip
def test_unreadable_bodies_are_refused(desk, body):
    answer = desk.post("huma_clerk", "cells", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_after_the_hand_in_nothing_is_written(desk):
    desk.fill()
    signing.hand_in(report=desk.report, by=desk.world.huma_clerk)
    answer = desk.post("huma_clerk", "cells", edit(desk.line(STORE), desk.cell(STORE), "9"))
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert paid(desk) is None


def test_a_locked_report_says_since_when_and_who_can_open_it(desk):
    WeeklyReport.objects.filter(pk=desk.report.pk).update(locks_at=desk.world.at(20, 11))
    answer = desk.post("huma_clerk", "cells", edit(desk.line(STORE), desk.cell(STORE), "9"))
    assert (answer.status_code, answer.json()["code"]) == (409, "locked")
    assert "11月20日 11:00" in answer.json()["detail"]
    assert "申请解锁" in answer.json()["detail"]


def test_a_returned_report_can_be_corrected(desk):
    desk.submit(paid="10", started_on="2026-05-08")
    signing.return_for_correction(report=desk.report, by=desk.world.office, reason="请核对")
    answer = desk.post("huma_clerk", "cells", edit(desk.line(STORE), desk.cell(STORE), "11", base="100000.00"))
    assert answer.json()["outcomes"][0]["verdict"] == "saved"


def test_nothing_is_written_under_another_log_in(desk):
    """The page was opened by the clerk; meanwhile somebody else logged in on the shared machine."""
    answer = desk.post("huma_chief", "cells", edit(desk.line(STORE), desk.cell(STORE), "9"), **{"x-page-user": str(desk.world.huma_clerk.pk)})
    assert (answer.status_code, answer.json()["code"]) == (409, "other_user")


@pytest.mark.parametrize(("who", "status"), [
    ("huma_chief", 403), ("office", 403), ("agri", 403), ("leader", 403), ("mohe_clerk", 404), ("admin", 404), ("huma_implementer", 404),
])  # fmt: skip
def test_only_the_county_types_and_strangers_see_nothing(desk, who, status):
    answer = desk.post(who, "cells", edit(desk.line(STORE), desk.cell(STORE), "9"))
    assert answer.status_code == status
    assert STORE not in answer.content.decode()
    assert paid(desk) is None


def test_without_a_log_in_the_script_is_sent_to_it(desk, client):
    answer = client.post(desk.url("cells"), "{}", content_type="application/json")
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/login/")


def test_a_department_fills_the_rows_dealt_to_it_and_no_others(desk):
    w = desk.world
    dealing.deal_out(report=desk.report, task=w.tasks["ethnic"], organisation=w.huma_ethnic_bureau, by=w.huma_clerk)

    own = desk.post("huma_ethnic", "cells", edit(desk.line("民族村寨"), "problem", "待验收"))
    assert own.json()["outcomes"][0]["verdict"] == "saved"
    assert own.json()["filled"] == [1, 1], "部门只数自己的行"

    foreign = desk.post("huma_ethnic", "cells", edit(desk.line(STORE), "problem", "不该写"))
    assert foreign.json()["outcomes"][0]["message"] == "这一行分给了其他部门填报。"
    assert desk.line(STORE).problem == ""


def test_the_rest_is_marked_unchanged_in_one_go(desk):
    desk.post("huma_clerk", "cells", edit(desk.line(STORE), desk.cell(STORE), "9"))
    answer = desk.post("huma_clerk", "rest", {}).json()
    assert answer["message"] == "已将其余 2 行标为“本期无变化”。"
    assert [row["same"] for row in answer["sheet"]["rows"]] == [False, True, True]


def test_the_treasurys_figure_is_taken_over_for_one_row_or_all(desk):
    w = desk.world
    for name, amount in ((STORE, 120_000), ("农机采购", 80_000)):
        allocation = desk.line(name).cells.get(allocation__county_allocation__batch__level="central").allocation
        Voucher.objects.create(
            unit=w.huma, project=allocation.project, allocation=allocation, amount_yuan=amount, paid_on=w.at(18).date(), known_at=w.at(19),
            key=f"k{amount}",
        )  # fmt: skip
    answer = desk.post("huma_clerk", "treasury", {"line": desk.line(STORE).pk}).json()
    assert (answer["message"], paid(desk), paid(desk, "农机采购")) == ("已按财政数带入 1 格。", 120_000, None)
    desk.post("huma_clerk", "treasury", {})
    assert paid(desk, "农机采购") == 80_000


def test_a_new_project_is_added_with_its_row(desk):
    desk.world.project(desk.world.huma, "新下达的项目", amounts={"central": 100_000})
    answer = desk.post("huma_clerk", "sync", {}).json()
    assert answer["message"] == "已补入 1 个项目。"
    assert [row["name"] for row in answer["sheet"]["rows"]][-1] == "新下达的项目"


def test_a_sentence_settles_a_question(desk):
    line = desk.line(STORE)
    answer = desk.post("huma_clerk", "cells", edit(line, desk.cell(STORE), "120")).json()
    problem = next(p for p in answer["problems"] if p["key"].startswith("paid_above:"))
    assert problem["severity"] == "explain"
    after = desk.post("huma_clerk", "explain", {"key": problem["key"], "text": "含上年结转"}).json()
    assert next(p for p in after["problems"] if p["key"] == problem["key"])["said"] == "含上年结转"
    assert after["open"] == answer["open"] - 1


def test_the_weeks_progress_of_an_issue_is_kept_and_foreign_issues_are_not_found(desk):
    w = desk.world
    values = {"origin": "weekly", "raised_on": w.at(2).date(), "due_on": w.at(30).date(), "created_at": w.at(2)}
    own = Issue.objects.create(code="HM-1", title="手续未办", unit=w.huma, **values)
    foreign = Issue.objects.create(code="MH-1", title="别县的问题", unit=w.mohe, **values)
    desk.report.issue_notes.create(issue=own)
    assert desk.post("huma_clerk", "note", {"issue": own.pk, "text": "已受理"}).status_code == 200
    assert desk.report.issue_notes.get().text == "已受理"
    assert desk.post("huma_clerk", "note", {"issue": foreign.pk, "text": "x"}).status_code == 409


def test_saving_asks_the_same_number_of_questions_for_one_cell_and_for_twenty(desk):
    for number in range(20):
        desk.world.project(desk.world.huma, f"项目{number}", amounts={"central": 100_000})
    filling.sync_lines(report=desk.report, by=desk.world.huma_clerk)
    client = desk.client("huma_clerk")
    lines = list(desk.report.lines.filter(project__name__startswith="项目"))

    def queries(count):
        body = {"edits": [{"line": line.pk, "place": "problem", "text": f"第{count}", "base": "any"} for line in lines[:count]]}
        with CaptureQueriesContext(connection) as seen:
            assert client.post(desk.url("cells"), body, content_type="application/json").status_code == 200
        return len(seen)

    assert queries(1) == queries(20)


def test_a_reminder_reaches_the_department_once_a_day(desk):
    w = desk.world
    dealing.deal_out(report=desk.report, task=w.tasks["ethnic"], organisation=w.huma_ethnic_bureau, by=w.huma_clerk)
    for _ in range(2):
        desk.client("huma_clerk").post(desk.url("remind", w.huma_ethnic_bureau.pk))
    assert Notification.objects.filter(user=w.huma_ethnic).count() == 1


def test_an_empty_edit_of_the_state_machine_is_no_way_round_the_signer(desk):
    """Typing raises the revision, so a hand-in seen before is refused afterwards."""
    desk.fill()
    seen = desk.report.revision
    filling.save_cells(report=desk.report, edits=[Edit(desk.line(STORE).pk, "problem", "")], by=desk.world.huma_clerk)
    desk.client("huma_clerk").post(desk.url("hand-in"), {"revision": seen})
    desk.report.refresh_from_db()
    assert desk.report.state == ReportState.DRAFT


def test_taking_the_tick_away_leaves_an_untouched_row_unfilled(desk):
    line = desk.line(STORE)
    desk.post("huma_clerk", "cells", edit(line, "no_change", "1", base=False))
    assert desk.post("huma_clerk", "cells", edit(line, "no_change", "0", base=True)).json()["filled"] == [0, 3]
    desk.post("huma_clerk", "cells", edit(line, desk.cell(STORE), "5"))
    assert desk.post("huma_clerk", "cells", edit(line, "no_change", "1", base=False)).json()["filled"] == [1, 3]
    assert desk.post("huma_clerk", "cells", edit(line, "no_change", "0", base=True)).json()["filled"] == [1, 3], "改过的行仍算已填"


def test_personal_numbers_are_refused_at_the_cell(desk):
    outcome = desk.post("huma_clerk", "cells", edit(desk.line(STORE), "problem", "联系人电话 13845671234")).json()["outcomes"][0]
    assert outcome["verdict"] == "error"
    assert "手机号码" in outcome["message"]
    assert desk.line(STORE).problem == ""


def test_a_department_explains_and_notes_only_what_is_its_own(desk):
    w = desk.world
    dealing.deal_out(report=desk.report, task=w.tasks["ethnic"], organisation=w.huma_ethnic_bureau, by=w.huma_clerk)
    foreign, own = desk.line(STORE), desk.line("民族村寨")
    assert desk.post("huma_ethnic", "explain", {"key": f"paid_jump:{foreign.project_id}:x", "text": "不该写"}).status_code == 403
    assert desk.post("huma_ethnic", "explain", {"key": f"paid_jump:{own.project_id}:x", "text": "属实"}).status_code == 200
    issue = Issue.objects.create(
        code="HM-9", title="冷链库手续", unit=w.huma, task=w.tasks["consolidate"], project=foreign.project, origin="weekly",
        raised_on=w.at(2).date(), due_on=w.at(30).date(), created_at=w.at(2),
    )  # fmt: skip
    desk.report.issue_notes.create(issue=issue)
    assert desk.post("huma_ethnic", "note", {"issue": issue.pk, "text": "不该写"}).status_code == 409


def test_a_decision_without_the_revision_that_was_seen_is_not_taken(desk):
    desk.fill()
    desk.client("huma_clerk").post(desk.url("hand-in"), {})
    desk.report.refresh_from_db()
    assert desk.report.state == ReportState.DRAFT


def test_who_acts_for_a_second_department_fills_its_rows_too(desk):
    """周工 of the 民宗局 represents the 林草局 for a while: both departments' rows are his, his own seat or not."""
    w = desk.world
    for task, bureau in (("ethnic", w.huma_forestry_bureau), ("consolidate", w.huma_ethnic_bureau)):
        dealing.deal_out(report=desk.report, task=w.tasks[task], organisation=bureau, by=w.huma_clerk)
    dealt = desk.line("民族村寨")
    assert not gate.may_edit_line(w.huma_ethnic, desk.report, dealt)
    Seat.objects.create(
        user=w.huma_ethnic, role=Role.COUNTY_DEPT, region=w.huma, organisation=w.huma_forestry_bureau, since=w.at(1).date(),
        until=w.at(30).date(), acting_for=w.huma_forestry.seats.get(),
    )  # fmt: skip
    access.forget_grants(w.huma_ethnic)
    assert gate.may_edit_line(w.huma_ethnic, desk.report, dealt)
    assert gate.may_edit_line(w.huma_ethnic, desk.report, desk.line(STORE))
    assert desk.post("huma_ethnic", "cells", edit(dealt, "physical_ratio", "40")).json()["outcomes"][0]["verdict"] == "saved"


def test_a_report_in_the_signers_hands_is_not_exempted(desk):
    desk.fill(paid="10", started_on="2026-05-08")
    signing.hand_in(report=desk.report, by=desk.world.huma_clerk)
    with pytest.raises(Refusal, match="提交审签"):
        deadlines.exempt(report=desk.report, by=desk.world.office_head, reason="系统故障")


def test_money_left_after_acceptance_is_asked_for_until_its_step_is_named(desk):
    desk.fill(started_on="2026-05-08", finished_on="2026-09-01", accepted_on="2026-10-01", physical_ratio="100", paid="10")

    def asked():
        return "accepted_unpaid" in {problem.code for problem in signing.check(desk.report, lines_of(desk.report))}

    def name_step(code):
        entry, _ = DictionaryEntry.objects.get_or_create(kind="step", code=code, defaults={"name": code})
        desk.fill(step=str(entry.pk))

    assert asked()
    name_step("retention")
    assert not asked(), "质保金 says where the rest waits"
    name_step("paid")
    assert asked(), "已支付 contradicts the money that is left"
    desk.fill(problem="质保金待期满后支付", measures="期满即付")
    assert not asked(), "a sentence answers it too"
