"""Forms of the directory: regions, bodies, functions, responsibilities, leads."""

from django import forms

from linkage.models import Function, FundTask, Organisation, Region, RegionKind

from .inputs import OrganisationField, PathRegionField, day, words

_KINDS = [(kind.value, kind.label) for kind in RegionKind if kind != RegionKind.PROVINCE]


class RegionForm(forms.Form):
    """A node of the tree. Slug, kind and parent are for good, so `editing` leaves them out."""

    parent = PathRegionField(label="上级", queryset=Region.objects.none())
    kind = forms.ChoiceField(label="级别", choices=_KINDS)
    slug = forms.SlugField(label="标识", max_length=40, help_text="小写字母、数字、短横，如 huma；建立后不能改")
    name = words("名称", max_length=60, required=True)
    group = forms.ChoiceField(
        label="分组", required=False, choices=[("", "—"), ("县市", "县市"), ("区", "区"), ("本级", "本级")]
    )
    code_prefix = forms.RegexField(
        label="编号前缀", regex=r"^[A-Z]{2,6}$", required=False, help_text="2 至 6 个大写字母，如 HM；填报单位必填",
        error_messages={"invalid": "请用 2 至 6 个大写字母。"},
    )  # fmt: skip
    display_order = forms.IntegerField(label="排列顺序", min_value=0, max_value=10_000, initial=0)
    is_reporting = forms.BooleanField(label="填报周调度", required=False)
    is_active = forms.BooleanField(label="启用", required=False, initial=True)

    def __init__(self, *args, regions=None, editing=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = regions if regions is not None else Region.objects.none()
        for name in ("parent", "kind", "slug") if editing else ("is_active",):
            del self.fields[name]


class OrganisationForm(forms.Form):
    """A body. A new one says at once what it is for."""

    region = PathRegionField(label="所属地区", queryset=Region.objects.none())
    name = words("名称", max_length=120, required=True)
    short_name = words("简称", max_length=40)
    is_outside = forms.BooleanField(
        label="系统外单位", required=False, help_text="省、国家或森工集团等，其办理时间不计入本地"
    )
    is_active = forms.BooleanField(label="启用", required=False, initial=True)
    functions = forms.MultipleChoiceField(
        label="职能",
        choices=Function.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="合并设置的机构可选多项",
    )
    since = day("职能自何日起")

    def __init__(self, *args, regions=None, editing=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = regions if regions is not None else Region.objects.none()
        for name in ("region", "functions", "since") if editing else ("is_active",):
            del self.fields[name]


class FunctionForm(forms.Form):
    function = forms.ChoiceField(label="职能", choices=Function.choices)
    since = day("起")


class UntilForm(forms.Form):
    """The last day of something."""

    until = day("止（最后一天）")


class ResponsibilityForm(forms.Form):
    """The 承办单位 of one matter in one region; nobody there is an answer that says who is asked instead."""

    organisation = OrganisationField(
        label="承办单位", queryset=Organisation.objects.none(), required=False, empty_label="本地无此机构",
        help_text="可选本地、上级或系统外单位",
    )  # fmt: skip
    note = words("说明", max_length=200, help_text="本地无此机构的，必须写明由谁办理")
    since = day("自何日起")

    def __init__(self, *args, region: Region, **kwargs):
        super().__init__(*args, **kwargs)
        slugs = region.path.strip("/").split("/")
        self.fields["organisation"].queryset = (
            Organisation.objects.filter(region__slug__in=slugs, is_active=True).order_by("-region__path", "pk")
        )  # fmt: skip

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("organisation") and not (cleaned.get("note") or "").strip():
            self.add_error("note", "本地无此机构时，请写明由谁办理。")
        return cleaned


class LeadForm(forms.Form):
    """Who leads a fund task; the bodies of one region."""

    task = forms.ModelChoiceField(label="任务", queryset=FundTask.objects.filter(is_active=True))
    organisation = OrganisationField(label="牵头单位", queryset=Organisation.objects.none())
    since = day("起")
    document = words("依据文件", max_length=120)

    def __init__(self, *args, region: Region, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["task"].label_from_instance = lambda task: task.name
        self.fields["organisation"].queryset = Organisation.objects.filter(region=region, is_active=True)
