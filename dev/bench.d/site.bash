# shellcheck shell=bash
# A site of its own for dev/bench and dev/soak, made by dev/up in a directory
# that is removed at the end. Sourced after dev/common.bash; what runs already
# is not touched.

# shellcheck disable=SC2034  # main_url and second_url are for the scripts
site_up()
{
    tools_up
    trap site_down EXIT
    trap 'exit 130' INT TERM HUP
    work=$(mktemp -d "${TMPDIR:-/tmp}/byline.XXXXXX")
    chmod 711 "$work" # the servers' user passes through
    export BYLINE_STATE=$work/var
    BYLINE_HTTPS_PORT=$(free_port)
    BYLINE_HTTP_PORT=$(free_port "$BYLINE_HTTPS_PORT")
    second_port=$(free_port "$BYLINE_HTTPS_PORT" "$BYLINE_HTTP_PORT")
    export BYLINE_HTTPS_PORT BYLINE_HTTP_PORT
    main_url=http://127.0.0.1:$BYLINE_HTTP_PORT
    second_url=http://127.0.0.1:$second_port
    dev/up >"$work/up.log" 9>&- || die "dev/up failed" "$(cat "$work/up.log")"
    find_server_user
    find_state
    unset "${!PG@}" BYLINE_CONFIG
    export PGHOST=$run
    second_pid=$run/second.pid
}

site_down()
{
    local status=$?

    trap - EXIT
    [[ ${work-} ]] || exit "$status"
    if [[ ${clients_pid-} ]]; then kill -s KILL -- "-$clients_pid" || true; fi
    if declare -F peers_down >/dev/null; then peers_down; fi
    second_pool_down
    if [[ -e $work/var/.byline ]]; then
        dev/down --purge >"$work/down.log" 2>&1 || cat "$work/down.log" >&2
    fi
    rm -rf -- "$work"
    exit "$status"
}

tools_up()
{
    local sudo=()

    command -v wrk >/dev/null && return
    echo "apt-get install --no-install-recommends wrk"
    if ((EUID != 0)); then sudo=(sudo --); fi
    "${sudo[@]}" dev/deps --install wrk >/dev/null ||
        die "wrk could not be installed"
}

free_port() # TAKEN...
{
    local port

    while :; do
        port=$((20000 + RANDOM % 12000))
        [[ " $* " == *" $port "* ]] && continue
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    printf '%s\n' "$port"
}

# A second pool beside the site's, at $run/second.sock; standard input is the
# program's.
second_pool_up() # PROGRAM ARGUMENT...
{
    second_program=$1
    # shellcheck disable=SC2016
    as_server setsid -f sh -c 'echo $$ >"$1"; exec 3>>"$2"; shift 2
        exec "$@" >&3 2>&3 3>&-' sh \
        "$second_pid" "$log/second.log" "$@" >/dev/null 2>&1
    wait_for 10 test -S "$run/second.sock" ||
        die "${second_program##*/} did not start" "$(cat "$log/second.log")"
}

second_pool_down()
{
    local pid

    if [[ ${second_program-} ]] && pid=$(pid_of "$second_pid" \
        "$second_program"); then
        kill "$pid"
        wait_for 15 gone "$pid" || kill -s KILL "$pid"
    fi
}

# The site's own program and settings, but for what is to be replaced.
second_up() # SED-EXPRESSION
{
    local ini=$state/conf/second.ini

    second_pool_down
    sed -e "$1" -e 's/main\.sock/second.sock/' \
        -e 's/accounts\.sock/second-accounts.sock/' \
        "$state/conf/byline.ini" | as_server tee "$ini" >/dev/null
    second_pool_up "$state/bin/byline" serve -c "$ini" </dev/null
    second_server_up
}

# The same nginx serves it at a port of its own, by the same settings, but
# without a limit for accounts.
second_server_up()
{
    local conf=$state/nginx/dev.conf
    local snippets=$state/nginx/snippets file

    for file in server accounts accounts-pool; do
        sed -e 's/byline_\(main\|accounts\);/second_\1;/' \
            -e 's/byline-accounts/second-accounts/' -e '/^limit_req/d' \
            "$snippets/byline-$file.conf" |
            as_server tee "$snippets/second-$file.conf" >/dev/null
    done
    grep -q second_main "$snippets/second-server.conf" ||
        die "byline-server.conf no longer passes to byline_main"
    grep -q second_main "$conf" || {
        sed '$d' "$conf"
        cat <<CONF
    upstream second_main {
        server "unix:$run/second.sock" max_fails=0;
    }

    upstream second_accounts {
        server "unix:$run/second-accounts.sock" max_fails=0;
    }

    server {
        listen      127.0.0.1:$second_port;
        server_name localhost;
        include     "$snippets/second-server.conf";
    }
}
CONF
    } | as_server tee "$conf.new" >/dev/null
    if [[ -s $conf.new ]]; then as_server mv "$conf.new" "$conf"; fi
    kill -HUP "$(nginx_running)"
    wait_for 10 answers "$second_url/articles/1" ||
        die "the second pool does not answer" \
            "$(tail -n 5 "$log/nginx.error.log" "$log/second.log")"
}

answers() # URL
{
    curl -sf --max-time 2 -o /dev/null "$1"
}

# Fills the array workers with those of the main pool: others are nice.
workers_of() # MASTER-PID
{
    local pid children=() own_nice

    workers=()
    read -r -a children <"/proc/$1/task/$1/children" || true
    nice_of "$1"
    own_nice=$nice
    for pid in "${children[@]}"; do
        nice_of "$pid"
        if [[ $nice == "$own_nice" ]]; then workers+=("$pid"); fi
    done
}

# Sets nice, without a process of its own: it is asked often.
nice_of() # PID
{
    local line='' fields

    read -r line 2>/dev/null <"/proc/$1/stat" || true
    read -r -a fields <<<"${line##*) }"
    nice=${fields[16]-gone}
}
