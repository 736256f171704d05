"""Changing what the office may change, from a day on, with its ground (features 11.2)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from linkage import access, audit, periods, rules
from linkage.errors import Refusal
from linkage.models import RuleVersion, User


def change(
    *, code: str, value: Any, effective_from: date, by: User, document: str = "", reason: str = "", at: datetime | None = None
) -> RuleVersion:
    """A new version of one rule from `effective_from` on (the office's own act: marked 已核对).

    Needs a document or a reason; a day before today needs the reason. The value in force may be confirmed once as it is.
    Snapshots and periods that are already open keep the version written on them.
    """
    at = at or periods.now()
    _may_edit(by)
    rule, document, reason = rules.CATALOGUE[code], document.strip(), reason.strip()
    value = _clean(rule, value)
    _grounded(effective_from, document, reason, periods.day_of(at))
    version, in_force = rules.RuleBook().version(code, effective_from)
    if in_force == value and version and RuleVersion.objects.filter(pk=version, is_verified=True).exists():
        raise Refusal(f"“{rule.title}”与当日执行的取值相同，无须修改。", code="no_change")
    try:
        with transaction.atomic():
            row = RuleVersion.objects.create(
                code=code, value=value, effective_from=effective_from, document=document, reason=reason, is_verified=True,
                author=by, created_at=at,
            )  # fmt: skip
            audit.record(
                by=by, verb="修改规则", target=row, at=at, before={"value": in_force},
                after={"value": value, "effective_from": effective_from, "document": document, "reason": reason},
            )  # fmt: skip
    except IntegrityError:
        raise Refusal(f"“{rule.title}”在 {effective_from} 已有一个版本，请另选生效日期。", code="day_taken") from None
    rules.forget()
    return row


def withdraw(*, version: RuleVersion, by: User, reason: str, at: datetime | None = None) -> None:
    """Take back a change that has not begun yet. One in force is changed by another version, never removed."""
    at = at or periods.now()
    _may_edit(by)
    rule = rules.CATALOGUE[version.code]
    if version.effective_from <= periods.day_of(at):
        raise Refusal(f"“{rule.title}”的这个版本已经生效，只能再作修改，不能撤回。", code="in_force")
    if not reason.strip():
        raise Refusal("请写明撤回的理由。", code="reason_needed")
    with transaction.atomic():
        audit.record(
            by=by, verb="撤回规则修改", target=version, at=at,
            before={"value": version.value, "effective_from": version.effective_from}, after={"reason": reason.strip()},
        )  # fmt: skip
        version.delete()
    rules.forget()


def _may_edit(by: User) -> None:
    if not access.may(by, "rule.edit"):
        raise access.Denied("您的岗位不能修改规则。", "rule.edit")


def _clean(rule: rules.Rule, value: Any) -> Any:
    try:
        return rule.clean(value)
    except ValidationError as error:
        raise Refusal(" ".join(error.messages), code="value") from None


def _grounded(effective_from: date, document: str, reason: str, today: date) -> None:
    if not document and not reason:
        raise Refusal("修改规则须写明依据文件或理由。", code="ground_needed")
    if effective_from < today and not reason:
        raise Refusal("生效日期在今天之前，须写明理由。", code="reason_needed")
