"""Tables in any form: which table of the file is meant, what each column says, and what must be asked once for the whole file.

The person speaks about one sort of header at a time: {"table": [sheet, header row], "header_row": 0, "columns": {heading or
letter: [field, unit]}, "unit": "万元", "answers": {key: word}, "keep": true, "left_out": [keys of headers]}. What was said
of all of them together is the mapping, plain JSON in Job.params: {"said": [{"table", "header_row", "key", "columns", "unit"}],
"left_out": [keys] or None while nobody was asked, "answers", "keep"}.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import IO, Any

from django.conf import settings

from linkage import jobs
from linkage.excel import Choice, FoundColumn, FoundTable, Profile, Reading, Unreadable
from linkage.excel.apart import SECONDS, do, read_apart
from linkage.excel.files import TORN_ZIP
from linkage.excel.headings import FIELDS, PARTS
from linkage.excel.lines import LineKind
from linkage.excel.templates import INFO_SHEET
from linkage.excel.values import plain_text
from linkage.models import Job

from .base import ImportKind, Question, Row
from .remembered import profiles_for, remembered

SAMPLES, SAMPLE_LENGTH = 3, 40
_MARK_ROOM = 1 << 20
_MOST_KNOWN = 200
_YEAR_IN_NAME = re.compile(r"(?<!\d)20[1-4]\d(?!\d)")
_MONEY = ("planned_investment_yuan", "allocated_yuan", *PARTS)
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

    @property
    def kinds(self) -> list[FoundTable]:
        """The first of the chosen tables with each header."""
        return list({table.key: table for table in reversed(self.chosen)}.values())[::-1]


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


def look(work: jobs.Work, kind: ImportKind) -> Found:
    """Read the file with what the person said, or what was remembered for its headers; name what is still to be asked."""
    assert kind.any_tables is not None
    mapping, profiles = work.params.get("mapping"), profiles_for(work, kind)
    known = [one.signature for one in profiles][:_MOST_KNOWN]
    reading = _reading(work, mapping, known)
    if mapping is None and (mapping := remembered(work, profiles, reading)):
        if any(one["columns"] or one["unit"] for one in mapping["said"]):
            reading = _reading(work, mapping, known)
    chosen, why = _choose(reading, mapping)
    found = Found(reading, chosen, mapping=mapping, why=why)
    found.answers = dict((mapping or {}).get("answers", {}))
    if chosen:
        found.questions = [_year_from(one, work.job.source_file.name) for one in kind.any_tables.questions(work.by, chosen)]
        found.answers = _still_offered(found)
        _still_open(found)
    return found


def _year_from(question: Question, file_name: str) -> Question:
    """Where the table names no year the name of its file may: proposed, still asked."""
    named = _YEAR_IN_NAME.findall(file_name) if question.kind == "year" else []
    return replace(question, initial=named[0], help=f"文件名里写着 {named[0]} 年，请核对。") if len(set(named)) == 1 else question


def _reading(work: jobs.Work, mapping: dict[str, Any] | None, known: list[str]) -> Reading:
    source = work.job.source_file
    limits = {key: work.params[key] for key in ("max_bytes", "max_rows", "seconds")}
    with source.file.open("rb") as file:
        return read("tables", file, name=source.name, profile=[_profile(one) for one in (mapping or {}).get("said", ())], known=known, **limits)


def _profile(said: dict[str, Any]) -> Profile:
    columns = {key: Choice(name, unit) for key, (name, unit) in said["columns"].items()}
    header_row = said.get("header_row") or 0
    return Profile(columns, said["unit"], said["table"][0] if header_row else "", header_row, said.get("key", ""))


# -- what the person says -------------------------------------------------------------------------------------------------


def merged(job: Job, words: dict[str, Any]) -> dict[str, Any]:
    """The mapping of the whole file once `words` about one of its tables are added."""
    before, tables = mapping_of(job), job.result.get("tables", [])
    meant = next((one for one in tables if [one["sheet"], one["row"]] == list(words["table"])), None)
    key = meant["key"] if meant else ""
    said = {name: words[name] for name in ("table", "header_row", "columns", "unit")} | {"key": key}
    if meant and not _points_at(said, meant):
        said["key"] = ""  # the header is somewhere else: its words are not known before the file is read again
    same = [one for one in tables if one["key"] == key]
    others = [one for one in before.get("said", []) if one["key"] != key and not any(_points_at(one, table) for table in same)]
    return {
        "said": [*others, said], "left_out": words.get("left_out", before.get("left_out")), "answers": words["answers"], "keep": words["keep"],
    }  # fmt: skip


def mapping_of(job: Job) -> dict[str, Any]:
    """What was said of the file of this job, else what was remembered for its headers; {} when neither."""
    return job.params.get("mapping") or job.result.get("mapping") or {}


def said_of(mapping: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    """What the mapping says about one table as it was described; {} when nothing."""
    return next((one for one in mapping.get("said", []) if one["key"] == table["key"] or _points_at(one, table)), {})


def _points_at(said: dict[str, Any], table: dict[str, Any]) -> bool:
    row = said["header_row"] or said["table"][1]
    return said["table"][0] == table["sheet"] and table["row"] <= row <= table["last_header_row"]


# -- which tables ---------------------------------------------------------------------------------------------------------


def _choose(reading: Reading, mapping: dict[str, Any] | None) -> tuple[list[FoundTable], list[str]]:
    """The tables that are taken in: all lists of projects but those the person leaves out; what must be said first."""
    lists, mapping = reading.project_tables, mapping or {}
    nameless = [
        f"“{table.sheet}”里没有指明“项目名称”列。请在下面选出来。" for said in mapping.get("said", []) if (table := _meant(reading, said)) is not None
        and not table.is_project_list
    ]  # fmt: skip
    if nameless:
        return lists, nameless
    if not lists:
        return [], [f"工作表“{one.sheet}”像是“{one.name}”。{one.reason}" for one in reading.tables[:5]]
    keys = dict.fromkeys(one.key for one in lists)
    left_out = mapping.get("left_out")
    if left_out is None and len(keys) > 1:
        return lists, [f"文件里有 {len(keys)} 种表头不同的项目表，共 {len(lists)} 个，一次一起导入；哪种不要，请去掉它的勾。"]
    chosen = [one for one in lists if one.key not in (left_out or ())]
    return (chosen, []) if chosen else (lists, ["一种表也没有选。请至少勾一种要导入的表。"])


def _meant(reading: Reading, said: dict[str, Any]) -> FoundTable | None:
    sheet, row = said["table"]
    row = said.get("header_row") or row
    return next((one for one in reading.tables if one.sheet == sheet and one.header_rows[0] <= row <= one.header_rows[1]), None)


def _still_offered(found: Found) -> dict[str, str]:
    """Answers without those, remembered from earlier, that can no longer be chosen: they are asked for again."""
    offered = {one.key: {word for word, _ in one.choices} for one in found.questions if one.kind == "choice"}
    return {key: word for key, word in found.answers.items() if key not in offered or word in offered[key]}


def _still_open(found: Found) -> None:
    kinds = found.kinds
    for table in kinds:
        place = f"“{table.sheet}”：" if len(kinds) > 1 else ""
        found.why += [f"{place}{doubt}" for doubt in open_doubts(found, table)]
    open_ones = [one.label for one in found.questions if one.required and not found.answers.get(one.key)]
    if open_ones:
        found.why.append(f"表里没有写{'、'.join(open_ones)}，请为整个文件说一次。")


def open_doubts(found: Found, table: FoundTable) -> list[str]:
    """What is to be asked about the columns of a table; once it was spoken about, only a unit that nobody was offered yet."""
    said = any(one["key"] == table.key for one in (found.mapping or {}).get("said", ()))
    return [column.doubt for column in table.unsure if not said or column.unit_from == "guess"]


# -- for the pages --------------------------------------------------------------------------------------------------------


def described(found: Found) -> dict[str, Any]:
    """Tables, columns, questions and totals as plain JSON for the mapping page and the preview."""
    taken = {id(table) for table in found.chosen}
    return {
        "tables": [
            _table_words(table) | {"taken": id(table) in taken, "open": id(table) in taken and bool(open_doubts(found, table))}
            for table in found.reading.tables
        ],
        "questions": [asdict(one) for one in found.questions], "answers": found.answers, "why": found.why,
        "mapping": found.mapping or {},
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
            end = table.reason or "这次没有选它；要导入请在“各列对应”里勾上。"
            notes.append(f"工作表“{table.sheet}”第 {table.header_rows[0]} 行起是“{table.name}”，没有导入。{end}")
    for table in found.kinds:
        unread = [one.header for one in table.columns if one.field not in fields and one.kind != "number"]
        if unread:
            place = f"“{table.sheet}”" if len(found.kinds) > 1 else ""
            notes.append(f"{place}没有导入的列：{'、'.join(unread)}。")
    return notes


def _table_words(table: FoundTable) -> dict[str, Any]:
    total = table.total()
    return {
        "key": table.key, "sheet": table.sheet, "title": table.title, "row": table.header_rows[0], "last_header_row": table.header_rows[1],
        "name": table.name, "reason": table.reason, "is_list": table.is_project_list, "rows": len(table.rows), "unit": table.unit,
        "year": table.year, "total": None if total is None else str(total),
        "columns": [_column_words(table, column) for column in table.columns],
    }  # fmt: skip


def _column_words(table: FoundTable, column: FoundColumn) -> dict[str, Any]:
    return {
        "letter": column.letter, "key": column.key, "header": column.header, "field": column.field, "kind": column.kind,
        "unit": column.unit, "unit_from": column.unit_from, "doubt": column.doubt, "samples": _samples(table, column),
        "use": _use_of(table, column),
    }  # fmt: skip


def _use_of(table: FoundTable, column: FoundColumn) -> str:
    """What becomes of a column of money that is not itself the money of a row."""
    if not table.is_project_list or column.field not in _MONEY or column.field in table.main[:1]:
        return ""
    if len(table.main) == 1 and table.main[0] not in PARTS:
        return f"只用来核对，不导入：金额取“{FIELDS[table.main[0]][0]}”那一列。"
    return "没有总额的列，与其他来源相加作计划投资。"


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

