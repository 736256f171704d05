"""Accounts and seats: separation of persons, dates, acting holders, one-time passwords (features 12.3)."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from linkage import access
from linkage.actions import people as actions
from linkage.errors import Refusal, SamePerson
from linkage.models import AuditEvent, Role, Seat, SetupStep, User
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 16)
TOMORROW = date(2026, 11, 17)
NEXT_MONTH = date(2026, 12, 16)


@pytest.fixture
def newcomer(world):
    user, _ = actions.create_user(by=world.secadmin, username="huma_new", name="新同志")
    return user


def _fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def give(world, user, role, region, **seat):
    return actions.give_seat(by=world.secadmin, user=user, role=role, region=region, **{"since": TODAY} | seat)


class TestAccounts:
    def test_a_new_account_has_a_one_time_password_and_sees_nothing(self, world):
        user, password = actions.create_user(by=world.secadmin, username="mohe_li", name="李同志")
        assert user.check_password(password)
        assert user.must_change_password
        assert access.grants_of(user) == ()
        assert len(password) == 14

    def test_passwords_never_reach_the_trail(self, world, newcomer):
        password = actions.reset_password(by=world.secadmin, user=newcomer)
        stored = _fresh(newcomer).password
        for event in AuditEvent.objects.all():
            words = f"{event.before}{event.after}{event.target_label}"
            assert password not in words
            assert stored not in words
        assert AuditEvent.objects.filter(verb="重置密码", target_id=str(newcomer.pk)).count() == 1

    def test_a_user_name_is_used_once_whatever_its_case(self, world, newcomer):
        with pytest.raises(Refusal, match="已有人使用"):
            actions.create_user(by=world.secadmin, username="HUMA_NEW", name="另一人")

    @pytest.mark.parametrize("who", ["admin", "secaudit", "office_head", "huma_chief"])
    def test_only_the_security_administrator_manages_people(self, world, who, newcomer):
        by = getattr(world, who)
        with pytest.raises(PermissionDenied):
            actions.create_user(by=by, username="nobody", name="无")
        with pytest.raises(PermissionDenied):
            actions.reset_password(by=by, user=newcomer)
        with pytest.raises(PermissionDenied):
            actions.give_seat(by=by, user=newcomer, role=Role.COUNTY_CLERK, region=world.huma, since=TODAY)

    def test_a_reset_ends_sessions_and_asks_for_a_new_password(self, world):
        client = world.client(world.huma_clerk)
        assert client.get(reverse("account")).status_code == 200
        actions.reset_password(by=world.secadmin, user=world.huma_clerk)
        assert client.get(reverse("account")).status_code == 302
        assert not _fresh(world.huma_clerk).check_password(PASSWORD)

    def test_a_switched_off_account_is_out_at_once(self, world):
        client = world.client(world.huma_clerk)
        with pytest.raises(Refusal, match="理由"):
            actions.set_active(by=world.secadmin, user=world.huma_clerk, is_active=False)
        actions.set_active(by=world.secadmin, user=world.huma_clerk, is_active=False, reason="调离")
        assert client.get(reverse("account")).status_code == 302
        assert access.grants_of(_fresh(world.huma_clerk)) == ()

    def test_the_last_of_a_trio_role_cannot_be_switched_off(self, world):
        with pytest.raises(Refusal, match="最后一名系统管理员"):
            actions.set_active(by=world.secadmin, user=world.admin, is_active=False, reason="调离")

    def test_nobody_acts_on_the_own_account(self, world):
        with pytest.raises(SamePerson):
            actions.reset_password(by=world.secadmin, user=world.secadmin)
        with pytest.raises(SamePerson):
            give(world, world.secadmin, Role.OFFICE_CLERK, world.prefecture)
        with pytest.raises(SamePerson):
            actions.end_seat(by=world.secadmin, seat=world.secadmin.seats.get(), until=TODAY, reason="试")

    def test_a_lock_out_is_lifted(self, world, client):
        for _ in range(5):
            answer = client.post(reverse("login"), {"username": "huma_clerk", "password": "wrong"})
        assert answer.status_code == 429
        assert client.post(reverse("login"), {"username": "huma_clerk", "password": PASSWORD}).status_code == 429
        actions.unlock(by=world.secadmin, user=world.huma_clerk)
        assert client.post(reverse("login"), {"username": "huma_clerk", "password": PASSWORD}).status_code == 302


class TestDates:
    def test_a_seat_that_starts_tomorrow_gives_nothing_today(self, world, newcomer):
        give(world, newcomer, Role.COUNTY_CLERK, world.huma, since=TOMORROW)
        assert access.grants_of(_fresh(newcomer), TODAY) == ()
        assert [g.role for g in access.grants_of(_fresh(newcomer), TOMORROW)] == [Role.COUNTY_CLERK]

    def test_a_seat_holds_on_its_last_day_and_not_after(self, world, newcomer):
        seat = give(world, newcomer, Role.COUNTY_CLERK, world.huma)
        actions.end_seat(by=world.secadmin, seat=seat, until=TOMORROW, reason="调离")
        assert len(access.grants_of(_fresh(newcomer), TOMORROW)) == 1
        assert access.grants_of(_fresh(newcomer), date(2026, 11, 18)) == ()
        assert Seat.objects.filter(pk=seat.pk).exists()

    def test_an_end_before_the_beginning_is_refused(self, world, newcomer):
        with pytest.raises(Refusal, match="不能早于"):
            give(world, newcomer, Role.COUNTY_CLERK, world.huma, until=date(2026, 11, 1))

    def test_an_auditor_needs_an_end(self, world, newcomer):
        with pytest.raises(Refusal, match="截止日期"):
            give(world, newcomer, Role.AUDITOR, world.prefecture)
        give(world, newcomer, Role.AUDITOR, world.prefecture, until=NEXT_MONTH)
        assert access.grants_of(_fresh(newcomer), NEXT_MONTH)
        assert access.grants_of(_fresh(newcomer), date(2026, 12, 17)) == ()


class TestMistakes:
    def test_a_seat_given_by_mistake_is_taken_back_on_its_first_day(self, world, newcomer):
        seat = give(world, newcomer, Role.OFFICE_CLERK, world.prefecture)
        assert access.grants_of(_fresh(newcomer), TODAY)
        assert world.client(world.secadmin).post(reverse("seat-cancel", args=[seat.pk])).status_code == 302
        assert access.grants_of(_fresh(newcomer), TODAY) == ()
        assert AuditEvent.objects.get(verb="撤销岗位").before["role"] == Role.OFFICE_CLERK

    def test_a_seat_in_force_is_history_and_only_ends(self, world):
        seat = world.huma_clerk.seats.get()
        with pytest.raises(Refusal, match="请终止"):
            actions.cancel_seat(by=world.secadmin, seat=seat)
        assert Seat.objects.filter(pk=seat.pk).exists()

    def test_not_by_others_and_not_ones_own(self, world, newcomer):
        seat = give(world, newcomer, Role.SECADMIN, world.prefecture)
        with pytest.raises(SamePerson):
            actions.cancel_seat(by=_fresh(newcomer), seat=seat)
        with pytest.raises(PermissionDenied):
            actions.cancel_seat(by=world.admin, seat=seat)


class TestSeparation:
    def test_clerk_and_chief_of_one_unit_are_two_persons(self, world):
        with pytest.raises(SamePerson, match="填报与审签"):
            give(world, world.huma_clerk, Role.COUNTY_CHIEF, world.huma)
        assert world.huma_clerk.seats.count() == 1

    def test_chief_of_another_unit_is_no_conflict(self, world):
        assert give(world, world.huma_clerk, Role.COUNTY_CHIEF, world.mohe).pk

    def test_one_after_the_other_is_no_conflict(self, world):
        actions.end_seat(by=world.secadmin, seat=world.huma_clerk.seats.get(), until=TODAY, reason="转岗")
        assert give(world, world.huma_clerk, Role.COUNTY_CHIEF, world.huma, since=TOMORROW).pk

    def test_a_filling_department_clerk_does_not_sign_either(self, world):
        with pytest.raises(SamePerson):
            give(world, world.huma_agri, Role.COUNTY_CHIEF, world.huma)

    def test_who_reports_does_not_receive(self, world):
        with pytest.raises(SamePerson, match="上报与地区接收"):
            give(world, world.office, Role.COUNTY_CLERK, world.diqu)

    @pytest.mark.parametrize("second", [Role.SECADMIN, Role.SECAUDIT])
    def test_the_trio_are_three_persons(self, world, second):
        with pytest.raises(SamePerson, match="三人分别担任"):
            give(world, world.admin, second, world.prefecture)

    def test_the_trio_hold_no_business_seat(self, world):
        with pytest.raises(SamePerson, match="不能兼任业务"):
            give(world, world.admin, Role.OFFICE_CLERK, world.prefecture)
        with pytest.raises(SamePerson, match="不能兼任业务"):
            give(world, world.office, Role.SYSADMIN, world.prefecture)

    def test_the_same_seat_twice_is_refused(self, world):
        with pytest.raises(SamePerson, match="同样的岗位"):
            give(world, world.huma_clerk, Role.COUNTY_CLERK, world.huma)

    def test_the_last_security_administrator_stays(self, world, newcomer):
        give(world, newcomer, Role.SECADMIN, world.prefecture)
        first = world.secadmin.seats.get()
        actions.end_seat(by=_fresh(newcomer), seat=first, until=TODAY, reason="轮换")
        other = Seat.objects.get(user=newcomer)
        with pytest.raises(Refusal, match="最后一名安全管理员"):
            actions.end_seat(by=_fresh(world.secadmin), seat=other, until=TODAY, reason="误操作")

    def test_a_role_belongs_to_its_kind_of_region(self, world, newcomer):
        with pytest.raises(Refusal, match="范围须是"):
            give(world, newcomer, Role.COUNTY_CLERK, world.prefecture)
        with pytest.raises(Refusal, match="范围须是"):
            give(world, newcomer, Role.OFFICE_HEAD, world.huma)

    def test_a_department_seat_names_a_body_of_the_same_place(self, world, newcomer):
        with pytest.raises(Refusal, match="须写明所在单位"):
            give(world, newcomer, Role.COUNTY_DEPT, world.huma)
        with pytest.raises(Refusal, match="不在一处"):
            give(world, newcomer, Role.COUNTY_DEPT, world.huma, organisation=world.mohe_agri_bureau)


class TestActing:
    def _chief(self, world) -> Seat:
        return world.huma_chief.seats.get()

    def test_an_acting_holder_has_the_rights_for_the_time_and_signs_for_another(self, world, newcomer):
        actions.give_acting_seat(
            by=world.secadmin,
            user=newcomer,
            acting_for=self._chief(world),
            since=TODAY,
            until=TOMORROW,
            document="呼政函〔2026〕9号",
        )
        grant = access.seat_for(_fresh(newcomer), "weekly.sign", world.huma)
        assert grant.is_acting
        assert "代" in grant.label
        assert access.grants_of(_fresh(newcomer), date(2026, 11, 18)) == ()

    def test_acting_needs_a_document(self, world, newcomer):
        with pytest.raises(Refusal, match="依据文件"):
            actions.give_acting_seat(
                by=world.secadmin,
                user=newcomer,
                acting_for=self._chief(world),
                since=TODAY,
                until=TOMORROW,
                document=" ",
            )

    def test_the_clerk_does_not_act_for_the_chief(self, world):
        with pytest.raises(SamePerson, match="填报与审签"):
            actions.give_acting_seat(
                by=world.secadmin,
                user=world.huma_clerk,
                acting_for=self._chief(world),
                since=TODAY,
                until=TOMORROW,
                document="函",
            )

    def test_ending_a_seat_ends_who_acts_for_it(self, world, newcomer):
        acting = actions.give_acting_seat(
            by=world.secadmin,
            user=newcomer,
            acting_for=self._chief(world),
            since=TODAY,
            until=NEXT_MONTH,
            document="函",
        )
        actions.end_seat(by=world.secadmin, seat=self._chief(world), until=TOMORROW, reason="调离")
        acting.refresh_from_db()
        assert acting.until == TOMORROW

    def test_acting_ends_within_the_seat_it_represents(self, world, newcomer):
        seat = self._chief(world)
        actions.end_seat(by=world.secadmin, seat=seat, until=TOMORROW, reason="调离")
        with pytest.raises(Refusal, match="期限之内"):
            actions.give_acting_seat(
                by=world.secadmin, user=newcomer, acting_for=seat, since=TODAY, until=NEXT_MONTH, document="函"
            )


class TestPages:
    def test_the_list_shows_everybody_with_a_constant_number_of_queries(self, world, django_assert_max_num_queries):
        client = world.client(world.secadmin)
        with django_assert_max_num_queries(14):
            page = client.get(reverse("people"))
        assert page.status_code == 200
        assert "huma_clerk" in page.content.decode()

    @pytest.mark.parametrize("who", ["admin", "secaudit", "office_head", "leader", "huma_clerk"])
    def test_nobody_else_enters(self, world, who):
        client = world.client(getattr(world, who))
        for name in ("people", "person-new", "people-roster", "people-roster-template"):
            assert client.get(reverse(name)).status_code == 403, name
        assert client.post(reverse("person-password", args=[world.huma_clerk.pk])).status_code == 403

    def test_the_security_administrator_sees_no_business_page(self, world):
        world.project(world.huma, "白银纳乡晒场")
        page = world.client(world.secadmin).get("/projects/")
        assert page.status_code in (200, 403)
        assert "白银纳乡晒场" not in page.content.decode()

    def test_a_new_account_shows_its_password_once(self, world):
        client = world.client(world.secadmin)
        page = client.post(
            reverse("person-new"), {"username": "mohe_li", "name": "李同志", "duty": "", "office_phone": "0457-2120001"}
        )
        password = page.context["credentials"][0].password
        assert password in page.content.decode()
        assert "no-store" in page.headers["Cache-Control"]
        user = User.objects.get(username="mohe_li")
        assert password not in client.get(reverse("person", args=[user.pk])).content.decode()

    def test_the_slip_leads_on_to_the_seat_where_there_is_none(self, world, newcomer):
        client, step = world.client(world.secadmin), "下一步：安排岗位"
        made = client.post(reverse("person-new"), {"username": "mohe_li", "name": "李同志", "duty": "", "office_phone": ""})
        page = made.content.decode()
        assert step in page and reverse("seat-new", args=[User.objects.get(username="mohe_li").pk]) in page
        reset = lambda user: client.post(reverse("person-password", args=[user.pk])).content.decode()  # noqa: E731
        assert step in reset(newcomer)
        assert step not in reset(world.huma_clerk)
        assert step not in client.post(reverse("people-reissue")).content.decode(), "several slips: no single next step"

    def test_the_slips_of_the_first_day_lead_back_to_the_step_that_waits(self, world, newcomer):
        SetupStep.objects.bulk_create(SetupStep(code=code, confirmed_at=world.at(16), confirmed_by="系统管理员") for code in ("units", "organisations"))
        page = world.client(world.secadmin).post(reverse("people-reissue")).content.decode()
        assert "下一步：确认“人员与岗位”" in page and "/setup/roster/" in page
        SetupStep.objects.create(code="roster", confirmed_at=world.at(16), confirmed_by="安全管理员")
        newcomer.refresh_from_db()
        assert "下一步" not in world.client(world.secadmin).post(reverse("people-reissue")).content.decode()


    def test_a_mobile_phone_is_not_taken(self, world):
        page = world.client(world.secadmin).post(
            reverse("person-new"), {"username": "mohe_li", "name": "李同志", "office_phone": "138 0457 1234"}
        )
        assert page.status_code == 422
        assert "手机号码" in page.content.decode()
        assert not User.objects.filter(username="mohe_li").exists()

    def test_a_refused_seat_keeps_what_was_typed_and_says_why(self, world):
        client = world.client(world.secadmin)
        url = reverse("seat-new", args=[world.huma_clerk.pk])
        page = client.post(
            url,
            {
                "role": Role.COUNTY_CHIEF,
                "region": world.huma.pk,
                "since": "2026-11-16",
                "document": "呼组干〔2026〕7号",
            },
        )
        words = page.content.decode()
        assert "填报与审签须由两人" in words
        assert "呼组干〔2026〕7号" in words
        assert world.huma_clerk.seats.count() == 1

    def test_a_seat_is_given_and_ended_on_its_pages(self, world, newcomer):
        client = world.client(world.secadmin)
        given = client.post(
            reverse("seat-new", args=[newcomer.pk]),
            {"role": Role.COUNTY_CLERK, "region": world.huma.pk, "since": "2026-11-16", "is_backup": "on"},
        )
        assert given.status_code == 302
        seat = newcomer.seats.get()
        assert seat.is_backup
        client.post(reverse("seat-end", args=[seat.pk]), {"until": "2026-11-16", "reason": "调离"})
        seat.refresh_from_db()
        assert seat.until == TODAY
        assert list(
            AuditEvent.objects.filter(target_type="linkage.seat").order_by("pk").values_list("verb", flat=True)
        ) == ["安排岗位", "终止岗位"]

    def test_people_of_another_prefecture_are_out_of_sight(self, world):
        from linkage.models import Region, RegionKind

        heihe = Region.objects.create(slug="heihe", name="黑河市", kind=RegionKind.PREFECTURE, parent=world.province)
        stranger = User.objects.create(username="heihe_office", name="黑河经办")
        Seat.objects.create(user=stranger, role=Role.OFFICE_CLERK, region=heihe, since=TODAY)
        client = world.client(world.secadmin)
        assert client.get(reverse("person", args=[stranger.pk])).status_code == 404
        assert client.post(reverse("seat-end", args=[stranger.seats.get().pk])).status_code == 404
        assert "黑河经办" not in client.get(reverse("people")).content.decode()

    def test_a_lost_list_is_replaced_for_those_who_never_used_it(self, world, newcomer):
        """Not for people with a password of their own, nor for the 三员, whose passwords come from the set-up."""
        User.objects.filter(username="secaudit").update(must_change_password=True)
        old = newcomer.password
        page = world.client(world.secadmin).post(reverse("people-reissue"), {"as": "page"})
        assert [c.username for c in page.context["credentials"]] == ["huma_new"]
        assert _fresh(newcomer).password != old
        assert _fresh(world.huma_clerk).check_password(PASSWORD)
        with pytest.raises(PermissionDenied):
            actions.reissue_passwords(by=world.admin)
