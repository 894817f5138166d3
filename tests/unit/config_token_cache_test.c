/* Where the token cache of a client is: the option, the user's directory, or nowhere. */
#include "boxd/client/config.h"

#include "fake_environment.h"
#include "unit_test.h"

enum { VARIABLES_MAX = 4 };

START_TEST(the_directory_of_the_token_cache)
{
    static const struct {
        boxd_compute_options options;
        const char *env[VARIABLES_MAX];
        const char *dir, *problem;
    } rows[] = {
        {{.api_key = "k"}, {"HOME=/h", "XDG_CACHE_HOME=/x"}, NULL, NULL},
        {{.api_key = "k", .token_cache = true}, {"HOME=/h"}, "/h/.cache/boxd", NULL},
        {{.api_key = "k", .token_cache = true}, {"HOME=/h", "XDG_CACHE_HOME=/x"}, "/x/boxd", NULL},
        {{.api_key = "k", .token_cache = true}, {"HOME=/h//", "XDG_CACHE_HOME="}, "/h/.cache/boxd", NULL},
        {{.api_key = "k", .token_cache = true}, {"HOME=/h", "XDG_CACHE_HOME=x"}, "/h/.cache/boxd", NULL},
        {{.api_key = "k", .token_cache = true}, {"XDG_CACHE_HOME=/"}, "//boxd", NULL},
        {{.api_key = "k", .token_cache = true}, {"HOME=h"}, NULL, "absolute"},
        {{.api_key = "k", .token_cache = true}, {NULL}, NULL, "absolute"},
        {{.api_key = "k", .token_cache = true, .token_cache_dir = "rel//"}, {NULL}, "rel", NULL},
        {{.api_key = "k", .token_cache = true, .token_cache_dir = ""}, {"HOME=/h"}, "/h/.cache/boxd", NULL},
        {{.api_key = "k", .token_cache = true}, {"HOME=/h", "BOXD_NO_TOKEN_CACHE=1"}, NULL, NULL},
        {{.api_key = "k", .token_cache = true}, {"HOME=/h", "BOXD_NO_TOKEN_CACHE="}, "/h/.cache/boxd", NULL},
        {{.token = "t", .token_cache = true}, {"HOME=/h"}, NULL, NULL},
        {{.token_cache = true}, {"HOME=/h", "BOXD_VM_ID=v"}, NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        config c;
        variables = rows[i].env;
        ck_assert_int_eq(config_resolve(&c, &rows[i].options, fake_getenv, NULL), BOXD_OK);
        ck_assert_pstr_eq(c.token_cache_dir, rows[i].dir);
        ck_assert((c.token_cache_problem != NULL) == (rows[i].problem != NULL));
        config_free(&c);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("config_token_cache");
    unit_add(suite, the_directory_of_the_token_cache);
    return unit_run(suite);
}
