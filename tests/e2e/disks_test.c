/* Disks: what a box sees of a disk, persistence, and refused requests. Runs also against each generation of
 * the service: `disks_e2e --generation NAME`. */
#include "e2e.h"
#include "reply.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static bool is_0_2 = true; /* the server sends the fields of service 0.2 */

/* A disk with a new name. */
static boxd_disk *new_disk(const char *size)
{
    static int made;
    char name[32];
    (void)snprintf(name, sizeof name, "disk%d-%d", (int)getpid(), made++);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_disk *disk = on->disk_create(compute, name, size, NULL, &error);
    e2e_ok(disk, error);
    return disk;
}

static void drop_disk(boxd_disk *disk)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->disk_destroy(disk, NULL, &error) == BOXD_OK, error);
    boxd_disk_free(disk);
}

/* The disk as the list reports it; a reference that outlives the list. */
static boxd_disk *listed(const char *id)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_disks *disks = on->disk_list(compute, NULL, &error);
    e2e_ok(disks, error);
    boxd_disk *found = NULL;
    for (size_t i = 0; i < disks->count; i++)
        if (strcmp(boxd_disk_id(disks->items[i]), id) == 0)
            found = boxd_disk_ref(disks->items[i]);
    boxd_disks_free(disks);
    ck_assert_ptr_nonnull(found);
    return found;
}

static void attach(boxd_disk *disk, boxd_box *box, const char *path, bool read_only)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->disk_attach(disk, box, path, read_only, NULL, &error) == BOXD_OK, error);
}

static void detach(boxd_disk *disk, boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->disk_detach(disk, box, NULL, &error) == BOXD_OK, error);
}

START_TEST(fields)
{
    e2e_open(_i, NULL);
    boxd_disk *disk = new_disk("3G");
    const boxd_disk_info *made = boxd_disk_get_info(disk);
    ck_assert(made->id && made->name && made->status);
    ck_assert_uint_eq(made->size_bytes, UINT64_C(3) << 30);
    ck_assert(made->created_at_ms == 0 && made->attachment_count == 0 && !made->attachments);
    boxd_disk *row = listed(made->id);
    const boxd_disk_info *info = boxd_disk_get_info(row);
    ck_assert_str_eq(info->name, made->name);
    ck_assert_str_eq(info->status, "ready");
    ck_assert_uint_eq(info->size_bytes, made->size_bytes);
    ck_assert(is_0_2 ? info->created_at_ms > INT64_C(1600000000000) : info->created_at_ms == 0);
    ck_assert_uint_eq(info->attachment_count, 0);
    boxd_disk_free(row);

    boxd_box *box = e2e_box();
    attach(disk, box, "/mnt/data", true);
    row = listed(made->id);
    info = boxd_disk_get_info(row);
    ck_assert_uint_eq(info->attachment_count, 1);
    ck_assert_str_eq(info->attachments[0]->box_id, boxd_box_id(box));
    ck_assert_str_eq(info->attachments[0]->box_name, boxd_box_name(box));
    ck_assert_str_eq(info->attachments[0]->mount_path, "/mnt/data");
    ck_assert(info->attachments[0]->read_only);
    detach(row, box); /* a handle from the list works like the one from create */
    boxd_disk_free(row);
    e2e_drop(box);
    drop_disk(disk);
    e2e_close();
}
END_TEST

START_TEST(outlives_its_box)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_disk *disk = new_disk("1G");
    boxd_box *first = e2e_box(), *second = e2e_box();
    attach(disk, first, "/mnt/data", false);
    e2e_do(first, "echo kept > /mnt/data/file; mkdir /mnt/data/sub");
    ck_assert_int_eq((int)on->disk_attach(disk, second, "/mnt/data", false, NULL, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, boxd_disk_get_info(disk)->name);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, boxd_box_name(second));
    ck_assert_int_eq((int)on->disk_destroy(disk, NULL, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_drop(first);

    /* by the id of the disk and only the name of the box */
    boxd_disk *same = boxd_disk_from_id(compute, boxd_disk_id(disk), &error);
    boxd_box *named = boxd_box_from_name(compute, boxd_box_name(second), &error);
    e2e_ok(same && named, error);
    ck_assert_str_eq(boxd_disk_id(same), boxd_disk_id(disk));
    ck_assert(!boxd_disk_get_info(same)->name && boxd_disk_get_info(same)->size_bytes == 0);
    attach(same, named, "/srv/other/place", false);
    boxd_exec_result *result =
        e2e_run(second, "cat /srv/other/place/file; ls -d /srv/other/place/sub; rm -r /srv/other/place/sub");
    ck_assert_str_eq(result->out.data, "kept\n/srv/other/place/sub\n");
    boxd_exec_result_free(result);
    detach(same, named);
    result = e2e_run(second, "ls /srv/other/place | wc -l");
    ck_assert_int_eq(atoi(result->out.data), 0);
    boxd_exec_result_free(result);
    ck_assert_int_eq((int)on->disk_detach(same, named, NULL, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_drop(second);
    boxd_box_free(named);
    e2e_ok(on->disk_destroy(same, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)on->disk_destroy(disk, NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "DestroyDisk of disk \"");
    boxd_disk_free(same);
    boxd_disk_free(disk);
    e2e_close();
}
END_TEST

START_TEST(read_only)
{
    e2e_open(_i, NULL);
    boxd_disk *disk = new_disk("1G");
    boxd_box *box = e2e_box();
    attach(disk, box, "/mnt/data", false);
    e2e_do(box, "echo original > /mnt/data/file");
    detach(disk, box);
    attach(disk, box, "/mnt/data", true);
    boxd_exec_result *result =
        e2e_run(box, "cd /mnt/data; cat file; { echo more >> file; touch new; rm file; } 2>/dev/null");
    ck_assert_str_eq(result->out.data, "original\n");
    ck_assert(!result->success);
    boxd_exec_result_free(result);
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_ne((int)on->box_write_text(box, "/mnt/data/new", "x", NULL, &error), (int)BOXD_OK);
    result = e2e_run(box, "ls /mnt/data; cat /mnt/data/file");
    ck_assert_str_eq(result->out.data, "file\noriginal\n");
    boxd_exec_result_free(result);
    e2e_drop(box);
    drop_disk(disk);
    e2e_close();
}
END_TEST

START_TEST(by_name_or_id)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    char name[64];
    (void)snprintf(name, sizeof name, "found-%d", (int)getpid());
    boxd_disk *made = on->disk_create(compute, name, "1G", NULL, &error);
    e2e_ok(made, error);
    const char *const keys[] = {name, boxd_disk_id(made)};
    for (size_t i = 0; i < COUNT(keys); i++) {
        boxd_disk *found = on->disk_get(compute, keys[i], NULL, &error);
        e2e_ok(found, error);
        ck_assert_str_eq(boxd_disk_id(found), boxd_disk_id(made));
        ck_assert_str_eq(boxd_disk_get_info(found)->name, name);
        boxd_disk_free(found);
    }
    e2e_ok(on->disk_destroy(made, NULL, &error) == BOXD_OK, error);
    boxd_disk_free(made);
    ck_assert_ptr_null(on->disk_get(compute, name, NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, name);
    ck_assert_ptr_null(on->disk_get(compute, "", NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "empty");
    e2e_close();
}
END_TEST

START_TEST(volumes_of_a_new_box)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_disk *disk = new_disk("512MiB");
    boxd_box_config config = BOXD_BOX_CONFIG_INIT;
    config.volumes = BOXD_LIST(boxd_volume, BOXD_OPTIONS(boxd_volume, .disk_id = boxd_disk_id(disk),
                                                         .mount_path = "/mnt/born-with"));
    config.volume_count = 1;
    for (int i = 0; i < 2; i++) { /* the second box finds what the first box wrote */
        boxd_box *box =
            on->box_create(compute, BOXD_OPTIONS(boxd_box_create_options, .config = &config), &error);
        e2e_ok(box, error);
        boxd_exec_result *result = e2e_run(box, "cd /mnt/born-with && echo $(ls) && touch seen");
        ck_assert_str_eq(result->out.data, i == 0 ? "\n" : "seen\n");
        boxd_exec_result_free(result);
        e2e_drop(box);
    }
    drop_disk(disk);
    e2e_close();
}
END_TEST

/* Arguments that the library can check are refused before anything is sent. */
START_TEST(bad_input)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_disk *disk = boxd_disk_from_id(compute, "some-id", &error);
    boxd_box *box = boxd_box_from_name(compute, "some-box", &error);
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    const struct {
        const char *name, *size, *says;
    } creates[] = {
        {NULL, "1G", "name is empty"}, {"", "1G", "name is empty"}, {"data", "ten", "ten"},
        {"data", NULL, "\"10G\""},     {"data", "", "\"10G\""},     {"data", "0", "\"10G\""},
    };
    for (size_t i = 0; i < COUNT(creates); i++) {
        ck_assert_ptr_null(on->disk_create(compute, creates[i].name, creates[i].size, NULL, &error));
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, creates[i].says);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    }
    const struct {
        boxd_disk *disk;
        boxd_box *box;
        const char *path, *says;
    } attaches[] = {
        {disk, box, NULL, "mount path"},
        {disk, box, "", "mount path"},
        {disk, box, "data", "\"data\" is not absolute"},
        {NULL, box, "/data", "disk is NULL"},
        {disk, NULL, "/data", "box is NULL"},
    };
    for (size_t i = 0; i < COUNT(attaches); i++) {
        on->disk_attach(attaches[i].disk, attaches[i].box, attaches[i].path, false, NULL, &error);
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, attaches[i].says);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    }
    on->disk_detach(NULL, box, NULL, &error);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "disk is NULL");
    ck_assert_ptr_null(boxd_disk_from_id(compute, "", &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "empty");
    ck_assert_ptr_null(boxd_disk_from_id(NULL, "x", &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "NULL");
    ck_assert_int_eq(emulator_count_calls(&emulator, "CreateDisk", 0), 0);
    ck_assert_int_eq(emulator_count_calls(&emulator, "AttachDisk", 0), 0);
    ck_assert(!boxd_disk_id(NULL) && !boxd_disk_get_info(NULL) && !boxd_disk_ref(NULL));
    boxd_disk_free(NULL);
    boxd_disks_free(NULL);
    boxd_disk_free(disk);
    boxd_box_free(box);
    e2e_close();
}
END_TEST

START_TEST(refusals)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_disk *disk = new_disk("1G"), *other = new_disk("1G");
    const char *name = boxd_disk_get_info(disk)->name;
    ck_assert_ptr_null(on->disk_create(compute, name, "1G", NULL, &error));
    e2e_expect(&error, BOXD_ERR_ALREADY_EXISTS, name);
    boxd_box *box = e2e_box();
    attach(disk, box, "/mnt/data", false);
    on->disk_attach(other, box, "/mnt/data", false, NULL, &error);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "/mnt/data");
    boxd_disk *none = boxd_disk_from_id(compute, "no-such-disk", &error);
    on->disk_attach(none, box, "/mnt/other", false, NULL, &error);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "AttachDisk of disk \"no-such-disk\" on box \"");
    boxd_box *nowhere = boxd_box_from_name(compute, "no-such-box", &error);
    on->disk_attach(other, nowhere, "/mnt/other", false, NULL, &error);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "no-such-box");
    boxd_box_free(nowhere);
    boxd_disk_free(none);
    e2e_drop(box);
    drop_disk(disk);
    drop_disk(other);
    e2e_close();
}
END_TEST

/* An answer without the id of the disk is malformed. */
START_TEST(answer_without_an_id)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    reply nameless = {0}, list = {0}, row = {0};
    reply_text(&nameless, 2, "data");
    reply_inject(&nameless, "CreateDisk", 1);
    ck_assert_ptr_null(on->disk_create(compute, "data", "1G", NULL, &error));
    e2e_expect(&error, BOXD_ERR_PROTOCOL, "CreateDisk answered without the disk's id");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    reply_text(&row, 1, "an-id");
    reply_message(&list, 1, &row);
    reply_message(&list, 1, &nameless);
    reply_inject(&list, "ListDisks", 1);
    ck_assert_ptr_null(on->disk_list(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_PROTOCOL, "ListDisks");
    e2e_close();
}
END_TEST

/* ---- a long list ---- */

enum { MANY = 5000 };

typedef struct batch {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Lock. */
    int made, failed;
} batch;

static void on_one_made(boxd_disk *disk, const boxd_error *error, void *user)
{
    batch *c = user;
    (void)error;
    pthread_mutex_lock(&c->lock);
    c->made += disk != NULL;
    c->failed += disk == NULL;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->lock);
    boxd_disk_free(disk);
}

/* Creates all disks at once, on a client of its own whose callbacks run on the core thread. */
static void make_many(void)
{
    batch c = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *own = boxd_compute_open(NULL, &error);
    e2e_ok(own, error);
    for (int i = 0; i < MANY; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "many-%d", i);
        boxd_aio_disk_create(own, name, "1G", NULL, on_one_made, &c);
    }
    pthread_mutex_lock(&c.lock);
    while (c.made + c.failed < MANY)
        pthread_cond_wait(&c.changed, &c.lock);
    pthread_mutex_unlock(&c.lock);
    ck_assert_int_eq(c.failed, 0);
    boxd_compute_close(own);
}

START_TEST(thousands)
{
    e2e_open(_i, NULL);
    if (_i == SURFACE_SYNC) /* the tests on the other surfaces find the disks */
        make_many();
    boxd_error error = BOXD_ERROR_INIT;
    boxd_disks *disks = on->disk_list(compute, NULL, &error);
    e2e_ok(disks, error);
    static bool seen[MANY];
    size_t many = 0;
    for (size_t i = 0; i < disks->count; i++) {
        const boxd_disk_info *info = boxd_disk_get_info(disks->items[i]);
        int number = -1;
        if (sscanf(info->name, "many-%d", &number) != 1)
            continue;
        ck_assert(info->id && info->status && number >= 0 && number < MANY && !seen[number]);
        seen[number] = true;
        many++;
    }
    ck_assert_uint_eq(many, MANY);
    boxd_disk *kept = boxd_disk_ref(disks->items[disks->count / 2]);
    boxd_disks_free(disks);
    ck_assert_ptr_nonnull(boxd_disk_id(kept)); /* outlives the list */
    boxd_disk_free(kept);
    e2e_close();
}
END_TEST

int main(int argc, char **argv)
{
    const char *generation = argc > 2 ? argv[2] : "both";
    is_0_2 = strcmp(generation, "0.1") != 0;
    Suite *suite = suite_create("disks");
    e2e_add(suite, fields);
    e2e_add(suite, outlives_its_box);
    e2e_add(suite, read_only);
    e2e_add(suite, by_name_or_id);
    e2e_add(suite, volumes_of_a_new_box);
    e2e_add(suite, bad_input);
    e2e_add(suite, refusals);
    e2e_add(suite, answer_without_an_id);
    if (argc == 1)
        e2e_add(suite,
                thousands); /* the test on the first surface creates the disks: Check keeps the order */
    return e2e_main(suite, (const char *const[]){"--generation", generation, NULL});
}
