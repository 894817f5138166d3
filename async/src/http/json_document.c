/*
 * json_document.c: reads JSON without recursion: each open list or object keeps the one around it in `next`,
 * which it needs only once it is closed. Called for answers of HTTP servers. Pure; any thread.
 */
#include "http/json_document.h"

#include "mem.h"
#include "names.h"

#include <math.h>
#include <string.h>

enum { FIRST_NODES = 64, MAX_NODES = 4096 };

typedef struct json_block {
    struct json_block *next;
    size_t count, used;
    json_node nodes[];
} json_block;

/* ---- nodes ---- */

static bool add_block(json_document *d)
{
    const size_t left = d->max_bytes - d->bytes;
    size_t count = d->blocks ? 2 * d->blocks->count : FIRST_NODES;
    if (count > MAX_NODES)
        count = MAX_NODES;
    if (left < sizeof(json_block) + count * sizeof(json_node))
        count = left > sizeof(json_block) ? (left - sizeof(json_block)) / sizeof(json_node) : 0;
    if (count == 0) {
        d->outcome = JSON_TOO_LARGE;
        return false;
    }
    const size_t bytes = sizeof(json_block) + count * sizeof(json_node);
    json_block *block = mem_alloc(bytes);
    if (!block) {
        d->outcome = JSON_NO_MEMORY;
        return false;
    }
    block->next = d->blocks;
    block->count = count;
    block->used = 0;
    d->blocks = block;
    d->bytes += bytes;
    return true;
}

/* A new node at the end of the open list or object. NULL: see `outcome`. */
static json_node *add_node(json_document *d, json_kind kind)
{
    if ((!d->blocks || d->blocks->used == d->blocks->count) && !add_block(d))
        return NULL;
    json_node *node = &d->blocks->nodes[d->blocks->used++];
    *node = (json_node){.name = d->name, .kind = kind};
    d->name = NULL;
    if (!d->open)
        d->root = node;
    else if (d->last)
        d->last->next = node;
    else
        d->open->value.first = node;
    if (d->open)
        d->open->size++;
    d->last = node;
    d->expected = d->open ? JSON_EXPECT_COMMA_OR_END : JSON_EXPECT_END_OF_TEXT;
    return node;
}

static void open_node(json_document *d, json_kind kind)
{
    json_node *node = add_node(d, kind);
    d->at++;
    if (!node)
        return;
    node->next = d->open;
    d->open = node;
    d->last = NULL;
    d->expected = kind == JSON_KIND_LIST ? JSON_EXPECT_VALUE_OR_END : JSON_EXPECT_NAME_OR_END;
}

static void close_node(json_document *d)
{
    json_node *node = d->open;
    d->at++;
    d->open = node->next;
    d->last = node;
    node->next = NULL;
    d->expected = d->open ? JSON_EXPECT_COMMA_OR_END : JSON_EXPECT_END_OF_TEXT;
}

/* ---- text ---- */

enum { ESCAPE_SIZE = 6 }; /* \uXXXX */

/* The code unit of the \u escape at `at`; -1: there is no such escape. */
static long code_unit(const char *at, const char *end)
{
    long unit = 0;
    if (end - at < ESCAPE_SIZE || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < ESCAPE_SIZE; i++) {
        const int digit = ascii_hex_value(at[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* Writes a code point of at most 0x10FFFF. Returns the position behind it. */
static char *put_code(char *to, long code)
{
    const unsigned long c = (unsigned long)code;
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned long first[] = {0, 0xC0, 0xE0, 0xF0};
    *to++ = (char)(first[more] | (c >> (6 * more)));
    for (int i = more - 1; i >= 0; i--)
        *to++ = (char)(0x80U | ((c >> (6 * i)) & 0x3FU));
    return to;
}

/* Decodes \uXXXX. What C strings or UTF-8 cannot hold (NUL, half a surrogate pair) becomes U+FFFD. */
static bool read_unicode(json_document *d, char **to)
{
    enum { NO_CHARACTER = 0xFFFD };
    const long unit = code_unit(d->at, d->end);
    if (unit < 0)
        return false;
    d->at += ESCAPE_SIZE;
    long code = unit == 0 || (unit >= 0xD800 && unit < 0xE000) ? NO_CHARACTER : unit;
    const long low = unit >= 0xD800 && unit < 0xDC00 ? code_unit(d->at, d->end) : -1;
    if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        d->at += ESCAPE_SIZE;
    }
    *to = put_code(*to, code);
    return true;
}

static bool read_escape(json_document *d, char **to)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (d->end - d->at < 2)
        return false;
    if (d->at[1] == 'u')
        return read_unicode(d, to);
    const char *name = d->at[1] ? strchr(names, d->at[1]) : NULL;
    if (!name)
        return false;
    *(*to)++ = meanings[name - names];
    d->at += 2;
    return true;
}

/* Decodes the string at d->at, and ends it with NUL; it never grows. A NUL becomes a byte that is not UTF-8.
 * NULL: malformed. */
static char *read_string(json_document *d, size_t *size)
{
    char *const start = ++d->at;
    char *quote = memchr(start, '"', (size_t)(d->end - start));
    *size = quote ? (size_t)(quote - start) : 0;
    if (quote && !memchr(start, '\\', *size) && !memchr(start, '\0', *size)) {
        *quote = '\0';
        d->at = quote + 1;
        return start;
    }
    char *to = start;
    while (d->at < d->end && *d->at != '"') {
        if (*d->at != '\\') {
            *to = *d->at++;
            if (!*to)
                *to = '\xFF';
            to++;
        } else if (!read_escape(d, &to)) {
            return NULL;
        }
    }
    if (d->at == d->end)
        return NULL;
    d->at++;
    *to = '\0';
    *size = (size_t)(to - start);
    return start;
}

/* ---- numbers ---- */

static bool skip_digits(json_document *d)
{
    const char *first = d->at;
    while (d->at < d->end && ascii_is_digit(*d->at))
        d->at++;
    return d->at > first;
}

static bool skip(json_document *d, const char *any)
{
    const bool found = d->at < d->end && *d->at && strchr(any, *d->at);
    d->at += found;
    return found;
}

/* -12, 1.5, 1e999. */
static bool skip_number(json_document *d)
{
    skip(d, "-");
    if (!skip(d, "0") && !skip_digits(d))
        return false;
    if (skip(d, ".") && !skip_digits(d))
        return false;
    if (!skip(d, "eE"))
        return true;
    skip(d, "+-");
    return skip_digits(d);
}

/* ---- values ---- */

static bool skip_word(json_document *d, const char *word)
{
    const size_t size = strlen(word);
    if ((size_t)(d->end - d->at) < size || memcmp(d->at, word, size) != 0)
        return false;
    d->at += size;
    return true;
}

/* NaN and the infinities, which Python writes, are read as null: numbers that no field can hold. */
static bool read_word(json_document *d)
{
    static const struct {
        const char *word;
        json_kind kind;
    } words[] = {{"null", JSON_KIND_NULL}, {"false", JSON_KIND_FALSE},   {"true", JSON_KIND_TRUE},
                 {"NaN", JSON_KIND_NULL},  {"Infinity", JSON_KIND_NULL}, {"-Infinity", JSON_KIND_NULL}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (skip_word(d, words[i].word))
            return add_node(d, words[i].kind) || d->outcome != JSON_UNFINISHED;
    return false;
}

/* False: malformed. */
static bool read_value(json_document *d)
{
    const char c = *d->at;
    if (c == '{' || c == '[') {
        open_node(d, c == '{' ? JSON_KIND_OBJECT : JSON_KIND_LIST);
        return true;
    }
    if (read_word(d))
        return true;
    const char *const start = d->at;
    size_t size = 0;
    const char *text = c == '"' ? read_string(d, &size) : skip_number(d) ? start : NULL;
    if (!text)
        return false;
    json_node *node = add_node(d, c == '"' ? JSON_KIND_TEXT : JSON_KIND_NUMBER);
    if (node) {
        node->value.text = text;
        node->size = c == '"' ? size : (size_t)(d->at - start);
    }
    return true;
}

static void skip_space(json_document *d, const char *end)
{
    while (d->at < end && (*d->at == ' ' || *d->at == '\t' || *d->at == '\r' || *d->at == '\n'))
        d->at++;
}

/* A member's name and its colon. */
static bool read_name(json_document *d)
{
    size_t size;
    if (*d->at != '"' || !(d->name = read_string(d, &size)))
        return false;
    skip_space(d, d->end);
    d->expected = JSON_EXPECT_VALUE;
    return skip(d, ":");
}

/* Reads on at d->at, which is not white space. False: malformed. */
static bool read_next(json_document *d)
{
    const char c = *d->at;
    const bool closes = d->open && c == (d->open->kind == JSON_KIND_LIST ? ']' : '}');
    switch (d->expected) {
    case JSON_EXPECT_VALUE_OR_END:
    case JSON_EXPECT_NAME_OR_END:
        if (closes)
            break;
        return d->expected == JSON_EXPECT_VALUE_OR_END ? read_value(d) : read_name(d);
    case JSON_EXPECT_VALUE:
        return read_value(d);
    case JSON_EXPECT_NAME:
        return read_name(d);
    case JSON_EXPECT_COMMA_OR_END:
        if (closes)
            break;
        d->expected = d->open && d->open->kind == JSON_KIND_LIST ? JSON_EXPECT_VALUE : JSON_EXPECT_NAME;
        return skip(d, ",");
    case JSON_EXPECT_END_OF_TEXT:
        return false;
    }
    close_node(d);
    return true;
}

void json_document_begin(json_document *d, char *text, size_t size, size_t max_bytes)
{
    static const char mark[] = "\xEF\xBB\xBF";
    *d = (json_document){.max_bytes = max_bytes, .outcome = JSON_UNFINISHED};
    d->at = text;
    d->end = text + size;
    skip_word(d, mark);
}

json_outcome json_document_step(json_document *d, size_t size)
{
    const char *const pause = size < (size_t)(d->end - d->at) ? d->at + size : d->end;
    skip_space(d, pause);
    for (; d->at < pause && d->outcome == JSON_UNFINISHED; skip_space(d, pause))
        if (!read_next(d))
            d->outcome = JSON_MALFORMED;
    if (d->outcome == JSON_UNFINISHED && d->at == d->end)
        d->outcome = d->expected == JSON_EXPECT_END_OF_TEXT ? JSON_READ : JSON_MALFORMED;
    if (d->outcome != JSON_READ && d->outcome != JSON_UNFINISHED)
        d->root = NULL;
    return d->outcome;
}

json_outcome json_document_read(json_document *d, char *text, size_t size, size_t max_bytes)
{
    json_document_begin(d, text, size, max_bytes);
    return json_document_step(d, size);
}

void json_document_free(json_document *d)
{
    while (d->blocks) {
        json_block *next = d->blocks->next;
        mem_free(d->blocks);
        d->blocks = next;
    }
    *d = (json_document){0};
}

/* ---- reading nodes ---- */

bool json_is_kind(const json_node *node, json_kind kind)
{
    return node && node->kind == kind;
}

const json_node *json_member(const json_node *object, const char *name)
{
    const json_node *found = NULL;
    const json_node *member = json_is_kind(object, JSON_KIND_OBJECT) ? object->value.first : NULL;
    for (; member; member = member->next)
        if (strcmp(member->name, name) == 0)
            found = member;
    return found;
}

const char *json_node_text(const json_node *node)
{
    return json_is_kind(node, JSON_KIND_TEXT) ? node->value.text : NULL;
}

const json_node *json_items(const json_node *list)
{
    return json_is_kind(list, JSON_KIND_LIST) ? list->value.first : NULL;
}

/* digits * 10^exponent */
typedef struct decimal {
    uint64_t digits;
    int64_t exponent;
    bool negative;
    /* Digits other than 0 are missing in `digits`. */
    bool inexact;
} decimal;

static void add_digit(decimal *d, unsigned digit, bool fraction)
{
    if (d->digits <= (UINT64_MAX - 9) / 10) {
        d->digits = d->digits * 10 + digit;
        d->exponent -= fraction;
    } else {
        d->inexact |= digit != 0;
        d->exponent += !fraction;
    }
}

/* The number, which read_value() has checked. */
static decimal read_decimal(const json_node *node)
{
    enum { EXPONENT_MAX = 1000000 };
    const char *at = node->value.text, *const end = at + node->size;
    decimal d = {.negative = *at == '-'};
    bool fraction = false;
    for (at += d.negative; at < end && *at != 'e' && *at != 'E'; at++)
        if (*at == '.')
            fraction = true;
        else
            add_digit(&d, (unsigned)(*at - '0'), fraction);
    const bool minus = at + 1 < end && at[1] == '-';
    int64_t exponent = 0;
    for (; at < end; at++)
        if (ascii_is_digit(*at) && exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (*at - '0');
    d.exponent += minus ? -exponent : exponent;
    return d;
}

bool json_node_integer(const json_node *node, int64_t *number)
{
    *number = 0;
    if (!json_is_kind(node, JSON_KIND_NUMBER))
        return false;
    decimal d = read_decimal(node);
    if (d.inexact || d.digits == 0)
        return !d.inexact;
    for (; d.exponent < 0; d.exponent++, d.digits /= 10)
        if (d.digits % 10 != 0)
            return false;
    const uint64_t max = (uint64_t)INT64_MAX + d.negative;
    for (; d.exponent > 0 && d.digits <= max; d.exponent--)
        d.digits = d.digits > max / 10 ? UINT64_MAX : d.digits * 10;
    if (d.digits > max)
        return false;
    *number = d.negative ? (int64_t)(0 - d.digits) : (int64_t)d.digits;
    return true;
}

bool json_node_real(const json_node *node, double *number)
{
    *number = 0;
    if (!json_is_kind(node, JSON_KIND_NUMBER))
        return false;
    const decimal d = read_decimal(node);
    const double scale = pow(10, fabs((double)d.exponent));
    const double magnitude = d.digits == 0    ? 0
                             : d.exponent < 0 ? (double)d.digits / scale
                                              : (double)d.digits * scale;
    *number = d.negative ? -magnitude : magnitude;
    return true;
}
