# byline check holds the configuration against the database.
use utf8;
use Byline::Test;

my $pg = Byline::Test::Postgres->new;
$pg->owner_sql(<<'SQL');
CREATE TABLE directors (id integer PRIMARY KEY, name text NOT NULL,
    email text, password text, born date);
CREATE TABLE films (id integer PRIMARY KEY, title text NOT NULL,
    year integer, director_id integer REFERENCES directors,
    loose_id integer, tree pg_node_tree);
CREATE INDEX ON films (director_id);
CREATE TABLE nokey (a integer, b integer);
CREATE TABLE pairs (a integer, b integer, PRIMARY KEY (a, b));
GRANT SELECT ON directors, nokey, pairs TO byline;
GRANT SELECT (id, title, year, director_id, loose_id, xmin) ON films
    TO byline;
SQL

my $home = dir() . '/conf';
mkdir $home;
spew("$home/byline.ini", "[database main]\nconninfo = "
    . $pg->conninfo('byline') . "\n\n[pool main]\nlisten = main.sock\n"
    . "listen_group =\nlisten_mode = 0666\n");

my $resources = <<'INI';
[resource films]
columns = id, title, year, director_id

[relation films.director]
to  = directors
via = director_id

[resource directors]
columns = id, name
INI
my $routes = <<'INI';
[route film]
match    = GET /films/:id
handler  = item
resource = films
with     = director
INI

sub check
{
    my (%o) = @_;
    spew("$home/resources.ini", $o{resources} // $resources);
    spew("$home/routes.ini", $o{routes} // $routes);
    my ($status, $out, $err) = byline('check', '-c', 'byline.ini',
        { cwd => $home });
    return ($status, $err, $out);
}

sub finds
{
    my ($name, $expected, %o) = @_;
    my ($status, $err) = check(%o);
    is $status, 1, "$name: refused";
    my ($line) = grep { /^\w+\.ini:/ && !/: warning: / } split /\n/, $err;
    is $line, $expected, "$name: told so";
}

sub warns
{
    my ($name, $expected, %o) = @_;
    my ($status, $err) = check(%o);
    is $status, 0, "$name: accepted";
    like $err, $expected, "$name: with a warning";
}

my ($status, $err, $out) = check();
is $status, 0, 'what fits is accepted';
is $err, '', 'without a word of complaint' or diag $out;

subtest 'tables and columns' => sub {
    finds 'a table that is not there',
        'resources.ini:8: [resource directors]: the database has no table '
        . '"drectors"',
        resources => "${resources}table = drectors\n";
    finds 'a schema that is not there',
        'resources.ini:8: [resource directors]: the database has no table '
        . '"directors" in schema nowhere',
        resources => "${resources}table = nowhere.directors\n";
    finds 'a column that is not there', 'resources.ini:2: [resource films] '
        . 'columns: films has no column "yaer"; did you mean "year"?',
        resources => $resources =~ s/year/yaer/r;
    finds 'names keep their case', 'resources.ini:2: [resource films] '
        . 'columns: films has no column "Year"; did you mean "year"?',
        resources => $resources =~ s/year/Year/r;
    finds 'a column that may not be read', 'resources.ini:2: [resource '
        . 'films] columns: the database role may not read films.tree '
        . '(`byline grants` prints what it needs)',
        resources => $resources =~ s/year/tree/r;
    finds 'a key that is not there', 'resources.ini:10: [resource '
        . 'directors] key: directors has no column "nr"',
        resources => "${resources}key = nr\n";
    finds 'a key that is not unique', 'resources.ini:10: [resource '
        . 'directors] key: no unique key of directors is among these '
        . 'columns', resources => "${resources}key = name\n";
    $pg->owner_sql('GRANT SELECT (tree) ON films TO byline');
    finds 'a type that cannot be shown', 'resources.ini:2: [resource films] '
        . 'columns: tree is of type pg_node_tree, which cannot be shown',
        resources => $resources =~ s/year/tree/r;
};

subtest 'relations' => sub {
    finds 'a via that is not there', 'resources.ini:6: [relation '
        . 'films.director] via: films has no column "drector_id"; did you '
        . 'mean "director_id"?',
        resources => $resources =~ s/via = director/via = drector/r;
    warns 'a via without a foreign key',
        qr{^\Qresources.ini:6: warning: [relation films.director] via: no \E
            \Qforeign key: ALTER TABLE "films" ADD FOREIGN KEY ("loose_id") \E
            \QREFERENCES "directors" ("id");\E}mx,
        resources => $resources =~ s/via = director_id/via = loose_id/r;
    my ($statement) = (check(resources =>
        $resources =~ s/via = director_id/via = loose_id/r))[1]
        =~ /(ALTER TABLE .*;)/;
    ok eval { $pg->owner_sql("BEGIN; $statement ROLLBACK;"); 1 },
        'the statement it prints can be run' or diag $@;
    finds 'a target without a key of one column', 'resources.ini:6: '
        . '[relation films.director] via: leads to pairs, to which no foreign '
        . 'key leads from these columns, and whose key has not as many',
        resources => $resources =~ s/to  = directors/to  = pairs/r
            . "\n[resource pairs]\ncolumns = a, b\n";
};

subtest 'routes' => sub {
    finds 'a parameter that is no column', 'routes.ini:2: [route film] '
        . 'match: films has no column "nr"',
        routes => $routes =~ s/:id/:nr/r;
    finds 'a parameter that is no key', 'routes.ini:2: [route film] match: '
        . 'the parameters are no unique key of films',
        routes => $routes =~ s/:id/:year/r;
    finds 'half of a key', 'routes.ini:8: [route pair] match: the '
        . 'parameters are no unique key of pairs',
        resources => "$resources\n[resource pairs]\ncolumns = a, b\n",
        routes => "$routes\n[route pair]\nmatch = GET /pairs/:a\n"
            . "handler = item\nresource = pairs\n";
    finds 'an order by what is not there', 'routes.ini:11: [route films] '
        . 'sort: films has no column "yaer" in its columns; did you mean '
        . '"year"?',
        routes => "$routes\n[route films]\nmatch = GET /films\n"
            . "handler = list\nresource = films\nsort = -yaer\n";
    my ($status, $err) = check(
        resources => "$resources\n[resource nokey]\ncolumns = a, b\n",
        routes => "$routes\n[route nokey]\nmatch = GET /nokey\n"
            . "handler = list\nresource = nokey\n");
    is $status, 1, 'a list without a key and an order: refused';
    like $err, qr/^\Qroutes.ini:10: [route nokey] resource: nokey has no \E
        \Qprimary key and declares no key\E$/mx, 'told so';
};

subtest 'what looks personal or secret' => sub {
    for my $column (qw(email password)) {
        warns "$column, for everybody to read",
            qr/^\Qresources.ini:9: warning: [resource directors] columns: \E
                .*\b$column\b/mx,
            resources => $resources =~ s/id, name/id, name, $column/r;
    }
    my ($status, $err) = check(resources =>
        $resources =~ s/id, name/id, name, email\nprivate = email/r);
    is $err, '', 'not if it is private';
};

subtest 'all mistakes in one run' => sub {
    my ($status, $err) = check(resources => $resources =~ s/year/yaer/r
        =~ s/id, name/id, nmae/r, routes => $routes =~ s/:id/:nr/r);
    is_deeply [ $err =~ /^([\w.]+:\d+): (?!warning)/gm ],
        [ 'resources.ini:2', 'resources.ini:9', 'routes.ini:2' ],
        'in the order of files and lines';
};

subtest 'a database that is not as told' => sub {
    my $good = slurp("$home/byline.ini");
    my %wrong = (
        'a database that is not there' =>
            [ qr/dbname=\w+/, 'dbname=no_such', qr/no_such/ ],
        'a role that is not there' =>
            [ qr/user=\w+/, 'user=nobody_here', qr/nobody_here/ ],
        'a server that is not there' =>
            [ qr/host=\S+/, 'host=' . dir() . '/none', qr{/none} ],
        'a port where nobody listens' =>
            [ qr/port=\d+/, 'port=1', qr/\b1\b/ ],
    );
    for my $name (sort keys %wrong) {
        my ($what, $with, $expected) = @{ $wrong{$name} };
        spew("$home/byline.ini", $good =~ s/$what/$with/r);
        my ($status, $err) = check();
        is $status, 1, "$name: refused";
        like $err, qr/^byline\.ini:2: \[database main\] conninfo: /m,
            'at its place';
        like $err, $expected, 'by name';
        cmp_ok scalar(() = $err =~ /\n/g), '<=', 4, 'in a few lines';
    }
    spew("$home/byline.ini", $good =~ s/user=byline\b/user=byline oops=1/r);
    ($status, $err) = check();
    is $status, 1, 'a setting that libpq does not know: refused';
    like $err, qr/oops/, 'by name';
    ($status) = byline('check', '--offline', '-c', 'byline.ini',
        { cwd => $home });
    isnt $status, 139, '--offline does not ask';
    spew("$home/byline.ini", $good);
    $pg->claim(qr/3D000|28000|28P01/);
};

subtest 'what conninfo leaves out' => sub {
    my $good = slurp("$home/byline.ini");
    my ($host) = $good =~ /host=(\S+)/;
    spew("$home/byline.ini", $good =~ s/host=\S+ port=\S+ //r);
    my ($status, $out, $err) = byline('check', '-c', 'byline.ini',
        { cwd => $home, env => { PGHOST => $host, PGPORT => 5432 } });
    is $status, 0, 'comes from the environment' or diag $err;
    spew("$home/byline.ini", $good);
};

subtest 'a password comes from the passfile' => sub {
    my $good = slurp("$home/byline.ini");
    my $hba = "$pg->{data}/pg_hba.conf";
    my $rules = slurp($hba);
    my @owner = (stat $hba)[4, 5];
    spew($hba, "local all byline scram-sha-256\n$rules");
    chown @owner, $hba;
    $pg->sql("SET password_encryption = 'scram-sha-256';
        ALTER ROLE byline PASSWORD 'ge:heim'; SELECT pg_reload_conf()");
    $pg->claim(qr/28P01|fe_sendauth|no password/);
    my $said = '';
    my $attempt = sub {
        my ($passfile) = @_;
        spew("$home/pass", $passfile);
        chmod 0600, "$home/pass";
        spew("$home/byline.ini",
            $good =~ s/(conninfo.*)/$1\npassfile = pass/r);
        my ($status, $out, $err) = byline('check', '-c', 'byline.ini',
            { cwd => $home });
        $said .= $out . $err;
        return $status;
    };
    wait_for('the new rules', sub { $attempt->("*:*:*:*:wrong\n") == 1 });
    is $attempt->("*:*:byline:byline:ge\\:heim\n"), 0, 'a right one';
    is $attempt->("*:*:byline:byline:falsch\n"), 1, 'a wrong one';
    is $attempt->(''), 1, 'none';
    unlike $said, qr/heim|falsch/, 'none is shown';
    spew($hba, $rules);
    chown @owner, $hba;
    $pg->sql('SELECT pg_reload_conf()');
    spew("$home/byline.ini", $good);
    wait_for('the old rules', sub { (check())[0] == 0 });
};

subtest 'a socket that nginx could not open' => sub {
    my $good = slurp("$home/byline.ini");
    spew("$home/byline.ini", $good =~ s/0666/0600/r);
    my ($status, $err) = check();
    is $status, 0, 'accepted';
    like $err, qr/^byline\.ini:\d+: warning: \[pool main\] listen_mode: /m,
        'with a warning';
    spew("$home/byline.ini", $good =~ s/main\.sock/none\/main.sock/r);
    ($status, $err) = check();
    like $err, qr{^byline\.ini:5: .*\[pool main\] listen: .*none}m,
        'a directory that is not there';
    spew("$home/byline.ini", $good);
};

subtest 'each pool with a role that may read what it serves' => sub {
    my $good = slurp("$home/byline.ini");
    $pg->sql('CREATE ROLE other LOGIN');
    $pg->owner_sql('CREATE TABLE lone (id integer PRIMARY KEY);
        GRANT SELECT ON lone TO other');
    spew("$home/byline.ini", "$good\n[database other]\nconninfo = "
        . $pg->conninfo('other') . "\n\n[pool other]\ndatabase = other\n"
        . "listen = other.sock\nlisten_group =\nlisten_mode = 0666\n");
    my %two = (resources => "$resources\n[resource lone]\ncolumns = id\n",
        routes => "$routes\n[route lone]\nmatch = GET /lone/:id\n"
            . "handler = item\nresource = lone\npool = other\n");
    my ($status, $err) = check(%two);
    is $status, 0, 'accepted';
    is $err, '', 'without a word of complaint';
    $pg->owner_sql('REVOKE SELECT ON lone FROM other');
    finds 'a right that one of them lacks', 'resources.ini:12: [resource '
        . 'lone] columns: the database role may not read lone.id '
        . '(`byline grants` prints what it needs)', %two;
    spew("$home/byline.ini", $good);
};

subtest 'grants are what the routes need, and no more' => sub {
    my $good = slurp("$home/byline.ini");
    my $grants = sub { byline('grants', '-c', 'byline.ini', @_,
        { cwd => $home }) };
    check();
    my ($status, $out, $err) = $grants->();
    is $status, 0, 'printed' or diag $err;
    like $out, qr/\A-- \[pool main\]\nGRANT .* TO "byline";\n/m,
        'as SQL, for the role that the pool has';
    unlike $out, qr/email|password|INSERT|UPDATE|DELETE|ALL/,
        'nothing but reading, nothing that is not declared';
    $pg->sql('CREATE ROLE "Odd ""name""" LOGIN');
    spew("$home/byline.ini", "$good\n[database odd]\nconninfo = "
        . $pg->conninfo(q('Odd "name"')) . "\n\n[pool odd]\n"
        . "database = odd\nlisten = odd.sock\nlisten_group =\n");
    ($status, $out, $err) = $grants->();
    is $status, 0, 'for two pools' or diag $err;
    like $out, qr/^-- \[pool main\]\n(?:.*\n)*-- \[pool odd\]\n/m,
        'one after the other';
    ($status, $out) = $grants->('--pool', 'odd');
    like $out, qr/\A-- \[pool odd\]\n(?:GRANT .* TO "Odd ""name""";\n)*\z/,
        'or one alone, whose role is quoted';
    ($status, $out, $err) = $grants->('--pool', 'none');
    is $status, 1, 'a pool that is not there';
    is $err, "byline: there is no [pool none]\n", 'told so';
    spew("$home/byline.ini", $good);
};

subtest 'a database over TCP' => sub {
    my $good = slurp("$home/byline.ini");
    my $warning = qr/conninfo: leads over TCP: byline\.service/;
    my $said = sub {
        my ($conninfo, $env) = @_;
        spew("$home/byline.ini", $good =~ s/^conninfo\s*=.*/conninfo = $conninfo/mr);
        my (undef, $out, $err) = byline('check', '--offline', '-c',
            'byline.ini', { cwd => $home, env => $env // {} });
        return "$out$err";
    };
    like $said->($_), $warning, "$_ is one" for 'host=db.example.org dbname=x',
        'hostaddr=127.0.0.1 dbname=x', '"host=/run,db dbname=x"';
    unlike $said->($_), $warning, "$_ is none" for 'host=/run/x dbname=x',
        'dbname=x', '"host=/run/a,/run/b dbname=x"';
    like $said->('dbname=x', { PGHOST => 'db' }), $warning,
        'PGHOST can be one';
    spew("$home/byline.ini", $good);
};

done;
