"""What the page and the manual page of a function have in common: arguments that every call has, examples, guides."""

import re

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


def plain_member(text):
    """What a member with a usual name is, or ""."""
    usual = ((r"size_t (?:\w+_)?count", "The number of items."), (r"bool has_(\w+)", r"Whether \1 is set."))
    return next((match.expand(words) for pattern, words in usual for match in [re.fullmatch(pattern, text)] if match), "")


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


def examples(operations):
    """{function: (operation, service, line)} of the lines in docs/operations.md."""
    found = {}
    for line in operations.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 4 and cells[1] in ("any", "0.1", "0.2", "drukbox"):
            for cell in cells[2:]:
                text = cell.strip("`").replace("\\|", "|")
                for name in re.findall(r"\b((?:boxd|drukbox)_\w+)\(", text)[:1]:
                    found.setdefault(name, (cells[0], cells[1], text))
    return found
