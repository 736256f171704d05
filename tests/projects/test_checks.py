"""Completeness by 实施方式 (features 2.1)."""

from datetime import date
from decimal import Decimal

import pytest

from projects.checks import completeness, missing_fields
from projects.models import Method, Project


def bare(method, **values):
    return Project(name="某项目", method=method, planned_investment_yuan=Decimal(100), **values)


def test_works_are_asked_for_place_dates_and_implementer():
    assert missing_fields(bare(Method.WORKS)) == [
        "content", "site", "category", "implementer", "planned_start_on", "planned_finish_on",
    ]  # fmt: skip


@pytest.mark.parametrize("method", [Method.GRANT, Method.SUBSIDY, Method.TRAINING, Method.EQUITY, Method.PURCHASE, Method.FEE])
def test_non_construction_is_never_asked_for_a_building_site(method):
    assert "site" not in missing_fields(bare(method))


def test_management_fee_is_asked_for_its_amount_only():
    assert missing_fields(bare(Method.FEE)) == []
    assert missing_fields(Project(name="管理费", method=Method.FEE, planned_investment_yuan=Decimal(0))) == ["planned_investment_yuan"]


def test_a_whole_record_has_no_findings():
    project = bare(
        Method.TRAINING, content="培训 30 人", category_id=1, implementer_id=1, planned_start_on=date(2026, 5, 1), planned_finish_on=date(2026, 6, 1)
    )
    assert completeness(project) == []


def test_a_finding_names_field_and_repair():
    finding = completeness(bare(Method.SUBSIDY, category_id=1))[0]
    assert finding.place == "content"
    assert finding.message == "未填建设内容"
    assert "贴息" in finding.repair
