"""Recording assets after acceptance, and what they bring (features 2.10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F

from linkage import audit, periods
from linkage.errors import Refusal, StaleRevision, WrongState
from projects import states
from projects.actions.children import STALE, add, change, clean, known, need_edit, words
from projects.checks import refuse_personal_data
from projects.models import Asset, AssetIncome, Method, Project

TEXTS = ("name", "quantity", "owner", "registration", "hand_over_document", "caretaker", "idle_reason")
FIELDS = (
    "name", "kind", "quantity", "value_yuan", "owner_kind", "owner", "registered_on", "registration", "handed_over_on", "hand_over_document",
    "caretaker", "idle_since", "idle_reason",
)  # fmt: skip
WITHOUT_ASSETS = (Method.SUBSIDY, Method.TRAINING, Method.FEE)


def may_have_assets(project: Project) -> bool:
    """After 验收, or where the method is not accepted after its last stage (资金到位 of an equity project)."""
    return not why_no_assets(project)


def why_no_assets(project: Project) -> str:
    """In words what stands in the way of an asset; empty when nothing does."""
    if project.method in WITHOUT_ASSETS:
        return f"{project.get_method_display()}项目不形成资产。"
    rail = states.rail(project.method)
    needed = states.ACCEPTED if states.ACCEPTED in rail else states.FINISHED
    if project.stage in rail and rail.index(project.stage) >= rail.index(needed):
        return ""
    words_for = states.STAGE_WORDS.get(project.method, {}).get(needed) or {"accepted": "验收", "finished": "完工"}[needed]
    return f"项目现在是“{project.stage_words}”，{words_for}以后才登记资产。"


def _refuse_future(values: Mapping[str, Any], at: datetime) -> None:
    for name in ("registered_on", "handed_over_on", "idle_since"):
        if values.get(name) and values[name] > periods.day_of(at):
            raise Refusal(f"{Asset._meta.get_field(name).verbose_name}不能晚于今天。", code="in_future")


@transaction.atomic
def record_asset(*, project: Project, by, at: datetime | None = None, **values: Any) -> Asset:
    """A new asset of an accepted project. Raises PermissionDenied, WrongState (before acceptance), Refusal."""
    at = at or periods.now()
    need_edit(project, by)
    if reason := why_no_assets(project):
        raise WrongState(reason)
    known(values, FIELDS)
    _refuse_future(values, at)
    asset = Asset(project=project, created_at=at, updated_at=at, **values)
    add(asset, by=by, verb="登记资产", texts=TEXTS, at=at)
    return asset


@transaction.atomic
def update_asset(*, asset: Asset, by, revision: int, at: datetime | None = None, **values: Any) -> Asset:
    """Change an asset as seen at `revision`: registration, hand-over, caretaker, 闲置. Raises PermissionDenied, Refusal, StaleRevision."""
    at = at or periods.now()
    need_edit(asset.project, by)
    _refuse_future(values, at)
    change(asset, values, revision=revision, by=by, verb="修改资产", texts=TEXTS, at=at)
    return asset


@transaction.atomic
def record_income(
    *, asset: Asset, year: int, income_yuan: Decimal, to_village_yuan: Decimal, to_households_yuan: Decimal, upkeep_yuan: Decimal, by, revision: int,
    note: str = "", at: datetime | None = None,
) -> AssetIncome:  # fmt: skip
    """The income of a year and its distribution; the same year again puts it right. Raises PermissionDenied, Refusal, StaleRevision."""
    at = at or periods.now()
    need_edit(asset.project, by)
    if year > periods.day_of(at).year:
        raise Refusal("年度不能晚于今年。", code="in_future")
    if not Asset.objects.filter(pk=asset.pk, revision=revision).update(revision=F("revision") + 1, updated_at=at):
        raise StaleRevision(STALE)
    given = {
        "income_yuan": income_yuan, "to_village_yuan": to_village_yuan, "to_households_yuan": to_households_yuan, "upkeep_yuan": upkeep_yuan, "note": note,
    }  # fmt: skip
    income = asset.incomes.filter(year=year).first()
    if income is None:
        income = AssetIncome(asset=asset, year=year, **given)
        add(income, by=by, verb="登记资产收益", texts=("note",), at=at)
        return income
    before = words(income, INCOME)
    for name, value in given.items():
        setattr(income, name, value)
    refuse_personal_data(note)
    clean(income)
    income.save(force_update=True)
    audit.record(by=by, verb="更正资产收益", target=income, before=before, after=words(income, INCOME), at=at)
    return income


INCOME = ("year", "income_yuan", "to_village_yuan", "to_households_yuan", "upkeep_yuan", "note")
