"""Log-in, log-in in place, lock-out, own account, own password (features 12.3, 12.6; ui: an expired log-in opens in place)."""

import pytest
from axes.models import AccessLog
from django.contrib.auth import SESSION_KEY
from django.test import Client

from linkage.models import AuditEvent
from tests.world import PASSWORD

NEW = "北国-冰雪-四季-2026"


def log_in(client, username, password=PASSWORD, **extra):
    return client.post("/login/", {"username": username, "password": password, **extra})


def in_place(client, username, expected, password=PASSWORD):
    data = {"username": username, "password": password, "expected": expected.pk}
    return client.post("/login/inline/", data, headers={"accept": "application/json"})


def who(client):
    return client.session.get(SESSION_KEY)


# --- log-in ------------------------------------------------------------------------------------------------------------


def test_log_in_leads_home_and_is_kept_with_its_address(client, world):
    answer = log_in(client, "huma_clerk")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    event = AuditEvent.objects.get(verb="登录")
    assert (event.actor, event.address, event.target_id) == (world.huma_clerk, "127.0.0.1", str(world.huma_clerk.pk))


def test_log_in_leads_back_to_the_page_asked_for(client, world):
    assert client.get("/account/")["Location"] == "/login/?next=/account/"
    assert log_in(client, "huma_clerk", next="/account/")["Location"] == "/account/"


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/x", "javascript:alert(1)"])
def test_log_in_never_leads_to_another_site(client, world, elsewhere):
    assert log_in(client, "huma_clerk", next=elsewhere)["Location"] == "/"


def test_a_wrong_password_and_an_unknown_name_read_the_same(client, world):
    wrong, unknown = log_in(client, "huma_clerk", "nein"), log_in(client, "nobody-here", "nein")
    for answer in (wrong, unknown):
        assert answer.status_code == 200
        assert "用户名或密码不正确。连续输错 5 次，该账号在本机上锁定 20 分钟。" in answer.content.decode()
    assert who(client) is None


def test_a_closed_account_does_not_get_in(client, world):
    world.huma_clerk.is_active = False
    world.huma_clerk.save()
    assert log_in(client, "huma_clerk").status_code == 200
    assert who(client) is None


def test_five_wrong_passwords_lock_the_account_in_words(client, world):
    for _ in range(5):
        answer = log_in(client, "huma_clerk", "nein")
    assert answer.status_code == 429
    assert "已锁定。请 20 分钟后再试" in answer.content.decode()
    assert log_in(client, "huma_clerk").status_code == 429
    assert who(client) is None


def test_a_locked_account_does_not_lock_the_colleague_at_the_same_address(client, world):
    for _ in range(5):
        log_in(client, "huma_clerk", "nein")
    assert log_in(client, "huma_chief").status_code == 302


def test_who_is_logged_in_is_sent_on(world):
    assert world.client(world.huma_clerk).get("/login/?next=/account/")["Location"] == "/account/"


def test_log_out_needs_a_post_and_is_kept(world):
    client = world.client(world.huma_clerk)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert who(client) is None
    assert AuditEvent.objects.get(verb="退出登录").actor == world.huma_clerk


def test_a_post_without_token_is_refused_in_words(world):
    answer = log_in(Client(enforce_csrf_checks=True), "huma_clerk")
    assert answer.status_code == 403
    assert "页面放得太久了" in answer.content.decode()


# --- log-in in place ---------------------------------------------------------------------------------------------------


def test_the_same_person_goes_on_in_place(client, world):
    answer = in_place(client, "huma_clerk", expected=world.huma_clerk)
    assert answer.status_code == 200
    assert answer.json()["csrf_token"]
    assert who(client) == str(world.huma_clerk.pk)
    assert AuditEvent.objects.filter(verb="页内重新登录", actor=world.huma_clerk).count() == 1


def test_another_person_is_told_and_not_logged_in(client, world):
    answer = in_place(client, "huma_chief", expected=world.huma_clerk)
    assert (answer.status_code, answer.json()["code"]) == (409, "other_user")
    assert "这不是打开本页的人的账号" in answer.json()["detail"]
    assert who(client) is None


def test_a_wrong_password_in_place_is_told_as_json(client, world):
    answer = in_place(client, "huma_clerk", expected=world.huma_clerk, password="nein")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_login")
    assert who(client) is None


def test_locked_out_in_place_is_told_as_json(client, world):
    for _ in range(5):
        answer = in_place(client, "huma_clerk", expected=world.huma_clerk, password="nein")
    assert (answer.status_code, answer.json()["code"]) == (429, "locked")


def test_an_initial_password_does_not_get_in_in_place(client, world):
    world.huma_clerk.must_change_password = True
    world.huma_clerk.save()
    assert in_place(client, "huma_clerk", expected=world.huma_clerk).json()["code"] == "password_change"
    assert who(client) is None


def test_the_dialog_is_a_fragment_with_a_token(client):
    text = client.get("/login/inline/").content.decode()
    assert text.lstrip().startswith("<dialog")
    assert "csrfmiddlewaretoken" in text


# --- the initial password ----------------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(world):
    world.huma_clerk.must_change_password = True
    world.huma_clerk.save()
    return world.client(world.huma_clerk)


@pytest.mark.parametrize("address", ["/", "/account/", "/help/"])
def test_with_an_initial_password_every_page_leads_to_the_change(newcomer, address):
    assert newcomer.get(address)["Location"] == "/account/password/"


def test_with_an_initial_password_scripts_get_a_plain_refusal(newcomer):
    answer = newcomer.get("/account/", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (403, "password_change")
    assert newcomer.get("/api/v1/projects/").status_code == 403
    assert newcomer.get("/account/", headers={"hx-request": "true"})["HX-Redirect"] == "/account/password/"


def test_with_an_initial_password_one_may_leave(newcomer):
    assert newcomer.post("/logout/")["Location"] == "/login/"


def test_a_new_password_opens_the_house(newcomer, world):
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert newcomer.post("/account/password/", form)["Location"] == "/"
    world.huma_clerk.refresh_from_db()
    assert not world.huma_clerk.must_change_password
    assert newcomer.get("/account/").status_code == 200
    assert AuditEvent.objects.get(verb="修改密码").actor == world.huma_clerk


@pytest.mark.parametrize(
    ("old", "new", "again", "words"),
    [
        ("falsch", NEW, NEW, "原密码不正确"),
        (PASSWORD, PASSWORD, PASSWORD, "新密码不能与原密码相同"),
        (PASSWORD, NEW, NEW + "x", "两次输入的新密码不一致"),
        (PASSWORD, "kurz1", "kurz1", "密码太短，至少 10 个字符"),
        (PASSWORD, "84736251904", "84736251904", "密码只包含数字"),
    ],
)
def test_a_poor_new_password_is_refused(newcomer, world, old, new, again, words):
    answer = newcomer.post("/account/password/", {"old_password": old, "new_password1": new, "new_password2": again})
    assert answer.status_code == 200
    assert words in answer.content.decode()
    place = "old_password" if old != PASSWORD else "new_password2" if new != again else "new_password1"
    assert list(answer.context["form"].errors) == [place], "under the field that is to be mended"
    world.huma_clerk.refresh_from_db()
    assert world.huma_clerk.must_change_password
    assert world.huma_clerk.check_password(PASSWORD)


def test_changing_the_password_ends_the_other_sessions(world):
    here, elsewhere = world.client(world.huma_clerk), world.client(world.huma_clerk)
    here.post("/account/password/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302


# --- own account -------------------------------------------------------------------------------------------------------


def test_the_account_page_shows_own_seats_and_own_log_ins_only(client, world):
    log_in(Client(REMOTE_ADDR="10.9.8.7"), "huma_chief")
    log_in(client, "huma_clerk")
    text = client.get("/account/").content.decode()
    assert "县级填报员" in text
    assert "县级专班审签人" not in text
    assert "127.0.0.1" in text
    assert "10.9.8.7" not in text
    assert AccessLog.objects.count() == 2


def test_a_seat_that_has_ended_is_marked(world):
    world.huma_clerk.seats.update(until="2026-10-31")
    text = world.client(world.huma_clerk).get("/account/").content.decode()
    assert "已离任" in text
    assert "在岗" not in text


def test_every_page_costs_few_queries(world, django_assert_max_num_queries):
    client = world.client(world.huma_clerk)
    with django_assert_max_num_queries(7):  # session, user, seats, grants, log-ins, unread
        client.get("/account/")
