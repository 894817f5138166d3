"""The public names of the headers, read from Doxygen's XML.

A document is a list of blocks: ("p", inlines), ("list", [document, ...]), ("code", text), ("table", [[inlines, ...], ...]).
Inlines are ("text", text), ("code", text), ("strong", text) and ("link", text, address).
"""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ITEM = re.compile(r"(Result|Errors|RPC|Route): ?")
TWIN = re.compile(r"(boxd|drukbox)_aio_(.*)")


class Name:
    """A public name. `kind`: function, struct, handle, enum, callback, alias, macro or value."""

    def __init__(self, kind, name, where):
        self.kind = kind
        self.name = name
        self.file, self.line = where
        self.document = []
        self.items = {}  # what the lists of the contract say: Result, Errors, RPC, Route
        self.parameters = []  # of a function: (type, name); of a macro: ("", name)
        self.described = {}  # parameter: document
        self.result = ""  # type of a function or of a callback
        self.members = []  # of a struct: (declaration, document); of an enum: (name, value, document)
        self.value = ""  # of a macro or a value of an enum
        self.since = ""
        self.owner = None  # of a value: its enum; of a macro that only initialises a struct: the struct

    @property
    def brief(self):
        """The first sentence, as text."""
        return first_sentence(self.document[:1]).rstrip(":")


class Header:
    """A header: the comment at its top, and its version."""

    def __init__(self, file, document, since):
        self.file = file
        self.document = document
        self.since = since


def text_of(inlines):
    return "".join(inline[1] for inline in inlines)


def plain(document):
    """The words of a document."""
    words = []
    for kind, content in document:
        if kind == "p":
            words.append(text_of(content))
        elif kind == "list":
            words += [plain(item) for item in content]
        elif kind == "table":
            words += [text_of(cell) for row in content for cell in row]
        else:
            words.append(content)
    return " ".join(" ".join(words).split())


def first_sentence(document):
    return re.split(r"(?<=\.)\s", plain(document), maxsplit=1)[0]


def squeezed(inlines):
    """Without blanks at the ends, and with single blanks elsewhere."""
    result = []
    for kind, text, *rest in inlines:
        text = re.sub(r"\s+", " ", text)
        if result and kind == "text" and result[-1][0] == "text":
            result[-1] = ("text", result[-1][1] + text)
        elif text:
            result.append((kind, text, *rest))
    if result and result[0][0] == "text":
        result[0] = ("text", result[0][1].lstrip())
    if result and result[-1][0] == "text":
        result[-1] = ("text", result[-1][1].rstrip())
    return [inline for inline in result if inline[1]]


def inlines_of(element):
    """The inlines of a run of text, without the element's tail."""
    tags = {"computeroutput": "code", "bold": "strong", "emphasis": "strong"}
    if element.tag in tags:
        return [(tags[element.tag], "".join(element.itertext()))]
    if element.tag == "ulink":
        return [("link", "".join(element.itertext()), element.get("url"))]
    if element.tag in ("ref", "para", "entry", "codeline", "highlight"):
        found = [("text", element.text or "")]
        for child in element:
            found += inlines_of(child) + [("text", child.tail or "")]
        return found
    symbols = {"ndash": "–", "mdash": "–", "nonbreakablespace": " ", "linebreak": " ", "sp": " "}
    if element.tag in symbols:
        return [("text", symbols[element.tag])]
    raise ValueError(f"the comment uses <{element.tag}>, which docs/site/reference.py does not know")


class Reader:
    """Collects the blocks of a comment; parameters, results and versions apart."""

    def __init__(self):
        self.document, self.described, self.returned, self.since = [], {}, [], ""

    def block(self, element):
        if element.tag == "itemizedlist" or element.tag == "orderedlist":
            self.document.append(("list", [document_of(item) for item in element]))
        elif element.tag == "verbatim":
            self.document.append(("code", "".join(element.itertext()).strip("\n")))
        elif element.tag == "programlisting":
            lines = ["".join(inline[1] for inline in inlines_of(line)) for line in element]
            self.document.append(("code", "\n".join(lines)))
        elif element.tag == "table":
            self.document.append(("table", [[squeezed(inlines_of(para)) for entry in row for para in entry]
                                            for row in element]))
        elif element.tag == "parameterlist":
            for item in element:
                names = [name.text for name in item.iter("parametername")]
                self.described[" ".join(names)] = document_of(item.find("parameterdescription"))
        elif element.tag == "simplesect" and element.get("kind") == "return":
            self.returned = document_of(element)
        elif element.tag == "simplesect" and element.get("kind") == "since":
            self.since = plain(document_of(element))
        else:
            return False
        return True

    def para(self, para):
        run = [("text", para.text or "")]
        for child in para:
            before = squeezed(run)
            if self.block(child):
                if before:
                    position = len(self.document) - (child.tag in ("itemizedlist", "orderedlist", "verbatim", "table"))
                    self.document.insert(position, ("p", before))
                run = []
            else:
                run += inlines_of(child)
            run.append(("text", child.tail or ""))
        if squeezed(run):
            self.document.append(("p", squeezed(run)))

    def read(self, element):
        for para in element if element is not None else ():
            if para.tag == "para":
                self.para(para)
        return self


def document_of(element):
    return Reader().read(element).document


def joined(brief, detail):
    """One document of a brief description, which is the first sentence of a paragraph, and the rest."""
    reader = Reader().read(brief)
    first = len(reader.document)
    reader.read(detail)
    document = reader.document
    if first == 1 and len(document) > 1 and document[1][0] == "p":
        document[:2] = [("p", squeezed(document[0][1] + [("text", " ")] + document[1][1]))]
    return reader


def type_text(element):
    """A type as C programmers write it."""
    text = " ".join("".join(element.itertext()).split())
    text = re.sub(r"\bconst\s*\*", "const *", text)
    text = re.sub(r"\*\s*const\s*\*", "*const *", text)
    return re.sub(r"\s*(\*+(?:const \*+)*)$", r" \1", text)


def declared(kind, name):
    """A declaration: `kind` is its type."""
    return kind + name if kind.endswith("*") else f"{kind} {name}"


def take_items(name):
    """Moves the list of the contract out of the document."""
    rest = []
    for kind, content in name.document:
        if kind == "list" and all(item and item[0][0] == "p" and ITEM.match(text_of(item[0][1])) for item in content):
            for item in content:
                inlines = item[0][1]
                title = ITEM.match(text_of(inlines))[1]
                first = (inlines[0][0], inlines[0][1][len(title) + 1:].lstrip())
                name.items[title] = [("p", squeezed([first] + inlines[1:]))] + item[1:]
        else:
            rest.append((kind, content))
    name.document = rest


def describe(name, element):
    reader = joined(element.find("briefdescription"), element.find("detaileddescription"))
    name.document, name.described, name.since = reader.document, reader.described, reader.since
    take_items(name)
    if reader.returned:
        name.items["Result"] = reader.returned
    return name


def where(element):
    location = element.find("location")
    return location.get("file"), int(location.get("line"))


def function(element):
    name = describe(Name("function", element.find("name").text, where(element)), element)
    name.result = type_text(element.find("type")).replace("static inline ", "")
    for parameter in element.findall("param"):
        declname = parameter.find("declname")
        if declname is not None:
            array = parameter.find("array")
            name.parameters.append((type_text(parameter.find("type")),
                                    declname.text + (array.text if array is not None else "")))
    return name


def callback(element, name):
    name.kind = "callback"
    name.result = re.sub(r"\(\s*\*$", "", type_text(element.find("type"))).strip()
    text = re.sub(r"^\)\(|\)$", "", " ".join("".join(element.find("argsstring").itertext()).split()))
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = re.fullmatch(r"(.*?)\s*(\w+)", part)
        name.parameters.append((match[1], match[2]))
    return name


def typedef(element):
    name = describe(Name("alias", element.find("name").text, where(element)), element)
    kind = "".join(element.find("type").itertext())
    if "(*" in kind:
        return callback(element, name)
    if re.fullmatch(rf"struct {name.name}", kind.strip()):
        name.kind = "handle"
    name.result = type_text(element.find("type"))
    return name


def enum(element):
    """An enum and its values."""
    name = describe(Name("enum", element.find("name").text, where(element)), element)
    number = -1
    values = []
    for value in element.findall("enumvalue"):
        initializer = value.find("initializer")
        number = int(initializer.text.lstrip("= "), 0) if initializer is not None else number + 1
        item = describe(Name("value", value.find("name").text, where(element)), value)
        item.value, item.owner = str(number), name
        values.append(item)
        name.members.append((item.name, str(number), item.document))
    return [name, *values]


def macro(element):
    name = describe(Name("macro", element.find("name").text, where(element)), element)
    name.parameters = [("", parameter.find("defname").text) for parameter in element.findall("param")
                       if parameter.find("defname") is not None]
    initializer = element.find("initializer")
    name.value = "" if initializer is None else "".join(initializer.itertext()).strip()
    return name


def struct(compound):
    name = describe(Name("struct", compound.find("compoundname").text, where(compound)), compound)
    members = sorted(compound.iter("memberdef"), key=lambda member: where(member)[1])
    lines = [where(member)[1] for member in members]
    for member in members:
        kind = type_text(member.find("type"))
        arguments = "".join(member.find("argsstring").itertext())
        own = member.find("name").text
        text = f"{kind}{own}{arguments}" if "(*" in kind else declared(kind, own) + arguments
        if lines.count(where(member)[1]) > 1:
            raise ValueError(f"{name.name}.{own} shares a declaration with another member: each has its own comment")
        name.members.append((text, joined(member.find("briefdescription"), member.find("detaileddescription")).document))
    return name


def twin_of(name):
    """The blocking function of an async one."""
    match = TWIN.fullmatch(name)
    return re.sub(r"_nocopy$", "", f"{match[1]}_{match[2]}") if match else name


def remove_copies(aio, blocking):
    """Leaves only what an async comment adds to the contract that it copies."""
    def key(block):
        return plain([block])

    copied = {key(block) for block in blocking.document}
    first = copied | {re.split(r"(?<=\.)\s", plain(blocking.document[:1]), maxsplit=1)[0],
                      re.split(r"(?<=\.)\s", plain(blocking.document[:1]), maxsplit=1)[-1]}
    rest = []
    for block in aio.document:
        if key(block) in first:
            continue
        if block[0] == "p":
            text = text_of(block[1])
            own = re.match(r"Async twin of \w+\(\)( that [^.]+)?\. ?", text)
            if own:
                left = text[own.end():]
                if own[1]:
                    rest.append(("p", [("text", own[1].replace(" that", "This form", 1) + ".")]))
                if left and left not in first:
                    rest.append(("p", [("text", left)]))
                continue
        rest.append(block)
    aio.document = rest
    aio.described = {name: text for name, text in aio.described.items() if name not in blocking.described}
    aio.items = {title: text for title, text in aio.items.items() if plain(text) != plain(blocking.items.get(title, []))}


class Reference:
    """All public names and headers."""

    def __init__(self, folder):
        self.names, self.headers = {}, {}
        for path in sorted(Path(folder).glob("*.xml")):
            if path.name not in ("index.xml", "Doxyfile.xml"):
                for compound in ElementTree.parse(path).getroot().iter("compounddef"):
                    self.compound(compound)
        self.complete()
        self.forms = {}  # name of an operation: its functions, the blocking one first
        functions = sorted((name for name in self.names.values() if name.kind == "function"),
                           key=lambda name: (name.name != twin_of(name.name), name.name))
        for name in functions:
            twin = twin_of(name.name)
            known = twin in self.names and twin != name.name
            self.forms.setdefault(twin if known else name.name, []).append(name)
            if known:
                remove_copies(name, self.names[twin])
        self.owners = {}  # name of a type: the structs with members of this type
        for struct in (name for name in self.names.values() if name.kind == "struct"):
            for word in self.types_in(" ".join(member[0] for member in struct.members)):
                self.owners.setdefault(word, []).append(struct.name)
        self.users = {}  # name of a type: the operations that take or return it
        for operation, forms in self.forms.items():
            kinds = " ".join(kind for form in forms for kind, _ in form.parameters + [(form.result, "")])
            for word in dict.fromkeys(re.findall(r"\w+", kinds)):
                self.users.setdefault(word, []).append(operation)

    def complete(self):
        """Versions of names that have the version of their header, and macros that the comment of another one describes."""
        for name in self.names.values():
            name.since = name.since or self.headers[name.file].since
            if name.kind == "macro" and not name.document and name.name.endswith("_INIT"):
                name.owner = self.names[name.name.removesuffix("_INIT").lower()]
            elif name.kind == "macro" and not name.document:
                others = [other.name for other in self.names.values() if other.file == name.file and other.kind == "macro"
                          and re.search(rf"\b{name.name}\b", plain(other.document))]
                name.document = [("p", [("text", f"See {others[0]}.")])] if others else []

    def add(self, name):
        if name.kind == "macro" and re.match(r"_|BOXD_(API|BEGIN_DECLS|END_DECLS)$|\w+_(H)?$", name.name):
            return
        if name.kind == "handle" and not name.document:
            return  # a type of another library, such as QObject
        known = self.names.get(name.name)
        if known and known.kind != "handle":
            return  # `typedef struct x x` beside `struct x`
        self.names[name.name] = name

    def compound(self, compound):
        if compound.get("kind") == "struct":
            self.add(struct(compound))
        if compound.get("kind") != "file":
            return
        reader = joined(compound.find("briefdescription"), compound.find("detaileddescription"))
        file = compound.find("location").get("file")
        self.headers[file] = Header(file, reader.document, reader.since)
        readers = {"function": lambda e: [function(e)], "typedef": lambda e: [typedef(e)], "enum": enum,
                   "define": lambda e: [macro(e)]}
        for member in compound.iter("memberdef"):
            for name in readers[member.get("kind")](member):
                self.add(name)

    def types_in(self, text):
        """The names of types in a declaration."""
        return [word for word in dict.fromkeys(re.findall(r"\w+", text))
                if word in self.names and self.names[word].kind in ("struct", "handle", "enum", "alias")]

    def operation(self, name):
        """The name of the operation, and so of the page, of a function."""
        twin = twin_of(name)
        return twin if twin in self.forms else name
