"""The data of the size of a province, at a tiny size: complete, in agreement with themselves, only into an empty database."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from funds.checks import check_figures
from funds.figures.paid import statements_as_of, treasury_as_of
from funds.models import Allocation, Batch, CountyAllocation, ReportedSpending, Voucher
from linkage import periods
from linkage.models import FundTask, Region, User
from linkage.periods import moment
from projects.actions.project import create_project
from projects.models import Progress, Project, Stage
from reports.actions import signing
from reports.actions.opening import open_due_periods
from reports.figures.statement import digest, lines_of, statement, totals
from reports.models import Period, ReportCell, ReportLine, ReportState, ReportVersion, RollUp, WeeklyReport
from reports.scale.build import Size, build
from reports.scale.course import Course

AT = moment(date(2026, 11, 21), 9)  # Saturday after the report of 2026-W47 was due
SIZE = Size(counties=2, projects=30, weeks=4)


@pytest.fixture
def scale(db):
    with periods.clock(AT):
        build(SIZE, at=AT, echo=lambda words: None)
        yield


def test_every_project_has_a_line_in_every_period(scale):
    assert ReportLine.objects.count() == SIZE.lines == 120
    assert list(Period.objects.order_by("cutoff_at").values_list("key", flat=True)) == ["2026-W44", "2026-W45", "2026-W46", "2026-W47"]
    assert Region.objects.reporting().count() == 2
    # Every fifth project of a county has a second allocation: 15 + 3 per county, in each of four weeks.
    assert ReportCell.objects.count() == 2 * 18 * 4


def test_all_money_identities_hold(scale):
    assert check_figures(date(2026, 11, 21)) == []
    assert Voucher.objects.exists()
    assert not Batch.objects.exclude(amount_yuan=F("allocated_yuan")).exists()
    assert not CountyAllocation.objects.filter(allocated_yuan__gt=F("amount_yuan")).exists()


def test_counties_state_what_the_treasury_paid(scale):
    last = Period.objects.first()
    every = list(Allocation.objects.filter(project__unit__slug="c001").values_list("pk", flat=True))
    treasury = treasury_as_of(every, last.ends_on)
    stated = {pk: amount for pk, amount in statements_as_of(every, last.ends_on).items() if amount}
    assert stated and stated == treasury


def test_a_signed_version_is_the_statement_of_its_lines(scale):
    for version in ReportVersion.objects.select_related("report__period", "report__unit"):
        content = statement(version.report, lines_of(version.report), [])
        assert version.content == content
        assert (version.totals, version.sha256) == (totals(content), digest(content))


def test_lines_begin_with_what_was_said_before(scale):
    second = WeeklyReport.objects.get(period__key="2026-W45", unit__slug="c001")
    before = ReportVersion.objects.get(report__period__key="2026-W44", report__unit__slug="c001")
    facts = {line["project"]: line["facts"] for line in before.content["lines"]}
    assert {line.project_id: line.previous for line in second.lines.all()} == facts


def test_one_report_in_forty_is_missing_and_posts_nothing(db):
    with periods.clock(AT):
        build(Size(counties=40, projects=40, weeks=1), at=AT, echo=lambda words: None)
    missing = WeeklyReport.objects.get(state=ReportState.DRAFT)
    assert WeeklyReport.objects.filter(state=ReportState.ACCEPTED).count() == 39
    assert not missing.versions.exists()
    assert not Progress.objects.filter(project__unit=missing.unit).exists()
    assert not ReportedSpending.objects.filter(allocation__project__unit=missing.unit).exists()
    content = RollUp.objects.get().content
    assert [row["name"] for row in content["units"] if row["version"] is None] == [missing.unit.name]


def test_projects_stand_where_their_last_statement_left_them(scale):
    for project in Project.objects.all():
        said = Progress.objects.filter(project=project).latest("as_of")
        assert (project.started_on, project.physical_ratio, project.finished_on) == (said.started_on, said.physical_ratio, said.finished_on)
    assert set(Project.objects.values_list("stage", flat=True)) >= {Stage.PLANNED, Stage.STARTED}


def test_the_office_goes_on_with_the_next_week(scale):
    """The next period opens, prefilled, and a county files it through the ordinary actions."""
    monday = moment(date(2026, 11, 23), 9)
    with periods.clock(monday):
        (period,) = open_due_periods(at=monday)
        report = period.reports.select_related("unit").get(unit__slug="c001")
        assert report.lines.count() == 15
        report.lines.update(no_change=True)
        signing.hand_in(report=report, by=User.objects.get(username="c001_clerk"), at=monday)
        signing.sign(report=report, by=User.objects.get(username="c001_chief"), early=True, at=monday)
    assert check_figures(date(2026, 11, 23)) == []


def test_a_project_is_paid_in_full_and_never_beyond_its_work():
    course = Course(14, date(2026, 1, 1), date(2026, 11, 19))  # works
    assert course.paid(Decimal(100), date(2030, 1, 1)) == Decimal(100)
    for month in range(1, 13):
        facts = course.facts(date(2026, month, 1))
        assert not facts or facts["completed_investment_yuan"] >= course.paid(sum(course.amounts), date(2026, month, 1))


def test_a_database_in_use_is_refused(world):
    with pytest.raises(CommandError, match="数据库不是空的"):
        call_command("seed_scale", counties=1, projects=1, weeks=1, stdout=StringIO())
    assert not FundTask.objects.exclude(pk__in=[task.pk for task in world.tasks.values()]).exists()


def test_new_projects_are_numbered_behind_those_of_the_data(scale):
    unit, clerk = Region.objects.get(slug="c001"), User.objects.get(username="c001_clerk")
    made = create_project(
        unit=unit, by=clerk, at=AT, name="新登记项目", task=FundTask.objects.first(), method="works", project_year=2026,
        planned_investment_yuan=Decimal(10_000),
    )  # fmt: skip
    assert made.code == "C001-2026-0016"


@pytest.mark.parametrize("size", [{"counties": 0}, {"counties": 5, "projects": 4}, {"weeks": 0}])
def test_impossible_sizes_are_refused(db, size):
    with pytest.raises(CommandError, match="at least one project"):
        call_command("seed_scale", **size, stdout=StringIO())


def test_the_command_tells_how_far_it_is(db):
    said = StringIO()
    with periods.clock(AT):
        call_command("seed_scale", counties=1, projects=2, weeks=2, stdout=said)
    assert "累计 4 行（2/2 期）" in said.getvalue()
