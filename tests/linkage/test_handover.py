"""Nobody leaves a seat while something open has no new owner (features 1.6)."""

from datetime import date
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from docx import Document

from issues.actions import ledger
from issues.models import Issue
from linkage import handover
from linkage.access import grants_of
from linkage.actions import people
from linkage.actions.contacts import Naming, Person, name_contacts
from linkage.actions.handover import hand_over
from linkage.errors import Refusal, SamePerson
from linkage.figures.gaps import all_gaps
from linkage.figures.leaving import in_reach, kept, leaving
from linkage.models import (
    AuditEvent,
    Contact,
    Function,
    Handover,
    HandoverItem,
    Matter,
    Notification,
    Responsibility,
    Role,
    Seat,
    User,
)
from linkage.periods import moment
from reports.figures.queue import queue
from tests.races import together

TODAY, BEGIN = date(2026, 11, 16), date(2025, 1, 1)
LEFT = {"reason": "调离，呼人社〔2026〕9号", "witness": "周主任"}


def colleague(world, like: User, username: str, name: str, **seat) -> User:
    """Another holder of the same seat."""
    user = User.objects.create(username=username, name=name, duty="科员", office_phone="内线8013")
    old = like.seats.get()
    Seat.objects.create(**{"user": user, "role": old.role, "region": old.region, "organisation": old.organisation, "since": TODAY} | seat)
    return user


@pytest.fixture
def land(world):
    """huma_land is A岗 for 用地 and named 责任人 of an issue its bureau leads."""
    matter = Matter.objects.create(code="land", name="用地预审", function=Function.LAND)
    Responsibility.objects.create(region=world.huma, matter=matter, organisation=world.huma_land_bureau, since=BEGIN)
    people_named = {"a": Person(world.huma_land.name, "股长", user=world.huma_land), "b": Person("李四")}
    name_contacts(by=world.huma_clerk, namings=[Naming(world.huma, matter, people_named, "呼衔专办〔2026〕2号")], since=date(2026, 3, 1))
    issue = ledger.raise_issue(unit=world.huma, title="用地手续滞后", by=world.huma_chief, at=world.at(), lead=world.huma_land_bureau)
    ledger.accept(issue=issue, by=world.huma_land, measures="补齐图件", responsible=world.huma_land.name, at=world.at())
    return matter


def seat_of(user) -> Seat:
    return user.seats.get()


def everything_to(user, seat, on=TODAY):
    return {group.kind.code: {item.key: user for item in group.items} for group in handover.outstanding(seat, on)}


def end(world, user, until=TODAY):
    return people.end_seat(by=world.secadmin, seat=seat_of(user), until=until, reason="调离")


@pytest.mark.django_db
class TestLeaving:
    def test_a_seat_without_anything_open_ends_as_before(self, world):
        assert end(world, world.huma_ethnic).until == TODAY

    def test_with_something_open_it_is_refused_with_kinds_and_numbers_alone(self, world, land):
        with pytest.raises(Refusal) as refused:
            end(world, world.huma_land)
        assert refused.value.code == "open_items"
        assert "一对一对接 1 项" in refused.value.message and "待办理的问题 1 项" in refused.value.message and "任责任人的问题 1 项" in refused.value.message
        assert "用地手续滞后" not in refused.value.message, "the 安全管理员 reads no business"
        with pytest.raises(Refusal, match="请先重置密码"):
            people.set_active(by=world.secadmin, user=world.huma_land, is_active=False, reason="调离")
        assert seat_of(world.huma_land).until is None and User.objects.get(pk=world.huma_land.pk).is_active

    def test_after_the_handover_it_ends(self, world, land):
        new = colleague(world, world.huma_land, "huma_land2", "赵六")
        seat = seat_of(world.huma_land)
        row = hand_over(by=world.huma_land, seat=seat, choices=everything_to(new, seat), **LEFT)
        assert (row.number, row.items.count()) == ("呼玛县交接〔2026〕1号", 3)
        assert Issue.objects.get().responsible == "赵六"
        assert list(Contact.objects.filter(post="a").order_by("since").values_list("person_name", "until", "document")) == [
            (world.huma_land.name, date(2026, 11, 15), "呼衔专办〔2026〕2号"), ("赵六", None, "呼衔专办〔2026〕2号"),
        ]  # fmt: skip
        assert Notification.objects.filter(user=new, dedupe_key=f"handover/{row.pk}").get().url == f"/handovers/{row.pk}/"
        event = AuditEvent.objects.get(verb="办理交接")
        assert event.after["待办理的问题"] == 1 and event.region_path == world.huma.path
        assert end(world, world.huma_land).until == TODAY
        people.set_active(by=world.secadmin, user=world.huma_land, is_active=False, reason="调离")

    def test_what_comes_later_goes_to_the_same_successor_as_long_as_there_is_one(self, world, land):
        new = colleague(world, world.huma_land, "huma_land2", "赵六")
        seat = seat_of(world.huma_land)
        hand_over(by=world.huma_land, seat=seat, choices=everything_to(new, seat), **LEFT)
        ledger.raise_issue(unit=world.huma, title="又一个", by=world.huma_chief, at=world.at(), lead=world.huma_land_bureau)
        assert handover.outstanding(seat, TODAY) == []
        people.end_seat(by=world.secadmin, seat=seat_of(new), until=TODAY, reason="没有到岗") if not handover.outstanding(seat_of(new), TODAY) else None
        Seat.objects.filter(user=new).update(until=TODAY)
        assert [group.kind.code for group in handover.outstanding(seat, TODAY)] == ["issues"]

    def test_who_represents_somebody_has_nothing_of_their_own(self, world, land):
        colleague(world, world.huma_land, "huma_land2", "赵六", acting_for=seat_of(world.huma_land), until=date(2026, 11, 30))
        acting = Seat.objects.get(acting_for__isnull=False)
        assert people.end_seat(by=world.secadmin, seat=acting, until=date(2026, 11, 20), reason="提前返岗").until == date(2026, 11, 20)

    def test_words_stay_those_of_the_day(self, world, land):
        new = colleague(world, world.huma_land, "huma_land2", "赵六")
        seat = seat_of(world.huma_land)
        row = hand_over(by=world.huma_chief, seat=seat, choices=everything_to(new, seat), **LEFT)
        User.objects.filter(pk=new.pk).update(name="赵陆", duty="局长")
        assert set(row.items.values_list("receiver_words", flat=True)) == {"赵六（科员）"}
        text = world.client(world.huma_chief).get(f"/handovers/{row.pk}/").content.decode()
        assert "赵六（科员）" in text and "赵陆" not in text


@pytest.mark.django_db
class TestRefused:
    def test_all_or_nothing(self, world, land):
        new = colleague(world, world.huma_land, "huma_land2", "赵六")
        seat = seat_of(world.huma_land)
        choices = everything_to(new, seat)
        for code in list(choices):
            with pytest.raises(Refusal, match="还没有选接收人"):
                hand_over(by=world.huma_land, seat=seat, choices={key: value for key, value in choices.items() if key != code}, **LEFT)
        with pytest.raises(Refusal, match="没有相应岗位"):
            hand_over(by=world.huma_land, seat=seat, choices=everything_to(world.huma_agri, seat), **LEFT)
        name_contacts(by=world.huma_clerk, namings=[Naming(world.huma, land, {"b": Person("赵六", user=new)})], since=TODAY)
        with pytest.raises(Refusal, match="须是两个人"):
            hand_over(by=world.huma_land, seat=seat, choices=choices, **LEFT)
        assert not Handover.objects.exists() and Issue.objects.get().responsible == world.huma_land.name

    @pytest.mark.parametrize(
        ("words", "said"),
        [({"reason": " "}, "原因和监交人"), ({"witness": ""}, "原因和监交人"), ({"witness": "周主任13904571234"}, "手机号码")],
    )
    def test_reason_and_witness(self, world, land, words, said):
        seat = seat_of(world.huma_land)
        with pytest.raises(Refusal, match=said):
            hand_over(by=world.huma_land, seat=seat, choices={}, **LEFT | words)
        with pytest.raises(Refusal, match="本人"):
            hand_over(by=world.huma_land, seat=seat, choices={}, **LEFT | {"witness": world.huma_land.name})

    def test_nothing_open_nothing_to_hand_over(self, world):
        with pytest.raises(Refusal, match="没有需要交接"):
            hand_over(by=world.huma_ethnic, seat=seat_of(world.huma_ethnic), choices={}, **LEFT)

    @pytest.mark.parametrize("who", ["huma_clerk", "huma_agri", "mohe_chief", "secadmin", "admin", "leader", "land"])
    def test_whose_it_is_not(self, world, land, who):
        with pytest.raises(PermissionDenied):
            hand_over(by=getattr(world, who), seat=seat_of(world.huma_land), choices={}, **LEFT)

    def test_separation_holds(self, world, land):
        with pytest.raises(SamePerson):
            people.end_seat(by=world.secadmin, seat=seat_of(world.secadmin), until=TODAY, reason="调离")


@pytest.mark.django_db
class TestPages:
    def test_the_person_hands_over_and_the_paper_is_there_later(self, world, land):
        new = colleague(world, world.huma_land, "huma_land2", "赵六")
        seat, client = seat_of(world.huma_land), world.client(world.huma_land)
        assert reverse("seat-handover", args=[seat.pk]) in client.get("/handovers/").content.decode()
        page = client.get(reverse("seat-handover", args=[seat.pk])).content.decode()
        assert "有 3 项未办结" in page and "用地手续滞后" in page and "赵六（科员）" in page
        answer = client.post(reverse("seat-handover", args=[seat.pk]), {"reason": "", "witness": "周主任"})
        assert answer.status_code == 422 and "还有 1 项没有接收人" in answer.content.decode() and "请写明交接原因" in answer.content.decode()
        everything = {f"all_{code}": new.pk for code in ("contacts", "issues", "answered")}
        answer = client.post(reverse("seat-handover", args=[seat.pk]), everything | LEFT)
        row = Handover.objects.get()
        assert (answer.status_code, answer.url) == (302, f"/handovers/{row.pk}/")
        sheet = Document(BytesIO(b"".join(client.get(f"/handovers/{row.pk}/sheet.docx").streaming_content)))
        words = "\n".join(paragraph.text for paragraph in sheet.paragraphs)
        for said in ("呼玛县交接〔2026〕1号", "交出人（签字）", "接收人（签字）", "监交人（签字）", "周主任", "调离"):
            assert said in words
        cells = [[cell.text for cell in line.cells] for line in sheet.tables[0].rows]
        assert len(cells) == 4 and cells[0][2] == "事项" and {line[5] for line in cells[1:]} == {"赵六（科员）"}
        assert row.number in world.client(new).get("/handovers/").content.decode(), "the receiver finds it too"

    def test_one_item_to_somebody_else(self, world, land):
        new, other = colleague(world, world.huma_land, "huma_land2", "赵六"), colleague(world, world.huma_land, "huma_land3", "钱七")
        seat = seat_of(world.huma_land)
        [contact] = [item for group in handover.outstanding(seat, TODAY) if group.kind.code == "contacts" for item in group.items]
        body = {f"all_{code}": new.pk for code in ("contacts", "issues", "answered")} | {f"one_contacts_{contact.key}": other.pk} | LEFT
        assert world.client(world.huma_chief).post(reverse("seat-handover", args=[seat.pk]), body).status_code == 302
        assert HandoverItem.objects.get(kind="contacts").receiver == other
        assert Contact.objects.standing().get(post="a").user == other

    @pytest.mark.parametrize(
        ("who", "status"), [("huma_chief", 200), ("office", 200), ("huma_clerk", 404), ("mohe_chief", 404), ("secadmin", 404), ("leader", 404)]
    )
    def test_in_whose_sight_a_seat_lies(self, world, who, status):
        client = world.client(getattr(world, who))
        assert client.get(reverse("seat-handover", args=[seat_of(world.huma_land).pk])).status_code == status
        assert client.get("/handovers/").status_code == 200

    def test_the_security_administrator_sees_that_it_was_done_and_nothing_of_it(self, world, land):
        new = colleague(world, world.huma_land, "huma_land2", "赵六")
        seat = seat_of(world.huma_land)
        answer = world.client(world.secadmin).post(f"/people/seats/{seat.pk}/end/", {"until": "2026-11-16", "reason": "调离"})
        assert answer.status_code == 422 and "未交接的事项" in answer.content.decode()
        row = hand_over(by=world.huma_land, seat=seat, choices=everything_to(new, seat), **LEFT)
        client = world.client(world.secadmin)
        words = client.get(f"/people/{world.huma_land.pk}/").content.decode()
        assert row.number in words and "用地手续滞后" not in words
        assert client.get(f"/handovers/{row.pk}/").status_code == client.get(f"/handovers/{row.pk}/sheet.docx").status_code == 404

    def test_queries_do_not_grow_with_the_items(self, world, land, django_assert_max_num_queries):
        seat, client = seat_of(world.huma_land), world.client(world.huma_land)
        colleague(world, world.huma_land, "huma_land2", "赵六")
        url = reverse("seat-handover", args=[seat.pk])
        client.get(url)
        with django_assert_max_num_queries(60) as few:
            client.get(url)
        for number in range(20):
            ledger.raise_issue(unit=world.huma, title=f"问题{number}", by=world.huma_chief, at=world.at(), lead=world.huma_land_bureau)
        with django_assert_max_num_queries(len(few)):
            client.get(url)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_hand_over_one_seat_at_once(world, land):
    new, seat = colleague(world, world.huma_land, "huma_land2", "赵六"), seat_of(world.huma_land)
    choices, at = everything_to(new, seat), moment(TODAY, 10)
    acts = [lambda by=by: hand_over(by=by, seat=seat, choices=choices, at=at, **LEFT) for by in (world.huma_land, world.huma_chief)]
    assert together(*acts) == ["done", "nothing_open"]
    assert Handover.objects.count() == 1
    assert seat.role == Role.COUNTY_DEPT


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nobody_is_given_work_while_their_seat_ends(world, land):
    """Whoever is second is refused: the receiver has work in hand and stays, or is gone and receives nothing."""
    new, seat = colleague(world, world.huma_land, "huma_land2", "赵六", since=BEGIN), seat_of(world.huma_land)
    Issue.objects.update(lead=world.huma_agri_bureau, responsible="钱七")  # the “一对一” posts alone: the receiver has nothing open yet
    choices, leaving = everything_to(new, seat), seat_of(new)
    found = together(
        lambda: hand_over(by=world.huma_land, seat=seat, choices=choices, at=moment(TODAY, 10), **LEFT),
        lambda: people.end_seat(by=world.secadmin, seat=leaving, until=TODAY, reason="调离", at=moment(TODAY, 10)),
    )
    assert found in (["done", "open_items"], ["done", "receiver_unfit"])
    leaving.refresh_from_db()
    assert (leaving.until is None) == Contact.objects.standing().filter(user=new).exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_have_named_each_other_cannot_both_leave(world):
    ledger.raise_issue(unit=world.huma, title="用地手续滞后", by=world.huma_chief, at=world.at(), lead=world.huma_land_bureau)
    new, seat = colleague(world, world.huma_land, "huma_land2", "赵六", since=BEGIN), seat_of(world.huma_land)
    other = seat_of(new)
    hand_over(by=world.huma_land, seat=seat, choices=everything_to(new, seat), at=moment(TODAY, 9), **LEFT)
    hand_over(by=new, seat=other, choices=everything_to(world.huma_land, other), at=moment(TODAY, 9), **LEFT)
    acts = [lambda one=one: people.end_seat(by=world.secadmin, seat=one, until=TODAY, reason="调离", at=moment(TODAY, 10)) for one in (seat, other)]
    assert together(*acts) == ["done", "open_items"]


# -- ends that were set beforehand ----------------------------------------------------------------------------------------------


def until(user, day) -> Seat:
    Seat.objects.filter(user=user).update(until=day)
    return seat_of(user)


def told_of_leaving(world, reader, at=None):
    return [todo.what for todo in queue(reader, at or moment(TODAY, 10)) if "还有未交接的事项" in todo.what]


@pytest.mark.django_db
class TestPresetEnd:
    """Monday 16 November 2026; the rule says five working days, so that the 23rd is told and the 24th is not yet."""

    def test_five_working_days_before_it_is_a_gap_and_in_the_queues(self, world, land):
        until(world.huma_land, date(2026, 11, 24))
        assert told_of_leaving(world, world.huma_land) == []
        until(world.huma_land, date(2026, 11, 23))
        words = f"{world.huma_land}的“{seat_of(world.huma_land)}”2026-11-23 到期，还有未交接的事项：待办理的问题 1 项、任责任人的问题 1 项、一对一对接 1 项"
        for reader in (world.huma_land, world.huma_chief, world.office):
            assert told_of_leaving(world, reader) == [words]
        for other in (world.mohe_chief, world.huma_clerk, world.leader, world.secadmin):
            assert told_of_leaving(world, other) == []
        [gap] = [gap for gap in all_gaps(on=TODAY) if gap.code == "leaving"]
        assert (gap.region, gap.title) == (world.huma, words)

    def test_handed_over_it_is_told_no_more(self, world, land):
        seat = until(world.huma_land, date(2026, 11, 20))
        new = colleague(world, world.huma_land, "huma_land2", "赵六", until=None)
        hand_over(by=world.huma_land, seat=seat, choices=everything_to(new, seat), at=moment(TODAY, 10), **LEFT)
        assert told_of_leaving(world, world.huma_chief) == []

    def test_who_goes_on_in_the_same_seat_is_not_leaving(self, world, land):
        seat = until(world.huma_land, date(2026, 11, 20))
        Seat.objects.create(user=seat.user, role=seat.role, region=seat.region, organisation=seat.organisation, since=date(2026, 11, 21))
        assert told_of_leaving(world, world.huma_chief) == []
        assert told_of_leaving(world, world.huma_chief, moment(date(2026, 11, 23), 10)) == []

    def test_after_the_end_what_nobody_else_has_is_overdue_and_can_still_be_handed_over(self, world, land):
        seat = until(world.huma_land, date(2026, 11, 13))
        [todo] = [todo for todo in queue(world.huma_chief, moment(TODAY, 10)) if "还有未交接的事项" in todo.what]
        assert (todo.kind, todo.url) == ("overdue", reverse("seat-handover", args=[seat.pk]))
        assert "已到期，还有未交接的事项：待办理的问题 1 项、任责任人的问题 1 项、一对一对接 1 项" in todo.what
        text = world.client(world.huma_chief).get("/handovers/").content.decode()
        assert "已到期，未交接" in text
        assert world.client(world.mohe_chief).get(todo.url).status_code == 404
        new = colleague(world, world.huma_land, "huma_land2", "赵六", until=None)
        [todo] = told_of_leaving(world, world.huma_chief)
        assert "待办理的问题" not in todo  # the other holder of the seat has them; what bears the name is still nobody's
        assert world.client(world.huma_chief).get(reverse("seat-handover", args=[seat.pk])).status_code == 200
        hand_over(by=world.huma_chief, seat=seat, choices=everything_to(new, seat), at=moment(TODAY, 10), **LEFT)
        assert told_of_leaving(world, world.huma_chief) == []
        assert "已到期，未交接" not in world.client(world.huma_chief).get("/handovers/").content.decode()

    def test_without_such_seats_one_query(self, world, land, django_assert_num_queries):
        grants_of(world.office)
        with django_assert_num_queries(1):
            assert leaving(kept().filter(in_reach(world.office)), TODAY) == []
