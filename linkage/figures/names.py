"""Which region or organisation a word from an outside table means (features 1.1: aliases, three code sets)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from linkage.models import Organisation, Region, RegionAlias


def squeeze(text: object) -> str:
    """Text as it is compared: full-width forms folded, no blanks, `232701.0` and `232701000000` as `232701`."""
    word = re.sub(r"\s", "", unicodedata.normalize("NFKC", str(text if text is not None else "")))
    word = re.sub(r"^(\d+)\.0$", r"\1", word)
    return re.sub(r"^(\d{6})0{6}$", r"\1", word)


class RegionNames:
    """All names, slugs and codes of regions; two queries when made, none afterwards."""

    def __init__(self) -> None:
        self.regions = {region.pk: region for region in Region.objects.select_related("parent")}
        self.by_word: dict[str, set[int]] = {}
        for region in self.regions.values():
            self._add(region.name, region.pk)
            self._add(region.slug, region.pk)
        for name, pk in RegionAlias.objects.values_list("name", "region_id"):
            self._add(name, pk)

    def _add(self, word: str, pk: int) -> None:
        self.by_word.setdefault(squeeze(word), set()).add(pk)

    def find(self, text: object, *, reporting: bool = False) -> list[Region]:
        """Regions that go by this word, in display order: none when unknown, several when the word is ambiguous.

        `reporting` leaves only reporting units (新林 is a district there and not its town 新林镇).
        """
        found = [self.regions[pk] for pk in self.by_word.get(squeeze(text), ())]
        return sorted((r for r in found if r.is_reporting or not reporting), key=lambda r: (r.display_order, r.pk))

    def one(self, text: object, *, reporting: bool = False) -> Region | None:
        """The region meant, or None when unknown or ambiguous (a code that changed hands, such as 232701)."""
        found = self.find(text, reporting=reporting)
        return found[0] if len(found) == 1 else None


def words_for(regions: Iterable[Region], names: RegionNames) -> tuple[tuple[str, str], ...]:
    """Every word that means exactly one of these regions, with its name: for the cells of an outside table. No query."""
    among = {region.pk: region.name for region in regions}
    found = ((word, [among[pk] for pk in meant if pk in among]) for word, meant in names.by_word.items())
    return tuple((word, meant[0]) for word, meant in found if len(meant) == 1)


class OrganisationNames:
    """Active organisations by full and short name; one query when made."""

    def __init__(self) -> None:
        self._by_word: dict[str, list[Organisation]] = {}
        for organisation in Organisation.objects.filter(is_active=True).select_related("region"):
            for word in {squeeze(organisation.name), squeeze(organisation.short_name)} - {""}:
                self._by_word.setdefault(word, []).append(organisation)

    def find(self, text: object, region: Region) -> list[Organisation]:
        """Organisations of this name that serve the region: its own, else those of the regions above it."""
        named = self._by_word.get(squeeze(text), [])
        own = [o for o in named if o.region_id == region.pk]
        return own or [o for o in named if o.region.covers(region) or region.covers(o.region)]
