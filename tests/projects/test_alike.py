"""Pairs of like projects in the library (features 2.6): kept by the tick, the page and its sheet, a person's word, registration."""

from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from linkage import counters, ticking
from linkage.errors import Refusal
from linkage.models import RuleVersion
from projects.actions.alike import decide
from projects.actions.alike_pairs import DUTY, compare_due
from projects.actions.undo import take_back
from projects.figures import alike, likeness
from projects.models import AlikeDecision, AlikePair, AlikeRun, Method, Project
from tests import world as worlds

LIMITS = {Method.WORKS: Decimal(4_000_000), Method.PURCHASE: Decimal(2_000_000)}  # 发改委16号令


@pytest.fixture
def library(world):
    world.one = world.project(world.huma, "白银纳乡道路硬化工程", site="白银纳乡", planned_investment_yuan=Decimal(900_000))
    world.two = world.project(world.huma, "2026年白银纳乡道路硬化建设项目", site="白银纳乡", planned_investment_yuan=Decimal(900_000))
    world.part = world.project(world.huma, "晒场一期", site="金山乡", planned_investment_yuan=Decimal(2_300_000))
    world.rest = world.project(world.huma, "晒场二期", site="金山乡", planned_investment_yuan=Decimal(2_200_000))
    world.theirs = world.project(world.mohe, "白银纳乡道路硬化工程", site="白银纳乡", planned_investment_yuan=Decimal(900_000))
    compare_due(at=world.at())
    return world


def pairs() -> set[tuple[int, int, str]]:
    return set(AlikePair.objects.values_list("first", "second", "kind"))


@pytest.mark.django_db
def test_all_against_all_and_one_against_all_agree(library):
    assert pairs() == {
        (library.one.pk, library.two.pk, "same"), (library.one.pk, library.theirs.pk, "same"), (library.two.pk, library.theirs.pk, "same"),
        (library.part.pk, library.rest.pk, "split"),
    }  # fmt: skip
    alone = {pair.second.pk for pair in alike.like(library.one, library.office, worlds.MONDAY)}
    assert alone == {library.two.pk, library.theirs.pk}


@pytest.mark.django_db
def test_a_county_is_told_nothing_of_its_neighbour(library):
    assert [pair.second.pk for pair in alike.like(library.one, library.huma_clerk, worlds.MONDAY)] == [library.two.pk]
    page = library.client(library.mohe_clerk).get("/projects/alike/")
    assert "没有发现相似项目" in page.text and "晒场" not in page.text
    answer = library.client(library.mohe_clerk).post(
        "/projects/alike/decide/", {"one": library.theirs.pk, "other": library.one.pk, "verdict": "same", "reason": "猜"}
    )
    assert answer.status_code == 404


@pytest.mark.django_db
def test_a_person_s_word_is_remembered(library):
    client = library.client(library.huma_clerk)
    page = client.get("/projects/alike/")
    assert {(pair.first.pk, pair.second.pk) for pair in page.context["pairs"]} == {(library.one.pk, library.two.pk), (library.part.pk, library.rest.pk)}
    body = {"one": library.two.pk, "other": library.one.pk, "verdict": "different", "reason": "一条在村东，一条在村西", "next": "/projects/alike/"}
    assert client.post("/projects/alike/decide/", body).url == "/projects/alike/"
    assert [pair.first.pk for pair in client.get("/projects/alike/").context["pairs"]] == [library.part.pk]
    [pair] = client.get("/projects/alike/?shown=decided").context["pairs"]
    assert (pair.decision.verdict, pair.decision.by) == ("different", library.huma_clerk)
    assert alike.like(library.one, library.huma_clerk, worlds.MONDAY) == []
    client.post("/projects/alike/decide/", body | {"verdict": "same", "reason": "核实为同一条路"})
    assert AlikeDecision.objects.get().verdict == "same"
    assert Project.objects.filter(pk__in=[library.one.pk, library.two.pk]).count() == 2, "nothing is merged or removed"


@pytest.mark.django_db
def test_who_decides(library):
    for person in (library.huma_chief, library.huma_agri, library.auditor):
        with pytest.raises(PermissionDenied):
            decide(one=library.one, other=library.two, verdict="same", reason="一样", by=person)
    with pytest.raises(PermissionDenied, match="跨县区的由地区专班办公室认定"):
        decide(one=library.one, other=library.theirs, verdict="same", reason="一样", by=library.huma_clerk)
    assert decide(one=library.theirs, other=library.one, verdict="same", reason="两县各报一次", by=library.office).first == library.one
    with pytest.raises(Refusal, match="理由"):
        decide(one=library.one, other=library.two, verdict="same", reason=" ", by=library.office)
    with pytest.raises(Refusal, match="两个不同"):
        decide(one=library.one, other=library.one, verdict="same", reason="一样", by=library.office)


@pytest.mark.django_db
def test_the_database_keeps_one_decision_per_pair(library):
    decide(one=library.one, other=library.two, verdict="same", reason="一样", by=library.office)
    for first, second in ((library.one, library.two), (library.two, library.one)):
        with pytest.raises(IntegrityError), transaction.atomic():
            AlikeDecision.objects.create(first=first, second=second, verdict="split", reason="拆", at=library.at())


@pytest.mark.django_db
def test_registering_asks_before_a_like_project_is_written(library):
    client = library.client(library.huma_clerk)
    body = {
        "unit": "huma", "name": "白银纳乡道路硬化", "method": "works", "task": library.tasks["consolidate"].pk, "project_year": 2026,
        "planned_investment_yuan": "90", "stage": "proposed", "site": "白银纳乡",
    }  # fmt: skip
    with transaction.atomic():
        counters.next_numbers("project", "huma", 2026, 9)  # the world numbers its projects itself
    count = Project.objects.count()
    page = client.post("/projects/new/", body)
    assert page.status_code == 200 and "库里有相似的项目" in page.text and library.one.code in page.text
    assert library.theirs.code not in page.text
    assert Project.objects.count() == count
    assert client.post("/projects/new/", body | {"seen_alike": "on"}).status_code == 302
    assert client.post("/projects/new/", body | {"name": "蓝莓园", "site": "韩家园"}).status_code == 302
    assert Project.objects.count() == count + 2


@pytest.mark.django_db
def test_queries_of_the_page_do_not_grow(library):
    client = library.client(library.office)
    with CaptureQueriesContext(connection) as few:
        client.get("/projects/alike/")
    for number in range(12):
        for _ in range(2):
            library.project(library.huma, f"东山{'甲乙丙丁戊己庚辛壬癸子丑'[number]}村机井", site="")
    compare_due(at=library.at())
    with CaptureQueriesContext(connection) as many:
        page = client.get("/projects/alike/")
    assert len(page.context["pairs"]) >= 12
    assert len(many) <= len(few)


# -- kept by the tick -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_compared_anew_only_where_something_changed(library):
    before = list(AlikePair.objects.values())
    assert compare_due(at=library.at(17)) == [], "twice does nothing more"
    assert list(AlikePair.objects.values()) == before
    assert alike.compared_at() == library.at(17)
    Project.objects.filter(pk=library.rest.pk).update(site="韩家园镇")  # whatever wrote it
    assert compare_due(at=library.at(18)) == [2026]
    assert pairs() == {(one["first_id"], one["second_id"], "same") for one in before if one["kind"] == "same"}
    assert {one["id"] for one in before} > set(AlikePair.objects.values_list("pk", flat=True)), "pairs that stand are not written again"


@pytest.mark.django_db
def test_neighbouring_years_are_compared_and_belong_to_the_later(library):
    Project.objects.filter(pk=library.two.pk).update(project_year=2027)
    assert compare_due(at=library.at(17)) == [2026, 2027]
    assert AlikePair.objects.get(first=library.one, second=library.two).year == 2027
    Project.objects.filter(pk=library.two.pk).update(project_year=2028)
    assert compare_due(at=library.at(18)) == [2028]
    assert not AlikePair.objects.filter(second=library.two).exists()
    assert set(AlikeRun.objects.values_list("year", flat=True)) == {2026, 2028}
    Project.objects.filter(pk=library.two.pk).update(project_year=2025)
    assert compare_due(at=library.at(19)) == [2025, 2026]
    assert AlikePair.objects.get(first=library.one, second=library.two).year == 2026


@pytest.mark.django_db
def test_another_tender_limit_is_compared_anew(library):
    RuleVersion.objects.create(
        code="tender_threshold_works_wan", value=500, effective_from=worlds.MONDAY, document="试行", created_at=library.at()
    )
    assert compare_due(at=library.at(17)) == [2026]
    assert not AlikePair.objects.filter(kind="split").exists()


@pytest.mark.django_db
def test_a_pair_goes_with_its_project_and_hinders_nobody_from_taking_an_import_back(library):
    take_back(created=[library.rest.pk], changed={}, by=library.huma_clerk, at=library.at())
    assert not AlikePair.objects.filter(kind="split").exists()
    assert compare_due(at=library.at(17)) == [2026]


@pytest.mark.django_db
def test_the_tick_does_it(library):
    library.project(library.huma, "晒场三期", site="金山乡", planned_investment_yuan=Decimal(2_100_000))
    assert DUTY in ticking.run(library.at(17)).done
    assert AlikePair.objects.filter(kind="split").count() == 3


@pytest.mark.django_db
def test_the_page_says_up_to_when_and_narrows_by_the_address(library):
    client = library.client(library.office)
    page = client.get("/projects/alike/")
    assert "对比" in page.text and "11月16日" in page.text

    def shown(query):
        return {(pair.first.pk, pair.second.pk) for pair in client.get(f"/projects/alike/?{query}").context["pairs"]}

    one, two, part, rest, theirs = (getattr(library, name).pk for name in ("one", "two", "part", "rest", "theirs"))
    assert shown("kind=split") == {(part, rest)}
    assert shown("unit=mohe") == {(one, theirs), (two, theirs)}
    assert shown(f"q={library.two.code}") == {(one, two), (two, theirs)}
    assert shown("year=2026&q=晒场") == {(part, rest)}
    assert shown("shown=decided") == set()


@pytest.mark.django_db
def test_before_the_first_comparison_the_page_says_so(world):
    assert "还没有对比过" in world.client(world.office).get("/projects/alike/").text


@pytest.mark.django_db
def test_the_sheet_is_what_is_shown(library):
    decide(one=library.part, other=library.rest, verdict="split", reason="一块晒场两期报", by=library.office, at=library.at())
    client = library.client(library.huma_clerk)
    sheet = openpyxl.load_workbook(BytesIO(client.get("/projects/alike/export/?shown=all").content)).active
    lines = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
    assert "截至 2026年11月16日 09:00" in str(lines) and "相似项目对比" in str(lines)
    first, last = (line for line in lines if line and line[0] in (1, 2))
    assert (first[1], first[3], first[11]) == ("疑似重复", library.one.name, library.two.name)
    assert (last[1], last[3], last[8], last[11], last[16]) == ("疑似拆分", "晒场一期", 230, "晒场二期", 220)
    assert last[-4:-1] == ["拆分", "一块晒场两期报", str(library.office)]
    assert library.theirs.code not in str(lines), "of another county"


@pytest.mark.django_db
def test_one_against_many_is_one_query(library):
    rows = Project.objects.visible_to(library.office)
    with CaptureQueriesContext(connection) as queries:
        found = likeness.suspicions(rows, likeness.traits_of(library.one), LIMITS)
    assert [other.pk for other, _ in found] == [library.two.pk, library.theirs.pk]
    assert len(queries) == 1
