/*
 * environment.h: where a configuration reads the environment: getenv(), or a test's own.
 */
#ifndef BOXD_ENVIRONMENT_H
#define BOXD_ENVIRONMENT_H

/* As getenv(). */
typedef const char *(*getenv_fn)(const char *name);

#endif
