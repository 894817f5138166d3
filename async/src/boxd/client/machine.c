/* machine.c: finds the metadata service. Called by auth.c before its first exchange, on the core thread. */
#include "boxd/client/machine.h"

#include "boxd/client/route.h"
#include "errors.h"
#include "mem.h"
#include "os/libc.h"

#include <stdio.h>
#include <string.h>

#define PORT 9002
#define PATH "/v1/auth/token"

/* Reads the beginning of the table of Linux, which holds the default route. The machines of boxd run Linux:
 * elsewhere there is no table, and no metadata service. */
static bool find_gateway(char address[ROUTE_ADDRESS_SIZE])
{
    char table[16 * 1024];
    FILE *file = libc_open_to_read("/proc/net/route");
    if (!file)
        return false;
    size_t size = fread(table, 1, sizeof table - 1, file);
    (void)fclose(file);
    table[size] = '\0';
    return route_default_gateway(table, address);
}

char *machine_token_url(const char *base, boxd_error *error)
{
    char gateway[ROUTE_ADDRESS_SIZE];
    char *url = NULL;
    if (base) {
        const size_t length = strlen(base);
        url = mem_printf("%.*s" PATH, (int)(base[length - 1] == '/' ? length - 1 : length), base);
    } else if (find_gateway(gateway)) {
        url = mem_printf("http://%s:%d" PATH, gateway, PORT);
    } else {
        error_set(
            error, BOXD_ERR_AUTHENTICATION,
            "the client has no credential, and there is no default gateway at which a metadata service could "
            "issue one; set BOXD_API_KEY or BOXD_TOKEN");
        return NULL;
    }
    if (!url)
        error_no_memory(error, "requesting a token");
    return url;
}
