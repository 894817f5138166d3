/* The fault table. Read by table_test.c. */
#include "table.h"

#define LOST_CONNECTION                                                                                      \
    {                                                                                                        \
        BOXD_ERR_CONNECTION                                                                                  \
    }
/* gRPC and HTTP/2 failed below the service: never one of the service's own refusals. */
#define NOT_THE_SERVICE                                                                                      \
    {                                                                                                        \
        BOXD_ERR_CONNECTION, BOXD_ERR_INTERNAL, BOXD_ERR_PROTOCOL                                            \
    }
#define MALFORMED                                                                                            \
    {                                                                                                        \
        BOXD_ERR_PROTOCOL, BOXD_ERR_INTERNAL                                                                 \
    }
#define TOO_LARGE                                                                                            \
    {                                                                                                        \
        BOXD_ERR_TOO_LARGE                                                                                   \
    }

/* No RPC of the service has ended with a code. */
#define MADE_UP .grpc_code = -1, .exit_code = ANY_EXIT, .confirmed = -1, .bytes = -1
#define ANY .grpc_code = ANY_CODE, .exit_code = ANY_EXIT, .confirmed = -1, .bytes = -1

/* A refusal by the service itself: trailers only, with a text. */
#define REFUSED(number, status_, states_)                                                                    \
    {                                                                                                        \
        .behaviour = "status-" #number, .calls = EVERY, .statuses = {status_}, .grpc_code = (number),        \
        .sent = SENT_YES, .states = (states_), .text = "the service says " #number, .exit_code = ANY_EXIT,   \
        .confirmed = -1, .bytes = -1, .flags = (number) == 12 ? OWN_CLIENT : 0                               \
    }

/* The same after headers, and after a message. After a message the command was started. */
#define REFUSED_LATE(number, status_, states_)                                                               \
    {.behaviour = "status-" #number "-after-headers",                                                        \
     .calls = EACH_KIND,                                                                                     \
     .statuses = {status_},                                                                                  \
     .grpc_code = (number),                                                                                  \
     .sent = SENT_YES,                                                                                       \
     .states = (states_),                                                                                    \
     .text = "the service says " #number,                                                                    \
     .exit_code = ANY_EXIT,                                                                                  \
     .confirmed = -1,                                                                                        \
     .bytes = -1,                                                                                            \
     .flags = (number) == 12 ? OWN_CLIENT : 0},                                                              \
    {                                                                                                        \
        .behaviour = "status-" #number "-after-message", .calls = EACH_KIND, .statuses = {status_},          \
        .grpc_code = (number), .sent = SENT_YES, .states = STATE(UNKNOWN) | STATE(ENDED),                    \
        .text = "the service says " #number, .exit_code = ANY_EXIT, .confirmed = -1, .bytes = -1,            \
        .flags = (number) == 12 ? OWN_CLIENT : 0                                                             \
    }

/* A refusal that comes later: the command may have run without output. */
#define TOO_LATE(number, status_)                                                                            \
    ROW("status-" #number "-late", COMMANDS, .statuses = {status_}, .grpc_code = (number), .sent = SENT_YES, \
        .states = STATE(UNKNOWN), .text = "the service says " #number, .exit_code = ANY_EXIT,                \
        .confirmed = -1, .bytes = -1)

#define REFUSALS(row)                                                                                        \
    row(1, BOXD_ERR_FAILED, STATE(UNKNOWN)), row(2, BOXD_ERR_INTERNAL, STATE(UNKNOWN)),                      \
        row(3, BOXD_ERR_INVALID_ARGUMENT, STATE(NOT_STARTED)), row(4, BOXD_ERR_TIMEOUT, STATE(UNKNOWN)),     \
        row(5, BOXD_ERR_NOT_FOUND, STATE(NOT_STARTED)),                                                      \
        row(6, BOXD_ERR_ALREADY_EXISTS, STATE(NOT_STARTED) | STATE(UNKNOWN)),                                \
        row(7, BOXD_ERR_PERMISSION_DENIED, STATE(NOT_STARTED)), row(8, BOXD_ERR_QUOTA, STATE(NOT_STARTED)),  \
        row(9, BOXD_ERR_FAILED_PRECONDITION, STATE(NOT_STARTED)),                                            \
        row(10, BOXD_ERR_FAILED, STATE(UNKNOWN) | STATE(NOT_STARTED)),                                       \
        row(11, BOXD_ERR_FAILED, STATE(UNKNOWN) | STATE(NOT_STARTED)),                                       \
        row(13, BOXD_ERR_INTERNAL, STATE(UNKNOWN)), row(14, BOXD_ERR_CONNECTION, STATE(UNKNOWN)),            \
        row(15, BOXD_ERR_FAILED, STATE(UNKNOWN)), row(16, BOXD_ERR_AUTHENTICATION, STATE(NOT_STARTED))

/* A row without a number. */
#define ROW(name, calls_, ...)                                                                               \
    {                                                                                                        \
        .behaviour = (name), .calls = (calls_), __VA_ARGS__                                                  \
    }

/* A command that ends with an exit code. */
#define EXITS(name, code, confirmed_, bytes_)                                                                \
    {                                                                                                        \
        .behaviour = (name), .calls = COMMANDS, .grpc_code = ANY_CODE, .exit_code = (code),                  \
        .confirmed = (confirmed_), .bytes = (bytes_)                                                         \
    }

/* A command that may have run: the stream ended in an error after output, or after the exit. */
#define BROKE(number, status_)                                                                               \
    {.behaviour = "exec-output-then-status-" #number,                                                        \
     .calls = COMMANDS,                                                                                      \
     .statuses = {status_},                                                                                  \
     .grpc_code = (number),                                                                                  \
     .sent = SENT_YES,                                                                                       \
     .states = STATE(UNKNOWN) | STATE(ENDED),                                                                \
     .text = "the service says " #number,                                                                    \
     .exit_code = ANY_EXIT,                                                                                  \
     .confirmed = -1,                                                                                        \
     .bytes = -1},                                                                                           \
    {                                                                                                        \
        .behaviour = "exec-seven-then-status-" #number, .calls = COMMANDS, .statuses = {status_},            \
        .grpc_code = (number), .sent = SENT_YES, .states = STATE(UNKNOWN) | STATE(ENDED),                    \
        .text = "the service says " #number, .exit_code = ANY_EXIT, .confirmed = -1, .bytes = -1             \
    }

/* A stream that is reset, at four points. REFUSED_STREAM (7) proves that the server did nothing, if nothing
 * came before. */
#define RESET(number, sent_, states_)                                                                        \
    {.behaviour = "rst-" #number,                                                                            \
     .calls = EACH_KIND,                                                                                     \
     .statuses = NOT_THE_SERVICE,                                                                            \
     ANY,                                                                                                    \
     .sent = (sent_),                                                                                        \
     .states = (states_)},                                                                                   \
        {.behaviour = "rst-" #number "-after-headers",                                                       \
         .calls = EACH_KIND,                                                                                 \
         .statuses = NOT_THE_SERVICE,                                                                        \
         ANY,                                                                                                \
         .sent = SENT_MAYBE,                                                                                 \
         .states = STATE(UNKNOWN)},                                                                          \
        {.behaviour = "rst-" #number "-after-message",                                                       \
         .calls = EACH_KIND,                                                                                 \
         .statuses = NOT_THE_SERVICE,                                                                        \
         ANY,                                                                                                \
         .sent = SENT_MAYBE,                                                                                 \
         .states = STATE(UNKNOWN)},                                                                          \
    {                                                                                                        \
        .behaviour = "rst-" #number "-after-output", .calls = COMMANDS | LOGS | DOWNLOADS,                   \
        .statuses = NOT_THE_SERVICE, .grpc_code = ANY_CODE, .exit_code = ANY_EXIT, .confirmed = -1,          \
        .bytes = 7, .sent = SENT_MAYBE, .states = STATE(UNKNOWN)                                             \
    }

/* An HTTP answer without a gRPC status: of something between the client and the service, and never a refusal
 * of the service. */
#define HTTP(number, status_)                                                                                \
    {.behaviour = "http-" #number,                                                                           \
     .calls = EACH_KIND | UPLOAD | DOWNLOAD,                                                                 \
     .statuses = {status_},                                                                                  \
     ANY,                                                                                                    \
     .sent = SENT_MAYBE,                                                                                     \
     .states = STATE(UNKNOWN),                                                                               \
     .http_status = (number)},                                                                               \
    {                                                                                                        \
        .behaviour = "http-" #number "-with-body", .calls = EACH_KIND, .statuses = {status_}, ANY,           \
        .sent = SENT_MAYBE, .states = STATE(UNKNOWN), .http_status = (number)                                \
    }

/* A call that waits until its timeout, for about a second, sent and unanswered. */
#define WAITS(name, calls_, states_)                                                                         \
    {                                                                                                        \
        .behaviour = (name), .calls = (calls_), .statuses = {BOXD_ERR_TIMEOUT}, ANY, .sent = SENT_MAYBE,     \
        .states = (states_), .text = "1200 ms", .timeout_ms = 1200, .flags = OWN_CLIENT                      \
    }

/* The same, while the library asks for the state of the box. */
#define PROBED(name, calls_, states_)                                                                        \
    {                                                                                                        \
        .behaviour = (name), .calls = (calls_), .statuses = {BOXD_ERR_TIMEOUT}, ANY, .sent = SENT_MAYBE,     \
        .states = (states_), .text = "1200 ms", .timeout_ms = 1200, .liveness_ms = 300, .flags = OWN_CLIENT  \
    }

#define WAITED_FOR (WHOAMI | CREATE | EXEC | STREAM | LOGS | READ_FILE | WRITE_FILE | RPC_STREAM)

#define FRAMED (WHOAMI | CREATE | EXEC | READ_FILE)

/* A frame that ends the connection. */
#define ENDS_CONNECTION(name)                                                                                \
    {                                                                                                        \
        .behaviour = (name), .calls = FRAMED, .statuses = LOST_CONNECTION, MADE_UP, .sent = SENT_UNKNOWN,    \
        .states = STATE(UNKNOWN)                                                                             \
    }

/* A frame that gRPC ignores: no answer comes. */
#define IGNORED(name)                                                                                        \
    {                                                                                                        \
        .behaviour = (name), .calls = FRAMED, .statuses = {BOXD_ERR_TIMEOUT}, MADE_UP, .sent = SENT_UNKNOWN, \
        .states = STATE(UNKNOWN), .timeout_ms = 1200, .flags = OWN_CLIENT                                    \
    }

/* A frame that breaks the answer. */
#define BREAKS(name)                                                                                         \
    {                                                                                                        \
        .behaviour = (name), .calls = FRAMED, .statuses = {BOXD_ERR_PROTOCOL}, MADE_UP, .sent = SENT_MAYBE,  \
        .states = STATE(UNKNOWN), .flags = OWN_CLIENT                                                        \
    }

/* A connection that misbehaves; the calls ask for nothing. */
#define PORT(name, calls_, ...)                                                                              \
    {                                                                                                        \
        .behaviour = "well", .port = (name), .calls = (calls_), __VA_ARGS__                                  \
    }

const fault_row FAULT_TABLE[] = {
    /* First what takes long: other workers do the rest meanwhile. */
    WAITS("silent", WAITED_FOR, STATE(UNKNOWN)),
    WAITS("silent-after-headers", CREATE, ANY_STATE),
    WAITS("silent-after-message", READ_FILE | LOGS, ANY_STATE),
    WAITS("message-stalls", WHOAMI | READ_FILE, ANY_STATE),
    /* Only the announcement of a large message has come: gRPC does not show it. */
    WAITS("message-4g-silent", WHOAMI | READ_FILE, ANY_STATE),
    /* The connection answers other calls: so the cancel has arrived. */
    WAITS("Exec/silent", COMMANDS, STATE(KILLED)),
    WAITS("Exec/silent-after-headers", EXEC | STREAM, STATE(KILLED)),
    WAITS("Exec/exec-output-then-silence", EXEC | STREAM, STATE(KILLED)),
    WAITS("Exec/message-stalls", EXEC, STATE(KILLED)),
    WAITS("Exec/message-4g-silent", EXEC, STATE(KILLED)),
    WAITS("Exec/exec-output-forever", EXEC | STREAM, STATE(KILLED)),
    /* What is asked about the box while the command is silent fails: so nothing is known about the box. */
    PROBED("Exec/silent,GetVm/http-404", EXEC | STREAM, STATE(UNKNOWN)),
    PROBED("Exec/silent,GetVm/rst-12", EXEC | STREAM, STATE(UNKNOWN)),
    /* gRPC ends all calls of a connection that receives so much metadata for one of them. */
    {.behaviour = "Exec/silent,GetVm/text-300k",
     .calls = EXEC,
     .statuses = {BOXD_ERR_TOO_LARGE},
     MADE_UP,
     .sent = SENT_UNKNOWN,
     .states = STATE(UNKNOWN),
     .text = "another call on the connection",
     .timeout_ms = 1200,
     .liveness_ms = 300,
     .flags = OWN_CLIENT},
    PROBED("Exec/silent,GetVm/two-messages", EXEC, STATE(UNKNOWN) | STATE(KILLED)),
    PROBED("Exec/silent,GetVm/status-14", EXEC | STREAM, STATE(KILLED)),
    PROBED("Exec/silent,GetVm/status-7", EXEC | STREAM, STATE(KILLED)),
    PROBED("Exec/silent,GetVm/silent", EXEC, STATE(UNKNOWN)),
    WAITS("mute-on-cancel", EXEC, STATE(UNKNOWN)),
    WAITS("close-on-cancel", EXEC, STATE(UNKNOWN)),
    WAITS("mute", WHOAMI | EXEC | STREAM | WRITE_FILE, STATE(UNKNOWN)),

    /* Bounds. */
    ROW("message-3g", EACH_KIND & ~(WRITE_FILE | RPC_STREAM), .statuses = TOO_LARGE, ANY, .sent = SENT_MAYBE,
        .states = STATE(UNKNOWN) | STATE(KILLED), .flags = BOUNDED),
    /* gRPC may also stop reading: then the timeout ends the call. */
    ROW("message-3g", RPC_STREAM, .statuses = {BOXD_ERR_TOO_LARGE, BOXD_ERR_TIMEOUT}, ANY, .sent = SENT_MAYBE,
        .timeout_ms = 4000, .flags = BOUNDED),
    ROW("message-500m", WHOAMI | EXEC | READ_FILE | UPLOADS, .statuses = TOO_LARGE, ANY, .sent = SENT_MAYBE,
        .states = STATE(UNKNOWN) | STATE(KILLED), .flags = BOUNDED),
    ROW("message-65m", WHOAMI | EXEC | READ_FILE, .statuses = TOO_LARGE, ANY, .sent = SENT_MAYBE,
        .states = STATE(UNKNOWN) | STATE(KILLED), .flags = BOUNDED),
    ROW("gzip-bomb", EACH_KIND, .statuses = {BOXD_ERR_PROTOCOL}, MADE_UP, .sent = SENT_MAYBE,
        .states = STATE(UNKNOWN) | STATE(KILLED), .flags = BOUNDED),
    ROW("empty-items-1m", LIST, .statuses = {BOXD_ERR_TOO_LARGE}, .or_ok = true, ANY, .sent = SENT_YES,
        .flags = BOUNDED),
    ROW("empty-items-6m", LIST, .statuses = {BOXD_ERR_TOO_LARGE}, ANY, .sent = SENT_YES, .flags = BOUNDED),
    ROW("empty-labels-6m", LIST, .statuses = {BOXD_ERR_TOO_LARGE}, ANY, .sent = SENT_YES, .flags = BOUNDED),
    ROW("empty-texts-6m", WHOAMI, .statuses = {BOXD_ERR_TOO_LARGE}, ANY, .sent = SENT_YES, .flags = BOUNDED),
    ROW("unknown-fields-6m", EACH_KIND, .statuses = {BOXD_ERR_TOO_LARGE, BOXD_ERR_PROTOCOL}, .or_ok = true,
        ANY, .sent = SENT_YES, .states = STATE(UNKNOWN) | STATE(KILLED), .flags = BOUNDED),
    ROW("download-2g", READ_FILE, .statuses = TOO_LARGE, ANY, .sent = SENT_YES, .text = "boxd_box_download",
        .flags = BOUNDED),

    /* What the service itself sends. */
    REFUSALS(REFUSED),
    REFUSALS(REFUSED_LATE),
    TOO_LATE(3, BOXD_ERR_INVALID_ARGUMENT),
    TOO_LATE(5, BOXD_ERR_NOT_FOUND),
    TOO_LATE(7, BOXD_ERR_PERMISSION_DENIED),
    TOO_LATE(8, BOXD_ERR_QUOTA),
    TOO_LATE(9, BOXD_ERR_FAILED_PRECONDITION),
    TOO_LATE(16, BOXD_ERR_AUTHENTICATION),
    ROW("status-12", UNARY | COMMANDS | LOGS | RPC_STREAM, .statuses = {BOXD_ERR_UNSUPPORTED},
        .grpc_code = 12, .sent = SENT_YES, .states = STATE(NOT_STARTED), .exit_code = ANY_EXIT,
        .confirmed = -1, .bytes = -1, .flags = OWN_CLIENT),
    ROW("status-5-without-text", EACH_KIND, .statuses = {BOXD_ERR_NOT_FOUND}, .grpc_code = 5,
        .sent = SENT_YES, .states = STATE(NOT_STARTED), .exit_code = ANY_EXIT),
    ROW("status-5-with-details", EACH_KIND, .statuses = {BOXD_ERR_NOT_FOUND}, .grpc_code = 5,
        .sent = SENT_YES, .states = STATE(NOT_STARTED), .text = "the service says 5", .exit_code = ANY_EXIT),
    ROW("deadline-from-service", EACH_KIND, .statuses = {BOXD_ERR_TIMEOUT}, .grpc_code = 4, .sent = SENT_YES,
        .states = STATE(UNKNOWN), .text = "the service gave up", .not_text = " ms", .exit_code = ANY_EXIT),
    ROW("status-99", EACH_KIND, .statuses = {BOXD_ERR_INTERNAL}, .grpc_code = 2, .sent = SENT_YES,
        .states = STATE(UNKNOWN), .exit_code = ANY_EXIT),
    ROW("status-minus", EACH_KIND, .statuses = {BOXD_ERR_FAILED}, .grpc_code = -1, .sent = SENT_YES,
        .states = STATE(UNKNOWN), .exit_code = ANY_EXIT),
    ROW("status-word", EACH_KIND, .statuses = {BOXD_ERR_INTERNAL}, .grpc_code = 2, .sent = SENT_YES,
        .states = STATE(UNKNOWN), .exit_code = ANY_EXIT),
    ROW("status-missing", EACH_KIND, .statuses = {BOXD_ERR_PROTOCOL}, MADE_UP, .sent = SENT_MAYBE,
        .states = STATE(UNKNOWN)),
    ROW("status-missing-after-message", EACH_KIND, .statuses = {BOXD_ERR_PROTOCOL}, MADE_UP, .sent = SENT_YES,
        .states = STATE(UNKNOWN)),
    /* gRPC drops the message of the response if its own write ends after the response. */
    ROW("end-without-trailers", EACH_KIND & ~WRITE_FILE, .statuses = {BOXD_ERR_CONNECTION}, MADE_UP,
        .sent = SENT_MAYBE, .states = STATE(UNKNOWN)),
    ROW("end-without-trailers", WRITE_FILE, .statuses = {BOXD_ERR_PROTOCOL, BOXD_ERR_CONNECTION}, MADE_UP,
        .sent = SENT_MAYBE),

    /* Texts and metadata. */
    ROW("text-bad-percent", EACH_KIND, .statuses = {BOXD_ERR_FAILED_PRECONDITION}, .grpc_code = 9,
        .sent = SENT_YES, .states = STATE(NOT_STARTED), .text = "50", .exit_code = ANY_EXIT),
    ROW("text-bad-utf8", EACH_KIND, .statuses = {BOXD_ERR_FAILED_PRECONDITION}, .grpc_code = 9,
        .sent = SENT_YES, .states = STATE(NOT_STARTED), .text = "UTF-8", .exit_code = ANY_EXIT),
    ROW("text-raw-bytes", EACH_KIND, .statuses = {BOXD_ERR_FAILED_PRECONDITION}, .grpc_code = 9,
        .sent = SENT_YES, .states = STATE(NOT_STARTED), .text = "raw", .exit_code = ANY_EXIT),
    ROW("text-controls", EACH_KIND, .statuses = {BOXD_ERR_FAILED_PRECONDITION}, .grpc_code = 9,
        .sent = SENT_YES, .states = STATE(NOT_STARTED), .text = "bell", .exit_code = ANY_EXIT),
    ROW("text-c1-and-bidi", EACH_KIND, .statuses = {BOXD_ERR_FAILED_PRECONDITION}, .grpc_code = 9,
        .sent = SENT_YES, .states = STATE(NOT_STARTED), .text = "c1", .exit_code = ANY_EXIT),
    ROW("token-in-text", EACH_KIND, .statuses = {BOXD_ERR_INTERNAL}, .grpc_code = 13, .sent = SENT_YES,
        .states = STATE(UNKNOWN), .text = "cannot handle", .exit_code = ANY_EXIT),
    ROW("text-2k", EACH_KIND, .statuses = {BOXD_ERR_NOT_FOUND}, .grpc_code = 5, .sent = SENT_YES,
        .states = STATE(NOT_STARTED), .text = "not found", .exit_code = ANY_EXIT),
    ROW("text-9k", EACH_KIND, .statuses = {BOXD_ERR_NOT_FOUND}, .grpc_code = 5, .sent = SENT_YES,
        .states = STATE(NOT_STARTED), .text = "not found", .exit_code = ANY_EXIT),
    ROW("text-60k", EACH_KIND, .statuses = {BOXD_ERR_NOT_FOUND}, .grpc_code = 5, .sent = SENT_YES,
        .states = STATE(NOT_STARTED), .text = "not found", .exit_code = ANY_EXIT),
    ROW("text-300k", EACH_KIND, .statuses = {BOXD_ERR_TOO_LARGE, BOXD_ERR_CONNECTION}, MADE_UP,
        .sent = SENT_MAYBE, .states = STATE(UNKNOWN)),
    ROW("trailers-9k", EACH_KIND, .statuses = {BOXD_ERR_NOT_FOUND}, .grpc_code = 5, .sent = SENT_YES,
        .states = STATE(NOT_STARTED), .text = "the service says 5", .exit_code = ANY_EXIT),
    ROW("trailers-60k", EACH_KIND, .statuses = {BOXD_ERR_NOT_FOUND}, .grpc_code = 5, .sent = SENT_YES,
        .states = STATE(NOT_STARTED), .text = "the service says 5", .exit_code = ANY_EXIT),
    ROW("trailers-300k", EACH_KIND, .statuses = {BOXD_ERR_TOO_LARGE, BOXD_ERR_CONNECTION}, MADE_UP,
        .sent = SENT_MAYBE, .states = STATE(UNKNOWN)),
    ROW("headers-9k", EACH_KIND & ~WRITE_FILE, ANY),
    ROW("headers-300k", EACH_KIND & ~WRITE_FILE, .statuses = {BOXD_ERR_TOO_LARGE, BOXD_ERR_CONNECTION},
        MADE_UP, .sent = SENT_MAYBE, .states = STATE(UNKNOWN)),

    /* Streams that are reset. */
    RESET(0, SENT_UNKNOWN, STATE(UNKNOWN)),
    RESET(1, SENT_UNKNOWN, STATE(UNKNOWN)),
    RESET(2, SENT_UNKNOWN, STATE(UNKNOWN)),
    RESET(3, SENT_UNKNOWN, STATE(UNKNOWN)),
    RESET(4, SENT_UNKNOWN, STATE(UNKNOWN)),
    RESET(5, SENT_UNKNOWN, STATE(UNKNOWN)),
    RESET(6, SENT_UNKNOWN, STATE(UNKNOWN)),
    RESET(7, SENT_UNKNOWN | SENT_NO, STATE(UNKNOWN) | STATE(NOT_STARTED)),
    RESET(8, SENT_UNKNOWN, STATE(UNKNOWN)),
    RESET(9, SENT_UNKNOWN, STATE(UNKNOWN)),
    RESET(10, SENT_UNKNOWN, STATE(UNKNOWN)),
    RESET(11, SENT_UNKNOWN, STATE(UNKNOWN)),
    RESET(12, SENT_UNKNOWN, STATE(UNKNOWN)),
    RESET(13, SENT_UNKNOWN, STATE(UNKNOWN)),

    /* HTTP answers. */
    HTTP(400, BOXD_ERR_INTERNAL),
    HTTP(401, BOXD_ERR_INTERNAL),
    HTTP(403, BOXD_ERR_INTERNAL),
    HTTP(404, BOXD_ERR_INTERNAL),
    HTTP(408, BOXD_ERR_INTERNAL),
    HTTP(413, BOXD_ERR_INTERNAL),
    HTTP(418, BOXD_ERR_INTERNAL),
    HTTP(429, BOXD_ERR_CONNECTION),
    HTTP(500, BOXD_ERR_INTERNAL),
    HTTP(502, BOXD_ERR_CONNECTION),
    HTTP(503, BOXD_ERR_CONNECTION),
    HTTP(504, BOXD_ERR_CONNECTION),
    /* The page may arrive as the beginning of a message. */
    ROW("http-200-html", EACH_KIND, .statuses = {BOXD_ERR_CONNECTION}, MADE_UP, .sent = SENT_MAYBE,
        .states = STATE(UNKNOWN)),

    /* Messages. */
    ROW("no-message", UNARY | UPLOADS, .statuses = MALFORMED, ANY, .sent = SENT_YES),
    ROW("DownloadFileStream/status-12,DownloadFile/no-message", READ_FILE, .statuses = MALFORMED, ANY,
        .sent = SENT_YES, .flags = OWN_CLIENT),
    ROW("two-messages", UNARY | UPLOADS, .statuses = MALFORMED, ANY, .sent = SENT_YES),
    ROW("two-messages-open", UNARY | UPLOADS, .statuses = MALFORMED, ANY, .sent = SENT_YES),
    ROW("many-messages", UNARY | UPLOADS, .statuses = MALFORMED, ANY, .sent = SENT_YES),
    ROW("message-not-protobuf", EVERY, .statuses = {BOXD_ERR_PROTOCOL}, ANY, .sent = SENT_YES,
        .states = STATE(UNKNOWN) | STATE(KILLED)),
    ROW("message-cut", WHOAMI | CREATE | WRITE_FILE, .statuses = {BOXD_ERR_PROTOCOL}, MADE_UP,
        .sent = SENT_YES),
    /* gRPC drops the rest of a stream without a word. */
    ROW("message-cut", COMMANDS, .statuses = {BOXD_ERR_NO_EXIT_STATUS}, MADE_UP, .sent = SENT_YES,
        .states = STATE(UNKNOWN)),
    ROW("message-prefix-cut", WHOAMI | CREATE | WRITE_FILE, .statuses = {BOXD_ERR_PROTOCOL}, MADE_UP,
        .sent = SENT_YES),
    /* gRPC drops the rest of a stream without a word. */
    ROW("message-prefix-cut", COMMANDS, .statuses = {BOXD_ERR_NO_EXIT_STATUS}, MADE_UP, .sent = SENT_YES,
        .states = STATE(UNKNOWN)),
    ROW("message-bad-flag", WHOAMI | CREATE | WRITE_FILE, .statuses = {BOXD_ERR_PROTOCOL}, MADE_UP,
        .sent = SENT_YES),
    /* gRPC drops the rest of a stream without a word. */
    ROW("message-bad-flag", COMMANDS, .statuses = {BOXD_ERR_NO_EXIT_STATUS}, MADE_UP, .sent = SENT_YES,
        .states = STATE(UNKNOWN)),
    ROW("gzip", EACH_KIND, .statuses = {BOXD_ERR_PROTOCOL}, MADE_UP, .sent = SENT_MAYBE,
        .states = STATE(UNKNOWN) | STATE(KILLED)),
    ROW("gzip-bad", EACH_KIND, .statuses = {BOXD_ERR_PROTOCOL}, MADE_UP, .sent = SENT_MAYBE,
        .states = STATE(UNKNOWN) | STATE(KILLED)),
    ROW("gzip-unnamed", EACH_KIND, .statuses = {BOXD_ERR_PROTOCOL}, MADE_UP, .sent = SENT_MAYBE,
        .states = STATE(UNKNOWN) | STATE(KILLED)),
    /* A coding that no message uses. */
    ROW("compressed-unknown", (EACH_KIND & ~CREATE) | DOWNLOAD, ANY),

    /* Commands. */
    EXITS("exec-nonzero-then-output", 7, 0, 5),
    EXITS("exec-nonzero-then-zero", 7, 0, 0),
    EXITS("exec-nonzero-then-output-then-zero", 7, 0, 5),
    EXITS("exec-nonzero-then-nonzero", 9, 0, 0),
    EXITS("exec-code-with-output", 7, 1, 4),
    EXITS("exec-code-with-output-then-output", 7, 0, 10),
    EXITS("exec-output-then-ok", 0, 0, 5),
    EXITS("exec-stderr-then-ok", 0, 0, 5),
    EXITS("exec-zero", 0, 1, 5),
    EXITS("exec-seven", 7, 1, 5),
    EXITS("exec-zero-then-output", 0, 0, 5),
    EXITS("exec-negative", -1, 1, 0),
    EXITS("exec-large-code", 0x7FFFFFFF, 1, 0),
    ROW("exec-exit-then-silence", COMMANDS, .exit_code = 7, .confirmed = 0, .bytes = 5, .liveness_ms = 300),
    EXITS("exec-many-empty-messages", 3, 1, 5),
    ROW("exec-nothing", COMMANDS, .statuses = {BOXD_ERR_NO_EXIT_STATUS}, ANY, .sent = SENT_YES,
        .states = STATE(UNKNOWN) | STATE(ENDED)),
    /* The service itself says that the box is gone. */
    ROW("Exec/exec-output-then-silence,GetVm/vm-destroyed", COMMANDS, .statuses = {BOXD_ERR_NO_EXIT_STATUS},
        ANY, .sent = SENT_YES, .states = STATE(ENDED), .liveness_ms = 300),
    ROW("Exec/exec-output-then-silence,GetVm/status-5", COMMANDS, .statuses = {BOXD_ERR_NO_EXIT_STATUS}, ANY,
        .sent = SENT_YES, .states = STATE(ENDED), .liveness_ms = 300),
    BROKE(1, BOXD_ERR_FAILED),
    BROKE(2, BOXD_ERR_INTERNAL),
    BROKE(4, BOXD_ERR_TIMEOUT),
    BROKE(5, BOXD_ERR_NOT_FOUND),
    BROKE(7, BOXD_ERR_PERMISSION_DENIED),
    BROKE(8, BOXD_ERR_QUOTA),
    BROKE(13, BOXD_ERR_INTERNAL),
    BROKE(14, BOXD_ERR_CONNECTION),
    BROKE(16, BOXD_ERR_AUTHENTICATION),

    /* Files. */
    ROW("download-announced-10-then-5", DOWNLOADS, .statuses = {BOXD_ERR_INCOMPLETE, BOXD_ERR_PROTOCOL}, ANY,
        .sent = SENT_YES),
    ROW("download-announced-5-then-10", DOWNLOADS, .statuses = {BOXD_ERR_INCOMPLETE, BOXD_ERR_PROTOCOL}, ANY,
        .sent = SENT_YES),
    ROW("download-fewer", DOWNLOADS, .statuses = {BOXD_ERR_INCOMPLETE}, ANY, .sent = SENT_YES),
    /* As a file that has grown: the announced bytes are what was there at the beginning. */
    ROW("download-more", DOWNLOADS, .exit_code = ANY_EXIT, .bytes = 4),
    ROW("download-total-late", DOWNLOADS, .exit_code = ANY_EXIT, .bytes = 5),
    ROW("download-total-late-wrong", DOWNLOADS, .statuses = {BOXD_ERR_INCOMPLETE}, ANY, .sent = SENT_YES),
    ROW("download-then-status-5", DOWNLOADS, .statuses = {BOXD_ERR_NOT_FOUND}, .grpc_code = 5,
        .sent = SENT_YES, .text = "the service says 5", .exit_code = ANY_EXIT),
    ROW("download-whole-then-status-13", DOWNLOADS, .statuses = {BOXD_ERR_INTERNAL}, .grpc_code = 13,
        .sent = SENT_YES, .text = "the service says 13", .exit_code = ANY_EXIT),
    ROW("download-huge-total", DOWNLOADS, .statuses = {BOXD_ERR_INCOMPLETE, BOXD_ERR_TOO_LARGE}, ANY,
        .sent = SENT_YES, .flags = BOUNDED),
    ROW("download-huge-total-negative", DOWNLOADS, .statuses = {BOXD_ERR_INCOMPLETE, BOXD_ERR_TOO_LARGE}, ANY,
        .sent = SENT_YES, .flags = BOUNDED),
    ROW("upload-fewer", UPLOADS, .statuses = {BOXD_ERR_INCOMPLETE}, ANY, .sent = SENT_YES),
    ROW("upload-more", UPLOADS, .statuses = {BOXD_ERR_INCOMPLETE}, ANY, .sent = SENT_YES),
    ROW("upload-unconfirmed", UPLOADS, ANY),
    ROW("upload-answered-early", UPLOAD, .statuses = {BOXD_ERR_INCOMPLETE}, ANY, .sent = SENT_YES),
    ROW("upload-refused-early", UPLOADS, .statuses = {BOXD_ERR_QUOTA}, .grpc_code = 8, .sent = SENT_YES,
        .text = "the disk of the box is full", .exit_code = ANY_EXIT),

    /* Lost connections. */
    ROW("connection-fin", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_UNKNOWN,
        .states = STATE(UNKNOWN)),
    ROW("connection-fin-after-headers", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_MAYBE,
        .states = STATE(UNKNOWN)),
    ROW("connection-fin-after-message", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_MAYBE,
        .states = STATE(UNKNOWN)),
    ROW("connection-rst", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_UNKNOWN,
        .states = STATE(UNKNOWN)),
    ROW("connection-rst-after-headers", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_MAYBE,
        .states = STATE(UNKNOWN)),
    ROW("connection-rst-after-message", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_MAYBE,
        .states = STATE(UNKNOWN)),
    ROW("goaway-refusing", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_UNKNOWN | SENT_NO,
        .states = STATE(UNKNOWN) | STATE(NOT_STARTED)),
    ROW("goaway-then-well", EVERY & ~UPLOADS, ANY),
    ROW("goaway-then-fin", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_UNKNOWN,
        .states = STATE(UNKNOWN)),
    ROW("goaway-too-many-pings", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_UNKNOWN,
        .states = STATE(UNKNOWN)),
    ROW("pings-then-well", WHOAMI | EXEC, ANY),
    ROW("settings-flood", WHOAMI | EXEC, ANY),
    /* Frames that break or bend the rules of HTTP/2, as gRPC 1.51 reads them. */
    ENDS_CONNECTION("frame-continuation-alone"),
    ENDS_CONNECTION("frame-headers-cut"),
    ENDS_CONNECTION("frame-headers-odd-hpack"),
    ENDS_CONNECTION("frame-headers-twice"),
    ENDS_CONNECTION("frame-ping-short"),
    ENDS_CONNECTION("frame-settings-frame-size"),
    ENDS_CONNECTION("frame-settings-odd"),
    ENDS_CONNECTION("frame-settings-short"),
    ENDS_CONNECTION("frame-trailers-open"),
    ENDS_CONNECTION("frame-window-0"),
    IGNORED("frame-continuation-flood"),
    IGNORED("frame-data-first"),
    IGNORED("frame-data-on-stream-0"),
    IGNORED("frame-headers-on-stream-0"),
    IGNORED("frame-pseudo-late"),
    IGNORED("frame-push"),
    IGNORED("frame-window-overflow"),
    IGNORED("frame-window-overflow-connection"),
    BREAKS("frame-padding-too-long"),
    BREAKS("frame-upper-case"),
    /* A client that reads faster than the server writes opens the window in time; then the end of the
     * connection is the failure, with or without a code of gRPC. */
    ROW("frame-too-much-data", FRAMED, .statuses = {BOXD_ERR_PROTOCOL, BOXD_ERR_CONNECTION}, ANY,
        .sent = SENT_MAYBE, .states = STATE(UNKNOWN), .flags = OWN_CLIENT),
    ROW("frame-priority", FRAMED, ANY),
    ROW("frame-unknown", FRAMED, ANY),
    ROW("frame-headers-1xx", FRAMED, .statuses = {BOXD_ERR_INTERNAL}, MADE_UP, .sent = SENT_UNKNOWN,
        .states = STATE(UNKNOWN), .http_status = 103),
    ROW("frame-empty-data-flood", FRAMED, .statuses = {BOXD_ERR_NOT_FOUND}, .grpc_code = 5, .sent = SENT_YES,
        .states = STATE(NOT_STARTED), .exit_code = ANY_EXIT),
    /* The last status counts. */
    ROW("frame-status-in-headers", WHOAMI | CREATE, .statuses = {BOXD_ERR_PROTOCOL}, MADE_UP,
        .sent = SENT_YES),
    ROW("frame-status-in-headers", EXEC, .statuses = {BOXD_ERR_NO_EXIT_STATUS}, MADE_UP, .sent = SENT_YES,
        .states = STATE(UNKNOWN)),
    ROW("frame-two-statuses", WHOAMI | CREATE, .statuses = {BOXD_ERR_PROTOCOL}, MADE_UP, .sent = SENT_YES),
    ROW("frame-two-statuses", EXEC, .statuses = {BOXD_ERR_NO_EXIT_STATUS}, MADE_UP, .sent = SENT_YES,
        .states = STATE(UNKNOWN)),
    ROW("garbage-frame", EACH_KIND, .statuses = NOT_THE_SERVICE, ANY, .sent = SENT_UNKNOWN,
        .states = STATE(UNKNOWN)),

    /* Operations of several RPCs. */
    ROW("GetVm/status-7", GET_OR_CREATE | READY, .statuses = {BOXD_ERR_PERMISSION_DENIED}, .grpc_code = 7,
        .sent = SENT_YES | SENT_NO, .exit_code = ANY_EXIT),
    ROW("GetVm/rst-12", GET_OR_CREATE, .statuses = NOT_THE_SERVICE, ANY, .sent = SENT_MAYBE | SENT_NO),
    ROW("GetVm/connection-rst", GET_OR_CREATE, .statuses = LOST_CONNECTION, ANY,
        .sent = SENT_MAYBE | SENT_NO),
    ROW("CreateVm/status-8", GET_OR_CREATE, .statuses = {BOXD_ERR_QUOTA}, .grpc_code = 8, .sent = SENT_YES,
        .text = "the service says 8", .exit_code = ANY_EXIT),
    ROW("CreateVm/rst-11", GET_OR_CREATE, .statuses = NOT_THE_SERVICE, ANY, .sent = SENT_MAYBE),
    ROW("CreateVm/connection-fin", GET_OR_CREATE, .statuses = LOST_CONNECTION, ANY, .sent = SENT_MAYBE),
    ROW("CreateVm/http-429", GET_OR_CREATE, .statuses = {BOXD_ERR_CONNECTION}, ANY, .sent = SENT_MAYBE,
        .http_status = 429),
    ROW("CreateVm/text-9k", GET_OR_CREATE, .statuses = {BOXD_ERR_NOT_FOUND}, .grpc_code = 5, .sent = SENT_YES,
        .exit_code = ANY_EXIT),
    ROW("CreateVm/two-messages", GET_OR_CREATE, .statuses = MALFORMED, ANY, .sent = SENT_YES),
    ROW("Exec/status-16", READY, .statuses = {BOXD_ERR_AUTHENTICATION}, .grpc_code = 16, .sent = SENT_YES,
        .exit_code = ANY_EXIT),
    ROW("Exec/status-8", READY, .statuses = {BOXD_ERR_QUOTA}, .grpc_code = 8, .sent = SENT_YES,
        .exit_code = ANY_EXIT),
    ROW("Exec/rst-11", READY, .statuses = {BOXD_ERR_TIMEOUT}, ANY, .sent = SENT_MAYBE | SENT_NO,
        .timeout_ms = 1200),
    ROW("Exec/exec-output-then-ok", READY, ANY),
    ROW("Exec/exec-nonzero-then-output", READY, .statuses = {BOXD_ERR_TIMEOUT}, ANY,
        .sent = SENT_MAYBE | SENT_NO, .timeout_ms = 1200),

    /* Connections that misbehave from their beginning. */
    PORT("streams-0", EACH_KIND, .statuses = {BOXD_ERR_TIMEOUT}, ANY, .sent = SENT_NO,
         .states = STATE(NOT_STARTED), .text = "streams", .timeout_ms = 1200),
    PORT("streams-1", EACH_KIND, ANY),
    PORT("streams-2", EACH_KIND, ANY),
    PORT("settings-slow", EACH_KIND, ANY),
    PORT("window-never-opened", EACH_KIND, ANY),
    /* The first message is larger than the window: it is never sent as a whole. */
    PORT("window-never-opened", UPLOAD, .statuses = {BOXD_ERR_TIMEOUT}, ANY, .sent = SENT_UNKNOWN | SENT_NO,
         .timeout_ms = 1200),
    PORT("window-0", CREATE | EXEC | WRITE_FILE, .statuses = {BOXD_ERR_TIMEOUT}, ANY,
         .sent = SENT_UNKNOWN | SENT_NO, .states = STATE(UNKNOWN) | STATE(NOT_STARTED), .timeout_ms = 1200),
    PORT("settings-unacknowledged", EACH_KIND, .statuses = LOST_CONNECTION, .or_ok = true, ANY,
         .sent = SENT_MAYBE, .states = STATE(UNKNOWN)),
    PORT("silent-after-accept", EACH_KIND, .statuses = {BOXD_ERR_TIMEOUT}, ANY, .sent = SENT_NO,
         .states = STATE(NOT_STARTED), .timeout_ms = 1200),
    PORT("silent-after-settings", EACH_KIND, .statuses = {BOXD_ERR_TIMEOUT}, ANY, .sent = SENT_UNKNOWN,
         .states = STATE(UNKNOWN), .timeout_ms = 1200),
    PORT("fin-after-accept", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_NO,
         .states = STATE(NOT_STARTED)),
    PORT("rst-after-accept", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_NO,
         .states = STATE(NOT_STARTED)),
    PORT("fin-after-settings", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_UNKNOWN | SENT_NO,
         .states = STATE(UNKNOWN) | STATE(NOT_STARTED)),
    PORT("rst-after-settings", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_UNKNOWN | SENT_NO,
         .states = STATE(UNKNOWN) | STATE(NOT_STARTED)),
    PORT("goaway-after-settings", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_UNKNOWN | SENT_NO,
         .states = STATE(UNKNOWN) | STATE(NOT_STARTED)),
    PORT("http1", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_NO, .states = STATE(NOT_STARTED),
         .text = "HTTP/1"),
    PORT("garbage", EACH_KIND, .statuses = LOST_CONNECTION, ANY, .sent = SENT_NO,
         .states = STATE(NOT_STARTED), .text = "does not speak gRPC"),
};

const size_t FAULT_TABLE_COUNT = COUNT(FAULT_TABLE);

/* The last one is empty, since an array has at least one. */
const pending_row PENDING_TABLE[] = {{0}};

const size_t PENDING_TABLE_COUNT = COUNT(PENDING_TABLE) - 1;
