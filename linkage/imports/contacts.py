"""The contact sheet brought in: unit, matter and body are in the template already, the clerk types names (features 1.4).

Blank cells change nothing, so that a sheet filled by one body does not take out what another has filled meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from linkage import periods
from linkage.actions.contacts import Naming, Person, name_contacts
from linkage.excel import CellProblem, Field
from linkage.figures import contacts as figures
from linkage.figures.contacts import Cell
from linkage.figures.names import squeeze
from linkage.models import ContactPost, Matter, Region, User
from linkage.personal import found_in

from .base import Difference, ImportKind, Row, Staged, Verdict, register

CODE = "contacts"
_LABELS = {"name": "姓名", "duty": "职务", "office_phone": "办公电话"}
_SIZES = {"name": 40, "duty": 60, "office_phone": 30}


def own_cells(by, on: date) -> list[Cell]:
    """The cells this person may fill that have a body. Seven queries at most."""
    found = figures.cells(on=on, regions=list(Region.objects.reporting()))
    return [cell for cell in found if cell.organisation is not None and figures.may_fill(by, cell)]


def fields(by) -> tuple[Field, ...]:
    cells = own_cells(by, periods.today())
    units, matters = (tuple(dict.fromkeys(getattr(getattr(cell, key), "name") for cell in cells)) for key in ("region", "matter"))  # noqa: B009
    people = (
        Field(f"{post}_{key}", f"{post.label}{label}", max_length=_SIZES[key], width=14, help="只登记办公电话" if key == "office_phone" else "")
        for post in ContactPost for key, label in _LABELS.items()
    )  # fmt: skip
    return (
        Field("unit", "县（市、区）", "choice" if units else "text", True, choices=units, width=12),
        Field("matter", "事项", "choice" if matters else "text", True, choices=matters, width=22),
        Field("organisation", "承办单位", max_length=120, width=24, help="已按名录填好，不用改"), *people,
        Field("document", "依据文件", max_length=120, width=22),
    )  # fmt: skip


def filled(by) -> Iterator[dict[str, Any]]:
    """Every cell the person may fill, with who stands in it."""
    for cell in own_cells(by, periods.today()):
        row = {"unit": cell.region.name, "matter": cell.matter.name, "organisation": str(cell.organisation.name if cell.organisation else "")}
        for post, person in cell.people.items():
            row |= {f"{post}_name": person.person_name, f"{post}_duty": person.duty or None, f"{post}_office_phone": person.office_phone or None}
            row["document"] = row.get("document") or person.document or None
        yield row


@dataclass
class Context:
    """The cells by unit and matter, and the people of their bodies."""

    cells: dict[tuple[str, str], Cell]
    accounts: dict[tuple[int, str], list[User]]


def begin(by, at: datetime, rows: Sequence[Row]) -> Context:
    today = periods.day_of(at)
    cells = own_cells(by, today)
    bodies = {cell.organisation.pk for cell in cells if cell.organisation}
    return Context({(squeeze(cell.region.name), squeeze(cell.matter.name)): cell for cell in cells}, figures.accounts(bodies, today))


def check_row(row: Row, context: Context) -> Verdict:
    cell = context.cells.get(_key(row.values))
    if cell is None or cell.organisation is None:
        return Verdict.error(row.problem("matter", "这个单位的这个事项不由您填写，或还没有承办单位。请重新下载模板核对，或删去这一行。"))
    label = f"{cell.region}：{cell.matter}"
    body = row.values.get("organisation")
    problems = [] if not body or squeeze(body) in (squeeze(cell.organisation.name), squeeze(str(cell.organisation))) else [
        row.problem("organisation", f"名录中承办单位是“{cell.organisation.name}”。请先请系统管理员变更承办单位，或改回。")
    ]  # fmt: skip
    people = {}
    for post in ContactPost:
        person, wrong = _person(row, post, cell)
        problems += wrong
        if person:
            people[post.value] = person
    problems += _twice(row, cell, people)
    if problems:
        return Verdict.error(*problems, label=label)
    document = (row.values.get("document") or "").strip()
    differences = _differences(cell, people, document)
    if not differences:
        return Verdict.unchanged(label=label)
    data = {"region": cell.region.pk, "matter": cell.matter.pk, "people": people, "document": document, "seen": cell.mark}
    return Verdict.changed(data, differences, label=label) if cell.people else Verdict.new(data, label=label)


def _person(row: Row, post: ContactPost, cell: Cell) -> tuple[dict[str, str] | None, list[CellProblem]]:
    said = {key: (row.values.get(f"{post}_{key}") or "").strip() for key in _LABELS}
    problems = [
        row.problem(f"{post}_{key}", f"这里不能填写{found_in(words)}。联系方式只登记办公电话。") for key, words in said.items() if found_in(words)
    ]  # fmt: skip
    if not said["name"]:
        if said["duty"] or said["office_phone"]:
            problems.append(row.problem(f"{post}_name", f"填了{post.label}的职务或电话，请填写姓名。"))
        return None, problems
    before = cell.people.get(post)
    if before and before.person_name == said["name"]:  # blank cells change nothing
        said = {"name": said["name"], "duty": said["duty"] or before.duty, "office_phone": said["office_phone"] or before.office_phone}
    return said, problems


def _twice(row: Row, cell: Cell, people: dict[str, dict[str, str]]) -> list[CellProblem]:
    names = {post: person.person_name for post, person in cell.people.items()} | {post: one["name"] for post, one in people.items()}
    if names.get(ContactPost.A) and names.get(ContactPost.A) == names.get(ContactPost.B):
        return [row.problem("b_name", "A岗和B岗须是两个人。")]
    return []


def _differences(cell: Cell, people: dict[str, dict[str, str]], document: str) -> list[Difference]:
    found = []
    papers = {person.document for post, person in cell.people.items() if post in people}
    if document and papers - {document}:
        found.append(Difference("依据文件", "、".join(sorted(papers)) or "无", document))
    for post, said in people.items():
        before = cell.people.get(post)
        now = {"name": before.person_name, "duty": before.duty, "office_phone": before.office_phone} if before else dict.fromkeys(_LABELS, "")
        found += [Difference(f"{ContactPost(post).label}{_LABELS[key]}", now[key] or "空缺", said[key]) for key in _LABELS if said[key] != now[key]]
    return found


def apply_rows(rows: list[Staged], *, by, at: datetime, context: Context) -> None:
    regions = Region.objects.in_bulk({row.data["region"] for row in rows})
    matters = Matter.objects.in_bulk({row.data["matter"] for row in rows})
    cells = {(cell.region.pk, cell.matter.pk): cell for cell in context.cells.values()}
    namings = []
    for data in (row.data for row in rows):
        cell = cells[data["region"], data["matter"]]
        named: dict[str, Person | None] = {post: _of(said, cell, context) for post, said in data["people"].items()}
        document = data["document"] or next((person.document for person in cell.people.values() if person.document), "")
        namings.append(Naming(regions[data["region"]], matters[data["matter"]], named, document, data["seen"]))
    name_contacts(by=by, namings=namings, since=periods.day_of(at), at=at)


def _of(said: dict[str, str], cell: Cell, context: Context) -> Person:
    """A name that one account of the body bears takes that account, and its post and telephone where the sheet has none."""
    same = context.accounts.get((cell.organisation.pk if cell.organisation else 0, said["name"]), [])
    user = same[0] if len(same) == 1 else None
    duty, phone = (said[key] or (getattr(user, key) if user else "") for key in ("duty", "office_phone"))
    return Person(said["name"], duty, phone, user)


def _key(values: dict[str, Any]) -> tuple[str, str]:
    return squeeze(values.get("unit") or ""), squeeze(values.get("matter") or "")


register(
    ImportKind(
        code=CODE, title="一对一对接联系表", permission=figures.EDIT, fields=fields, begin=begin, check_row=check_row, apply_rows=apply_rows, key=_key,
        result_url="/directory/contacts/", order=20, filled=filled,
        help="模板里单位、事项、承办单位和现有的人已经填好，补填姓名、职务、办公电话即可；空着的格不改动，要撤下的人请在页面上办理。换人的，原来的人到导入前一天为止。",
    )
)  # fmt: skip
