"""The form of a handover: per kind one receiver for all, per item perhaps another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django import forms

from linkage.handover import Group
from linkage.models import Seat, User

from .inputs import words


class HandoverForm(forms.Form):
    """Fields `all_<kind>` and `one_<kind>_<key>`; what is left empty follows the kind's receiver."""

    reason = words("交接原因", max_length=120, required=True, help_text="如调离、退休、借调，可写文号")
    witness = words("监交人", max_length=120, required=True, help_text="姓名和职务，不能是交出人本人")

    def __init__(self, *args, seat: Seat, groups: Sequence[Group], on: date, **kwargs):
        super().__init__(*args, **kwargs)
        for name, missing in (("reason", "请写明交接原因。"), ("witness", "请写明监交人。")):
            self.fields[name].error_messages["required"] = missing
        self.groups = groups
        self.takers: dict[str, dict[str, User]] = {}  # asked once per kind, however many items there are
        for group in groups:
            takers = self.takers[group.kind.code] = {str(user.pk): user for user in group.kind.takers(seat, on)}
            people = [(key, f"{user.name}（{user.duty or user.username}）") for key, user in takers.items()]
            only = next(iter(takers)) if len(takers) == 1 else ""
            self.fields[self.all_name(group)] = forms.ChoiceField(
                label=f"{group.kind.title}交给", choices=[("", "请选择"), *people], required=False, initial=only
            )
            for item in group.items:
                self.fields[self.one_name(group, item.key)] = forms.ChoiceField(
                    label=item.title, choices=[("", "同上"), *people], required=False, widget=forms.Select(attrs={"class": "form-select form-select-sm"})
                )

    @staticmethod
    def all_name(group: Group) -> str:
        return f"all_{group.kind.code}"

    @staticmethod
    def one_name(group: Group, key: str) -> str:
        return f"one_{group.kind.code}_{key}"

    def parts(self):
        """(group, has it takers, its field, [(item, its field)]) for the page."""
        return [
            (group, bool(self.takers[group.kind.code]), self[self.all_name(group)], [(item, self[self.one_name(group, item.key)]) for item in group.items])
            for group in self.groups
        ]

    def clean(self):
        cleaned = super().clean()
        for group in self.groups:
            missing = [item for item in group.items if not self._receiver(group, item.key)]
            if missing and self.all_name(group) not in self.errors:
                self.add_error(self.all_name(group), f"还有 {len(missing)} 项没有接收人，请选择。")
        return cleaned

    def _receiver(self, group: Group, key: str) -> User | None:
        chosen = self.cleaned_data.get(self.one_name(group, key)) or self.cleaned_data.get(self.all_name(group)) or ""
        return self.takers[group.kind.code].get(chosen)

    def choices(self) -> dict[str, dict[str, User]]:
        """kind → key → who; complete when the form is valid."""
        found: dict[str, dict[str, User]] = {}
        for group in self.groups:
            for item in group.items:
                if receiver := self._receiver(group, item.key):
                    found.setdefault(group.kind.code, {})[item.key] = receiver
        return found
