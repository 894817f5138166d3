/*
 * world.c: an emulator with a few boxes, in which something goes wrong all the time; and local files.
 */
#include "stress.h"

#include "emulator_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char world_folder[64], world_files[2][80];

static emulator_process emulator;

static void make_files(void)
{
    static const size_t sizes[2] = {1000, 2500000};
    (void)snprintf(world_folder, sizeof world_folder, "/tmp/boxd-stress-XXXXXX");
    expect(mkdtemp(world_folder) != NULL, "a folder for files");
    for (int i = 0; i < 2; i++) {
        (void)snprintf(world_files[i], sizeof world_files[i], "%s/up%d", world_folder, i);
        FILE *file = fopen(world_files[i], "w");
        expect(file && ftruncate(fileno(file), (off_t)sizes[i]) == 0 && fclose(file) == 0, "a file");
    }
}

static void remove_files(void)
{
    char path[80];
    for (int i = 0; i < 4; i++) {
        (void)snprintf(path, sizeof path, "%s/down%d", world_folder, i);
        unlink(path);
    }
    unlink(world_files[0]);
    unlink(world_files[1]);
    if (rmdir(world_folder) != 0)
        failed(NULL, "a download has left a file behind");
}

void world_open(void)
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

void world_close(void)
{
    emulator_stop(&emulator);
    remove_files();
}

void world_disturb(void)
{
    static const char *const faults[] = {
        "{\"rpc\":\"*\",\"code\":14,\"count\":3}",
        "{\"rpc\":\"*\",\"code\":2,\"count\":2}",
        "{\"rpc\":\"*\",\"code\":13,\"after\":true,\"count\":2}",
        "{\"rpc\":\"*\",\"code\":16,\"count\":2}",
        "{\"rpc\":\"ListVms\",\"hang\":true,\"count\":2}", /* any but WhoAmI (calls.c) */
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
    const unsigned which = chance(sizeof faults / sizeof faults[0] + 3);
    if (which < sizeof faults / sizeof faults[0])
        emulator_fault(&emulator, faults[which]);
    else if (which == sizeof faults / sizeof faults[0])
        free(emulator_control(&emulator, "POST", "tokens/expire-all", NULL));
    else
        emulator_clear_faults(&emulator);
}
