/* option_sizes.c: no code. The compiler checks here that no option struct of Drukbox has padding at its end.
 */
#include "options.h"

#include <drukbox/client.h>
#include <drukbox/types/host.h>
#include <drukbox/types/template.h>
#include <drukbox/types/wait.h>

/* NOLINTBEGIN(bugprone-sizeof-expression): of pointers, indeed */
OPTIONS_END_WITH(drukbox_secret, auth_prefix);
OPTIONS_END_WITH(drukbox_client_options, hooks);
OPTIONS_END_WITH(drukbox_host_create_options, secrets);
OPTIONS_END_WITH(drukbox_host_renew_options, expires_at_ms);
OPTIONS_END_WITH(drukbox_template_create_options, label);
OPTIONS_END_WITH(drukbox_wait_options, interval_ms);
/* NOLINTEND(bugprone-sizeof-expression) */
