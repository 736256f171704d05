"""资料清单: which files are kept, with their hashes (features 10.5)."""

from __future__ import annotations

from collections.abc import Iterator

from linkage import exports, periods
from linkage.excel import Column, Sheet
from projects.filters.document import DocumentFilter
from projects.models import ProjectDocument

KIND = "documents"
COLUMNS = [
    Column("no", "序号", "int", 6), Column("title", "资料", width=26), Column("kind", "种类", width=13), Column("unit", "县（市、区）", width=11),
    Column("project", "项目", width=26), Column("owner", "所属", width=24), Column("document_no", "文号", width=18), Column("dated_on", "日期", "date"),
    Column("added_by", "上传人", width=9), Column("added_on", "上传日期", "date"), Column("name", "文件名", width=24),
    Column("sha256", "散列 SHA-256", width=30),
    Column("withdrawn", "撤回", width=20),
]  # fmt: skip


def _rows(call: exports.Call):
    return DocumentFilter(call.query, ProjectDocument.objects.visible_to(call.by), user=call.by).qs.order_by("-added_at", "-pk")


def _lines(call: exports.Call) -> Iterator[dict]:
    for number, row in enumerate(_rows(call).with_owners().select_related("added_by").iterator(500), 1):
        yield {
            "no": number, "title": row.title, "kind": row.kind.name, "unit": row.upload.region.name if row.upload.region else "",
            "project": str(row.about_project or ""), "owner": row.owner_words, "document_no": row.document_no, "dated_on": row.dated_on,
            "added_by": str(row.added_by), "added_on": periods.day_of(row.added_at), "name": row.upload.name, "sha256": row.upload.sha256,
            "withdrawn": row.withdrawn_reason,
        }  # fmt: skip


def build(call: exports.Call) -> list[Sheet]:
    as_of = periods.day_of(call.at)
    return [Sheet(title="衔接资金项目资料清单", name="资料清单", as_of=as_of, columns=COLUMNS, rows=_lines(call), frozen_columns=2)]


exports.register(exports.ExportKind(KIND, "资料清单", build=build, count=lambda call: _rows(call).count(), stem=lambda call: "资料清单"))
