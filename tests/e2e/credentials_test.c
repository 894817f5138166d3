/* Credentials that the service creates: tokens and API keys, and clients that are opened with them. */
#include "e2e.h"

#include <stdio.h>
#include <time.h>

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Checks that `at_ms` is `seconds` from now, to the second that the service rounds to and the time that the
 * test takes. */
static void check_near(int64_t at_ms, int64_t seconds)
{
    const int64_t distance = at_ms - now_ms() - seconds * 1000;
    ck_assert_msg(distance > -60000 && distance <= 1000, "%lld ms off", (long long)distance);
}

/* A second client, blocking. */
static boxd_compute *open_with(const char *token, const char *api_key)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *opened =
        boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .token = token, .api_key = api_key), &error);
    e2e_ok(opened, error);
    return opened;
}

static boxd_status ask(boxd_compute *client, boxd_error *error)
{
    boxd_identity *who = boxd_compute_whoami(client, NULL, error);
    boxd_identity_free(who);
    return who ? BOXD_OK : error->status;
}

/* ---- tokens ---- */

static boxd_tokens *list_tokens(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_tokens *tokens = on->token_list(compute, NULL, &error);
    e2e_ok(tokens, error);
    return tokens;
}

static bool has_token(const boxd_tokens *tokens, const char *jti)
{
    for (size_t i = 0; i < tokens->count; i++)
        if (strcmp(tokens->items[i]->jti, jti) == 0)
            return true;
    return false;
}

/* Creates a token; its id is the one that is new in the list. */
static boxd_token *make_token(int64_t expires_in_s, char *jti, size_t size)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_tokens *before = list_tokens();
    boxd_token *token = on->token_create(compute, expires_in_s, NULL, &error);
    e2e_ok(token, error);
    boxd_tokens *after = list_tokens();
    ck_assert_uint_eq(after->count, before->count + 1);
    for (size_t i = 0; i < after->count; i++) {
        const boxd_token_info *info = after->items[i];
        check_near(info->created_at_ms, 0);
        if (has_token(before, info->jti))
            continue;
        (void)snprintf(jti, size, "%s", info->jti);
        ck_assert_int_eq(info->expires_at_ms, token->expires_at_ms);
    }
    boxd_tokens_free(before);
    boxd_tokens_free(after);
    return token;
}

START_TEST(tokens)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    char jti[64] = "";
    boxd_token *token = make_token(7200, jti, sizeof jti);
    check_near(token->expires_at_ms, 7200);
    boxd_compute *lent = open_with(token->token, NULL);
    e2e_ok(ask(lent, &error) == BOXD_OK, error);
    e2e_ok(on->token_revoke(compute, jti, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)ask(lent, &error), (int)BOXD_ERR_AUTHENTICATION);
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "revoked");
    boxd_tokens *left = list_tokens();
    ck_assert(!has_token(left, jti));
    boxd_tokens_free(left);
    ck_assert_int_eq((int)on->token_revoke(compute, jti, NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, jti);
    boxd_compute_close(lent);
    boxd_token_free(token);

    token = on->token_create(compute, 0, NULL, &error);
    ck_assert(!token || token->jti);
    e2e_ok(token, error);
    check_near(token->expires_at_ms, 3600); /* the emulator's default */
    boxd_token_free(token);
    e2e_close();
}
END_TEST

/* A token of one second is refused after that second. */
START_TEST(expired_token)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_token *token = on->token_create(compute, 1, NULL, &error);
    e2e_ok(token, error);
    boxd_compute *lent = open_with(token->token, NULL);
    while (ask(lent, &error) == BOXD_OK)
        continue;
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "expired");
    ck_assert_int_ge(now_ms(), token->expires_at_ms);
    boxd_compute_close(lent);
    boxd_token_free(token);
    e2e_close();
}
END_TEST

START_TEST(bad_tokens)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(on->token_create(compute, -1, NULL, &error));
    e2e_refused(error.status, &error, "expires_in_s is -1; give seconds from now, or 0");
    ck_assert_ptr_null(on->token_create(compute, INT64_MAX, NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "ten years");
    e2e_refused(on->token_revoke(compute, "", NULL, &error), &error, "the token's jti is empty");
    e2e_refused(on->token_revoke(compute, NULL, NULL, &error), &error, "boxd_token_list()");
    emulator_fault(&emulator, "{\"rpc\":\"CreateToken\",\"code\":12,\"message\":\"gone\",\"count\":1}");
    ck_assert_ptr_null(on->token_create(compute, 0, NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "boxd_api_key_create()");
    emulator_clear_faults(&emulator);
    e2e_close();
}
END_TEST

/* ---- API keys ---- */

static boxd_api_keys *list_keys(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_api_keys *keys = on->api_key_list(compute, NULL, &error);
    e2e_ok(keys, error);
    return keys;
}

static const boxd_api_key_info *find_key(const boxd_api_keys *keys, const char *id)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->items[i]->id, id) == 0)
            return keys->items[i];
    return NULL;
}

static void check_key(const boxd_api_key *made, const char *name, const char *kind, bool used)
{
    const bool seed = e2e_plays("0.1");
    boxd_api_keys *keys = list_keys();
    const boxd_api_key_info *info = find_key(keys, made->id);
    ck_assert_ptr_nonnull(info);
    ck_assert_str_eq(info->name, name);
    ck_assert_int_eq(strncmp(info->key_prefix, made->key, strlen(info->key_prefix)), 0);
    ck_assert_uint_lt(strlen(info->key_prefix), strlen(made->key));
    check_near(info->created_at_ms, 0);
    ck_assert(used == (info->last_used_at_ms > 0));
    if (used)
        check_near(info->last_used_at_ms, 0);
    ck_assert_int_eq(info->expires_at_ms, made->expires_at_ms);
    ck_assert_pstr_eq(info->kind, seed ? NULL : kind);
    ck_assert((info->org == NULL) == seed && (info->created_by == NULL) == seed);
    ck_assert(info->mine);
    boxd_api_keys_free(keys);
}

START_TEST(api_keys)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_api_key *key =
        on->api_key_create(compute, BOXD_OPTIONS(boxd_api_key_create_options, .name = "for ci"), &error);
    e2e_ok(key, error);
    ck_assert(key->id && key->key);
    ck_assert_int_eq(key->expires_at_ms, 0);
    check_key(key, "for ci", "member", false);
    boxd_compute *with_key = open_with(NULL, key->key);
    e2e_ok(ask(with_key, &error) == BOXD_OK, error);
    check_key(key, "for ci", "member", true);

    e2e_ok(on->api_key_delete(compute, key->id, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)ask(with_key, &error), (int)BOXD_ERR_AUTHENTICATION);
    boxd_compute *late = open_with(NULL, key->key);
    ck_assert_int_eq((int)ask(late, &error), (int)BOXD_ERR_AUTHENTICATION);
    boxd_api_keys *left = list_keys();
    ck_assert_ptr_null(find_key(left, key->id));
    boxd_api_keys_free(left);
    ck_assert_int_eq((int)on->api_key_delete(compute, key->id, NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, key->id);
    boxd_compute_close(late);
    boxd_compute_close(with_key);
    boxd_api_key_free(key);

    key = on->api_key_create(
        compute,
        BOXD_OPTIONS(boxd_api_key_create_options, .name = "short", .expires_in_s = 86400, .kind = "org"),
        &error);
    e2e_ok(key, error);
    check_near(key->expires_at_ms, 86400);
    check_key(key, "short", "org", false);
    e2e_ok(on->api_key_delete(compute, key->id, NULL, &error) == BOXD_OK, error);
    boxd_api_key_free(key);
    e2e_close();
}
END_TEST

START_TEST(bad_api_keys)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(on->api_key_create(compute, NULL, &error));
    e2e_refused(error.status, &error, "the API key's name is empty; give one; boxd_api_key_list() shows it");
    ck_assert_ptr_null(
        on->api_key_create(compute, BOXD_OPTIONS(boxd_api_key_create_options, .name = ""), &error));
    e2e_refused(error.status, &error, "the API key's name is empty");
    ck_assert_ptr_null(on->api_key_create(
        compute, BOXD_OPTIONS(boxd_api_key_create_options, .name = "x", .expires_in_s = -5), &error));
    e2e_refused(error.status, &error, "expires_in_s is -5");
    ck_assert_ptr_null(
        on->api_key_create(compute, &(boxd_api_key_create_options){.name = "unsized"}, &error));
    e2e_refused(error.status, &error, "BOXD_SIZED(boxd_api_key_create_options)");
    e2e_refused(on->api_key_delete(compute, "", NULL, &error), &error, "the API key's id is empty");
    e2e_refused(on->api_key_delete(compute, NULL, NULL, &error), &error, "boxd_api_key_list()");
    if (!e2e_plays("0.1")) {
        ck_assert_ptr_null(on->api_key_create(
            compute, BOXD_OPTIONS(boxd_api_key_create_options, .name = "x", .kind = "other"), &error));
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "API key \"x\"");
        ck_assert_ptr_null(on->api_key_create(
            compute, BOXD_OPTIONS(boxd_api_key_create_options, .name = "x", .org = "another's"), &error));
        e2e_expect(&error, BOXD_ERR_NOT_FOUND, "another's");
    }
    e2e_close();
}
END_TEST

/* Usage: credentials_e2e [--generation NAME] */
int main(int argc, char **argv)
{
    e2e_take_generation(argc, argv);
    const char *const options[] = {"--generation", e2e_generation, NULL};
    Suite *suite = suite_create("credentials");
    e2e_add(suite, tokens);
    e2e_add(suite, expired_token);
    e2e_add(suite, bad_tokens);
    e2e_add(suite, api_keys);
    e2e_add(suite, bad_api_keys);
    return e2e_main(suite, options);
}
