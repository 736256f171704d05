"""What people type around a weekly report: single cells from the grid's script, and the forms of signing and review."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from django import forms
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from linkage import periods
from linkage.errors import Refusal
from linkage.models import FundTask, Organisation
from linkage.money import BIGINT_MAX
from reports.actions.filling import Edit
from reports.actions.signing import RemarkDraft

MOST_EDITS = 2_000
MOST_TEXT = 1_000
FIRST_YEAR, LAST_YEAR = 2020, 2099
_HALVES = re.compile("[\ud800-\udfff]")


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object a script sent. Anything else is a ValidationError."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise ValidationError("请求不是可读的 JSON。") from None
    if not isinstance(body, dict):
        raise ValidationError("请求须是一个 JSON 对象。")
    return body


def _is_text(value: Any, length: int) -> bool:
    """Text that every database keeps: JSON can also spell the null sign and halves of characters."""
    return isinstance(value, str) and len(value) <= length and "\x00" not in value and not _HALVES.search(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= BIGINT_MAX


def edits_of(body: dict[str, Any]) -> list[Edit]:
    """The typed cells of a batch. Whether a cell may be changed is the action's to say."""
    rows = body.get("edits")
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_EDITS:
        raise ValidationError(f"一次须保存 1 到 {MOST_EDITS} 格。")
    return [_edit(row) for row in rows]


def _edit(row: Any) -> Edit:
    if not isinstance(row, dict) or set(row) - {"line", "place", "text", "base"}:
        raise ValidationError("每一格须写明 line、place、text、base。")
    line, place, text, base = row.get("line"), row.get("place"), row.get("text"), row.get("base")
    if not _is_number(line) or not _is_text(place, 60) or not _is_text(text, MOST_TEXT):
        raise ValidationError(f"每一格的 line 须是行号，place 和 text 须是文字（最多 60、{MOST_TEXT} 字）。")
    if not isinstance(base, str | int | bool | None):
        raise ValidationError("每一格的 base 须是打开时看到的值。")
    return Edit(line, place, text, base)


def words_of(body: dict[str, Any], *names: str) -> list[str]:
    """Texts of a JSON object that must be there."""
    values = [body.get(name) for name in names]
    if not all(_is_text(value, MOST_TEXT) for value in values):
        raise ValidationError(f"须写明 {'、'.join(names)}。")
    return values  # type: ignore[return-value]


def number_of(body: dict[str, Any], name: str) -> int | None:
    value = body.get(name)
    if value is not None and not _is_number(value):
        raise ValidationError(f"{name} 须是整数。")
    return value


class RevisionForm(forms.Form):
    """Every decision says which revision the person saw."""

    revision = forms.IntegerField(widget=forms.HiddenInput)


class HandInForm(RevisionForm):
    zero = forms.BooleanField(required=False, widget=forms.HiddenInput)


def seen_revision(form: RevisionForm) -> int:
    """The revision the person saw; without it nothing is decided."""
    if not form.is_valid():
        raise Refusal("页面不完整，没有办理。请刷新后再试。", code="no_revision")
    return form.cleaned_data["revision"]


class ReasonForm(RevisionForm):
    reason = forms.CharField(
        label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}), error_messages={"required": "请写明理由。"}
    )


class SignForm(RevisionForm):
    """审签 asks for the password again; wrong ones count towards the lock-out like those of the log-in."""

    password = forms.CharField(
        label="本人密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "审签须再次输入本人密码。"},
    )  # fmt: skip

    early = forms.BooleanField(
        label="数据截至日还没有到。我已核实：到截至日为止不会再有变化，按现在的数字提前上报",
        error_messages={"required": "数据截至日还没有到，提前上报须勾选确认。"},
    )  # fmt: skip

    def __init__(self, request: HttpRequest, *args: Any, is_early: bool, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)
        if not is_early:
            del self.fields["early"]

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        user = authenticate(self.request, username=self.request.user.get_username(), password=password)
        if user is None or user.pk != self.request.user.pk:
            raise ValidationError("密码不对，没有审签。", code="wrong_password")
        return password


class ReturnForm(ReasonForm):
    """Reason of the return and the remarks at fields, named remark:<project>:<place> (project 0: the whole report)."""

    unusable = forms.BooleanField(label="实质不可用（本版不计入按时上报）", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["remarks"] = [
            draft for name, text in self.data.items() if name.startswith("remark:") and text.strip() for draft in [_remark(name, text.strip())]
        ]
        return cleaned


def _remark(name: str, text: str) -> RemarkDraft:
    _, project, place = [*name.split(":", 2), "", ""][:3]
    if not project.isascii() or not project.isdigit() or len(project) > 18:
        raise ValidationError("意见的位置读不出来，请刷新页面。")
    if not _is_text(text, 500):
        raise ValidationError("每条意见最多 500 字，不能有不可见的字符。")
    return RemarkDraft(text, int(project) or None, place)


class MomentField(forms.DateTimeField):
    """A moment picked in the browser. A slip in the year is refused: terms are counted on from here."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    default_error_messages: ClassVar = {"invalid": "请选择日期和时间。"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M"], **kwargs)

    def validate(self, value) -> None:
        super().validate(value)
        if value is not None and not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise ValidationError(f"年份须在 {FIRST_YEAR} 与 {LAST_YEAR} 之间，请核对。", code="year")


class UnlockForm(forms.Form):
    reason = forms.CharField(label="解锁理由", max_length=200, error_messages={"required": "请写明解锁理由。"})
    until = MomentField(label="解锁至", error_messages={"required": "请写明解锁到什么时候。"})

    def clean_until(self):
        return periods.local(self.cleaned_data["until"])


class AskUnlockForm(forms.Form):
    reason = forms.CharField(label="申请理由", max_length=200, error_messages={"required": "请写明为什么需要解锁。"})


class ResolveForm(forms.Form):
    answer = forms.CharField(label="说明", max_length=200, required=False)


class MoveDeadlineForm(forms.Form):
    """A new due time for all units, or for one."""

    unit = forms.ModelChoiceField(label="单位", queryset=None, required=False, empty_label="全部单位")
    due_at = MomentField(label="新的截止时间", error_messages={"required": "请写明新的截止时间。"})
    document = forms.CharField(label="依据文件", max_length=120, error_messages={"required": "请写明依据文件。"})
    reason = forms.CharField(label="理由", max_length=200, required=False)

    def __init__(self, units, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units


class ExemptForm(forms.Form):
    """免报 for one unit of a period, with its reason."""

    unit = forms.ModelChoiceField(label="单位", queryset=None, empty_label="请选择", error_messages={"required": "请选择单位。"})
    reason = forms.CharField(label="理由", max_length=200, error_messages={"required": "请写明免报理由。"})

    def __init__(self, units, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units


class EndExemptionForm(forms.Form):
    """Taking it back for one report; once its deadline has passed the new one is asked for in the same form."""

    unit = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(label="取消免报的理由", max_length=200, error_messages={"required": "请写明取消免报的理由。"})
    due_at = MomentField(label="新的上报截止", error_messages={"required": "本期截止时间已过，请写明新的上报截止时间。"})

    def __init__(self, report, *args: Any, at, **kwargs: Any) -> None:
        super().__init__(*args, initial={"unit": report.unit_id}, auto_id=f"end_{report.pk}_%s", **kwargs)
        self.report = report
        if at <= report.due_at:
            del self.fields["due_at"]

    def clean_due_at(self):
        return periods.local(self.cleaned_data["due_at"])


class DealForm(forms.Form):
    """One task's rows are filled by one of the county's own departments, or by the clerk."""

    task = forms.ModelChoiceField(queryset=FundTask.objects.none())
    organisation = forms.ModelChoiceField(label="填报部门", queryset=Organisation.objects.none(), required=False, empty_label="填报员自己填")

    def __init__(self, report, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].queryset = FundTask.objects.filter(projects__report_lines__report=report).distinct()
        self.fields["organisation"].queryset = departments_of(report.unit)


def departments_of(unit):
    """The unit's own offices to which rows can be dealt: implementers carry out projects, they report nothing."""
    return Organisation.objects.filter(region=unit, is_active=True).exclude(functions__function="implementer")
