#!/usr/bin/env python3
"""Builds the documentation: the site (HTML) and the manual pages of all public functions and types.

usage: build.py OUTPUT [--only html|man]

Doxygen reads the headers; its XML becomes the pages of the reference and the manual pages. cmark-gfm translates the guides.
Writes OUTPUT/html and OUTPUT/man/man3. Needs no network. A warning of Doxygen, a link without target, a document that
docs/README.md does not list and a status that docs/errors.md does not explain are errors. Exit status 77: a tool is missing.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from html import escape
from pathlib import Path

sys.dont_write_bytecode = True  # leaves no cache beside the sources

import guides
import manpages
import manual
import outline
import pages
import reference
import text

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HOME = "docs/README.md"
TOOLS = ("doxygen", "cmark-gfm")


def read_headers(scratch):
    """Runs Doxygen, whose warnings are errors, and reads what it found."""
    settings = (ROOT / "docs/Doxyfile").read_text() + (
        f"OUTPUT_DIRECTORY = {scratch}\nGENERATE_HTML = NO\nGENERATE_XML = YES\nXML_PROGRAMLISTING = NO\n"
        "WARN_AS_ERROR = FAIL_ON_WARNINGS\n")
    if subprocess.run(["doxygen", "-"], input=settings, text=True, cwd=ROOT, check=False).returncode != 0:
        sys.exit("build.py: Doxygen has warnings")
    return reference.Reference(f"{scratch}/xml")


class Site:
    """All pages, and what is wrong with them."""

    def __init__(self, names):
        self.names, self.problems = names, []
        self.groups = []  # [(group, [(title, page)])] of the guides
        self.pages, self.assets, self.waiting = {}, {}, []
        self.files = {(ROOT / HOME).resolve(): "index.html"}
        for group, entries in outline.guide_groups((ROOT / HOME).read_text()):
            self.groups.append((group, []))
            for title, file in entries:
                path = (ROOT / "docs" / file).resolve()
                self.files[path] = (path.parent.name if path.stem == "README" else path.stem).lower() + ".html"
                self.groups[-1][1].append((title, self.files[path]))
                self.waiting.append((path, title))
        self.waiting.append(((ROOT / HOME).resolve(), "boxd for C"))
        self.links = text.Links(names, {path.stem for path in self.files if path.parent == ROOT / "docs"})
        for path in sorted((ROOT / "docs").glob("*.md")):
            if path not in self.files:
                self.problem(f"docs/README.md does not list docs/{path.name}")

    def problem(self, message):
        self.problems.append(message)

    def page_of(self, path):
        """The page of a file of the repository, or None. A file that only a link names gets a page as well."""
        if path.is_dir() and (path / "README.md").exists():
            path = path / "README.md"
        if path in self.files:
            return self.files[path]
        if not path.exists() or ROOT not in path.parents:
            return None
        name = str(path.relative_to(ROOT))
        self.files[path] = "source-" + re.sub(r"[^\w.]", "-", name.removesuffix(".md")) + ".html"
        self.waiting.append((path, name))
        return self.files[path]

    def asset(self, path):
        self.assets[path.name] = path
        return path.name

    def add(self, page):
        if page.file in self.pages:
            self.problem(f"two pages have the name {page.file}")
        self.pages[page.file] = page

    def build(self):
        mentions, guides_made = {}, []
        while self.waiting:
            path, title = self.waiting.pop(0)
            if path.is_dir():
                self.add(guides.folder_page(ROOT, path, self))
                continue
            if path.suffix != ".md":
                self.add(guides.source_page(ROOT, path, self.files[path], self.links))
                continue
            guide = guides.Guide(ROOT, str(path.relative_to(ROOT)), self.files[path], title, self)
            guides_made.append(guide)
            page = guide.made()
            self.add(page)
            for name, title, address in self.mentions(guide, page):
                mentions.setdefault(self.names.operation(name), {})[address] = title
        ordered = {name: [(title, page) for page, title in found.items()] for name, found in mentions.items()}
        examples = manual.Examples(*[(ROOT / f"docs/{name}.md").read_text() for name in ("operations", "cookbook")], self.names)
        actions = self.statuses()
        for page in pages.Writer(self.names, self.links, examples, actions, ordered).pages():
            self.add(page)
        self.actions = {name: guides.words_of(html) for name, html in actions.items()}  # for the manual pages
        self.check_names(guides_made)
        self.check_subjects()
        self.check_answers()
        return examples

    def mentions(self, guide, page):
        """(function, title, address) of what a guide for programs says about functions. Of the cook book: its answers."""
        if page.file not in {address for group, entries in self.groups if group not in INSIDE for _, address in entries}:
            return
        if page.file == "cookbook.html":
            for address, title, words in page.sections:
                yield from ((name, title, address) for name in re.findall(guides.FUNCTION, words))
        elif page.file not in LISTS:
            yield from ((name, page.title, page.file) for name in sorted(guide.names()))

    def statuses(self):
        """What to do about each status, from docs/errors.md, whose meanings are those of the header."""
        page = self.pages.get("errors.html")
        found = guides.actions(page.html) if page else {}
        for value in (name for name in self.names.names.values() if name.owner and name.owner.name == "boxd_status"):
            if value.name == "BOXD_OK":
                continue
            meaning = reference.plain(value.document)
            if value.name not in found:
                self.problem(f"docs/errors.md has no row for {value.name}")
            elif found[value.name][0] != meaning:
                self.problem(f"docs/errors.md: the meaning of {value.name} differs from boxd/error.h: {meaning}")
        return {name: action for name, (_, action) in found.items()}

    def check_names(self, made):
        """Every function that a document names exists. The list of changes names functions that were removed."""
        for guide in made:
            for name in sorted(guide.names() - set(self.names.names) - LOCAL_NAMES):
                if "__" not in name and guide.file != "CHANGELOG.md":
                    self.problem(f"{guide.file}: there is no function {name}()")

    def check_subjects(self):
        for name in self.names.names.values():
            if not re.fullmatch(r"\w+", name.name):
                self.problem(f"{name.file}: a {name.kind} without a name")
        known = {subject for titles in outline.SUBJECTS.values() for subject in titles}
        for file in self.names.headers:
            if outline.subject_of(file) not in known:
                self.problem(f"docs/site/outline.py has no subject for {file}")

    def check_answers(self):
        """The titles in the table ANSWERS of site.js exist, each once."""
        table = re.search(r"^const ANSWERS = \{$(.*?)^\};$", (HERE / "site.js").read_text(), re.S | re.M)[1]
        titles = [title for page in self.pages.values() for title in (page.title, *(section[1] for section in page.sections))]
        for title in sorted(set(re.findall(r'"([^"]+)"', " ".join(re.findall(r"\[.*?\]", table))))):
            if titles.count(title) != 1:
                self.problem(f"docs/site/site.js: {titles.count(title)} pages have the title {title}")

    def check_links(self, written):
        """Every link leads to a page, and to an anchor on it."""
        anchors = {}
        for file, html in written.items():
            found = re.findall(r'\bid="([^"]+)"', html)
            anchors[file] = set(found)
            if len(found) > len(anchors[file]):
                self.problem(f"{file}: an anchor stands twice")
        for file, html in written.items():
            for target in set(re.findall(r'href="([^"]+)"', html)):
                if re.match(r"\w+:", target):
                    continue
                page, _, anchor = target.partition("#")
                page = page or file
                if page not in anchors and page not in ("style.css",):
                    self.problem(f"{file}: no page {page}")
                elif anchor and anchor not in anchors[page]:
                    self.problem(f"{file}: no anchor #{anchor} on {page}")


# Functions that documents name, and that the headers do not declare: templates and examples.
# The guides that no function refers to: groups about the library itself, and pages with a line for each function.
INSIDE = {"The library", "From Python"}
LISTS = {"operations.html", "from-python.html"}
LOCAL_NAMES = {"boxd_x_y", "boxd_aio_x_y", "drukbox_x_y", "drukbox_aio_x_y"}


def navigation(site, page):
    """The menu of one page: the guides, and the subjects of the reference."""
    html = []

    def entry(address, title, marked):
        current = ' aria-current="page"' if marked else ""
        return f'<li><a href="{address}"{current}>{escape(title)}</a></li>'

    for group, entries in site.groups:
        items = "".join(entry(address, title, page.group == address) for title, address in entries)
        html.append(f"<h2>{escape(group)}</h2><ul>{items}</ul>")
    html.append('<h2><a href="reference.html">Reference</a></h2>')
    for group, titles in outline.SUBJECTS.items():
        items = "".join(entry(outline.subject_page(subject), title, page.group == subject) for subject, title in titles.items())
        state = " open" if page.group in titles else ""
        html.append(f"<details{state}><summary>{escape(group)}</summary><ul>{items}</ul></details>")
    return "".join(html)


def contents(html):
    """The list of sections beside a page."""
    sections = re.findall(r'<h2 id="([^"]+)">(.*?)</h2>', html)
    if len(sections) < 2:
        return ""
    items = "".join(f'<li><a href="#{anchor}">{escape(guides.words_of(title).removesuffix(" #"))}</a></li>'
                    for anchor, title in sections)
    return f'<aside><h2>On this page</h2><ul>{items}</ul></aside>'


def framed(site, page, template):
    html = re.sub(r"<h2>(.*?)</h2>", lambda match: f'<h2 id="{guides.slug(guides.words_of(match[1]))}">{match[1]}</h2>',
                  page.html)
    title = page.title if page.file == "index.html" else f"{page.title} – boxd for C"
    values = {"title": escape(title), "navigation": navigation(site, page), "contents": contents(html), "html": html,
              "version": site.version, "kind": page.kind or "guide", "summary": escape(page.summary)}
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], template)


def search_index(site):
    """What the search knows: [title, address, kind, summary, words] of each page, section and value of an enum."""
    rows = []
    for page in site.pages.values():
        rows.append([page.title, page.file, page.kind, page.summary, page.words])
        rows += [[f"{title}", address, page.title, "", words] for address, title, words in page.sections]
    rows += [[value.name, text.address(site.names, value), "value", value.brief, value.owner.name]
             for value in site.names.names.values() if value.kind == "value" and value.owner.name != "boxd_status"]
    return "const boxdIndex = " + json.dumps(rows, ensure_ascii=False, separators=(",", ":")) + ";\n"


def write_html(site, folder):
    template = (HERE / "template.html").read_text()
    written = {page.file: framed(site, page, template) for page in site.pages.values()}
    site.check_links(written)
    folder.mkdir(parents=True)
    for file, html in written.items():
        (folder / file).write_text(html)
    for name in ("style.css", "site.js"):
        shutil.copyfile(HERE / name, folder / name)
    for name, path in site.assets.items():
        shutil.copyfile(path, folder / name)
    (folder / "search-index.js").write_text(search_index(site))
    return len(written)


def version():
    header = (ROOT / "common/include/boxd/version.h").read_text()
    return ".".join(re.search(rf"#define BOXD_VERSION_{part} (\d+)", header)[1] for part in ("MAJOR", "MINOR", "PATCH"))


def date(release):
    """The date of the manual pages: that of the release, or SOURCE_DATE_EPOCH, or today."""
    found = re.search(rf"^## \[{re.escape(release)}\] - (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    moment = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    return found[1] if found else time.strftime("%Y-%m-%d", time.gmtime(moment))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--only", choices=["html", "man"])
    options = parser.parse_args()
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        print(f"build.py: skipped, because {' and '.join(missing)} cannot be found")
        return 77
    with tempfile.TemporaryDirectory() as scratch:
        names = read_headers(scratch)
    site = Site(names)
    site.version = version()
    examples = site.build()
    counts = []
    for kind, write in (("html", lambda folder: write_html(site, folder)),
                        ("man", lambda folder: manpages.write(names, examples, site.actions, site.version, date(site.version), folder / "man3"))):
        if options.only in (None, kind):
            shutil.rmtree(options.output / kind, ignore_errors=True)
            counts.append(f"{write(options.output / kind)} {'pages' if kind == 'html' else 'manual pages'}")
    print("\n".join(sorted(set(site.problems))) or f"{options.output}: {', '.join(counts)}")
    return 1 if site.problems else 0


if __name__ == "__main__":
    sys.exit(main())
