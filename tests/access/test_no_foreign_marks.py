"""Nothing of what a person may not read is found anywhere: pages, endpoints, sheets; texts and amounts, totals included.

The scene marks texts and uses amounts that cannot come about otherwise. Each amount is looked for as 元 and 万元, with and
without thousands separators, in full and rounded to two decimals.
"""

from __future__ import annotations

import re
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from tests.access.matrix import ENDPOINTS, PAGES
from tests.access.scene import (
    CONTRACTED,
    DOCUMENT,
    DRAFT,
    FOREIGN,
    OWN,
    OWN_DRAFT,
    PLANNED,
    THEIR_DRAFT,
    THEIRS,
    VILLAGE,
)
from tests.access.walking import path_of, read

pytestmark = pytest.mark.django_db

WIDER = (  # addresses that ask for more than one's own
    "/projects/?unit=mohe", "/projects/export/?unit=mohe", "/issues/?unit=mohe&state=", "/funds/?unit=mohe&year=all", "/funds/vouchers/?unit=mohe&year=all",
    "/funds/export/?unit=mohe&year=all", "/funds/vouchers/export/?unit=mohe", "/funds/batches/?year=all", "/funds/pace/?basis=county&as_of=2026-11-19",
    "/funds/pace/?basis=treasury&as_of=2026-11-19", "/weekly/2026-W43/export/", "/weekly/2026-W44/export/", "/weekly/2026-W46/huma/",
    "/weekly/2026-W45/huma/", "/weekly/2026-W44/huma/?rows=all", "/weekly/2026-W44/huma/v1/", "/api/v1/projects/?unit=mohe",
    "/api/v1/vouchers/?unit=mohe", "/api/v1/allocations/?unit=mohe", "/api/v1/spending/?unit=mohe", "/api/v1/issues/?unit=mohe", "/api/v1/progress/?unit=mohe",
    "/api/v1/pace/?basis=county&as_of=2026-11-19", "/api/v1/pace/?basis=treasury", "/api/v1/weekly-reports/?unit=mohe", "/regions/mohe/", "/plans/?unit=mohe",
    "/plans/export/?unit=mohe",
    "/api/v1/plans/?unit=mohe", "/api/v1/project-revisions/?unit=mohe",
    "/contracts/?unit=mohe", "/contracts/export/?unit=mohe", "/contracts/?q=北境", "/projects/alike/?unit=mohe&shown=all", "/api/v1/contracts/?unit=mohe",
    "/documents/?unit=mohe", "/documents/?q=北境", "/documents/export/?unit=mohe&shown=all",
    "/assets/?unit=mohe", "/publicity/?unit=mohe", "/performance/?unit=mohe", "/adjustments/?unit=mohe", "/assets/export/?unit=mohe",
    "/procedures/?unit=mohe&state=all", "/procedures/?state=all", "/procedures/export/?unit=mohe&state=all", "/api/v1/procedures/?unit=mohe",
    "/help-requests/?unit=mohe&show=all", "/help-requests/?show=all&q=北境", "/help-requests/export/?show=all", "/api/v1/help-requests/?unit=mohe",
    "/weekly/2026-W43/mohe/", "/weekly/2026-W43/mohe/v1/", "/weekly/2026-W47/mohe/sheet/",
)  # fmt: skip


def amounts_of(levels: dict[str, tuple[str, str, str]]) -> list[Decimal]:
    """Every amount of one project's money: per level share, arranged, paid, what is left of each; and their sums."""
    rows = [tuple(map(Decimal, row)) for row in levels.values()]
    sums = tuple(sum(column) for column in zip(*rows, strict=True))
    return [amount for share, arranged, paid in {*rows, sums} for amount in (share, arranged, paid, share - paid, arranged - paid)]


def together(*groups: dict[str, tuple[str, str, str]]) -> list[Decimal]:
    """The sums over several projects, level by level and over all levels."""
    found = {}
    for level in {level for group in groups for level in group}:
        rows = [tuple(map(Decimal, group[level])) for group in groups if level in group]
        if len(rows) > 1:
            found[level] = tuple(str(sum(column)) for column in zip(*rows, strict=True))
    everything = tuple(str(sum(Decimal(row[n]) for group in groups for row in group.values())) for n in range(3))
    return amounts_of(found | {"all": everything})


STORE, HOUSES, YARD = OWN["store"], OWN["village"], THEIRS["yard"]
FOREIGN_AMOUNTS = [
    *amounts_of(YARD), *together(STORE, HOUSES, YARD), *together(STORE, YARD), *together(HOUSES, YARD), Decimal(PLANNED["yard"]), Decimal(CONTRACTED["yard"]),
    Decimal("1234567.89"),
    Decimal(THEIR_DRAFT),
    Decimal(DOCUMENT),
]  # fmt: skip
OTHER_TASK = {*amounts_of(STORE), *amounts_of(YARD), *together(STORE, YARD)}  # the village has no provincial money
VILLAGE_AMOUNTS = [
    amount for amount in (
        *amounts_of(HOUSES), *together(STORE, HOUSES), *together(STORE, HOUSES, YARD), Decimal(PLANNED["village"]), Decimal(CONTRACTED["village"])
    )
    if amount not in OTHER_TASK
]  # fmt: skip
SHARE_AMOUNTS = [Decimal(share) for share, _, _ in STORE.values()] + [sum(Decimal(share) for share, _, _ in STORE.values())]


def written(amount: Decimal) -> set[str]:
    """How an amount may be written."""
    wan = amount / 10_000
    forms = {f"{amount:.2f}", f"{amount:,.2f}", f"{wan:.6f}", f"{wan:,.6f}", f"{wan:.2f}", f"{wan:,.2f}", f"{amount * 100:.0f}"}
    return forms | {f"{wan:.6f}".rstrip("0"), f"{wan:,.6f}".rstrip("0")}


def pattern(texts: list[str], amounts: list[Decimal]) -> re.Pattern[str]:
    numbers = sorted({form for amount in amounts for form in written(amount)})
    return re.compile("|".join(map(re.escape, texts)) + r"|(?<![\d.,])(?:" + "|".join(map(re.escape, numbers)) + r")(?!\d)")


def words_of(response) -> str:
    """What can be read in an answer; a workbook cell by cell, formulas and the names of sheets included."""
    if "spreadsheetml" in response.get("Content-Type", ""):
        book = openpyxl.load_workbook(BytesIO(response.body))
        cells = [str(value) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row if value is not None]
        return "\n".join([*book.sheetnames, *(_plain(cell) for cell in cells)])
    return response.body.decode(errors="ignore")


def _plain(cell: str) -> str:
    """A float of a cell as a decimal of six places without trailing zeros."""
    return f"{Decimal(cell):.6f}".rstrip("0").rstrip(".") if re.fullmatch(r"-?\d+\.\d+", cell) else cell


def paths(scene) -> list[str]:
    pages = [path_of(scene, address, name) for name, address in PAGES.items() if address.get is not None and name != "login"]
    api = [path_of(scene, address, f"api:{name}") for name, address in ENDPOINTS.items() if address.get is not None and name not in ("docs", "schema")]
    foreign = [
        f"/projects/{scene.yard.pk}/", f"/issues/{scene.their_issue.pk}/", f"/funds/shares/{scene.shares['yard', 'central'].pk}/",
        f"/funds/vouchers/{scene.vouchers['yard', 'central'].pk}/", f"/jobs/{scene.foreign.done.pk}/", f"/jobs/{scene.foreign.done.pk}/result/",
        f"/imports/{scene.foreign.checked.pk}/", f"/inbox/{scene.foreign.notice.pk}/open/", f"/projects/{scene.village.pk}/funds/",
        f"/projects/{scene.yard.pk}/documents/{scene.their_document.pk}/", f"/projects/{scene.store.pk}/documents/{scene.their_document.pk}/",
        f"/projects/{scene.village.pk}/documents/{scene.village_document.pk}/", f"/plans/{scene.their_plan.pk}/", f"/plans/{scene.their_plan.pk}/export/",
        f"/plans/{scene.their_plan.pk}/print/",
        f"/projects/{scene.village.pk}/history/", f"/issues/{scene.village_issue.pk}/", f"/funds/shares/{scene.shares['village', 'central'].pk}/",
        f"/contracts/{scene.their_contract.pk}/", f"/assets/{scene.their_asset.pk}/", f"/contracts/{scene.their_contract.pk}/award/",
        f"/publicity/{scene.their_notice.pk}/edit/", f"/projects/{scene.yard.pk}/performance/", f"/performance/{scene.their_target.pk}/edit/",
        f"/procedures/{scene.their_procedure.pk}/", f"/projects/{scene.yard.pk}/procedures/", f"/projects/{scene.village.pk}/procedures/",
        f"/help-requests/{scene.their_help.pk}/", f"/help-requests/{scene.village_help.pk}/", f"/projects/{scene.village.pk}/help/",
        *(f"/funds/batches/{s.batch_id}/" for s in scene.shares.values()),
    ]  # fmt: skip
    return list(dict.fromkeys([*pages, *api, *foreign, *WIDER]))


def found(scene, client, wanted: re.Pattern[str], skip: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    marks, readable = [], 0
    for path in paths(scene):
        if path.startswith(skip):
            continue
        response = read(client, path)
        assert response.status_code < 500, path
        readable += response.status_code == 200
        marks += [(path, hit) for hit in sorted(set(wanted.findall(words_of(response))))]
    assert readable > 15, "nearly nothing was read"
    return marks


def test_the_marks_are_found_where_they_may_be_read(scene, browsers):
    """The looking itself works: who sees everything finds each kind, in pages, endpoints and sheets."""
    hits = found(scene, browsers.of("office"), pattern([FOREIGN, VILLAGE], [*FOREIGN_AMOUNTS, *VILLAGE_AMOUNTS]))
    places = {path.split("?")[0] for path, _ in hits}
    assert {"/projects/", "/projects/export/", "/funds/", "/funds/export/", "/funds/pace/", "/dashboard/", "/api/v1/pace/", "/api/v1/vouchers/"} <= places
    assert {hit for _, hit in hits} >= {FOREIGN, VILLAGE, "3141592.65", "314.159265", "1414213.56"}


@pytest.mark.parametrize("role", ["huma_clerk", "huma_chief", "huma_finance", "huma_agri", "huma_ethnic", "huma_land", "huma_implementer"])
def test_a_county_finds_nothing_of_its_neighbour(scene, browsers, role):
    assert found(scene, browsers.of(role), pattern([FOREIGN], FOREIGN_AMOUNTS)) == []


@pytest.mark.parametrize("role", ["huma_agri", "agri", "huma_implementer", "huma_land", "water", "land"])
def test_who_does_not_lead_a_task_finds_nothing_of_it(scene, browsers, role):
    assert found(scene, browsers.of(role), pattern([VILLAGE], VILLAGE_AMOUNTS)) == []


@pytest.mark.parametrize("role", ["huma_implementer", "huma_land", "water", "land"])
def test_who_sees_single_projects_finds_no_share_of_the_county(scene, browsers, role):
    assert found(scene, browsers.of(role), pattern([FOREIGN], [*SHARE_AMOUNTS, *FOREIGN_AMOUNTS])) == []


@pytest.mark.parametrize("role", ["office", "office_head", "leader", "auditor", "finance", "agri", "water", "mohe_clerk", "huma_implementer"])
def test_a_draft_is_found_by_nobody_outside_the_county(scene, browsers, role):
    own = pattern([] if role == "mohe_clerk" else [DRAFT], [Decimal(OWN_DRAFT)] + ([] if role == "mohe_clerk" else [Decimal(THEIR_DRAFT)]))
    assert found(scene, browsers.of(role), re.compile(own.pattern.lstrip("|")), skip=("/weekly/2026-W47/mohe",) if role == "mohe_clerk" else ()) == []


@pytest.mark.parametrize("role", ["admin", "secadmin"])
def test_the_keepers_find_no_business_data(scene, browsers, role):
    """The gallery of components shows made-up names."""
    everything = [*FOREIGN_AMOUNTS, *VILLAGE_AMOUNTS, *amounts_of(STORE)]
    assert found(scene, browsers.of(role), pattern([FOREIGN, VILLAGE, DRAFT, "冷链仓储"], everything), skip=("/help/gallery/",)) == []
