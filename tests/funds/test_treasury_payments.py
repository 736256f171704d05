"""支付明细 of the treasury, as exported: read, checked, written, brought again (features 9.1, domain.md §6.1, design.md §7)."""

import gzip
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from funds.models import Batch, TreasuryFeed, Voucher, VoucherChannel, VoucherKind
from linkage import access, jobs
from linkage.errors import Refusal
from linkage.excel.files import Unreadable
from linkage.imports import engine, feeds
from linkage.models import AuditEvent, ImportRow, JobState, RowVerdict, Upload
from tests.funds.treasury_files import ACCOUNT, IDENTITY, A, B, C, payments, sheet, text, xlsx

pytestmark = pytest.mark.django_db
GRAIN = "呼玛镇粮食烘干塔建设项目"


@pytest.fixture
def scene(world):
    world.grain = world.project(world.huma, GRAIN, amounts={"central": 1_000_000})
    world.document = world.grain.allocations.get().county_allocation.batch.document_no
    return world


def take(world, file, by=None):
    job = feeds.submit(by=by or world.finance, file=file)
    job.refresh_from_db()
    return job


def bring(world, file, by=None):
    job = take(world, file, by)
    assert job.state == JobState.CHECKED, job.message
    engine.confirm(job, by=by or world.finance, leave_out=True)
    jobs.run_job(job.pk, tell=False)  # many rows wait for a worker
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.message
    return job


def counts(job):
    return {verdict: number for verdict, number in job.result["counts"].items() if number}


def words(job, verdict):
    return " ".join(one["message"] for row in ImportRow.objects.filter(job=job, verdict=verdict) for one in row.problems)


# -- what is stored ---------------------------------------------------------------------------------------------------------


def test_a_line_is_stored_and_matched(scene):
    bring(scene, payments({"voucher": "2026111000001", "project": GRAIN, "quota": scene.document, "amount": 1234.56}))
    voucher = Voucher.objects.get()
    assert (voucher.channel, voucher.key, voucher.key_line) == (VoucherChannel.TREASURY, "huma/V2026111000001", 1)
    assert (voucher.amount_yuan, voucher.paid_on, voucher.unit) == (Decimal("1234.56"), date(2026, 11, 10), scene.huma)
    assert (voucher.project, voucher.allocation) == (scene.grain, scene.grain.allocations.get())
    assert (voucher.nature, voucher.flags, voucher.known_at) == ("progress", [], scene.at())


@pytest.mark.parametrize(("header", "number", "key"), [(A, "application", "huma/AS1"), (B, "voucher", "huma/VS1")], ids=["A", "B"])
def test_titles_unit_lines_and_totals_around_the_table(scene, header, number, key):
    above = [["财政支付明细表"], ["填报日期：2026年11月16日", "", "单位：元"], []]
    total = ["合计", *[""] * (len(header) - 2), 1000.5]
    lines = [*sheet(header, [{number: "S1"}, total], above=above), [], ["制表人：某某"], [], [" "]]
    job = bring(scene, xlsx(lines))
    assert counts(job) == {"new": 1, "skipped": 2}
    assert Voucher.objects.get().key == key


def test_text_tables_in_the_old_encoding(scene):
    bring(scene, text(sheet(B, [{"voucher": "S1", "amount": "1,000.50", "paid_on": "2026/11/10 08:30:00"}])))
    assert (Voucher.objects.get().amount_yuan, Voucher.objects.get().paid_on) == (Decimal("1000.50"), date(2026, 11, 10))


def test_a_unit_line_in_wan_is_counted(scene):
    bring(scene, payments({"voucher": "S1", "amount": 12.5}, above=[["单位：万元"]]))
    assert Voucher.objects.get().amount_yuan == Decimal("125000.00")


def test_column_set_c_names_no_day_and_is_asked_once(scene):
    job = take(scene, payments({"application": "S1", "agency": "呼玛县农业农村局"}, header=C))
    assert job.result["asks"] is True
    assert [one["key"] for one in job.result["questions"]] == ["unit", "paid_on"]
    feeds.answer(job, by=scene.finance, answers={"paid_on": "2026-11-13"})
    job.refresh_from_db()
    engine.confirm(job, by=scene.finance)
    voucher = Voucher.objects.get()
    assert (voucher.unit, voucher.paid_on, voucher.key, voucher.flags) == (scene.huma, date(2026, 11, 13), "huma/AS1", ["date_assumed", "unmatched"])


def test_a_negative_amount_is_a_refund(scene):
    bring(scene, payments({"voucher": "S1", "amount": -88.8, "purpose": "退回多付工程款"}))
    voucher = Voucher.objects.get()
    assert (voucher.kind, voucher.amount_yuan, voucher.flags) == (VoucherKind.REFUND, Decimal("88.80"), ["negative", "unmatched"])


def test_the_official_checks_are_flags_and_refuse_nothing(scene):
    job = bring(scene, payments(
        {"application": "1", "purpose": ""}, {"application": "2", "purpose": "GC-01"}, {"application": "3", "purpose": "工程款#1"},
        {"application": "4", "payee": "8820000123"}, {"application": "5", "payee_account": "呼玛农商行6228"},
        {"application": "6", "paid_on": "2026-11-17"}, {"application": "7", "imported_on": "2026-11-09"}, header=A,
    ))  # fmt: skip
    assert counts(job) == {"new": 7}
    flags = {voucher.application_no: voucher.flags for voucher in Voucher.objects.all()}
    assert flags == {
        "1": ["purpose_blank", "unmatched"], "2": ["purpose_no_han", "unmatched"], "3": ["purpose_signs", "unmatched"],
        "4": ["name_digits", "unmatched"], "5": ["account_han", "unmatched"], "6": ["future", "unmatched"],
        "7": ["imported_before_paid", "unmatched"],
    }  # fmt: skip
    assert TreasuryFeed.objects.get().last_on == date(2026, 11, 16)  # a day to come covers nothing


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_the_sample_of_each_column_set(scene, name):
    """Written after domain.md §6.1. Set C names neither region nor day."""
    Batch.objects.filter(document_no=scene.document).update(document_no="黑财指（农）〔2025〕1号")
    path = Path(__file__).parent.parent / "data" / "treasury" / f"payments_{name}.csv"
    job = take(scene, SimpleUploadedFile(path.name, path.read_bytes()))
    if job.result["asks"]:
        feeds.answer(job, by=scene.finance, answers={"paid_on": "2026-11-13", "unit": "huma"})
        job.refresh_from_db()
    assert counts(job) == {"new": 4, "skipped": 1}
    assert [(one["slug"], one["rows"]) for one in job.result["summary"]["units"]] == [("mohe", 1), ("huma", 3)]
    assert job.result["summary"]["found"] == {"matched": 1, "unmatched": 3, "memory": 0}


# -- nothing personal --------------------------------------------------------------------------------------------------------


def test_accounts_and_identity_numbers_are_kept_nowhere(scene):
    told = {"voucher": "S1", "payee": "张三丰", "purpose": f"发放补助 {IDENTITY} 卡6228 4800 1234 5678 912 电话138 4570 1234"}
    bad = {"voucher": "S2", "paid_on": ACCOUNT, "amount": f"账号{ACCOUNT}"}
    job = bring(scene, payments(told, bad))
    voucher = Voucher.objects.get()
    assert (voucher.payee_masked, voucher.purpose) == ("张**", "发放补助 23****34 卡62****12 电话13****34")
    stored = json.dumps([
        list(ImportRow.objects.values("raw", "values", "problems", "doubts", "label")), job.params, job.result,
        list(AuditEvent.objects.values("before", "after", "target_label")), list(Voucher.objects.values_list("payee_masked", "purpose", "key")),
    ], ensure_ascii=False, default=str)  # fmt: skip
    with Upload.objects.get().file.open() as kept:
        stored += gzip.decompress(kept.read()).decode()
    for secret in (ACCOUNT, IDENTITY, "6228 4800", "张三丰", "138 4570", IDENTITY[:12], ACCOUNT[:10]):
        assert secret not in stored


# -- keys --------------------------------------------------------------------------------------------------------------------


def test_the_same_file_again_changes_nothing(scene):
    lines = [{"voucher": "1", "project": GRAIN, "quota": scene.document}, {"voucher": "2"}, {"voucher": "2", "amount": 7}, {"payee": "某店"}, {"payee": "某店"}]
    bring(scene, payments(*lines))
    before = list(Voucher.objects.order_by("pk").values())
    job = take(scene, payments(*reversed(lines)))
    assert counts(job) == {"unchanged": 5}
    with pytest.raises(Refusal, match="没有需要写入的内容"):
        engine.confirm(job, by=scene.finance)
    assert list(Voucher.objects.order_by("pk").values()) == before


def test_lines_without_a_number_are_told_apart_by_counting(scene):
    bring(scene, payments({"payee": "王五"}, {"payee": "王六"}))  # both become 王*: alike, and still two payments
    assert sorted(Voucher.objects.values_list("key_line", flat=True)) == [1, 2]
    assert Voucher.objects.values("key").distinct().count() == 1
    bring(scene, payments({"payee": "王五"}, {"payee": "王六"}, {"payee": "王七"}))
    assert sorted(Voucher.objects.values_list("key_line", flat=True)) == [1, 2, 3]


def test_a_number_that_a_workbook_has_spoiled_is_an_error_with_its_cell(scene):
    job = take(scene, payments({"voucher": 2026111000000123456}))
    row = ImportRow.objects.get(job=job)
    assert (row.verdict, row.problems[0]["cell"]) == (RowVerdict.ERROR, "H2")
    assert "超过 15 位" in row.problems[0]["message"]


def test_the_same_key_with_other_content_is_for_a_person_to_decide(scene):
    bring(scene, payments({"voucher": "1", "amount": 5000}))
    old = Voucher.objects.get()
    job = take(scene, payments({"voucher": "1", "amount": 5100}))
    assert counts(job) == {"conflict": 1}
    row = ImportRow.objects.get(job=job)
    assert row.differences == [{"label": "金额（元）", "before": "5000.00", "after": "5100.00"}]
    with pytest.raises(Refusal, match="没有需要写入"):
        engine.confirm(job, by=scene.finance)
    engine.decide(job, by=scene.finance, wanted=True, row=row.pk)
    engine.confirm(job, by=scene.finance)
    old.refresh_from_db()
    new = Voucher.objects.standing().get()
    assert (old.amount_yuan, old.superseded_by, old.key) == (Decimal(5000), new, f"{old.pk}~huma/V1")
    assert (new.amount_yuan, new.key, new.key_line) == (Decimal(5100), "huma/V1", 1)
    assert AuditEvent.objects.filter(verb="财政数据更正支付凭证", target_id=str(old.pk)).exists()


def test_amounts_ten_thousand_times_apart_are_called_so(scene):
    bring(scene, payments({"voucher": "1", "amount": 5000}))
    job = take(scene, payments({"voucher": "1", "amount": 50_000_000}))
    assert "正好相差一万倍" in ImportRow.objects.get(job=job).differences[-1]["after"]


def test_amounts_that_look_like_wan_are_asked_about(scene):
    job = take(scene, payments(*({"voucher": str(number), "amount": 12.5} for number in range(3))))
    assert job.result["asks"] is True
    feeds.answer(job, by=scene.finance, answers={"scale": "10000"})
    job.refresh_from_db()
    engine.confirm(job, by=scene.finance)
    assert set(Voucher.objects.values_list("amount_yuan", flat=True)) == {Decimal(125_000)}


def test_a_row_that_stands_twice_in_the_file_is_left_out_unless_wanted(scene):
    job = bring(scene, payments({"voucher": "1"}, {"voucher": "1"}))
    assert counts(job) == {"new": 1, "suspect": 1}
    assert Voucher.objects.count() == 1


def test_what_was_typed_by_hand_becomes_the_treasurys(scene):
    from funds.actions.voucher import record_voucher

    hand = record_voucher(allocation=scene.grain.allocations.get(), kind=VoucherKind.PAY, amount_yuan=Decimal("1000.50"), paid_on=date(2026, 11, 10),
                          voucher_no="7", by=scene.huma_finance)  # fmt: skip
    job = bring(scene, payments({"voucher": "2026-7"}))
    assert counts(job) == {"changed": 1}
    hand.refresh_from_db()
    assert (hand.channel, hand.key, hand.voucher_no, hand.project) == (VoucherChannel.TREASURY, "huma/V2026-7", "2026-7", scene.grain)
    assert Voucher.objects.count() == 1


def test_the_same_payment_under_another_sort_of_number_is_no_second_one(scene):
    bring(scene, payments({"application": "S1"}, {"application": "S2"}, header=A))
    job = bring(scene, payments({"voucher": "V1"}, {"voucher": "V2"}, {"voucher": "V3"}))
    assert counts(job) == {"new": 1, "changed": 2}
    assert sorted(Voucher.objects.values_list("key", flat=True)) == ["huma/VV1", "huma/VV2", "huma/VV3"]
    assert Voucher.objects.exclude(application_no="").count() == 2


# -- gone and back ----------------------------------------------------------------------------------------------------------


def many(*numbers, day="2026-11-10"):
    return [{"voucher": str(number), "amount": 100 + number * 1000, "paid_on": day} for number in numbers]


def test_what_has_vanished_from_a_later_export_is_marked_and_comes_back(scene):
    bring(scene, payments(*many(*range(12))))
    job = bring(scene, payments(*many(*range(11))))
    assert counts(job) == {"unchanged": 11, "gone": 1}
    gone = Voucher.objects.get(voucher_no="11")
    assert gone.gone_at == scene.at()
    assert Voucher.objects.standing().count() == 11
    bring(scene, payments(*many(*range(12))))
    gone.refresh_from_db()
    assert gone.gone_at is None


def test_other_days_and_units_are_not_missed(scene):
    bring(scene, payments(*many(1, 2), *many(3, day="2026-11-12"), {"voucher": "4", "region": "漠河市"}))
    job = take(scene, payments(*many(1, 2)))
    assert counts(job) == {"unchanged": 2}


def test_a_period_in_the_title_covers_its_days(scene):
    bring(scene, payments(*many(*range(12)), *many(20, day="2026-11-02")))
    job = take(scene, payments(*many(*range(12)), above=[["支付日期：2026年11月1日至2026年11月30日"]]))
    assert counts(job) == {"unchanged": 12, "gone": 1}
    assert ImportRow.objects.get(job=job, verdict="gone").wanted is True


def test_a_part_of_the_export_marks_nothing_unasked(scene):
    bring(scene, payments(*many(*range(12))))
    job = take(scene, payments(*many(1, 2)))
    assert counts(job) == {"unchanged": 2, "gone": 10}
    assert not ImportRow.objects.filter(job=job, wanted=True).exists()
    with pytest.raises(Refusal, match="没有需要写入"):
        engine.confirm(job, by=scene.finance)


def test_a_file_of_several_portions_with_keys_across_them(scene):
    lines = [*many(*range(1, 1100)), {"voucher": "1", "amount": 9}]
    job = bring(scene, text(sheet(B, lines)))
    assert counts(job) == {"new": 1100}
    job = take(scene, text(sheet(B, lines[::-1])))
    assert counts(job) == {"unchanged": 1100}


# -- rights -------------------------------------------------------------------------------------------------------------------


def test_a_county_brings_its_own_rows_only(scene):
    job = bring(scene, payments({"voucher": "1"}, {"voucher": "2", "region": "漠河市"}), by=scene.huma_finance)
    assert counts(job) == {"new": 1, "error": 1}
    assert "漠河市的付款，您只能导入呼玛县的数据" in words(job, "error")
    assert [voucher.unit for voucher in Voucher.objects.all()] == [scene.huma]


def test_the_prefecture_brings_all_and_unknown_places_are_named(scene):
    regions = ("呼玛县", "漠河市", "大兴安岭地区本级", "绥化市")
    job = bring(scene, payments(*({"voucher": str(number), "region": region} for number, region in enumerate(regions))))
    assert counts(job) == {"new": 3, "error": 1}
    assert "不认识“绥化市”" in words(job, "error")
    assert {voucher.unit for voucher in Voucher.objects.all()} == {scene.huma, scene.mohe, scene.diqu}


@pytest.mark.parametrize("who", ["office", "huma_clerk", "auditor", "leader", "agri"])
def test_nobody_but_finance(scene, who):
    with pytest.raises(access.Denied):
        feeds.submit(by=getattr(scene, who), file=payments({"voucher": "1"}))


# -- taking back -------------------------------------------------------------------------------------------------------------


def test_an_import_is_taken_back_whole(scene):
    bring(scene, payments(*many(*range(12))))
    before = list(Voucher.objects.order_by("pk").values())
    job = take(scene, payments(*many(*range(10)), {"voucher": "10", "amount": 7}, *many(50)))
    engine.decide(job, by=scene.finance, wanted=True, verdict=RowVerdict.CONFLICT)
    engine.confirm(job, by=scene.finance)
    assert Voucher.objects.count() == 14
    assert Voucher.objects.standing().count() == 12
    job.refresh_from_db()
    engine.undo(job, by=scene.finance)
    assert list(Voucher.objects.order_by("pk").values()) == before
    assert TreasuryFeed.objects.standing().count() == 1


def test_a_later_file_stands_in_the_way_of_taking_back(scene):
    first = bring(scene, payments(*many(1)))
    bring(scene, payments(*many(1, 2)))
    with pytest.raises(Refusal, match="之后又上传过呼玛县"):
        engine.undo(first, by=scene.finance)
    assert Voucher.objects.count() == 2


# -- wrong files -------------------------------------------------------------------------------------------------------------


def test_a_list_of_projects_is_called_so(scene):
    lines = [["项目名称", "建设地点", "建设内容", "计划投资（万元）", "实施单位"], [GRAIN, "呼玛镇", "新建烘干塔一座", 120, "呼玛县农业农村局"]]
    with pytest.raises(Unreadable, match="像是“项目表”.*“项目—导入”"):
        take(scene, xlsx(lines))


def test_a_missing_column_is_named(scene):
    header = [one for one in B if one not in ("支付金额",)]
    with pytest.raises(Unreadable, match="没有支付金额列"):
        take(scene, payments({"voucher": "1"}, header=header))


def test_files_that_are_no_table(scene):
    with pytest.raises(Unreadable, match="不是"):
        take(scene, SimpleUploadedFile("支付.xlsx", b"%PDF-1.7 ..."))
    with pytest.raises(Unreadable, match="带宏"):
        take(scene, SimpleUploadedFile("支付.xlsm", payments({"voucher": "1"}).read()))
    with pytest.raises(Unreadable, match="没有数据行"):
        take(scene, payments())
    assert not Upload.objects.exists()


def test_a_blank_amount_or_day_is_listed_with_its_cell(scene):
    job = bring(scene, payments({"voucher": "1", "amount": ""}, {"voucher": "2", "paid_on": ""}, {"voucher": "3", "amount": "壹佰"}, {"voucher": "4"}))
    assert counts(job) == {"new": 1, "error": 3}
    cells = [row.problems[0]["cell"] for row in ImportRow.objects.filter(job=job, verdict="error").order_by("number")]
    assert cells == ["S2", "T3", "S4"]
