"""A project's own fields without the model around them: long sheets are compared and written by the thousand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from linkage.models import Region

from .project import Method, Stage

KEYS = {"implementer": "implementer_id", "task": "task_id", "category": "category_id"}  # foreign keys travel as ids
_METHODS: dict[str, str] = {method.value: str(method.label) for method in Method}
_STAGES: dict[str, str] = {stage.value: str(stage.label) for stage in Stage}


@dataclass(slots=True)
class PlainProject:
    """One project as a row of values: one that stands (`COLUMNS`, `of_row`) or one that is not registered yet (no `pk`).

    Answers what checks and `access.may` ask of a project.
    """

    unit: Region
    name: str = ""
    method: str = ""
    content: str = ""
    site: str = ""
    project_year: int | None = None
    planned_investment_yuan: Decimal | None = None
    planned_start_on: date | None = None
    planned_finish_on: date | None = None
    implementer_id: int | None = None
    task_id: int | None = None
    category_id: int | None = None
    stage: str = Stage.PROPOSED.value
    revision: int = 0
    code: str = ""
    pk: int | None = None

    @classmethod
    def of_row(cls, row: Sequence[Any], units: Mapping[int, Region]) -> PlainProject:
        """From a row of `COLUMNS`."""
        return cls(units[row[0]], *row[1:])

    def with_values(self, values: Mapping[str, Any]) -> PlainProject:
        """The same project with some values changed."""
        made = PlainProject(*[getattr(self, name) for name in _FIELDS])
        for name, value in values.items():
            setattr(made, name, value)
        return made

    def get_method_display(self) -> str:
        return _METHODS.get(self.method, self.method)

    def get_stage_display(self) -> str:
        return _STAGES.get(self.stage, self.stage)

    @property
    def unit_id(self) -> int:
        return self.unit.pk

    @property
    def scope_path(self) -> str:
        return self.unit.path

    @property
    def scope_task_id(self) -> int | None:
        return self.task_id

    @property
    def scope_project_id(self) -> int | None:
        return self.pk

    @property
    def scope_implementer_id(self) -> int | None:
        return self.implementer_id


_FIELDS = tuple(one.name for one in fields(PlainProject))
COLUMNS = ("unit_id", *_FIELDS[1:])
