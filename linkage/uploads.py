"""Files from outside: looked at before they are kept, handed out only by the view of the object they belong to."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from django.conf import settings
from django.http import FileResponse, Http404
from django.utils.http import content_disposition_header

from linkage.errors import Refusal
from linkage.models import Upload

HEAD_BYTES = TAIL_BYTES = 2048
NAME_LENGTH = 120
_UNSAFE = re.compile(r'[\\/:*?"<>|]+')


class UnfitFile(Refusal):
    """The file is not kept; the message says why and what to do."""

    code = "unfit_file"


@dataclass(frozen=True)
class FileKind:
    """`starts` and `ends` are looked for near the two ends of the content; the name of a file proves nothing."""

    suffix: str
    words: str
    content_type: str
    starts: bytes
    ends: bytes
    anywhere: bool = False

    def begins(self, head: bytes) -> bool:
        return self.starts in head[:1024] if self.anywhere else head.startswith(self.starts)


FILE_KINDS = {
    "pdf": FileKind(".pdf", "PDF", "application/pdf", b"%PDF-", b"%%EOF", anywhere=True),
    "jpg": FileKind(".jpg", "JPG", "image/jpeg", b"\xff\xd8\xff", b"\xff\xd9"),
    "png": FileKind(".png", "PNG", "image/png", b"\x89PNG\r\n\x1a\n", b"IEND"),
}
SCAN_KINDS = ("pdf", "jpg", "png")


def inspect(file: IO[bytes], *, kinds: tuple[str, ...] = SCAN_KINDS, max_bytes: int | None = None) -> FileKind:
    """Which of the allowed kinds the content is; raises UnfitFile. The file is left at its beginning."""
    limit = max_bytes or settings.UPLOAD_MAX_BYTES
    size = size_of(file)
    if size == 0:
        raise UnfitFile("文件是空的（0 字节），请重新选择。")
    if size > limit:
        raise UnfitFile(f"文件 {size_words(size)}，超过上限 {size_words(limit)}。请压缩或降低扫描分辨率后再上传。")
    head = file.read(HEAD_BYTES)
    file.seek(max(0, size - TAIL_BYTES))
    tail = file.read()
    file.seek(0)
    found = next((FILE_KINDS[name] for name in kinds if FILE_KINDS[name].begins(head)), None)
    if found is None:
        allowed = "、".join(FILE_KINDS[name].words for name in kinds)
        raise UnfitFile(f"只接受 {allowed} 文件，这个文件的内容不是。请扫描或另存为 PDF 后再上传。")
    if found.ends not in tail:
        raise UnfitFile(f"{found.words} 文件不完整（可能没有传完）。请确认能打开后重新上传。")
    return found


def size_of(file: IO[bytes]) -> int:
    """Bytes of an open file, which is left at its beginning."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    return size


def size_words(size: int) -> str:
    """ "1.5 MB", "20 KB", "800 字节"."""
    if size < 1024:
        return f"{size} 字节"
    number, unit = (size / 1024, "KB") if size < 1024 * 1024 else (size / 1024 / 1024, "MB")
    return f"{number:.1f} {unit}".replace(".0 ", " ")


def sha256_of(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return digest


def clean_name(name: str, suffix: str = "") -> str:
    """A name fit to be shown and offered: no path, no control or direction signs; with `suffix` when given."""
    plain = unicodedata.normalize("NFC", str(name)).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(sign for sign in plain if unicodedata.category(sign)[0] != "C")
    plain = _UNSAFE.sub("_", plain).strip(" .")
    ending = suffix or PurePosixPath(plain).suffix[:10]
    stem = plain[: -len(PurePosixPath(plain).suffix)] if PurePosixPath(plain).suffix else plain
    return f"{stem[:NAME_LENGTH] or '文件'}{ending}"


def send(upload: Upload, *, name: str = "") -> FileResponse:
    """Hand out a file as a download. The caller has asked who may see its owner; the file alone decides nothing."""
    try:
        content = upload.file.open("rb")
    except (FileNotFoundError, ValueError) as error:
        raise Http404("文件已不在，可能已过保存期。") from error
    response = FileResponse(content, as_attachment=True, filename=name or upload.name, content_type=upload.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def attachment(name: str) -> str:
    """The Content-Disposition of a download; Chinese names by RFC 5987."""
    return content_disposition_header(as_attachment=True, filename=clean_name(name)) or "attachment"
