"""A person's own account."""

from datetime import datetime

from django.db import transaction

from linkage import audit, periods
from linkage.models import User


@transaction.atomic
def record_login(*, by: User, at: datetime | None = None, in_place: bool = False) -> None:
    """Keep in the trail that the person logged in; `in_place` when a session had expired on an open page."""
    audit.record(by=by, verb="页内重新登录" if in_place else "登录", target=by, at=at or periods.now(), region_path="")


@transaction.atomic
def record_logout(*, by: User, at: datetime | None = None) -> None:
    """Keep in the trail that the person logged out."""
    audit.record(by=by, verb="退出登录", target=by, at=at or periods.now(), region_path="")


@transaction.atomic
def change_password(*, by: User, new_password: str, at: datetime | None = None) -> None:
    """Set the person's own new password (validated by the form); ends the duty to change an initial one.

    All other sessions of the person end with it, because their session hash no longer fits.
    """
    by.set_password(new_password)
    by.must_change_password = False
    by.save(update_fields=["password", "must_change_password"])
    audit.record(by=by, verb="修改密码", target=by, at=at or periods.now(), region_path="")
