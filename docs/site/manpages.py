"""Manual pages (section 3): one for each operation, with both forms, and one for each type. The async name is an alias."""

import re
import textwrap

import manual
import outline
import reference

SECTIONS = (("Result", "RETURN VALUE"), ("Errors", "ERRORS"), ("RPC", "REQUEST"), ("Route", "REQUEST"))
COMMON_ERRORS = "\\fB{product}\\fP(3) lists the common errors, in which every call can end."
OVERVIEWS = {"boxd/boxd.h": "boxd", "boxd/aio.h": "boxd_aio", "drukbox/drukbox.h": "drukbox", "drukbox/aio.h": "drukbox_aio"}


def escaped(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("’", "'").replace("–", "\\(en")
    return re.sub(r"^(?=[.'])", r"\\&", text)


def bold(text):
    return f"\\fB{escaped(text)}\\fP"


def inline(content):
    parts = []
    for kind, text, *_ in content:
        parts.append(escaped(text) if kind in ("text", "link") else f"\\fI{escaped(text)}\\fP")
    return "".join(parts).strip()


def paragraphs(document, first=".PP"):
    """A document as roff lines. `first`: the macro before the first paragraph; None: no macro."""
    lines = []
    for number, (kind, content) in enumerate(document):
        macro = first if number == 0 else ".PP"
        if kind == "p":
            lines += ([macro] if macro else []) + [inline(content)]
        elif kind == "list":
            for item in content:
                lines += [".IP \\(bu 2", *nested(item)]
        elif kind == "code":
            lines += [*([".PP"] if number else []), *block(content)]
        else:
            lines += [line for row in content for line in (".IP", " | ".join(inline(cell) for cell in row))]
    return lines


def nested(document):
    lines = paragraphs(document, None)
    return [line if line != ".PP" else ".IP" for line in lines]


def block(text):
    """Lines that keep their form."""
    lines = [escaped(line) for line in text.splitlines()]
    return [".RS 4", ".nf", *[line or "\\&" for line in lines], ".fi", ".RE"]


def sentence(document):
    """An item of a contract as sentences."""
    text = " ".join(paragraphs(document, None))
    text = re.sub(r" ?\.PP ", "\n.PP\n", text)
    capital = text if text.startswith("\\") or "_" in text.split(" ")[0] else text[:1].upper() + text[1:]
    return capital.rstrip(".") + "."


def wrapped(declaration):
    """A declaration as lines of at most 71 characters, which fit on a terminal of 80 columns. No parameter is divided."""
    text = " ".join(declaration.split())
    opening = text.index(")(") + 2 if "(*" in text else text.index("(") + 1
    head, parameters = text[:opening], text[opening:].split(", ")
    indent = " " * (len(head) if len(head) < 32 else 4)
    lines = [head]
    for number, parameter in enumerate(parameters):
        piece = parameter + ("," if number < len(parameters) - 1 else "")
        space = "" if lines[-1].endswith("(") else " "
        if len(lines[-1]) + len(space + piece) <= 71 and (len(lines) > 1 or len(indent) == len(head) or len(text) <= 71):
            lines[-1] += space + piece
        else:
            lines.append(indent + piece)
    return lines


def declaration_lines(text):
    return [" " * (len(line) - len(line.lstrip())) + bold(line.strip()) for line in wrapped(text)]


def filled(lines):
    """The lines of a page, those of text at most 79 bytes long."""
    result, kept, tag = [], False, False
    for line in "\n".join(lines).split("\n"):
        kept = kept and line != ".fi" or line == ".nf"
        if kept or tag or len(line) < 80 or line.startswith((".", "'")):
            result.append(line)
        else:
            pieces = textwrap.wrap(line, 79, break_long_words=False, break_on_hyphens=False)
            result += [re.sub(r"^(?=[.'])", r"\\&", piece) for piece in pieces]
        tag = line == ".TP"
    return result


class Writer:
    """Makes the manual pages."""

    def __init__(self, names, examples, actions, version, date):
        self.names, self.examples, self.actions = names, examples, actions
        self.source = f'"{date}" "boxd {version}" "boxd for C"'

    def frame(self, names, brief, body):
        """A page. Names and declarations are not divided, and lines are not stretched."""
        title = names.split(",")[0].upper()
        return "\n".join([".\\\" Made from the headers: do not edit.", f".TH {title} 3 {self.source}", ".nh", ".ad l",
                          ".SH NAME", *filled([f"{names} \\- {escaped(brief)}", *body])]) + "\n"

    def includes(self, file):
        return [".nf", bold(f"#include <{file}>"), ".fi"]

    def synopsis(self, forms):
        lines = [".SH SYNOPSIS"]
        for form in forms:
            lines += [".nf", bold(f"#include <{form.file}>"), "\\&", *declaration_lines(self.declaration(form))]
            for kind in manual.callbacks(form, self.names):
                lines += ["\\&", *declaration_lines("typedef " + self.declaration(kind, True))]
            lines += [".fi", ".PP"]
        packages = dict.fromkeys(outline.package_of(form.file) for form in forms)
        lines += [f"Link with {' or '.join(bold(f'pkg-config --libs {package}') for package in packages)}."]
        return lines

    @staticmethod
    def declaration(function, pointer=False):
        name = f"(*{function.name})" if pointer else function.name
        parameters = ", ".join(reference.declared(kind, own) for kind, own in function.parameters) or "void"
        return f"{reference.declared(function.result, name)}({parameters});"

    def operation(self, operation, forms):
        blocking = forms[0]
        body = self.synopsis(forms) + [".SH DESCRIPTION"] + paragraphs(blocking.document, None)
        for form in forms[1:]:
            body += [".PP", f"{bold(form.name + '()')} does the same and ends with a callback."]
            body += paragraphs(form.document)
        body += self.arguments(forms)
        items = manual.items(blocking, self.names)
        for title, heading in SECTIONS:
            if title in items:
                body += [f".SH {heading}", sentence(items[title])]
                body += [COMMON_ERRORS.format(product=operation.split("_")[0])] if title == "Errors" else []
        body += self.options(forms) + self.example(forms)
        body += [".SH HISTORY", f"Since version {blocking.since}.", *self.see_also(blocking)]
        return self.frame(", ".join(form.name for form in forms), self.name_line(blocking.brief), body)

    @staticmethod
    def name_line(brief):
        return (brief[:1].lower() + brief[1:]).rstrip(".") or "a name of boxd for C"

    def arguments(self, forms):
        rows = manual.all_arguments(forms, self.names)
        lines = [".SH ARGUMENTS"] if rows else []
        for name, _, about in rows:
            lines += [".TP", f"\\fI{name}\\fP", *nested(about)]
        return lines

    def options(self, forms):
        lines = []
        for struct in manual.option_structs(forms, self.names):
            lines += [".SH OPTIONS", f"Members of {bold(struct.name)}(3). Zero selects the default of a member."]
            for text, about in manual.members(struct, self.names):
                if text != "size_t size":
                    lines += [".TP", bold(text), escaped(manual.purpose_and_default(about)) or "\\&"]
        return lines

    def example(self, forms):
        code = self.examples.of(forms)
        return [".SH EXAMPLE", *block(code)] if code else []

    def see_also(self, name):
        names = [name.name.lower().split("_")[0], *manual.related(name, self.names)]
        return [".SH SEE ALSO", ",\n".join(f"{bold(other)}(3)" for other in dict.fromkeys(names[:manual.MOST]))]

    def type(self, name):
        body = [".SH SYNOPSIS", *self.includes(name.file)]
        if name.kind == "callback":
            body += [".PP", ".nf", *declaration_lines("typedef " + self.declaration(name, True)), ".fi"]
        elif name.kind == "struct":
            body += [".PP", ".nf", bold(f"typedef struct {name.name} {{")]
            body += [f"    {bold(text + ';')}" for text, _ in manual.members(name, self.names)] + [bold(f"}} {name.name};"), ".fi"]
        elif name.kind == "enum":
            body += [".PP", ".nf", bold(f"typedef enum {name.name} {{ ... }} {name.name};"), ".fi"]
        else:
            body += [".PP", ".nf", bold(f"typedef struct {name.name} {name.name};"), ".fi"]
        body += [".SH DESCRIPTION", *paragraphs(manual.purpose(name, self.names), None)]
        rows = [(text, about) for text, about in manual.members(name, self.names)] if name.kind == "struct" else []
        rows += [(f"{value} ({number})", about) for value, number, about in name.members] if name.kind == "enum" else []
        body += [f".SH {'MEMBERS' if name.kind == 'struct' else 'VALUES'}"] if rows else []
        for text, about in rows:
            body += [".TP", bold(text), *(nested(about) or ["\\&"])]
            action = self.actions.get(text.split(" ")[0])
            body += [".IP", f"What to do: {escaped(action)}."] if action else []
        body += self.see_also(name)
        return self.frame(name.name, self.name_line(reference.first_sentence(manual.purpose(name, self.names))), body)

    def macro(self, name):
        body = [".SH SYNOPSIS", *self.includes(name.file), ".PP", ".nf", bold(manual.macro_line(name)), ".fi",
                ".SH DESCRIPTION", *paragraphs(name.document, None), ".SH HISTORY", f"Since version {name.since}.", *self.see_also(name)]
        return self.frame(name.name, self.name_line(name.brief), body)

    def overview(self, file):
        """The page of a header with rules for all functions: the rules, and the functions by subject."""
        name, header = OVERVIEWS[file], self.names.headers[file]
        aio, product = "aio" in name, name.split("_")[0]
        body = [".SH SYNOPSIS", *self.includes(file), ".PP", f"Link with {bold('pkg-config --libs ' + outline.package_of(file))}.",
                ".SH DESCRIPTION", *paragraphs(header.document, None), ".SH FUNCTIONS"]
        for titles in outline.SUBJECTS.values():
            for subject, title in titles.items():
                found = sorted(form.name for forms in self.names.forms.values() for form in forms
                               if outline.subject_of(form.file) == subject and form.name.startswith(product)
                               and (reference.TWIN.match(form.name) is not None) == aio)
                if found:
                    body += [".TP", escaped(title), ", ".join(f"{bold(function)}(3)" for function in found)]
        return self.frame(name, self.name_line(reference.first_sentence(header.document)), body)


def write(names, examples, actions, version, date, folder):
    folder.mkdir(parents=True)
    writer = Writer(names, examples, actions, version, date)
    count = 0
    for operation, forms in names.forms.items():
        (folder / f"{operation}.3").write_text(writer.operation(operation, forms))
        for form in forms[1:]:
            (folder / f"{form.name}.3").write_text(f".so man3/{operation}.3\n")
        count += len(forms)
    for name in names.names.values():
        if name.kind in ("struct", "enum", "handle", "callback"):
            (folder / f"{name.name}.3").write_text(writer.type(name))
            count += 1
        elif name.owner:
            (folder / f"{name.name}.3").write_text(f".so man3/{name.owner.name}.3\n")
            count += 1
        elif name.kind == "macro":
            (folder / f"{name.name}.3").write_text(writer.macro(name))
            count += 1
    for file, name in OVERVIEWS.items():
        (folder / f"{name}.3").write_text(writer.overview(file))
        count += 1
    return count
