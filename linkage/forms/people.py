"""Forms of the 安全管理员: accounts, seats, the roster sheet."""

from django import forms

from linkage import separation
from linkage.models import Organisation, Region, Role, Seat

from .inputs import OrganisationField, PathRegionField, day, username_field, words


class UserForm(forms.Form):
    """An account; `editing` leaves the user name out, because it is for good."""

    username = username_field()
    name = words("姓名", max_length=40, required=True)
    duty = words("职务", max_length=60)
    office_phone = words("办公电话", max_length=30, help_text="只登记办公电话，不填手机号码")

    def __init__(self, *args, editing=False, **kwargs):
        super().__init__(*args, **kwargs)
        if editing:
            del self.fields["username"]


class SeatForm(forms.Form):
    role = forms.ChoiceField(label="角色", choices=[("", "请选择"), *Role.choices])
    region = PathRegionField(label="范围", queryset=Region.objects.none(), empty_label="请选择", help_text="岗位看得见这个地区及其以下")
    organisation = OrganisationField(
        label="单位",
        queryset=Organisation.objects.none(),
        required=False,
        empty_label="—",
        help_text="部门和实施主体的岗位必填",
    )
    since = day("起", help_text="从这一天起生效")
    until = day("止", required=False, help_text="审计查阅必填")
    is_backup = forms.BooleanField(label="B岗", required=False)
    document = words("依据文件", max_length=120)

    def __init__(self, *args, regions=None, **kwargs):
        super().__init__(*args, **kwargs)
        regions = regions if regions is not None else Region.objects.none()
        self.fields["region"].queryset = regions
        self.fields["organisation"].queryset = Organisation.objects.filter(region__in=regions, is_active=True)


class ActingSeatForm(forms.Form):
    """Somebody represents the holder of a seat for a time."""

    acting_for = forms.ModelChoiceField(label="代理何岗", queryset=Seat.objects.none())
    since = day("起")
    until = day("止")
    document = words("依据文件", max_length=120, required=True)

    def __init__(self, *args, seats=None, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["acting_for"]
        field.queryset = (
            seats.filter(acting_for=None).exclude(role__in=separation.TRIO)
            if seats is not None
            else Seat.objects.none()
        )
        field.label_from_instance = lambda seat: f"{seat}　{seat.user}"


class EndSeatForm(forms.Form):
    until = day("最后一天")
    reason = words("理由或依据文件", max_length=120, required=True)


class ReasonForm(forms.Form):
    reason = words("理由", max_length=120, required=True)


class PeopleFilter(forms.Form):
    """The filters of the list, in the address."""

    q = forms.CharField(label="姓名或用户名", required=False)
    region = forms.ModelChoiceField(
        label="地区", queryset=Region.objects.none(), required=False, to_field_name="slug", empty_label="全部"
    )
    role = forms.ChoiceField(label="角色", choices=[("", "全部"), *Role.choices], required=False)
    state = forms.ChoiceField(
        label="状态", required=False,
        choices=[("", "全部"), ("live", "在岗"), ("idle", "没有生效的岗位"), ("fresh", "未用过一次性口令"), ("service", "接口账号"), ("off", "已停用")],
    )  # fmt: skip

    def __init__(self, *args, regions=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = regions if regions is not None else Region.objects.none()


class RosterForm(forms.Form):
    file = forms.FileField(label="填好的名册（.xlsx）", widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}))
