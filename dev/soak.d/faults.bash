# shellcheck shell=bash
# The parts of dev/soak that end, stop and reload what runs while clients look
# at every answer. Sourced after clients.bash.

reloads=10
fault_kinds=(term kill reload terminate stop restart nginx)

# --- reloads ---------------------------------------------------------------

# shellcheck disable=SC2154  # master and the like are set by dev/soak
soak_reloads()
{
    declare -g terms=0 started=0 reload_pid='' taken_over=0

    echo "$reload_requests requests, while workers are ended by TERM one" \
        "after the other, and reloads:"
    clients_up reloads --count "$reload_requests"
    while clients_run; do
        if end_worker TERM; then terms=$((terms + 1)); fi
        next_reload
        wait_for 20 pool_is_whole || die "the pool is not whole after 20 s" \
            "$(tail -n 5 "$log/byline.log")"
    done
    clients_down
    end_reload
    echo "  $terms workers ended, $taken_over of $started reloads taken over"
    show_clients
    count_titles
    promise "no failed request" "figure[failed] == 0"
    promise "as many requests as told" "figure[sent] >= reload_requests"
    promise "$reloads reloads" "started == reloads && taken_over == reloads"
    promise "the same master" "$(pool_running || echo 0) == $master"
}

# Spread over the run, and beside the TERMs.
next_reload()
{
    local sent

    clients_sent
    ((started < reloads)) || return 0
    ((sent * (reloads + 1) >= reload_requests * (started + 1))) || return 0
    end_reload
    started=$((started + 1))
    reload_pool &
    reload_pid=$!
}

end_reload()
{
    [[ $reload_pid ]] || return 0
    if wait "$reload_pid"; then
        taken_over=$((taken_over + 1))
    else
        echo "  a reload failed: $(<"$work/reload.log")"
    fi
    reload_pid=
}

# Not one that a reload has just started: a reload is refused when one of its
# own ends before it is ready.
end_worker() # SIGNAL
{
    if [[ ! ${reload_pid-} ]] || gone "$reload_pid"; then
        workers_of "$master"
    fi
    ((${#workers[@]})) || return 1
    kill -s "$1" "${workers[RANDOM % ${#workers[@]}]}" 2>/dev/null
}

pool_is_whole()
{
    local workers

    workers_of "$master"
    ((${#workers[@]} == pool_size))
}

# --- faults ----------------------------------------------------------------

soak_faults()
{
    local end kind deck=()

    declare -gA faults=()
    declare -g longest_ms=0 wrong=0 ok=0 away=0 longest_back_ms=0
    for kind in "${fault_kinds[@]}"; do faults[$kind]=0; done

    echo "$minutes minutes of faults, one every one to three seconds:"
    clients_up faults --faults --fresh --socket "$run/main.sock"
    end=$((SECONDS + minutes * 60))
    while ((SECONDS < end)); do
        sleep "$((1 + RANDOM % 2)).$((RANDOM % 10))"
        draw_fault
        printf '%(%T)T %s\n' -1 "$kind" >>"$clients_dir/faults"
        if "fault_$kind"; then faults[$kind]=$((faults[$kind] + 1)); fi
    done
    wait_for 20 pool_is_whole || promise "a whole pool after 20 s" 0
    clients_down
    show_faults
    show_clients
    echo "  the longest from the database's return to a 200:" \
        "$longest_back_ms ms"
    count_titles
    promise_faults
}

# Sets kind: by chance, but each comes once before one comes again.
draw_fault()
{
    if ((${#deck[@]} == 0)); then
        mapfile -t deck < <(shuf -e -- "${fault_kinds[@]}")
    fi
    kind=${deck[0]}
    deck=("${deck[@]:1}")
}

show_faults()
{
    local kind words=()

    for kind in "${fault_kinds[@]}"; do
        words+=("$kind ${faults[$kind]}")
    done
    echo "  $(join_words "${words[@]}")"
}

promise_faults()
{
    promise "the right status, or 503 or 504 with Retry-After" \
        "figure[unasked] == 0 && wrong == 0"
    promise "the right body" "figure[wrong] == 0"
    promise "a worker that is killed cuts one request at most" \
        "figure[cut] <= faults[kill]"
    promise "there were answers in between" "${figure[status_200]:-0} > 100"
    promise "service is back in 5 s" "longest_back_ms < 5000"
    promise "the same master" "$(pool_running || echo 0) == $master"
}

fault_term()
{
    end_worker TERM
}

fault_kill()
{
    end_worker KILL
}

fault_reload()
{
    reload_pool || {
        echo "  a reload failed: $(<"$work/reload.log")"
        return 1
    }
}

# Sets backend, by chance one of the workers'.
find_backend()
{
    backend=$(ask "SELECT pid FROM pg_stat_activity
        WHERE usename = 'byline' ORDER BY random() LIMIT 1")
    [[ $backend ]]
}

fault_terminate()
{
    find_backend && ask "SELECT pg_terminate_backend($backend)" >/dev/null
}

fault_stop()
{
    find_backend && as_server kill -s STOP "$backend" || return
    sleep "1.$((RANDOM % 10))"
    as_server kill -s CONT "$backend"
}

# A crash of the database, which it recovers from.
fault_restart()
{
    local since ms

    as_server "$(pg_bin)/pg_ctl" -D "$data" -w -t 60 -m immediate \
        -l "$log/postgres.log" restart >/dev/null ||
        die "PostgreSQL did not restart" "$(tail -n 5 "$log/postgres.log")"
    since=$EPOCHREALTIME
    until probe && [[ $status == 200 ]]; do
        (($(since_ms "$since") < 30000)) || die "no 200 within 30 s"
    done
    ms=$(since_ms "$since")
    if ((ms > longest_back_ms)); then longest_back_ms=$ms; fi
}

fault_nginx()
{
    kill -s HUP "$(nginx_running)"
}
