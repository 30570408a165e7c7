# shellcheck shell=bash
# The parts of dev/bench but scaling: which peers take turns in which
# workload. Sourced after measure.bash.

all_parts=(item list20 list100 embed create not-modified hot open memory
    start)

run_parts()
{
    local part

    : >"$results"
    for part in "${parts[@]}"; do
        case $part in
            open | memory | start | hot | not-modified)
                "part_${part//-/_}" ;;
            *) part_of_turns "$part" ;;
        esac
    done
}

# Those of NAME... that take part at all.
turns_of() # NAME...
{
    local name

    names=()
    for name; do
        if has_peer "$name"; then names+=("$name"); fi
    done
}

part_of_turns() # WORKLOAD
{
    local names

    case $1 in
        item) turns_of byline limit bare pgbench constant php nest hono ;;
        create) turns_of byline pgbench php nest hono; token_up ;;
        *) turns_of byline limit bare pgbench php nest hono ;;
    esac
    take_turns "$1" "${names[@]}"
}

# Each round has all of them, in an order that turns round, so that nobody
# always follows the same other one.
take_turns() # WORKLOAD NAME...
{
    local workload=$1 round name order=("${@:2}")

    for name in "${order[@]}"; do warm "$workload" "$name"; done
    printf '%-22s' "$workload"
    printf '%-9s' "${order[@]}"
    echo
    for ((round = 1; round <= rounds; round++)); do
        for name in "${order[@]}"; do
            turn "$workload" "$round" "$name" "$seconds"
            rates[$name]=$rate
        done
        printf '%-22s' "$round"
        for name in "${@:2}"; do printf '%-9s' "${rates[$name]}"; done
        echo
        mapfile -t order < <(printf '%s\n' "${order[@]}" | tac)
    done
}
declare -A rates

# Half a turn, or as long as what compiles while it runs needs at first.
warm() # WORKLOAD NAME
{
    local warm_seconds

    warm_seconds=$(awk -v n="$seconds" "BEGIN { print n / 2 }")
    if [[ ! ${is_warm[$2]-} ]]; then warm_seconds=3 is_warm[$2]=1; fi
    turn "$1" warm "$2" "$warm_seconds"
}

# --- conditional requests, and nginx's cache --------------------------------

part_not_modified()
{
    etag=$(header_of "http://127.0.0.1:${port_of[byline]}/articles/1" etag)
    if [[ ! $etag ]]; then
        echo "not-modified is skipped: an article has no ETag"
        return
    fi
    take_turns not-modified byline
}

# One article, by the server as it ships, whose nginx keeps answers where a
# route says cache, against the pool itself and nginx alone.
part_hot()
{
    local names

    if ! is_cached; then
        echo "hot is skipped: nginx says no X-Cache: HIT of an article"
        return
    fi
    turns_of byline constant
    take_turns hot cached "${names[@]}"
}

is_cached()
{
    answers "$main_url/articles/1" &&
        [[ $(header_of "$main_url/articles/1" x-cache) == HIT* ]]
}

header_of() # URL NAME
{
    curl -s -D - -o /dev/null "$1" | tr -d '\r' |
        sed -n "s/^$2: *//Ip"
}

# --- times, memory, start ---------------------------------------------------

# At four fifths of what Byline does of the same.
part_open()
{
    local names workload workloads=(item list20) name round

    turns_of byline limit bare php nest hono
    if [[ $is_quick ]]; then workloads=(item); fi
    for workload in "${workloads[@]}"; do
        turn "$workload" warm byline "$seconds"
        target=$(median_rate "$workload" "$rate")
        target=$((target * 4 / 5))
        echo "$workload at $target requests/s:"
        for ((round = 1; round <= (rounds + 1) / 2; round++)); do
            for name in "${names[@]}"; do
                open_turn "$workload" "$round" "$name"
            done
        done
    done
}

open_turn() # WORKLOAD ROUND PEER
{
    local clients=64

    turn "open@$1" "$2" "$3" "$seconds" -r "$target"
    printf '  %-10s %s answers/s\n' "$3" "$rate"
}

# Of the closed loop, if that was run.
median_rate() # WORKLOAD OTHERWISE
{
    awk -v workload="$1" '$1 == workload && $3 == "byline" {
        print int($4 / $6 * 1e6) }' "$results" | sort -n |
        awk -v otherwise="$2" '{ rate[NR] = $1 }
            END { print NR ? rate[int((NR + 1) / 2)] : otherwise }'
}

part_memory()
{
    local names name

    turns_of byline limit bare php nest hono
    for name in "${names[@]}"; do
        printf 'memory\t1\t%s\t%s\n' "$name" "$(dev/bench.d/processes.pl \
            memory "${daemon_pid[$name]}")" >>"$results"
    done
    grep '^memory' "$results" | cut -f 3-
}

part_start()
{
    local names name round

    turns_of byline limit bare php nest hono
    for ((round = 1; round <= rounds; round++)); do
        for name in "${names[@]}"; do
            start_time "$name"
            printf 'start\t%s\t%s\t%s\n' "$round" "$name" "$took_ms" \
                >>"$results"
        done
    done
    grep '^start' "$results" | cut -f 2-
}
