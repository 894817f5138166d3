// Both surfaces of Drukbox in one C++ program: it calls each once, and asks for a client without an address.
#include <drukbox/aio.h>
#include <drukbox/drukbox.h>

#include <cstdio>

static void on_closed(boxd_status status, const boxd_error *, void *user_data)
{
    *static_cast<bool *>(user_data) = status == BOXD_OK;
}

int main()
{
    bool closed = false;
    drukbox_aio_client_close(nullptr, on_closed, &closed);
    boxd_error error = BOXD_ERROR_INIT;
    if (!closed || drukbox_host_delete(nullptr, "01", nullptr, &error) != BOXD_ERR_INVALID_ARGUMENT)
        return 2;

    drukbox_client_options options = DRUKBOX_CLIENT_OPTIONS_INIT;
    drukbox_client *client = drukbox_client_open_from_env(nullptr, &options, &error);
    if (client) {
        drukbox_client_close(client);
        return 0;
    }
    std::fprintf(stderr, "%s: %s\n", boxd_status_name(error.status), error.message);
    return 1;
}
