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

/* In the user namespace of `unshare --map-root-user` no other user exists, and root is an ordinary user of
 * the host. */
static bool exists(uid_t uid)
{
    unsigned first, outside, count;
    FILE *map = fopen("/proc/self/uid_map", "re");
    bool found = map == NULL;

    while (map && fscanf(map, "%u %u %u", &first, &outside, &count) == 3)
        found |= uid >= first && uid - first < count;
    if (map)
        (void)fclose(map);
    return found;
}

uid_t sandbox_user(void)
{
    return geteuid() == 0 && exists(BOX_USER) ? BOX_USER : geteuid();
}

gid_t sandbox_group(void)
{
    return geteuid() == 0 && exists(BOX_USER) ? BOX_USER : getegid();
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

/* The system calls change only the calling thread, and with the user also the capabilities for files. */
void sandbox_files_begin(void)
{
    const sandbox_host *host = sandbox_host_get();

    if (host->uid == geteuid())
        return;
    setfsgid(host->gid);
    setfsuid(host->uid);
}

void sandbox_files_end(void)
{
    const int error = errno;

    if (sandbox_host_get()->uid == geteuid())
        return;
    setfsuid(geteuid());
    setfsgid(getegid());
    errno = error;
}
