/* Access to boxes: proxies, exposed ports, domains; and networks. */
#include "e2e.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- TCP on loopback ---- */

static struct sockaddr_in loopback(uint32_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* Boxes of the emulator share the network of the host: a listener here is a listener in each box. */
static int listen_somewhere(uint32_t *port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return listener;
}

/* Checks that data sent to `port` arrives at `listener`. */
static void check_leads_to(uint32_t port, int listener)
{
    struct sockaddr_in address = loopback(port);
    char got[8] = "";
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    ck_assert_int_ge(server, 0);
    ck_assert_int_eq(write(client, "hello", 5), 5);
    ck_assert_int_eq(recv(server, got, 5, MSG_WAITALL), 5);
    ck_assert_str_eq(got, "hello");
    close(client);
    close(server);
}

/* The loopback port that stands for the web port of `domain`. */
static uint32_t port_of_domain(const char *domain)
{
    char key[160];
    unsigned port = 0;
    (void)snprintf(key, sizeof key, "\"domain\":\"%s\"", domain);
    char *text = emulator_control(&emulator, "GET", "proxies", NULL);
    const char *at = strstr(text, key);
    ck_assert_msg(at, "no %s in %s", key, text);
    at = strstr(at, "127.0.0.1:");
    ck_assert(at && sscanf(at, "127.0.0.1:%u", &port) == 1);
    free(text);
    return port;
}

/* ---- proxies ---- */

static const boxd_proxy *find_proxy(const boxd_proxies *proxies, const char *name)
{
    for (size_t i = 0; i < proxies->count; i++) {
        const char *called = proxies->items[i]->name;
        if (name ? called && strcmp(called, name) == 0 : !called)
            return proxies->items[i];
    }
    return NULL;
}

static boxd_proxies *list_proxies(boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_proxies *proxies = on->proxy_list(box, NULL, &error);
    e2e_ok(proxies, error);
    return proxies;
}

static void check_listed(boxd_box *box, const char *name, uint32_t port, const char *mode)
{
    boxd_proxies *proxies = list_proxies(box);
    const boxd_proxy *proxy = find_proxy(proxies, name);
    ck_assert_ptr_nonnull(proxy);
    ck_assert_uint_eq(proxy->port, port);
    ck_assert(proxy->is_default == !name);
    ck_assert(proxy->domain && proxy->port_display);
    ck_assert_str_eq(proxy->box_name, boxd_box_name(box));
    ck_assert_pstr_eq(proxy->box_id, e2e_plays("0.1") ? NULL : boxd_box_id(box));
    ck_assert_pstr_eq(proxy->port_mode, e2e_plays("0.1") ? NULL : mode);
    boxd_proxies_free(proxies);
}

START_TEST(proxies)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    uint32_t first, second;
    int listeners[] = {listen_somewhere(&first), listen_somewhere(&second)};
    boxd_proxy *made = on->proxy_create(box, "api", first, NULL, &error);
    e2e_ok(made, error);
    ck_assert_str_eq(made->name, "api");
    ck_assert_str_eq(made->box_name, boxd_box_name(box));
    ck_assert_uint_eq(made->port, first);
    ck_assert(made->domain && strncmp(made->domain, "api.", 4) == 0);
    ck_assert(!made->box_id && !made->port_mode && !made->port_display && !made->is_default);
    check_leads_to(port_of_domain(made->domain), listeners[0]);
    check_listed(box, "api", first, "locked");
    check_listed(box, NULL, 8000, "locked");

    e2e_ok(on->proxy_set_port(box, "api", second, NULL, &error) == BOXD_OK, error);
    check_leads_to(port_of_domain(made->domain), listeners[1]);
    check_listed(box, "api", second, "locked");
    e2e_ok(on->proxy_set_port(box, NULL, first, NULL, &error) == BOXD_OK, error);
    check_listed(box, NULL, first, "locked");
    e2e_ok(on->proxy_set_port(box, "", 65535, NULL, &error) == BOXD_OK, error);
    check_listed(box, NULL, 65535, "locked");
    if (e2e_plays("0.1")) {
        ck_assert_int_eq((int)on->proxy_set_port(box, NULL, 0, NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    } else {
        e2e_ok(on->proxy_set_port(box, NULL, 0, NULL, &error) == BOXD_OK, error);
        check_listed(box, NULL, 8000, "auto"); /* the port in the record is the effective one */
    }

    e2e_ok(on->proxy_delete(box, "api", NULL, &error) == BOXD_OK, error);
    boxd_proxies *left = list_proxies(box);
    ck_assert_uint_eq(left->count, 1);
    ck_assert_ptr_null(find_proxy(left, "api"));
    boxd_proxies_free(left);
    boxd_proxy_free(made);
    close(listeners[0]);
    close(listeners[1]);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* A box known by name only, or by id only: service 0.1 finds the box of a proxy by name, so the library
 * looks the name up. */
START_TEST(proxies_of_a_box_by_name_or_id)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    const char *const keys[] = {boxd_box_name(box), boxd_box_id(box)};
    for (size_t i = 0; i < COUNT(keys); i++) {
        boxd_box *handle = boxd_box_from_name(compute, keys[i], &error);
        e2e_ok(handle, error);
        boxd_proxy *made = on->proxy_create(handle, "api", 80, NULL, &error);
        e2e_ok(made, error);
        ck_assert_str_eq(made->box_name, boxd_box_name(box));
        boxd_proxy_free(made);
        check_listed(box, "api", 80, "locked");
        e2e_ok(on->proxy_delete(handle, "api", NULL, &error) == BOXD_OK, error);
        boxd_box_free(handle);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(bad_proxies)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    const char *const names[] = {"No", "", NULL, "a_b", "-a", "a-"};
    for (size_t i = 0; i < COUNT(names); i++) {
        ck_assert_ptr_null(on->proxy_create(box, names[i], 80, NULL, &error));
        e2e_refused(error.status, &error, "the proxy's name \"");
    }
    ck_assert_ptr_null(on->proxy_create(box, "api", 0, NULL, &error));
    e2e_refused(error.status, &error, "the port of the proxy is 0; give 1 to 65535");
    ck_assert_ptr_null(on->proxy_create(box, "api", 65536, NULL, &error));
    e2e_refused(error.status, &error, "65536");
    e2e_refused(on->proxy_set_port(box, "api", 0, NULL, &error), &error, "0; give 1 to 65535");
    e2e_refused(on->proxy_set_port(box, NULL, 70000, NULL, &error), &error, "70000");
    e2e_refused(on->proxy_delete(box, "", NULL, &error), &error, "boxd_proxy_list()");
    e2e_refused(on->proxy_delete(box, NULL, NULL, &error), &error, "cannot be deleted");

    boxd_proxy *made = on->proxy_create(box, "api", 80, NULL, &error);
    e2e_ok(made, error);
    boxd_proxy_free(made);
    ck_assert_ptr_null(on->proxy_create(box, "api", 80, NULL, &error));
    e2e_expect(&error, BOXD_ERR_ALREADY_EXISTS, "api");
    ck_assert_int_eq((int)on->proxy_set_port(box, "none", 80, NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "none");
    ck_assert_int_eq((int)on->proxy_delete(box, "none", NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, boxd_box_name(box));
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- ports ---- */

static void check_forward(const boxd_port *port, const boxd_box *box, uint32_t box_port)
{
    ck_assert_str_eq(port->box_id, boxd_box_id(box));
    ck_assert_str_eq(port->box_name, boxd_box_name(box));
    ck_assert_str_eq(port->host, "localhost");
    ck_assert_str_eq(port->protocol, "tcp");
    ck_assert_uint_eq(port->box_port, box_port);
    ck_assert_uint_gt(port->public_port, 0);
}

static size_t count_ports(boxd_box *of, const boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    size_t count = 0;
    boxd_ports *ports = on->port_list(compute, of, NULL, &error);
    e2e_ok(ports, error);
    for (size_t i = 0; i < ports->count; i++)
        count += strcmp(ports->items[i]->box_id, boxd_box_id(box)) == 0;
    if (of)
        ck_assert_uint_eq(count, ports->count);
    boxd_ports_free(ports);
    return count;
}

START_TEST(ports)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box(), *other = e2e_box();
    uint32_t inner;
    int listener = listen_somewhere(&inner);
    boxd_port *made = on->port_expose(box, inner, NULL, NULL, &error);
    e2e_ok(made, error);
    check_forward(made, box, inner);
    check_leads_to(made->public_port, listener);
    boxd_box *named = boxd_box_from_name(compute, boxd_box_name(other), &error);
    e2e_ok(named, error);
    boxd_port *second = on->port_expose(named, 22, "tcp", NULL, &error);
    e2e_ok(second, error);
    check_forward(second, other, 22);
    boxd_port_free(second);
    ck_assert_uint_eq(count_ports(NULL, box) + count_ports(NULL, other), 2);
    ck_assert_uint_eq(count_ports(box, box), 1);
    ck_assert_uint_eq(count_ports(named, other), 1);

    boxd_port *gone = on->port_unexpose(box, inner, NULL, &error);
    e2e_ok(gone, error);
    check_forward(gone, box, inner);
    ck_assert_uint_eq(gone->public_port, made->public_port);
    ck_assert_uint_eq(count_ports(box, box), 0);
    ck_assert_uint_eq(count_ports(NULL, other), 1);
    boxd_port_free(gone);
    boxd_port_free(made);
    boxd_box_free(named);
    close(listener);
    e2e_drop(other);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(bad_ports)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    ck_assert_ptr_null(on->port_expose(box, 0, NULL, NULL, &error));
    e2e_refused(error.status, &error, "the port to expose is 0; give 1 to 65535");
    ck_assert_ptr_null(on->port_expose(box, 65536, NULL, NULL, &error));
    e2e_refused(error.status, &error, "65536");
    ck_assert_ptr_null(on->port_expose(box, 80, "sctp", NULL, &error));
    e2e_refused(error.status, &error, "\"sctp\" is unknown; give tcp, udp or both");
    ck_assert_ptr_null(on->port_unexpose(box, 0, NULL, &error));
    e2e_refused(error.status, &error, "the port to unexpose is 0");
    ck_assert_ptr_null(on->port_list(NULL, box, NULL, &error));
    e2e_refused(error.status, &error, "NULL");

    for (uint32_t port = 1; port <= 3; port++) {
        boxd_port *made = on->port_expose(box, port, NULL, NULL, &error);
        e2e_ok(made, error);
        boxd_port *again = on->port_expose(box, port, "tcp", NULL, &error);
        e2e_ok(again, error);
        ck_assert_uint_eq(again->public_port, made->public_port);
        boxd_port_free(again);
        boxd_port_free(made);
    }
    ck_assert_ptr_null(on->port_expose(box, 4, NULL, NULL, &error));
    e2e_expect(&error, BOXD_ERR_QUOTA, "at most 3");
    ck_assert_ptr_null(on->port_unexpose(box, 4, NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "not exposed");
    ck_assert_ptr_null(on->port_expose(box, 5, "udp", NULL, &error)); /* the emulator carries TCP only */
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "TCP");
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(no_ports_in_0_1)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    ck_assert_ptr_null(on->port_expose(box, 80, NULL, NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "ExposePort");
    ck_assert_ptr_null(on->port_unexpose(box, 80, NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "UnexposePort");
    ck_assert_ptr_null(on->port_list(compute, NULL, NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "ListExposedPorts");
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- domains ---- */

/* Both generations have the three RPCs, under different names. A client asks for a missing one once, in the
 * first of the three calls. */
static void check_domain_rpcs(bool is_0_2)
{
    static const struct {
        const char *rpc;
        int calls_of_0_1, calls_of_0_2;
    } rows[] = {{"UnbindDomain", 3, 0},      {"RemoveCustomDomain", 0, 3}, {"ListDomains", 1, 0},
                {"ListCustomDomains", 0, 1}, {"BindDomain", 3, 1},         {"AddCustomDomain", 0, 3}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const int wanted = is_0_2 ? rows[i].calls_of_0_2 : rows[i].calls_of_0_1;
        ck_assert_msg(emulator_count_calls(&emulator, rows[i].rpc, wanted) == wanted, "%s", rows[i].rpc);
    }
}

START_TEST(domains)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    const bool is_0_2 = e2e_plays("0.2");
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    e2e_ok(on->domain_bind(box, "WWW.example.com", NULL, &error) == BOXD_OK, error);
    boxd_box *named = boxd_box_from_name(compute, boxd_box_name(box), &error);
    e2e_ok(on->domain_bind(named, "example.org", NULL, &error) == BOXD_OK, error);
    boxd_box_free(named);
    boxd_domains *bound = on->domain_list(compute, NULL, &error);
    e2e_ok(bound, error);
    ck_assert_uint_eq(bound->count, 2);
    for (size_t i = 0; i < bound->count; i++) {
        const boxd_domain *domain = bound->items[i];
        ck_assert_str_eq(domain->domain, i == 0 ? "www.example.com" : "example.org");
        ck_assert_str_eq(domain->box_id, boxd_box_id(box));
        ck_assert_pstr_eq(domain->box_name, is_0_2 ? boxd_box_name(box) : NULL);
        ck_assert_pstr_eq(domain->status, is_0_2 ? "active" : NULL);
        ck_assert_ptr_null(domain->last_error);
    }
    boxd_domains_free(bound);
    ck_assert_int_eq((int)on->domain_bind(box, "example.org", NULL, &error), (int)BOXD_ERR_ALREADY_EXISTS);
    e2e_expect(&error, BOXD_ERR_ALREADY_EXISTS, boxd_box_name(box));
    e2e_ok(on->domain_unbind(compute, "www.example.com", NULL, &error) == BOXD_OK, error);
    e2e_ok(on->domain_unbind(compute, "Example.Org", NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)on->domain_unbind(compute, "example.org", NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "domain \"example.org\"");
    check_domain_rpcs(is_0_2);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* Each of the three calls uses the fallback by itself; without either RPC, the message names the last one.
 */
START_TEST(domains_of_a_fresh_client)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    const bool is_0_2 = e2e_plays("0.2");
    ck_assert_int_eq((int)on->domain_unbind(compute, "example.net", NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, is_0_2 ? "RemoveCustomDomain" : "UnbindDomain");
    e2e_close();
    e2e_open(_i, NULL);
    boxd_domains *none = on->domain_list(compute, NULL, &error);
    e2e_ok(none, error);
    ck_assert_uint_eq(none->count, 0);
    boxd_domains_free(none);
    emulator_fault(&emulator, "{\"rpc\":\"ListDomains\",\"code\":12,\"message\":\"gone\",\"count\":1}");
    emulator_fault(&emulator, "{\"rpc\":\"ListCustomDomains\",\"code\":12,\"message\":\"gone\",\"count\":1}");
    ck_assert_ptr_null(on->domain_list(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "ListCustomDomains");
    emulator_clear_faults(&emulator);
    e2e_close();
}
END_TEST

START_TEST(bad_domains)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    e2e_refused(on->domain_bind(box, "", NULL, &error), &error, "the domain is empty; give its name");
    e2e_refused(on->domain_bind(box, NULL, NULL, &error), &error, "the domain is empty");
    e2e_refused(on->domain_bind(NULL, "a.example.com", NULL, &error), &error, "NULL");
    e2e_refused(on->domain_unbind(compute, NULL, NULL, &error), &error, "boxd_domain_list()");
    ck_assert_int_eq((int)on->domain_bind(box, "no domain", NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "no domain");
    e2e_drop(box);
    ck_assert_int_eq((int)on->domain_bind(NULL, "a.example.com", NULL, &error),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_close();
}
END_TEST

/* ---- networks ---- */

START_TEST(networks)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    char name[32];
    (void)snprintf(name, sizeof name, "net-%d", _i);
    boxd_network *named = on->network_create(compute, name, NULL, &error);
    e2e_ok(named, error);
    boxd_network *unnamed = on->network_create(compute, NULL, NULL, &error);
    e2e_ok(unnamed, error);
    ck_assert(named->id && !named->subnet && !named->status);
    ck_assert_str_ne(named->id, unnamed->id);
    boxd_networks *all = on->network_list(compute, NULL, &error);
    e2e_ok(all, error);
    int found = 0;
    for (size_t i = 0; i < all->count; i++) {
        const boxd_network *network = all->items[i];
        ck_assert(network->id && network->subnet && network->status);
        ck_assert_ptr_nonnull(strstr(network->subnet, "/24"));
        found += strcmp(network->id, named->id) == 0 || strcmp(network->id, unnamed->id) == 0;
    }
    ck_assert_int_eq(found, 2);
    ck_assert_ptr_null(on->network_create(compute, name, NULL, &error));
    e2e_expect(&error, BOXD_ERR_ALREADY_EXISTS, name);
    ck_assert_ptr_null(on->network_create(compute, "No!", NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "No!");
    emulator_fault(&emulator, "{\"rpc\":\"CreateNetwork\",\"code\":12,\"message\":\"gone\",\"count\":1}");
    ck_assert_ptr_null(on->network_create(compute, NULL, NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "boxd_box_set_networks()");
    emulator_clear_faults(&emulator);
    boxd_networks_free(all);
    boxd_network_free(unnamed);
    boxd_network_free(named);
    e2e_close();
}
END_TEST

/* Usage: routes_e2e [--generation NAME] */
int main(int argc, char **argv)
{
    e2e_take_generation(argc, argv);
    const char *const options[] = {"--generation", e2e_generation, NULL};
    Suite *suite = suite_create("routes");
    e2e_add(suite, proxies);
    e2e_add(suite, proxies_of_a_box_by_name_or_id);
    e2e_add(suite, bad_proxies);
    if (e2e_plays("0.1")) {
        e2e_add(suite, no_ports_in_0_1);
    } else {
        e2e_add(suite, ports);
        e2e_add(suite, bad_ports);
    }
    e2e_add(suite, domains);
    e2e_add(suite, domains_of_a_fresh_client);
    e2e_add(suite, bad_domains);
    e2e_add(suite, networks);
    return e2e_main(suite, options);
}
