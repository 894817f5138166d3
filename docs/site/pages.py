"""The pages of the reference as HTML: one for each operation, type, status and subject."""

import re
from html import escape

import manual
import outline
import reference
import text
from text import address, compact, document, linked, table

class Page:
    """What the frame of the site needs: address, title, HTML, and the words for the search."""

    def __init__(self, file, title, html, summary="", kind="", words=""):
        self.file, self.title, self.html = file, title, html
        self.summary, self.kind, self.words = summary, kind, words
        self.sections = []  # of a guide: (address, title, words)
        self.group = ""  # subject, or file name of a guide: what the navigation marks


def head(trail, title, lead=""):
    crumbs = " › ".join(f'<a href="{page}">{escape(name)}</a>' for name, page in trail)
    return f'<p class="trail">{crumbs}</p>\n<h1>{escape(title)}</h1>\n' + (f'<div class="lead">{lead}</div>\n' if lead else "")


def trail_of(name):
    subject = outline.subject_of(name.file)
    return [("Reference", "reference.html"), (outline.title_of(subject), outline.subject_page(subject))]


class Writer:
    """Makes the pages of the reference."""

    def __init__(self, names, links, examples, actions, mentions):
        self.names, self.links = names, links
        self.examples = examples
        self.actions = actions  # {status: HTML: what to do}
        self.mentions = mentions  # {name: [(title, page)]}: the guides that use a name

    def pages(self):
        for operation, forms in self.names.forms.items():
            yield self.page(self.operation(operation, forms), forms[0])
        for name in self.names.names.values():
            if name.kind in ("struct", "enum", "handle", "callback", "alias"):
                yield self.page(self.type(name), name)
            elif name.kind == "value" and name.owner.name == "boxd_status":
                yield self.page(self.status(name), name)
            elif name.kind == "macro" and not name.owner:
                yield self.page(self.macro(name), name)
        for titles in outline.SUBJECTS.values():
            for subject, title in titles.items():
                page = self.subject(subject, title)
                page.group = subject
                yield page
        yield self.overview()
        yield self.all_names()

    @staticmethod
    def page(page, name):
        page.group = outline.subject_of(name.file)
        return page

    # Operations.

    def form(self, function, shown):
        """The declaration of one form, and the callback types that are not in `shown` yet."""
        package = outline.package_of(function.file)
        title = "Callback" if reference.TWIN.match(function.name) else "Blocking"
        if function.name.endswith("_nocopy"):
            title += ", without a copy of the data"
        callbacks = [kind for kind in manual.callbacks(function, self.names) if kind.name not in shown]
        shown.update(kind.name for kind in callbacks)
        types = "".join(
            f'<p class="types">where <a href="{kind.name}.html">{kind.name}</a> is</p>'
            f"<pre><code>{text.code('typedef ' + text.declaration(kind, True), 'c', self.links)}</code></pre>"
            for kind in callbacks)
        return (f'<section class="form"><h2 class="title">{title}</h2>'
                f"<pre><code>{text.signature(function, self.links, address(self.names, function))}</code></pre>{types}"
                f'<p class="needs"><code>#include &lt;{self.header(function.file)}&gt;</code> '
                f"<code>pkg-config {package}</code> since {function.since}</p></section>")

    def header(self, file):
        return linked(file, self.links)

    def operation(self, operation, forms):
        blocking, own = forms[0], f"{operation}.html"
        paragraphs, shown = blocking.document, set()
        html = [head(trail_of(blocking), f"{operation}()", document(paragraphs[:1], self.links, own)),
                f'<div class="forms forms{len(forms)}">', *[self.form(form, shown) for form in forms], "</div>",
                document(paragraphs[1:], self.links, own), self.arguments(forms, own)]
        items = manual.items(blocking, self.names)
        for title, heading in (("Result", "Result"), ("Errors", "Errors"), ("RPC", "Request"), ("Route", "Request")):
            if title in items:
                html.append(self.item(title, heading, items[title], own))
        html += [self.differences(form, own) for form in forms if reference.TWIN.match(form.name)]
        html += [self.options(struct) for struct in manual.option_structs(forms, self.names)]
        html += [self.example(forms), self.see_also(operation, forms)]
        names = " ".join(form.name for form in forms)
        return Page(own, f"{operation}()", "\n".join(filter(None, html)), blocking.brief, "function",
                    names + " " + reference.plain(paragraphs))

    def arguments(self, forms, own):
        rows = "".join(f"<tr><td><code>{name}</code></td><td>{compact(about, self.links, own)}</td></tr>"
                       for name, _, about in manual.all_arguments(forms, self.names))
        return f"<h2>Arguments</h2>{table(rows)}" if rows else ""

    def item(self, title, heading, content, own):
        html = compact(content, self.links, own).rstrip(".")
        if title == "Errors":
            product = own.split("_")[0]
            html += f'. And the <a href="{product}-{product}.html">common errors</a>'
        if title == "RPC" and reference.plain(content) != "none":
            html = f"RPC {html}"
        return f"<h2>{heading}</h2><p>{html[:1].upper()}{html[1:]}.</p>"

    def differences(self, form, own):
        if "_aio_" not in form.name or form.name == own.removesuffix(".html") or not form.document:
            return ""
        return f"<h2>Notes on {form.name}()</h2>" + document(form.document, self.links, own)

    def options(self, struct):
        rows = self.member_rows(struct, brief=True)
        return f'<h2>Options: <a href="{struct.name}.html">{struct.name}</a></h2>{table(rows)}' if rows else ""

    def example(self, forms):
        code = self.examples.of(forms)
        if not code:
            return ""
        return f"<h2>Example</h2><pre><code>{text.code(code, 'c', self.links, address(self.names, forms[0]))}</code></pre>" \
               '<p class="note">From <a href="operations.html">Every operation</a>, the header, or the <a href="cookbook.html">cook ' \
               'book</a>.</p>'

    def see_also(self, operation, forms):
        guides = self.mentions.get(operation, [])
        subject = outline.subject_of(forms[0].file)
        items = [f'<a href="{page}">{escape(title)}</a>' for title, page in guides]
        items.append(f'<a href="{outline.subject_page(subject)}">{escape(outline.title_of(subject))}: all functions</a>')
        return "<h2>See also</h2><ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"

    # Types and statuses.

    def member_rows(self, struct, brief=False):
        rows = []
        for declaration, about in manual.members(struct, self.names):
            if brief and declaration == "size_t size":
                continue
            words = linked(manual.purpose_and_default(about), self.links) if brief else compact(about, self.links)
            rows.append(f"<tr><td><code>{text.code(declaration, 'c', self.links)}</code></td><td>{words}</td></tr>")
        return "".join(rows)

    def type(self, name):
        own = f"{name.name}.html"
        purpose = manual.purpose(name, self.names)
        html = [head(trail_of(name), name.name, document(purpose[:1], self.links, own)),
                f'<p class="needs"><code>#include &lt;{self.header(name.file)}&gt;</code> since {name.since}</p>',
                self.declared(name),
                document(purpose[1:], self.links, own)]
        if name.kind == "struct":
            html.append("<h2>Members</h2>" + table(self.member_rows(name)))
        if name.kind == "enum":
            html.append(self.values(name))
        html.append(self.users(name))
        words = " ".join(member[0] + " " + reference.plain(member[-1]) for member in name.members)
        kind = {"callback": "callback type", "alias": "type", "handle": "handle"}.get(name.kind, name.kind)
        return Page(own, name.name, "\n".join(filter(None, html)), reference.first_sentence(purpose), kind,
                    reference.plain(purpose) + words)

    def declared(self, name):
        if name.kind == "callback":
            code = "typedef " + text.declaration(name, True)
        elif name.kind == "handle":
            code = f"typedef struct {name.name} {name.name};"
        elif name.kind == "alias":
            code = f"typedef {reference.declared(name.result, name.name)};"
        else:
            return ""
        return f"<pre><code>{text.code(code, 'c', self.links, name.name + '.html')}</code></pre>"

    def values(self, name):
        rows = "".join(
            f'<tr id="{value}"><td><code>{linked(value, self.links) if name.name == "boxd_status" else value}</code> = {number}</td>'
            f"<td>{compact(about, self.links)}</td></tr>" for value, number, about in name.members)
        return "<h2>Values</h2>" + table(rows)

    def users(self, name):
        """The functions that take or return a type."""
        rows = [f'<tr><td><a href="{operation}.html">{operation}()</a></td>'
                f"<td>{linked(self.names.forms[operation][0].brief, self.links)}</td></tr>"
                for operation in self.names.users.get(name.name, [])]
        if not rows or len(rows) > 80:
            return ""
        return "<h2>Functions with this type</h2>" + table("".join(rows))

    def status(self, name):
        """A status: what it means, what to do, and which functions list it."""
        own = f"{name.name}.html"
        rows = [f'<tr><td><a href="{operation}.html">{operation}()</a></td><td>{linked(forms[0].brief, self.links)}</td></tr>'
                for operation, forms in self.names.forms.items()
                if name.name in reference.plain(forms[0].items.get("Errors", [])).replace(",", " ").split()]
        html = [head([("Reference", "reference.html"), ("Errors", "boxd-error.html"), ("boxd_status", "boxd_status.html")],
                     name.name, document(name.document, self.links, own)),
                f"<p>Value {name.value} of <a href=\"boxd_status.html\">boxd_status</a>.</p>"]
        if name.name in self.actions:
            action = self.actions[name.name]
            html.append(f"<h2>What to do</h2><p>{action[:1].upper()}{action[1:].rstrip('.')}.</p>")
        common = reference.plain(self.names.headers["boxd/boxd.h"].document).partition("Common errors")[2]
        if re.search(rf"\b{name.name}\b", common):
            html.append('<p>Every call may end in this status: it is one of the <a href="boxd-boxd.html">common errors</a>.</p>')
        if rows:
            html.append("<h2>Functions that list this status</h2>" + table("".join(rows)))
        html.append('<p class="note">All statuses: <a href="errors.html">Errors</a>.</p>')
        return Page(own, name.name, "\n".join(html), name.brief, "status", reference.plain(name.document))

    def macro(self, name):
        own = address(self.names, name)
        others = (f"{other}()" if other in self.names.forms else other for other in manual.related(name, self.names)[:12])
        items = "".join(f"<li>{linked(other, self.links)}</li>" for other in others)
        html = [head(trail_of(name), name.name),
                f'<p class="needs"><code>#include &lt;{self.header(name.file)}&gt;</code> since {name.since}</p>',
                f"<pre><code>{text.code(manual.macro_line(name), 'c', self.links, own)}</code></pre>",
                document(name.document, self.links, own), f"<h2>See also</h2><ul>{items}</ul>" if items else ""]
        return Page(own, name.name, "\n".join(filter(None, html)), name.brief, "macro", reference.plain(name.document))

    # Overviews.

    def subject(self, subject, title):
        files = sorted((file for file in self.names.headers if outline.subject_of(file) == subject),
                       key=lambda file: ("/types/" in file, "/aio/" in file, file))
        html = [head([("Reference", "reference.html")], title)]
        words = []
        for file in files:
            header = self.names.headers[file]
            about = reference.plain(header.document)
            html.append(f'<p class="needs"><code>#include &lt;{file}&gt;</code> <code>pkg-config '
                        f"{outline.package_of(file)}</code></p>")
            if not about.startswith("The async twins of") or len(about) > 120:
                html.append(document(header.document, self.links))
            words.append(about)
        html += [self.operations_table(files), self.types_table(files), self.macros(files)]
        return Page(outline.subject_page(subject), title, "\n".join(filter(None, html)), self.subject_summary(subject), "subject",
                    " ".join(words))

    def operations_table(self, files):
        rows = []
        for operation, forms in sorted(self.names.forms.items(), key=lambda item: (item[1][0].file, item[1][0].line)):
            if forms[0].file in files:
                twins = " ".join(f"<br><small>{form.name}()</small>" for form in forms[1:])
                rows.append(f'<tr><td><a href="{operation}.html">{operation}()</a>{twins}</td>'
                            f"<td>{linked(forms[0].brief, self.links)}</td></tr>")
        return "<h2>Functions</h2>" + table("".join(rows)) if rows else ""

    def types_table(self, files):
        names = sorted((name for name in self.names.names.values()
                        if name.file in files and name.kind in ("struct", "enum", "handle", "callback", "alias")),
                       key=lambda name: (name.kind == "callback", name.file, name.line))
        rows = "".join(f'<tr><td><a href="{name.name}.html">{name.name}</a></td>'
                       f"<td>{linked(reference.first_sentence(manual.purpose(name, self.names)), self.links)}</td></tr>"
                       for name in names)
        return "<h2>Types</h2>" + table(rows) if rows else ""

    def macros(self, files):
        names = sorted((name for name in self.names.names.values() if name.file in files and name.kind == "macro"),
                       key=lambda name: (name.file, name.line))
        rows = []
        for name in names:
            arguments = f"({', '.join(own for _, own in name.parameters)})" if name.parameters else ""
            page = address(self.names, name)
            about = compact(name.document, self.links)
            if not about and name.name.endswith("_INIT"):
                about = linked(f"Initialises a {name.name[:-5].lower()}.", self.links)
            rows.append(f'<tr id="{name.name}"><td><code><a href="{page}">{name.name}</a>{arguments}</code></td><td>{about}</td></tr>')
        return "<h2>Macros</h2>" + table("".join(rows)) if rows else ""

    def overview(self):
        html = [head([], "Reference", "<p>Each function has one page with both forms: the blocking one, and the one with a "
                     'callback. <a href="names.html">All names</a> in one list.</p>')]
        for group, titles in outline.SUBJECTS.items():
            rows = "".join(
                f'<tr><td><a href="{outline.subject_page(subject)}">{escape(title)}</a></td><td>'
                + linked(self.subject_summary(subject), self.links) + "</td></tr>" for subject, title in titles.items())
            html.append(f"<h2>{group}</h2>" + table(rows))
        return Page("reference.html", "Reference", "\n".join(html), "All headers, by subject", "subject")

    def subject_summary(self, subject):
        if subject in outline.SUMMARIES:
            return outline.SUMMARIES[subject]
        files = sorted((file for file in self.names.headers if outline.subject_of(file) == subject),
                       key=lambda file: ("/types/" in file, "/aio/" in file, file))
        return reference.first_sentence(self.names.headers[files[0]].document)

    def all_names(self):
        names = sorted((name for name in self.names.names.values()), key=lambda name: name.name.lower())
        items = "".join(f'<li><a href="{address(self.names, name)}">{name.name}</a></li>' for name in names)
        return Page("names.html", "All names", head([("Reference", "reference.html")], "All names")
                    + f'<ul class="names">{items}</ul>', "Every public name", "subject")
