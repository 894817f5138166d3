/*
 * table.c: lists all RPCs and machine extensions of the emulator. main() hands both lists to the layers
 * below.
 */
#include "exec/exec.h"
#include "files/files.h"
#include "service/service.h"

const rpc_handler *const service_rpcs[] = {
    create_rpcs,   record_rpcs,      lifecycle_rpcs,  fork_rpcs,     exec_rpcs,
    file_rpcs,     file_stream_rpcs, directory_rpcs,  identity_rpcs, log_rpcs,
    network_rpcs,  domain_rpcs,      proxy_rpcs,      port_rpcs,     disk_rpcs,
    template_rpcs, snapshot_rpcs,    checkpoint_rpcs, setting_rpcs,  label_rpcs,
    expiry_rpcs,   spec_rpcs,        ssh_key_rpcs,    api_key_rpcs,  NULL,
};

const machine_extension *const service_extensions[] = {
    &main_process_extension, &exec_extension,    &domain_extension,     &proxy_extension,
    &port_extension,         &disk_extension,    &checkpoint_extension, &expiry_extension,
    &network_extension,      &ssh_key_extension, &template_extension,   NULL,
};
