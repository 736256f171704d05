"""Reading one's notices. Whose they are is the whole right to them."""

from __future__ import annotations

from datetime import datetime

from linkage import periods
from linkage.models import Notification, User


def mark_read(*, notification: Notification, by: User, at: datetime | None = None) -> None:
    """Note when its reader first opened it; later openings change nothing."""
    Notification.objects.visible_to(by).unread().filter(pk=notification.pk).update(read_at=at or periods.now())


def mark_all_read(*, by: User, at: datetime | None = None) -> int:
    """Mark everything unread as read; gives how many."""
    return Notification.objects.visible_to(by).unread().update(read_at=at or periods.now())
