/* Starts and stops the emulator as a child process, and calls its control routes. */
#include "emulator_process.h"

#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    fprintf(stderr, "the emulator for the tests: %s\n", what);
    abort();
}

/* The value of `export NAME='value'`. */
static void take_export(char *out, size_t size, const char *line, const char *name)
{
    char start[64];
    (void)snprintf(start, sizeof start, "export %s='", name);
    size_t length = strlen(start);
    if (strncmp(line, start, length) != 0)
        return;
    const char *end = strrchr(line + length, '\'');
    if (!end || (size_t)(end - line) - length >= size)
        die("a line of its banner is too long");
    memcpy(out, line + length, (size_t)(end - line) - length);
    out[(size_t)(end - line) - length] = '\0';
}

/* Reads the output of the emulator up to the line "# ready". Later output is not read; it is small. */
static void read_banner(emulator_process *e, int fd)
{
    FILE *banner = fdopen(fd, "r");
    char line[512];
    while (banner && fgets(line, sizeof line, banner)) {
        take_export(e->api_url, sizeof e->api_url, line, "BOXD_API_URL");
        take_export(e->exchange_url, sizeof e->exchange_url, line, "BOXD_EXCHANGE_URL");
        take_export(e->api_key, sizeof e->api_key, line, "BOXD_API_KEY");
        take_export(e->ca_file, sizeof e->ca_file, line, "BOXD_CA_FILE");
        take_export(e->control_url, sizeof e->control_url, line, "BOXD_EMULATOR_CONTROL_URL");
        take_export(e->control_token, sizeof e->control_token, line, "BOXD_EMULATOR_CONTROL_TOKEN");
        take_export(e->drukbox_url, sizeof e->drukbox_url, line, "SANDBOX_SERVICE_URL");
        take_export(e->drukbox_token, sizeof e->drukbox_token, line, "SANDBOX_SERVICE_TOKEN");
        take_export(e->metadata_url, sizeof e->metadata_url, line, "BOXD_EMULATOR_METADATA_URL");
        if (strcmp(line, "# ready\n") == 0) {
            (void)fclose(banner);
            return;
        }
    }
    die("it ended before it was ready");
}

void emulator_start(emulator_process *e, const char *const *options)
{
    const char *program = getenv("BOXD_EMULATOR");
    if (!program)
        die("BOXD_EMULATOR does not name the program");
    char *argv[32] = {(char *)(size_t)program, "--port", "0", "--http-port", "0", "--control",
                      "--exit-with-parent"};
    size_t argc = 7;
    for (; options && *options && argc < 31; options++)
        argv[argc++] = (char *)(size_t)*options;
    int ends[2];
    if (pipe(ends) != 0)
        die("no pipe");
    *e = (emulator_process){0};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    posix_spawnattr_t attributes; /* a process group of its own: Check kills the group of the test */
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    if (posix_spawn(&e->pid, program, &actions, &attributes, argv, environ) != 0)
        die("it does not start");
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    read_banner(e, ends[0]);
}

static void set(const char *name, const char *value)
{
    if (*value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

void emulator_export(const emulator_process *e)
{
    set("BOXD_API_URL", e->api_url);
    set("BOXD_EXCHANGE_URL", e->exchange_url);
    set("BOXD_API_KEY", e->api_key);
    set("BOXD_CA_FILE", e->ca_file);
    set("SANDBOX_SERVICE_URL", e->drukbox_url);
    set("SANDBOX_SERVICE_TOKEN", e->drukbox_token);
    set("BOXD_TOKEN", "");
    set("BOXD_BASE_URL", "");
    set("BOXD_ENVIRONMENT", "");
}

void emulator_stop(emulator_process *e)
{
    int status;
    kill(e->pid, SIGTERM);
    if (waitpid(e->pid, &status, 0) != e->pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        die("it did not end in order");
}

void emulator_kill(emulator_process *e)
{
    kill(e->pid, SIGKILL);
    waitpid(e->pid, NULL, 0);
}

/* ---- the control routes ---- */

typedef struct answer {
    char *text;
    size_t size;
} answer;

static size_t collect(char *bytes, size_t one, size_t size, void *data)
{
    answer *a = data;
    (void)one;
    a->text = realloc(a->text, a->size + size + 1);
    if (!a->text)
        die("out of memory");
    memcpy(a->text + a->size, bytes, size);
    a->size += size;
    a->text[a->size] = '\0';
    return size;
}

static char *request(const emulator_process *e, const char *method, const char *url, const char *header,
                     const char *body)
{
    answer a = {calloc(1, 1), 0};
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, header);
    long status = 0;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &a);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
    if (*e->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, e->ca_file);
    if (body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    if (curl_easy_perform(curl) != CURLE_OK)
        die("a control route cannot be reached");
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status / 100 != 2) {
        fprintf(stderr, "%s %s: %ld %s\n", method, url, status, a.text);
        die("a control route refused");
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return a.text;
}

char *emulator_control(const emulator_process *e, const char *method, const char *route, const char *body)
{
    char url[256], header[256];
    (void)snprintf(url, sizeof url, "%s/%s", e->control_url, route);
    (void)snprintf(header, sizeof header, "Authorization: Bearer %s", e->control_token);
    return request(e, method, url, header, body);
}

void emulator_fault(const emulator_process *e, const char *json)
{
    free(emulator_control(e, "POST", "faults", json));
}

void emulator_clear_faults(const emulator_process *e)
{
    free(emulator_control(e, "DELETE", "faults", NULL));
}

long emulator_faults_left(const emulator_process *e)
{
    char *text = emulator_control(e, "GET", "faults", NULL);
    json_t *object = json_loads(text, 0, NULL);
    long left = (long)json_integer_value(json_object_get(object, "left"));
    json_decref(object);
    free(text);
    return left;
}

int emulator_count_calls(const emulator_process *e, const char *rpc, int at_least)
{
    char key[80];
    int count = 0;
    (void)snprintf(key, sizeof key, "\"method\":\"%s\"", rpc);
    for (int tries = 0; tries == 0 || (count < at_least && tries < 10000); tries++) {
        if (tries > 0)
            poll(NULL, 0, 2); /* the emulator is busy as well */
        char *text = emulator_control(e, "GET", "log", NULL);
        count = 0;
        for (char *at = strstr(text, key); at; at = strstr(at + 1, key))
            count++;
        free(text);
    }
    return count;
}

void emulator_token(const emulator_process *e, char *token, size_t size)
{
    char body[256];
    (void)snprintf(body, sizeof body, "{\"api_key\":\"%s\"}", e->api_key);
    char *text = request(e, "POST", e->exchange_url, "Accept: application/json", body);
    json_t *object = json_loads(text, 0, NULL);
    (void)snprintf(token, size, "%s", json_string_value(json_object_get(object, "token")));
    json_decref(object);
    free(text);
}
