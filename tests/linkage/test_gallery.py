"""Every component once: it renders, it is readable for everybody, and it fits the screens of the offices."""

import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.template import Context, Template
from django.test import RequestFactory

from linkage import badges, nav, periods
from linkage.templatetags.components import numbers, states
from tests.world import MONDAY

COMPONENTS = sorted(path.stem for path in (Path(settings.BASE_DIR) / "templates" / "components").glob("*.html"))
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa"]}}


def show(source, **context):
    return Template("{% load components %}" + source).render(Context(context))


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).strip()


# --- the page ----------------------------------------------------------------------------------------------------------


def test_the_gallery_is_for_people_who_are_logged_in(client, world):
    assert client.get("/help/gallery/")["Location"].startswith("/login/")


def test_the_gallery_shows_every_component(world):
    for kept in (numbers._rate, states._rendered):
        kept.cache_clear()  # rendered once per value in a process, perhaps by another test
    answer = world.client(world.office).get("/help/gallery/")
    used = {
        Path(template.name).stem
        for template in answer.templates
        if template.name and template.name.startswith("components/")
    }
    assert set(COMPONENTS) - used == set()


@pytest.mark.parametrize("slug", ["start", "weekly", "signing", "office", "excel", "figures", "keyboard", "trouble"])
def test_every_chapter_of_the_manual_opens(world, slug):
    assert world.client(world.office).get(f"/help/{slug}/").status_code == 200


def test_an_unknown_chapter_is_not_found(world):
    assert world.client(world.office).get("/help/nonsense/").status_code == 404


# --- words -------------------------------------------------------------------------------------------------------------


def test_every_state_has_a_shape_and_a_word():
    for kind, looks in badges.LOOKS.items():
        for value, look in looks.items():
            assert look.shape in badges.SHAPES, (kind, value)
            assert look.word, (kind, value)
            assert look.tone in {"ok", "warn", "bad", "info", "none"}, (kind, value)


def test_states_of_one_kind_and_colour_differ_by_shape_or_word():
    for looks in badges.LOOKS.values():
        alarming = [(look.shape, look.word) for look in set(looks.values()) if look.tone == "bad"]
        assert len(alarming) == len(set(alarming))


def test_the_three_colours_of_pace_differ_in_shape():
    assert len({badges.LOOKS["pace"][key].shape for key in ("normal", "lag", "severe")}) == 3


def test_an_unknown_state_stays_readable():
    assert text_of(show("{% badge 'pace' value word='新状态' %}", value="whatever")) == "新状态"
    assert text_of(show("{% badge 'pace' value %}", value="whatever")) == "whatever"


def test_money_is_in_wan_with_the_exact_amount_in_the_title():
    html = show("{% money x %}", x=Decimal("12345678.90"))
    assert text_of(html) == "1,234.57"
    assert 'title="12,345,678.90 元"' in html


def test_no_money_is_a_dash_and_nought_is_nought():
    assert text_of(show("{% money x %}", x=None)) == "—"
    assert text_of(show("{% money x %}", x=Decimal(0))) == "0.00"


def test_a_rate_explains_itself():
    html = text_of(show("{% rate p a basis='财政口径' rule='序时 v1' %}", p=Decimal(1_825_000), a=Decimal(3_000_000)))
    assert html.startswith("60.8%")
    for words in ("182.50 ÷ 300.00", "口径：财政口径", "规则：序时 v1"):
        assert words in html


def test_a_rate_of_nothing_is_no_error():
    assert text_of(show("{% rate p a %}", p=Decimal(0), a=Decimal(0))).startswith("—")
    assert text_of(show("{% rate p a %}", p=None, a=None)).startswith("—")


@pytest.mark.parametrize(
    ("now", "before", "unit", "words"),
    [
        (Decimal(200_000), Decimal(75_000), "wan", "较上周上升▲ 12.50 万元"),
        (Decimal("0.742"), Decimal("0.753"), "pp", "较上周下降▼ 1.1 个百分点"),
        (5, 7, "count", "较上周下降▼ 2"),
        (5, 5, "count", "较上周持平"),
        (5, None, "count", "无上期"),
    ],
)
def test_a_change_is_said_in_words(now, before, unit, words):
    assert text_of(show("{% delta now before unit=unit %}", now=now, before=before, unit=unit)) == words


def test_a_deadline_is_said_in_words_and_lateness_has_a_shape():
    nine = periods.moment(MONDAY, 9)
    ahead = show("{% deadline due now %}", due=periods.moment(MONDAY, 17), now=nine)
    assert text_of(ahead) == "今天 17:00 前（还剩 8 小时）"
    assert "<svg" not in ahead
    late = show("{% deadline due now %}", due=periods.shift(nine, days=-4), now=nine)
    assert text_of(late) == "已逾期 2 个工作日"  # Thursday to Monday: Friday, Monday
    assert "<svg" in late


def test_problems_of_a_form_and_of_checks_come_in_one_list_with_links():
    problems = [
        {"severity": "must", "row_label": "第 3 行", "message": "累计支出小于上期", "repair": "改回", "anchor": "c3"}
    ]
    html = show("{% error_summary problems=problems %}", problems=problems)
    assert '<a href="#c3">第 3 行：累计支出小于上期</a>' in html
    assert text_of(html) == "有 1 处需要处理 强制 第 3 行：累计支出小于上期 改回"
    assert text_of(show("{% error_summary problems=problems %}", problems=[])) == ""


def test_a_sparkline_breaks_where_nothing_is_known():
    assert show("{% sparkline v %}", v=[1, 2, None, 3, 4]).count("<polyline") == 2
    assert text_of(show("{% sparkline v %}", v=[None, None])) == "无数据"
    assert show("{% sparkline v %}", v=[5, 5, 5]).count("<polyline") == 1


def test_pager_and_filters_keep_the_address(world):
    page = world.client(world.office).get("/help/gallery/?unit=huma&page=2").content.decode()
    assert "?unit=huma&amp;page=3" in page
    assert 'href="#export?unit=huma"' in page
    assert "县区 呼玛县" in text_of(page)


# --- navigation --------------------------------------------------------------------------------------------------------


@pytest.fixture
def all_pages_exist(monkeypatch):
    monkeypatch.setattr(nav, "leads_somewhere", lambda path: True)


def labels(entries):
    return [entry["label"] for entry in entries]


def frame(user, path="/"):
    request = RequestFactory().get(path)
    request.user = user
    return nav.Frame(request)


@pytest.mark.parametrize(
    ("username", "seen", "unseen"),
    [
        ("huma_clerk", {"待办", "周调度", "项目", "资金", "问题"}, {"看板"}),
        ("office", {"看板", "周调度"}, set()),
        ("secaudit", {"待办", "管理", "名录"}, {"周调度", "资金", "问题", "看板"}),
        ("admin", {"管理"}, {"周调度", "项目"}),
    ],
)
def test_the_bar_shows_what_a_role_may_open(world, all_pages_exist, username, seen, unseen):
    shown = set(labels(frame(getattr(world, username)).entries))
    assert seen <= shown
    assert not unseen & shown


@pytest.mark.parametrize(
    "username", ["huma_clerk", "huma_chief", "huma_land", "huma_finance", "huma_implementer", "office", "office_head", "agri", "leader",
                 "auditor", "admin", "secadmin", "secaudit"],
)  # fmt: skip
def test_every_link_of_the_bar_opens(world, username):
    client = world.client(getattr(world, username))
    entries = frame(getattr(world, username)).entries
    links = {entry["url"] for entry in entries} | {item["url"] for entry in entries for item in entry["items"]}
    closed = {url: client.get(url, follow=True).status_code for url in sorted(links - {"", "/"})}
    assert {url: status for url, status in closed.items() if status != 200} == {}


def test_only_the_closest_entry_is_the_present_one(world, all_pages_exist):
    funds = next(e for e in frame(world.office, "/funds/pace/").entries if e["label"] == "资金")
    assert labels([item for item in funds["items"] if item["active"]]) == ["支出进度"]
    assert funds["active"]


def test_a_page_that_does_not_exist_is_not_offered():
    assert nav.leads_somewhere("/help/")
    assert not nav.leads_somewhere("/nonsense/")


def test_strangers_get_no_navigation_and_no_query(db, django_assert_num_queries):
    from django.contrib.auth.models import AnonymousUser

    with django_assert_num_queries(0):
        stranger = frame(AnonymousUser())
        assert (stranger.entries, stranger.unread, stranger.seat_label) == ([], 0, "")


# --- errors without a database -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "409", "500"])
def test_error_pages_need_no_database(name, django_assert_num_queries, db):
    from django.template.loader import render_to_string

    with django_assert_num_queries(0):
        assert "衔接资金联动监管" in render_to_string(f"{name}.html", {})


# --- in a real browser -------------------------------------------------------------------------------------------------


@pytest.fixture
def open_page(live_server, page, transactional_db):
    """A page of the live server as a logged-in person; console errors fail the test."""
    from tests import world as worlds

    with periods.clock(periods.moment(MONDAY, 9)):
        built = worlds.build()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: errors.append(message.text) if message.type == "error" and "409" not in message.text else None,
    )

    def go(username, path, width=1366, height=768):
        cookie = built.client(getattr(built, username)).cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie.value, "url": live_server.url}]
        )
        page.set_viewport_size({"width": width, "height": height})
        page.goto(live_server.url + path)
        page.wait_for_load_state("networkidle")
        return SimpleNamespace(page=page, world=built, url=live_server.url)

    yield go
    assert errors == []


def violations(page):
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in Axe().run(page, options=RULES).response["violations"]]


@pytest.mark.browser
def test_axe_finds_nothing(open_page):
    at = open_page("office", "/help/gallery/")
    found = {}
    for path in ("/help/gallery/", "/account/", "/account/password/", "/help/", "/help/weekly/"):
        at.page.goto(at.url + path)
        found[path] = violations(at.page)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.browser
def test_axe_finds_nothing_at_the_door(live_server, page):
    page.goto(live_server.url + "/login/")
    assert violations(page) == []


@pytest.mark.browser
def test_nothing_sticks_out_of_the_screen(open_page):
    page = open_page("office", "/help/gallery/").page
    for width in (1366, 390):
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_keyboard_search_menu_and_confirmation(open_page):
    page = open_page("office", "/help/gallery/").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    menu = page.locator(".account-menu")
    menu.locator("summary").press("Enter")
    assert menu.get_attribute("open") is not None
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    button = page.get_by_role("button", name="退回").first
    button.press("Enter")
    assert page.get_by_text("退回这一行？").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_role("button", name="退回").first.is_visible()
    assert page.evaluate("document.activeElement.textContent") == "退回"


@pytest.mark.browser
def test_log_in_in_place_refuses_another_person_and_takes_the_same(open_page):
    at = open_page("huma_clerk", "/help/gallery/")
    page = at.page
    page.context.clear_cookies()
    page.evaluate("import('/static/js/relogin.js').then((m) => { window.back = m.relogin(); })")
    dialog = page.locator("dialog.relogin")
    assert dialog.get_by_label("用户名").input_value() == "huma_clerk"
    dialog.get_by_label("用户名").fill("huma_chief")
    dialog.get_by_label("密码").fill("linkage-demo")
    dialog.get_by_role("button", name="继续").click()
    page.get_by_text("这不是打开本页的人的账号").wait_for()
    dialog.get_by_label("用户名").fill("huma_clerk")
    dialog.get_by_role("button", name="继续").click()
    dialog.wait_for(state="detached")
    assert page.evaluate("window.back") is True
