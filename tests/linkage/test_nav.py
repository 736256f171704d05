"""The main navigation: nobody is led to a page that has nothing for the seat."""

import pytest

pytestmark = pytest.mark.django_db


def labels(world, who):
    response = world.client(getattr(world, who)).get("/account/")
    bar = response.context["nav"].entries
    return {entry["label"] for entry in bar} | {item["label"] for entry in bar for item in entry["items"]}


@pytest.mark.parametrize("who", ["huma_clerk", "huma_chief", "office", "leader", "auditor", "agri", "huma_finance"])
def test_readers_of_reports_are_led_to_the_weekly_dispatch(world, who):
    assert "周调度" in labels(world, who)


@pytest.mark.parametrize("who", ["huma_implementer", "admin", "secadmin", "secaudit"])
def test_who_reads_no_report_is_not_led_there(world, who):
    assert "周调度" not in labels(world, who)


def test_an_implementer_is_led_to_its_projects_and_their_money(world):
    assert {"项目", "资金台账"} <= labels(world, "huma_implementer")


def test_the_seat_is_named_without_saying_the_office_twice(world):
    nav = world.client(world.office).get("/account/").context["nav"]
    assert nav.seat_label == "地区专班办公室·经办"
    assert world.client(world.huma_clerk).get("/account/").context["nav"].seat_label == "呼玛县·县级填报员"
