"""What a seat gives: dated, by region, by task, by function; nothing without one."""

from datetime import date

import pytest

from issues.models import Issue
from linkage import access
from linkage.access import ScopeFields, forget_grants, grants_of, may, sees_whole
from linkage.models import Function, Organisation, OrganisationFunction, Region, Role, Seat, TaskLead, User
from linkage.permissions import ROLE_BREADTH, ROLE_PERMISSIONS
from projects.models import Project
from tests.world import SINCE


def names(user):
    return set(Project.objects.visible_to(user).values_list("name", flat=True))


@pytest.fixture
def projects(world):
    world.project(world.huma, "呼玛冷链")
    world.project(world.huma, "呼玛民族村", task=world.tasks["ethnic"])
    world.project(world.mohe, "漠河晒场")
    world.project(world.diqu, "林场道路", task=world.tasks["forest"])
    return world


def test_every_role_has_a_line_in_both_tables():
    assert set(ROLE_BREADTH) == set(ROLE_PERMISSIONS) == set(Role.values)


def test_a_person_without_a_seat_has_nothing(projects):
    nobody = User.objects.create(username="nobody", name="新来的")
    assert grants_of(nobody) == ()
    assert names(nobody) == set()
    assert not may(nobody, "period.read")


def test_a_closed_account_has_nothing_whatever_its_seats(projects):
    projects.office.is_active = False
    assert grants_of(projects.office) == ()
    assert names(projects.office) == set()


def test_a_superuser_flag_gives_nothing(projects):
    root = User.objects.create(username="root", name="超级", is_superuser=True, is_staff=True)
    assert names(root) == set()
    assert not may(root, "audit.read")


@pytest.mark.parametrize("day, has", [(9, False), (10, True), (12, True), (13, False)])
def test_a_seat_counts_from_its_first_to_its_last_day(world, day, has):
    user = User.objects.create(username="guest", name="借调")
    Seat.objects.create(user=user, role=Role.COUNTY_CLERK, region=world.huma, since=date(2026, 11, 10), until=date(2026, 11, 12))
    assert bool(grants_of(user, date(2026, 11, day))) is has


def test_a_county_sees_its_own_and_nothing_of_the_neighbour(projects):
    assert names(projects.huma_clerk) == {"呼玛冷链", "呼玛民族村"}
    assert names(projects.mohe_clerk) == {"漠河晒场"}
    assert names(projects.diqu_clerk) == {"林场道路"}


def test_the_office_and_the_leader_see_every_unit(projects):
    everything = {"呼玛冷链", "呼玛民族村", "漠河晒场", "林场道路"}
    assert names(projects.office) == names(projects.leader) == names(projects.auditor) == everything


def test_a_lead_department_sees_the_tasks_it_leads(projects):
    assert names(projects.agri) == {"呼玛冷链", "漠河晒场"}
    assert names(projects.ethnic) == {"呼玛民族村"}
    assert names(projects.huma_agri) == {"呼玛冷链"}


def test_finance_sees_all_tasks_and_keeps_the_vouchers(projects):
    assert names(projects.finance) == {"呼玛冷链", "呼玛民族村", "漠河晒场", "林场道路"}
    assert names(projects.huma_finance) == {"呼玛冷链", "呼玛民族村"}
    assert may(projects.huma_finance, "voucher.record", projects.huma)
    assert not may(projects.huma_finance, "voucher.record", projects.mohe)
    assert not may(projects.huma_agri, "voucher.record", projects.huma)


def test_a_function_that_has_ended_gives_nothing_more(projects):
    OrganisationFunction.objects.filter(organisation=projects.huma_finance_bureau).update(until=date(2026, 11, 15))
    assert not may(projects.huma_finance, "voucher.record", projects.huma)
    assert names(projects.huma_finance) == set()


def test_a_task_that_changed_hands_is_seen_by_the_new_lead(projects):
    lead = TaskLead.objects.get(task=projects.tasks["ethnic"], organisation=projects.huma_ethnic_bureau)
    lead.until = date(2026, 10, 31)
    lead.save()
    TaskLead.objects.create(task=projects.tasks["ethnic"], organisation=projects.huma_agri_bureau, since=date(2026, 11, 1))
    assert names(projects.huma_ethnic) == set()
    assert names(projects.huma_agri) == {"呼玛冷链", "呼玛民族村"}


def test_a_merged_bureau_has_what_each_of_its_functions_gives(projects):
    """A small 区 with one bureau for agriculture and finance (features 1.2)."""
    bureau = Organisation.objects.create(name="农业农村和财政局", region=projects.mohe)
    for function in (Function.AGRI, Function.FINANCE):
        OrganisationFunction.objects.create(organisation=bureau, function=function, since=SINCE)
    TaskLead.objects.create(task=projects.tasks["consolidate"], organisation=bureau, since=SINCE)
    projects.project(projects.mohe, "漠河民族村", task=projects.tasks["ethnic"])
    person = User.objects.create(username="merged", name="合并局")
    Seat.objects.create(user=person, role=Role.COUNTY_DEPT, organisation=bureau, region=projects.mohe, since=SINCE)

    assert names(person) == {"漠河晒场", "漠河民族村"}
    assert may(person, "voucher.record", projects.mohe)
    assert may(person, "weekly.fill_dealt", projects.mohe)


def test_an_implementer_sees_its_own_projects(projects):
    Project.objects.filter(name="呼玛冷链").update(implementer=projects.huma_implementer_bureau)
    assert names(projects.huma_implementer) == {"呼玛冷链"}


def test_the_three_keepers_see_no_business_data(projects):
    for keeper in (projects.admin, projects.secadmin, projects.secaudit):
        assert names(keeper) == set()
        assert not may(keeper, "period.read")


def test_an_acting_holder_has_the_seat_s_rights_and_the_ordinary_seat_goes_first(world):
    own = Seat.objects.get(user=world.huma_clerk)
    chief = Seat.objects.get(user=world.huma_chief)
    acting = Seat.objects.create(
        user=world.huma_clerk, role=Role.COUNTY_CHIEF, region=world.huma, since=date(2026, 11, 1), until=date(2026, 11, 30),
        acting_for=chief,
    )  # fmt: skip
    sign = access.seat_for(world.huma_clerk, "weekly.sign", world.huma)
    assert (sign.seat_id, sign.is_acting) == (acting.pk, True)
    assert f"（代{world.huma_chief}）" in sign.label
    assert access.seat_for(world.huma_clerk, "issue.raise", world.huma).seat_id == own.pk


def test_grants_are_kept_for_a_request_and_can_be_forgotten(world):
    assert may(world.huma_clerk, "weekly.fill", world.huma)
    Seat.objects.filter(user=world.huma_clerk).update(until=date(2026, 11, 1))
    assert may(world.huma_clerk, "weekly.fill", world.huma)
    forget_grants(world.huma_clerk)
    assert not may(world.huma_clerk, "weekly.fill", world.huma)


def test_grants_cost_at_most_three_queries(world, django_assert_num_queries):
    with django_assert_num_queries(3):
        grants_of(world.agri)
    with django_assert_num_queries(1):
        grants_of(world.huma_clerk)


def test_other_days_are_read_from_what_is_known(world, django_assert_num_queries):
    """Seats, functions and leads are read once; each day counts those in force on it, first and last day included."""
    lead = TaskLead.objects.get(task=world.tasks["consolidate"], organisation=world.agri_bureau)
    lead.until = date(2026, 10, 31)
    lead.save()
    Seat.objects.filter(user=world.agri).update(since=date(2026, 10, 31), until=date(2026, 11, 2))
    with django_assert_num_queries(3):
        days = {day: grants_of(world.agri, day) for day in (date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 3))}
    assert [len(grants) for grants in days.values()] == [1 if has else 0 for has in (False, True, True, False)]
    assert [grant.task_ids for grants in days.values() for grant in grants] == [{lead.task_id}, set()]


def test_a_slug_that_begins_like_another_does_not_let_in(world):
    """Paths end in a slash: 'huma' does not cover 'humahe'."""
    other = Region.objects.create(slug="humahe", name="呼玛河", kind="county", parent=world.prefecture, display_order=9)
    assert other.path == "hlj/dxal/humahe/"
    assert not may(world.huma_clerk, "weekly.fill", other)


def test_the_whole_is_seen_by_those_who_see_every_unit_and_task(world):
    assert sees_whole(world.office, "hlj/dxal/")
    assert sees_whole(world.finance, "hlj/dxal/")
    assert sees_whole(world.huma_clerk, "hlj/dxal/huma/")
    assert not sees_whole(world.huma_clerk, "hlj/dxal/")
    assert not sees_whole(world.agri, "hlj/dxal/")


def test_the_body_that_leads_a_rectification_acts_whatever_the_task(world):
    values = {
        "title": "用地", "unit": world.huma, "origin": "weekly", "raised_on": date(2026, 11, 2), "due_on": date(2026, 11, 30),
        "created_at": world.at(2),
    }  # fmt: skip
    led = Issue.objects.create(code="HM-2026-0001", lead=world.huma_agri_bureau, **values)
    foreign = Issue.objects.create(code="HM-2026-0002", task=world.tasks["ethnic"], **values)
    assert may(world.huma_agri, "issue.rectify", led)
    assert not may(world.huma_agri, "issue.rectify", foreign)


def test_drafts_are_in_the_scope_of_the_unit_s_own_seats_only(world):
    fields = ScopeFields("unit__path", "task_id")
    world.project(world.huma, "呼玛冷链")
    assert Project.objects.filter(access.county_scope(world.huma_clerk, fields)).count() == 1
    assert Project.objects.filter(access.county_scope(world.office, fields)).count() == 0
