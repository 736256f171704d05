"""Small tools of the ground's actions: saving with the model's own rules, and what changed for the trail."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from linkage import access
from linkage.errors import Refusal

_UNSPOKEN = {"password", "last_login"}


def need(by, permission: str, target) -> None:
    """Raise PermissionDenied unless `by` holds the permission for the target (a region or something with a region)."""
    if not access.may(by, permission, target):
        raise access.Denied("您的岗位不能办理此事。", permission, target=target)


def keep(row: models.Model) -> None:
    """Validate with fields, uniqueness and constraints, then save. Broken rules → Refusal with their words."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise Refusal("；".join(error.messages)) from error
    row.save()


def check_dates(since: date, until: date | None) -> None:
    """Refuse a span that ends before it begins."""
    if until and until < since:
        raise Refusal("截止日期不能早于起始日期。", code="dates")


def facts(row: models.Model) -> dict[str, Any]:
    """The row's values for the trail; passwords never."""
    return {
        f.attname: getattr(row, f.attname)
        for f in row._meta.concrete_fields
        if f.name not in _UNSPOKEN and not f.primary_key
    }


def changed(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what differs, as (before, after)."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}
