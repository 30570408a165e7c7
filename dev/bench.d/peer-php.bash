# shellcheck shell=bash
# PHP by PHP-FPM, of Debian: PDO with a connection that persists, opcache, and
# as many children as Byline has workers. A master of its own, with its own
# files. Sourced after peers.bash.

php_prepare()
{
    pass_of[php]=$(pass_fastcgi php \
        "    fastcgi_param SCRIPT_FILENAME \"$state/php/index.php\";")
}

php_build()
{
    as_server mkdir -p "$state/php"
    as_server tee "$state/php/index.php" <dev/bench.d/php/index.php >/dev/null
}

php_up() # [CHILDREN]
{
    local conf=$state/php/fpm.conf

    as_server tee "$conf" >/dev/null <<CONF
[global]
daemonize = no
error_log = $log/php.log

[articles]
listen = ${socket_of[php]}
listen.backlog = 1024
pm = static
pm.max_children = ${1:-$pool_size}
env[JWT_SECRET] = "$token_secret"
env[DSN] = "pgsql:host=$run;dbname=byline;user=byline;options='-c TimeZone=UTC'"
php_admin_value[error_log] = $log/php.log
php_admin_flag[opcache.enable] = on
php_admin_flag[opcache.validate_timestamps] = off
CONF
    daemon_up php "$(command -v php-fpm8.2)" --fpm-config "$conf"
}
