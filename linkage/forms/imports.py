"""The upload of a filled template or of a table in any form, and what a person says about the columns of such a table."""

from __future__ import annotations

from typing import Any

from django import forms

from linkage.excel.headings import FIELDS, PARTS
from linkage.imports.base import ImportKind
from linkage.imports.tables import said_of

TEMPLATE_SUFFIXES, ANY_SUFFIXES = ".xlsx", ".xlsx,.xls,.et,.csv"
UNITS = ("万元", "元", "亿元", "百万元", "千元")
NOT_READ = ""


class ImportForm(forms.Form):
    """What can be wrong with the file itself is said by `linkage.excel`, in the file's own words."""

    file = forms.FileField(
        label="填好的表",
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": TEMPLATE_SUFFIXES}),
        error_messages={"required": "请选择填好的表。"},
    )

    def __init__(self, *args, kind: ImportKind, **kwargs):
        super().__init__(*args, **kwargs)
        if kind.any_tables:
            self.fields["file"].label = "填好的模板，或本单位原有的项目表"
            self.fields["file"].widget.attrs["accept"] = ANY_SUFFIXES


class MappingForm(forms.Form):
    """One table of a file: what each column is, and the answers that hold for the whole file.

    `tables` and `questions` as they were described in Job.result, `index` the table that is shown; `mapping` is what was said
    earlier or remembered. `seen` names what the page showed, so that answers to another reading of the file are not taken.
    """

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    key = forms.CharField(widget=forms.HiddenInput, required=False)
    take = forms.MultipleChoiceField(label="这次导入哪些表", required=False, widget=forms.CheckboxSelectMultiple)
    header_row = forms.IntegerField(label="表头在第几行", min_value=1, max_value=1000, required=False, help_text="认错了表头时改这里，先重新识别再对各列。")
    keep = forms.BooleanField(label="记住，下次同样表头的表直接按此读取", required=False, initial=True)

    def __init__(
        self, *args, kind: ImportKind, tables: list[dict[str, Any]], index: int, questions: list[dict[str, Any]], mapping: dict[str, Any],
        answers: dict[str, str], seen: str, **kwargs,
    ):  # fmt: skip
        super().__init__(*args, **kwargs)
        self.table = table = tables[index]
        self.before = said_of(mapping, table)
        self.fields["seen"].initial, self.fields["key"].initial, self.fields["header_row"].initial = seen, table["key"], table["row"]
        self._offer_tables(tables, mapping.get("left_out") or [])
        known = answers | mapping.get("answers", {})
        for question in questions:
            self.fields[f"answer_{question['key']}"] = _answer_field(question, known.get(question["key"]) or question["initial"])
        assert kind.any_tables is not None
        for index, column in enumerate(table["columns"]):
            choices = _choices(kind.any_tables.fields, column["field"])
            self.fields[f"field_{index}"] = forms.ChoiceField(
                label=f"{column['letter']} 列“{column['header']}”", choices=choices, initial=column["field"], required=False, widget=_select()
            )
            if column["kind"] == "amount":
                self.fields[f"unit_{index}"] = forms.ChoiceField(
                    label=f"{column['letter']} 列的金额单位", choices=[(unit, unit) for unit in UNITS], initial=column["unit"], required=False,
                    widget=_select(),
                )  # fmt: skip

    def _offer_tables(self, tables: list[dict[str, Any]], left_out: list[str]) -> None:
        """A tick per sort of header, where a file holds lists of projects with several."""
        sheets: dict[str, list[dict[str, Any]]] = {}
        for one in tables:
            if one["is_list"]:
                sheets.setdefault(one["key"], []).append(one)
        self.kinds = list(sheets)
        if len(sheets) < 2:
            del self.fields["take"]
            return
        self.fields["take"].choices = [(key, _words_for(of_kind)) for key, of_kind in sheets.items()]
        self.fields["take"].initial = [key for key in sheets if key not in left_out]

    @property
    def question_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("answer_")]

    @property
    def column_rows(self) -> list[dict[str, Any]]:
        """Each column with its two choices, for the table of the page."""
        return [
            column | {"choice": self[f"field_{index}"], "unit_choice": self[f"unit_{index}"] if f"unit_{index}" in self.fields else None}
            for index, column in enumerate(self.table["columns"])
        ]

    def clean(self):
        cleaned = super().clean()
        if "take" in self.fields and not cleaned.get("take"):
            self.add_error("take", "请至少勾一种要导入的表；都不要就取消这次导入。")
        if self.moves_header or self.table["key"] in self._left_out:
            return cleaned
        taken: dict[str, str] = {}
        for index, column in enumerate(self.table["columns"]):
            wanted = cleaned.get(f"field_{index}", "")
            if wanted in taken and wanted not in PARTS and _said(wanted):
                self.add_error(f"field_{index}", f"“{FIELDS[wanted][0]}”已选了“{taken[wanted]}”，一个栏目只能对应一列。")
            taken[wanted] = column["header"]
        if "name" not in taken and not self.table["is_list"]:
            raise forms.ValidationError("请指明哪一列是“项目名称”。如果表里没有单个项目，就不能从这里导入。")
        return cleaned

    @property
    def _left_out(self) -> list[str]:
        taken = self.cleaned_data.get("take", self.kinds)
        return [key for key in self.kinds if key not in taken]

    @property
    def moves_header(self) -> bool:
        wanted = self.cleaned_data.get("header_row")
        return bool(wanted) and not self.table["row"] <= wanted <= self.table["last_header_row"]

    @property
    def mapping(self) -> dict[str, Any]:
        """What was said, as `linkage.imports.tables` takes it: only columns that differ from how they are read by themselves."""
        said = {
            "table": [self.table["sheet"], self.table["row"]], "unit": self.before.get("unit", ""), "keep": self.cleaned_data["keep"],
            "left_out": self._left_out if "take" in self.fields else None,
        }  # fmt: skip
        answers = {
            name.removeprefix("answer_"): str(value) for name, value in self.cleaned_data.items() if name.startswith("answer_") and value
        }
        header_row = self.before.get("header_row") or 0
        if self.moves_header:
            return said | {"header_row": self.cleaned_data["header_row"], "columns": {}, "answers": answers}
        return said | {"header_row": header_row, "columns": self._columns(), "answers": answers}

    def _columns(self) -> dict[str, list[str]]:
        keys = [column["key"] for column in self.table["columns"]]
        earlier, found = self.before.get("columns", {}), {}
        for index, column in enumerate(self.table["columns"]):
            key = column["key"] if keys.count(column["key"]) == 1 else column["letter"]
            field, unit = self.cleaned_data.get(f"field_{index}", ""), self.cleaned_data.get(f"unit_{index}", "")
            moved = field != column["field"] or (unit and (unit != column["unit"] or column["unit_from"] in ("guess", "chosen")))
            if moved or key in earlier:
                found[key] = [field, unit if column["kind"] == "amount" or FIELDS.get(field, ("", ""))[1] == "amount" else ""]
        return found


def _words_for(of_kind: list[dict[str, Any]]) -> str:
    """Tables with one header in words: their sheets, how many rows, the money when it is known."""
    sheets = list(dict.fromkeys(one["sheet"] for one in of_kind))
    named = "、".join(f"“{sheet}”" for sheet in sheets[:3]) + (f"等 {len(sheets)} 个工作表" if len(sheets) > 3 else "")
    start = f"第 {of_kind[0]['row']} 行起的表，" if len(of_kind) == 1 else f"{len(of_kind)} 个表，"
    return f"{named}{start}{sum(one['rows'] for one in of_kind)} 行"


def _select() -> forms.Select:
    return forms.Select(attrs={"class": "form-select form-select-sm"})


def _said(field: str) -> bool:
    return field != NOT_READ and FIELDS[field][1] not in ("mark", "private", "percent") and field != "note"


def _choices(offered: tuple[str, ...], own: str) -> list[tuple[str, str]]:
    choices = [(NOT_READ, "（不导入）"), *((name, FIELDS[name][0]) for name in offered)]
    if own and own not in offered:
        choices.append((own, f"{FIELDS[own][0]}（不导入）"))
    return choices


def _answer_field(question: dict[str, Any], initial: str) -> forms.Field:
    words = {"label": question["label"], "required": question["required"], "help_text": question["help"], "initial": initial}
    if question["kind"] == "year":
        return forms.IntegerField(min_value=2015, max_value=2100, **words)
    if question["kind"] == "text":
        return forms.CharField(max_length=120, **words)
    return forms.ChoiceField(choices=[("", "请选择"), *question["choices"]], **words)
