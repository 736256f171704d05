"""Forms of task forces and their members."""

from django import forms

from linkage.models import MemberPost, Organisation, Region, Seat, User

from .inputs import OrganisationField, day, words


class TaskForceForm(forms.Form):
    name = words("专班名称", max_length=120, required=True)
    document = words("成立文件", max_length=120, help_text="文号和标题；没有就空着，系统会列为缺口")
    founded_on = day("成立日期", required=False)
    office = OrganisationField(
        label="办公室所在单位", queryset=Organisation.objects.none(), required=False, empty_label="—"
    )

    def __init__(self, *args, region: Region, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = Organisation.objects.filter(region=region, is_active=True)


class MemberForm(forms.Form):
    post = forms.ChoiceField(label="专班职务", choices=MemberPost.choices)
    person_name = words("姓名", max_length=40, required=True)
    organisation = OrganisationField(
        label="单位", queryset=Organisation.objects.none(), required=False, empty_label="—"
    )
    duty = words("行政职务", max_length=60)
    office_phone = words("办公电话", max_length=30, help_text="只登记办公电话")
    user = forms.ModelChoiceField(label="账号", queryset=User.objects.none(), required=False, empty_label="没有账号")
    is_acting = forms.BooleanField(label="代理", required=False, help_text="代理须写明截止日期和依据文件")
    since = day("起")
    until = day("止", required=False)
    document = words("依据文件", max_length=120)

    def __init__(self, *args, region: Region, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.filter(region=region, is_active=True)
        seated = Seat.objects.filter(region__path__startswith=region.path).values("user_id")
        self.fields["user"].queryset = User.objects.filter(pk__in=seated, is_active=True, is_service=False).order_by("name")

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("is_acting"):
            for name, label in (("until", "截止日期"), ("document", "依据文件")):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, f"代理须写明{label}。")
        return cleaned
