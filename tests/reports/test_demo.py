"""The demo years, a short one: the fund year 2026 up to Tuesday, 10 March, played through the actions that people call."""

from collections import Counter
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, Sum
from django.test import Client

from funds.checks import check_figures
from funds.models import Allocation, Batch, CountyAllocation, Voucher
from linkage import audit, periods
from linkage.figures import contacts
from linkage.models import Handover, Job, Matter, Region, Seat, User, Watermark
from linkage.periods import WorkCalendar
from projects.models import Method, Project
from reports.demo.play import LOADED, is_loaded, places, play
from reports.demo.script import plans
from reports.models import Period, ReportState, ReportVersion, RollUp, WeeklyReport
from tests.access.scene import taken_back

pytestmark = pytest.mark.django_db

AT = periods.moment(date(2026, 3, 10), 10)
PEOPLE = {
    "office", "office2", "office_head", "leader", "admin", "secadmin", "secaudit", "auditor", "agri", "ethnic", "forestry", "finance", "land",
    "ndrc", "housing", "transport", "water", "ecology", "huma_ethnic", "huma_forestry", "huma_implementer", "diqu_clerk", "diqu_chief",
} | {
    f"{unit}_{post}" for unit in ("mohe", "huma", "tahe", "jiagedaqi", "songling", "xinlin", "huzhong")
    for post in ("clerk", "chief", "agri", "finance", "land")
}  # fmt: skip


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Played once; gives what was said while it loaded."""
    said = []
    with django_db_blocker.unblock(), transaction.atomic():
        play(at=AT, years=1, echo=lambda *words: said.append(words))
        yield said
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _on_the_day(demo):
    with periods.clock(AT), taken_back():
        yield


@pytest.fixture
def _django_db_helper(demo):
    """In place of the plugin's own: the demo stays for the whole module, `taken_back` undoes each test."""


def test_it_says_how_far_it_is_and_that_it_is_done(demo):
    assert demo[-1] == ("已载入完成", 1, 1)
    said = [words for words, *_ in demo]
    assert said[0] == "已到 2025年11月" and "已到 2026年3月" in said
    done = [count for _, count, _ in demo[:-1]]
    assert done == sorted(done) and (done[-1], demo[-2][2]) == (23, 23), "15 February to 10 March, 9 o'clock"
    assert is_loaded()


def test_every_money_identity_holds():
    assert check_figures() == []
    assert Allocation.objects.exists()


def test_the_audit_chain_is_whole():
    assert audit.verify(at=AT) == []


def test_every_log_in_of_the_design_opens_its_home():
    assert set(User.objects.values_list("username", flat=True)) >= PEOPLE
    for username in sorted(PEOPLE):
        client = Client()
        answer = client.post("/login/", {"username": username, "password": "linkage-demo"})
        assert answer.status_code == 302, username
        if username.partition("_")[0] not in ("mohe", "tahe", "songling", "xinlin", "huzhong"):  # the same pages as huma's
            assert client.get("/").status_code == 200, username


def test_every_unit_reports_and_every_way_of_doing_a_project_occurs():
    reporting = Region.objects.reporting()
    assert reporting.count() == 8
    assert all(Project.objects.filter(unit=unit).count() >= 10 for unit in reporting)
    assert set(Project.objects.values_list("method", flat=True)) == set(Method.values)
    assert not Project.objects.exclude(project_year=2026).exists(), "one year was asked for"


def test_weeks_stand_from_january_to_the_present_one():
    keys = list(Period.objects.order_by("cutoff_at").values_list("key", flat=True))
    assert (keys[0], keys[-1]) == ("2026-W02", "2026-W11")
    assert len(keys) == len(set(keys)) == 10, "休周 are recorded too"


def test_reports_stand_in_several_states():
    states = set(WeeklyReport.objects.values_list("state", flat=True))
    assert states >= {ReportState.DRAFT, ReportState.SUBMITTED, ReportState.ACCEPTED}
    assert len(states) >= 4
    assert RollUp.objects.exists()
    assert not ReportVersion.objects.filter(signed_at__gt=AT).exists(), "nothing of the future"


def test_everybody_sits_where_the_roles_are_separated():
    for version in ReportVersion.objects.all():
        assert version.handed_in_by_id != version.signed_by_id
    held = Seat.objects.filter(role__in=("sysadmin", "secadmin", "secaudit")).values("user").annotate(n=Count("role", distinct=True))
    assert {row["n"] for row in held} == {1}


def test_nearly_every_matter_has_its_person_and_one_seat_was_handed_over():
    left = set(contacts.open_answers(AT.date()).values_list("region__slug", flat=True))
    assert left == {"huma", "songling", "xinlin", "huzhong"}
    row = Handover.objects.get()
    assert row.items.filter(kind="contacts").count() == 2 and not row.giver.is_active
    assert row.seat.until == AT.date().replace(day=5)
    assert contacts.person_for(row.region, Matter.objects.get(code="land"), AT.date()).user.username == "tahe_land"


def test_a_second_run_changes_nothing(capsys):
    before = figures()
    call_command("seed_demo")
    assert "未作改动" in capsys.readouterr().out
    with pytest.raises(ValueError, match="not empty"):
        play(at=AT, years=1, echo=print)
    assert figures() == before
    assert not Job.objects.filter(kind="load").exists()


def test_a_database_with_people_but_without_the_demo_is_refused():
    Watermark.objects.filter(name=LOADED).delete()
    with pytest.raises(CommandError, match="不是空库"):
        call_command("seed_demo")


def test_the_same_year_is_drawn_again_from_names_alone():
    """What is drawn now is what was played: never the clock, never chance."""
    drawn = sorted((p.unit, p.name, p.site, sum(p.levels.values())) for p in plans(2026, places()))
    played = Project.objects.values_list("unit__slug", "name", "site", "planned_investment_yuan")
    assert sorted(played) == drawn
    assert len(drawn) == 140


def test_names_are_those_of_the_place():
    """No name twice in a unit, over both years; the ethnic task in the Oroqen townships; county-wide ones by county and year."""
    two_years = plans(2025, places()) + plans(2026, places(), follows=True)
    names = Counter((p.unit, p.name) for p in two_years)
    assert [name for name, times in names.items() if times > 1] == []
    assert {p.site for p in two_years if p.template.task == "ethnic"} == {"白银纳鄂伦春族乡", "十八站鄂伦春族乡"}
    assert not [name for _, name in names if any(word in name for word in ("赫哲", "扶贫", "易地搬迁"))]
    assert ("huma", "呼玛县2026年雨露计划项目") in names or ("huma", "呼玛县2026年项目管理费") in names
    assert {p.site for p in two_years if p.unit == "diqu"} <= {"第一国有林场", "第二国有林场", "第三国有林场", "第一国有农场", "第二国有农场"}
    assert not [name for unit, name in names if unit in ("xinlin", "huzhong") and ("玉米" in name or "大豆" in name)]


def test_documents_and_payments_are_of_working_days():
    calendar = WorkCalendar()
    days = {*Voucher.objects.values_list("paid_on", flat=True), *Batch.objects.values_list("issued_on", flat=True)}
    days |= {*Batch.objects.values_list("received_on", flat=True), *Allocation.objects.values_list("decided_on", flat=True)}
    assert len(days) > 5
    assert [day for day in sorted(days) if not calendar.is_workday(day)] == []


def figures():
    """What a second run could change."""
    return (
        User.objects.count(), Project.objects.count(), Batch.objects.aggregate(n=Count("pk"), total=Sum("amount_yuan")),
        CountyAllocation.objects.aggregate(n=Count("pk"), total=Sum("amount_yuan")),
        Voucher.objects.aggregate(n=Count("pk"), total=Sum("amount_yuan")), WeeklyReport.objects.count(), ReportVersion.objects.count(),
    )  # fmt: skip
