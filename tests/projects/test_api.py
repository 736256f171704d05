"""`/api/v1/projects/` and `/api/v1/progress/`: rows in sight, money as strings, the filters of the page."""

from datetime import date
from decimal import Decimal

import pytest

from projects.actions.progress import post_progress
from projects.models import Method

pytestmark = pytest.mark.django_db


def listed(world, person, noun="projects", **query):
    return world.client(getattr(world, person)).get(f"/api/v1/{noun}/", query).json()["results"]


def test_rows_in_sight_with_money_as_decimal_strings(world):
    world.project(world.mohe, "北极村晒场")
    project = world.project(world.huma, "冷链仓储", planned_investment_yuan=Decimal("1825000.50"), physical_ratio=Decimal("0.4500"))
    [row] = listed(world, "huma_clerk")
    assert (row["id"], row["unit"], row["task"], row["planned_investment_yuan"], row["physical_ratio"]) == (
        project.pk, "huma", "consolidate", "1825000.50", "0.4500",
    )  # fmt: skip
    assert [row["name"] for row in listed(world, "office")] == ["北极村晒场", "冷链仓储"]


def test_the_filters_of_the_page(world):
    world.project(world.huma, "冷链仓储")
    world.project(world.huma, "设备采购", method=Method.PURCHASE)
    assert [row["name"] for row in listed(world, "office", method="purchase")] == ["设备采购"]
    assert [row["name"] for row in listed(world, "office", q="冷链")] == ["冷链仓储"]


def test_out_of_sight_is_not_found(world):
    project = world.project(world.huma, "冷链仓储")
    assert world.client(world.mohe_clerk).get(f"/api/v1/projects/{project.pk}/").status_code == 404
    assert world.client(world.huma_clerk).get(f"/api/v1/projects/{project.pk}/").status_code == 200


def test_nothing_is_written_here(world):
    project = world.project(world.huma, "冷链仓储")
    client = world.client(world.huma_clerk)
    assert client.post("/api/v1/projects/", {"name": "甲"}, content_type="application/json").status_code == 405
    assert client.patch(f"/api/v1/projects/{project.pk}/", {"name": "乙"}, content_type="application/json").status_code == 405


def test_progress_of_ones_own_projects_and_what_was_corrected(world):
    project, foreign = world.project(world.huma, "冷链仓储"), world.project(world.mohe, "晒场")
    common = {"as_of": date(2026, 11, 12), "at": world.at()}
    for version, ratio in ((1, "0.4000"), (2, "0.5000")):
        facts = {project.pk: {"physical_ratio": Decimal(ratio)}}
        post_progress(statement="weekly/2026-W46/huma", version=version, rows=facts, by=world.huma_chief, **common)
    post_progress(statement="weekly/2026-W46/mohe", version=1, rows={foreign.pk: {"physical_ratio": Decimal("0.9000")}}, by=world.mohe_chief, **common)
    assert {row["physical_ratio"] for row in listed(world, "huma_clerk", "progress")} == {"0.4000", "0.5000"}
    assert [row["physical_ratio"] for row in listed(world, "huma_clerk", "progress", live="true")] == ["0.5000"]
