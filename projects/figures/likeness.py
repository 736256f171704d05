"""Are two projects perhaps one, or one that was split to stay under a tender limit? (features 2.5, 2.6)

Names, places, amounts and years are compared; nothing is ever decided here. The thresholds were read off a labelled sample
(tests/data/likeness, table in docs/architecture/likeness.md). Imports, registration and the page of suspicions use this one module.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from rapidfuzz import fuzz, process

from linkage.figures.names import squeeze
from projects.models import Method, Project

ALIKE = 85  # of 100: what is left of two names says the same by itself
ALIKE_WITH_MONEY = 60  # the same where the money is equal to the 分
ALIKE_PARTS = 70  # the names without their numbers: parts of one work
NEAR_MONEY = Decimal("0.05")  # two estimates of one work
CLOSE_YEARS = 1
EVERY_YEAR = (Method.SUBSIDY, Method.GRANT, Method.TRAINING)  # come again with the year, under the same name
SHARED = Decimal("0.5")  # of a name's pairs of signs must stand in the other name for it to be looked at
MOST_PAIRS, MOST_COMPARED = 24, 300

_YEAR = re.compile(r"(?:20\d{2})年?度?")
_TAIL = re.compile(r"(?:建设)?(?:项目|工程)+$")
_OTHER_SIGNS = re.compile(r"[^\w]|_")
_NUMBERS = re.compile(r"\d+|[一二三四五六七八九十]+(?=[期组号标队])")
_PART = re.compile(r"第?[\d一二三四五六七八九十]+(?:期|组|号|标段|标|段|队|批)|[东西南北上下]段|[东西南北]侧|[甲乙AB]标")
_ACCESSORY = re.compile(r"附属|配套|装饰|装修|监理|设计|管理用房")
_VILLAGE = re.compile(r"[^\W\d_]{1,8}?(?:社区|林场|农场|村|屯|组|嘎查)")
_TOWN = re.compile(r"[^\W\d_]{1,9}?(?:民族乡|族乡|街道|镇|乡)")
_COUNTY = re.compile(r"^[^\W\d_]{1,5}?(?:县|市|区|旗)(?=.)")
_NOT_A_PLACE = frozenset("农村 乡村 新村 新型农村 行政村 全村 各村 本村 小组 脱贫村 贫困村 个村 自然村 民族乡村".split())


class Verdict(StrEnum):
    """What a pair looks like; what it is, a person says."""

    SAME = "same"
    SPLIT = "split"


@dataclass(frozen=True)
class Suspicion:
    """Why a pair is shown. `likeness` of the two names, of 100."""

    verdict: Verdict
    likeness: int
    reasons: tuple[str, ...]


class Traits(NamedTuple):
    """What is compared of one project; `pk` is None for one that is not registered yet."""

    pk: int | None
    code: str
    unit_id: int
    name: str
    site: str
    year: int
    yuan: Decimal | None
    method: str


COLUMNS = ("pk", "code", "unit_id", "name", "site", "project_year", "planned_investment_yuan", "method")


def traits_of(project: Project) -> Traits:
    return Traits(*(getattr(project, name) for name in COLUMNS))


# -- names and places -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=50_000)
def core(name: str) -> str:
    """A name without its year, signs and closing 项目: what is left when two offices write it down."""
    plain = _OTHER_SIGNS.sub("", _YEAR.sub("", squeeze(name)))
    return _TAIL.sub("", plain) or plain


@lru_cache(maxsize=50_000)
def numbers(name: str) -> tuple[str, ...]:
    """Phases, groups and counts: names that differ in them are different projects."""
    return tuple(_NUMBERS.findall(name))


class Place(NamedTuple):
    """Township and village named in a project, empty where nothing is said."""

    town: str
    village: str


@lru_cache(maxsize=50_000)
def place_of(name: str, site: str) -> Place:
    """Where the project lies, by its name first, then its site; county names are left out."""
    town = village = ""
    for text in (core(name), _OTHER_SIGNS.sub("", squeeze(site))):
        rest = _COUNTY.sub("", text)
        if found := _TOWN.match(rest):
            town, rest = town or found.group(), rest[found.end() :]
        if (found := _VILLAGE.match(rest)) and found.group() not in _NOT_A_PLACE:
            village = village or found.group()
    return Place(town, village)


@lru_cache(maxsize=50_000)
def matter(name: str) -> str:
    """What is built or bought: the core without county, township and village."""
    rest = _COUNTY.sub("", core(name))
    if found := _TOWN.match(rest):
        rest = rest[found.end() :]
    if (found := _VILLAGE.match(rest)) and found.group() not in _NOT_A_PLACE:
        rest = rest[found.end() :]
    return rest or core(name)


def _apart(a: Place, b: Place) -> bool:
    """Both say where they lie, and they say different places."""
    return bool((a.village and b.village and a.village != b.village) or (a.town and b.town and a.town != b.town))


def _together(a: Place, b: Place) -> bool:
    """The same village, or the same township where a village is not said."""
    if a.village and b.village:
        return a.village == b.village and not _apart(a, b)
    return bool(a.town and a.town == b.town)


# -- a pair -----------------------------------------------------------------------------------------------------------------


def judge(a: Traits, b: Traits, limits: Mapping[str, Decimal]) -> Suspicion | None:
    """What a pair looks like, or None. `limits`: method → 元 from which a tender is a must. Symmetric; asks nothing.

    SAME: nearly the same year, no other place, no other numbers, and the same matter (more easily with the same money); in
    different units the place must be the same, or the money to the 分 and the whole name. SPLIT: one unit, year and method,
    each under the limit and together not, the same place, names that differ in their parts only.
    """
    if Method.FEE in (a.method, b.method) or abs(a.year - b.year) > (0 if a.method in EVERY_YEAR else CLOSE_YEARS):
        return None
    here, there = place_of(a.name, a.site), place_of(b.name, b.site)
    if _apart(here, there):
        return None
    return _split(a, b, here, there, limits) or _same(a, b, here, there)


def _close(a: Decimal | None, b: Decimal | None) -> bool:
    """Amounts that may be one, estimated twice."""
    return bool(a and b) and abs(a - b) <= max(a, b) * NEAR_MONEY  # type: ignore[operator]


def _says_little(yuan: Decimal) -> bool:
    """A round amount (whole 10 万元) comes about by chance."""
    return yuan % 100_000 == 0


def _same(a: Traits, b: Traits, here: Place, there: Place) -> Suspicion | None:
    if numbers(core(a.name)) != numbers(core(b.name)) or bool(_ACCESSORY.search(a.name)) != bool(_ACCESSORY.search(b.name)):
        return None
    whole, what = fuzz.ratio(core(a.name), core(b.name)), fuzz.ratio(matter(a.name), matter(b.name))
    likeness = round(max(whole, what))
    same_money = a.yuan is not None and a.yuan == b.yuan and bool(a.yuan)
    if likeness < (ALIKE_WITH_MONEY if same_money else ALIKE):
        return None
    near = _together(here, there)
    if a.unit_id != b.unit_id and not near and not (same_money and whole >= ALIKE and not _says_little(a.yuan or Decimal(0))):
        return None
    if not near and not same_money and whole < ALIKE:
        return None
    reasons = [f"名称相似 {likeness}%"]
    reasons += ["地点相同"] if near else []
    reasons += ["金额相同"] if same_money else []
    reasons += ["年度相同" if a.year == b.year else "年度相邻"]
    reasons += ["不同县区"] if a.unit_id != b.unit_id else []
    return Suspicion(Verdict.SAME, likeness, tuple(reasons))


def _split(a: Traits, b: Traits, here: Place, there: Place, limits: Mapping[str, Decimal]) -> Suspicion | None:
    limit = limits.get(a.method)
    if a.unit_id != b.unit_id or a.year != b.year or a.method != b.method or limit is None or a.yuan is None or b.yuan is None:
        return None
    if a.yuan >= limit or b.yuan >= limit or a.yuan + b.yuan < limit:
        return None
    if _PART.findall(core(a.name)) == _PART.findall(core(b.name)) and (_close(a.yuan, b.yuan) or core(a.name) == core(b.name)):
        return None  # no parts are named and the money is one: rather the same work twice
    one, other = _PART.sub("", core(a.name)), _PART.sub("", core(b.name))
    likeness = round(fuzz.ratio(one, other))
    if likeness < ALIKE_PARTS or not (_together(here, there) or here == there == Place("", "")):
        return None
    reasons = (f"名称相似 {likeness}%", "同地同年同方式", f"单个都低于必须招标限额 {limit / 10_000:.0f} 万元，合计达到")
    return Suspicion(Verdict.SPLIT, likeness, reasons)


# -- one against all --------------------------------------------------------------------------------------------------------


def pairs_of_signs(text: str) -> list[str]:
    """Neighbouring pairs of signs of a text, each once, at most MOST_PAIRS."""
    found = dict.fromkeys(text[place : place + 2] for place in range(len(text) - 1))
    return list(found)[:MOST_PAIRS]


def candidates(rows: QuerySet[Project], draft: Traits) -> list[Traits]:
    """Projects worth comparing, found by the database in one query: enough pairs of signs of the name in theirs, or the same money.

    Text that both engines understand; at most MOST_COMPARED rows, those with most in common first.
    """
    pairs = pairs_of_signs(matter(draft.name)) or [matter(draft.name)]
    hits = sum((Case(When(name__contains=pair, then=Value(1)), default=Value(0), output_field=IntegerField()) for pair in pairs), Value(0))
    near = rows.filter(project_year__range=(draft.year - CLOSE_YEARS, draft.year + CLOSE_YEARS))
    if draft.pk is not None:
        near = near.exclude(pk=draft.pk)
    enough = Q(hits__gte=max(1, int(len(pairs) * SHARED)))
    if draft.yuan:
        enough |= Q(unit=draft.unit_id, planned_investment_yuan=draft.yuan)
    found = near.annotate(hits=hits).filter(enough).order_by("-hits", "pk").values_list(*COLUMNS)
    return [Traits(*row) for row in found[:MOST_COMPARED]]


def suspicions(rows: QuerySet[Project], draft: Traits, limits: Mapping[str, Decimal]) -> list[tuple[Traits, Suspicion]]:
    """The projects among `rows` (already limited to what the person sees) that look like this one; most alike first. One query."""
    found = [(other, suspicion) for other in candidates(rows, draft) if (suspicion := judge(draft, other, limits))]
    return sorted(found, key=lambda pair: (-pair[1].likeness, pair[0].pk or 0))


# -- all against all --------------------------------------------------------------------------------------------------------


def all_suspicions(known: Iterable[Traits], limits: Mapping[str, Decimal], year: int) -> list[tuple[Traits, Traits, Suspicion]]:
    """Every suspicious pair with a project of the year; `known` are those of the year and of the one before. Memory only.

    Each pair once, its projects by number, most alike first.

    Names are compared within a unit; over units only where the matter is the same and the place or the money, too.
    """
    rows = sorted((one for one in known if one.method != Method.FEE), key=lambda one: (one.year != year, one.pk or 0))
    found = {}
    for a, b in _pairs(rows, year):
        key = (min(a.pk or 0, b.pk or 0), max(a.pk or 0, b.pk or 0))
        if key not in found and (suspicion := judge(a, b, limits)):
            found[key] = (a, b, suspicion) if (a.pk or 0) < (b.pk or 0) else (b, a, suspicion)
    return sorted(found.values(), key=lambda three: (three[2].verdict, -three[2].likeness, three[0].pk or 0, three[1].pk or 0))


def _pairs(rows: list[Traits], year: int) -> Iterator[tuple[Traits, Traits]]:
    """Pairs worth judging: like names within a unit, the same matter or money anywhere. Rows of the year stand first."""
    by_unit: dict[int, list[Traits]] = defaultdict(list)
    across: dict[tuple, list[Traits]] = defaultdict(list)
    for one in rows:
        by_unit[one.unit_id].append(one)
        place = place_of(one.name, one.site)
        if place.village or place.town:
            across["place", place.village or place.town, matter(one.name)[:2]].append(one)
        if one.yuan:
            across["money", one.yuan, core(one.name)[-3:]].append(one)
    for group in by_unit.values():
        yield from _like_names(group, year)
    for group in across.values():
        for number, a in enumerate(group[:MOST_COMPARED]):
            if a.year != year:
                break
            for b in group[number + 1 : MOST_COMPARED]:
                if a.unit_id != b.unit_id:
                    yield a, b


def _like_names(group: list[Traits], year: int) -> Iterator[tuple[Traits, Traits]]:
    words = [_PART.sub("", matter(one.name)) for one in group]
    for number, word in enumerate(words[:-1]):
        if group[number].year != year:
            break
        rest = words[number + 1 :]
        for _, _, place in process.extract_iter(word, rest, scorer=fuzz.ratio, score_cutoff=min(ALIKE_WITH_MONEY, ALIKE_PARTS) - 5):
            yield group[number], group[number + 1 + place]
