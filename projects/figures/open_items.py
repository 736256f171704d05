"""What is open in a seat, for handing over: procedures at a body or back at the county, plans that wait, 提请协调 to answer or
to confirm (features 1.6)."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from linkage import periods
from linkage.handover import OpenItem
from linkage.models import Role, Seat
from projects.models import AnnualPlan, Confirmation, HelpRequest, PlanState, Procedure, Tier
from projects.states import help_requests as help_states
from projects.states import procedures as states

_DEPARTMENTS = (Role.COUNTY_DEPT, Role.DEPT_CLERK, Role.DEPT_HEAD)
_PLANS = {Role.COUNTY_CLERK: (PlanState.DRAFT, PlanState.RETURNED), Role.COUNTY_CHIEF: (PlanState.DECIDING,)} | dict.fromkeys(
    (Role.OFFICE_CLERK, Role.OFFICE_HEAD), (PlanState.FILING,)
)


def procedures(seat: Seat, on: date) -> list[OpenItem]:
    """A department's: what its body has in hand or has to confirm. A county clerk's: 补正, refused ones, disputes. What nobody has
    applied for yet is no work in hand. One query."""
    rows = Procedure.objects.current().filter(project__unit__path__startswith=seat.region.path)
    unsettled = Q(confirmation__in=[Confirmation.WAITING, Confirmation.DISPUTED])
    if seat.role in _DEPARTMENTS:
        rows = rows.filter(Q(state__in=states.WITH_BODY) | unsettled, handler=seat.organisation)
    elif seat.role == Role.COUNTY_CLERK:
        rows = rows.filter(Q(state__in=(states.CORRECTING, states.TOLERANT, *states.FAILED)) | Q(confirmation=Confirmation.DISPUTED))
    else:
        return []
    found = rows.select_related("project", "kind").order_by("promised_due_on", "pk")
    return [OpenItem(str(row.pk), f"{row.project.name}：{row.kind.name}", _state(row), row.due_on, row.get_absolute_url()) for row in found]


def _state(row: Procedure) -> str:
    """已受理; 准予，代录待确认."""
    unsettled = row.confirmation in (Confirmation.WAITING, Confirmation.DISPUTED)
    return f"{row.state_words}，{row.get_confirmation_display()}" if unsettled else row.state_words


def plans(seat: Seat, on: date) -> list[OpenItem]:
    """Plans whose next step is this seat's. One query."""
    if seat.role not in _PLANS:
        return []
    rows = AnnualPlan.objects.filter(unit__path__startswith=seat.region.path, state__in=_PLANS[Role(seat.role)]).select_related("unit").order_by("pk")
    return [OpenItem(str(row.pk), str(row), row.get_state_display(), None, row.get_absolute_url()) for row in rows]


def help_requests(seat: Seat, on: date) -> list[OpenItem]:
    """提请协调 whose next step is this seat's: to sign or to answer for the body or office that is asked, to confirm for who asked.
    A county's and the prefecture's office hold them at the clerk's desk, which stays whoever signs there. One query."""
    answer, confirm = Q(state__in=help_states.WITH_BODY), Q(state=help_states.ANSWERED)
    if seat.role == Role.IMPLEMENTER:
        mine = confirm & (Q(asker_body=seat.organisation) | Q(is_by_phone=True, project__implementer=seat.organisation))
    elif seat.role in _DEPARTMENTS:
        mine = answer & Q(tier=Tier.BODY, holder=seat.organisation) | confirm & Q(asker_body=seat.organisation)
    elif seat.role == Role.COUNTY_CLERK:
        mine = answer & Q(tier=Tier.COUNTY) | confirm & Q(asker_body=None, asker_region=seat.region)
    elif seat.role == Role.OFFICE_CLERK:
        mine = answer & Q(tier=Tier.PREFECTURE) | confirm & Q(raised_by=seat.user)
    else:
        return []
    rows = HelpRequest.objects.filter(mine, unit__path__startswith=seat.region.path).select_related("project", "unit").order_by("answer_due_at", "pk")
    return [OpenItem(str(row.pk), _asked(row), row.get_state_display(), _day(row), row.get_absolute_url()) for row in rows]


def _asked(row: HelpRequest) -> str:
    """HM-XT-2026-0004 某村道路项目：用地预审材料递交后……"""
    return f"{row.code} {row.project or row.unit.name}：{row.text[:60]}"


def _day(row: HelpRequest) -> date | None:
    return periods.day_of(row.due_at) if row.due_at else None
