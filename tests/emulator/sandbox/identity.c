/*
 * identity.c: the user of the host as whom the boxes run. Called by the emulator and the zygote.
 *
 * An ordinary user's boxes run as that user. Root's boxes run as a user without a name, who owns nothing but
 * the boxes: the zygote becomes this user, and with it the keepers, the inits and the commands. The emulator
 * itself stays root, and takes this user's rights whenever it touches the files of a box.
 */
#include "sandbox/internal.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <unistd.h>

#define BOX_USER 61000 /* in no range that distributions and systemd use for accounts and services */

/* Whether the user namespace of this process has the user, and which user that is outside. In the namespace
 * of `unshare --map-root-user` only root exists, who is an ordinary user outside, or root. */
static bool is_mapped(uid_t uid, uid_t *outside)
{
    unsigned first, first_outside, count;
    FILE *map = fopen("/proc/self/uid_map", "re");
    bool found = map == NULL;

    *outside = uid;
    while (map && !found && fscanf(map, "%u %u %u", &first, &first_outside, &count) == 3) {
        found = uid >= first && uid - first < count;
        *outside = found ? first_outside + (uid - first) : uid;
    }
    if (map)
        (void)fclose(map);
    return found;
}

static bool changes_user(void)
{
    uid_t outside;

    return geteuid() == 0 && is_mapped(BOX_USER, &outside);
}

uid_t sandbox_user(void)
{
    return changes_user() ? BOX_USER : geteuid();
}

gid_t sandbox_group(void)
{
    return changes_user() ? BOX_USER : getegid();
}

bool sandbox_user_is_root(void)
{
    uid_t outside;

    return sandbox_user() == 0 && is_mapped(0, &outside) && outside == 0;
}

int sandbox_become_user(void)
{
    const uid_t uid = sandbox_user();
    const gid_t gid = sandbox_group();

    if (uid == geteuid())
        return 0;
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
        return errno;
    /* The change has cleared it, and then /proc/self belongs to root; the keeper writes its id maps there. */
    return prctl(PR_SET_DUMPABLE, 1) == 0 ? 0 : errno;
}

/* The system calls change only the calling thread, and with the user also the capabilities for files. They
 * clear the signal for the death of the parent, which --exit-with-parent needs. */
static void set_file_user(uid_t uid, gid_t gid)
{
    int death_signal = 0;

    (void)prctl(PR_GET_PDEATHSIG, &death_signal);
    setfsgid(gid);
    setfsuid(uid);
    if (death_signal != 0)
        (void)prctl(PR_SET_PDEATHSIG, death_signal);
}

void sandbox_files_begin(void)
{
    const sandbox_host *host = sandbox_host_get();

    if (host->uid != geteuid())
        set_file_user(host->uid, host->gid);
}

void sandbox_files_end(void)
{
    const int error = errno;

    if (sandbox_host_get()->uid != geteuid())
        set_file_user(geteuid(), getegid());
    errno = error;
}
