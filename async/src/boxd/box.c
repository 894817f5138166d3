#include "box.h"

#include "mem.h"
#include "names.h"
#include "record.h"

#include <string.h>

static void lower(char *text)
{
    for (; *text; text++)
        *text = ascii_to_lower(*text);
}

/* The service sends URLs with or without a scheme. */
static char *https_url(const char *url)
{
    static const char *const schemes[] = {"https://", "http://"};
    for (size_t i = 0; i < 2; i++)
        if (strncmp(url, schemes[i], strlen(schemes[i])) == 0)
            return mem_printf("https://%s", url + strlen(schemes[i]));
    return mem_printf("https://%s", url);
}

static size_t text_size(const boxd_box_info *info, const char *subject)
{
    const char *const texts[] = {info->id,          info->name,           info->image,
                                 info->public_ip,   info->status,         info->url,
                                 info->forked_from, info->restart_policy, subject};
    size_t size = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        size += record_text_size(texts[i]);
    return size;
}

static boxd_box *make(boxd_compute *compute, const boxd_box_info *info, const char *subject)
{
    record r = record_new(sizeof(boxd_box), text_size(info, subject));
    boxd_box *box = r.data;
    if (!box)
        return NULL;
    atomic_init(&box->refs, 1);
    box->compute = compute;
    core_ref(&compute->core);
    box->info = *info;
    box->info.id = record_text(&r, info->id);
    box->info.name = record_text(&r, info->name);
    box->info.image = record_text(&r, info->image);
    box->info.public_ip = record_text(&r, info->public_ip);
    char *status = r.text;
    box->info.status = record_text(&r, info->status);
    if (box->info.status)
        lower(status);
    box->info.url = record_text(&r, info->url);
    box->info.forked_from = record_text(&r, info->forked_from);
    box->info.restart_policy = record_text(&r, info->restart_policy);
    box->subject = record_text(&r, subject);
    return box;
}

boxd_box *box_new(boxd_compute *compute, const boxd_box_info *info)
{
    boxd_box_info normal = *info;
    const char *shown = info->name && *info->name ? info->name : info->id;
    char *url = info->url && *info->url ? https_url(info->url) : NULL;
    char printable[128];
    char *subject = mem_printf("box \"%s\"", name_printable(shown ? shown : "", printable, sizeof printable));
    normal.url = url;
    boxd_box *box = NULL;
    if (subject && (url || !info->url || !*info->url))
        box = make(compute, &normal, subject);
    mem_free(subject);
    mem_free(url);
    return box;
}

const boxd_box_info *boxd_box_get_info(const boxd_box *box)
{
    return box ? &box->info : NULL;
}

const char *boxd_box_id(const boxd_box *box)
{
    return box ? box->info.id : NULL;
}

const char *boxd_box_name(const boxd_box *box)
{
    return box ? box->info.name : NULL;
}

boxd_box *boxd_box_ref(boxd_box *box)
{
    if (box)
        atomic_fetch_add_explicit(&box->refs, 1, memory_order_relaxed);
    return box;
}

void boxd_box_free(boxd_box *box)
{
    if (!box || atomic_fetch_sub_explicit(&box->refs, 1, memory_order_acq_rel) != 1)
        return;
    core_unref(&box->compute->core);
    mem_free(box);
}

void boxd_boxes_free(boxd_boxes *boxes)
{
    if (!boxes)
        return;
    for (size_t i = 0; i < boxes->count; i++)
        boxd_box_free(boxes->items[i]);
    mem_free(boxes);
}
