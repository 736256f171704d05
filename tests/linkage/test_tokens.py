"""API tokens: made by the system administrator for interface accounts, shown once, ended by date or by hand."""

import re

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linkage import periods
from linkage.actions import people
from linkage.actions import tokens as acts
from linkage.errors import Refusal, WrongState
from linkage.models import ApiToken, AuditEvent, Role, User
from tests.world import PASSWORD, SINCE

pytestmark = pytest.mark.usefixtures("machine")


@pytest.fixture
def machine(world):
    return world.machine(like=world.huma_clerk)


def issue(world, **values):
    return acts.issue(**{
        "name": "财政前置机", "user": User.objects.get(username="api_0"), "expires_at": world.at(16, month=12), "by": world.admin, "at": world.at(16),
    } | values)  # fmt: skip


def test_every_key_is_another_one(world):
    first, second = issue(world)[1], issue(world, name="二号")[1]
    assert first != second and len(first) > 40


def test_the_trail_knows_of_the_token_and_not_the_key(world):
    token, key = issue(world)
    event = AuditEvent.objects.get()
    assert (event.verb, event.after["user"]) == ("建立接口令牌", str(User.objects.get(username="api_0")))
    assert key not in str(event.after) and token.key_hash not in str(event.after)


@pytest.mark.parametrize("username", ["office_head", "secadmin", "secaudit", "huma_clerk"])
def test_only_the_system_administrator_makes_and_ends_tokens(world, username):
    other = getattr(world, username)
    with pytest.raises(PermissionDenied):
        issue(world, by=other)
    token, _ = issue(world)
    with pytest.raises(PermissionDenied):
        acts.revoke(token=token, by=other)


def test_what_is_refused(world):
    issue(world)
    with pytest.raises(Refusal, match="已有名为"):
        issue(world)
    with pytest.raises(Refusal, match="到期日"):
        issue(world, name="二", expires_at=world.at(16))
    with pytest.raises(Refusal, match="到期日"):
        issue(world, name="三", expires_at=world.at(16).replace(year=2028))
    closed = world.machine()
    closed.is_active = False
    with pytest.raises(Refusal, match="停用"):
        issue(world, name="四", user=closed)
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize("username", ["admin", "secadmin", "secaudit", "office_head", "huma_clerk", "agri"])
def test_no_token_in_the_name_of_a_person(world, username):
    """Or the system administrator could act as anybody."""
    with pytest.raises(Refusal, match="接口账号"):
        issue(world, user=getattr(world, username))
    assert not ApiToken.objects.exists()


# --- interface accounts ------------------------------------------------------------------------------------------------


def test_an_interface_account_has_no_password_and_no_seat(world):
    user = acts.create_account(username="api_pay", name="国库集中支付系统", by=world.admin, at=world.at(16))
    assert user.is_service and not user.has_usable_password() and not user.seats.exists()
    assert AuditEvent.objects.get().verb == "新增接口账号"
    with pytest.raises(Refusal, match="已有人使用"):
        acts.create_account(username="API_pay", name="又一个", by=world.admin)


@pytest.mark.parametrize("username", ["secadmin", "office_head", "secaudit"])
def test_only_the_system_administrator_makes_interface_accounts(world, username):
    with pytest.raises(PermissionDenied):
        acts.create_account(username="api_pay", name="国库集中支付系统", by=getattr(world, username))


def test_nobody_can_log_in_with_one(world, machine, client, rf):
    for words in (PASSWORD, "!", machine.password):
        assert authenticate(rf.post("/login/"), username=machine.username, password=words) is None
    assert client.post("/login/", {"username": machine.username, "password": PASSWORD}).status_code == 200
    with pytest.raises(Refusal, match="不设密码"):
        people.reset_password(by=world.secadmin, user=machine)


def test_the_database_keeps_passwords_away_from_interface_accounts(world, machine):
    for values in ({"password": world.huma_clerk.password}, {"must_change_password": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=machine.pk).update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=world.huma_clerk.pk).update(is_service=True)


def test_the_security_administrator_gives_its_seats(world):
    bare = world.machine()
    seat = people.give_seat(
        by=world.secadmin, user=bare, role=Role.DEPT_CLERK, region=world.prefecture, organisation=world.finance_bureau, since=SINCE
    )
    assert bare.seats.get() == seat
    with pytest.raises(PermissionDenied):
        people.give_seat(by=world.admin, user=bare, role=Role.LEADER, region=world.prefecture, since=SINCE)


@pytest.mark.parametrize("role", [Role.SYSADMIN, Role.SECADMIN, Role.SECAUDIT, Role.COUNTY_CHIEF])
def test_no_interface_account_administers_or_signs(world, role):
    with pytest.raises(Refusal, match="须由人担任"):
        region = world.huma if role == Role.COUNTY_CHIEF else world.prefecture
        people.give_seat(by=world.secadmin, user=world.machine(), role=role, region=region, since=SINCE)


def test_an_interface_account_represents_nobody(world):
    with pytest.raises(Refusal, match="不能代理"):
        people.give_acting_seat(
            by=world.secadmin, user=world.machine(), acting_for=world.huma_clerk.seats.get(), since=world.at(16).date(),
            until=world.at(20).date(), document="函",
        )  # fmt: skip


def test_ending_is_final(world):
    token, _ = issue(world)
    acts.revoke(token=token, by=world.admin, at=world.at(17))
    assert token.revoked_at == world.at(17)
    with pytest.raises(WrongState):
        acts.revoke(token=token, by=world.admin)


# --- page --------------------------------------------------------------------------------------------------------------


def make(world, **values):
    sent = {"name": "财政前置机", "user": User.objects.get(username="api_0").pk, "expires_on": "2026-12-16"} | values
    return world.client(world.admin).post("/tokens/", sent)


def test_the_key_is_shown_on_the_answer_and_never_again(world):
    response = make(world)
    key = re.search(r'id="token-key">(lk_[\w-]+)<', response.content.decode())[1]
    assert acts.hash_of(key) == ApiToken.objects.get().key_hash
    assert "no-store" in response.headers["Cache-Control"]
    assert key not in world.client(world.admin).get("/tokens/").content.decode()


def test_the_last_day_counts_whole(world):
    make(world)
    assert ApiToken.objects.get().expires_at == world.at(17, 0, month=12)


def test_a_refusal_keeps_what_was_typed(world):
    response = make(world, expires_on="2026-11-01")
    assert "到期日须在今天之后" in response.content.decode()
    assert response.context["form"]["name"].value() == "财政前置机"
    assert not ApiToken.objects.exists()


def test_revoking_over_the_page(world):
    make(world)
    token = ApiToken.objects.get()
    client = world.client(world.admin)
    assert client.get(f"/tokens/{token.pk}/revoke/").status_code == 405
    client.post(f"/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at
    assert "已停用" in client.get("/tokens/").content.decode()
    assert "已停用。" in client.post(f"/tokens/{token.pk}/revoke/", follow=True).content.decode()


def test_standing_in_words(world):
    issue(world, name="有效的")
    issue(world, name="到期的", at=world.at(1, month=10), expires_at=world.at(1))
    rows = world.client(world.admin).get("/tokens/").context["tokens"]
    assert {row["token"].name: row["standing"] for row in rows} == {"有效的": "有效", "到期的": "已到期"}


def test_people_are_not_among_the_choices(world, machine):
    response = make(world, user=world.secadmin.pk)
    assert not ApiToken.objects.exists() and "user" in response.context["form"].errors
    assert list(response.context["form"].fields["user"].queryset) == [machine]


def test_an_account_made_on_the_page_waits_for_its_seats(world):
    client = world.client(world.admin)
    response = client.post("/tokens/accounts/new/", {"username": "api_pay", "name": "国库集中支付系统"}, follow=True)
    assert "请安全管理员" in response.content.decode()
    assert "没有生效的岗位" in response.content.decode()
    person = world.client(world.secadmin).get(f"/people/{User.objects.get(username='api_pay').pk}/").content.decode()
    assert "接口账号" in person and "重置密码" not in person and "安排代理" not in person


def test_the_account_s_page_says_when_a_token_was_last_used_and_never_that_it_did_not_log_in(world, machine):
    page = lambda: world.client(world.secadmin).get(f"/people/{machine.pk}/").content.decode()  # noqa: E731
    assert "还没有可用的令牌" in page() and "从未登录" not in page()
    token, key = issue(world)
    assert "还没有用过" in page()
    with periods.clock(world.at(17, 10, 5)):
        assert Client().get("/api/v1/regions/", headers={"authorization": f"Token {key}"}).status_code == 200
    acts.revoke(token=token, by=world.admin)
    assert "最近使用 2026年11月17日 10:05" in page(), "also when it was withdrawn since"
    person = world.client(world.secadmin).get(f"/people/{world.huma_clerk.pk}/").content.decode()
    assert "从未登录" in person and "令牌" not in person.split("岗位 <small>")[0]


def test_the_page_asks_as_often_with_many_accounts(world, django_assert_num_queries):
    client = world.client(world.admin)
    issue(world)
    with CaptureQueriesContext(connection) as few:
        client.get("/tokens/")
    for number in range(20):
        issue(world, name=f"令牌{number}", user=world.machine(like=world.huma_clerk))
    with django_assert_num_queries(len(few)):
        client.get("/tokens/")


def test_others_do_not_see_the_page(world):
    for user in (world.office_head, world.secadmin, world.huma_clerk):
        assert world.client(user).get("/tokens/").status_code == 403
        assert world.client(user).get("/tokens/accounts/new/").status_code == 403
