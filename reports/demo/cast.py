"""The people of the demo: log-ins of design §7, their seats, and the rosters of the task forces."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib.auth.hashers import make_password

from linkage.actions.taskforce import save_member, save_taskforce
from linkage.models import Function, MemberPost, Organisation, OrganisationFunction, Region, Role, Seat, TaskForce, User

PASSWORD = "linkage-demo"
UNITS = ("mohe", "huma", "tahe", "jiagedaqi", "songling", "xinlin", "huzhong")
DEPARTMENTS = {
    "agri": Function.AGRI, "ethnic": Function.ETHNIC, "forestry": Function.FORESTRY, "finance": Function.FINANCE, "land": Function.LAND,
    "ndrc": Function.NDRC, "housing": Function.HOUSING, "transport": Function.TRANSPORT, "water": Function.WATER, "ecology": Function.ECOLOGY,
}  # fmt: skip
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = ("建国", "晓东", "丽华", "志强", "秀英", "海涛", "春梅", "立新", "玉兰", "国栋", "文静", "雪松", "凤霞", "永军", "佳宁", "长林", "冬梅", "树森")


class Cast:
    """People by log-in name: `cast["huma_clerk"]`."""

    def __init__(self, since: date, until: date, at: datetime):
        self.since, self.until, self.at = since, until, at
        self.people: dict[str, User] = {}
        self._password = make_password(PASSWORD)
        self.prefecture = Region.objects.get(slug="dxal")

    def __getitem__(self, username: str) -> User:
        return self.people[username]

    def gather(self) -> Cast:
        """Everybody with a seat, and the task forces of the prefecture and its units."""
        self._prefecture()
        for unit in Region.objects.filter(slug__in=(*UNITS, "diqu")).order_by("display_order"):
            self._unit(unit)
        self._taskforces()
        self._other_bureaus()
        return self

    def _person(self, username: str, role: str, region: Region, organisation: Organisation | None = None, duty: str = "", **seat) -> User:
        number = len(self.people)
        name = SURNAMES[number % len(SURNAMES)] + GIVEN[(number * 7 + number // 40) % len(GIVEN)]
        user = User.objects.create(username=username, name=name, duty=duty, password=self._password, date_joined=self.at)
        Seat.objects.create(user=user, role=role, region=region, organisation=organisation, since=self.since, **seat)
        self.people[username] = user
        return user

    def _body(self, region: Region, function: str) -> Organisation | None:
        row = OrganisationFunction.objects.filter(organisation__region=region, function=function, organisation__is_outside=False).first()
        return row.organisation if row else None

    def _prefecture(self) -> None:
        office = self._body(self.prefecture, Function.OFFICE)
        self._person("office", Role.OFFICE_CLERK, self.prefecture, office, "科员")
        self._person("office2", Role.OFFICE_CLERK, self.prefecture, office, "科员", is_backup=True)
        self._person("office_head", Role.OFFICE_HEAD, self.prefecture, office, "办公室主任")
        self._person("leader", Role.LEADER, self.prefecture, None, "行署副专员")
        for username, role in (("admin", Role.SYSADMIN), ("secadmin", Role.SECADMIN), ("secaudit", Role.SECAUDIT)):
            self._person(username, role, self.prefecture)
        self._person("auditor", Role.AUDITOR, self.prefecture, None, "审计人员", until=self.until)
        for username, function in DEPARTMENTS.items():
            self._person(username, Role.DEPT_CLERK, self.prefecture, self._body(self.prefecture, function), "科长")
        self._interface_account()

    def _interface_account(self) -> None:
        """The treasury's system, seated beside the finance bureau; its token is made by the visitor."""
        user = User.objects.create(
            username="api_treasury", name="财政预算管理一体化系统", is_service=True, password=make_password(None), date_joined=self.at
        )
        bureau = self._body(self.prefecture, Function.FINANCE)
        Seat.objects.create(user=user, role=Role.DEPT_CLERK, region=self.prefecture, organisation=bureau, since=self.since)

    def _unit(self, unit: Region) -> None:
        slug = unit.slug
        self._person(f"{slug}_clerk", Role.COUNTY_CLERK, unit, None, "专班办公室科员")
        self._person(f"{slug}_chief", Role.COUNTY_CHIEF, unit, None, "专班办公室主任")
        if slug == "diqu":
            return
        keys = ("agri", "finance", "land") + (("ethnic", "forestry") if slug == "huma" else ())
        for key in keys:
            self._person(f"{slug}_{key}", Role.COUNTY_DEPT, unit, self._body(unit, DEPARTMENTS[key]), "股长")
        if slug == "huma":
            company = Organisation.objects.create(name="呼玛县兴业农业开发有限公司", short_name="兴业农业公司", region=unit)
            OrganisationFunction.objects.create(organisation=company, function=Function.IMPLEMENTER, since=self.since)
            self._person("huma_implementer", Role.IMPLEMENTER, unit, company, "项目负责人")

    def _other_bureaus(self) -> None:
        """Every bureau of a unit that handles procedures has somebody who can answer for it. They are found by their seats: no log-ins
        that a visitor is told of. Drawn last, so that names stay."""
        known = dict(self.people)
        seated = set(Seat.objects.filter(organisation__isnull=False).values_list("organisation_id", flat=True))
        for unit in Region.objects.filter(slug__in=UNITS).order_by("display_order"):
            for key in ("ndrc", "housing", "transport", "water", "ecology", "forestry"):
                body = self._body(unit, DEPARTMENTS[key])
                if body is not None and body.pk not in seated and f"{unit.slug}_{key}" not in self.people:
                    seated.add(body.pk)
                    self._person(f"{unit.slug}_{key}", Role.COUNTY_DEPT, unit, body, "股长")
        self.people = known

    def _taskforces(self) -> None:
        """Every region has its task force; one district has not sent its founding document yet, which is a gap to see."""
        keeper = self["office_head"]
        for region in (self.prefecture, *Region.objects.filter(slug__in=UNITS).order_by("display_order")):
            document = "" if region.slug == "huzhong" else f"{region.name}衔专发〔2025〕1号"
            force = save_taskforce(
                by=keeper, region=region, name=f"{region.name}衔接资金联动专班",
                document=document, founded_on=self.since if document else None, office=self._body(region, Function.AGRI), at=self.at,
            )  # fmt: skip
            if document:
                self._roster(force, region, document)

    def _roster(self, force: TaskForce, region: Region, document: str) -> None:
        posts = [(MemberPost.LEADER, "分管领导", Function.OFFICE), (MemberPost.DEPUTY, "局长", Function.AGRI)]
        posts += [(MemberPost.IN_CHARGE, "分管副局长", f) for f in DEPARTMENTS.values()]
        for number, (post, duty, function) in enumerate(posts):
            body = self._body(region, function) or self._body(region, Function.AGRI)
            name = SURNAMES[(region.pk * 5 + number * 3) % len(SURNAMES)] + GIVEN[(region.pk + number) % len(GIVEN)]
            save_member(
                by=self["office_head"], taskforce=force, post=post, organisation=body, user=None, person_name=name, duty=duty,
                office_phone="", is_acting=False, since=self.since, until=None, document=document, at=self.at,
            )  # fmt: skip
