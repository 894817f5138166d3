/* SHA-256: the examples of FIPS 180-4 and of NIST, in pieces of any size. */
#include "sha256.h"

#include "unit_test.h"

#include <string.h>

static const char *digest(const char *bytes, size_t size, size_t piece)
{
    static char text[SHA256_TEXT_SIZE];
    sha256 s;
    sha256_init(&s);
    for (size_t at = 0; at < size; at += piece)
        sha256_add(&s, bytes + at, size - at < piece ? size - at : piece);
    sha256_end(&s, text);
    return text;
}

static const struct {
    const char *text, *digest;
} examples[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqr"
     "stnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

START_TEST(digests_are_those_of_the_standard)
{
    for (size_t i = 0; i < COUNT(examples); i++)
        for (size_t piece = 1; piece < 130; piece++)
            ck_assert_str_eq(digest(examples[i].text, strlen(examples[i].text), piece), examples[i].digest);
}
END_TEST

START_TEST(a_million_bytes)
{
    enum { SIZE = 1000000 };
    char *bytes = malloc(SIZE);
    memset(bytes, 'a', SIZE);
    ck_assert_str_eq(digest(bytes, SIZE, 4096 + 1),
                     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(bytes);
}
END_TEST

START_TEST(lists_of_texts_differ)
{
    char one[SHA256_TEXT_SIZE], other[SHA256_TEXT_SIZE];
    sha256 s;
    sha256_init(&s);
    sha256_add_text(&s, "ab");
    sha256_add_text(&s, "c");
    sha256_end(&s, one);
    sha256_init(&s);
    sha256_add_text(&s, "a");
    sha256_add_text(&s, "bc");
    sha256_end(&s, other);
    ck_assert_str_ne(one, other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sha256");
    unit_add(suite, digests_are_those_of_the_standard);
    unit_add(suite, a_million_bytes);
    unit_add(suite, lists_of_texts_differ);
    return unit_run(suite);
}
