# shellcheck shell=bash
# The part of dev/soak that holds what the pool has counted against nginx's
# own log. Sourced after faults.bash.

# shellcheck disable=SC2154,SC2034  # set by dev/soak, read by faults.bash
soak_metrics()
{
    declare -g terms=0 started=0 reload_pid='' taken_over=0
    local -A counted_before logged counted
    local log_start
    # Few that write and look at what they get, by whose pace it is reloaded;
    # many that only read.
    local read_requests=$reload_requests
    local reload_requests=$((reload_requests / 20 + 1))

    echo "$read_requests requests through nginx, while workers are ended by" \
        "TERM, and reloads: as many as the pool has counted?"
    log_start=$(as_server stat -c %s "$log/nginx.access.log")
    count_metrics counted_before
    clients_up metrics --count "$reload_requests"
    exact_up
    while clients_run || ! exact_is_done; do
        if end_worker TERM; then terms=$((terms + 1)); fi
        next_reload
        wait_for 20 pool_is_whole || die "the pool is not whole after 20 s" \
            "$(tail -n 5 "$log/byline.log")"
        sleep 0.3 # most of the time is for requests
    done
    clients_down
    load_down
    end_reload
    echo "  $terms workers ended, $taken_over of $started reloads taken over"
    show_load
    show_clients
    sleep 1 # nginx writes a line when the client has its answer already
    count_log logged "$log_start"
    count_metrics counted
    promise "as many requests as told" "answered == 4 * exact_times"
    promise "no failed request" \
        "figure[failed] + failed + unexpected == 0"
    compare_counts
}

exact_up()
{
    exact_times=$(((read_requests + 3) / 4))
    mkdir "$work/exact"
    wrk -t 4 -c 4 -d 10h --timeout 15s -s dev/soak.d/exact.lua "$main_url" \
        -- "$articles" 0 "$exact_times" "$work/exact" >"$work/load" 9>&- &
    load_pid=$!
}

exact_is_done()
{
    [[ -e $work/exact/1 && -e $work/exact/2 && -e $work/exact/3 &&
        -e $work/exact/4 ]] || ! kill -0 "$load_pid" 2>/dev/null
}

# By status: how many answers nginx had from pools, as its log has them behind
# the first so many bytes.
count_log() # ARRAY BYTES
{
    local -n into=$1
    local status count

    while read -r status count; do into[$status]=$count; done < <(
        as_server tail -c "+$(($2 + 1))" "$log/nginx.access.log" |
            awk 'match($0, /"upstreamStatus":"[^"]+"/) {
                    count[substr($0, RSTART + 18, RLENGTH - 19)]++ }
                END { for (status in count) print status, count[status] }')
}

# By status: what all pools have counted, of all routes. The request that asks
# is not in it, and nginx logs it afterwards.
count_metrics() # ARRAY
{
    local -n into=$1
    local status count

    curl -sf "$main_url/metrics" >"$work/metrics.txt" ||
        die "there are no metrics"
    while read -r status count; do into[$status]=$count; done < <(
        awk -F '[ "]' '/^byline_http_requests_total\{/ {
                    count[$(NF - 2)] += $NF }
                END { for (status in count) print status, count[status] }' \
            "$work/metrics.txt")
}

# Of the pool, what came since before.
compare_counts()
{
    local status by_nginx by_pool sum_nginx=0 sum_pool=0 others=0 verdict
    local sorted

    printf '  %8s %10s %10s\n' status nginx pool
    sorted=$(printf '%s\n' "${!logged[@]}" "${!counted[@]}" | sort -u)
    for status in $sorted; do
        by_nginx=${logged[$status]-0}
        by_pool=$((${counted[$status]-0} - ${counted_before[$status]-0}))
        ((by_nginx || by_pool)) || continue
        verdict=equal
        if ((by_nginx != by_pool)); then
            verdict="NOT EQUAL" others=$((others + 1))
        fi
        printf '  %8s %10d %10d %s\n' "$status" "$by_nginx" "$by_pool" \
            "$verdict"
        sum_nginx=$((sum_nginx + by_nginx)) sum_pool=$((sum_pool + by_pool))
    done
    printf '  %8s %10d %10d\n' all "$sum_nginx" "$sum_pool"
    promise "metrics and nginx have counted the same" "others == 0"
    promise "and all requests" "sum_nginx >= answered + figure[sent]"
}
