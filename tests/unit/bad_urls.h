/* bad_urls.h: malformed URLs, and URLs with secrets, for the tests of everything that reads one. */
#ifndef BAD_URLS_H
#define BAD_URLS_H

#include <stdbool.h>

#define LABEL63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HOST253                                                                                              \
    LABEL63 "." LABEL63 "." LABEL63 ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Wrong for the API and, where `http` says so, for the exchange too. */
static const struct {
    const char *url, *problem;
    bool http;
} bad_urls[] = {
    {NULL, "no host", false},
    {"", "no host", false},
    {"https://", "no host", true},
    {"http:///x", "no host", true},
    {"https://:9443", "no host", true},
    {":9443", "no host", false},
    {"https://boxd.sh/api", "more than a host", false},
    {"boxd.sh/api", "more than a host", false},
    {"https://boxd.sh//x", "more than a host", false},
    {"https://boxd.sh?x=1", "more than a host", false},
    {"https://boxd.sh/#x", "more than a host", false},
    {"unix:/run/x", "port", false},
    {"ftp://boxd.sh", "has a scheme other than", true},
    {"httpss://boxd.sh", "has a scheme other than", true},
    {"://boxd.sh", "has a scheme other than", true},
    {"dns:///boxd.sh", "has a scheme other than", true},
    {"https://boxd.sh:", "port", true},
    {"https://boxd.sh:0", "port", true},
    {"https://boxd.sh:00000", "port", true},
    {"https://boxd.sh:65536", "port", true},
    {"https://boxd.sh:99999999999999999999", "port", true},
    {"https://boxd.sh:-1", "port", true},
    {"https://boxd.sh:+1", "port", true},
    {"https://boxd.sh:80x", "port", true},
    {"https://boxd.sh:\xD9\xA1", "port", true},
    {" https://boxd.sh", "white space", true},
    {"https://boxd.sh ", "white space", true},
    {"https://boxd.sh\n", "white space", true},
    {"https://bo\txd.sh", "white space", true},
    {"https://bo\x7Fxd.sh", "control character", true},
    {"https://bo\x01xd.sh", "control character", true},
    {"https://b\xC3\xB6xd.sh", "with characters other than", true},
    {"https://bo*xd.sh", "with characters other than", true},
    {"https://bo%78d.sh", "with characters other than", true},
    {"https://.boxd.sh", "empty part", true},
    {"https://boxd..sh", "empty part", true},
    {"https://.", "empty part", true},
    {"https://" HOST253 "a", "253", true},
    {"::1", "colon", false},
    {"fe80::1", "colon", false},
    {"https://fe80::1:9443", "colon", true},
    {"https://a:b:c", "colon", true},
    {"[::1", "malformed IPv6", false},
    {"https://[]:1", "malformed IPv6", true},
    {"https://[boxd.sh]:1", "malformed IPv6", true},
    {"https://[::1::2]:1", "malformed IPv6", true},
    {"https://[fe80::1%25eth0]:1", "malformed IPv6", true},
    {"https://[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]", "malformed IPv6", true},
    {"https://[::1]9443", "other than a port after its host", true},
    {"https://[::1]]", "other than a port after its host", true},
    {"https://[::1]:", "port", true},
};

/* Malformed, and what a message may show of each: never "hunter2". */
static const struct {
    const char *url, *shown;
} secret_urls[] = {
    {"https://user:hunter2@boxd.sh:9443", "\"https://...@boxd.sh:9443\""},
    {"user:hunter2@boxd.sh", "\"...@boxd.sh\""},
    {"hunter2@boxd.sh", "\"...@boxd.sh\""},
    {"https://user:hunter2/x@boxd.sh", "\"https://...@boxd.sh\""},
    {"https://user:hunter2#x@boxd.sh", "\"https://...@boxd.sh\""},
    {"https://user:hunter2?x@boxd.sh", "\"https://...@boxd.sh\""},
    {"https://user:hunter2@x@boxd.sh", "\"https://...@boxd.sh\""},
    {"user:hunter2://x@boxd.sh", "\"...@boxd.sh\""},
    {"hunter2://x@boxd.sh", "\"...@boxd.sh\""},
    {"https://user:hunter2 @boxd.sh", "\"https://...@boxd.sh\""},
    {"ftp://user:hunter2@boxd.sh", "\"...@boxd.sh\""},
    {"https://boxd.sh:x/?key=hunter2", "\"https://boxd.sh:x/?...\""},
};

#endif
