"""Duplicates and split projects (features 2.6): the labelled sample, one against many, the page, a person's word, registration."""

import csv
import re
import time
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from linkage import counters
from linkage.errors import Refusal
from projects.actions.alike import decide
from projects.figures import alike, likeness
from projects.figures.likeness import Traits, Verdict, judge, place_of
from projects.models import AlikeDecision, Method, Project
from tests import world as worlds

ROOT = Path(settings.BASE_DIR)
LIMITS = {Method.WORKS: Decimal(4_000_000), Method.PURCHASE: Decimal(2_000_000)}  # 发改委16号令


def sample() -> list[tuple[str, Traits, Traits]]:
    """(label, one, other) as a person labelled them; the numbers of units are given in the order they come."""
    units: dict[str, int] = {}
    with (ROOT / "tests/data/likeness/pairs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    def one(row, side):
        unit = units.setdefault(row[f"{side}_unit"], len(units) + 1)
        yuan = Decimal(row[f"{side}_wan"]) * 10_000
        return Traits(None, "", unit, row[f"{side}_name"], row[f"{side}_site"], int(row[f"{side}_year"]), yuan, row[f"{side}_method"])

    return [(row["label"], one(row, "a"), one(row, "b")) for row in rows]


def measured(verdict: str) -> tuple[int, int, int]:
    """Found rightly, found wrongly, not found."""
    answers = [(label, found.verdict if (found := judge(a, b, LIMITS)) else "different") for label, a, b in sample()]
    rightly = sum(label == answer == verdict for label, answer in answers)
    return rightly, sum(answer == verdict for _, answer in answers) - rightly, sum(label == verdict for label, _ in answers) - rightly


def test_the_sample_is_large_enough():
    labels = [label for label, _, _ in sample()]
    assert len(labels) >= 80
    assert {label: labels.count(label) for label in set(labels)} == {"same": 34, "different": 36, "split": 14}


def test_what_is_found_in_the_sample():
    assert measured("same") == (33, 1, 1)
    assert measured("split") == (12, 0, 2)


def test_the_page_of_the_documents_says_what_is_measured(monkeypatch):
    text = (ROOT / "docs/architecture/likeness.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", text, re.M)
    assert len(rows) >= 6
    for alone, with_money, precision, recall in rows:
        monkeypatch.setattr(likeness, "ALIKE", int(alone))
        monkeypatch.setattr(likeness, "ALIKE_WITH_MONEY", int(with_money))
        rightly, wrongly, missed = measured("same")
        assert (f"{rightly / (rightly + wrongly):.2f}", f"{rightly / (rightly + missed):.2f}") == (precision, recall), (alone, with_money)


def test_a_pair_is_judged_alike_from_both_sides():
    for _, a, b in sample():
        there, back = judge(a, b, LIMITS), judge(b, a, LIMITS)
        assert (there and there.verdict) == (back and back.verdict)


@pytest.mark.parametrize(
    ("name", "site", "place"),
    [
        ("2022年偃师区大口镇董村道路提升项目", "大口镇", ("大口镇", "董村")),
        ("农业机械采购项目", "向阳川镇连山村", ("向阳川镇", "连山村")),
        ("白银纳鄂伦春族乡道路硬化工程", "", ("白银纳鄂伦春族乡", "")),
        ("第一国有林场管护设施建设项目", "第一国有林场", ("", "第一国有林场")),
        ("大同区农村道路改造项目", "", ("", "")),
    ],
)
def test_where_a_project_lies(name, site, place):
    assert tuple(place_of(name, site)) == place


def traits(name="村道硬化", wan=390, **given):
    known = {"pk": None, "code": "", "unit_id": 1, "name": name, "site": "呼玛镇", "year": 2026, "yuan": Decimal(wan) * 10_000, "method": Method.WORKS}
    return Traits(**(known | given))


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        ({"name": "村道硬化二期", "wan": 20}, Verdict.SPLIT), ({"name": "村道硬化二期", "wan": 9}, None), ({"name": "村道硬化二期", "wan": 400}, None),
        ({"name": "村道硬化二期", "wan": 20, "year": 2025}, None), ({"name": "村道硬化二期", "wan": 20, "unit_id": 2}, None),
        ({"name": "村道硬化二期", "wan": 20, "method": Method.PURCHASE}, None),
    ],
)  # fmt: skip
def test_a_split_is_one_unit_year_and_method_below_the_limit_and_together_not(other, verdict):
    found = judge(traits("村道硬化一期"), traits(**other), LIMITS)
    assert (found and found.verdict) == verdict


def test_the_management_fee_is_like_nothing():
    assert judge(traits("项目管理费", method=Method.FEE), traits("项目管理费", method=Method.FEE), LIMITS) is None


# -- in the library ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def library(world):
    world.one = world.project(world.huma, "白银纳乡道路硬化工程", site="白银纳乡", planned_investment_yuan=Decimal(900_000))
    world.two = world.project(world.huma, "2026年白银纳乡道路硬化建设项目", site="白银纳乡", planned_investment_yuan=Decimal(900_000))
    world.part = world.project(world.huma, "晒场一期", site="金山乡", planned_investment_yuan=Decimal(2_300_000))
    world.rest = world.project(world.huma, "晒场二期", site="金山乡", planned_investment_yuan=Decimal(2_200_000))
    world.theirs = world.project(world.mohe, "白银纳乡道路硬化工程", site="白银纳乡", planned_investment_yuan=Decimal(900_000))
    return world


@pytest.mark.django_db
def test_all_against_all_and_one_against_all_agree(library):
    rows = Project.objects.visible_to(library.office)
    found = {(a.pk, b.pk, s.verdict.value) for a, b, s in alike.of_year(rows, 2026, worlds.MONDAY)}
    assert found == {
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
    with CaptureQueriesContext(connection) as many:
        page = client.get("/projects/alike/")
    assert len(page.context["pairs"]) >= 12
    assert len(many) <= len(few)


@pytest.mark.django_db
def test_one_against_many_is_one_query(library):
    rows = Project.objects.visible_to(library.office)
    with CaptureQueriesContext(connection) as queries:
        found = likeness.suspicions(rows, likeness.traits_of(library.one), LIMITS)
    assert [other.pk for other, _ in found] == [library.two.pk, library.theirs.pk]
    assert len(queries) == 1


def test_names_of_any_length_are_cut_into_few_pairs():
    assert likeness.pairs_of_signs("道路硬化") == ["道路", "路硬", "硬化"]
    assert likeness.pairs_of_signs("路") == []
    assert len(likeness.pairs_of_signs("甲乙丙丁戊己庚辛壬癸" * 40)) <= likeness.MOST_PAIRS
    begun = time.perf_counter()
    assert place_of("区" * 5000, "村" * 5000)
    assert time.perf_counter() - begun < 5, "no regular expression runs away"
