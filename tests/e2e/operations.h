/*
 * operations.h: the table of all operations, as the tests call them: a row for each, in the shape of the
 * blocking function (without boxd_). Another operation, another row here and one in matrix.h.
 *
 *   RESULT(type, name, (parameters), (arguments))  returns a `type *`; its callback takes one
 *   STATUS(name, (parameters), (arguments))        returns a boxd_status; its callback is a boxd_done_cb
 *   OWN(result, name, (parameters))                has a shape of its own: its async side is in surface.c
 *
 * The arguments are those that the blocking and the async function have in common. `e` is the error.
 */
#ifndef E2E_OPERATIONS_H
#define E2E_OPERATIONS_H

#include <boxd/aio.h>
#include <boxd/aio/rpc.h>
#include <boxd/boxd.h>
#include <boxd/rpc.h>

#define CALL_ const boxd_call_options *call

/* clang-format off */
#define OPERATIONS(RESULT, STATUS, OWN) \
    STATUS(compute_wait_for_slot, (boxd_compute *c, CALL_, boxd_error *e), (c, call)) \
    RESULT(boxd_identity, compute_whoami, (boxd_compute *c, CALL_, boxd_error *e), (c, call)) \
    RESULT(boxd_service_config, compute_config, (boxd_compute *c, CALL_, boxd_error *e), (c, call)) \
    RESULT(boxd_box, box_create, (boxd_compute *c, const boxd_box_create_options *o, boxd_error *e), (c, o)) \
    OWN(boxd_box *, box_get_or_create, (boxd_compute *c, const boxd_box_create_options *o, bool *created, boxd_error *e)) \
    RESULT(boxd_box, box_fork, (boxd_box *b, const boxd_box_fork_options *o, boxd_error *e), (b, o)) \
    RESULT(boxd_box, box_get, (boxd_compute *c, const char *name, CALL_, boxd_error *e), (c, name, call)) \
    RESULT(boxd_boxes, box_list, (boxd_compute *c, CALL_, boxd_error *e), (c, call)) \
    RESULT(boxd_boxes, box_find, (boxd_compute *c, const boxd_box_find_options *o, boxd_error *e), (c, o)) \
    RESULT(char, box_suggest_name, (boxd_compute *c, CALL_, boxd_error *e), (c, call)) \
    STATUS(box_destroy, (boxd_box *b, CALL_, boxd_error *e), (b, call)) \
    STATUS(box_start, (boxd_box *b, CALL_, boxd_error *e), (b, call)) \
    STATUS(box_stop, (boxd_box *b, CALL_, boxd_error *e), (b, call)) \
    STATUS(box_reboot, (boxd_box *b, CALL_, boxd_error *e), (b, call)) \
    OWN(boxd_status, box_suspend, (boxd_box *b, CALL_, int64_t *us, boxd_error *e)) \
    OWN(boxd_status, box_resume, (boxd_box *b, CALL_, int64_t *us, boxd_error *e)) \
    STATUS(box_hibernate, (boxd_box *b, CALL_, boxd_error *e), (b, call)) \
    STATUS(box_wake, (boxd_box *b, CALL_, boxd_error *e), (b, call)) \
    STATUS(box_wait_until_ready, (boxd_box *b, const boxd_box_wait_until_ready_options *o, boxd_error *e), (b, o)) \
    STATUS(box_rename, (boxd_box *b, const char *name, CALL_, boxd_error *e), (b, name, call)) \
    RESULT(boxd_box_size, box_resize, (boxd_box *b, uint32_t vcpu, const char *memory, CALL_, boxd_error *e), (b, vcpu, memory, call)) \
    RESULT(boxd_labels, box_update_labels, (boxd_box *b, const boxd_box_update_labels_options *o, boxd_error *e), (b, o)) \
    RESULT(boxd_string_list, box_set_networks, (boxd_box *b, const char *const *names, CALL_, boxd_error *e), (b, names, call)) \
    RESULT(boxd_string_list, box_set_egress, (boxd_box *b, const char *const *entries, CALL_, boxd_error *e), (b, entries, call)) \
    STATUS(box_set_auto_suspend, (boxd_box *b, int64_t s, CALL_, boxd_error *e), (b, s, call)) \
    STATUS(box_set_auto_hibernate, (boxd_box *b, int64_t s, CALL_, boxd_error *e), (b, s, call)) \
    OWN(boxd_status, box_set_delete_after, (boxd_box *b, const boxd_box_set_delete_after_options *o, int64_t *ms, boxd_error *e)) \
    STATUS(box_share, (boxd_box *b, CALL_, boxd_error *e), (b, call)) \
    STATUS(box_unshare, (boxd_box *b, CALL_, boxd_error *e), (b, call)) \
    RESULT(boxd_exec_result, box_exec, (boxd_box *b, const char *const *argv, const boxd_exec_options *o, boxd_error *e), (b, argv, o)) \
    RESULT(boxd_exec_result, box_exec_shell, (boxd_box *b, const char *line, const boxd_exec_options *o, boxd_error *e), (b, line, o)) \
    RESULT(boxd_process, box_exec_stream, (boxd_box *b, const char *const *argv, const boxd_exec_options *o, boxd_error *e), (b, argv, o)) \
    RESULT(boxd_process, box_exec_shell_stream, (boxd_box *b, const char *line, const boxd_exec_options *o, boxd_error *e), (b, line, o)) \
    OWN(boxd_read_status, process_read, (boxd_process *p, CALL_, boxd_chunk **chunk, boxd_error *e)) \
    OWN(boxd_read_status, process_read_stdout, (boxd_process *p, CALL_, boxd_chunk **chunk, boxd_error *e)) \
    OWN(boxd_read_status, process_read_stderr, (boxd_process *p, CALL_, boxd_chunk **chunk, boxd_error *e)) \
    STATUS(process_write, (boxd_process *p, const void *data, size_t size, CALL_, boxd_error *e), (p, data, size, call)) \
    STATUS(process_write_eof, (boxd_process *p, CALL_, boxd_error *e), (p, call)) \
    STATUS(process_resize, (boxd_process *p, uint32_t cols, uint32_t rows, CALL_, boxd_error *e), (p, cols, rows, call)) \
    OWN(boxd_status, process_wait, (boxd_process *p, CALL_, int *code, boxd_error *e)) \
    RESULT(boxd_exec_result, process_result, (boxd_process *p, CALL_, boxd_error *e), (p, call)) \
    STATUS(process_close, (boxd_process *p, CALL_, boxd_error *e), (p, call)) \
    RESULT(boxd_logs, box_stream_logs, (boxd_box *b, const boxd_box_stream_logs_options *o, boxd_error *e), (b, o)) \
    OWN(boxd_read_status, logs_read, (boxd_logs *l, CALL_, boxd_chunk **chunk, boxd_error *e)) \
    STATUS(logs_close, (boxd_logs *l, CALL_, boxd_error *e), (l, call)) \
    STATUS(box_write_file, (boxd_box *b, const char *path, const void *data, size_t size, const boxd_file_options *o, boxd_error *e), (b, path, data, size, o)) \
    STATUS(box_write_text, (boxd_box *b, const char *path, const char *text, const boxd_file_options *o, boxd_error *e), (b, path, text, o)) \
    RESULT(boxd_file_data, box_read_file, (boxd_box *b, const char *path, const boxd_file_options *o, boxd_error *e), (b, path, o)) \
    STATUS(box_upload, (boxd_box *b, const char *local, const char *path, const boxd_file_options *o, boxd_error *e), (b, local, path, o)) \
    STATUS(box_download, (boxd_box *b, const char *path, const char *local, const boxd_file_options *o, boxd_error *e), (b, path, local, o)) \
    RESULT(boxd_proxy, proxy_create, (boxd_box *b, const char *name, uint32_t port, CALL_, boxd_error *e), (b, name, port, call)) \
    RESULT(boxd_proxies, proxy_list, (boxd_box *b, CALL_, boxd_error *e), (b, call)) \
    STATUS(proxy_set_port, (boxd_box *b, const char *name, uint32_t port, CALL_, boxd_error *e), (b, name, port, call)) \
    STATUS(proxy_delete, (boxd_box *b, const char *name, CALL_, boxd_error *e), (b, name, call)) \
    RESULT(boxd_port, port_expose, (boxd_box *b, uint32_t port, const char *protocol, CALL_, boxd_error *e), (b, port, protocol, call)) \
    RESULT(boxd_port, port_unexpose, (boxd_box *b, uint32_t port, CALL_, boxd_error *e), (b, port, call)) \
    RESULT(boxd_ports, port_list, (boxd_compute *c, boxd_box *b, CALL_, boxd_error *e), (c, b, call)) \
    STATUS(domain_bind, (boxd_box *b, const char *domain, CALL_, boxd_error *e), (b, domain, call)) \
    RESULT(boxd_domains, domain_list, (boxd_compute *c, CALL_, boxd_error *e), (c, call)) \
    STATUS(domain_unbind, (boxd_compute *c, const char *domain, CALL_, boxd_error *e), (c, domain, call)) \
    RESULT(boxd_network, network_create, (boxd_compute *c, const char *name, CALL_, boxd_error *e), (c, name, call)) \
    RESULT(boxd_networks, network_list, (boxd_compute *c, CALL_, boxd_error *e), (c, call)) \
    RESULT(boxd_token, token_create, (boxd_compute *c, int64_t s, CALL_, boxd_error *e), (c, s, call)) \
    RESULT(boxd_tokens, token_list, (boxd_compute *c, CALL_, boxd_error *e), (c, call)) \
    STATUS(token_revoke, (boxd_compute *c, const char *jti, CALL_, boxd_error *e), (c, jti, call)) \
    RESULT(boxd_api_key, api_key_create, (boxd_compute *c, const boxd_api_key_create_options *o, boxd_error *e), (c, o)) \
    RESULT(boxd_api_keys, api_key_list, (boxd_compute *c, CALL_, boxd_error *e), (c, call)) \
    STATUS(api_key_delete, (boxd_compute *c, const char *id, CALL_, boxd_error *e), (c, id, call)) \
    RESULT(boxd_dir, box_list_dir, (boxd_box *b, const char *path, CALL_, boxd_error *e), (b, path, call)) \
    STATUS(box_mkdir, (boxd_box *b, const char *path, CALL_, boxd_error *e), (b, path, call)) \
    STATUS(box_rename_path, (boxd_box *b, const char *from, const char *to, CALL_, boxd_error *e), (b, from, to, call)) \
    STATUS(box_delete_path, (boxd_box *b, const char *path, CALL_, boxd_error *e), (b, path, call)) \
    STATUS(box_copy_path, (boxd_box *b, const char *from, const char *to, CALL_, boxd_error *e), (b, from, to, call)) \
    RESULT(boxd_dir_entry, box_stat, (boxd_box *b, const char *path, CALL_, boxd_error *e), (b, path, call)) \
    OWN(boxd_status, box_exists, (boxd_box *b, const char *path, CALL_, bool *exists, boxd_error *e)) \
    RESULT(ProtobufCMessage, rpc_call, (boxd_compute *c, const boxd_rpc_method *m, const ProtobufCMessage *r, CALL_, boxd_error *e), (c, m, r, call)) \
    RESULT(boxd_rpc_stream, rpc_stream_open, (boxd_compute *c, const boxd_rpc_method *m, CALL_, boxd_error *e), (c, m, call)) \
    STATUS(rpc_stream_send, (boxd_rpc_stream *s, const ProtobufCMessage *m, CALL_, boxd_error *e), (s, m, call)) \
    STATUS(rpc_stream_close_send, (boxd_rpc_stream *s, CALL_, boxd_error *e), (s, call)) \
    OWN(boxd_status, rpc_stream_receive, (boxd_rpc_stream *s, CALL_, ProtobufCMessage **m, boxd_error *e)) \
    RESULT(boxd_disk, disk_create, (boxd_compute *c, const char *name, const char *size, CALL_, boxd_error *e), (c, name, size, call)) \
    RESULT(boxd_disk, disk_get, (boxd_compute *c, const char *name, CALL_, boxd_error *e), (c, name, call)) \
    RESULT(boxd_disks, disk_list, (boxd_compute *c, CALL_, boxd_error *e), (c, call)) \
    STATUS(disk_attach, (boxd_disk *d, boxd_box *b, const char *path, bool read_only, CALL_, boxd_error *e), (d, b, path, read_only, call)) \
    STATUS(disk_detach, (boxd_disk *d, boxd_box *b, CALL_, boxd_error *e), (d, b, call)) \
    STATUS(disk_destroy, (boxd_disk *d, CALL_, boxd_error *e), (d, call)) \
    RESULT(boxd_template, template_create, (boxd_compute *c, const boxd_template_create_options *o, boxd_error *e), (c, o)) \
    RESULT(boxd_templates, template_list, (boxd_compute *c, CALL_, boxd_error *e), (c, call)) \
    RESULT(boxd_box, template_create_box, (boxd_template *t, const boxd_template_create_box_options *o, boxd_error *e), (t, o)) \
    STATUS(template_delete, (boxd_template *t, CALL_, boxd_error *e), (t, call)) \
    RESULT(boxd_snapshot, snapshot_create, (boxd_box *b, const char *name, CALL_, boxd_error *e), (b, name, call)) \
    RESULT(boxd_snapshots, snapshot_list, (boxd_compute *c, const boxd_snapshot_list_options *o, boxd_error *e), (c, o)) \
    RESULT(boxd_snapshot, snapshot_get, (boxd_compute *c, const char *name, const boxd_snapshot_list_options *o, boxd_error *e), (c, name, o)) \
    STATUS(snapshot_delete, (boxd_snapshot *s, CALL_, boxd_error *e), (s, call)) \
    STATUS(snapshot_wait_until_ready, (boxd_snapshot *s, const boxd_snapshot_wait_until_ready_options *o, boxd_error *e), (s, o)) \
    RESULT(boxd_box, snapshot_create_box, (boxd_snapshot *s, const boxd_snapshot_create_box_options *o, boxd_error *e), (s, o)) \
    RESULT(boxd_checkpoint, checkpoint_create, (boxd_box *b, const char *name, CALL_, boxd_error *e), (b, name, call)) \
    RESULT(boxd_checkpoints, checkpoint_list, (boxd_box *b, CALL_, boxd_error *e), (b, call)) \
    STATUS(checkpoint_wait_until_ready, (boxd_box *b, const char *name, const boxd_checkpoint_wait_until_ready_options *o, boxd_error *e), (b, name, o)) \
    STATUS(checkpoint_restore, (boxd_box *b, const char *name, CALL_, boxd_error *e), (b, name, call)) \
    STATUS(checkpoint_delete, (boxd_box *b, const char *name, CALL_, boxd_error *e), (b, name, call)) \
    /* the end */
/* clang-format on */

#endif
