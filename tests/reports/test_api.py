"""`/api/v1/weekly-reports/` and `/api/v1/rollups/`: signed statements and roll-ups as each person may read them."""

import json

import pytest

from reports.actions.rollup import compile_rollup
from reports.models import RollUp

pytestmark = pytest.mark.django_db


def get(desk, username, address, **query):
    return desk.client(username).get(f"/api/v1/{address}", query)


def one(desk, username):
    response = get(desk, username, f"weekly-reports/{desk.report.pk}/")
    assert response.status_code == 200, response.content
    return response.json()


def units(desk, username, **query):
    return [row["unit"] for row in get(desk, username, "weekly-reports/", **query).json()["results"]]


def test_a_county_lists_its_own_report_the_prefecture_all(desk):
    assert units(desk, "huma_clerk") == ["huma"]
    assert units(desk, "mohe_chief") == ["mohe"]
    assert units(desk, "office") == units(desk, "agri") == ["mohe", "huma", "jiagedaqi", "diqu"]
    assert units(desk, "office", unit="mohe", period="2026-W47", state="draft") == ["mohe"]


def test_a_draft_has_a_state_and_no_content_even_for_its_county(desk):
    desk.fill(paid="12.5", started_on="2026-05-10")
    for username in ("huma_clerk", "huma_chief", "office", "auditor"):
        report = one(desk, username)
        assert (report["state"], report["version"], report["statement"]) == ("draft", 0, None)
        assert "125000" not in json.dumps(report)


def test_after_a_return_the_signed_version_is_given_not_the_correction(desk):
    desk.submit(paid="12.5", started_on="2026-05-10")
    from reports.actions import signing

    signing.return_for_correction(report=desk.report, by=desk.world.office, reason="请核对")
    desk.report.refresh_from_db()
    desk.fill(paid="15")
    statement = one(desk, "huma_clerk")["statement"]
    paid = [cell["paid_to_date_yuan"] for line in statement["content"]["lines"] for cell in line["cells"]]
    assert statement["number"] == 1
    assert "125000.00" in paid and "150000.00" not in paid


def test_the_office_reads_the_whole_version_with_its_totals(desk):
    version = desk.submit(paid="12.5", started_on="2026-05-10")
    statement = one(desk, "office")["statement"]
    assert (statement["number"], statement["is_part"], statement["sha256"]) == (1, False, version.sha256)
    assert {line["name"] for line in statement["content"]["lines"]} == {"冷链仓储", "农机采购", "民族村寨"}
    assert statement["totals"]["levels"]["central"] == {"arranged": "1700000.00", "paid": "125000.00", "delta": "125000.00"}


def test_a_lead_department_reads_the_rows_of_its_task_and_their_sums(desk):
    desk.submit(paid="12.5", started_on="2026-05-10")
    for username in ("ethnic", "huma_ethnic"):
        statement = one(desk, username)["statement"]
        assert statement["is_part"]
        assert [line["name"] for line in statement["content"]["lines"]] == ["民族村寨"]
        assert statement["totals"]["levels"] == {"central": {"arranged": "400000.00", "paid": "0.00", "delta": "0.00"}}
        assert statement["totals"]["counts"]["projects"] == 1


def test_a_body_without_rows_reads_none(desk):
    desk.submit(paid="12.5", started_on="2026-05-10")
    statement = one(desk, "water")["statement"]
    assert (statement["content"]["lines"], statement["totals"]["levels"]) == ([], {})


def test_out_of_sight_is_not_found_and_without_the_right_forbidden(desk):
    desk.submit(paid="1", started_on="2026-05-10")
    assert get(desk, "mohe_clerk", f"weekly-reports/{desk.report.pk}/").status_code == 404
    assert get(desk, "huma_implementer", f"weekly-reports/{desk.report.pk}/").status_code == 404
    assert units(desk, "huma_implementer") == []
    assert get(desk, "admin", "weekly-reports/").status_code == 403


def test_nothing_is_written_here(desk):
    for address in ("weekly-reports/", f"weekly-reports/{desk.report.pk}/", "rollups/"):
        for method in ("post", "put", "patch", "delete"):
            assert getattr(desk.client("office"), method)(f"/api/v1/{address}").status_code == 405


@pytest.fixture
def rollup(desk):
    desk.submit(paid="12.5", started_on="2026-05-10")
    return compile_rollup(period=desk.report.period, by=desk.world.office)


@pytest.mark.parametrize("username", ["office", "leader", "auditor", "finance"])
def test_a_roll_up_is_read_by_those_who_see_the_whole_prefecture(desk, rollup, username):
    [row] = get(desk, username, "rollups/", period="2026-W47").json()["results"]
    assert (row["number"], row["sha256"], "content" in row) == (1, rollup.sha256, False)
    content = get(desk, username, f"rollups/{rollup.pk}/").json()["content"]
    assert content["totals"]["levels"]["central"]["paid"] == "125000.00"


@pytest.mark.parametrize("username", ["huma_clerk", "huma_finance", "agri", "land", "huma_implementer"])
def test_a_roll_up_does_not_exist_for_those_who_see_a_part(desk, rollup, username):
    assert get(desk, username, "rollups/").json()["results"] == []
    assert get(desk, username, f"rollups/{rollup.pk}/").status_code == 404


def test_lists_take_a_constant_number_of_queries(desk, rollup, django_assert_max_num_queries):
    client = desk.client("office")
    client.get("/api/v1/weekly-reports/")
    with django_assert_max_num_queries(8):
        assert client.get("/api/v1/weekly-reports/").json()["count"] == 4
    for number in range(2, 12):
        RollUp.objects.create(
            period=rollup.period, region=rollup.region, number=number, content=rollup.content, sha256=str(number), compiled_at=rollup.compiled_at
        )
    with django_assert_max_num_queries(8):
        assert client.get("/api/v1/rollups/").json()["count"] == 11
