"""Project tables in any form (kind `projects`): what their rows mean for the library, and what is asked once for a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from linkage import periods
from linkage.excel import CellProblem, FoundRow, FoundTable
from linkage.excel.headings import PARTS
from linkage.figures.names import OrganisationNames, RegionNames, squeeze
from linkage.imports.base import AnyTables, Question, Row
from linkage.imports.tables import skipped_rows
from linkage.models import DictionaryEntry, DictionaryKind, FundTask, Organisation, Region
from linkage.money import wan_text
from projects import states
from projects.forms import units_to_edit
from projects.models import Method, Stage

# Fields of the reader a column may be read as. The parts add up to the money of a row where no column holds it whole.
READ = (
    "name", "unit", "township", "village", "project_year", "method", "task", "category", "planned_investment_yuan", "allocated_yuan",
    *PARTS, "funding_source", "implementer", "site", "content", "planned_start_on", "planned_finish_on", "period", "stage",
    "document", "code",
)  # fmt: skip
_BELOW = re.compile(r"(?<=[村镇乡屯组场区街])\n(?=\w)")
_LONGEST = {"site": 200, "content": 2_000, "document": 120}  # signs, as in the template and on the page; the name has a check of its own
OUR_CODE = re.compile(r"[A-Z]{1,6}-\d{4}-\d{4,}")
_METHODS: dict[str, str] = {label: label for label in Method.labels}
# Words of a name, category or content → 实施方式, the first that fits, so building comes last; what fits none is asked about.
_METHOD_WORDS: tuple[tuple[re.Pattern, Method], ...] = tuple(
    (re.compile(words), method)
    for words, method in (
        (r"项目管理费|^管理费", Method.FEE),
        (r"贴息|保险|保费|雨露计划|公益(?:性)?岗", Method.SUBSIDY),
        (r"培训|致富带头人", Method.TRAINING),
        (r"到户|以奖代补|奖补|补助项目|一次性交通|务工补|稳岗", Method.GRANT),
        (r"入股|村集体经济", Method.EQUITY),
        (r"采购|购置", Method.PURCHASE),
        (r"建设|新建|改造|硬化|修建|扩建|维修|工程|安装|提升|道路|桥|管网|饮水|厂房|大棚|基地|设施|冷库|整治", Method.WORKS),
    )
)


@dataclass
class _Words:
    """Every look-up that rows of one file need."""

    units: dict[str, Region]
    names: RegionNames
    bodies: OrganisationNames
    tasks: list[FundTask]
    categories: list[str]
    answers: Mapping[str, str]
    known: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, by, answers: Mapping[str, str]) -> _Words:
        return cls(
            {unit.name: unit for unit in units_to_edit(by)}, RegionNames(), OrganisationNames(), list(FundTask.objects.filter(is_active=True)),
            [entry.name for entry in DictionaryEntry.objects.of(DictionaryKind.CATEGORY)], answers,
        )  # fmt: skip


# -- questions ------------------------------------------------------------------------------------------------------------


def questions(by, tables: list[FoundTable]) -> list[Question]:
    """What the tables do not say: unit, year, 实施方式 and 资金任务 where a row leaves them open; stage and document for all."""
    words = _Words.of(by, {})
    rows = [(table, row) for table in tables for row in table.rows]
    found = []
    if len(words.units) > 1 and any(not row.values.get("unit") for _, row in rows):
        found.append(Question("unit", "县（市、区）", choices=tuple((name, name) for name in words.units)))
    if any(row.year is None for _, row in rows):
        found.append(Question("project_year", "项目年度", "year", initial=str(periods.today().year), kept=False))
    if any(not _method_of(row) for _, row in rows):
        help_words = "表里没有这一栏；从名称看得出的各行（管理费、培训、贴息等）已照名称，其余按这里。"
        found.append(
            Question("method", "实施方式", choices=tuple((label, label) for label in Method.labels), initial=str(Method.WORKS.label), help=help_words)
        )
    if any(not _task_of(table, row, words) for table, row in rows):
        found.append(Question("task", "资金任务", choices=tuple((task.name, task.name) for task in words.tasks)))
    stages = tuple((str(Stage(stage).label), str(Stage(stage).label)) for stage in states.UNTIL_START)
    found.append(
        Question("stage", "登记时的阶段", choices=stages, initial=stages[0][1], required=False, help="只用于新登记；审定入库以后须写依据文件。")
    )
    words_for_document = "审定入库、列入计划或调整已列入计划的项目时写文号。"
    found.append(Question("document", "依据文件", "text", required=False, kept=False, help=words_for_document))
    return found


def home(by) -> Region | None:
    """The one unit somebody registers for."""
    units = list(units_to_edit(by)[:2])
    return units[0] if len(units) == 1 else None


# -- rows -----------------------------------------------------------------------------------------------------------------


def rows(by, tables: list[FoundTable], answers: Mapping[str, str], at: datetime) -> list[Row]:
    """Rows as the template has them, those that are no projects among them, in the order of the file."""
    words = _Words.of(by, answers)
    several = len({table.sheet for table in tables}) > 1
    found = []
    for table in tables:
        sheet = table.sheet if several else ""
        letters, headers = _letters(table), {column.field: column.header for column in table.columns if column.field}
        made = [_row(table, row, words, sheet, letters, headers) for row in table.rows]
        found += sorted([*made, *skipped_rows(table, sheet)], key=lambda one: one.number)
    _tell_apart(found)
    return found


def _tell_apart(found: list[Row]) -> None:
    """Projects of one name at different places ("农业机械采购项目" of three villages) get their place into the name."""
    same: dict[tuple, list[Row]] = {}
    for row in found:
        if not row.skipped and row.values["name"]:
            same.setdefault((row.values["unit"], row.values["project_year"], row.values["name"]), []).append(row)
    for rows_of_name in same.values():
        places = [row.values["site"] for row in rows_of_name]
        if len(rows_of_name) > 1 and all(places) and len(set(places)) == len(places):
            for row in rows_of_name:
                row.values["name"] = f"{row.values['name']}（{row.values['site']}）"[:200]


def _letters(table: FoundTable) -> dict[str, str]:
    letters = {column.field: column.letter for column in reversed(table.columns) if column.field}
    for key, others in (("planned_investment_yuan", table.main), ("site", ("village", "township")), ("planned_start_on", ("period",))):
        if key not in letters and (other := next((one for one in others if one in letters), "")):
            letters[key] = letters[other]
    return letters


def _row(table: FoundTable, row: FoundRow, words: _Words, sheet: str, letters: dict[str, str], headers: dict[str, str]) -> Row:
    values, doubts, assumed = _values(row), list(row.doubts), set()
    problems = [_named(problem, headers, table.main) for problem in row.problems]
    for key, own, answer in (
        ("project_year", row.year, _year(words.answers.get("project_year"))),
        ("method", _method_of(row), words.answers.get("method")),
        ("task", _task_of(table, row, words), words.answers.get("task")),
        ("stage", _stage_of(row), words.answers.get("stage")),
        ("document", row.values.get("document"), words.answers.get("document")),
    ):
        values[key] = own or answer or None
        if not row.values.get(key):
            assumed.add(key)
    if "planned_investment_yuan" not in row.places:
        assumed.add("planned_investment_yuan")
    if "category" in row.derived:
        assumed.add("category")
    assumed.discard("document")  # the document of an approved change may be given for the whole file
    made = Row(row.number, values, letters, headers, sheet, free=True)
    problems += [
        made.problem(key, f"共 {len(values[key])} 字，最多 {most} 字，请精简。") for key, most in _LONGEST.items() if values[key] and len(values[key]) > most
    ]
    unit = _unit(row, made, words, problems)
    values["unit"] = unit.name if unit else None
    _names(row, made, unit, words, doubts)
    _year_of_name(row, table.year or _year(words.answers.get("project_year")), made, doubts)
    _money(table, row, made, doubts)
    return Row(
        row.number, values, letters, headers, sheet, tuple(problems), tuple(doubts), frozenset(assumed), free=True
    )


def _named(problem: CellProblem, headers: dict[str, str], money: tuple[str, ...]) -> CellProblem:
    """With its heading. The money of a project may not stay blank: what the reader says of any amount is put right."""
    words = problem.message.replace("没有请留空", "还没有定的请填 0") if problem.key in money else problem.message
    return replace(problem, header=problem.header or headers.get(problem.key, ""), message=words)


def _values(row: FoundRow) -> dict[str, Any]:
    read = row.values
    period = read.get("period")
    start, finish = row.first_day("planned_start_on"), row.last_day("planned_finish_on")
    code = str(read.get("code") or "").strip()
    return {
        "unit": None, "name": read.get("name"), "project_year": None, "method": None, "task": None, "category": None,
        "planned_investment_yuan": None, "implementer": None, "site": _site(row), "content": read.get("content"),
        "planned_start_on": start or (period.earliest if period else None),
        "planned_finish_on": finish or (period.latest if period else None), "stage": None, "document": None,
        "code": code if OUR_CODE.fullmatch(code) else None,
    }  # fmt: skip


def _money(table: FoundTable, row: FoundRow, made: Row, doubts: list[CellProblem]) -> None:
    """The money of a row: its own total, else its parts, else nothing; a table without any money gives 0 for the time being."""
    key = "planned_investment_yuan"
    amount = table.amount(row)
    parts = [row.values[part] for part in PARTS if row.values.get(part) is not None]
    if amount is None and parts and not any(problem.key in table.main for problem in row.problems):
        amount = sum(parts, Decimal(0))
        doubts.append(_doubt(made, key, "", f"没有总额，按各来源相加 {wan_text(amount)} 万元作计划投资，请核对。"))
    elif amount is None and not table.main:
        amount = Decimal(0)
        doubts.append(_doubt(made, key, "", "表里没有金额一栏，计划投资先按 0 登记，审定入库前须在项目页补填。"))
    made.values[key] = amount


def _site(row: FoundRow) -> str | None:
    if site := row.values.get("site"):
        return _on_one_line(site)
    places = [_on_one_line(row.values[key]) for key in ("township", "village") if row.values.get(key)]
    return "".join(places) or None


def _on_one_line(place: str) -> str:
    """A line broken inside a name is joined; whole places one below the other are listed."""
    return re.sub(r"\n", "", _BELOW.sub("、", place))


def _year_of_name(row: FoundRow, said: int | None, made: Row, doubts: list[CellProblem]) -> None:
    """A year in the name goes before the year said for the table or the file; that is not done silently."""
    if row.year and said and row.year != said and not row.values.get("project_year"):
        doubts.append(_doubt(made, "project_year", str(row.year), f"名称里写着 {row.year} 年，按 {row.year} 年登记，不是整个表的 {said} 年，请核对。"))


def _year(answer: str | None) -> int | None:
    return int(answer) if answer and answer.isdecimal() else None


# -- names of the file → ours -----------------------------------------------------------------------------------------------


def _unit(row: FoundRow, made: Row, words: _Words, problems: list[CellProblem]) -> Region | None:
    """The unit named in the row, the answer for the file, or the only one the person registers for."""
    named = row.values.get("unit")
    if not named:
        chosen = words.answers.get("unit", "")
        return words.units.get(chosen) or (next(iter(words.units.values())) if len(words.units) == 1 else None)
    found = words.names.one(named, reporting=True)
    if found is not None and found.name in words.units:
        return words.units[found.name]
    mine = "、".join(words.units)
    repair = f"您填报的是{mine}；请删去这一行，或改正地区名称。" if found else f"请写{mine}，或在“各列对应”里把这一列改为不导入。"
    said = f"“{named}”不在您的填报范围。" if found else f"不认识“{named}”这个地区。"
    problems.append(CellProblem("unit", made.cell("unit"), made.headers.get("unit", ""), str(named)[:60], said + repair))
    return None


def _names(row: FoundRow, made: Row, unit: Region | None, words: _Words, doubts: list[CellProblem]) -> None:
    """Implementer and category by our lists; what is not in them stays blank and is said."""
    if category := row.values.get("category"):
        made.values["category"] = words.known.setdefault(("category", category), _category(category, words.categories))
        if made.values["category"] is None:
            doubts.append(_doubt(made, "category", category, f"项目类别表里没有“{category[:30]}”，先空着，可在项目页补选。"))
    if (name := row.values.get("implementer")) and unit is not None:
        body = _body(name, unit, words)
        made.values["implementer"] = body.name if body else None
        if body is None:
            doubts.append(_doubt(made, "implementer", name, f"名录里没有“{name[:30]}”，先空着。请系统管理员在名录里登记该单位，再到项目页补选。"))


def _doubt(made: Row, key: str, value: str, message: str) -> CellProblem:
    return CellProblem(key, made.cell(key), made.headers.get(key, ""), value[:60], message)


def _body(name: str, unit: Region, words: _Words) -> Organisation | None:
    key = ("body", unit.pk, name)
    if key not in words.known:
        found = words.bodies.find(name, unit)
        own = [one for one in found if one.region_id in (unit.pk, unit.parent_id)]
        words.known[key] = own[0] if len(own) == 1 else None
    return words.known[key]


def _category(word: str, known: list[str]) -> str | None:
    plain = _stem(word)
    return next((one for one in known if squeeze(one) == squeeze(word)), None) or next(
        (one for one in known if plain and (stem := _stem(one)) and (stem.startswith(plain) or plain.startswith(stem))), None
    )


def _stem(word: str) -> str:
    return re.sub(r"(?:类?项目|类|建设|发展)+$", "", squeeze(word))


def _stage_of(row: FoundRow) -> str | None:
    word = row.values.get("stage")
    return word if word in {Stage(stage).label for stage in states.UNTIL_START} else None


def _method_of(row: FoundRow) -> str | None:
    """实施方式 as the row says it, in its own column or by the words of its name, category and content."""
    said = str(row.values.get("method") or "")
    if said in _METHODS:
        return said
    for key in ("name", "category", "content"):
        text = str(row.values.get(key) or "")
        for pattern, method in _METHOD_WORDS:
            if pattern.search(text):
                return str(method.label)
    return None


def _task_of(table: FoundTable, row: FoundRow, words: _Words) -> str | None:
    """资金任务 named in its column, in 资金来源 or in the title."""
    for text in (row.values.get("task"), row.original("funding_source"), table.title):
        if text:
            key = ("task", text)
            if key not in words.known:
                words.known[key] = _task_in(squeeze(text), words.tasks)
            if words.known[key]:
                return words.known[key]
    return None


def _task_in(plain: str, tasks: list[FundTask]) -> str | None:
    """The task whose name, or short name of more than two signs, stands in the words."""
    for task in tasks:
        if squeeze(task.name) in plain or (squeeze(task.short_name) in plain and len(task.short_name) > 2):
            return task.name
    return None


ANY_TABLES = AnyTables(fields=READ, questions=questions, rows=rows, home=home)
