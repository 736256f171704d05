"""The first day: from an empty database to people who can work, with one shell command (features 12.6)."""

from datetime import date
from io import BytesIO, StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from linkage import access, periods
from linkage.figures import setup as figures
from linkage.models import AuditEvent, CalendarYear, Region, Role, Seat, SetupStep, User

pytestmark = pytest.mark.django_db
MORNING = periods.moment(date(2026, 3, 2), 9)


@pytest.fixture(autouse=True)
def _clock():
    with periods.clock(MORNING):
        yield


def run_setup(*arguments: str) -> dict[str, str]:
    """The command's printed one-time passwords by user name."""
    out = StringIO()
    call_command("setup", *arguments, stdout=out)
    lines = [line.split() for line in out.getvalue().splitlines() if "一次性口令 " in line]
    return {
        words[words.index("用户名") + 1]: words[-1]
        for words in (" ".join(line).replace("\u3000", " ").split() for line in lines)
    }


def first_log_in(username: str, password: str, new: str = "xinmima-2026-ok") -> Client:
    """Log in with a one-time password and set an own one, as every new person must."""
    client = Client()
    assert client.post(reverse("login"), {"username": username, "password": password}).status_code == 302
    assert client.get(reverse("setup")).url == reverse("password")
    changed = client.post(reverse("password"), {"old_password": password, "new_password1": new, "new_password2": new})
    assert changed.status_code == 302
    return client


class TestCommand:
    def test_it_makes_three_persons_who_must_change_their_passwords(self):
        passwords = run_setup()
        assert set(passwords) == {"admin", "secadmin", "secaudit"}
        for username, role in (("admin", Role.SYSADMIN), ("secadmin", Role.SECADMIN), ("secaudit", Role.SECAUDIT)):
            user = User.objects.get(username=username)
            assert user.check_password(passwords[username])
            assert user.must_change_password
            assert [grant.role for grant in access.grants_of(user)] == [role]
        assert list(Region.objects.values_list("slug", flat=True)) == ["hlj"]

    def test_no_password_reaches_the_trail(self):
        passwords = run_setup()
        trail = "".join(f"{event.after}{event.before}" for event in AuditEvent.objects.all())
        assert AuditEvent.objects.count() == 3
        assert not any(password in trail for password in passwords.values())

    def test_it_refuses_where_people_are(self):
        run_setup()
        with pytest.raises(CommandError, match="已有账号"):
            run_setup()
        assert User.objects.count() == 3

    def test_another_province(self):
        run_setup("--province", "吉林省", "--province-slug", "jl")
        assert Region.objects.get().name == "吉林省"

    def test_again_repairs_lost_passwords_of_the_present_holders(self):
        old = run_setup()
        User.objects.filter(username="secadmin").update(is_active=False)
        new = run_setup("--again")
        assert set(new) == set(old)
        assert not User.objects.get(username="admin").check_password(old["admin"])
        secadmin = User.objects.get(username="secadmin")
        assert secadmin.check_password(new["secadmin"])
        assert secadmin.is_active
        assert AuditEvent.objects.filter(verb="命令行重置密码").count() == 3

    def test_again_does_not_invent_administrators(self):
        run_setup()
        Seat.objects.filter(role=Role.SECAUDIT).update(until=date(2026, 3, 1), since=date(2026, 2, 1))
        with pytest.raises(CommandError, match="安全审计员"):
            run_setup("--again")


class TestWho:
    @pytest.fixture
    def trio(self) -> dict[str, Client]:
        passwords = run_setup()
        return {name: first_log_in(name, password) for name, password in passwords.items()}

    def test_the_page_says_who_does_what(self, trio):
        words = trio["admin"].get(reverse("setup")).content.decode()
        assert words.count("安全管理员") >= 2
        assert "现在是第 1 步" in words

    def test_the_security_auditor_does_not_set_up(self, trio):
        assert trio["secaudit"].get(reverse("setup")).status_code == 403
        assert trio["secaudit"].post(reverse("setup-load")).status_code == 403

    def test_nobody_confirms_another_ones_step(self, trio):
        assert trio["secadmin"].post(reverse("setup-step", args=["units"])).status_code == 403
        assert trio["secadmin"].post(reverse("setup-load")).status_code == 403
        assert trio["admin"].post(reverse("setup-step", args=["roster"])).status_code == 403
        assert trio["admin"].get(reverse("people-roster")).status_code == 403
        assert not SetupStep.objects.exists()

    def test_a_step_with_something_missing_is_not_confirmed(self, trio):
        page = trio["admin"].post(reverse("setup-step", args=["units"]), {"note": ""})
        assert page.status_code == 422
        assert "还没有填报单位" in page.content.decode()
        assert "确认本步</button>" not in page.content.decode()
        assert not SetupStep.objects.exists()

    def test_who_waits_for_another_finds_whose_turn_it_is(self, trio):
        page = trio["secadmin"].get("/").content.decode()
        assert "首日设置现在是“地区与填报单位”，由系统管理员办理" in page and 'href="/setup/"' in page

    def test_a_step_that_does_not_exist(self, trio):
        assert trio["admin"].get(reverse("setup-step", args=["nothing"])).status_code == 404

    def test_business_people_without_the_office_do_not_enter(self, world):
        assert world.client(world.huma_clerk).get(reverse("setup")).status_code == 403
        assert world.client(world.office).get(reverse("setup")).status_code == 200


def test_reference_by_button_twice_changes_nothing(client):
    admin = first_log_in("admin", run_setup()["admin"])
    admin.post(reverse("setup-load"))
    count = Region.objects.count()
    assert Region.objects.reporting().count() == 8
    admin.post(reverse("setup-load"))
    assert Region.objects.count() == count


def test_an_own_tree_by_form():
    """Another prefecture, without the reference data."""
    admin = first_log_in("admin", run_setup("--province", "吉林省", "--province-slug", "jl")["admin"])
    root = Region.objects.get()

    def add(parent, **data):
        answer = admin.post(
            reverse("region-new"), {"parent": parent.pk, "group": "", "display_order": 1, "code_prefix": ""} | data
        )
        assert answer.status_code == 302, answer.context["form"].errors
        return Region.objects.get(slug=data["slug"])

    yanbian = add(root, slug="yanbian", name="延边州", kind="prefecture")
    add(yanbian, slug="antu", name="安图县", kind="county", code_prefix="AT", group="县市", is_reporting="on")
    assert admin.post(reverse("setup-step", args=["units"]), {"note": ""}).status_code == 302
    assert SetupStep.objects.get(code="units").confirmed_by == "系统管理员"


def test_the_calendar_step_waits_for_an_unknown_year():
    with periods.clock(periods.moment(date(2031, 3, 3), 9)):
        item = figures.one("calendar", on=date(2031, 3, 3))
        assert [need.blocks for need in item.needs] == [True, False]
        CalendarYear.objects.create(year=2031, document="国办发明电〔2030〕1号", confirmed_at=MORNING)
        assert [need.blocks for need in figures.one("calendar", on=date(2031, 3, 3)).needs] == [False]
    assert figures.one("calendar", on=date(2025, 3, 3)).needs == []


def test_from_an_empty_database_to_people_who_can_log_in():
    """Steps ① to ④ in the browser; what comes after stands on business data."""
    passwords = run_setup()
    admin, secadmin = (first_log_in(name, passwords[name]) for name in ("admin", "secadmin"))

    admin.post(reverse("setup-load"))
    for code in ("units", "organisations"):
        assert admin.get(reverse("setup-step", args=[code])).status_code == 200
        assert admin.post(reverse("setup-step", args=[code]), {"note": ""}).status_code == 302, code

    assert secadmin.post(reverse("setup-step", args=["roster"]), {"note": ""}).status_code == 422
    book = load_workbook(BytesIO(secadmin.get(reverse("people-roster-template")).content))
    sheet = book.worksheets[0]
    for row, (username, name) in {
        4: ("office_sun", "孙经办"), 5: ("office_qian", "钱主任"), 8: ("huma_li", "李填报"), 9: ("huma_wang", "王审签"),
    }.items():  # fmt: skip
        sheet.cell(row, 1, username)
        sheet.cell(row, 2, name)
    file = BytesIO()
    book.save(file)
    preview = secadmin.post(reverse("people-roster"), {"file": SimpleUploadedFile("名册.xlsx", file.getvalue())})
    assert preview.status_code == 200, preview.context["reading"].problems
    done = secadmin.post(reverse("people-roster-confirm"), {"rows": preview.context["packed"], "as": "page"})
    slips = {slip.username: slip.password for slip in done.context["credentials"]}
    assert secadmin.post(reverse("setup-step", args=["roster"]), {"note": ""}).status_code == 302

    assert admin.get(reverse("setup-step", args=["calendar"])).status_code == 200
    assert admin.post(reverse("setup-step", args=["calendar"]), {"note": "已核对"}).status_code == 302
    assert list(SetupStep.objects.order_by("pk").values_list("code", flat=True)) == [
        "units",
        "organisations",
        "roster",
        "calendar",
    ]

    office = first_log_in("office_sun", slips["office_sun"], new="bangongshi-2026-ok")
    words = office.get(reverse("setup")).content.decode()
    assert "已确认 4 步" in words
    for code in ("opening", "week"):
        assert office.get(reverse("setup-step", args=[code])).status_code == 200
    clerk = User.objects.get(username="huma_li")
    assert access.may(clerk, "weekly.fill", Region.objects.get(slug="huma"))
    assert not access.may(clerk, "weekly.fill", Region.objects.get(slug="mohe"))


class TestLastSteps:
    def test_the_office_confirms_opening_balances_or_says_why_there_are_none(self, world):
        office = world.client(world.office)
        url = reverse("setup-step", args=["opening"])
        refused = office.post(url, {"note": ""})
        assert refused.status_code == 422
        assert "写明理由" in refused.content.decode()
        assert office.post(url, {"note": "2026 年首批资金，无以前支出"}).status_code == 302
        assert SetupStep.objects.get(code="opening").note.startswith("2026")

    def test_the_first_day_ends_with_the_first_accepted_report(self, world):
        refused = world.client(world.office).post(reverse("setup-step", args=["week"]), {"note": ""})
        assert refused.status_code == 422
        assert not SetupStep.objects.exists()

    def test_the_system_administrator_reads_no_counts_of_business(self, world):
        world.project(world.huma, "晒场", amounts={"central": 100000})
        assert "项目资金 1 笔" in world.client(world.office).get(reverse("setup")).content.decode()
        assert "项目资金" not in world.client(world.admin).get(reverse("setup")).content.decode()
        assert "1 笔" not in world.client(world.admin).get(reverse("setup-step", args=["opening"])).content.decode()

    def test_whose_turn_it_is_finds_the_step_at_home(self, world):
        assert "首日设置：地区与填报单位" in world.client(world.admin).get("/").content.decode()
        assert "首日设置" not in world.client(world.huma_clerk).get("/").content.decode()
        for code in ("units", "organisations", "roster", "calendar"):
            SetupStep.objects.create(code=code, confirmed_at=MORNING, confirmed_by="系统管理员")
        assert "首日设置：期初数" in world.client(world.office).get("/").content.decode()
