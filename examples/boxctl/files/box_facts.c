/* What paths in a box lead to: one command in the box expands patterns and runs `stat`. */
#include "files/files.h"

#include <fnmatch.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Runs the script $1 with the words of standard input as its arguments. */
static const char RUNNER[] = "export LC_ALL=C\n"
                             "command -v xargs >/dev/null 2>&1 || exit 127\n"
                             "exec xargs -0 sh -c \"$1\" sh\n";

/* For each argument: the names that it leads to, each after a letter and before a NUL; and an empty name. The
 * letter is "l" for a link, "d" for a path that a directory without permission hides, else "-". If links are
 * not followed, the target of a link and a NUL are after its name. Then an empty name, the output of stat and
 * a NUL. stat prints nothing for a name that does not exist. */
static const char FACTS[] =
    "command -v stat >/dev/null 2>&1 || exit 127\n"
    "IFS=\n"
    "hidden() {\n"
    "  parent=${1%/*}\n"
    "  while [ -n \"$parent\" ] && ! [ -d \"$parent\" ]; do parent=${parent%/*}; done\n"
    "  [ -n \"$parent\" ] && ! [ -x \"$parent\" ]\n"
    "}\n"
    "shown() {\n"
    "  if [ -L \"$1\" ]; then\n"
    "    printf 'l%s\\0' \"$1\"\n"
    "    [ -n \"$follow\" ] || printf '%s\\0' \"$(readlink \"$1\")\"\n"
    "  elif ! [ -e \"$1\" ] && hidden \"$1\"; then printf 'd%s\\0' \"$1\"\n"
    "  else printf -- '-%s\\0' \"$1\"; fi\n"
    "}\n"
    "plain() { printf '%s\\0' \"$1\"; }\n"
    "names() {\n"
    "print=$1\n"
    "shift\n"
    "for path do\n"
    "  case $path in *[*?[]*)\n"
    "    if [ $expand = yes ] && ! [ -e \"$path\" ] && ! [ -L \"$path\" ]; then\n"
    "      for found in $path; do $print \"$found\"; done\n"
    "      path=\n"
    "    fi ;;\n"
    "  esac\n"
    "  [ -z \"$path\" ] || $print \"$path\"\n"
    "  [ $print = plain ] || printf '\\0'\n"
    "done\n"
    "}\n"
    "names shown \"$@\"\n"
    "printf '\\0'\n"
    "names plain \"$@\" | xargs -0 stat $follow -c '%f %s %Y %d:%i|%y|%U|%G|%n' 2>/dev/null\n"
    "printf '\\0'\n";

boxd_exec_result *run_script(const cli *c, boxd_box *box, const char *script, const char *variable,
                             const char *const *words, size_t count, boxd_error *error)
{
    const char *const env[] = {variable, NULL};
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += strlen(words[i]) + 1;
    char *input = must(malloc(size + 1)), *to = input;
    for (size_t i = 0; i < count; i++)
        to = stpcpy(to, words[i]) + 1;
    const char *const argv[] = {"sh", "-c", RUNNER, "sh", script, NULL};
    boxd_exec_result *result = boxd_box_exec(
        box, argv,
        BOXD_OPTIONS(boxd_exec_options, .call = cli_call(c), .env = env, .require_exit_confirmed = true,
                     .in = {.mode = BOXD_INPUT_BYTES, .data = input, .data_size = size}),
        error);
    free(input);
    return result;
}

/* ---- reading the output ---- */

/* The rest of the output. */
typedef struct reader {
    const char *at, *end;
} reader;

/* The text up to the next NUL; "" at the end. */
static const char *next_text(reader *r)
{
    const char *text = r->at < r->end ? r->at : "";
    r->at += r->at < r->end ? strlen(text) + 1 : 0;
    return text;
}

static path_kind kind_of(uint32_t mode)
{
    return S_ISREG(mode) ? PATH_FILE : S_ISDIR(mode) ? PATH_DIR : S_ISLNK(mode) ? PATH_LINK : PATH_SPECIAL;
}

/* Nanoseconds of "2026-11-30 19:11:00.500000000 +0000". */
static int32_t fraction_of(const char *time)
{
    const size_t length = strcspn(time, ".|");
    int32_t value = 0;
    const char *digit = time + length + (time[length] == '.');
    for (int i = 0; i < 9; i++) {
        const bool is_digit = *digit >= '0' && *digit <= '9' && time[length] == '.';
        value = value * 10 + (is_digit ? *digit++ - '0' : 0);
    }
    return value;
}

/* Copies the text up to the next "|" and returns what follows it. */
static const char *next_part(const char *text, char *part, size_t size)
{
    const size_t length = strcspn(text, "|");
    if (part)
        snprintf(part, size, "%.*s", (int)length, text);
    return text + length + (text[length] == '|');
}

/* Reads the line of stat for facts->path. Without one, the path does not exist. Returns the next line. */
static const char *read_line(const char *line, path_facts *facts)
{
    path_facts read = *facts;
    unsigned mode;
    unsigned long long size;
    long long modified;
    const size_t length = strlen(facts->path);
    const char *time = next_part(line, NULL, 0);
    const char *user = next_part(time, NULL, 0);
    const char *group = next_part(user, read.user, sizeof read.user);
    const char *name = next_part(group, read.group, sizeof read.group);
    if (strncmp(name, facts->path, length) != 0 || name[length] != '\n' ||
        sscanf(line, "%x %llu %lld %47[^|]", &mode, &size, &modified, read.id) != 4)
        return line;
    read.mode = mode;
    read.kind = kind_of(mode);
    read.size = read.kind == PATH_DIR ? 0 : size;
    read.modified_s = modified;
    read.modified_ns = fraction_of(time);
    *facts = read;
    return name + length + 1;
}

static void add_facts(facts_list *list, const char *path, size_t asked)
{
    list->items = must_grow(list->items, list->count, sizeof *list->items);
    list->items[list->count++] = (path_facts){.path = format_text("%s", path), .asked = asked};
}

/* One run of the script; xargs may need several. */
static void read_run(reader *r, bool follows, facts_list *list, size_t *asked)
{
    const size_t first = list->count;
    for (const char *name = next_text(r); *name; name = next_text(r)) {
        for (; *name; name = next_text(r)) {
            add_facts(list, name + 1, *asked);
            list->items[list->count - 1].is_link = *name == 'l';
            list->items[list->count - 1].is_hidden = *name == 'd';
            if (*name == 'l' && !follows)
                list->items[list->count - 1].target = format_text("%s", next_text(r));
        }
        ++*asked;
    }
    const char *line = next_text(r);
    for (size_t i = first; i < list->count; i++)
        line = read_line(line, &list->items[i]);
}

/* ---- without utilities in the box: the RPCs for single paths ---- */

/* The mode of "drwxr-xr-x", without the special bits. 0: there is none. */
static uint32_t mode_of(const boxd_dir_entry *entry)
{
    const char *text = entry->permissions ? entry->permissions : "";
    uint32_t mode = entry->is_dir ? S_IFDIR : *text == 'l' ? S_IFLNK : *text == '-' ? S_IFREG : S_IFIFO;
    if (strlen(text) < 10)
        return 0;
    for (unsigned i = 0; i < 9; i++)
        mode |= strchr("-ST", text[i + 1]) ? 0 : 0400U >> i;
    return mode;
}

static void set_entry(path_facts *facts, const boxd_dir_entry *entry)
{
    facts->mode = mode_of(entry);
    facts->kind = facts->mode ? kind_of(facts->mode) : entry->is_dir ? PATH_DIR : PATH_FILE;
    facts->size = entry->size_bytes;
    facts->modified_s = entry->modified_at_ms / 1000;
}

/* With service 0.1, which has no RPC for this, a path is taken for a file: a transfer of it may succeed. */
static bool add_entry(const cli *c, boxd_box *box, const char *path, bool expands, size_t asked,
                      facts_list *list, boxd_error *error)
{
    const boxd_call_options call = cli_call(c);
    boxd_error own = BOXD_ERROR_INIT;
    boxd_dir_entry *entry = boxd_box_stat(box, path, &call, &own);
    const bool is_unknown = !entry && own.status == BOXD_ERR_UNSUPPORTED;
    bool answered =
        entry || is_unknown || own.status == BOXD_ERR_NOT_FOUND || own.status == BOXD_ERR_INCOMPLETE;
    if (!entry && expands && strpbrk(path, "*?[")) {
        answered = false;
        own.status = BOXD_ERR_UNSUPPORTED;
        snprintf(own.message, sizeof own.message, "the box has no stat and xargs, which patterns need");
    }
    if (!answered)
        *error = own;
    add_facts(list, path, asked);
    path_facts *facts = &list->items[list->count - 1];
    if (entry)
        set_entry(facts, entry);
    else if (is_unknown)
        facts->kind = PATH_FILE;
    boxd_dir_entry_free(entry);
    return answered;
}

static bool ask_for_each(const cli *c, boxd_box *box, const facts_request *request, facts_list *list,
                         boxd_error *error)
{
    bool good = true;
    for (size_t i = 0; i < request->count && good; i++)
        good = add_entry(c, box, request->paths[i], request->expands, i, list, error);
    return good;
}

/* ---- the request ---- */

static bool refuse_answer(facts_list *list, const char *path, boxd_error *error)
{
    error->status = BOXD_ERR_PROTOCOL;
    error->grpc_code = -1;
    snprintf(error->message, sizeof error->message, "the box describes %s, which boxctl has not asked for",
             *path ? path : "a path");
    facts_free(list);
    return false;
}

/* Whether the shell of the box can have made `path` from this pattern. */
static bool matches(const char *pattern, const char *path)
{
    enum { AS_SHELL = FNM_PATHNAME | FNM_PERIOD };
    return fnmatch(pattern, path, AS_SHELL) == 0 || fnmatch(pattern, path, AS_SHELL | FNM_NOESCAPE) == 0;
}

/* Whether `path` may be described for the path `index` of the request. */
static bool is_asked(const facts_request *request, size_t index, const char *path)
{
    if (index >= request->count || path[0] != '/')
        return false;
    const char *asked = request->paths[index];
    const bool is_pattern = request->expands && strpbrk(asked, "*?[");
    return strcmp(path, asked) == 0 || (is_pattern && matches(asked, path));
}

/* Commands of the box, which may be hostile, wrote the output, and its paths become names of local files:
 * nothing in it is used before this check. The box has expanded patterns in the locale C. */
static bool check_answer(const facts_request *request, facts_list *list, boxd_error *error)
{
    locale_t bytes = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = uselocale(bytes);
    size_t good = 0;
    while (good < list->count && is_asked(request, list->items[good].asked, list->items[good].path))
        good++;
    uselocale(before);
    if (bytes)
        freelocale(bytes);
    return good == list->count || refuse_answer(list, list->items[good].path, error);
}

bool facts_in_box(const cli *c, boxd_box *box, const facts_request *request, facts_list *list,
                  boxd_error *error)
{
    *list = (facts_list){0};
    char *script = format_text("expand=%s follow=%s\n%s", request->expands ? "yes" : "no",
                               request->follows ? "-L" : "", FACTS);
    boxd_exec_result *result = run_script(c, box, script, NULL, request->paths, request->count, error);
    free(script);
    if (!result)
        return false;
    const bool has_utilities = result->exit_code != EXIT_NO_UTILITY;
    reader r = {result->out.data, result->out.data + result->out.size};
    for (size_t asked = 0; has_utilities && r.at < r.end;)
        read_run(&r, request->follows, list, &asked);
    boxd_exec_result_free(result);
    if (list->count >= request->count)
        return check_answer(request, list, error);
    facts_free(list);
    return ask_for_each(c, box, request, list, error);
}

void facts_free(facts_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].path);
        free(list->items[i].target);
    }
    free(list->items);
    *list = (facts_list){0};
}

path_facts facts_here(const char *path)
{
    struct stat found;
    path_facts facts = {0};
    if (stat(path, &found) != 0)
        return facts;
    facts.kind = kind_of(found.st_mode);
    facts.mode = found.st_mode;
    facts.size = S_ISREG(found.st_mode) ? (uint64_t)found.st_size : 0;
    facts.modified_s = found.st_mtim.tv_sec;
    facts.modified_ns = (int32_t)found.st_mtim.tv_nsec;
    snprintf(facts.id, sizeof facts.id, "%llu:%llu", (unsigned long long)found.st_dev,
             (unsigned long long)found.st_ino);
    return facts;
}
