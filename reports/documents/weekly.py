"""《县级周调度报告》 from one signed version: 总体进展, 资金支出, 存在问题及需协调事项, 下步措施 (二(三)1; features 5.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from funds.models import Level
from linkage import money, periods, rounding
from reports.models import ReportVersion, Section

from .office import OfficialDocument

LEVEL_WORDS = dict(Level.choices)


def county_report(version: ReportVersion, *, audit_head: str = "") -> bytes:
    """The .docx of a version. Every figure comes from its frozen content; amounts in 万元 and ratios with two decimals.

    `audit_head`: the head of the audit chain at the moment of printing, so that the paper pins the trail.
    """
    content, totals, report = version.content, version.totals, version.report
    doc = OfficialDocument()
    doc.title(f"{content['unit']['name']}财政衔接推进乡村振兴补助资金\n周调度报告（{content['period']['title'].split('（')[0]}）")
    doc.address("地区衔接资金联动专班办公室：")
    doc.text(f"现将{content['period']['title']}衔接资金项目推进和资金支出情况报告如下（数据截至{_day(content['period']['as_of'])}24时）。")
    doc.heading("一、总体进展")
    doc.text(_overall(content, totals))
    doc.heading("二、资金支出")
    doc.text(_spending(totals))
    if totals["levels"]:
        doc.table(["资金层级", "安排", "累计支出", "本期支出", "支出进度"], _rows(totals), [32, 32, 32, 30, 30], unit="单位：万元")
        if tail := rounding.note(map(_decimals, totals["levels"].values()), ("arranged", "paid", "delta")):
            doc.small(tail)
    doc.heading("三、存在问题及需协调事项")
    _numbered(doc, _problems(content), "本期无新增问题。")
    doc.heading("四、下步措施")
    _numbered(doc, _measures(content), "按年度实施计划推进。")
    if content["issues"]:
        doc.heading("五、问题整改进展")
        _numbered(doc, [f"{n['code']} {n['title']}：{n['text']}" for n in content["issues"]], "")
    doc.signature(f"{report.unit.name}衔接资金联动专班", periods.day_words(periods.day_of(version.signed_at), 0))
    doc.small(f"填报：{version.handed_in_by}　审签：{version.signed_by}（{version.signed_seat}）　第 {version.number} 版\n校验码 {version.sha256[:16]}")
    if audit_head:
        doc.small(f"审计链头 {audit_head}")
    return doc.to_bytes()


def _day(text: str) -> str:
    year, month, day = (int(part) for part in text.split("-"))
    return f"{year}年{month}月{day}日"


def _overall(content: dict[str, Any], totals: dict[str, Any]) -> str:
    counts = totals["counts"]
    if not counts["projects"]:
        return "本期尚无实施项目。"
    if content["is_zero"]:
        head = "本期为零报告，各项目较上期无变化。"
    else:
        head = f"本期有变化的项目 {sum(not line['no_change'] for line in content['lines'])} 个。"
    return (
        f"纳入调度项目 {counts['projects']} 个（不含项目管理费），已开工（实施）{counts['started']} 个，开工率{_rate(counts['started'], counts['projects'])}；"
        f"完工 {counts['finished']} 个，完工率{_rate(counts['finished'], counts['projects'])}；验收 {counts['accepted']} 个，"
        f"占完工项目的{_rate(counts['accepted'], counts['finished'])}。{head}"
    )


def _rate(part: int, whole: int) -> str:
    return money.percent_text(money.ratio(part, whole), 2)


def _spending(totals: dict[str, Any]) -> str:
    levels = totals["levels"]
    arranged, paid, delta = (sum((Decimal(row[name]) for row in levels.values()), Decimal(0)) for name in ("arranged", "paid", "delta"))
    apart = "".join(_apart(str(section.label), totals[section]) for section in (Section.CARRYOVER, Section.ADVANCE) if section in totals)
    if not levels:
        return apart or "尚未安排资金。"
    return (
        f"本年资金累计安排到项目 {money.wan_text(arranged, 2)} 万元，累计支出 {money.wan_text(paid, 2)} 万元（县级上报口径），"
        f"本期支出 {money.wan_text(delta, 2)} 万元，"
        f"支出进度{money.percent_text(money.ratio(paid, arranged), 2)}。{apart}"
    )


def _apart(words: str, row: dict[str, str]) -> str:
    """Money that is not this year's, in a sentence of its own; nothing where there is none."""
    arranged, paid, delta = (Decimal(row[name]) for name in ("arranged", "paid", "delta"))
    if not arranged:
        return ""
    said = f"{words}资金 {money.wan_text(arranged, 2)} 万元，累计支出 {money.wan_text(paid, 2)} 万元，本期支出 {money.wan_text(delta, 2)} 万元"
    return f"{said}（另列，不计入本年支出进度）。"


def _rows(totals: dict[str, Any]) -> list[list[str]]:
    """The levels of this year's money and 本年合计; below it the totals of carry-over and of money issued in advance."""
    named = [(LEVEL_WORDS[level], _decimals(totals["levels"][level])) for level in Level.values if level in totals["levels"]]
    named.append(("本年合计", {name: sum((row[name] for _, row in named), Decimal(0)) for name in ("arranged", "paid", "delta")}))
    for section, words in ((Section.CARRYOVER, "结转合计"), (Section.ADVANCE, "提前下达合计")):
        row = _decimals(totals.get(section) or {})
        if row.get("arranged"):
            named.append((words, row))
    return [
        [
            words, money.wan_text(row["arranged"], 2), money.wan_text(row["paid"], 2), money.wan_text(row["delta"], 2),
            money.percent_text(money.ratio(row["paid"], row["arranged"]), 2),
        ]
        for words, row in named
    ]  # fmt: skip


def _decimals(row: dict[str, str]) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in row.items()}


def _problems(content: dict[str, Any]) -> list[str]:
    found = []
    for line in content["lines"]:
        facts = line["facts"]
        if facts["problem"] or facts["coordination"]:
            level = {"county": "县级", "prefecture": "地区"}.get(facts["coordination_level"] or "", "")
            ask = f"需{level}{line['words']['coordination_with']}协调：{facts['coordination']}" if facts["coordination"] else ""
            found.append("；".join(part.strip("。；") for part in (f"{line['name']}：{facts['problem'] or ''}", ask) if part) + "。")
    return found


def _measures(content: dict[str, Any]) -> list[str]:
    found = []
    for line in content["lines"]:
        if line["facts"]["measures"]:
            due = f"（{_day(line['facts']['measures_due_on'])}前）" if line["facts"]["measures_due_on"] else ""
            found.append(f"{line['name']}：{line['facts']['measures'].strip('。')}{due}。")
    return found


def _numbered(doc: OfficialDocument, items: list[str], otherwise: str) -> None:
    for number, item in enumerate(items, 1):
        doc.text(f"{number}．{item}")
    if not items and otherwise:
        doc.text(otherwise)
