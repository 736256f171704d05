"""What is shipped to browsers works in Chromium 86, asks no other server, and obeys the strict content policy (design §5).

Vendor files are checked for what design §5 names; our own also for younger conveniences that fail silently there.
"""

import re
from importlib.resources import files
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
OWN_CSS = sorted((ROOT / "static").rglob("*.css"))
OWN_JS = sorted((ROOT / "static").rglob("*.js"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
VENDOR = sorted(path for path in settings.VENDOR_DIR.rglob("*") if path.suffix in {".css", ".js"})
HTMX = Path(str(files("django_htmx") / "static" / "django_htmx" / "htmx-2.min.js"))

# pattern → since which Chromium. Everything here breaks below it.
CSS_EVERYWHERE = {r":has\(": 105, r"color-mix\(": 111, r"@container\b": 105}
CSS_OWN = CSS_EVERYWHERE | {
    r":is\(": 88, r":where\(": 88, r"@layer\b": 99, r"@property\b": 85.5, r"@scope\b": 118, r"@import\b": 0,
    r"(?<![\w-])inset\s*:": 87, r"(?<![\w-])(?:margin|padding)-(?:inline|block)\s*:": 87,
    r"(?<![\w-])aspect-ratio\s*:": 88, r"(?<![\w-])accent-color\s*:": 93, r"(?<![\w-])text-wrap\s*:": 114,
    r"overflow(?:-[xy])?\s*:\s*clip": 90, r"\b\d+(?:dvh|svh|lvh|cqw|cqi)\b": 108, r":not\([^()]*,": 88, r":user-invalid": 119,
    r"(?<![\w-])(?:translate|rotate|scale)\s*:": 104, r"\blch\(|\boklch\(|\blab\(": 111, r"light-dark\(": 123,
}  # fmt: skip
JS_EVERYWHERE = {r"importmap": 89}
JS_OWN = JS_EVERYWHERE | {
    r"\.at\(": 92, r"\bstructuredClone\(": 98, r"\.findLast(?:Index)?\(": 97, r"\bObject\.hasOwn\(": 93,
    r"\.toSorted\(|\.toReversed\(|\.toSpliced\(": 110, r"\bcrypto\.randomUUID\(": 92, r"\bAbortSignal\.(?:timeout|any)\(": 103,
    r"\bstatic\s*\{": 94, r"\bshowPicker\(": 99, r"\bpopover\b": 114, r"\.inert\b": 102, r"\bURL\.canParse\(": 120,
    r"^await\b": 89, r"Promise\.withResolvers": 119, r"Object\.groupBy": 117, r"\bArray\.fromAsync": 121,
    r"with\s*\{\s*type:": 123, r"\bIntl\.(?:Segmenter|ListFormat\(.*\)\.formatToParts)": 87, r"\beval\(|new Function\(": 0,
    r"\.style\.cssText|setAttribute\(\s*[\"']style[\"']": 0,
}  # fmt: skip

# Names of XML dialects and of licences: read by nobody's browser.
HARMLESS = {
    "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/2000/xmlns/",
    "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/1999/xhtml",
}  # fmt: skip
LICENCES = {
    "https://getbootstrap.com/", "https://github.com/twbs/bootstrap/blob/main/LICENSE", "https://popper.js.org", "https://popper.js.org/docs/v2/",
    "https://github.com/twbs/bootstrap/graphs/contributors",
    "http://www.apache.org/licenses/LICENSE-2.0", "https://github.com/ecomfe/zrender/blob/master/LICENSE",
}  # fmt: skip
ADDRESS = re.compile(r"https?://[\w.-]+[^\s\"'`)<>;,]*")

INLINE = {
    r"<[^>]*\sstyle\s*=": "style attribute",
    r"<[^>]*\son\w+\s*=": "event attribute",
    r"<style\b": "style element",
    r"<script(?![^>]*\bsrc=)(?![^>]*\bapplication/json)[^>]*>": "inline script",
    r"javascript:": "javascript: address",
    r"hx-on\b|\bhx-vals\s*=\s*[\"']js:|\bhx-vars\b": "htmx expression that needs eval",
}


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def without_template_tags(text: str) -> str:
    """Template comments go; tags become a word, so that quotes and brackets inside them do not confuse the search."""
    text = re.sub(r"\{%\s*comment.*?endcomment\s*%\}|\{#.*?#\}", "", text, flags=re.S)
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.S)


def found(patterns: dict, text: str) -> list[str]:
    return [pattern for pattern in patterns if re.search(pattern, text, flags=re.M)]


def nested_rules(css: str) -> list[str]:
    """Selectors of rules that stand inside another rule (not inside an at-rule)."""
    nested, stack, start = [], [], 0
    css = re.sub(r"\"[^\"]*\"|'[^']*'|url\([^)]*\)", '""', without_comments(css))
    for place, sign in enumerate(css):
        if sign == "{":
            prelude = css[start:place].strip()
            if stack and not stack[-1].startswith("@"):
                nested.append(prelude)
            stack.append(prelude)
        elif sign == "}":
            stack.pop()
        if sign in "{};":
            start = place + 1
    return nested


def outside(text: str, allowed: set[str] = frozenset()) -> set[str]:
    """Addresses of other servers named in a text."""
    named = {address.rstrip(".\\") for address in ADDRESS.findall(text)}
    return {a for a in named if a not in HARMLESS | allowed} | set(
        re.findall(r"(?:url\(|src=|href=)[\"']?//[\w.]+", text)
    )


def ids(paths) -> list[str]:
    return [path.name for path in paths]


def test_there_is_something_to_check():
    assert {"tokens.css", "base.css", "table.css"} <= {path.name for path in OWN_CSS}
    assert {"csrf.js", "relogin.js"} <= {path.name for path in OWN_JS}
    assert len(TEMPLATES) > 30


@pytest.mark.parametrize("path", OWN_CSS, ids=ids(OWN_CSS))
def test_own_css_keeps_to_the_browser_floor(path):
    text = path.read_text()
    assert found(CSS_OWN, without_comments(text)) == []
    assert nested_rules(text) == []
    assert outside(text) == set()


@pytest.mark.parametrize("path", OWN_JS, ids=ids(OWN_JS))
def test_own_js_keeps_to_the_browser_floor(path):
    text = path.read_text()
    assert found(JS_OWN, re.sub(r"^\s*(?://|\*|/\*).*$", "", text, flags=re.M)) == []
    assert outside(text) == set()


@pytest.mark.skipif(not VENDOR, reason="no vendor files: python3 dev.py demo fetches them")
def test_vendor_css_and_js_keep_to_the_browser_floor():
    for path in [*VENDOR, HTMX]:
        text = path.read_text()
        wrong = (
            found(CSS_EVERYWHERE, text) + nested_rules(text) if path.suffix == ".css" else found(JS_EVERYWHERE, text)
        )
        assert wrong == [], path
        assert outside(text, LICENCES) == set(), path


@pytest.mark.parametrize("path", TEMPLATES, ids=[str(path.relative_to(ROOT / "templates")) for path in TEMPLATES])
def test_templates_obey_the_content_policy(path):
    text = without_template_tags(path.read_text())
    assert [INLINE[pattern] for pattern in found(INLINE, text)] == []
    assert outside(path.read_text()) == set()


@pytest.mark.parametrize(
    "css",
    ["a:has(b) {}", "a { color: color-mix(in srgb, red, blue) }", "@container (width > 1px) { a {} }", "a { inset: 0 }",
     "a { aspect-ratio: 1 }", "a:is(b, c) {}", "@layer x { a {} }", "a { margin-inline: 1px }"],
)  # fmt: skip
def test_a_young_css_feature_is_noticed(css):
    assert found(CSS_OWN, css)


def test_nesting_is_noticed_and_media_is_not():
    assert nested_rules("a { color: red; b { color: blue } }") == ["b"]
    assert nested_rules("@media print { a { color: red } } b { content: '{' }") == []


@pytest.mark.parametrize(
    "js", ["rows.at(-1)", "structuredClone(x)", "crypto.randomUUID()", "await start();", 'el.setAttribute("style", "")']
)
def test_a_young_js_feature_is_noticed(js):
    assert found(JS_OWN, js)


@pytest.mark.parametrize(
    "html",
    ['<p style="color:red">', '<a onclick="go()">', "<style>a{}</style>", "<script>go()</script>", '<a href="javascript:go()">',
     '<b hx-on:click="go()">'],
)  # fmt: skip
def test_inline_code_is_noticed(html):
    assert found(INLINE, without_template_tags(html))


@pytest.mark.parametrize(
    "text", ["fetch('https://cdn.example.com/x.js')", '<img src="//cdn.example.com/x">', "url(//fonts.example.com)"]
)
def test_another_server_is_noticed(text):
    assert outside(text)
