"""Every component once, with made-up contents: for builders' eyes and for the browser tests."""

from decimal import Decimal

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linkage import badges, periods
from linkage.money import WanField

WAN = Decimal(10_000)
LONG_LIST = range(1, 341)


class SampleFilter(forms.Form):
    q = forms.CharField(label="关键词", required=False)
    unit = forms.ChoiceField(
        label="县区", required=False, choices=[("", "全部"), ("huma", "呼玛县"), ("tahe", "塔河县")]
    )
    state = forms.ChoiceField(
        label="进度", required=False, choices=[("", "全部"), ("lag", "滞后"), ("severe", "严重滞后")]
    )
    overdue = forms.BooleanField(label="只看逾期", required=False)


class SampleForm(forms.Form):
    name = forms.CharField(label="项目名称", help_text="与批复文件一致")
    amount = WanField(label="下达金额")
    kind = forms.ChoiceField(
        label="实施方式", choices=[("works", "工程类"), ("grant", "到户补助")], widget=forms.RadioSelect
    )
    note = forms.CharField(label="说明", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    agreed = forms.BooleanField(label="已与财政核对", required=False)


def _tiles() -> list[dict]:
    rows = [
        ("mohe", "漠河市", "88.1%", "normal", ""),
        ("tahe", "塔河县", "79.4%", "lag", ""),
        ("huma", "呼玛县", "61.3%", "severe", "待支出 412 万元"),
        ("huzhong", "呼中区", "91.0%", "normal", ""),
        ("xinlin", "新林区", "83.2%", "lag", ""),
        ("songling", "松岭区", "—", "none", "本年无任务"),
        ("jiagedaqi", "加格达奇区", "93.5%", "normal", ""),
        ("diqu", "地区本级", "102.0%", "fault", "已付超过下达"),
    ]
    return [{"slug": s, "name": n, "value": v, "pace": p, "url": "#tilemap", "note": note} for s, n, v, p, note in rows]


def _timeline(at) -> list[dict]:
    def ago(hours):
        return periods.shift(at, hours=-hours)

    return [
        {
            "at": ago(1),
            "who": "地区专班办公室　李工",
            "what": "退回修改",
            "text": "第 3、7 行累计支出与财政不一致，请核对。",
            "tone": "warn",
            "links": [("看 2 处意见", "#timeline")],
        },
        {"at": ago(20), "who": "呼玛县　王主任", "what": "审签上报 v1", "text": "", "tone": "ok", "links": []},
        {"at": ago(23), "who": "呼玛县　张敏", "what": "提交审签", "text": "", "tone": "none", "links": []},
    ]


def _states() -> list[dict]:
    return [{"kind": kind, "keys": list(looks)} for kind, looks in badges.LOOKS.items()]


def _table() -> list[dict]:
    sample = [
        ("呼玛镇冷链仓储设施", 300, Decimal("182.5"), "severe"),
        ("白银纳乡晾晒场硬化", 80, 61, "lag"),
        ("韩家园镇蓝莓加工车间", 246, 246, "normal"),
    ]
    return [
        {
            "name": n,
            "allocated": a * WAN,
            "paid": p * WAN,
            "before": (p - 12) * WAN,
            "pace": pace,
            "weeks": [10, 12, None, 18, 20, 26, 40],
        }
        for n, a, p, pace in sample
    ]


def _problems() -> list[dict]:
    return [
        {"severity": "must", "row_label": "第 3 行", "message": "累计支出小于上期", "repair": "改回，或写明退款", "anchor": "fields"},
        {"severity": "explain", "row_label": "第 7 行", "message": "形象进度低于上期", "repair": "写明原因", "anchor": "fields"},
        {"severity": "hint", "row_label": "第 9 行", "message": "三周没有整改进展", "repair": "", "anchor": ""},
    ]


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    at = periods.now()
    refused = SampleForm({"name": "", "amount": "12,3", "note": ""})
    refused.is_valid()
    context = {
        "now": at,
        "soon": periods.shift(at, hours=3),
        "later": periods.shift(at, days=4),
        "past": periods.shift(at, days=-5),
        "states": _states(),
        "rows": _table(),
        "tiles": _tiles(),
        "timeline": _timeline(at),
        "filter": SampleFilter(request.GET or None),
        "page": Paginator(LONG_LIST, 20).get_page(request.GET.get("page", 3)),
        "form": SampleForm(initial={"name": "呼玛镇冷链仓储设施", "amount": 300 * WAN, "kind": "works"}),
        "refused": refused,
        "problems": _problems(),
        "amounts": {"allocated": 3_000_000, "paid": 1_825_000, "due": 2_750_000, "over": 3_100_000,
            "ratio": Decimal("0.742"), "ratio_before": Decimal("0.731")},
        "facts": [("建设单位", "呼玛镇人民政府"), ("实施方式", "工程类"), ("批复", "呼发改〔2026〕31号", "#facts"), ("计划完工", "")],
        "stats": [
            {"label": "本年下达", "value": "12,480.00", "unit": "万元", "href": "#stats"},
            {"label": "支出进度", "value": "74.2%", "note": "低于序时 17.5 个百分点", "tone": "warn"},
            {"label": "按时上报", "value": "5/7", "note": "一逾期、一未报"},
            {"label": "待支出", "value": "3,219.84", "unit": "万元"},
        ],
        "stages": [
            {"label": "审定入库", "state": "done", "note": "3月12日"},
            {"label": "前期", "state": "done", "note": "5月20日"},
            {"label": "开工（实施）", "state": "now", "note": "形象进度 60%"},
            {"label": "完工", "state": "next", "note": "缺：竣工报告"},
            {"label": "验收", "state": "next"},
        ],
        "tabs": [
            {"label": "概况", "url": "#tabs", "active": True, "count": None},
            {"label": "资金", "url": "#tabs", "active": False, "count": 12},
            {"label": "问题", "url": "#tabs", "active": False, "count": 2},
        ],
        "chart": {"xAxis": {"type": "category", "data": ["漠河市", "呼玛县"]}, "yAxis": {}, "series": [{"type": "bar", "data": [88.1, 61.3]}]},
        "columns": [("县区", "text"), ("下达", "num"), ("支出", "num"), ("进度", "num")],
        "figures": [["漠河市", "1,200.00", "1,057.20", "88.1%"], ["呼玛县", "2,410.00", "1,477.33", "61.3%"]],
        "foot": ["合计", "3,610.00", "2,534.53", "70.2%"],
    }  # fmt: skip
    return render(request, "help/gallery.html", context)
