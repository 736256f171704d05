"""What a report says, as one plain document: what is hashed, signed, frozen and read by everybody above (features 5.6)."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from funds.models import Level
from linkage.models import Organisation
from linkage.money import MoneyField, RatioField, yuan_text
from projects.models import FACT_FIELDS, METHOD_COLUMNS, Method, ProgressFacts
from reports.models import ReportCell, ReportLine, Section, WeeklyReport

SCHEMA = 1
ZERO = Decimal("0.00")
_FIELDS = {f.name: f for f in ProgressFacts._meta.local_fields}

# Asked of every row, whatever its 实施方式.
COMMON_COLUMNS = (
    "claimed_unpaid_yuan", "step", "holder", "problem", "measures", "measures_due_on", "coordination", "coordination_level",
    "coordination_with",
)  # fmt: skip


def columns_of(method: str) -> tuple[str, ...]:
    """The fact fields a row of this 实施方式 is asked for."""
    return METHOD_COLUMNS[method] + COMMON_COLUMNS


def fact_value(line: ProgressFacts, name: str) -> Any:
    """A fact as JSON keeps it: money "182500.00", ratio "0.6000", dates ISO, foreign keys as id; empty is None."""
    field = _FIELDS[name]
    value = getattr(line, field.attname)
    if value is None or value == "":
        return None
    if isinstance(field, MoneyField):
        return yuan_text(value)
    if isinstance(field, RatioField):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def facts_of(line: ProgressFacts) -> dict[str, Any]:
    return {name: fact_value(line, name) for name in FACT_FIELDS}


def lines_of(report: WeeklyReport, among=None) -> list[ReportLine]:
    """The report's lines (or those of the queryset `among`) in print order with all that a reader needs; 3 queries."""
    cells = defaultdict(list)
    rows = ReportCell.objects.filter(line__report=report).select_related("allocation__county_allocation__batch")
    for cell in rows.order_by():
        cells[cell.line_id].append(cell)
    lines = list((report.lines.all() if among is None else among).select_related("project__task", "step", "updated_by").order_by())
    _add_organisations(lines)
    for line in lines:
        line.report = report
        line.cell_list = sorted(
            cells[line.pk], key=lambda c: (LEVEL_ORDER[c.allocation.county_allocation.batch.level], c.allocation_id)
        )
    lines.sort(key=lambda line: (line.section == "carryover", line.position, line.pk))
    return lines


def _add_organisations(lines: list[ReportLine]) -> None:
    """The few bodies behind the lines, read once: joining them four times was planned longer than the rows were read."""
    bearers = [(line, name) for line in lines for name in ("holder", "coordination_with", "assigned_to")]
    bearers += [(line.project, "implementer") for line in lines]
    wanted = [(bearer, name, pk) for bearer, name in bearers if (pk := getattr(bearer, f"{name}_id")) is not None]
    found = Organisation.objects.in_bulk({pk for _, _, pk in wanted})
    for bearer, name, pk in wanted:
        setattr(bearer, name, found[pk])


LEVEL_ORDER = {level: order for order, level in enumerate(Level.values)}


def statement(report: WeeklyReport, lines: list[ReportLine], notes: list) -> dict[str, Any]:
    """The whole report as a plain document: words, numbers and None, as JSON gives them back. `notes` are its ReportIssueNote
    rows with issue."""
    return {
        "schema": SCHEMA,
        "period": {"key": report.period.key, "title": report.period.title, "as_of": report.period.ends_on.isoformat()},
        "unit": {"slug": report.unit.slug, "name": report.unit.name},
        "is_zero": report.is_zero,
        "lines": [_line(line) for line in lines],
        "issues": [{"id": n.issue_id, "code": n.issue.code, "title": n.issue.title, "text": n.text} for n in notes if n.text],
        "explanations": report.explanations,
    }  # fmt: skip


def _line(line: ReportLine) -> dict[str, Any]:
    project = line.project
    return {
        "project": project.pk, "code": project.code, "name": project.name, "year": project.project_year,
        "implementer": str(project.implementer or ""), "task": project.task_id, "task_name": str(project.task),
        "method": project.method, "section": line.section, "no_change": line.no_change, "facts": facts_of(line),
        "words": {"step": str(line.step or ""), "holder": str(line.holder or ""), "coordination_with": str(line.coordination_with or "")},
        "cells": [_cell(cell) for cell in line.cell_list],
    }  # fmt: skip


def _cell(cell: ReportCell) -> dict[str, Any]:
    batch = cell.allocation.county_allocation.batch
    return {
        "allocation": cell.allocation_id, "level": batch.level, "task": batch.task_id, "fund_year": batch.fund_year,
        "document_no": batch.document_no, "amount_yuan": yuan_text(cell.allocation.amount_yuan),
        "paid_to_date_yuan": yuan_text(cell.paid_to_date_yuan or ZERO), "previous_yuan": yuan_text(cell.previous_yuan or ZERO),
    }  # fmt: skip


def digest(content: dict[str, Any]) -> str:
    """sha256 of the canonical text of a statement."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def totals(content: dict[str, Any], *, year: int | None = None, before: Mapping[int, Decimal] | None = None) -> dict[str, Any]:
    """Sums of a statement in 元: `levels` for this year's money, per level arranged, paid and this period's difference;
    `carryover` the same for all money of earlier fund years together, `advance` for money of the next one (neither ever in
    one rate with this year's); counts of projects; the rows with problems. 项目管理费 is outside the counts (features 2.1).

    `year` (that of the statement by default) is the year seen from. `before` gives allocation id → 元 stated before, where
    an earlier period has been corrected since; by default what the statement itself says stood before.
    """
    year = year or int(content["period"]["as_of"][:4])
    levels: dict[str, dict[str, Decimal]] = {}
    apart = {Section.CARRYOVER: _no_money(), Section.ADVANCE: _no_money()}
    counts = {"projects": 0, "started": 0, "finished": 0, "accepted": 0, "problems": 0}
    for line in content["lines"]:
        for cell in line["cells"]:
            section = Section.of(cell["fund_year"], year)
            _add_cell(levels.setdefault(cell["level"], _no_money()) if section is Section.CURRENT else apart[section], cell, before)
        if line["method"] != Method.FEE:
            _count(counts, line)
    return {
        "levels": {level: _as_text(row) for level, row in levels.items()}, "counts": counts,
        **{section.value: _as_text(row) for section, row in apart.items()},
        "problems": [_trouble(line) for line in content["lines"] if line["facts"]["problem"] or line["facts"]["coordination"]],
    }  # fmt: skip


def _no_money() -> dict[str, Decimal]:
    return {"arranged": ZERO, "paid": ZERO, "delta": ZERO}


def _as_text(row: dict[str, Decimal]) -> dict[str, str | None]:
    return {name: yuan_text(amount) for name, amount in row.items()}


def _add_cell(row: dict[str, Decimal], cell: dict[str, Any], before: Mapping[int, Decimal] | None) -> None:
    paid = Decimal(cell["paid_to_date_yuan"])
    row["arranged"] += Decimal(cell["amount_yuan"])
    row["paid"] += paid
    row["delta"] += paid - (Decimal(cell["previous_yuan"]) if before is None else before.get(cell["allocation"], ZERO))


def _count(counts: dict[str, int], line: dict[str, Any]) -> None:
    facts = line["facts"]
    counts["projects"] += 1
    counts["started"] += bool(facts["started_on"] or _begun(line["method"], facts))
    counts["finished"] += bool(facts["finished_on"] or facts["accepted_on"])
    counts["accepted"] += bool(facts["accepted_on"])
    counts["problems"] += bool(facts["problem"])


def _trouble(line: dict[str, Any]) -> dict[str, Any]:
    """What a roll-up needs of a row that states a problem."""
    facts, words = line["facts"], line["words"]
    return {
        "project": line["project"], "name": line["name"], "task": line["task"], "problem": facts["problem"] or "", "measures": facts["measures"] or "",
        "due_on": facts["measures_due_on"], "step": words["step"], "holder": words["holder"], "coordination": facts["coordination"] or "",
        "level": facts["coordination_level"] or "", "with": words["coordination_with"],
    }  # fmt: skip


def _begun(method: str, facts: dict[str, Any]) -> bool:
    """Non-construction projects have begun when their first own step is stated."""
    return method != Method.WORKS and any(facts[name] for name in METHOD_COLUMNS[method])


FAR = 10


def is_far_above(paid_yuan: Decimal, amount_yuan: Decimal) -> bool:
    """Ten times what was arranged and more: nearly always a wrong unit, so it is asked twice and shown to the office."""
    return 0 < amount_yuan * FAR <= paid_yuan


def far_above(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells of a statement that state ten times their money and more: {name, level, paid, amount} in 元."""
    cells = [(line["name"], cell, Decimal(cell["paid_to_date_yuan"]), Decimal(cell["amount_yuan"])) for line in content["lines"] for cell in line["cells"]]
    return [
        {"name": name, "level": Level(cell["level"]).label, "paid": paid, "amount": amount}
        for name, cell, paid, amount in cells if is_far_above(paid, amount)
    ]  # fmt: skip


def differences(before: dict[str, Any] | None, after: dict[str, Any]) -> list[dict[str, Any]]:
    """What changed between two statements, field by field, for the audit trail, the reviewer and later rounds."""
    old = {line["project"]: line for line in (before or {"lines": []})["lines"]}
    found: list[dict[str, Any]] = []
    for line in after["lines"]:
        was = old.pop(line["project"], None)
        if was is None:
            found.append({"project": line["project"], "name": line["name"], "place": "line", "before": None, "after": "列入"})
            continue
        pairs = [(name, was["facts"].get(name), value) for name, value in line["facts"].items()]
        paid_before = {c["allocation"]: c["paid_to_date_yuan"] for c in was["cells"]}
        pairs += [(f"cell:{c['allocation']}", paid_before.get(c["allocation"]), c["paid_to_date_yuan"]) for c in line["cells"]]
        found += [
            {"project": line["project"], "name": line["name"], "place": place, "before": a, "after": b} for place, a, b in pairs if a != b
        ]
    found += [{"project": k, "name": v["name"], "place": "line", "before": "列入", "after": None} for k, v in old.items()]
    return found
