"""The manual: one text in docs/manual, rendered under /help/."""

import pytest

from linkage import manual

SLUGS = sorted(file.stem for file in manual.FOLDER.glob("*.md") if file.stem != "README")


def test_the_table_of_contents_names_every_chapter_once():
    listed = [chapter.slug for chapter in manual.chapters()]
    assert sorted(listed) == SLUGS


@pytest.mark.parametrize("slug", SLUGS)
def test_a_chapter_opens_with_its_title_and_pictures_that_exist(world, slug):
    chapter = next(one for one in manual.chapters() if one.slug == slug)
    first = (manual.FOLDER / f"{slug}.md").read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# {chapter.title}"
    page = world.client(world.huma_clerk).get(f"/help/{slug}/").content.decode()
    assert chapter.title in page and "**" not in page and "](" not in page


def test_text_is_escaped():
    assert manual.render("a <script> & `<b>`") == "<p>a &lt;script&gt; &amp; <kbd>&lt;b&gt;</kbd></p>"


def test_what_the_chapters_use_is_rendered():
    text = "## 标题\n\n第一行\n第二行\n- 甲 **重**\n- 乙\n\n1. 一\n2. 二\n\n| 列 |\n|---|\n| 值 |\n\n[规则](figures.md)"
    assert manual.render(text).split("\n") == [
        "<h2>标题</h2>",
        "<p>第一行 第二行</p>",
        "<ul><li>甲 <strong>重</strong></li><li>乙</li></ul>",
        "<ol><li>一</li><li>二</li></ol>",
        '<table class="table-grid"><thead><tr><th scope="col">列</th></tr></thead><tbody><tr><td>值</td></tr></tbody></table>',
        '<p><a href="/help/figures/">规则</a></p>',
    ]


@pytest.mark.parametrize("text", ["[外](https://example.org/)", "[无](nowhere.md)", "![图](/etc/passwd)"])
def test_a_way_out_of_the_manual_is_refused(text):
    with pytest.raises(ValueError, match="manual"):
        manual.render(text)
