# shellcheck shell=bash
# Byline: the pool of dev/up, started again here so that it can have other
# numbers, behind nginx as the peers are, which keeps no answers there. The
# site's own server is the peer cached. Sourced after peers.bash.

byline_backlog=128

byline_prepare()
{
    local pid

    port_of[cached]=$BYLINE_HTTP_PORT
    pass_of[byline]=$(pass_fastcgi byline)
    socket_of[byline]=$run/main.sock
    pid=$(pool_running) || die "the pool ended"
    kill "$pid"
    wait_for 15 gone "$pid" || die "the pool (process $pid) does not end"
}

byline_up() # [WORKERS]
{
    local ini=$state/conf/bench.ini

    sed -e "/^\[pool main\]/,/^\[/ {
        s/^;*workers .*/workers = ${1:-$pool_size}/
        s/^;*listen_backlog .*/listen_backlog = $byline_backlog/
    }" "$state/conf/byline.ini" | as_server tee "$ini" >/dev/null
    daemon_up byline "$state/bin/byline" serve -c "$ini"
}
