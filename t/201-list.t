# Many rows: order, pages, links, parents, and what a query string may say;
# the shipped articles, under their own names and under others.
use utf8;
use Byline::Test;

my $sql = <<'SQL';
INSERT INTO addresses (id, street, city, country)
    VALUES (1, 'Secret Street 1', 'Oslo', 'Norway');
INSERT INTO users (id, email, name, password, address_id) VALUES
    (1, 'anna@example.org', 'Anna', '*', 1),
    (2, 'bert@example.org', 'Bert', '*', NULL),
    (3, 'none@example.org', 'Nobody', '*', NULL);
INSERT INTO articles (id, title, content, author_id, published_at, created_at,
    updated_at)
    SELECT n, 'Title ' || n, NULL, 1 + n % 2, '2024-01-01+00',
        '2024-01-01+00', '2024-01-01+00'
    FROM generate_series(1, 145) n;
SQL

sub ids { return map { $_->{id} } @{ $_[0]->json // [] } }

# The target of a link, as a path: one that begins with ? is relative to the
# path that was asked for.
sub link_to
{
    my ($answer, $rel) = @_;
    for my $item (split /,\s*(?=<)/, $answer->header('Link') // '') {
        next if $item !~ /^<([^>]*)>\s*;\s*rel="?\Q$rel\E"?$/;
        my ($target) = $1 =~ s{^https?://[^/]+}{}r;
        return $target if $target !~ /^\?/;
        return $answer->{path} =~ s/\?.*//r . $target;
    }
    return undef;
}

sub shows_rows
{
    my ($site) = @_;
    my $answer;
    my @sent = $site->statements_of(sub { $answer = $site->get('/articles') });
    is $answer->status, 200, 'a list is found';
    is scalar @sent, 1, 'by one statement, authors included';
    is_deeply [ ids($answer) ], [ reverse 126 .. 145 ],
        'twenty rows, the newest first';
    is $answer->raw('0'), '{"id":145,"title":"Title 145","content":null,'
        . '"authorId":2,"publishedAt":"2024-01-01T00:00:00+00:00",'
        . '"createdAt":"2024-01-01T00:00:00+00:00",'
        . '"updatedAt":"2024-01-01T00:00:00+00:00",'
        . '"author":{"id":2,"email":null,"name":"Bert","addressId":null,'
        . '"phoneNumber":null}}', 'a row embeds its author';
    is $answer->raw('1.author.name'), '"Anna"', 'each row its own';
    like $answer->header('Content-Type'), $JSON_TYPE, 'as JSON';
    is $answer->header('Cache-Control'), 'no-cache', 'to be revalidated';
    is_deeply [ ids($site->get('/articles/')) ], [ reverse 126 .. 145 ],
        'a slash at the end changes nothing';
}

sub pages
{
    my ($site) = @_;
    my ($path, @seen, @back) = ('/articles?limit=60');
    my $answer;
    for my $page (1 .. 10) {
        $answer = $site->get($path);
        push @seen, ids($answer);
        my $next = link_to($answer, 'next') // last;
        $path = $next;
    }
    is_deeply \@seen, [ reverse 1 .. 145 ],
        'rel="next" leads through every row once';
    is link_to($answer, 'next'), undef, 'and ends';
    for my $page (1 .. 10) {
        unshift @back, ids($answer);
        $path = link_to($answer, 'prev') // last;
        $answer = $site->get($path);
    }
    is_deeply \@back, \@seen, 'rel="prev" leads back';
    is link_to($site->get('/articles'), 'prev'), undef,
        'the first page has none before it';
    is_deeply [ ids($site->get(link_to($site->get('/articles'), 'next'))) ],
        [ reverse 106 .. 125 ], 'the default page is followed by the second';
    is link_to($site->get('/articles?limit=10&offset=135'), 'next'), undef,
        'a page that ends with the last row has none after it';
    like link_to($site->get('/articles?limit=10&offset=5'), 'prev'),
        qr/offset=0\b|^\/articles\?limit=\d+$/,
        'before a page that starts within the first, the first';

    is_deeply [ ids($site->get('/articles?limit=3&offset=2')) ],
        [ 143, 142, 141 ], 'limit and offset cut';
    is_deeply [ ids($site->get('/articles?offset=143')) ], [ 2, 1 ],
        'offset alone';
    is scalar(ids($site->get('/articles?limit=100'))), 100,
        'as many as allowed';
    my $past = $site->get('/articles?offset=145');
    is $past->status, 200, 'past the last row is no mistake';
    is $past->body, '[]', 'but empty';
    is link_to($past, 'next'), undef, 'with none after it';
    my $far = $site->get('/articles?offset=' . '9' x 40);
    ok $far->status == 400 || $far->body eq '[]',
        'an offset beyond all numbers is refused, or empty';
}

# path => the wrong fields of the reply
my @refused = (
    [ 'limit=0', 'limit range' ], [ 'limit=-1', 'limit range' ],
    [ 'limit=101', 'limit range' ], [ 'limit=abc', 'limit type' ],
    [ 'limit=1.5', 'limit type' ], [ 'limit=', 'limit type' ],
    [ 'limit', 'limit type' ], [ 'limit=1e1', 'limit type' ],
    [ 'limit=0x5', 'limit type' ], [ 'limit=+5', 'limit type' ],
    [ 'limit=%2B5', 'limit type' ], [ 'limit=5%00', undef ],
    [ 'limit=' . '9' x 30, 'limit range' ],
    [ 'offset=-1', 'offset range' ], [ 'offset=abc', 'offset type' ],
    [ 'offset=', 'offset type' ],
    [ 'limit=1&limit=1', 'limit repeated_parameter' ],
    [ 'limit=1&%6Cimit=2', 'limit repeated_parameter' ],
    [ 'nope=1', 'nope unknown_parameter' ],
    [ 'limt=5', 'limt unknown_parameter' ],
    [ 'Limit=5', 'Limit unknown_parameter' ],
    [ 'limt=5&offset=-1', 'limt unknown_parameter', 'offset range' ],
    [ 'limit=%zz', undef ], [ 'limit=%', undef ], [ 'limit=%4', undef ],
    [ '%zz=1', undef ], [ 'x=%FF', undef ], [ '%C0%AF=1', undef ],
    [ 'x=%ED%A0%80', undef ], [ '=5', undef ],
);

sub judges_parameters
{
    my ($site) = @_;
    my @answers;
    my @sent = $site->statements_of(sub {
        @answers = $site->get_all(map { "/articles?$_->[0]" } @refused);
    });
    is_deeply \@sent, [], 'a bad request costs no statement';
    for my $case (@refused) {
        my ($query, @errors) = @$case;
        @errors = () if !defined $errors[0];
        problem_ok shift @answers, 400, "?$query", @errors;
    }
    my $wrong = $site->get('/articles?limt=5')->json;
    like $wrong->{errors}[0]{message}, qr/did you mean "?limit"?/,
        'a parameter that is nearly right is guessed';
    like $site->get('/articles?nope=5')->body, qr/limit.*offset/,
        'the reply to an unknown one names those allowed';
    my $range = $site->get('/articles?limit=101')->json->{errors}[0];
    is_deeply [ @$range{qw(min max)} ], [ 1, 100 ],
        'a range is told in numbers';
    problem_ok $site->get('/articles/1?limit=5'), 400,
        'a row has no pages', 'limit unknown_parameter';
    problem_ok $site->get('/articles?' . join '&', map { "utm_$_=1" } 1 .. 51),
        400, 'more than fifty parameters';
}

sub ignores_parameters
{
    my ($site) = @_;
    my @paths = map { "/articles?$_" } '', '&', 'limit=20&', '&&limit=20',
        '_=123', 'utm_source=x&utm_medium=y', 'fbclid=1&gclid=2',
        '_=1&_=2', 'limit=%32%30', 'utm_x=%E2%82%AC', 'limit=020';
    my @answers = $site->get_all(@paths);
    is_deeply [ map { "$paths[$_] " . $answers[$_]->status } 0 .. $#paths ],
        [ map { "$_ 200" } @paths ], 'what means nothing is let through';
    is scalar(grep { $_->body ne $answers[0]->body } @answers), 0,
        'and changes nothing';
    is link_to($answers[4], 'next'), link_to($answers[0], 'next'),
        'nor stands in links';
}

sub lists_below_a_parent
{
    my ($site) = @_;
    my $answer;
    my @sent = $site->statements_of(sub {
        $answer = $site->get('/users/1/articles?limit=2');
    });
    is scalar @sent, 1, 'one statement';
    is_deeply [ ids($answer) ], [ 144, 142 ], 'the rows of the parent';
    is $answer->raw('0.author.name'), '"Anna"', 'with what they embed';
    like link_to($answer, 'next'), qr{^/users/1/articles\?},
        'links stay below the parent';
    is_deeply [ ids($site->get(link_to($answer, 'next'))) ], [ 140, 138 ],
        'and lead on';

    for my $path ('/users/3/articles', '/users/1/articles?offset=500') {
        @sent = $site->statements_of(sub { $answer = $site->get($path) });
        is $answer->status, 200, "$path: the parent is there";
        is $answer->body, '[]', 'without rows';
        is scalar @sent, 1, 'one statement';
    }
    for my $id (4, 0, -1, '9' x 30) {
        problem_ok $site->get("/users/$id/articles"), 404, "no parent $id";
    }
    problem_ok $site->get('/users/abc/articles'), 400, 'a parent that is none',
        'authorId type';
    @sent = $site->statements_of(sub { $site->get('/users/4/articles') });
    is scalar @sent, 1, 'that there is no parent, one statement finds out';
}

sub shows_empty_lists
{
    my ($site) = @_;
    $site->sql('DELETE FROM articles');
    my $answer = $site->get('/articles');
    is $answer->body, '[]', 'no rows are an empty array';
    is $answer->header('Link'), undef, 'without links';
}

my $pg = Byline::Test::Postgres->new;
for my $renamed (0, 1) {
    subtest $renamed ? 'under other names' : 'under the shipped names' => sub {
        my $site = site(postgres => $pg, renamed => $renamed, sql => $sql,
            $renamed ? (database => 'renamed') : ());
        subtest 'rows' => sub { shows_rows($site) };
        subtest 'pages' => sub { pages($site) };
        subtest 'wrong parameters' => sub { judges_parameters($site) };
        subtest 'no parameters' => sub { ignores_parameters($site) };
        subtest 'parents' => sub { lists_below_a_parent($site) };
        subtest 'empty' => sub { shows_empty_lists($site) };
        $site->stop;
    };
}

done;
