"""Giving over 提请协调: whoever takes them becomes 承办人 and 对接人 in the place of who leaves (features 1.6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from linkage import audit
from linkage.actions.handover import person_words
from linkage.models import Seat, User
from projects.models import HelpRequest


def take(*, seat: Seat, keys: Sequence[str], to: User, by, at: datetime) -> None:
    """Another 承办人 or 对接人 where the leaver was named; who signed and answered stays in the course. Clocks run on."""
    rows = HelpRequest.objects.open().select_for_update(of=("self",)).select_related("unit", "project").filter(pk__in=keys).order_by("pk")
    for row in rows:
        changes = {}
        if row.signed_by_id == seat.user_id:
            changes |= {"signed_by": to}
        if row.contact_id == seat.user_id:
            changes |= {"contact": to, "contact_name": person_words(to)[:80]}
        if changes:
            HelpRequest.objects.filter(pk=row.pk).update(**changes, revision=F("revision") + 1)
            audit.record(by=by, verb="交接提请协调", target=row, before={"承办人": seat.user.name}, after={"承办人": to.name}, at=at)
