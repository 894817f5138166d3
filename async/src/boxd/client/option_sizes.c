/* option_sizes.c: no code. The compiler checks here that no option struct of boxd has padding at its end. */
#include "options.h"

#include <boxd/compute.h>
#include <boxd/terminal.h>
#include <boxd/types/api_key.h>
#include <boxd/types/box.h>
#include <boxd/types/checkpoint.h>
#include <boxd/types/dir.h>
#include <boxd/types/exec.h>
#include <boxd/types/file.h>
#include <boxd/types/job.h>
#include <boxd/types/process.h>
#include <boxd/types/rpc.h>
#include <boxd/types/snapshot.h>
#include <boxd/types/template.h>

/* NOLINTBEGIN(bugprone-sizeof-expression): of pointers, indeed */
OPTIONS_END_WITH(boxd_compute_options, max_response_bytes);
OPTIONS_END_WITH(boxd_box_create_options, reserved_);
OPTIONS_END_WITH(boxd_box_fork_options, reserved_);
OPTIONS_END_WITH(boxd_box_find_options, reserved_);
OPTIONS_END_WITH(boxd_box_wait_until_ready_options, interval_ms);
OPTIONS_END_WITH(boxd_checkpoint_wait_until_ready_options, interval_ms);
OPTIONS_END_WITH(boxd_box_update_labels_options, reserved_);
OPTIONS_END_WITH(boxd_box_set_delete_after_options, cron);
OPTIONS_END_WITH(boxd_box_config, reserved_);
OPTIONS_END_WITH(boxd_network_config, proxies);
OPTIONS_END_WITH(boxd_proxy_entry, reserved_);
OPTIONS_END_WITH(boxd_volume, reserved_);
OPTIONS_END_WITH(boxd_exec_options, unread_ms);
OPTIONS_END_WITH(boxd_box_stream_logs_options, liveness_ms);
OPTIONS_END_WITH(boxd_job_start_options, reserved_);
OPTIONS_END_WITH(boxd_job_read_options, reserved_);
OPTIONS_END_WITH(boxd_job_remove_options, reserved_);
OPTIONS_END_WITH(boxd_terminal_options, reserved_);
OPTIONS_END_WITH(boxd_file_options, reserved_);
OPTIONS_END_WITH(boxd_dir_transfer_options, max_failures);
OPTIONS_END_WITH(boxd_api_key_create_options, kind);
OPTIONS_END_WITH(boxd_template_create_options, config);
OPTIONS_END_WITH(boxd_template_create_box_options, config);
OPTIONS_END_WITH(boxd_snapshot_list_options, org);
OPTIONS_END_WITH(boxd_snapshot_wait_until_ready_options, interval_ms);
OPTIONS_END_WITH(boxd_snapshot_create_box_options, reserved_);
OPTIONS_END_WITH(boxd_rpc_method, reserved_);
/* NOLINTEND(bugprone-sizeof-expression) */
