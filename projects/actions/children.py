"""Rows that hang on a project (assets, publications, targets): written whole, at the revision the person saw."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import F

from linkage import access, audit, money
from linkage.errors import Refusal, StaleRevision
from projects import states
from projects.checks import refuse_personal_data
from projects.models import Project

STALE = "您打开页面之后别人已改过这条记录，请核对最新内容后再保存；您填的内容还在。"


def need_edit(project: Project, by) -> None:
    if not access.may(by, states.EDIT, project):
        raise PermissionDenied("您的岗位可以查看这个项目，但不能登记。")


def known(values: Mapping[str, Any], fields: Sequence[str]) -> None:
    """A caller's mistake, not a person's."""
    if unknown := set(values) - set(fields):
        raise TypeError(f"not fields: {sorted(unknown)}")


def add(row: models.Model, *, by, verb: str, texts: Sequence[str], at: datetime) -> None:
    """Check the new row with the model's own rules and write it. Raises Refusal."""
    refuse_personal_data(*(getattr(row, name) for name in texts))
    clean(row)
    row.save(force_insert=True)
    audit.record(by=by, verb=verb, target=row, after=words(row, _told(row)), at=at)


def change(row, values: Mapping[str, Any], *, revision: int, by, verb: str, texts: Sequence[str], at: datetime) -> None:
    """One conditional UPDATE of what differs; unchanged values write nothing. Raises Refusal, StaleRevision."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    refuse_personal_data(*(str(changed[name]) for name in texts if name in changed))
    if not changed:
        return
    wished = copy.copy(row)
    for name, value in changed.items():
        setattr(wished, name, value)
    clean(wished)
    before = words(row, changed)
    if not type(row).objects.filter(pk=row.pk, revision=revision).update(revision=F("revision") + 1, updated_at=at, **changed):
        raise StaleRevision(STALE)
    row.refresh_from_db()
    audit.record(by=by, verb=verb, target=row, before=before, after=words(row, changed), at=at)


def clean(row: models.Model) -> None:
    """The model's own rules; broken ones as Refusal in their words."""
    try:
        row.full_clean(exclude=["project", "asset"])
    except ValidationError as error:
        raise Refusal("；".join(error.messages), code="invalid") from None


def _told(row: models.Model) -> list[str]:
    return [field.name for field in row._meta.concrete_fields if field.name not in ("id", "project", "asset", "revision", "created_at", "updated_at")]


def words(row: models.Model, names) -> dict[str, str]:
    """Fields as people read them, for the trail."""
    found = {}
    for name in names:
        value = getattr(row, name)
        if name.endswith("_yuan") and value is not None:
            value = f"{money.wan_text(value)} 万元"
        elif choices := row._meta.get_field(name).flatchoices:
            value = dict(choices).get(value, value)
        found[name] = "空" if value in (None, "") else str(value)
    return found
