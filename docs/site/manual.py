"""What the page and the manual page of a function have in common: arguments that every call has, examples, guides."""

import re

import outline
import reference

# What arguments are that boxd.h and aio.h describe once for all functions.
COMMON = {
    "call": "timeout, cancel token and metadata of the call; or NULL",
    "options": "or NULL, which selects the defaults",
    "error": "filled on failure; or NULL",
    "callback": "receives the result or the error, exactly once; or NULL",
    "user_data": "passed to the callback",
    "max": "how many callbacks to run at most",
}


def arguments(form, blocking, names):
    """[(name, type, document)] of the arguments of one form of an operation."""
    rows = []
    for kind, name in form.parameters:
        own = re.sub(r"\[.*", "", name)
        text = form.described.get(own) or blocking.described.get(own)
        if not text:
            text = [("p", [("text", common_text(kind, own, names))])]
        rows.append((own, kind, text))
    return rows


def common_text(kind, name, names):
    if name in COMMON:
        types = [word for word in re.findall(r"\w+", kind) if word in names.names]
        detail = f": {types[0]}" if types and name in ("call", "options", "error", "callback") else ""
        return COMMON[name] + detail
    types = [word for word in re.findall(r"\w+", kind) if word in names.names]
    if re.fullmatch(r"(bool|int|int64_t|boxd_chunk \*|ProtobufCMessage \*) ?\*", kind):
        return "where to store a part of the result; or NULL"
    if types:
        return f"a {types[0]}"
    return kind


def all_arguments(forms, names):
    """The arguments of all forms, each once."""
    rows = {}
    for form in forms:
        for own, kind, text in arguments(form, forms[0], names):
            rows.setdefault(own, (own, kind, text))
    return list(rows.values())


def option_structs(forms, names):
    """The option structs that an operation takes."""
    kinds = [kind for form in forms for kind, name in form.parameters if name == "options"]
    found = [names.names[word] for kind in kinds for word in re.findall(r"\w+", kind) if word in names.names]
    return list(dict.fromkeys(found))


def callbacks(form, names):
    """The callback types of a form."""
    return [names.names[kind] for kind, _ in form.parameters
            if kind in names.names and names.names[kind].kind == "callback"]


def members(struct, names):
    """(declaration, document) of the members that a program uses. The type explains a member without a comment."""
    found = []
    for text, about in struct.members:
        if re.search(r"\breserved\w*_\b", text):
            continue
        types = [names.names[word] for word in re.findall(r"\w+", text) if word in names.names]
        if text == "size_t size" and not about and f"{struct.name.upper()}_INIT" in names.names:
            about = [("p", [("text", f"sizeof({struct.name}), as {struct.name.upper()}_INIT sets it.")])]
        elif not about and types and types[0].document:
            about = [("p", [("text", types[0].brief)])]
        elif not about:
            about = [("p", [("text", plain_member(text))])] if plain_member(text) else []
        found.append((text, about))
    return found


def purpose_and_default(about):
    """The first sentence about an option, and the sentences about its values: `0: 5,000.`"""
    first, *others = re.split(r"(?<=\.)\s", reference.plain(about))
    return " ".join([first, *(other for other in others if re.match(r"(?:-?\d+|NULL|True|False|Default): |.*\bdefault\b", other))])


def plain_member(text):
    """What a member with a usual name is, or ""."""
    usual = ((r"size_t (?:\w+_)?count", "The number of items."), (r"bool has_(\w+)", r"Whether \1 is set."))
    return next((match.expand(words) for pattern, words in usual for match in [re.fullmatch(pattern, text)] if match), "")


def macro_line(macro):
    """A macro as a program sees it: with the value if it is a short constant."""
    parameters = f"({', '.join(name for _, name in macro.parameters)})" if macro.parameters else ""
    value = f" {macro.value}" if re.fullmatch(r'[\w()"-]{1,30}', macro.value) and not parameters else ""
    return f"#define {macro.name}{parameters}{value}"


def result(form, names):
    """What a function returns, with the type; or None."""
    content = form.items.get("Result")
    if not content:
        return [("p", [("text", "BOXD_OK, or the status of the failure.")])] if form.result == "boxd_status" else None
    types = names.types_in(form.result)
    if "*" not in form.result or not types or content[0][0] != "p" or re.search(rf"\b{types[0]}\b", reference.plain(content)):
        return content
    return [("p", [("code", form.result), ("text", ": "), *content[0][1]]), *content[1:]]


def items(form, names):
    """The items of a function, with the type of the result."""
    found = result(form, names)
    return {**form.items, **({"Result": found} if found else {})}


def mentioned(document, names):
    """The public names in a document, each with a page of its own."""
    found = (names.names.get(word) for word in re.findall(r"\w+", reference.plain(document)))
    pages = (names.operation(name.name) if name.kind == "function" else name.owner.name if name.owner else name.name
             for name in found if name)
    return list(dict.fromkeys(pages))


def member_types(types, names):
    """The types of the members of structs."""
    found = [word for word in types for member in names.names[word].members if names.names[word].kind == "struct"
             for word in names.types_in(member[0])]
    return list(dict.fromkeys(found))


MOST = 24  # references of a page


def distance(name, names):
    """A key that sorts functions by how near they are to a name: those of its header, its subject, its prefix, the others; in the
    order of a header."""
    def key(operation):
        other = names.forms[operation][0]
        far = 0 if other.file == name.file else 1 if outline.subject_of(other.file) == outline.subject_of(name.file) else \
            2 if operation.startswith(name.name + "_") else 3
        return far, other.file, abs(other.line - name.line) if far == 0 else other.line
    return key


def related(name, names):
    """Names of pages that a reader of the page of a name needs next, the most useful ones first."""
    forms = names.forms.get(name.name, [])
    own = [word for form in forms for word in names.types_in(" ".join([form.result, *(kind for kind, _ in form.parameters)]))]
    near = member_types(own or [name.name], names) if forms or name.kind == "struct" else []
    near += [word for word in member_types(near, names) if word not in own] if forms else []
    found = own + near + mentioned(name.document + [("p", [("text", name.value)])], names)
    found += [f"{struct}_free" for struct in own if f"{struct}_free" in names.forms]
    subject = outline.subject_of(name.file)
    if forms:
        users = [other for other, others in names.forms.items() if outline.subject_of(others[0].file) == subject]
    else:
        owners = names.owners.get(name.name, [])
        users = names.users.get(name.name, [])
        if len(users) < MOST:
            users = users + [user for owner in owners for user in names.users.get(owner, [])]
        else:
            users = [user for user in users if distance(name, names)(user)[0] < 3]  # almost every function has an error
        found = owners[:8] + found
    initialiser = f"{name.name.upper()}_INIT"
    if initialiser in names.names and not names.names[initialiser].owner:
        found.append(initialiser)
    if name.kind == "macro":
        found += [other.name for other in names.names.values() if other.kind in ("struct", "handle", "callback")
                  for text in [" ".join([reference.plain(other.document), *(reference.plain(member[1]) for member in other.members)])]
                  if re.search(rf"\b{name.name}\b", text)]
    found += sorted(users, key=distance(name, names))
    return [word for word in dict.fromkeys(found) if word != name.name]


def purpose(name, names):
    """What a type is for: its comment, or for options the functions that take them."""
    if name.document or name.kind != "struct":
        return name.document
    users = [f"{operation}()" for operation in names.users.get(name.name, [])]
    if users:
        return [("p", [("text", f"Options of {', '.join(users[:6])}.")])]
    owners = [other.name for other in names.names.values() if other.kind == "struct"
              and any(re.search(rf"\b{name.name}\b", member[0]) for member in other.members)]
    return [("p", [("text", f"A part of {', '.join(owners[:6])}.")])] if owners else []


class Examples:
    """Examples of functions that can be read alone: the lines of docs/operations.md, or for a function that needs more than one
    line the code of its header or of the cook book, below declarations of the variables."""

    # What every reader of an example knows: with more variables a line does not stand alone.
    PLAIN = {"c", "box", "d", "host", "err", "error", "job"}

    def __init__(self, operations, cookbook, names):
        self.names = names
        self.lines = {}  # function: its line
        self.cookbook = re.findall(r"^<!-- (?:run|compile) -->\n```c\n(.*?)\n```", cookbook, re.S | re.M)
        self.declared = {"error": "boxd_error error = BOXD_ERROR_INIT;", "job": "void *job = NULL; /* passed to the callback */"}  # variable: its declaration
        for block in re.findall(r"^```c\n(.*?)```", operations, re.S | re.M):
            self.declare(block)
        for line in operations.splitlines():
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if len(cells) == 4 and cells[1] in ("any", "0.1", "0.2", "drukbox"):
                for cell in cells[2:]:
                    self.add(cell.strip("`").replace("\\|", "|"))

    def declare(self, block):
        """Collects the declarations of a block of code."""
        for statement in re.sub(r"/\*.*?\*/", "", block, flags=re.S).split(";"):
            head = re.match(r"\s*((?:static |const )*\w+ (?:const )?)(\*?)(.*)", statement, re.S)
            for name in re.findall(r"(\w+)(?:, |\[\]| = |$)", head[3].split("=")[0] + "= ") if head and "=" in statement else \
                    re.findall(r"\w+", head[3]) if head else ():
                text = f"{statement.strip()};" if "=" in statement else f"{head[1]}{head[2]}{name};"
                self.declared.setdefault(name, text)

    def add(self, line):
        for name in re.findall(r"\b((?:boxd|drukbox)_\w+)\(", line)[:1]:
            self.lines.setdefault(name, line)
            result = re.match(r"((?:boxd|drukbox)_\w+ \*)(\w+) = ", line)
            if result:
                self.declared.setdefault(result[2], f"{result[1]}{result[2]}; /* from {name}() */")

    def variables(self, code):
        """The known variables that the code uses and does not declare."""
        text = re.sub(r'"(?:\\.|[^"\\])*"|/\*.*?\*/', "", code, flags=re.S)
        used = re.findall(r"(?<![.\w>])[a-z]\w*\b(?!\s*\()", text)
        own = set(re.findall(r"\b\w+ \**(\w+)(?:\[\])?(?: =|;|,)", text))
        return [name for name in dict.fromkeys(used) if name in self.declared and name not in own]

    def block(self, form):
        """The code of the header of a function, or else of the cook book, that uses it; or ""."""
        codes = [content for kind, content in self.names.headers[form.file].document if kind == "code"] + self.cookbook
        return next((code for code in codes if re.search(rf"\b{form.name}\(", code)), "")

    def of(self, forms):
        """The example of an operation as lines of C; "" if there is none."""
        parts = []
        for form in forms:
            line = self.lines.get(form.name, "")
            alone = set(self.variables(line)) <= self.PLAIN
            code = line if line and alone else self.block(form) or line
            known = "".join(f"/* {name} is a {kind.name} */\n" for kind in callbacks(form, self.names)
                            for name in re.findall(r"\bon_\w+", line) if code == line)
            parts += [known + code] if code and known + code not in parts else []
        if not parts:
            return ""
        variables = [self.declared[name] for name in self.variables("\n".join(parts))]
        return "\n\n".join(["\n".join(variables), *parts] if variables else parts)
