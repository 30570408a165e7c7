# The migrations that ship: what they make of old rows, and what they promise.
use Byline::Test;

my $pg = Byline::Test::Postgres->new;
my $shipped = srcdir() . '/migrations';
my @names = map { s{.*/}{}r } sort glob "$shipped/*.sql";
my $count = 0;

cmp_ok scalar @names, '>=', 3, 'there are migrations';

# A database with the migrations up to and including one that matches.
sub migrated_to
{
    my ($last) = @_;
    my $name = 's' . ++$count;
    my $home = dir() . "/$name";
    mkdir $home;
    mkdir "$home/migrations";
    $pg->sql("CREATE DATABASE $name OWNER byline_owner");
    spew("$home/byline.ini", "[database owner]\nconninfo = "
        . $pg->conninfo('byline_owner', $name)
        . "\n\n[migrations]\ndirectory = migrations\ndatabase = owner\n"
        . "\n[pool main]\ndatabase = owner\n");
    spew("$home/resources.ini", '');
    spew("$home/routes.ini",
        "[route live]\nmatch = GET /live\nhandler = health\n");
    my $self = { name => $name, home => $home };
    migrate_to($self, $last);
    return $self;
}

sub migrate_to
{
    my ($self, $last) = @_;
    for my $name (@names) {
        spew("$self->{home}/migrations/$name", slurp("$shipped/$name"));
        last if $name =~ $last;
    }
    my ($status, $out, $err) = byline('migrate', '-c',
        "$self->{home}/byline.ini");
    is $status, 0, 'migrated' or diag $out, $err;
}

sub sql
{
    my ($self, $sql) = @_;
    return $pg->sql($sql, user => 'byline_owner', database => $self->{name});
}

# Whether the statement is refused with the SQLSTATE.
sub refused
{
    my ($self, $state, $sql, $name) = @_;
    $pg->claim(qr/^ERROR $state /);
    my $mark = $pg->mark;
    ok !eval { sql($self, $sql); 1 }, "$name: refused";
    is_deeply [ map { $_->{state} } grep { $_->{level} eq 'ERROR' }
        $pg->entries($mark) ], [ $state ], "$name: $state";
}

subtest 'articles that have no author get one' => sub {
    my $db = migrated_to(qr/^0002/);
    sql($db, "INSERT INTO articles (title, content) SELECT 'T' || n, 'x'
        FROM generate_series(1, 3) n");
    my $before = sql($db, 'SELECT id, title, created_at, updated_at
        FROM articles ORDER BY id');
    migrate_to($db, qr/^9999/);
    is sql($db, 'SELECT count(*), count(DISTINCT author_id),
        count(author_id) FROM articles'), '3|1|3', 'all the same';
    is sql($db, "SELECT count(*) FROM users"), 1, 'one is made';
    is sql($db, "SELECT password FROM users"), '*',
        'whom nobody can log in as';
    is sql($db, 'SELECT id, title, created_at, updated_at
        FROM articles ORDER BY id'), $before, 'the rest is as it was';
};

subtest 'without articles there is no default author' => sub {
    my $db = migrated_to(qr/^9999/);
    is sql($db, 'SELECT count(*) FROM users'), 0, 'none';
    refused($db, '23502', "INSERT INTO articles (title) VALUES ('x')",
        'an article without an author');
};

subtest 'users who were there keep their role and their tokens' => sub {
    my $db = migrated_to(qr/^0003/);
    sql($db, "INSERT INTO users (email, name, password) SELECT
        n || '\@example.org', 'N', '*' FROM generate_series(1, 3) n");
    my $before = sql($db, 'SELECT id, email, password, created_at, updated_at
        FROM users ORDER BY id');
    migrate_to($db, qr/^9999/);
    is sql($db, 'SELECT DISTINCT role, tokens_since IS NULL FROM users'),
        'user|t', 'that of a user, and all of them';
    is sql($db, 'SELECT id, email, password, created_at, updated_at
        FROM users ORDER BY id'), $before, 'the rest is as it was';
};

my $db = migrated_to(qr/^9999/);
my $account = "INSERT INTO users (email, name, password, address_id)";
sql($db, "INSERT INTO addresses (id, street, city, country)
        VALUES (100, 's', 'c', 'c'), (101, 's', 'c', 'c');
    $account VALUES ('anna\@example.org', 'Anna', '*', 100);
    INSERT INTO articles (title, author_id) SELECT 'T', id FROM users");

subtest 'e-mail addresses' => sub {
    refused($db, '23505', "$account VALUES ('ANNA\@Example.ORG', 'A', '*',
        NULL)", 'the same in other letters');
    is sql($db, 'SELECT email FROM users'), 'anna@example.org',
        'are kept as they were given';
    refused($db, '23502', "$account VALUES (NULL, 'A', '*', NULL)", 'none');
};

subtest 'one address, one user' => sub {
    refused($db, '23505', "$account VALUES ('b\@example.org', 'B', '*',
        100)", 'an address that is another\'s');
    refused($db, '23503', "$account VALUES ('b\@example.org', 'B', '*',
        999)", 'an address that is not there');
};

subtest 'authors and articles' => sub {
    refused($db, '23503', 'DELETE FROM users', 'an author with articles');
    refused($db, '23503', 'UPDATE articles SET author_id = 999',
        'an author who is not there');
    refused($db, '23502', 'UPDATE articles SET title = NULL', 'no title');
    is sql($db, "SELECT count(*) > 0 FROM pg_index i JOIN pg_attribute a
        ON a.attrelid = indrelid AND a.attnum = indkey[0]
        WHERE indrelid = 'articles'::regclass
        AND attname = 'author_id'"), 't', 'author_id has an index';
};

subtest 'roles' => sub {
    is sql($db, 'SELECT role, tokens_since FROM users'), 'user|',
        'a new account is a user, and no token is too old';
    sql($db, "UPDATE users SET role = 'admin'");
    refused($db, '23514', "UPDATE users SET role = '$_'", "role '$_'")
        for '', 'Admin', 'editor';
    refused($db, '23502', 'UPDATE users SET role = NULL', 'no role');
};

subtest 'timestamps keep themselves' => sub {
    sql($db, "UPDATE articles SET updated_at = '2000-01-01',
        created_at = '2000-01-01'");
    is sql($db, "SELECT count(*) FROM articles WHERE created_at <
        '2020-01-01' OR updated_at < '2020-01-01'"), 0,
        'nobody sets them by hand';
    my $before = sql($db, 'SELECT created_at, updated_at FROM articles');
    sql($db, "UPDATE articles SET title = 'New'");
    is sql($db, "SELECT updated_at > created_at FROM articles"), 't',
        'an update moves updated_at';
};

subtest 'every constraint has a name and a sentence' => sub {
    is sql($db, "SELECT conname FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
        AND conrelid <> 'byline_migrations'::regclass
        AND obj_description(oid, 'pg_constraint') IS NULL"), '',
        'constraints';
    is sql($db, "SELECT indexrelid::regclass FROM pg_index i
        JOIN pg_class c ON c.oid = indexrelid
        WHERE relnamespace = 'public'::regnamespace AND indisunique
        AND indrelid <> 'byline_migrations'::regclass
        AND NOT EXISTS (SELECT FROM pg_constraint
            WHERE conindid = indexrelid)
        AND obj_description(indexrelid, 'pg_class') IS NULL"), '',
        'unique indexes';
};

subtest 'columns that need a word have one' => sub {
    for my $column (qw(users.role users.tokens_since users.password
        articles.content)) {
        my ($table, $name) = split /\./, $column;
        is sql($db, "SELECT col_description('$table'::regclass, attnum)
            <> '' FROM pg_attribute WHERE attrelid = '$table'::regclass
            AND attname = '$name'"), 't', $column;
    }
};

subtest 'foreign keys have indexes' => sub {
    is sql($db, "SELECT conname FROM pg_constraint
        WHERE contype = 'f' AND NOT EXISTS (SELECT FROM pg_index
            WHERE indrelid = conrelid AND indkey[0] = conkey[1])"), '',
        'each';
};

done;
