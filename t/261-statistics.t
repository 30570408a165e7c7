# What ships as own SQL: the statistics of authors.
use utf8;
use Byline::Test;

my $people = <<'SQL';
INSERT INTO users (id, email, name, password) VALUES
    (1, 'a@example.org', 'Anna', '*'), (2, 'b@example.org', 'Bert', '*'),
    (3, 'c@example.org', 'Carl', '*'), (4, 'd@example.org', 'Dora', '*');
INSERT INTO articles (title, content, author_id, published_at) VALUES
    ('a', 'one two  three', 1, '2026-01-01'),
    ('b', E' four\nfive ', 1, '2026-01-01'), ('c', NULL, 2, '2026-01-01'),
    ('d', 'żółw żaba', 3, '2026-01-01'), ('e', 'x', 3, '2026-01-01'),
    ('f', 'a draft', 3, NULL), ('g', 'another', 4, now() + interval '1 day');
SQL

sub statistics
{
    my ($id, $name, $articles, $words) = @_;
    return qq({"author":{"id":$id,"name":"$name"},)
        . qq("articles":$articles,"words":$words});
}

my $shipped;
for my $renamed (0, 1) {
    my $site = site(sql => $people, renamed => $renamed);
    $shipped //= $site;
    subtest $renamed ? 'under other names' : 'statistics of authors' => sub {
        my @all = (statistics(1, 'Anna', 2, 5), statistics(3, 'Carl', 2, 3),
            statistics(2, 'Bert', 1, 0));
        my $answer;
        my @statements = $site->statements_of(sub {
            $answer = $site->get('/statistics/authors');
        });
        is $answer->status, 200, 'status';
        is $answer->body, '[' . join(',', @all) . ']', 'all of them';
        is scalar @statements, 1, 'one statement';
        unlike $statements[0]{text}, qr/\b20\b/, 'values are bound';
        like $answer->header('Content-Type'), $JSON_TYPE, 'JSON';
        is $answer->header('Cache-Control'), 'no-cache', 'Cache-Control';
        is $site->get('/statistics/authors?limit=1')->body, "[$all[0]]",
            'limit';
        is $site->get('/statistics/authors?limit=1&offset=1')->body,
            "[$all[1]]", 'offset';
        is $site->get('/statistics/authors?offset=3')->body, '[]', 'no rows';
    };
}

sub bad
{
    my ($site, $path, @errors) = @_;
    my @statements = $site->statements_of(sub {
        problem_ok $site->get($path), 400, $path, @errors;
    });
    is scalar @statements, 0, 'and no statement';
}

subtest 'wrong parameters' => sub {
    bad($shipped, '/statistics/authors?limit=0', 'limit range');
    bad($shipped, '/statistics/authors?limit=101', 'limit range');
    bad($shipped, '/statistics/authors?limit=x', 'limit type');
    bad($shipped, '/statistics/authors?limit=', 'limit type');
    bad($shipped, '/statistics/authors?limit=99999999999', 'limit range');
    bad($shipped, '/statistics/authors?offset=-1&limit=1%20OR%201',
        'limit type', 'offset range');
    bad($shipped, '/statistics/authors?limit=1&limit=2',
        'limit repeated_parameter');
    bad($shipped, '/statistics/authors?limt=1', 'limt unknown_parameter');
    is $shipped->get('/statistics/authors?limit=101')->json->{errors}[0]
        {message}, 'between 1 and 100', 'the range is told';
    is $shipped->get('/statistics/authors?offset=-1')->json->{errors}[0]
        {message}, 'at least 0', 'and what has no end';
    is $shipped->get('/statistics/authors?utm_x=1')->status, 200,
        'what the API ignores';
};

done;
