# `cache` in routes.ini: where it means something, what is refused, and the
# paths that nginx is told.
use Byline::Test;

my $home = dir() . '/conf';
mkdir $home;
mkdir "$home/keys";
chmod 0400, spew("$home/keys/a.key", 'x' x 32);
spew("$home/q.sql", 'SELECT 1 AS one');
spew("$home/byline.ini", <<'INI');
[byline]
public_url = https://example.org

[database main]
conninfo = dbname=films

[pool main]
listen       = main.sock
listen_group =

[accounts]
resource = people
login    = email
password = password

[token]
secrets = keys/*.key
INI
spew("$home/resources.ini", <<'INI');
[resource people]
columns  = id, email
writable = email

[resource films]
columns  = id, title
writable = title

[field people.password]
hash = bcrypt
INI

my %route = (
    item     => "match = GET /films/:id\nhandler = item\nresource = films\n",
    list     => "match = GET /films\nhandler = list\nresource = films\n",
    mine     => "match = GET /me/:id\nhandler = item\nresource = people\n"
        . "auth = required\n",
    'get-q'  => "match = GET /q\nhandler = sql\nfile = q.sql\n",
    'post-q' => "match = POST /q\nhandler = sql\nfile = q.sql\n",
    update   => "match = PATCH /films/:id\nhandler = update\n"
        . "resource = films\n",
    create   => "match = POST /films\nhandler = create\nresource = films\n",
    'log-in' => "match = POST /in\nhandler = log_in\nresource = people\n",
    live     => "match = GET /live\nhandler = health\n",
);

# A command over all routes, with text at the end of some.
sub run_with
{
    my ($more, @command) = @_;
    my $text = $more->{''} // '';
    for my $name (sort keys %route) {
        $text .= "[route $name]\n$route{$name}" . ($more->{$name} // '')
            . "\n";
    }
    spew("$home/routes.ini", $text . ($more->{'+'} // ''));
    return byline(@command, '-c', 'byline.ini', { cwd => $home });
}

# What is said of a mistake, without lines and warnings.
sub says
{
    my ($name, $more, @expected) = @_;
    my ($status, undef, $err) = run_with($more, 'check', '--offline');
    my @lines = grep { /cache/ }
        map { s/^routes\.ini:\d+: //r } split /\n/, $err;
    is_deeply \@lines, \@expected, $name or diag $err;
    is $status, @expected ? 1 : 0, "$name: status";
}

subtest 'mistakes' => sub {
    says 'item, list, and sql that answers GET have it',
        { map { $_ => "cache = 5s\n" } qw(item list get-q) };
    says 'it can be off anywhere that it could be',
        { map { $_ => "cache = off\n" } qw(item list get-q post-q mine) };
    for my $case ([ update => 'update' ], [ create => 'create' ],
        [ 'log-in' => 'log_in' ], [ live => 'health' ]) {
        my ($route, $handler) = @$case;
        says "the handler $handler", { $route => "cache = 5s\n" },
            "[route $route] cache: the handler $handler has no use for it";
    }
    says 'another method', { 'post-q' => "cache = 5s\n" },
        '[route post-q] cache: only answers to GET can be kept';
    says 'somebody', { mine => "cache = 5s\n" },
        '[route mine] cache: with auth = required no answer is for everybody';
    says 'half a second', { item => "cache = 2500ms\n" },
        '[route item] cache: answers are kept for whole seconds';
    says 'half a second for all', { '' => "[routes]\ncache = 2500ms\n" },
        '[routes] cache: answers are kept for whole seconds';
    my ($status, undef, $err) = run_with({ item => "cache = 1s\n",
        list => "cache = 2h\n", 'get-q' => "cache = 5\n" }, 'check',
        '--offline');
    is $status, 1, 'what is no time, or one out of range';
    is scalar(() = $err =~ /\[route [\w-]+\] cache: /g), 3, 'is refused'
        or diag $err;
};

# What is in effect: route => value.
sub effect
{
    my ($status, $out, $err) = run_with($_[0], 'config');
    is $status, 0, 'config' or diag $err;
    my ($name, %found);
    for my $line (split /\n/, $out) {
        $name = $1 if $line =~ /^\[route (.*)\]/;
        $found{$name} = $1 if defined $name && $line =~ /^cache = (.*)/;
    }
    return \%found;
}

subtest 'what is in effect' => sub {
    my %off = map { $_ => 'off' } qw(item list mine get-q post-q);
    is_deeply effect({}), \%off, 'nothing is kept unless told';
    is_deeply effect({ list => "cache = 5s\n" }), { %off, list => '5s' },
        'a route';
    is_deeply effect({ '' => "[routes]\ncache = 1min\n",
        list => "cache = 5s\n", item => "cache = off\n" }),
        { %off, list => '5s', 'get-q' => '1min' },
        'a default is for those that can have it';
};

subtest 'routes' => sub {
    my (undef, $out) = run_with({ list => "cache = 5s\n" }, 'routes');
    like $out, qr{^GET /films .*\n    cached     5s, for who is not logged in$}m,
        'says what may be kept';
    is scalar(() = $out =~ /cached/g), 1, 'and nothing of others';
};

subtest 'routes --cached' => sub {
    my $head = "# Printed by `byline routes --cached`: what nginx may keep.\n";
    my ($status, $out) = run_with({}, 'routes', '--cached');
    is $status, 0, 'without any';
    is $out, $head, 'it is empty';
    (undef, $out) = run_with({ item => "cache = 5s\n", '+' => <<'INI' },
[route new]
match    = GET /films/new
handler  = list
resource = films

[route root]
match    = GET /
handler  = list
resource = films
cache    = 5s

[route odd]
match    = GET /a.b/$c "d
handler  = list
resource = films
cache    = 5s
INI
        'routes', '--cached');
    is $out, $head . <<'CONF', 'literal segments come first, others are off';
"~^/$" byline;
"~^/films/new/?$" off;
"~^/a\x2eb/\x24c\x20\x22d/?$" byline;
"~^/films/[^/]+/?$" byline;
CONF
    my ($wrong) = run_with({}, 'routes', '--keys');
    is $wrong, 2, 'other switches are refused';
};

subtest 'nginx reads it as it is meant' => sub {
    my $site = site(cache => 1,
        resources => "[resource films]\ncolumns = id\n",
        routes => <<'INI', schema => <<'SQL');
[route film]
match    = GET /films/:id
handler  = item
resource = films
cache    = 1min

[route new]
match    = GET /films/new
handler  = list
resource = films

[route odd]
match    = GET /a.b/$c "d
handler  = list
resource = films
cache    = 1min
INI
CREATE TABLE films (id integer PRIMARY KEY);
INSERT INTO films VALUES (1);
SQL
    my %state = ('/films/1' => 'HIT', '/films/1/' => 'HIT',
        '/films/new' => '-', '/a.b/$c%20%22d' => 'HIT', '/aXb/$c%20%22d' => '-',
        '/films' => '-', '/films/1/x' => '-');
    for my $path (sort keys %state) {
        my @answers = $site->get_all($path, $path);
        is $answers[1]->header('X-Cache') // '-', $state{$path}, $path;
    }
};

done;
