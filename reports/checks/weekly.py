"""What must be right, explained or noticed before a weekly report is handed in (features 5.4, 5.8).

One function per rule; each looks at one row and yields problems. 强制 stands in the way, 核实 wants a sentence,
提示 only says so. Facts that may be true are never refused: they want a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from linkage.checks import Problem, Severity
from linkage.money import points, wan_text
from projects.models import METHOD_COLUMNS, Method
from reports.figures.statement import FAR, is_far_above
from reports.models import ReportCell, ReportLine

ZERO = Decimal("0.00")
FAR_ABOVE, FAR_SENTENCE = "paid_far_above", 10


@dataclass(frozen=True)
class Standard:
    """What the rows are measured against: the cut-off day and the rule values written on the period."""

    as_of: date
    jump_ratio: Decimal
    treasury_gap_yuan: Decimal
    treasury: dict[int, Decimal] = field(default_factory=dict)  # allocation id → 元 by treasury, where known

    @classmethod
    def of(cls, period, treasury: dict[int, Decimal]) -> Standard:
        return cls(
            as_of=period.ends_on, jump_ratio=Decimal(period.rules["statement_jump_ratio"]["value"]) / 100,
            treasury_gap_yuan=Decimal(period.rules["treasury_gap_wan"]["value"]) * 10_000, treasury=treasury,
        )  # fmt: skip


def problems_of(lines: list[ReportLine], standard: Standard) -> list[Problem]:
    """All problems of all rows at once, 强制 first, then in the order of the rows."""
    found = [problem for line in lines for rule in RULES for problem in rule(line, standard)]
    order = {Severity.MUST: 0, Severity.EXPLAIN: 1, Severity.HINT: 2}
    return sorted(found, key=lambda p: order[p.severity])


def open_problems(problems: list[Problem], explanations: dict[str, str]) -> list[Problem]:
    """Those that still stand in the way: 强制, and 核实 without a sentence, or with one too short for what it has to carry."""
    return [
        p for p in problems
        if p.severity is Severity.MUST or (p.severity is Severity.EXPLAIN and len(explanations.get(p.key, "").strip()) < sentence_length(p))
    ]  # fmt: skip


def sentence_length(problem: Problem) -> int:
    """How many characters the sentence of a 核实 problem has at least."""
    return FAR_SENTENCE if problem.code == FAR_ABOVE else 1


def is_filled(line: ReportLine) -> bool:
    """Somebody has looked at the row: changed it, or said that nothing changed."""
    return line.no_change or line.updated_at is not None


def row_not_filled(line, standard) -> Iterator[Problem]:
    if not is_filled(line):
        yield _problem(line, "not_filled", Severity.MUST, "本行还没有填报", "填写变化，或勾选“本期无变化”")


def dates_in_order(line, standard) -> Iterator[Problem]:
    """开工 ≤ 完工 ≤ 验收; 签约 ≤ 到货 ≤ 安装."""
    for earlier, later in (
        ("started_on", "finished_on"), ("finished_on", "accepted_on"), ("started_on", "accepted_on"),
        ("contract_signed_on", "delivered_on"), ("delivered_on", "installed_on"), ("installed_on", "accepted_on"),
    ):  # fmt: skip
        first, second = getattr(line, earlier), getattr(line, later)
        if first and second and second < first:
            yield _problem(line, "date_order", Severity.MUST, f"{_label(later)}早于{_label(earlier)}", "改正其中一个日期", later)


def dates_not_in_future(line, standard) -> Iterator[Problem]:
    for name in METHOD_COLUMNS[line.project.method]:
        value = getattr(line, name)
        if isinstance(value, date) and value > standard.as_of:
            message = f"{_label(name)} {value} 在数据截至日 {standard.as_of} 之后"
            yield _problem(line, "future_date", Severity.MUST, message, "未发生的不填，留到下期", name)


def acceptance_needs_completion(line, standard) -> Iterator[Problem]:
    if line.project.method == Method.WORKS and line.accepted_on and not line.finished_on:
        yield _problem(line, "accepted_unfinished", Severity.MUST, "已填验收日期但没有完工日期", "补填完工日期", "finished_on")


def finished_means_whole(line, standard) -> Iterator[Problem]:
    if line.project.method == Method.WORKS and line.finished_on and (line.physical_ratio or 0) < 1:
        yield _problem(line, "finished_below_100", Severity.MUST, "已填完工日期，形象进度不足 100%", "改为 100，或去掉完工日期", "physical_ratio")


def progress_needs_start(line, standard) -> Iterator[Problem]:
    if line.project.method == Method.WORKS and (line.physical_ratio or 0) > 0 and not line.started_on:
        yield _problem(line, "progress_without_start", Severity.MUST, "已有形象进度但没有开工日期", "补填开工日期", "started_on")


def progress_not_backwards(line, standard) -> Iterator[Problem]:
    before = line.previous.get("physical_ratio")
    if before is not None and line.physical_ratio is not None and line.physical_ratio < Decimal(before):
        fall = -points(line.physical_ratio, Decimal(before))
        yield _problem(line, "progress_fell", Severity.EXPLAIN, f"形象进度低于上期 {fall} 个百分点", "核对；属实请说明", "physical_ratio")


def spending_rules(line, standard) -> Iterator[Problem]:
    for cell in line.cell_list:
        yield from _spending(line, cell, standard)


def _spending(line: ReportLine, cell: ReportCell, standard: Standard) -> Iterator[Problem]:
    paid, before = cell.paid_to_date_yuan or ZERO, cell.previous_yuan or ZERO
    amount, place = cell.allocation.amount_yuan, f"cell:{cell.allocation_id}"
    level = cell.allocation.county_allocation.batch.get_level_display()
    if paid < before:
        yield _problem(line, "paid_fell", Severity.EXPLAIN, f"{level}累计支出低于上期 {wan_text(before - paid)} 万元", "核对；退款或更正请说明", place)
    if is_far_above(paid, amount):
        message = f"{level}累计支出 {wan_text(paid)} 万元，达到安排 {wan_text(amount)} 万元的 {FAR} 倍以上"
        repair = f"多为单位填错，请改为万元；确属实的，写明凭证号和原因（不少于 {FAR_SENTENCE} 字），并提示专班办公室"
        yield _problem(line, FAR_ABOVE, Severity.EXPLAIN, message, repair, place)
    elif paid > amount:
        yield _problem(line, "paid_above", Severity.EXPLAIN, f"{level}累计支出超过安排 {wan_text(paid - amount)} 万元", "核对单位是否万元；属实请说明", place)
    if amount and paid - before > amount * standard.jump_ratio and cell.previous_yuan is not None:
        message = f"{level}本期支出 {wan_text(paid - before)} 万元，超过安排金额的 {standard.jump_ratio:.0%}"
        yield _problem(line, "paid_jump", Severity.EXPLAIN, message, "核对；属实请说明", place)
    treasury = standard.treasury.get(cell.allocation_id)
    if treasury is not None and abs(paid - treasury) > standard.treasury_gap_yuan:
        message = f"{level}累计支出与财政口径 {wan_text(treasury)} 万元相差 {wan_text(abs(paid - treasury))} 万元"
        yield _problem(line, "treasury_gap", Severity.EXPLAIN, message, "可按财政数带入；不一致请说明原因", place)


def spending_needs_start(line, standard) -> Iterator[Problem]:
    paid = sum((c.paid_to_date_yuan or ZERO for c in line.cell_list), ZERO)
    if line.project.method == Method.WORKS and paid > 0 and not line.started_on:
        yield _problem(line, "paid_before_start", Severity.HINT, "尚未开工已有支出", "预付款请在下步措施中写明", "started_on")


def spending_above_work(line, standard) -> Iterator[Problem]:
    paid = sum((c.paid_to_date_yuan or ZERO for c in line.cell_list), ZERO)
    done = line.completed_investment_yuan
    if done is not None and paid > done:
        message = f"累计支出高于完成投资 {wan_text(paid - done)} 万元"
        yield _problem(line, "paid_above_work", Severity.EXPLAIN, message, "核对完成投资；预付款请说明", "completed_investment_yuan")


def problem_needs_measures(line, standard) -> Iterator[Problem]:
    if line.problem.strip() and not line.measures.strip():
        yield _problem(line, "problem_without_measures", Severity.MUST, "写了存在问题，没有写下步措施", "补写下步措施及时限", "measures")


def coordination_named(line, standard) -> Iterator[Problem]:
    if line.coordination.strip() and not line.coordination_level:
        yield _problem(line, "coordination_level", Severity.MUST, "写了需协调事项，没有选协调层级", "选择县级或地区", "coordination_level")


def finished_but_unpaid(line, standard) -> Iterator[Problem]:
    """Where the rest waits must be said: a step of the way, or a sentence of what stands in the way. 已支付 does not answer it."""
    unpaid = any((c.paid_to_date_yuan or ZERO) < c.allocation.amount_yuan for c in line.cell_list)
    answered = (line.step is not None and line.step.code != "paid") or line.problem.strip()
    if line.accepted_on and unpaid and not answered:
        yield _problem(line, "accepted_unpaid", Severity.HINT, "已验收，仍有资金未支付", "请在当前环节写明所处环节", "step")


RULES = (
    row_not_filled, dates_in_order, dates_not_in_future, acceptance_needs_completion, finished_means_whole, progress_needs_start,
    progress_not_backwards, spending_rules, spending_needs_start, spending_above_work, problem_needs_measures,
    coordination_named, finished_but_unpaid,
)  # fmt: skip


def _label(name: str) -> str:
    return str(ReportLine._meta.get_field(name).verbose_name)


def _problem(line: ReportLine, code: str, severity: Severity, message: str, repair: str, place: str = "") -> Problem:
    return Problem(code, severity, message, repair, place, line.project_id, line.project.name)
