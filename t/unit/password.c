/* bcrypt hashes, and how long it takes to say no. */
#include "auth/password.h"

#include <ctype.h>
#include <time.h>

#include "tap.h"

#define X72                                                                   \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
    "x"
#define HASH "$2b$04$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK"

/* Made by bcryptjs. */
static const struct {
    const char *text;
    const char *hash;
} made_elsewhere[] = {
    {"strongPassword123",
     "$2b$10$Pl7r3NPnsEpRwQxGvyuyz.utGr1piKzZ2yTJk.joFvTA3rEAonYa6"},
    {"strongPassword123", HASH},
    {"strongPassword123",
     "$2a$04$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK"},
    {"strongPassword123",
     "$2y$04$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK"},
    {"", "$2b$04$QWXaReLAzyWeWPEoOX0/F.DmO0IuF8YsaVZ8L8ESISom4xMNjIGZe"},
    {"za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87 g\xc4\x99\xc5\x9bl\xc4\x85 "
     "ja\xc5\xba\xc5\x84",
     "$2b$04$xYMko0HE7E31FATVPvGLOeBvzdRMxWDks8qNvhpW9rmwqge4iueIC"},
    {X72, "$2b$04$SAelkRhSweIIIgOzOGbeTe/DwqJC2XCLUxc7k2sQaGCo7NLjIAvHO"},
    {X72 "xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
     "$2b$04$1U0ur.8Ui6MR86p1nQ3EWej.YYSolFVmesAbaCKXpuBHKdZmc595u"},
};

/* Of "strongPassword123", if anything at all. */
static const char *const no_hashes[] = {
    "",
    "*",
    "*0",
    "!",
    "strongPassword123",
    "ab0m2cLcB8eWQ", /* DES */
    "$1$ab$0fmvhbmEkwkmVE7hkVPPm1",
    "$2b$",
    "$2b$04$",
    "$2b$04$HsWIlTP9q360ffsSao1Uke",
    "$2x$04$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK",
    "$2$04$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK",
    "$2c$04$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK",
    "$2B$04$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK",
    "$2b$03$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK",
    "$2b$32$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK",
    "$2b$4$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK",
    "$2b$ 4$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK",
    "$2b$0a$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK",
    "$2b$04aHsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK",
    "$2b$04$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaO",
    "$2b$04$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOKK",
    "$2b$04$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK ",
    "$2b$04$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f+.NOagHSsQysnqVCaOK",
    "$2b$04$HsWIlTP9q360ffsSao1Uke\n4Hqb1p76n5f..NOagHSsQysnqVCaOK",
    " $2b$04$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK",
    /* The last bits of the salt say nothing, and are zero in a hash. */
    "$2b$04$HsWIlTP9q360ffsSao1Ukfg4Hqb1p76n5f..NOagHSsQysnqVCaOK",
};

static bool
matches(const char *text, const char *stored)
{
    return password_matches(text, strlen(text), stored, 4);
}

static void
new_passwords_are_checked(void)
{
    is_int(password_check_new("", 0), PASSWORD_FINE, "empty is fine here");
    is_int(password_check_new(X72, 72), PASSWORD_FINE, "72 bytes");
    is_int(password_check_new(X72 "x", 73), PASSWORD_TOO_LONG, "73 bytes");
    is_int(password_check_new("a\0b", 3), PASSWORD_HAS_NUL, "a NUL");
    is_int(password_check_new("ab\0", 3), PASSWORD_HAS_NUL, "NUL at the end");
    is_int(password_check_new("ab\0", 2), PASSWORD_FINE, "NUL behind it");
}

static void
hashes_are_made(void)
{
    struct arena *arena = arena_new();
    const char *hash = password_hash(arena, "secret", 4);
    const char *again = password_hash(arena, "secret", 4);
    const char *dear = password_hash(arena, "secret", 5);

    if (ok(hash && again && dear, "hashes are made")) {
        is_int((int64_t)strlen(hash), 60, "of 60 characters");
        ok(strncmp(hash, "$2b$04$", 7) == 0, "of the cost that was asked");
        ok(strncmp(dear, "$2b$05$", 7) == 0, "of another cost");
        ok(strcmp(hash, again) != 0, "each with a salt of its own");
        ok(matches("secret", hash) && matches("secret", again),
           "and match the password");
        ok(!matches("Secret", hash) && !matches("secret ", hash) &&
               !matches("secre", hash) && !matches("", hash),
           "and no other");
    }
    hash = password_hash(arena, X72, 4);
    ok(hash && matches(X72, hash), "72 bytes have a hash");
    ok(hash && !matches(&X72[1], hash), "and all of them count");
    hash = password_hash(arena, "", 4);
    ok(hash && matches("", hash) && !matches("a", hash), "empty has one");
    is_text(password_hash(arena, X72 "x", 4), NULL, "73 bytes have none");
    is_text(password_hash(arena, "a", 3), NULL, "cost 3 is too low");
    is_text(password_hash(arena, "a", 0), NULL, "cost 0 is no default");
    is_text(password_hash(arena, "a", 32), NULL, "cost 32 is too high");
    is_text(password_hash(arena, "a", -1), NULL, "cost -1 is none");
    arena_free(arena);
}

static void
hashes_from_elsewhere_match(void)
{
    enum { COUNT = sizeof made_elsewhere / sizeof made_elsewhere[0] };

    for (size_t i = 0; i < COUNT; i++) {
        const char *text = made_elsewhere[i].text;
        const char *hash = made_elsewhere[i].hash;

        ok(matches(text, hash), "\"%.20s\" matches %s", text, hash);
        ok(!matches("another", hash), "and another does not");
    }
    ok(matches(X72 "y", made_elsewhere[7].hash),
       "bytes after 72 do not count");
    ok(!matches(&X72[1], made_elsewhere[7].hash), "but the 72nd does");
}

static void
other_texts_match_nothing(void)
{
    ok(!matches("strongPassword123", NULL), "an unknown user");
    for (size_t i = 0; i < sizeof no_hashes / sizeof no_hashes[0]; i++)
        ok(!matches("strongPassword123", no_hashes[i]),
           "no hash to match: \"%s\"", no_hashes[i]);
    ok(!password_matches("strongPassword123\0", 18, HASH, 4),
       "a NUL at the end matches nothing");
    ok(!password_matches("strongPassword123\0a", 19, HASH, 4),
       "nor one within");
    ok(password_matches("strongPassword123\0a", 17, HASH, 4),
       "but the length counts");
    ok(!password_matches("\0", 1, made_elsewhere[4].hash, 4),
       "a NUL is not the empty password");
    ok(!password_matches(X72 "\0", 73, made_elsewhere[6].hash, 4),
       "nor is one after 72 bytes cut");
}

static int64_t
cpu_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The least of some tries. */
static int64_t
time_us(const char *text, size_t length, const char *stored, int64_t cost)
{
    int64_t least = INT64_MAX;

    for (int i = 0; i < 5; i++) {
        int64_t start = cpu_us(), took;

        password_matches(text, length, stored, cost);
        took = cpu_us() - start;
        least = took < least ? took : least;
    }
    return least;
}

static void
refusals_take_their_time(void)
{
    struct arena *arena = arena_new();
    const char *stored = password_hash(arena, "secret", 8);
    int64_t wrong = time_us("Secret", 6, stored, 8);
    const struct {
        const char *name;
        int64_t us;
    } cases[] = {
        {"an unknown user", time_us("Secret", 6, NULL, 8)},
        {"no hash", time_us("Secret", 6, "*", 8)},
        {"a broken hash", time_us("Secret", 6, "$2b$08$", 8)},
        {"a cost that there is not",
         time_us(
             "Secret", 6,
             "$2b$99$HsWIlTP9q360ffsSao1Ukeg4Hqb1p76n5f..NOagHSsQysnqVCaOK",
             8)},
        {"a NUL", time_us("secret\0", 7, stored, 8)},
        {"a hash of a lower cost", time_us("Secret", 6, HASH, 8)},
        {"the right password", time_us("secret", 6, stored, 8)},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (!ok(cases[i].us * 10 > wrong * 7 && cases[i].us * 7 < wrong * 10,
                "%s takes the time of a wrong password", cases[i].name))
            diag("%d us, %d us", (int)cases[i].us, (int)wrong);
    ok(time_us("secret", 6, stored, 12) < 2 * wrong,
       "a right password does not wait for a cost to come");
    ok(time_us("a", 1, NULL, -7) < wrong, "a cost below all is the lowest");
    arena_free(arena);
}

int
main(void)
{
    new_passwords_are_checked();
    hashes_are_made();
    hashes_from_elsewhere_match();
    other_texts_match_nothing();
    refusals_take_their_time();
    return done();
}
