// The first program in C++17: handles and results free themselves, and a failed call throws.
#include <boxd/boxd.h>

#include <iostream>
#include <memory>
#include <stdexcept>

// Frees with the function of the type: Owned<boxd_box, boxd_box_free>.
template <auto Free> struct Freed {
    template <typename T> void operator()(T *object) const
    {
        Free(object);
    }
};
template <typename T, auto Free> using Owned = std::unique_ptr<T, Freed<Free>>;

struct Failure : std::runtime_error {
    boxd_error error;
    explicit Failure(const boxd_error &e) : std::runtime_error(e.message), error(e)
    {
    }
};

// Makes a call whose last argument is the error, and throws if it returns NULL.
template <typename Call> auto checked(Call call)
{
    boxd_error error = BOXD_ERROR_INIT;
    auto *result = call(&error);
    if (!result)
        throw Failure(error);
    return result;
}

int main()
try {
    Owned<boxd_compute, boxd_compute_close> client(
        checked([](boxd_error *e) { return boxd_compute_open(nullptr, e); }));
    boxd_box_create_options options = BOXD_BOX_CREATE_OPTIONS_INIT;
    options.name = "hello-cpp";
    Owned<boxd_box, boxd_box_free> box(
        checked([&](boxd_error *e) { return boxd_box_create(client.get(), &options, e); }));
    const char *const command[] = {"echo", "hello from C++", nullptr};
    Owned<boxd_exec_result, boxd_exec_result_free> result(
        checked([&](boxd_error *e) { return boxd_box_exec(box.get(), command, nullptr, e); }));
    std::cout.write(result->out.data, static_cast<std::streamsize>(result->out.size));
    boxd_box_destroy(box.get(), nullptr, nullptr);
    return result->exit_code;
} catch (const Failure &failure) {
    std::cerr << boxd_status_name(failure.error.status) << ": " << failure.what() << '\n';
    return 1;
}
