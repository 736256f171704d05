"""What is missing in who is who, told to those who can close it (features 1.2, 1.3)."""

from datetime import date

import pytest

from linkage import reference
from linkage.figures import gaps
from linkage.models import (
    FundTask,
    Matter,
    MemberPost,
    Region,
    Responsibility,
    Role,
    Seat,
    TaskForce,
    TaskForceMember,
    TaskLead,
    User,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 16)


@pytest.fixture
def ground(db):
    """The reference data alone: nobody in any seat."""
    reference.load()


def of(code: str, slug: str = "") -> list[gaps.Gap]:
    return [gap for gap in gaps.all_gaps(on=DAY) if gap.code == code and (not slug or gap.region.slug == slug)]


def test_relief_work_is_the_only_task_without_a_lead(ground):
    assert [gap.title for gap in of("lead")] == ["“以工代赈”没有牵头单位"]
    assert of("lead")[0].region.slug == "dxal"


def test_a_lead_closes_the_gap_from_its_first_day_to_its_last(ground):
    task = FundTask.objects.get(code="relief")
    lead = TaskLead.objects.create(
        task=task,
        organisation=Region.objects.get(slug="dxal").organisations.get(name="地区发展和改革委员会"),
        since=DAY,
    )
    assert of("lead") == []
    lead.since, lead.until = date(2026, 1, 1), date(2026, 11, 15)
    lead.save()
    assert len(of("lead")) == 1


def test_a_county_without_its_founding_document_is_a_gap(ground):
    assert {gap.region.slug for gap in of("document")} == {
        "mohe",
        "huma",
        "tahe",
        "jiagedaqi",
        "songling",
        "xinlin",
        "huzhong",
    }
    TaskForce.objects.filter(region__slug="huma").update(document="呼政办发〔2026〕3号")
    assert of("document", "huma") == []


def test_a_region_without_task_force_is_told_once_and_not_for_its_document(ground):
    TaskForce.objects.get(region__slug="tahe").delete()
    assert [gap.code for gap in gaps.all_gaps(on=DAY) if gap.region.slug == "tahe" and gap.clause == "二(一)"] == [
        "taskforce", "contact",
    ]  # fmt: skip


def test_an_acting_leader_closes_the_gap_only_for_the_time(ground):
    force = TaskForce.objects.get(region__slug="huma")
    TaskForceMember.objects.create(
        taskforce=force,
        post=MemberPost.LEADER,
        person_name="王同志",
        is_acting=True,
        since=date(2026, 11, 1),
        until=date(2026, 11, 30),
    )
    assert of("leader", "huma") == []
    assert [g for g in gaps.all_gaps(on=date(2026, 12, 1)) if g.code == "leader" and g.region.slug == "huma"]


def test_no_such_body_is_an_answer_and_a_missing_row_is_the_gap(ground):
    assert of("matter") == []
    assert Responsibility.objects.get(region__slug="xinlin", matter__code="water").organisation is None
    Responsibility.objects.filter(region__slug="huma", matter__code__in=["land", "eia"]).delete()
    found = of("matter")
    assert [gap.region.slug for gap in found] == ["huma"]
    assert found[0].title == "用地预审与选址意见书、环境影响评价没有承办单位"


def test_an_unused_matter_is_no_gap(ground):
    Responsibility.objects.filter(matter__code="road").delete()
    Matter.objects.filter(code="road").update(is_active=False)
    assert of("matter") == []


def test_every_unit_needs_a_clerk_and_a_chief_and_the_prefecture_an_office(ground):
    assert len(of("seat")) == 8 * 2 + 2
    user = User.objects.create(username="huma_clerk", name="呼玛填报")
    seat = Seat.objects.create(user=user, role=Role.COUNTY_CLERK, region=Region.objects.get(slug="huma"), since=DAY)
    assert [gap.title for gap in of("seat", "huma")] == ["没有县级专班审签人"]
    user.is_active = False
    user.save()
    assert len(of("seat", "huma")) == 2
    user.is_active = True
    user.save()
    seat.until = date(2026, 11, 20)
    seat.save()
    assert len([g for g in gaps.all_gaps(on=date(2026, 11, 21)) if g.code == "seat" and g.region.slug == "huma"]) == 2


def test_the_number_of_queries_does_not_grow_with_the_tree(ground, django_assert_num_queries):
    with django_assert_num_queries(12):  # the last three: procedures at bodies that are gone, seats that end
        gaps.all_gaps(on=DAY)


def test_a_county_reads_its_own_gaps_and_the_office_all(world):
    TaskForce.objects.create(region=world.huma, name="呼玛县专班")
    own = gaps.visible_to(world.huma_clerk, on=DAY)
    assert {gap.region.slug for gap in own} == {"huma"}
    office = {gap.region.slug for gap in gaps.visible_to(world.office, on=DAY)}
    assert office == {"dxal", "mohe", "huma", "jiagedaqi"}
    assert gaps.visible_to(User.objects.create(username="nobody", name="无岗"), on=DAY) == []
