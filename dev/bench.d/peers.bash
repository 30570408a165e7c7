# shellcheck shell=bash
# The peers of dev/bench: each has a file peer-*.bash with functions NAME_up
# COUNT and, where there is something to build, NAME_build; each is a process
# of its own with all its children, and has a server of the site's nginx.
# Sourced after site.bash.

declare -A daemon_pid port_of socket_of is_warm

# What nginx serves by these, instead of Byline's pool.
declare -A pass_of

# All that ever write to a log do so at $log/NAME.log.
daemon_up() # NAME COMMAND...
{
    local name=$1 pidfile=$run/$1.pid
    shift

    as_server rm -f "$pidfile"
    # shellcheck disable=SC2016
    as_server setsid -f sh -c 'echo $$ >"$1"; exec 3>>"$2"; shift 2
        exec "$@" >&3 2>&3 3>&-' sh \
        "$pidfile" "$log/$name.log" "$@" >/dev/null 2>&1
    until [[ -s $pidfile ]]; do sleep 0.002; done
    daemon_pid[$name]=$(<"$pidfile")
}

daemon_down() # NAME
{
    local pid=${daemon_pid[$1]-}

    [[ $pid ]] || return 0
    unset "daemon_pid[$1]" "is_warm[$1]"
    # Not by TERM to all: each ends its children.
    kill "$pid" 2>/dev/null || return 0
    wait_for 15 gone "$pid" || kill -s KILL "$pid"
}

peers_down()
{
    local name

    for name in "${!daemon_pid[@]}"; do daemon_down "$name"; done
}

# --- nginx ------------------------------------------------------------------

# Every peer behind the same settings, but for where the request goes.
peers_nginx_up()
{
    local conf=$state/nginx/dev.conf name text=''

    for name in "${!pass_of[@]}"; do
        text+=$(nginx_server "$name")$'\n'
    done
    {
        sed -e '$d' -e 's/worker_connections .*/worker_connections 4096;/' \
            "$conf"
        printf '%s}\n' "$text"
    } | as_server tee "$conf.new" >/dev/null
    as_server mv "$conf.new" "$conf"
    as_server nginx -t -q -e "$log/nginx.error.log" -c "$conf" ||
        die "nginx refuses the peers" "$(tail -n 5 "$log/nginx.error.log")"
    # A reload would keep the limit of connections.
    kill -QUIT "$(nginx_running)"
    wait_for 10 nginx_ended || die "nginx does not end"
    as_server nginx -e "$log/nginx.error.log" -c "$conf"
    # shellcheck disable=SC2034  # for cpu_times
    nginx_root=$(nginx_running)
}

nginx_ended()
{
    ! nginx_running >/dev/null
}

nginx_server() # NAME
{
    local snippet=$state/nginx/snippets/bench-$1.conf

    awk -v pass="${pass_of[$1]}" '
        /byline-accounts/ { next }
        /^location @byline/ { print; print pass; inside = 1; next }
        /^}/ { inside = 0 }
        !inside' "$state/nginx/snippets/byline-server.conf" |
        as_server tee "$snippet" >/dev/null
    grep -qF "${pass_of[$1]%%$'\n'*}" "$snippet" ||
        die "byline-server.conf has no location @byline any more"
    cat <<CONF
    upstream bench_$1 {
        server "unix:${socket_of[$1]}" max_fails=0;
        keepalive 32;
    }

    server {
        listen      127.0.0.1:${port_of[$1]} backlog=4096;
        server_name localhost;
        include     "$snippet";
    }
CONF
}

pass_fastcgi() # NAME [LINE]
{
    printf '    include "%s/nginx/snippets/byline-fastcgi.conf";\n' "$state"
    printf '    fastcgi_pass bench_%s;\n%s\n' "$1" "${2-}"
}

pass_http() # NAME
{
    cat <<CONF
    proxy_pass         http://bench_$1;
    proxy_http_version 1.1;
    proxy_set_header   Connection "";
    proxy_set_header   Host \$host;
    proxy_set_header   X-Forwarded-For \$remote_addr;
    proxy_next_upstream off;
    proxy_buffer_size  16k;
    proxy_buffers      32 16k;
CONF
}

# --- each -------------------------------------------------------------------

# Before nginx is told of them: ports and sockets.
peers_prepare() # NAME...
{
    local name

    for name; do
        port_of[$name]=$(free_port "${port_of[@]}" "$BYLINE_HTTPS_PORT" \
            "$BYLINE_HTTP_PORT" "$second_port")
        socket_of[$name]=$run/$name.sock
        "${name}_prepare"
    done
}

peer_ready() # NAME
{
    answers_item "${port_of[$1]}"
}

# Without a process of its own, as it is asked often.
answers_item() # PORT
{
    local line=''

    { exec 4<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return
    printf 'GET /articles/1 HTTP/1.0\r\nHost: localhost\r\n\r\n' >&4
    read -r -t 5 line <&4 || true
    exec 4>&-
    [[ $line == *" 200 "* ]]
}

peer_up() # NAME [COUNT]
{
    "$1_up" "${2-}"
    peer_is_up "$1"
}

peer_is_up() # NAME
{
    wait_for 60 peer_ready "$1" ||
        die "$1 does not answer" "$(grep -i -m 3 error "$log/$1.log")" "$(tail -n 3 "$log/$1.log" \
            "$log/nginx.error.log" 2>&1)"
}
