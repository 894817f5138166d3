/*
 * request_log.c: see request_log.h. Any thread; one lock guards all state.
 */
#include "base/request_log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

/* all guarded by lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static request_record *ring; /* allocated with the first record */
static size_t ring_start, ring_count;
static FILE *out;

/* For its owner only, also if the file exists: commands and names may be private. Pipes and terminals keep
 * their mode. NULL: errno says why. */
static FILE *open_private(const char *path)
{
    struct stat status;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return NULL;
    FILE *file = NULL;
    if (fstat(fd, &status) == 0 && (!S_ISREG(status.st_mode) || fchmod(fd, 0600) == 0))
        file = fdopen(fd, "a");
    if (file == NULL) {
        int error = errno;
        (void)close(fd);
        errno = error;
    }
    return file;
}

int request_log_open(const char *path)
{
    if (path == NULL)
        return 0;
    FILE *file = strcmp(path, "-") == 0 ? stderr : open_private(path);
    if (file == NULL)
        return errno;
    (void)setvbuf(file, NULL, _IOLBF, 0);
    pthread_mutex_lock(&lock);
    out = file;
    pthread_mutex_unlock(&lock);
    return 0;
}

static void clear_record(request_record *record)
{
    free(record->method);
    free(record->peer);
    free(record->metadata_names);
    free(record->sdk_version);
    free(record->traceparent);
    free(record->command);
    free(record->status_message);
    json_decref(record->http);
    *record = (request_record){0};
}

static json_t *text_or_null(const char *text)
{
    if (text == NULL)
        return json_null();
    json_t *value = json_string(text);
    return value ? value : json_string("(not UTF-8)");
}

static json_t *names_json(const char *names)
{
    json_t *list = json_array();
    while (names != NULL && *names != '\0') {
        size_t length = strcspn(names, ",");
        json_array_append_new(list, json_stringn(names, length));
        names += length + (names[length] == ',');
    }
    return list;
}

static json_t *record_json(const request_record *r)
{
    json_t *json = json_pack(
        "{so, so, so, so, so, so, sI, sI, sI, sI, sI, si, so, sI, sI, sb, sb}", "method",
        text_or_null(r->method), "peer", text_or_null(r->peer), "metadata", names_json(r->metadata_names),
        "sdk_version", text_or_null(r->sdk_version), "traceparent", text_or_null(r->traceparent), "command",
        text_or_null(r->command), "request_bytes", (json_int_t)r->request_bytes, "response_bytes",
        (json_int_t)r->response_bytes, "request_messages", (json_int_t)r->request_messages,
        "response_messages", (json_int_t)r->response_messages, "deadline_ms", (json_int_t)r->deadline_ms,
        "status", r->status, "status_message", text_or_null(r->status_message), "started_ms",
        (json_int_t)r->started_ms, "ended_ms", (json_int_t)r->ended_ms, "cancelled", r->cancelled, "fault",
        r->fault);
    if (r->http != NULL) /* a copy, which outlives the lock */
        json_object_set_new(json, "http", json_deep_copy(r->http));
    return json;
}

static void write_line(const request_record *record)
{
    json_t *json = record_json(record);
    char *line = json ? json_dumps(json, JSON_COMPACT) : NULL;
    if (line != NULL)
        (void)fprintf(out, "%s\n", line);
    free(line);
    json_decref(json);
}

void request_log_add(request_record *record)
{
    pthread_mutex_lock(&lock);
    if (out != NULL)
        write_line(record);
    if (ring == NULL)
        ring = xcalloc(REQUEST_LOG_ENTRIES, sizeof *ring);
    request_record *slot = &ring[(ring_start + ring_count) % REQUEST_LOG_ENTRIES];
    if (ring_count == REQUEST_LOG_ENTRIES) {
        clear_record(slot);
        ring_start = (ring_start + 1) % REQUEST_LOG_ENTRIES;
    } else {
        ring_count++;
    }
    *slot = *record;
    *record = (request_record){0};
    pthread_mutex_unlock(&lock);
}

json_t *request_log_json(void)
{
    json_t *list = json_array();
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < ring_count; i++)
        json_array_append_new(list, record_json(&ring[(ring_start + i) % REQUEST_LOG_ENTRIES]));
    pthread_mutex_unlock(&lock);
    return list;
}

void request_log_clear(void)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < ring_count; i++)
        clear_record(&ring[(ring_start + i) % REQUEST_LOG_ENTRIES]);
    ring_start = ring_count = 0;
    pthread_mutex_unlock(&lock);
}

void request_log_close(void)
{
    request_log_clear();
    pthread_mutex_lock(&lock);
    free(ring);
    ring = NULL;
    if (out != NULL && out != stderr)
        (void)fclose(out);
    out = NULL;
    pthread_mutex_unlock(&lock);
}
