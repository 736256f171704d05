"""Words for password rules that Django has not translated."""

from django.contrib.auth import password_validation


class MinimumLength(password_validation.MinimumLengthValidator):
    """At least `min_length` characters."""

    def get_error_message(self):
        return f"密码太短，至少 {self.min_length} 个字符。"

    def get_help_text(self):
        return f"密码至少 {self.min_length} 个字符。"
