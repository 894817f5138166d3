/*
 * options.h: the command line.
 */
#ifndef EMULATOR_OPTIONS_H
#define EMULATOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drukbox/drukbox.h"
#include "sandbox/sandbox.h"

typedef struct {
    const char *host;
    int port, http_port;
    /* -1: no metadata service. */
    int metadata_port;
    bool allow_remote, control, print_env, exit_with_parent;
    const char *tls_cert, *tls_key, *client_ca, *tls_self_signed;
    const char *state_dir, *ready_file, *log_file;
    const char **api_keys;
    size_t api_key_count;
    const char **known_images;
    size_t known_image_count;
    int64_t token_ttl_secs, latency_ms;
    uint64_t max_boxes;
    int max_message_bytes, max_concurrent_streams;
    const char *zone, *image, *sdk_latest;
    bool dead_streams_end, synthetic_exec;
    int workers;
    sandbox_isolation isolation;
    drukbox_options drukbox;
} options;

/* False: the program exits with *exit_code; all output was printed, and `ready_file` is set also if an option
 * is wrong. The strings are borrowed from argv. */
bool options_parse(int argc, char **argv, options *out, int *exit_code);
void options_free(options *o);

#endif
