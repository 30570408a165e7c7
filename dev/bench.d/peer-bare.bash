# shellcheck shell=bash
# libfcgi and libpq without anything above them (bare.c), in two forms: bare,
# as everybody uses them, and limit, which closes its connections itself.
# Sourced after peers.bash.

bare_build()
{
    # shellcheck disable=SC2046
    gcc -std=gnu11 -D_GNU_SOURCE -O2 -Wall -o "$work/bare" \
        dev/bench.d/bare.c $(pkg-config --cflags libpq) -lfcgi -lpq
    as_server tee "$state/bin/bare" <"$work/bare" >/dev/null
    as_server chmod 755 "$state/bin/bare"
    as_server tee "$state/statements.sql" <dev/bench.d/statements.sql \
        >/dev/null
}

bare_prepare()
{
    pass_of[bare]=$(pass_fastcgi bare)
}

limit_prepare()
{
    pass_of[limit]=$(pass_fastcgi limit)
}

bare_up() # [WORKERS]
{
    bare_of_form bare plain "${1:-$pool_size}"
}

limit_up() # [WORKERS]
{
    bare_of_form limit limit "${1:-$pool_size}"
}

bare_of_form() # NAME FORM WORKERS
{
    as_server rm -f "${socket_of[$1]}"
    # shellcheck disable=SC2016
    daemon_up "$1" sh -c 'exec "$0" "$@" <statements.sql' "$state/bin/bare" \
        "$2" "${socket_of[$1]}" "$3" \
        "dbname=byline user=byline options='-c TimeZone=UTC'"
}
