"""Pictures are kept without the place and device they tell of; orientation stays, the day is told."""

import struct
import zlib
from datetime import date

import pytest

from linkage.pictures import plain
from linkage.uploads import UnfitFile

GPS = b"N\x00\x00\x00 50.4267 124.1175 HUAWEI-P40"
SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\xff\x00\x34\xff\xd0\x56"
TABLE = b"\xff\xdb\x00\x04\x01\x02"
JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00"


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def exif(order: str = ">", orientation: int = 6, taken: bytes = b"2026:05:12 10:30:00") -> bytes:
    """IFD0: orientation, position of the inner directory; inner: the moment; GPS words behind."""
    head = {">": b"MM\x00\x2a", "<": b"II\x2a\x00"}[order] + struct.pack(f"{order}I", 8)
    ifd = struct.pack(f"{order}H", 2) + struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack(f"{order}HHII", 0x8769, 4, 1, 38)
    inner = struct.pack(f"{order}IH", 0, 1) + struct.pack(f"{order}HHII", 0x9003, 2, 20, 56) + struct.pack(f"{order}I", 0)
    return segment(0xE1, b"Exif\x00\x00" + head + ifd + inner + taken + b"\x00" + GPS)


def jpeg(*notes: bytes) -> bytes:
    return b"\xff\xd8" + JFIF + b"".join(notes) + TABLE + SCAN + b"\xff\xd9"


@pytest.mark.parametrize("order", [">", "<"])
def test_place_and_device_go_orientation_and_day_stay(order):
    found = plain(jpeg(exif(order)), "image/jpeg")
    assert b"50.4267" not in found.content and b"HUAWEI" not in found.content
    assert found.taken_on == date(2026, 5, 12)
    again = plain(found.content, "image/jpeg")
    assert again.content == found.content, "what was written is a picture with an orientation"
    assert struct.pack(">HHIH", 0x0112, 3, 1, 6) in found.content


def test_a_picture_that_says_nothing_comes_back_as_it_was():
    assert plain(jpeg(), "image/jpeg").content == jpeg()
    assert plain(jpeg(), "image/jpeg").taken_on is None


def test_comments_xmp_and_what_hangs_on_behind_go_colour_stays():
    colour = segment(0xE2, b"ICC_PROFILE\x00\x01\x01colour")
    noisy = jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + GPS), segment(0xED, GPS), segment(0xFE, GPS), colour) + b"second picture" + GPS
    assert plain(noisy, "image/jpeg").content == jpeg(colour)


def test_an_orientation_of_its_own_needs_no_note():
    assert plain(jpeg(exif(orientation=1)), "image/jpeg").content == jpeg()


@pytest.mark.parametrize("notes", [b"", b"MM", b"XX\x00\x2a\x00\x00\x00\x08", b"MM\x00\x2a\xff\xff\xff\xff"])
def test_notes_that_cannot_be_read_go_without_a_word(notes):
    found = plain(jpeg(segment(0xE1, b"Exif\x00\x00" + notes + GPS)), "image/jpeg")
    assert (found.content, found.taken_on) == (jpeg(), None)


@pytest.mark.parametrize("taken", [b"0000:00:00 00:00:00", b"not a moment at all!"])
def test_a_moment_that_is_none_is_not_told(taken):
    assert plain(jpeg(exif(taken=taken)), "image/jpeg").taken_on is None


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def test_png_keeps_the_picture_and_loses_the_notes():
    head, body, end = chunk(b"IHDR", b"\x00" * 13), chunk(b"IDAT", zlib.compress(b"\x00" * 9)), chunk(b"IEND", b"")
    start = b"\x89PNG\r\n\x1a\n"
    noisy = start + head + chunk(b"eXIf", GPS) + chunk(b"tEXt", GPS) + body + chunk(b"iTXt", GPS) + end + GPS
    assert plain(noisy, "image/png").content == start + head + body + end


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"\xff\xd8\xff\xe0\x00\x00", "image/jpeg"), (b"\xff\xd8\xff\xe1\xff\xff\x00", "image/jpeg"), (jpeg()[:-2], "image/jpeg"),
     (b"\x89PNG\r\n\x1a\n\xff\xff\xff\xff", "image/png")],
    ids=["length", "beyond", "no-end", "png"],
)  # fmt: skip
def test_a_broken_picture_is_refused(content, kind):
    with pytest.raises(UnfitFile, match="已损坏"):
        plain(content, kind)


def test_a_pdf_is_not_touched():
    assert plain(b"%PDF-1.7 " + GPS, "application/pdf").content == b"%PDF-1.7 " + GPS
