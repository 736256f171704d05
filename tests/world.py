"""A small world to test in: the prefecture, three units, their offices and people, one fund document.

Written with the models themselves, so that a test of an action does not rest on other actions. Times are given: the
world's day is Monday, 2026-11-16 (week 2026-W47: data 11-13 to 11-19, due Friday 11-20 at 17:00).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

from django.test import Client

from funds.models import Allocation, Batch, CountyAllocation, Level
from linkage import periods
from linkage.models import (
    DictionaryEntry,
    DictionaryKind,
    Function,
    FundTask,
    Organisation,
    OrganisationFunction,
    Region,
    RegionKind,
    Role,
    Seat,
    TaskLead,
    User,
)
from projects.models import Method, Project, Stage
from tests.kept import Kept

PASSWORD = "linkage-demo"
SINCE = date(2025, 1, 1)
MONDAY = date(2026, 11, 16)
WEEK = "2026-W47"
UNITS = (("mohe", "漠河市", "县市", "MH"), ("huma", "呼玛县", "县市", "HM"), ("jiagedaqi", "加格达奇区", "区", "JG"))
TASKS = (
    ("consolidate", "巩固拓展脱贫攻坚成果和乡村振兴", "巩固衔接", Function.AGRI),
    ("ethnic", "少数民族发展", "少数民族", Function.ETHNIC),
    ("forest", "欠发达国有林场巩固提升", "国有林场", Function.FORESTRY),
    ("relief", "以工代赈", "以工代赈", None),
)
PREFECTURE_OFFICES = (
    ("agri", "地区农业农村局", Function.AGRI), ("ethnic", "地委统战部（民宗）", Function.ETHNIC), ("forestry", "地区林草局", Function.FORESTRY),
    ("finance", "地区财政局", Function.FINANCE), ("land", "地区自然资源局", Function.LAND), ("ndrc", "地区发展改革委", Function.NDRC),
    ("housing", "地区住建局", Function.HOUSING), ("transport", "地区交通局", Function.TRANSPORT), ("water", "地区水务局", Function.WATER),
    ("ecology", "地区生态环境局", Function.ECOLOGY), ("office", "地区专班办公室", Function.OFFICE),
)  # fmt: skip


class World(SimpleNamespace):
    """Everything by name: `world.huma`, `world.huma_clerk`, `world.finance_bureau`, `world.tasks["consolidate"]` …"""

    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def machine(self, like: User | None = None) -> User:
        """An interface account of its own, with the seats of a person (none, when nobody is named)."""
        user = User(username=f"api_{User.objects.filter(is_service=True).count()}", name="财政一体化系统", is_service=True)
        user.set_unusable_password()
        user.save()
        for seat in like.seats.all() if like else ():
            Seat.objects.create(user=user, role=seat.role, organisation=seat.organisation, region=seat.region, since=seat.since, until=seat.until)
        return user

    def at(self, day: int = 16, hour: int = 9, minute: int = 0, month: int = 11):
        """A Beijing moment of 2026."""
        return periods.moment(date(2026, month, day), hour, minute)

    def project(self, unit: Region, name: str, *, amounts: dict[str, int | str] | None = None, **values) -> Project:
        """A planned project of `unit`; `amounts` gives 元 per level name, each from a document of its own level."""
        number = Project.objects.count() + 1
        project = Project.objects.create(**{
            "code": f"{unit.code_prefix}-2026-{number:04d}", "name": name, "unit": unit, "task": self.tasks["consolidate"],
            "method": Method.WORKS, "stage": Stage.PLANNED, "project_year": 2026, "planned_investment_yuan": Decimal(1_000_000),
            "created_at": self.at(2, month=3), "updated_at": self.at(2, month=3),
        } | values)  # fmt: skip
        for level, amount in (amounts or {}).items():
            self.allocate(project, level, Decimal(amount))
        return project

    def allocate(self, project: Project, level: str, amount: Decimal) -> Allocation:
        share, _ = CountyAllocation.objects.get_or_create(
            batch=self.batch(level, project.task), unit=project.unit, document_no="",
            defaults={"amount_yuan": Decimal(0), "issued_on": date(2026, 1, 20)},
        )  # fmt: skip
        share.amount_yuan += amount
        share.allocated_yuan += amount
        share.save()
        Batch.objects.filter(pk=share.batch_id).update(allocated_yuan=sum(s.amount_yuan for s in share.batch.county_allocations.all()))
        return Allocation.objects.create(county_allocation=share, project=project, amount_yuan=amount, decided_on=date(2026, 2, 10))

    def batch(self, level: str, task: FundTask) -> Batch:
        batch, _ = Batch.objects.get_or_create(
            level=level, task=task, fund_year=2026, region=self.prefecture,
            document_no=f"黑财指（农）〔2025〕{sorted(Level.values).index(level) * 10 + task.pk % 10}号",
            defaults={"amount_yuan": Decimal(100_000_000), "issued_on": date(2025, 12, 20), "received_on": date(2025, 12, 25)},
        )  # fmt: skip
        return batch


def _made() -> World:
    w = World()
    _regions(w)
    _words(w)
    _tasks(w)
    _prefecture_people(w)
    for slug, *_ in UNITS:
        _county_people(w, getattr(w, slug))
    _own_projects_people(w)
    return w


def _regions(w: World) -> None:
    w.province = Region.objects.create(slug="hlj", name="黑龙江省", kind=RegionKind.PROVINCE)
    w.prefecture = Region.objects.create(slug="dxal", name="大兴安岭地区", kind=RegionKind.PREFECTURE, parent=w.province)
    for order, (slug, name, group, prefix) in enumerate(UNITS, 1):
        region = Region.objects.create(
            slug=slug, name=name, kind=RegionKind.COUNTY, group=group, parent=w.prefecture, display_order=order,
            code_prefix=prefix, is_reporting=True,
        )  # fmt: skip
        setattr(w, slug, region)
    w.diqu = Region.objects.create(
        slug="diqu", name="地区本级", kind=RegionKind.OWN, group="本级", parent=w.prefecture, display_order=8, code_prefix="DQ",
        is_reporting=True,
    )  # fmt: skip


def _words(w: World) -> None:
    for order, (code, name) in enumerate((("procedure", "前期手续"), ("construction", "施工"), ("claim", "已完成未报账"), ("treasury", "财政审核")), 1):
        setattr(w, f"step_{code}", DictionaryEntry.objects.create(kind=DictionaryKind.STEP, code=code, name=name, display_order=order))
    w.category = DictionaryEntry.objects.create(kind=DictionaryKind.CATEGORY, code="industry", name="产业发展")
    w.cause = DictionaryEntry.objects.create(kind=DictionaryKind.CAUSE, code="land", name="用地手续")


def _tasks(w: World) -> None:
    w.tasks = {
        code: FundTask.objects.create(code=code, name=name, short_name=short, display_order=order)
        for order, (code, name, short, _) in enumerate(TASKS, 1)
    }


def _office(w: World, key: str, name: str, region: Region, function: Function) -> Organisation:
    organisation = Organisation.objects.create(name=name, region=region)
    OrganisationFunction.objects.create(organisation=organisation, function=function, since=SINCE)
    for code, _, _, lead in TASKS:
        if lead == function:
            TaskLead.objects.create(task=w.tasks[code], organisation=organisation, since=SINCE)
    setattr(w, f"{key}_bureau", organisation)
    return organisation


def _person(w: World, username: str, role: Role, region: Region, organisation: Organisation | None = None, **seat) -> User:
    user = User.objects.create(username=username, name=f"{region.name}{Role(role).label}{username[-3:]}")
    user.set_password(PASSWORD)
    user.save()
    Seat.objects.create(user=user, role=role, region=region, organisation=organisation, since=SINCE, **seat)
    setattr(w, username, user)
    return user


def _prefecture_people(w: World) -> None:
    for key, name, function in PREFECTURE_OFFICES:
        organisation = _office(w, key, name, w.prefecture, function)
        if key != "office":
            _person(w, key, Role.DEPT_CLERK, w.prefecture, organisation)
    _person(w, "office", Role.OFFICE_CLERK, w.prefecture, w.office_bureau)
    _person(w, "office2", Role.OFFICE_CLERK, w.prefecture, w.office_bureau)
    _person(w, "office_head", Role.OFFICE_HEAD, w.prefecture, w.office_bureau)
    _person(w, "leader", Role.LEADER, w.prefecture)
    _person(w, "auditor", Role.AUDITOR, w.prefecture, until=date(2027, 6, 30))
    for username, role in (("admin", Role.SYSADMIN), ("secadmin", Role.SECADMIN), ("secaudit", Role.SECAUDIT)):
        _person(w, username, role, w.prefecture)


def _county_people(w: World, unit: Region) -> None:
    slug = unit.slug
    _person(w, f"{slug}_clerk", Role.COUNTY_CLERK, unit)
    _person(w, f"{slug}_chief", Role.COUNTY_CHIEF, unit)
    for key, name, function in (("agri", "农业农村局", Function.AGRI), ("finance", "财政局", Function.FINANCE), ("land", "自然资源局", Function.LAND)):
        _person(w, f"{slug}_{key}", Role.COUNTY_DEPT, unit, _office(w, f"{slug}_{key}", f"{unit.name}{name}", unit, function))
    if slug == "huma":
        for key, name, function in (("ethnic", "民宗局", Function.ETHNIC), ("forestry", "林草局", Function.FORESTRY)):
            _person(w, f"huma_{key}", Role.COUNTY_DEPT, unit, _office(w, f"huma_{key}", f"呼玛县{name}", unit, function))
        implementer = _office(w, "huma_implementer", "呼玛县兴业农业开发公司", unit, Function.IMPLEMENTER)
        _person(w, "huma_implementer", Role.IMPLEMENTER, unit, implementer)


def _own_projects_people(w: World) -> None:
    _person(w, "diqu_clerk", Role.COUNTY_CLERK, w.diqu)
    _person(w, "diqu_chief", Role.COUNTY_CHIEF, w.diqu)


_kept = Kept(_made)


def build() -> World:
    """The world in the database: regions, tasks, offices, people with the log-ins of the demo."""
    return _kept()
