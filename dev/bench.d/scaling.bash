# shellcheck shell=bash
# The part scaling of dev/bench: the same over workers, connections and the
# size of the table. Sourced after parts.bash.

scaled_workers=(1 2 4 8 16)
scaled_connections=(1 4 16 64 256 1000)
scaled_rows=(10000 100000 1000000 10000000)

run_scaling()
{
    local names

    : >"$results"
    if [[ $is_quick ]]; then
        scaled_workers=(1 8) scaled_connections=(1 1000)
        scaled_rows=(10000 200000)
    fi
    enough_space
    scale_workers
    scale_connections
    scale_rows
}

# A row and its key take some 200 bytes, and as much while they are written.
enough_space()
{
    local free wanted=$((${scaled_rows[-1]} * 400 / 1024))

    free=$(df --output=avail -k "$work" | tail -n 1)
    ((free > wanted)) || die "$work has ${free} kB, and ${scaled_rows[-1]}" \
        "articles want $wanted: set TMPDIR"
}

# With more clients than any number of workers.
scale_workers()
{
    local clients=32 count name

    turns_of byline limit php nest hono
    for count in "${scaled_workers[@]}"; do
        for name in "${names[@]}"; do
            daemon_down "$name"
            peer_up "$name" "$count"
        done
        take_turns "workers=$count@item" "${names[@]}"
    done
    for name in "${names[@]}"; do
        daemon_down "$name"
        peer_up "$name"
    done
}

# With a queue for all of them.
scale_connections()
{
    local clients

    # shellcheck disable=SC2034  # for byline_up
    byline_backlog=1024
    daemon_down byline
    peer_up byline
    turns_of byline limit constant php nest hono
    for clients in "${scaled_connections[@]}"; do
        take_turns "connections=$clients@item" "${names[@]}"
    done
}

# The rows of before go: these are small ones, and many.
scale_rows()
{
    turns_of byline limit pgbench php nest hono
    ask_file few.sql
    for articles in "${scaled_rows[@]}"; do
        echo "making $articles articles"
        ask_file many.sql
        write_scripts
        take_turns "rows=$articles@item" "${names[@]}"
        take_turns "rows=$articles@list20" "${names[@]}"
    done
}

ask_file() # FILE
{
    psql -X -q -v ON_ERROR_STOP=1 -U postgres -d byline \
        -v "articles=$articles" -f "dev/bench.d/$1" >/dev/null
}
