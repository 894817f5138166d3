"""The guides: docs/*.md as HTML. cmark-gfm translates Markdown; this file adds links, captions and colours."""

import re
import subprocess
from html import escape, unescape
from pathlib import Path

import text
from pages import Page

CODE = re.compile(r'<pre><code(?: class="language-([\w+]+)")?>(.*?)</code></pre>', re.S)
FUNCTION = r"\b(?:boxd|drukbox)_\w+(?=\()"
SOURCE = re.compile(r"<!-- (?:from |run )?(\S+\.\w+)(?: to (\S+))? -->\s*(?=<pre>)")


def to_html(markdown):
    command = ["cmark-gfm", "--unsafe", "-e", "table", "-e", "strikethrough", "-t", "html"]
    return subprocess.run(command, input=markdown, capture_output=True, text=True, check=True).stdout


def slug(title):
    """The anchor of a heading, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def words_of(html):
    html = re.sub(r"</?(?:a|b|code|em|i|strong)\b[^>]*>", "", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def framed_table(html):
    """A table that scrolls by itself. Up to five columns become blocks on a phone, with the heading of each column."""
    heads = [words_of(head) for head in re.findall(r"<th[^>]*>(.*?)</th>", html, re.S)]
    if not 2 <= len(heads) <= 5:
        return f'<div class="table">{html}</div>'

    def row(match):
        labels = iter(heads)
        return re.sub(r"<td", lambda _: f'<td data-label="{escape(next(labels))}"', match[0])

    html = re.sub(r"<tr>.*?</tr>", row, html, flags=re.S)
    return f'<div class="table stack{" labels" if len(heads) > 2 else ""}">{html}</div>'


class Guide:
    """One document of the repository, as a page. `file` is its path from the root."""

    def __init__(self, root, file, page, title, site):
        self.path = Path(root) / file
        self.root, self.file, self.page, self.title, self.site = Path(root), file, page, title, site
        self.markdown = self.path.read_text()

    def link(self, match):
        """The address on the site of a link of the document."""
        target = match[1]
        if re.match(r"\w+:|#", target):
            return match[0]
        name, _, anchor = unescape(target).partition("#")
        path = (self.path.parent / name).resolve()
        page = self.site.page_of(path)
        if page is None:
            self.site.problem(f"{self.file}: no page for the link {target}")
            return 'href="#"'
        return f'href="{page}{"#" + anchor if anchor else ""}"'

    def image(self, match):
        path = (self.path.parent / unescape(match[1])).resolve()
        return f'src="{self.site.asset(path)}"'

    def html(self):
        html = to_html(self.markdown)
        html = re.sub(r'href="([^"]*)"', self.link, html)
        html = re.sub(r'src="([^"]*)"', self.image, html)
        html = SOURCE.sub(self.caption, html)
        html = re.sub(r"<!--.*?-->\n?", "", html, flags=re.S)
        html = re.sub(r"<table>.*?</table>", lambda match: framed_table(match[0]), html, flags=re.S)
        blocks = []
        html = CODE.sub(lambda match: blocks.append(self.block(match)) or f"\0{len(blocks) - 1}\0", html)
        html = re.sub(r"<code>([^<]*)</code>", self.span, html)
        html = re.sub(r"<h([1-6])>(.*?)</h\1>", self.heading, html)
        return re.sub(r"\0(\d+)\0", lambda match: blocks[int(match[1])], html)

    def caption(self, match):
        files = [f'<a href="{self.site.page_of((self.root / name).resolve())}">{escape(name)}</a>'
                 for name in filter(None, match.groups())]
        return f'<p class="caption">{" and ".join(files)}</p>\n'

    def block(self, match):
        language = match[1] or "sh"
        return f"<pre><code>{text.code(unescape(match[2]), language, self.site.links, self.page)}</code></pre>"

    def span(self, match):
        return f"<code>{text.linked(unescape(match[1]), self.site.links, self.page)}</code>"

    @staticmethod
    def heading(match):
        anchor = slug(words_of(match[2]))
        mark = "" if match[1] == "1" else f' <a class="anchor" href="#{anchor}" aria-label="Link to this section">#</a>'
        return f'<h{match[1]} id="{anchor}">{match[2]}{mark}</h{match[1]}>'

    def made(self):
        html = self.html()
        page = Page(self.page, self.title, html, kind="guide", words="")
        parts = re.split(r'<h[23] id="([^"]+)">(.*?)</h[23]>', html)
        page.words = words_of(parts[0])
        page.summary = first_sentence(parts[0])
        for anchor, title, body in zip(parts[1::3], parts[2::3], parts[3::3]):
            page.sections.append((f"{self.page}#{anchor}", words_of(title).removesuffix(" #"), words_of(body)))
        page.group = self.page
        return page

    def names(self):
        """The public functions that the document uses."""
        return set(re.findall(FUNCTION, self.markdown))


def first_sentence(html):
    match = re.search(r"<p>(.*?)</p>", html, re.S)
    return re.split(r"(?<=\.)\s", words_of(match[1]), maxsplit=1)[0] if match else ""


def source_page(root, path, page, links):
    """A source file of the repository."""
    name = path.relative_to(root)
    language = {".c": "c", ".h": "c", ".cpp": "c", ".py": "python", ".lua": "lua"}.get(path.suffix, "sh")
    html = (f'<p class="trail"><a href="index.html">boxd for C</a> › Sources</p>\n<h1>{name}</h1>\n'
            f'<pre class="source"><code>{text.code(path.read_text(), language, links)}</code></pre>')
    return Page(page, str(name), html, "Source file of an example", "source")


def folder_page(root, path, site):
    """The source files in a folder of the repository."""
    name = path.relative_to(root)
    files = sorted(file for file in path.iterdir() if file.is_file() and file.suffix in (".c", ".h", ".cpp", ".py", ".lua", ".sh", ".md"))
    items = "".join(f'<li><a href="{site.page_of(file)}">{file.name}</a></li>' for file in files)
    return Page(site.files[path], str(name), f'<p class="trail"><a href="index.html">boxd for C</a> › Sources</p>\n'
                f"<h1>{name}</h1>\n<ul>{items}</ul>", "Source files of an example", "source")


def actions(html):
    """{status: HTML} of the tables in docs/errors.md: the last column says what to do."""
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", html, re.S):
        cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)
        names = re.findall(r"\bBOXD_(?:OK|ERR_\w+)", words_of(cells[0])) if cells else []
        if names and len(cells) == 3:
            found[names[0]] = (words_of(cells[1]), cells[2])
    return found
