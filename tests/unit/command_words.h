/*
 * command_words.h: the strings that command_test.c puts into command lines: some are known to be
 * difficult, others are random, the same in every run.
 */
#ifndef COMMAND_WORDS_H
#define COMMAND_WORDS_H

#include "unit_test.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WORD_BYTES_MAX = 4000 };

static const uint64_t seed = UINT64_C(0x626F7864);
static uint64_t random_state;

static inline uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static inline size_t below(size_t limit)
{
    return (size_t)(next_random() % limit);
}

static inline void start_random(const char *test)
{
    random_state = seed;
    printf("%s: seed 0x%llx\n", test, (unsigned long long)seed);
    (void)fflush(stdout);
}

static inline void random_bytes(char *word, size_t size)
{
    for (size_t i = 0; i < size; i++)
        word[i] = (char)(1 + below(255));
    word[size] = '\0';
}

static inline void random_picks(char *word, size_t size, const char *alphabet)
{
    for (size_t i = 0; i < size; i++)
        word[i] = alphabet[below(strlen(alphabet))];
    word[size] = '\0';
}

/* Characters that are special for shells, and characters that are not. */
static const char nasty[] = "'\"\\$`*?[]{}()<>|&;#~!=-+:%@,./_ \t\n\rabcXYZ019\x81\x82\x88\xC3\xBC\xFF";
static const char bare[] = "abcxyzABCXYZ0189@%+=:,./_-";

static const char *const special_words[] = {
    "",        "-",     "--",  "-n",    "-e",   "=",     "=x",      "A=b",  "'",        "''",
    "'\"'\"'", "\\",    "\\'", "$(id)", "`id`", "$HOME", "${x:-y}", "*",    "?",        "[a-z]",
    "~",       "~root", "!",   "!!",    "\n",   "\n\n",  "a\nb",    " ",    "\t",       "#",
    "# x",     "&",     "&&",  ";",     "|",    ">x",    "2>&1",    "<(x)", "{a,b}",    "if",
    "done",    "%s\\n", "\\0", "\\c",   "\x81", "\x82x", "\x88",    "\xFF", "\xC3\x28", "\xE2\x82\xAC",
    "\x01",    "\x7F",  "\r",  "'\n'",  "x'",
};

/* Sets `word`, of WORD_BYTES_MAX + 1 bytes, to a random string. */
static inline void random_word(char *word)
{
    switch (below(8)) {
    case 0:
        random_bytes(word, below(40));
        break;
    case 1:
        random_picks(word, below(40), bare);
        break;
    case 2:
        (void)snprintf(word, WORD_BYTES_MAX + 1, "%s", special_words[below(COUNT(special_words))]);
        break;
    case 3: /* invalid UTF-8 */
        random_picks(word, below(20), "\x80\xBF\xC0\xC3\xE2\xED\xF0\xF5\xFF'a");
        break;
    case 4:
        if (below(8) == 0)
            random_bytes(word, WORD_BYTES_MAX);
        else
            random_picks(word, 1 + below(200), "'\"");
        break;
    case 5:
        random_picks(word + 1, below(20), nasty);
        word[0] = "-="[below(2)];
        break;
    default:
        random_picks(word, below(40), nasty);
        break;
    }
}

#endif
