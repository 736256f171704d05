"""The scene is what its description says."""

import pytest

from reports.models import ReportState

pytestmark = pytest.mark.django_db


def test_the_reports_of_the_county_stand_in_every_state(scene):
    for report, state in (
        (scene.accepted, ReportState.ACCEPTED), (scene.submitted, ReportState.SUBMITTED), (scene.returned, ReportState.RETURNED),
        (scene.signing, ReportState.SIGNING), (scene.draft, ReportState.DRAFT),
    ):  # fmt: skip
        report.refresh_from_db()
        assert report.state == state
