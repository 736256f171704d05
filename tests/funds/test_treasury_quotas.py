"""指标 (budget documents) of the treasury beside our fund documents (features 9.1, domain.md §6.2)."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from funds.figures.documents import Standing, compare, level_of
from funds.models import Batch, BudgetLine, CountyAllocation
from linkage.imports import engine, feeds
from linkage.models import ImportRow
from tests.funds.treasury_files import QUOTA, xlsx

pytestmark = pytest.mark.django_db
USUAL = {"区划名称": "呼玛县", "指标金额": 1_000_000, "资金性质": "衔接推进乡村振兴补助资金", "预算级次": "中央", "下达时间": "2026-01-20"}
ETHNIC = {"指标文号": "大财农〔2026〕9号", "上级指标文号": "黑财指（农）〔2026〕9号", "指标摘要": "少数民族发展任务", "指标金额": 555_000}


def quotas(*rows):
    lines = [[(USUAL | row).get(heading, "") for heading in QUOTA] for row in rows]
    return xlsx([["指标查询"], list(QUOTA), *lines, ["合计"]], name="指标.xlsx")


def bring(world, *rows):
    job = feeds.submit(by=world.finance, file=quotas(*rows))
    engine.confirm(job, by=world.finance, leave_out=True)
    return job


@pytest.fixture
def scene(world):
    project = world.project(world.huma, "呼玛镇冷链仓储", amounts={"central": 1_000_000})
    world.document = project.allocations.get().county_allocation.batch.document_no
    return world


def test_documents_are_compared_with_our_shares(scene):
    bring(
        scene, {"指标明细号": "1", "指标文号": scene.document.replace("（", "(").replace("）", ")"), "指标金额": 600_000},
        {"指标明细号": "2", "指标文号": scene.document, "指标金额": 400_000}, {"指标明细号": "3", **ETHNIC},
        {"指标明细号": "4", "指标文号": "大财教〔2026〕1号", "资金性质": "一般公共预算", "指标摘要": "义务教育"},
    )  # fmt: skip
    found, others = compare(BudgetLine.objects.all(), CountyAllocation.objects.all())
    assert [(one.number, one.theirs_yuan, one.ours_yuan, one.standing) for one in found] == [
        ("大财农〔2026〕9号", Decimal(555_000), None, Standing.ONLY_THEIRS),
        (scene.document.replace("（", "(").replace("）", ")"), Decimal(1_000_000), Decimal(1_000_000), Standing.EQUAL),
    ]
    assert others == 1
    page = scene.client(scene.finance).get("/funds/treasury/documents/").content.decode()
    assert "财政指标文件 2 份（按文号和单位），1 份与下达批次一致，<b>1</b> 份不一致或没有登记" in page
    assert "登记批次" in page
    assert "登记批次" not in scene.client(scene.huma_clerk).get("/funds/treasury/documents/").content.decode()


def test_the_form_of_a_missing_document_comes_filled(scene):
    bring(scene, {"指标明细号": "3", **ETHNIC})
    page = scene.client(scene.finance)
    address = re.search(r'href="(/funds/batches/new/\?[^"]+)"', page.get("/funds/treasury/documents/").content.decode())[1].replace("&amp;", "&")
    initial = page.get(address).context["form"].initial
    assert {key: initial[key] for key in ("level", "document_no", "amount_yuan", "fund_year", "issued_on", "task")} == {
        "level": "central", "document_no": "黑财指（农）〔2026〕9号", "amount_yuan": "55.50", "fund_year": "2026", "issued_on": "2026-01-20",
        "task": str(scene.tasks["ethnic"].pk),
    }  # fmt: skip
    assert Batch.objects.count() == 1


def test_again_unchanged_corrected_gone_and_taken_back(scene):
    bring(scene, {"指标明细号": "1", "指标文号": "甲"}, {"指标明细号": "2", "指标文号": "甲"})
    again = feeds.submit(by=scene.finance, file=quotas({"指标明细号": "2", "指标文号": "甲"}, {"指标明细号": "1", "指标文号": "甲"}))
    assert again.result["counts"]["unchanged"] == 2
    before = list(BudgetLine.objects.order_by("pk").values())
    job = feeds.submit(by=scene.finance, file=quotas({"指标明细号": "1", "指标文号": "甲", "指标金额": 900_000}))
    assert {key: number for key, number in job.result["counts"].items() if number} == {"conflict": 1, "gone": 1, "skipped": 1}
    for row in ImportRow.objects.filter(job=job, verdict__in=["conflict", "gone"]):
        engine.decide(job, by=scene.finance, wanted=True, row=row.pk)
    engine.confirm(job, by=scene.finance)
    assert [(one.detail_no, one.amount_yuan) for one in BudgetLine.objects.standing()] == [("1", Decimal(900_000))]
    job.refresh_from_db()
    engine.undo(job, by=scene.finance)
    assert list(BudgetLine.objects.order_by("pk").values()) == before


def test_the_sample(scene):
    path = Path(__file__).parent.parent / "data" / "treasury" / "quotas.csv"
    engine.confirm(feeds.submit(by=scene.finance, file=SimpleUploadedFile(path.name, path.read_bytes())), by=scene.finance)
    assert [(one.detail_no, one.region, one.amount_yuan, one.level_words) for one in BudgetLine.objects.all()] == [
        ("ZB2026002", scene.mohe, Decimal(555_000), "省级"), ("ZB2026001", scene.huma, Decimal(1_000_000), "中央"),
    ]  # fmt: skip


def test_levels_by_their_words():
    assert [level_of(words) for words in ("中央", "上级资金-中央", "省级", "市级（地区）", "县区级", "中央、省级", "")] == [
        "central", "central", "provincial", "prefecture", "county", "", ""]  # fmt: skip
