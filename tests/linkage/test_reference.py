"""seed_reference: the facts of 大兴安岭地区, loaded once, never over what the office has changed (features 1.1, 1.2)."""

from datetime import date

import pytest
from django.apps import apps
from django.core.management import call_command

from linkage import reference
from linkage.models import (
    AuditEvent,
    DictionaryEntry,
    Function,
    FundTask,
    Matter,
    Organisation,
    Region,
    RegionAlias,
    Responsibility,
    TaskForce,
    TaskLead,
    User,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 16)


def _everything() -> dict[str, list]:
    """All rows of the ground except the trail, for comparing two moments."""
    models = [m for m in apps.get_app_config("linkage").get_models() if m.__name__ not in ("AuditEvent", "AuditSeal")]
    return {m._meta.label: list(m.objects.order_by("pk").values()) for m in models}


def test_the_units_stand_in_the_fixed_order_below_the_prefecture():
    reference.load()
    units = Region.objects.reporting()
    assert [unit.name for unit in units] == [
        "漠河市", "呼玛县", "塔河县", "加格达奇区", "松岭区", "新林区", "呼中区", "地区本级",
    ]  # fmt: skip
    assert [unit.code_prefix for unit in units] == ["MH", "HM", "TH", "JG", "SL", "XL", "HZ", "DQ"]
    assert [unit.group for unit in units] == ["县市"] * 3 + ["区"] * 4 + ["本级"]
    assert {unit.path for unit in units} == {f"hlj/dxal/{unit.slug}/" for unit in units}
    assert Region.objects.get(name="白银纳鄂伦春族乡").path == "hlj/dxal/huma/huma-baiyinna/"


def test_the_three_code_sets_contradict_each_other_as_they_do_outside():
    reference.load()
    named = set(RegionAlias.objects.filter(name="232701").values_list("region__slug", flat=True))
    assert named == {"mohe", "jiagedaqi"}
    assert RegionAlias.objects.get(name="漠河县").region.slug == "mohe"
    assert RegionAlias.objects.filter(region__slug="jiagedaqi").exclude(code_system="").count() == 5


def test_relief_work_has_no_lead_and_the_other_tasks_follow_the_document():
    reference.load()
    prefecture = TaskLead.objects.on(DAY).filter(organisation__region__slug="dxal")
    assert set(prefecture.values_list("task__code", "organisation__name")) == {
        ("consolidate", "地区农业农村局"),
        ("farm", "地区农业农村局"),
        ("ethnic", "地委统战部（民宗）"),
        ("forest", "地区林业和草原局"),
    }
    assert FundTask.objects.filter(code="relief").exists()
    assert not TaskLead.objects.filter(task__code="relief").exists()
    assert not FundTask.objects.filter(name__contains="三西").exists()


def test_every_unit_answers_every_matter_and_a_small_district_in_its_own_way():
    reference.load()
    assert Responsibility.objects.on(DAY).count() == 8 * Matter.objects.count() == 8 * 14
    absent = Responsibility.objects.get(region__slug="xinlin", matter__code="water")
    assert absent.organisation is None
    assert "本地无此机构" in absent.note
    road = Responsibility.objects.get(region__slug="huzhong", matter__code="road")
    assert road.organisation.region.slug == "dxal"
    forest = Responsibility.objects.get(region__slug="songling", matter__code="forest-land")
    assert forest.organisation.is_outside
    merged = Organisation.objects.get(name="松岭区农业农村和林业草原局")
    assert set(merged.functions.on(DAY).values_list("function", flat=True)) == {
        Function.AGRI, Function.FORESTRY, Function.WATER, Function.OFFICE,
    }  # fmt: skip


@pytest.mark.parametrize("function", [Function.AGRI, Function.FINANCE, Function.LAND])
def test_every_unit_has_exactly_one_body_for_what_its_people_log_in_as(function):
    reference.load()
    for slug in ("mohe", "huma", "tahe", "jiagedaqi", "songling", "xinlin", "huzhong"):
        assert Organisation.objects.filter(region__slug=slug, functions__function=function).count() == 1, slug


def test_categories_have_two_levels_and_are_marked_unverified():
    reference.load()
    production = DictionaryEntry.objects.get(kind="category", code="industry-production")
    assert production.parent.name == "产业发展"
    assert "种植业基地" in production.note
    assert not DictionaryEntry.objects.filter(is_verified=True).exists()
    steps = list(DictionaryEntry.objects.of("step").filter(parent=None).values_list("code", flat=True))
    assert steps[:3] == ["county", "matching", "procedure"]
    assert steps[-4:] == ["paid", "retention", "surplus", "unspendable"]


def test_loading_twice_changes_nothing():
    reference.load()
    before, trail = _everything(), AuditEvent.objects.count()
    assert reference.load() == {}
    assert _everything() == before
    assert AuditEvent.objects.count() == trail == 1


def test_what_the_office_changed_does_not_come_back():
    reference.load()
    Organisation.objects.filter(name="呼玛县水务局").update(name="呼玛县水利局")
    FundTask.objects.filter(code="farm").update(name="欠发达国有农牧场巩固提升", is_active=False)
    TaskForce.objects.filter(region__slug="huma").update(document="呼政办发〔2026〕3号")
    TaskLead.objects.filter(task__code="forest", organisation__region__slug="dxal").update(until=date(2026, 6, 30))
    before = _everything()
    assert reference.load() == {}
    assert _everything() == before


def test_a_missing_piece_is_filled_in():
    reference.load()
    RegionAlias.objects.filter(name="漠河县").delete()
    assert reference.load() == {"地区别名": 1}


def test_the_command_tells_what_it_did_and_makes_no_accounts(capsys):
    call_command("seed_reference")
    assert "已载入" in capsys.readouterr().out
    call_command("seed_reference")
    assert "未作改动" in capsys.readouterr().out
    assert not User.objects.exists()
