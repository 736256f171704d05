"""What a check answers. All problems at once, each with place, reason and repair."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    MUST = "must"  # 强制（须改正）
    EXPLAIN = "explain"  # 核实（须说明）
    HINT = "hint"  # 提示

    @property
    def words(self) -> str:
        return {"must": "强制（须改正）", "explain": "核实（须说明）", "hint": "提示"}[self.value]


@dataclass(frozen=True)
class Problem:
    """One finding. `key` is stable over runs (explanations hang on it); `place` names the field, `row` the row's id."""

    code: str
    severity: Severity
    message: str
    repair: str
    place: str = ""
    row: int | None = None
    row_label: str = ""

    @property
    def key(self) -> str:
        return f"{self.code}:{self.row or ''}:{self.place}"

    def as_dict(self) -> dict:
        return asdict(self) | {"key": self.key, "severity_words": self.severity.words}
