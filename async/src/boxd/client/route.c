/* route.c: reads a table of routes for machine.c. Any thread. */
#include "boxd/client/route.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Each line holds an interface, the destination and the gateway as hexadecimal numbers in the machine's byte
 * order, flags, ... */
bool route_default_gateway(const char *table, char address[ROUTE_ADDRESS_SIZE])
{
    while (*table) {
        uint32_t destination, gateway;
        const char *line = table;
        table += strcspn(table, "\n");
        table += *table == '\n';
        if (sscanf(line, "%*63s %8" SCNx32 " %8" SCNx32, &destination, &gateway) == 2 && destination == 0 &&
            gateway != 0)
            return inet_ntop(AF_INET, &gateway, address, ROUTE_ADDRESS_SIZE) != NULL;
    }
    return false;
}
