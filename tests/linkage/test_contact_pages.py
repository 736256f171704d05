"""The “一对一” pages, sheet and queue (features 1.4): who reads, who fills, what is shown, in how many queries."""

from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from linkage.actions.contacts import Naming, Person, name_contacts
from linkage.excel import MIME, build_template
from linkage.figures import contacts, gaps
from linkage.imports import contacts as sheet
from linkage.imports import engine
from linkage.imports.base import kind_of
from linkage.models import Contact, Function, Job, JobState, Matter, Region, Responsibility
from reports.figures import queue

pytestmark = pytest.mark.django_db
TODAY, BEGIN = date(2026, 11, 16), date(2025, 1, 1)
TABLE = "/directory/contacts/"


@pytest.fixture
def matters(world):
    """用地 and 财政评审 of 呼玛县 and 漠河市; 漠河市 has left 道路 to the prefecture's bureau, 地区本级 has it too."""
    found = {
        code: Matter.objects.create(code=code, name=name, function=function, phase=phase, display_order=order)
        for order, (code, name, function, phase) in enumerate((
            ("land", "用地预审", Function.LAND, "preparation"), ("budget", "财政评审", Function.FINANCE, "preparation"),
            ("road", "道路确认", Function.TRANSPORT, "preparation"), ("payment", "资金拨付", Function.FINANCE, "payment"),
        ), 1)
    }  # fmt: skip
    rows = [
        (world.huma, "land", world.huma_land_bureau), (world.huma, "budget", world.huma_finance_bureau), (world.mohe, "land", world.mohe_land_bureau),
        (world.huma, "payment", world.huma_finance_bureau), (world.mohe, "road", world.transport_bureau), (world.diqu, "road", world.transport_bureau),
    ]  # fmt: skip
    for region, code, body in rows:
        Responsibility.objects.create(region=region, matter=found[code], organisation=body, since=BEGIN)
    return found


def name(world, matter, region=None, by=None, **people):
    naming = Naming(region or world.huma, matter, {post: Person(one) for post, one in people.items()})
    name_contacts(by=by or world.office, namings=[naming], since=TODAY)


def page(world, who, query=""):
    response = world.client(getattr(world, who)).get(TABLE + query)
    assert response.status_code == 200
    return response.content.decode()


class TestTable:
    @pytest.mark.parametrize("who", ["huma_clerk", "huma_land", "leader", "huma_implementer", "secadmin", "auditor"])
    def test_everybody_reads_it(self, world, matters, who):
        name(world, matters["land"], a="张三", b="李四")
        words = page(world, who)
        assert "张三" in words and "应明确 5 项，已明确到人 1 项，空缺 4 项" in words
        assert "由地区对接" in words

    def test_gaps_stand_before_the_table_by_unit_and_lead_to_the_form_of_whoever_may(self, world, matters):
        words = page(world, "huma_finance")
        assert words.index('id="gaps"') < words.index("全表")
        assert reverse("contact-edit", args=["huma", "budget"]) in words
        assert reverse("contact-edit", args=["huma", "land"]) not in words, "another body's"
        assert reverse("contact-edit", args=["huma", "land"]) in page(world, "huma_chief")
        assert "/directory/contacts/huma/" not in page(world, "leader")

    def test_filters_in_the_address(self, world, matters):
        name(world, matters["budget"], a="张三")
        assert "缺B岗" in page(world, "office", "?unit=huma")
        words = page(world, "office", "?unit=huma&gaps=on")
        assert "用地预审" in words and "张三" not in words
        assert "漠河市自然资源局" not in page(world, "office", f"?body={world.huma_finance_bureau.pk}").split("<table")[1]
        assert "没有符合条件的事项" in page(world, "office", f"?body={world.huma_finance_bureau.pk}&matter=road")
        assert page(world, "office", "?unit=nowhere&matter=%00&body=99999999999999999999")

    def test_a_fixed_number_of_queries(self, world, matters, django_assert_max_num_queries):
        client = world.client(world.office)
        client.get(TABLE)
        with django_assert_max_num_queries(18) as few:
            client.get(TABLE)
        for number in range(20):
            region = Region.objects.create(
                slug=f"r{number}", name=f"县{number}", kind="county", parent=world.prefecture, display_order=20 + number, code_prefix=f"R{chr(65 + number)}",
                is_reporting=True,
            )  # fmt: skip
            Responsibility.objects.create(region=region, matter=matters["land"], organisation=world.land_bureau, since=BEGIN)
            name(world, matters["land"], region, a="张三", b="李四")
        with django_assert_max_num_queries(len(few)):
            client.get(TABLE)
        for query in ("?gaps=on", "?matter=land"):
            with django_assert_max_num_queries(len(few) + 4):
                client.get(TABLE + query)

    def test_paper_and_excel_show_what_is_shown(self, world, matters):
        name(world, matters["land"], a="=HYPERLINK(1)", b="李四")
        client = world.client(world.huma_implementer)
        words = client.get("/directory/contacts/print/?unit=huma").content.decode()
        assert "李四" in words and "漠河市" not in words and "空缺" in words
        answer = client.get("/directory/contacts/export/?unit=huma")
        book = load_workbook(BytesIO(answer.content))
        rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
        assert rows[0][0] == "衔接资金项目“一对一”对接联系表"
        land = next(row for row in rows if row[3] == "用地预审")
        assert land[1:9] == ["呼玛县", "前期手续", "用地预审", "呼玛县自然资源局", "=HYPERLINK(1)", None, None, "李四"]
        assert all(cell.data_type != "f" for row in book.active.iter_rows() for cell in row)
        assert book.active.page_setup.orientation == "landscape"


class TestForm:
    def form(self, world, code="land", who="huma_land", region="huma", **body):
        client = world.client(getattr(world, who))
        return client, reverse("contact-edit", args=[region, code]), {"since": "2026-11-16", "seen": "- -"} | body

    def test_an_account_of_the_body_brings_name_post_and_telephone(self, world, matters):
        type(world.huma_land).objects.filter(pk=world.huma_land.pk).update(duty="股长", office_phone="内线8012")
        client, url, body = self.form(world, a_user=world.huma_land.pk, b_name="李四")
        answer = client.post(url, body)
        assert (answer.status_code, answer.url) == (302, f"{TABLE}?unit=huma")
        row = Contact.objects.get(post="a")
        assert (row.user, row.person_name, row.duty, row.office_phone) == (world.huma_land, world.huma_land.name, "股长", "内线8012")
        assert Contact.objects.get(post="b").user is None

    def test_a_typed_name_finds_its_account(self, world, matters):
        client, url, body = self.form(world, a_name=world.huma_land.name)
        client.post(url, body)
        assert Contact.objects.get().user == world.huma_land

    def test_the_bodys_other_empty_matters_at_once(self, world, matters):
        client, url, body = self.form(world, "budget", "huma_finance", a_name="张三", also=["payment"])
        assert "资金拨付" in client.get(url).content.decode()
        assert client.post(url, body).status_code == 302
        assert set(Contact.objects.values_list("matter__code", "person_name")) == {("budget", "张三"), ("payment", "张三")}

    def test_wrong_input_is_told_at_once_and_kept(self, world, matters):
        client, url, body = self.form(world, a_user=world.huma_land.pk, a_name="别人", b_duty="科员", a_office_phone="13904571234")
        answer = client.post(url, body)
        words = answer.content.decode()
        assert answer.status_code == 422
        for said in ("不是同一个人", "请填写姓名", "手机号码", "别人"):
            assert said in words
        assert not Contact.objects.exists()

    def test_somebody_was_quicker(self, world, matters):
        client, url, body = self.form(world, a_name="张三")
        name(world, matters["land"], a="李四")
        answer = client.post(url, body)
        words = answer.content.decode()
        assert answer.status_code == 409 and "A岗 李四" in words and 'value="张三"' in words
        assert client.post(url, body | {"seen": contacts.cells(on=TODAY, regions=[world.huma], matters=[matters["land"]])[0].mark}).status_code == 302
        assert Contact.objects.get().person_name == "张三"

    def test_refused_to_others_and_led_away_where_nobody_can_be_named(self, world, matters):
        assert self.form(world, who="huma_finance")[0].get(reverse("contact-edit", args=["huma", "land"])).status_code == 403
        client = world.client(world.huma_clerk)
        assert client.get(reverse("contact-edit", args=["huma", "road"])).status_code == 302
        assert client.get(reverse("contact-edit", args=["huma", "nothing"])).status_code == 404
        assert client.get(reverse("contact-edit", args=["dxal", "land"])).status_code == 404

    def test_history_stands_below(self, world, matters):
        naming = Naming(world.huma, matters["land"], {"a": Person("张三", "科长")})
        name_contacts(by=world.office, namings=[naming], since=date(2026, 3, 1))
        name(world, matters["land"], a="李四")
        words = world.client(world.huma_land).get(reverse("contact-edit", args=["huma", "land"])).content.decode()
        assert "2026-03-01 — 2026-11-15" in words and "张三" in words


class TestGaps:
    def test_the_query_and_the_cell_agree(self, world, matters):
        Responsibility.objects.create(region=world.jiagedaqi, matter=matters["land"], organisation=None, note="报地区", since=BEGIN)
        name(world, matters["land"], a="张三")
        found = contacts.cells(on=TODAY, regions=list(Region.objects.reporting()))
        by_cell = {(cell.region.slug, cell.matter.code) for cell in found if cell.is_gap}
        assert by_cell == set(contacts.open_answers(TODAY).values_list("region__slug", "matter__code"))
        assert by_cell == {("huma", "budget"), ("huma", "payment"), ("mohe", "land"), ("diqu", "road")}

    def test_the_directory_tells_them(self, world, matters):
        found = [gap for gap in gaps.all_gaps(on=TODAY) if gap.code == gaps.CONTACT]
        assert [(gap.region.slug, gap.title.split("没有")[0]) for gap in found] == [
            ("mohe", "用地预审"), ("huma", "用地预审、财政评审、资金拨付"), ("diqu", "道路确认"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("who", "count", "why"),
        [
            ("huma_clerk", 3, "呼玛县：用地预审、财政评审、资金拨付"), ("huma_finance", 2, "呼玛县：财政评审、资金拨付"),
            ("transport", 1, "地区本级：道路确认"), ("office", 5, "漠河市 1、呼玛县 3、地区本级 1"), ("leader", 0, ""),
            ("huma_agri", 0, ""), ("secadmin", 0, ""),
        ],
    )  # fmt: skip
    def test_my_own_stand_in_the_queue(self, world, matters, who, count, why, django_assert_max_num_queries):
        user = getattr(world, who)
        user.seats.count()
        with django_assert_max_num_queries(4):
            found = list(queue.contact_gaps(user, world.at(16)))
        assert [(todo.what, todo.why) for todo in found] == ([(f"一对一对接有 {count} 处空缺", why)] if count else [])


class TestSheet:
    def upload(self, world, who, rows) -> Job:
        kind, user = kind_of(sheet.CODE), getattr(world, who)
        content = build_template(kind.template(user), rows)
        return engine.submit(by=user, kind=kind, file=SimpleUploadedFile("联系表.xlsx", content, MIME))

    def counts(self, job: Job) -> dict[str, int]:
        return {verdict: number for verdict, number in job.result["counts"].items() if number}

    def test_the_template_holds_what_is_known(self, world, matters):
        name(world, matters["land"], a="张三")
        answer = world.client(world.huma_clerk).get("/imports/template/contacts/")
        rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(min_row=4, max_row=7, max_col=7, values_only=True))
        assert rows[:3] == [
            ("呼玛县", "用地预审", "呼玛县自然资源局", "张三", None, None, None), ("呼玛县", "财政评审", "呼玛县财政局", None, None, None, None),
            ("呼玛县", "资金拨付", "呼玛县财政局", None, None, None, None),
        ]  # fmt: skip
        assert rows[3][0] is None, "no other unit's"

    def test_filled_it_names_them_all_at_once(self, world, matters):
        name(world, matters["land"], a="张三")
        job = self.upload(world, "huma_clerk", [
            {"unit": "呼玛县", "matter": "用地预审", "organisation": "呼玛县自然资源局", "a_name": "张三"},
            {"unit": "呼玛县", "matter": "财政评审", "a_name": world.huma_finance.name, "b_name": "李四", "b_office_phone": "内线12"},
            {"unit": "呼玛县", "matter": "资金拨付", "a_name": "王五", "document": "呼财发〔2026〕8号"},
        ])  # fmt: skip
        assert self.counts(job) == {"new": 2, "unchanged": 1}
        engine.confirm(job, by=world.huma_clerk)
        job.refresh_from_db()
        assert job.state == JobState.DONE
        assert set(Contact.objects.values_list("matter__code", "post", "person_name", "user__username")) == {
            ("land", "a", "张三", None), ("budget", "a", world.huma_finance.name, "huma_finance"), ("budget", "b", "李四", None),
            ("payment", "a", "王五", None),
        }  # fmt: skip
        assert Contact.objects.get(person_name="王五").document == "呼财发〔2026〕8号"

    def test_every_problem_at_once_and_nothing_written(self, world, matters):
        job = self.upload(world, "huma_clerk", [
            {"unit": "呼玛县", "matter": "用地预审", "organisation": "呼玛县财政局", "a_name": "张三", "b_name": "张三"},
            {"unit": "呼玛县", "matter": "财政评审", "a_duty": "科员", "b_name": "李四", "b_office_phone": "13904571234"},
            {"unit": "呼玛县", "matter": "资金拨付"},
        ])  # fmt: skip
        assert self.counts(job) == {"error": 2, "unchanged": 1}
        said = " ".join(problem["message"] for row in job.rows.all() for problem in row.problems)
        for words in ("名录中承办单位是“呼玛县自然资源局”", "须是两个人", "请填写姓名", "手机号码"):
            assert words in said
        assert not Contact.objects.exists()

    def test_blank_cells_take_nobody_out_and_another_name_replaces(self, world, matters):
        naming = Naming(world.huma, matters["land"], {"a": Person("张三", "科长", "内线1"), "b": Person("李四")})
        name_contacts(by=world.office, namings=[naming], since=date(2026, 3, 1))
        job = self.upload(world, "huma_land", [{"unit": "呼玛县", "matter": "用地预审", "a_name": "张三", "b_name": "王五"}])
        assert self.counts(job) == {"changed": 1}
        engine.confirm(job, by=world.huma_land)
        assert list(Contact.objects.standing().values_list("person_name", "duty", "since")) == [("张三", "科长", date(2026, 3, 1)), ("王五", "", TODAY)]
        assert Contact.objects.get(person_name="李四").until == date(2026, 11, 15)
