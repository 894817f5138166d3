/*
 * surface.h: the ways to call the library, under one set of pointers, so that one table of cases runs on all
 * of them. Each pointer has the blocking function's shape.
 */
#ifndef E2E_SURFACE_H
#define E2E_SURFACE_H

#include <boxd/aio.h>
#include <boxd/boxd.h>

typedef struct surface {
    const char *name;
    boxd_dispatch_mode dispatch;
    boxd_box *(*box_create)(boxd_compute *, const boxd_box_create_options *, boxd_error *);
    boxd_box *(*box_get)(boxd_compute *, const char *, const boxd_call_options *, boxd_error *);
    boxd_boxes *(*box_list)(boxd_compute *, const boxd_call_options *, boxd_error *);
    boxd_box *(*box_fork)(boxd_box *, const boxd_box_fork_options *, boxd_error *);
    boxd_status (*box_suspend)(boxd_box *, const boxd_call_options *, uint64_t *, boxd_error *);
    boxd_status (*box_resume)(boxd_box *, const boxd_call_options *, uint64_t *, boxd_error *);
    boxd_status (*box_destroy)(boxd_box *, const boxd_call_options *, boxd_error *);
    boxd_status (*box_start)(boxd_box *, const boxd_call_options *, boxd_error *);
    boxd_status (*box_stop)(boxd_box *, const boxd_call_options *, boxd_error *);
    boxd_status (*box_reboot)(boxd_box *, const boxd_call_options *, boxd_error *);
    boxd_exec_result *(*box_exec)(boxd_box *, const char *const *, const boxd_exec_options *, boxd_error *);
    boxd_exec_result *(*box_exec_shell)(boxd_box *, const char *, const boxd_exec_options *, boxd_error *);
    boxd_status (*box_write_file)(boxd_box *, const char *, const void *, size_t, const boxd_file_options *,
                                  boxd_error *);
    boxd_status (*box_write_text)(boxd_box *, const char *, const char *, const boxd_file_options *,
                                  boxd_error *);
    boxd_file_data *(*box_read_file)(boxd_box *, const char *, const boxd_file_options *, boxd_error *);
    boxd_status (*box_upload)(boxd_box *, const char *, const char *, const boxd_file_options *,
                              boxd_error *);
    boxd_status (*box_download)(boxd_box *, const char *, const char *, const boxd_file_options *,
                                boxd_error *);
    boxd_identity *(*whoami)(boxd_compute *, const boxd_call_options *, boxd_error *);
    boxd_service_config *(*config)(boxd_compute *, const boxd_call_options *, boxd_error *);
    boxd_status (*close)(boxd_compute *);
} surface;

enum { SURFACE_COUNT = 3 };

/* Blocking; callbacks on the core thread; callbacks in boxd_aio_dispatch(), fed by poll(). */
extern const surface SURFACES[SURFACE_COUNT];

/* For the manual surface: the client whose descriptor is waited on while a call is under way. */
void surface_use(boxd_compute *compute);

/* Checks that every callback so far ran exactly once, and frees what counted them. After the client was
 * closed. */
void surface_check_callbacks(void);

#endif
