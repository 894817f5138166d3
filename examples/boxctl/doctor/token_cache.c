/* The check of doctor for the token cache. It makes no call and changes nothing. */
#include "doctor/doctor.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void check_token_cache(doctor *d)
{
    static const char name[] = "token-cache";
    const char *dir = d->token_cache_dir;
    struct stat info = {0};
    const int problem = lstat(dir, &info) != 0 || access(dir, W_OK | X_OK) != 0 ? errno : 0;
    const bool exists = info.st_mode != 0;
    if (!d->has_key)
        doctor_skipped(d, name, "not used: the credential is no API key");
    else if (!*dir)
        doctor_skipped(d, name, "off: --no-token-cache or BOXD_NO_TOKEN_CACHE is set, or HOME is not");
    else if (!exists && problem == ENOENT)
        doctor_ok(d, name, "%s, made with the first token", dir);
    else if (exists &&
             (!S_ISDIR(info.st_mode) || info.st_uid != geteuid() || info.st_mode & (S_IWGRP | S_IWOTH)))
        doctor_skipped(d, name, "not used: %s must be a directory of this user that others may not write to",
                       dir);
    else if (problem)
        doctor_skipped(d, name, "not used: %s: %s", dir, strerror(problem));
    else
        doctor_ok(d, name, "%s", dir);
}
