// Both surfaces in one C++ program: it calls each once, and asks for a client without a credential.
#include <boxd/aio.h>
#include <boxd/boxd.h>

#include <cstdio>
#include <cstring>

static void on_closed(boxd_status status, const boxd_error *, void *user_data)
{
    *static_cast<bool *>(user_data) = status == BOXD_OK;
}

int main()
{
    bool closed = false;
    boxd_aio_compute_close(nullptr, on_closed, &closed);
    boxd_error error = BOXD_ERROR_INIT;
    if (!closed || boxd_box_start(nullptr, nullptr, &error) != BOXD_ERR_INVALID_ARGUMENT)
        return 2;

    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    boxd_compute *compute = boxd_compute_open(&options, &error);
    if (compute) {
        boxd_compute_close(compute);
        return 0;
    }
    std::fprintf(stderr, "%s: %s\n", boxd_status_name(error.status), error.message);
    return 1;
}
