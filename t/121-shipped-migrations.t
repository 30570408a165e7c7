# The migrations that ship: what they make of old rows, and what they promise.
use Byline::Test;

my $pg = Byline::Test::Postgres->new;
my $shipped = srcdir() . '/migrations';
my @names = map { s{.*/}{}r } sort glob "$shipped/*.sql";
my $count = 0;

cmp_ok scalar @names, '>=', 9, 'there are migrations';

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

subtest 'articles that were there are published' => sub {
    my $db = migrated_to(qr/^0004/);
    sql($db, "INSERT INTO users (email, name, password)
            VALUES ('anna\@example.org', 'Anna', '*');
        INSERT INTO articles (title, author_id, created_at)
            SELECT 'T', 1, '2020-01-01+00'::timestamptz + n * interval '1 day'
            FROM generate_series(1, 3) n");
    my $before = sql($db, 'SELECT id, title, created_at, updated_at
        FROM articles ORDER BY id');
    migrate_to($db, qr/^9999/);
    is sql($db, 'SELECT count(*) FROM articles
        WHERE published_at = created_at'), 3, 'since they were made';
    is sql($db, 'SELECT id, title, created_at, updated_at
        FROM articles ORDER BY id'), $before, 'the rest is as it was';
    is sql($db, "INSERT INTO articles (title, author_id) VALUES ('new', 1)
        RETURNING published_at = now()"), 't',
        'a new one is published at once';
    is sql($db, "INSERT INTO articles (title, author_id, published_at)
        VALUES ('draft', 1, NULL) RETURNING published_at"), '',
        'but for who says otherwise';
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

subtest 'categories' => sub {
    sql($db, "INSERT INTO categories (id, name) VALUES (1, 'a'), (2, 'b');
        INSERT INTO articles (id, title, author_id) SELECT 50, 'T', id
            FROM users;
        INSERT INTO articles_categories VALUES (50, 1), (50, 2)");
    refused($db, '23505', "INSERT INTO categories (name) VALUES ('a')",
        'a name twice');
    refused($db, '23514', "INSERT INTO categories (name) VALUES ('')",
        'no name');
    refused($db, '23505', 'INSERT INTO articles_categories VALUES (50, 1)',
        'an article twice in one');
    refused($db, '23503', 'INSERT INTO articles_categories VALUES (50, 9)',
        'one that is not there');
    refused($db, '23503', 'INSERT INTO articles_categories VALUES (99, 1)',
        'an article that is not there');
    sql($db, 'DELETE FROM categories WHERE id = 1');
    is sql($db, 'SELECT * FROM articles_categories'), '50|2',
        'a category can go';
    sql($db, 'DELETE FROM articles WHERE id = 50');
    is sql($db, 'SELECT * FROM articles_categories'), '',
        'an article can go';
    is sql($db, 'SELECT count(*) FROM categories'), 1, 'without the other';
};

subtest 'comments' => sub {
    sql($db, "INSERT INTO articles (id, title, author_id) SELECT 51, 'T', id
            FROM users;
        $account VALUES ('carl\@example.org', 'Carl', '*', NULL);
        INSERT INTO comments (article_id, author_id, content)
            SELECT 51, id, 'x' FROM users");
    my $insert = 'INSERT INTO comments (article_id, author_id, content)';
    refused($db, '23514', "$insert SELECT 51, id, '' FROM users",
        'an empty one');
    refused($db, '23502', "$insert SELECT 51, id, NULL FROM users", 'none');
    refused($db, '23503', "$insert SELECT 99, id, 'x' FROM users",
        'on an article that is not there');
    refused($db, '23503', "$insert VALUES (51, 99, 'x')",
        'by somebody who is not there');
    refused($db, '23503', "DELETE FROM users WHERE name = 'Carl'",
        'who wrote one stays');
    sql($db, 'DELETE FROM articles WHERE id = 51');
    is sql($db, 'SELECT count(*) FROM comments'), 0,
        'they go with the article';
    sql($db, "DELETE FROM users WHERE name = 'Carl'");
};

subtest 'search' => sub {
    my $insert = 'INSERT INTO articles (id, title, content, author_id)
        SELECT';
    sql($db, "$insert 60, 'Maps', 'of walls', id FROM users;
        $insert 61, 'Walls', 'with maps', id FROM users;
        $insert 62, 'x', NULL, id FROM users");
    my $found = "SELECT id FROM articles WHERE search \@\@
        websearch_to_tsquery('english', 'map') ORDER BY ts_rank(search,
        websearch_to_tsquery('english', 'map')) DESC";
    is sql($db, $found), "60\n61", 'a title weighs more than a content';
    sql($db, "UPDATE articles SET title = 'Maps' WHERE id = 62");
    is sql($db, "$found, id"), "60\n62\n61", 'a change is seen';

    # Three lexemes of each pair, of letters of four bytes: more of them in
    # the same text there are not.
    sql($db, "$insert 63, title, content, id FROM users,
        (SELECT string_agg(chr(131072 + n % 40000) || '-' || chr(131072
            + n / 7 % 40000), ' ') FROM generate_series(1, 250000) n)
        AS text (content), LATERAL (SELECT left(content, 5000))
        AS start (title)");
    cmp_ok sql($db, 'SELECT length(search) FROM articles WHERE id = 63'),
        '>', 30000, 'a text of very many words has room';
    sql($db, 'DELETE FROM articles WHERE id BETWEEN 60 AND 63');
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
        articles.content articles.published_at articles.search)) {
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
