/*
 * ssh_files.h: what OpenSSH needs to reach a host: its private key and its known_hosts, in a directory of
 * their own.
 */
#ifndef EXAMPLES_SSH_FILES_H
#define EXAMPLES_SSH_FILES_H

#include <drukbox/types/host.h>
#include <stdbool.h>

typedef struct ssh_files {
    char directory[512]; /* "": there is none */
    char key[512 + 16], known_hosts[512 + 16];
} ssh_files;

/* Where SSH answers: from outside, or else in the tailnet, where the port is always 22. */
void ssh_address(const drukbox_host *host, const char **name, int *port);

/* Writes the two files, for this user's eyes alone, and prints the line that would reach the host. False:
 * why not was said on standard error; what was written is removed by ssh_files_remove() all the same. */
bool ssh_files_write(ssh_files *files, const drukbox_host *host);

void ssh_files_remove(const ssh_files *files);

#endif
