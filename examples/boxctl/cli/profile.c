/*
 * Profiles: $XDG_CONFIG_HOME/boxd/profiles/NAME has lines "key = value". The folders are 0700, the files
 * 0600; a file that others can read is refused. Each file is written beside its place and renamed.
 */
#include "cli/profile.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILE_SIZE = 65536 };

/* The members of a profile and their names in the file. */
static const struct {
    const char *key;
    size_t offset;
} MEMBERS[] = {{"api_key", offsetof(profile, api_key)},
               {"token", offsetof(profile, token)},
               {"api_url", offsetof(profile, api_url)},
               {"exchange_url", offsetof(profile, exchange_url)},
               {"environment", offsetof(profile, environment)},
               {"ca_file", offsetof(profile, ca_file)},
               {"client_cert", offsetof(profile, client_cert_file)},
               {"client_key", offsetof(profile, client_key_file)},
               {"proxy", offsetof(profile, proxy)}};
enum { MEMBER_COUNT = sizeof MEMBERS / sizeof *MEMBERS };

static const char **member(profile *p, size_t i)
{
    return (const char **)(void *)((char *)p + MEMBERS[i].offset);
}

/* ---- paths ---- */

bool profile_is_name(const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("-_.", *at))
            return false;
    return length > 0 && length < PROFILE_NAME_SIZE && *name != '.' && *name != '-';
}

/* The folder of boxd in the user's configuration. */
static bool folder(char path[PROFILE_PATH_SIZE])
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int length = -1;
    if (config && *config == '/')
        length = snprintf(path, PROFILE_PATH_SIZE, "%s/boxd", config);
    else if (home && *home)
        length = snprintf(path, PROFILE_PATH_SIZE, "%s/.config/boxd", home);
    errno = length < 0 ? ENOENT : ENAMETOOLONG;
    return length > 0 && length < PROFILE_PATH_SIZE;
}

bool profile_path(const char *name, char *path)
{
    char parent[PROFILE_PATH_SIZE];
    if (!folder(parent))
        return false;
    const int length =
        snprintf(path, PROFILE_PATH_SIZE, "%.4000s/profiles%s%s", parent, *name ? "/" : "", name);
    return length > 0 && length < PROFILE_PATH_SIZE;
}

/* The file with the name of the current profile. */
static bool current_path(char path[PROFILE_PATH_SIZE])
{
    char parent[PROFILE_PATH_SIZE];
    return folder(parent) && snprintf(path, PROFILE_PATH_SIZE, "%.4000s/current-profile", parent) > 0;
}

/* ---- reading ---- */

/* Removes the blanks at both ends. */
static char *trimmed(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* Reads the lines of `to->text`. Returns the first line that cannot be read, or NULL. */
static const char *read_lines(profile *to)
{
    char *rest = NULL;
    for (char *line = strtok_r(to->text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *key = trimmed(line), *equals = strchr(key, '=');
        if (!*key || *key == '#')
            continue;
        if (!equals)
            return key;
        *equals = '\0';
        key = trimmed(key);
        size_t i = 0;
        while (i < MEMBER_COUNT && strcmp(MEMBERS[i].key, key) != 0)
            i++;
        if (i == MEMBER_COUNT)
            return key;
        *member(to, i) = trimmed(equals + 1);
    }
    return NULL;
}

/* Reads an open file. NULL: errno says why. */
static char *read_file(int fd)
{
    char *text = calloc(1, MAX_FILE_SIZE + 1);
    size_t size = 0;
    for (ssize_t got = 1; text && got != 0 && size < MAX_FILE_SIZE; size += (size_t)got) {
        got = read(fd, text + size, MAX_FILE_SIZE - size);
        if (got < 0) {
            free(text);
            return NULL;
        }
    }
    return text;
}

/* The reason why a file is not trusted, or NULL. */
static const char *distrust(int fd, const char *path, char *problem, size_t size)
{
    struct stat found;
    if (fstat(fd, &found) != 0)
        snprintf(problem, size, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(found.st_mode))
        snprintf(problem, size, "%s is not a file", path);
    else if (found.st_uid != geteuid() && found.st_uid != 0)
        snprintf(problem, size, "%s belongs to another user", path);
    else if (found.st_mode & 077)
        snprintf(problem, size, "%s has a credential and can be used by others (mode %03o): run chmod 600 %s",
                 path, (unsigned)found.st_mode & 0777U, path);
    else
        return NULL;
    return problem;
}

/* Reads an open file into `to`. Returns the reason why it cannot be used, which is written to `problem`, or
 * NULL. */
static const char *read_profile(int fd, const char *path, profile *to, char *problem, size_t size)
{
    if (distrust(fd, path, problem, size))
        return problem;
    to->text = read_file(fd);
    if (!to->text) {
        snprintf(problem, size, "%s: %s", path, strerror(errno));
        return problem;
    }
    const char *wrong = read_lines(to);
    if (wrong)
        snprintf(problem, size, "%s: unknown line: %.100s", path, wrong);
    return wrong ? problem : NULL;
}

bool profile_read(const char *name, profile *to, const char **problem)
{
    static char text[PROFILE_PATH_SIZE * 2 + 128];
    char path[PROFILE_PATH_SIZE];
    *to = (profile){0};
    *problem = NULL;
    if (!profile_is_name(name) || !profile_path(name, path))
        return false;
    snprintf(to->name, sizeof to->name, "%s", name);
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return false;
    if (fd < 0) {
        snprintf(text, sizeof text, "%s: %s", path, strerror(errno));
        *problem = text;
        return false;
    }
    *problem = read_profile(fd, path, to, text, sizeof text);
    close(fd);
    if (*problem)
        profile_free(to);
    return !*problem;
}

void profile_free(profile *p)
{
    if (p->text)
        explicit_bzero(p->text, MAX_FILE_SIZE + 1);
    free(p->text);
    *p = (profile){0};
}

/* ---- writing ---- */

/* Makes a folder for its user only. */
static bool make_folder(const char *path)
{
    return mkdir(path, 0700) == 0 || (errno == EEXIST && chmod(path, 0700) == 0);
}

/* Makes the folders of the profiles, and the user's configuration if it does not exist. */
static bool make_folders(void)
{
    char parent[PROFILE_PATH_SIZE], path[PROFILE_PATH_SIZE];
    if (!folder(parent) || !profile_path("", path))
        return false;
    for (char *slash = strchr(parent + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const bool made = mkdir(parent, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return make_folder(parent) && make_folder(path);
}

/* Replaces a file as a whole. */
static bool write_file(const char *path, const char *text)
{
    char other[PROFILE_PATH_SIZE + 16];
    snprintf(other, sizeof other, "%s.XXXXXX", path);
    const int fd = mkstemp(other); /* 0600 */
    if (fd < 0)
        return false;
    const size_t size = strlen(text);
    bool written = write(fd, text, size) == (ssize_t)size && fsync(fd) == 0;
    written = close(fd) == 0 && written;
    if (written && rename(other, path) == 0)
        return true;
    const int problem = errno;
    unlink(other);
    errno = problem;
    return false;
}

bool profile_write(const profile *from)
{
    char path[PROFILE_PATH_SIZE];
    char *text = calloc(1, MAX_FILE_SIZE + 1);
    if (!text || !make_folders() || !profile_path(from->name, path)) {
        free(text);
        return false;
    }
    profile copy = *from;
    size_t used = 0;
    for (size_t i = 0; i < MEMBER_COUNT && used < MAX_FILE_SIZE; i++)
        if (*member(&copy, i))
            used += (size_t)snprintf(text + used, MAX_FILE_SIZE - used, "%s = %s\n", MEMBERS[i].key,
                                     *member(&copy, i));
    errno = EFBIG;
    const bool written = used < MAX_FILE_SIZE && write_file(path, text);
    explicit_bzero(text, MAX_FILE_SIZE);
    free(text);
    return written;
}

bool profile_delete(const char *name)
{
    char path[PROFILE_PATH_SIZE], current[PROFILE_NAME_SIZE];
    if (!profile_path(name, path) || unlink(path) != 0)
        return false;
    profile_current(current);
    if (strcmp(current, name) == 0 && current_path(path))
        unlink(path); /* if this fails there is no current profile, as after a success */
    return true;
}

/* ---- all profiles ---- */

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

size_t profile_list(char (*names)[PROFILE_NAME_SIZE])
{
    char path[PROFILE_PATH_SIZE];
    size_t count = 0;
    DIR *dir = profile_path("", path) ? opendir(path) : NULL;
    for (struct dirent *entry; dir && count < MAX_PROFILES && (entry = readdir(dir));)
        if (profile_is_name(entry->d_name))
            memcpy(names[count++], entry->d_name, strlen(entry->d_name) + 1);
    if (dir)
        closedir(dir);
    qsort(names, count, sizeof *names, compare);
    return count;
}

void profile_current(char name[PROFILE_NAME_SIZE])
{
    char path[PROFILE_PATH_SIZE];
    FILE *file = current_path(path) ? fopen(path, "re") : NULL;
    snprintf(name, PROFILE_NAME_SIZE, "default");
    if (!file)
        return;
    char line[PROFILE_NAME_SIZE + 2] = "";
    if (fgets(line, sizeof line, file) && profile_is_name(trimmed(line)))
        snprintf(name, PROFILE_NAME_SIZE, "%s", trimmed(line));
    fclose(file);
}

bool profile_set_current(const char *name)
{
    char path[PROFILE_PATH_SIZE], line[PROFILE_NAME_SIZE + 2];
    snprintf(line, sizeof line, "%s\n", name);
    return make_folders() && current_path(path) && write_file(path, line);
}
