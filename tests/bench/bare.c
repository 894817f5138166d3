/* boxd-bench-bare: the contestants that use the gRPC C core directly. */
#include "bare.h"

int main(void)
{
    static const workload workloads[] = {
        {"first_answer", bare_blocking},
        {"blocking", bare_blocking},
        {"in_flight", bare_in_flight},
        {"core_thread", core_thread_blocking},
        {"core_thread_direct", core_thread_direct},
        {"exec", bare_exec},
        {"exec_read", bare_exec_read},
        {"exec_fd", bare_exec_fd},
        {"download", bare_download},
        {"upload", bare_upload},
        {"open_streams", bare_open_streams},
        {"close_streams", bare_close_streams},
    };
    contestant_run(workloads, sizeof workloads / sizeof *workloads);
    return 0;
}
