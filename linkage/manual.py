"""The user manual: written once in docs/manual/*.md, read in the repository and, rendered here, under /help/.

Only the Markdown those files use is known: headings, paragraphs, lists, tables, **bold**, `keys`, pictures, links to other
chapters. Everything is escaped first; a link or picture that leads nowhere is an error (a test reads every chapter).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

FOLDER = Path(settings.BASE_DIR) / "docs" / "manual"
PICTURES = "../../static/"

_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_CHAPTER_LINE = re.compile(r"^\d+\. \[([^\]]+)\]\(([a-z-]+)\.md\)：(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Chapter:
    slug: str
    title: str
    about: str

    @property
    def html(self) -> SafeString:
        """The chapter without its title, as HTML."""
        text = (FOLDER / f"{self.slug}.md").read_text(encoding="utf-8")
        return render(text.split("\n", 1)[1])


@cache
def chapters() -> tuple[Chapter, ...]:
    """In the order of docs/manual/README.md, whose numbered list is the table of contents."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    return tuple(Chapter(slug, title, about) for title, slug, about in _CHAPTER_LINE.findall(text))


def render(text: str) -> SafeString:
    """Markdown → HTML. Raises ValueError for a link or picture outside the manual."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return mark_safe("\n".join(part for block in blocks for part in _block(block.splitlines())))  # noqa: S308 - escaped


def _block(lines: list[str]) -> Iterator[str]:
    """One block may hold a paragraph and a list right under it: lines of one kind go together."""
    for kind, group in groupby(lines, _kind):
        yield _BLOCKS[kind](list(group))


def _kind(line: str) -> str:
    if line.startswith("#"):
        return "heading"
    if line.startswith("|"):
        return "table"
    if line.startswith("- "):
        return "ul"
    return "ol" if re.match(r"\d+\. ", line) else "p"


def _heading(lines: Iterable[str]) -> str:
    return "\n".join(
        f"<h{level}>{_inline(line[level:].strip())}</h{level}>"
        for line in lines
        for level in [len(line) - len(line.lstrip("#"))]
    )


def _list(tag: str, lines: Iterable[str]) -> str:
    items = "".join(f"<li>{_inline(line.split(' ', 1)[1])}</li>" for line in lines)
    return f"<{tag}>{items}</{tag}>"


def _table(lines: list[str]) -> str:
    head, _rule, *rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    top = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table class="table-grid"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def _inline(text: str) -> str:
    text = escape(text, quote=True)
    text = _PICTURE.sub(lambda found: f'<img src="{_picture(found[2])}" alt="{found[1]}" loading="lazy">', text)
    text = _LINK.sub(lambda found: f'<a href="{_address(found[2])}">{found[1]}</a>', text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text)
    return re.sub(r"`([^`]+)`", r"<kbd>\1</kbd>", text)


def _picture(path: str) -> str:
    if not path.startswith(PICTURES):
        raise ValueError(f"{path}: pictures of the manual lie under static/")
    return static(path.removeprefix(PICTURES))


def _address(path: str) -> str:
    slug = path.removesuffix(".md")
    if slug not in {chapter.slug for chapter in chapters()}:
        raise ValueError(f"{path} is no chapter of the manual")
    return reverse("help_chapter", args=[slug])


_BLOCKS = {
    "heading": _heading,
    "table": _table,
    "ul": lambda lines: _list("ul", lines),
    "ol": lambda lines: _list("ol", lines),
    "p": lambda lines: f"<p>{_inline(' '.join(lines))}</p>",
}
