"""Signed statements as tables to read: what changed against what, totals, whole rows."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from funds.models import Level
from linkage.money import percent_text, wan_text
from projects.models import Method
from reports.figures.statement import columns_of, differences
from reports.models import ReportVersion, Section, WeeklyReport
from reports.views.weekly.words import explained_words, place_label, value_words

# Fields that a printed row keeps apart from the progress.
TROUBLE = frozenset({"problem", "measures", "measures_due_on", "coordination", "coordination_level", "coordination_with"})
NOTHING = (None, "", "0.00")


def base_of(report: WeeklyReport, version: ReportVersion | None = None) -> ReportVersion | None:
    """What a statement is compared with: its own version before, else the last version of the unit's period before.

    `version` None: the working copy. One query, two for a first version.
    """
    number = version.number if version else report.version + 1
    if number > 1:
        return report.versions.filter(number=number - 1).select_related("report__period").first()
    earlier = ReportVersion.objects.filter(report__unit=report.unit_id, report__period__ends_on__lt=report.period.ends_on)
    return earlier.select_related("report__period").order_by("-report__period__ends_on", "-number").first()


def changed_lines(content: dict, base: ReportVersion | None) -> list[dict[str, Any]]:
    """Rows that say something else than the base, each with its changed places: {line, changes, gone}.

    A change is {place, label, before, after}. A row the base does not know shows all that it says.
    """
    by_project = {line["project"]: line for line in content["lines"]}
    before = {line["project"]: line for line in (base.content["lines"] if base else [])}
    grouped: dict[int, list[dict[str, Any]]] = {}
    for found in differences(base.content if base else None, content):
        now, was = by_project.get(found["project"]), before.get(found["project"])
        places = [found] if was else [found, *_said(now or {})]
        grouped.setdefault(found["project"], []).extend(_change(place, was, now) for place in places if not _is_nothing(place))
    order = {project: i for i, project in enumerate([*by_project, *before])}
    return [
        {"line": by_project.get(project) or before[project], "changes": changes, "gone": project not in by_project}
        for project, changes in sorted(grouped.items(), key=lambda item: order[item[0]]) if changes
    ]


def _said(line: dict) -> list[dict[str, Any]]:
    """All that a new row says, as differences from nothing."""
    facts = [(name, line["facts"].get(name)) for name in columns_of(line["method"])]
    cells = [(f"cell:{cell['allocation']}", cell["paid_to_date_yuan"]) for cell in line["cells"]]
    return [{"place": place, "before": None, "after": value} for place, value in [*facts, *cells]]


def _is_nothing(found: dict[str, Any]) -> bool:
    return found["before"] in NOTHING and found["after"] in NOTHING


def _change(found: dict[str, Any], was: dict | None, now: dict | None) -> dict[str, Any]:
    place = found["place"]
    return {
        "place": place, "label": _label(place, now or was), "before": value_words(place, found["before"], was and was["words"]),
        "after": value_words(place, found["after"], now and now["words"]),
    }  # fmt: skip


def _label(place: str, line: dict | None) -> str:
    if not place.startswith("cell:") or line is None:
        return place_label(place)
    cell = next((c for c in line["cells"] if f"cell:{c['allocation']}" == place), None)
    return f"{Level(cell['level']).label}累计支出" if cell else place_label(place)


def whole_lines(content: dict) -> list[dict[str, Any]]:
    """Every row with all it was asked and said: {line, facts: [(place, label, words)], cells, paid, delta}."""
    explained: dict[str, list[tuple[str, str]]] = {}
    for key, text in content["explanations"].items():
        explained.setdefault(key.split(":")[1], []).append((key, text))
    return [
        _whole(line) | {"explained": [(_explains(key, line), text) for key, text in explained.get(str(line["project"]), [])]} for line in content["lines"]
    ]


def _explains(key: str, line: dict) -> str:
    """What a kept sentence explains, with the level of its money: two levels of one row are two sentences."""
    level = next((Level(cell["level"]).label for cell in line["cells"] if key.endswith(f":cell:{cell['allocation']}")), "")
    return f"{level}资金{explained_words(key)}" if level else explained_words(key)


def remarkable_places(row: dict[str, Any]) -> list[str]:
    """The places of a row of `whole_lines` beside which a remark can be written."""
    return [place for place, _, _ in row["facts"]] + [cell["place"] for cell in row["cells"]]


def _whole(line: dict) -> dict[str, Any]:
    facts = [
        (place, place_label(place), value_words(place, line["facts"][place], line["words"]))
        for place in columns_of(line["method"]) if line["facts"].get(place) not in (None, "")
    ]  # fmt: skip
    cells = [
        cell | {
            "place": f"cell:{cell['allocation']}", "level_name": Level(cell["level"]).label, "arranged": Decimal(cell["amount_yuan"]),
            "paid": Decimal(cell["paid_to_date_yuan"]), "delta": Decimal(cell["paid_to_date_yuan"]) - Decimal(cell["previous_yuan"]),
        }
        for cell in line["cells"]
    ]  # fmt: skip
    return {
        "line": line, "facts": facts, "cells": cells, "progress_words": _joined(facts, lambda place: place not in TROUBLE),
        "trouble_words": _joined(facts, lambda place: place in TROUBLE), "method_name": Method(line["method"]).label,
        "arranged": sum((c["arranged"] for c in cells), Decimal(0)), "paid": sum((c["paid"] for c in cells), Decimal(0)),
        "delta": sum((c["delta"] for c in cells), Decimal(0)),
    }  # fmt: skip


def _joined(facts: list[tuple[str, str, str]], wanted: Callable[[str], bool]) -> str:
    return "；".join(f"{label} {words}" for place, label, words in facts if wanted(place))


MONEY = ("arranged", "paid", "delta")


def level_totals(sums: dict[str, Any]) -> list[dict[str, Any]]:
    """Sums in 元 in the fixed order: the levels of this year's money, 本年合计, then, where there is any, the totals of money
    carried over and of money issued in advance. The parts of a year are never added up."""
    rows = [{"label": level.label, "is_total": False, **_amounts(sums["levels"][level.value])} for level in Level if level.value in sums["levels"]]
    shown = [*rows, {"label": "本年合计", "is_total": True, **{name: sum((row[name] for row in rows), Decimal(0)) for name in MONEY}}]
    for part, label in ((Section.CARRYOVER, "结转合计"), (Section.ADVANCE, "提前下达合计")):
        apart = _amounts(sums.get(part) or dict.fromkeys(MONEY, "0"))
        if any(apart.values()):
            shown.append({"label": label, "is_total": True, **apart})
    for row in shown:
        row["rate"] = percent_text(row["paid"] / row["arranged"]) if row["arranged"] else "—"
    return shown


def spent_words(levels: list[dict[str, Any]]) -> str:
    """The totals of `level_totals` in one sentence, in 万元."""
    return "；".join(
        f"{row['label']}累计支出 {wan_text(row['paid'], 2)} 万元，本期 {wan_text(row['delta'], 2)} 万元" for row in levels if row["is_total"]
    )


def _amounts(row: dict[str, str]) -> dict[str, Decimal]:
    return {name: Decimal(row[name]) for name in MONEY}
