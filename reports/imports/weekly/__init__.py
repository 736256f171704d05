"""The weekly report as a workbook and back (features 5.5): `workbook` to fill in, `read_book` and `look` at a filled one, `marked`
with its faults."""

from .build import workbook
from .compare import Change, Look, look
from .marking import marked
from .reading import read_book

__all__ = ["Change", "Look", "look", "marked", "read_book", "workbook"]
