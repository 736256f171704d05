"""Many rows at once hold the same values, and the same limits, as rows made one by one."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from linkage import audit, bulk, periods
from linkage.models import AuditEvent, DictionaryEntry, Region, RuleVersion
from projects.models import Method, Project, Stage
from projects.models.plain import COLUMNS, PlainProject

pytestmark = pytest.mark.django_db
SAME = ("construction_state", "created_at", "updated_at", "id")
OWN = tuple(name for name in COLUMNS if name != "pk")


def rows(world, *names):
    at = world.at()
    for number, (pk, name) in enumerate(zip(bulk.reserve_ids(Project, len(names)), names, strict=True), 1):
        plain = PlainProject(
            world.huma, name, Method.WORKS, "3 公里\t\\N", "", 2026, Decimal("1825000.01"), date(2026, 5, 1), task_id=world.tasks["consolidate"].pk,
            code=f"T-{number}",
        )  # fmt: skip
        yield (*[getattr(plain, column) for column in OWN], "normal", at, at, pk)


def test_values_stand_as_the_model_gives_them(world):
    bulk.insert(Project, (*OWN, *SAME), list(rows(world, "桥", '"引号", {逗号}')))
    first, second = Project.objects.order_by("code")
    assert (first.name, first.content, first.planned_investment_yuan, first.planned_start_on, first.planned_finish_on, first.stage) == (
        "桥", "3 公里\t\\N", Decimal("1825000.01"), date(2026, 5, 1), None, Stage.PROPOSED,
    )  # fmt: skip
    assert second.name == '"引号", {逗号}'
    assert (first.created_at, first.task, first.implementer) == (world.at(), world.tasks["consolidate"], None)
    assert world.project(world.huma, "后来的").pk > second.pk, "reserved ids are used up"


def test_constraints_of_the_database_hold(world):
    made = list(rows(world, "桥", "路"))
    twice = [(*row[: OWN.index("code")], "T-1", *row[OWN.index("code") + 1 :]) for row in made]
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(Project, (*OWN, *SAME), twice)
    assert not Project.objects.exists()


def test_new_values_reach_the_rows_they_are_for(world):
    one, two, other = (world.project(world.huma, name) for name in ("甲", "乙", "丙"))
    columns = ("name", "planned_investment_yuan", "planned_finish_on", "category_id")
    news = [(one.pk, "甲甲", Decimal("0.01"), date(2026, 9, 30), world.category.pk), (two.pk, '乙"', Decimal(5), None, None)]
    bulk.update(Project, columns, news, {"updated_at": world.at()})
    assert [*Project.objects.order_by("pk").values_list("pk", *columns)][:2] == news
    assert Project.objects.get(pk=other.pk).name == "丙"
    bulk.update(Project, columns, [], {"updated_at": world.at()})


def test_rows_are_written_as_they_stand_in_memory(world, django_assert_num_queries):
    """Days, money, empty values, foreign keys, plain JSON; nothing but the columns named; one query."""
    plan = DictionaryEntry.objects.create(kind=world.category.kind, code="other-category", name="其他", display_order=99)
    made = [world.project(world.huma, name) for name in ("甲", "乙")]
    for row in made:
        row.name, row.category, row.content = f"{row.name}甲", plan, "没有点名"
        row.planned_investment_yuan, row.planned_finish_on = Decimal("1825000.01"), date(2026, 9, 30)
    made[1].planned_finish_on = None
    columns = ("name", "category", "planned_investment_yuan", "planned_finish_on")
    with django_assert_num_queries(1):
        bulk.write([*made, made[0]], columns)
    found = Project.objects.order_by("pk").values_list(*columns, "content")
    assert list(found) == [("甲甲", plan.pk, Decimal("1825000.01"), date(2026, 9, 30), ""), ("乙甲", plan.pk, Decimal("1825000.01"), None, "")]
    with django_assert_num_queries(0):
        bulk.write([], columns)
    rule = RuleVersion.objects.create(code="试", value=1, effective_from=date(2026, 1, 1), created_at=world.at())
    for value in ({"数": [1, None, "引号\""]}, "文", 3, []):
        rule.value = value
        bulk.write([rule], ["value"])
        assert RuleVersion.objects.get(pk=rule.pk).value == value


def test_json_is_read_as_it_was_written(world):
    target = Region.objects.get(pk=world.huma.pk)
    audit.record_many(by=world.office, verb="试", rows=[(target, None, {"名": "值", "n": [1, {"x": None}]})], at=periods.now())
    event = AuditEvent.objects.get(verb="试")
    assert (event.before, event.after, event.target_type, event.region_path) == (None, {"名": "值", "n": [1, {"x": None}]}, "linkage.region", target.path)
    assert (event.actor, event.actor_name) == (world.office, str(world.office))


def test_an_act_recorded_with_many_is_the_one_recorded_alone(world):
    project = world.project(world.huma, "桥")
    alone = audit.record(by=world.huma_clerk, verb="试", target=project, before={"a": "1"}, after={"a": "2"}, at=world.at())
    named = audit.Target("projects.project", project.pk, "桥", world.huma.path)
    audit.record_many(by=world.huma_clerk, verb="试", rows=[(project, {"a": "1"}, {"a": "2"}), (named, {"a": "1"}, {"a": "2"})], at=world.at())
    columns = [field.name for field in AuditEvent._meta.concrete_fields if field.name != "id"]
    assert AuditEvent.objects.get(pk=alone.pk) in AuditEvent.objects.filter(verb="试")
    assert len(set(map(str, AuditEvent.objects.filter(verb="试").values_list(*columns)))) == 1
