"""Notices as rows; each app's `notices.py` decides words and recipients (exemplars §11)."""

from collections.abc import Iterable
from datetime import datetime

from linkage import periods
from linkage.models import Notification, Seat, User


def tell(users: Iterable[User], *, key: str, title: str, body: str = "", url: str = "", due_at: datetime | None = None,
         at: datetime | None = None) -> int:  # fmt: skip
    """Tell each person once per `key`; gives the number of people addressed. Runs inside the acting transaction."""
    rows = [
        Notification(user=user, dedupe_key=key[:160], title=title[:160], body=body, url=url, due_at=due_at, created_at=at or periods.now())
        for user in set(users)
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def holders(role: str, region, on) -> list[User]:
    """Active people who hold this role for exactly this region on a day, acting holders and B岗 included."""
    seats = Seat.objects.on(on).filter(role=role, region=region, user__is_active=True).select_related("user")
    return list({seat.user for seat in seats})
