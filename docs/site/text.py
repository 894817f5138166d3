"""Text as HTML: links from names to their pages, colours in code."""

import re
from html import escape

import outline
import reference

NAME = re.compile(r"\b(?:boxd|drukbox)_[a-z0-9_]*[a-z0-9]\b(?:\(\))?|\b(?:BOXD|DRUKBOX)_[A-Z0-9_]*[A-Z0-9]\b"
                  r"|\bdocs/[\w-]+\.md\b|\b(?:boxd|drukbox)/[\w/]+\.h\b")
C_TOKEN = re.compile(r"(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<string>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
                     r"|(?P<directive>^[ \t]*#[ \t]*\w+)|(?P<name>[A-Za-z_]\w*)|(?P<number>\b\d[\w.]*)", re.S | re.M)
KEYWORDS = set("auto bool break case char const continue default do double else enum extern false float for goto if inline int "
               "int64_t long NULL nullptr return short signed size_t sizeof static struct switch true typedef uint32_t "
               "uint64_t union unsigned void volatile while".split())
SHELL_TOKEN = re.compile(r"(?P<comment>(?:^|(?<=\s))#[^\n]*)|(?P<string>\"(?:\\.|[^\"\\])*\"|'[^']*')"
                         r"|(?P<number>\$\w+|\$\{\w+\})", re.M)
PYTHON_TOKEN = re.compile(r"(?P<comment>#[^\n]*)|(?P<string>\"\"\".*?\"\"\"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
                          r"|(?P<name>[A-Za-z_]\w*)|(?P<number>\b\d[\w.]*)", re.S)
PYTHON_KEYWORDS = set("and as assert async await class def del elif else except False finally for from global if import in is "
                      "lambda None nonlocal not or pass raise return True try while with yield".split())
LUA_TOKEN = re.compile(r"(?P<comment>--[^\n]*)|(?P<string>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
                       r"|(?P<name>[A-Za-z_]\w*)|(?P<number>\b\d[\w.]*)")
LUA_KEYWORDS = set("and break do else elseif end false for function if in local nil not or repeat return then true until while".split())


class Links:
    """The page of each name, header and guide."""

    def __init__(self, names, guides):
        self.names, self.guides = names, guides
        self.subjects = {outline.subject_of(file) for file in names.headers}

    def page(self, word):
        """The address of what `word` names, or None."""
        word = word.removesuffix("()")
        if word.startswith("docs/"):
            name = word.removeprefix("docs/").removesuffix(".md")
            if name == "README":
                return "index.html"
            return f"{name}.html" if name in self.guides else None
        if word.endswith(".h"):
            subject = outline.subject_of(word)
            return outline.subject_page(subject) if subject in self.subjects else None
        name = self.names.names.get(word)
        return address(self.names, name) if name else None


def address(names, name):
    """The page of a public name."""
    if name.kind == "function":
        return f"{names.operation(name.name)}.html"
    if name.kind == "value":
        return f"{name.name}.html" if name.owner.name == "boxd_status" else f"{name.owner.name}.html#{name.name}"
    if name.kind == "macro":
        return f"{name.owner.name}.html" if name.owner else f"{name.name}-macro.html"  # BOXD_ARGV and boxd_argv: two files
    return f"{name.name}.html"


def linked(text, links, own=""):
    """Escaped text with links. `own` is the page that the text is on."""
    parts, end = [], 0
    for match in NAME.finditer(text):
        page = links.page(match[0])
        if page and page != own:
            parts += [escape(text[end:match.start()], False), f'<a href="{page}">{escape(match[0])}</a>']
            end = match.end()
    return "".join(parts) + escape(text[end:], False)


def inlines(content, links, own=""):
    html = []
    for kind, text, *rest in content:
        if kind == "text":
            html.append(linked(text, links, own))
        elif kind == "link":
            html.append(f'<a href="{escape(rest[0])}">{escape(text, False)}</a>')
        else:
            html.append(f"<{kind}>{linked(text, links, own)}</{kind}>")
    return "".join(html)


def document(blocks, links, own=""):
    html = []
    for kind, content in blocks:
        if kind == "p":
            html.append(f"<p>{inlines(content, links, own)}</p>")
        elif kind == "list":
            html.append("<ul>" + "".join(f"<li>{compact(item, links, own)}</li>" for item in content) + "</ul>")
        elif kind == "table":
            rows = ["<tr>" + "".join(f"<td>{inlines(cell, links, own)}</td>" for cell in row) + "</tr>" for row in content]
            html.append(table("".join(rows[1:]), rows[0].replace("td>", "th>")))
        else:
            html.append(f'<pre><code>{code(content, "c", links, own)}</code></pre>')
    return "\n".join(html)


def compact(blocks, links, own=""):
    """A document in a table or a list: one paragraph has no tag around it."""
    if len(blocks) == 1 and blocks[0][0] == "p":
        return inlines(blocks[0][1], links, own)
    return document(blocks, links, own)


def table(rows, head=""):
    head = f"<thead>{head}</thead>" if head else ""
    return f'<div class="table stack"><table>{head}<tbody>{rows}</tbody></table></div>'


def coloured(text, token, keywords, links, own):
    parts, end = [], 0
    for match in token.finditer(text):
        parts.append(escape(text[end:match.start()], False))
        end = match.end()
        if match.lastgroup == "name":
            if match[0] in keywords:
                parts.append(f'<b class="k">{match[0]}</b>')
            else:
                parts.append(linked(match[0], links, own))
        else:
            parts.append(f'<i class="{match.lastgroup[0]}">{escape(match[0], False)}</i>')
    return "".join(parts) + escape(text[end:], False)


def code(text, language, links, own=""):
    if language in ("c", "cpp", "c++"):
        return coloured(text, C_TOKEN, KEYWORDS, links, own)
    if language == "python":
        return coloured(text, PYTHON_TOKEN, PYTHON_KEYWORDS, links, own)
    if language == "lua":
        return coloured(text, LUA_TOKEN, LUA_KEYWORDS, links, own)
    if language == "diff":
        marks = {"+": "ins", "-": "del"}
        lines = [(marks.get(line[:1]), coloured(line, C_TOKEN, KEYWORDS, links, own)) for line in text.split("\n")]
        return "\n".join(f"<{tag}>{html}</{tag}>" if tag else html for tag, html in lines)
    return coloured(text, SHELL_TOKEN, (), links, own)


def signature(function, links, own, pointer=False):
    """The declaration of a function, one parameter a line, as HTML."""
    return code(declaration(function, pointer), "c", links, own)


def declaration(function, pointer=False):
    name = f"(*{function.name})" if pointer else function.name
    head = reference.declared(function.result, name)
    parameters = [reference.declared(kind, own) for kind, own in function.parameters]
    if not parameters:
        return f"{head}(void);"
    if len(head) + len(", ".join(parameters)) < 60:
        return f"{head}({', '.join(parameters)});"
    return f"{head}(\n    " + ",\n    ".join(parameters) + ");"
