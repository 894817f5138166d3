/*
 * matrix.h: the table of all operations, for the tests that run each of them: one row for each.
 *
 *     RESULT(name, rpc, skip, type, release, (arguments))
 *     STATUS(name, rpc, skip, (arguments))
 *
 * `rpc` is the first RPC of the operation. `skip` has the bits of the gRPC codes of that RPC after which
 * the operation continues with another RPC. The arguments use `s` for the subjects and `e` for the error;
 * the handles need not name existing objects.
 */
#ifndef E2E_MATRIX_H
#define E2E_MATRIX_H

#include "surface.h"

#define SKIP(code) (1u << (code))
#define SKIP_ALL UINT32_MAX
#define NOT_FOUND_ 5
#define FAILED_PRECONDITION_ 9
#define UNIMPLEMENTED_ 12
/* The request is repeated after codes of the classes internal, timeout and connection. */
#define REPEATED (SKIP(2) | SKIP(4) | SKIP(13) | SKIP(14))

/* The arguments of the operations: all of one client, or all NULL. */
typedef struct subjects {
    boxd_compute *compute;
    boxd_box *box;
    boxd_disk *disk;
    boxd_template *template;
    boxd_snapshot *snapshot;
    const boxd_call_options *call;
} subjects;

/* clang-format off */
#define MATRIX(RESULT, STATUS) \
    RESULT(compute_whoami, "Whoami", 0, boxd_identity, boxd_identity_free, (s->compute, s->call, e)) \
    RESULT(compute_config, "GetConfig", 0, boxd_service_config, boxd_service_config_free, (s->compute, s->call, e)) \
    RESULT(box_create, "CreateVm", 0, boxd_box, destroy_box, (s->compute, BOXD_OPTIONS(boxd_box_create_options, .call = *s->call), e)) \
    RESULT(box_get_or_create, "GetVm", SKIP(NOT_FOUND_), boxd_box, boxd_box_free, (s->compute, BOXD_OPTIONS(boxd_box_create_options, .call = *s->call, .name = "matrix"), NULL, e)) \
    RESULT(box_fork, "ForkVm", 0, boxd_box, destroy_box, (s->box, BOXD_OPTIONS(boxd_box_fork_options, .call = *s->call), e)) \
    RESULT(box_get, "GetVm", SKIP(NOT_FOUND_), boxd_box, boxd_box_free, (s->compute, "matrix", s->call, e)) \
    RESULT(box_list, "ListVms", 0, boxd_boxes, boxd_boxes_free, (s->compute, s->call, e)) \
    RESULT(box_find, "ListVms", 0, boxd_boxes, boxd_boxes_free, (s->compute, BOXD_OPTIONS(boxd_box_find_options, .call = *s->call, .labels = BOXD_ARGV("a=b")), e)) \
    RESULT(box_suggest_name, "SuggestVmName", 0, char, boxd_string_free, (s->compute, s->call, e)) \
    STATUS(box_start, "StartVm", 0, (s->box, s->call, e)) \
    STATUS(box_reboot, "RebootVm", 0, (s->box, s->call, e)) \
    STATUS(box_suspend, "SuspendVm", 0, (s->box, s->call, NULL, e)) \
    STATUS(box_resume, "ResumeVm", 0, (s->box, s->call, NULL, e)) \
    STATUS(box_hibernate, "HibernateVm", 0, (s->box, s->call, e)) \
    STATUS(box_wake, "WakeVm", 0, (s->box, s->call, e)) \
    STATUS(box_wait_until_ready, "GetVm", SKIP_ALL, (s->box, BOXD_OPTIONS(boxd_box_wait_until_ready_options, .call = *s->call), e)) \
    STATUS(box_rename, "RenameVm", 0, (s->box, "matrix", s->call, e)) \
    RESULT(box_resize, "ResizeVm", 0, boxd_box_size, boxd_box_size_free, (s->box, 2, NULL, s->call, e)) \
    RESULT(box_update_labels, "UpdateVmLabels", 0, boxd_labels, boxd_labels_free, (s->box, BOXD_OPTIONS(boxd_box_update_labels_options, .call = *s->call, .set = BOXD_ARGV("a=b")), e)) \
    RESULT(box_set_networks, "SetVmNetworks", 0, boxd_string_list, boxd_string_list_free, (s->box, BOXD_ARGV("n1"), s->call, e)) \
    RESULT(box_set_egress, "SetVmEgressAllow", 0, boxd_string_list, boxd_string_list_free, (s->box, BOXD_ARGV("example.com"), s->call, e)) \
    STATUS(box_set_auto_suspend, "SetAutoSuspendTimeout", 0, (s->box, 3600, s->call, e)) \
    STATUS(box_set_auto_hibernate, "SetAutoHibernateTimeout", 0, (s->box, 3600, s->call, e)) \
    STATUS(box_set_delete_after, "SetDeleteAfter", 0, (s->box, BOXD_OPTIONS(boxd_box_set_delete_after_options, .call = *s->call, .after_s = 3600), NULL, e)) \
    STATUS(box_share, "ShareVm", 0, (s->box, s->call, e)) \
    STATUS(box_unshare, "UnshareVm", 0, (s->box, s->call, e)) \
    RESULT(box_exec, "Exec", 0, boxd_exec_result, boxd_exec_result_free, (s->box, BOXD_ARGV("true"), BOXD_OPTIONS(boxd_exec_options, .call = *s->call), e)) \
    RESULT(box_exec_shell, "Exec", 0, boxd_exec_result, boxd_exec_result_free, (s->box, "true", BOXD_OPTIONS(boxd_exec_options, .call = *s->call), e)) \
    STATUS(box_write_file, "UploadFileStream", SKIP(UNIMPLEMENTED_), (s->box, "matrix", "x", 1, BOXD_OPTIONS(boxd_file_options, .call = *s->call), e)) \
    STATUS(box_write_text, "UploadFileStream", SKIP(UNIMPLEMENTED_), (s->box, "matrix", "x", BOXD_OPTIONS(boxd_file_options, .call = *s->call), e)) \
    RESULT(box_read_file, "DownloadFileStream", SKIP(UNIMPLEMENTED_), boxd_file_data, boxd_file_data_free, (s->box, "matrix", BOXD_OPTIONS(boxd_file_options, .call = *s->call), e)) \
    STATUS(box_upload, "UploadFileStream", SKIP(UNIMPLEMENTED_), (s->box, "/etc/hostname", "matrix", BOXD_OPTIONS(boxd_file_options, .call = *s->call), e)) \
    STATUS(box_download, "DownloadFileStream", SKIP(UNIMPLEMENTED_), (s->box, "matrix", "/tmp/boxd-matrix", BOXD_OPTIONS(boxd_file_options, .call = *s->call), e)) \
    RESULT(job_start, "Exec", REPEATED, boxd_job, boxd_job_free, (s->box, BOXD_ARGV("true"), BOXD_OPTIONS(boxd_job_start_options, .call = *s->call), e)) \
    RESULT(job_start_shell, "Exec", REPEATED, boxd_job, boxd_job_free, (s->box, "true", BOXD_OPTIONS(boxd_job_start_options, .call = *s->call), e)) \
    RESULT(job_get, "Exec", REPEATED, boxd_job, boxd_job_free, (s->box, "matrix", s->call, e)) \
    RESULT(job_wait, "Exec", REPEATED, boxd_job, boxd_job_free, (s->box, "matrix", s->call, e)) \
    RESULT(job_list, "Exec", REPEATED, boxd_jobs, boxd_jobs_free, (s->box, s->call, e)) \
    RESULT(job_read, "Exec", REPEATED, boxd_job_output, boxd_job_output_free, (s->box, "matrix", BOXD_OPTIONS(boxd_job_read_options, .call = *s->call), e)) \
    STATUS(job_write, "Exec", REPEATED, (s->box, "matrix", "x", 1, BOXD_OPTIONS(boxd_job_write_options, .call = *s->call), e)) \
    STATUS(job_write_eof, "Exec", REPEATED, (s->box, "matrix", s->call, e)) \
    STATUS(job_signal, "Exec", 0, (s->box, "matrix", "TERM", s->call, e)) \
    STATUS(job_remove, "Exec", REPEATED, (s->box, "matrix", BOXD_OPTIONS(boxd_job_remove_options, .call = *s->call), e)) \
    STATUS(box_upload_dir, "Exec", 0, (s->box, "/srv", "matrix-tree", BOXD_OPTIONS(boxd_dir_transfer_options, .call = *s->call), NULL, e)) \
    STATUS(box_download_dir, "Exec", 0, (s->box, "/srv", "/tmp/boxd-matrix-tree", BOXD_OPTIONS(boxd_dir_transfer_options, .call = *s->call), NULL, e)) \
    STATUS(box_sync_dir, "Exec", 0, (s->box, "/srv", "matrix-tree", BOXD_OPTIONS(boxd_dir_transfer_options, .call = *s->call), NULL, e)) \
    RESULT(proxy_create, "CreateProxy", 0, boxd_proxy, boxd_proxy_free, (s->box, "web", 8080, s->call, e)) \
    RESULT(proxy_list, "ListProxies", 0, boxd_proxies, boxd_proxies_free, (s->box, s->call, e)) \
    STATUS(proxy_set_port, "SetProxyPort", 0, (s->box, "web", 8081, s->call, e)) \
    STATUS(proxy_delete, "DeleteProxy", 0, (s->box, "web", s->call, e)) \
    RESULT(port_expose, "ExposePort", 0, boxd_port, boxd_port_free, (s->box, 22, "tcp", s->call, e)) \
    RESULT(port_unexpose, "UnexposePort", 0, boxd_port, boxd_port_free, (s->box, 22, s->call, e)) \
    RESULT(port_list, "ListExposedPorts", 0, boxd_ports, boxd_ports_free, (s->compute, s->box, s->call, e)) \
    STATUS(domain_bind, "BindDomain", SKIP(UNIMPLEMENTED_), (s->box, "matrix.example.com", s->call, e)) \
    RESULT(domain_list, "ListDomains", SKIP(UNIMPLEMENTED_), boxd_domains, boxd_domains_free, (s->compute, s->call, e)) \
    STATUS(domain_unbind, "UnbindDomain", SKIP(UNIMPLEMENTED_), (s->compute, "matrix.example.com", s->call, e)) \
    RESULT(network_create, "CreateNetwork", 0, boxd_network, boxd_network_free, (s->compute, "matrix", s->call, e)) \
    RESULT(network_list, "ListNetworks", 0, boxd_networks, boxd_networks_free, (s->compute, s->call, e)) \
    RESULT(token_create, "CreateToken", 0, boxd_token, boxd_token_free, (s->compute, 0, s->call, e)) \
    RESULT(token_list, "ListTokens", 0, boxd_tokens, boxd_tokens_free, (s->compute, s->call, e)) \
    STATUS(token_revoke, "RevokeToken", 0, (s->compute, "matrix", s->call, e)) \
    RESULT(api_key_create, "CreateApiKey", 0, boxd_api_key, boxd_api_key_free, (s->compute, BOXD_OPTIONS(boxd_api_key_create_options, .call = *s->call, .name = "matrix"), e)) \
    RESULT(api_key_list, "ListApiKeys", 0, boxd_api_keys, boxd_api_keys_free, (s->compute, s->call, e)) \
    STATUS(api_key_delete, "DeleteApiKey", 0, (s->compute, "matrix", s->call, e)) \
    RESULT(box_list_dir, "ListDir", 0, boxd_dir, boxd_dir_free, (s->box, "/", s->call, e)) \
    STATUS(box_mkdir, "Mkdir", 0, (s->box, "matrix-dir", s->call, e)) \
    STATUS(box_mkdir_parents, "Exec", 0, (s->box, "/tmp", s->call, e)) \
    STATUS(box_chmod, "Exec", 0, (s->box, ".", 0755, s->call, e)) \
    RESULT(box_stat_followed, "Exec", 0, boxd_dir_entry, boxd_dir_entry_free, (s->box, ".", s->call, e)) \
    STATUS(box_rename_path, "RenamePath", 0, (s->box, "matrix-dir", "matrix-other", s->call, e)) \
    STATUS(box_copy_path, "CopyPath", 0, (s->box, "matrix-other", "matrix-copy", s->call, e)) \
    STATUS(box_delete_path, "DeletePath", 0, (s->box, "matrix-copy", s->call, e)) \
    RESULT(box_stat, "ListDir", SKIP(NOT_FOUND_) | SKIP(FAILED_PRECONDITION_), boxd_dir_entry, boxd_dir_entry_free, (s->box, "/etc", s->call, e)) \
    STATUS(box_exists, "ListDir", SKIP(NOT_FOUND_) | SKIP(FAILED_PRECONDITION_), (s->box, "/etc", s->call, NULL, e)) \
    RESULT(rpc_call, "ListVms", 0, ProtobufCMessage, boxd_rpc_reply_free, (s->compute, &MATRIX_METHOD, NULL, s->call, e)) \
    RESULT(disk_create, "CreateDisk", 0, boxd_disk, destroy_disk, (s->compute, "matrix", "1G", s->call, e)) \
    RESULT(disk_get, "ListDisks", 0, boxd_disk, boxd_disk_free, (s->compute, "matrix", s->call, e)) \
    RESULT(disk_list, "ListDisks", 0, boxd_disks, boxd_disks_free, (s->compute, s->call, e)) \
    STATUS(disk_attach, "AttachDisk", 0, (s->disk, s->box, "/mnt/matrix", true, s->call, e)) \
    STATUS(disk_detach, "DetachDisk", 0, (s->disk, s->box, s->call, e)) \
    STATUS(disk_destroy, "DestroyDisk", 0, (s->disk, s->call, e)) \
    RESULT(template_create, "CreateTemplate", 0, boxd_template, delete_template, (s->compute, BOXD_OPTIONS(boxd_template_create_options, .call = *s->call, .name = "matrix"), e)) \
    RESULT(template_list, "ListTemplates", 0, boxd_templates, boxd_templates_free, (s->compute, s->call, e)) \
    RESULT(template_create_box, "CreateVmFromTemplate", 0, boxd_box, destroy_box, (s->template, BOXD_OPTIONS(boxd_template_create_box_options, .call = *s->call), e)) \
    STATUS(template_delete, "DeleteTemplate", 0, (s->template, s->call, e)) \
    RESULT(snapshot_create, "CreateSnapshot", 0, boxd_snapshot, delete_snapshot, (s->box, "matrix", s->call, e)) \
    RESULT(snapshot_list, "ListSnapshots", 0, boxd_snapshots, boxd_snapshots_free, (s->compute, BOXD_OPTIONS(boxd_snapshot_list_options, .call = *s->call), e)) \
    RESULT(snapshot_get, "GetSnapshot", 0, boxd_snapshot, boxd_snapshot_free, (s->compute, "matrix", BOXD_OPTIONS(boxd_snapshot_list_options, .call = *s->call), e)) \
    STATUS(snapshot_wait_until_ready, "GetSnapshot", SKIP_ALL, (s->snapshot, BOXD_OPTIONS(boxd_snapshot_wait_until_ready_options, .call = *s->call), e)) \
    RESULT(snapshot_create_box, "CreateVmFromSnapshot", 0, boxd_box, destroy_box, (s->snapshot, BOXD_OPTIONS(boxd_snapshot_create_box_options, .call = *s->call, .labels = BOXD_ARGV("a=b")), e)) \
    STATUS(snapshot_delete, "DeleteSnapshot", 0, (s->snapshot, s->call, e)) \
    RESULT(checkpoint_create, "CreateCheckpoint", 0, boxd_checkpoint, boxd_checkpoint_free, (s->box, "matrix", s->call, e)) \
    RESULT(checkpoint_list, "ListCheckpoints", 0, boxd_checkpoints, boxd_checkpoints_free, (s->box, s->call, e)) \
    STATUS(checkpoint_wait_until_ready, "ListCheckpoints", SKIP_ALL, (s->box, "matrix", BOXD_OPTIONS(boxd_checkpoint_wait_until_ready_options, .call = *s->call), e)) \
    STATUS(checkpoint_restore, "RestoreCheckpoint", 0, (s->box, "matrix", s->call, e)) \
    STATUS(checkpoint_delete, "DeleteCheckpoint", 0, (s->box, "matrix", s->call, e)) \
    STATUS(box_stop, "StopVm", 0, (s->box, s->call, e)) \
    STATUS(box_destroy, "DestroyVm", 0, (s->box, s->call, e)) \
    /* the end */
/* clang-format on */

typedef struct matrix_row {
    /* boxd_... */
    const char *function;
    const char *rpc;
    uint32_t skip;
    /* Calls the operation on the surface `on` and frees its result. */
    boxd_status (*run)(const subjects *s, boxd_error *e);
} matrix_row;

extern const matrix_row matrix[];
extern const size_t matrix_count;

/* Handles of `compute`, all named "matrix"; only the box exists. Aborts on failure. */
void matrix_open(subjects *s, boxd_compute *compute, const boxd_call_options *call);
void matrix_close(subjects *s);

#endif
