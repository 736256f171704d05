"""A new interface account, a new API token."""

from django import forms

from linkage import periods
from linkage.models import User

from .inputs import username_field, words


class AccountForm(forms.Form):
    username = username_field()
    name = words("对接的系统", max_length=40, required=True, help_text="如：财政预算管理一体化系统")


class TokenForm(forms.Form):
    name = forms.CharField(label="令牌名称", max_length=60, help_text="哪台机器使用，如：财政一体化前置机")
    user = forms.ModelChoiceField(
        User.objects.none(), label="接口账号", empty_label="请选择", help_text="令牌能看到和能做的，由安全管理员给这个账号的岗位决定"
    )
    expires_on = forms.DateField(
        label="有效至", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), help_text="到当天 24:00 止，最长一年"
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = User.objects.filter(is_service=True, is_active=True).order_by("name", "pk")
        self.fields["user"].label_from_instance = lambda user: f"{user.name}（{user.username}）"

    def clean_expires_on(self):
        """The end of that day, as a moment."""
        return periods.moment(self.cleaned_data["expires_on"], 24)
