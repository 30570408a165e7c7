# byline migrate --baseline: a database of the predecessor is taken over whole,
# with all that is in it, or not at all.
use Byline::Test;
use utf8;

my $pg = Byline::Test::Postgres->new;
my $shipped = srcdir() . '/migrations';
my $count = 0;

# The tables as Drizzle made them, step by step.
my @steps = (<<'SQL', <<'SQL', <<'SQL');
CREATE TABLE "articles" (
    "id" serial PRIMARY KEY NOT NULL,
    "title" text,
    "content" text
);
SQL
CREATE TABLE "addresses" (
    "id" serial PRIMARY KEY NOT NULL,
    "street" text,
    "city" text,
    "country" text
);
CREATE TABLE "users" (
    "id" serial PRIMARY KEY NOT NULL,
    "email" text,
    "name" text,
    "password" text,
    "address_id" integer,
    CONSTRAINT "users_email_unique" UNIQUE("email"),
    CONSTRAINT "users_address_id_unique" UNIQUE("address_id")
);
ALTER TABLE "users" ADD CONSTRAINT "users_address_id_addresses_id_fk"
    FOREIGN KEY ("address_id") REFERENCES "public"."addresses"("id")
    ON DELETE no action ON UPDATE no action;
SQL
ALTER TABLE "articles" ADD COLUMN "author_id" integer;
ALTER TABLE "articles" ADD CONSTRAINT "articles_author_id_users_id_fk"
    FOREIGN KEY ("author_id") REFERENCES "public"."users"("id")
    ON DELETE no action ON UPDATE no action;
SQL

# What may stand in it. The last of each is deleted: its number was given out.
my @rows = (<<'SQL', <<'SQL', <<'SQL');
INSERT INTO articles (title, content) VALUES
    (' Grüße, 世界 🌍 ', NULL), ('t', E'a\r\n\t\\ "b"'),
    (repeat('long ', 1000), (SELECT string_agg(md5(n::text), '')
        FROM generate_series(1, 5000) n)), ('gone', 'gone');
DELETE FROM articles WHERE title = 'gone';
SQL
INSERT INTO addresses (street, city, country) VALUES
    ('Długa 14', 'Warsaw', 'Poland'), ('s', 'c', 'c');
INSERT INTO users (email, name, password, address_id) VALUES
    ('Anna@Example.org', 'Anna', '$2b$10$' || repeat('x', 53), 1),
    ('ben@example.org', ' Ben', '*', NULL), ('gone@example.org', 'G', '*', 2);
DELETE FROM users WHERE name = 'G';
SQL
UPDATE articles SET author_id = 1 + id % 2;
SQL

my @kept = (
    articles  => 'id, title, content',
    addresses => 'id, street, city, country',
    users     => 'id, email, name, password, address_id',
    articles  => 'id, author_id',
);

# An empty database, and the directory of migrations that ship.
sub project
{
    my (@sql) = @_;
    my $name = 'b' . ++$count;
    my $self = bless { home => dir() . "/$name", name => $name }, 'Project';
    mkdir $self->{home};
    $pg->sql("CREATE DATABASE $name OWNER byline_owner");
    spew("$self->{home}/routes.ini",
        "[route live]\nmatch = GET /live\nhandler = health\n");
    spew("$self->{home}/resources.ini", '');
    $self->configure($shipped);
    $self->sql($_) for @sql;
    return $self;
}

sub Project::configure
{
    my ($self, $directory) = @_;
    main::spew("$self->{home}/byline.ini", "[database owner]\nconninfo = "
        . $pg->conninfo('byline_owner', $self->{name})
        . "\n\n[migrations]\ndirectory = $directory\ndatabase = owner\n"
        . "\n[pool main]\ndatabase = owner\n");
}

sub Project::sql
{
    my ($self, $sql) = @_;
    return $pg->sql($sql, user => 'byline_owner', database => $self->{name});
}

sub Project::migrate
{
    my ($self, @args) = @_;
    return main::byline('migrate', '-c', "$self->{home}/byline.ini", @args,
        { cwd => $self->{home} });
}

# Expects success; returns stdout.
sub Project::must
{
    my ($self, @args) = @_;
    my ($status, $out, $err) = $self->migrate(@args);
    is $status, 0, "migrate @args" or diag $out, $err;
    is $err, '', 'without a word of complaint';
    return $out;
}

# All that the catalog says of the tables, but the order of their columns.
sub Project::schema
{
    my ($self) = @_;
    return $self->sql(<<'SQL');
SELECT c.relname, relkind, relowner::regrole, relpersistence, relacl,
    obj_description(c.oid, 'pg_class')
FROM pg_class c WHERE relnamespace = 'public'::regnamespace ORDER BY 1;
SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod),
    attnotnull, attidentity, attgenerated, pg_get_expr(adbin, adrelid),
    attcollation::regcollation, attstorage, attstattarget, attacl,
    col_description(attrelid, attnum)
FROM pg_attribute
    JOIN pg_class c ON c.oid = attrelid AND relkind = 'r'
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relnamespace = 'public'::regnamespace AND attnum > 0
    AND NOT attisdropped ORDER BY 1, 2;
SELECT conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated,
    conindid::regclass, obj_description(oid, 'pg_constraint')
FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2;
SELECT indexdef, obj_description(format('%I', indexname)::regclass,
    'pg_class')
FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1;
SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger
WHERE NOT tgisinternal ORDER BY 1;
SELECT proname, pg_get_functiondef(oid), obj_description(oid, 'pg_proc')
FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1;
SELECT seqrelid::regclass, seqtypid::regtype, seqstart, seqincrement, seqmax,
    seqmin, seqcache, seqcycle, refobjid::regclass, attname
FROM pg_sequence JOIN pg_depend ON objid = seqrelid AND refobjsubid > 0
    JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
ORDER BY 1;
SQL
}

# The rows as bytes, or their sum, of the columns that a predecessor at step n
# had. One user may come with 0003-articles-author.sql.
sub Project::rows
{
    my ($self, $n) = @_;
    my @parts = @kept[ 0 .. (1, 5, 7)[ $n - 1 ] ];
    my $sql = '';
    while (my ($table, $columns) = splice @parts, 0, 2) {
        $sql .= "SELECT '$table', id, md5(convert_to(row($columns)::text,
            'UTF8')) FROM $table x WHERE row($columns)::text NOT LIKE
            '%unknown-author%' ORDER BY id;\n";
    }
    return $self->sql($sql);
}

my $fresh = project();
$fresh->must;
my $expected = $fresh->schema;
cmp_ok length $expected, '>', 5000, 'a new schema is described';

sub same_schema
{
    my ($project) = @_;
    my @got = split /\n/, $project->schema;
    my @wanted = split /\n/, $expected;
    my %got = map { $_ => 1 } @got;
    my %wanted = map { $_ => 1 } @wanted;
    is_deeply [ grep { !$wanted{$_} } @got ], [], 'nothing is too much';
    is_deeply [ grep { !$got{$_} } @wanted ], [], 'nothing is missing';
}

# The project has its tables; from here on it is like any other.
sub adopts
{
    my ($project, $n) = @_;
    my $before = $project->rows($n);
    my $out = $project->must('--baseline', $n);
    is scalar(() = $out =~ /^adopted \d{4}-.*\.sql$/mg), $n, "$n adopted";
    is $project->sql("SELECT string_agg(number::text, ',' ORDER BY number)
        FROM byline_migrations"), join(',', 1 .. $n), 'and recorded';
    like $project->must, qr/applied 0004/, 'the rest is applied';
    like $project->must, qr/nothing to do/, 'and then nothing is';
    same_schema($project);
    is $project->rows($n), $before, 'every row is as it was';
}

for my $n (1 .. 3) {
    subtest "a predecessor at step $n, without rows" => sub {
        adopts(project(@steps[ 0 .. $n - 1 ]), $n);
    };
    subtest "a predecessor at step $n" => sub {
        my $project = project(@steps[ 0 .. $n - 1 ], @rows[ 0 .. $n - 1 ]);
        adopts($project, $n);
        is $project->sql("INSERT INTO users (email, name, password) VALUES
            ('new\@example.org', 'N', '*') RETURNING id"),
            $n == 2 ? 5 : 4, 'a new user has a new number'
            if $n > 1;
        is $project->sql("INSERT INTO articles (title, author_id)
            SELECT 'new', min(id) FROM users RETURNING id"), 5,
            'a new article too, and not that of a deleted one';
    };
}

subtest 'constraints of other names, and of other kinds' => sub {
    my $project = project(@steps, @rows, <<'SQL');
ALTER TABLE articles RENAME CONSTRAINT articles_pkey TO one;
ALTER TABLE users RENAME CONSTRAINT users_pkey TO "Two";
ALTER TABLE users RENAME CONSTRAINT users_email_unique TO users_email_key;
ALTER TABLE users DROP CONSTRAINT users_address_id_unique;
CREATE UNIQUE INDEX users_address_id_key ON users (address_id);
ALTER TABLE articles RENAME CONSTRAINT articles_author_id_users_id_fk
    TO articles_author_id_fkey;
ALTER TABLE addresses ALTER id DROP DEFAULT;
DROP SEQUENCE addresses_id_seq;
ALTER TABLE addresses ALTER id ADD GENERATED ALWAYS AS IDENTITY;
ALTER SEQUENCE articles_id_seq RENAME TO counter;
SQL
    adopts($project, 3);
};

# Runs it in vain: the obstacles, each without its file.
sub obstacles
{
    my ($project, @args) = @_;
    my $before = $project->schema;
    my ($status, $out, $err) = $project->migrate(@args);
    is $status, 1, "migrate @args fails";
    is $out, '', 'and does nothing';
    is $project->schema, $before, 'nothing at all';
    return map { /^(?:\d{4}-|byline:(?! nothing))\S* (.*)/ ? $1 : () }
        split /\n/, $err;
}

subtest 'all obstacles are named at once' => sub {
    my $project = project(@steps, @rows, <<'SQL');
ALTER TABLE users DROP CONSTRAINT users_email_unique,
    DROP CONSTRAINT users_address_id_unique,
    DROP CONSTRAINT users_address_id_addresses_id_fk;
ALTER TABLE articles DROP CONSTRAINT articles_author_id_users_id_fk;
INSERT INTO users (id, email, name, password, address_id) VALUES
    (10, 'anna@example.ORG', 'A', 'x', NULL), (11, NULL, '', NULL, 1),
    (12, 'ben@example.org', 'B', '', 99), (13, 'none', 'N', 'x', NULL);
INSERT INTO addresses (id, street, city, country) VALUES (20, '', NULL, 'c');
INSERT INTO articles (id, title, content, author_id) VALUES
    (30, NULL, 'x', NULL), (31, '', '', 1), (32, 't', 'x', 98);
SQL
    my @expected = (
        'address 20 has no city',
        'address 20 has no street',
        'article 30 has no author',
        'article 30 has no title',
        'article 31 has an empty content: write one, or set it to NULL',
        'article 31 has no title',
        'article 32 has the author 98, who is not there',
        'user 11 has no e-mail',
        'user 11 has no name',
        'user 11 has no password: * says that nobody can log in',
        'user 12 has no password: * says that nobody can log in',
        'user 12 has the address 99, which is not there',
        'user 13 has an e-mail that is none: there is no @ with something on'
            . ' both sides',
        'users 1 and 10 have e-mails that differ by case only',
        'users 1 and 11 have the same address 1',
        'users 2 and 12 have the same e-mail',
    );
    is_deeply [ sort(obstacles($project, '--baseline', 3)) ], \@expected,
        'of all three steps';
    is_deeply [ sort(obstacles($project, '--baseline', 3, '--dry-run')) ],
        \@expected, 'by a dry run too';
    is_deeply [ sort(obstacles($project, '--baseline', 1)) ],
        [ grep { /title|content/ } @expected ], 'or of the first alone';
    is $project->sql("SELECT to_regclass('byline_migrations') IS NULL"), 't',
        'there is no record';
};

subtest 'many obstacles are counted' => sub {
    my $project = project($steps[0], "INSERT INTO articles (content)
        SELECT 'x' FROM generate_series(1, 21)");
    my @found = obstacles($project, '--baseline', 1);
    is scalar @found, 21, '21 are 21 lines';
    is $found[20], 'article 21 has no title', 'the last is one like others';
    $project->sql("INSERT INTO articles (content, title)
        SELECT 'x', '' FROM generate_series(1, 1000)");
    @found = obstacles($project, '--baseline', 1);
    is scalar @found, 21, 'and so are 1021';
    is $found[20], 'and 1001 more articles without a title',
        'the last counts the rest';
};

subtest 'each obstacle stands alone, and once it is gone nothing does' => sub {
    my $project = project(@steps, @rows);
    for my $case ([ 'articles', 'title', 'NULL' ],
        [ 'articles', 'title', "''" ], [ 'articles', 'content', "''" ],
        [ 'articles', 'author_id', 'NULL' ],
        [ 'users', 'email', "'BEN\@example.org'" ],
        [ 'users', 'name', "''" ], [ 'addresses', 'city', 'NULL' ]) {
        my ($table, $column, $wrong) = @$case;
        $project->sql("ALTER TABLE $table ADD kept text;
            UPDATE $table SET kept = $column, $column = $wrong
                WHERE id = 1");
        my ($status, $out, $err) = $project->migrate('--baseline', 3,
            '--dry-run');
        is scalar(() = $err =~ /^\d{4}-/mg), 1, "$table.$column = $wrong";
        $project->sql("UPDATE $table SET $column = kept"
            . ($column eq 'author_id' ? '::integer' : '')
            . " WHERE id = 1; ALTER TABLE $table DROP kept");
    }
    adopts($project, 3);
};

subtest '--dry-run changes nothing' => sub {
    my $project = project(@steps, @rows);
    my $before = $project->schema;
    my $out = $project->must('--baseline', 3, '--dry-run');
    like $out, qr/^would adopt 0001-.*^would adopt 0003-/ms, 'it names all';
    unlike $out, qr/0004/, 'that it would adopt';
    is $project->schema, $before, 'nothing is changed';
};

subtest 'a failure in the last step undoes the first' => sub {
    my $project = project(@steps, @rows,
        'CREATE VIEW authors AS SELECT author_id FROM articles');
    my $before = $project->rows(3);
    my @said = obstacles($project, '--baseline', 3);
    like $said[0], qr/view/, 'the database says why';
    is $project->rows(3), $before, 'every row is as it was';
    $pg->claim(qr/0A000 cannot alter type of a column used by a view/);
};

subtest 'tables that are not there' => sub {
    my @said = obstacles(project(@steps[ 0, 1 ]), '--baseline', 3);
    is scalar @said, 1, 'are one obstacle';
    like $said[0], qr/author_id/, 'in the words of the database';
    @said = obstacles(project(), '--baseline', 2);
    is scalar @said, 2, 'or one for each step';
    $pg->claim(qr/42703 column "author_id"/,
        qr/42P01 relation "(?:articles|users)"/);
};

subtest 'a database with a record is refused' => sub {
    my $project = project();
    $project->must;
    my @said = obstacles($project, '--baseline', 3);
    like "@said", qr/byline_migrations names 0001-articles\.sql/,
        'because of that';
    @said = obstacles($project, '--baseline', 3, '--dry-run');
    like "@said", qr/byline_migrations/, 'by a dry run too';
    $project = project(@steps, @rows);
    $project->must('--baseline', 3);
    obstacles($project, '--baseline', 3);
    ok 1, 'and so is one that was adopted';
};

subtest 'the command line' => sub {
    my $project = project(@steps);
    my $before = $project->schema;
    for my $args ([ '--baseline' ], [ '--baseline', '' ],
        [ '--baseline', '0' ], [ '--baseline', '-1' ],
        [ '--baseline', 'three' ], [ '--baseline', '3x' ],
        [ '--baseline', '99' ], [ '--baseline', '4' ],
        [ '--baseline', '99999999999999999999' ],
        [ '--baseline', '3', 'status' ]) {
        my ($status, $out, $err) = $project->migrate(@$args);
        is $status, 2, "@$args: is wrong";
        like $err, qr/\S/, 'and that is said';
        is $out, '', 'on standard error';
    }
    my (undef, undef, $err) = $project->migrate('--baseline', '4');
    like $err, qr{baseline/0004-accounts\.check\.sql}, 'with what is missing';
    is $project->schema, $before, 'nothing is changed';
    $project->must('--baseline', '0003');
};

subtest 'a file that ends the transaction does not go by unseen' => sub {
    my $project = project('CREATE TABLE one (id integer)');
    my $home = "$project->{home}/migrations";
    mkdir $_ for $home, "$home/baseline";
    spew("$home/0001-one.sql", "CREATE TABLE one (id integer);\n");
    spew("$home/baseline/0001-one.check.sql", "SELECT 'x' WHERE false");
    spew("$home/baseline/0001-one.adopt.sql", "COMMIT;\n");
    $project->configure('migrations');
    my ($status, $out, $err) = $project->migrate('--baseline', 1);
    is $status, 1, 'it fails';
    like $err, qr/0001-one\.sql: .*ended the transaction/, 'and says so';
    is $project->sql('SELECT count(*) FROM byline_migrations'), 0,
        'it is not recorded';
    $pg->claim(qr/there is no transaction in progress/);
};

done;
