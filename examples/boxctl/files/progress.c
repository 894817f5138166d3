/* The progress bar of cp, on standard error. */
#include "files/copy.h"

#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { DRAW_EVERY_MS = 100, MIN_WIDTH = 50, MAX_BAR = 40 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The width of the terminal, or 0 if it is not known. */
static int width_now(void)
{
    struct winsize size = {0};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* The last component of a path in at most 16 columns. Bytes that are not printable ASCII are replaced. */
static void short_name(char *to, size_t size, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = 0;
    for (const char *from = slash ? slash + 1 : path; *from && n + 1 < size; from++)
        to[n++] = *from;
    to[n] = '\0';
    for (char *at = to; *at; at++)
        if (*at <= ' ' || *at >= 0x7F)
            *at = '?';
}

static void draw(progress *p)
{
    const int width = width_now();
    if (width < MIN_WIDTH)
        return;
    const uint64_t done = p->before + p->now;
    const double part = p->total ? (double)done / (double)p->total : 1;
    const int64_t passed_ms = p->drawn_at_ms - p->began_at_ms;
    char name[17], size[32], rate[32];
    short_name(name, sizeof name, p->name);
    format_bytes(size, sizeof size, (double)done);
    format_bytes(rate, sizeof rate, passed_ms > 0 ? (double)done * 1000 / (double)passed_ms : 0);
    char bar[MAX_BAR + 1];
    const int bar_width = width - 46 < MAX_BAR ? width - 46 : MAX_BAR;
    const int filled = part >= 1 ? bar_width : (int)(part * bar_width);
    memset(bar, '#', (size_t)filled);
    memset(bar + filled, '.', (size_t)(bar_width - filled));
    bar[bar_width] = '\0';
    fprintf(stderr, "\r\033[K%-16s [%s] %3d%% %8s %8s/s", name, bar, (int)(part * 100), size, rate);
    fflush(stderr);
}

void progress_begin(progress *p, const cli *c, uint64_t total)
{
    *p = (progress){.shown = isatty(STDERR_FILENO) && width_now() >= MIN_WIDTH && !c->quiet, .total = total};
    p->began_at_ms = now_ms();
}

void progress_file(progress *p, const char *name, uint64_t size)
{
    (void)size;
    p->name = name;
    p->now = 0;
    progress_update(0, 0, p);
}

/* Runs on the client's core thread while the main thread waits for the transfer, so no lock is needed. */
void progress_update(uint64_t done, uint64_t total, void *user_data)
{
    progress *p = user_data;
    (void)total;
    p->now = done;
    const int64_t now = now_ms();
    const bool all = p->before + p->now == p->total;
    if (!p->shown || (now - p->drawn_at_ms < DRAW_EVERY_MS && !all))
        return;
    p->drawn_at_ms = now;
    draw(p);
}

void progress_file_done(progress *p, uint64_t size)
{
    p->before += size;
    p->now = 0;
}

void progress_clear(progress *p)
{
    if (p->shown) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
    p->drawn_at_ms = 0;
}
