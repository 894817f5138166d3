/*
 * create.c: CreateVm. Core thread only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/differ.h"
#include "machine/spec.h"
#include "service/service.h"

/* Appends a word, quoted for a POSIX shell, and a space. */
static char *append_quoted(char *out, const char *word)
{
    *out++ = '\'';
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            out = stpcpy(out, "'\\''");
        } else {
            *out++ = *word;
        }
    }
    *out++ = '\'';
    *out++ = ' ';
    return out;
}

static char *command_line(size_t count, const char *const *words)
{
    if (count == 0)
        return NULL;
    size_t size = 8;
    for (size_t i = 0; i < count; i++)
        size += strlen(words[i]) * 4 + 3;
    char *line = xmalloc(size), *p = line;
    p = stpcpy(p, "exec ");
    for (size_t i = 0; i < count; i++)
        p = append_quoted(p, words[i]);
    p[-1] = '\0';
    return line;
}

static int copy_env(call *c, const BoxdPb__CreateVmRequest *request, machine *m)
{
    m->env = xcalloc(request->n_env + 1, sizeof *m->env);
    for (size_t i = 0; i < request->n_env; i++) {
        const BoxdPb__EnvVar *var = request->env[i];
        if (!env_name_valid(var->key))
            return call_error(c, GRPC_STATUS_INVALID_ARGUMENT,
                              "\"%.80s\" is not a valid name of an environment variable", var->key);
        m->env[i] = xprintf("%s=%s", var->key, var->value);
    }
    return 0;
}

void machine_fill_created(call *c, const machine *m)
{
    BoxdPb__CreateVmResponse *reply = (BoxdPb__CreateVmResponse *)c->reply;
    reply->vm_id = arena_strdup(&c->memory, m->id);
    reply->name = arena_strdup(&c->memory, m->name);
    reply->public_ip = arena_strdup(&c->memory, m->public_ip);
    reply->url = arena_strdup(&c->memory, m->url);
    reply->image = arena_strdup(&c->memory, m->image_ref);
    reply->status = differs(DIFFER_CREATE_STATE) ? "creating" : machine_status_name(m->status);
    reply->boot_time_ms = m->boot_time_ms;
}

/* What the service refuses before it makes a machine. */
static int check(call *c, const BoxdPb__CreateVmRequest *request)
{
    int code = request->image_ref[0] ? image_check(c, request->image_ref) : 0;
    if (code == 0)
        code = restart_policy_check(c, request->restart_policy);
    return code ? code : networks_check(c, request->n_networks, request->networks);
}

/* Takes ownership of `spec`, which may be NULL. */
static int create_from_image(call *c, const BoxdPb__CreateVmRequest *request, json_t *spec)
{
    int code;
    machine *m = machine_create(c, differs(DIFFER_CREATE_NAME) ? "" : request->name, &code);
    if (m == NULL) {
        json_decref(spec);
        return code;
    }
    code = copy_env(c, request, m);
    m->shared = request->shared;
    m->image_ref = xstrdup(request->image_ref[0] ? request->image_ref : machine_settings.image);
    m->restart_policy = xstrdup(request->restart_policy[0] ? request->restart_policy : "always");
    m->cmd = command_line(request->n_cmd, request->cmd);
    m->networks = strings_copy(request->n_networks, request->networks);
    m->isolated = request->isolated;
    m->labels = pairs_copy(request->n_labels, request->labels);
    if (spec != NULL)
        spec_apply(m, spec);
    if (code == 0)
        code = machine_configure(c, m, request->config);
    return machine_launch(c, m, code, NULL, machine_fill_created);
}

static int create_vm(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__CreateVmRequest *request = (const BoxdPb__CreateVmRequest *)message;
    (void)out;
    const spec_other_fields other = {.image = request->image_ref[0] != '\0',
                                     .env = request->n_env > 0,
                                     .networks = request->n_networks > 0,
                                     .isolated = request->isolated,
                                     .labels = request->n_labels > 0,
                                     .config = request->config};
    json_t *spec = NULL;
    int code = machine_check_org(c, request->org);
    if (code == 0)
        code = check(c, request);
    if (code == 0 && request->team[0] != '\0')
        code = call_error(c, GRPC_STATUS_NOT_FOUND, "no team is named \"%.80s\"", request->team);
    if (code == 0 && request->spec != NULL)
        code = spec_request(c, request->spec, &other, &spec);
    if (code != 0)
        return code;
    const char *snapshot = spec_snapshot(spec);
    if (snapshot == NULL)
        return create_from_image(c, request, spec);
    code = snapshots_restore(c, &(snapshot_restore){.snapshot = snapshot,
                                                    .name = request->name,
                                                    .config = request->config,
                                                    .spec = spec,
                                                    .shared = request->shared});
    json_decref(spec);
    return code;
}

const rpc_handler create_rpcs[] = {
    {.rpc = "CreateVm", .unary = create_vm},
    {NULL, NULL, NULL},
};
