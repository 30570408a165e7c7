/* What workers and their master tell each other. */
#include "serve/scoreboard.h"

#include <sys/mman.h>

struct slot *
scoreboard_new(size_t count)
{
    void *slots =
        mmap(NULL, count * sizeof(struct slot), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return slots == MAP_FAILED ? NULL : slots;
}
