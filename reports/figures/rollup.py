"""The content of a weekly roll-up: one row per reporting unit in display order, missing units included (features 5.7).

Only submitted statements count. A unit without a statement for the period keeps its last cumulative figures, marked
沿用, its 本期 is blank, and the totals say so. At most 11 queries whatever the number of units.

本期 is measured against what stands before now: where an earlier period was corrected after a statement was signed, the
statement's own 上期 is not used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Subquery, Sum

from funds.figures.changes import share_amount
from funds.figures.paid import statements_as_of
from funds.models import CountyAllocation, Level
from linkage import periods
from linkage.models import Region
from linkage.money import NOTHING, percent_text, ratio, wan_text, yuan_text
from reports.figures.statement import totals
from reports.figures.timeliness import Timeliness, timeliness
from reports.models import Period, ReportState, ReportVersion, Section, WeeklyReport

ZERO = Decimal("0.00")
LEVEL_WORDS = dict(Level.choices)
# Money that is not this year's, beside the levels.
APART = {Section.CARRYOVER.value: Section.CARRYOVER.label, Section.ADVANCE.value: Section.ADVANCE.label}


def snapshot(period: Period, region: Region, at: datetime) -> dict[str, Any]:
    """Everything a roll-up freezes. Amounts are 元 as text; `delta` is None where the unit did not report."""
    units = list(Region.objects.reporting().filter(path__startswith=region.path))
    reports = {r.unit_id: r for r in WeeklyReport.objects.filter(period=period, unit__in=units)}
    versions = _latest_versions(period, units)
    _see_from(period, list(versions.values()))
    issued = _issued(period, units)
    rows = [_row(unit, reports.get(unit.pk), versions.get(unit.pk), issued.get(unit.pk, {}), period, at) for unit in units]
    return {
        "schema": 1, "period": {"key": period.key, "title": period.title, "as_of": period.ends_on}, "region": region.name,
        "compiled_at": at, "rules": {code: rule["version"] for code, rule in period.rules.items()},
        "units": rows, "totals": _totals(rows), "carried": [row["name"] for row in rows if row["carried"]],
    }  # fmt: skip


def _latest_versions(period: Period, units: list[Region]) -> dict[int, ReportVersion]:
    """Unit id → its newest usable version of this period, or of the last period before it."""
    newest = (
        ReportVersion.objects.filter(
            report__unit=OuterRef("pk"), report__period__cutoff_at__lte=period.cutoff_at, is_unusable=False
        ).order_by("-report__period__cutoff_at", "-number")
    )  # fmt: skip
    ids = Region.objects.filter(pk__in=[u.pk for u in units]).annotate(newest=Subquery(newest.values("pk")[:1])).values("newest")
    rows = ReportVersion.objects.filter(pk__in=ids).select_related("report__period").defer("content")
    return {row.report.unit_id: row for row in rows}


def _see_from(period: Period, versions: list[ReportVersion]) -> None:
    """Add up anew what the period sees otherwise than the statement's own day did: statements of another year (their money
    has become carry-over, what came in advance has become this year's), and those whose earlier figures were corrected
    since they were signed. Their content is read; of all others the frozen totals serve. Three queries at most."""
    year = period.ends_on.year
    corrected = corrected_since([version.pk for version in versions if version.report.period_id == period.pk])
    other = [version for version in versions if version.pk in corrected or version.report.period.ends_on.year != year]
    contents = dict(ReportVersion.objects.filter(pk__in=[version.pk for version in other]).values_list("pk", "content")) if other else {}
    before = stands_before(period, [contents[pk] for pk in corrected])
    for version in other:
        version.totals = totals(contents[version.pk], year=year, before=before if version.pk in corrected else None)


def corrected_since(versions: Collection[int]) -> set[int]:
    """Those of the versions (ids) whose unit has signed a statement of an earlier period after them. One query."""
    since = ReportVersion.objects.filter(
        report__unit=OuterRef("report__unit"), report__period__cutoff_at__lt=OuterRef("report__period__cutoff_at"), signed_at__gt=OuterRef("signed_at")
    )
    return set(ReportVersion.objects.filter(Exists(since), pk__in=versions).order_by().values_list("pk", flat=True))


def stands_before(period: Period, contents: Iterable[dict[str, Any]]) -> dict[int, Decimal]:
    """Allocation id → 元 stated before the period as it stands now, for the cells of these statements. One query or none."""
    cells = [cell["allocation"] for content in contents for line in content["lines"] for cell in line["cells"]]
    return statements_as_of(cells, periods.shift(period.ends_on, days=-1)) if cells else {}


def _issued(period: Period, units: list[Region]) -> dict[int, dict[str, Decimal]]:
    """Unit id → level → 元 下达到县 of the current fund year up to the cut-off, with the amounts of that day."""
    rows = (
        CountyAllocation.objects.filter(unit__in=units, issued_on__lte=period.ends_on, batch__fund_year=period.ends_on.year)
        .annotate(stood=share_amount(period.ends_on)).values_list("unit_id", "batch__level").annotate(total=Sum("stood")).order_by()
    )  # fmt: skip
    found: dict[int, dict[str, Decimal]] = {}
    for unit, level, total in rows:
        found.setdefault(unit, {})[level] = total
    return found


def _row(unit: Region, report: WeeklyReport | None, version: ReportVersion | None, issued: dict, period: Period, at) -> dict[str, Any]:
    current = version is not None and version.report.period_id == period.pk
    stated = version.totals if version else {"levels": {}}
    return {
        "unit": unit.slug, "name": unit.name, "group": unit.group,
        "state": report.state if report else None,
        "timeliness": timeliness(report, at).value if report else None,
        "exempt_reason": report.exempt_reason if report else "",
        "version": version.number if current else None,
        "carried": version is not None and not current and bool(report and not report.is_exempt),
        "carried_from": version.report.period.key if version is not None and not current else None,
        "sha256": version.sha256 if current else None,
        "levels": _levels(stated["levels"], issued, current), **{part: _apart(stated.get(part), current) for part in APART},
        "counts": version.totals["counts"] if version else None,
        "problems": version.totals["problems"] if current else [],
    }  # fmt: skip


def _levels(stated: dict[str, Any], issued: dict[str, Decimal], current: bool) -> dict[str, dict[str, str | None]]:
    return {
        level: {
            "issued": yuan_text(issued.get(level, ZERO)),
            "arranged": stated.get(level, {}).get("arranged"),
            "paid": stated.get(level, {}).get("paid"),
            "delta": stated.get(level, {}).get("delta") if current else None,
        }
        for level in Level.values if level in stated or level in issued
    }  # fmt: skip


def _apart(stated: dict[str, Any] | None, current: bool) -> dict[str, str | None]:
    """Money of earlier fund years, or of the next one, all levels together: beside this year's, never in one rate with it."""
    stated = stated or {}
    return {"arranged": stated.get("arranged"), "paid": stated.get("paid"), "delta": stated.get("delta") if current else None}


def _totals(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Sums over the units; 本期 sums only what was reported, and is None where nobody has stated anything. Counts likewise."""
    counts: dict[str, int] = {}
    for row in rows:
        for name, count in (row["counts"] or {}).items():
            counts[name] = counts.get(name, 0) + count
    levels = [level for level in Level.values if any(level in row["levels"] for row in rows)]
    return {
        "levels": {level: _sums([row["levels"].get(level) for row in rows], ("issued", "arranged", "paid", "delta")) for level in levels},
        "counts": counts, **{part: _sums([row[part] for row in rows], ("arranged", "paid", "delta")) for part in APART},
        "reported": sum(row["version"] is not None for row in rows), "expected": sum(not row["exempt_reason"] for row in rows),
    }  # fmt: skip


def _sums(cells: Iterable[dict[str, str | None] | None], names: Iterable[str]) -> dict[str, str | None]:
    found: dict[str, Decimal | None] = dict.fromkeys(names)
    for cell in cells:
        for name, amount in (cell or {}).items():
            if amount is not None:
                found[name] = (found[name] or ZERO) + Decimal(amount)
    return {name: yuan_text(amount) for name, amount in found.items()}


# -- in words ---------------------------------------------------------------------------------------------------------


def standing_notes(row: dict[str, Any]) -> list[str]:
    """What is to be said beside a unit's 时效 wherever a roll-up is shown."""
    notes = ["退回待改"] if row["version"] and row["state"] == ReportState.RETURNED else []
    return [*notes, f"沿用 {row['carried_from']}"] if row["carried"] else notes


def standing_words(row: dict[str, Any]) -> str:
    """时效 of a unit with its notes: "按时（退回待改）", "未到期（沿用 2026-W46）", or why it owes nothing."""
    if row["exempt_reason"]:
        return row["exempt_reason"]
    notes = "，".join(standing_notes(row))
    return (Timeliness(row["timeliness"]).words if row["timeliness"] else NOTHING) + (f"（{notes}）" if notes else "")


def carried_words(content: dict[str, Any]) -> str:
    """The sentence on the units that stand with last period's figures: who is late, and who still has time. Empty without any."""
    carried = [row for row in content["units"] if row["carried"]]
    early = [row["name"] for row in carried if row["timeliness"] == Timeliness.NOT_DUE]
    late = [row["name"] for row in carried if row["timeliness"] != Timeliness.NOT_DUE]
    who = [f"{'、'.join(names)}{words}" for names, words in ((late, "本期未报"), (early, "未到期，还没有上报")) if names]
    return f"{'；'.join(who)}：累计数沿用上期，本期支出为空，合计的本期支出不含上述单位。" if who else ""


def brief_text(content: dict[str, Any]) -> str:
    """A text brief of the week: reported units, paid per level with this week's part, projects, problems. Amounts in 万元
    and percentages with two decimals, as in documents."""
    totals, counts = content["totals"], content["totals"]["counts"]
    lines = [f"{content['region']}{content['period']['title']}：应报 {totals['expected']} 个单位，已报 {totals['reported']} 个。"]
    for level, row in totals["levels"].items():
        issued, paid, delta = (_decimal(row[name]) for name in ("issued", "paid", "delta"))
        head = f"{LEVEL_WORDS[level]}资金下达 {wan_text(issued, 2)} 万元"
        if paid is None:
            lines.append(f"{head}，还没有单位上报支出。")
            continue
        spent = "本期支出还没有单位上报" if delta is None else f"本期支出 {wan_text(delta, 2)} 万元"
        lines.append(f"{head}，累计支出 {wan_text(paid, 2)} 万元（{percent_text(ratio(paid, issued), 2)}），{spent}。")
    for part, words in APART.items():
        if part in totals and _decimal(totals[part]["arranged"]):
            apart = {name: wan_text(_decimal(amount), 2) for name, amount in totals[part].items()}
            spent = "" if totals[part]["delta"] is None else f"，本期支出 {apart['delta']} 万元"
            lines.append(f"{words}资金 {apart['arranged']} 万元，累计支出 {apart['paid']} 万元{spent}。")
    if counts:
        lines.append(f"项目 {counts['projects']} 个，开工 {counts['started']} 个，完工 {counts['finished']} 个，验收 {counts['accepted']} 个。")
    if said := carried_words(content):
        lines.append(said)
    asks = sum(bool(p["coordination"]) for row in content["units"] for p in row["problems"])
    lines.append(f"上报问题 {sum(len(row['problems']) for row in content['units'])} 个，其中需协调 {asks} 个。")
    return "\n".join(lines)


def _decimal(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)


def problems_by_holder(content: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The stated problems grouped by 当前环节／承办单位, the largest group first; each with its unit's name."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in content["units"]:
        for problem in row["problems"]:
            words = "／".join(part for part in (problem["step"], problem["holder"]) if part) or "未写明环节"
            groups.setdefault(words, []).append(problem | {"unit": row["name"]})
    return sorted(groups.items(), key=lambda group: -len(group[1]))
