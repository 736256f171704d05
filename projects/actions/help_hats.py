"""Who may ask for help, and in which capacities a person acts on a 提请协调 (features 1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from linkage import access
from linkage.models import Region, Role, Seat
from projects.models import HelpRequest, Project, Tier
from projects.models.help_request import OFFICE_OF_COUNTY, answering, stands_behind
from projects.states import help_requests as states


@dataclass(frozen=True)
class Hats:
    """In which capacities a person acts on a request: hat → the permission it rests on."""

    answerer: str = ""
    recorder: str = ""  # records for a body none of whose people can log in
    office: str = ""
    asker: str = ""

    def for_move(self, transition: states.Move) -> str:
        """The permission by which this person makes the move; empty when it is not theirs."""
        if transition.side == states.ASKER:
            return self.asker
        return self.answerer or self.recorder or (self.office if transition is states.FORWARD else "")


def hats(by, request: HelpRequest, *, on: date) -> Hats:
    """At most one query, and only for those who record for others."""
    answerer = _answers(by, request)
    office = states.DECIDE if access.may(by, states.DECIDE, request) else ""
    recorder = states.RECORD if not answerer and request.tier == Tier.BODY and access.may(by, states.RECORD, request) and is_stuck(request, on) else ""
    asker = next((one for one in (states.RAISE, states.ANSWER) if access.may(by, one, request)), "") if stands_behind(by, request) else ""
    return Hats(states.ANSWER if answerer else "", recorder, office, asker)


def _answers(by, request: HelpRequest) -> bool:
    for grant in answering(by):
        if not grant.covers(request.unit.path):
            continue
        if request.tier == Tier.BODY and grant.organisation_id is not None and grant.organisation_id == request.holder_id:
            return True
        if request.tier == Tier.COUNTY and grant.role in OFFICE_OF_COUNTY:
            return True
        if request.tier == Tier.PREFECTURE and states.DECIDE in grant.permissions:
            return True
    return False


def is_stuck(request: HelpRequest, on: date) -> bool:
    """Has the body that is asked nobody who can log in? One query."""
    return not Seat.objects.on(on).filter(organisation=request.holder_id, user__is_active=True, user__is_service=False).exists()


def may_raise(by, target: Project | Region) -> bool:
    """In one's own name; the implementer for a project of its own only, never for a county at large."""
    if isinstance(target, Region):
        return any(states.RAISE in grant.permissions and grant.role != Role.IMPLEMENTER and grant.covers(target.path) for grant in access.grants_of(by))
    return access.may(by, states.RAISE, target)


def may_register(by, project: Project) -> bool:
    """代登记 is for whoever answers such calls: the bodies and the offices, for projects in their sight."""
    return access.may(by, states.ANSWER, project)
