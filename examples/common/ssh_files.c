/* Writes and removes the files for a connection to a Drukbox host with OpenSSH. Used by drukbox_host.c in
 * ../sync and ../async. */
#include "ssh_files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void ssh_address(const drukbox_host *host, const char **name, int *port)
{
    const bool tailnet = host->internal_ssh_host && *host->internal_ssh_host;
    *name = tailnet ? host->internal_ssh_host : host->external_ssh_host;
    *port = !tailnet && host->external_ssh_port ? host->external_ssh_port : 22;
}

/* How a connection is authenticated without the host's own key; NULL: it cannot be. */
static const char *other_authentication(const drukbox_host *host)
{
    if (host->internal_ssh_host && *host->internal_ssh_host)
        return "the rules of the tailnet";
    if (host->provider && strcmp(host->provider, "exe") == 0)
        return "an SSH key of the exe.dev account";
    return NULL; /* the host was in the service's pool, or the answer with its key was lost */
}

/* ssh refuses a key that other users can read. Mode 0600 is set when the file is created, before the first
 * byte. */
static bool write_file(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const size_t size = strlen(text);
    const bool written = fd >= 0 && write(fd, text, size) == (ssize_t)size;
    if (!written)
        perror(path);
    return (fd < 0 || close(fd) == 0) && written;
}

static bool make_directory(ssh_files *files)
{
    const char *temporary = getenv("TMPDIR");
    snprintf(files->directory, sizeof files->directory, "%s/drukbox-XXXXXX",
             temporary && *temporary ? temporary : "/tmp");
    if (mkdtemp(files->directory))
        return true;
    perror(files->directory);
    files->directory[0] = '\0';
    return false;
}

bool ssh_files_write(ssh_files *files, const drukbox_host *host)
{
    const char *name;
    int port;
    ssh_address(host, &name, &port);
    if (!name || !*name || !host->known_hosts) {
        fprintf(stderr, "%s: no SSH address\n", host->id);
        return false;
    }
    if (!make_directory(files))
        return false;
    snprintf(files->known_hosts, sizeof files->known_hosts, "%s/known_hosts", files->directory);
    if (!write_file(files->known_hosts, host->known_hosts))
        return false;
    if (!host->private_key && !other_authentication(host)) {
        printf("no private key: create another host with `env` set to log in\n");
        return true;
    }
    if (!host->private_key) {
        printf("no private key: ssh uses %s\n", other_authentication(host));
        printf("ssh -o UserKnownHostsFile=%s -p %d %s@%s\n", files->known_hosts, port, host->ssh_username,
               name);
        return true;
    }
    snprintf(files->key, sizeof files->key, "%s/key", files->directory);
    if (!write_file(files->key, host->private_key))
        return false;
    printf("ssh -i %s -o IdentitiesOnly=yes -o UserKnownHostsFile=%s -p %d %s@%s\n", files->key,
           files->known_hosts, port, host->ssh_username, name);
    return true;
}

void ssh_files_remove(const ssh_files *files)
{
    if (!files->directory[0])
        return;
    if (files->key[0])
        unlink(files->key);
    unlink(files->known_hosts);
    rmdir(files->directory);
}
