"""Errors of formulas (#REF!, #DIV/0!) in a workbook: calamine gives such cells as blank, so they are looked up by themselves."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import IO, Any

from openpyxl import load_workbook

_MARK = b't="e"'
_STEP = 1 << 20  # bytes


Places = dict[int, dict[int, str]]  # row → column → "#REF!", from 0


def formula_errors(file: IO[bytes]) -> dict[str, Places]:
    """Sheet → where an .xlsx holds errors, as the text Excel shows. Costs next to nothing where there are none."""
    found: dict[str, Places] = {}
    try:
        if not any(_MARK in part for part in _parts(file)):
            return {}
        file.seek(0)
        for sheet in load_workbook(file, read_only=True, data_only=True).worksheets:
            sheet.reset_dimensions()
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "e":
                        found.setdefault(sheet.title, {}).setdefault(cell.row - 1, {})[cell.column - 1] = str(cell.value)
    except MemoryError:
        raise
    except Exception:  # whatever a foreign program wrote that openpyxl does not know: the cells stay blank and are told as such
        return {}
    finally:
        file.seek(0)
    return found


def put_errors(cells: list[list[Any]], errors: Places) -> None:
    """Into the blank cells where they stand."""
    for row, found in errors.items():
        for column, error in found.items():
            if row < len(cells) and column < len(cells[row]) and cells[row][column] == "":
                cells[row][column] = error


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    """The sheets' XML in pieces that overlap by the length of the mark."""
    file.seek(0)
    with zipfile.ZipFile(file) as package:
        for name in package.namelist():
            if name.startswith("xl/worksheets/"):
                with package.open(name) as part:
                    tail = b""
                    while piece := part.read(_STEP):
                        yield tail + piece
                        tail = piece[-len(_MARK) :]
