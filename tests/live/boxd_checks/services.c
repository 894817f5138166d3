/*
 * services.c: checks of proxies, disks and snapshots.
 */
#include <stdio.h>
#include <string.h>

#include "boxd_checks/fixture.h"

/* ---- proxies ---- */

static void proxy_default(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_proxies *list = need_box(l) ? boxd_proxy_list(boxd_of(l)->box, &l->call, &error) : NULL;
    if (l->skipped[0] != '\0' || !live_ok(l, list != NULL, &error))
        return;
    const boxd_proxy *found = NULL;
    for (size_t i = 0; i < list->count; i++)
        found = list->items[i]->is_default ? list->items[i] : found;
    if (found == NULL)
        live_see(l, "no default proxy among %zu", list->count);
    else
        live_see(l, "port %u, %s", found->port, found->port_mode ? found->port_mode : "no mode");
    boxd_proxies_free(list);
}

static void proxy_at_create(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    bool found = false;
    boxd_proxies *list = need_box(l) ? boxd_proxy_list(boxd_of(l)->box, &l->call, &error) : NULL;
    if (l->skipped[0] != '\0' || !live_ok(l, list != NULL, &error))
        return;
    for (size_t i = 0; i < list->count; i++)
        found = found || (list->items[i]->name != NULL && strcmp(list->items[i]->name, "early") == 0);
    live_see(l, "%s", found ? "made" : "ignored");
    boxd_proxies_free(list);
}

/* "web.<box>.<domain>": what it is made of. */
static void see_domain(live *l, const char *domain)
{
    char start[128];
    (void)snprintf(start, sizeof start, "web.%s.", boxd_of(l)->box_name);
    if (domain == NULL)
        live_see(l, "no domain");
    else
        live_see(l, "%s", strncmp(domain, start, strlen(start)) == 0 ? "PROXY.BOX.DOMAIN" : "another domain");
}

static void proxy_lifecycle(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = need_box(l);
    if (box == NULL)
        return;
    boxd_proxy *proxy = boxd_proxy_create(box, "web", 3000, &l->call, &error);
    if (!live_ok(l, proxy != NULL, &error))
        return;
    see_domain(l, proxy->domain);
    boxd_proxy_free(proxy);
    live_see(l, ", again ");
    proxy = boxd_proxy_create(box, "web", 3000, &l->call, &error);
    see_status(l, proxy ? BOXD_OK : error.status, &error);
    boxd_proxy_free(proxy);
    live_see(l, ", set port ");
    see_status(l, boxd_proxy_set_port(box, "web", 3001, &l->call, &error), &error);
    live_see(l, ", delete ");
    see_status(l, boxd_proxy_delete(box, "web", &l->call, &error), &error);
}

static void proxy_unknown(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (need_box(l) != NULL)
        see_status(l, boxd_proxy_delete(boxd_of(l)->box, "none", &l->call, &error), &error);
}

/* ---- disks ---- */

static void see_attachment(live *l, boxd_disk *disk, boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    live_see(l, ", attach ");
    see_status(l, boxd_disk_attach(disk, box, "/mnt/live", false, &l->call, &error), &error);
    live_see(l, ", mounted ");
    boxd_exec_result *r =
        run_line(l, box, "if grep -q ' /mnt/live ' /proc/mounts; then echo yes; else echo no; fi");
    if (r != NULL)
        see_output(l, r);
    boxd_exec_result_free(r);
    live_see(l, ", destroy ");
    see_status(l, boxd_disk_destroy(disk, &l->call, &error), &error);
    live_see(l, ", detach ");
    see_status(l, boxd_disk_detach(disk, box, &l->call, &error), &error);
}

static void disk_lifecycle(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    const char *name = live_name(l, "disk");
    boxd_box *box = need_box(l);
    if (box == NULL || !live_take_disk(l) || !live_intend(l, "disk", name))
        return;
    boxd_disk *disk = boxd_disk_create(client(l), name, "1G", &l->create_call, &error);
    live_answered(l, name, disk ? NULL : &error);
    if (!live_ok(l, disk != NULL, &error))
        return;
    const boxd_disk_info *info = boxd_disk_get_info(disk);
    if (!live_made(l, "disk-id", info->id)) {
        (void)boxd_disk_destroy(disk, &l->call, &error);
        boxd_disk_free(disk);
        return;
    }
    live_see(l, "status %s, %llu MiB", info->status ? info->status : "empty",
             (unsigned long long)(info->size_bytes >> 20));
    see_attachment(l, disk, box);
    live_see(l, ", destroy ");
    see_status(l, boxd_disk_destroy(disk, &l->call, &error), &error);
    live_see(l, ", again ");
    see_status(l, boxd_disk_destroy(disk, &l->call, &error), &error);
    boxd_disk_free(disk);
}

/* ---- snapshots ---- */

static void snapshot_lifecycle(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    const char *name = live_name(l, "snap");
    boxd_box *box = need_box(l);
    if (box == NULL || !live_intend(l, "snapshot", name))
        return;
    boxd_snapshot *snapshot = boxd_snapshot_create(box, name, &l->create_call, &error);
    live_answered(l, name, snapshot ? NULL : &error);
    if (!live_ok(l, snapshot != NULL, &error))
        return;
    if (!live_made(l, "snapshot-id", boxd_snapshot_id(snapshot))) {
        (void)boxd_snapshot_delete(snapshot, &l->call, &error);
        boxd_snapshot_free(snapshot);
        return;
    }
    boxd_snapshot_wait_until_ready_options options = BOXD_SNAPSHOT_WAIT_UNTIL_READY_OPTIONS_INIT;
    options.call = l->call;
    options.call.timeout_ms = l->create_call.timeout_ms;
    live_see(l, "made, ready ");
    see_status(l, boxd_snapshot_wait_until_ready(snapshot, &options, &error), &error);
    live_see(l, ", delete ");
    see_status(l, boxd_snapshot_delete(snapshot, &l->call, &error), &error);
    live_see(l, ", again ");
    see_status(l, boxd_snapshot_delete(snapshot, &l->call, &error), &error);
    boxd_snapshot_free(snapshot);
}

const live_check service_checks[] = {
    {"proxies.default", "Machines", "The default proxy leads to port 8000 (0.1.x).", "ListProxies",
     "port 8000, *", NULL, proxy_default},
    {"proxies.at-create", "Machines",
     "NetworkConfig.proxies on create has been ignored by servers. Is it now?",
     "CreateVm with a proxy, ListProxies", NULL, "ignored", proxy_at_create},
    {"proxies.lifecycle", "Machines", "Named: https://<proxy>.<vm>.boxd.sh. Taken: ALREADY_EXISTS.",
     "CreateProxy, CreateProxy, SetProxyPort, DeleteProxy",
     "PROXY.BOX.DOMAIN, again ALREADY_EXISTS, set port OK, delete OK", NULL, proxy_lifecycle},
    {"proxies.unknown", "Errors -> classes", "A proxy that does not exist: NOT_FOUND.", "DeleteProxy",
     "NOT_FOUND", NULL, proxy_unknown},
    {"disks.lifecycle", "What each 0.1.2 call sends",
     "How does a disk behave: can it be attached to a running box, and destroyed while it is attached?",
     "CreateDisk, AttachDisk, DestroyDisk, DetachDisk, DestroyDisk, DestroyDisk", NULL,
     "status ready, 1024 MiB, attach OK, mounted yes, destroy FAILED_PRECONDITION, detach OK, destroy OK, "
     "again "
     "NOT_FOUND",
     disk_lifecycle},
    {"snapshots.lifecycle", "Two generations of one service", "Snapshots replace templates.",
     "CreateSnapshot, GetSnapshot until ready, DeleteSnapshot, DeleteSnapshot",
     "made, ready OK, delete OK, again NOT_FOUND|UNIMPLEMENTED", NULL, snapshot_lifecycle},
    {0},
};
