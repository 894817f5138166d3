/* What several kinds of loops have in common. Called by the tests, on the thread of the loop. */
#include "loop_kind.h"

void *loop_itself(void *loop)
{
    return loop;
}

void loop_ends_by_itself(void *loop)
{
    (void)loop;
}
