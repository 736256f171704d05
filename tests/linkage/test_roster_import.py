"""The roster sheet: every error at once with its cell, all or nothing, passwords once (features 12.6)."""

from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from linkage import excel
from linkage.errors import Refusal
from linkage.imports import roster
from linkage.models import AuditEvent, RegionAlias, Role, Seat, User

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 16)
CLERK, CHIEF, DEPT, AUDITOR = (Role(r).label for r in ("county_clerk", "county_chief", "county_dept", "auditor"))


def sheet(*rows: dict) -> BytesIO:
    """The template filled in by hand from row 4 on, as a person would."""
    book = load_workbook(BytesIO(excel.build_template(roster.template())))
    page = book.worksheets[0]
    columns = {str(cell.value).replace("* ", ""): cell.column for cell in page[3]}
    for number, row in enumerate(rows, 4):
        for header, value in row.items():
            page.cell(number, columns[header], value)
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return file


def read(world, *rows: dict) -> roster.Reading:
    return roster.read(sheet(*rows), "名册.xlsx", by=world.secadmin, on=TODAY)


def person(username: str = "huma_li", name: str = "李同志", **more) -> dict:
    return {"用户名": username, "姓名": name, "角色": CLERK, "地区": "呼玛县"} | more


def found(reading: roster.Reading) -> dict[str, str]:
    """Cell → message."""
    return {problem.place.split("!")[1]: problem.message for problem in reading.problems}


class TestTemplate:
    def test_it_offers_drop_downs_and_the_rows_every_set_up_needs(self, world):
        page = load_workbook(BytesIO(roster.workbook())).worksheets[0]
        headers = [str(cell.value) for cell in page[3]]
        assert headers[:6] == ["* 用户名", "* 姓名", "职务", "办公电话", "* 角色", "* 地区"]
        assert len(page.data_validations.dataValidation) == 4
        filled = [(page.cell(r, 5).value, page.cell(r, 6).value) for r in range(4, 14)]
        assert filled[:4] == [
            ("地区专班办公室经办", "大兴安岭地区"), ("地区专班办公室主任", "大兴安岭地区"), (CLERK, "漠河市"), (CHIEF, "漠河市"),
        ]  # fmt: skip

    def test_a_region_is_known_by_its_other_names(self, world):
        RegionAlias.objects.create(region=world.huma, name="呼玛")
        reading = read(world, person(地区="呼玛"))
        assert [entry.region_slug for entry in reading.entries] == ["huma"], found(reading)

    def test_the_trio_are_not_offered(self, world):
        assert not set(roster._ROLES) & {"系统管理员", "安全管理员", "安全审计员"}

    def test_the_untouched_template_names_nobody(self, world):
        with pytest.raises(excel.Unreadable, match="没有填写任何人"):
            roster.read(BytesIO(roster.workbook()), "名册.xlsx", by=world.secadmin, on=TODAY)


class TestReading:
    def test_a_right_sheet_gives_its_rows(self, world):
        reading = read(
            world,
            person(起="2026-12-01", B岗="是"),
            person("huma_wang", "王同志", 角色=DEPT, 单位="呼玛县财政局", 办公电话="0457-3512345"),
        )
        assert reading.problems == []
        first, second = reading.entries
        assert (first.role, first.region_slug, first.since, first.is_backup) == (
            "county_clerk",
            "huma",
            date(2026, 12, 1),
            True,
        )
        assert (second.organisation_id, second.since) == (world.huma_finance_bureau.pk, TODAY)

    def test_every_error_is_told_at_once_with_its_cell(self, world):
        reading = read(
            world,
            person("李四", "李同志"),
            person("huma_zhao", "赵同志", 办公电话="13804571234"),
            person("huma_qian", "钱同志", 地区="黑河市"),
            person("huma_sun", "孙同志", 角色=DEPT),
            person("huma_zhou", "周同志", 角色=DEPT, 单位="漠河市财政局"),
            person("huma_wu", "吴同志", 起="2026-13-01"),
            person("huma_zheng", "郑同志", 角色="书记"),
            person("audit_1", "审计一", 角色=AUDITOR, 地区="大兴安岭地区"),
            person("huma_feng", "冯同志", 起="2026-12-01", 止="2026-11-01"),
        )
        cells = found(reading)
        assert set(cells) == {"A4", "D5", "F6", "G7", "G8", "H9", "E10", "I11", "I12"}
        assert "不合规则" in cells["A4"]
        assert "手机号码" in cells["D5"]
        assert "系统里没有这个地区" in cells["F6"]
        assert "须写明所在单位" in cells["G7"]
        assert "没有这个单位" in cells["G8"]
        assert "不是日期" in cells["H9"]
        assert "不在可选项中" in cells["E10"]
        assert "截止日期" in cells["I11"]
        assert "早于起始日期" in cells["I12"]
        assert all(problem.message for problem in reading.problems)

    def test_clerk_and_chief_of_one_unit_in_one_hand_are_refused(self, world):
        reading = read(world, person(), person(角色=CHIEF))
        assert "填报与审签须由两人" in found(reading)["E5"]

    def test_a_conflict_with_a_seat_that_stands_is_refused(self, world):
        reading = read(world, person("huma_clerk", world.huma_clerk.name, 角色=CHIEF))
        assert "填报与审签须由两人" in found(reading)["E4"]

    def test_a_user_name_of_somebody_else_is_refused(self, world):
        assert "已有人使用" in found(read(world, person("huma_clerk", "别的人")))["A4"]

    def test_one_user_name_is_one_person(self, world):
        reading = read(world, person(), person(name="王同志", 角色=CLERK, 地区="漠河市"))
        assert "第 4 行" in found(reading)["B5"]

    def test_one_does_not_enter_oneself(self, world):
        assert "您自己" in found(read(world, person("secadmin", world.secadmin.name)))["A4"]

    def test_a_seat_that_stands_is_left_alone(self, world):
        reading = read(world, person("huma_clerk", world.huma_clerk.name), person())
        assert reading.standing == 1
        assert [entry.username for entry in reading.entries] == ["huma_li"]

    @pytest.mark.parametrize(
        ("name", "content"), [("名册.xlsx", b""), ("名册.xlsx", b"hello"), ("名册.doc", b"PK\x03\x04xx")]
    )
    def test_what_is_no_workbook_is_told_as_a_whole(self, world, name, content):
        with pytest.raises(Refusal):
            roster.read(BytesIO(content), name, by=world.secadmin, on=TODAY)

    def test_another_template_is_not_taken_for_a_roster(self, world):
        other = excel.Template("other", 1, "别的表", (excel.Field("a", "甲"),))
        with pytest.raises(excel.Unreadable, match="不是“人员与岗位名册”的模板"):
            roster.read(BytesIO(excel.build_template(other, [{"a": "x"}])), "x.xlsx", by=world.secadmin, on=TODAY)


class TestPacking:
    def test_rows_survive_the_way_through_the_page(self, world):
        entries = read(world, person(止="2026-12-31")).entries
        assert roster.unpack(roster.pack(entries)) == entries

    def test_tampered_rows_are_refused(self, world):
        packed = roster.pack(read(world, person()).entries)
        with pytest.raises(Refusal, match="重新上传"):
            roster.unpack(packed[:-2] + "xx")


class TestPages:
    def upload(self, world, *rows: dict):
        file = SimpleUploadedFile("名册.xlsx", sheet(*rows).read())
        return world.client(world.secadmin).post(reverse("people-roster"), {"file": file})

    def test_errors_stand_on_the_page_and_nothing_is_stored(self, world):
        before = User.objects.count()
        page = self.upload(world, person(), person("HUMA", "坏行"))
        words = page.content.decode()
        assert page.status_code == 422
        assert "A5" in words
        assert "什么也没有导入" in words
        assert "确认导入" not in words
        assert User.objects.count() == before

    def test_a_right_sheet_is_previewed_confirmed_and_slips_are_shown_once(self, world):
        page = self.upload(world, person(), person("huma_wang", "王同志", 角色=CHIEF))
        assert page.status_code == 200
        assert not User.objects.filter(username="huma_li").exists()
        packed = page.context["packed"]
        done = world.client(world.secadmin).post(reverse("people-roster-confirm"), {"rows": packed, "as": "page"})
        slips = {slip.username: slip.password for slip in done.context["credentials"]}
        assert set(slips) == {"huma_li", "huma_wang"}
        assert "no-store" in done.headers["Cache-Control"]
        user = User.objects.get(username="huma_li")
        assert user.check_password(slips["huma_li"])
        assert user.must_change_password
        assert user.seats.get().role == "county_clerk"
        assert not any(slips["huma_li"] in f"{event.after}{event.before}" for event in AuditEvent.objects.all())

    def test_confirming_twice_makes_nobody_twice(self, world):
        packed = self.upload(world, person()).context["packed"]
        client = world.client(world.secadmin)
        client.post(reverse("people-roster-confirm"), {"rows": packed, "as": "page"})
        again = client.post(reverse("people-roster-confirm"), {"rows": packed, "as": "page"})
        assert again.status_code == 302
        assert User.objects.filter(username="huma_li").count() == 1
        assert Seat.objects.filter(user__username="huma_li").count() == 1

    def test_slips_as_a_workbook(self, world):
        packed = self.upload(world, person()).context["packed"]
        done = world.client(world.secadmin).post(reverse("people-roster-confirm"), {"rows": packed, "as": "xlsx"})
        page = load_workbook(BytesIO(done.content)).worksheets[0]
        cells = [cell.value for row in page.iter_rows() for cell in row]
        password = cells[cells.index("huma_li") + 1]
        assert User.objects.get(username="huma_li").check_password(password)

    def test_what_changed_in_between_undoes_the_whole(self, world):
        packed = self.upload(world, person(), person("huma_wang", "王同志", 角色=CHIEF)).context["packed"]
        User.objects.create(username="huma_wang", name="另一人", is_active=False)
        client = world.client(world.secadmin)
        assert client.post(reverse("people-roster-confirm"), {"rows": packed, "as": "page"}).status_code == 302
        assert not User.objects.filter(username="huma_li").exists()
