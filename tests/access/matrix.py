"""Who may do what at every address, by hand from design §4 and features 12.3. One group of people per question:

`asks`   who holds the right the address asks for before it looks at any row; the others get 403
`sees`   in whose sight the row lies; for the others it does not exist: 404
`may`    who may do this to the row; the others see it and get 403
`hidden` who lack a part of the row the address speaks of (a line): 404; `refused` whom the action itself answers with 409

A method the address does not have is 405 for everybody signed in. Nobody signed in: the log-in page, or 401 from the API.
The row is always 呼玛县's; `mohe_*` stand for every other county. Addresses that nobody describes here fail the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from linkage import handover
from linkage.excel import build_template
from linkage.exports import base as exports
from linkage.imports import roster
from linkage.imports.base import kind_of
from linkage.models import Contact
from reports.imports.weekly import workbook
from tests.access.scene import PDF, Scene
from tests.funds.treasury_files import payments
from tests.world import PASSWORD

Group = frozenset[str]


def people(*names: str) -> Group:
    return frozenset(" ".join(names).split())


# -- people -----------------------------------------------------------------------------------------------------------

OFFICE = people("office office_head")
CLERKS = people("huma_clerk mohe_clerk")
OWN_WHOLE = people("huma_clerk huma_chief huma_finance")  # read every row of 呼玛县
OWN_DEPARTMENTS = people("huma_finance huma_agri huma_ethnic huma_land")
OWN_DESK = OWN_WHOLE | OWN_DEPARTMENTS  # sit at the county's own desk: drafts are theirs
OTHERS = people("mohe_clerk mohe_chief mohe_finance")
ABOVE_WHOLE = OFFICE | people("leader auditor finance")  # read every row of the prefecture
DEPARTMENTS = people("finance agri ethnic land water")
KEEPERS = people("admin secadmin secaudit")  # 三员: no business data
IMPLEMENTER = people("huma_implementer")

BUSINESS = OWN_DESK | OTHERS | ABOVE_WHOLE | DEPARTMENTS | IMPLEMENTER
EVERYBODY = BUSINESS | KEEPERS
ROLES = sorted(EVERYBODY)
NOBODY: Group = frozenset()

# Log-ins that hold a seat of the same kind as one of ROLES; test_twins proves it.
TWINS = {
    "office2": "office", "forestry": "ethnic", "ndrc": "land", "housing": "land", "transport": "land", "ecology": "land",
    "huma_forestry": "huma_ethnic", "mohe_agri": "huma_agri", "mohe_land": "huma_land", "jiagedaqi_clerk": "mohe_clerk",
    "jiagedaqi_chief": "mohe_chief", "jiagedaqi_finance": "mohe_finance", "jiagedaqi_agri": "huma_agri", "jiagedaqi_land": "huma_land",
    "diqu_clerk": "mohe_clerk", "diqu_chief": "mohe_chief",
}  # fmt: skip

EXPORTERS = BUSINESS - IMPLEMENTER
RULE_READERS = BUSINESS | people("admin")
TASK_LEADS = people("huma_agri agri")  # lead 巩固衔接, the task of the cold store
HOLDERS = people("huma_land water")  # were 承办单位 of the cold store by a signed statement

STORE = OWN_WHOLE | ABOVE_WHOLE | TASK_LEADS | HOLDERS | IMPLEMENTER  # the project, its issues and progress
STORE_AND_VILLAGE = STORE | people("huma_ethnic ethnic")  # one contract serves both
STORE_MONEY = OWN_WHOLE | ABOVE_WHOLE | TASK_LEADS  # the county's share of its task
VOUCHER = STORE_MONEY | IMPLEMENTER
BATCH = STORE | OTHERS  # 漠河市 has its own share of the same document
REPORT = OWN_DESK | ABOVE_WHOLE | DEPARTMENTS  # that the report exists and how it stands
WHOLE_REPORT = OWN_WHOLE | ABOVE_WHOLE
FILLERS = OWN_DESK - people("huma_chief")
RAISERS = OWN_DESK | OTHERS | OFFICE | DEPARTMENTS
RECTIFIERS = people("huma_clerk huma_finance huma_agri huma_land huma_implementer finance agri water")
NOTERS = RECTIFIERS | OFFICE
CLOSERS = people("huma_chief") | OFFICE
FINANCE = people("finance huma_finance mohe_finance")  # the treasury's rows are theirs to bring in and to match
YEAR_CLOSERS = people("finance office_head")
CLOSERS_ASK = YEAR_CLOSERS | FINANCE  # the county's finance holds the right, over its own county only
BATCH_KEEPERS = OFFICE | people("finance huma_finance mohe_finance")
OWN_REGION = REPORT  # a unit's page: whoever reads business rows of it, the implementer only its own projects
DOCUMENT_ADDERS = people("huma_clerk huma_finance huma_agri huma_land huma_implementer")
PLAN = OWN_DESK | ABOVE_WHOLE | DEPARTMENTS  # that it exists; its rows and sums are those in sight
HANDOVER_READERS = OFFICE | people("huma_chief huma_land")
CONTACT_NAMERS = OFFICE | people("huma_clerk huma_chief huma_land")  # the offices and the body itself
# a department brings in its own approvals, everybody at a unit's desk the contact sheet
IMPORTERS = CLERKS | BATCH_KEEPERS | OWN_DESK | OTHERS | DEPARTMENTS
ACTORS = OWN_DEPARTMENTS | DEPARTMENTS | people("mohe_finance")  # may be a 承办单位
CONFIRMERS = ACTORS | OFFICE | people("huma_chief mohe_chief")  # the last two for bodies that are gone
HANDERS_OVER = CLERKS | OFFICE
HANDERS_OVER_HERE = OFFICE | people("huma_clerk huma_land")


# -- answers ----------------------------------------------------------------------------------------------------------

Body = Callable[[Scene, str], dict[str, Any]]


def nothing(scene: Scene, role: str) -> dict[str, Any]:
    return {}


def unused_password(scene: Scene, role: str) -> dict[str, Any]:
    """The newcomer has not used the first password, whoever walked before."""
    type(scene.newcomer).objects.filter(pk=scene.newcomer.pk).update(last_login=None, must_change_password=True)
    return {}


def handing_over(scene: Scene, role: str) -> dict[str, Any]:
    """Everything open in the seat goes to the colleague."""
    groups = handover.outstanding(scene.leaving, date(2026, 11, 20))
    return {f"all_{group.kind.code}": scene.land_colleague.pk for group in groups} | {"reason": "调离", "witness": "周主任"}


def given(**body: Any) -> Body:
    return lambda scene, role: body


@dataclass(frozen=True)
class Act:
    """One method at an address: who is let through, with which body, to which answer. None = as the address says."""

    body: Body = nothing
    answer: int = 302
    asks: Group | None = None
    sees: Group | None = None
    may: Group | None = None
    is_json: bool = False
    done: Callable[[Scene], Any] | None = None  # what is true after it succeeded


@dataclass(frozen=True)
class Address:
    """`args` from the scene; `get` the answer of a GET to those let through (None: no GET); `led` are sent elsewhere."""

    args: Callable[[Scene], list] = lambda scene: []
    asks: Group = EVERYBODY
    sees: Group = EVERYBODY
    may: Group = EVERYBODY
    hidden: Group = NOBODY
    refused: Group = NOBODY
    led: Group = NOBODY
    get: int | None = 200
    post: Act | None = None
    query: str | Callable[[Scene], str] = ""
    acts: dict[str, Act] = field(default_factory=dict)

    def methods(self) -> dict[str, Act]:
        found = {}
        if self.get is not None:
            found["get"] = Act(answer=self.get)
        if self.post is not None:
            found["post"] = self.post
        return found | self.acts

    def expected(self, method: str, role: str) -> int:
        act = self.methods().get(method)
        if act is None:
            return 405
        if role not in (self.asks if act.asks is None else act.asks):
            return 403
        if role not in (self.sees if act.sees is None else act.sees):
            return 404
        if role not in (self.may if act.may is None else act.may):
            return 403
        if role in self.hidden:
            return 404
        if role in self.refused:
            return 409
        return 302 if method == "get" and role in self.led else act.answer


def of(*path: str) -> Callable[[Scene], list]:
    """`of("store.pk")`: arguments by their names in the scene."""

    def args(scene: Scene) -> list:
        found = []
        for one in path:
            value: Any = scene
            for name in one.split("."):
                value = getattr(value, name)
            found.append(value)
        return found

    return args


def always(*values: Any) -> Callable[[Scene], list]:
    return lambda scene: list(values)


# -- bodies -----------------------------------------------------------------------------------------------------------


def region_of(scene: Scene, role: str):
    seat = scene.user(role).seats.select_related("region").first()
    return seat.region


def own_unit(scene: Scene, role: str):
    region = region_of(scene, role)
    return region if region.is_reporting else scene.world.huma


def new_batch(scene, role):
    region = region_of(scene, role)
    return {
        "level": "county" if region.is_reporting else "central", "task": scene.world.tasks["consolidate"].pk, "fund_year": 2026,
        "document_no": "黑财指（农）〔2026〕99号", "region": region.pk, "amount_yuan": "10", "issued_on": "2026-11-01",
    }  # fmt: skip


def amended_batch(scene, role):
    return {"document_no": scene.batch.document_no, "fund_year": 2026, "amount_yuan": "9999", "issued_on": "2025-12-20", "title": "更正"}


def new_issue(scene, role):
    seat = scene.user(role).seats.first()
    task = "ethnic" if role.endswith("ethnic") else "consolidate"
    return {
        "unit": own_unit(scene, role).pk, "title": "未按期开工", "origin": "inspection", "severity": "minor", "raised_on": "2026-11-20",
        "task": scene.world.tasks[task].pk, "lead": seat.organisation_id or "",
    }  # fmt: skip


def new_issue_api(scene, role):
    return {"unit": own_unit(scene, role).slug, "title": "未按期开工", "origin": "inspection", "project": None}


def new_project(scene, role):
    return {
        "unit": own_unit(scene, role).slug, "name": "食用菌大棚", "method": "works", "task": scene.world.tasks["consolidate"].pk,
        "project_year": 2026, "planned_investment_yuan": "12", "stage": "proposed",
    }  # fmt: skip


def changed_project(scene, role):
    project = scene.store
    project.refresh_from_db()
    return {
        "name": "冷链仓储", "method": "works", "task": project.task_id, "project_year": 2026, "planned_investment_yuan": "191.234547",
        "content": "冷库二座", "site": "呼玛镇", "implementer": project.implementer_id, "reason": "扩建", "document": "呼农〔2026〕8号",
        "revision": project.revision,
    }  # fmt: skip


def revision(name: str, /, **more) -> Body:
    def body(scene, role):
        row = getattr(scene, name)
        return {"revision": type(row).objects.values_list("revision", flat=True).get(pk=row.pk)} | more

    return body


def handed_over(scene, role):
    return revision("procedure", to=scene.world.land_bureau.pk, on="2026-11-20", reason="职责划转")(scene, role)


def typed_cells(scene, role):
    return {"edits": [{"line": scene.line.pk, "place": "physical_ratio", "text": "45", "base": "any"}]}


def explained(scene, role):
    return {"key": f"treasury_gap:{scene.store.pk}:cell:{scene.allocations['store', 'central'].pk}", "text": "已付待登记"}


def filled_template(scene, role):
    template = build_template(kind_of("allocations").template(scene.user(role)))
    return {"file": SimpleUploadedFile("项目资金.xlsx", template)}


def filled_book(scene, role):
    return {"file": SimpleUploadedFile("填报表.xlsx", workbook(scene.draft, by=scene.user(role), at=scene.at(20, 12)))}


def ticket(scene, role):
    wanted = {"kind": "projects", "query": "", "params": {}, "total": 9}
    return {"ticket": exports.signing.dumps(wanted, salt=exports.SALT)}


def member(scene, role):
    return {"post": "staff", "person_name": "钱进", "since": "2026-11-20", "document": "呼办发〔2026〕3号"}


def organisation(**values) -> Body:
    return lambda scene, role: {"name": "呼玛县畜牧站", "since": "2026-11-20", "region": scene.world.huma.pk} | values


def new_asset(scene, role):
    return {"project": scene.accepted_project.pk, "name": "烘干塔一座", "kind": "operating", "value_yuan": "80", "owner_kind": "village"}


def changed_asset(scene, role):
    return revision("asset", name="晒场", kind="public", value_yuan="40", owner_kind="village", caretaker="村管护岗")(scene, role)


def new_notice(scene, role):
    return {"project": scene.store.pk, "kind": "project", "place": "village", "from_on": "2026-03-01", "to_on": "2026-03-12"}


def new_contract(scene, role):
    return {
        "project": (scene.yard if role.startswith("mohe") else scene.store).pk, "name": "冷链仓储监理", "kind": "services", "method": "inquiry",
        "announced_on": "2026-11-02", "stage": "tendering", "control_price_yuan": "3",
    }  # fmt: skip


# -- every page -------------------------------------------------------------------------------------------------------

ADMIN, SECADMIN, SECAUDIT = people("admin"), people("secadmin"), people("secaudit")
ROSTER_KEEPERS = people("admin office_head")
HEAD = people("office_head")
WEEK = {"own": ("2026-W47", "huma"), "W46": ("2026-W46", "huma"), "W45": ("2026-W45", "huma"), "W44": ("2026-W44", "huma"), "W43": ("2026-W43", "huma")}


def desk(week: str = "own", **values) -> Address:
    """An address of the county's own desk: above it people see the report and are refused the draft."""
    return Address(**{"args": always(*WEEK[week]), "sees": REPORT, "may": OWN_DESK} | values)


def ground(args=lambda scene: [], **values) -> Address:
    """A form of the directory, for the 系统管理员."""
    return Address(args, **{"asks": ADMIN} | values)


def persons(args=lambda scene: [], **values) -> Address:
    return Address(args, **{"asks": SECADMIN} | values)


def procedure_act(name: str, may: str, **body) -> Address:
    """A step of one procedure of the cold store, by its 承办单位 or the county's clerk."""
    return Address(of(f"{name}.pk"), sees=STORE, may=people(may), get=None, post=Act(revision(name, **body)))


def help_act(row: str, name: str, may: Group, **body) -> Address:
    """One move of a request about the cold store; the address is the same for all, the first one stands in the table of pages."""
    return Address(lambda scene: [getattr(scene, row).pk, name], sees=STORE, may=may, get=None, post=Act(revision(row, **body)))


def own_project(scene: Scene, role: str):
    """One in the person's sight."""
    return scene.yard if role.startswith("mohe") else scene.village if role.endswith("ethnic") else scene.store


HELP_ASKERS = OFFICE | IMPLEMENTER | people(
    "huma_clerk huma_chief huma_finance huma_agri huma_ethnic huma_land mohe_clerk mohe_chief mohe_finance agri ethnic finance"
)
HELP_ANSWERERS = HELP_ASKERS - IMPLEMENTER | people("land water")
HELP_FORWARDERS = people("huma_land") | OFFICE
OPEN = {"healthz", "loading", "login", "login_inline"}  # before any log-in

DOSSIER_TABS = ("funds", "progress", "issues", "documents", "history", "contracts", "publicity", "assets", "readiness")
PAGES: dict[str, Address] = {
    "healthz": Address(),
    "loading": Address(),
    "login": Address(led=EVERYBODY, post=Act(given(username="huma_clerk", password=PASSWORD))),
    "login_inline": Address(
        post=Act(lambda s, role: {"username": role, "password": PASSWORD, "expected": s.user(role).pk}, 200)
    ),
    "logout": Address(get=None, post=Act()),
    "account": Address(),
    "password": Address(post=Act(given(old_password=PASSWORD, new_password1="jieshou-2026-x", new_password2="jieshou-2026-x"))),
    "help": Address(),
    "gallery": Address(),
    "help_chapter": Address(always("weekly")),
    "home": Address(),
    # what is one's own
    "job-list": Address(),
    "job-detail": Address(of("mine.done.pk"), sees=people("huma_clerk admin")),
    "job-cancel": Address(of("mine.checked.pk"), sees=people("huma_clerk admin"), get=None, post=Act()),
    "job-retry": Address(of("mine.failed.pk"), sees=people("huma_clerk admin"), get=None, post=Act()),
    "job-result": Address(of("mine.done.pk"), sees=people("huma_clerk")),
    "import-list": Address(asks=IMPORTERS),
    "import-new": Address(asks=IMPORTERS, post=Act(filled_template, asks=CLERKS), query="?kind=allocations", acts={"get": Act(answer=200, asks=CLERKS)}),
    "import-template": Address(always("allocations"), asks=CLERKS),
    "import-detail": Address(of("mine.checked.pk"), sees=people("huma_clerk")),
    "import-columns": Address(of("mine.checked.pk"), sees=people("huma_clerk"), get=302, post=Act()),
    "import-decide": Address(of("mine.checked.pk"), sees=people("huma_clerk"), get=None, post=Act()),
    "import-undo": Address(of("mine.checked.pk"), sees=people("huma_clerk"), get=None, post=Act()),
    "import-again": Address(of("mine.checked.pk"), sees=people("huma_clerk"), get=None, post=Act()),
    "import-confirm": Address(of("mine.checked.pk"), sees=people("huma_clerk"), get=None, post=Act()),
    "export-list": Address(asks=EXPORTERS),
    "export-start": Address(asks=EXPORTERS, get=None, post=Act(ticket)),
    "saved-view-list": Address(post=Act(given(page="/projects/", name="本年", query="year=2026"))),
    "saved-view-delete": Address(of("mine.view.pk"), sees=people("huma_clerk"), get=None, post=Act()),
    "inbox": Address(),
    "inbox-open": Address(of("mine.notice.pk"), sees=people("huma_clerk"), get=302),
    "inbox-read-all": Address(get=None, post=Act()),
    # rules, calendar, trail
    "rules": Address(asks=RULE_READERS),
    "rule": Address(always("pace_red_points"), asks=RULE_READERS, post=Act(given(value="7", effective_from="2026-12-01", document="〔2026〕4号"), may=HEAD)),
    "rule-withdraw": Address(
        lambda s: ["pace_red_points", s.rule_version.pk], asks=HEAD, get=None, post=Act(given(reason="未印发"))
    ),
    "calendar": Address(
        asks=RULE_READERS, post=Act(given(day="2026-12-28", is_workday="rest", name="调休", document="通知"), may=ROSTER_KEEPERS)
    ),
    "calendar-remove": Address(of("free_day.pk"), asks=ROSTER_KEEPERS, get=None, post=Act()),
    "calendar-confirm": Address(always(2027), asks=ROSTER_KEEPERS, get=None, post=Act(given(document="国办发明电〔2026〕9号"))),
    "calendar-extra": Address(
        always(2026), asks=ROSTER_KEEPERS, get=None,
        post=Act(given(key="2026-YE", title="年终关账", cutoff_on="2026-12-31", due_on="2027-01-04", document="通知")),
    ),
    "audit": Address(asks=people("secaudit auditor")),
    "audit-verify": Address(asks=people("secaudit"), get=None, post=Act()),
    "audit-event": Address(of("event.pk"), asks=people("secaudit auditor")),
    "tokens": ground(post=Act(lambda s, role: {"name": "新前置机", "user": s.machine.pk, "expires_on": "2027-01-31"}, 200)),
    "token-account-new": ground(post=Act(given(username="api_two", name="国库集中支付系统"))),
    "token-revoke": ground(of("token.pk"), get=None, post=Act()),
    "duties": ground(),
    # the directory: read by everybody
    "directory": Address(),
    "directory-organisations": Address(),
    "directory-duties": Address(),
    "directory-contacts": Address(),
    "contacts-export": Address(),
    "contacts-print": Address(),
    "contact-edit": Address(
        always("huma", "land_use"), may=CONTACT_NAMERS,
        post=Act(given(a_name="赵丽", since="2026-11-16", seen="- -"), done=lambda s: Contact.objects.filter(matter=s.matter).exists()),
    ),
    "directory-tasks": Address(),
    "directory-taskforces": Address(),
    "organisation-new": ground(post=Act(organisation(functions=["agri"]))),
    "organisation-edit": ground(of("world.huma_land_bureau.pk"), post=Act(given(name="呼玛县自然资源和林草局", is_active="on"))),
    "function-add": ground(of("world.huma_land_bureau.pk"), get=None, post=Act(given(function="forestry", since="2026-11-20"))),
    "function-end": ground(lambda s: [s.world.huma_land_bureau.functions.get().pk], get=None, post=Act(given(until="2026-12-31"))),
    "duty-answer": ground(
        always("huma", "land_use"), post=Act(lambda s, role: {"organisation": s.world.huma_land_bureau.pk, "since": "2026-11-20"})
    ),
    "lead-new": ground(
        always("huma"), post=Act(lambda s, role: {
            "task": s.world.tasks["relief"].pk, "organisation": s.world.huma_agri_bureau.pk, "since": "2026-11-20", "document": "呼办〔2026〕1号",
        }),
    ),
    "lead-end": ground(lambda s: [s.world.huma_agri_bureau.leads.get().pk], post=Act(given(until="2026-12-31"))),
    "taskforce-edit": Address(always("huma"), asks=ROSTER_KEEPERS, post=Act(given(name="呼玛县联动专班", document="呼办发〔2026〕4号"))),
    "member-new": Address(always("huma"), asks=ROSTER_KEEPERS, post=Act(member)),
    "member-edit": Address(of("member.pk"), asks=ROSTER_KEEPERS, post=Act(member)),
    "member-end": Address(of("member.pk"), asks=ROSTER_KEEPERS, post=Act(given(until="2026-11-30"))),
    "region-new": ground(
        post=Act(lambda s, role: {"parent": s.world.prefecture.pk, "kind": "county", "slug": "tahe", "name": "塔河县", "code_prefix": "TH", "display_order": 9})
    ),
    "region-edit": ground(
        always("huma"), post=Act(given(name="呼玛县", group="县市", code_prefix="HM", display_order=2, is_reporting="on", is_active="on"))
    ),
    # people and seats: the 安全管理员 alone
    "handovers": Address(),
    "handover": Address(of("handover.pk"), sees=HANDOVER_READERS),
    "handover-sheet": Address(of("handover.pk"), sees=HANDOVER_READERS),
    "seat-handover": Address(
        of("leaving.pk"), sees=HANDOVER_READERS, post=Act(handing_over, done=lambda s: s.leaving.handovers.count() == 2),
    ),
    "people": persons(),
    "person-new": persons(post=Act(given(username="zhao.li", name="赵丽"), 200)),
    "people-reissue": persons(get=None, post=Act(unused_password, 200)),
    "people-roster": persons(post=Act(lambda s, role: {"file": SimpleUploadedFile("名册.xlsx", roster.workbook())}, 422)),
    "people-roster-template": persons(),
    "people-roster-confirm": persons(get=None, post=Act(lambda s, role: {"rows": roster.pack([])})),
    "person": persons(of("newcomer.pk")),
    "person-edit": persons(of("newcomer.pk"), post=Act(given(name="新同志", duty="科员"))),
    "person-password": persons(of("newcomer.pk"), get=None, post=Act(answer=200)),
    "person-unlock": persons(of("newcomer.pk"), get=None, post=Act()),
    "person-active": persons(of("newcomer.pk"), get=None, post=Act(given(reason="调离"))),
    "seat-new": persons(of("newcomer.pk"), post=Act(lambda s, role: {"role": "leader", "region": s.world.prefecture.pk, "since": "2026-11-20"})),
    "seat-acting": persons(
        of("newcomer.pk"), post=Act(lambda s, role: {
            "acting_for": s.world.mohe_clerk.seats.get().pk, "since": "2026-11-20", "until": "2026-11-30", "document": "漠办〔2026〕1号",
        }),
    ),
    "seat-end": persons(of("seat.pk"), post=Act(given(until="2026-11-20", reason="调离"))),
    "seat-cancel": persons(of("seat.pk"), get=None, post=Act()),
    # the first day
    "setup": Address(asks=people("admin secadmin") | OFFICE),
    "setup-load": Address(asks=ADMIN, get=None, post=Act()),
    "setup-step": Address(always("units"), asks=people("admin secadmin") | OFFICE, post=Act(given(note=""), may=ADMIN)),
    # projects
    "project-alike": Address(asks=BUSINESS),
    "project-alike-export": Address(asks=EXPORTERS),
    "project-alike-decide": Address(
        asks=CLERKS | OFFICE, sees=OFFICE | people("huma_clerk"), get=None,
        post=Act(lambda s, role: {"one": s.store.pk, "other": s.idea.pk, "verdict": "different", "reason": "两个项目"}),
    ),
    "project-list": Address(asks=BUSINESS),
    "project-export": Address(asks=EXPORTERS),
    "project-new": Address(asks=CLERKS, post=Act(new_project)),
    "project-page": Address(of("store.pk"), sees=STORE),
    **{f"project-tab-{tab}": Address(of("store.pk"), sees=STORE) for tab in DOSSIER_TABS},
    "document-new": Address(
        lambda s: ["project", s.store.pk], sees=STORE, may=DOCUMENT_ADDERS,
        post=Act(lambda s, role: {"file": SimpleUploadedFile("批复.pdf", PDF + role.encode()), "kind": s.document.kind_id}),
    ),
    "document-list": Address(asks=BUSINESS),
    "document-export": Address(asks=EXPORTERS),
    "document-file": Address(of("document.pk"), sees=STORE),
    "document-withdraw": Address(
        of("document.pk"), sees=STORE, may=people("huma_clerk huma_implementer"), post=Act(given(reason="传错"))
    ),
    "project-edit": Address(of("store.pk"), sees=STORE, may=people("huma_clerk"), post=Act(changed_project)),
    "project-construction": Address(
        of("store.pk"), sees=STORE, may=people("huma_clerk"), post=Act(revision("store", state="winter", restart_on="2027-04-20", reason="封冻"))
    ),
    "project-stage": Address(
        of("idea.pk"), sees=OWN_WHOLE | ABOVE_WHOLE | TASK_LEADS, may=people("huma_clerk"),
        post=Act(revision("idea", transition="screen", judged_by="县级专题会", judged_on="2026-11-10", document="会议纪要4号")),
    ),
    # annual plans: a draft is the county's, what is sent up is read above; an implementer reads single projects only
    "plan-list": Address(asks=BUSINESS),
    "plan-list-export": Address(asks=EXPORTERS),
    "plan-new": Address(asks=CLERKS, get=None, post=Act(lambda s, role: {"unit": own_unit(s, role).slug, "year": 2027})),
    "plan-page": Address(of("plan.pk"), asks=BUSINESS, sees=PLAN),
    "plan-compose": Address(
        of("plan_draft.pk"), asks=BUSINESS, sees=OWN_DESK, may=people("huma_clerk"),
        post=Act(
            lambda s, role: {"revision": _revision(s.plan_draft), "pick": s.plot.pk, f"m-{s.plot.pk}-central": "8"},
            done=lambda s: _revision(s.plan_draft) == 2,
        ),
    ),
    "plan-step": Address(
        lambda s: [s.plan_deciding.pk, "decide"], asks=BUSINESS, sees=OWN_DESK, may=people("huma_chief"), get=None,
        post=Act(revision("plan_deciding", document="〔2026〕7号", decided_on="2026-11-20"), done=lambda s: _state(s.plan_deciding) == "decided"),
    ),
    "plan-print": Address(of("plan.pk"), asks=BUSINESS, sees=PLAN),
    "plan-export": Address(of("plan.pk"), asks=EXPORTERS, sees=PLAN),
    # contracts: whoever sees a project sees its contract
    "contract-list": Address(asks=BUSINESS),
    "contract-export": Address(asks=EXPORTERS),
    "contract-new": Address(asks=CLERKS, post=Act(new_contract)),
    "contract-page": Address(of("contract.pk"), sees=STORE_AND_VILLAGE),
    "contract-step": Address(
        lambda s: [s.contract.pk, "terms"], sees=STORE_AND_VILLAGE, may=people("huma_clerk"),
        post=Act(revision("contract", kind_0="advance", ratio_0="30", condition_0="签约后 15 日内")),
    ),
    # assets, publications, performance targets: rows of the project
    "asset-list": Address(asks=BUSINESS),
    "asset-export": Address(asks=EXPORTERS),
    "asset-new": Address(asks=CLERKS, sees=people("huma_clerk"), query=lambda s: f"?project={s.accepted_project.pk}", post=Act(new_asset)),
    "asset-page": Address(of("asset.pk"), sees=OWN_WHOLE | ABOVE_WHOLE | TASK_LEADS),
    "asset-edit": Address(of("asset.pk"), sees=OWN_WHOLE | ABOVE_WHOLE | TASK_LEADS, may=people("huma_clerk"), post=Act(changed_asset)),
    "asset-income": Address(
        of("asset.pk"), sees=OWN_WHOLE | ABOVE_WHOLE | TASK_LEADS, may=people("huma_clerk"), get=None,
        post=Act(revision("asset", year=2025, income_yuan="2", to_village_yuan="1.5")),
    ),
    "notice-list": Address(asks=BUSINESS),
    "notice-export": Address(asks=EXPORTERS),
    "notice-new": Address(asks=CLERKS, sees=people("huma_clerk"), query=lambda s: f"?project={s.store.pk}", post=Act(new_notice)),
    "notice-edit": Address(of("notice.pk"), sees=STORE, may=people("huma_clerk"),
    post=Act(revision("notice", kind="project", place="village", from_on="2026-03-01"))),
    "project-performance": Address(
        of("store.pk"), sees=STORE, post=Act(given(level="output", name="冷库容积", operator="ge", target="500"), may=people("huma_clerk"))
    ),
    "target-indicator-list": Address(asks=BUSINESS),
    "target-indicator-export": Address(asks=EXPORTERS),
    "adjustment-list": Address(asks=BUSINESS),
    "adjustment-export": Address(asks=EXPORTERS),
    "target-indicator-edit": Address(
        of("target.pk"), sees=STORE, may=people("huma_clerk"),
        post=Act(revision("target", level="output", name="受益户数", operator="ge", target="30", actual="31")),
    ),
    "project-readiness": Address(asks=BUSINESS),
    "project-readiness-export": Address(asks=EXPORTERS),
    # procedures
    "project-tab-procedures": Address(of("store.pk"), sees=STORE),
    "project-procedures-refresh": Address(of("store.pk"), sees=STORE, may=people("huma_clerk"), get=None, post=Act()),
    "project-traits": Address(of("store.pk"), sees=STORE, may=people("huma_clerk"), get=None, post=Act(given(land="0"))),
    "procedure-desk": Address(asks=BUSINESS),
    "procedure-export": Address(asks=EXPORTERS),
    "procedure-money": Address(asks=BUSINESS),
    "procedure-money-export": Address(asks=EXPORTERS),
    "procedure-times": Address(asks=BUSINESS),
    "procedure-times-export": Address(asks=EXPORTERS),
    "procedure": Address(of("procedure.pk"), sees=STORE),
    "procedure-step": procedure_act("procedure", "huma_clerk huma_land", transition="accept", on="2026-11-20"),
    "procedure-confirm": procedure_act("recorded", "water"),
    "procedure-dispute": procedure_act("recorded", "water", reason="受理日应为12日"),
    "procedure-take-back": procedure_act("recorded", "huma_clerk water", reason="日期录错"),
    "procedure-confirm-many": Address(asks=CONFIRMERS, get=None, post=Act(lambda s, role: {"pick": f"{s.recorded.pk}:{s.recorded.revision}"}, 200)),
    "procedure-handover": Address(asks=HANDERS_OVER, post=Act(lambda s, role: {"body": s.world.water_bureau.pk})),
    "procedure-hand-over": Address(of("procedure.pk"), sees=STORE, may=HANDERS_OVER_HERE, get=None, post=Act(handed_over)),
    "procedure-green": procedure_act("procedure", "huma_clerk huma_land office office_head", reason="防汛", is_green="on"),
    # 提请协调
    "project-tab-help": Address(of("store.pk"), sees=STORE),
    "help-list": Address(asks=BUSINESS),
    "help-export": Address(asks=EXPORTERS),
    "help-times": Address(asks=BUSINESS),
    "help-times-export": Address(asks=EXPORTERS),
    "help-new": Address(
        query=lambda s: f"?project={s.store.pk}", asks=HELP_ASKERS, sees=STORE, post=Act(given(text="资金拨付慢"), sees=STORE)
    ),
    "help-register": Address(
        asks=HELP_ANSWERERS, post=Act(lambda s, role: {"caller": "李经理", "find": "冷链", "project": s.store.pk, "text": "资金拨付慢"}, sees=STORE)
    ),
    "help-find": Address(asks=HELP_ANSWERERS, query="?find=冷链"),
    "help-request": Address(of("help.pk"), sees=STORE),
    "help-file": Address(of("help.pk", "help_file.pk"), sees=STORE),
    "help-step": help_act("help", "sign", people("huma_land")),
    "procedure-catalogue": Address(asks=BUSINESS),
    "procedure-kind-new": Address(
        asks=HEAD, post=Act(lambda s, role: {"code": "fire", "name": "消防审查", "matter": s.matter.pk, "nature": "approval", "methods": ["works"]})
    ),
    "procedure-kind": Address(
        of("kind.code"), asks=BUSINESS,
        post=Act(lambda s, role: {"name": "用地预审", "matter": s.matter.pk, "nature": "approval", "methods": ["works"], "revision": 0}, may=HEAD),
    ),
    "procedure-kind-reach": Address(of("kind.code"), asks=HEAD, post=Act()),
    "procedure-kind-term": Address(
        of("kind.code"), asks=HEAD, get=None, post=Act(given(effective_from="2026-12-01", legal_days=20, legal_basis="行政许可法第四十二条", promised_days=15)),
    ),
    "procedure-kind-ground": Address(of("kind.code"), asks=HEAD, get=None, post=Act(given(text="抢险救灾", basis="建筑法第八十三条"))),
    "procedure-ground-drop": Address(of("kind.code", "ground.pk"), asks=HEAD, get=None, post=Act()),
    # money
    "fund-ledger": Address(asks=BUSINESS),
    "fund-ledger-export": Address(asks=EXPORTERS),
    "fund-pace": Address(asks=BUSINESS),
    "fund-pace-export": Address(asks=EXPORTERS),
    "fund-evenness": Address(asks=BUSINESS),
    "fund-evenness-export": Address(asks=EXPORTERS),
    "breakdown-list": Address(asks=BUSINESS),
    "breakdown": Address(of("goals.pk"), asks=BUSINESS),
    "breakdown-print": Address(of("goals.pk"), asks=BUSINESS),
    "breakdown-export": Address(of("goals.pk"), asks=EXPORTERS),
    "breakdown-new": Address(asks=OFFICE, get=None, post=Act(given(year=2026))),
    "breakdown-column": Address(
        of("draft_goals.pk"), asks=OFFICE, get=None, post=Act(given(measure="finished", due_on="2027-10-31", target_ratio="95"))
    ),
    "breakdown-save": Address(
        of("draft_goals.pk"), asks=OFFICE, get=None,
        post=Act(lambda s, role: {"revision": s.draft_goals.revision, f"c-{s.world.huma.pk}-0-started-20270630": "90"}),
    ),
    "breakdown-issue": Address(
        of("draft_goals.pk"), asks=HEAD, get=None,
        post=Act(lambda s, role: {"revision": s.draft_goals.revision, "document_no": "大专班发〔2026〕30号", "decided_on": "2026-11-19"}),
    ),
    "breakdown-drop": Address(of("draft_goals.pk"), asks=OFFICE, get=None, post=Act()),
    "fund-waiting": Address(asks=BUSINESS),
    "fund-waiting-export": Address(asks=EXPORTERS),
    "waiting-project": Address(of("store.pk"), asks=BUSINESS, sees=STORE),
    "claim-routes": Address(asks=BUSINESS),
    "claim-route-new": Address(asks=HEAD, post=Act(given(unit="huma", effective_from="2026-11-01", has_claim="on", document_no="呼财〔2026〕3号"))),
    "batch-list": Address(asks=BUSINESS),
    "batch-export": Address(asks=EXPORTERS),
    "batch-new": Address(asks=BATCH_KEEPERS, post=Act(new_batch)),
    "batch-detail": Address(of("batch.pk"), asks=BUSINESS, sees=BATCH),
    "batch-edit": Address(of("batch.pk"), asks=BATCH_KEEPERS, sees=BATCH, may=OFFICE | people("finance"), post=Act(amended_batch)),
    "batch-reduce": Address(
        of("batch.pk"), asks=BATCH_KEEPERS, sees=BATCH, may=OFFICE | people("finance"), post=Act(given(amount_yuan="9000", document_no="黑财〔2026〕7号"))
    ),
    "batch-allocate": Address(
        of("batch.pk"), asks=BATCH_KEEPERS, sees=BATCH, may=OFFICE | people("finance"), get=None,
        post=Act(lambda s, role: {"unit": s.world.jiagedaqi.pk, "amount_yuan": "5", "issued_on": "2026-11-20"}),
    ),
    "share-detail": Address(lambda s: [s.shares["store", "central"].pk], asks=BUSINESS, sees=STORE_MONEY),
    "share-arrange": Address(
        lambda s: [s.shares["store", "central"].pk], asks=CLERKS, sees=STORE_MONEY, get=None,
        post=Act(lambda s, role: {"project": s.idea.pk, "amount_yuan": "1", "decided_on": "2026-11-20"}, answer=422),
    ),
    "share-adjust": Address(
        lambda s: [s.shares["store", "central"].pk], asks=BATCH_KEEPERS, sees=STORE_MONEY, may=OFFICE | people("finance"),
        post=Act(given(amount_yuan="130", document_no="大财〔2026〕8号")),
    ),
    "allocation-adjust": Address(
        lambda s: [s.allocations["store", "central"].pk], asks=CLERKS, sees=STORE,
        post=Act(given(amount_yuan="101", reason="增量", document_no="呼财农〔2026〕3号")),
    ),
    "share-transfer": Address(
        lambda s: [s.shares["store", "central"].pk], asks=BATCH_KEEPERS, sees=STORE_MONEY, may=OFFICE | people("finance"),
        post=Act(lambda s, role: {"unit": s.world.mohe.pk, "amount_yuan": "0.01", "effective_on": "2026-11-20", "document_no": "大财〔2026〕9号"}),
    ),
    "allocation-transfer": Address(
        lambda s: [s.allocations["store", "central"].pk], asks=CLERKS, sees=STORE,
        post=Act(lambda s, role: {"project": s.idea.pk, "amount_yuan": "1", "effective_on": "2026-11-20", "reason": "招标结余"}, answer=422),
    ),
    "project-ledger": Address(of("store.pk"), asks=BUSINESS, sees=STORE),
    "project-ledger-export": Address(of("store.pk"), asks=BUSINESS, sees=STORE, may=EXPORTERS),
    "event-list": Address(asks=BUSINESS),
    "event-export": Address(asks=EXPORTERS),
    "event-detail": Address(of("fund_event.pk"), asks=BUSINESS, sees=STORE_MONEY),
    "event-reissue": Address(
        of("fund_event.pk"), asks=BATCH_KEEPERS, sees=STORE_MONEY, may=OFFICE | people("finance"),
        post=Act(lambda s, role: {"unit": s.world.huma.pk, "amount_yuan": "0.01", "effective_on": "2026-11-20", "document_no": "大财〔2026〕10号"}),
    ),
    "closing-list": Address(asks=BUSINESS),
    "closing-begin": Address(asks=CLOSERS_ASK, may=YEAR_CLOSERS, get=None, post=Act(given(region="dxal", year="2025"))),
    "closing-detail": Address(of("year_closing.pk"), asks=BUSINESS),
    "closing-export": Address(of("year_closing.pk"), asks=EXPORTERS),
    "closing-compute": Address(of("year_closing.pk"), asks=CLOSERS_ASK, may=YEAR_CLOSERS, get=None, post=Act()),
    "closing-decide-all": Address(of("year_closing.pk"), asks=FINANCE, get=None, post=Act()),
    "closing-close": Address(of("year_closing.pk"), asks=CLOSERS_ASK, may=YEAR_CLOSERS, get=None, post=Act(given(revision="0"))),
    "closing-ask": Address(of("closed_year.pk"), asks=CLOSERS_ASK, may=YEAR_CLOSERS, post=Act(given(reason="凭证日期录错"))),
    "closing-agree": Address(of("reopening.pk"), asks=CLOSERS_ASK, may=YEAR_CLOSERS, post=Act()),
    "closing-refuse": Address(of("reopening.pk"), asks=CLOSERS_ASK, may=YEAR_CLOSERS, post=Act(given(reason="不必更正"))),
    "carry-decide": Address(of("carry.pk"), asks=FINANCE, sees=STORE, post=Act(given(kind="carry"))),
    "voucher-list": Address(asks=BUSINESS),
    "voucher-export": Address(asks=EXPORTERS),
    "voucher-new": Address(
        asks=people("finance huma_finance mohe_finance"),
        post=Act(given(kind="pay", amount_yuan="1", paid_on="2026-11-18", voucher_no="2026-77", line=1)),
    ),
    "voucher-detail": Address(lambda s: [s.vouchers["store", "central"].pk], asks=BUSINESS, sees=VOUCHER),
    "voucher-take-back": Address(
        lambda s: [s.vouchers["store", "central"].pk], asks=people("finance huma_finance mohe_finance"), sees=VOUCHER, post=Act(given(reason="录错"))
    ),
    "treasury": Address(asks=BUSINESS, post=Act(lambda s, role: {"file": payments({"voucher": "T7"})}, asks=FINANCE)),
    "treasury-columns": Address(asks=FINANCE),
    "treasury-documents": Address(asks=BUSINESS),
    "treasury-upload": Address(of("fed.pk"), asks=FINANCE, sees=people("huma_finance"), post=Act(answer=200)),
    "treasury-unmatched": Address(asks=FINANCE),
    "treasury-decide": Address(of("waiting.pk"), asks=FINANCE, sees=people("finance huma_finance"), get=None, post=Act(given(choice="none"))),
    "treasury-forget": Address(of("match.pk"), asks=FINANCE, sees=people("finance huma_finance"), get=None, post=Act()),
    "voucher-split": Address(
        lambda s: [s.vouchers["store", "central"].pk], asks=FINANCE, sees=VOUCHER,
        post=Act(lambda s, role: {"form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0"}, answer=422),
    ),
    "voucher-unsplit": Address(
        lambda s: [s.vouchers["store", "central"].pk], asks=FINANCE, sees=VOUCHER, post=Act(given(reason="不需要"), answer=422)
    ),
    "target-list": Address(asks=BUSINESS),
    "target-new": Address(
        asks=HEAD, post=Act(given(fund_year=2027, measure="spending", due_on="2027-06-30", target_ratio="50", document_no="黑财〔2026〕9号")),
    ),
    "target-edit": Address(
        of("node.pk"), asks=HEAD, post=Act(given(fund_year=2026, measure="spending", due_on="2026-12-15", target_ratio="91", document_no="黑财", revision=0)),
    ),
    "target-delete": Address(of("node.pk"), asks=HEAD, get=None, post=Act()),
    # issues
    "issue-list": Address(asks=BUSINESS),
    "issue-export": Address(asks=EXPORTERS),
    "issue-new": Address(asks=RAISERS, post=Act(new_issue)),
    "issue-page": Address(of("issue.pk"), sees=STORE),
    "issue-note": Address(of("issue.pk"), sees=STORE, may=NOTERS, get=None, post=Act(given(text="已到现场"))),
    "issue-step": Address(
        lambda s: [s.issue.pk, "accept"], sees=STORE, may=RECTIFIERS, get=None, post=Act(revision("issue", measures="补办", responsible="李明"))
    ),
    # the weekly dispatch
    "weekly": Address(asks=BUSINESS),
    "weekly-period": Address(always("2026-W47"), asks=BUSINESS, led=OWN_DESK | OTHERS),
    "weekly-deadline": Address(
        always("2026-W47"), asks=HEAD, get=None, post=Act(given(due_at="2026-11-21T12:00", document="专班办〔2026〕9号"))
    ),
    "weekly-exempt": Address(
        always("2026-W47"), asks=HEAD, get=None, post=Act(lambda s, role: {"unit": s.draft.unit_id, "reason": "森林防火紧急期"})
    ),
    "weekly-exempt-end": Address(
        always("2026-W47"), asks=HEAD, get=None, post=Act(lambda s, role: {"unit": s.draft.unit_id, "reason": "火险解除"})
    ),
    "weekly-export": Address(always("2026-W44"), asks=EXPORTERS),
    "rollup": Address(always("2026-W44"), sees=ABOVE_WHOLE),
    "rollup-compile": Address(always("2026-W44"), sees=ABOVE_WHOLE, may=OFFICE, get=None, post=Act()),
    "rollup-version": Address(always("2026-W44", 1), sees=ABOVE_WHOLE),
    "weekly-report": Address(always(*WEEK["own"]), sees=REPORT),
    "weekly-sheet": desk(),
    "weekly-choices": desk(),
    "weekly-line": desk(args=lambda s: [*WEEK["own"], s.line.pk], hidden=people("huma_ethnic huma_land")),
    "weekly-cells": desk(may=FILLERS, get=None, post=Act(typed_cells, 200, is_json=True)),
    "weekly-explain": desk(may=people("huma_clerk huma_agri"), get=None, post=Act(explained, 200, is_json=True)),
    "weekly-note": desk(
        may=FILLERS, refused=people("huma_ethnic"), get=None,
        post=Act(lambda s, role: {"issue": s.issue.pk, "text": "材料已报"}, 200, is_json=True),
    ),
    "weekly-rest": desk(may=FILLERS, get=None, post=Act(answer=200, is_json=True)),
    "weekly-treasury": desk(may=FILLERS, get=None, post=Act(answer=200, is_json=True)),
    "weekly-sync": desk(may=FILLERS, get=None, post=Act(answer=200, is_json=True)),
    "weekly-book": desk(),
    "weekly-upload": desk(may=FILLERS, post=Act(filled_book)),
    "weekly-preview": desk(args=lambda s: [*WEEK["own"], s.mine.book.pk], may=FILLERS, hidden=FILLERS - people("huma_clerk"), post=Act()),
    "weekly-marked": desk(args=lambda s: [*WEEK["own"], s.mine.book.pk], may=FILLERS, hidden=FILLERS - people("huma_clerk")),
    "weekly-drop": desk(args=lambda s: [*WEEK["own"], s.mine.book.pk], may=FILLERS, hidden=FILLERS - people("huma_clerk"), get=None, post=Act()),
    "weekly-hand-in": desk(may=people("huma_clerk"), get=None, post=Act(revision("draft"), done=lambda s: _state(s.draft) == "signing")),
    "weekly-recall": desk("W46", may=people("huma_clerk"), get=None, post=Act(revision("signing"), done=lambda s: _state(s.signing) == "draft")),
    "weekly-sign": desk(
        "W46", may=people("huma_chief"), post=Act(revision("signing", password=PASSWORD), done=lambda s: _state(s.signing) == "submitted")
    ),
    "weekly-send-back": desk(
        "W46", may=people("huma_chief"), get=None, post=Act(revision("signing", reason="请核对"), done=lambda s: _state(s.signing) == "draft")
    ),
    "weekly-done": desk(may=FILLERS, get=None, post=Act()),
    "weekly-remark": desk(
        args=lambda s: [*WEEK["W45"], s.remark.pk], may=people("huma_clerk"), get=None, post=Act(given(answer="已改"), done=lambda s: _resolved(s))
    ),
    "weekly-ask-unlock": desk("W43", may=people("huma_clerk"), get=None, post=Act(given(reason="漏填一项"))),
    "weekly-dealing": desk(may=people("huma_clerk")),
    "weekly-deal": desk(
        may=people("huma_clerk"), get=None, post=Act(lambda s, role: {"task": s.world.tasks["ethnic"].pk, "organisation": s.world.huma_ethnic_bureau.pk})
    ),
    "weekly-remind": desk(args=lambda s: [*WEEK["own"], s.world.huma_agri_bureau.pk], may=people("huma_clerk"), get=None, post=Act()),
    "weekly-accept": Address(
        always(*WEEK["W44"]), sees=REPORT, may=OFFICE, get=None, post=Act(revision("submitted"), done=lambda s: _state(s.submitted) == "accepted")
    ),
    "weekly-return": Address(
        always(*WEEK["W44"]), sees=REPORT, may=OFFICE, get=None,
        post=Act(revision("submitted", reason="请核对"), done=lambda s: _state(s.submitted) == "returned"),
    ),
    "weekly-unlock": Address(
        always(*WEEK["W43"]), sees=REPORT, may=OFFICE, get=None,
        post=Act(given(reason="漏报更正", until="2026-11-25T17:00"), done=lambda s: _state(s.accepted) == "returned"),
    ),
    "weekly-versions": Address(always(*WEEK["W44"]), sees=REPORT),
    "weekly-version": Address(always(*WEEK["W44"], 1), sees=REPORT),
    "weekly-print": Address(always(*WEEK["W44"], 1), sees=WHOLE_REPORT),
    "weekly-docx": Address(always(*WEEK["W44"], 1), sees=WHOLE_REPORT),
    "weekly-scan": Address(always(*WEEK["W44"], 1), sees=WHOLE_REPORT),
    "weekly-attach": Address(
        always(*WEEK["W44"], 1), sees=REPORT, may=people("huma_clerk huma_chief"), get=None,
        post=Act(lambda s, role: {"scan": SimpleUploadedFile("盖章.pdf", PDF)}),
    ),
    # the prefecture's pages, and one's own region
    "dashboard": Address(asks=BUSINESS - IMPLEMENTER, led=OWN_DESK | OTHERS),
    "region-page": Address(always("huma"), sees=OWN_REGION),
    "department-page": Address(of("world.huma_land_bureau.pk")),
}  # fmt: skip


def _state(report) -> str:
    return type(report).objects.values_list("state", flat=True).get(pk=report.pk)


def _revision(row) -> int:
    return type(row).objects.values_list("revision", flat=True).get(pk=row.pk)


def _resolved(scene: Scene) -> bool:
    return type(scene.remark).objects.get(pk=scene.remark.pk).resolved_at is not None


# The dictionary site is one prefix: the 系统管理员 enters, nobody else, wherever in it.
SITE_PREFIX = "admin/"
SITE = Address(asks=ADMIN)
SITE_ADDRESSES = ("index", "linkage_region_changelist", "linkage_dictionaryentry_changelist", "linkage_dictionaryentry_add", "linkage_matter_changelist")


# -- every endpoint ---------------------------------------------------------------------------------------------------


def noun(detail: Callable[[Scene], list], sees: Group, asks: Group = EVERYBODY) -> dict[str, Address]:
    """A list everybody may ask for (rows are filtered) and the row of 呼玛县."""
    return {"list": Address(asks=asks), "detail": Address(detail, asks=asks, sees=sees)}


_NOUNS: dict[str, dict[str, Address]] = {
    "region": noun(always("huma"), EVERYBODY),
    "organisation": noun(of("world.huma_land_bureau.pk"), EVERYBODY),
    "notification": noun(of("mine.notice.pk"), people("huma_clerk")),
    "project": noun(of("store.pk"), STORE),
    "progress": noun(lambda s: [s.store.progress.first().pk], STORE),
    "projectrevision": noun(lambda s: [s.store.revisions.first().pk], STORE),
    "annualplan": noun(of("plan.pk"), PLAN),
    "contract": noun(of("contract.pk"), STORE_AND_VILLAGE),
    "asset": noun(of("asset.pk"), OWN_WHOLE | ABOVE_WHOLE | TASK_LEADS),
    "publicnotice": noun(of("notice.pk"), STORE),
    "performancetarget": noun(of("target.pk"), STORE),
    "procedure": noun(of("procedure.pk"), STORE),
    "helprequest": noun(of("help.pk"), STORE),
    "batch": noun(of("batch.pk"), BATCH),
    "allocation": noun(lambda s: [s.allocations["store", "central"].pk], STORE),
    "voucher": noun(lambda s: [s.vouchers["store", "central"].pk], VOUCHER),
    "reportedspending": noun(lambda s: [s.allocations["store", "central"].statements.first().pk], STORE_MONEY | IMPLEMENTER),
    "issue": noun(of("issue.pk"), STORE),
    "weeklyreport": noun(of("submitted.pk"), REPORT, BUSINESS),
    "rollup": noun(of("rollup.pk"), ABOVE_WHOLE, BUSINESS),
}

RECTIFY_ASKED = RAISERS - OFFICE - people("huma_chief mohe_chief") | IMPLEMENTER  # hold issue.rectify somewhere
CLOSE_ASKED = OFFICE | people("huma_chief mohe_chief")
NOTE_ASKED = RECTIFY_ASKED | OFFICE


def step(name: str, asks: Group, may: Group, body: Body) -> Address:
    return Address(of(f"{name}.pk"), get=None, post=Act(body, 200, is_json=True), asks=asks, sees=STORE, may=may)


ENDPOINTS: dict[str, Address] = {
    "schema": Address(),
    "docs": Address(),
    "api-root": Address(),
    "unknown": Address(always("nothing/"), sees=NOBODY, post=Act(sees=NOBODY)),
    "pace-list": Address(asks=BUSINESS),
    **{f"{name}-{part}": address for name, parts in _NOUNS.items() for part, address in parts.items()},
    "notification-read": Address(of("mine.notice.pk"), sees=people("huma_clerk"), get=None, post=Act(answer=200, is_json=True)),
    "notification-read-all": Address(get=None, post=Act(answer=200, is_json=True)),
    "issue-list": replace(
        _NOUNS["issue"]["list"],
        post=Act(new_issue_api, 201, asks=RAISERS, may=RAISERS - people("agri ethnic land water huma_agri huma_ethnic huma_land"), is_json=True),
    ),
    "issue-accept": step("issue", RECTIFY_ASKED, RECTIFIERS, revision("issue", measures="补办", responsible="李明")),
    "issue-request-closure": step("rectifying", RECTIFY_ASKED, RECTIFIERS, revision("rectifying", result="已补")),
    "issue-close": step("closing", CLOSE_ASKED, CLOSERS, revision("closing", opinion="属实")),
    "issue-return-issue": step("closing", CLOSE_ASKED, CLOSERS, revision("closing", reason="未附报告")),
    "procedure-hand-over": step("procedure", EVERYBODY, HANDERS_OVER_HERE, handed_over),
    "procedure-steps": step("procedure", EVERYBODY, people("huma_clerk huma_land"), revision("procedure", transition="accept", on="2026-11-20")),
    "procedure-confirm": step("recorded", EVERYBODY, people("water"), revision("recorded")),
    "procedure-dispute": step("recorded", EVERYBODY, people("water"), revision("recorded", reason="受理日应为12日")),
    "helprequest-list": replace(
        _NOUNS["helprequest"]["list"],
        post=Act(lambda s, role: {"project": own_project(s, role).pk, "text": "资金拨付慢"}, 201, asks=HELP_ASKERS, is_json=True),
    ),
    "helprequest-sign": step("help", EVERYBODY, people("huma_land"), revision("help")),
    "helprequest-answer": step("help", EVERYBODY, people("huma_land"), revision("help", reason="已办")),
    "helprequest-forward": step(
        "help", EVERYBODY, HELP_FORWARDERS, lambda s, role: revision("help", reason="由财政办", to=s.world.huma_finance_bureau.pk)(s, role)
    ),
    "helprequest-confirm": step("answered", EVERYBODY, IMPLEMENTER, revision("answered")),
    "helprequest-reject": step("answered", EVERYBODY, IMPLEMENTER, revision("answered", reason="没有解决")),
    "helprequest-escalate": step("help", EVERYBODY, IMPLEMENTER, revision("help", reason="很急")),
    "helprequest-withdraw": step("help", EVERYBODY, IMPLEMENTER, revision("help", reason="已解决")),
    "issue-notes": step("issue", NOTE_ASKED, NOTERS, given(text="已到现场")),
}


def request_body(act: Act, scene: Scene, role: str) -> dict[str, Any]:
    """What the test client is given besides the address."""
    body = act.body(scene, role)
    return {"data": body, "content_type": "application/json"} if act.is_json else {"data": body}

