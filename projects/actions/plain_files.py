"""PDFs and pictures as everything here keeps them: looked into first, without what a camera wrote into them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import IO

from linkage import pictures, rules, uploads
from linkage.actions.uploads import store_file
from linkage.models import Upload

LIMIT = "document_max_mb"


@dataclass(frozen=True)
class Looked:
    """A PDF or picture that may be kept."""

    content: BytesIO
    name: str
    content_type: str
    taken_on: date | None = None  # as a camera wrote it


def looked_into(file: IO[bytes], *, on: date) -> Looked:
    """Raises UnfitFile (kind, size by rule, incomplete, broken). Nothing is kept yet."""
    found = uploads.inspect(file, kinds=uploads.SCAN_KINDS, max_bytes=rules.get(LIMIT, on=on) * 1024 * 1024)
    content = pictures.plain(file.read(), found.content_type)
    name = uploads.clean_name(getattr(file, "name", "") or "文件", found.suffix)
    return Looked(BytesIO(content.content), name, found.content_type, content.taken_on)


def keep(found: Looked, *, by, region, at: datetime) -> Upload:
    return store_file(by=by, file=found.content, name=found.name, content_type=found.content_type, region=region, at=at)
