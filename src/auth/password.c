/* bcrypt; the one file that knows crypt(3). */
#include "auth/password.h"

#include <crypt.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* $2b$NN$, 22 characters of salt, 31 of the hash. */
#define HASH_LENGTH 60
#define PREFIX_LENGTH 7

static const char alphabet[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz0123456789";

enum password_flaw
password_check_new(const char *text, size_t length)
{
    if (memchr(text, '\0', length))
        return PASSWORD_HAS_NUL;
    return length > PASSWORD_BYTES_MAX ? PASSWORD_TOO_LONG : PASSWORD_FINE;
}

/* The cost of a bcrypt hash; -1 if the text is none. crypt(3) reads what is
 * no hash as one of DES, and fails at once for a broken one, which would
 * tell by the time it took. $2x$ is a repair of hashes that nobody has. */
static int64_t
cost_of(const char *stored)
{
    int64_t cost;

    if (!stored || strncmp(stored, "$2", 2) != 0 ||
        strspn(stored + 2, "aby") != 1 || stored[3] != '$' ||
        !isdigit((unsigned char)stored[4]) ||
        !isdigit((unsigned char)stored[5]) || stored[6] != '$' ||
        strspn(stored + PREFIX_LENGTH, alphabet) !=
            HASH_LENGTH - PREFIX_LENGTH ||
        stored[HASH_LENGTH] != '\0')
        return -1;
    cost = (stored[4] - '0') * 10 + (stored[5] - '0');
    return cost >= PASSWORD_COST_MIN && cost <= PASSWORD_COST_MAX ? cost : -1;
}

/* Sets `hash` to the hash of `text`, and wipes what crypt(3) left. */
static int
run(const char *text, const char *setting, char hash[HASH_LENGTH + 1])
{
    struct crypt_data data = {0};
    const char *found = crypt_rn(text, setting, &data, (int)sizeof data);
    int result = -1;

    if (cost_of(found) != -1) {
        memcpy(hash, found, HASH_LENGTH + 1);
        result = 0;
    }
    explicit_bzero(&data, sizeof data);
    return result;
}

const char *
password_hash(struct arena *arena, const char *text, int64_t cost)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    char hash[HASH_LENGTH + 1];

    if (password_check_new(text, strlen(text)) != PASSWORD_FINE ||
        cost < PASSWORD_COST_MIN || cost > PASSWORD_COST_MAX ||
        !crypt_gensalt_rn("$2b$", (unsigned long)cost, NULL, 0, setting,
                          (int)sizeof setting) ||
        run(text, setting, hash) == -1)
        return NULL;
    return arena_strdup(arena, hash);
}

/* Takes the time of a hash. */
static void
spend(const char *text, int64_t cost)
{
    char setting[32], hash[HASH_LENGTH + 1];

    snprintf(setting, sizeof setting, "$2b$%02d$%.22s",
             (int)(cost < PASSWORD_COST_MIN   ? PASSWORD_COST_MIN
                   : cost > PASSWORD_COST_MAX ? PASSWORD_COST_MAX
                                              : cost),
             "......................");
    run(text, setting, hash);
    explicit_bzero(hash, sizeof hash);
}

/* In a time that does not depend on where they differ. */
static bool
is_same(const char *left, const char *right)
{
    unsigned differing = 0;

    for (size_t i = 0; i < HASH_LENGTH; i++)
        differing |= (unsigned char)left[i] ^ (unsigned char)right[i];
    return differing == 0;
}

bool
password_matches(const char *text, size_t length, const char *stored,
                 int64_t cost)
{
    size_t used = length < PASSWORD_BYTES_MAX ? length : PASSWORD_BYTES_MAX;
    char cut[PASSWORD_BYTES_MAX + 1] = {0}, hash[HASH_LENGTH + 1] = {0};
    int64_t spent = cost_of(stored);
    bool matches;

    memcpy(cut, text, used);
    matches = spent != -1 && run(cut, stored, hash) == 0 &&
              is_same(hash, stored) && !memchr(text, '\0', length);
    if (spent == -1)
        spend(cut, cost);
    /* 2^n, and then 2^n + 2^(n+1) + ... + 2^(cost-1), make 2^cost: a hash
     * from times of a lower cost does not tell that the user is known. */
    else if (!matches)
        for (; spent < cost; spent++)
            spend(cut, spent);
    explicit_bzero(cut, sizeof cut);
    explicit_bzero(hash, sizeof hash);
    return matches;
}
