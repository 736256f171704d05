"""A filled workbook is taken in: the same cells by the same way as in the grid, all or nothing (features 5.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from django.db import transaction

from linkage import audit, periods
from linkage.actions.uploads import drop_file, store_file
from linkage.errors import Refusal
from linkage.excel import MIME
from linkage.models import Upload
from reports.actions import filling, sentences
from reports.actions.filling import Edit
from reports.models import ReportIssueNote, WeeklyReport

# A filled workbook waiting for its confirmation, told from other files by its type, which names the report; and what was
# read from it, whose type names the workbook, so that looking at it again opens nothing.
STAGED = f"{MIME};weekly="
READ = "application/json;book="
GONE = "这份上传的表已经写入或放弃，没有再写。"
MOVED = "核对之后又有人改了其中的格，没有写入。请再看一遍，选择保留哪个值后再写入。"


@dataclass(frozen=True)
class NoteEdit:
    """The week's 整改进展 of one issue; `base` is the text the person saw."""

    issue: int
    text: str
    base: str


def staged_books(user, report: WeeklyReport):
    """The workbook this person has uploaded for this report and not confirmed."""
    return Upload.objects.visible_to(user).filter(content_type=f"{STAGED}{report.pk}", region=report.unit_id)


@transaction.atomic
def stage_book(*, report: WeeklyReport, file, name: str, read: bytes, by, at: datetime | None = None) -> Upload:
    """Keep a workbook that was looked at, and what was read from it, until it is confirmed; one per person and unit: an
    earlier one gives way."""
    at = at or periods.now()
    for earlier in Upload.objects.visible_to(by).filter(content_type__startswith=STAGED, region=report.unit_id):
        drop_book(earlier)
    staged = store_file(by=by, file=file, name=name, content_type=f"{STAGED}{report.pk}", region=report.unit, at=at)
    store_file(by=by, file=BytesIO(read), name="读数.json", content_type=f"{READ}{staged.pk}", region=report.unit, at=at)
    return staged


def _reading_of(staged: Upload):
    return Upload.objects.filter(content_type=f"{READ}{staged.pk}", uploaded_by=staged.uploaded_by_id)


def staged_reading(staged: Upload) -> bytes:
    """What was read from a staged workbook. Raises Refusal when it is kept no longer."""
    kept = _reading_of(staged).first()
    try:
        if kept is not None:
            with kept.file.open("rb") as file:
                return file.read()
    except FileNotFoundError:
        pass
    raise Refusal("上传的表已不在，请重新上传。", code="gone")


@transaction.atomic
def drop_book(staged: Upload) -> None:
    """Away with a staged workbook and what was read from it."""
    for kept in _reading_of(staged):
        drop_file(kept)
    drop_file(staged)


@transaction.atomic
def take_book(
    *, report: WeeklyReport, edits: Sequence[Edit], notes: Sequence[NoteEdit], source: Upload, by, at: datetime | None = None
) -> int:  # fmt: skip
    """Write everything or nothing; gives the number of cells. Raises Refusal when a cell was changed after the look, or the
    workbook has been written already."""
    at = at or periods.now()
    outcomes = filling.save_cells(report=report, edits=edits, by=by, at=at)
    if not Upload.objects.filter(pk=source.pk).exists():  # asked where the report is held: a second click has waited here
        raise Refusal(GONE, code="wrong_state")
    if any(outcome.verdict in ("conflict", "error") for outcome in outcomes):
        raise Refusal(MOVED, code="stale_preview")
    standing = dict(ReportIssueNote.objects.filter(report=report).values_list("issue_id", "text"))
    for note in notes:
        if standing.get(note.issue) != note.base:
            raise Refusal(MOVED, code="stale_preview")
        sentences.note_issue(report=report, issue_id=note.issue, text=note.text, by=by, at=at)
    written = sum(outcome.verdict == "saved" for outcome in outcomes) + len(notes)
    audit.record(
        by=by, verb="上传填报表", target=report, at=at,
        after={"file": source.name, "sha256": source.sha256, "cells": written, "rows": len({edit.line for edit in edits})},
    )  # fmt: skip
    drop_book(source)
    return written
