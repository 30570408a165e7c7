# A database of the NestJS API moves: it is taken over, served under
# conf/predecessor/, and its users find all as it was.
use utf8;
use Byline::Test;

# As its Drizzle migrations leave it, names of constraints included.
my $drizzle = <<'SQL';
CREATE TABLE "articles" (
    "id" serial PRIMARY KEY NOT NULL,
    "title" text,
    "content" text
);
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
ALTER TABLE "articles" ADD COLUMN "author_id" integer NOT NULL;
ALTER TABLE "articles" ADD CONSTRAINT "articles_author_id_users_id_fk"
    FOREIGN KEY ("author_id") REFERENCES "public"."users"("id")
    ON DELETE no action ON UPDATE no action;
SQL

# Hashes that the bcrypt of Node.js made: of strongPassword, and of 80 times x,
# which it cut at 72. The last article is gone; its number is not given again.
my $rows = <<'SQL';
INSERT INTO addresses (street, city, country)
    VALUES ('Długa 14', 'Gdańsk', 'Poland');
INSERT INTO users (email, name, password, address_id) VALUES
    ('Anna@Example.org', 'Anna',
    '$2b$10$cW5PZoJMliZBWkNbHsdkQuRcXSZaHiq0xJo.M9kvI1D7/kBS16YOW', 1),
    ('bert@example.org', 'Bert',
    '$2b$10$X3ZAJovb22qA8IDj2jp8HeujIxNgCJRMoqLLMws/wGv3ARAy25Zue', NULL);
INSERT INTO articles (title, content, author_id) VALUES
    ('  Grüße, 世界 🌍 ', 'Line one.', 1), (repeat('long ', 100), NULL, 2),
    ('third', NULL, 1), ('gone', NULL, 1);
DELETE FROM articles WHERE title = 'gone';
SQL

my @said;
my $site = site(conf => 'predecessor', schema => sub {
    my ($site) = @_;
    $site->sql($drizzle . $rows);
    push @said, [ $site->byline('migrate', '--baseline', 3, '--dry-run') ],
        [ $site->byline('migrate', '--baseline', 3) ],
        [ $site->byline('migrate') ];
});

subtest 'taking over' => sub {
    is $said[$_][0], 0, 'step ' . ($_ + 1) or diag @{ $said[$_] }
        for 0 .. $#said;
    my (undef, $status) = $site->byline('migrate', 'status');
    unlike $status, qr/pending|changed|missing|late/, 'all are applied';
    my ($code, undef, $err) = $site->byline('check');
    is $code, 0, 'check finds no mistake' or diag $err;
};

sub log_in
{
    return $site->request('POST', '/authentication/log-in',
        json => { email => $_[0], password => $_[1] });
}

my $cookie;

subtest 'users log in' => sub {
    my $answer = log_in('Anna@Example.org', 'strongPassword');
    is $answer->status, 200, 'with the password that they had';
    is_deeply $answer->json, { id => 1, email => 'Anna@Example.org',
        name => 'Anna', addressId => 1, address => { id => 1,
            street => 'Długa 14', city => 'Gdańsk', country => 'Poland' } },
        'and are who they were';
    $cookie = 'Authentication=' . $answer->cookie('Authentication');
    is log_in('anna@example.org', 'strongPassword')->status, 200,
        'also by another spelling of their e-mail address';
    is log_in('bert@example.org', 'x' x 80)->status, 200,
        'with a password that was cut';
    is log_in('Anna@Example.org', 'weakPassword')->status, 401,
        'but not with another';
    is $site->get('/authentication', cookie => 'Authentication='
        . $site->forge({ userId => 2 }))->json->{name}, 'Bert',
        'a token made there goes on';
};

subtest 'articles are read' => sub {
    my $answer = $site->get('/articles');
    is_deeply [ map { $_->{id} } @{ $answer->json } ], [ 1, 2, 3 ], 'each';
    $answer = $site->get('/articles/1');
    is_deeply $answer->json, { id => 1, title => '  Grüße, 世界 🌍 ',
        content => 'Line one.', authorId => 1, author => { id => 1,
            email => 'Anna@Example.org', name => 'Anna', addressId => 1,
            address => { id => 1, street => 'Długa 14', city => 'Gdańsk',
                country => 'Poland' } } }, 'one, with author and address';
    is $site->get('/articles/2')->raw('author.address'), 'null',
        'or without an address';
};

subtest 'articles are written' => sub {
    my $answer = $site->request('POST', '/articles', cookie => $cookie,
        json => { title => 'new' });
    is $answer->status, 201, 'a new one';
    is $answer->json->{id}, 5, 'comes after all that there ever were';
    is $site->request('PATCH', '/articles/3', cookie => $cookie,
        json => { content => 'at last' })->json->{content}, 'at last',
        'an old one, by its author';
    is $site->request('PATCH', '/articles/2', cookie => $cookie,
        json => { content => 'x' })->status, 403, 'not that of another';
    my $title = $site->get('/articles/2')->json->{title};
    is $site->request('PATCH', '/articles/2', cookie => 'Authentication='
        . $site->forge({ userId => 2 }), json => { title => $title })->status,
        200, 'a title goes on to be as long as it was';
    is $site->request('DELETE', '/articles/3', cookie => $cookie)->status,
        204, 'and one is removed';
};

subtest 'accounts are made' => sub {
    my $answer = $site->request('POST', '/authentication/sign-up', json => {
        email => 'carl@example.org', name => 'Carl', password => 'carl has 1',
        address => { street => 'S', city => 'C', country => 'C' } });
    is $answer->status, 201, 'a new one';
    is $answer->body, '{"id":3,"email":"carl@example.org","name":"Carl",'
        . '"addressId":2}', 'comes after the old ones, as does the address';
    $site->pg->claim(qr/^ERROR 23505 /);
    is $site->request('POST', '/authentication/sign-up', json => {
        email => 'anna@EXAMPLE.org', name => 'X', password => 'x has one' })
        ->status, 409, 'an e-mail address belongs to one, however written';
};

done;
