/* Prints tables. On a terminal they fit its width: long cells are cut with an ellipsis. */
#include "cli/cells.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

enum { MAX_COLUMNS = 10, GAP = 2, MIN_CELL = 3 };

/* ---- colours ---- */

static enum { COLOURS_AUTO, COLOURS_ALWAYS, COLOURS_NEVER } colours;

bool colours_choose(const char *word)
{
    static const char *const WORDS[] = {"auto", "always", "never"};
    for (unsigned i = 0; i < 3; i++)
        if (strcmp(word, WORDS[i]) == 0) {
            colours = i;
            return true;
        }
    return false;
}

bool colours_on(FILE *stream)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    if (colours != COLOURS_AUTO)
        return colours == COLOURS_ALWAYS;
    return isatty(fileno(stream)) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

static bool is_one_of(const char *text, const char *const *words)
{
    while (*words && strcmp(text, *words) != 0)
        words++;
    return *words != NULL;
}

/* Green: all is well; red: a failure; yellow: another status. The status of a job that has ended does not
 * show how: its exit code does. */
static const char *colour_of(const column *spec, const char *text, const json_t *row)
{
    static const char *const GOOD[] = {"running", "ready", "active", "ok", NULL};
    static const char *const BAD[] = {"failed", "error", "lost", "rebooted", NULL};
    const json_t *code = json_object_get(row, "exit_code");
    if (spec->kind != CELL_STATUS)
        return "";
    if (is_one_of(text, BAD) || json_integer_value(code) != 0)
        return "\033[31m";
    return is_one_of(text, GOOD) || json_is_integer(code) ? "\033[32m" : "\033[33m";
}

/* ---- width ---- */

/* The character at the beginning of valid UTF-8; sets `*size` to the number of its bytes. */
static wchar_t character(const char *text, size_t *size)
{
    const unsigned char lead = (unsigned char)*text;
    *size = character_size(text);
    unsigned long code = lead < 0xC0 ? lead : lead & (0xFFU >> (*size + 1));
    for (size_t i = 1; i < *size && text[i]; i++)
        code = code << 6 | ((unsigned char)text[i] & 0x3F);
    return (wchar_t)code;
}

/* How many columns a character takes. */
static int columns_of(wchar_t letter)
{
    const int width = wcwidth(letter);
    return width < 0 ? 1 : width; /* -1 in a locale that does not have the character */
}

static int width_of(const char *text)
{
    int width = 0;
    for (size_t size; *text; text += size)
        width += columns_of(character(text, &size));
    return width;
}

/* Cuts `text` to `width` columns, of which the last ones are an ellipsis. `text` has place for 3 more bytes
 * than it needs. */
static void cut(char *text, int width)
{
    if (width_of(text) <= width)
        return;
    const char *ellipsis = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? "\xE2\x80\xA6" : "..";
    int used = *ellipsis == '.' ? 2 : 1;
    size_t at = 0;
    for (size_t size; text[at]; at += size) {
        const int more = columns_of(character(text + at, &size));
        if (used + more > width)
            break;
        used += more;
    }
    memcpy(text + at, ellipsis, strlen(ellipsis) + 1);
}

/* The width of the terminal that standard output is; 0: it is none. */
static int terminal_width(void)
{
    struct winsize size = {0};
    return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* The width of a table; with `kept` other than -1, if all columns but this one are as narrow as possible. */
static int width_of_table(const int *widths, int count, int kept)
{
    int sum = -GAP;
    for (int k = 0; k < count; k++)
        sum += (kept >= 0 && k != kept && widths[k] > MIN_CELL ? MIN_CELL : widths[k]) + GAP;
    return sum;
}

/* Makes the widest columns narrower until all fit: first columns other than `name`, if that is enough. */
static void fit(int *widths, int count, int available, int name)
{
    const int kept = width_of_table(widths, count, name) <= available ? name : -1;
    for (int sum = width_of_table(widths, count, -1); sum > available; sum--) {
        int widest = kept == 0 ? 1 : 0;
        for (int k = widest + 1; k < count; k++)
            widest = k != kept && widths[k] >= widths[widest] ? k : widest;
        if (widths[widest] <= MIN_CELL)
            return;
        widths[widest]--;
    }
}

/* ---- tables ---- */

static void print_cell(const char *text, int width, const char *colour, bool last)
{
    printf("%s%s%s", colour, text, *colour ? "\033[0m" : "");
    if (last)
        putchar('\n');
    else
        printf("%*s", width - width_of(text) + GAP, "");
}

/* The column that names the object of a row: NAME, else the first one. */
static int name_column(const column *columns, int count)
{
    int name = count - 1;
    while (name > 0 && strcmp(columns[name].title, "NAME") != 0)
        name--;
    return name;
}

static size_t count_columns(const column *columns)
{
    size_t count = 0;
    while (columns[count].title && count < MAX_COLUMNS)
        count++;
    return count;
}

static void free_cells(char **cells, size_t size)
{
    for (size_t i = 0; cells && i < size; i++)
        free(cells[i]);
    free(cells);
}

/* The text of cell `i` with place for an ellipsis; the cells of the title come first. NULL: out of memory. */
static char *make_cell(const json_t *rows, const column *columns, size_t count, size_t i)
{
    enum { ELLIPSIS = 4 };
    const column *spec = &columns[i % count];
    char *text = i < count ? strdup(spec->title) : cell_text(json_array_get(rows, i / count - 1), spec);
    char *larger = text ? realloc(text, strlen(text) + ELLIPSIS) : NULL;
    if (!larger)
        free(text);
    return larger;
}

/* The texts of `size` cells. NULL: out of memory. */
static char **make_cells(const json_t *rows, const column *columns, size_t count, size_t size)
{
    char **cells = calloc(size + 1, sizeof *cells);
    for (size_t i = 0; cells && i < size; i++) {
        cells[i] = make_cell(rows, columns, count, i);
        if (cells[i])
            continue;
        free_cells(cells, i);
        return NULL;
    }
    return cells;
}

int print_table(const json_t *rows, const column *columns)
{
    const size_t count = count_columns(columns), size = (json_array_size(rows) + 1) * count;
    const int available = terminal_width();
    const bool coloured = colours_on(stdout);
    int widths[MAX_COLUMNS] = {0};
    char **cells = make_cells(rows, columns, count, size);
    if (!cells)
        return cli_error(EXIT_FAILED, "out of memory");
    for (size_t i = 0; i < size; i++) {
        const int width = width_of(cells[i]);
        int *const widest = &widths[i % count];
        *widest = width > *widest ? width : *widest;
    }
    if (available > 0)
        fit(widths, (int)count, available, name_column(columns, (int)count));
    for (size_t i = 0; i < size; i++) {
        const size_t k = i % count;
        const json_t *row = i < count ? NULL : json_array_get(rows, i / count - 1);
        const char *colour = row ? colour_of(&columns[k], cells[i], row) : "\033[1m";
        if (available > 0)
            cut(cells[i], widths[k]);
        print_cell(cells[i], widths[k], coloured ? colour : "", k == count - 1);
    }
    free_cells(cells, size);
    return EXIT_OK;
}
