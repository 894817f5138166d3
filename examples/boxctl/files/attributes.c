/* Modes and times of single files after a copy. Directories carry them themselves. */
#include "files/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Each argument is "MODE TIME PATH"; TIME is - or seconds with a fraction, which not every `touch` takes. A
 * mode that cannot be set is a failure if all modes are wanted, or if the file must be executable and is not.
 * Prints the failures. */
static const char ATTRIBUTES[] =
    "set_mode() {\n"
    "  chmod \"$mode\" \"$path\" 2>/dev/null && return\n"
    "  if [ $which = less ]; then\n"
    "    [ $((0$mode & 0111)) = 0 ] && return\n"
    "    [ -x \"$path\" ] && return\n"
    "  fi\n"
    "  chmod \"$mode\" \"$path\"\n"
    "}\n"
    "for word do\n"
    "  mode=${word%% *} rest=${word#* }\n"
    "  time=${rest%% *} path=${rest#* }\n"
    "  [ $which = all ] || mode=$(printf '%o' $((0$mode & ~0$(umask))))\n"
    "  set_mode\n"
    "  [ \"$time\" = - ] || touch -d \"@$time\" \"$path\" 2>/dev/null || touch -d \"@${time%.*}\" \"$path\"\n"
    "done 2>&1\n";

/* Adds each line as a failure. */
static void report_lines(copy *k, const boxd_exec_result *result)
{
    for (const char *line = result->out.data; *line;) {
        const size_t length = strcspn(line, "\n");
        report_fail(&k->report, EXIT_FAILED, k->target.word, "%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

/* The box has no xargs. Files whose mode matters are failures: those that are executable or not for everyone.
 */
static void report_modes(copy *k, copy_item *const *items)
{
    for (; *items; items++) {
        const uint32_t mode = (*items)->facts.mode & 0755;
        if (!(*items)->refused && S_ISREG((*items)->facts.mode) && (k->options->preserve || mode != 0644))
            report_fail(&k->report, EXIT_FAILED, (*items)->shown,
                        "was copied without its mode, because the box has no xargs");
    }
}

static char *attributes_word(const copy *k, const copy_item *item)
{
    char time[48] = "-";
    if (k->options->preserve)
        snprintf(time, sizeof time, "%lld.%09d", (long long)item->facts.modified_s,
                 (int)item->facts.modified_ns);
    return format_text("%04o %s %s", item->facts.mode & (k->options->preserve ? 07777U : 0777U), time,
                       item->to);
}

void set_attributes_in_box(copy *k, copy_item **items)
{
    size_t count = 0, used = 0;
    while (items[count])
        count++;
    char **words = must(calloc(count + 1, sizeof *words));
    for (size_t i = 0; i < count; i++)
        if (!items[i]->refused && S_ISREG(items[i]->facts.mode))
            words[used++] = attributes_word(k, items[i]);
    char *script = format_text("which=%s\n%s", k->options->preserve ? "all" : "less", ATTRIBUTES);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_result *result =
        used > 0 ? run_script(k->c, k->target.box, script, NULL, boxd_argv(words), used, &error) : NULL;
    if (result && result->exit_code == EXIT_NO_UTILITY)
        report_modes(k, items);
    else if (result)
        report_lines(k, result);
    else if (used > 0)
        report_error(&k->report, k->target.word, &error);
    boxd_exec_result_free(result);
    for (size_t i = 0; i < used; i++)
        free(words[i]);
    free(words);
    free(script);
}

/* The mode of a local copy. A file that was replaced keeps its mode, without the bits for another user id; it
 * becomes executable for those who may read it if the source is. */
static mode_t mode_here(const copy *k, const copy_item *item)
{
    const uint32_t from = item->facts.mode, old = item->to_facts.mode;
    if (!S_ISREG(from)) /* the service did not send the mode */
        return S_ISREG(old) ? old & 0777 : 0666 & ~k->umask;
    if (k->options->preserve)
        return from & 01777; /* a box makes no programs that run as another user here */
    const mode_t masked = from & 0777 & ~k->umask;
    return S_ISREG(old) ? (old & 0777) | (masked & 0111 & (old >> 2)) : masked;
}

void set_attributes_here(copy *k, const copy_item *item)
{
    const path_facts *facts = &item->facts;
    const bool sets_time = k->options->preserve && S_ISREG(facts->mode);
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {facts->modified_s, facts->modified_ns}};
    const mode_t mode = mode_here(k, item);
    const bool sets_mode = !S_ISREG(item->to_facts.mode) || (item->to_facts.mode & 07777) != mode;
    if ((sets_mode && chmod(item->to, mode) != 0) ||
        (sets_time && utimensat(AT_FDCWD, item->to, times, 0) != 0))
        report_fail(&k->report, EXIT_FAILED, item->to, "the attributes cannot be set: %s", strerror(errno));
}
