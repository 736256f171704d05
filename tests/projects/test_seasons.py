"""Stop seasons are data: they propose the stop and its restart, and rest the works of the weekly report (2.2, 5.1)."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from linkage import periods, rules
from linkage.models import RuleVersion
from linkage.periods.season import Season
from projects.models import ConstructionState, Method, Stage
from reports.actions.opening import rests

WINTER = Season((11, 1), (4, 15))


@pytest.mark.parametrize(
    ("day", "inside"),
    [(date(2026, 10, 31), False), (date(2026, 11, 1), True), (date(2026, 12, 31), True), (date(2027, 1, 1), True), (date(2027, 4, 15), True),
     (date(2027, 4, 16), False)],
)  # fmt: skip
def test_a_season_over_the_turn_of_the_year(day, inside):
    assert WINTER.covers(day) is inside


@pytest.mark.parametrize(("day", "inside"), [(date(2026, 4, 15), False), (date(2026, 4, 16), True), (date(2026, 5, 31), True), (date(2026, 6, 1), False)])
def test_a_season_within_one_year(day, inside):
    assert Season((4, 16), (5, 31)).covers(day) is inside


@pytest.mark.parametrize("day", [date(2026, 11, 16), date(2027, 1, 5), date(2027, 4, 15)])
def test_the_day_after_the_season(day):
    assert WINTER.day_after(day) == date(2027, 4, 16)


@pytest.mark.parametrize("words", ["11-1到4-15", "13-01至04-15", "02-30至04-15", "冬季"])
def test_a_season_that_is_none_is_refused_with_how_to_write_it(words):
    with pytest.raises(ValidationError, match="11-01至04-15"):
        rules.CATALOGUE["winter_window"].clean(words)


def test_a_season_is_kept_in_one_form_and_may_be_none():
    rule = rules.CATALOGUE["winter_window"]
    assert (rule.clean("11-1 至 4-15"), rule.clean(""), rule.words("")) == ("11-01至04-15", "", "不设")


@pytest.mark.django_db
def test_the_office_changes_it_in_the_browser(world):
    client = world.client(world.office_head)
    typed = {"value": "10-20至05-01", "effective_from": "2026-12-01", "document": "专班办〔2026〕9号"}
    assert "请写成“11-01至04-15”" in client.post("/rules/winter_window/", typed | {"value": "十月到五月"}).text
    assert not RuleVersion.objects.exists()
    assert client.post("/rules/winter_window/", typed).status_code == 302
    assert rules.season("winter_window", on=date(2026, 12, 1)) == Season((10, 20), (5, 1))
    assert rules.season("winter_window", on=date(2026, 11, 30)) == WINTER


@pytest.mark.django_db
def test_the_form_comes_with_the_stop_of_the_season_and_its_restart(world):
    project = world.project(world.huma, "道路", stage=Stage.STARTED)

    def initial():
        form = world.client(world.huma_clerk).get(f"/projects/{project.pk}/construction/").context["form"]
        return {name: form.initial[name] for name in ("state", "restart_on")}

    assert initial() == {"state": ConstructionState.WINTER, "restart_on": date(2027, 4, 16)}
    with periods.clock(periods.moment(date(2026, 5, 4), 9)):
        assert initial() == {"state": ConstructionState.FIRE, "restart_on": date(2026, 6, 1)}
    with periods.clock(periods.moment(date(2026, 8, 3), 9)):
        assert initial() == {"state": ConstructionState.NORMAL, "restart_on": None}
    RuleVersion.objects.create(code="winter_window", value="", effective_from=date(2026, 1, 1), document="通知", created_at=world.at())
    assert initial()["state"] == ConstructionState.NORMAL


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "winter", "rest"),
    [
        ({"method": Method.WORKS, "stage": Stage.STARTED}, True, True), ({"method": Method.WORKS, "stage": Stage.STARTED}, False, False),
        ({"method": Method.PURCHASE, "stage": Stage.STARTED}, True, False), ({"method": Method.WORKS, "stage": Stage.FINISHED}, True, False),
        ({"method": Method.WORKS, "stage": Stage.PREPARING}, True, False),
        ({"method": Method.PURCHASE, "stage": Stage.STARTED, "construction_state": ConstructionState.OTHER}, False, True),
    ],
)  # fmt: skip
def test_what_rests_in_the_weekly_report(world, values, winter, rest):
    assert rests(world.project(world.huma, "道路", **values), winter) is rest
