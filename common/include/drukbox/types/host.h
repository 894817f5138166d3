/**
 * @file drukbox/types/host.h
 * Hosts: machines that Drukbox provisions and that are reached by SSH.
 *
 * In all records of Drukbox a string is NULL if the service sent null or nothing, and "" if the service sent
 * "". A time has two members: the string of the service, and milliseconds since 1970-01-01 UTC (0: no time,
 * or a malformed one, for example a date without a time of day). Unix seconds are read, too, as a string or
 * as a number; the string of a number is its ISO 8601 form.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_TYPES_HOST_H
#define DRUKBOX_TYPES_HOST_H

#include <boxd/base.h>
#include <boxd/call.h>

BOXD_BEGIN_DECLS

/** Bits of what was requested for a host and ignored by the service: see drukbox_host.ignored. */
typedef enum drukbox_ignored {
    /** The secrets. */
    DRUKBOX_IGNORED_SECRETS = 1,
    /** The template. */
    DRUKBOX_IGNORED_TEMPLATE = 2
} drukbox_ignored;

/** A host. */
typedef struct drukbox_host {
    /** Never NULL. */
    const char *id;
    const char *name;
    /** The account that made the host. NULL also if the service has no accounts. */
    const char *service_account;
    /** "provisioning", "creating_network" or "creating_vm": the host can neither be renewed nor deleted yet
     * (BOXD_ERR_CONFLICT). "bootstrapping" or "active": it can. "error": it can be deleted. */
    const char *status;
    /** "exe", "aws", "hetzner", "docker", "exoscale", ... */
    const char *provider;
    const char *image;
    /** NULL: the default of the provider. */
    const char *instance_type;
    /** The host name for SSH outside the tailnet. "": not known yet, or the host is only reachable in the
     * tailnet. */
    const char *external_ssh_host;
    /** "": not known yet. */
    const char *ssh_username;
    /** The host name in the tailnet, port 22. NULL: no tailnet. */
    const char *internal_ssh_host;
    /** Lines for SSH's known_hosts file. "": the host is not active yet. */
    const char *known_hosts;
    const char *tailscale_device_id;
    /** The private key for SSH, PEM. Zeroed when the host is freed. The providers aws, docker, exoscale and
     * hetzner return it once, in the response that created the host. NULL:
     * - The provider is exe: connections are authenticated by the SSH keys of the exe.dev account.
     * - The service has a tailnet, and the provider is not docker: the rules of the tailnet decide who may
     *   connect.
     * - The host was waiting in the service's warm pool. A create with `image`, `env`, a size, a template or
     *   secrets never returns such a host.
     * - The response is not the first one: get, list, renew, or a create that was repeated with its
     * idempotency key, by the program or by the library. */
    const char *private_key;
    /** "": no error. */
    const char *last_error;
    const char *created_at;
    const char *updated_at;
    /** NULL: not active yet. */
    const char *activated_at;
    /** The end of the lease. NULL: no end. */
    const char *expires_at;
    /** The latest end of the lease that the provider allows. NULL: no limit. */
    const char *lease_deadline;
    int64_t created_at_ms;
    int64_t updated_at_ms;
    int64_t activated_at_ms;
    int64_t expires_at_ms;
    int64_t lease_deadline_ms;
    /** If `has_disk_gb`. */
    int64_t disk_gb;
    /** 0: not sent. */
    int32_t external_ssh_port;
    /** False: the default of the provider. */
    bool has_disk_gb;
    /** Of drukbox_host_create(): DRUKBOX_IGNORED_... bits. An old service that has no secrets or templates
     * makes the host without them and reports nothing. The library detects this and sets the bits. */
    uint32_t ignored;
    /** Of drukbox_host_create(), a sentence: which options the service ignored, or that the private key was
     * in a response that was lost, after which the library repeated the request. NULL: neither. */
    const char *warning;
} drukbox_host;

/** Hosts, newest first; freed with drukbox_hosts_free(). */
typedef struct drukbox_hosts {
    size_t count;
    const drukbox_host *const *items;
} drukbox_hosts;

/** Zeroes the record of a host and frees it. NULL is allowed. */
BOXD_API void drukbox_host_free(drukbox_host *host);

/** Frees the list and its items. NULL is allowed. */
BOXD_API void drukbox_hosts_free(drukbox_hosts *hosts);

/** A credential that a host may use for a web service without seeing it: either `value`, or an issuer from
 * which Drukbox obtains it. A string that is NULL is not sent. */
typedef struct drukbox_secret {
    size_t size;
    /** "anthropic", "github", "openai", or another name together with `host` and `auth_variable`. */
    const char *service;
    /** The credential. NULL: see `issuer_url`. */
    const char *value;
    /** The URL of the issuer, https. */
    const char *issuer_url;
    /** "name=value" strings that end with NULL: headers for the issuer. */
    const char *const *issuer_headers;
    /** How often the issuer is asked: "30m", "1h". */
    const char *issuer_refresh;
    /** The host name of the web service. */
    const char *host;
    /** The environment variable that holds a placeholder for the credential. */
    const char *auth_variable;
    /** The header with the credential. NULL: "Authorization". */
    const char *auth_header;
    /** The text before the credential in the header. NULL: "Bearer ". "": no text. */
    const char *auth_prefix;
} drukbox_secret;

#define DRUKBOX_SECRET_INIT BOXD_SIZED(drukbox_secret)

/** Options for making a host. The service chooses what is not set. */
typedef struct drukbox_host_create_options {
    size_t size;
    boxd_call_options call;
    const char *image;
    /** "NAME=value" strings that end with NULL. NULL: not sent. */
    const char *const *env;
    /** The end of the lease. 0: the default of the service. */
    int64_t expires_at_ms;
    /** Whether the lease never ends. Not together with `expires_at_ms`. */
    bool permanent;
    char reserved_[7];
    const char *provider;
    const char *instance_type;
    /** 0: the default of the provider. */
    int64_t disk_gb;
    /** The id of a template, see drukbox_template_create(). `image` takes precedence. */
    const char *template_id;
    /** A create that is repeated with the same key within 24 hours returns the same host, once the first
     * create has ended, so that repeating is safe after a lost response. (While the first create is running,
     * a repeated one makes a second host. Both creates return the host that was ready first, and the lease of
     * the other one ends at once.) The repeated response has no private key. The service accepts 1 to 255
     * letters, digits and characters of "_-:.". */
    const char *idempotency_key;
    size_t secret_count;
    /** `secret_count` secrets, or NULL and 0. Secrets without a count are refused. The library zeroes its
     * copies. */
    const drukbox_secret *const *secrets;
} drukbox_host_create_options;

#define DRUKBOX_HOST_CREATE_OPTIONS_INIT BOXD_SIZED(drukbox_host_create_options)

/** Options for renewing the lease of a host. */
typedef struct drukbox_host_renew_options {
    size_t size;
    boxd_call_options call;
    /** The new end of the lease. 0: the default of the service, counted from now. */
    int64_t expires_at_ms;
} drukbox_host_renew_options;

#define DRUKBOX_HOST_RENEW_OPTIONS_INIT BOXD_SIZED(drukbox_host_renew_options)

BOXD_END_DECLS

#endif
