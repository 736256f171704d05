"""The roster sheet: people and their seats, all or nothing (features 1.3, 12.6).

`template()` gives the workbook to fill in; `read()` the checked rows and every problem at once, with sheet, cell, reason
and repair. Rows travel from preview to confirmation signed (`pack`, `unpack`); the action checks them once more.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import IO, Any

from django.core import signing

from linkage import excel, personal, rules, separation
from linkage.actions.people import Entry
from linkage.checks import Problem, Severity
from linkage.errors import Refusal
from linkage.excel import CellProblem, Field, TableRow, Template
from linkage.figures import people as managed
from linkage.figures.names import OrganisationNames, RegionNames
from linkage.imports import tables
from linkage.models import Organisation, Region, RegionKind, Role, Seat, User

SALT = "linkage.roster"
MAX_AGE_SECONDS = 3600
_USERNAME = re.compile(r"[a-z][a-z0-9_.-]{1,29}")
_ROLES = {role.label: role.value for role in Role if role not in separation.TRIO}
_TITLE = "人员与岗位名册"


@dataclass
class Reading:
    """What a sheet holds: `entries` new rows, `standing` rows that are there already, `problems` all findings."""

    entries: list[Entry] = field(default_factory=list)
    standing: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        return len({entry.username for entry in self.entries})


def template() -> Template:
    """The columns, with drop-downs of the roles, units and organisations as they are now. Two queries."""
    regions = Region.objects.exclude(kind=RegionKind.TOWNSHIP).filter(is_active=True)
    organisations = Organisation.objects.filter(is_active=True).select_related("region")
    return Template(
        code="roster", version=1, title=_TITLE,
        notes="带 * 的列必填，从第 4 行起填写，一行一个岗位；一人有几个岗位就写几行（用户名、姓名相同）。用户名和姓名都空的行不导入。"
        "部门和实施主体的岗位须写单位。不得填写手机号码和身份证号。",
        fields=(
            Field("username", "用户名", required=True, max_length=30, help="小写字母开头，字母、数字、下划线，如 huma_zhang", width=16),
            Field("name", "姓名", required=True, max_length=40, width=12),
            Field("duty", "职务", max_length=60, width=16),
            Field("office_phone", "办公电话", max_length=30, help="固定电话", width=16),
            Field("role", "角色", "choice", required=True, choices=tuple(_ROLES), width=20),
            Field("region", "地区", required=True, choices=tuple(r.name for r in regions), max_length=60, width=14),
            Field("organisation", "单位", choices=tuple(o.name for o in organisations), max_length=120, width=30),
            Field("since", "起", "date", help="从这一天起生效；空白为今天"),
            Field("until", "止", "date", help="审计查阅必填"),
            Field("is_backup", "B岗", "bool"),
            Field("document", "依据文件", max_length=120),
        ),
    )  # fmt: skip


def prefilled() -> list[dict[str, Any]]:
    """Rows that every set-up needs: office, then 填报员 and 审签人 of each reporting unit; names are to be filled in."""
    prefecture = (
        Region.objects.filter(kind=RegionKind.PREFECTURE, is_active=True).order_by("display_order", "pk").first()
    )
    rows = [
        {"role": role.label, "region": prefecture.name} for role in (Role.OFFICE_CLERK, Role.OFFICE_HEAD) if prefecture
    ]
    for unit in Region.objects.reporting():
        rows += [{"role": role.label, "region": unit.name} for role in (Role.COUNTY_CLERK, Role.COUNTY_CHIEF)]
    return rows


def workbook() -> bytes:
    return excel.build_template(template(), prefilled())


READ_SECONDS = 15  # of processor time: the person waits


def read(file: IO[bytes], name: str, *, by, on: date) -> Reading:
    """Read and check. Raises excel.Unreadable when the file as a whole cannot be used. `on` fills blank 起."""
    max_rows = rules.get("import_max_rows", on=on)
    excel.check_workbook(file, name, max_bytes=rules.get("import_max_mb", on=on) * 1024 * 1024, max_rows=max_rows)
    table = tables.read("template", file, template=template(), max_rows=max_rows, seconds=READ_SECONDS)
    rows = [row for row in table.rows if not _is_blank(row)]
    if not rows:
        raise excel.Unreadable("名册里没有填写任何人。请至少填一行的用户名和姓名。")
    checker = _Checker(table.sheet, by, on)
    for row in rows:
        checker.take(row)
    return Reading(checker.entries, checker.standing, checker.problems, table.notes)


def _is_blank(row: TableRow) -> bool:
    """Prefilled rows nobody was entered into: neither name nor user name."""
    empty = {problem.key for problem in row.problems if not problem.value}
    return {"username", "name"} <= empty


class _Checker:
    """Row after row against the tables and the rows before; a constant number of queries."""

    def __init__(self, sheet: str, by, on: date):
        self.sheet, self.by, self.on = sheet, by, on
        self.regions, self.organisations = RegionNames(), OrganisationNames()
        self.managed = set(managed.managed_regions(by).values_list("pk", flat=True))
        self.users = {user.username.lower(): user for user in User.objects.all()}
        self.held: dict[str, list[separation.Wish]] = {}
        for seat in Seat.objects.select_related("region", "user"):
            self.held.setdefault(seat.user.username.lower(), []).append(separation.wish_of(seat))
        self.names: dict[str, tuple[str, int]] = {}
        self.entries: list[Entry] = []
        self.standing = 0
        self.problems: list[Problem] = []

    def take(self, row: TableRow) -> None:
        before = len(self.problems)
        for problem in row.problems:
            self._cell_problem(row, problem)
        self._check_person(row)
        region = self._check_region(row)
        organisation = self._check_organisation(row, region)
        if len(self.problems) == before and region:
            self._check_seat(row, region, organisation)

    def _cell_problem(self, row: TableRow, problem: CellProblem) -> None:
        self._add(row, problem.key, problem.message, "")

    def _add(self, row: TableRow, key: str, message: str, repair: str) -> None:
        cell = row.cell(key)
        self.problems.append(
            Problem(
                f"roster_{key}",
                Severity.MUST,
                message,
                repair,
                place=f"{self.sheet}!{cell}",
                row=row.number,
                row_label=f"{self.sheet} {cell}",
            )
        )

    def _check_person(self, row: TableRow) -> None:
        for key in ("name", "duty", "office_phone", "document"):
            kind = personal.found_in(row.values.get(key) or "")
            if kind:
                self._add(row, key, f"这里填了{kind}。", "请删去；联系方式只登记办公电话。")
        username, name = row.values.get("username"), row.values.get("name")
        if not username or not name:
            return
        if not _USERNAME.fullmatch(username):
            self._add(
                row,
                "username",
                f"用户名“{username}”不合规则。",
                "请用小写字母开头，2 至 30 位小写字母、数字、下划线、点或短横。",
            )
            return
        if username == self.by.username:
            self._add(row, "username", "这是您自己的账号。", "不能给自己安排岗位，请删去此行。")
        known = self.users.get(username)
        if known and known.name != name:
            self._add(
                row,
                "username",
                f"用户名“{username}”已有人使用（{known.name}）。",
                "请换一个用户名；如是同一人，请把姓名写得与系统一致。",
            )
        elif known and known.is_service:
            self._add(row, "username", f"“{username}”是接口账号，不能写进人员名册。", "请换一个用户名；接口账号的岗位在“人员与岗位”中安排。")
        elif known and not known.is_active:
            self._add(row, "username", f"账号“{username}”已停用。", "请先在“人员与岗位”中启用。")
        first = self.names.setdefault(username, (name, row.number))
        if first[0] != name:
            self._add(
                row,
                "name",
                f"用户名“{username}”在第 {first[1]} 行是“{first[0]}”，这里是“{name}”。",
                "同一用户名须是同一人，请改姓名或用户名。",
            )

    def _check_region(self, row: TableRow) -> Region | None:
        words = row.values.get("region")
        if not words:
            return None
        found = [r for r in self.regions.find(words) if r.kind != RegionKind.TOWNSHIP]
        if len(found) != 1:
            several = "可能是" + "、".join(r.name for r in found) if found else "系统里没有这个地区"
            self._add(row, "region", f"“{words}”：{several}。", "请从下拉中选地区的全名。")
            return None
        if found[0].pk not in self.managed:
            self._add(row, "region", f"“{words}”不在您管理的范围内。", "请由该地区的安全管理员办理。")
            return None
        return found[0]

    def _check_organisation(self, row: TableRow, region: Region | None) -> Organisation | None:
        words = row.values.get("organisation")
        if not words or region is None:
            return None
        found = self.organisations.find(words, region)
        if len(found) != 1:
            why = "有几个同名单位" if found else f"{region}及其上级没有这个单位"
            self._add(row, "organisation", f"“{words}”：{why}。", "请从下拉中选单位全名；没有的请先在“名录”中登记。")
            return None
        return found[0]

    def _check_seat(self, row: TableRow, region: Region, organisation: Organisation | None) -> None:
        role, since, until = _ROLES[row.values["role"]], row.values["since"] or self.on, row.values["until"]
        misplaced = separation.misplaced(role, region, organisation)
        if misplaced:
            key = "organisation" if role in separation.DEPARTMENTAL and organisation is None else "role"
            self._add(row, key, misplaced, "请改角色、地区或单位。")
            return
        if role == Role.AUDITOR and not until:
            self._add(row, "until", "审计查阅须写明截止日期。", "请填“止”。")
        if until and until < since:
            self._add(row, "until", f"截止日期 {until} 早于起始日期 {since}。", "请改“起”或“止”。")
        wish = separation.Wish(role, region.path, since, until, organisation.pk if organisation else None)
        username = row.values["username"]
        held = self.held.setdefault(username, [])
        same = [
            w
            for w in held
            if (w.role, w.region_path, w.organisation_id) == (wish.role, wish.region_path, wish.organisation_id)
        ]
        if any(separation.overlap(wish, other) for other in same) and username in self.users:
            self.standing += 1
            return
        words = separation.conflict(wish, held)
        if words:
            self._add(row, "role", words, "请改由另一人担任，或错开起止日期。")
            return
        held.append(wish)
        self.entries.append(_entry(row, role, region, organisation, since))


def _entry(row: TableRow, role: str, region: Region, organisation: Organisation | None, since: date) -> Entry:
    values = row.values
    return Entry(
        username=values["username"], name=values["name"], duty=values["duty"] or "", office_phone=values["office_phone"] or "",
        role=role, region_slug=region.slug, organisation_id=organisation.pk if organisation else None, since=since,
        until=values["until"], is_backup=bool(values["is_backup"]), document=values["document"] or "",
    )  # fmt: skip


def pack(entries: list[Entry]) -> str:
    """Checked rows as a signed text for the confirmation form."""
    rows = [
        asdict(e) | {"since": e.since.isoformat(), "until": e.until.isoformat() if e.until else None} for e in entries
    ]
    return signing.dumps(rows, salt=SALT, compress=True)


def unpack(text: str) -> list[Entry]:
    """The rows of `pack`. Raises Refusal when the preview is too old or was tampered with."""
    try:
        rows = signing.loads(text, salt=SALT, max_age=MAX_AGE_SECONDS)
    except signing.BadSignature as error:
        raise Refusal("预览已过期，请重新上传名册。", code="stale_preview") from error
    return [
        Entry(
            **row
            | {
                "since": date.fromisoformat(row["since"]),
                "until": date.fromisoformat(row["until"]) if row["until"] else None,
            }
        )
        for row in rows
    ]
