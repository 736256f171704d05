"""To whom a problem goes: the body for its matter, else the task force's office; and who is next when it is 升级 (features 1.2, 1.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from linkage.figures import contacts
from linkage.models import (
    Function,
    Matter,
    Organisation,
    OrganisationFunction,
    Region,
    RegionKind,
    Responsibility,
    TaskLead,
    User,
)
from projects.models import HelpRequest, Tier
from projects.models.help_request import holder_words

# Words by which a problem tells its matter, where nobody has said it. The longest one that is found decides.
_TELLING: dict[str, tuple[str, ...]] = {
    "land": ("用地", "选址", "征地", "占地"), "proposal": ("立项", "可研", "项目批复"), "planning": ("规划许可",), "forest-land": ("林地", "林木采伐"),
    "eia": ("环评", "环境影响"), "water": ("水土保持", "水保方案"), "road": ("道路管辖", "公路", "道路权属"), "budget-review": ("财政评审", "概算", "预算评审"),
    "tender": ("招标", "流标", "中标"), "procurement": ("政府采购",), "permit": ("施工许可", "开工许可"), "acceptance": ("竣工验收", "验收"),
    "payment": ("资金拨付", "拨付", "拨款", "支付", "付款", "报账"), "construction": ("施工单位", "停工", "工期", "监理"),
}  # fmt: skip


@dataclass(frozen=True)
class Route:
    """Who is asked: a body, or an office; the person named for it where there is one; `why` it goes there."""

    tier: str
    body: Organisation | None
    unit: Region
    contact: User | None = None
    contact_name: str = ""
    why: str = ""

    @property
    def words(self) -> str:
        return holder_words(self.tier, self.body, self.unit)


def matter_told_by(text: str, matters: Iterable[Matter]) -> Matter | None:
    """The matter a problem speaks of; None when no word tells it."""
    by_code = {matter.code: matter for matter in matters}
    found = [(len(word), -place, code) for place, (code, words) in enumerate(_TELLING.items()) for word in words if word in text and code in by_code]
    return by_code[max(found)[2]] if found else None


def route_for(*, unit: Region, matter: Matter | None, on: date, asker_body_id: int | None = None, asked_by_county: bool = False) -> Route:
    """承办单位 of the matter in the unit; where the unit has none, the prefecture's body for it; else the task force's office.

    Nobody is asked by himself: what would come back to the asker goes one step up. At most three queries.
    """
    body, why = _body(unit, matter, on) if matter else (None, "没有写明事项，由专班办公室统筹")
    if body is not None and body.pk != asker_body_id:
        return to_body(body, unit, matter, on, why)
    if body is not None:
        why = "承办单位就是提请单位，由专班办公室协调"
    if asked_by_county or unit.kind == RegionKind.OWN:
        return to_prefecture(unit, on, why)
    return to_county(unit, why)


def _body(unit: Region, matter: Matter, on: date) -> tuple[Organisation | None, str]:
    answer = Responsibility.objects.on(on).filter(region=unit, matter=matter).select_related("organisation__region").order_by("-since").first()
    if answer is None:
        return None, f"名录中{unit.name}“{matter}”还没有承办单位，由专班办公室统筹"
    if answer.organisation:
        return answer.organisation, f"{unit.name}“{matter}”的承办单位"
    above = Organisation.objects.filter(region=unit.parent_id, is_active=True, is_outside=False, functions__in=_live(matter.function, on))
    return above.select_related("region").order_by("pk").first(), f"{unit.name}无此机构（{answer.note}）"


def _live(function: str, on: date):
    return OrganisationFunction.objects.on(on).filter(function=function)


def to_body(body: Organisation, unit: Region, matter: Matter | None, on: date, why: str = "") -> Route:
    """A body, with its 一对一 contact for the matter (the person of 地区本级's table where it is the prefecture's body). Four queries."""
    liaison = contacts.person_for(unit, matter, on) if matter else None
    if liaison is None or liaison.organisation.pk != body.pk:
        return Route(Tier.BODY, body, unit, why=why)
    return Route(Tier.BODY, body, unit, contact=liaison.user, contact_name=f"{liaison.name}（{liaison.duty}）" if liaison.duty else liaison.name, why=why)


def to_county(unit: Region, why: str = "") -> Route:
    return Route(Tier.COUNTY, None, unit, why=why)


def to_prefecture(unit: Region, on: date, why: str = "") -> Route:
    """The office of the prefecture's task force; the body it is, where the directory names one."""
    offices = Organisation.objects.filter(region=unit.parent_id, is_active=True, functions__in=_live(Function.OFFICE, on))
    return Route(Tier.PREFECTURE, offices.select_related("region").order_by("pk").first(), unit, why=why)


def ways_up(request: HelpRequest, on: date) -> list[Route]:
    """Where this one may be raised to, the next step first: county body → county office → prefecture's office or the task's lead → office.

    Empty at the top. The county's own office, when it asks, is not asked itself. At most two queries.
    """
    unit = request.unit
    if request.tier == Tier.PREFECTURE:
        return []
    by_county = request.asker_body_id is None and request.asker_region_id == unit.pk
    in_county = request.tier == Tier.BODY and request.holder is not None and request.holder.region.path.startswith(unit.path)
    if in_county and not by_county and unit.kind != RegionKind.OWN:
        return [to_county(unit)]
    ways = [to_prefecture(unit, on)]
    if request.project and (request.tier == Tier.COUNTY or in_county):
        ways += [to_body(lead, unit, request.matter, on) for lead in _leads(request, on)]
    return ways


def _leads(request: HelpRequest, on: date) -> list[Organisation]:
    """The prefecture's departments that lead the project's task and have not asked themselves."""
    leads = TaskLead.objects.on(on).filter(task=request.project.task_id, organisation__region=request.unit.parent_id)
    return [lead.organisation for lead in leads.select_related("organisation__region").order_by("pk") if lead.organisation_id != request.asker_body_id]


def bodies_for(request: HelpRequest) -> list[Organisation]:
    """Bodies it may be passed to: of the unit and of those above it, working ones, neither the holder nor the project's implementer."""
    places = [request.unit_id, request.unit.parent_id]
    carriers = OrganisationFunction.objects.filter(function=Function.IMPLEMENTER).values("organisation_id")
    offices = OrganisationFunction.objects.filter(function=Function.OFFICE, organisation__region=request.unit.parent_id).values("organisation_id")
    rows = Organisation.objects.filter(region__in=places, is_active=True).exclude(pk__in=carriers).exclude(pk__in=offices).select_related("region")
    left_out = {request.holder_id, request.scope_implementer_id, request.asker_body_id}
    found = [body for body in rows if body.pk not in left_out]
    return sorted(found, key=lambda body: (body.region_id != request.unit_id, body.is_outside, body.pk))
