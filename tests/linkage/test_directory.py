"""The directory pages and the acts behind them (features 1.1–1.3)."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from linkage.actions import organisation as actions
from linkage.actions import taskforce as force_actions
from linkage.errors import Refusal
from linkage.figures.names import OrganisationNames, RegionNames
from linkage.models import (
    AuditEvent,
    Function,
    Matter,
    MemberPost,
    Organisation,
    Region,
    RegionAlias,
    Responsibility,
    TaskForce,
    TaskForceMember,
    TaskLead,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 16)
PAGES = ("directory", "directory-organisations", "directory-duties", "directory-tasks", "directory-taskforces")


@pytest.fixture
def land(world) -> Matter:
    return Matter.objects.create(code="land", name="用地预审", function=Function.LAND)


class TestReading:
    @pytest.mark.parametrize("name", PAGES)
    @pytest.mark.parametrize(
        "who", ["admin", "secadmin", "office", "leader", "huma_clerk", "huma_implementer", "auditor"]
    )
    def test_everyone_reads_the_directory(self, world, land, name, who):
        assert world.client(getattr(world, who)).get(reverse(name)).status_code == 200

    @pytest.mark.parametrize("name", PAGES)
    def test_only_after_log_in(self, client, world, name):
        assert client.get(reverse(name)).status_code == 302

    def test_gaps_stand_first_and_lead_to_their_form(self, world):
        words = world.client(world.office_head).get(reverse("directory")).content.decode()
        assert words.index("缺口") < words.index("地区与填报单位")
        assert "呼玛县" in words
        assert reverse("taskforce-edit", args=["huma"]) in words

    def test_links_lead_only_to_pages_the_reader_may_open(self, world):
        words = world.client(world.huma_clerk).get(reverse("directory")).content.decode()
        assert reverse("region-page", args=["huma"]) in words
        assert reverse("region-page", args=["mohe"]) not in words
        assert "/regions/" not in world.client(world.secadmin).get(reverse("directory")).content.decode()

    def test_a_reader_without_the_right_gets_no_button(self, world):
        words = world.client(world.huma_clerk).get(reverse("directory")).content.decode()
        assert "补齐</a>" not in words
        assert "新增地区" not in words

    def test_the_pages_ask_the_same_number_of_queries_for_more_bodies(self, world, django_assert_max_num_queries):
        for number in range(20):
            organisation = Organisation.objects.create(region=world.huma, name=f"单位{number}")
            organisation.functions.create(function=Function.WATER, since=TODAY)
        client = world.client(world.office)
        for name in PAGES:
            with django_assert_max_num_queries(20):
                client.get(reverse(name))


class TestRegions:
    def test_a_new_county_hangs_below_its_parent_and_needs_a_prefix(self, world):
        with pytest.raises(Refusal, match="编号前缀"):
            actions.add_region(
                by=world.admin, parent=world.prefecture, slug="tahe", name="塔河县", kind="county", is_reporting=True
            )
        region = actions.add_region(
            by=world.admin,
            parent=world.prefecture,
            slug="tahe",
            name="塔河县",
            kind="county",
            code_prefix="TH",
            display_order=3,
            is_reporting=True,
        )
        assert region.path == "hlj/dxal/tahe/"
        assert AuditEvent.objects.get(verb="新增地区").after["slug"] == "tahe"

    def test_a_prefix_and_a_slug_are_used_once(self, world):
        with pytest.raises(Refusal, match="已被使用"):
            actions.add_region(
                by=world.admin, parent=world.prefecture, slug="tahe", name="塔河县", kind="county", code_prefix="HM"
            )
        with pytest.raises(Refusal):
            actions.add_region(
                by=world.admin, parent=world.prefecture, slug="huma", name="又一个", kind="county", code_prefix="XX"
            )

    def test_only_counties_and_own_units_report(self, world):
        with pytest.raises(Refusal, match="填报周调度"):
            actions.add_region(
                by=world.admin,
                parent=world.huma,
                slug="huma-x",
                name="某乡",
                kind="township",
                code_prefix="XX",
                is_reporting=True,
            )

    def test_editing_by_page_keeps_slug_and_path(self, world):
        client = world.client(world.admin)
        answer = client.post(
            reverse("region-edit", args=["huma"]),
            {
                "name": "呼玛县（改）",
                "group": "县市",
                "code_prefix": "HM",
                "display_order": 2,
                "is_reporting": "on",
                "is_active": "on",
            },
        )
        assert answer.status_code == 302
        world.huma.refresh_from_db()
        assert (world.huma.name, world.huma.path) == ("呼玛县（改）", "hlj/dxal/huma/")

    @pytest.mark.parametrize("who", ["secadmin", "office_head", "office", "huma_chief"])
    def test_nobody_else_edits(self, world, who):
        client = world.client(getattr(world, who))
        assert client.get(reverse("region-new")).status_code == 403
        assert client.post(reverse("region-edit", args=["huma"]), {"name": "x"}).status_code == 403
        with pytest.raises(PermissionDenied):
            actions.add_region(by=getattr(world, who), parent=world.prefecture, slug="t", name="塔河县", kind="county")


class TestNames:
    def test_old_names_and_codes_lead_to_the_unit(self, world):
        RegionAlias.objects.create(region=world.mohe, name="漠河县")
        RegionAlias.objects.create(region=world.mohe, name="232701", code_system="现行统计码")
        RegionAlias.objects.create(region=world.jiagedaqi, name="232701", code_system="旧行政区划码")
        names = RegionNames()
        assert names.one(" 漠河　县 ") == world.mohe
        assert names.one("呼玛县") == world.huma
        assert names.one(232701.0) is None
        assert names.find("232701000000") == [world.mohe, world.jiagedaqi]
        assert names.one("黑河市") is None

    def test_a_body_is_sought_at_home_first(self, world):
        own = Organisation.objects.create(region=world.huma, name="水务局")
        Organisation.objects.create(region=world.prefecture, name="水务局")
        names = OrganisationNames()
        assert names.find("水务局", world.huma) == [own]
        assert [o.region for o in names.find("水务局", world.mohe)] == [world.prefecture]
        assert names.find("呼玛县财政局", world.mohe) == []


class TestBodies:
    def test_a_merged_bureau_has_several_functions_from_the_start(self, world):
        body = actions.add_organisation(
            by=world.admin,
            region=world.mohe,
            name="漠河市农林水务局",
            functions=[Function.AGRI, Function.WATER],
            since=TODAY,
        )
        assert set(body.functions.on(TODAY).values_list("function", flat=True)) == {"agri", "water"}

    def test_a_name_is_used_once_per_region(self, world):
        with pytest.raises(Refusal):
            actions.add_organisation(by=world.admin, region=world.huma, name="呼玛县财政局", since=TODAY)
        assert actions.add_organisation(by=world.admin, region=world.mohe, name="呼玛县财政局", since=TODAY).pk

    def test_a_function_ends_and_may_begin_again(self, world):
        body = world.huma_land_bureau
        row = body.functions.get()
        with pytest.raises(Refusal, match="已有"):
            actions.give_function(by=world.admin, organisation=body, function=Function.LAND, since=TODAY)
        actions.end_function(by=world.admin, row=row, until=date(2026, 11, 15))
        actions.give_function(by=world.admin, organisation=body, function=Function.LAND, since=TODAY)
        assert body.functions.on(TODAY).count() == 1
        assert body.functions.count() == 2

    def test_the_page_of_a_body_saves_and_adds_functions(self, world):
        client, body = world.client(world.admin), world.huma_land_bureau
        url = reverse("organisation-edit", args=[body.pk])
        assert client.get(url).status_code == 200
        client.post(url, {"name": "呼玛县自然资源和林草局", "short_name": "", "is_active": "on"})
        client.post(reverse("function-add", args=[body.pk]), {"function": "forestry", "since": "2026-11-16"})
        body.refresh_from_db()
        assert body.name == "呼玛县自然资源和林草局"
        assert set(body.functions.values_list("function", flat=True)) == {"land", "forestry"}
        assert (
            client.post(
                reverse("function-end", args=[body.functions.get(function="forestry").pk]), {"until": "2026-11-30"}
            ).status_code
            == 302
        )
        assert body.functions.get(function="forestry").until == date(2026, 11, 30)


class TestDuties:
    def test_a_new_answer_ends_the_old_one_the_day_before(self, world, land):
        old = actions.answer_matter(
            by=world.admin, region=world.huma, matter=land, organisation=world.huma_land_bureau, since=date(2026, 1, 1)
        )
        actions.answer_matter(
            by=world.admin, region=world.huma, matter=land, organisation=world.land_bureau, since=TODAY
        )
        old.refresh_from_db()
        assert old.until == date(2026, 11, 15)
        assert Responsibility.objects.on(TODAY).get(region=world.huma).organisation == world.land_bureau

    def test_no_such_body_needs_a_word_on_who_is_asked(self, world, land):
        with pytest.raises(Refusal, match="由谁办理"):
            actions.answer_matter(by=world.admin, region=world.mohe, matter=land, organisation=None, since=TODAY)
        row = actions.answer_matter(
            by=world.admin, region=world.mohe, matter=land, organisation=None, note="报地区局", since=TODAY
        )
        assert row.organisation is None

    def test_history_is_written_forwards(self, world, land):
        actions.answer_matter(
            by=world.admin, region=world.huma, matter=land, organisation=world.huma_land_bureau, since=TODAY
        )
        with pytest.raises(Refusal, match="更晚生效"):
            actions.answer_matter(
                by=world.admin, region=world.huma, matter=land, organisation=world.land_bureau, since=date(2026, 5, 1)
            )

    def test_the_same_day_corrects(self, world, land):
        for organisation in (world.huma_land_bureau, world.land_bureau):
            actions.answer_matter(
                by=world.admin, region=world.huma, matter=land, organisation=organisation, since=TODAY
            )
        assert Responsibility.objects.get(region=world.huma).organisation == world.land_bureau

    def test_the_form_offers_own_and_higher_bodies_only(self, world, land):
        url = reverse("duty-answer", args=["huma", "land"])
        client = world.client(world.admin)
        offered = set(client.get(url).context["form"].fields["organisation"].queryset)
        assert {world.huma_land_bureau, world.land_bureau} <= offered
        assert world.mohe_land_bureau not in offered
        refused = client.post(url, {"organisation": world.mohe_land_bureau.pk, "note": "", "since": "2026-11-16"})
        assert refused.status_code == 422
        client.post(url, {"organisation": world.huma_land_bureau.pk, "note": "", "since": "2026-11-16"})
        assert Responsibility.objects.get(region=world.huma, matter=land).organisation == world.huma_land_bureau


class TestLeads:
    def test_one_lead_per_task_and_region_at_a_time(self, world):
        task = world.tasks["relief"]
        lead = actions.set_lead(
            by=world.admin, task=task, organisation=world.ndrc_bureau, since=TODAY, document="署办函〔2026〕5号"
        )
        with pytest.raises(Refusal, match="已有牵头单位"):
            actions.set_lead(by=world.admin, task=task, organisation=world.agri_bureau, since=TODAY)
        actions.end_lead(by=world.admin, lead=lead, until=TODAY)
        actions.set_lead(by=world.admin, task=task, organisation=world.agri_bureau, since=date(2026, 11, 17))
        assert [row.organisation for row in TaskLead.objects.on(date(2026, 11, 17)).filter(task=task)] == [
            world.agri_bureau
        ]

    def test_by_page(self, world):
        client = world.client(world.admin)
        data = {
            "task": world.tasks["relief"].pk,
            "organisation": world.ndrc_bureau.pk,
            "since": "2026-11-16",
            "document": "",
        }
        assert client.post(reverse("lead-new", args=["dxal"]), data).status_code == 302
        lead = TaskLead.objects.get(task=world.tasks["relief"])
        assert client.post(reverse("lead-end", args=[lead.pk]), {"until": "2026-11-15"}).status_code == 422
        assert client.post(reverse("lead-end", args=[lead.pk]), {"until": "2026-12-31"}).status_code == 302


class TestTaskForces:
    @pytest.fixture
    def force(self, world) -> TaskForce:
        return force_actions.save_taskforce(by=world.office_head, region=world.huma, name="呼玛县专班")

    def test_the_office_registers_and_documents_a_task_force(self, world, force):
        client = world.client(world.office_head)
        client.post(
            reverse("taskforce-edit", args=["huma"]),
            {"name": "呼玛县联动专班", "document": "呼政办发〔2026〕3号", "founded_on": "", "office": ""},
        )
        force.refresh_from_db()
        assert force.document == "呼政办发〔2026〕3号"
        event = AuditEvent.objects.filter(verb="登记专班").order_by("-pk").first()
        assert event.before["document"] == ""

    @pytest.mark.parametrize("who", ["secadmin", "office", "huma_chief", "leader"])
    def test_nobody_else_does(self, world, force, who):
        client = world.client(getattr(world, who))
        assert client.get(reverse("taskforce-edit", args=["huma"])).status_code == 403
        assert client.get(reverse("member-new", args=["huma"])).status_code == 403

    def test_an_acting_holder_needs_end_and_document(self, world, force):
        member = {
            "by": world.office_head,
            "taskforce": force,
            "post": MemberPost.LEADER,
            "person_name": "王同志",
            "since": TODAY,
            "is_acting": True,
        }
        with pytest.raises(Refusal, match="截止日期"):
            force_actions.save_member(**member, document="函")
        with pytest.raises(Refusal, match="依据文件"):
            force_actions.save_member(**member, until=date(2026, 12, 31))
        assert force_actions.save_member(**member, until=date(2026, 12, 31), document="呼政函〔2026〕9号").is_acting

    def test_who_leaves_stays_in_history(self, world, force):
        member = force_actions.save_member(
            by=world.office_head, taskforce=force, post=MemberPost.STAFF, person_name="李同志", since=date(2026, 1, 1)
        )
        client = world.client(world.office_head)
        client.post(reverse("member-end", args=[member.pk]), {"until": "2026-11-15"})
        assert TaskForceMember.objects.get(pk=member.pk).until == date(2026, 11, 15)
        assert "李同志" not in client.get(reverse("directory-taskforces")).content.decode()

    def test_a_member_is_entered_and_corrected_by_page(self, world, force):
        client = world.client(world.office_head)
        data = {
            "post": "deputy",
            "person_name": "赵同志",
            "duty": "副县长",
            "office_phone": "0457-3512345",
            "since": "2026-11-16",
        }
        assert client.post(reverse("member-new", args=["huma"]), data).status_code == 302
        member = TaskForceMember.objects.get(person_name="赵同志")
        assert client.post(reverse("member-edit", args=[member.pk]), data | {"duty": "常务副县长"}).status_code == 302
        member.refresh_from_db()
        assert member.duty == "常务副县长"
        assert "常务副县长" in client.get(reverse("directory-taskforces")).content.decode()


def test_admin_site_is_for_the_system_administrator_alone(world, client):
    assert client.get("/admin/").status_code == 302
    for who in ("office_head", "secadmin", "secaudit", "huma_clerk", "leader"):
        staff = getattr(world, who)
        staff.is_staff = staff.is_superuser = True
        staff.save()
        assert world.client(staff).get("/admin/", follow=True).status_code == 403, who
    admin = world.client(world.admin)
    for name in ("region", "matter", "dictionaryentry", "extraperiod"):
        assert admin.get(f"/admin/linkage/{name}/").status_code == 200, name
    assert admin.get("/admin/linkage/user/").status_code == 404


def test_the_index_of_word_lists_says_what_each_is_for(world):
    admin = world.client(world.admin)
    page = admin.get("/admin/")
    assert [row["name"] for row in page.context["lists"]] == ["地区", "事项", "词条", "加期"]
    assert all(row["about"] and admin.get(row["url"]).status_code == 200 for row in page.context["lists"])
    assert [bool(row["add_url"]) for row in page.context["lists"]] == [False, True, True, True]
    assert admin.get("/admin/linkage/").url == "/admin/"


def test_admin_has_no_door_of_its_own_for_passwords(world):
    admin = world.client(world.admin)
    assert admin.get("/admin/password_change/").url == reverse("password")
    assert admin.post("/admin/logout/").url == reverse("account")


def test_admin_changes_are_audited_and_paths_stay(world):
    admin = world.client(world.admin)
    url = f"/admin/linkage/region/{world.huma.pk}/change/"
    page = admin.get(url)
    assert page.status_code == 200
    data = {
        "name": "呼玛县", "group": "县市", "display_order": 2, "code_prefix": "HM", "is_reporting": "on", "is_active": "on", "slug": "hacked",
        "aliases-TOTAL_FORMS": 1, "aliases-INITIAL_FORMS": 0, "aliases-0-name": "呼玛尔", "aliases-0-code_system": "", "aliases-0-region": world.huma.pk,
    }  # fmt: skip
    assert admin.post(url, data).status_code == 302
    world.huma.refresh_from_db()
    assert world.huma.slug == "huma"
    assert RegionAlias.objects.get(name="呼玛尔").region == world.huma
    assert AuditEvent.objects.get(verb="修改地区别名").after == {"aliases": ["呼玛尔"]}
    assert admin.post(f"/admin/linkage/region/{world.huma.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Region.objects.filter(slug="huma").exists()
