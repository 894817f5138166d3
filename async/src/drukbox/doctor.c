/* doctor.c: the self-check of the Drukbox service. Called on any thread; answers are read on the core thread.
 */
#include "drukbox/call.h"

#include <drukbox/aio/doctor.h>

#include <string.h>

RESULT_TYPE(REPORT, drukbox_doctor_report_cb, record_free);

static void fill_check(record *r, drukbox_doctor_check *check, const json_node *object)
{
    check->name = json_text(r, object, "name");
    check->status = json_text(r, object, "status");
    check->detail = json_text(r, object, "detail");
    check->hint = json_text(r, object, "hint");
    check->has_latency_ms = json_number(object, "latency_ms", &check->latency_ms);
    check->ok = check->status && strcmp(check->status, "ok") == 0;
}

static const char *fill_report(record *r, void *made, const json_node *object)
{
    drukbox_doctor_report *report = made;
    const json_node *checks = json_member(object, "checks");
    report->active_provider = json_text(r, object, "active_provider");
    report->has_tailnet = json_flag(object, "tailnet", &report->tailnet) ||
                          json_flag(object, "tailscale_enabled", &report->tailnet);
    report->check_count = json_is_kind(checks, JSON_KIND_LIST) ? checks->size : 0;
    void *items = record_pointers(r, report->check_count, sizeof(drukbox_doctor_check));
    report->checks = items;
    const json_node *check = json_items(checks);
    for (size_t i = 0; items && check; i++, check = check->next)
        fill_check(r, record_item(items, i), check);
    if (!json_flag(object, "ok", &report->ok))
        return "ok";
    return json_is_kind(checks, JSON_KIND_LIST) ? NULL : "checks";
}

void drukbox_doctor_report_free(drukbox_doctor_report *report)
{
    record_free(report);
}

static const rest_operation DOCTOR = {.method = "GET",
                                      .route = "GET /doctor",
                                      .expected = "a doctor report",
                                      .size = sizeof(drukbox_doctor_report),
                                      .fill = fill_report,
                                      .repeatable = true};

void drukbox_aio_client_doctor(drukbox_client *client, const boxd_call_options *call,
                               drukbox_doctor_report_cb callback, void *user_data)
{
    boxd_error fault = BOXD_ERROR_INIT;
    const call_setup setup = {client, call, false, &fault, SINK(REPORT, callback, user_data)};
    call_start(&DOCTOR, &setup, NULL, PATH("/doctor"));
}
