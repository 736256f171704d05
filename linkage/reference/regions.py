"""The region tree of 大兴安岭地区, its aliases and code sets (features 1.1; three official code sets conflict)."""

from __future__ import annotations

from typing import NamedTuple

from linkage.models import RegionKind

PROVINCE, PREFECTURE = "hlj", "dxal"


class Place(NamedTuple):
    slug: str
    name: str
    kind: str
    parent: str | None
    group: str = ""
    prefix: str = ""
    order: int = 0
    reporting: bool = False


_UNITS = (
    ("mohe", "漠河市", "县市", "MH"),
    ("huma", "呼玛县", "县市", "HM"),
    ("tahe", "塔河县", "县市", "TH"),
    ("jiagedaqi", "加格达奇区", "区", "JG"),
    ("songling", "松岭区", "区", "SL"),
    ("xinlin", "新林区", "区", "XL"),
    ("huzhong", "呼中区", "区", "HZ"),
)

# Towns and townships that may carry projects; the office adds the rest.
_TOWNSHIPS = {
    "mohe": ("xilinji 西林吉镇", "tuqiang 图强镇", "jintao 劲涛镇", "xingan 兴安镇", "beiji 北极镇"),
    "huma": (
        "huma 呼玛镇", "hanjiayuan 韩家园镇", "sanka 三卡乡", "jinshan 金山乡", "xinghua 兴华乡", "oupu 鸥浦乡",
        "baiyinna 白银纳鄂伦春族乡", "beijiang 北疆乡",
    ),
    "tahe": ("tahe 塔河镇", "walagan 瓦拉干镇", "pangu 盘古镇", "shibazhan 十八站鄂伦春族乡", "yixiken 依西肯乡", "kaikukang 开库康乡"),
    "jiagedaqi": ("dongshan 东山镇", "changhong 长虹镇", "jiabei 加北乡", "baihua 白桦乡"),
    "songling": ("xiaoyangqi 小扬气镇", "jinsong 劲松镇", "guyuan 古源镇"),
    "xinlin": ("xinlin 新林镇", "cuigang 翠岗镇", "tayuan 塔源镇", "dawusu 大乌苏镇", "taergen 塔尔根镇", "bizhou 碧洲镇", "hongtu 宏图镇"),
    "huzhong": ("huzhong 呼中镇", "bishui 碧水镇", "huyuan 呼源镇", "hongwei 宏伟镇"),
}  # fmt: skip


def places() -> list[Place]:
    """Every node, parents before children; reporting units in the fixed display order."""
    tree = [
        Place(PROVINCE, "黑龙江省", RegionKind.PROVINCE, None),
        Place(PREFECTURE, "大兴安岭地区", RegionKind.PREFECTURE, PROVINCE),
    ]
    for order, (slug, name, group, prefix) in enumerate(_UNITS, 1):
        tree.append(Place(slug, name, RegionKind.COUNTY, PREFECTURE, group, prefix, order, reporting=True))
    tree.append(Place("diqu", "地区本级", RegionKind.OWN, PREFECTURE, "本级", "DQ", len(_UNITS) + 1, reporting=True))
    for unit, towns in _TOWNSHIPS.items():
        for order, town in enumerate(towns, 1):
            slug, name = town.split()
            tree.append(Place(f"{unit}-{slug}", name, RegionKind.TOWNSHIP, unit, order=order))
    return tree


# Old and short names, as they stand in tables from outside.
_NAMES = {
    "hlj": ("黑龙江",),
    "dxal": ("大兴安岭", "大兴安岭行署", "大兴安岭地区行政公署", "全地区"),
    "mohe": ("漠河", "漠河县", "大兴安岭地区漠河市"),
    "huma": ("呼玛", "大兴安岭地区呼玛县"),
    "tahe": ("塔河", "大兴安岭地区塔河县"),
    "jiagedaqi": ("加格达奇", "加区", "大兴安岭地区加格达奇区"),
    "songling": ("松岭", "大兴安岭地区松岭区"),
    "xinlin": ("新林", "大兴安岭地区新林区"),
    "huzhong": ("呼中", "大兴安岭地区呼中区"),
    "diqu": ("地直", "地本级", "行署本级", "大兴安岭地区本级", "国有林场"),
    "huma-baiyinna": ("白银纳乡", "白银纳鄂伦春民族乡"),
    "tahe-shibazhan": ("十八站乡", "十八站鄂伦春民族乡"),
}

CURRENT, OTHER, OLD, MAP = "现行统计码", "另一套统计码", "旧行政区划码", "高德地图码"
# One code may name two units: 232701 is 漠河市 today and was 加格达奇区 in the old set.
_CODES = {
    "dxal": ((CURRENT, "232700"), (OTHER, "232700"), (OLD, "232700")),
    "mohe": ((CURRENT, "232701"), (OTHER, "232701"), (OLD, "232723")),
    "huma": ((CURRENT, "232721"), (OTHER, "232721"), (OLD, "232721")),
    "tahe": ((CURRENT, "232722"), (OTHER, "232722"), (OLD, "232722")),
    "jiagedaqi": ((CURRENT, "232761"), (OTHER, "232792"), (MAP, "232718"), (OLD, "232701"), (OLD, "232724")),
    "songling": ((CURRENT, "232762"), (OTHER, "232790"), (OLD, "232702")),
    "xinlin": ((CURRENT, "232763"), (OTHER, "232793"), (OLD, "232703")),
    "huzhong": ((CURRENT, "232764"), (OTHER, "232791"), (OLD, "232704")),
}


def aliases() -> list[tuple[str, str, str]]:
    """(slug, name or code, code system); the system is empty for names."""
    names = [(slug, name, "") for slug, all_names in _NAMES.items() for name in all_names]
    return names + [(slug, code, system) for slug, codes in _CODES.items() for system, code in codes]
