"""Two counties with everything a page can show, built once per module: 呼玛县 (whose people are asked) and 漠河市 (whose
texts and amounts nobody in 呼玛县 may find).

It is Friday 2026-11-20, 12:00. 呼玛县's reports stand: W43 accepted, W44 submitted, W45 returned with remarks, W46 handed
in and unsigned, W47 a filled draft. All texts of 漠河市 carry FOREIGN, of 呼玛县's village (task ethnic) VILLAGE, of its
unsigned rows DRAFT. Amounts are odd on purpose: each can be recognised, alone and in a sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from funds.actions.matching import decide_match
from funds.actions.voucher import record_voucher
from funds.models import (
    Batch,
    Breakdown,
    BreakdownCell,
    CarryDecision,
    CountyAllocation,
    FundChange,
    FundEvent,
    TargetNode,
    TreasuryMatch,
    Voucher,
    YearClosing,
)
from issues.actions import ledger
from linkage import counters, exports, periods
from linkage.actions.saved_views import save_view
from linkage.actions.uploads import store_file, store_upload
from linkage.imports import engine, feeds
from linkage.models import (
    ApiToken,
    AuditEvent,
    CalendarDay,
    DictionaryEntry,
    DictionaryKind,
    Handover,
    Job,
    JobState,
    Matter,
    Notification,
    Responsibility,
    RuleVersion,
    Seat,
    TaskForce,
    TaskForceMember,
    User,
)
from projects.actions import help_request as helping
from projects.actions import plan as plans
from projects.actions.asset import record_asset
from projects.actions.contract import create_contract
from projects.actions.contract_moves import award
from projects.actions.document import add_document
from projects.actions.procedure import record_step
from projects.actions.publicity import record_notice, record_target
from projects.models import ExemptionGround, Procedure, ProcedureKind, ProjectRevision, Stage
from projects.states import procedures as moves
from reports.actions import asking, dealing, filling, opening, sentences, signing
from reports.actions.book import stage_book
from reports.actions.filling import Edit
from reports.actions.rollup import compile_rollup
from reports.imports.weekly import read_book, workbook
from reports.models import Period, WeeklyReport
from tests import world as worlds
from tests.funds.treasury_files import payments

FOREIGN, VILLAGE, DRAFT = "北境标记", "村寨标记", "草稿标记"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"

# 元. `share` is what came to the county in that document, `arranged` what went to the project, `paid` the signed statement.
OWN = {
    "store": {"central": ("1200006.66", "1000003.11", "125000.37"), "provincial": ("600003.21", "500002.07", "61000.43")},
    "village": {"central": ("480005.83", "400001.13", "43000.59")},
}
THEIRS = {"yard": {"central": ("3500007.77", "3141592.65", "1414213.56"), "provincial": ("2900008.91", "2718281.82", "577215.66")}}
PLANNED = {"store": "1912345.47", "village": "450006.17", "yard": "6283185.31"}
CONTRACTED = {"store": "873217.59", "village": "391847.23", "yard": "5772156.49"}  # shares of contracts
DOCUMENT = "98765432.19"  # of each whole fund document
OWN_DRAFT, THEIR_DRAFT = "187654.29", "1618033.99"  # typed this week, not signed


class Scene(SimpleNamespace):
    """Everything by name; `world` holds regions, bodies and people."""

    def user(self, role: str) -> User:
        return getattr(self.world, role)


@contextmanager
def built() -> Iterator[Scene]:
    """The scene in the database, on its day, taken back at the end."""
    with transaction.atomic(), periods.clock(periods.moment(date(2026, 11, 20), 12)):
        yield build()
        transaction.set_rollback(True)


@contextmanager
def taken_back() -> Iterator[None]:
    """What happens inside leaves no trace."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def build() -> Scene:
    w = worlds.build()
    s = Scene(world=w, at=w.at)
    _projects(s)
    _money(s)
    _books(s)
    _past_weeks(s)
    _this_week(s)
    _contracts(s)
    _records(s)
    _issues(s)
    _plans(s)
    _documents(s)
    _belongings(s)
    _ground(s)
    _procedures(s)
    _helps(s)
    _treasury(s)
    return s


def _projects(s: Scene) -> None:
    w = s.world
    with transaction.atomic():
        for unit in ("huma", "mohe"):
            counters.next_numbers("project", unit, 2026, 9)  # the world numbers its projects itself
    s.store = w.project(
        w.huma, "冷链仓储", implementer=w.huma_implementer_bureau, planned_investment_yuan=Decimal(PLANNED["store"]), content="冷库一座", site="呼玛镇"
    )
    s.village = w.project(
        w.huma, f"{VILLAGE}寨道路", task=w.tasks["ethnic"], planned_investment_yuan=Decimal(PLANNED["village"]), content=f"{VILLAGE}道路", site=VILLAGE
    )
    s.idea = w.project(w.huma, "蓝莓育苗", stage=Stage.PROPOSED, planned_investment_yuan=Decimal("90000"))
    for project, mark in ((s.store, ""), (s.village, VILLAGE)):
        ProjectRevision.objects.create(
            project=project, revision=0, kind="site", before={"site": f"{mark}旧址"}, after={"site": f"{mark}新址"}, reason=f"{mark}选址调整",
            document="呼农组发〔2026〕5号", at=w.at(1), by_name="赵丽",
        )  # fmt: skip
    s.yard = w.project(
        w.mohe, f"{FOREIGN}晒场", planned_investment_yuan=Decimal(PLANNED["yard"]), content=f"{FOREIGN}建设内容", site=f"{FOREIGN}村"
    )


def _money(s: Scene) -> None:
    """Documents are the prefecture's; each county's share has more in it than is arranged."""
    w = s.world
    s.allocations, s.shares = {}, {}
    for name, levels in (OWN | THEIRS).items():
        project = getattr(s, name)
        for level, (share_yuan, arranged, _) in levels.items():
            allocation = w.allocate(project, level, Decimal(arranged))
            CountyAllocation.objects.filter(pk=allocation.county_allocation_id).update(
                amount_yuan=Decimal(share_yuan), document_no=f"{FOREIGN}财〔2026〕1号" if project.unit == w.mohe else ""
            )
            s.allocations[name, level] = allocation
            s.shares[name, level] = CountyAllocation.objects.get(pk=allocation.county_allocation_id)
    for batch in Batch.objects.all():
        total = sum(share.amount_yuan for share in batch.county_allocations.all())
        Batch.objects.filter(pk=batch.pk).update(amount_yuan=Decimal(DOCUMENT), allocated_yuan=total)
    s.batch = s.shares["store", "central"].batch
    s.batch.refresh_from_db()
    s.vouchers = {}
    for name, levels in (OWN | THEIRS).items():
        for level, (_, _, paid) in levels.items():
            mark = {"yard": FOREIGN, "village": VILLAGE}.get(name, "")
            finance = w.mohe_finance if name == "yard" else w.huma_finance
            s.vouchers[name, level] = record_voucher(
                allocation=s.allocations[name, level], kind="pay", nature="progress", amount_yuan=Decimal(paid), paid_on=date(2026, 10, 20),
                voucher_no=f"{mark}{name}-{level}", payee=f"{mark}建设公司", purpose=f"{mark}进度款", by=finance, at=w.at(20, month=10),
            )  # fmt: skip


def _books(s: Scene) -> None:
    """One 收回统筹 on the county's share, and three year-ends: being made up, closed, asked to be opened again."""
    w, share = s.world, s.shares["store", "central"]
    s.fund_event = FundEvent.objects.create(
        number="DXAL-ZJ-2026-0900", kind="reclaim", region=w.prefecture, batch=share.batch, amount_yuan=Decimal("555.00"),
        effective_on=date(2026, 9, 1), document_no="大财农〔2026〕61号", recorded_by=w.finance, recorded_at=w.at(1, month=9),
    )  # fmt: skip
    FundChange.objects.create(
        event=s.fund_event, batch=share.batch, county_allocation=share, amount_yuan=-s.fund_event.amount_yuan, after_yuan=share.amount_yuan,
        effective_on=s.fund_event.effective_on, recorded_at=s.fund_event.recorded_at,
    )  # fmt: skip
    common = {"region": w.prefecture, "begun_by": w.finance, "begun_at": w.at(5, month=1), "computed_at": w.at(5, month=1)}
    done = {"closed_by": w.finance, "closed_at": w.at(9, month=1), "sha256": "0" * 64}
    s.year_closing = YearClosing.objects.create(year=2025, **common)
    s.closed_year = YearClosing.objects.create(year=2024, state="closed", **common, **done)
    s.reopening = YearClosing.objects.create(year=2023, state="reopening", asked_by=w.office2, **common, **done)
    for name in ("store", "yard"):
        allocation = s.allocations[name, "central"]
        row = CarryDecision.objects.create(
            closing=s.year_closing, round=1, allocation=allocation, arranged_yuan=allocation.amount_yuan, paid_yuan=0,
            left_yuan=allocation.amount_yuan, proposed="carry",
        )  # fmt: skip
        if name == "store":
            s.carry = row


def _report(s: Scene, key: str, unit) -> WeeklyReport:
    return WeeklyReport.objects.select_related("period", "unit__parent").get(period__key=key, unit=unit)


def _type(s: Scene, report: WeeklyReport, at, by, **rows: dict[str, str]) -> None:
    """`rows`: project name in the scene → place → text; a level stands for its money cell. The rest is unchanged."""
    edits = []
    for name, typed in rows.items():
        line = report.lines.get(project=getattr(s, name))
        for place, text in typed.items():
            known = s.allocations.get((name, place))
            edits.append(Edit(line.pk, f"cell:{known.pk}" if known else place, text))
    outcomes = filling.save_cells(report=report, edits=edits, by=by, at=at) if edits else []
    assert all(o.verdict in ("saved", "unchanged") for o in outcomes), outcomes
    filling.mark_rest_unchanged(report=report, by=by, at=at)
    report.refresh_from_db()


def _wan(yuan: str) -> str:
    return str(Decimal(yuan) / 10000)


def _paid(levels: dict[str, tuple[str, str, str]]) -> dict[str, str]:
    return {level: _wan(paid) for level, (_, _, paid) in levels.items()}


def _sign(s: Scene, key: str, unit, at, **rows) -> WeeklyReport:
    """Fill, hand in, sign."""
    w, report = s.world, _report(s, key, unit)
    clerk, chief = (w.huma_clerk, w.huma_chief) if unit == w.huma else (w.mohe_clerk, w.mohe_chief)
    _type(s, report, at, clerk, **rows)
    signing.hand_in(report=report, by=clerk, at=at)
    signing.sign(report=report, by=chief, at=at)
    return report


def _trouble(s: Scene, mark: str, holder) -> dict[str, str]:
    return {
        "started_on": "2026-05-10", "physical_ratio": "40", "problem": f"{mark}用地手续未办结", "measures": f"{mark}补交材料",
        "measures_due_on": "2026-12-20", "step": str(s.world.step_procedure.pk), "holder": str(holder.pk),
    }  # fmt: skip


def _past_weeks(s: Scene) -> None:
    w = s.world
    opening.open_due_periods(at=w.at(19, month=10))
    day = w.at(23, 10, month=10)
    first = {
        "store": _paid(OWN["store"]) | _trouble(s, "", w.huma_land_bureau),
        "village": _paid(OWN["village"]) | _trouble(s, VILLAGE, w.huma_ethnic_bureau),
    }
    s.accepted = _sign(s, "2026-W43", w.huma, day, **first)
    signing.accept(report=s.accepted, by=w.office, at=w.at(23, 16, month=10))
    s.theirs = _sign(s, "2026-W43", w.mohe, day, yard=_paid(THEIRS["yard"]) | _trouble(s, FOREIGN, w.mohe_land_bureau))
    opening.open_due_periods(at=w.at(26, month=10))
    s.submitted = _sign(s, "2026-W44", w.huma, w.at(30, 10, month=10), store={"holder": str(w.water_bureau.pk)})
    s.version = s.submitted.versions.get()
    upload = store_upload(by=w.huma_clerk, file=SimpleUploadedFile("签字页.pdf", PDF), region=w.huma)
    asking.attach_scan(version=s.version, upload=upload, by=w.huma_clerk, at=w.at(30, 11, month=10))
    opening.open_due_periods(at=w.at(2))
    s.returned = _sign(s, "2026-W45", w.huma, w.at(6, 10))
    remarks = [signing.RemarkDraft("请核对冷链仓储", s.store.pk, "problem"), signing.RemarkDraft(f"请核对{VILLAGE}", s.village.pk, "problem")]
    signing.return_for_correction(report=s.returned, by=w.office, reason="数据不符", remarks=remarks, at=w.at(19, 10))
    s.remark = s.returned.remarks.get(project=s.store)
    opening.open_due_periods(at=w.at(9))
    s.signing = _report(s, "2026-W46", w.huma)
    _type(s, s.signing, w.at(13, 10), w.huma_clerk, store={"measures": f"{DRAFT}待审签"})
    signing.hand_in(report=s.signing, by=w.huma_clerk, at=w.at(13, 11))


def _this_week(s: Scene) -> None:
    """Filled on Friday morning; rows of the first task are dealt to the county's agriculture bureau."""
    w = s.world
    opening.open_due_periods(at=w.at(16))
    s.draft, s.their_draft = _report(s, "2026-W47", w.huma), _report(s, "2026-W47", w.mohe)
    dealing.deal_out(report=s.draft, task=w.tasks["consolidate"], organisation=w.huma_agri_bureau, by=w.huma_clerk, at=w.at(16, 10))
    _type(s, s.draft, w.at(20, 9), w.huma_clerk, store={"problem": f"{DRAFT}资金未拨付", "central": _wan(OWN_DRAFT)})
    _type(s, s.their_draft, w.at(20, 9), w.mohe_clerk, yard={"problem": f"{FOREIGN}{DRAFT}", "central": _wan(THEIR_DRAFT)})
    cell = s.allocations["store", "central"]
    sentences.explain(
        report=s.draft, key=f"treasury_gap:{s.store.pk}:cell:{cell.pk}", text=f"{DRAFT}已付未登记", by=w.huma_clerk, at=w.at(20, 9)
    )
    s.draft.refresh_from_db()
    s.line, s.village_line = s.draft.lines.get(project=s.store), s.draft.lines.get(project=s.village)
    s.their_line = s.their_draft.lines.get(project=s.yard)
    s.rollup = compile_rollup(period=Period.objects.get(key="2026-W44"), by=w.office)


def _issues(s: Scene) -> None:
    w = s.world
    common = {"origin": "inspection", "due_on": date(2026, 12, 20)}
    s.issue = ledger.raise_issue(unit=w.huma, project=s.store, title="仓储用地未批", by=w.huma_clerk, **common)
    s.closing = ledger.raise_issue(unit=w.huma, project=s.store, title="质检报告缺失", by=w.huma_chief, **common)
    ledger.accept(issue=s.closing, by=w.huma_agri, measures="补做质检", responsible="李明")
    ledger.request_closure(issue=s.closing, by=w.huma_agri, result="已补")
    s.rectifying = ledger.raise_issue(unit=w.huma, project=s.store, title="台账不全", by=w.huma_chief, **common)
    ledger.accept(issue=s.rectifying, by=w.huma_agri, measures="补台账", responsible="李明")
    s.village_issue = ledger.raise_issue(
        unit=w.huma, project=s.village, title=f"{VILLAGE}村内道路", description=VILLAGE, by=w.huma_clerk, **common
    )
    s.their_issue = ledger.raise_issue(
        unit=w.mohe, project=s.yard, title=f"{FOREIGN}欠薪", description=f"{FOREIGN}情况", by=w.mohe_clerk, **common
    )
    ledger.add_note(issue=s.their_issue, text=f"{FOREIGN}进展", by=w.mohe_clerk)
    from reports.models import ReportIssueNote

    ReportIssueNote.objects.create(report=s.draft, issue=s.issue)
    ReportIssueNote.objects.create(report=s.draft, issue=s.village_issue, text=f"{VILLAGE}{DRAFT}")
    s.their_note = ReportIssueNote.objects.create(report=s.their_draft, issue=s.their_issue, text=f"{FOREIGN}本期进展")


def _documents(s: Scene) -> None:
    w = s.world
    kind = DictionaryEntry.objects.create(kind=DictionaryKind.DOCUMENT, code="approval", name="批复")

    def keep(project, by, mark=""):
        file = SimpleUploadedFile(f"{mark}批复.pdf", PDF)
        return add_document(owner=project, file=file, kind=kind, title=f"{mark}批复", by=by, at=s.at(20))

    s.document = keep(s.store, w.huma_implementer)
    s.village_document = keep(s.village, w.huma_clerk, VILLAGE)
    s.their_document = keep(s.yard, w.mohe_clerk, FOREIGN)


def _plans(s: Scene) -> None:
    """呼玛县: 2025 a draft, 2024 waits for the decision, 2026 sent up with both tasks; 漠河市: 2026 sent up."""
    w = s.world

    def begin(unit, year, note="资金文件在途", **rows: dict[str, str]):
        clerk = s.user(f"{unit.slug}_clerk")
        plan = plans.open_plan(unit=unit, year=year, by=clerk, at=s.at(20))
        money = {getattr(s, name).pk: {level: Decimal(amount) for level, amount in levels.items()} for name, levels in rows.items()}
        return plans.save_items(plan=plan, rows=money, note=note, by=clerk, revision=0, at=s.at(20))

    def decide(plan):
        clerk, chief = s.user(f"{plan.unit.slug}_clerk"), s.user(f"{plan.unit.slug}_chief")
        plans.hand_in(plan=plan, by=clerk, at=s.at(20))
        plans.decide(plan=plan, document="农组发〔2026〕6号", decided_on=date(2026, 11, 20), by=chief, at=s.at(20))
        return plans.send_up(plan=plan, by=clerk, at=s.at(20))

    s.plan = decide(begin(w.huma, 2026, store={"central": PLANNED["store"]}, village={"central": PLANNED["village"]}))
    s.their_plan = decide(begin(w.mohe, 2026, yard={"central": PLANNED["yard"]}))
    for project, year in (("plot", 2025), ("lane", 2024)):
        setattr(s, project, w.project(w.huma, f"育苗基地{year}", stage=Stage.ADMITTED, project_year=year, planned_investment_yuan=Decimal("90000")))
    s.plan_draft = begin(w.huma, 2025, f"{DRAFT}在途", plot={"central": "90000"})
    s.plan_deciding = plans.hand_in(plan=begin(w.huma, 2024, f"{DRAFT}在途", lane={"central": "90000"}), by=w.huma_clerk, at=s.at(20))


def _contracts(s: Scene) -> None:
    """One of 呼玛 for the store and the village together, one of 漠河."""
    w = s.world
    known = {"kind": "works", "method": "open_tender", "announced_on": date(2026, 3, 9)}
    s.contract = create_contract(unit=w.huma, name="呼玛打捆施工", projects=[s.store, s.village], by=w.huma_clerk, **known)
    prices = {getattr(s, name).pk: Decimal(share) for name, share in CONTRACTED.items() if name != "yard"}
    common = {"awarded_on": date(2026, 4, 2), "at": w.at(2, month=4)}
    award(contract=s.contract, bid_price_yuan=sum(prices.values()), contractor="兴安建筑公司", shares=prices, by=w.huma_clerk, **common)
    s.their_contract = create_contract(
        unit=w.mohe, name=f"{FOREIGN}施工", projects=[s.yard], agency=f"{FOREIGN}代理", by=w.mohe_clerk,
        control_price_yuan=Decimal(CONTRACTED["yard"]) + 1, **known,
    )  # fmt: skip
    award(contract=s.their_contract, bid_price_yuan=Decimal(CONTRACTED["yard"]), contractor=f"{FOREIGN}公司", by=w.mohe_clerk, **common)


def _records(s: Scene) -> None:
    """An accepted project of each county with an asset; a publication and a target of the store and the yard."""
    w = s.world
    s.accepted_project = w.project(w.huma, "金山乡晒场", stage=Stage.ACCEPTED, planned_investment_yuan=Decimal("517913.37"))
    s.their_accepted = w.project(w.mohe, f"{FOREIGN}烘干塔", stage=Stage.ACCEPTED, planned_investment_yuan=Decimal("517913.37"))
    known = {"kind": "public", "owner_kind": "village"}
    s.asset = record_asset(project=s.accepted_project, name="晒场", value_yuan=Decimal("505519.73"), by=w.huma_clerk, **known)
    s.their_asset = record_asset(project=s.their_accepted, name=f"{FOREIGN}塔", value_yuan=Decimal("1234567.89"), by=w.mohe_clerk, **known)
    notice = {"kind": "project", "place": "village", "from_on": date(2026, 3, 1), "to_on": date(2026, 3, 5)}
    s.notice = record_notice(project=s.store, by=w.huma_clerk, **notice)
    s.their_notice = record_notice(project=s.yard, where=f"{FOREIGN}村", by=w.mohe_clerk, **notice)
    target = {"level": "output", "operator": "ge", "target": Decimal(30), "unit_name": "户"}
    s.target = record_target(project=s.store, name="受益户数", by=w.huma_clerk, **target)
    s.their_target = record_target(project=s.yard, name=f"{FOREIGN}户数", by=w.mohe_clerk, **target)


def _belongings(s: Scene) -> None:
    """Jobs with files, notices and saved views of a person of each county."""
    w = s.world
    for whose, mark in (("huma_clerk", ""), ("mohe_clerk", FOREIGN)):
        user = s.user(whose)
        upload = store_file(by=user, file=SimpleUploadedFile(f"{mark}项目库.xlsx", PDF), name=f"{mark}项目库.xlsx", content_type="text/plain", at=s.at(20))
        common = {"created_by": user, "created_at": s.at(20)}
        done = Job.objects.create(
            kind="export", title=f"导出{mark}项目库", state=JobState.DONE, result_file=upload,
            params={"kind": "projects", "query": "", "params": {}, "total": 9},
            result={"rows": 9, "seats": exports.base.seats_mark(user)}, **common,
        )  # fmt: skip
        checked = Job.objects.create(
            kind="import", title=f"导入{mark}项目资金", state=JobState.CHECKED, source_file=upload, params={"kind": "allocations", "max_rows": 9}, **common
        )
        failed = Job.objects.create(kind="export", title=f"{mark}未完成", state=JobState.FAILED, params=done.params, **common)
        view = save_view(by=user, page="/projects/", name=f"{mark}在建", query="stage=started")
        notice = Notification.objects.create(user=user, title=f"{mark}通知", body=f"{mark}正文", url="/weekly/", created_at=s.at(20))
        draft = s.draft if whose == "huma_clerk" else s.their_draft
        content = BytesIO(workbook(draft, by=user, at=s.at(20, 10)))
        read = read_book(content, "填报表.xlsx", max_bytes=10_000_000).to_json()
        book = stage_book(report=draft, file=content, name=f"{mark}填报表.xlsx", read=read, by=user, at=s.at(20, 10))
        setattr(s, "mine" if whose == "huma_clerk" else "foreign", SimpleNamespace(
            done=done, checked=checked, failed=failed, view=view, notice=notice, upload=upload, book=book,
        ))  # fmt: skip
    s.event = AuditEvent.objects.filter(target_type="projects.project").first() or AuditEvent.objects.filter(
        target_type="reports.weeklyreport", region_path=w.huma.path
    ).exclude(verb="提交差异").first()  # fmt: skip


def _treasury(s: Scene) -> None:
    """A file of both counties is written and one answer remembered; another of 呼玛's finance waits to be confirmed."""
    w = s.world
    lines = [{"voucher": "T1", "project": "晾晒棚", "amount": 12345.67},
             {"voucher": "T2", "region": "漠河市", "project": f"{FOREIGN}棚", "purpose": f"{FOREIGN}款", "payee": f"{FOREIGN}公司", "amount": 7654321.09},
             {"voucher": "T3", "project": "机关经费", "amount": 100}]  # fmt: skip
    engine.confirm(feeds.submit(by=w.finance, file=payments(*lines), at=s.at(20)), by=w.finance)
    s.waiting, answered = Voucher.objects.get(voucher_no="T1"), Voucher.objects.get(voucher_no="T3")
    decide_match(voucher=answered, answer="none", by=w.huma_finance, at=s.at(20))
    s.match = TreasuryMatch.objects.get()
    s.fed = feeds.submit(by=w.huma_finance, file=payments({"voucher": "T9"}), at=s.at(20))


def _ground(s: Scene) -> None:
    """Rows of the directory, rules, calendar, tokens and seats to be changed."""
    w = s.world
    s.matter = Matter.objects.create(code="land_use", name="用地手续", function="land")
    Responsibility.objects.create(region=w.huma, matter=s.matter, organisation=w.huma_land_bureau, since=worlds.SINCE)
    s.force = TaskForce.objects.create(region=w.huma, name="呼玛县联动专班", document="呼办发〔2026〕3号")
    s.member = TaskForceMember.objects.create(taskforce=s.force, post="staff", person_name="赵丽", since=worlds.SINCE, document="呼办发〔2026〕3号")
    s.rule_version = RuleVersion.objects.create(
        code="pace_red_points", value=9, effective_from=date(2026, 12, 10), document="〔2026〕3号", created_at=w.at(16)
    )
    s.free_day = CalendarDay.objects.create(date=date(2026, 12, 26), is_workday=True, document="通知")
    s.node = TargetNode.objects.create(
        fund_year=2026, measure="spending", due_on=date(2026, 12, 15), target_ratio=Decimal("0.9"), document_no="黑财〔2026〕9号", is_verified=True
    )
    s.goals = Breakdown.objects.create(
        year=2026, version=1, document_no="大专班发〔2026〕3号", decided_on=date(2026, 3, 2), created_by=w.office, created_at=w.at(2), issued_by=w.office_head,
        issued_at=w.at(2),
    )  # fmt: skip
    s.draft_goals = Breakdown.objects.create(year=2027, version=1, created_by=w.office, created_at=w.at(2))
    for sheet, year in ((s.goals, 2026), (s.draft_goals, 2027)):
        BreakdownCell.objects.create(sheet=sheet, unit=w.huma, measure="started", due_on=date(year, 6, 30), target_ratio=Decimal(1))
    s.machine = w.machine(like=w.finance)
    s.token = ApiToken.objects.create(
        name="财政前置机", user=s.machine, key_hash="0" * 64, created_at=w.at(2), expires_at=w.at(20, month=12)
    )
    s.newcomer = User.objects.create(username="newcomer", name="新同志", must_change_password=True)
    s.newcomer.set_password(worlds.PASSWORD)
    s.newcomer.save()
    s.seat = Seat.objects.create(user=s.newcomer, role="leader", region=w.huma, since=date(2026, 11, 20))
    s.leaving = w.huma_land.seats.get()
    s.land_colleague = User.objects.create(username="land_colleague", name="接任同志", duty="股长")
    Seat.objects.create(user=s.land_colleague, role="county_dept", region=w.huma, organisation=w.huma_land_bureau, since=worlds.SINCE)
    s.handover = Handover.objects.create(
        number="呼玛县交接〔2025〕7号", seat=s.leaving, region=w.huma, seat_words=str(s.leaving), giver=w.huma_land, giver_words="某（股长）", reason="借调",
        witness="周主任", prepared_by=w.huma_chief, prepared_words="主任", at=w.at(16),
    )  # fmt: skip
    s.handover.items.create(
        kind="answered", kind_title="任责任人的问题", key="0", title="用地手续", receiver=s.land_colleague, receiver_words="接任同志（股长）"
    )


def _procedures(s: Scene) -> None:
    """One the county's land bureau handles, one of the prefecture's water bureau with a record of the county's clerk."""
    w = s.world
    common = {"matter": s.matter, "nature": "approval", "methods": ["works"]}
    s.kind = ProcedureKind.objects.create(code="land-preview", name="用地预审", display_order=1, trait="land", **common)
    s.ground = ExemptionGround.objects.create(kind=s.kind, text="不新增用地", basis="实施条例第二十四条")
    water = ProcedureKind.objects.create(code="water", name="水土保持方案", display_order=2, **common)
    held = {"created_at": w.at(2)}
    s.procedure = Procedure.objects.create(project=s.store, kind=s.kind, handler=w.huma_land_bureau, **held)
    s.recorded = Procedure.objects.create(project=s.store, kind=water, handler=w.water_bureau, **held)
    s.their_procedure = Procedure.objects.create(project=s.yard, kind=s.kind, handler=w.mohe_land_bureau, **held)
    village = Procedure.objects.create(project=s.village, kind=s.kind, handler=w.huma_ethnic_bureau, **held)
    apply, accept = (moves.TRANSITIONS[name] for name in ("apply", "accept"))
    for row, by, mark in (
        (s.procedure, w.huma_clerk, ""), (s.recorded, w.huma_clerk, ""), (s.their_procedure, w.mohe_clerk, FOREIGN), (village, w.huma_clerk, VILLAGE),
    ):  # fmt: skip
        record_step(procedure=row, transition=apply, on=date(2026, 11, 9), reason=f"{mark}材料已交", by=by)
    record_step(procedure=s.recorded, transition=accept, on=date(2026, 11, 10), by=w.huma_clerk)
    record_step(procedure=s.their_procedure, transition=accept, on=date(2026, 11, 10), document=f"{FOREIGN}受理1号", by=w.mohe_clerk)


def _helps(s: Scene) -> None:
    """The implementer of the cold store asks, the county's office sends it on to the land bureau; 漠河市 and the village ask, too."""
    w = s.world

    def asked(project, by, clerk, body, mark=""):
        row = helping.raise_request(project=project, text=f"{mark}村民不同意选点", by=by, files=[SimpleUploadedFile(f"{mark}现场.pdf", PDF)])
        return helping.forward(request=row, to=body, reason=f"{mark}由该局协调", by=clerk)

    s.help = asked(s.store, w.huma_implementer, w.huma_clerk, w.huma_land_bureau)
    s.help_file = s.help.transitions.get(name="raise").files.get()
    s.answered = asked(s.store, w.huma_implementer, w.huma_clerk, w.huma_land_bureau)
    helping.reply(request=s.answered, reason="已与村里商定", by=w.huma_land)
    s.their_help = asked(s.yard, w.mohe_agri, w.mohe_clerk, w.mohe_land_bureau, FOREIGN)
    helping.reply(request=s.their_help, reason=f"{FOREIGN}答复", by=w.mohe_land)
    s.village_help = helping.raise_request(project=s.village, text=f"{VILLAGE}村民不同意", by=w.huma_ethnic)
