"""From an empty database to the first accepted week without a shell (features 12.6): one command, then pages only.

Wednesday morning the system is installed, by Friday noon the first report is accepted. 呼玛县 has one project of 100 万元;
12.5 万元 were paid before the system began, 15 万元 by the cut-off: 2.5 万元 in the first week.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from openpyxl import load_workbook

from funds.models import OpeningBalance, ReportedSpending
from linkage import periods
from linkage.models import SetupStep
from projects.models import Project
from reports.actions.opening import open_due_periods
from reports.models import ReportState, WeeklyReport

pytestmark = pytest.mark.django_db
PASSWORD = "diyitian-2026-ok"
DOCUMENT, LEVEL, TASK = "黑财指（农）〔2026〕12号", "中央", "consolidate"
WEEK = "/weekly/2026-W47/huma/"


def at(day: int, hour: int):
    return periods.clock(periods.moment(date(2026, 11, day), hour))


def tick() -> None:
    """What the clock does about weeks every minute."""
    open_due_periods()


def enter(username: str, one_time: str) -> Client:
    """First log-in: nothing opens before the one-time password is replaced."""
    client = Client()
    assert client.post("/login/", {"username": username, "password": one_time}).status_code == 302
    assert client.get("/setup/").url == "/account/password/"
    client.post("/account/password/", {"old_password": one_time, "new_password1": PASSWORD, "new_password2": PASSWORD})
    return client


def fill(template: bytes, *rows: dict) -> SimpleUploadedFile:
    """A downloaded template with these rows typed below its header."""
    book = load_workbook(BytesIO(template))
    page = book.worksheets[0]
    columns = {str(cell.value).removeprefix("* "): cell.column for cell in page[3]}
    for number, row in enumerate(rows, 4):
        for header, value in row.items():
            page.cell(number, columns[header], value)
    file = BytesIO()
    book.save(file)
    return SimpleUploadedFile("表.xlsx", file.getvalue())


def bring_in(client: Client, kind: str, *rows: dict) -> None:
    """Template → upload → preview → confirm, as on the import pages."""
    template = client.get(f"/imports/template/{kind}/").content
    uploaded = client.post(f"/imports/new/?kind={kind}", {"file": fill(template, *rows)})
    assert uploaded.status_code == 302, uploaded.content.decode()
    preview = client.get(uploaded.url)
    assert preview.context["may_confirm"], [row.problems for row in preview.context["page"]]
    assert client.post(f"{uploaded.url}confirm/", {"seen": preview.context["seen"]}).status_code == 302


def post(client: Client, part: str, body: dict) -> dict:
    """What the grid's script sends, and its answer."""
    answer = client.post(
        f"{WEEK}{part}/", json.dumps(body), content_type="application/json", headers={"accept": "application/json"}
    )
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


def confirm(client: Client, step: str, note: str = "") -> None:
    assert client.post(f"/setup/{step}/", {"note": note}).status_code == 302, step


def set_up() -> dict[str, Client]:
    """Steps ① to ④; gives the people of 呼玛县 and the office, logged in."""
    out = StringIO()
    call_command("setup", stdout=out)
    words = out.getvalue().split()
    passwords = {name: words[words.index(name) + 2] for name in ("admin", "secadmin")}
    admin, secadmin = (enter(name, passwords[name]) for name in ("admin", "secadmin"))

    tick()
    assert not WeeklyReport.objects.exists(), "没有填报单位就没有周调度"
    admin.post("/setup/reference/")
    confirm(admin, "units")
    confirm(admin, "organisations")

    template = secadmin.get("/people/roster/template/").content
    people = (
        {"用户名": "office_sun", "姓名": "孙经办", "角色": "地区专班办公室经办", "地区": "大兴安岭地区"},
        {"用户名": "huma_li", "姓名": "李填报", "角色": "县级填报员", "地区": "呼玛县"},
        {"用户名": "huma_wang", "姓名": "王审签", "角色": "县级专班审签人", "地区": "呼玛县"},
    )
    preview = secadmin.post("/people/roster/", {"file": _only(template, *people)})
    assert not preview.context["reading"].problems
    slips = secadmin.post("/people/roster/confirm/", {"rows": preview.context["packed"], "as": "page"}).context[
        "credentials"
    ]
    confirm(secadmin, "roster")
    confirm(admin, "calendar")
    return {slip.username: enter(slip.username, slip.password) for slip in slips}


def _only(template: bytes, *rows: dict) -> SimpleUploadedFile:
    """The roster template with its prefilled rows cleared first."""
    book = load_workbook(BytesIO(template))
    for line in book.worksheets[0].iter_rows(min_row=4, max_row=40):
        for cell in line:
            cell.value = None
    file = BytesIO()
    book.save(file)
    return fill(file.getvalue(), *rows)


def money_and_project(office: Client, clerk: Client) -> Project:
    """Step ⑤: the project, the fund document, the county's share, the project's money, what was paid before."""
    bring_in(clerk, "projects", {
        "项目名称": "白银纳乡晒场", "项目年度": 2026, "实施方式": "工程类", "资金任务": "巩固拓展脱贫攻坚成果和乡村振兴",
        "计划投资（万元）": 100, "阶段": "列入年度计划", "依据文件": "呼农领发〔2026〕3号",
    })  # fmt: skip
    project = Project.objects.get()
    registered = office.post("/funds/batches/new/", {
        "level": "central", "task": project.task_id, "fund_year": 2026, "document_no": DOCUMENT, "region": project.unit.parent_id,
        "amount_yuan": "300", "issued_on": "2026-01-20",
    })  # fmt: skip
    assert registered.status_code == 302, registered.context["form"].errors
    bring_in(office, "county_allocations", {
        "批次文号": DOCUMENT, "资金层级": LEVEL, "资金任务": "巩固衔接", "县（市、区）": "呼玛县", "分配金额（万元）": 200, "下达日期": "2026-02-01",
    })  # fmt: skip
    bring_in(clerk, "allocations", {
        "项目编号": project.code, "批次文号": DOCUMENT, "资金层级": LEVEL, "安排金额（万元）": 100, "安排日期": "2026-02-20",
    })  # fmt: skip
    bring_in(clerk, "opening_balances", {
        "项目编号": project.code, "批次文号": DOCUMENT, "资金层级": LEVEL, "期初累计支出（万元）": 12.5, "截至日期": "2026-11-12",
    })  # fmt: skip
    assert OpeningBalance.objects.get().paid_to_date_yuan == Decimal(125_000)
    confirm(office, "opening")
    return project


def test_from_an_empty_database_to_the_first_accepted_week():
    with at(18, 9):
        people = set_up()
        tick()
        report = WeeklyReport.objects.get(unit__slug="huma")
        assert report.is_exempt, "还没有项目"
    office, clerk, chief = (people[name] for name in ("office_sun", "huma_li", "huma_wang"))
    with at(19, 10):
        project = money_and_project(office, clerk)
        assert project.code == "HM-2026-0001"
        post(clerk, "sync", {})
        report.refresh_from_db()
        assert not report.is_exempt
        line = report.lines.get()
        cell = line.cells.get()
        assert cell.previous_yuan == Decimal(125_000)
    with at(20, 10):
        edits = [
            {"line": line.pk, "place": "started_on", "text": "2026-05-10", "base": None},
            {"line": line.pk, "place": "physical_ratio", "text": "40", "base": None},
            {"line": line.pk, "place": f"cell:{cell.allocation_id}", "text": "15", "base": "125000.00"},
        ]
        saved = post(clerk, "cells", {"edits": edits})
        assert {outcome["verdict"] for outcome in saved["outcomes"]} == {"saved"}, saved["outcomes"]
        (difference,) = saved["problems"]
        assert "相差 2.50 万元" in difference["message"]
        post(clerk, "explain", {"key": difference["key"], "text": "凭证 11 月 19 日开出，国库下周入账"})
        report.refresh_from_db()
        clerk.post(f"{WEEK}hand-in/", {"revision": report.revision})
        report.refresh_from_db()
        assert report.state == ReportState.SIGNING
        chief.post(f"{WEEK}sign/", {"revision": report.revision, "password": PASSWORD})
        report.refresh_from_db()
        assert (report.state, report.version) == (ReportState.SUBMITTED, 1)
    with at(20, 11):
        assert office.post("/setup/week/", {"note": ""}).status_code == 422, "还没有被接收的周报"
        office.post(f"{WEEK}accept/", {"revision": report.revision})
        report.refresh_from_db()
        assert report.state == ReportState.ACCEPTED
        confirm(office, "week")
        assert "六步都已确认" in office.get("/setup/").content.decode()
    assert ReportedSpending.objects.get().paid_to_date_yuan == Decimal(150_000)
    assert SetupStep.objects.count() == 6
