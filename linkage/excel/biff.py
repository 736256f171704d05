"""What an old workbook (.xls, .et) holds, asked before a parser lays it out: encryption, macros, how far its cells reach.

Only the container (MS-CFB) and the heads of the records of the stream "Workbook" (MS-XLS) are walked.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from .files import MAX_COLUMNS, SAVE_AS, Unreadable

_FREE = 0xFFFFFFFA  # sector numbers from here on are no sectors
_CELLS = frozenset({0x06, 0xBD, 0xFD, 0x203, 0x204, 0x205, 0x27E, 0xD6, 0x03, 0x04, 0x02, 0x05})
_DIMENSIONS, _FILEPASS, _BOF, _MULRK = (0x200, 0x00), 0x2F, 0x809, 0xBD
_MACROS = ("_VBA_PROJECT", "_VBA_PROJECT_CUR", "VBA")
_MOST_ROWS, _MOST_COLUMNS = 65_536, 256
_BROKEN = "文件不完整或已损坏（可能没有传完）。请在 WPS 或 Excel 中确认能打开，重新保存后上传。"


def check_old_workbook(data: bytes, max_rows: int) -> None:
    """Raise Unreadable unless `data` is an unencrypted old workbook without macros within the limits."""
    try:
        streams = dict(_streams(data))
        if "EncryptedPackage" in streams:
            raise Unreadable("文件加了打开密码，无法读取。请取消密码（文件—文档加密）后保存再上传。")
        if any(name in streams for name in _MACROS):
            raise Unreadable(f"不接收带宏的工作簿。{SAVE_AS}")
        found = next((streams[name] for name in ("Workbook", "Book", "WORKBOOK", "BOOK") if name in streams), None)
        if found is None:
            raise Unreadable(f"这个文件不是 Excel 工作簿。{SAVE_AS}")
        _check_records(found(), max_rows)
    except (struct.error, IndexError, OverflowError, UnicodeDecodeError) as error:
        raise Unreadable(_BROKEN) from error


def _check_records(book: bytes, max_rows: int) -> None:
    """Walk the record heads. A sheet's row and column come first in every cell record."""
    place, end, last_row, last_column = 0, len(book) - 4, 0, 0
    head, pair = struct.Struct("<HH").unpack_from, struct.Struct("<HH").unpack_from
    while place <= end:
        code, length = head(book, place)
        place += 4
        if code in _CELLS and length >= 4:
            row, column = pair(book, place)
            last_row = max(last_row, row)
            if code == _MULRK:
                column = struct.unpack_from("<H", book, place + length - 2)[0]
            last_column = max(last_column, column)
        elif code == _FILEPASS:
            raise Unreadable("文件加了打开密码，无法读取。请取消密码后保存再上传。")
        elif code in _DIMENSIONS:
            _check_dimensions(book[place : place + length])
        place += length
    if last_row + 1 > max_rows + 20:
        raise Unreadable(f"表中第 {last_row + 1} 行还有内容，超过上限 {max_rows} 行。请删去多余的行，或分成几个文件。")
    if last_column + 1 > MAX_COLUMNS:
        raise Unreadable(f"表中第 {last_column + 1} 列还有内容，超过 {MAX_COLUMNS} 列。请删去表格右侧多余的内容后再上传。")


def _check_dimensions(record: bytes) -> None:
    """The declared rectangle: readers set memory aside for it, so it must be one that the format allows."""
    if len(record) >= 12:
        first_row, last_row, first_column, last_column = struct.unpack_from("<IIHH", record)
    elif len(record) >= 8:
        first_row, last_row, first_column, last_column = struct.unpack_from("<HHHH", record)
    else:
        return
    if last_row > _MOST_ROWS or last_column > _MOST_COLUMNS or first_row > last_row or first_column > last_column:
        raise Unreadable(_BROKEN)


# -- the container --------------------------------------------------------------------------------------------------------


def _streams(data: bytes) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Name and reader of every entry of the directory."""
    (shift,) = struct.unpack_from("<H", data, 30)
    if shift not in (9, 12):
        raise Unreadable(_BROKEN)
    size, first, small_first = 1 << shift, *struct.unpack_from("<I", data, 48), *struct.unpack_from("<I", data, 60)
    table = _table(data, size)
    directory = _chain(data, table, first, size, size)
    root: list[int] = []
    for place in range(0, len(directory) - 127, 128):
        entry = directory[place : place + 128]
        (length,) = struct.unpack_from("<H", entry, 64)
        start, extent = struct.unpack_from("<II", entry, 116)
        if not 2 <= length <= 64:
            continue
        name = entry[: length - 2].decode("utf-16-le")
        if not root:
            root = [start]
        yield name, _reader(data, table, size, start, extent, root, small_first)


def _reader(data: bytes, table: tuple[int, ...], size: int, start: int, extent: int, root: list[int], small_first: int):
    def read() -> bytes:
        if extent >= 4096:
            return _chain(data, table, start, size, size)[:extent]
        packed = _chain(data, table, small_first, size, size)
        small = struct.unpack(f"<{len(packed) // 4}I", packed[: len(packed) // 4 * 4])
        return _chain(b"\0" * 64 + _chain(data, table, root[0], size, size), small, start, 64, 64)[:extent]

    return read


def _table(data: bytes, size: int) -> tuple[int, ...]:
    """The chain table: the successor of every sector."""
    holders = [number for number in struct.unpack_from("<109I", data, 76) if number < _FREE]
    (following,) = struct.unpack_from("<I", data, 68)
    seen = 0
    while following < _FREE and seen <= len(data) // size:
        *more, following = struct.unpack_from(f"<{size // 4}I", data, (following + 1) * size)
        holders += [number for number in more if number < _FREE]
        seen += 1
    packed = b"".join(data[(number + 1) * size : (number + 2) * size] for number in holders[: len(data) // size + 1])
    return struct.unpack(f"<{len(packed) // 4}I", packed[: len(packed) // 4 * 4])


def _chain(data: bytes, table: tuple[int, ...], first: int, size: int, before: int) -> bytes:
    """The sectors from `first` on, joined; a chain that runs in a circle is broken off as a damaged file."""
    parts, number = [], first
    while number < _FREE:
        if len(parts) > len(table):
            raise Unreadable(_BROKEN)
        parts.append(data[before + number * size : before + (number + 1) * size])
        number = table[number]
    return b"".join(parts)
