"""The upload of a treasury file, what it does not say, and whose a payment is."""

from __future__ import annotations

from typing import Any

from django import forms

from funds.models import Allocation, MatchAnswer
from linkage.money import wan_text


class FeedForm(forms.Form):
    """What can be wrong with the file itself is said by the reader, in the file's own words."""

    file = forms.FileField(
        label="系统导出的文件（原样）", allow_empty_file=True, widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        error_messages={"required": "请选择从财政一体化系统导出的文件。"},
    )  # fmt: skip


class AnswerForm(forms.Form):
    """One field per question about the file; `seen` names the reading the page showed."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, questions: list[dict[str, Any]], answers: dict[str, str], **kwargs):
        super().__init__(*args, **kwargs)
        for one in questions:
            common = {"label": one["label"], "required": one["required"], "help_text": one["help"], "initial": answers.get(one["key"], one["initial"])}
            if one["kind"] == "date":
                self.fields[one["key"]] = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **common)
            else:
                self.fields[one["key"]] = forms.ChoiceField(choices=[("", "请选择"), *map(tuple, one["choices"])], **common)

    @property
    def answers(self) -> dict[str, str]:
        return {key: str(value) for key, value in self.cleaned_data.items() if key != "seen" and value not in (None, "")}


OTHER = "other"


class MatchForm(forms.Form):
    """Accept a proposal (`choice` is an allocation), another allocation of the unit, split, or none of ours."""

    choice = forms.CharField(required=False)
    other = forms.ModelChoiceField(Allocation.objects.none(), required=False, empty_label="请选择")

    def __init__(self, *args, allocations, **kwargs):
        super().__init__(*args, **kwargs)
        self.allocations = allocations
        self.fields["other"].queryset = allocations

    def clean(self) -> dict[str, Any]:
        data, choice = super().clean() or {}, self.cleaned_data.get("choice", "")
        data["answer"], data["allocation"] = (choice, None) if choice in (MatchAnswer.NONE, MatchAnswer.SPLIT) else (MatchAnswer.ALLOCATION, None)
        if choice == OTHER:
            data["allocation"] = data.get("other")
        elif choice.isdecimal() and len(choice) < 19:
            data["allocation"] = self.allocations.filter(pk=choice).first()
        if data["answer"] == MatchAnswer.ALLOCATION and data["allocation"] is None:
            raise forms.ValidationError("请选择一项：对应的项目资金，或“拆分”“不是衔接资金项目”。")
        return data


def allocation_words(row: Allocation) -> str:
    """An allocation as it is offered in a list."""
    share, project = row.county_allocation, row.project
    document = share.document_no or share.batch.document_no
    return f"{project.name}（{project.project_year}）· {share.batch.get_level_display()} {document} · {wan_text(row.amount_yuan)} 万元"
