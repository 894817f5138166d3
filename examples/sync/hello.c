/* Creates a box, runs a command in it, prints the output of the command and destroys the box. Every call
 * blocks. */
#include <boxd/boxd.h>
#include <stdio.h>

int main(void)
{
    boxd_error err = BOXD_ERROR_INIT;
    boxd_compute *c = boxd_compute_open(NULL, &err); /* credential: BOXD_API_KEY */
    const boxd_box_create_options *options = BOXD_OPTIONS(boxd_box_create_options, .name = "hello");
    boxd_box *box = c ? boxd_box_create(c, options, &err) : NULL;
    boxd_exec_result *r = box ? boxd_box_exec(box, BOXD_ARGV("echo", "hello from C"), NULL, &err) : NULL;
    if (r)
        fwrite(r->out.data, 1, r->out.size, stdout);
    else
        boxd_error_print(&err, NULL);
    int code = r ? r->exit_code : 1;
    boxd_exec_result_free(r);
    if (box)
        boxd_box_destroy(box, NULL, &err);
    boxd_box_free(box);
    boxd_compute_close(c);
    return code;
}
