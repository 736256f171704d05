"""Photographs without what they say about place and device: a phone writes its position into every picture.

JPEG and PNG are taken apart by their own structure and put together from what a picture needs; the orientation stays, so that
it is shown upright, and the day it was taken is told to the caller. No picture is decoded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from linkage.uploads import UnfitFile

BROKEN = "图片已损坏，读不出来。请确认能打开后重新上传。"
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_DROPPED = (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME")
_JPEG_KEPT_APPS = (0xE0, 0xE2, 0xEE)  # JFIF, colour profile, Adobe's colour transform
_ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
_SOS, _EOI, _COMMENT, _EXIF_APP = 0xDA, 0xD9, 0xFE, 0xE1
_ORIENTATION, _EXIF_IFD, _TAKEN = 0x0112, 0x8769, 0x9003


@dataclass(frozen=True)
class Plain:
    """The picture without its notes; the day it says it was taken, if it says one."""

    content: bytes
    taken_on: date | None = None


def plain(content: bytes, content_type: str) -> Plain:
    """Take the notes out of a JPEG or PNG; anything else comes back as it is. Raises UnfitFile for a broken picture."""
    try:
        if content_type == "image/jpeg":
            return _plain_jpeg(content)
        if content_type == "image/png":
            return Plain(_plain_png(content))
    except (struct.error, IndexError, ValueError) as error:
        raise UnfitFile(BROKEN) from error
    return Plain(content)


def _plain_png(content: bytes) -> bytes:
    parts, at = [_PNG], len(_PNG)
    while True:
        (length,) = struct.unpack_from(">I", content, at)
        name, end = content[at + 4 : at + 8], at + 12 + length
        if end > len(content):
            raise ValueError("chunk beyond the end")
        if name not in _PNG_DROPPED:
            parts.append(content[at:end])
        if name == b"IEND":
            return b"".join(parts)
        at = end


def _plain_jpeg(content: bytes) -> Plain:
    parts, orientation, taken = [b"\xff\xd8"], 1, None
    for marker, piece in _segments(content):
        if marker == _EXIF_APP and piece[4:10] == b"Exif\x00\x00":
            orientation, taken = _notes(piece[10:])
        elif not (0xE0 <= marker <= 0xEF or marker == _COMMENT) or marker in _JPEG_KEPT_APPS:
            parts.append(piece)
    if orientation != 1:
        place = 2 if len(parts) > 1 and parts[1][1] == 0xE0 else 1  # JFIF stands first
        parts.insert(place, _orientation_segment(orientation))
    return Plain(b"".join(parts), taken)


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, whole segment) up to the end of the picture; what a phone hangs on behind it is left out."""
    at = 2
    while True:
        start = at
        if content[at] != 0xFF:
            raise ValueError("no marker")
        while content[at] == 0xFF:
            at += 1
        marker, at = content[at], at + 1
        if marker == _EOI:
            yield marker, b"\xff\xd9"
            return
        if marker not in _ALONE:
            (length,) = struct.unpack_from(">H", content, at)
            if length < 2 or at + length > len(content):
                raise ValueError("segment beyond the end")
            at += length
        if marker == _SOS:
            at = _end_of_scan(content, at)
        yield marker, content[start:at]


def _end_of_scan(content: bytes, at: int) -> int:
    """The place of the next real marker behind compressed data."""
    while True:
        at = content.index(b"\xff", at)
        if content[at + 1] not in (0x00, 0xFF, *range(0xD0, 0xD8)):
            return at
        at += 1 if content[at + 1] == 0xFF else 2


def _notes(tiff: bytes) -> tuple[int, date | None]:
    """Orientation and day of the picture; a note that cannot be read says nothing."""
    try:
        order = {b"II": "<", b"MM": ">"}[tiff[:2]]
        first = _entries(tiff, order, struct.unpack_from(f"{order}I", tiff, 4)[0])
        orientation = struct.unpack_from(f"{order}H", first[_ORIENTATION])[0] if _ORIENTATION in first else 1
        inner = _entries(tiff, order, struct.unpack(f"{order}I", first[_EXIF_IFD])[0]) if _EXIF_IFD in first else {}
        taken = _day(tiff, order, inner[_TAKEN]) if _TAKEN in inner else None
    except (struct.error, KeyError, IndexError, ValueError):
        return 1, None
    return (orientation if 1 <= orientation <= 8 else 1), taken


def _entries(tiff: bytes, order: str, at: int) -> dict[int, bytes]:
    """Tag → the four bytes of its value or of where it stands."""
    (number,) = struct.unpack_from(f"{order}H", tiff, at)
    rows = (struct.unpack_from(f"{order}HHI4s", tiff, at + 2 + 12 * n) for n in range(min(number, 200)))
    return {tag: value for tag, _, _, value in rows}


def _day(tiff: bytes, order: str, where: bytes) -> date:
    (at,) = struct.unpack(f"{order}I", where)
    year, month, day = tiff[at : at + 10].decode("ascii").split(":")
    return date(int(year), int(month), int(day))


def _orientation_segment(orientation: int) -> bytes:
    tiff = b"MM\x00\x2a" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    body = b"Exif\x00\x00" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
