"""One county, one project, one period, end to end: fill, hand in, sign, return, correct, accept, roll up.

The figures are worked out by hand: 中央 100 万元 and 省级 50 万元 arranged; 12.5 万元 paid first, corrected to 15 万元.
"""

from datetime import date
from decimal import Decimal

import pytest

from funds.models import ReportedSpending
from issues.models import IssueNote
from linkage import audit
from linkage.errors import ProblemsFound, Refusal, SamePerson, StaleRevision, WrongState
from linkage.models import AuditEvent, Notification
from projects.models import Progress, Stage
from reports.actions import filling, opening, sentences, signing
from reports.actions.filling import Edit
from reports.actions.rollup import compile_rollup
from reports.figures.timeliness import Timeliness, timeliness
from reports.models import Period, ReportState, WeeklyReport

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(world):
    return world.project(world.huma, "呼玛镇冷链仓储", amounts={"central": 1_000_000, "provincial": 500_000})


@pytest.fixture
def report(world, project):
    opening.open_due_periods(at=world.at(16))
    return WeeklyReport.objects.get(period__key="2026-W47", unit=world.huma)


def fill(report, by, at, **texts):
    """Type into the only row; `central` and `provincial` are its money cells in 万元."""
    line = report.lines.get()
    cells = {c.allocation.county_allocation.batch.level: f"cell:{c.allocation_id}" for c in line.cells.all()}
    edits = [Edit(line.pk, cells.get(place, place), text) for place, text in texts.items()]
    outcomes = filling.save_cells(report=report, edits=edits, by=by, at=at)
    assert [o.verdict for o in outcomes] == ["saved"] * len(edits), outcomes
    report.refresh_from_db()


def test_a_week_from_the_form_to_the_roll_up(world, report, project):
    period = Period.objects.get()
    assert (period.title, period.ends_on) == ("2026年第47期（11月13日—11月19日）", date(2026, 11, 19))
    assert period.due_at == world.at(20, 17)
    assert WeeklyReport.objects.get(unit=world.mohe).is_exempt, "没有项目的单位免报"

    fill(report, world.huma_clerk, world.at(20, 10), started_on="2026-05-10", physical_ratio="60", central="12.5", problem="")
    signing.hand_in(report=report, by=world.huma_clerk, revision=report.revision, at=world.at(20, 11))
    assert report.state == ReportState.SIGNING
    v1 = signing.sign(report=report, by=world.huma_chief, revision=report.revision, at=world.at(20, 15))
    assert (v1.number, v1.totals["levels"]["central"]["paid"]) == (1, "125000.00")
    assert timeliness(report, world.at(20, 15)) is Timeliness.ON_TIME
    project.refresh_from_db()
    assert (project.stage, project.physical_ratio) == (Stage.STARTED, Decimal("0.6"))

    signing.return_for_correction(
        report=report, by=world.office, reason="中央支出与凭证不符", at=world.at(20, 16), revision=report.revision,
        remarks=[signing.RemarkDraft("请核对中央累计", project.pk, "cell")],
    )  # fmt: skip
    assert ReportedSpending.objects.live().get(allocation__county_allocation__batch__level="central").paid_to_date_yuan == 125_000
    fill(report, world.huma_clerk, world.at(23, 9), central="15")
    with pytest.raises(Refusal, match="已改"):
        signing.hand_in(report=report, by=world.huma_clerk, at=world.at(23, 9))
    signing.resolve_remark(remark=report.remarks.get(), by=world.huma_clerk, answer="已按凭证改", at=world.at(23, 9))
    report.refresh_from_db()
    signing.hand_in(report=report, by=world.huma_clerk, at=world.at(23, 9, 30))
    v2 = signing.sign(report=report, by=world.huma_chief, at=world.at(23, 10))
    signing.accept(report=report, by=world.office, at=world.at(23, 11))

    assert report.state == ReportState.ACCEPTED
    assert v1.sha256 != v2.sha256
    first, second = ReportedSpending.objects.filter(allocation__county_allocation__batch__level="central").order_by("pk")
    assert (first.superseded_by, second.paid_to_date_yuan) == (second, 150_000)
    assert Progress.objects.live().count() == 1
    assert timeliness(report, world.at(24)) is Timeliness.ON_TIME, "v1 was on time"

    rollup = compile_rollup(period=period, by=world.office, at=world.at(23, 12))
    rows = {row["unit"]: row for row in rollup.content["units"]}
    assert rows["huma"]["levels"]["central"]["paid"] == "150000.00"
    assert rollup.content["totals"]["levels"]["central"]["paid"] == "150000.00"
    assert audit.seal(at=world.at(23, 13)) == AuditEvent.objects.count()
    assert audit.verify(at=world.at(23, 13)) == []


def test_nobody_signs_what_he_handed_in(world, report):
    fill(report, world.huma_clerk, world.at(20, 10), central="1", started_on="2026-05-10")
    signing.hand_in(report=report, by=world.huma_clerk, at=world.at(20, 11))
    WeeklyReport.objects.filter(pk=report.pk).update(handed_in_by=world.huma_chief)
    report.refresh_from_db()
    with pytest.raises(SamePerson):
        signing.sign(report=report, by=world.huma_chief, at=world.at(20, 12))


def test_an_unfilled_row_stands_in_the_way_of_hand_in(world, report):
    with pytest.raises(ProblemsFound) as refused:
        signing.hand_in(report=report, by=world.huma_clerk, at=world.at(20, 11))
    assert [p.code for p in refused.value.problems] == ["not_filled"]


def test_zero_report_says_that_nothing_changed_and_is_signed(world, report):
    signing.hand_in(report=report, by=world.huma_clerk, zero=True, at=world.at(20, 11))
    version = signing.sign(report=report, by=world.huma_chief, at=world.at(20, 12))
    assert version.content["is_zero"] and version.content["lines"][0]["no_change"]


def test_zero_report_is_refused_when_a_row_was_changed(world, report):
    fill(report, world.huma_clerk, world.at(20, 10), central="1", started_on="2026-05-10")
    with pytest.raises(Refusal, match="零报告"):
        signing.hand_in(report=report, by=world.huma_clerk, zero=True, at=world.at(20, 11))


def test_signing_is_refused_when_the_draft_changed_after_the_signer_looked(world, report):
    fill(report, world.huma_clerk, world.at(20, 10), central="1", started_on="2026-05-10")
    seen = report.revision
    signing.hand_in(report=report, by=world.huma_clerk, at=world.at(20, 11))
    with pytest.raises(StaleRevision):
        signing.sign(report=report, by=world.huma_chief, revision=seen, at=world.at(20, 12))
    assert not report.versions.exists()


def test_a_submitted_report_takes_no_more_keystrokes(world, report):
    fill(report, world.huma_clerk, world.at(20, 10), central="1", started_on="2026-05-10")
    signing.hand_in(report=report, by=world.huma_clerk, at=world.at(20, 11))
    with pytest.raises(WrongState, match="待审签"):
        filling.save_cells(report=report, edits=[Edit(report.lines.get().pk, "physical_ratio", "70")], by=world.huma_clerk)


def test_the_next_week_opens_prefilled_with_what_was_signed(world, report):
    fill(report, world.huma_clerk, world.at(20, 10), central="12.5", started_on="2026-05-10", physical_ratio="60")
    signing.hand_in(report=report, by=world.huma_clerk, at=world.at(20, 11))
    signing.sign(report=report, by=world.huma_chief, at=world.at(20, 12))
    opened = opening.open_due_periods(at=world.at(23))
    assert [p.key for p in opened] == ["2026-W48"]
    line = WeeklyReport.objects.get(period__key="2026-W48", unit=world.huma).lines.get()
    assert line.physical_ratio == Decimal("0.6")
    assert sorted(str(c.previous_yuan) for c in line.cells.all()) == ["0.00", "125000.00"]


def test_opening_twice_changes_nothing(world, report):
    assert opening.open_due_periods(at=world.at(16, 10)) == []
    assert WeeklyReport.objects.filter(period__key="2026-W47").count() == 4


def test_weekly_progress_of_an_open_issue_flows_into_the_ledger(world, project):
    from issues.actions.ledger import raise_issue

    issue = raise_issue(unit=world.huma, title="用地手续未办", origin="weekly", project=project, by=world.huma_clerk, at=world.at(12))
    opening.open_due_periods(at=world.at(16))
    report = WeeklyReport.objects.get(unit=world.huma)
    sentences.note_issue(report=report, issue_id=issue.pk, text="已补交材料", by=world.huma_clerk, at=world.at(20, 9))
    report.refresh_from_db()
    signing.hand_in(report=report, by=world.huma_clerk, zero=True, at=world.at(20, 11))
    signing.sign(report=report, by=world.huma_chief, at=world.at(20, 12))
    assert IssueNote.objects.get().text == "已补交材料"


def test_the_office_hears_of_a_submission_and_the_chief_of_a_hand_in(world, report):
    signing.hand_in(report=report, by=world.huma_clerk, zero=True, at=world.at(20, 11))
    assert Notification.objects.filter(user=world.huma_chief).exists()
    signing.sign(report=report, by=world.huma_chief, at=world.at(20, 12))
    assert Notification.objects.filter(user=world.office, title__contains="呼玛县").exists()


def test_a_correction_reaches_the_next_draft_that_was_already_open(world, report):
    """W47 is stated ten times too high, W48 opens with it, then W47 is corrected: untouched rows of W48 follow."""
    fill(report, world.huma_clerk, world.at(20, 10), central="75", provincial="10", started_on="2026-05-10")
    for problem in signing.check(report):
        sentences.explain(report=report, key=problem.key, text="属实", by=world.huma_clerk, at=world.at(20, 10))
    report.refresh_from_db()
    signing.hand_in(report=report, by=world.huma_clerk, at=world.at(20, 11))
    signing.sign(report=report, by=world.huma_chief, at=world.at(20, 12))
    signing.return_for_correction(report=report, by=world.office, reason="单位错误", at=world.at(20, 16))
    opening.open_due_periods(at=world.at(23))
    later = WeeklyReport.objects.get(period__key="2026-W48", unit=world.huma)
    assert sorted(c.previous_yuan for c in later.lines.get().cells.all()) == [100_000, 750_000]

    fill(report, world.huma_clerk, world.at(23, 9), central="7.5")
    signing.resolve_remark(remark=report.remarks.get(), by=world.huma_clerk, at=world.at(23, 9))
    report.refresh_from_db()
    signing.hand_in(report=report, by=world.huma_clerk, at=world.at(23, 10))
    signing.sign(report=report, by=world.huma_chief, at=world.at(23, 11))

    cells = later.lines.get().cells.all()
    assert sorted(c.previous_yuan for c in cells) == [75_000, 100_000]
    assert sorted(c.paid_to_date_yuan for c in cells) == [75_000, 100_000]
    before = later.revision
    later.refresh_from_db()
    assert later.revision > before, "an open page of W48 is told that something changed"


def test_an_explanation_goes_with_its_problem(world, report):
    """v1 states more than was arranged and says why; v2 states less, and the sentence is not signed again."""
    fill(report, world.huma_clerk, world.at(20, 10), central="150", provincial="10", started_on="2026-05-10")
    [problem] = [p for p in signing.check(report) if p.code == "paid_above"]
    sentences.explain(report=report, key=problem.key, text="待更正", by=world.huma_clerk, at=world.at(20, 10))
    report.refresh_from_db()
    signing.hand_in(report=report, by=world.huma_clerk, at=world.at(20, 11))
    first = signing.sign(report=report, by=world.huma_chief, at=world.at(20, 12))
    assert first.content["explanations"] == {problem.key: "待更正"}
    signing.return_for_correction(report=report, by=world.office, reason="请更正", at=world.at(20, 13))
    fill(report, world.huma_clerk, world.at(20, 14), central="50")
    signing.resolve_remark(remark=report.remarks.get(), by=world.huma_clerk, at=world.at(20, 14))
    report.refresh_from_db()
    signing.hand_in(report=report, by=world.huma_clerk, at=world.at(20, 15))
    assert signing.sign(report=report, by=world.huma_chief, at=world.at(20, 16)).content["explanations"] == {}
