"""A clerk with the weekly workbook: takes it from the page, types into it as in Excel, brings it back."""

from datetime import date
from io import BytesIO

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile

from linkage.models import Upload
from reports.models import ReportCell

KEY_ROW = 3
MAY_8 = date(2026, 5, 8)
STORE, MACHINES, VILLAGE = "冷链仓储", "农机采购", "民族村寨"


class Workbook:
    """The downloaded workbook; cells are named by the project and the key of the column."""

    def __init__(self, content: bytes):
        self.book = openpyxl.load_workbook(BytesIO(content))
        self.sheet = self.book["填报表"]

    def column(self, key, sheet=None):
        return next(cell.column for cell in (sheet or self.sheet)[KEY_ROW] if cell.value == key)

    def row(self, name, sheet=None):
        sheet = sheet or self.sheet
        at = self.column("name", sheet)
        return next(row for row in range(KEY_ROW + 3, sheet.max_row + 1) if str(sheet.cell(row, at).value or "").startswith(name))

    def cell(self, name, key):
        return self.sheet.cell(self.row(name), self.column(key))

    def type(self, name, **values):
        """`paid` stands for the central level's cumulative spending."""
        for key, value in values.items():
            self.cell(name, "paid:central" if key == "paid" else key).value = value

    def keys(self):
        return [cell.value for cell in self.sheet[KEY_ROW][1:]]

    def bytes(self) -> bytes:
        target = BytesIO()
        self.book.save(target)
        return target.getvalue()


def take(desk, username="huma_clerk", unit="huma") -> Workbook:
    response = desk.client(username).get(desk.url("book.xlsx", unit=unit).rstrip("/"))
    assert response.status_code == 200, response.status_code
    return Workbook(response.content)


def bring(desk, content, username="huma_clerk", name="填报表.xlsx", unit="huma", week="2026-W47"):
    """Upload; gives the response, which leads to the preview when the file can be read."""
    content = content.bytes() if isinstance(content, Workbook) else content
    address = desk.url("upload", unit=unit).replace("2026-W47", week)
    return desk.client(username).post(address, {"file": SimpleUploadedFile(name, content)})


def seen(desk, content, username="huma_clerk"):
    """The page that shows what would change."""
    response = bring(desk, content, username)
    assert response.status_code == 302, response.content.decode()
    return desk.client(username).get(response["Location"])


def written(desk, content, username="huma_clerk", **choices):
    """Upload, look, confirm; gives the words on the page that follows."""
    client, preview = desk.client(username), bring(desk, content, username)["Location"]
    client.get(preview)
    response = client.post(preview, choices, follow=True)
    return " ".join(str(message) for message in response.context["messages"])


def paid(desk, name=STORE, level="central"):
    return ReportCell.objects.get(line__project__name=name, allocation__county_allocation__batch__level=level).paid_to_date_yuan


def errors(page):
    return [(e.cell, e.label, e.header, e.value, e.message) for e in page.context["errors"]]


def refused(response):
    assert response.status_code == 422
    assert not Upload.objects.exists(), "nothing is kept"
    return " ".join(response.context["form"].non_field_errors())
