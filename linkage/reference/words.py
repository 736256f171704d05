"""Fund tasks, matters and word lists: initial values from practice, marked 待核对 until the office confirms them."""

from __future__ import annotations

from typing import NamedTuple

from linkage.models import DictionaryKind, Function, MatterPhase


class Task(NamedTuple):
    code: str
    name: str
    short_name: str


# The “三西” task of the national list does not exist in 黑龙江 and is left out.
TASKS = (
    Task("consolidate", "巩固拓展脱贫攻坚成果和乡村振兴", "巩固衔接"),
    Task("relief", "以工代赈", "以工代赈"),
    Task("ethnic", "少数民族发展", "少数民族"),
    Task("farm", "欠发达国有农场巩固提升", "国有农场"),
    Task("forest", "欠发达国有林场巩固提升", "国有林场"),
)

# 对口管理 by the document, 二(二)3(1). It names no lead for 以工代赈: that is a gap to show, not to fill here.
TASK_LEADS = (
    ("consolidate", Function.AGRI),
    ("farm", Function.AGRI),
    ("ethnic", Function.ETHNIC),
    ("forest", Function.FORESTRY),
)


class MatterWord(NamedTuple):
    code: str
    name: str
    function: str
    phase: str = MatterPhase.PREPARATION


MATTERS = (
    MatterWord("proposal", "立项（可研批复）", Function.NDRC),
    MatterWord("land", "用地预审与选址意见书", Function.LAND),
    MatterWord("planning", "规划许可", Function.LAND),
    MatterWord("forest-land", "使用林地审核", Function.FORESTRY),
    MatterWord("eia", "环境影响评价", Function.ECOLOGY),
    MatterWord("water", "水土保持方案", Function.WATER),
    MatterWord("road", "道路管辖权确认函", Function.TRANSPORT),
    MatterWord("budget-review", "概算与财政评审", Function.FINANCE),
    MatterWord("tender", "招标核准与招投标监管", Function.NDRC),
    MatterWord("procurement", "政府采购监管", Function.FINANCE),
    MatterWord("permit", "施工许可", Function.HOUSING),
    MatterWord("construction", "建设实施", Function.AGRI, MatterPhase.CONSTRUCTION),
    MatterWord("acceptance", "竣工验收", Function.AGRI, MatterPhase.CONSTRUCTION),
    MatterWord("payment", "资金拨付", Function.FINANCE, MatterPhase.PAYMENT),
)
_NOT_PROCEDURES = {"tender", "procurement", "construction", "acceptance", "payment"}
PROCEDURES = tuple(matter for matter in MATTERS if matter.code not in _NOT_PROCEDURES)


class Word(NamedTuple):
    kind: str
    code: str
    name: str
    parent: str = ""
    note: str = ""


_CATEGORIES: tuple[tuple[str, str, tuple[tuple[str, str, str], ...]], ...] = (
    ("industry", "产业发展", (
        ("production", "生产项目", "种植业基地、养殖业基地、水产养殖业发展、林草基地建设、休闲农业与乡村旅游、光伏电站建设"),
        ("processing", "加工流通项目", "农产品仓储保鲜冷链基础设施建设、加工业、市场建设和农村物流、品牌打造和展销平台"),
        ("facilities", "配套设施项目", "小型农田水利设施建设、产业园（区）"),
        ("services", "产业服务支撑项目", "智慧农业、科技服务、人才培养、农业社会化服务"),
        ("finance", "金融保险配套项目", "小额贷款贴息、小额信贷风险补偿金、特色产业保险保费补助、新型经营主体贷款贴息"),
        ("courtyard", "高质量庭院经济", ""),
        ("collective", "新型农村集体经济发展项目", ""),
    )),
    ("jobs", "就业项目", (
        ("wage", "务工补助", ""), ("training", "就业培训", ""), ("startup", "创业", ""), ("craft", "乡村工匠", ""),
        ("public", "公益性岗位", ""),
    )),
    ("rural", "乡村建设行动", (
        ("infrastructure", "农村基础设施", "村庄规划、农村道路、产业路资源路旅游路、供水保障、农村电网、数字乡村、清洁能源"),
        ("environment", "人居环境整治", "卫生厕所、污水、垃圾、村容村貌"),
        ("public", "农村公共服务", "学校、村卫生室、养老设施、公共照明"),
    )),
    ("relocation", "易地搬迁后扶", (
        ("posts", "公共服务岗位", ""), ("community", "“一站式”社区综合服务设施", ""), ("interest", "贷款债券贴息", ""),
    )),
    ("guarantee", "巩固三保障成果", (
        ("housing", "住房", ""), ("education", "教育", "雨露计划等"), ("health", "健康", ""), ("general", "综合保障", ""),
    )),
    ("governance", "乡村治理和精神文明建设", (("governing", "乡村治理", ""), ("civility", "农村精神文明", ""))),
    ("fee", "项目管理费", ()),
    ("other", "其他", (("village", "少数民族特色村寨", ""), ("tea", "困难群众低氟茶", ""))),
)  # fmt: skip

_NATURES = (("new", "新建"), ("rebuild", "改建"), ("extend", "扩建"), ("continue", "续建"), ("repair", "维修"))

# 当前环节: the links a yuan passes, in order; residuals at the end (features 4.5).
_STEPS_BEFORE = (("county", "县级分配"), ("matching", "项目匹配"))
_STEPS_AFTER = (
    ("tender", "招标采购"), ("start", "待开工"), ("construction", "施工"), ("claim", "已完成未报账"), ("review", "主管部门审核"),
    ("treasury", "财政审核"), ("paid", "已支付"), ("retention", "质保金"), ("surplus", "招标结余待收回"), ("unspendable", "无法支出"),
)  # fmt: skip

_CAUSES = (
    ("procedure", "前期手续未办结"), ("land", "用地或林地手续"), ("design", "设计深度不足、方案反复"), ("tender", "流标、废标"),
    ("season", "冬季或防火期停工"), ("contractor", "施工或供货单位原因"), ("change", "建设内容或地点变更"),
    ("matching", "资金未匹配到项目"), ("claim", "报账资料不全或未及时报账"), ("treasury", "财政审核或库款"),
    ("settlement", "结算审计未完成"), ("duty", "责任不落实、推进不力"), ("villagers", "群众意愿变化"), ("data", "数据录入不及时、不准确"),
    ("other", "其他"),
)  # fmt: skip

# 项目资料: what a file of a project is (features 2.2, 2.8).
_DOCUMENTS = (
    ("approval", "批复、审定文件"), ("contract", "合同"), ("publicity-photo", "公示照片"), ("site-photo", "现场照片"), ("acceptance", "验收资料"),
    ("settlement", "结算、决算资料"), ("handover", "移交、确权资料"), ("other", "其他"),
)  # fmt: skip

UNVERIFIED = "初始值，未核实"


def words() -> list[Word]:
    """Every entry, parents before children, in display order."""
    entries: list[Word] = []
    for code, name, children in _CATEGORIES:
        entries.append(Word(DictionaryKind.CATEGORY, code, name, note=UNVERIFIED))
        for child, child_name, holds in children:
            note = f"{UNVERIFIED}。含：{holds}" if holds else UNVERIFIED
            entries.append(Word(DictionaryKind.CATEGORY, f"{code}-{child}", child_name, code, note))
    entries += [Word(DictionaryKind.NATURE, code, name, note=UNVERIFIED) for code, name in _NATURES]
    entries += [Word(DictionaryKind.STEP, code, name) for code, name in _STEPS_BEFORE]
    entries.append(Word(DictionaryKind.STEP, "procedure", "前期手续"))
    entries += [Word(DictionaryKind.STEP, f"procedure-{m.code}", m.name, "procedure") for m in PROCEDURES]
    entries += [Word(DictionaryKind.STEP, code, name) for code, name in _STEPS_AFTER]
    entries += [Word(DictionaryKind.CAUSE, code, name, note=UNVERIFIED) for code, name in _CAUSES]
    entries += [Word(DictionaryKind.DOCUMENT, code, name, note=UNVERIFIED) for code, name in _DOCUMENTS]
    return entries
