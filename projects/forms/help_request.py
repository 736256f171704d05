"""Forms of 提请协调: raising, 代登记, and one small form per move."""

from __future__ import annotations

from datetime import date

from django import forms
from django.db.models import Q

from linkage.models import Matter, Organisation
from projects.actions.help_hats import Hats
from projects.actions.help_request import FILES_AT_ONCE
from projects.figures.help_route import bodies_for, ways_up
from projects.models import HelpRequest, Project, Tier
from projects.states import help_requests as states

from .project import FreeText

FOUND_AT_MOST = 12
FILES_HINT = f"PDF、JPG、PNG，最多 {FILES_AT_ONCE} 个；照片的拍摄位置会自动去掉。"


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once, or none; the action looks into them."""

    def __init__(self, **kwargs):
        super().__init__(required=False, widget=ManyFiles, **({"label": "附件", "help_text": FILES_HINT} | kwargs))

    def clean(self, data, initial=None):
        one = super().clean
        return [one(item, initial) for item in (data if isinstance(data, (list, tuple)) else [data]) if item]


class ProblemText(FreeText):
    def __init__(self, **kwargs):
        words = {"required": "请写明需要协调解决什么问题。", "max_length": "不超过 2000 字，其余请放在附件里。"}
        super().__init__(max_length=2000, widget=forms.Textarea(attrs={"rows": 5}), error_messages=words, **({"label": "需要协调解决的问题"} | kwargs))


class MatterChoice(forms.ModelChoiceField):
    def __init__(self, **kwargs):
        rows = Matter.objects.filter(is_active=True)
        hint = "决定提请哪个单位；不选则按内容判断，判断不出的交专班办公室。"
        super().__init__(rows, required=False, empty_label="按内容判断", **({"label": "事项", "help_text": hint} | kwargs))


class RaiseForm(forms.Form):
    """In one's own name: what is needed is the text; the rest is known from the page one comes from."""

    text = ProblemText(help_text="写明卡在哪一步、找过谁、希望怎么解决。不写个人证件号、手机号。")
    matter = MatterChoice()
    files = FilesField()


class RegisterForm(forms.Form):
    """代登记: who called, about which project, what is asked."""

    caller = FreeText(label="谁来的电话", max_length=80, help_text="单位和姓名，如 兴业公司李经理。", error_messages={"required": "请写明谁来的电话。"})
    find = forms.CharField(label="什么项目", required=False, max_length=80, widget=forms.TextInput(attrs={"placeholder": "项目名称或编号的几个字"}))
    text = ProblemText(label="请求协调什么")

    def __init__(self, *args, projects, **kwargs):
        super().__init__(*args, **kwargs)
        self.projects = projects
        self.found: list[Project] = []

    def clean(self):
        cleaned = super().clean()
        chosen = self.data.get("project", "")
        self.found = matching(self.projects, cleaned.get("find", ""))
        project = self.projects.filter(pk=int(chosen)).first() if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else None
        if project is None and len(self.found) == 1:
            [project] = self.found
        if project is None:
            many = f"有 {len(self.found)} 个项目符合，请选一个。" if self.found else "没有符合的项目，请换几个字。"
            self.add_error("find", many if cleaned.get("find") else "请写项目名称或编号的几个字。")
        elif project not in self.found:
            self.found = [project, *self.found][:FOUND_AT_MOST]
        cleaned["project"] = project
        return cleaned

    @property
    def chosen(self) -> str:
        return self.data.get("project", "")


def matching(projects, words: str) -> list[Project]:
    """Projects whose name, code or implementer holds every word; none without words. One query."""
    parts = words.split()[:5]
    for part in parts:
        projects = projects.filter(Q(name__icontains=part) | Q(code__icontains=part) | Q(implementer__name__icontains=part))
    return list(projects.order_by("-project_year", "code")[:FOUND_AT_MOST]) if parts else []


class StepForm(forms.Form):
    """One move at the revision the person saw."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args, request: HelpRequest, hats: Hats, on: date, **kwargs):
        super().__init__(*args, initial={"revision": request.revision}, **kwargs)

    @property
    def values(self) -> dict:
        return self.cleaned_data


def _reason(label: str, missing: str, *, required: bool = True, rows: int = 3) -> FreeText:
    return FreeText(
        label=label, max_length=2000, required=required, widget=forms.Textarea(attrs={"rows": rows}), error_messages={"required": missing}
    )  # fmt: skip


class ReplyForm(StepForm):
    reason = _reason("答复", "请写明怎么解决、何时落实。", rows=5)
    files = FilesField()


class ConfirmForm(StepForm):
    reason = _reason("说明（可不填）", "", required=False, rows=2)


class RejectForm(StepForm):
    reason = _reason("哪里没有解决", "请写明哪里没有解决。")


class WithdrawForm(StepForm):
    reason = _reason("撤回的理由", "请写明撤回的理由。", rows=2)


class BodyOrOffice(forms.ModelChoiceField):
    """A body, or None for the prefecture's office, which has a value of its own: no choice is no choice."""

    OFFICE = "office"

    def clean(self, value):
        return None if value == self.OFFICE else super().clean(value)


class ForwardForm(StepForm):
    """Bodies of the unit and above, or the prefecture's office. Spent → that alone."""

    to = BodyOrOffice(Organisation.objects.all(), label="转给", error_messages={"required": "请选择转给哪个单位。"})
    reason = _reason("转办的理由", "请写明为什么不属于本单位、为什么由新单位办。")

    def __init__(self, *args, request: HelpRequest, hats: Hats, on: date, limit: int, **kwargs):
        super().__init__(*args, request=request, hats=hats, on=on, **kwargs)
        self.spent = not hats.office and request.tier == Tier.BODY and request.transfers >= limit
        to_office = [] if hats.office or request.tier == Tier.PREFECTURE else [(BodyOrOffice.OFFICE, "地区专班办公室（由其指定承办单位）")]
        bodies = [] if self.spent else [(str(body.pk), f"{body.region.name}　{body}") for body in bodies_for(request)]
        self.fields["to"].widget.choices = [*([("", "请选择")] if bodies else []), *bodies, *to_office]


class EscalateForm(StepForm):
    to = forms.ModelChoiceField(Organisation.objects.all(), label="升级到", required=False)
    reason = _reason("理由（超时的可不填）", "", required=False, rows=2)

    def __init__(self, *args, request: HelpRequest, hats: Hats, on: date, **kwargs):
        super().__init__(*args, request=request, hats=hats, on=on, **kwargs)
        ways = ways_up(request, on)
        self.fields["to"].widget.choices = [(str(way.body.pk) if way.tier == Tier.BODY and way.body else "", way.words) for way in ways]


FORMS: dict[str, type[StepForm]] = {
    states.SIGN.name: StepForm, states.REPLY.name: ReplyForm, states.FORWARD.name: ForwardForm, states.CONFIRM.name: ConfirmForm,
    states.REJECT.name: RejectForm, states.ESCALATE.name: EscalateForm, states.WITHDRAW.name: WithdrawForm,
}  # fmt: skip
