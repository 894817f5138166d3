// A call with a callback in C++17: the callback completes a future, which the program waits for.
#include <boxd/aio.h>
#include <boxd/boxd.h>

#include <future>
#include <iostream>
#include <memory>
#include <stdexcept>

using Result = std::unique_ptr<boxd_exec_result, decltype(&boxd_exec_result_free)>;

// Runs on the thread of the client and owns the result. noexcept: no exception enters the library, which is
// C.
static void on_exec(boxd_exec_result *result, const boxd_error *error, void *user_data) noexcept
{
    auto *promise = static_cast<std::promise<Result> *>(user_data);
    if (error)
        promise->set_exception(std::make_exception_ptr(std::runtime_error(error->message)));
    else
        promise->set_value(Result(result, boxd_exec_result_free));
}

int main()
{
    boxd_error error = BOXD_ERROR_INIT;
    std::unique_ptr<boxd_compute, decltype(&boxd_compute_close)> client(boxd_compute_open(nullptr, &error),
                                                                        boxd_compute_close);
    std::unique_ptr<boxd_box, decltype(&boxd_box_free)> box(
        client ? boxd_box_create(client.get(), nullptr, &error) : nullptr, boxd_box_free);
    if (!box) {
        boxd_error_print(&error, nullptr);
        return 1;
    }
    int code = 1;
    try {
        const char *const command[] = {"echo", "hello from a callback", nullptr};
        boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
        options.call.timeout_ms = 30000;
        std::promise<Result> promise; // must outlive the call
        boxd_aio_box_exec(box.get(), command, &options, on_exec, &promise);
        Result result = promise.get_future().get();
        std::cout.write(result->out.data, static_cast<std::streamsize>(result->out.size));
        code = result->exit_code;
    } catch (const std::exception &failure) {
        std::cerr << failure.what() << '\n';
    }
    boxd_box_destroy(box.get(), nullptr, nullptr);
    return code;
}
