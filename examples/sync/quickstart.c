/* Creates a box, runs a command in it, writes and reads a file in it, and destroys it. Every call blocks. The
 * same program with callbacks is ../async/quickstart.c. */
#include <boxd/boxd.h>

#include <stdio.h>

static int print_error(const boxd_error *err)
{
    boxd_error_print(err, NULL);
    return 1;
}

static int use_box(boxd_box *box, boxd_error *err)
{
    boxd_exec_result *hello = boxd_box_exec(box, BOXD_ARGV("echo", "hello from C"), NULL, err);
    if (!hello)
        return print_error(err);
    fwrite(hello->out.data, 1, hello->out.size, stdout);
    boxd_exec_result_free(hello);

    if (boxd_box_write_text(box, "notes.txt", "hello from a file\n", NULL, err) != BOXD_OK)
        return print_error(err);
    boxd_file_data *notes = boxd_box_read_file(box, "notes.txt", NULL, err);
    if (!notes)
        return print_error(err);
    fwrite(notes->content.data, 1, notes->content.size, stdout);
    boxd_file_data_free(notes);
    return 0;
}

int main(void)
{
    boxd_error err = BOXD_ERROR_INIT;
    boxd_compute *c = boxd_compute_open(NULL, &err); /* credential: BOXD_API_KEY */
    if (!c)
        return print_error(&err);
    boxd_box *box = boxd_box_create(c, BOXD_OPTIONS(boxd_box_create_options, .name = "quickstart"), &err);
    int code = box ? use_box(box, &err) : print_error(&err);
    if (box && boxd_box_destroy(box, NULL, &err) != BOXD_OK)
        code = print_error(&err);
    boxd_box_free(box);
    boxd_compute_close(c);
    return code;
}
