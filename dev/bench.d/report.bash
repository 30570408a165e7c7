# shellcheck shell=bash
# What dev/bench writes in the end. Sourced last.

write_report()
{
    write_facts >"${results%.tsv}.facts.tsv"
    perl dev/bench.d/report.pl "$output"
    echo "$output/README.md has it all"
}

# A line each: name, and what it is.
write_facts()
{
    fact command "$command_line"
    fact date "$(date -u +%Y-%m-%d)"
    fact minutes $((($(date +%s) - started + 59) / 60))
    fact CPU "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
    fact cores "$(nproc)"
    fact memory "$(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1e6 }' \
        /proc/meminfo)"
    fact kernel "$(uname -sr | sed 's/-.*//')"
    fact system "$(. /etc/os-release && echo "$PRETTY_NAME")"
    fact load "$(cut -d ' ' -f 1-3 /proc/loadavg)"
    fact articles "$articles"
    fact workers "$pool_size"
    fact clients "$clients"
    fact rounds "$rounds"
    fact seconds "$seconds"
    fact synchronous_commit "$(psql -X -A -t -U postgres -d byline \
        -c 'SHOW synchronous_commit')"
    versions
}

versions()
{
    fact version.Byline "$(build/byline --version 2>/dev/null |
        head -n 1 | sed 's/^byline *//'), $(git rev-parse --short HEAD)"
    fact version.PostgreSQL "$(psql -X -A -t -U postgres -d byline \
        -c 'SHOW server_version')"
    fact version.nginx "$(nginx -v 2>&1 | sed 's/.*nginx\///')"
    fact version.libfcgi "$(dpkg-query -W -f '${Version}' libfcgi-dev)"
    fact version.PHP "$(php-fpm8.2 -v 2>/dev/null | head -n 1 |
        cut -d ' ' -f 2)"
    fact version.Node "$(node --version 2>/dev/null || true)"
    version_of_npm nest @nestjs/core NestJS
    version_of_npm nest drizzle-orm 'Drizzle ORM'
    version_of_npm hono hono Hono
    version_of_npm hono pg pg
}

version_of_npm() # PEER PACKAGE NAME
{
    fact "version.$3" "$(sed -n "/\"node_modules\/${2//\//\\/}\"/,/version/s/^ *\"version\": \"\([^\"]*\)\".*/\1/p" \
        "dev/bench.d/$1/package-lock.json")"
}

fact() # NAME VALUE
{
    printf '%s\t%s\n' "$1" "$2"
}
