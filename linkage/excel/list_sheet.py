"""The sheet of long lists: what xlsxwriter writes, byte for byte, in fewer steps per cell.

A hundred thousand rows are two million cells, each of which xlsxwriter writes through half a dozen calls. The three kinds that
lists consist of are written here at once; any other cell, and any text that needs escaping, is left to xlsxwriter.
`tests/linkage/test_excel.py` compares the two.
"""

from __future__ import annotations

import re
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import CellBlankTuple, CellNumberTuple, CellStringTuple, Worksheet

_NEEDS_CARE = re.compile("[&<>\"_\x00-\x1f\ufffe\uffff]|^\\s|\\s$")


class ListSheet(Worksheet):
    """For workbooks in constant memory; cells are addressed by numbers, never as "A1"."""

    def __init__(self) -> None:
        super().__init__()
        self._heads: dict[tuple[int, Any], tuple[str, str]] = {}

    # Without the wrappers that look for "A1" first.
    write_string = Worksheet._write_string
    write_number = Worksheet._write_number
    write_blank = Worksheet._write_blank

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        kind, look = type(cell), cell.format
        if look is None or not self.constant_memory:
            super()._write_cell(row, col, cell)
            return
        name, style = self._heads.get((col, look)) or self._head(col, look)
        if kind is CellStringTuple and not _NEEDS_CARE.search(cell.string):
            self.fh.write(f'{name}{row + 1}{style} t="inlineStr"><is><t>{cell.string}</t></is></c>')
        elif kind is CellNumberTuple:
            self.fh.write(f"{name}{row + 1}{style}><v>{cell.number:.16G}</v></c>")
        elif kind is CellBlankTuple:
            self.fh.write(f"{name}{row + 1}{style}/>")
        else:
            super()._write_cell(row, col, cell)

    def _head(self, col: int, look: Any) -> tuple[str, str]:
        """What stands before and behind the number of the row, once per column and look."""
        self._heads[col, look] = head = (f'<c r="{xl_col_to_name(col)}', f'" s="{look._get_xf_index()}"')
        return head
