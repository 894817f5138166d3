/**
 * @file boxd/aio/box.h
 * The async twins of boxd/box.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_BOX_H
#define BOXD_AIO_BOX_H

#include <boxd/aio/compute.h>
#include <boxd/types/box.h>

BOXD_BEGIN_DECLS

/** Receives a box. The callback owns it: boxd_box_free(). */
typedef void (*boxd_box_cb)(boxd_box *box, const boxd_error *error, void *user_data);

/** Receives a list of boxes. The callback owns it: boxd_boxes_free(). */
typedef void (*boxd_boxes_cb)(boxd_boxes *boxes, const boxd_error *error, void *user_data);

/** Receives a duration in microseconds. */
typedef void (*boxd_duration_cb)(boxd_status status, int64_t duration_us, const boxd_error *error,
                                 void *user_data);

/** Receives a point in time in Unix milliseconds. */
typedef void (*boxd_time_cb)(boxd_status status, int64_t time_ms, const boxd_error *error, void *user_data);

/** Receives a box and whether the call created it. The callback owns the box: boxd_box_free(). */
typedef void (*boxd_box_created_cb)(boxd_box *box, bool created, const boxd_error *error, void *user_data);

/** Receives the size of a box. The callback owns it: boxd_box_size_free(). */
typedef void (*boxd_box_size_cb)(boxd_box_size *box_size, const boxd_error *error, void *user_data);

/** Receives labels. The callback owns them: boxd_labels_free(). */
typedef void (*boxd_labels_cb)(boxd_labels *labels, const boxd_error *error, void *user_data);

/** Receives a list of strings. The callback owns it: boxd_string_list_free(). */
typedef void (*boxd_string_list_cb)(boxd_string_list *strings, const boxd_error *error, void *user_data);

/** Receives a string. The callback owns it: boxd_string_free(). */
typedef void (*boxd_string_cb)(char *string, const boxd_error *error, void *user_data);

/** Async twin of boxd_box_create(). @copydoc boxd_box_create */
BOXD_API void boxd_aio_box_create(boxd_compute *compute, const boxd_box_create_options *options,
                                  boxd_box_cb callback, void *user_data);

/** Async twin of boxd_box_fork(). @copydoc boxd_box_fork */
BOXD_API void boxd_aio_box_fork(boxd_box *source, const boxd_box_fork_options *options, boxd_box_cb callback,
                                void *user_data);

/** Async twin of boxd_box_get(). @copydoc boxd_box_get */
BOXD_API void boxd_aio_box_get(boxd_compute *compute, const char *name_or_id, const boxd_call_options *call,
                               boxd_box_cb callback, void *user_data);

/** Async twin of boxd_box_list(). @copydoc boxd_box_list */
BOXD_API void boxd_aio_box_list(boxd_compute *compute, const boxd_call_options *call, boxd_boxes_cb callback,
                                void *user_data);

/** Async twin of boxd_box_destroy(). @copydoc boxd_box_destroy */
BOXD_API void boxd_aio_box_destroy(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                   void *user_data);

/** Async twin of boxd_box_start(). @copydoc boxd_box_start */
BOXD_API void boxd_aio_box_start(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                 void *user_data);

/** Async twin of boxd_box_stop(). @copydoc boxd_box_stop */
BOXD_API void boxd_aio_box_stop(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                void *user_data);

/** Async twin of boxd_box_reboot(). @copydoc boxd_box_reboot */
BOXD_API void boxd_aio_box_reboot(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                  void *user_data);

/** Async twin of boxd_box_suspend(). @copydoc boxd_box_suspend */
BOXD_API void boxd_aio_box_suspend(boxd_box *box, const boxd_call_options *call, boxd_duration_cb callback,
                                   void *user_data);

/** Async twin of boxd_box_resume(). @copydoc boxd_box_resume */
BOXD_API void boxd_aio_box_resume(boxd_box *box, const boxd_call_options *call, boxd_duration_cb callback,
                                  void *user_data);

/** Async twin of boxd_box_get_or_create(). @copydoc boxd_box_get_or_create */
BOXD_API void boxd_aio_box_get_or_create(boxd_compute *compute, const boxd_box_create_options *options,
                                         boxd_box_created_cb callback, void *user_data);

/** Async twin of boxd_box_find(). @copydoc boxd_box_find */
BOXD_API void boxd_aio_box_find(boxd_compute *compute, const boxd_box_find_options *options,
                                boxd_boxes_cb callback, void *user_data);

/** Async twin of boxd_box_wait_until_ready(). @copydoc boxd_box_wait_until_ready */
BOXD_API void boxd_aio_box_wait_until_ready(boxd_box *box, const boxd_box_wait_until_ready_options *options,
                                            boxd_done_cb callback, void *user_data);

/** Async twin of boxd_box_hibernate(). @copydoc boxd_box_hibernate */
BOXD_API void boxd_aio_box_hibernate(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                     void *user_data);

/** Async twin of boxd_box_wake(). @copydoc boxd_box_wake */
BOXD_API void boxd_aio_box_wake(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                void *user_data);

/** Async twin of boxd_box_rename(). @copydoc boxd_box_rename */
BOXD_API void boxd_aio_box_rename(boxd_box *box, const char *name, const boxd_call_options *call,
                                  boxd_done_cb callback, void *user_data);

/** Async twin of boxd_box_resize(). @copydoc boxd_box_resize */
BOXD_API void boxd_aio_box_resize(boxd_box *box, uint32_t vcpu, const char *memory,
                                  const boxd_call_options *call, boxd_box_size_cb callback, void *user_data);

/** Async twin of boxd_box_update_labels(). @copydoc boxd_box_update_labels */
BOXD_API void boxd_aio_box_update_labels(boxd_box *box, const boxd_box_update_labels_options *options,
                                         boxd_labels_cb callback, void *user_data);

/** Async twin of boxd_box_set_networks(). @copydoc boxd_box_set_networks */
BOXD_API void boxd_aio_box_set_networks(boxd_box *box, const char *const *networks,
                                        const boxd_call_options *call, boxd_string_list_cb callback,
                                        void *user_data);

/** Async twin of boxd_box_set_egress(). @copydoc boxd_box_set_egress */
BOXD_API void boxd_aio_box_set_egress(boxd_box *box, const char *const *entries,
                                      const boxd_call_options *call, boxd_string_list_cb callback,
                                      void *user_data);

/** Async twin of boxd_box_set_auto_suspend(). @copydoc boxd_box_set_auto_suspend */
BOXD_API void boxd_aio_box_set_auto_suspend(boxd_box *box, int64_t timeout_s, const boxd_call_options *call,
                                            boxd_done_cb callback, void *user_data);

/** Async twin of boxd_box_set_auto_hibernate(). @copydoc boxd_box_set_auto_hibernate */
BOXD_API void boxd_aio_box_set_auto_hibernate(boxd_box *box, int64_t timeout_s, const boxd_call_options *call,
                                              boxd_done_cb callback, void *user_data);

/** Async twin of boxd_box_set_delete_after(). @copydoc boxd_box_set_delete_after */
BOXD_API void boxd_aio_box_set_delete_after(boxd_box *box, const boxd_box_set_delete_after_options *options,
                                            boxd_time_cb callback, void *user_data);

/** Async twin of boxd_box_share(). @copydoc boxd_box_share */
BOXD_API void boxd_aio_box_share(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                 void *user_data);

/** Async twin of boxd_box_unshare(). @copydoc boxd_box_unshare */
BOXD_API void boxd_aio_box_unshare(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                   void *user_data);

/** Async twin of boxd_box_suggest_name(). @copydoc boxd_box_suggest_name */
BOXD_API void boxd_aio_box_suggest_name(boxd_compute *compute, const boxd_call_options *call,
                                        boxd_string_cb callback, void *user_data);

BOXD_END_DECLS

#endif
