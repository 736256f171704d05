"""The catalogue of procedures to begin with (features 3.1; domain §5). Days that the law does not fix are marked 待核对.

Legal days and grounds come from the laws named; promised days were found in no document of this prefecture, so every term
is unverified until the office head confirms it. What the office has changed never comes back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from linkage import periods
from linkage.models import Matter
from projects.models import ExemptionGround, Method, Nature, ProcedureKind, ProcedureTerm, Trait

SINCE = date(2021, 1, 1)  # the fund's first day, as for the bodies
WAN = Decimal(10_000)
PRACTICE = "通行做法，待核对"
GENERAL_TERM = "行政许可法第四十二条：二十个工作日，可延长十日"


class Ground(NamedTuple):
    text: str
    basis: str
    below_wan: int | None = None


class Kind(NamedTuple):
    code: str
    name: str
    matter: str
    nature: str
    legal: tuple[int, str] | None = None
    promised: tuple[int, str] | None = None
    needs: tuple[str, ...] = ()
    methods: tuple[str, ...] = (Method.WORKS,)
    trait: str = ""
    words: str = ""
    from_wan: int | None = None
    grounds: tuple[Ground, ...] = ()
    blocks: bool = True
    note: str = ""


KINDS = (
    Kind(
        "land-preview", "用地预审与选址意见书", "land", Nature.APPROVAL, (20, GENERAL_TERM), (15, PRACTICE), trait=Trait.LAND,
        grounds=(Ground("不新增建设用地，在已批准的用地范围内建设", "土地管理法实施条例第二十四条"),), note="两证合并办理",
    ),
    Kind(
        "proposal", "立项（可研批复）", "proposal", Nature.APPROVAL, (20, GENERAL_TERM), (5, PRACTICE), ("land-preview",),
        grounds=(Ground("规划已明确、内容单一、规模较小，简化报批文件", "政府投资条例第十三条"),
                 Ground("村庄建设项目简易审批，以实施方案批复代替", "发改农经〔2020〕1337号", 1000)),
    ),
    Kind(
        "budget-review", "概算与财政评审", "budget-review", Nature.SUPERVISION, None, (12, PRACTICE), ("proposal",),
        grounds=(Ground("低于财政评审限额，由主管部门审定", "本级财政投资评审规定（限额待核对）", 50),),
    ),
    Kind(
        "planning", "乡村建设规划许可", "planning", Nature.APPROVAL, (20, GENERAL_TERM), (10, PRACTICE), ("land-preview",), trait=Trait.LAND,
        grounds=(Ground("不占用新增用地的修缮、配套设施", "城乡规划法第四十一条"),), note="先取得规划许可再办用地审批",
    ),
    Kind(
        "forest-land", "使用林地审核", "forest-land", Nature.APPROVAL, (20, GENERAL_TERM), (15, PRACTICE), ("proposal",), trait=Trait.FOREST,
        grounds=(Ground("经核查不占用林地", "森林法第三十七条"),), note="重点林区由系统外单位办理的，时间单独计算",
    ),
    Kind(
        "eia", "环境影响评价", "eia", Nature.APPROVAL, (30, "环境影响评价法第二十二条：报告表三十日，报告书六十日"), (15, PRACTICE), trait=Trait.ECOLOGY,
        words="加工、养殖、冷链、污水、垃圾、供水",
        grounds=(Ground("属登记表管理，网上备案", "环境影响评价法第二十二条、建设项目环境影响登记表备案管理办法"),
                 Ground("未列入分类管理名录", "建设项目环境影响评价分类管理名录")),
    ),
    Kind(
        "water", "水土保持方案", "water", Nature.APPROVAL, (10, "水土保持法第二十五条及水利部方案管理规定：十个工作日"), (5, PRACTICE), trait=Trait.SOIL,
        grounds=(Ground("征占地不足0.5公顷且挖填不足1000立方米，不编报方案", "生产建设项目水土保持方案管理办法"),), note="报告表实行告知承诺，即来即办",
    ),
    Kind(
        "road", "道路管辖权确认函", "road", Nature.LETTER, None, (5, PRACTICE), trait=Trait.ROAD, words="道路、公路、桥、产业路",
        grounds=(Ground("田间路、巷路等不属于公路", "公路法第六条"),), note="公路法第八条、第十四条、第二十五条",
    ),
    Kind(
        "tender", "招标投标", "tender", Nature.SUPERVISION, None, (30, PRACTICE), ("proposal", "budget-review"), from_wan=400,
        grounds=(Ground("以工代赈等特殊情况，不宜进行招标", "招标投标法第六十六条"),), note="施工单项400万元以上须招标（发展改革委令第16号）；备标期不少于20日",
    ),
    Kind(
        "procurement", "政府采购", "procurement", Nature.SUPERVISION, None, (20, PRACTICE), methods=(Method.PURCHASE,),
        grounds=(Ground("低于采购限额标准且不在集中采购目录内", "政府采购法第二条及本年度集中采购目录", 50),),
    ),
    Kind(
        "permit", "施工许可", "permit", Nature.APPROVAL, (7, "建筑法第八条：七日"), (3, PRACTICE), ("planning", "budget-review"), trait=Trait.BUILDING,
        words="房、厂、车间、冷链、冷库、中心、服务站、学校、卫生室、市场",
        grounds=(Ground("工程投资额在限额以下（30万元以下或者300平方米以下）", "建筑工程施工许可管理办法第二条", 30),
                 Ground("抢险救灾、临时性房屋建筑和农民自建低层住宅", "建筑法第八十三条")),
        note="黑龙江省〔2025〕2963号调整限额，原文待核对",
    ),
    Kind(
        "supervision", "工程监理", "construction", Nature.SUPERVISION, None, None, ("tender",), from_wan=400,
        grounds=(Ground("不属于必须实行监理的工程", "建设工程质量管理条例第十二条"),), note="实行监理的，未经总监理工程师签字不拨款、不验收（第三十七条）",
    ),
    Kind(
        "water-supervision", "水土保持自主验收报备", "water", Nature.FILING, None, (5, PRACTICE), ("water",), trait=Trait.SOIL, words="水土保持", blocks=False,
        grounds=(Ground("不编报水土保持方案", "生产建设项目水土保持方案管理办法"),),
    ),
    Kind(
        "acceptance", "竣工验收", "acceptance", Nature.FILING, None, (15, "建设工程质量管理条例第四十九条：验收合格之日起十五日内备案"), ("permit",),
        blocks=False, grounds=(Ground("不属于竣工验收备案范围，由主管部门组织验收", "本级项目验收规定（待核对）"),),
    ),
)  # fmt: skip


def load(*, at=None, by=None) -> dict[str, int]:
    """Add the kinds that are missing, each with its term and grounds; gives how many. Kinds without their matter wait."""
    matters = {matter.code: matter for matter in Matter.objects.all()}
    have = set(ProcedureKind.objects.values_list("code", flat=True))
    new = {
        kind.code: _kind(order, kind, matters[kind.matter]) for order, kind in enumerate(KINDS, 1) if kind.code not in have and kind.matter in matters
    }
    if not new:
        return {}
    ProcedureKind.objects.bulk_create(new.values())
    wanted = [kind for kind in KINDS if kind.code in new]
    known = {kind.code: kind for kind in ProcedureKind.objects.all()}
    at = at or periods.now()
    ProcedureTerm.objects.bulk_create([_term(kind, known[kind.code], at) for kind in wanted if kind.legal or kind.promised])
    ExemptionGround.objects.bulk_create(list(_grounds(wanted, known)))
    for kind in wanted:
        known[kind.code].prerequisites.set([known[code] for code in kind.needs if code in known])
    return {str(ProcedureKind._meta.verbose_name): len(new)}


def _kind(order: int, kind: Kind, matter: Matter) -> ProcedureKind:
    return ProcedureKind(
        code=kind.code, name=kind.name, matter=matter, nature=kind.nature, methods=[str(method) for method in kind.methods], trait=kind.trait,
        words=kind.words, min_investment_yuan=kind.from_wan * WAN if kind.from_wan else None, blocks_payment=kind.blocks, display_order=order * 10,
        note=kind.note,
    )  # fmt: skip


def _term(kind: Kind, row: ProcedureKind, at) -> ProcedureTerm:
    legal, legal_basis = kind.legal or (None, "")
    promised, promised_basis = kind.promised or (None, "")
    return ProcedureTerm(
        kind=row, effective_from=SINCE, legal_days=legal, legal_basis=legal_basis, promised_days=promised, promised_basis=promised_basis, created_at=at
    )


def _grounds(wanted: list[Kind], known: dict[str, ProcedureKind]) -> Iterator[ExemptionGround]:
    for kind in wanted:
        for ground in kind.grounds:
            below = ground.below_wan * WAN if ground.below_wan else None
            yield ExemptionGround(kind=known[kind.code], text=ground.text, basis=ground.basis, below_yuan=below)
