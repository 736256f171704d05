"""Is this file a workbook we can read? Asked before anything opens it; every answer says what to do."""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from html import unescape
from pathlib import PurePath
from typing import IO

from linkage.errors import Refusal

ZIP_MAGIC, OLE_MAGIC = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_MARK = "EncryptedPackage".encode("utf-16-le")
UNPACKED_LIMIT = 300 * 1024 * 1024
MAX_COLUMNS = 200
TOO_MUCH = "文件内容异常，读取时超出了时间或内存的上限，已停止，没有写入任何数据。请把表格复制到新建的工作簿，另存为 .xlsx 后再上传。"
SAVE_AS = "请用 WPS 或 Excel 打开后“另存为”Excel 工作簿（.xlsx）再上传。"
_FILLED_CELL = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r\s*=\s*["']([A-Z]{1,4})(\d{1,9})["'][^>]*(?<!/)>\s*<(?:\w+:)?(?:v>[^<]|is[\s>]|f[\s>])"""
)
# Cells may leave their address to their row.
_ROW_OF_NAMELESS_CELL = re.compile(
    rb"""<(?:\w+:)?row\s(?:[^>]*?\s)?r\s*=\s*["'](\d{1,9})["'][^>]*(?<!/)>\s*<(?:\w+:)?c(?![^>]*\sr\s*=)[^>]*(?<!/)>"""
)
_CHUNK = 1 << 20
# What a zip that is torn or written by nobody sane is answered with, whatever packs its parts.
TORN_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


class Unreadable(Refusal):
    """The file as a whole cannot be used; the message says why and what to do."""

    code = "unreadable_file"


class Overrun(Unreadable):
    """Reading it took more time or memory than any honest file needs."""

    def __init__(self, message: str = TOO_MUCH):
        super().__init__(message)


def check_head(file: IO[bytes], name: str, *, max_bytes: int) -> None:
    """Raise Unreadable for what size, name and first bytes already tell; nothing is unpacked. `file` is left at its beginning."""
    check_size(file, max_bytes)
    try:
        _check_kind(file, PurePath(name).suffix.lower())
    finally:
        file.seek(0)


def check_workbook(file: IO[bytes], name: str, *, max_bytes: int, max_rows: int | None = None, unpacked: int | None = None) -> None:
    """Raise Unreadable unless this is a whole, unencrypted .xlsx without macros within the limits.

    `file` is read from its beginning and left there. `max_rows` bounds the last filled row of any sheet (plus head room
    for titles), so that one stray cell at the end of a sheet cannot swell into memory; `unpacked` bounds all parts together.
    """
    check_head(file, name, max_bytes=max_bytes)
    try:
        check_package(file, max_rows, unpacked)
    finally:
        file.seek(0)


def check_size(file: IO[bytes], max_bytes: int) -> None:
    """Raise Unreadable for an empty file or one above the limit; `file` is left at its beginning."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    if size == 0:
        raise Unreadable("文件是空的（0 字节）。请重新保存后上传。")
    if size > max_bytes:
        raise Unreadable(
            f"文件 {size / 1024 / 1024:.1f} MB，超过上限 {max_bytes / 1024 / 1024:g} MB。请分成几个文件，或删去图片后上传。"
        )


def _check_kind(file: IO[bytes], suffix: str) -> None:
    head = file.read(8)
    if suffix in (".xlsm", ".xltm", ".xlsb"):
        raise Unreadable(f"不接收带宏的工作簿。{SAVE_AS}")
    if head == OLE_MAGIC:
        file.seek(0)
        if ENCRYPTED_MARK in file.read():
            raise Unreadable("文件加了打开密码，无法读取。请取消密码（文件—文档加密）后保存再上传。")
        raise Unreadable(f"这是旧格式的表格（.xls、.et），这里只读 .xlsx。{SAVE_AS}")
    if not head.startswith(ZIP_MAGIC):
        what = f"“{suffix}”文件" if suffix and suffix != ".xlsx" else "这个文件"
        raise Unreadable(f"{what}不是 Excel 工作簿。{SAVE_AS}")
    if suffix != ".xlsx":
        raise Unreadable(f"文件名须以 .xlsx 结尾。{SAVE_AS}")


def check_package(file: IO[bytes], max_rows: int | None, unpacked: int | None = None) -> None:
    """Raise Unreadable unless the zip is a whole .xlsx without macros whose sheets stay within the limits."""
    try:
        with zipfile.ZipFile(file) as parts:
            names = parts.namelist()
            if sum(part.file_size for part in parts.infolist()) > (unpacked or UNPACKED_LIMIT):
                raise Unreadable("文件展开后过大，无法读取。请把数据复制到新下载的模板里再上传。")
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise Unreadable(f"不接收带宏的工作簿。{SAVE_AS}")
            if not any(name.startswith("xl/") for name in names):
                raise Unreadable(f"这个文件不是 Excel 工作簿。{SAVE_AS}")
            shown = _sheet_names(parts)
            for name in names:
                if name.lower().endswith(".xml"):
                    _check_extent(parts, name, max_rows, f"工作表“{shown[name]}”" if name in shown else "表中")
    except TORN_ZIP as error:
        raise Unreadable(
            "文件不完整或已损坏（可能没有传完）。请在 WPS 或 Excel 中确认能打开，重新保存后上传。"
        ) from error


def _sheet_names(parts: zipfile.ZipFile) -> dict[str, str]:
    """Part → name of its sheet, as far as the workbook says so in the usual way."""
    found: dict[str, bytes] = {}
    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        if part in parts.namelist():
            with parts.open(part) as content:
                found[part] = content.read(_CHUNK)
    targets = {identity: target for element in re.findall(rb"<Relationship\s[^>]*>", found.get("xl/_rels/workbook.xml.rels", b""))
               for identity, target in [(_attribute(element, b"Id"), _attribute(element, b"Target"))]}  # fmt: skip
    sheets = re.findall(rb"<sheet\s[^>]*>", found.get("xl/workbook.xml", b""))
    return {
        f"xl/{targets.get(_attribute(element, b'r:id'), '').removeprefix('/xl/')}": unescape(_attribute(element, b"name"))[:31]
        for element in sheets
    }


def _attribute(element: bytes, name: bytes) -> str:
    match = re.search(rb"\s" + name + rb"\s*=\s*[\"']([^\"']*)", element)
    return match[1].decode("utf-8", "replace") if match else ""


def _check_extent(parts: zipfile.ZipFile, name: str, max_rows: int | None, where: str) -> None:
    """Refuse sheets whose last filled cell lies far outside: readers lay out the whole rectangle."""
    last_row, letters = 0, b""
    with parts.open(name) as sheet:
        tail = b""
        while chunk := sheet.read(_CHUNK):
            text = tail + chunk
            if b"\x00" in text:
                raise Unreadable("文件的编码无法识别。请在 WPS 或 Excel 中打开后重新保存，再上传。")
            last_row = max([last_row, *map(int, _ROW_OF_NAMELESS_CELL.findall(text))])
            if cells := _FILLED_CELL.findall(text):
                last_row = max(last_row, max(int(row) for _, row in cells))
                letters = max({letters, *(column for column, _ in cells)}, key=lambda word: (len(word), word))
            tail = text[max(text.rfind(b"<row"), text.rfind(b":row"), text.rfind(b"<c "), text.rfind(b":c "), 0) :][
                -4096:
            ]
    if max_rows is not None and last_row > max_rows + 20:
        raise Unreadable(
            f"{where}第 {last_row} 行还有内容，超过上限 {max_rows} 行。请删去多余的行（表格末尾可能有看不见的空格），或分成几个文件。"
        )
    if _column_number(letters) > MAX_COLUMNS:
        raise Unreadable(
            f"{where}第 {letters.decode()} 列还有内容，超过 {MAX_COLUMNS} 列。请删去表格右侧多余的内容后再上传。"
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
