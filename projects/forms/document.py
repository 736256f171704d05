"""Uploading and withdrawing documents."""

from __future__ import annotations

from typing import Any

from django import forms

from linkage.models import DictionaryEntry, DictionaryKind
from projects.models import AnnualPlan, Contract, ProjectRevision, PublicNotice, owner_name

from .project import DayField, FreeText

# The kind that a file of such an owner most often is, by the code of the word list.
USUAL_KINDS = {
    "procedure": "approval", "contract": "contract", "plan": "approval", "asset": "handover", "notice": "publicity-photo", "adjustment": "approval",
}  # fmt: skip


def known_of(owner) -> dict[str, Any]:
    """What the form need not ask: kind, number and day as the owner has them. One query."""
    usual = USUAL_KINDS.get(owner_name(owner))
    kind = DictionaryEntry.objects.of(DictionaryKind.DOCUMENT).filter(code=usual).first() if usual else None
    if isinstance(owner, AnnualPlan):
        return {"kind": kind, "title": str(owner), "document_no": owner.document_no, "dated_on": owner.decided_on}
    if isinstance(owner, Contract):
        return {"kind": kind, "document_no": owner.number, "dated_on": owner.signed_on}
    if isinstance(owner, ProjectRevision):
        return {"kind": kind, "document_no": owner.document}
    return {"kind": kind, "document_no": owner.document if isinstance(owner, PublicNotice) else ""}


class DocumentForm(forms.Form):
    file = forms.FileField(label="文件", help_text="PDF、JPG 或 PNG。照片中的拍摄位置会自动去掉。", error_messages={"required": "请选择文件。"})
    kind = forms.ModelChoiceField(DictionaryEntry.objects.of(DictionaryKind.DOCUMENT), label="资料种类", empty_label="请选择")
    title = FreeText(label="名称", required=False, max_length=120, help_text="不填则用文件名。")
    document_no = FreeText(label="文号", required=False, max_length=120)
    dated_on = DayField(label="日期", required=False, help_text="文件日期；照片不填则取拍摄日期。")


class WithdrawForm(forms.Form):
    reason = FreeText(label="撤回理由", max_length=200, error_messages={"required": "请写明撤回理由。"})
