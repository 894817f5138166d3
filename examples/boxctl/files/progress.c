/* The progress of copies: one line on standard error if that is a terminal. A thread draws it; the main
 * thread and the callbacks only set the numbers. */
#include "files/files.h"

#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* A copy that is shorter than FIRST_MS draws nothing. After STALLED_MS without a byte or a file it is
 * stalled. */
enum {
    FIRST_MS = 300,
    EVERY_MS = 200,
    STALLED_MS = 3000,
    MIN_WIDTH = 24,
    MIN_BAR = 10,
    MAX_BAR = 30,
    MAX_NAME = 24,
    LINE = 512
};

/* The width of the terminal, or 0 if it is not known. */
static int width_now(void)
{
    struct winsize size = {0};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static bool in_background(void)
{
    const pid_t front = tcgetpgrp(STDERR_FILENO);
    return front > 0 && front != getpgrp();
}

/* ---- the numbers ---- */

/* Bytes per second over the last samples, a few seconds. */
static double rate_of(progress *p, int64_t now, uint64_t bytes)
{
    if (p->sample_count == RATE_SAMPLES) {
        memmove(p->samples, p->samples + 1, (RATE_SAMPLES - 1) * sizeof *p->samples);
        p->sample_count--;
    }
    p->samples[p->sample_count++] = (struct rate_sample){now, bytes};
    const struct rate_sample *first = &p->samples[0];
    return now > first->at_ms ? (double)(bytes - first->bytes) * 1000 / (double)(now - first->at_ms) : 0;
}

/* Whether nothing was added for a while. */
static bool is_stalled(progress *p, int64_t now, uint64_t bytes, uint64_t files)
{
    if (bytes != p->moved_bytes || files != p->moved_files) {
        p->moved_bytes = bytes;
        p->moved_files = files;
        p->moved_at_ms = now;
    }
    return now - p->moved_at_ms >= STALLED_MS;
}

/* "0:07", "1:02:03" */
static void format_seconds(char *to, size_t size, double seconds)
{
    const long s = seconds < 0 || seconds > 359999 ? 359999 : (long)(seconds + 0.5);
    if (s >= 3600)
        snprintf(to, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(to, size, "%ld:%02ld", s / 60, s % 60);
}

/* Adds a part to the line, unless the line would become wider than `width`. */
static void add(char *line, int width, const char *part)
{
    const size_t length = strlen(line);
    if (length + strlen(part) <= (size_t)width && length + strlen(part) < LINE)
        memcpy(line + length, part, strlen(part) + 1);
}

/* The parts have fixed widths, so that the line does not jump. */
static void add_amounts(char *line, int width, uint64_t bytes, uint64_t total, double rate)
{
    char part[64], done[32], all[32];
    format_bytes(done, sizeof done, (double)bytes);
    format_bytes(all, sizeof all, (double)total);
    if (total > 0)
        snprintf(part, sizeof part, "%8s/%s", done, all);
    else
        snprintf(part, sizeof part, "%8s", done);
    add(line, width, part);
    format_bytes(done, sizeof done, rate);
    snprintf(part, sizeof part, "  %8s/s", done);
    add(line, width, part);
}

/* The time left if the total is known, else the time so far. */
static void add_time(char *line, int width, uint64_t left, bool has_total, double rate, int64_t passed_ms)
{
    char part[64], time[32] = "-:--";
    if (!has_total || rate >= 1)
        format_seconds(time, sizeof time, has_total ? (double)left / rate : (double)passed_ms / 1000);
    snprintf(part, sizeof part, "  %5s%s", time, has_total ? " left" : "");
    add(line, width, part);
}

static void add_files(char *line, int width, const char *unit, uint64_t files, uint64_t total)
{
    char part[64], all[32];
    snprintf(all, sizeof all, "%llu", (unsigned long long)total);
    if (total >= files)
        snprintf(part, sizeof part, "  %*llu/%s %s", (int)strlen(all), (unsigned long long)files, all, unit);
    else
        snprintf(part, sizeof part, "  %llu %s", (unsigned long long)files, unit);
    if (total > 1 || files > 1)
        add(line, width, part);
}

static void put_bar(char *line, int width, double part)
{
    const int space = width - (int)strlen(line) - 4;
    const int bar = space < MAX_BAR ? space : MAX_BAR;
    const int filled = (int)(part * bar);
    if (bar < MIN_BAR)
        return;
    char *to = line + strlen(line);
    to = stpcpy(to, "  [");
    memset(to, '#', (size_t)filled);
    memset(to + filled, '.', (size_t)(bar - filled));
    memcpy(to + bar, "]", sizeof "]");
}

/* ---- the line ---- */

static void make_line(progress *p, char *line, int width, int64_t now)
{
    const uint64_t bytes = atomic_load(&p->bytes), all = atomic_load(&p->total_bytes);
    const uint64_t files = atomic_load(&p->files);
    const uint64_t total = all >= bytes ? all : 0; /* files can grow */
    const double rate = rate_of(p, now, bytes), part = total ? (double)bytes / (double)total : 0;
    char percent[16] = "";
    if (total)
        snprintf(percent, sizeof percent, "%3d%%  ", (int)(part * 100));
    if (*p->name && width > 60)
        snprintf(line, LINE, "%-.*s  ", MAX_NAME, p->name);
    add(line, width, percent);
    add_amounts(line, width, bytes, total, rate);
    if (is_stalled(p, now, bytes, files))
        add(line, width, "     stalled");
    else
        add_time(line, width, total - bytes, total > 0, rate, now - p->began_at_ms);
    add_files(line, width, p->unit, files, atomic_load(&p->total_files));
    if (total)
        put_bar(line, width, part);
}

/* Under the lock. */
static void draw(progress *p)
{
    char line[LINE] = "";
    const int width = width_now() - 1; /* the last column would wrap */
    if (width < MIN_WIDTH || in_background())
        return;
    make_line(p, line, width < LINE - 1 ? width : LINE - 1, clock_ms(CLOCK_MONOTONIC));
    fprintf(stderr, "\r%s\033[K", line); /* what the new line covers is not erased first: no flicker */
    fflush(stderr);
    p->drawn = true;
}

static void *run(void *data)
{
    progress *p = data;
    int64_t next = p->began_at_ms + FIRST_MS;
    pthread_mutex_lock(&p->lock);
    while (!p->ends) {
        timed_cond_wait(&p->changed, &p->lock, next);
        if (p->ends || clock_ms(CLOCK_MONOTONIC) < next)
            continue;
        draw(p);
        next = clock_ms(CLOCK_MONOTONIC) + EVERY_MS;
    }
    if (p->drawn)
        fprintf(stderr, "\r\033[K");
    fflush(stderr);
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

void progress_begin(progress *p, const cli *c, bool hidden)
{
    const int64_t now = clock_ms(CLOCK_MONOTONIC);
    *p = (progress){
        .unit = "files", .began_at_ms = now, .moved_at_ms = now, .samples = {{now, 0}}, .sample_count = 1};
    pthread_mutex_init(&p->lock, NULL);
    timed_cond_init(&p->changed);
    p->shown = !c->quiet && !hidden && isatty(STDERR_FILENO) && width_now() > MIN_WIDTH &&
               pthread_create(&p->thread, NULL, run, p) == 0;
}

/* The last component of `path`. Bytes that are not printable ASCII are replaced. */
void progress_name(progress *p, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash && slash[1] ? slash + 1 : path;
    pthread_mutex_lock(&p->lock);
    size_t length = 0;
    while (name[length] && length + 1 < sizeof p->name)
        p->name[length++] = '?';
    for (size_t i = 0; i < length; i++)
        if (name[i] > ' ' && name[i] < 0x7F)
            p->name[i] = name[i];
    p->name[length] = '\0';
    pthread_mutex_unlock(&p->lock);
}

void progress_unit(progress *p, const char *unit)
{
    pthread_mutex_lock(&p->lock);
    p->unit = unit;
    pthread_mutex_unlock(&p->lock);
}

void progress_end(progress *p)
{
    pthread_mutex_lock(&p->lock);
    p->ends = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
    if (p->shown)
        pthread_join(p->thread, NULL);
    p->shown = false;
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
}
