"""Tables in any form: which table of the file is meant, what each column says, and what must be asked once for the whole file.

The person's word travels as a mapping, plain JSON in Job.params: {"table": [sheet, header row], "header_row": 0, "columns":
{heading or letter: [field, unit]}, "unit": "万元", "answers": {key: word}, "keep": true}.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import IO, Any

from django.conf import settings

from linkage import jobs, periods
from linkage.excel import Choice, FoundColumn, FoundTable, Profile, Reading, Unreadable
from linkage.excel.apart import SECONDS, do, read_apart
from linkage.excel.files import TORN_ZIP
from linkage.excel.lines import LineKind
from linkage.excel.templates import INFO_SHEET
from linkage.excel.values import plain_text
from linkage.models import ImportProfile

from .base import ImportKind, Question, Row

SAMPLES, SAMPLE_LENGTH = 3, 40
_MARK_ROOM = 1 << 20
_SKIPPED = {
    LineKind.HEADING: "分类标题，不是项目", LineKind.SUBTOTAL: "小计行，只用来核对", LineKind.TOTAL: "合计行，只用来核对",
    LineKind.PART: "“其中”行，已含在别的行里", LineKind.NOTE: "表注", LineKind.REPEATED: "重复的表头", LineKind.NUMBERS: "栏次",
}  # fmt: skip


@dataclass
class Found:
    """What a file holds for one kind. With `asks` the person must say something first, `why` in words."""

    reading: Reading
    chosen: list[FoundTable]
    questions: list[Question] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    mapping: dict[str, Any] | None = None
    why: list[str] = field(default_factory=list)

    @property
    def asks(self) -> bool:
        return bool(self.why)


def is_template(file: IO[bytes]) -> bool:
    """Is this one of our own templates (.xlsx with the sheet that names it)? Reads one small part; leaves `file` at its start."""
    try:
        with zipfile.ZipFile(file) as parts, parts.open("xl/workbook.xml") as book:
            return INFO_SHEET.encode() in book.read(_MARK_ROOM)
    except (KeyError, *TORN_ZIP):
        return False
    finally:
        file.seek(0)


@contextmanager
def naming(file_name: str) -> Iterator[None]:
    """A refusal inside says which file it is about."""
    try:
        yield
    except Unreadable as error:
        raise Unreadable(f"“{file_name[:60]}”：{error.message}") from error


def read(task: str, file: IO[bytes], *, seconds: int = SECONDS, **arguments: Any) -> Any:
    """Parse in a process of its own; in this one only where the settings say so (tests)."""
    return read_apart(task, file, seconds=seconds, **arguments) if settings.READ_APART else do(task, file, **arguments)


def signature(table: FoundTable) -> str:
    """One short key for all tables with the same header."""
    return hashlib.sha256(table.signature.encode()).hexdigest()


def look(work: jobs.Work, kind: ImportKind) -> Found:
    """Read the file with what the person said, or what was remembered for this header; name what is still to be asked."""
    assert kind.any_tables is not None
    mapping = work.params.get("mapping")
    reading = _reading(work, mapping)
    if mapping is None and (mapping := _remembered(work, kind, reading)):
        if mapping["columns"] or mapping["unit"]:
            reading = _reading(work, mapping)
    chosen, why = _choose(reading, mapping)
    found = Found(reading, chosen, mapping=mapping, why=why)
    found.answers = dict((mapping or {}).get("answers", {}))
    if chosen:
        found.questions = kind.any_tables.questions(work.by, chosen)
        found.answers = _still_offered(found)
        _still_open(found)
    return found


def _reading(work: jobs.Work, mapping: dict[str, Any] | None) -> Reading:
    source = work.job.source_file
    limits = {key: work.params[key] for key in ("max_bytes", "max_rows", "seconds")}
    with source.file.open("rb") as file:
        return read("tables", file, name=source.name, profile=_profile(mapping), **limits)


def _profile(mapping: dict[str, Any] | None) -> Profile | None:
    if not mapping or not (mapping["columns"] or mapping["unit"] or mapping.get("header_row")):
        return None
    columns = {key: Choice(name, unit) for key, (name, unit) in mapping["columns"].items()}
    header_row = mapping.get("header_row") or 0
    return Profile(columns, mapping["unit"], mapping["table"][0] if header_row else "", header_row)


# -- which table ----------------------------------------------------------------------------------------------------------


def _choose(reading: Reading, mapping: dict[str, Any] | None) -> tuple[list[FoundTable], list[str]]:
    """The tables that are taken in: the one the person means, or the only kind of project list; those with the same header as well."""
    lists = reading.project_tables
    meant = _meant(reading, mapping)
    if meant is not None:
        if not meant.is_project_list:
            return [], [f"“{meant.sheet}”里没有指明“项目名称”列。请在下面选出来。"]
        return [meant, *(one for one in lists if one is not meant and one.signature == meant.signature)], []
    if not lists:
        return [], [f"工作表“{one.sheet}”像是“{one.name}”。{one.reason}" for one in reading.tables[:5]]
    same = [one for one in lists if one.signature == lists[0].signature]
    if len(same) < len(lists):
        return same, [f"文件里有 {len(lists)} 个表头不同的项目表，一次导入一种。请选这次要导入的。"]
    return same, []


def _meant(reading: Reading, mapping: dict[str, Any] | None) -> FoundTable | None:
    if not mapping or not mapping.get("table"):
        return None
    sheet, row = mapping["table"]
    row = mapping.get("header_row") or row
    return next((one for one in reading.tables if one.sheet == sheet and one.header_rows[0] <= row <= one.header_rows[1]), None)


def _still_offered(found: Found) -> dict[str, str]:
    """Answers without those, remembered from earlier, that can no longer be chosen: they are asked for again."""
    offered = {one.key: {word for word, _ in one.choices} for one in found.questions if one.kind == "choice"}
    return {key: word for key, word in found.answers.items() if key not in offered or word in offered[key]}


def _still_open(found: Found) -> None:
    said = found.mapping is not None  # then only a unit that nobody was offered yet is asked about
    found.why += [column.doubt for column in found.chosen[0].unsure if not said or column.unit_from == "guess"]
    open_ones = [one.label for one in found.questions if one.required and not found.answers.get(one.key)]
    if open_ones:
        found.why.append(f"表里没有写{'、'.join(open_ones)}，请为整个文件说一次。")


# -- remembered mappings --------------------------------------------------------------------------------------------------


def _remembered(work: jobs.Work, kind: ImportKind, reading: Reading) -> dict[str, Any] | None:
    """The mapping saved for the first table whose header is known: the person's own, else one of the same unit."""
    assert kind.any_tables is not None
    tables = {signature(table): table for table in reversed(reading.tables)}
    saved = ImportProfile.objects.filter(kind=kind.code, signature__in=tables).select_related("owner")
    home = kind.any_tables.home(work.by)
    own = [one for one in saved if one.owner_id == work.by.pk or (home and one.region_id == home.pk)]
    own.sort(key=lambda one: (one.owner_id != work.by.pk, -one.saved_at.timestamp()))
    if not own:
        return None
    best, table = own[0], tables[own[0].signature]
    whose = "您" if best.owner_id == work.by.pk else str(best.owner)
    return {
        "table": [table.sheet, table.header_rows[0]], "header_row": 0, "columns": best.columns, "unit": best.unit_word,
        "answers": best.answers, "from": f"按{whose} {periods.day_words(periods.day_of(best.saved_at))}保存的对应方式读取。",
    }  # fmt: skip


def remember(work: jobs.Work, kind: ImportKind, found: Found, at: datetime) -> None:
    """Save what the person said for the next file with this header."""
    mapping = found.mapping
    if not mapping or not mapping.get("keep") or not found.chosen or found.asks or kind.any_tables is None:
        return
    kept = {one.key for one in found.questions if one.kept}
    values = {
        "region": kind.any_tables.home(work.by), "columns": mapping["columns"], "unit_word": mapping["unit"], "saved_at": at,
        "answers": {key: word for key, word in mapping["answers"].items() if key in kept and word},
    }  # fmt: skip
    ImportProfile.objects.update_or_create(
        owner=work.by, kind=kind.code, signature=signature(found.chosen[0]), defaults=values
    )


# -- for the pages --------------------------------------------------------------------------------------------------------


def described(found: Found) -> dict[str, Any]:
    """Tables, columns, questions and totals as plain JSON for the mapping page and the preview."""
    taken = {id(table) for table in found.chosen}
    return {
        "tables": [_table_words(table) | {"taken": id(table) in taken} for table in found.reading.tables],
        "questions": [asdict(one) for one in found.questions], "answers": found.answers, "why": found.why,
        "columns": (found.mapping or {}).get("columns", {}),
        "totals": [_total_words(table, check) for table in found.chosen for check in table.totals if check.verdict != "ok"],
        "totals_ok": sum(check.verdict == "ok" for table in found.chosen for check in table.totals),
        "asks": found.asks,
    }  # fmt: skip


def notes_of(found: Found, fields: tuple[str, ...]) -> list[str]:
    """Remarks on the file and on the tables taken in; what was left unread."""
    notes = [found.mapping["from"]] if found.mapping and "from" in found.mapping else []
    notes += found.reading.notes
    for table in found.chosen:
        said = {check.message for check in table.totals}  # shown apart
        notes += [f"“{table.sheet}”：{note}" for note in table.notes if note not in said]
    for table in found.reading.tables:
        if not any(table is one for one in found.chosen):
            end = table.reason or "表头与所选的表不同，这次没有读；可在“各列对应”里改选。"
            notes.append(f"工作表“{table.sheet}”第 {table.header_rows[0]} 行起是“{table.name}”，没有导入。{end}")
    if found.chosen:
        unread = [one.header for one in found.chosen[0].columns if one.field not in fields and one.kind != "number"]
        if unread:
            notes.append(f"没有导入的列：{'、'.join(unread)}。")
    return notes


def _table_words(table: FoundTable) -> dict[str, Any]:
    total = table.total()
    return {
        "sheet": table.sheet, "title": table.title, "row": table.header_rows[0], "last_header_row": table.header_rows[1],
        "name": table.name, "reason": table.reason, "is_list": table.is_project_list, "rows": len(table.rows), "unit": table.unit,
        "year": table.year, "total": None if total is None else str(total),
        "columns": [_column_words(table, column) for column in table.columns],
    }  # fmt: skip


def _column_words(table: FoundTable, column: FoundColumn) -> dict[str, Any]:
    return {
        "letter": column.letter, "key": column.key, "header": column.header, "field": column.field, "kind": column.kind,
        "unit": column.unit, "unit_from": column.unit_from, "doubt": column.doubt, "samples": _samples(table, column),
    }  # fmt: skip


def _samples(table: FoundTable, column: FoundColumn) -> list[str]:
    found: list[str] = []
    for row in table.rows[:200]:
        cell = row.cells[column.index] if column.index < len(row.cells) else ""
        words = plain_text(cell).strip()[:SAMPLE_LENGTH] if cell not in ("", None) else ""
        if words and words not in found:
            found.append(words)
        if len(found) == SAMPLES:
            break
    return found


def _total_words(table: FoundTable, check: Any) -> dict[str, str]:
    return {"sheet": table.sheet, "verdict": check.verdict, "message": check.message}


def skipped_rows(table: FoundTable, sheet: str) -> list[Row]:
    """Rows of a table that are no data: shown, so that nobody wonders where they went."""
    return [
        Row(line.number + 1, {"name": line.label[:200]}, sheet=sheet, skipped=_SKIPPED[line.kind])
        for line in table.lines if line.kind in _SKIPPED
    ]  # fmt: skip

