"""Uploading and withdrawing documents of a project."""

from __future__ import annotations

from django import forms

from linkage.models import DictionaryEntry, DictionaryKind

from .project import DayField, FreeText


class DocumentForm(forms.Form):
    file = forms.FileField(label="文件", help_text="PDF、JPG 或 PNG。照片中的拍摄位置会自动去掉。", error_messages={"required": "请选择文件。"})
    kind = forms.ModelChoiceField(DictionaryEntry.objects.of(DictionaryKind.DOCUMENT), label="资料种类", empty_label="请选择")
    title = FreeText(label="名称", required=False, max_length=120, help_text="不填则用文件名。")
    document_no = FreeText(label="文号", required=False, max_length=120)
    dated_on = DayField(label="日期", required=False, help_text="文件日期；照片不填则取拍摄日期。")


class WithdrawForm(forms.Form):
    reason = FreeText(label="撤回理由", max_length=200, error_messages={"required": "请写明撤回理由。"})
