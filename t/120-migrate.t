# byline migrate: each file once, in order, whole or not at all.
use Byline::Test;
use POSIX ();

my $pg = Byline::Test::Postgres->new;
my $count = 0;

# An empty database and a directory of migrations: name => SQL.
sub project
{
    my (%files) = @_;
    my $name = 'p' . ++$count;
    my $home = dir() . "/$name";
    mkdir $home;
    mkdir "$home/migrations";
    $pg->sql("CREATE DATABASE $name OWNER byline_owner");
    spew("$home/migrations/$_", $files{$_}) for keys %files;
    spew("$home/resources.ini", '');
    spew("$home/routes.ini",
        "[route live]\nmatch = GET /live\nhandler = health\n");
    spew("$home/byline.ini", "[database owner]\nconninfo = "
        . $pg->conninfo('byline_owner', $name)
        . "\n\n[migrations]\ndirectory = migrations\ndatabase = owner\n"
        . "\n[pool main]\ndatabase = owner\n");
    return bless { home => $home, name => $name }, 'Project';
}

sub Project::migrate
{
    my ($self, @args) = @_;
    return main::byline('migrate', @args, '-c', "$self->{home}/byline.ini",
        { cwd => $self->{home} });
}

sub Project::sql
{
    my ($self, $sql) = @_;
    return $pg->sql($sql, user => 'byline_owner', database => $self->{name});
}

sub Project::file
{
    my ($self, $name, $text) = @_;
    main::spew("$self->{home}/migrations/$name", $text);
}

# The recorded numbers, with a comma between.
sub Project::applied
{
    my ($self) = @_;
    return $self->sql("SELECT coalesce(string_agg(number::text, ','
        ORDER BY number), '') FROM byline_migrations");
}

sub Project::tables
{
    my ($self) = @_;
    return $self->sql("SELECT coalesce(string_agg(relname, ','
        ORDER BY relname), '') FROM pg_class JOIN pg_namespace n
        ON n.oid = relnamespace WHERE nspname = 'public' AND relkind = 'r'
        AND relname <> 'byline_migrations'");
}

# Runs it and expects success; stdout and stderr together.
sub must_migrate
{
    my ($project, @args) = @_;
    my ($status, $out, $err) = $project->migrate(@args);
    is $status, 0, "migrate @args" or diag $out, $err;
    return $out . $err;
}

sub must_fail
{
    my ($project, $pattern, $name) = @_;
    my ($status, $out, $err) = $project->migrate;
    is $status, 1, "$name: refused";
    like $err, $pattern, "$name: with the reason";
}

my $one = "CREATE TABLE one (id integer);\n";
my $two = "CREATE TABLE two (id integer);\n";

subtest 'files are applied in order and recorded' => sub {
    my $p = project('0002-two.sql' => 'ALTER TABLE one RENAME TO two;',
        '0001-one.sql' => $one, 'README' => 'not SQL',
        '0010-ten.sql' => "CREATE TABLE ten (id integer);\n");
    my $out = must_migrate($p);
    like $out, qr/0001-one.*0002-two.*0010-ten/s, 'it tells what it does';
    is $p->tables, 'ten,two', 'all three ran';
    is $p->applied, '1,2,10', 'and are recorded';
    is $p->sql("SELECT count(*) FROM byline_migrations WHERE
        applied_at BETWEEN now() - interval '1 minute' AND now()
        AND length(checksum) >= 32 AND name <> ''"), 3,
        'with time, checksum and name';
    my $before = $p->sql('SELECT * FROM byline_migrations ORDER BY 1');
    must_migrate($p);
    is $p->sql('SELECT * FROM byline_migrations ORDER BY 1'), $before,
        'a second run does nothing';
    $p->file('0011-more.sql', "CREATE TABLE more (id integer);\n");
    unlike must_migrate($p), qr/0010-ten/, 'a third only what is new';
    is $p->applied, '1,2,10,11', 'which is recorded';
};

subtest 'a changed file is refused' => sub {
    my $p = project('0001-one.sql' => $one);
    must_migrate($p);
    $p->file('0001-one.sql', $one . "-- changed\n");
    $p->file('0002-two.sql', $two);
    must_fail($p, qr/0001-one\.sql/, 'a changed file');
    is $p->tables, 'one', 'nothing else ran';
    $p->file('0001-one.sql', $one);
    must_migrate($p);
    is $p->tables, 'one,two', 'once it is as it was, the next runs';
};

subtest 'a lower number that comes late is refused' => sub {
    my $p = project('0002-two.sql' => $two);
    must_migrate($p);
    $p->file('0001-one.sql', $one);
    must_fail($p, qr/0001-one\.sql/, 'a late file');
    is $p->tables, 'two', 'it did not run';
};

subtest 'a file that vanished is refused' => sub {
    my $p = project('0001-one.sql' => $one, '0002-two.sql' => $two);
    must_migrate($p);
    unlink "$p->{home}/migrations/0001-one.sql";
    must_fail($p, qr/0001-one|\b0*1\b/, 'an applied file that is gone');
};

subtest 'two files of one number are refused' => sub {
    my $p = project('0001-one.sql' => $one, '0001-two.sql' => $two);
    must_fail($p, qr/0001-(?:one|two)\.sql/, 'a number given twice');
    is $p->tables, '', 'nothing ran';
};

subtest 'a file that fails leaves nothing behind' => sub {
    my $p = project('0001-one.sql' => $one,
        '0002-two.sql' => $two . "SELECT nonsense;\n",
        '0003-three.sql' => "CREATE TABLE three (id integer);\n");
    must_fail($p, qr/0002-two\.sql.*nonsense/s, 'an error in SQL');
    is $p->tables, 'one', 'what went before stays, what comes after not ran';
    is $p->applied, '1', 'and so says the record';
    $p->file('0002-two.sql', $two);
    must_migrate($p);
    is $p->tables, 'one,three,two', 'mended, it goes on';
    $pg->claim(qr/42703 column "nonsense"/);
};

subtest 'no transaction, if the file says so' => sub {
    my $p = project('0001-one.sql' => $one, '0002-index.sql' =>
        "-- byline: no transaction\n"
        . "CREATE INDEX CONCURRENTLY one_id_idx ON one (id);\n");
    must_migrate($p);
    is $p->applied, '1,2', 'what cannot run in one does run';
    $p->file('0003-index.sql', "-- late\n-- byline: no transaction\n"
        . "CREATE INDEX CONCURRENTLY other ON one (id);\n");
    my ($status) = $p->migrate;
    is $status, 1, 'only in the first line';
    $pg->claim(qr/25001 CREATE INDEX CONCURRENTLY cannot/);
};

subtest 'a file with its own COMMIT does not go by unseen' => sub {
    my $p = project('0001-one.sql' => $one . "COMMIT;\n" . $two
        . "SELECT nonsense;\n");
    my ($status, $out, $err) = $p->migrate;
    is $status, 1, 'it fails';
    is $p->applied, '', 'and is not recorded as applied';
    $pg->claim(qr/there is no transaction in progress/, qr/25P01/);
};

subtest 'what a file sets ends with it' => sub {
    my $p = project('0001-dump.sql' =>
        "SET standard_conforming_strings = on;\n"
        . "SELECT pg_catalog.set_config('search_path', '', false);\n"
        . "SET default_table_access_method = heap;\n"
        . "CREATE TABLE public.one (id integer);\n",
        '0002-two.sql' => $two);
    must_migrate($p);
    is $p->tables, 'one,two', 'a dump without a search_path can be a file';
    is $p->applied, '1,2', 'and is recorded';
};

subtest 'the time limits of requests are none of migrations' => sub {
    my $p = project('0001-one.sql' => "SELECT pg_sleep(0.5);\n$one");
    spew("$p->{home}/byline.ini", slurp("$p->{home}/byline.ini") =~
        s/^(conninfo.*)$/$1\nlock_timeout=100ms\nstatement_timeout=200ms/mr);
    my @pids = map { spawn([ binary(), 'migrate', '-c',
        "$p->{home}/byline.ini" ], stdout => "$p->{home}/out$_") } 1 .. 2;
    for my $pid (@pids) {
        waitpid $pid, 0;
        is $?, 0, 'a long one is finished, another waits for it';
    }
};

subtest 'nor are those of its role' => sub {
    my $p = project('0001-one.sql' => "SELECT pg_sleep(0.3);\n$one");
    $pg->sql("ALTER ROLE byline_owner SET statement_timeout = '100ms'");
    must_migrate($p);
    $pg->sql('ALTER ROLE byline_owner RESET statement_timeout');
    is $p->applied, '1', 'a long one is finished';
};

subtest 'an empty file' => sub {
    my $p = project('0001-empty.sql' => '', '0002-two.sql' => $two);
    must_migrate($p);
    is $p->applied, '1,2', 'is applied like any other';
    is $p->tables, 'two', 'and so is the next';
};

subtest 'two at once apply once' => sub {
    my $p = project('0001-one.sql' =>
        "SELECT pg_sleep(0.3);\nCREATE TABLE one (id integer);\n",
        '0002-two.sql' => $two);
    my @pids = map { spawn([ binary(), 'migrate', '-c',
        "$p->{home}/byline.ini" ], stdout => "$p->{home}/out$_") } 1 .. 3;
    for my $pid (@pids) {
        waitpid $pid, 0;
        is $?, 0, 'each succeeds';
    }
    is $p->applied, '1,2', 'each file is recorded once';
};

subtest '--dry-run changes nothing' => sub {
    my $p = project('0001-one.sql' => $one, '0002-two.sql' => $two);
    my $out = must_migrate($p, '--dry-run');
    like $out, qr/0001-one.*0002-two/s, 'it names what would run';
    is $p->tables, '', 'nothing ran';
    is $p->sql("SELECT to_regclass('byline_migrations') IS NULL"), 't',
        'not even the record is made';
    must_migrate($p);
    $p->file('0003-three.sql', "CREATE TABLE three (id integer);\n");
    $out = must_migrate($p, '--dry-run');
    like $out, qr/0003-three/, 'later only what is new';
    unlike $out, qr/0001-one/, 'not what has run';
    is $p->applied, '1,2', 'and nothing ran';
};

subtest 'status' => sub {
    my $p = project('0001-one.sql' => $one, '0002-two.sql' => $two);
    like must_migrate($p, 'status'), qr/0001-one.*0002-two/s,
        'of an empty database: all are pending';
    is $p->sql("SELECT to_regclass('byline_migrations') IS NULL"), 't',
        'asking changes nothing';
    must_migrate($p);
    $p->file('0003-three.sql', $one);
    my $out = must_migrate($p, 'status');
    my $year = (gmtime)[5] + 1900;
    like $out, qr/^.*0001-one.*\b$year-\d\d-\d\d/m, 'applied, and when';
    like $out, qr/^.*0003-three(?!.*\b$year-).*$/m, 'or not yet';
};

subtest 'what cannot be done is said' => sub {
    my $p = project('0001-one.sql' => $one);
    spew("$p->{home}/byline.ini", slurp("$p->{home}/byline.ini")
        =~ s/dbname=\w+/dbname=no_such_database/r);
    must_fail($p, qr/no_such_database/, 'no database');
    spew("$p->{home}/byline.ini", slurp("$p->{home}/byline.ini")
        =~ s/^directory = .*/directory = nowhere/mr);
    must_fail($p, qr/nowhere/, 'no directory');
    $pg->claim(qr/3D000/);
};

subtest 'names that do not fit are told' => sub {
    my $p = project('0001-one.sql' => $one, 'two.sql' => $two);
    must_fail($p, qr/two\.sql/, 'a file of SQL without a number');
};

done;
