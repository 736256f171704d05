"""Signed versions: the list, one version to read, its print form, and the stamped scan that belongs to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from linkage import access, audit, uploads
from linkage.actions.uploads import store_upload
from linkage.errors import Refusal
from linkage.views.pages import refusal_words, require
from reports.actions import asking
from reports.figures.sight import readable_content, readable_projects, sees_all_rows
from reports.figures.statement import digest, totals
from reports.models import ReportVersion, WeeklyReport
from reports.states import SIGN, WEEKLY, WITHIN_COUNTY
from reports.views.weekly.common import address, report_in_sight, version_in_sight
from reports.views.weekly.grid import optional_url
from reports.views.weekly.reading import base_of, changed_lines, level_totals, whole_lines
from reports.views.weekly.rounds import rounds_of

MOVE_WORDS = {transition.name: transition.label for transition in WEEKLY}
NO_SCAN = "请选择盖章扫描件（PDF、JPG 或 PNG）。"


@require_safe
def versions(request: HttpRequest, key: str, unit: str) -> HttpResponse:
    """All versions with their fate, all moves, all rounds of remarks. Reasons may speak of any row: they are for those who
    read the whole; what passed between filler and signer is the county's own until it is signed."""
    report = report_in_sight(request, key, unit)
    projects = readable_projects(request.user, report)
    rows = list(report.versions.select_related("handed_in_by", "signed_by", "scan").order_by("-number"))
    inside = access.is_of_unit(request.user, report.unit.path)
    return render(request, "weekly/versions.html", {
        "report": report, "period": report.period, "unit": report.unit, "versions": rows, "moves": _moves(report, projects is None, inside),
        "rounds": rounds_of(report, projects), "all_rows": projects is None,
    })  # fmt: skip


def _moves(report: WeeklyReport, whole: bool, inside: bool) -> list[dict[str, Any]]:
    """The moves, newest first, each with its reason where this person may read it."""
    found, signed_since = [], False
    for move in report.transitions.order_by("-pk"):
        signed_since = signed_since or move.name == SIGN.name
        is_readable = whole and (inside or signed_since or move.name not in WITHIN_COUNTY)
        found.append({
            "at": move.at, "who": f"{move.by_name} {move.seat}", "what": MOVE_WORDS.get(move.name, move.name), "tone": "none",
            "text": move.reason if is_readable else "",
        })  # fmt: skip
    return found


@require_safe
def version(request: HttpRequest, key: str, unit: str, number: int) -> HttpResponse:
    """One version as it was signed; a lead department reads the rows of its tasks and their sums."""
    found = version_in_sight(request, key, unit, number)
    return render(request, "weekly/version.html", _reading(request, found))


def _reading(request: HttpRequest, version: ReportVersion) -> dict[str, Any]:
    report, user = version.report, request.user
    projects = readable_projects(user, report)
    content, base = readable_content(version.content, projects), base_of(report, version)
    if base is not None:
        base.content = readable_content(base.content, projects)
    sums = totals(content)
    return {
        "report": report, "period": report.period, "unit": report.unit, "version": version, "content": content, "base": base,
        "lines": whole_lines(content), "changes": changed_lines(content, base), "levels": level_totals(sums), "counts": sums["counts"],
        "part": projects is not None, "all_rows": projects is None, "intact": digest(version.content) == version.sha256,
        "may_scan": access.may(user, "weekly.scan", report), "docx_url": optional_url("weekly-docx", report, version.number),
    }  # fmt: skip


@require_safe
def printed(request: HttpRequest, key: str, unit: str, number: int) -> HttpResponse:
    """The whole version on A4 across, with signature block and hash. Only for those who read the whole."""
    found = version_in_sight(request, key, unit, number)
    if not sees_all_rows(request.user, found.report):
        raise Http404
    return render(request, "weekly/print.html", _reading(request, found) | {"audit_head": audit.head_hash()})


@require_POST
def attach(request: HttpRequest, key: str, unit: str, number: int) -> HttpResponse:
    """The stamped scan of exactly this version."""
    found = version_in_sight(request, key, unit, number)
    require(request.user, "weekly.scan", target=found.report)
    file = request.FILES.get("scan")
    try:
        if file is None:
            raise Refusal(NO_SCAN)
        with transaction.atomic():
            upload = store_upload(by=request.user, file=file, region=found.report.unit)
            asking.attach_scan(version=found, upload=upload, by=request.user)
    except Refusal as refusal:
        messages.error(request, f"没有上传。{refusal_words(refusal)}")
    else:
        messages.success(request, f"盖章扫描件已附在第 {found.number} 版。")
    return HttpResponseRedirect(address("weekly-version", found.report, found.number))


@require_safe
def scan(request: HttpRequest, key: str, unit: str, number: int) -> FileResponse:
    """The scan, for those who read the whole version."""
    found = version_in_sight(request, key, unit, number)
    if found.scan is None or not sees_all_rows(request.user, found.report):
        raise Http404
    return uploads.send(found.scan)
