"""An official document as GB/T 9704-2012 wants it (domain §8.2): A4, type area, fonts, headings, page numbers.

Fonts are named, never shipped: offices have 仿宋_GB2312 and 方正小标宋, others fall back.
"""

from __future__ import annotations

from io import BytesIO

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

TITLE, BODY, HEAD, DIGITS = "方正小标宋简体", "仿宋_GB2312", "黑体", "宋体"
LINE = Pt(28.8)  # 22 lines on 225 mm
TITLE_LINE, ROW_LINE, SMALL_LINE = Pt(34), Pt(18), Pt(16)  # off the grid of the text


class OfficialDocument:
    """Builds one document from top to bottom; `to_bytes()` gives the .docx."""

    def __init__(self) -> None:
        self.doc = Document()
        section = self.doc.sections[0]
        section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
        section.footer_distance = Mm(28)
        self.doc.settings.odd_and_even_pages_header_footer = True
        self._grid(section)
        self._style()
        self._page_numbers(section)

    def title(self, text: str) -> None:
        """2号小标宋, centred, with an empty line below."""
        _off_grid(self._fill(self.doc.add_paragraph(), text, TITLE, 22, WD_ALIGN_PARAGRAPH.CENTER, 0, TITLE_LINE))
        self._paragraph("", BODY, 16, indent=0)

    def heading(self, text: str) -> None:
        """First level: 一、 in 黑体."""
        self._paragraph(text, HEAD, 16).paragraph_format.keep_with_next = True

    def text(self, text: str) -> None:
        self._paragraph(text, BODY, 16)

    def address(self, text: str) -> None:
        """主送机关, at the left edge."""
        self._paragraph(text, BODY, 16, indent=0)

    def signature(self, organisation: str, day: str) -> None:
        """署名 above the date, the date four characters from the right edge."""
        self._paragraph("", BODY, 16, indent=0)
        for text in (organisation, day):
            paragraph = self._paragraph(text, BODY, 16, align=WD_ALIGN_PARAGRAPH.RIGHT, indent=0)
            paragraph.paragraph_format.right_indent = Pt(64)

    def small(self, text: str) -> None:
        """A note in 五号, to the left: long codes would stretch a justified line."""
        _off_grid(self._fill(self.doc.add_paragraph(), text, BODY, 10.5, WD_ALIGN_PARAGRAPH.LEFT, 0, SMALL_LINE))

    def table(self, header: list[str], rows: list[list[str]], widths_mm: list[float], unit: str = "") -> None:
        """A bordered table in 小四, centred; the first column is text, the others are figures aligned right; `unit` above at
        the right. The header repeats and no row is torn apart."""
        if unit:
            above = _off_grid(self._fill(self.doc.add_paragraph(), unit, BODY, 12, WD_ALIGN_PARAGRAPH.RIGHT, 0, ROW_LINE))
            above.paragraph_format.keep_with_next = True
        table = self.doc.add_table(rows=1, cols=len(header), style="Table Grid")
        table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
        for cells, values, font in ((table.rows[0].cells, header, HEAD), *((table.add_row().cells, row, BODY) for row in rows)):
            for number, (cell, value, width) in enumerate(zip(cells, values, widths_mm, strict=True)):
                cell.width = Mm(width)
                align = WD_ALIGN_PARAGRAPH.CENTER if font == HEAD else WD_ALIGN_PARAGRAPH.LEFT if number == 0 else WD_ALIGN_PARAGRAPH.RIGHT
                cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
                _off_grid(self._fill(cell.paragraphs[0], value, font, 12, align, 0, ROW_LINE))
        for row in table.rows:
            _mark(row, "w:cantSplit")
        _mark(table.rows[0], "w:tblHeader")
        for cell in table.rows[-2].cells if rows else ():
            cell.paragraphs[0].paragraph_format.keep_with_next = True  # the last row does not stand alone on the next page

    def words_table(self, header: list[str], rows: list[list[str]], widths_mm: list[float]) -> None:
        """A bordered table of words in 五号, every cell to the left; the header repeats and no row is torn apart."""
        table = self.doc.add_table(rows=1, cols=len(header), style="Table Grid")
        table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
        for column, width in zip(table.columns, widths_mm, strict=True):
            column.width = Mm(width)  # LibreOffice takes the grid's widths, not the cells'
        for cells, values, font in ((table.rows[0].cells, header, HEAD), *((table.add_row().cells, row, BODY) for row in rows)):
            for cell, value, width in zip(cells, values, widths_mm, strict=True):
                cell.width = Mm(width)
                cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
                align = WD_ALIGN_PARAGRAPH.CENTER if font == HEAD else WD_ALIGN_PARAGRAPH.LEFT
                _off_grid(self._fill(cell.paragraphs[0], value, font, 10.5, align, 0, SMALL_LINE))
        for row in table.rows:
            _mark(row, "w:cantSplit")
        _mark(table.rows[0], "w:tblHeader")

    def to_bytes(self) -> bytes:
        out = BytesIO()
        self.doc.save(out)
        return out.getvalue()

    # --- parts ------------------------------------------------------------------------------------------------------

    def _paragraph(self, text, font, size, *, align=WD_ALIGN_PARAGRAPH.JUSTIFY, indent=2):
        return self._fill(self.doc.add_paragraph(), text, font, size, align, indent, LINE)

    def _fill(self, paragraph, text, font, size, align, indent, line):
        paragraph.alignment = align
        layout = paragraph.paragraph_format
        layout.space_before = layout.space_after = Pt(0)
        layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, line
        layout.first_line_indent = Pt(size * indent)
        _dress(paragraph.add_run(text), font, size)
        return paragraph

    def _style(self) -> None:
        style = self.doc.styles["Normal"]
        style.font.name, style.font.size = BODY, Pt(16)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), BODY)
        language = OxmlElement("w:lang")
        language.set(qn("w:eastAsia"), "zh-CN")
        style.element.rPr.append(language)

    def _grid(self, section) -> None:
        for old in section._sectPr.findall(qn("w:docGrid")):
            section._sectPr.remove(old)
        grid = OxmlElement("w:docGrid")
        grid.set(qn("w:type"), "lines")
        grid.set(qn("w:linePitch"), "576")
        section._sectPr.append(grid)

    def _page_numbers(self, section) -> None:
        """— 1 — in 4号宋体: odd pages right, even pages left, one character from the edge."""
        for footer, align, side in (
            (section.footer, WD_ALIGN_PARAGRAPH.RIGHT, "right_indent"), (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT, "left_indent"),
        ):  # fmt: skip
            footer.is_linked_to_previous = False
            paragraph = footer.paragraphs[0]
            paragraph.alignment = align
            setattr(paragraph.paragraph_format, side, Pt(14))
            _dress(paragraph.add_run("— "), DIGITS, 14)
            run = paragraph.add_run()
            for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
                part = OxmlElement("w:fldChar" if kind else "w:instrText")
                if kind:
                    part.set(qn("w:fldCharType"), kind)
                else:
                    part.text = text
                run._r.append(part)
            _dress(run, DIGITS, 14)
            _dress(paragraph.add_run(" —"), DIGITS, 14)


def _mark(row, name: str) -> None:
    """Switch a property of a table row on."""
    mark = OxmlElement(name)
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _off_grid(paragraph):
    """Lines of this paragraph keep their own height instead of whole lines of the page's grid."""
    layout = paragraph._p.get_or_add_pPr()
    snap = OxmlElement("w:snapToGrid")
    snap.set(qn("w:val"), "0")
    layout.insert_element_before(snap, "w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:jc", "w:rPr", "w:sectPr", "w:pPrChange")
    return paragraph


def _dress(run, font: str, size: float) -> None:
    run.font.name, run.font.size = font, Pt(size)
    fonts = run._r.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), font)
    fonts.set(qn("w:hint"), "eastAsia")
