"""Dealing rows out to departments: this period, the later ones already open, and those to come (features 5.3)."""

import pytest

from linkage import states
from linkage.errors import WrongState
from reports.actions import dealing, opening
from reports.models import RowDealing, WeeklyReport

pytestmark = pytest.mark.django_db


def test_later_periods_inherit_the_dealing(desk):
    w = desk.world
    opening.open_due_periods(at=w.at(23))
    later = WeeklyReport.objects.get(period__key="2026-W48", unit=w.huma)
    dealing.deal_out(report=desk.report, task=w.tasks["ethnic"], organisation=w.huma_ethnic_bureau, by=w.huma_clerk, at=w.at(23, 9))
    assert later.lines.get(project__name="民族村寨").assigned_to == w.huma_ethnic_bureau
    assert later.lines.get(project__name="冷链仓储").assigned_to is None
    dealing.deal_out(report=desk.report, task=w.tasks["ethnic"], organisation=None, by=w.huma_clerk, at=w.at(23, 10))
    assert later.lines.get(project__name="民族村寨").assigned_to is None


def test_an_earlier_period_keeps_who_filled_it(desk):
    w = desk.world
    opening.open_due_periods(at=w.at(23))
    later = WeeklyReport.objects.select_related("period", "unit").get(period__key="2026-W48", unit=w.huma)
    dealing.deal_out(report=later, task=w.tasks["ethnic"], organisation=w.huma_ethnic_bureau, by=w.huma_clerk, at=w.at(23, 9))
    assert desk.line("民族村寨").assigned_to is None


def test_a_locked_report_is_not_dealt_out(desk):
    w = desk.world
    WeeklyReport.objects.filter(pk=desk.report.pk).update(locks_at=w.at(20, 11))
    desk.report.refresh_from_db()
    with pytest.raises(WrongState, match="锁定"):
        dealing.deal_out(report=desk.report, task=w.tasks["ethnic"], organisation=w.huma_ethnic_bureau, by=w.huma_clerk, at=w.at(20, 12))
    assert not RowDealing.objects.exists()


def test_reports_are_held_from_the_earliest_on(desk, monkeypatch):
    """Two people at two weeks of one unit would else each hold a report that the other waits for."""
    w, held = desk.world, []
    for day in (23, 30):
        opening.open_due_periods(at=w.at(day))
    touch = states.touch
    monkeypatch.setattr(states, "touch", lambda report, **more: (held.append(report.period.key), touch(report, **more)))
    dealing.deal_out(report=desk.report, task=w.tasks["ethnic"], organisation=w.huma_ethnic_bureau, by=w.huma_clerk, at=w.at(20, 12))
    assert held == ["2026-W47", "2026-W48", "2026-W49"]
    held.clear()
    opening.follow_correction(desk.report)
    assert held == ["2026-W48", "2026-W49"]
