# shellcheck shell=bash
# The part of dev/soak about accounts: readers while somebody guesses
# passwords, what the time of a log-in tells, and a race for one e-mail.
# Sourced after site.bash.

victim=anna@example.org
turns=5
turn_seconds=3
tries=200
sign_ups=1000

soak_accounts()
{
    second_up 's/^;*bcrypt_cost .*/bcrypt_cost = 12/'
    curl -sf -o /dev/null "$second_url/authentication/sign-up" --json \
        "{\"email\":\"$victim\",\"name\":\"A\",\"password\":\"a long secret\"}" ||
        die "nobody can sign up" "$(tail -n 5 "$log/second.log")"
    soak_flood
    soak_tell
    second_up 's/^;*bcrypt_cost .*/bcrypt_cost = 4/'
    soak_race
    second_pool_down
}

# --- readers, while 16 connections guess -----------------------------------

soak_flood()
{
    local turn quiet=() limited=() free=()

    echo "reads, and 16 connections that guess passwords, 10 ms away:"
    measure_reads 1
    for ((turn = 0; turn < turns; turn++)); do
        measure_reads "$turn_seconds"
        quiet+=("$reads")
        guess "$main_url"
        limited+=("$reads")
        show_guesses "limited as it ships"
        guess "$second_url"
        free+=("$reads")
        show_guesses "no limit"
    done
    echo "  requests/s, medians: $(middle "${quiet[@]}") without," \
        "$(middle "${limited[@]}") with the limit," \
        "$(middle "${free[@]}") if there were none"
    promise "four fifths of the reads go on" \
        "$(middle "${limited[@]}") * 5 >= $(middle "${quiet[@]}") * 4"
    # Without it two workers of bcrypt, nice as they are, take what time the
    # readers leave: that is shown, and no promise.
}

# Sets reads, a second.
measure_reads() # SECONDS
{
    local requests us errors

    read -r requests us errors < <(wrk -t 1 -c 8 -d "$1" \
        -s dev/bench.d/items.lua "$main_url" -- "$articles" |
        sed -n 's/^figures //p') || die "wrk did not finish"
    reads=$((requests * 1000000 / us))
    promise "no failed read" "errors == 0"
}

# Sets reads, and guesses: those that were refused, limited, away, and others.
guess() # URL
{
    local pid

    wrk -t 1 -c 16 -d 1h --timeout 15s -s dev/bench.d/log-in.lua "$1" -- \
        "$victim" >"$work/guesses" &
    pid=$!
    sleep 1
    measure_reads "$turn_seconds"
    kill -s INT "$pid"
    wait "$pid" || true
    read -r -a guesses < <(sed -n 's/^figures //p' "$work/guesses") ||
        die "wrk did not finish" "$(<"$work/guesses")"
    promise "no guess is answered otherwise" "guesses[3] == 0"
}

show_guesses() # WHAT
{
    echo "  $1: $reads reads/s, while ${guesses[0]} guesses were tried," \
        "${guesses[1]} limited, ${guesses[2]} turned away"
}

middle() # NUMBER...
{
    printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}

# --- what the time of a log-in tells ---------------------------------------

# An account that is there must not show by its time.
soak_tell()
{
    local mean=() i

    echo "$tries pairs of log-ins, nobody's e-mail and a wrong password:"
    for ((i = 0; i < tries; i++)); do
        log_in_by_curl "nobody-$i@example.org"
        log_in_by_curl "$victim"
    done >"$work/log-ins"
    curl -s -K "$work/log-ins" >"$work/times"
    promise "401 for all" \
        "$(grep -c '^401 ' "$work/times") == 2 * tries"
    read -r -a mean < <(awk '{ sum[NR % 2] += $2 } END {
        a = sum[1] / NR * 2e6; b = sum[0] / NR * 2e6
        d = a > b ? a - b : b - a
        printf "%d %d %d\n", a, b, d / (a + b) * 2e4 }' "$work/times")
    echo "  means: nobody's ${mean[0]} us, a wrong password ${mean[1]} us;" \
        "they differ by $((mean[2] / 100)).$(printf %02d \
            $((mean[2] % 100))) %"
    promise "less than 5 %" "mean[2] < 500"
}

log_in_by_curl() # LOGIN
{
    request_by_curl log-in "{\"email\":\"$1\",\"password\":\"a wrong one\"}"
}

# A paragraph of a file for curl -K.
request_by_curl() # PATH-END BODY
{
    cat <<REQUEST
next
url = "$second_url/authentication/$1"
header = "Content-Type: application/json"
data = "${2//\"/\\\"}"
output = /dev/null
max-time = 60
write-out = "%{http_code} %{time_total}\\n"
REQUEST
}

# --- a race for one e-mail -------------------------------------------------

soak_race()
{
    local i part codes=() pids=() body

    body='"street":"s","city":"c","country":"c"'
    body='"name":"One","password":"a long secret","address":{'$body'}'
    body='{"email":"one@example.org",'$body'}'

    echo "$sign_ups sign-ups at once for one e-mail:"
    for part in 0 1 2 3; do
        for ((i = part; i < sign_ups; i += 4)); do
            request_by_curl sign-up "$body"
        done >"$work/sign-ups.$part"
        curl -s --parallel --parallel-immediate --parallel-max 250 \
            -K "$work/sign-ups.$part" >"$work/signed-up.$part" 2>/dev/null &
        pids+=($!)
    done
    wait "${pids[@]}" || true
    read -r -a codes < <(cat "$work"/signed-up.? | awk '
        { count[$1 ~ /^(201|409|503)$/ ? $1 : "other"]++ }
        END { print count[201] + 0, count[409] + 0, count[503] + 0,
            count["other"] + 0 }')
    echo "  ${codes[0]} were answered 201, ${codes[1]} 409, ${codes[2]}" \
        "503, ${codes[3]} otherwise"
    promise "one account" "codes[0] == 1"
    promise "409 or 503 for all others" \
        "codes[3] == 0 && codes[1] + codes[2] == sign_ups - 1"
    promise "one row" "$(ask "SELECT count(*) FROM users
        WHERE email = 'one@example.org'") == 1"
    promise "no address without a user" "$(ask 'SELECT count(*)
        FROM addresses a WHERE NOT EXISTS (SELECT FROM users
            WHERE address_id = a.id)') == 0"
}

ask() # SQL
{
    psql -X -A -t -U postgres -d byline -c "$1"
}
