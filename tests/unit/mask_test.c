/* How the emulator's request log shows commands: without the values of variables. */
#include "base/mask.h"

#include "unit_test.h"

#include <stdlib.h>

START_TEST(values)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"echo hi", "echo hi"},
        {"echo lingers; exit 7", "echo lingers; exit 7"},
        {"K='secret' true", "K=*** true"},
        {"K='it'\"'\"'s secret' true", "K=*** true"},
        {"K=\"a \\\" b\" true", "K=*** true"},
        {"K=a\\ b true", "K=*** true"},
        {"K='' L='x y' true", "K=*** L=*** true"},
        {"cd /x && K='secret' true a", "cd /x && K=*** true a"},
        {"export K='secret'\nexport L='other'\necho $K", "export K=***\nexport L=***\necho $K"},
        {"env K=secret 'L=se cret' true", "env K=*** 'L=*** true"},
        {"(K=secret;L=x)|M=y", "(K=***;L=***)|M=***"},
        {"K='no end", "K=***"},
        {"K=\"no end\\", "K=***"},
        {"K=", "K=***"},
        {"K=a=b '' L=x", "K=*** '' L=***"},
        {"=x == =x=y [ a = b ]", "=x == =x=*** [ a = b ]"},
        {"1K=x a-b=x --key=x -eK=x K+=x K[1]=x", "1K=*** a-b=*** --key=*** -eK=*** K+=*** K[1]=***"},
        {"printf 'a=b c' 'x K=y'", "printf 'a=*** 'x K=***"},
        {"sh -c 'cd x && K=secret cmd' a", "sh -c 'cd x && K=*** a"},
        {"sh -c \"cd x && K=secret cmd\" a", "sh -c \"cd x && K=*** a"},
        {"sh -c 'K='\"'\"'a secret'\"'\"' cmd' a", "sh -c 'K=*** a"},
        {"export A=1 \"x B=secret\"", "export A=*** \"x B=***"},
        {"run 'docker -e K=secret'", "run 'docker -e K=***"},
        {"\"K\"=secret K\\=secret K'='secret", "\"K\"=*** K\\=*** K'=***"},
        {"K=\"$(printf '\\377')\"'rest' true", "K=*** true"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *masked = mask_values(rows[i][0]);
        ck_assert_str_eq(masked, rows[i][1]);
        free(masked);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mask");
    unit_add(suite, values);
    return unit_run(suite);
}
