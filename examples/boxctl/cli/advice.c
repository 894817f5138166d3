/* Messages of the library name C functions and options. Users of boxctl need the command, option or variable
 * instead. tests/boxctl/advice_test.py compares this table with the messages of the library. */
#include "cli/run.h"

#include <string.h>

/* The credential was typed, and is not in a profile. */
static bool is_typed;

void cli_credential_was_typed(void)
{
    is_typed = true;
}

/* A name of an option stands with the words around it: alone it may be a part of a path. Of two texts with
 * the same beginning the longer one comes first. */
static const struct {
    const char *text, *instead;
} REPLACEMENTS[] = {
    /* what a call is */
    {"ended early: no answer within", "did not end within"}, /* a wait for a job */
    {"the call's cancel token was fired", "it was interrupted"},
    {"the client has no credential; set BOXD_API_KEY or BOXD_TOKEN, or api_key or token of "
     "boxd_compute_options",
     "there is no credential; run `boxctl login`, or set BOXD_API_KEY or BOXD_TOKEN"},
    {"the client has no credential", "there is no credential"},
    {"set BOXD_API_KEY or BOXD_TOKEN", "run `boxctl login`, or set BOXD_API_KEY or BOXD_TOKEN"},
    {"; the handle was made from a name and keeps the id of the first box that was found: if that box was "
     "destroyed, make a new handle",
     ""},
    {"open the client with an API key", "run `boxctl login`, or set BOXD_API_KEY"},
    {"open one client and share it, or pass a token", "wait a minute, or set BOXD_TOKEN"},
    {"the option api_key", "the profile"},
    {"the option token", "the profile"},
    {"the option proxy", "the option --proxy"},

    /* functions */
    {"boxd_box_get_or_create() uses the existing box", "--reuse uses the existing box"},
    {"boxd_box_list()", "`boxctl ls`"},
    {"boxd_box_exec_stream()", "`boxctl exec`"},
    {"boxd_box_exec()", "`boxctl exec`"},
    {"boxd_box_start()", "`boxctl start`"},
    {"boxd_box_suspend()", "`boxctl suspend`"},
    {"boxd_box_resume()", "`boxctl resume`"},
    {"boxd_box_fork()", "`boxctl fork`"},
    {"boxd_box_set_networks()", "`boxctl network set`"},
    {"boxd_network_list()", "`boxctl network ls`"},
    {"boxd_template_list()", "`boxctl template ls`"},
    {"boxd_box_download()", "`boxctl cp`"},
    {"boxd_disk_list()", "`boxctl disk ls`"},
    {"boxd_proxy_list()", "`boxctl proxy ls`"},
    {"boxd_domain_list()", "`boxctl domain ls`"},
    {"boxd_token_list()", "`boxctl token ls`"},
    {"boxd_api_key_list()", "`boxctl key ls`"},
    {"boxd_api_key_create()", "`boxctl key create`"},
    {"boxd_checkpoint_list()", "`boxctl checkpoint ls`"},
    {"boxd_snapshot_list()", "`boxctl snapshot ls`"},
    {"boxd_snapshot_create_box()", "`boxctl create --snapshot`"},
    {"boxd_snapshot_create()", "`boxctl snapshot create`"},
    {"boxd_snapshot_delete()", "`boxctl snapshot rm`"},
    {"set in_place to write to it directly, or read the file into memory",
     "copy to standard output: `boxctl cp BOX:FILE -`"},
    {"boxd_job_list()", "`boxctl job ls`"},
    {"boxd_job_remove()", "`boxctl job rm`"},
    {"end it with boxd_job_signal(), or set `kill`", "end it with `boxctl job signal`, or give --force"},
    {"started without `input`", "started without --interactive"},
    {"boxd_compute_get_route()", "`boxctl doctor`"},

    /* options of the client */
    {"check exchange_url (BOXD_EXCHANGE_URL)", "check BOXD_EXCHANGE_URL"},
    {"set exchange_url to", "set BOXD_EXCHANGE_URL to"},
    {"check exchange_url", "check BOXD_EXCHANGE_URL"},
    {"check the API URL", "check the API URL (--api-url or BOXD_API_URL)"},
    {"set ca_file to", "set BOXD_CA_FILE to"},
    {"that ca_file verifies", "that BOXD_CA_FILE verifies"},
    {"check ca_file (", "check BOXD_CA_FILE ("},
    {", client_cert_file (not set) and client_key_file (not set)", ""},
    {", client_cert_file (", ", --client-cert ("},
    {") and client_key_file (", ") and --client-key ("},
    {"set client_cert_file and client_key_file", "give --client-cert and --client-key"},
    {"set a longer timeout", "set a longer --timeout"},
    {"; it waited for a free stream: if the server allows fewer streams (calls) on one connection, set "
     "max_streams_per_connection",
     ""},
    {"of memory that max_response_bytes allows; raise max_response_bytes, or ask for less",
     "of memory that boxctl allows; ask for less"},

    /* options of a call */
    {"expires_in_s is", "the lifetime is"},
    {"env, cmd and restart_policy cannot be given here",
     "--env, --restart and a command cannot be given here"},
    {"remove them from the configuration", "leave them out"},
};

const char *cli_adapt(const char *message, char *text, size_t size)
{
    size_t used = 0;
    while (*message && used + 1 < size) {
        size_t i = 0;
        while (i < sizeof REPLACEMENTS / sizeof *REPLACEMENTS &&
               strncmp(message, REPLACEMENTS[i].text, strlen(REPLACEMENTS[i].text)) != 0)
            i++;
        if (i == sizeof REPLACEMENTS / sizeof *REPLACEMENTS) {
            text[used++] = *message++;
            continue;
        }
        const char *instead = REPLACEMENTS[i].instead;
        if (is_typed && strcmp(instead, "the profile") == 0)
            instead = "the input of `boxctl login`";
        const int added = snprintf(text + used, size - used, "%s", instead);
        used += (size_t)added < size - used ? (size_t)added : 0;
        message += strlen(REPLACEMENTS[i].text);
    }
    text[used] = '\0';
    return text;
}
