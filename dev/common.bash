# shellcheck shell=bash
# dev/common.bash: what dev/up, dev/down and dev/test share. Sourced, with the
# working directory at the top of the checkout.

die()
{
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    shift
    if (($#)); then printf '  %s\n' "$@" >&2; fi
    exit 1
}

# Files in build/ belong to whom the checkout belongs, root or not.
as_owner()
{
    local prefix
    become prefix "$(stat -c %U .)"
    "${prefix[@]}" "$@"
}

# PostgreSQL refuses to run as root, and nothing else here needs to: all
# three servers run as the owner of the checkout, or as postgres for root's.
find_server_user()
{
    as_server_prefix=()
    server=$(stat -c %U .)
    if ((EUID != 0)); then
        server=$(id -un)
    elif [[ $server == root ]] || ! id "$server" &>/dev/null; then
        server=postgres
    fi
    become as_server_prefix "$server"
}

# Where they can be, and without the lock: they outlive the script.
as_server()
{
    [[ -d $state ]] && (cd "$state" && "${as_server_prefix[@]}" "$@" 9>&-)
}

# shellcheck disable=SC2034  # words is the caller's array
become() # ARRAY USER: fills ARRAY with what to put before a command
{
    local -n words=$1
    local user=$2

    words=()
    if ((EUID == 0)) && [[ $user != root ]] && id "$user" &>/dev/null; then
        words=(env "HOME=$(getent passwd "$user" | cut -d: -f6)"
            setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups)
    fi
}

# shellcheck disable=SC2034  # what it sets is for the scripts
# What a site is made of: conf/, or a directory under it that has migrations
# and a demo of its own. Sets conf, and the state's place in the checkout.
find_site() # [DIRECTORY]
{
    conf=conf migrations=migrations demo=dev/demo.sql var=var
    [[ ${1-} ]] || return 0
    conf=${1%/}
    migrations=$conf/migrations demo=$conf/demo.sql var=var-${conf##*/}
    [[ -e $conf/byline.ini.in && -d $migrations && -e $demo ]] ||
        die "$conf lacks byline.ini.in, migrations or demo.sql"
}

# shellcheck disable=SC2034  # log is for the scripts
# Sets state, and the files of the three servers in it.
find_state()
{
    state=$(realpath -m -- "${BYLINE_STATE:-$var}")
    run=$state/run
    log=$state/log
    data=$state/postgres
    pool_pid=$run/byline.pid
    nginx_pid=$state/nginx/nginx.pid
    case $state in
        *["\"'\$\\;#@"]* | *$'\n'*)
            die "the path $state has characters that nginx or an INI file" \
                "would misread: set BYLINE_STATE to another" ;;
    esac
}

pg_bin()
{
    local bin
    bin=$(find /usr/lib/postgresql -maxdepth 3 -path '*/bin/initdb' \
        2>/dev/null | sort -V | tail -n 1)
    [[ $bin ]] || die "PostgreSQL's server is not installed" \
        "apt-get install postgresql-15"
    printf '%s\n' "${bin%/*}"
}

# A number in a file means little: the process must run our copy.
pid_of() # PIDFILE PROGRAM
{
    local pid exe

    pid=$(as_server head -n 1 "$1" 2>/dev/null) || return
    exe=$(as_server readlink "/proc/$pid/exe") || return
    [[ ${exe% (deleted)} == "$2" ]] && printf '%s\n' "$pid"
}

pool_running()
{
    pid_of "$pool_pid" "$state/bin/byline"
}

nginx_running()
{
    pid_of "$nginx_pid" "$(readlink -f "$(command -v nginx)")"
}

postgres_running()
{
    as_server "$(pg_bin)/pg_ctl" -D "$data" status >/dev/null 2>&1
}

gone() # PID
{
    ! kill -0 "$1" 2>/dev/null
}

wait_for() # SECONDS COMMAND...
{
    local end=$((SECONDS + $1))
    shift

    until "$@"; do
        ((SECONDS < end)) || return
        sleep 0.05
    done
}

build_byline() # CONFIGURE-ARGUMENT...
{
    local wanted="$*"

    [[ configure -nt configure.ac ]] || as_owner autoreconf --install
    as_owner mkdir -p build
    if [[ ! -e build/Makefile ]] ||
        { (($#)) && [[ $(cat build/.arguments 2>/dev/null) != "$wanted" ]]; }; then
        (cd build && as_owner ../configure --quiet "$@")
        as_owner tee build/.arguments <<<"$wanted" >/dev/null
    fi
    as_owner make -s --no-print-directory -C build -j "$(nproc)"
}
