"""Keeping and dropping files."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import PurePosixPath
from typing import IO

from django.core.files import File
from django.db import transaction

from linkage import audit, periods, uploads
from linkage.models import Upload


@transaction.atomic
def store_upload(
    *, by, file: IO[bytes], kinds: tuple[str, ...] = uploads.SCAN_KINDS, max_bytes: int | None = None, name: str = "",
    region=None, at: datetime | None = None,
) -> Upload:  # fmt: skip
    """Keep a scan or picture after looking into it. Raises UnfitFile (wrong kind, too large, incomplete)."""
    at = at or periods.now()
    kind = uploads.inspect(file, kinds=kinds, max_bytes=max_bytes)
    shown = uploads.clean_name(name or getattr(file, "name", "") or "文件", kind.suffix)
    upload = store_file(by=by, file=file, name=shown, content_type=kind.content_type, region=region, at=at)
    audit.record(
        by=by, verb="上传文件", target=upload, at=at, after={"name": upload.name, "size": upload.size, "sha256": upload.sha256},
        region_path=region.path if region else "",
    )  # fmt: skip
    return upload


def store_file(*, by, file: IO[bytes], name: str, content_type: str, region=None, at: datetime | None = None) -> Upload:
    """Keep a file somebody has already looked into (a checked workbook, a result of ours) under a random name."""
    shown = uploads.clean_name(name)
    upload = Upload(
        name=shown, content_type=content_type, size=uploads.size_of(file), sha256=uploads.sha256_of(file), region=region,
        uploaded_by=by, uploaded_at=at or periods.now(),
    )  # fmt: skip
    upload.file.save(f"{secrets.token_hex(16)}{PurePosixPath(shown).suffix.lower()}", File(file), save=False)
    upload.save()
    return upload


def drop_file(upload: Upload) -> None:
    """Delete the row, and its content once that is certain. The caller has taken it off its owner."""
    storage, stored = upload.file.storage, upload.file.name
    with transaction.atomic():
        upload.delete()
        transaction.on_commit(lambda: storage.delete(stored))
