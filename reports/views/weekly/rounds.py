"""Returned work as a conversation: the rounds of remarks, each at its field, with what the county did (ui: Manners)."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from reports import states as moves
from reports.models import EDITABLE_STATES, ReportState, WeeklyReport, WeeklyTransition
from reports.views.weekly.words import place_label, value_words

GIVEN_BACK = (moves.RETURN.name, moves.REOPEN.name, moves.SEND_BACK_NEW.name)


def given_back(report: WeeklyReport, rounds: list[dict[str, Any]]) -> list[WeeklyTransition]:
    """Why it lies with the filler again: every giving back since the last signature, newest first. One query, none before the first hand-in.

    A reason that stands only among the notices is not read; the report would be handed in again as it was. A reason
    that became a remark of a round is not said twice.
    """
    if report.state not in EDITABLE_STATES or report.handed_in_at is None:
        return []
    found, said = [], {remark.text for one in rounds for remark in one["remarks"]}
    for move in report.transitions.filter(name__in=(*GIVEN_BACK, moves.SIGN.name)).order_by("-pk"):
        if move.name == moves.SIGN.name:
            break
        if move.reason not in said:
            found.append(move)
    return found


def rounds_of(report: WeeklyReport, projects: set[int] | None = None) -> list[dict[str, Any]]:
    """Rounds, newest first: number, remarks (each with `where`), how many stand open. One query, none before v1.

    `projects`: only remarks at these projects (None: all). While a report is returned each remark also knows the value
    it was made at (`was`): one query more.
    """
    if not report.version:
        return []
    remarks = report.remarks.select_related("project", "by", "resolved_by").order_by("-round", "pk")
    found, signed = [], _signed_values(report)
    for number, group in groupby(remarks, key=lambda remark: remark.round):
        listed = [remark for remark in group if projects is None or remark.project_id in projects]
        for remark in listed:
            remark.where = place_label(remark.place)
            remark.was = signed.get((remark.project_id, remark.place), "")
        if listed:
            found.append({"number": number, "remarks": listed, "open": sum(remark.resolved_at is None for remark in listed), "at": listed[0].at})
    return found


def _signed_values(report: WeeklyReport) -> dict[tuple[int, str], str]:
    """(project, place) → words of the version that was returned."""
    if report.state != ReportState.RETURNED:
        return {}
    content = report.versions.values_list("content", flat=True).get(number=report.version)
    values = {}
    for line in content["lines"]:
        for place, value in line["facts"].items():
            values[line["project"], place] = value_words(place, value, line["words"])
        for cell in line["cells"]:
            place = f"cell:{cell['allocation']}"
            values[line["project"], place] = value_words(place, cell["paid_to_date_yuan"])
    return values
