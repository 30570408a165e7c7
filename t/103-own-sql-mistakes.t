# What can be wrong with own SQL: said without a database, and with one.
use utf8;
use Byline::Test;

my $home = dir() . '/conf';
mkdir $home;
mkdir "$home/queries";

my $ini = <<'INI';
[database main]
conninfo = dbname=films

[pool main]
listen       = main.sock
listen_group =
INI

sub route
{
    my ($keys, $match) = @_;
    $match //= 'GET /x';
    return "[route x]\nmatch = $match\nhandler = sql\n"
        . "file = queries/x.sql\n$keys";
}

# The file as given, the route with these keys: what `check` says.
sub said_of
{
    my ($sql, $routes, $more) = @_;
    spew("$home/byline.ini", $ini . ($more // ''));
    spew("$home/resources.ini",
        "[resource users]\ncolumns = id\n[resource films]\ncolumns = id\n");
    spew("$home/routes.ini", $routes);
    unlink "$home/queries/x.sql";
    spew("$home/queries/x.sql", $sql) if defined $sql;
    my ($status, $out, $err) = byline('check', '--offline', '-c',
        'byline.ini', { cwd => $home });
    utf8::decode($err);
    return $err;
}

sub wrong
{
    my ($name, $expected, @given) = @_;
    my $said = said_of(@given);
    is $said, join('', map { "$_\n" } @$expected, @$expected . ' mistake'
        . (@$expected == 1 ? '' : 's')), $name;
}

sub right
{
    my ($name, @given) = @_;
    is said_of(@given), '', $name;
}

# "match: …", or ": …" of the route as a whole.
sub in_routes
{
    my ($line, $text) = @_;
    return "routes.ini:$line: [route x]" . ($text =~ /^:/ ? '' : ' ') . $text;
}

# Line 0: of the file as a whole.
sub in_file
{
    my ($line, $text) = @_;
    return 'queries/x.sql' . ($line ? ":$line" : '') . ": [route x]: $text";
}

subtest 'the file' => sub {
    right('a statement', 'SELECT 1 AS n', route(''));
    right('with a semicolon', "SELECT 1 AS n;\n-- done\n", route(''));
    wrong('no file', [ in_routes(4, 'file: queries/x.sql cannot be read: '
        . 'No such file or directory') ], undef, route(''));
    wrong('no key', [ in_routes(1, ': file is missing: the handler sql needs '
        . 'one') ], undef, "[route x]\nmatch = GET /x\nhandler = sql\n");
    wrong('a directory', [ in_routes(4, 'file: queries is no file of at most '
        . '1048576 bytes') ], undef,
        "[route x]\nmatch = GET /x\nhandler = sql\nfile = queries\n");
    wrong('bytes', [ in_routes(4,
        'file: queries/x.sql is no text in UTF-8') ], "SELECT '\xff'",
        route(''));
    wrong('a byte of 0', [ in_routes(4,
        'file: queries/x.sql is no text in UTF-8') ], "SELECT 1\0",
        route(''));
    wrong('nothing', [ in_file(0, 'is empty') ], "-- nothing\n", route(''));
    wrong('no statement', [ in_routes(4,
        'file: queries/x.sql has no statement') ], '1', route(''));
    wrong('two statements', [ in_file(0, 'has something behind a semicolon') ],
        'SELECT 1; DROP TABLE films', route(''));
    wrong('a string', [ in_file(0, 'has a string that does not end') ],
        "SELECT '", route(''));
    wrong('a bracket', [ in_file(0, 'closes a bracket that is not open') ],
        'SELECT 1) AS q, (SELECT 2', route(''));
    wrong('a numbered parameter', [ in_file(0,
        'has a parameter with a number; write :name') ], 'SELECT $1',
        route(''));
    wrong('a write', [ in_file(2,
        'a GET only reads: with SELECT, WITH, VALUES or TABLE') ],
        "-- no\nDELETE FROM films", route(''));
    wrong('a lock', [ in_file(2, 'a GET only reads, and locks no rows') ],
        "SELECT id FROM films\nFOR /* x */ NO KEY UPDATE", route(''));
    like said_of('DROP TABLE x', route('', 'POST /x')),
        qr/^queries\/x\.sql:1: \[route x\]: begins with none of SELECT, WITH, /m,
        'another command';
};

subtest 'parameters' => sub {
    right('all of them', 'SELECT :a, :b, :c, :d, :a',
        route("params = a(int), b(numeric(6, 2), 1.5), c(text[], null)\n"
            . "params.2 = d(public.mood)\n"));
    wrong('an unknown one', [ in_file(2, ':limt is not among the params; '
        . 'did you mean "limit"?') ], "SELECT :limit,\n :limt",
        route("params = limit(int)\n"));
    wrong('one that is not used', [ in_routes(5,
        'params: :a is not used in queries/x.sql') ], "SELECT ':a', x::a",
        route("params = a(int)\n"));
    wrong('no type', [ in_routes(5, 'params: "a" is no parameter; write '
        . 'name(type), name(type, default), or name(type, default, least, '
        . 'greatest)') ], 'SELECT 1', route("params = a\n"));
    for my $type ('int)', '1x', 'a, b, c, d, e', 'numeric(x)', 'text[1]', '"x"') {
        like said_of('SELECT :a', route("params = a($type)\n")),
            qr/params: /, "no type: $type";
    }
    wrong('a default', [ in_routes(5, 'params: the default of a, "x", is no '
        . 'whole number') ], 'SELECT :a', route("params = a(int, x)\n"));
    wrong('another', [ in_routes(5, 'params: the default of a, "on", is '
        . 'neither true nor false') ], 'SELECT :a',
        route("params = a(bool, on)\n"));
    wrong('out of range', [ in_routes(5,
        'params: the default of a is out of its range') ], 'SELECT :a',
        route("params = a(int, 0, 1, 9)\n"));
    wrong('no range', [ in_routes(5, 'params: what a may be is no range') ],
        'SELECT :a', route("params = a(int, 5, 9, 1)\n"));
    wrong('a range of text', [ in_routes(5, 'params: a is no whole number, '
        . 'and has no least and greatest') ], 'SELECT :a',
        route("params = a(text, x, 1, 9)\n"));
    wrong('twice', [ in_routes(5, 'params: a is there twice') ], 'SELECT :a',
        route("params = a(int), a(int)\n"));
    wrong('a name', [ in_routes(5, 'params: "a-b" is no name of a parameter: '
        . 'letters, digits and _') ], 'SELECT 1',
        route("params = a-b(int)\n"));
    wrong('who asks', [ in_routes(5, 'params: :viewer is about who asks, and '
        . 'no parameter') ], 'SELECT 1', route("params = viewer(int)\n"));
    wrong('the path', [ in_routes(2, 'match: :id is not among the params, '
        . 'where its type stands: id(bigint)') ], 'SELECT 1',
        route('', 'GET /x/:id'));
    wrong('the path unused', [ in_routes(2,
        'match: :id is not used in queries/x.sql') ], 'SELECT 1',
        route("params = id(int)\n", 'GET /x/:id'));
    wrong('a default of the path', [ in_routes(5, 'params: id stands in the '
        . 'path, and so needs no default') ], 'SELECT :id',
        route("params = id(int, 1)\n", 'GET /x/:id'));
    wrong('nobody', [ in_file(1, ':viewer is of who asks, which auth = '
        . 'optional or required tells') ], 'SELECT :viewer', route(''));
    wrong('no role', [ in_file(1,
        '[accounts] names no column with the role') ], 'SELECT :role',
        route("auth = optional\n"), "[accounts]\nresource = users\n"
            . "login = login\npassword = password\n"
            . "[token]\nsecrets = s/*.key\n");
};

subtest 'other keys' => sub {
    like said_of('SELECT 1 AS n',
        route("resource = films\nviewer = id\nsort = id\nwritable = id\n")),
        qr/(?:: the handler sql has no use for it\n.*){4}/s, 'of others';
    like said_of('SELECT 1 AS n', route('') . <<'INI'),
[route films]
match    = GET /films
handler  = list
resource = films
file     = x
params   = a(int)
one      = on
INI
        qr/(?:: the handler list has no use for it\n.*){3}/s, 'by others';
    like said_of('DELETE FROM films', route('', 'DELETE /x')),
        qr/^routes\.ini:1: warning: \[route x\] .*anybody can run this/,
        'a write for anybody';
};

# --- with a database -------------------------------------------------------

my %routes = (
    'no-type' => [ 'SELECT :a AS n', 'a(nothing)',
        'params: there is no type nothing' ],
    'void-type' => [ 'SELECT 1 AS n WHERE :a IS NULL', 'a(void)',
        'params: no parameter can be of type void' ],
    default => [ 'SELECT :a AS n', 'a(date, 2026-02-30)',
        'params: the default of a, "2026-02-30": a date such as 2026-01-31 is '
            . 'expected' ],
    enum => [ 'SELECT :a AS n', 'a(mood, angry)',
        'params: the default of a, "angry": one of: glad, sad' ],
    'no-table' => [ 'SELECT * FROM nothing', '', 'file: PostgreSQL refuses '
        . 'the statement: relation "nothing" does not exist' ],
    'no-right' => [ 'SELECT secret FROM films', '',
        'PostgreSQL refuses the statement: permission denied for table '
            . 'films' ],
    unnamed => [ 'SELECT 1', '', 'file: the column "?column?" has no name; '
        . 'write AS "name"' ],
    twice => [ 'SELECT 1 AS "a.b", 2 AS "a.b"', '', 'file: the column "a.b" '
        . 'is there twice, or is an object as well' ],
    object => [ 'SELECT 1 AS "a.b", 2 AS a', '', 'file: the column "a" '
        . 'is there twice, or is an object as well' ],
    value => [ 'SELECT 1 AS a, 2 AS "a.b"', '', 'file: the column "a.b" '
        . 'is there twice, or is an object as well' ],
    dots => [ 'SELECT 1 AS "a..b"', '',
        'file: the column "a..b" has a dot too many' ],
    'no-columns' => [ 'SELECT FROM films', '',
        'file: the statement shows no columns' ],
    void => [ 'SELECT pg_notify(1::text, 2::text)', '',
        'file: the statement shows no columns' ],
    with => [ 'WITH x AS (DELETE FROM films RETURNING id) SELECT * FROM x', '',
        'WITH clause containing a data-modifying statement must be at the top '
            . 'level' ],
    good => [ 'SELECT id FROM films WHERE id = :a', 'a(int)', undef ],
);

my $site = site(schema => <<'SQL', resources => <<'INI', start => 0,
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE films (id integer PRIMARY KEY, secret text);
SQL
[resource films]
columns = id
INI
    queries => { map { $_ => $routes{$_}[0] } keys %routes },
    routes => join '', map { <<"INI" } sort keys %routes);
[route $_]
match   = GET /$_
handler = sql
file    = queries/$_.sql
params  = $routes{$_}[1]

INI

my ($status, $out, $err) = $site->byline('check');
is $status, 1, 'check fails';
for my $name (sort keys %routes) {
    my @lines = grep { /\[route \Q$name\E\]/ } split /\n/, $err;
    my $expected = $routes{$name}[2];
    is scalar @lines, defined $expected ? 1 : 0, "$name: one line" or diag
        $err;
    like $lines[0], qr/\Q$expected\E$/, "$name: what it says"
        if defined $expected;
}
$site->pg->claim(qr/42P01 relation "nothing"/, qr/42501 permission denied/,
    qr/0A000 WITH clause/);

done;
