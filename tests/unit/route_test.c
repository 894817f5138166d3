/* The default gateway in the kernel's table of routes. */
#include "boxd/client/route.h"

#include "unit_test.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define HEAD "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"

/* The kernel prints addresses as numbers in the machine's byte order. */
static const char *route(char *line, size_t size, const char *interface, uint32_t destination,
                         uint32_t gateway)
{
    (void)snprintf(line, size, "%s\t%08X\t%08X\t0003\t0\t0\t0\t00000000\t0\t0\t0\n", interface,
                   (unsigned)htonl(destination), (unsigned)htonl(gateway));
    return line;
}

START_TEST(gateways)
{
    char direct[128], def[128], other[128], table[512], address[ROUTE_ADDRESS_SIZE];
    route(direct, sizeof direct, "eth0", 0xAC110000, 0);
    route(def, sizeof def, "eth0", 0, 0xAC110001);
    route(other, sizeof other, "a-rather-long-name", 0x0A000000, 0x0A000001);

    (void)snprintf(table, sizeof table, HEAD "%s%s%s", other, direct, def);
    ck_assert(route_default_gateway(table, address));
    ck_assert_str_eq(address, "172.17.0.1");

    const char *const without[] = {"", HEAD, "garbage", "\n\n\n", "eth0", "eth0\tzz\tzz\n"};
    for (size_t i = 0; i < COUNT(without); i++)
        ck_assert_msg(!route_default_gateway(without[i], address), "%s", without[i]);
    (void)snprintf(table, sizeof table, HEAD "%s%s", other, direct);
    ck_assert(!route_default_gateway(table, address));

    def[strlen(def) - 1] = '\0'; /* a truncated table */
    (void)snprintf(table, sizeof table, HEAD "%s", def);
    ck_assert(route_default_gateway(table, address));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("route");
    unit_add(suite, gateways);
    return unit_run(suite);
}
