/*
 * limits.c: checks of sizes: of a message, of a command.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boxd_checks/fixture.h"

static const boxd_rpc_method UPLOAD_FILE = RPC_WRITE("UploadFile", upload_file);

static void message(live *l)
{
    enum { SIZE = 5 << 20 };
    BoxdPb__UploadFileRequest request = BOXD_PB__UPLOAD_FILE_REQUEST__INIT;
    uint8_t *data = calloc(1, SIZE);
    if (data != NULL && need_box(l) != NULL) {
        request.vm_id = boxd_of(l)->box_id;
        request.path = "/home/boxd/large";
        request.data = (ProtobufCBinaryData){SIZE, data};
        see_rpc(l, &UPLOAD_FILE, &request.base);
    }
    free(data);
}

/* ":     ...; exit 5" of the size. */
static void see_command_of(live *l, size_t size)
{
    char *line = malloc(size + 1);
    const char tail[] = "; exit 5";
    if (line == NULL)
        return;
    (void)snprintf(line, size + 1, ": %*s%s", (int)(size - 2 - strlen(tail)), "", tail);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_result *r =
        boxd_box_exec_shell(boxd_of(l)->box, line, BOXD_OPTIONS(boxd_exec_options, .call = l->call), &error);
    if (live_ok(l, r != NULL, &error))
        live_see(l, "exit code %d", r->exit_code);
    boxd_exec_result_free(r);
    free(line);
}

static void command(live *l)
{
    if (need_box(l) == NULL)
        return;
    live_see(l, "130000 bytes: ");
    see_command_of(l, 130000);
    live_see(l, ", 140000 bytes: ");
    see_command_of(l, 140000);
}

const live_check limit_checks[] = {
    {"limits.message", "Files",
     "4 MiB per message is named as the reason for the streams. What does a larger unary upload end in?",
     "UploadFile of 5 MiB", NULL, "OK", message},
    {"limits.command", "Exec", "How long may a command be?",
     "Exec with commands of 130,000 and 140,000 bytes", NULL,
     "130000 bytes: exit code 5, 140000 bytes: INVALID_ARGUMENT", command},
    {0},
};
