/*
 * ssh_files.h: the files that OpenSSH needs to connect to a host: known_hosts and, if the host has one, its
 * private key, in a temporary directory.
 */
#ifndef EXAMPLES_SSH_FILES_H
#define EXAMPLES_SSH_FILES_H

#include <drukbox/types/host.h>
#include <stdbool.h>

typedef struct ssh_files {
    /* "" if the directory was not created */
    char directory[512];
    /* "": the host has no private key */
    char key[512 + 16];
    char known_hosts[512 + 16];
} ssh_files;

/* The address of the SSH server: in the tailnet, where the port is always 22, or else the external one. */
void ssh_address(const drukbox_host *host, const char **name, int *port);

/* Writes the files, readable by this user only, and prints the ssh command that connects to the host.
 * False: it failed and has printed the reason. Call ssh_files_remove() in both cases. */
bool ssh_files_write(ssh_files *files, const drukbox_host *host);

void ssh_files_remove(const ssh_files *files);

#endif
