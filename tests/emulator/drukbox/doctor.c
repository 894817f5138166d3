/*
 * doctor.c: GET /doctor. All checks succeed; tests get failures from a fault with a body. HTTP threads.
 */
#include "drukbox/internal.h"

static void add_check(json_t *list, const char *name, const char *detail)
{
    json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i, s:n}", "name", name, "status", "ok", "detail",
                                          detail, "latency_ms", 0, "hint"));
}

http_response drukbox_doctor(drukbox_call *c)
{
    json_t *checks = json_array();
    (void)c;
    add_check(checks, "db", "in memory");
    add_check(checks, "provider", "simulated: the emulator starts no machines");
    if (drukbox_served->accounts)
        add_check(checks, "exchange", "secrets are checked and discarded");
    if (drukbox_settings.tailnet)
        add_check(checks, "tailscale", "simulated: names below .invalid");
    return http_json(MHD_HTTP_OK, json_pack("{s:b, s:s, s:b, s:o}", "ok", 1, "active_provider",
                                            drukbox_active_provider()->name,
                                            drukbox_served->accounts ? "tailnet" : "tailscale_enabled",
                                            drukbox_settings.tailnet, "checks", checks));
}
