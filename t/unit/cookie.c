/* Cookies: what is sent, and what is found. */
#include "auth/cookie.h"

#include "tap.h"

static struct arena *arena;

static void
cookies_are_sent(void)
{
    struct token_settings settings = {
        .cookie = "Authentication",
        .cookie_secure = true,
    };

    is_text(cookie_format_token(arena, &settings, "a.b.c", 3600),
            "Authentication=a.b.c; HttpOnly; Path=/; Max-Age=3600; Secure; "
            "SameSite=Lax",
            "as is usual");
    is_text(cookie_format_token(arena, &settings, NULL, 3600),
            "Authentication=; HttpOnly; Path=/; Max-Age=0; Secure; "
            "SameSite=Lax",
            "cleared");
    settings.cookie_secure = false;
    settings.cookie_same_site = COOKIE_SAME_SITE_STRICT;
    is_text(cookie_format_token(arena, &settings, "t", 1),
            "Authentication=t; HttpOnly; Path=/; Max-Age=1; SameSite=Strict",
            "not secure, and strict");
    settings.cookie = "__Host-token";
    settings.cookie_secure = true;
    settings.cookie_same_site = COOKIE_SAME_SITE_NONE;
    is_text(cookie_format_token(arena, &settings, "t", 31536000),
            "__Host-token=t; HttpOnly; Path=/; Max-Age=31536000; Secure; "
            "SameSite=None",
            "for all sites, and of another name");
}

static const struct {
    const char *header;
    const char *value; /* of the cookie "token" */
} examples[] = {
    {NULL, NULL},
    {"", NULL},
    {"token=a", "a"},
    {"token=", ""},
    {"token", NULL},
    {"token;", NULL},
    {"=token", NULL},
    {"other=token=b; token=c", "c"},
    {"a=b; token=c; d=e", "c"},
    {"a=b;token=c;d=e", "c"},
    {"a=b;  \t token=c \t; d=e", "c"},
    {"a=b; token=c", "c"},
    {"token=c;", "c"},
    {";;; token=c", "c"},
    {"token=a; token=b", "a"},
    {"token=; token=b", ""},
    {"token=a=b==", "a=b=="},
    {"token=\"a\"", "a"},
    {"token=\"\"", ""},
    {"token=\"", "\""},
    {"token=\"a", "\"a"},
    {"token=  a", "  a"},
    {"Token=a", NULL},
    {"atoken=a", NULL},
    {"token2=a", NULL},
    {"tok=a", NULL},
    {"x token=a", NULL},
    {"token =a", NULL},
    {"a=\"; token=b\"", "b\""},
    {"token=a,token=b", "a,token=b"},
    {"  ", NULL},
    {" ; ", NULL},
};

int
main(void)
{
    arena = arena_new();
    cookies_are_sent();
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const char *header = examples[i].header;

        is_text(cookie_find(arena, header, "token"), examples[i].value,
                "in \"%s\"", header ? header : "(null)");
    }
    arena_free(arena);
    return done();
}
