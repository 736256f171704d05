"""The upload of a filled workbook, and what the person decides about the cells somebody else changed meanwhile."""

from __future__ import annotations

import json
from collections.abc import Mapping

from django import forms

from linkage.errors import Refusal
from reports.actions.book import MOVED, NoteEdit
from reports.actions.filling import Edit
from reports.imports.weekly import Change, Look
from reports.imports.weekly.compare import NOTE

MINE, THEIRS = "mine", "theirs"


class BookForm(forms.Form):
    """What can be wrong with the file itself is said by the reader, in the file's own words."""

    file = forms.FileField(
        label="填好的表", allow_empty_file=True, widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": "请选择填好的填报表（.xlsx）。"},
    )  # fmt: skip


def seen(change: Change) -> str:
    """What stood in the cell when the person was asked, for the hidden field beside the choice."""
    return json.dumps(change.before, ensure_ascii=False)


def decided(look: Look, data: Mapping[str, str]) -> tuple[list[Edit], list[NoteEdit]]:
    """What is to be written: all changes, and those conflicts in which the person's own value was chosen.

    Raises Refusal when a conflict is undecided, or another value stands now than the person saw.
    """
    edits: list[Edit] = []
    notes: list[NoteEdit] = []
    for change in look.changes:
        base = change.base
        if change.verdict == "conflict":
            choice = data.get(f"choice-{change.name}", "")
            if choice not in (MINE, THEIRS):
                raise Refusal("还有两处修改不一致的格没有选择。请逐个选择保留哪个值后再写入。")
            if data.get(f"seen-{change.name}") != seen(change):
                raise Refusal(MOVED, code="stale_preview")
            if choice == THEIRS:
                continue
            base = change.before
        if change.place == NOTE:
            notes.append(NoteEdit(change.target, change.text, str(base or "")))
        else:
            edits.append(Edit(change.target, change.place, change.text, base))
    return edits, notes
