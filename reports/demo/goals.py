"""目标任务分解表 of the demo years, and the 报账 steps of two counties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal

from funds.actions.breakdown import Goal, Place, column_goals, issue_breakdown, open_breakdown, set_goals
from funds.actions.claim import set_claim_route
from funds.models import Measure
from linkage.models import FundTask, Region
from linkage.periods import moment

from .cast import Cast

# measure, month and day, percent for every unit
_COLUMNS = (
    (Measure.SPENDING, (6, 30), 45), (Measure.SPENDING, (9, 30), 75), (Measure.SPENDING, (10, 31), 85), (Measure.SPENDING, (12, 31), 100),
    (Measure.STARTED, (6, 30), 100), (Measure.FINISHED, (10, 31), 85), (Measure.ACCEPTED, (12, 10), 90), (Measure.INDUSTRY, (12, 31), 60),
    (Measure.PERFORMANCE, (12, 31), 95),
)  # fmt: skip
_ROUTES = (("songling", True, False, "松财农〔{}〕6号"), ("huzhong", False, True, "呼中财农〔{}〕4号"))


def goals(cast: Cast, year: int, today: date) -> Iterator[tuple[datetime, Callable[[datetime], object]]]:
    """The year's sheet in March; in August the county that lags gets a later 完工, as a version of its own."""

    def compose(at: datetime) -> None:
        sheet = open_breakdown(year=year, by=cast["office"], at=at)
        for measure, (month, day), percent in _COLUMNS:
            column = column_goals(sheet=sheet, measure=measure, due_on=date(year, month, day), ratio=Decimal(percent) / 100, task=None)
            set_goals(sheet=sheet, goals=column, by=cast["office"], at=at)
        ethnic = FundTask.objects.get(code="ethnic")
        huma = Region.objects.get(slug="huma")
        special = {Place(huma.pk, ethnic.pk, Measure.FINISHED, date(year, 10, 31)): Goal(Decimal("0.90"), f"地民宗发〔{year}〕7号")}
        set_goals(sheet=sheet, goals=special, by=cast["office"], at=at)
        issue_breakdown(
            sheet=sheet, document_no=f"大专班发〔{year}〕3号", decided_on=at.date(), revision=sheet.revision, by=cast["office_head"], at=at,
        )  # fmt: skip

    def adjust(at: datetime) -> None:
        sheet = open_breakdown(year=year, reason="松岭区受防火期停工影响", by=cast["office"], at=at)
        place = Place(Region.objects.get(slug="songling").pk, None, Measure.FINISHED, date(year, 10, 31))
        set_goals(sheet=sheet, goals={place: Goal(Decimal("0.70"), f"大专班发〔{year}〕11号")}, by=cast["office"], at=at)
        issue_breakdown(
            sheet=sheet, document_no=f"大专班发〔{year}〕11号", decided_on=at.date(), revision=sheet.revision, by=cast["office_head"], at=at,
        )  # fmt: skip

    def routes(at: datetime) -> None:
        for slug, claim, review, document in _ROUTES:
            set_claim_route(
                unit=Region.objects.get(slug=slug), effective_from=date(year, 1, 1), has_claim=claim, has_review=review, document_no=document.format(year),
                by=cast["office_head"], at=at,
            )  # fmt: skip

    yield moment(date(year, 3, 2), 10), compose
    yield moment(date(year, 8, 17), 10), adjust
    if year == today.year:
        yield moment(date(year, 1, 12), 10), routes
