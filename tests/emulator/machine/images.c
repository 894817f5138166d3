/*
 * images.c: which images the emulator knows. A box has the files of this host, whatever its image is called.
 * Core thread only.
 */
#include <string.h>

#include "machine/machines.h"

/* Names without a registry are those of Docker Hub's official images; a name without a tag means "latest". */
static const char *const known[] = {
    "ubuntu",        "ubuntu:latest", "ubuntu:22.04", "ubuntu:24.04",  "ubuntu:26.04",  "debian",
    "debian:latest", "debian:11",     "debian:12",    "debian:13",     "alpine",        "alpine:latest",
    "fedora",        "fedora:latest", "python",       "python:latest", "python:3.12",   "python:3.13",
    "node",          "node:latest",   "node:22",      "golang",        "golang:latest", "busybox",
};

static bool is_known(const char *image)
{
    for (size_t i = 0; i < count_of(known); i++) {
        if (strcmp(known[i], image) == 0)
            return true;
    }
    for (size_t i = 0; i < machine_settings.known_image_count; i++) {
        if (strcmp(machine_settings.known_images[i], image) == 0)
            return true;
    }
    return strcmp(machine_settings.image, image) == 0;
}

static const char lower[] = "abcdefghijklmnopqrstuvwxyz0123456789";
static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

/* Lower-case letters and digits, with single separators between them. */
static bool is_path_part(const char *part, size_t length)
{
    bool separator = true;
    for (size_t i = 0; i < length; i++) {
        bool plain = strchr(lower, part[i]) != NULL;
        if (!plain && (separator || strchr("._-", part[i]) == NULL))
            return false;
        separator = !plain;
    }
    return length > 0 && !separator;
}

static bool is_tag(const char *tag)
{
    size_t length = strlen(tag);
    return length > 0 && length <= 128 && tag[0] != '.' && tag[0] != '-' && strspn(tag, all) == length;
}

static bool is_digest(const char *digest)
{
    return strncmp(digest, "sha256:", 7) == 0 && strlen(digest + 7) == 64 &&
           strspn(digest + 7, "0123456789abcdef") == 64;
}

/* The path after the registry: parts with slashes between them, then a tag or a digest. */
static bool is_repository(const char *path)
{
    for (;;) {
        size_t length = strcspn(path, "/:@");
        if (!is_path_part(path, length))
            return false;
        path += length;
        if (*path == '\0')
            return true;
        if (*path == ':')
            return is_tag(path + 1);
        if (*path == '@')
            return is_digest(path + 1);
        path++;
    }
}

/* Whether it is the name of a host, such as "ghcr.io": labels with single dots between them. */
static bool is_host_name(const char *name, size_t length)
{
    bool border = true;
    for (size_t i = 0; i < length; i++) {
        const bool plain = strchr(all, name[i]) != NULL && strchr("._-", name[i]) == NULL;
        if (!plain && (border || strchr(".-", name[i]) == NULL))
            return false;
        border = name[i] == '.';
    }
    return length > 0 && !border && name[length - 1] != '-';
}

/* The length of "ghcr.io/" or "localhost:5000/"; 0: the image is one of Docker Hub. */
static size_t registry_length(const char *image)
{
    const size_t length = strcspn(image, "/"), name = strcspn(image, ":/");
    const size_t digits = name < length ? strspn(image + name + 1, "0123456789") : 0;
    const bool port = digits > 0 && name + 1 + digits == length;
    const bool host = port || (name == length && (memchr(image, '.', name) != NULL ||
                                                  (name == 9 && strncmp(image, "localhost", name) == 0)));
    return host && image[length] == '/' && is_host_name(image, name) ? length + 1 : 0;
}

int image_check(call *c, const char *image)
{
    if (is_known(image))
        return 0;
    size_t registry = registry_length(image);
    if (strlen(image) > 255 || !is_repository(image + registry))
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "\"%.80s\" is not a valid image name", image);
    if (registry > 0)
        return 0; /* only that registry knows its images */
    return call_error(
        c, GRPC_STATUS_NOT_FOUND,
        "no image is named \"%.80s\" (the emulator knows common official images, every image with "
        "a registry in its name, and those of --known-image)",
        image);
}
