/* Which channel an RPC acquires, without a network. */
#include "grpc/channels.h"

#include "fake_channels.h"
#include "fake_core.h"

/* ---- the client's side ---- */

static observer watcher;
static channels all;

static void open_channels(int32_t max_streams)
{
    memset(&fake, 0, sizeof fake);
    memset(&watcher, 0, sizeof watcher);
    const channel_settings settings = {.target = "x:1", .max_streams = max_streams};
    ck_assert(!channels_is_open(&all));
    ck_assert_int_eq((int)channels_open(&all, &settings, NULL, &watcher, NULL), (int)BOXD_OK);
    ck_assert(channels_is_open(&all));
    ck_assert_uint_eq(fake.made, 0);
}

static void close_channels(void)
{
    channels_close(&all);
    ck_assert(!channels_is_open(&all));
    ck_assert_uint_eq(fake.destroyed, fake.made);
    ck_assert_uint_eq(fake.credentials, 0);
    ck_assert_uint_eq(fake.quotas, 0);
    ck_assert_uint_eq(observe_counted(&watcher.connections), 0);
}

static pooled_channel *acquire(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    pooled_channel *channel = channels_acquire(&all, CHANNEL_STREAM, &error);
    ck_assert_msg(channel != NULL, "%s", error.message);
    channels_begin_call(channel);
    return channel;
}

static size_t place_of(const pooled_channel *channel)
{
    return number_of(channel->channel);
}

START_TEST(calls_share_the_oldest_channel_with_capacity)
{
    open_channels(2);
    pooled_channel *calls[5];
    static const size_t expected[] = {0, 0, 1, 1, 2};
    for (size_t i = 0; i < COUNT(calls); i++) {
        calls[i] = acquire();
        ck_assert_uint_eq(place_of(calls[i]), expected[i]);
    }
    ck_assert_uint_eq(observe_counted(&watcher.connections), 3);
    channels_release(&all, calls[1], CHANNEL_STREAM);
    channels_release(&all, calls[3], CHANNEL_STREAM);
    ck_assert_uint_eq(place_of(acquire()), 0);
    ck_assert_uint_eq(place_of(acquire()), 1);
    ck_assert_uint_eq(place_of(acquire()), 2);
    ck_assert_uint_eq(fake.made, 3);
    close_channels();
}
END_TEST

START_TEST(one_idle_channel_is_kept)
{
    open_channels(1);
    pooled_channel *first = acquire(), *second = acquire(), *third = acquire();
    channels_release(&all, second, CHANNEL_STREAM);
    ck_assert_uint_eq(fake.destroyed, 0);
    channels_release(&all, third, CHANNEL_STREAM); /* one idle channel is kept already */
    ck_assert_uint_eq(fake.destroyed, 1);
    ck_assert_int_eq((int)fake.state[2], (int)GRPC_CHANNEL_SHUTDOWN);
    ck_assert_uint_eq(observe_counted(&watcher.connections), 2);
    second = acquire(); /* the channel that was kept */
    ck_assert_uint_eq(place_of(second), 1);
    third = acquire();
    ck_assert_uint_eq(place_of(third), 3);
    channels_release(&all, third, CHANNEL_STREAM);
    channels_release(&all, second, CHANNEL_STREAM);
    ck_assert_uint_eq(fake.destroyed, 2);
    channels_release(&all, first, CHANNEL_STREAM);
    ck_assert_uint_eq(fake.destroyed, 2);
    close_channels();
}
END_TEST

START_TEST(the_first_channel_stays)
{
    open_channels(1);
    for (int i = 0; i < 3; i++)
        channels_release(&all, acquire(), CHANNEL_STREAM);
    ck_assert_uint_eq(fake.made, 1);
    ck_assert_uint_eq(fake.destroyed, 0);
    close_channels();
}
END_TEST

/* Memory that calls do not need any more and that stays. */
enum { SPARE_BYTES = 16 * 1024 * 1024 };

/* The memory for what arrives over a channel follows its calls. */
START_TEST(calls_add_to_the_quota)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_channels(2);
    pooled_channel *first = acquire();
    const size_t stream = fake.quota_bytes[0];
    ck_assert_ptr_eq(channels_acquire(&all, CHANNEL_UNARY, &error), first);
    const size_t both = fake.quota_bytes[0];
    ck_assert(stream > 0 && both > stream);
    ck_assert_uint_eq(place_of(acquire()), 1);
    ck_assert_uint_eq(fake.quota_bytes[1], stream);
    channels_release(&all, first, CHANNEL_UNARY);
    ck_assert(fake.quota_bytes[0] >= stream && fake.quota_bytes[0] <= stream + SPARE_BYTES);
    channels_release(&all, first, CHANNEL_STREAM);
    ck_assert_uint_le(fake.quota_bytes[0], SPARE_BYTES);
    close_channels();
}
END_TEST

/* One call may use the memory of all calls of its connection: it has a bound for the messages of unary calls,
 * and a window for each stream. */
START_TEST(the_sum_of_the_quota_is_limited)
{
    enum { CALLS = 20, MIB = 1024 * 1024, MESSAGES = 176 * MIB, WINDOW = 96 * MIB, SMALL = 1 * MIB };
    static const struct {
        bool small_windows;
        channel_load load;
        size_t least, most;
    } rows[] = {
        {false, CHANNEL_STREAM, (size_t)CALLS * WINDOW, (size_t)CALLS * WINDOW},
        {false, CHANNEL_LARGE_STREAM, (size_t)CALLS * WINDOW, (size_t)CALLS * WINDOW},
        {true, CHANNEL_STREAM, (size_t)CALLS * SMALL, (size_t)CALLS * SMALL},
        {true, CHANNEL_LARGE_STREAM, (size_t)CALLS * SMALL + MESSAGES, (size_t)CALLS * SMALL + MESSAGES},
        {false, CHANNEL_UNARY, 0, MESSAGES},
        /* Beside the memory of a connection without calls, which suffices for one of the responses. */
        {false, CHANNEL_LARGE_UNARY, (size_t)2 * CHANNEL_MAX_MESSAGE_BYTES, MESSAGES},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        pooled_channel *calls[CALLS];
        open_channels(CALLS);
        all.settings.small_windows = rows[i].small_windows;
        for (int k = 0; k < CALLS; k++)
            calls[k] = channels_acquire(&all, rows[i].load, &error);
        ck_assert_ptr_eq(calls[0], calls[1]);
        channels_acquire_again(calls[0], CHANNEL_UNARY);
        channels_release(&all, calls[0], CHANNEL_UNARY);
        for (size_t k = 0; k + 1 < fake.made || k < 1; k++)
            ck_assert_msg(fake.quota_bytes[k] >= rows[i].least &&
                              fake.quota_bytes[k] <= rows[i].most + SPARE_BYTES,
                          "load %zu: %zu bytes", i, fake.quota_bytes[k]);
        for (int k = 0; k < CALLS; k++)
            channels_release(&all, calls[k], rows[i].load);
        ck_assert_uint_le(fake.quota_bytes[0], SPARE_BYTES);
        close_channels();
    }
}
END_TEST

/* All responses of the largest size that share a connection have space, so few calls share one. */
START_TEST(few_large_responses_share_a_channel)
{
    enum { FEW = 3 };
    boxd_error error = BOXD_ERROR_INIT;
    open_channels(100);
    pooled_channel *calls[2 * FEW + 1];
    for (size_t i = 0; i < COUNT(calls); i++) {
        calls[i] = channels_acquire(&all, CHANNEL_LARGE_UNARY, &error);
        ck_assert_uint_eq(place_of(calls[i]), i / FEW);
    }
    close_channels();
}
END_TEST

/* Calls with large responses share channels only with each other. */
START_TEST(large_responses_have_channels_of_their_own)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_channels(2);
    pooled_channel *usual = acquire();
    pooled_channel *large = channels_acquire(&all, CHANNEL_LARGE_UNARY, &error);
    ck_assert_ptr_ne(large, usual);
    ck_assert_uint_gt(fake.quota_bytes[1], (size_t)64 * 1024 * 1024);
    ck_assert_ptr_eq(channels_acquire(&all, CHANNEL_LARGE_UNARY, &error), large);
    ck_assert_ptr_eq(channels_acquire(&all, CHANNEL_UNARY, &error), usual);
    ck_assert_uint_eq(place_of(acquire()), 2);
    for (int i = 0; i < 2; i++)
        channels_release(&all, large, CHANNEL_LARGE_UNARY);
    for (int i = 0; i < 3; i++) { /* one call after the other needs no other connection */
        ck_assert_ptr_eq(channels_acquire(&all, CHANNEL_LARGE_UNARY, &error), large);
        channels_release(&all, large, CHANNEL_LARGE_UNARY);
    }
    ck_assert_uint_eq(fake.made, 3);
    ck_assert_uint_eq(fake.destroyed, 0);
    close_channels();
}
END_TEST

START_TEST(a_connecting_channel_lingers)
{
    open_channels(1);
    acquire();
    pooled_channel *second = acquire(), *third = acquire();
    channels_release(&all, second, CHANNEL_STREAM);
    fake.state[2] = GRPC_CHANNEL_CONNECTING;
    channels_release(&all, third, CHANNEL_STREAM);
    ck_assert(channels_linger(&all));
    ck_assert_uint_eq(fake.destroyed, 0);
    report(2); /* its time is over, and it still connects */
    ck_assert(channels_linger(&all));
    fake.state[2] = GRPC_CHANNEL_READY;
    report(2);
    ck_assert(!channels_linger(&all));
    ck_assert_uint_eq(fake.destroyed, 1);
    close_channels();
}
END_TEST

START_TEST(close_does_not_wait)
{
    open_channels(1);
    channels_release(&all, acquire(), CHANNEL_STREAM);
    fake.state[0] = GRPC_CHANNEL_CONNECTING;
    channels_give_up(&all);
    ck_assert(channels_linger(&all));
    close_channels();
    ck_assert(!channels_linger(&all));
    channels_give_up(&all); /* zeroed: nothing to do */
    channels_close(&all);
}
END_TEST

START_TEST(a_pause_between_attempts_is_limited)
{
    open_channels(10);
    acquire();
    fake.state[0] = GRPC_CHANNEL_TRANSIENT_FAILURE;
    acquire();
    fake_now_ns += (CHANNEL_MAX_PAUSE_MS - 1) * NS_PER_MS;
    acquire();
    ck_assert_uint_eq(fake.resets[0], 0);
    fake_now_ns += NS_PER_MS;
    acquire();
    ck_assert_uint_eq(fake.resets[0], 1);
    acquire();
    ck_assert_uint_eq(fake.resets[0], 1);
    fake.state[0] = GRPC_CHANNEL_READY;
    acquire();
    fake.state[0] = GRPC_CHANNEL_TRANSIENT_FAILURE;
    fake_now_ns += INT64_C(2) * CHANNEL_MAX_PAUSE_MS * NS_PER_MS;
    acquire(); /* a new failure */
    ck_assert_uint_eq(fake.resets[0], 1);
    close_channels();
}
END_TEST

/* ---- connections that have died without a word ---- */

/* A call on `channel` that waits for `ms` and ends in its deadline. */
static void time_out(pooled_channel *channel, int64_t ms)
{
    const channel_mark began = channels_begin_call(channel);
    fake_now_ns += ms * NS_PER_MS;
    channels_timed_out(&all, channel, &began);
}

/* Acquires a channel that is connected. */
static pooled_channel *acquire_ready(void)
{
    pooled_channel *channel = acquire();
    fake.state[place_of(channel)] = GRPC_CHANNEL_READY;
    return channel;
}

static size_t log_lines;

static void count_line(boxd_log_level level, const char *line, void *user_data)
{
    (void)user_data;
    ck_assert_int_eq((int)level, (int)BOXD_LOG_WARNING);
    ck_assert_msg(strstr(line, "no response was received over a connection to x:1 for 2000 ms"), "%s", line);
    log_lines++;
}

START_TEST(a_silent_connection_is_left)
{
    open_channels(10);
    log_lines = 0;
    watcher.hooks = (boxd_hooks){.log = count_line, .log_level = BOXD_LOG_WARNING};
    pooled_channel *channel = acquire_ready();
    time_out(channel, 2000);
    ck_assert_uint_eq(log_lines, 1);
    ck_assert_uint_eq(fake.destroyed, 0);
    channels_release(&all, channel, CHANNEL_STREAM);
    ck_assert_uint_eq(fake.destroyed, 1); /* it had no other calls */
    ck_assert_uint_eq(place_of(acquire()), 1);
    close_channels();
}
END_TEST

START_TEST(a_silent_connection_keeps_its_streams)
{
    open_channels(10);
    pooled_channel *stream = acquire_ready(), *channel = acquire();
    ck_assert_ptr_eq(stream, channel);
    time_out(channel, 2000);
    channels_release(&all, channel, CHANNEL_STREAM);
    pooled_channel *fresh = acquire_ready();
    ck_assert_uint_eq(place_of(fresh), 1);
    ck_assert_ptr_eq(acquire(), fresh);
    channels_release(&all, fresh, CHANNEL_STREAM);
    channels_release(&all, fresh, CHANNEL_STREAM);
    ck_assert_uint_eq(fake.destroyed, 0);
    channels_release(&all, stream, CHANNEL_STREAM);
    ck_assert_uint_eq(fake.destroyed, 1);
    ck_assert_ptr_eq(acquire(), fresh);
    ck_assert_uint_eq(fake.made, 2);
    close_channels();
}
END_TEST

START_TEST(a_connection_that_was_slow_is_used_again)
{
    open_channels(10);
    pooled_channel *stream = acquire_ready(), *channel = acquire();
    time_out(channel, 2000);
    channels_release(&all, channel, CHANNEL_STREAM);
    pooled_channel *fresh = acquire_ready();
    stream->received++; /* a message of the stream */
    ck_assert_ptr_eq(acquire(), stream);
    channels_release(&all, stream, CHANNEL_STREAM);
    channels_release(&all, stream, CHANNEL_STREAM);
    channels_release(&all, fresh, CHANNEL_STREAM);
    ck_assert_uint_eq(fake.destroyed, 0);
    close_channels();
}
END_TEST

typedef enum { CONNECTED, NOT_CONNECTED, CONNECTED_MEANWHILE, LOST, ANSWERED } silence;

START_TEST(only_silence_makes_a_connection_unresponsive)
{
    static const struct {
        int64_t ms;
        silence silence;
        bool left;
    } rows[] = {
        {199, CONNECTED, false}, /* shorter than a round trip may be */
        {200, CONNECTED, true},  {60000, NOT_CONNECTED, false}, {60000, CONNECTED_MEANWHILE, false},
        {60000, LOST, false},    {60000, ANSWERED, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        open_channels(10);
        pooled_channel *channel = acquire();
        const silence s = rows[i].silence;
        fake.state[0] =
            s == NOT_CONNECTED || s == CONNECTED_MEANWHILE ? GRPC_CHANNEL_CONNECTING : GRPC_CHANNEL_READY;
        const channel_mark began = channels_begin_call(channel);
        fake_now_ns += rows[i].ms * NS_PER_MS;
        channel->received += s == ANSWERED;
        if (s == CONNECTED_MEANWHILE)
            fake.state[0] = GRPC_CHANNEL_READY;
        else if (s == LOST)
            fake.state[0] = GRPC_CHANNEL_TRANSIENT_FAILURE;
        channels_timed_out(&all, channel, &began);
        channels_release(&all, channel, CHANNEL_STREAM);
        ck_assert_msg((fake.destroyed == 1) == rows[i].left, "row %zu", i);
        close_channels();
    }
}
END_TEST

START_TEST(a_lost_connection_is_seen_soon)
{
    open_channels(10);
    pooled_channel *channel = acquire_ready();
    ck_assert(channels_begin_call(channel).up);
    fake.state[0] = GRPC_CHANNEL_CONNECTING;
    fake_now_ns += 10 * NS_PER_MS;
    ck_assert(!channels_begin_call(channel).up);
    close_channels();
}
END_TEST

/* Short timeouts add up, but time that several calls wait at once counts once. */
START_TEST(short_silences_add_up)
{
    open_channels(10);
    pooled_channel *channel = acquire_ready();
    const channel_mark began = channels_begin_call(channel);
    fake_now_ns += 120 * NS_PER_MS;
    for (int i = 0; i < 5; i++)
        channels_timed_out(&all, channel, &began);
    ck_assert_ptr_eq(acquire(), channel);
    channels_release(&all, channel, CHANNEL_STREAM);
    fake_now_ns += INT64_C(60) * NS_PER_S; /* the program pauses */
    time_out(channel, 79);
    ck_assert_ptr_eq(acquire(), channel);
    channels_release(&all, channel, CHANNEL_STREAM);
    time_out(channel, 1);
    channels_release(&all, channel, CHANNEL_STREAM);
    ck_assert_uint_eq(fake.destroyed, 1);

    channel = acquire_ready();
    channel->received++;
    time_out(channel, 150);
    channel->received++; /* an answer ends the silence */
    time_out(channel, 150);
    channels_release(&all, channel, CHANNEL_STREAM);
    ck_assert_uint_eq(fake.destroyed, 1);
    close_channels();
}
END_TEST

/* A server that is slower than the timeouts does not get a connection for each call. */
START_TEST(silence_limit_grows)
{
    open_channels(10);
    for (int i = 0; i < 600; i++) { /* in ten minutes */
        pooled_channel *channel = acquire_ready();
        time_out(channel, 1000);
        channels_release(&all, channel, CHANNEL_STREAM);
    }
    ck_assert_uint_gt(fake.made, 5);
    ck_assert_uint_lt(fake.made, 25);
    pooled_channel *channel = acquire_ready();
    channel->received++; /* an answer: the limit is short again */
    time_out(channel, 300);
    channels_release(&all, channel, CHANNEL_STREAM);
    const size_t made = fake.made;
    acquire();
    ck_assert_uint_eq(fake.made, made + 1);
    close_channels();
}
END_TEST

/* Streams on connections that died: their number is limited. */
START_TEST(unresponsive_channels_are_limited)
{
    enum { LIMIT = 8 };
    open_channels(10);
    for (int i = 0; i < 2 * LIMIT; i++) {
        pooled_channel *stream = acquire_ready();
        if (i < LIMIT)
            stream->received++;
        time_out(stream, 100000);
    }
    ck_assert_uint_eq(fake.made, LIMIT + 1);
    close_channels();
}
END_TEST

START_TEST(a_channel_is_up_when_it_is_ready)
{
    open_channels(1);
    const pooled_channel *channel = acquire();
    ck_assert(!channels_is_up(channel));
    fake.state[0] = GRPC_CHANNEL_READY;
    ck_assert(channels_is_up(channel));
    close_channels();
}
END_TEST

START_TEST(without_memory_no_channel)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_channels(1);
    fake.no_memory = true;
    ck_assert_ptr_null(channels_acquire(&all, CHANNEL_STREAM, &error));
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_NO_MEMORY);
    fake.no_memory = false;
    mem_fail_after(0);
    ck_assert_ptr_null(channels_acquire(&all, CHANNEL_STREAM, &error));
    mem_fail_after(-1);
    acquire();
    close_channels();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channels");
    unit_add(suite, calls_share_the_oldest_channel_with_capacity);
    unit_add(suite, one_idle_channel_is_kept);
    unit_add(suite, the_first_channel_stays);
    unit_add(suite, calls_add_to_the_quota);
    unit_add(suite, the_sum_of_the_quota_is_limited);
    unit_add(suite, few_large_responses_share_a_channel);
    unit_add(suite, large_responses_have_channels_of_their_own);
    unit_add(suite, a_connecting_channel_lingers);
    unit_add(suite, close_does_not_wait);
    unit_add(suite, a_pause_between_attempts_is_limited);
    unit_add(suite, a_silent_connection_is_left);
    unit_add(suite, a_silent_connection_keeps_its_streams);
    unit_add(suite, a_connection_that_was_slow_is_used_again);
    unit_add(suite, only_silence_makes_a_connection_unresponsive);
    unit_add(suite, a_lost_connection_is_seen_soon);
    unit_add(suite, short_silences_add_up);
    unit_add(suite, silence_limit_grows);
    unit_add(suite, unresponsive_channels_are_limited);
    unit_add(suite, a_channel_is_up_when_it_is_ready);
    unit_add(suite, without_memory_no_channel);
    return unit_run(suite);
}
