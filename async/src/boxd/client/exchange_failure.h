/*
 * exchange_failure.h: the one place where failures of the token exchange become errors of the program.
 */
#ifndef BOXD_EXCHANGE_FAILURE_H
#define BOXD_EXCHANGE_FAILURE_H

#include "boxd/client/config.h"
#include "http/message.h"

/* The exchange, as messages need it. All borrowed. */
typedef struct exchange {
    const config *settings;
    const char *url;
    /* The exchange has issued a token before: a machine has a metadata service. */
    bool discovered;
    /* Parts of the answer for messages, printable and without secrets: its body, and the target of a
     * redirect. */
    char excerpt[160], location[160];
} exchange;

/* The issuer of tokens, for messages. */
const char *exchange_issuer(const config *settings);

/* An answer other than 200 came. */
void exchange_refused(const exchange *a, const http_answer *answer, boxd_error *error);

/* No answer came: `error` is a copy of the answer's error, which gets the exchange and the next step. */
void exchange_failed(const exchange *a, const http_answer *answer, boxd_error *error);

#endif
