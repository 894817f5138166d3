/* Dispatches a client in a poll() loop. The timeout of poll() is the timer. */
#include "job.h"

#include <poll.h>

int main(void)
{
    job j = {0};
    boxd_compute *client = job_open(&j);
    if (!client)
        return job_failed(&j);
    job_start(&j);

    struct pollfd readable = {.fd = boxd_aio_compute_fd(client), .events = POLLIN};
    while (!j.ended) { /* after the close callback `client` must not be touched */
        if (poll(&readable, 1, 50) > 0)
            boxd_aio_compute_dispatch(client, 0);
        else
            job_tick(&j);
    }

    return job_finish(&j);
}
