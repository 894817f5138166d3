/**
 * @file types/host.h
 * Hosts: machines that Drukbox provisions, reached by SSH.
 *
 * In all records of Drukbox a string is NULL where the service sent none or null, and "" where it sent that.
 * Times are there twice: as the service wrote them, and as milliseconds since 1970 UTC (0: none, or not
 * understood).
 */
#ifndef DRUKBOX_TYPES_HOST_H
#define DRUKBOX_TYPES_HOST_H

#include <boxd/base.h>
#include <boxd/call.h>

BOXD_BEGIN_DECLS

/** What a host was asked for and does not have: see drukbox_host.ignored. */
enum {
    DRUKBOX_IGNORED_SECRETS = 1, /**< the secrets */
    DRUKBOX_IGNORED_TEMPLATE = 2 /**< the template */
};

/** A host. */
typedef struct drukbox_host {
    const char *id; /**< never NULL */
    const char *name;
    const char *service_account; /**< who made it; NULL also from services that have no accounts */
    const char *status;   /**< "provisioning", "creating_network", "creating_vm", "bootstrapping", "active" or
                           * "error" */
    const char *provider; /**< "exe", "aws", "hetzner", "docker", "exoscale", ... */
    const char *image;
    const char *instance_type;     /**< NULL: the provider's default */
    const char *external_ssh_host; /**< where SSH answers; "" when it is not known yet, or internal only */
    const char *ssh_username;      /**< "" until it is known */
    const char *internal_ssh_host; /**< in the tailnet, port 22; NULL without one */
    const char *known_hosts;       /**< lines for SSH's known_hosts file; "" until the host is active */
    const char *tailscale_device_id;
    /** The private key, PEM. Only in the result of the call that made the host: it is not shown again, nor
     * when a create is repeated with its idempotency key. Zeroed when the host is freed. */
    const char *private_key;
    const char *last_error; /**< "" when there was none */
    const char *created_at;
    const char *updated_at;
    const char *activated_at;   /**< NULL until it is active */
    const char *expires_at;     /**< when its lease ends; NULL: never */
    const char *lease_deadline; /**< until when the provider can keep it; NULL: no such limit */
    int64_t created_at_ms;
    int64_t updated_at_ms;
    int64_t activated_at_ms;
    int64_t expires_at_ms;
    int64_t lease_deadline_ms;
    int64_t disk_gb;           /**< if has_disk_gb */
    int32_t external_ssh_port; /**< 0: not given */
    bool has_disk_gb;          /**< false: the provider's default */
    /** Of drukbox_host_create(): DRUKBOX_IGNORED_... bits. A service that is too old for secrets or templates
     * makes the host without them and says nothing; here it is said. */
    uint32_t ignored;
    const char *warning; /**< the same as a sentence; NULL: nothing was ignored */
} drukbox_host;

/** Hosts, the newest first; freed with drukbox_hosts_free(). */
typedef struct drukbox_hosts {
    size_t count;
    const drukbox_host *const *items;
} drukbox_hosts;

/** Frees a host; what it held is zeroed. NULL is allowed. */
BOXD_API void drukbox_host_free(drukbox_host *host);

/** Frees the list and its items. NULL is allowed. */
BOXD_API void drukbox_hosts_free(drukbox_hosts *hosts);

/**
 * A credential that the host may use for a service, without seeing it: either `value`, or an issuer that
 * gives it. Strings that are NULL are not sent.
 */
typedef struct drukbox_secret {
    size_t size;
    const char *service;    /**< "anthropic", "github", "openai", or a name of one's own with `host` and
                             * `auth_variable` */
    const char *value;      /**< the credential; or NULL, and then: */
    const char *issuer_url; /**< who gives it; https */
    const char *const *issuer_headers; /**< "name=value" words up to a NULL, sent to it */
    const char *issuer_refresh;        /**< how often it is asked: "30m", "1h" */
    const char *host;                  /**< which host the credential is for */
    const char *auth_variable;         /**< the environment variable that stands for it */
    const char *auth_header;           /**< which header carries it; NULL: "Authorization" */
    const char *auth_prefix;           /**< what stands before it there; NULL: "Bearer "; "": nothing */
} drukbox_secret;

#define DRUKBOX_SECRET_INIT BOXD_SIZED(drukbox_secret)

/** How to make a host. What is not set the service decides. */
typedef struct drukbox_host_create_options {
    size_t size;
    boxd_call_options call;
    const char *image;
    const char *const *env; /**< "NAME=value" words up to a NULL; NULL: not sent */
    int64_t expires_at_ms;  /**< when its lease ends, milliseconds since 1970 UTC; 0: the service's default */
    bool permanent;         /**< its lease never ends; not together with expires_at_ms */
    char reserved_[7];
    const char *provider;
    const char *instance_type;
    int64_t disk_gb;         /**< 0: the provider's default */
    const char *template_id; /**< made with drukbox_template_create(); `image` outranks it */
    /** Repeating a create with the same key gives the same host, for 24 hours; 1 to 255 of letters, digits
     * and "_-:.". It makes repeating safe after an answer that was lost; but the repeated answer lacks the
     * private key, so that what is left is to delete the host and make another. */
    const char *idempotency_key;
    size_t secret_count;
    /** `secret_count` of them, or NULL and 0; the library zeroes its copies. */
    const drukbox_secret *const *secrets;
} drukbox_host_create_options;

#define DRUKBOX_HOST_CREATE_OPTIONS_INIT BOXD_SIZED(drukbox_host_create_options)

/** How to renew a host's lease. */
typedef struct drukbox_host_renew_options {
    size_t size;
    boxd_call_options call;
    int64_t expires_at_ms; /**< its new end, milliseconds since 1970 UTC; 0: the service's default from now */
} drukbox_host_renew_options;

#define DRUKBOX_HOST_RENEW_OPTIONS_INIT BOXD_SIZED(drukbox_host_renew_options)

BOXD_END_DECLS

#endif
