/* The functions of span.h over OpenTelemetry's C++ API, in place of span.c. Spans are sent to a collector
 * over OTLP/HTTP: to the address in OTEL_EXPORTER_OTLP_ENDPOINT, by default http://localhost:4318. A span is
 * used by one thread at a time. */
#include "span.h"

#include <opentelemetry/exporters/otlp/otlp_http_exporter_factory.h>
#include <opentelemetry/sdk/resource/resource.h>
#include <opentelemetry/sdk/trace/batch_span_processor_factory.h>
#include <opentelemetry/sdk/trace/batch_span_processor_options.h>
#include <opentelemetry/sdk/trace/processor.h>
#include <opentelemetry/sdk/trace/tracer_provider.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/tracer.h>

#include <memory>
#include <string>
#include <utility>

namespace exporter = opentelemetry::exporter::otlp;
namespace sdk = opentelemetry::sdk;
namespace trace = opentelemetry::trace;

struct span {
    opentelemetry::nostd::shared_ptr<trace::Span> recorded;
    std::string traceparent;
};

/* Sends the spans in the background, and the last ones at the end of the program. OTEL_SERVICE_NAME names the
 * service. */
static std::unique_ptr<sdk::trace::TracerProvider> make_provider()
{
    auto processor = sdk::trace::BatchSpanProcessorFactory::Create(
        exporter::OtlpHttpExporterFactory::Create(), sdk::trace::BatchSpanProcessorOptions());
    return sdk::trace::TracerProviderFactory::Create(std::move(processor),
                                                     sdk::resource::Resource::Create({}));
}

static trace::Tracer &tracer()
{
    static const std::unique_ptr<sdk::trace::TracerProvider> provider = make_provider();
    static const auto tracer = provider->GetTracer("boxd");
    return *tracer;
}

static std::string traceparent_of(const trace::SpanContext &context)
{
    char trace_id[2 * trace::TraceId::kSize], span_id[2 * trace::SpanId::kSize], flags[2];
    context.trace_id().ToLowerBase16(trace_id);
    context.span_id().ToLowerBase16(span_id);
    context.trace_flags().ToLowerBase16(flags);
    return "00-" + std::string(trace_id, sizeof trace_id) + "-" + std::string(span_id, sizeof span_id) + "-" +
           std::string(flags, sizeof flags);
}

span *span_start(const span *parent, span_kind kind, const char *name)
{
    trace::StartSpanOptions options;
    options.kind = kind == SPAN_CLIENT ? trace::SpanKind::kClient : trace::SpanKind::kInternal;
    if (parent)
        options.parent = parent->recorded->GetContext();
    auto recorded = tracer().StartSpan(name, options);
    const std::string traceparent = traceparent_of(recorded->GetContext());
    return new span{std::move(recorded), traceparent};
}

void span_set_int(span *s, const char *key, int64_t value)
{
    if (s)
        s->recorded->SetAttribute(key, value);
}

void span_set_text(span *s, const char *key, const char *value)
{
    if (s)
        s->recorded->SetAttribute(key, value);
}

void span_set_error(span *s, const char *description)
{
    if (s)
        s->recorded->SetStatus(trace::StatusCode::kError, description);
}

const char *span_traceparent(const span *s)
{
    return s ? s->traceparent.c_str() : "";
}

void span_end(span *s)
{
    if (s)
        s->recorded->End();
    delete s;
}
