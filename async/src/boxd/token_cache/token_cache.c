/* token_cache.c: looks for tokens and stores them on the disk thread, for auth.c on the core thread. */
#include "boxd/token_cache/token_cache.h"

#include "container_of.h"
#include "core/clock.h"
#include "mem.h"

#include <string.h>

/* An exchange of another client ends within 10 s (auth.c), unless the service asks for a pause. */
enum { LOOK_MS = 12000 };

/* The pauses between the steps of a look while another client has the lock. */
enum { FIRST_PAUSE_MS = 10, MAX_PAUSE_MS = 100 };

bool token_cache_init(token_cache *c, const char *dir, const char *key, const char *url,
                      const char *cert_file)
{
    *c = (token_cache){.dir = mem_strdup(dir)};
    if (!c->dir)
        return false;
    token_entry_name(c->name, key, url, cert_file);
    token_file_init(&c->file, c->dir, c->name);
    return true;
}

void token_cache_connect(token_cache *c, loop *home, worker *disk, observer *o, token_look_fn done,
                         void *data)
{
    c->loop = home;
    c->disk = disk;
    c->observer = o;
    c->done = done;
    c->done_data = data;
}

static void warn(token_cache *c, const char *problem)
{
    if (*problem && !c->warned)
        observe_log(c->observer, BOXD_LOG_WARNING, "the token cache in %s: %s", c->dir, problem);
    c->warned |= *problem != '\0';
}

/* ---- looking ---- */

static void end_look(token_cache *c, const token_look *look)
{
    loop_timer_clear(c->loop, &c->timer);
    c->look_until_ns = 0;
    c->done(c->done_data, look);
}

static void on_late(timer *t)
{
    token_cache *c = CONTAINER_OF(t, token_cache, timer);
    warn(c, "no token was found in time");
    end_look(c, &(token_look){.exchange = true});
}

static void step(token_cache *c);

static void on_pause_end(timer *t)
{
    step(CONTAINER_OF(t, token_cache, timer));
}

/* Another client exchanges the key: looks again after a pause. */
static void pause_look(token_cache *c)
{
    const int64_t next_ns = clock_after_ms(c->pause_ms);
    c->pause_ms = c->pause_ms * 3 / 2 < MAX_PAUSE_MS ? c->pause_ms * 3 / 2 : MAX_PAUSE_MS;
    if (next_ns < c->look_until_ns)
        loop_timer_set(c->loop, &c->timer, next_ns, on_pause_end);
    else
        loop_timer_set(c->loop, &c->timer, c->look_until_ns, on_late);
}

static void on_looked(loop_task *task)
{
    token_cache *c = CONTAINER_OF(task, token_cache, look_task);
    token_found found = c->found;
    c->found = (token_found){0}; /* `done` may begin another look */
    c->looking = false;
    if (c->look_until_ns != 0) { /* it is not too late */
        warn(c, found.problem);
        if (found.busy && found.state == TOKEN_NONE)
            pause_look(c);
        else
            end_look(c, &(token_look){.state = found.state,
                                      .entry = found.entry,
                                      .exchange = found.state != TOKEN_FRESH && !found.busy,
                                      .no_memory = found.no_memory});
    }
    token_found_free(&found);
}

static void run_look(loop_task *task)
{
    token_cache *c = CONTAINER_OF(task, token_cache, look_task);
    token_file_look(&c->file, c->rejected, clock_wall_s(), &c->found);
    loop_post(c->loop, &c->look_task, on_looked);
}

static void step(token_cache *c)
{
    loop_timer_set(c->loop, &c->timer, c->look_until_ns, on_late);
    c->looking = true;
    loop_post(&c->disk->loop, &c->look_task, run_look);
}

bool token_cache_look(token_cache *c, const char *rejected)
{
    if (!c->dir || c->stopped || c->looking || worker_start(c->disk, NULL) != BOXD_OK)
        return false;
    mem_free_secret(c->rejected);
    c->rejected = mem_strdup(rejected);
    if (rejected && !c->rejected)
        return false;
    c->look_until_ns = clock_after_ms(LOOK_MS);
    c->pause_ms = FIRST_PAUSE_MS;
    step(c);
    return true;
}

/* ---- storing ---- */

static void on_ended(loop_task *task)
{
    token_cache *c = CONTAINER_OF(task, token_cache, end_task);
    c->ending = false;
    warn(c, c->problem);
}

/* Ends the work on the file, on the disk thread, or after it has ended. */
static void end_work(token_cache *c)
{
    c->problem[0] = '\0';
    if (c->text)
        token_file_store(&c->file, c->text, c->problem);
    else if (c->remove)
        token_file_remove(&c->file);
    else
        token_file_unlock(&c->file);
    mem_free_secret(c->text);
    c->text = NULL;
}

static void run_end(loop_task *task)
{
    token_cache *c = CONTAINER_OF(task, token_cache, end_task);
    const bool stores = c->text != NULL;
    end_work(c);
    if (stores)
        token_file_sweep(&c->file, clock_wall_s());
    loop_post(c->loop, &c->end_task, on_ended);
}

static void end(token_cache *c, char *text, bool remove)
{
    /* Without the disk thread no look has locked the file. If the thread has not ended the last work yet, the
     * file is as that work leaves it. */
    if (!c->dir || c->ending || (!c->stopped && !c->disk->started)) {
        mem_free_secret(text);
        return;
    }
    c->text = text;
    c->remove = remove;
    c->ending = !c->stopped;
    if (c->stopped)
        end_work(c);
    else
        loop_post(&c->disk->loop, &c->end_task, run_end);
}

void token_cache_store(token_cache *c, char *text)
{
    end(c, text, false);
}

void token_cache_end(token_cache *c, bool remove)
{
    end(c, NULL, remove);
}

/* ---- the end of the client ---- */

void token_cache_stop(token_cache *c)
{
    if (c->look_until_ns != 0)
        loop_timer_clear(c->loop, &c->timer);
    c->look_until_ns = 0;
    c->stopped = true;
}

void token_cache_destroy(token_cache *c)
{
    if (c->dir)
        token_file_unlock(&c->file);
    token_found_free(&c->found);
    mem_free_secret(c->rejected);
    mem_free(c->dir);
    *c = (token_cache){0};
}
