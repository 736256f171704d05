"""资产台账 and 公示公告台账 as an office prints them (features 2.8, 2.10, 10.5)."""

from __future__ import annotations

from collections.abc import Iterator

from linkage import exports, money, periods, rules
from linkage.excel import Column, Sheet
from projects.figures.publicity import BASIS, shown
from projects.filters.records import AssetFilter, NoticeFilter
from projects.models import Asset, PublicNotice

ASSETS, NOTICES = "assets", "publicity"
ASSET_COLUMNS = [
    Column("no", "序号", "int", 6), Column("name", "资产名称", width=22), Column("unit", "县（市、区）", width=11), Column("project", "来源项目", width=28),
    Column("kind", "资产类别", width=11), Column("quantity", "数量规格", width=22), Column("value_yuan", "原值", "wan", 11, total=True),
    Column("owner_kind", "权属类别", width=10), Column("owner", "权属单位", width=18), Column("registered_on", "确权登记", "date"),
    Column("registration", "登记文件", width=16), Column("handed_over_on", "移交", "date"), Column("hand_over_document", "移交文件", width=16),
    Column("caretaker", "管护单位或岗位", width=16), Column("income_yuan", "累计收益", "wan", 10, total=True),
    Column("distributed", "收益分配", width=30), Column("idle_since", "闲置起", "date"), Column("idle_reason", "闲置原因", width=22),
]  # fmt: skip
NOTICE_COLUMNS = [
    Column("no", "序号", "int", 6), Column("unit", "县（市、区）", width=11), Column("project", "项目", width=28), Column("kind", "公示内容", width=12),
    Column("place", "公示载体", width=12), Column("where", "具体位置", width=24), Column("from_on", "公示起", "date"), Column("to_on", "公示止", "date"),
    Column("days", "天数", "int", 7), Column("verdict", "核对", width=12), Column("document", "文号或证明材料", width=20), Column("url", "证明链接", width=26),
    Column("objections", "异议及处理", width=20),
]  # fmt: skip
ORDER = ("project__unit__display_order", "-project__project_year", "project__code", "pk")


def _assets(call: exports.Call):
    return AssetFilter(call.query, Asset.objects.visible_to(call.by), user=call.by).qs.order_by(*ORDER)


def _asset_lines(call: exports.Call) -> Iterator[dict]:
    rows = _assets(call).select_related("project__unit").prefetch_related("incomes")
    for number, asset in enumerate(rows.iterator(500), 1):
        incomes = list(asset.incomes.all())
        as_they_are = (
            "name", "quantity", "value_yuan", "owner", "registered_on", "registration", "handed_over_on", "hand_over_document", "caretaker", "idle_since",
            "idle_reason",
        )  # fmt: skip
        yield {name: getattr(asset, name) for name in as_they_are} | {
            "no": number, "unit": asset.project.unit.name, "project": asset.project.name, "kind": asset.get_kind_display(),
            "owner_kind": asset.get_owner_kind_display(), "income_yuan": sum(one.income_yuan for one in incomes) if incomes else None,
            "distributed": "；".join(
                f"{one.year}年收益 {money.wan_text(one.income_yuan)}，"
                f"村集体 {money.wan_text(one.to_village_yuan)}，到户 {money.wan_text(one.to_households_yuan)}"
                for one in incomes
            ),
        }  # fmt: skip


def build_assets(call: exports.Call) -> list[Sheet]:
    as_of = periods.day_of(call.at)
    return [
        Sheet(
            title="衔接资金项目资产台账", name="资产台账", unit_line="单位：万元", as_of=as_of, columns=ASSET_COLUMNS, rows=_asset_lines(call),
            frozen_columns=2,
        )
    ]  # fmt: skip


def _notices(call: exports.Call):
    return NoticeFilter(call.query, PublicNotice.objects.visible_to(call.by), user=call.by).qs.order_by(*ORDER)


def _notice_lines(call: exports.Call) -> Iterator[dict]:
    today, book = periods.day_of(call.at), rules.book()
    words = {"short": "天数不足", "running": "公示中", "done": ""}
    for number, notice in enumerate(_notices(call).select_related("project__unit").iterator(500), 1):
        seen = shown(notice, today, book)
        yield {name: getattr(notice, name) for name in ("where", "from_on", "to_on", "document", "url", "objections")} | {
            "no": number, "unit": notice.project.unit.name, "project": notice.project.name, "kind": notice.get_kind_display(),
            "place": notice.get_place_display(), "days": seen.days, "verdict": words[seen.state],
        }  # fmt: skip


def build_notices(call: exports.Call) -> list[Sheet]:
    as_of = periods.day_of(call.at)
    return [
        Sheet(
            title="衔接资金项目公示公告台账", name="公示公告台账", as_of=as_of, columns=NOTICE_COLUMNS, rows=_notice_lines(call), frozen_columns=3,
            footnotes=[f"注：{BASIS}。"],
        )
    ]  # fmt: skip


exports.register(
    exports.ExportKind(ASSETS, "资产台账", build=build_assets, count=lambda call: _assets(call).count(), permission="export.run", stem=lambda call: "资产台账")
)
exports.register(
    exports.ExportKind(
        NOTICES, "公示公告台账", build=build_notices, count=lambda call: _notices(call).count(), permission="export.run", stem=lambda call: "公示公告台账"
    )
)
