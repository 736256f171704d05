"""Which 报账 steps a county has: set by the office from a day on (features 4.5)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from funds.models import ClaimRoute
from linkage import access, audit, periods
from linkage.errors import Refusal
from linkage.models import Region


@transaction.atomic
def set_claim_route(
    *, unit: Region, effective_from: date, has_claim: bool, has_review: bool, document_no: str = "", by, at: datetime | None = None
) -> ClaimRoute:
    """The steps of a unit from a day on; the same day again puts the version of that day right.

    Raises PermissionDenied without rule.edit, Refusal for a unit that does not report.
    """
    at = at or periods.now()
    if not access.may(by, "rule.edit"):
        raise access.Denied("报账环节由专班办公室主任维护。", "rule.edit")
    if not unit.is_reporting:
        raise Refusal(f"{unit}不是填报单位，没有报账环节。", code="wrong_region")
    values = {"has_claim": has_claim, "has_review": has_review, "document_no": document_no.strip()}
    standing = ClaimRoute.objects.select_for_update().filter(unit=unit, effective_from=effective_from).first()
    before = {name: getattr(standing, name) for name in values} if standing else None
    route, _ = ClaimRoute.objects.update_or_create(
        unit=unit, effective_from=effective_from, defaults=values | {"author": by}, create_defaults=values | {"author": by, "created_at": at}
    )
    audit.record(by=by, verb="设置报账环节", target=route, at=at, before=before, after=values | {"unit": unit.name, "effective_from": str(effective_from)})
    return route
