# shellcheck shell=bash
# Clients of dev/soak that look at what they are answered (load.pl): started,
# watched and ended. Sourced after dev/bench.d/site.bash.

# shellcheck disable=SC2154  # work, run and the like are site.bash's
clients_up() # NAME OPTION-OF-LOAD.PL...
{
    clients_name=$1
    shift
    clients_dir=$work/$clients_name
    mkdir "$clients_dir"
    log_editor_in >"$clients_dir/token"
    dev/soak.d/load.pl --port "$BYLINE_HTTP_PORT" --last "$articles" \
        --directory "$clients_dir" --name "$clients_name" "$@" \
        >"$clients_dir/figures" 2>"$clients_dir/errors" 9>&- &
    clients_pid=$!
    wait_for 30 clients_have 1 ||
        die "the clients did not start" "$(<"$clients_dir/errors")"
}

# A token that outlives any run, of somebody who may write.
log_editor_in()
{
    local cookie

    if as_server grep -q '^;lifetime' "$state/conf/byline.ini"; then
        as_server sed -i 's/^;lifetime .*/lifetime = 30d/' \
            "$state/conf/byline.ini"
        reload_pool || die "the pool was not reloaded" "$(<"$work/reload.log")"
    fi
    cookie=$(curl -sf -o /dev/null -D - "$main_url/authentication/log-in" \
        --json "{\"email\":\"editor@example.org\",
            \"password\":\"$(as_server cat "$state/editor.password")\"}" |
        sed -n 's/^Set-Cookie: Authentication=\([^;]*\).*/\1/ip')
    [[ $cookie ]] || die "the editor cannot log in"
    printf '%s\n' "$cookie"
}

reload_pool()
{
    timeout 60 "$state/bin/byline" reload -c "$state/conf/byline.ini" \
        >"$work/reload.log" 2>&1 9>&-
}

# Sets sent: to some dozens, what the clients have had so far.
clients_sent()
{
    sent=$(awk '{ sum += $1 } END { print sum + 0 }' \
        "$clients_dir"/*.progress 2>/dev/null) || sent=0
}

clients_have() # COUNT
{
    local sent

    clients_sent
    ((sent >= $1)) || ! kill -0 "$clients_pid" 2>/dev/null
}

clients_run()
{
    kill -0 "$clients_pid" 2>/dev/null
}

# Waits until they have ended, and fills figure, which load.pl prints.
clients_down()
{
    local name value status=0

    declare -gA figure=()
    kill "$clients_pid" 2>/dev/null || true
    wait "$clients_pid" || status=$?
    clients_pid=
    while read -r name value; do figure[$name]=$value
    done <"$clients_dir/figures"
    ((status == 0 && ${figure[sent]:-0})) ||
        die "the clients did not finish" "$(<"$clients_dir/errors")"
}

show_clients()
{
    local name statuses=()

    for name in $(printf '%s\n' "${!figure[@]}" | sort); do
        if [[ $name == status_* ]]; then
            statuses+=("${name#status_}: ${figure[$name]}")
        fi
    done
    echo "  ${figure[sent]} requests, ${figure[answered]} answered, in" \
        "${figure[seconds]} s; by status $(join_words "${statuses[@]}")"
    echo "  ${figure[failed]} failed: ${figure[cut]} without an answer," \
        "${figure[unasked]} of another status, ${figure[wrong]} with a" \
        "wrong body"
    echo "  99 of 100 took ${figure[p99_ms]} ms or less, the longest" \
        "${figure[max_ms]} ms"
    # The first of them, for who has to find out.
    sort -s -k 1,1 "$clients_dir"/*.complaints |
        awk 'NR <= 10 { print "    " substr($0, 1, 400) }'
}

join_words() # WORD...
{
    local IFS=,

    sed 's/,/, /g' <<<"$*"
}

# All that was acknowledged must be there, and nothing twice. Sets told, lost
# and doubled.
count_titles()
{
    ask "SELECT title FROM articles WHERE title LIKE '$clients_name-%'" |
        sort >"$clients_dir/stored"
    sort "$clients_dir"/*.told >"$clients_dir/told"
    told=$(wc -l <"$clients_dir/told")
    lost=$(comm -23 "$clients_dir/told" <(uniq "$clients_dir/stored") | wc -l)
    doubled=$(uniq -d "$clients_dir/stored" | wc -l)
    echo "  $told articles were acknowledged: $lost lost, $doubled doubled"
    promise "some were written" "told > 0"
    promise "none is lost" "lost == 0"
    promise "none is there twice" "doubled == 0"
}
