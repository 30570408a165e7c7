# shellcheck shell=bash
# One turn of dev/bench: a peer under a workload, and what it cost. Sourced
# after peers.bash.

failures=0

# One that brings no answer at all is tried again, and then said to be so.
turn() # WORKLOAD ROUND PEER SECONDS [OPTION-OF-LOAD...]
{
    local try

    for try in 1 2 3; do
        turn_once "$@"
        ((answers == 0)) || return 0
        echo "$1: $3 answered nothing, try $try" >&2
    done
}

# A line of $results: WORKLOAD ROUND PEER, then answers, failed, microseconds,
# p50 and p99 in microseconds, requests that were due, milliseconds of CPU of
# the clients, and ticks of CPU of the application, nginx and PostgreSQL.
turn_once() # WORKLOAD ROUND PEER SECONDS [OPTION-OF-LOAD...]
{
    local workload=$1 round=$2 peer=$3 seconds=$4 before after figures
    shift 4

    cpu_times "$peer"
    before=("${times[@]}")
    if [[ $peer == pgbench ]]; then
        measure_statement "${workload#*@}" "$seconds"
    else
        measure_http "$peer" "${workload#*@}" "$seconds" "$@"
    fi
    cpu_times "$peer"
    after=("${times[@]}")
    figures+=($((after[0] - before[0])) $((after[1] - before[1]))
        $((after[2] - before[2])))
    ((figures[1] == 0)) || {
        failures=$((failures + figures[1]))
        echo "$workload: $peer failed ${figures[1]} requests" >&2
    }
    answers=${figures[0]}
    rate=$((answers * 1000000 / figures[2]))
    clean_after "${workload#*@}"
    if ((answers == 0 && try < 3)) || [[ $round == warm ]]; then return; fi
    printf '%s\t' "$workload" "$round" "$peer" \
        "${figures[@]}" | sed 's/\t$/\n/' >>"$results"
}

# Fills figures, which is the caller's, with the first seven.
measure_http() # PEER WORKLOAD SECONDS [OPTION...]
{
    local said request=()

    "workload_${2//-/_}" # sets request
    said=$("$work/load" -p "${port_of[$1]}" -c "$clients" -d "$3" \
        "${@:4}" "${request[@]}" 2>"$work/load.err") ||
        die "$2: the clients of $1 stopped" "$(<"$work/load.err")"
    read -r -a figures < <(sed -n 's/^figures //p' <<<"$said")
    ((${#figures[@]} == 7)) || die "$2: no figures of $1" "$said"
    head -n 3 "$work/load.err" | cut -c 1-500 >&2
}

measure_statement() # WORKLOAD SECONDS
{
    local said whole=${2%.*}

    # It knows whole seconds only, and connects within them.
    ((whole > 1)) || whole=2
    rm -f "$work"/pgbench.*
    said=$({ cd "$work" && TIMEFORMAT="cpu %U %S" && time \
        "$(pg_bin)/pgbench" -U byline -M prepared -n -c "$clients" -j 1 \
        -T "$whole" -l --log-prefix=pgbench -D "author=$author" \
        -f "$work/$1.pgbench" byline; } 2>&1) ||
        die "pgbench failed" "$said"
    read -r -a figures < <(sort -n -k 3,3 "$work"/pgbench.* |
        awk -v us="$((whole * 1000000))" '{ took[NR] = $3 }
            END { print NR, 0, us, took[int(NR / 2) + 1] + 0,
                took[int(NR * .99) + 1] + 0, NR, 0 }')
    # Of its own clock, without the time of connecting.
    figures[2]=$(awk -v n="${figures[0]}" '/^tps = / {
        printf "%d", (n > 0 ? n / $3 : 1) * 1e6 }' <<<"$said")
    figures[6]=$(awk '/^cpu / { printf "%d", ($2 + $3) * 1000 }' \
        <<<"$said")
}

# --- workloads ---------------------------------------------------------------

title='A title of the benchmark'
content=$(printf 'Ask around, and everybody has a story about it. %.0s' {1..8})

workload_item()
{
    request=(-n "$articles" '/articles/*')
}

workload_list20()
{
    request=(/articles)
}

workload_list100()
{
    request=('/articles?limit=100')
}

workload_embed()
{
    request=('/articles?with=author,categories')
}

workload_create()
{
    request=(-m POST -s 201 -H "Authorization: Bearer $token"
        -H 'Content-Type: application/json'
        -b "{\"title\":\"$title\",\"content\":\"$content\"}" /articles)
}

# An item that everybody wants.
workload_hot()
{
    request=(/articles/1)
}

workload_not_modified()
{
    request=(-s 304 -H "If-None-Match: $etag" /articles/1)
}

write_scripts()
{
    local name

    for name in item list20 list100 embed create; do
        awk -v name="$name" -v last="$articles" '
            $1 == "--" && NF == 2 { inside = $2 == name; next }
            inside && NF' dev/bench.d/statements.sql >"$work/$name.sql"
        {
            printf '\\set id random(1, %d)\n' "$articles"
            if [[ $name == create ]]; then
                sed -e "s/\\\$1/'$title'/" -e "s/\\\$2/'$content'/" \
                    -e 's/\$3/:author/' "$work/$name.sql"
            else
                sed 's/\$1/:id/' "$work/$name.sql"
            fi
            echo ';'
        } >"$work/$name.pgbench"
    done
}

# What was created goes, so that every turn finds the same rows.
clean_after() # WORKLOAD
{
    [[ $1 == create ]] || return 0
    ask_all "DELETE FROM articles WHERE id > $articles" \
        "VACUUM ANALYZE articles" \
        "SELECT setval(pg_get_serial_sequence('articles', 'id'), $articles)" \
        CHECKPOINT
}

ask_all() # SQL...
{
    local sql

    for sql; do
        psql -X -A -q -t -v ON_ERROR_STOP=1 -U postgres -d byline -c "$sql" \
            >/dev/null
    done
}

# --- what it costs ----------------------------------------------------------

# Sets times: ticks of the application, nginx and PostgreSQL.
cpu_times() # PEER
{
    local app=${1/#cached/byline}

    mapfile -t times < <(dev/bench.d/processes.pl ticks \
        "${daemon_pid[$app]:-none}" "$nginx_root" "$postgres_root")
}

# From the command to the first answer through nginx: sets took_ms.
start_time() # PEER
{
    local from

    daemon_down "$1"
    from=$(date +%s%N)
    "$1_up"
    until peer_ready "$1"; do
        (($(date +%s%N) - from < 60000000000)) || die "$1 does not answer" \
            "$(tail -n 5 "$log/$1.log" "$log/nginx.error.log" 2>&1)"
    done
    took_ms=$((($(date +%s%N) - from) / 1000000))
}
