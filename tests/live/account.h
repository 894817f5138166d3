/*
 * account.h: recognises the account of a run. A journal must not be cleaned with the credentials of another
 * account: that account has none of the objects, so the journal would be removed and the objects would stay.
 */
#ifndef LIVE_ACCOUNT_H
#define LIVE_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>

enum { ACCOUNT_BYTES = 64 };

/* "SALT-HASH" of a text that identifies the account: an id, or the token of a service that has no accounts.
 * The hash has 16 bits: it distinguishes accounts, and does not confirm a guess of the text, because one of
 * 65536 wrong guesses has the same hash. */
void account_hash(const char *text, char out[ACCOUNT_BYTES]);
/* Whether `hash` is of this text. */
bool account_matches(const char *hash, const char *text);

#endif
