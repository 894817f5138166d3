/*
 * connection_hint.c: names the server and the proxy in messages of failed connections, for failure.c. Core
 * thread.
 */
#include "boxd/client/connection_hint.h"

#include "printable.h"

#include <stdio.h>
#include <string.h>

const char *connection_name(const config *settings, char *buffer, size_t size)
{
    const forward_proxy *proxy = &settings->api_proxy;
    if (proxy->url)
        (void)snprintf(buffer, size, "%s through the proxy %s (%s)", PRINTABLE(settings->api.target, 120),
                       PRINTABLE(proxy->url, 90), proxy->source);
    else
        (void)snprintf(buffer, size, "%s", settings->api.target);
    return buffer;
}

const char *connection_proxy_hint(const config *settings, const char *details, bool *lasting)
{
    static const struct {
        const char *symptom;
        bool lasting;
        const char *text;
    } hints[] = {
        {"returned response code 407", true, "the proxy wants a user; give user:password@ in its URL"},
        {"returned response code 5", false,
         "the proxy cannot reach the service; check the API URL, or add its host to NO_PROXY"},
        {"HTTP proxy returned", true,
         "the proxy does not connect to this host; allow it there, or add the host to NO_PROXY"},
        {"onnection refused", false, "nothing listens at the address of the proxy; check the proxy's URL"},
        {"DNS resolution failed", false, "the name of the proxy does not resolve; check the proxy's URL"},
        {"etwork is unreachable", false,
         "there is no route to the proxy; check the proxy's URL and the network"},
        {"ocket closed", false,
         "the proxy closed the connection; check that its URL is that of an HTTP proxy"},
    };
    for (size_t i = 0; settings->api_proxy.url && i < sizeof hints / sizeof *hints; i++) {
        if (strstr(details, hints[i].symptom)) {
            *lasting = hints[i].lasting;
            return hints[i].text;
        }
    }
    return NULL;
}
