# shellcheck shell=bash
# The Node stacks, a process for each core and ten connections to PostgreSQL
# each: nest is NestJS on Express with Drizzle, as Byline's predecessor was;
# hono is Hono with Drizzle's prepared queries. Their packages are installed
# in var-bench/. Drizzle selects all columns of a table within, so that these
# have the role that owns it. Sourced after peers.bash.

node_directory=var-bench

nest_prepare()
{
    pass_of[nest]=$(pass_http nest)
}

hono_prepare()
{
    pass_of[hono]=$(pass_http hono)
}

nest_build()
{
    node_build nest
}

hono_build()
{
    node_build hono
}

nest_up() # [PROCESSES]
{
    node_up nest "${1-}"
}

hono_up() # [PROCESSES]
{
    node_up hono "${1-}"
}

node_is_installed() # NAME
{
    cmp -s "dev/bench.d/$1/package-lock.json" \
        "$node_directory/$1/installed-lock.json"
}

node_install() # NAME
{
    local to=$node_directory/$1

    node_is_installed "$1" && return
    echo "npm ci # for $1, into $to"
    as_owner mkdir -p "$to"
    as_owner cp "dev/bench.d/$1"/package{,-lock}.json "$to"
    (cd "$to" && as_owner npm ci --ignore-scripts --no-audit --no-fund \
        --loglevel=error) >/dev/null || die "npm could not install $1"
    as_owner cp "$to/package-lock.json" "$to/installed-lock.json"
}

# Compiled when a source has changed; the servers' user gets a copy, without
# what is for compiling.
node_build() # NAME
{
    local to=$node_directory/$1 from=dev/bench.d

    if [[ ! -e $to/dist/main.js || $(find "$from/$1/src" "$from/drizzle" \
        -newer "$to/dist/main.js") ]]
    then
        as_owner rm -rf "$to/src" "$to/dist"
        as_owner cp -r "$from/$1/src" "$from/$1/tsconfig.json" "$to"
        as_owner cp "$from"/drizzle/*.ts "$to/src"
        (cd "$to" && as_owner node_modules/.bin/tsc) || die "$1 does not compile"
    fi
    as_server mkdir -p "$state/$1"
    tar -C "$to" --exclude=./node_modules/typescript \
        --exclude=./node_modules/@types --exclude='*.map' \
        -c ./dist ./node_modules ./package.json |
        as_server tar -C "$state/$1" -x
}

node_up() # NAME PROCESSES
{
    as_server rm -f "${socket_of[$1]}"
    daemon_up "$1" env NODE_ENV=production "PROCESSES=$2" \
        "SOCKET=${socket_of[$1]}" "JWT_SECRET=$token_secret" \
        "PGHOST=$run" PGUSER=byline_owner PGDATABASE=byline \
        PGOPTIONS='-c TimeZone=UTC' node "$state/$1/dist/main.js"
}
