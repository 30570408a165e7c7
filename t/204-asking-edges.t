# What is asked of a database that changes, or that is not as it seems.
use utf8;
use Byline::Test;

my $pg = Byline::Test::Postgres->new;
my $n = 0;

sub small
{
    my ($schema, $resources, $routes, %o) = @_;
    my $site = site(postgres => $pg, database => 'edge' . ++$n, nginx => 0,
        workers => 1, schema => $schema, resources => $resources,
        routes => $routes, %o);
    $site->claim(qr/warning/);
    return $site;
}

my $list = <<'INI';
[route films]
match    = GET /films
handler  = list
resource = films
INI

subtest 'a column that goes' => sub {
    my $site = small(<<'SQL', "[resource films]\ncolumns = id, year\n", "${list}filterable = year\n");
CREATE TABLE films (id integer PRIMARY KEY, year integer);
CREATE INDEX ON films (year);
INSERT INTO films VALUES (1, 1999);
SQL
    $pg->claim(qr/^ERROR 42703 /);
    $site->claim(qr/42703/, qr/has no column/, qr/is disabled/);
    my @workers = $site->workers;
    is $site->direct('/films?year=1999')->body, '[{"id":1,"year":1999}]',
        'is filtered by';
    $site->sql('ALTER TABLE films DROP COLUMN year');
    problem_ok $site->direct('/films?year=1999'), 503, "once more: $_"
        for 1 .. 3;
    is_deeply [ $site->workers ], \@workers, 'nobody died';
    $site->stop;
};

subtest 'a key that becomes another' => sub {
    my $site = small(<<'SQL', "[resource films]\ncolumns = a, b\n", $list);
CREATE TABLE films (id integer PRIMARY KEY, a integer NOT NULL,
    b integer NOT NULL);
INSERT INTO films SELECT i, i, i FROM generate_series(1, 9) AS i;
SQL
    $pg->claim(qr/^ERROR 42703 /);
    $site->claim(qr/42703/);
    my ($cursor) = $site->direct('/films?limit=2')->header('Link')
        =~ /after=([\w-]+)/;
    $site->sql('ALTER TABLE films DROP COLUMN id;
        ALTER TABLE films ADD PRIMARY KEY (a, b)');
    problem_ok $site->direct("/films?limit=2&after=$cursor"), 400,
        'a cursor of the old one', 'after cursor';
    my ($status, $out, $err) = $site->byline('explain', 'films',
        "after=$cursor");
    is $status, 1, 'explain says so, too';
    $site->stop;
};

subtest 'names that PostgreSQL cuts' => sub {
    my $name = 'a_relation_of_quite_a_long_name';
    my $site = small(<<'SQL', <<"INI", "${list}with = $name.$name\nsortable = $name.$name.the_first_name\n");
CREATE TABLE films (id integer PRIMARY KEY,
    to_id integer NOT NULL REFERENCES films, the_first_name text NOT NULL,
    the_first_name_of_all text);
INSERT INTO films VALUES (1, 2, 'a', 'x'), (2, 1, 'b', 'y'), (3, 1, 'c', 'z');
SQL
[resource films]
columns = id, the_first_name_of_all, the_first_name
[relation films.$name]
to  = films
via = to_id
INI
    my $json = 'aRelationOfQuiteALongName';
    my $path = "/films?sort=$json.$json.theFirstName&count=exact&limit=2";
    my $answer = $site->direct($path);
    is $answer->status, 200, 'are sorted by in a frame';
    is join(' ', map { $_->{id} } @{ $answer->json }), '1 2',
        'in their order';
    $site->stop;
};

subtest 'what is no key' => sub {
    my $site = small(<<'SQL', "[resource films]\ncolumns = id\n", $list);
CREATE TABLE films (id integer PRIMARY KEY);
CREATE TABLE loose (name text NOT NULL);
CREATE TABLE codes (code text UNIQUE);
CREATE TABLE pairs (a integer, b integer, PRIMARY KEY (a, b));
CREATE TABLE pointers (id integer PRIMARY KEY, a integer, b integer,
    FOREIGN KEY (a, b) REFERENCES pairs (a, b));
SQL
    my $check = sub {
        spew("$site->{home}/resources.ini", "[resource films]\ncolumns = id\n"
            . $_[0]);
        my ($status, $out, $err) = $site->byline('check');
        return $err;
    };
    like $check->("[resource loose]\ncolumns = name\nkey = name\n"),
        qr/key: no unique key of loose is among these columns/,
        'a column of which two rows may have one value';
    spew("$site->{home}/routes.ini", "[route codes]\nmatch = GET /codes\n"
        . "handler = list\nresource = codes\n");
    like $check->("[resource codes]\ncolumns = code\nkey = code\n"),
        qr/code of the key may be NULL, and no page can begin behind/,
        'one that may be NULL';
    spew("$site->{home}/routes.ini", $list);
    like $check->("[resource pairs]\ncolumns = a, b\n"
        . "[resource pointers]\ncolumns = id\n[relation pointers.pair]\n"
        . "to = pairs\nvia = b, a\n"),
        qr/via: the foreign key to pairs has these columns in another order/,
        'a foreign key in another order';
    $site->stop;
};

subtest 'types that read a language' => sub {
    my $site = small(<<'SQL', <<'INI', $list);
CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2',
    deterministic = false);
CREATE TABLE films (id integer PRIMARY KEY, r regclass, w tsvector,
    name text COLLATE any_case);
SQL
[resource films]
columns = id, name, r, w
INI
    my $check = sub {
        spew("$site->{home}/routes.ini", "${list}filterable = $_[0]\n");
        my ($status, $out, $err) = $site->byline('check');
        return $err;
    };
    like $check->('r'), qr/filterable: r is of type regclass, which has no/,
        'names of tables';
    like $check->('w'), qr/filterable: w is of type tsvector, which has no/,
        'words of a search';
    like $check->('name(contains)'), qr/filterable: the collation of name /,
        'a part of a text whose case does not count';
    $site->stop;
};

subtest 'what else is written' => sub {
    my $site = small(<<'SQL', <<'INI', $list, ini => { api => { unknown_parameters => 'ignore' } });
CREATE TABLE films (id integer PRIMARY KEY, year integer);
INSERT INTO films VALUES (1, 1), (2, 2);
SQL
[resource films]
columns = id
where   = "year = 1 -- the first"
INI
    is $site->direct('/films')->body, '[{"id":1}]',
        'a comment ends a predicate';
    is $site->direct('/films?with=x&q=y&sort=z')->status, 200,
        'what a route does not take is ignored where that is wanted';
    my ($status, $out, $err);
    spew("$site->{home}/routes.ini", "${list}filterable = id, id(gt)\n"
        . "sortable = id, id\n");
    ($status, $out, $err) = $site->byline('check');
    like $err, qr/filterable: id is there twice/, 'two filters of one column';
    like $err, qr/sortable: id is there twice/, 'and two orders';
    $site->stop;
};

subtest 'own SQL, when its program is another' => sub {
    $pg->claim(qr/^ERROR 0A000 cached plan/);
    my $site = small(<<'SQL', "[resource films]\ncolumns = id\n", <<'INI', start => 0,
CREATE TABLE films (id integer PRIMARY KEY, at integer);
INSERT INTO films VALUES (1, 7);
GRANT SELECT ON films TO byline;
SQL
[route since]
match   = GET /since
handler = sql
file    = queries/since.sql
params  = since(timestamptz, 2026-01-01T00:00:00 02:00), quote(text, x)
INI
        queries => { since => q{SELECT at, :since AS since, 'a\' AS slash,
            :quote AS quote FROM films} });
    $pg->sql("ALTER DATABASE $site->{database}
        SET standard_conforming_strings = off");
    $site->claim(qr/0A000/);
    # Memory that was freed is overwritten, so that its use shows.
    $site->start_pool(spawn => { env => { MALLOC_PERTURB_ => 165 } });
    my %row = (since => '2025-12-31T22:00:00+00:00', slash => 'a\\',
        quote => 'x');
    is_deeply $site->direct('/since')->json, [ { at => 7, %row } ],
        'a default, and a backslash whatever the database says';
    $site->sql('ALTER TABLE films ALTER at TYPE text');
    is_deeply $site->direct('/since')->json, [ { at => '7', %row } ],
        'and the same of the next program';
    $site->stop;
};

done;
