"""Shared by the tests of the weekly pages: a report of 呼玛县 with rows of two tasks, and short ways to fill and sign it."""

import json
from types import SimpleNamespace

import pytest

from linkage import periods
from projects.models import Method
from reports.actions import filling, opening, signing
from reports.actions.filling import Edit
from reports.models import WeeklyReport


class Desk(SimpleNamespace):
    """The report, its world, and what the two people of the county do with it."""

    def line(self, name):
        return self.report.lines.get(project__name=name)

    def cell(self, name, level="central"):
        cell = self.line(name).cells.get(allocation__county_allocation__batch__level=level)
        return f"cell:{cell.allocation_id}"

    def fill(self, at=None, **texts):
        """Type into the cold store's row; leave the other rows unchanged."""
        edits = [Edit(self.line("冷链仓储").pk, self.cell("冷链仓储") if place == "paid" else place, text) for place, text in texts.items()]
        if edits:
            outcomes = filling.save_cells(report=self.report, edits=edits, by=self.world.huma_clerk, at=at)
            assert {o.verdict for o in outcomes} <= {"saved", "unchanged"}, outcomes
        filling.mark_rest_unchanged(report=self.report, by=self.world.huma_clerk, at=at)
        self.report.refresh_from_db()

    def submit(self, **texts):
        """Fill, hand in and sign: the next version."""
        self.fill(**texts)
        signing.hand_in(report=self.report, by=self.world.huma_clerk)
        version = signing.sign(report=self.report, by=self.world.huma_chief)
        self.report.refresh_from_db()
        return version

    def url(self, *parts, unit="huma"):
        return "/".join(["", "weekly", "2026-W47", unit, *map(str, parts), ""]) if parts else f"/weekly/2026-W47/{unit}/"

    def client(self, username):
        return self.world.client(getattr(self.world, username))

    def post(self, username, part, body, **headers):
        """What the grid's script sends."""
        return self.client(username).post(self.url(part), json.dumps(body), content_type="application/json", headers={"accept": "application/json", **headers})


@pytest.fixture
def desk(world):
    """Friday noon of week 47: 呼玛县 with three rows of two tasks, 漠河市 with one."""
    world.project(world.huma, "冷链仓储", amounts={"central": 1_000_000, "provincial": 500_000})
    world.project(world.huma, "农机采购", method=Method.PURCHASE, amounts={"central": 300_000})
    world.project(world.huma, "民族村寨", task=world.tasks["ethnic"], amounts={"central": 400_000})
    world.project(world.mohe, "北极村栈道", amounts={"central": 777_000})
    opening.open_due_periods(at=world.at(16))
    report = WeeklyReport.objects.select_related("period", "unit").get(period__key="2026-W47", unit=world.huma)
    with periods.clock(world.at(20, 12)):
        yield Desk(world=world, report=report)
