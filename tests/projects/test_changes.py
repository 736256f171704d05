"""The lists over all projects: approved changes and performance targets, with filters and Excel (features 2.3, 2.8)."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.actions import publicity
from projects.actions.project import update_project
from projects.models import PerformanceTarget, ProjectRevision
from tests.access.walking import read

pytestmark = pytest.mark.django_db
DOCUMENT = "呼农组发〔2026〕9号"


def change(world, project, **values):
    project.refresh_from_db()
    update_project(
        project=project, changes=values, revision=project.revision, by=world.huma_clerk, at=world.at(17), reason="选址调整", document=DOCUMENT
    )


def target(world, project, name, operator="ge", wanted="40", actual=None):
    row = publicity.record_target(
        project=project, level="output", name=name, operator=operator, target=Decimal(wanted), unit_name="户", by=world.huma_clerk, at=world.at(16)
    )
    if actual is not None:
        PerformanceTarget.objects.filter(pk=row.pk).update(actual=Decimal(actual), actual_on=date(2026, 11, 10))


def sheet_of(world, person, path):
    return list(openpyxl.load_workbook(BytesIO(read(world.client(person), path).body)).active.iter_rows(values_only=True))


def test_adjustments_with_before_and_after_filtered_and_as_excel(world):
    bridge, road = world.project(world.huma, "桥", site="呼玛镇"), world.project(world.huma, "路")
    change(world, bridge, site="呼玛镇新街")
    change(world, road, planned_investment_yuan=Decimal(1_200_000))
    page = world.client(world.huma_chief).get("/adjustments/")
    assert "建设地点</span> 呼玛镇 → 呼玛镇新街" in page.text
    assert page.context["kinds"] == [("site", "地点变更", 1), ("amount", "金额变更", 1)]
    assert [row.project for row, _ in world.client(world.office).get("/adjustments/?kind=amount").context["rows"]] == [road]
    assert world.client(world.mohe_clerk).get("/adjustments/").context["rows"] == []
    ProjectRevision.objects.filter(project=bridge).update(withdrawn_at=world.at(18), withdrawn_reason="撤销导入")
    assert [row.project for row, _ in world.client(world.office).get("/adjustments/?standing=yes").context["rows"]] == [road]
    lines = [row for row in sheet_of(world, world.office, "/adjustments/export/?kind=site") if row[3] == "桥"]
    assert lines[0][4:9] == ("地点变更", "建设地点：呼玛镇", "建设地点：呼玛镇新街", "选址调整", DOCUMENT)


def test_targets_reached_missed_and_unknown_filtered_and_as_excel(world):
    bridge = world.project(world.huma, "桥")
    target(world, bridge, "受益户数", wanted="40", actual="42")
    target(world, bridge, "成本", "le", "12", "15")
    target(world, bridge, "培训人次")
    client = world.client(world.huma_chief)
    assert client.get("/performance/").context["totals"] == {"every": 3, "projects": 1, "known": 2, "reached": 1, "missed": 1, "unknown": 1}
    for result, name in (("reached", "受益户数"), ("missed", "成本"), ("unknown", "培训人次")):
        assert [row.name for row in client.get(f"/performance/?result={result}").context["page"]] == [name]
    lines = {row[4]: row for row in sheet_of(world, world.huma_clerk, "/performance/export/")}
    assert (lines["成本"][5:8], round(lines["成本"][9], 4), lines["成本"][10]) == (("≤", 12, 15), 0.8, "未达到"), "12 ÷ 15"
    assert (lines["受益户数"][9], lines["受益户数"][10]) == (1.05, "达到目标"), "42 ÷ 40"
    assert (lines["培训人次"][9], lines["培训人次"][10]) == (None, "还没有实际值")
    assert not world.client(world.mohe_clerk).get("/performance/").context["page"].object_list


@pytest.mark.parametrize("path", ["/adjustments/", "/performance/"])
def test_queries_do_not_grow(world, path):
    def fill(number):
        project = world.project(world.huma, f"桥 {number}")
        change(world, project, site=f"{number} 组")
        target(world, project, "受益户数")

    client = world.client(world.office)
    fill(1)
    client.get(path)
    with CaptureQueriesContext(connection) as one:
        client.get(path)
    for number in range(2, 21):
        fill(number)
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    assert len(one) == len(many)
