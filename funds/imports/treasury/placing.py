"""Which unit a line of a treasury export belongs to, and whether this person may bring it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linkage import access
from linkage.figures.names import RegionNames, squeeze
from linkage.models import Region

PERMISSION = "voucher.record"


def own_units(by, permission: str = PERMISSION) -> list[Region]:
    """Reporting units whose rows this person may bring in."""
    return [unit for unit in Region.objects.reporting() if access.may(by, permission, unit)]


class Places:
    """Units by the words of a file. Three queries when made, none afterwards."""

    def __init__(self, by, answer: str = ""):
        self.names = RegionNames()
        self.units = {unit.pk: unit for unit in self.names.regions.values() if unit.is_reporting and unit.is_active}
        self.own = {unit.pk for unit in own_units(by)}
        self.answer = next((unit for unit in self.units.values() if unit.slug == answer and unit.pk in self.own), None)
        self._known: dict[tuple[str, str, str], tuple[int | None, str]] = {}

    def of(self, values: Mapping[str, Any]) -> tuple[int | None, str]:
        """(unit, "") or (None, why not, with the repair)."""
        words = tuple(str(values.get(key, "")) for key in ("region", "region_code", "agency"))
        if words not in self._known:
            self._known[words] = self._find(*words)
        return self._known[words]

    def _find(self, region: str, code: str, agency: str) -> tuple[int | None, str]:
        unit = self._named(region, code) or self._in(region) or (None if region or code else self._in(agency) or self.answer)
        if unit is None and not region and not code and len(self.own) == 1:
            unit = self.units[next(iter(self.own))]
        if unit is None:
            said = region or code or agency
            unknown = f"不认识“{said}”这个地区。请在名录里为该单位补上这个名称或代码，再“重新核对”。"
            return None, unknown if said else "没有写明地区。请在导出时勾上“区划名称”列。"
        if unit.pk not in self.own:
            mine = "、".join(self.units[pk].name for pk in sorted(self.own))
            return None, f"这是{unit.name}的付款，您只能导入{mine}的数据，这一行没有导入。请交{unit.name}财政局或地区财政局上传。"
        return unit.pk, ""

    def _named(self, region: str, code: str) -> Region | None:
        """By name, else by code, which may have changed hands and then says nothing."""
        for word in (region, code):
            if not word:
                continue
            for form in (word, squeeze(word).removesuffix("财政局").removesuffix("本级"), squeeze(word)):
                if found := self.names.one(form, reporting=True):
                    return found
        return self._own_level(region)

    def _own_level(self, region: str) -> Region | None:
        """地区本级, 大兴安岭地区本级, 市本级: the prefecture's own projects."""
        plain = squeeze(region)
        own = [unit for unit in self.units.values() if unit.kind == "own"]
        if len(own) == 1 and own[0].parent and plain in (own[0].parent.name, f"{own[0].parent.name}本级", "本级", "市本级", "地区本级", "地级"):
            return own[0]
        return None

    def _in(self, words: str) -> Region | None:
        """The one unit whose name stands in the words (黑龙江省大兴安岭地区呼玛县; 呼玛县农业农村局)."""
        plain = squeeze(words)
        found = [unit for unit in self.units.values() if len(unit.name) > 2 and unit.name in plain]
        return found[0] if len(found) == 1 else None
