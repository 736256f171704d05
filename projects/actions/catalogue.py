"""Editing the catalogue of procedures in the browser (features 3.1). Terms are versions by day; the rest is kept in the trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F

from linkage import access, audit, periods
from linkage.errors import Refusal, StaleRevision
from projects.models import ExemptionGround, ProcedureKind, ProcedureTerm
from projects.states import procedures as states

EDITABLE = ("name", "matter", "nature", "methods", "trait", "words", "min_investment_yuan", "blocks_payment", "is_active", "is_verified", "note")


def _require(by) -> None:
    if not access.may(by, states.KEEP):
        raise PermissionDenied("手续目录由地区专班办公室主任修改。")


def _checked(row) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Refusal("；".join(error.messages), code="invalid") from None


@transaction.atomic
def save_kind(
    *, kind: ProcedureKind | None, values: Mapping[str, Any], prerequisites: Iterable[ProcedureKind], by, revision: int = 0, code: str = "",
    at: datetime | None = None,
) -> ProcedureKind:  # fmt: skip
    """Add a kind (`code`), or change one at the revision the person saw. Lists made before keep their procedures.

    Raises PermissionDenied, StaleRevision, Refusal (a ring of prerequisites, a wrong value).
    """
    at, needed = at or periods.now(), list(prerequisites)
    _require(by)
    if unknown := set(values) - set(EDITABLE):
        raise TypeError(f"not fields of a kind: {sorted(unknown)}")
    is_new = kind is None
    row = kind or ProcedureKind(code=code, display_order=ProcedureKind.objects.count() * 10 + 10)
    before = None if is_new else _words(row)
    for name, value in values.items():
        setattr(row, name, value)
    _checked(row)
    if not is_new:
        _refuse_rings(row, needed)
        if not ProcedureKind.objects.filter(pk=row.pk, revision=revision).update(revision=F("revision") + 1):
            raise StaleRevision("您打开页面之后别人已改过这项手续，请核对最新内容后再保存。")
        row.revision = revision + 1
    else:
        row.revision = 1
    row.save()
    row.prerequisites.set(needed)
    audit.record(by=by, verb="登记手续目录" if is_new else "修改手续目录", target=row, at=at, before=before, after=_words(row))
    return row


def _words(kind: ProcedureKind) -> dict[str, Any]:
    found = {str(ProcedureKind._meta.get_field(name).verbose_name): _word(getattr(kind, name)) for name in EDITABLE}
    return found | {"前置手续": "、".join(sorted(str(one) for one in kind.prerequisites.all())) if kind.pk else ""}


def _word(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | list) else str(value)


def _refuse_rings(kind: ProcedureKind, needed: list[ProcedureKind]) -> None:
    needs = {pk: set(found) for pk, found in _edges().items()} | {kind.pk: {one.pk for one in needed}}
    seen, ahead = set(), set(needs[kind.pk])
    while ahead:
        if kind.pk in ahead:
            raise Refusal("前置手续绕成了圈：所选手续又以本手续为前置。请去掉其中一项。", code="ring")
        seen |= ahead
        ahead = {pk for one in ahead for pk in needs.get(one, ())} - seen


def _edges() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for after, before in ProcedureKind.prerequisites.through.objects.values_list("from_procedurekind_id", "to_procedurekind_id"):
        found.setdefault(after, []).append(before)
    return found


@transaction.atomic
def change_term(
    *, kind: ProcedureKind, effective_from: date, by, legal_days: int | None = None, legal_basis: str = "", promised_days: int | None = None,
    promised_basis: str = "", reason: str = "", at: datetime | None = None,
) -> ProcedureTerm:  # fmt: skip
    """A new version of the days from a day on, confirmed by the office. Procedures accepted before keep theirs.

    A day before today needs a reason. Raises PermissionDenied, Refusal.
    """
    at = at or periods.now()
    _require(by)
    if legal_days is None and promised_days is None:
        raise Refusal("请填写法定工作日或承诺工作日。", code="days_needed")
    if effective_from < periods.day_of(at) and not reason.strip():
        raise Refusal("生效日期在今天之前，须写明修改说明。", code="reason_needed")
    term = ProcedureTerm(
        kind=kind, effective_from=effective_from, legal_days=legal_days, legal_basis=legal_basis.strip(), promised_days=promised_days,
        promised_basis=promised_basis.strip(), reason=reason.strip(), is_verified=True, author=by, created_at=at,
    )  # fmt: skip
    _checked(term)
    term.save()
    ProcedureKind.objects.filter(pk=kind.pk).update(revision=F("revision") + 1)
    kind.refresh_from_db(fields=["revision"])
    audit.record(
        by=by, verb="修改手续时限", target=kind, at=at,
        after={"自": effective_from, "法定": legal_days, "法定依据": legal_basis, "承诺": promised_days, "承诺依据": promised_basis, "说明": reason},
    )  # fmt: skip
    return term


@transaction.atomic
def add_ground(*, kind: ProcedureKind, text: str, basis: str, by, below_yuan=None, at: datetime | None = None) -> ExemptionGround:
    """A further reason for 免办 with its legal basis."""
    at = at or periods.now()
    _require(by)
    ground = ExemptionGround(kind=kind, text=text.strip(), basis=basis.strip(), below_yuan=below_yuan, is_verified=True)
    _checked(ground)
    ground.save()
    audit.record(by=by, verb="登记免办情形", target=kind, at=at, after={"text": ground.text, "basis": ground.basis})
    return ground


@transaction.atomic
def drop_ground(*, ground: ExemptionGround, by, at: datetime | None = None) -> None:
    """No longer offered; procedures that rest on it keep its words."""
    at = at or periods.now()
    _require(by)
    audit.record(by=by, verb="删除免办情形", target=ground.kind, at=at, before={"text": ground.text, "basis": ground.basis})
    ground.delete()
