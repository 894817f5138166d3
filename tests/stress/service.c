/*
 * service.c: an emulator with a few boxes, which fails at random; and local files.
 */
#include "stress.h"

#include "emulator_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char local_folder[64], local_files[2][80];

static emulator_process emulator;

static void make_files(void)
{
    static const size_t sizes[2] = {1000, 2500000};
    (void)snprintf(local_folder, sizeof local_folder, "/tmp/boxd-stress-XXXXXX");
    expect(mkdtemp(local_folder) != NULL, "a folder for files");
    for (int i = 0; i < 2; i++) {
        (void)snprintf(local_files[i], sizeof local_files[i], "%s/up%d", local_folder, i);
        FILE *file = fopen(local_files[i], "w");
        expect(file && ftruncate(fileno(file), (off_t)sizes[i]) == 0 && fclose(file) == 0, "a file");
    }
}

static void remove_files(void)
{
    char path[80];
    for (int i = 0; i < 4; i++) {
        (void)snprintf(path, sizeof path, "%s/down%d", local_folder, i);
        unlink(path);
    }
    unlink(local_files[0]);
    unlink(local_files[1]);
    if (rmdir(local_folder) != 0)
        failed(NULL, "a download has left a file behind");
}

void service_open(void)
{
    static const char *const options[] = {"--synthetic-exec", "--max-concurrent-streams", "50", NULL};
    boxd_error error = BOXD_ERROR_INIT;
    emulator_start(&emulator, options);
    emulator_export(&emulator);
    make_files();
    boxd_compute *compute = boxd_compute_open(NULL, &error);
    for (int i = 0; i < BOXES; i++) {
        char name[8];
        (void)snprintf(name, sizeof name, "s%d", i);
        boxd_box *box = boxd_box_create(compute, BOXD_OPTIONS(boxd_box_create_options, .name = name), &error);
        if (!box)
            failed(NULL, error.message);
        boxd_box_free(box);
    }
    boxd_compute_close(compute);
}

void service_close(void)
{
    emulator_stop(&emulator);
    remove_files();
}

void service_disturb(void)
{
    static const char *const faults[] = {
        "{\"rpc\":\"*\",\"code\":14,\"count\":3}",
        "{\"rpc\":\"*\",\"code\":2,\"count\":2}",
        "{\"rpc\":\"*\",\"code\":13,\"after\":true,\"count\":2}",
        "{\"rpc\":\"*\",\"code\":16,\"count\":2}",
        "{\"rpc\":\"ListVms\",\"hang\":true,\"count\":2}", /* never Whoami: calls.c expects its end */
        "{\"rpc\":\"GetVm\",\"hang\":true,\"count\":2}",
        "{\"rpc\":\"Exec\",\"hang\":true,\"count\":2}",
        "{\"rpc\":\"StreamLogs\",\"hang\":true,\"count\":1}",
        "{\"rpc\":\"*\",\"delay_ms\":40,\"count\":10}",
        "{\"rpc\":\"*\",\"delay_ms\":150,\"count\":5}",
        "{\"rpc\":\"*\",\"close\":true,\"count\":1}",
        "{\"rpc\":\"*\",\"truncate\":true,\"count\":2}",
        "{\"rpc\":\"Exec\",\"close\":true,\"after_bytes\":100,\"count\":1}",
        "{\"rpc\":\"Exec\",\"hang\":true,\"after_bytes\":100,\"count\":1}",
        "{\"rpc\":\"DownloadFileStream\",\"hang\":true,\"after_bytes\":70000,\"count\":1}",
        "{\"rpc\":\"UploadFileStream\",\"code\":8,\"count\":1}",
        "{\"http\":\"exchange\",\"status\":503,\"count\":1}",
        "{\"http\":\"exchange\",\"delay_ms\":60,\"count\":3}",
        "{\"http\":\"exchange\",\"delay_ms\":400,\"count\":1}",
    };
    const unsigned which = random_below(sizeof faults / sizeof faults[0] + 3);
    if (which < sizeof faults / sizeof faults[0])
        emulator_fault(&emulator, faults[which]);
    else if (which == sizeof faults / sizeof faults[0])
        free(emulator_control(&emulator, "POST", "tokens/expire-all", NULL));
    else
        emulator_clear_faults(&emulator);
}
