# One row by its key, with what it embeds: the shipped articles and users,
# under their own names and under others.
use utf8;
use Byline::Test;

my $sql = <<'SQL';
INSERT INTO addresses (id, street, city, country) VALUES
    (1, 'Secret Street 1', 'Kraków', 'Poland'),
    (2, 'Secret Street 2', 'Oslo', 'Norway');
INSERT INTO users (id, email, name, password, address_id, phone_number) VALUES
    (1, 'anna@example.org', 'Anna', '*', 1, '+48 1'),
    (2, 'bert@example.org', 'Bert "B" \ O''Neil', '*', NULL, NULL),
    (3, 'none@example.org', 'Nobody', '*', 2, NULL);
INSERT INTO articles (id, title, content, author_id, published_at, created_at,
    updated_at)
VALUES
    (1, 'First', 'Line one.', 1, '2024-03-01+00', '2024-02-29 12:34:56.789+00',
        '2024-06-30 23:59:59+00'),
    (2, 'Second', NULL, 2, now(), '2024-01-01 00:00:00+00', '2024-01-01+00'),
    (3, E'tab\there "quoted" \\ </script> \u0001\u007f 日本 😀', E'a\nb\r\n',
        1, now(), '2024-01-01+00', '2024-01-01+00');
SQL

my $first = '{"id":1,"title":"First","content":"Line one.","authorId":1,'
    . '"publishedAt":"2024-03-01T00:00:00+00:00",'
    . '"createdAt":"2024-02-29T12:34:56.789+00:00",'
    . '"updatedAt":"2024-06-30T23:59:59+00:00",'
    . '"author":{"id":1,"email":null,"name":"Anna","addressId":1,'
    . '"phoneNumber":null,"address":{"id":1,"street":null,'
    . '"city":"Kraków","country":"Poland"}}}';
utf8::encode($first);

sub reads_a_row
{
    my ($site) = @_;
    my $answer;
    my @sent = $site->statements_of(sub {
        $answer = $site->get('/articles/1');
    });
    is $answer->status, 200, 'an article is found';
    is $answer->body, $first, 'it is shown with author and address';
    is scalar @sent, 1, 'by one statement';
    like $answer->header('Content-Type'), $JSON_TYPE, 'as JSON';
    is $answer->header('Cache-Control'), 'no-cache', 'to be revalidated';
    like $answer->header('X-Request-Id'), qr/^[0-9a-f]{32}$/, 'with an id';
    is $answer->header('X-Byline-Route'), undef,
        'the name of the route stays inside';

    my $author = $answer->raw('author');
    is join(',', $answer->keys('author')),
        'id,email,name,addressId,phoneNumber,address',
        'the keys of the author are in their order';
    unlike $answer->body, qr/Secret|anna\@|\+48/, 'private values stay inside';
    unlike $sent[0]{text}, qr/Secret/, 'no value is written into SQL';

    my $second = $site->get('/articles/2');
    is $second->raw('author.address'), 'null',
        'an author without an address has null for it';
    is $second->raw('author.addressId'), 'null', 'and for its key';
    is $second->raw('content'), 'null', 'a text that is NULL is null';
    is $second->json->{author}{name}, 'Bert "B" \\ O\'Neil',
        'quotes and backslashes come through';

    my $third = $site->get('/articles/3');
    is $third->json->{title},
        "tab\there \"quoted\" \\ </script> \x01\x7f 日本 😀",
        'control characters and all of Unicode come through';
    is $third->json->{content}, "a\nb\r\n", 'line ends as well';
}

sub reads_a_user
{
    my ($site) = @_;
    my $answer;
    my @sent = $site->statements_of(sub { $answer = $site->get('/users/1') });
    my $expected = '{"id":1,"email":null,"name":"Anna","addressId":1,'
        . '"phoneNumber":null,"address":{"id":1,"street":null,'
        . '"city":"Kraków","country":"Poland"}}';
    utf8::encode($expected);
    is $answer->body, $expected, 'a user is shown with the address';
    is scalar @sent, 1, 'by one statement';
    is $site->get('/users/2')->raw('address'), 'null',
        'a user without an address has null for it';
    unlike $site->get('/users/3')->body, qr/password|\*/,
        'the password is not there';
}

my %ids = (
    400 => [ qw(abc 1abc 1.5 0x1 1e0 +1 %2B1 %201 1%20 1%0A 1%0D%0A 1%09
        -- - --1 +-1 1_000 NaN Infinity null 1;v=2 %EF%BC%91 1%00
        %22 %27 1%27), "1,000", "1%3Bselect%201" ],
    404 => [ qw(0 -0 -1 4 999999 2147483647 2147483648 4294967297
        -2147483649 9223372036854775807 9223372036854775808
        -9223372036854775808 -9223372036854775809 18446744073709551617),
        '1' . '0' x 99, '-1' . '0' x 99 ],
    200 => [ qw(1 0001 %31 %30%31), '0' x 100 . '1' ],
);

sub judges_ids
{
    my ($site) = @_;
    for my $path ('/articles', '/users') {
        for my $status (sort keys %ids) {
            my @paths = map { "$path/$_" } @{ $ids{$status} };
            my @answers = $site->get_all(@paths);
            is_deeply [ map { "$paths[$_] " . $answers[$_]->status }
                0 .. $#paths ], [ map { "$_ $status" } @paths ],
                "$path: these ids are $status";
            is scalar(grep { ($_->header('Content-Type') // '')
                !~ $PROBLEM_TYPE } @answers), 0, 'problems, all of them'
                if $status != 200;
        }
    }
    problem_ok $site->get('/articles/abc'), 400, 'an id that is none',
        'id type';
    problem_ok $site->get('/articles/999999'), 404, 'a row that is not there';
    my @sent = $site->statements_of(sub {
        $site->get_all(map { "/articles/$_" } qw(abc 1.5), '9' x 30);
    });
    is_deeply \@sent, [], 'what cannot be a key costs no statement';
}

sub keeps_private_columns_unfetched
{
    my ($site) = @_;
    my ($table, $wanted) = $site->{renamed}
        ? ('"order"', 'nr, stadt, land') : ('addresses', 'id, city, country');
    $site->pg->owner_sql("REVOKE ALL ON $table FROM byline;"
        . "GRANT SELECT ($wanted) ON $table TO byline",
        database => $site->{database});
    is $site->get('/users/1')->status, 200,
        'a private column needs no right to be read';
    $site->grant;
}

sub hides_passwords
{
    my ($site) = @_;
    my ($table, $column) = $site->{renamed} ? ('"Leute"', 'losung')
        : ('users', 'password');
    $site->pg->claim(qr/42501 permission denied for table/);
    for my $sql ("SELECT $column FROM $table",
        "UPDATE $table SET $column = '*'",
        "INSERT INTO $table ($column) VALUES ('*')") {
        ok !eval {
            $site->pg->sql($sql, user => 'byline',
                database => $site->{database});
            1;
        }, "the workers have no right to the passwords: $sql";
    }
}

my $pg = Byline::Test::Postgres->new;
for my $renamed (0, 1) {
    subtest $renamed ? 'under other names' : 'under the shipped names' => sub {
        my $site = site(postgres => $pg, renamed => $renamed, sql => $sql,
            $renamed ? (database => 'renamed') : ());
        subtest 'an article' => sub { reads_a_row($site) };
        subtest 'a user' => sub { reads_a_user($site) };
        subtest 'ids' => sub { judges_ids($site) };
        subtest 'private' => sub { keeps_private_columns_unfetched($site) };
        subtest 'passwords' => sub { hides_passwords($site) };
        $site->stop;
    };
}

done;
