/* credential.h: which credential and which address a command uses: options, environment, profile. */
#ifndef BOXCTL_CREDENTIAL_H
#define BOXCTL_CREDENTIAL_H

#include "cli/profile.h"
#include "cli/run.h"

/*
 * Chooses the profile for a command and reads it:
 * - --profile NAME takes precedence over all variables.
 * - Without it, BOXD_API_KEY and BOXD_TOKEN take precedence over every profile.
 * - Then BOXD_PROFILE, then the profile of `boxctl profile use`, then "default".
 * A profile's credential goes only to the profile's service: another address in an option or a variable is an
 * error. Returns EXIT_OK, also if there is no profile, or an exit code after printing the error. Once per
 * run.
 */
int credential_choose(cli *c);

/* The profile that was chosen, or NULL. */
const profile *credential_profile(void);

/* Where the credential comes from, for people: "BOXD_API_KEY", "profile default"; NULL: there is none. */
const char *credential_source(void);

/* The name that --profile or BOXD_PROFILE has, else the current profile. */
void credential_profile_name(const cli *c, char name[PROFILE_NAME_SIZE]);

/* The value of a variable; NULL if it is not set or empty. */
const char *variable(const char *name);

/* The name of the variable that has the URL of the service if one of them has: BOXD_BASE_URL, which takes
 * precedence, or BOXD_API_URL. */
const char *url_variable(void);

#endif
