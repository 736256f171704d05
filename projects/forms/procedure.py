"""Forms of the procedure pages."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.db.models import Q, QuerySet

from linkage import periods
from linkage.models import Matter, Organisation, Region
from linkage.money import WanField
from projects.models import Method, Nature, Procedure, ProcedureKind, ProcedureTerm, Trait
from projects.states import procedures as states

from .project import DayField, FreeText


class StepForm(forms.Form):
    """One step of a procedure; `moves` are those this person can make now."""

    transition = forms.ChoiceField(label="办理")
    on = DayField(label="发生日期", help_text="实际发生之日，可补记以前的日期。", error_messages={"required": "请填写发生日期。"})
    document = forms.CharField(label="文号", required=False, max_length=120)
    reason = FreeText(label="说明", required=False, max_length=300)
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, procedure: Procedure, moves: list[states.Move], **kwargs):
        moves = sorted(moves, key=lambda move: move not in states.USUAL)
        initial = {"on": periods.today(), "revision": procedure.revision, "transition": moves[0].name if moves else ""}
        super().__init__(*args, initial=initial | kwargs.pop("initial", {}), auto_id=f"step-{procedure.pk}-%s", **kwargs)
        self.fields["transition"].choices = [(move.name, states.move_words(procedure.kind.nature, move)) for move in moves]

    def clean_transition(self) -> states.Move:
        return states.TRANSITIONS[self.cleaned_data["transition"]]


class AnyStepForm(StepForm):
    """As it arrives: every move of the table is understood, so that a late one is told what stands now."""

    def __init__(self, *args, procedure: Procedure, **kwargs):
        super().__init__(*args, procedure=procedure, moves=list(states.TRANSITIONS.values()), **kwargs)


class RevisionForm(forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(RevisionForm):
    reason = FreeText(label="理由", max_length=300, error_messages={"required": "请写明理由。"})


def successors(units: Iterable[Region]) -> QuerySet[Organisation]:
    """Bodies that could hold a matter of these units: their own, those of the regions above, and bodies outside."""
    own = {slug for unit in units for slug in _above(unit.path)}
    return Organisation.objects.filter(Q(region__path__in=own) | Q(is_outside=True), is_active=True).select_related("region")


def _above(path: str) -> list[str]:
    """The path of a region and of every region above it."""
    parts = path.strip("/").split("/")
    return ["/".join(parts[: n + 1]) + "/" for n in range(len(parts))]


class HandOverForm(forms.Form):
    """To whom, from when, and why."""

    to = forms.ModelChoiceField(Organisation.objects.none(), label="接手单位", error_messages={"required": "请选择接手单位。"})
    on = DayField(label="转交日期", help_text="自这一天起的用时计入接手单位。", error_messages={"required": "请填写转交日期。"})
    reason = FreeText(label="转交理由", max_length=300, error_messages={"required": "请写明转交的理由。"})

    def __init__(self, *args, units: Iterable[Region], holder: int | None, **kwargs):
        kwargs["initial"] = {"on": periods.today()} | kwargs.pop("initial", {})
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = successors(units).exclude(pk=holder).order_by("-region__display_order", "pk")


class GreenForm(ReasonForm):
    is_green = forms.BooleanField(required=False, widget=forms.HiddenInput)


YES_NO = (("", "未说明"), ("1", "是"), ("0", "否"))


class TraitsForm(forms.Form):
    """What the project is like, as far as it matters for its procedures."""

    def __init__(self, *args, asked: list[str], answers: dict[str, bool], **kwargs):
        super().__init__(*args, **kwargs)
        for name in asked:
            initial = {True: "1", False: "0"}.get(answers.get(name), "")
            self.fields[name] = forms.ChoiceField(label=Trait(name).label, choices=YES_NO, required=False, initial=initial)

    @property
    def answers(self) -> dict[str, bool | None]:
        return {name: {"1": True, "0": False}.get(value) for name, value in self.cleaned_data.items()}


class KindForm(forms.Form):
    """One entry of the catalogue."""

    name = forms.CharField(label="手续", max_length=60)
    matter = forms.ModelChoiceField(Matter.objects.filter(is_active=True), label="事项", help_text="承办单位按名录中该事项的分工确定。")
    nature = forms.ChoiceField(label="类型", choices=Nature.choices)
    methods = forms.MultipleChoiceField(label="适用实施方式", choices=Method.choices, widget=forms.CheckboxSelectMultiple)
    trait = forms.ChoiceField(label="适用情形", choices=[("", "不限"), *Trait.choices], required=False)
    words = forms.CharField(label="名称用词", required=False, max_length=120, help_text=ProcedureKind._meta.get_field("words").help_text)
    min_investment_yuan = WanField(label="投资额起点（万元）", required=False)
    prerequisites = forms.ModelMultipleChoiceField(
        ProcedureKind.objects.all(), label="前置手续", required=False, widget=forms.CheckboxSelectMultiple
    )
    blocks_payment = forms.BooleanField(label="办结前不能首次付款", required=False)
    is_active = forms.BooleanField(label="启用", required=False)
    is_verified = forms.BooleanField(label="已核对", required=False)
    note = forms.CharField(label="说明", required=False, max_length=300)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, kind: ProcedureKind | None = None, **kwargs):
        initial = {"is_active": True, "blocks_payment": True, "methods": [Method.WORKS]}
        if kind is not None:
            names = ("name", "matter", "nature", "methods", "trait", "words", "min_investment_yuan", "blocks_payment", "is_active", "is_verified", "note",
                     "revision")  # fmt: skip
            initial = {name: getattr(kind, name) for name in names} | {"prerequisites": list(kind.prerequisites.all())}
        super().__init__(*args, initial=initial, **kwargs)
        if kind is not None:
            self.fields["prerequisites"].queryset = ProcedureKind.objects.exclude(pk=kind.pk)

    @property
    def values(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name not in ("prerequisites", "revision", "code")}


class NewKindForm(KindForm):
    code = forms.SlugField(label="代码", max_length=40, help_text="小写字母和短横，以后不改，如 fire-check。")

    field_order = ("code", "name")

    def clean_code(self):
        code = self.cleaned_data["code"]
        if ProcedureKind.objects.filter(code=code).exists():
            raise forms.ValidationError(f"代码 {code} 已有，请另取一个。")
        return code


class TermForm(forms.ModelForm):
    """Days from a day on. Whether they fit together the action says."""

    effective_from = DayField(label="生效日期")

    class Meta:
        model = ProcedureTerm
        fields = ("effective_from", "legal_days", "legal_basis", "promised_days", "promised_basis", "reason")

    def _post_clean(self):
        """The model's own checks are the action's: one place for the words."""


class GroundForm(forms.Form):
    text = forms.CharField(label="免办情形", max_length=160)
    basis = forms.CharField(label="法定依据", max_length=160)
    below_yuan = WanField(label="投资额低于（万元）", required=False)
