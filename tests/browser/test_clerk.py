"""A week of a county, by real keystrokes: a report of 40 rows with 5 changes, signed by another person, accepted by the office.

What is asserted is what stands at the end; keystrokes, clicks and time are printed (`pytest -s`).
"""

import time
from collections import Counter
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from linkage import periods
from reports.actions import opening, signing
from reports.models import ReportCell, ReportState, WeeklyReport
from tests import world as worlds

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROWS = 40


@pytest.fixture
def friday(monkeypatch):
    """The server's threads have clocks of their own: hold the present still for all of them."""
    at = periods.moment(worlds.MONDAY.replace(day=20), 10)
    monkeypatch.setattr("linkage.periods.present.machine_now", lambda: at)
    return at


@pytest.fixture
def w(transactional_db, friday):
    """呼玛县 with 40 running projects that were stated and accepted last week; week 47 is open."""
    w = worlds.build()
    for number in range(1, ROWS + 1):
        w.project(w.huma, f"项目{number:02d}", amounts={"central": 1_000_000, "provincial": 500_000})
    opening.open_due_periods(at=w.at(9))
    last = WeeklyReport.objects.select_related("period", "unit__parent").get(period__key="2026-W46", unit=w.huma)
    last.lines.update(started_on="2026-05-10", physical_ratio=Decimal("0.4"), completed_investment_yuan=Decimal(600_000), updated_at=w.at(12))
    central = {"line__report": last, "allocation__county_allocation__batch__level": "central"}
    ReportCell.objects.filter(**central).update(paid_to_date_yuan=Decimal(300_000))
    signing.hand_in(report=last, by=w.huma_clerk, at=w.at(13, 10))
    signing.sign(report=last, by=w.huma_chief, at=w.at(13, 11))
    signing.accept(report=last, by=w.office, at=w.at(13, 15))
    opening.open_due_periods(at=w.at(16))
    return w


class Person:
    """Somebody at the keyboard; every keystroke, click and second is counted."""

    def __init__(self, context, live_server, w, user):
        cookies = w.client(user).cookies
        context.add_cookies([{"name": name, "value": cookie.value, "url": live_server.url} for name, cookie in cookies.items()])
        self.page, self.home = context.new_page(), live_server.url
        self.page.set_default_timeout(15_000)
        self.counted, self.begun = Counter(), time.monotonic()
        self.complaints = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def go_home(self):
        self.page.goto(f"{self.home}/")
        self.begun = time.monotonic()

    def click(self, where):
        where.click()
        self.counted["clicks"] += 1

    def type(self, text):
        self.page.keyboard.type(text, delay=5)
        self.counted["keys"] += len(text)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.counted["keys"] += 1

    def done(self, what):
        assert self.complaints == []
        seconds = time.monotonic() - self.begun
        # A practised typist needs 0.4 s a key, 3 s to aim and click; reading comes on top.
        human = 0.4 * self.counted["keys"] + 3 * self.counted["clicks"]
        print(f"\n{what}: {self.counted['keys']} keys, {self.counted['clicks']} clicks, {seconds:.1f} s; by hand about {human:.0f} s")  # noqa: T201


@pytest.fixture
def person(browser, live_server, w):
    contexts = []

    def come(user):
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        contexts.append(context)
        return Person(context, live_server, w, user)

    yield come
    for context in contexts:
        context.close()


def cell(page, row, place):
    """A cell of the row's project; `central` names its money column."""
    tr = page.locator("#grid tr[data-l]", has_text=f"项目{row:02d}")
    return tr.locator("td.money").first if place == "central" else tr.locator(f"[data-p='{place}']")


def fill(clerk):
    """Five rows: progress; this period's spending, typed as such; progress and investment; a completion; a wrong-looking one."""
    page = clerk.page
    clerk.click(cell(page, 3, "physical_ratio"))
    clerk.type("55")
    clerk.press("Tab")
    clerk.type("75")
    clerk.press("Enter")
    clerk.click(cell(page, 8, "central"))
    clerk.type("+12.5")
    clerk.press("Enter")
    clerk.click(cell(page, 17, "physical_ratio"))
    clerk.type("60")
    clerk.press("Enter")
    clerk.click(cell(page, 25, "central"))
    clerk.type("20")  # less than last week: wants a sentence
    clerk.press("Enter")
    clerk.click(cell(page, 40, "physical_ratio"))
    clerk.type("100")
    clerk.press("Enter")
    expect(page.locator("#save-state")).to_contain_text("已保存")


def file_report(clerk):
    """From the queue at home to 提交审签."""
    page = clerk.page
    clerk.go_home()
    clerk.click(page.locator(".queue-item", has_text="第47期").get_by_role("link").first)
    cell(page, 1, "physical_ratio").wait_for()
    fill(clerk)
    clerk.click(page.locator("[data-bulk=rest]"))
    clerk.click(page.locator("[data-bulk=rest]"))
    expect(page.locator("#filled")).to_have_text(f"{ROWS}/{ROWS} 行已填")
    clerk.click(page.locator("[data-explain]").first)
    clerk.type("施工单位退回多付进度款，已入国库。")
    clerk.press("Tab")
    expect(page.locator("#problems")).to_contain_text("可以提交")
    clerk.click(page.get_by_role("button", name="提交审签"))
    expect(page.locator(".messages")).to_contain_text("已提交审签")


def sign(chief):
    page = chief.page
    chief.go_home()
    chief.click(page.locator(".queue-item", has_text="第47期").get_by_role("link").first)
    page.wait_for_load_state()
    if not page.url.endswith("/sign/"):
        chief.click(page.get_by_role("link", name="核对并审签"))
    expect(page.locator("main")).to_contain_text("5 个有变化")
    expect(page.locator("main")).to_contain_text("施工单位退回多付进度款")
    chief.click(page.locator("[name=password]"))
    chief.type(worlds.PASSWORD)
    chief.press("Enter")
    expect(page.locator(".messages")).to_contain_text("形成第 1 版")


def accept(office):
    page = office.page
    office.go_home()
    office.click(page.locator(".queue-item", has_text="呼玛县").get_by_role("link").first)
    expect(page.locator("main")).to_contain_text("5 个有变化")
    office.click(page.get_by_role("button", name="接收"))
    expect(page.locator(".messages")).to_contain_text("已接收")


def test_forty_rows_five_changes(w, person):
    for user, work, what in (
        (w.huma_clerk, file_report, "填报员"), (w.huma_chief, sign, "审签人"), (w.office, accept, "专班办公室"),
    ):  # fmt: skip
        somebody = person(user)
        work(somebody)
        somebody.done(what)

    report = WeeklyReport.objects.get(period__key="2026-W47", unit=w.huma)
    assert (report.state, report.version, report.is_zero) == (ReportState.ACCEPTED, 1, False)
    assert (report.handed_in_by, report.versions.get().signed_by) == (w.huma_clerk, w.huma_chief)
    assert list(report.explanations.values()) == ["施工单位退回多付进度款，已入国库。"]
    lines = {line["name"]: line for line in report.versions.get().content["lines"]}
    assert sorted(name for name, line in lines.items() if not line["no_change"]) == ["项目03", "项目08", "项目17", "项目25", "项目40"]
    said = {name: (line["facts"]["physical_ratio"], line["cells"][0]["paid_to_date_yuan"]) for name, line in lines.items()}
    assert said["项目03"] == ("0.5500", "300000.00")
    assert lines["项目03"]["facts"]["completed_investment_yuan"] == "750000.00"
    assert said["项目08"] == ("0.4000", "425000.00"), "30 万元 and 12.5 万元 of this period"
    assert said["项目17"] == ("0.6000", "300000.00")
    assert said["项目25"] == ("0.4000", "200000.00")
    assert said["项目40"] == ("1.0000", "300000.00")
    unchanged = [said[f"项目{n:02d}"] for n in range(1, ROWS + 1) if n not in (3, 8, 17, 25, 40)]
    assert set(unchanged) == {("0.4000", "300000.00")} and len(unchanged) == 35
