"""Keeping and withdrawing the documents and photographs of projects and of what belongs to them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import PurePosixPath
from typing import IO, Any

from django.db import transaction

from linkage import access, audit, periods, uploads
from linkage.errors import Refusal, WrongState
from linkage.models import DictionaryEntry, DictionaryKind
from projects import states
from projects.actions.plain_files import keep, looked_into
from projects.checks import refuse_personal_data
from projects.models import AnnualPlan, Contract, Procedure, Project, ProjectDocument, owner_name
from projects.states import contract as contracts
from projects.states import plans, procedures

ADD = "document.add"
MAY_NOT = "您的岗位不能在这里上传资料。"

Owner = Any  # one of the models behind DOCUMENT_OWNERS
Right = tuple[str, Any]  # a permission, and the object on which it is asked


def rights_to_add(owner: Owner) -> list[Right]:
    """Each of them suffices. A contract's file may come from whoever uploads for one of its projects: one query."""
    if isinstance(owner, Project):
        return [(ADD, owner)]
    if isinstance(owner, AnnualPlan):
        return [(plans.COMPOSE, owner), (plans.SIGN, owner)]
    if isinstance(owner, Contract):
        return [(contracts.EDIT, owner), *((ADD, project) for project in owner.projects.select_related("unit"))]
    if isinstance(owner, Procedure):
        return [(procedures.ACT, owner), (ADD, owner.project)]
    return [(ADD, owner.project)]


def right_to_keep(owner: Owner) -> Right:
    """Who may withdraw what others have uploaded."""
    if isinstance(owner, AnnualPlan):
        return plans.COMPOSE, owner
    if isinstance(owner, Contract):
        return contracts.EDIT, owner
    return states.EDIT, owner if isinstance(owner, Project) else owner.project


def unit_of(owner: Owner):
    return owner.unit if isinstance(owner, Project | AnnualPlan | Contract) else owner.project.unit


def may_add(user, owner: Owner) -> bool:
    return any(access.may(user, permission, target) for permission, target in rights_to_add(owner))


def need_add(user, owner: Owner) -> None:
    """Raises PermissionDenied with the right that is missing."""
    if not may_add(user, owner):
        permission, target = rights_to_add(owner)[0]
        raise access.Denied(MAY_NOT, permission, target=target)


@transaction.atomic
def add_document(
    *, owner: Owner, file: IO[bytes], kind: DictionaryEntry, by, title: str = "", document_no: str = "", dated_on: date | None = None,
    at: datetime | None = None,
) -> ProjectDocument:  # fmt: skip
    """Keep a PDF or picture after looking into it; place and device are taken out of pictures, their day fills `dated_on`.

    Raises PermissionDenied, UnfitFile (kind, size by rule, incomplete, broken), Refusal (kept already, no kind of document, a date
    to come, personal numbers in the words).
    """
    at = at or periods.now()
    need_add(by, owner)
    if kind.kind != DictionaryKind.DOCUMENT or not kind.is_active:
        raise Refusal("请选择资料种类。", code="kind")
    today = periods.day_of(at)
    if dated_on and dated_on > today:
        raise Refusal("日期不能晚于今天。", code="future_date")
    refuse_personal_data(title, document_no)
    found = looked_into(file, on=today)
    _refuse_twin(owner, uploads.sha256_of(found.content))
    upload = keep(found, by=by, region=unit_of(owner), at=at)
    day = dated_on or (found.taken_on if found.taken_on and found.taken_on <= today else None)
    document = ProjectDocument.objects.create(
        **{owner_name(owner): owner}, upload=upload, kind=kind, title=title.strip() or PurePosixPath(found.name).stem[:120],
        document_no=document_no.strip(), dated_on=day, added_by=by, added_at=at,
    )  # fmt: skip
    after = {"document": document.title, "kind": kind.name, "name": upload.name, "size": upload.size, "sha256": upload.sha256}
    audit.record(by=by, verb="上传资料", target=owner, after=after, at=at)
    return document


def _refuse_twin(owner: Owner, sha256: str) -> None:
    if twin := owner.documents.standing().filter(upload__sha256=sha256).first():
        raise Refusal(f"这个文件已在资料里：“{twin.title}”。", code="already_kept")


def need_withdraw(user, document: ProjectDocument) -> None:
    """Raises PermissionDenied with the right that is missing."""
    if not may_withdraw(user, document):
        permission, target = right_to_keep(document.owner)
        raise access.Denied("只有上传人和填报员可以撤回资料。", permission, target=target)


def may_withdraw(user, document: ProjectDocument, *, owner: Owner | None = None, adds: bool | None = None) -> bool:
    """Who uploaded it as long as they may upload there, and whoever keeps the owner. A list gives what it knows already."""
    owner = owner or document.owner
    permission, target = right_to_keep(owner)
    if access.may(user, permission, target):
        return True
    return document.added_by_id == user.pk and (may_add(user, owner) if adds is None else adds)


@transaction.atomic
def withdraw_document(*, document: ProjectDocument, reason: str, by, at: datetime | None = None) -> ProjectDocument:
    """Mark it as withdrawn; row and file stay. Raises PermissionDenied, Refusal (no reason), WrongState (withdrawn already)."""
    at = at or periods.now()
    need_withdraw(by, document)
    if not reason.strip():
        raise Refusal("请写明撤回理由。", code="reason_needed")
    refuse_personal_data(reason)
    rows = ProjectDocument.objects.standing().filter(pk=document.pk)
    if not rows.update(withdrawn_at=at, withdrawn_by=by, withdrawn_reason=reason.strip()):
        raise WrongState("这份资料已经撤回。")
    document.refresh_from_db()
    audit.record(by=by, verb="撤回资料", target=document.owner, at=at, before={"document": document.title}, after={"reason": reason.strip()})
    return document
