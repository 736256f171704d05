"""Signing before the cut-off day: asked about, recorded, and no page speaks of a day that has not come (features 5.2, 5.6)."""

import pytest

from linkage import periods
from linkage.errors import Refusal
from reports.actions import opening, signing
from reports.actions.filling import Edit, save_cells
from reports.models import WeeklyReport
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(world):
    """Tuesday of week 47, cut off on Thursday: handed in already."""
    world.plan = world.project(world.huma, "冷链仓储", amounts={"central": 1_000_000})
    opening.open_due_periods(at=world.at(16))
    report = WeeklyReport.objects.select_related("period", "unit__parent").get(period__key="2026-W47", unit=world.huma)
    edits = [Edit(report.lines.get().pk, "started_on", "2026-05-10"), Edit(report.lines.get().pk, "physical_ratio", "40")]
    save_cells(report=report, edits=edits, by=world.huma_clerk, at=world.at(17, 9))
    report.refresh_from_db()
    signing.hand_in(report=report, by=world.huma_clerk, at=world.at(17, 9))
    return report


def test_without_the_confirmation_nothing_is_signed(world, waiting):
    with pytest.raises(Refusal, match="11月19日 24:00.*还没有到"):
        signing.sign(report=waiting, by=world.huma_chief, at=world.at(17, 10))
    assert not waiting.versions.exists()


def test_with_it_the_version_and_its_move_say_so(world, waiting):
    address = "/weekly/2026-W47/huma/"
    with periods.clock(world.at(17, 10)):
        chief = world.client(world.huma_chief)
        page = chief.get(f"{address}sign/").content.decode()
        assert "数据截至日还没有到" in page and 'name="early"' in page
        refused = chief.post(f"{address}sign/", {"revision": waiting.revision, "password": PASSWORD}).content.decode()
        assert "提前上报须勾选确认" in refused
        chief.post(f"{address}sign/", {"revision": waiting.revision, "password": PASSWORD, "early": "on"})
        office = world.client(world.office)
        assert waiting.versions.get().number == 1
        assert "数据截至日之前上报，审签人已确认" in office.get(f"{address}versions/").content.decode()
        for part in ("", "v1/"):
            assert "（数据截至日之前）" in office.get(address + part).content.decode()
        for tab in ("", "progress/"):
            project = office.get(f"/projects/{world.plan.pk}/{tab}").content.decode()
            assert "2026年11月17日" in project or "2026-11-17" in project
            assert "11月19日" not in project and "2026-11-19" not in project


def test_after_the_cut_off_nobody_is_asked(world, waiting):
    with periods.clock(world.at(20, 9)):
        page = world.client(world.huma_chief).get("/weekly/2026-W47/huma/sign/").content.decode()
    assert "数据截至日还没有到" not in page
    assert signing.sign(report=waiting, by=world.huma_chief, at=world.at(20, 9)).number == 1
    assert not waiting.transitions.filter(name="sign").exclude(reason="").exists()


def test_the_foot_of_the_grid_says_whether_it_is_signed(world, waiting):
    def foot():
        return world.client(world.huma_clerk).get("/weekly/2026-W47/huma/").content.decode()

    with periods.clock(world.at(20, 9)):
        assert "县级填报，未经审签" in foot()
        signing.sign(report=waiting, by=world.huma_chief, at=world.at(20, 9))
        assert "县级审签上报" in foot() and "未经审签" not in foot()
