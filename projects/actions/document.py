"""Keeping and withdrawing the documents and photographs of a project."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO

from django.db import transaction

from linkage import access, audit, periods, pictures, rules, uploads
from linkage.actions.uploads import store_file
from linkage.errors import Refusal, WrongState
from linkage.models import DictionaryEntry, DictionaryKind
from projects import states
from projects.checks import refuse_personal_data
from projects.models import Project, ProjectDocument

ADD = "document.add"
KINDS = uploads.SCAN_KINDS
LIMIT = "document_max_mb"


@transaction.atomic
def add_document(
    *, project: Project, file: IO[bytes], kind: DictionaryEntry, by, title: str = "", document_no: str = "", dated_on: date | None = None,
    at: datetime | None = None,
) -> ProjectDocument:  # fmt: skip
    """Keep a PDF or picture after looking into it; place and device are taken out of pictures, their day fills `dated_on`.

    Raises PermissionDenied, UnfitFile (kind, size by rule, incomplete, broken), Refusal (kept already, no kind of document, a date
    to come, personal numbers in the words).
    """
    at = at or periods.now()
    if not access.may(by, ADD, project):
        raise access.Denied("您的岗位不能给这个项目上传资料。", ADD, target=project)
    if kind.kind != DictionaryKind.DOCUMENT or not kind.is_active:
        raise Refusal("请选择资料种类。", code="kind")
    today = periods.day_of(at)
    if dated_on and dated_on > today:
        raise Refusal("日期不能晚于今天。", code="future_date")
    refuse_personal_data(title, document_no)
    found = uploads.inspect(file, kinds=KINDS, max_bytes=rules.get(LIMIT, on=today) * 1024 * 1024)
    content = pictures.plain(file.read(), found.content_type)
    plain = BytesIO(content.content)
    _refuse_twin(project, uploads.sha256_of(plain))
    name = uploads.clean_name(getattr(file, "name", "") or "文件", found.suffix)
    upload = store_file(by=by, file=plain, name=name, content_type=found.content_type, region=project.unit, at=at)
    day = dated_on or (content.taken_on if content.taken_on and content.taken_on <= today else None)
    document = ProjectDocument.objects.create(
        project=project, upload=upload, kind=kind, title=title.strip() or PurePosixPath(name).stem[:120], document_no=document_no.strip(), dated_on=day,
        added_by=by, added_at=at,
    )  # fmt: skip
    after = {"document": document.title, "kind": kind.name, "name": upload.name, "size": upload.size, "sha256": upload.sha256}
    audit.record(by=by, verb="上传资料", target=project, after=after, at=at)
    return document


def _refuse_twin(project: Project, sha256: str) -> None:
    if twin := project.documents.standing().filter(upload__sha256=sha256).first():
        raise Refusal(f"这个文件已在资料里：“{twin.title}”。", code="already_kept")


def may_withdraw(user, document: ProjectDocument) -> bool:
    """Who uploaded it as long as they may upload here, and whoever keeps the project."""
    project = document.project
    return access.may(user, states.EDIT, project) or (document.added_by_id == user.pk and access.may(user, ADD, project))


@transaction.atomic
def withdraw_document(*, document: ProjectDocument, reason: str, by, at: datetime | None = None) -> ProjectDocument:
    """Mark it as withdrawn; row and file stay. Raises PermissionDenied, Refusal (no reason), WrongState (withdrawn already)."""
    at = at or periods.now()
    if not may_withdraw(by, document):
        raise access.Denied("只有上传人和项目填报员可以撤回资料。", states.EDIT, target=document.project)
    if not reason.strip():
        raise Refusal("请写明撤回理由。", code="reason_needed")
    refuse_personal_data(reason)
    rows = ProjectDocument.objects.standing().filter(pk=document.pk)
    if not rows.update(withdrawn_at=at, withdrawn_by=by, withdrawn_reason=reason.strip()):
        raise WrongState("这份资料已经撤回。")
    document.refresh_from_db()
    audit.record(by=by, verb="撤回资料", target=document.project, at=at, before={"document": document.title}, after={"reason": reason.strip()})
    return document
