"""Names and addresses of the rows a person reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from funds.models import Batch, CountyAllocation

from .table import Waiting, WaitingTable, age_days


@dataclass(frozen=True)
class Named:
    """One row as it is read: `url` leads to what happened to its money."""

    row: Waiting
    name: str
    code: str
    unit: str
    task: str
    url: str
    age: int | None

    @property
    def since(self) -> date | None:
        return self.row.since


def name_rows(rows: list[Waiting], table: WaitingTable) -> list[Named]:
    """Two queries at most."""
    shares = _documents(CountyAllocation, rows, "share", "batch__document_no", "batch__title")
    batches = _documents(Batch, rows, "batch", "document_no", "title")
    return [_named(row, table, shares, batches) for row in rows]


def _documents(model, rows: list[Waiting], kind: str, *names: str) -> dict[int, tuple[str, str]]:
    """Id → (文号, 名称) of the rows of one kind."""
    ids = [row.pk for row in rows if row.kind == kind]
    return {pk: (number, title) for pk, number, title in model.objects.filter(pk__in=ids).order_by().values_list("pk", *names)} if ids else {}


def _named(row: Waiting, table: WaitingTable, shares, batches) -> Named:
    unit = table.units[row.unit].name if row.unit in table.units else "未分配到县"
    task, age = table.tasks[row.task].short_name, age_days(row, table.asked.as_of)
    if row.kind == "project":
        project = table.found.projects[row.pk]
        return Named(row, project["name"], project["code"], unit, task, reverse("waiting-project", args=[row.pk]), age)
    number, title = (shares if row.kind == "share" else batches)[row.pk]
    address = reverse("share-detail" if row.kind == "share" else "batch-detail", args=[row.pk])
    return Named(row, title or number, number, unit, task, address, age)
