/* Templates: boxes created from them, and the alternatives that errors name on a service without templates:
 * `templates_e2e --generation 0.2`. */
#include "e2e.h"

#include <stdio.h>

static void drop_template(boxd_template *made)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->template_delete(made, NULL, &error) == BOXD_OK, error);
    boxd_template_free(made);
}

static boxd_template *new_template(const char *name, const boxd_box_config *config)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_template *made = on->template_create(
        compute,
        BOXD_OPTIONS(boxd_template_create_options, .name = name, .image = "debian:12", .config = config),
        &error);
    e2e_ok(made, error);
    return made;
}

START_TEST(fields)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_config config = BOXD_BOX_CONFIG_INIT;
    config.vcpu = 4;
    config.memory = "16G";
    boxd_template *made = new_template("with-fields", &config);
    const boxd_template_info *info = boxd_template_get_info(made);
    ck_assert(info->id && info->status);
    ck_assert_str_eq(info->name, "with-fields");
    ck_assert(!info->image && info->vcpu == 0 && info->memory_bytes == 0);
    boxd_templates *list = on->template_list(compute, NULL, &error);
    e2e_ok(list, error);
    ck_assert_uint_eq(list->count, 1);
    boxd_template *row = boxd_template_ref(list->items[0]);
    boxd_templates_free(list);
    info = boxd_template_get_info(row);
    ck_assert_str_eq(info->id, boxd_template_id(made));
    ck_assert_str_eq(info->name, "with-fields");
    ck_assert_str_eq(info->image, "debian:12");
    ck_assert_str_eq(info->status, "ready");
    ck_assert_uint_eq(info->vcpu, 4);
    ck_assert_uint_eq(info->memory_bytes, UINT64_C(16) << 30);
    ck_assert_ptr_null(
        on->template_create(compute, BOXD_OPTIONS(boxd_template_create_options, .name = info->name), &error));
    e2e_expect(&error, BOXD_ERR_ALREADY_EXISTS, "with-fields");
    drop_template(row); /* a handle from the list works like the one from create */
    ck_assert_int_eq((int)on->template_delete(made, NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "template \"with-fields\"");
    boxd_template_free(made);
    e2e_close();
}
END_TEST

/* A box as GetVm describes it. */
static boxd_box *fresh(const boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *got = on->box_get(compute, boxd_box_id(box), NULL, &error);
    e2e_ok(got, error);
    return got;
}

/* The expected values of a box of the template "defaults". `name` NULL: any. */
static void check_box(boxd_box *box, const char *name, uint32_t vcpu, uint64_t disk_gib)
{
    const boxd_box_info *info = boxd_box_get_info(box);
    ck_assert(info->id && info->public_ip && info->status && info->has_boot_time_ms && !info->image);
    ck_assert_int_eq(strncmp(info->url, "https://", 8), 0);
    if (name)
        ck_assert_str_eq(info->name, name);
    boxd_box *got = fresh(box);
    info = boxd_box_get_info(got);
    ck_assert_str_eq(info->image, "debian:12");
    ck_assert_uint_eq(info->disk_bytes, disk_gib << 30);
    ck_assert_int_eq(info->auto_suspend_timeout_s, 600);
    if (info->vcpu > 0) { /* older services do not send it */
        ck_assert_uint_eq(info->vcpu, vcpu);
        ck_assert_uint_eq(info->memory_bytes, (uint64_t)vcpu * 4 << 30); /* the sizes of service 0.2 */
    }
    e2e_do(box, "true");
    boxd_box_free(got);
}

/* A field that the configuration of the box does not set has the value of the template. */
START_TEST(defaults_field_by_field)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_config defaults = BOXD_BOX_CONFIG_INIT, own = BOXD_BOX_CONFIG_INIT;
    defaults.vcpu = 4;
    defaults.disk = "20G";
    defaults.auto_suspend_timeout_s = 600;
    own.vcpu = 1;
    own.disk = "30G";
    boxd_template *made = new_template("defaults", &defaults);
    boxd_template *known_by_id = boxd_template_from_id(compute, boxd_template_id(made), &error);
    e2e_ok(known_by_id, error);
    ck_assert_ptr_null(boxd_template_get_info(known_by_id)->name);
    char name[32];
    (void)snprintf(name, sizeof name, "from-template-%d", _i);
    const struct {
        boxd_template *from;
        const boxd_template_create_box_options *options;
        uint32_t vcpu;
        uint64_t disk_gib;
    } cases[] = {
        {made, NULL, 4, 20},
        {made, BOXD_OPTIONS(boxd_template_create_box_options, .name = name, .config = &own), 1, 30},
        {known_by_id, BOXD_OPTIONS(boxd_template_create_box_options, .config = &own), 1, 30},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        boxd_box *box = on->template_create_box(cases[i].from, cases[i].options, &error);
        e2e_ok(box, error);
        check_box(box, cases[i].options ? cases[i].options->name : NULL, cases[i].vcpu, cases[i].disk_gib);
        e2e_drop(box);
    }
    boxd_template_free(known_by_id);
    drop_template(made);
    e2e_close();
}
END_TEST

START_TEST(bad_input)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_config env = BOXD_BOX_CONFIG_INIT, memory = BOXD_BOX_CONFIG_INIT;
    env.env = BOXD_ARGV("A=1");
    memory.memory = "1.5G";
    boxd_template *made = boxd_template_from_id(compute, "no-such-template", &error);
    e2e_ok(made, error);
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    const struct {
        const char *name;
        const boxd_box_config *config;
        const char *says;
    } cases[] = {{NULL, NULL, "name is empty"}, {"x", &env, "env"}, {"x", &memory, "1.5G"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_ptr_null(on->template_create(
            compute,
            BOXD_OPTIONS(boxd_template_create_options, .name = cases[i].name, .config = cases[i].config),
            &error));
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, cases[i].says);
    }
    ck_assert_ptr_null(on->template_create(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "name is empty");
    ck_assert_ptr_null(
        on->template_create_box(made, BOXD_OPTIONS(boxd_template_create_box_options, .name = "No"), &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "No");
    ck_assert_ptr_null(on->template_create_box(
        made, BOXD_OPTIONS(boxd_template_create_box_options, .config = &env), &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "env");
    ck_assert_int_eq(emulator_count_calls(&emulator, "CreateTemplate", 0), 0);
    ck_assert_int_eq(emulator_count_calls(&emulator, "CreateVmFromTemplate", 0), 0);
    ck_assert_ptr_null(on->template_create_box(
        made, BOXD_OPTIONS(boxd_template_create_box_options, .name = "a-box"), &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "box \"a-box\" from template \"no-such-template\"");
    ck_assert_ptr_null(boxd_template_from_id(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "empty");
    ck_assert(!boxd_template_id(NULL) && !boxd_template_get_info(NULL) && !boxd_template_ref(NULL));
    boxd_template_free(NULL);
    boxd_templates_free(NULL);
    boxd_template_free(made);
    e2e_close();
}
END_TEST

/* On a service without templates, the message names the function to use. */
START_TEST(gone)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_template *made = boxd_template_from_id(compute, "old", &error);
    e2e_ok(made, error);
    ck_assert_ptr_null(
        on->template_create(compute, BOXD_OPTIONS(boxd_template_create_options, .name = "x"), &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "CreateTemplate");
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "use boxd_snapshot_create()");
    ck_assert_ptr_null(on->template_list(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "use boxd_snapshot_list()");
    ck_assert_ptr_null(on->template_create_box(made, NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "use boxd_snapshot_create_box()");
    on->template_delete(made, NULL, &error);
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "use boxd_snapshot_delete()");
    ck_assert_int_eq(error.grpc_code, 12);
    boxd_template_free(made);
    e2e_close();
}
END_TEST

int main(int argc, char **argv)
{
    const char *generation = argc > 2 ? argv[2] : "both";
    Suite *suite = suite_create("templates");
    if (strcmp(generation, "0.2") == 0) {
        e2e_add(suite, gone);
    } else {
        e2e_add(suite, fields);
        e2e_add(suite, defaults_field_by_field);
        e2e_add(suite, bad_input);
    }
    return e2e_main(suite, (const char *const[]){"--generation", generation, NULL});
}
