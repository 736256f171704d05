"""Forms of the contract pages. Each form of a step gives `values`, the keywords of its action."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from linkage import periods
from linkage.money import PercentField, WanField
from projects.actions.contract import Shares, Term
from projects.models import RUNNING_STAGES, Contract, ContractKind, Project, PurchaseMethod, TermKind
from projects.states import contract as states

from .project import DayField, FreeText

TERM_ROWS = 6
STAGES = ((states.TENDERING, "招标（采购）中"), (states.SIGNED, "已经签约（补录）"))
SHARE = "share_"


class ProjectsField(forms.ModelMultipleChoiceField):
    """Projects of one unit as a list to tick."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, project):
        return f"{project.name}（{project.code}，{project.get_method_display()}）"


def projects_of(unit, standing: list[int] | None = None):
    """What a contract of the unit may serve: in the plan or later, the newest years first."""
    found = Project.objects.filter(unit=unit, stage__in=RUNNING_STAGES)
    if standing:
        found = found | Project.objects.filter(unit=unit, pk__in=standing)
    return found.order_by("-project_year", "code")


def _add_shares(form: forms.Form, shares: list[tuple[Project, Decimal]]) -> None:
    """One box per project, 万元; nothing is spread by itself."""
    for project, share in shares:
        form.fields[f"{SHARE}{project.pk}"] = WanField(label=f"{project.name}（万元）", required=False, initial=share or None)


def _shares(form: forms.Form) -> Shares:
    return {int(name.removeprefix(SHARE)): value for name, value in form.cleaned_data.items() if name.startswith(SHARE) and value is not None}


class NewContractForm(forms.Form):
    """A purchase of chosen projects; with `stage` signed also who got it and for how much."""

    name = FreeText(label="合同（采购项目）名称", max_length=200)
    kind = forms.ChoiceField(label="采购内容", choices=ContractKind.choices, help_text="决定必须招标的限额。")
    method = forms.ChoiceField(label="采购方式", choices=PurchaseMethod.choices)
    control_price_yuan = WanField(label="控制价（万元）", required=False, help_text="招标控制价、采购预算；没有可不填。")
    agency = FreeText(label="代理机构", required=False, max_length=120)
    announced_on = DayField(label="公告日期", help_text="发布招标（采购）公告或发出邀请的日期。")
    stage = forms.ChoiceField(label="登记时的情况", choices=STAGES, initial=states.TENDERING, widget=forms.RadioSelect)
    contractor = FreeText(label="乙方（中标单位全称）", required=False, max_length=120)
    bid_price_yuan = WanField(label="中标价（万元）", required=False)
    awarded_on = DayField(label="中标日期", required=False)
    number = FreeText(label="合同编号", required=False, max_length=60)
    signed_on = DayField(label="签约日期", required=False)
    start_on = DayField(label="合同开工（供货）日期", required=False)
    finish_on = DayField(label="合同完工（到货）日期", required=False)

    ALWAYS = ("name", "kind", "method", "control_price_yuan", "agency", "announced_on")
    SIGNED = ("contractor", "bid_price_yuan", "awarded_on", "number", "signed_on", "start_on", "finish_on")
    NEEDED = ("contractor", "bid_price_yuan", "awarded_on", "signed_on")

    def __init__(self, *args, projects: list[Project], **kwargs):
        initial = {"announced_on": periods.today()} | ({"name": projects[0].name} if len(projects) == 1 else {})
        super().__init__(*args, initial=initial | kwargs.pop("initial", {}), **kwargs)
        if len(projects) > 1:
            _add_shares(self, [(project, Decimal(0)) for project in projects])

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("stage") == states.SIGNED:
            for name in self.NEEDED:
                if cleaned.get(name) in (None, "") and name not in self.errors:
                    self.add_error(name, f"已签约的合同须填{self.fields[name].label}。")
        return cleaned

    @property
    def is_signed(self) -> bool:
        return self.cleaned_data["stage"] == states.SIGNED

    @property
    def values(self) -> dict[str, Any]:
        names = (*self.ALWAYS, *self.SIGNED) if self.is_signed else self.ALWAYS
        found = {name: self.cleaned_data[name] for name in names}
        return found | ({"shares": _shares(self) or None} if self.is_signed else {})

    @property
    def share_fields(self):
        return [self[name] for name in self.fields if name.startswith(SHARE)]


class ContractForm(forms.Form):
    """What every step carries: the contract and the revision the person saw."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, contract: Contract, **kwargs):
        super().__init__(*args, initial={"revision": contract.revision} | kwargs.pop("initial", {}), **kwargs)
        self.contract = contract
        self.prepare()

    def prepare(self) -> None:
        """Fill in what is known and fields that hang on the contract."""

    @property
    def standing(self) -> list[tuple[Project, Decimal]]:
        return [(row.project, row.share_yuan) for row in self.contract.shares.select_related("project")]

    @property
    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class EditForm(ContractForm):
    name = FreeText(label="合同名称", max_length=200)
    kind = forms.ChoiceField(label="采购内容", choices=ContractKind.choices)
    agency = FreeText(label="代理机构", required=False, max_length=120)
    control_price_yuan = WanField(label="控制价（万元）", required=False)
    number = FreeText(label="合同编号", required=False, max_length=60)
    contractor = FreeText(label="乙方", max_length=120)
    start_on = DayField(label="合同开工（供货）日期", required=False)
    finish_on = DayField(label="合同完工（到货）日期", required=False)
    projects = ProjectsField(Project.objects.none(), label="对应项目", help_text="选几个就是打捆。")

    def prepare(self) -> None:
        for name in list(self.fields):
            if hasattr(self.contract, name) and name not in ("revision", "projects"):
                self.fields[name].initial = getattr(self.contract, name)
        if self.contract.state in states.BEFORE_PRICE:
            standing = [project.pk for project, _ in self.standing]
            self.fields["projects"].queryset = projects_of(self.contract.unit, standing)
            self.fields["projects"].initial = standing
            del self.fields["contractor"]
        else:
            del self.fields["projects"]
        if self.contract.state not in states.BINDING:
            for name in ("number", "start_on", "finish_on"):
                del self.fields[name]

    @property
    def values(self) -> dict[str, Any]:
        changes = dict(self.cleaned_data)
        revision, projects = changes.pop("revision"), changes.pop("projects", None)
        return {"changes": changes, "revision": revision, "projects": None if projects is None else list(projects)}


class AwardForm(ContractForm):
    contractor = FreeText(label="中标（成交）单位全称", max_length=120, help_text="只写单位名称，不写联系人和电话。")
    bid_price_yuan = WanField(label="中标价（万元）")
    awarded_on = DayField(label="中标日期")
    document = FreeText(label="中标通知书文号", required=False, max_length=120)

    def prepare(self) -> None:
        if len(self.standing) > 1:
            _add_shares(self, self.standing)

    @property
    def values(self) -> dict[str, Any]:
        known = {name: self.cleaned_data[name] for name in ("revision", "contractor", "bid_price_yuan", "awarded_on", "document")}
        return known | {"shares": _shares(self) or None}


class FailForm(ContractForm):
    result_on = DayField(label="开标（结果）日期")
    reason = FreeText(label="原因", max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text="如：投标人不足三家；均未实质响应招标文件。")
    document = FreeText(label="公告文号", required=False, max_length=120)


class RetenderForm(ContractForm):
    announced_on = DayField(label="公告日期")
    method = forms.ChoiceField(label="采购方式", choices=PurchaseMethod.choices)
    control_price_yuan = WanField(label="控制价（万元）", required=False, help_text="空着不变。")
    document = FreeText(label="公告文号", required=False, max_length=120)

    def prepare(self) -> None:
        self.fields["method"].initial = self.contract.method
        self.fields["control_price_yuan"].initial = self.contract.control_price_yuan


class TermsForm(ContractForm):
    """Up to TERM_ROWS terms; a row without a ratio is no term."""

    def prepare(self) -> None:
        known = list(self.contract.terms.all())
        for row in range(TERM_ROWS):
            term = known[row] if row < len(known) else None
            kinds = [("", "—"), *TermKind.choices]
            self.fields[f"kind_{row}"] = forms.ChoiceField(label=f"第{row + 1}项 款项性质", choices=kinds, required=False, initial=term and term.kind)
            self.fields[f"ratio_{row}"] = PercentField(label=f"第{row + 1}项 比例（%）", required=False, initial=term and term.ratio)
            self.fields[f"condition_{row}"] = FreeText(
                label=f"第{row + 1}项 付款条件", required=False, max_length=200, initial=term and term.condition
            )

    @property
    def rows(self):
        return [(row + 1, self[f"kind_{row}"], self[f"ratio_{row}"], self[f"condition_{row}"]) for row in range(TERM_ROWS)]

    def clean(self):
        cleaned = super().clean()
        for row in range(TERM_ROWS):
            kind, ratio, condition = (cleaned.get(f"{name}_{row}") for name in ("kind", "ratio", "condition"))
            if ratio is not None and not kind:
                self.add_error(f"kind_{row}", "请选款项性质。")
            if ratio is not None and not condition:
                self.add_error(f"condition_{row}", "请写明付款条件。")
            if ratio is None and f"ratio_{row}" not in self.errors and (kind or condition):
                self.add_error(f"ratio_{row}", "请填写比例。")
        return cleaned

    def given_terms(self) -> list[Term]:
        found = []
        for row in range(TERM_ROWS):
            kind, ratio, condition = (self.cleaned_data.get(f"{name}_{row}") for name in ("kind", "ratio", "condition"))
            if kind and ratio is not None:
                found.append(Term(kind, ratio, condition or ""))
        return found

    @property
    def values(self) -> dict[str, Any]:
        return {"revision": self.cleaned_data["revision"], "terms": self.given_terms()}


class SignForm(TermsForm):
    number = FreeText(label="合同编号", required=False, max_length=60)
    signed_on = DayField(label="签约日期")
    start_on = DayField(label="合同开工（供货）日期", required=False)
    finish_on = DayField(label="合同完工（到货）日期", required=False)

    @property
    def values(self) -> dict[str, Any]:
        known = {name: self.cleaned_data[name] for name in ("number", "signed_on", "start_on", "finish_on")}
        return super().values | known


class PerformForm(ContractForm):
    pass


class SettleForm(ContractForm):
    settled_yuan = WanField(label="结算审定价（万元）")
    settled_on = DayField(label="审定日期")
    document = FreeText(label="审定报告文号", max_length=120)


class FinaliseForm(ContractForm):
    final_yuan = WanField(label="竣工决算（万元）")
    final_on = DayField(label="决算日期")
    document = FreeText(label="决算批复文号", max_length=120)


class TerminateForm(ContractForm):
    reason = FreeText(label="解除原因", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    document = FreeText(label="依据文件文号", max_length=120)


class SharesForm(ContractForm):
    """Each project's part; an empty box takes the project out, `project` with `amount` takes one in."""

    bid_price_yuan = WanField(label="中标价（万元）", help_text="录错了在这里更正，须写理由。")
    project = forms.ModelChoiceField(Project.objects.none(), label="再加一个项目", required=False, empty_label="不加")
    amount_yuan = WanField(label="它的份额（万元）", required=False)
    reason = FreeText(label="更正理由", required=False, max_length=200)

    def prepare(self) -> None:
        standing = self.standing
        self.fields["bid_price_yuan"].initial = self.contract.bid_price_yuan
        self.fields["project"].queryset = projects_of(self.contract.unit).exclude(pk__in=[project.pk for project, _ in standing])
        _add_shares(self, standing)
        self.order_fields(["revision", "bid_price_yuan", *(name for name in self.fields if name.startswith(SHARE)), "project", "amount_yuan", "reason"])

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("project") and cleaned.get("amount_yuan") is None and "amount_yuan" not in self.errors:
            self.add_error("amount_yuan", "请填写新加项目的份额。")
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        shares = dict(_shares(self))
        if project := self.cleaned_data["project"]:
            shares[project.pk] = self.cleaned_data["amount_yuan"]
        return {"shares": shares} | {name: self.cleaned_data[name] for name in ("revision", "bid_price_yuan", "reason")}


class ChangeForm(ContractForm):
    amount_yuan = WanField(label="增减金额（万元）", required=False, min_yuan=None, help_text="增加写正数，减少写负数；只改工期的不填。")
    finish_on = DayField(label="变更后完工日期", required=False)
    reason = FreeText(label="变更理由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    document = FreeText(label="批准文号", max_length=120)
    decided_on = DayField(label="批准日期")

    def prepare(self) -> None:
        if len(self.standing) > 1:
            _add_shares(self, self.standing)

    @property
    def values(self) -> dict[str, Any]:
        names = ("revision", "finish_on", "reason", "document", "decided_on")
        shares = _shares(self) if any(name.startswith(SHARE) for name in self.fields) else None
        return {name: self.cleaned_data[name] for name in names} | {"amount_yuan": self.cleaned_data["amount_yuan"] or Decimal(0), "shares": shares}
