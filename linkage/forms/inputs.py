"""Fields that several forms share."""

from django import forms

from linkage.personal import refuse_personal


def day(label: str, *, required: bool = True, help_text: str = "", **extra) -> forms.DateField:
    """A day, picked from the browser's calendar or typed as 2026-11-19."""
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    formats = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"]
    return forms.DateField(
        label=label, required=required, help_text=help_text, widget=widget, input_formats=formats, **extra
    )


def username_field() -> forms.RegexField:
    """The log-in name of a new account; it is for good."""
    return forms.RegexField(
        label="用户名", regex=r"^[a-z][a-z0-9_.-]{1,29}$", help_text="小写字母开头，2 至 30 位；建立后不能改",
        error_messages={"invalid": "请用小写字母开头，2 至 30 位小写字母、数字、下划线、点或短横。"},
    )  # fmt: skip


def words(label: str, *, max_length: int, required: bool = False, help_text: str = "", **extra) -> forms.CharField:
    """A short text that holds no identity number, mobile phone or account number."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=max_length,
        help_text=help_text,
        validators=[refuse_personal],
        **extra,
    )


class PathRegionField(forms.ModelChoiceField):
    """A region, indented by its depth below the first one."""

    def label_from_instance(self, region):
        return f"{'　' * max(region.path.count('/') - 2, 0)}{region.name}"


class OrganisationField(forms.ModelChoiceField):
    """An organisation by its full name."""

    def label_from_instance(self, organisation):
        return organisation.name
