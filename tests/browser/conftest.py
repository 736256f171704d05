"""A county's grid on a live server, its clock standing at Friday noon, and people who open it in a real browser."""

import pytest

from linkage import periods
from linkage.models import Seat
from projects.models import Method
from reports.actions import opening
from reports.models import WeeklyReport
from tests import world as worlds


@pytest.fixture
def friday(monkeypatch):
    """The server's threads have clocks of their own: hold the present still for all of them."""
    at = periods.moment(worlds.MONDAY.replace(day=20), 12)
    monkeypatch.setattr("linkage.periods.present.machine_now", lambda: at)
    return at


@pytest.fixture
def report(transactional_db, friday):
    """呼玛县, week 47: three construction projects and one purchase, two levels of money."""
    w = worlds.build()
    for number in range(1, 4):
        w.project(w.huma, f"冷链库{number}", amounts={"central": 1_000_000, "provincial": 500_000})
    w.project(w.huma, "农机采购", method=Method.PURCHASE, amounts={"central": 300_000})
    opening.open_due_periods(at=w.at(16))
    found = WeeklyReport.objects.select_related("period", "unit").get(period__key="2026-W47", unit=w.huma)
    found.world = w
    return found


@pytest.fixture
def as_user(report, live_server):
    """Log a browser context in without the form."""

    def log_in(context, user):
        cookies = report.world.client(user).cookies
        context.add_cookies([{"name": name, "value": cookie.value, "url": live_server.url} for name, cookie in cookies.items()])

    return log_in


@pytest.fixture
def grid(report, live_server, context, as_user):
    """Open the grid as a person, in a new tab; complaints of the browser fail the test."""
    complaints = []

    def open_grid(user=None):
        as_user(context, user or report.world.huma_clerk)
        tab = context.new_page()
        tab.set_default_timeout(15_000)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.goto(f"{live_server.url}/weekly/2026-W47/huma/")
        tab.locator("#grid td[data-c]").first.wait_for()
        with_choices = "() => document.querySelector('#save-state') !== null"
        tab.wait_for_function(with_choices)
        return tab

    yield open_grid
    assert complaints == []
    assert Seat.objects.exists(), "the world is still there"
