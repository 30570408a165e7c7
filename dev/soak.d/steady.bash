# shellcheck shell=bash
# The part of dev/soak that looks at memory, descriptors and connections of
# one pool as long as one likes. Sourced after clients.bash.

sample_seconds=10

# shellcheck disable=SC2154  # master and the like are set by dev/soak
soak_steady()
{
    local start next end

    echo "$minutes minutes of load, kB of anonymous memory and PSS," \
        "descriptors, connections:"
    clients_up steady
    # To log in may have taken a reload.
    wait_for 20 pool_is_whole || die "the pool is not whole after 20 s"
    workers_of "$master"
    steady=("$master" "${workers[@]}")
    : >"$clients_dir/samples"
    show_minute_head
    start=$SECONDS
    end=$((start + minutes * 60))
    for ((next = start; next < end; )); do
        next=$((next + sample_seconds))
        sleep "$((next > SECONDS ? next - SECONDS : 0))"
        clients_run || die "the clients ended" "$(<"$clients_dir/errors")"
        take_sample "$((next - start))"
        if (((next - start) % 60 == 0)); then
            show_minute "$((next - start))"
        fi
    done
    clients_down
    show_clients
    count_titles
    show_summary
    promise_steady
}

# Adds lines: seconds, process, anonymous, PSS, descriptors; and of process 0
# how many connections. Anonymous memory, since pages of files are private or
# shared by what others have mapped just then. The load rests meanwhile, as a
# request under way is a descriptor, too.
take_sample() # SECONDS
{
    kill -s STOP -- "-$clients_pid"
    sleep 0.5
    # shellcheck disable=SC2016
    as_server bash -c 'for pid; do
            files=("/proc/$pid/fd/"*)
            awk -v pid="$pid" -v files="${#files[@]}" "
                /^Pss:/ { pss = \$2 }
                /^Anonymous:/ { anonymous = \$2 }
                END { print pid, anonymous, pss, files }" \
                "/proc/$pid/smaps_rollup"
        done' bash "${steady[@]}" >"$clients_dir/sample" 2>&1 || true
    kill -s CONT -- "-$clients_pid"
    {
        sed "s/^/$1 /" "$clients_dir/sample"
        echo "$1 0 0 0 $(ask "SELECT count(*) FROM pg_stat_activity
            WHERE usename IN ('byline', 'byline_accounts')")"
    } >>"$clients_dir/samples"
}

show_minute_head()
{
    printf '  %6s %9s | %7s %6s %3s | %15s %6s %5s | %s\n' minute requests \
        master PSS fds workers PSS fds connections
}

show_minute() # SECONDS
{
    local sent

    clients_sent
    awk -v at="$1" -v master="$master" -v sent="$sent" '
        $1 != at { next }
        $2 == 0 { connections = $5; next }
        $2 == master { anonymous = $3; pss = $4; files = $5; next }
        {
            if (!n++) { least = most = $3; fewest = highest = $5 }
            if ($3 < least) least = $3
            if ($3 > most) most = $3
            if ($5 < fewest) fewest = $5
            if ($5 > highest) highest = $5
            sum += $4
        }
        END {
            printf "  %6d %9d | %7d %6d %3d | %7d-%7d %6d %2d-%2d | %d\n",
                at / 60, sent, anonymous, pss, files, least, most, sum,
                fewest, highest, connections
        }' "$clients_dir/samples"
}

# Of each process, from the end of the first minute on: anonymous memory, PSS
# and descriptors.
summarize()
{
    awk '$1 < 60 { next }
        {
            if (!($2 in seen)) { seen[$2] = 1; order[++n] = $2 }
            for (i = 3; i <= 5; i++) {
                if (!(($2, i) in first)) {
                    first[$2, i] = least[$2, i] = most[$2, i] = $i
                }
                last[$2, i] = $i
                if ($i < least[$2, i]) least[$2, i] = $i
                if ($i > most[$2, i]) most[$2, i] = $i
            }
        }
        END {
            for (j = 1; j <= n; j++) {
                line = order[j]
                for (i = 3; i <= 5; i++) {
                    line = line " " first[order[j], i] " " \
                        last[order[j], i] " " most[order[j], i]
                }
                print line, least[order[j], 5]
            }
        }' "$clients_dir/samples"
}

show_summary()
{
    local process figures

    echo "  first, last and most, from the end of the first minute on:"
    printf '  %11s | %23s | %23s | %11s\n' process anonymous PSS descriptors
    while read -r process figures; do
        case $process in
            0) process=connections ;;
            "$master") process=master ;;
        esac
        # shellcheck disable=SC2086
        printf '  %11s | %7s %7s %7s | %7s %7s %7s | %3s %3s %3s\n' \
            "$process" ${figures% *}
    done < <(summarize)
}

promise_steady()
{
    local line same=0 grown=0 other=0 seen=0

    # Process, then first, last and most of each, and the fewest descriptors.
    while read -r -a line; do
        seen=$((seen + 1))
        if ((line[3] - line[1] > growth_max_kb)); then
            grown=$((grown + 1))
        fi
        if ((line[9] != line[10])); then other=$((other + 1)); fi
    done < <(summarize)
    workers_of "$master"
    if [[ "${steady[*]}" == "$master ${workers[*]}" ]]; then same=1; fi
    promise "the same workers" "same"
    promise "samples of all" "seen == ${#steady[@]} + 1"
    promise "no process grows by more than $growth_max_kb kB" "grown == 0"
    promise "as many descriptors and connections all the time" "other == 0"
    promise "no failed request" "figure[failed] == 0"
}
