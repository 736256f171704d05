"""Who acts in 大兴安岭地区: bodies, their functions, who is responsible for what (features 1.2, 1.3).

The prefecture's bodies are those of the document, 二(二)3. The full names of county bodies were found in no public source:
these are initial values that the office corrects in the directory. They show the shapes that occur in small districts:
merged bureaus, branches of a prefecture bureau, matters left to the prefecture or to a body outside, and 本地无此机构.
"""

from __future__ import annotations

from typing import NamedTuple

from linkage.models import Function

from .regions import PREFECTURE
from .words import MATTERS

F = Function


class Body(NamedTuple):
    region: str
    name: str
    short_name: str
    functions: tuple[str, ...]
    outside: bool = False


FOREST_GROUP = "大兴安岭林业集团公司"

_PREFECTURE = (
    Body(PREFECTURE, "地区农业农村局", "", (F.AGRI,)),
    Body(PREFECTURE, "地委统战部（民宗）", "地委统战部", (F.ETHNIC,)),
    Body(PREFECTURE, "地区林业和草原局", "地区林草局", (F.FORESTRY,)),
    Body(PREFECTURE, "地区财政局", "", (F.FINANCE,)),
    Body(PREFECTURE, "地区自然资源局", "", (F.LAND,)),
    Body(PREFECTURE, "地区发展和改革委员会", "地区发改委", (F.NDRC,)),
    Body(PREFECTURE, "地区住房和城乡建设局", "地区住建局", (F.HOUSING,)),
    Body(PREFECTURE, "地区交通运输局", "地区交通局", (F.TRANSPORT,)),
    Body(PREFECTURE, "地区水务局", "", (F.WATER,)),
    Body(PREFECTURE, "地区生态环境局", "", (F.ECOLOGY,)),
    Body(PREFECTURE, "地区衔接资金联动专班办公室", "地区专班办公室", (F.OFFICE,)),
    Body(PREFECTURE, FOREST_GROUP, "林业集团", (), outside=True),
)


def _county(slug: str, name: str, committee: str) -> tuple[Body, ...]:
    """A county with a bureau for everything; ecology is a branch of the prefecture's bureau."""
    return (
        Body(slug, f"{name}农业农村局", "", (F.AGRI, F.OFFICE)),
        Body(slug, f"{committee}统战部（民宗局）", f"{committee}统战部", (F.ETHNIC,)),
        Body(slug, f"{name}林业和草原局", f"{name}林草局", (F.FORESTRY,)),
        Body(slug, f"{name}财政局", "", (F.FINANCE,)),
        Body(slug, f"{name}自然资源局", "", (F.LAND,)),
        Body(slug, f"{name}发展和改革局", f"{name}发改局", (F.NDRC,)),
        Body(slug, f"{name}住房和城乡建设局", f"{name}住建局", (F.HOUSING,)),
        Body(slug, f"{name}交通运输局", f"{name}交通局", (F.TRANSPORT,)),
        Body(slug, f"{name}水务局", "", (F.WATER,)),
        Body(slug, f"地区生态环境局{name}分局", "", (F.ECOLOGY,)),
    )


def _district(slug: str, name: str, *merged: tuple[str, str, tuple[str, ...]]) -> tuple[Body, ...]:
    """A small district: finance of its own, land and ecology as branches, the rest as `merged` says."""
    return (
        *(
            Body(slug, f"{name}{full}", f"{name}{short}" if short else "", functions)
            for full, short, functions in merged
        ),
        Body(slug, f"{name}财政局", "", (F.FINANCE,)),
        Body(slug, f"地区自然资源局{name}分局", "", (F.LAND,)),
        Body(slug, f"地区生态环境局{name}分局", "", (F.ECOLOGY,)),
    )


BODIES = (
    *_PREFECTURE,
    *_county("mohe", "漠河市", "漠河市委"),
    *_county("huma", "呼玛县", "呼玛县委"),
    *_county("tahe", "塔河县", "塔河县委"),
    *_district(
        "jiagedaqi", "加格达奇区",
        ("农业农村局", "", (F.AGRI, F.WATER, F.OFFICE)),
        ("委统战部（民宗局）", "委统战部", (F.ETHNIC,)),
        ("林业和草原局", "林草局", (F.FORESTRY,)),
        ("发展和改革局", "发改局", (F.NDRC,)),
        ("住房和城乡建设局", "住建局", (F.HOUSING, F.TRANSPORT)),
    ),
    *_district(
        "songling", "松岭区",
        ("农业农村和林业草原局", "农林局", (F.AGRI, F.FORESTRY, F.WATER, F.OFFICE)),
        ("委统战部", "", (F.ETHNIC,)),
        ("发展和改革局", "发改局", (F.NDRC,)),
        ("住房和城乡建设局", "住建局", (F.HOUSING, F.TRANSPORT)),
    ),
    *_district(
        "xinlin", "新林区",
        ("农业农村和林业草原局", "农林局", (F.AGRI, F.FORESTRY, F.OFFICE)),
        ("委统战部", "", (F.ETHNIC,)),
        ("发展改革和住房建设局", "发改住建局", (F.NDRC, F.HOUSING, F.TRANSPORT)),
    ),
    *_district(
        "huzhong", "呼中区",
        ("农业农村局", "", (F.AGRI, F.WATER, F.OFFICE)),
        ("委统战部", "", (F.ETHNIC,)),
        ("发展和改革局", "发改局", (F.NDRC,)),
        ("住房和城乡建设局", "住建局", (F.HOUSING,)),
    ),
)  # fmt: skip


class Duty(NamedTuple):
    """Who handles a matter in a region: a body by its region and name, or nobody there and why."""

    region: str
    matter: str
    body: tuple[str, str] | None
    note: str = ""


# Where a matter does not go to the region's own body for that function.
_ELSEWHERE = {
    **{
        (slug, "forest-land"): (
            (PREFECTURE, FOREST_GROUP),
            "重点林区使用林地由林业集团办理，为系统外单位，时间单独计算（待核对）",
        )
        for slug in ("jiagedaqi", "songling", "xinlin", "huzhong")
    },
    ("huzhong", "road"): ((PREFECTURE, "地区交通运输局"), "区内无交通机构，由地区交通运输局出具（待核对）"),
    ("xinlin", "water"): (None, "本地无此机构，水土保持方案报地区水务局办理（待核对）"),
}

UNITS = ("mohe", "huma", "tahe", "jiagedaqi", "songling", "xinlin", "huzhong", "diqu")


def duties() -> list[Duty]:
    """One per reporting unit × matter; 地区本级 is served by the prefecture's bodies."""
    found = []
    for unit in UNITS:
        home = PREFECTURE if unit == "diqu" else unit
        for matter in MATTERS:
            elsewhere = _ELSEWHERE.get((unit, matter.code))
            body, note = elsewhere or (_holder(home, matter.function), "")
            found.append(Duty(unit, matter.code, body, note))
    return found


def _holder(region: str, function: str) -> tuple[str, str]:
    return next((body.region, body.name) for body in BODIES if body.region == region and function in body.functions)


class Force(NamedTuple):
    region: str
    name: str
    document: str
    office: tuple[str, str]


FORCES = (
    Force(
        PREFECTURE, "大兴安岭地区衔接资金部门联动专班",
        "《大兴安岭地区中央和省财政衔接推进乡村振兴补助资金监管部门联动机制》（文号待补）",
        (PREFECTURE, "地区农业农村局"),
    ),
    *(Force(slug, f"{name}衔接资金部门联动专班", "", _holder(slug, F.OFFICE)) for slug, name in (
        ("mohe", "漠河市"), ("huma", "呼玛县"), ("tahe", "塔河县"), ("jiagedaqi", "加格达奇区"), ("songling", "松岭区"),
        ("xinlin", "新林区"), ("huzhong", "呼中区"),
    )),
)  # fmt: skip
