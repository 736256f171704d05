"""Forms of “一对一”: the people of one cell, and what the table shows."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from linkage.actions.contacts import Person
from linkage.figures.contacts import Cell
from linkage.models import ContactPost, Matter, Organisation, Region, User

from .inputs import OrganisationField, day, words

_WORDS = {"name": "姓名", "duty": "职务", "office_phone": "办公电话"}


class AccountField(forms.ModelChoiceField):
    """An account by name and post: two people of one name are told apart."""

    def label_from_instance(self, user):
        return f"{user.name}（{user.duty or user.username}）"


class ContactForm(forms.Form):
    """A岗 and B岗 of one cell. Choosing an account fills in its name, post and office phone."""

    since = day("自何日起", help_text="换人的从这一天算起；只改电话的不另起")
    document = words("依据文件", max_length=120)
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args, cell: Cell, users: Sequence[User], others: Sequence[Cell] = (), **kwargs):
        super().__init__(*args, **kwargs)
        self.cell = cell
        ids = [user.pk for user in users]
        fields = {}
        for post in ContactPost:
            fields[f"{post}_user"] = AccountField(
                label=f"{post.label}账号", queryset=User.objects.filter(pk__in=ids).order_by("name", "pk"), required=False, empty_label="没有账号",
                help_text="选了账号，姓名、职务、电话可以不填",
            )  # fmt: skip
            fields[f"{post}_name"] = words(f"{post.label}姓名", max_length=40, help_text="空着为空缺")
            fields[f"{post}_duty"] = words(f"{post.label}职务", max_length=60)
            fields[f"{post}_office_phone"] = words(f"{post.label}办公电话", max_length=30, help_text="只登记办公电话")
        self.fields = fields | self.fields
        if others:
            self.fields["also"] = forms.MultipleChoiceField(
                label="同时填入的空缺事项", required=False, widget=forms.CheckboxSelectMultiple, choices=[(one.matter.code, one.matter.name) for one in others],
                help_text=f"{cell.organisation}在{cell.region}还空缺的事项",
            )  # fmt: skip

    def clean(self):
        cleaned = super().clean()
        for post in ContactPost:
            user, name = cleaned.get(f"{post}_user"), cleaned.get(f"{post}_name")
            if user and name and name != user.name:
                self.add_error(f"{post}_name", f"与所选账号（{user.name}）不是同一个人，请改选或清空账号。")
            elif not user and not name and (cleaned.get(f"{post}_duty") or cleaned.get(f"{post}_office_phone")):
                self.add_error(f"{post}_name", "填了职务或电话，请填写姓名；要撤下此人，请把这一岗各栏都清空。")
        return cleaned

    def people(self, known: dict[str, list[User]]) -> dict[str, Person | None]:
        """Both posts as they were filled in; a name that one account of the body bears takes that account."""
        return {post.value: self._person(post, known) for post in ContactPost}

    def _person(self, post: ContactPost, known: dict[str, list[User]]) -> Person | None:
        name, duty, phone = (self.cleaned_data[f"{post}_{key}"] for key in _WORDS)
        same = known.get(name, [])
        user = self.cleaned_data[f"{post}_user"] or (same[0] if len(same) == 1 else None)
        if user is None:
            return Person(name, duty, phone) if name else None
        return Person(user.name, duty or user.duty, phone or user.office_phone, user)


def initial_of(cell: Cell, since) -> dict[str, object]:
    """The cell as a form shows it."""
    found: dict[str, object] = {"since": since, "seen": cell.mark, "document": next((row.document for row in cell.people.values() if row.document), "")}
    for post, row in cell.people.items():
        found |= {f"{post}_user": row.user_id, f"{post}_name": row.person_name, f"{post}_duty": row.duty, f"{post}_office_phone": row.office_phone}
    return found


class ContactFilter(forms.Form):
    """What the table shows, in the address."""

    unit = forms.ModelChoiceField(
        label="单位", queryset=Region.objects.none(), required=False, to_field_name="slug", empty_label="全部"
    )
    matter = forms.ModelChoiceField(
        label="事项", queryset=Matter.objects.filter(is_active=True), required=False, to_field_name="code", empty_label="全部"
    )
    body = OrganisationField(label="承办单位", queryset=Organisation.objects.none(), required=False, empty_label="全部")
    gaps = forms.BooleanField(label="只看空缺", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Region.objects.reporting()
        self.fields["body"].queryset = Organisation.objects.filter(
            responsibility__region__is_reporting=True, responsibility__until__isnull=True
        ).select_related("region").order_by("region__display_order", "pk").distinct()  # fmt: skip

    def chosen(self) -> dict:
        """What narrows the table; a value that is no choice narrows nothing."""
        return {name: value for name, value in self.cleaned_data.items() if value} if self.is_valid() else {}
