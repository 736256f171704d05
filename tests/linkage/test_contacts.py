"""“一对一”: who is asked about a matter of a unit, and how people are named (二(一); features 1.4)."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from linkage import access, periods
from linkage.actions import organisation as organisations
from linkage.actions.contacts import Naming, Person, name_contacts
from linkage.errors import Refusal, StaleRevision
from linkage.figures import contacts
from linkage.models import AuditEvent, Contact, Function, Matter, MatterPhase, Organisation, Responsibility, Role, Seat
from tests.races import together

TODAY, BEGIN = date(2026, 11, 16), date(2025, 1, 1)


@pytest.fixture
def land(world):
    """用地预审: 呼玛县 and 漠河市 by their own bureaus, 地区本级 by the prefecture's."""
    matter = Matter.objects.create(code="land", name="用地预审", function=Function.LAND)
    for region, body in ((world.huma, world.huma_land_bureau), (world.mohe, world.mohe_land_bureau), (world.diqu, world.land_bureau)):
        Responsibility.objects.create(region=region, matter=matter, organisation=body, since=BEGIN)
    return matter


def put(world, matter, *, region=None, by=None, since=TODAY, document="", seen=None, at=None, **people):
    """a="张三" or a=Person(…) or a=None."""
    named = {post: Person(one) if isinstance(one, str) else one for post, one in people.items()}
    naming = Naming(region or world.huma, matter, named, document, seen)
    return name_contacts(by=by or world.huma_clerk, namings=[naming], since=since, at=at)


def cell(region, matter, on=TODAY):
    return contacts.cells(on=on, regions=[region], matters=[matter])[0]


@pytest.mark.django_db
class TestWhoIsAsked:
    def test_the_first_post_else_the_second(self, world, land):
        assert contacts.person_for(world.huma, land, TODAY) is None
        put(world, land, b=Person("李四", "科员", "0457-3511111"))
        found = contacts.person_for(world.huma, land, TODAY)
        assert (found.name, found.post_words, found.is_above) == ("李四", "B岗", False)
        put(world, land, a=Person("张三", "科长", "0457-3511112"))
        found = contacts.person_for(world.huma, land, TODAY)
        assert found.words == "张三（科长），呼玛县自然资源局，0457-3511112"
        assert contacts.person_for(world.huma, land, date(2026, 11, 15)) is None

    def test_whoever_represents_the_named_person_that_day(self, world, land):
        put(world, land, a=Person(world.huma_land.name, user=world.huma_land), b="李四")
        seat = world.huma_land.seats.get()
        Seat.objects.create(
            user=world.huma_agri, role=Role.COUNTY_DEPT, region=world.huma, organisation=world.huma_land_bureau, since=TODAY,
            until=date(2026, 11, 20), acting_for=seat, document="县府办函〔2026〕3号",
        )  # fmt: skip
        found = contacts.person_for(world.huma, land, TODAY)
        assert (found.user, found.name) == (world.huma_agri, world.huma_agri.name)
        assert found.post_words == f"代{world.huma_land.name}（A岗）"
        assert contacts.person_for(world.huma, land, date(2026, 11, 21)).user == world.huma_land

    def test_a_closed_account_is_passed_over(self, world, land):
        put(world, land, a=Person(world.huma_land.name, user=world.huma_land), b="李四")
        type(world.huma_land).objects.filter(pk=world.huma_land.pk).update(is_active=False)
        assert contacts.person_for(world.huma, land, TODAY).name == "李四"

    def test_what_a_unit_leaves_to_the_prefecture_leads_to_the_prefectures_person(self, world, land):
        put(world, land, region=world.diqu, by=world.office, a="王五")
        Responsibility.objects.create(region=world.jiagedaqi, matter=land, organisation=world.land_bureau, since=BEGIN)
        found = contacts.person_for(world.jiagedaqi, land, TODAY)
        assert (found.name, found.is_above) == ("王五", True)
        assert cell(world.jiagedaqi, land).state == contacts.CellState.ABOVE
        put(world, land, region=world.jiagedaqi, by=world.office, a="赵六")
        assert contacts.person_for(world.jiagedaqi, land, TODAY).is_above is False
        assert contacts.person_for(world.huma, land, TODAY) is None, "its own bureau answers, the prefecture's does not"

    def test_nobody_there_is_an_answer_that_leads_to_the_prefecture(self, world, land):
        Responsibility.objects.create(region=world.jiagedaqi, matter=land, organisation=None, note="报地区自然资源局", since=BEGIN)
        assert (cell(world.jiagedaqi, land).state, cell(world.jiagedaqi, land).is_gap) == (contacts.CellState.ABSENT, False)
        put(world, land, region=world.diqu, by=world.office, a="王五")
        assert contacts.person_for(world.jiagedaqi, land, TODAY).name == "王五"

    def test_many_pairs_at_once_and_four_queries_whatever_their_number(self, world, land, django_assert_num_queries):
        more = [Matter.objects.create(code=f"m{n}", name=f"事项{n}", function=Function.LAND) for n in range(20)]
        for matter in more:
            Responsibility.objects.create(region=world.huma, matter=matter, organisation=world.huma_land_bureau, since=BEGIN)
        name_contacts(
            by=world.huma_clerk, since=TODAY,
            namings=[Naming(world.huma, matter, {"a": Person(world.huma_land.name, user=world.huma_land)}) for matter in more],
        )  # fmt: skip
        with django_assert_num_queries(4):
            one = contacts.people_for([(world.huma, more[0])], TODAY)
        with django_assert_num_queries(4):
            found = contacts.people_for([(world.huma, matter) for matter in [land, *more]], TODAY)
        assert list(one) == [(world.huma.pk, more[0].pk)]
        assert set(found) == {(world.huma.pk, matter.pk) for matter in more}, "the one without anybody is left out"


@pytest.mark.django_db
class TestNaming:
    def test_another_person_closes_the_row_before(self, world, land):
        put(world, land, a=Person("张三", "科长"), since=date(2026, 3, 1), document="呼自然资发〔2026〕2号")
        put(world, land, a=Person("李四", "科长"))
        rows = list(Contact.objects.order_by("since").values_list("person_name", "since", "until"))
        assert rows == [("张三", date(2026, 3, 1), date(2026, 11, 15)), ("李四", TODAY, None)]
        assert contacts.person_for(world.huma, land, date(2026, 11, 15)).name == "张三", "history keeps who it was"
        event = AuditEvent.objects.filter(verb="确定对接责任人").latest("pk")
        assert (event.before["姓名"], event.after["姓名"], event.region_path) == ("张三", "李四", world.huma.path)

    def test_another_post_is_another_row_another_telephone_is_not(self, world, land):
        put(world, land, a=Person("张三", "科员"), since=date(2026, 3, 1))
        assert put(world, land, a=Person("张三", "科员", "0457-3511111")) == 1
        assert Contact.objects.get().office_phone == "0457-3511111"
        assert put(world, land, a=Person("张三", "科员", "0457-3511111")) == 0, "nothing new, nothing written"
        put(world, land, a=Person("张三", "科长", "0457-3511111"))
        assert list(Contact.objects.order_by("since").values_list("duty", flat=True)) == ["科员", "科长"]

    def test_who_stays_keeps_the_paper_they_rest_on(self, world, land):
        put(world, land, a="张三", b="李四", since=date(2026, 3, 1), document="〔2026〕2号")
        people = {"a": Person("张三"), "b": Person("王五")}
        name_contacts(by=world.huma_clerk, namings=[Naming(world.huma, land, people, "〔2026〕9号", keeps_documents=True)], since=TODAY)
        assert list(Contact.objects.standing().order_by("post").values_list("person_name", "document")) == [("张三", "〔2026〕2号"), ("王五", "〔2026〕9号")]

    def test_a_mistake_of_the_same_day_leaves_no_row(self, world, land):
        put(world, land, a="张三")
        put(world, land, a="李四", b="王五")
        assert list(Contact.objects.values_list("person_name", flat=True)) == ["李四", "王五"]
        put(world, land, b=None)
        assert Contact.objects.get().person_name == "李四"
        assert AuditEvent.objects.filter(verb="撤下对接责任人").count() == 1

    def test_taken_out_the_post_is_empty_from_that_day(self, world, land):
        put(world, land, a="张三", b="李四", since=date(2026, 3, 1))
        put(world, land, a=None)
        found = cell(world.huma, land)
        assert (found.state, found.a, found.b.person_name) == (contacts.CellState.SINGLE, None, "李四")
        with pytest.raises(Refusal, match="不能早于 2026-11-16"):
            put(world, land, a="赵六", since=date(2026, 11, 1))
        put(world, land, a="赵六")
        assert cell(world.huma, land).state == contacts.CellState.FULL

    @pytest.mark.parametrize(
        ("people", "since", "said"),
        [
            ({"a": "张三", "b": "张三"}, TODAY, "须是两个人"),
            ({"a": " "}, TODAY, "须填写姓名"),
            ({"a": Person("张三", "", "13904571234")}, TODAY, "手机号码"),
            ({"a": "张三"}, date(2026, 11, 17), "不能在今天之后"),
            ({"a": "张三"}, date(2024, 12, 31), "自 2025-01-01 起办理"),
            ({"a": Person("张" * 41)}, TODAY, "40"),
        ],
    )
    def test_what_is_refused(self, world, land, people, since, said):
        with pytest.raises(Refusal, match=said):
            put(world, land, since=since, **people)
        assert not Contact.objects.exists()

    def test_all_cells_or_none(self, world, land):
        with pytest.raises(Refusal, match="漠河市"):
            name_contacts(
                by=world.office, since=TODAY,
                namings=[Naming(world.huma, land, {"a": Person("张三")}), Naming(world.mohe, land, {"a": Person("")})],
            )  # fmt: skip
        assert not Contact.objects.exists()

    def test_without_a_body_there_is_nobody_to_name(self, world, land):
        road = Matter.objects.create(code="road", name="道路", function=Function.TRANSPORT)
        with pytest.raises(Refusal, match="还没有承办单位"):
            put(world, road, a="张三")
        Responsibility.objects.create(region=world.huma, matter=road, organisation=None, note="报地区交通局", since=BEGIN)
        with pytest.raises(Refusal, match="本地无此机构"):
            put(world, road, a="张三")

    def test_the_account_sits_in_the_body(self, world, land):
        with pytest.raises(Refusal, match="没有岗位"):
            put(world, land, a=Person(world.mohe_land.name, user=world.mohe_land))
        with pytest.raises(Refusal, match="没有岗位"):
            put(world, land, a=Person(world.huma_agri.name, user=world.huma_agri))
        machine = world.machine(world.huma_land)
        with pytest.raises(Refusal, match="接口账号"):
            put(world, land, a=Person(machine.name, user=machine))
        put(world, land, a=Person(world.huma_clerk.name, user=world.huma_clerk), b=Person(world.huma_land.name, user=world.huma_land))
        assert Contact.objects.count() == 2

    def test_what_somebody_filled_meanwhile_is_not_overwritten(self, world, land):
        seen = cell(world.huma, land).mark
        put(world, land, a="张三", by=world.huma_land)
        with pytest.raises(StaleRevision, match="A岗 张三"):
            put(world, land, a="李四", seen=seen)
        put(world, land, a="李四", seen=cell(world.huma, land).mark)
        assert Contact.objects.get().person_name == "李四"

    def test_another_body_ends_the_people_of_the_one_before(self, world, land):
        put(world, land, a="张三", since=date(2026, 3, 1))
        organisations.answer_matter(by=world.admin, region=world.huma, matter=land, organisation=world.huma_agri_bureau, since=TODAY)
        assert Contact.objects.get().until == date(2026, 11, 15)
        assert cell(world.huma, land).is_gap
        assert contacts.person_for(world.huma, land, date(2026, 11, 15)).name == "张三"
        put(world, land, a="李四")
        assert contacts.person_for(world.huma, land, TODAY).organisation == world.huma_agri_bureau


@pytest.mark.django_db
class TestWhoNames:
    @pytest.mark.parametrize("who", ["huma_clerk", "huma_chief", "huma_land", "office", "office_head"])
    def test_the_offices_and_the_body_itself(self, world, land, who):
        put(world, land, a="张三", by=getattr(world, who))
        assert Contact.objects.get().person_name == "张三"

    @pytest.mark.parametrize("who", ["mohe_clerk", "mohe_land", "huma_agri", "huma_finance", "finance", "land", "leader", "secadmin", "admin", "auditor"])
    def test_nobody_else(self, world, land, who):
        with pytest.raises(PermissionDenied):
            put(world, land, a="张三", by=getattr(world, who))

    def test_a_prefecture_body_names_for_the_units_it_serves(self, world, land):
        Responsibility.objects.create(region=world.jiagedaqi, matter=land, organisation=world.land_bureau, since=BEGIN)
        put(world, land, region=world.jiagedaqi, by=world.land, a=Person(world.land.name, user=world.land))
        put(world, land, region=world.diqu, by=world.land, a=Person(world.land.name, user=world.land))
        assert {row.region for row in contacts.of_user(world.land, TODAY)} == {world.jiagedaqi, world.diqu}


@pytest.mark.django_db
def test_the_database_keeps_one_person_per_post(world, land):
    values = {"region": world.huma, "matter": land, "organisation": world.huma_land_bureau, "post": "a"}
    Contact.objects.create(**values, person_name="张三", since=BEGIN)
    closed = {"since": TODAY, "until": TODAY}
    for wrong in ({"person_name": "李四", "since": TODAY}, {"person_name": "李四", "since": BEGIN, "until": TODAY}, closed | {"person_name": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Contact.objects.create(**values, **wrong)


@pytest.mark.django_db
def test_the_three_phases_of_the_document_have_their_matters():
    from linkage import reference

    reference.load()
    found = {phase: list(Matter.objects.filter(phase=phase).values_list("code", flat=True)) for phase in MatterPhase.values}
    assert found["construction"] == ["construction", "acceptance"]
    assert found["payment"] == ["payment"]
    assert len(found["preparation"]) == 11
    named = Contact.objects.count()
    assert named == 0, "people are never invented"
    assert Organisation.objects.filter(pk__in=Responsibility.objects.values("organisation")).count() > 40


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_fill_one_cell_at_once(world, land):
    now = periods.now()
    for user in (world.huma_clerk, world.huma_land):
        access.forget_grants(user)
    acts = [
        lambda by=by, name=name: put(world, land, by=by, a=name, since=TODAY, seen="- -", at=now)
        for by, name in ((world.huma_clerk, "张三"), (world.huma_land, "李四"))
    ]  # fmt: skip
    assert together(*acts) == ["done", "stale_revision"]
    assert Contact.objects.standing().count() == 1
