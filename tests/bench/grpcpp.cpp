/* boxd-bench-grpcpp: grpc++ with the generated stubs, as its documentation shows them: sync, and the callback
 * API. */
#include "contestant.h"

#include "api.grpc.pb.h"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <grpcpp/grpcpp.h>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace
{

using boxd::api::v1::BoxdApi;
using boxd::api::v1::ExecChunk;
using boxd::api::v1::WhoamiRequest;
using boxd::api::v1::WhoamiResponse;

BoxdApi::Stub &stub()
{
    static const auto made = BoxdApi::NewStub(grpc::CreateChannel(
        setting("BOXD_API_URL") + std::strlen("http://"), grpc::InsecureChannelCredentials()));
    return *made;
}

/* The metadata and the deadline that the library sends. */
void prepare(grpc::ClientContext &context, bool deadline)
{
    static const std::string bearer = std::string("Bearer ") + setting("BOXD_TOKEN");
    context.AddMetadata("authorization", bearer);
    context.AddMetadata("x-boxd-c-sdk-version", "0.1.0");
    if (deadline)
        context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
}

void check(const grpc::Status &status)
{
    if (!status.ok())
        fail("grpc++", status.error_message().c_str());
}

/* ---- Whoami ---- */

void call_loop(const load *l, long calls, long *done)
{
    for (; l->seconds > 0 ? !load_is_over(l, 0) : *done < calls; ++*done) {
        grpc::ClientContext context;
        WhoamiResponse response;
        prepare(context, true);
        check(stub().Whoami(&context, WhoamiRequest(), &response));
    }
}

void blocking(const load *l, tally *t)
{
    std::vector<long> done(static_cast<size_t>(l->threads));
    std::vector<std::thread> threads;
    for (auto &count : done)
        threads.emplace_back(call_loop, l, l->calls / l->threads, &count);
    for (auto &thread : threads)
        thread.join();
    for (const long count : done)
        t->operations += count;
}

/* Calls in flight: callbacks run on threads of grpc++. */
struct Flight {
    const load *l;
    tally *t;
    long begun, left;
    std::mutex lock;
    std::condition_variable all_ended;
};

struct Call {
    std::unique_ptr<grpc::ClientContext> context;
    WhoamiRequest request;
    WhoamiResponse response;
};

void begin(Flight *f, Call *call);

void on_done(Flight *f, Call *call, const grpc::Status &status)
{
    check(status);
    bool again;
    {
        const std::lock_guard<std::mutex> guard(f->lock);
        f->t->operations++;
        again = !load_is_over(f->l, f->begun);
        f->begun += again;
        if (!again && --f->left == 0)
            f->all_ended.notify_one();
    }
    if (again)
        begin(f, call);
}

void begin(Flight *f, Call *call)
{
    call->context = std::make_unique<grpc::ClientContext>();
    prepare(*call->context, true);
    stub().async()->Whoami(call->context.get(), &call->request, &call->response,
                           [f, call](const grpc::Status &status) { on_done(f, call, status); });
}

void in_flight(const load *l, tally *t)
{
    std::vector<Call> calls(static_cast<size_t>(l->in_flight));
    Flight f{l, t, l->in_flight, l->in_flight, {}, {}};
    for (auto &call : calls)
        begin(&f, &call);
    std::unique_lock<std::mutex> guard(f.lock);
    f.all_ended.wait(guard, [&f] { return f.left == 0; });
}

/* ---- streams ---- */

void exec_read(const load *l, tally *t)
{
    char line[64];
    grpc::ClientContext context;
    ExecChunk request, chunk;
    prepare(context, false);
    load_command(l, line, sizeof line);
    request.set_vm_id("00000000-0000-4000-8000-000000000001");
    request.set_command(line);
    const auto stream = stub().Exec(&context);
    stream->Write(request);
    stream->WritesDone();
    while (stream->Read(&chunk)) {
        touch(chunk.data().data(), chunk.data().size());
        t->operations += !chunk.data().empty();
        t->bytes += static_cast<double>(chunk.data().size());
    }
    check(stream->Finish());
}

} // namespace

int main()
{
    const workload workloads[] = {{"blocking", blocking}, {"in_flight", in_flight}, {"exec_read", exec_read}};
    contestant_run(workloads, sizeof workloads / sizeof *workloads);
    return 0;
}
