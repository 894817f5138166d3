/* profile.h: profiles, each a credential and the address of its service, in the user's configuration. */
#ifndef BOXCTL_PROFILE_H
#define BOXCTL_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

enum { PROFILE_NAME_SIZE = 65, PROFILE_PATH_SIZE = 4096, MAX_PROFILES = 256 };

/* A string is NULL if it is not set. All point into `text`. */
typedef struct profile {
    char name[PROFILE_NAME_SIZE];
    char *text;
    const char *api_key, *token, *api_url, *exchange_url, *environment, *ca_file, *client_cert_file,
        *client_key_file, *proxy;
} profile;

/* Whether a name can be that of a profile: letters, digits, "-", "_" and ".", not first. */
bool profile_is_name(const char *name);

/* Writes the path of a profile's file, or of the folder for "". False: there is no home directory. */
bool profile_path(const char *name, char *path);

/* Reads a profile. False: the file cannot be used; `*problem` is NULL if there is none, else the reason,
 * which is valid until the next call. */
bool profile_read(const char *name, profile *to, const char **problem);

/* Writes a profile, readable by its user only. False: errno says why. */
bool profile_write(const profile *from);

/* Deletes a profile. False: errno says why. */
bool profile_delete(const char *name);

/* Frees what profile_read() allocated, and overwrites the credential. */
void profile_free(profile *p);

/* The names of all profiles, sorted. Returns their number. */
size_t profile_list(char (*names)[PROFILE_NAME_SIZE]);

/* The profile that is used if none is named: that of `boxctl profile use`, or "default". */
void profile_current(char name[PROFILE_NAME_SIZE]);

/* Chooses it. False: errno says why. */
bool profile_set_current(const char *name);

#endif
