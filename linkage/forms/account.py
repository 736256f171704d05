"""Log-in and password forms."""

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm


def lock_words() -> str:
    """How log-in attempts are limited, in words, from the settings."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return f"连续输错 {settings.AXES_FAILURE_LIMIT} 次，该账号在本机上锁定 {minutes} 分钟。"


class LoginForm(AuthenticationForm):
    """One message for a wrong name, a wrong password and a closed account: nothing is given away."""

    username = forms.CharField(label="用户名", max_length=150)
    password = forms.CharField(label="密码", strip=False)

    def __init__(self, request=None, *args, **kwargs):
        super().__init__(request, *args, **kwargs)
        self.error_messages = {
            "invalid_login": f"用户名或密码不正确。{lock_words()}",
            "inactive": "该账号已停用，请联系系统管理员。",
        }
        self.fields["username"].widget.attrs |= {
            "autocomplete": "username",
            "autocapitalize": "none",
            "autofocus": True,
        }
        self.fields["password"].widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})


class PasswordForm(PasswordChangeForm):
    """The new password must differ from the old one, so that an initial password does not survive."""

    error_messages = PasswordChangeForm.error_messages | {
        "same": "新密码不能与原密码相同。",
        "password_incorrect": "原密码不正确，请重新输入。",
        "password_mismatch": "两次输入的新密码不一致。",
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "原密码"
        self.fields["new_password1"].label = "新密码"
        self.fields[
            "new_password1"
        ].help_text = "至少 10 个字符，不能全是数字，不能与姓名、用户名相近，也不能是常见密码。"
        self.fields["new_password2"].label = "再输一次新密码"
        self.fields["new_password2"].help_text = ""

    def validate_password_for_user(self, user, *_):
        """What is wrong with the new password stands under the new password, not under its repetition."""
        super().validate_password_for_user(user, "new_password1")

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("old_password") and cleaned.get("old_password") == cleaned.get("new_password1"):
            self.add_error("new_password1", forms.ValidationError(self.error_messages["same"], code="same"))
        return cleaned
