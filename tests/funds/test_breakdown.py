"""目标任务分解表 (features 4.9): composed by the office, issued by its head, imported, read beside the actuals."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from funds.actions.breakdown import (
    Goal,
    Place,
    column_goals,
    drop_breakdown,
    issue_breakdown,
    open_breakdown,
    set_goals,
)
from funds.actions.voucher import record_voucher
from funds.figures.breakdown import compare
from funds.figures.pacing import pace
from funds.figures.sums import Sight
from funds.models import Breakdown, BreakdownCell, Measure
from linkage.access import Denied
from linkage.errors import Refusal, StaleRevision, WrongState
from linkage.excel import MIME, build_template
from linkage.imports import engine
from linkage.imports.base import kind_of
from projects.models import PerformanceTarget, Project

pytestmark = pytest.mark.django_db
D = Decimal
DUE = date(2026, 10, 31)


@pytest.fixture
def sheet(world):
    """呼玛县 100 万 issued, 60 paid; its one project is in 产业发展 and begun; indicators: one of two reached."""
    store = world.project(
        world.huma, "冷链", amounts={"central": 1_000_000}, stage="started", started_on=date(2026, 5, 1), category=world.category,
    )  # fmt: skip
    record_voucher(
        allocation=store.allocations.get(), kind="pay", amount_yuan=D(600_000), paid_on=date(2026, 6, 1), voucher_no="1", by=world.finance, at=world.at(),
    )  # fmt: skip
    for name, actual in (("冷库", D(500)), ("户数", None)):
        PerformanceTarget.objects.create(
            project=store, level="output", name=name, target=D(400), actual=actual, actual_on=date(2026, 9, 1) if actual else None, updated_at=world.at(),
        )  # fmt: skip
    return open_breakdown(year=2026, by=world.office, at=world.at())


def fill(world, sheet, measure=Measure.SPENDING, percent="0.85", due=DUE):
    goals = column_goals(sheet=sheet, measure=measure, due_on=due, ratio=D(percent), task=None)
    return set_goals(sheet=sheet, goals=goals, by=world.office, at=world.at())


def issue(world, sheet, **more):
    values = {"document_no": "大专班发〔2026〕3号", "decided_on": date(2026, 3, 2), "revision": sheet.revision, "by": world.office_head, "at": world.at()}
    return issue_breakdown(sheet=sheet, **(values | more))


def beside(world, sheet, user=None):
    sight = Sight.of(user) if user else Sight.everything()
    return compare(sheet, as_of=date(2026, 11, 15), sight=sight, projects=Project.objects.visible_to(user) if user else Project.objects.all())


def test_every_measure_stands_beside_its_actual(world, sheet):
    for measure in (Measure.SPENDING, Measure.STARTED, Measure.FINISHED, Measure.ACCEPTED, Measure.INDUSTRY, Measure.PERFORMANCE):
        fill(world, sheet, measure, "0.60", date(2026, 12, 31) if measure == Measure.ACCEPTED else DUE)
    line = next(line for line in beside(world, sheet).lines if line.unit == world.huma)
    found = {cell.cell.measure: (cell.ratio, cell.word) for cell in line.cells}
    assert found == {
        "spending": (D("0.6"), "已达到"), "started": (D(1), "已达到"), "finished": (D(0), "到期未达到"), "accepted": (None, "无数据"),
        "industry": (D(1), "已达到"), "performance": (D("0.5"), "到期未达到"),
    }  # fmt: skip


def test_a_target_of_one_task_compares_the_money_of_that_task(world, sheet):
    place = Place(world.huma.pk, world.tasks["ethnic"].pk, Measure.SPENDING, DUE)
    set_goals(sheet=sheet, goals={place: Goal(D("0.9"))}, by=world.office, at=world.at())
    [line] = beside(world, sheet).lines
    assert line.cells[0].ratio is None and line.task == world.tasks["ethnic"]


def test_an_issued_sheet_judges_its_counties_and_no_sum(world, sheet):
    fill(world, sheet)
    assert pace(year=2026, as_of=date(2026, 11, 15)).line(unit=world.huma).target.node is None  # a draft decides nothing
    issue(world, sheet)
    table = pace(year=2026, as_of=date(2026, 11, 15))
    assert (table.line(unit=world.huma).target.ratio, table.line(unit=world.huma).deviation) == (D("0.85"), D("-25.0"))
    assert "大专班发〔2026〕3号" in table.line(unit=world.huma).target.words
    assert table.total.target.node is None


def test_an_issued_version_is_never_changed_and_the_next_begins_with_it(world, sheet):
    fill(world, sheet)
    issue(world, sheet)
    with pytest.raises(WrongState, match="另编一版"):
        fill(world, sheet, percent="0.5")
    with pytest.raises(WrongState):
        drop_breakdown(sheet=sheet, by=world.office)
    second = open_breakdown(year=2026, by=world.office, at=world.at())
    assert (second.version, second.cells.count()) == (2, 4)
    assert second.cells.first().document_no == "大专班发〔2026〕3号"  # each target keeps the document it came from
    assert open_breakdown(year=2026, by=world.office2, at=world.at()) == second  # one draft a year
    drop_breakdown(sheet=second, by=world.office)
    assert Breakdown.objects.get() == sheet


def test_who_may_do_what_and_what_is_refused(world, sheet):
    for person in (world.huma_clerk, world.finance, world.leader):
        with pytest.raises(Denied):
            open_breakdown(year=2026, by=person, at=world.at())
    with pytest.raises(Refusal, match="还没有目标"):
        issue(world, sheet)
    fill(world, sheet)
    with pytest.raises(Denied):
        issue(world, sheet, by=world.office)
    with pytest.raises(Refusal, match="文号"):
        issue(world, sheet, document_no=" ")
    with pytest.raises(Refusal, match="不能晚于今天"):
        issue(world, sheet, decided_on=date(2026, 12, 1))
    with pytest.raises(StaleRevision):
        issue(world, sheet, revision=0)
    with pytest.raises(Refusal, match="0 与 100%"):
        fill(world, sheet, percent="1.2")
    with pytest.raises(Refusal, match="填报单位"):
        set_goals(sheet=sheet, goals={Place(world.prefecture.pk, None, "started", DUE): Goal(D(1))}, by=world.office, at=world.at())
    with pytest.raises(Refusal, match="年度"):
        open_breakdown(year=1999, by=world.office, at=world.at())


def test_in_the_browser_from_the_first_column_to_the_issue(world):
    office, head = world.client(world.office), world.client(world.office_head)
    address = office.post("/funds/breakdowns/new/", {"year": "2026"}).url
    sheet = Breakdown.objects.get()
    assert office.post(f"{address}column/", {"measure": "started", "due_on": "2026-06-30", "target_ratio": "101"}).status_code == 422
    assert office.post(f"{address}column/", {"measure": "started", "due_on": "2026-06-30", "target_ratio": "100"}).status_code == 302
    names = {cell.unit.slug: f"c-{cell.unit_id}-0-started-20260630" for cell in sheet.cells.select_related("unit")}
    sheet.refresh_from_db()
    grid = {"revision": sheet.revision, **dict.fromkeys(names.values(), "100"), names["huma"]: "95", names["diqu"]: ""}
    assert office.post(f"{address}save/", grid | {names["mohe"]: "甲"}).status_code == 422
    assert BreakdownCell.objects.count() == 4  # nothing half-written
    assert office.post(f"{address}save/", grid).status_code == 302
    assert {cell.unit.slug: cell.target_ratio for cell in sheet.cells.select_related("unit")} == {"mohe": 1, "huma": D("0.95"), "jiagedaqi": 1}
    assert office.post(f"{address}save/", grid).status_code == 422  # the revision is an old one now
    assert world.client(world.huma_clerk).get(address).status_code == 404  # a draft is the office's
    sheet.refresh_from_db()
    assert head.post(f"{address}issue/", {"revision": sheet.revision, "document_no": "大专班发〔2026〕3号", "decided_on": "2026-11-10"}).status_code == 302
    html = world.client(world.huma_clerk).get(address).content.decode()
    assert "95%" in html and "漠河" not in html
    assert "大专班发〔2026〕3号" in world.client(world.huma_clerk).get(f"{address}print/").content.decode()
    assert "第 1 版" in world.client(world.leader).get("/funds/breakdowns/").content.decode()


def test_the_sheet_in_excel(world, sheet):
    fill(world, sheet)
    issue(world, sheet)
    response = world.client(world.office).get(f"/funds/breakdowns/{sheet.pk}/export/")
    book = load_workbook(BytesIO(response.content))
    rows = {row[1]: row for row in book["完成情况"].iter_rows(values_only=True)}
    assert rows["呼玛县"][2:4] == ("全部任务", "支出进度") and rows["呼玛县"][5:9] == (0.85, 60, 100, 0.6)
    assert rows["呼玛县"][9:] == (-25, "到期未达到", "大专班发〔2026〕3号")


def test_a_filled_template_goes_into_the_draft_and_twice_changes_nothing(world, sheet):
    kind = kind_of("breakdowns")
    rows = [
        {"year": 2026, "unit": "呼玛县", "task": None, "measure": "完工率", "due_on": DUE, "target_ratio": D("0.9"), "document_no": "呼专班〔2026〕1号"},
        {"year": 2026, "unit": "漠河市", "task": "少数民族", "measure": "产业占比", "due_on": DUE, "target_ratio": D("0.55"), "document_no": None},
    ]  # fmt: skip

    def bring():
        content = build_template(kind.template(world.office), rows)
        return engine.submit(by=world.office, kind=kind, file=SimpleUploadedFile("a.xlsx", content, content_type=MIME))

    def verdicts(job):
        return list(job.rows.order_by("number").values_list("verdict", flat=True))

    job = bring()
    assert verdicts(job) == ["new", "new"]
    engine.confirm(job, by=world.office)
    assert verdicts(bring()) == ["unchanged", "unchanged"]
    cells = {(c.unit.slug, c.task.code if c.task else "", c.measure): (c.target_ratio, c.document_no) for c in sheet.cells.select_related("unit", "task")}
    assert cells == {("huma", "", "finished"): (D("0.9"), "呼专班〔2026〕1号"), ("mohe", "ethnic", "industry"): (D("0.55"), "")}
