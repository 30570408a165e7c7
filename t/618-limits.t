# Each limit of the INI, just within it and just beyond: what is beyond is
# refused without a statement.
use Byline::Test;

my $site = site(ini => { limits => { body => '2kB', uri => '400B',
    parameters => 3, json_depth => 4, embed_rows => 10 } }, sql => <<'SQL');
INSERT INTO users (id, email, name, password)
    VALUES (1, 'anna@example.org', 'Anna', '*');
INSERT INTO articles (id, title, author_id) VALUES (1, 'First', 1);
INSERT INTO categories (id, name) SELECT n, 'C' || n
    FROM generate_series(1, 12) n;
INSERT INTO articles_categories SELECT 1, n FROM generate_series(1, 11) n;
SQL
my $token = $site->forge({ userId => 1 });

sub patch
{
    return $site->request('PATCH', '/articles/1', bearer => $token, sets => 1,
        @_);
}

# That the code's requests end so, and reach no database.
sub refused
{
    my ($name, $status, $code, @errors) = @_;
    my @sent = $site->statements_of(sub {
        problem_ok $code->(), $status, $name, @errors;
    });
    is_deeply \@sent, [], 'without a statement';
}

# An object so deep, the outermost included.
sub deep
{
    my ($n) = @_;
    return '{"x":' x ($n - 1) . '{}' . '}' x ($n - 1);
}

subtest 'body' => sub {
    my $body = '{"title":"x"' . ' ' x (2048 - 13) . '}';
    is patch(json => \$body)->status, 200, 'of 2,048 bytes';
    refused('of one more', 413, sub { patch(json => \"$body ") });
    refused('of a megabyte and more, by nginx', 413,
        sub { patch(json => \('x' x 1_100_000)) });
    $site->nginx->claim(qr/client intended to send too large body/,
        qr/request body is buffered to a temporary file/);
};

subtest 'uri' => sub {
    my $path = '/articles?_=';
    $path .= 'x' x (401 - length $path); # the ? does not count
    is $site->get($path)->status, 200, 'of 400 bytes';
    refused('of one more', 414, sub { $site->get("${path}x") });
    refused('of more than nginx takes', 414,
        sub { $site->get('/articles?_=' . 'x' x 20_000) });
};

subtest 'header, by nginx' => sub {
    is $site->get('/articles/1',
        headers => [ 'X-Long: ' . 'x' x 16_000 ])->status, 200, 'of 16 kB';
    refused('of more', 431, sub { $site->get('/articles/1',
        headers => [ 'X-Long: ' . 'x' x 17_000 ]) });
};

subtest 'parameters' => sub {
    is $site->get('/articles?limit=1&offset=0&_=1')->status, 200, 'three';
    refused('four', 400, sub {
        $site->get('/articles?limit=1&offset=0&_=1&utm_x=1')
    }, 'query too_many');
};

subtest 'json_depth' => sub {
    is patch(json => \deep(4))->status, 200, 'four levels';
    refused('five', 400, sub { patch(json => \deep(5)) });
};

subtest 'embed_rows' => sub {
    my $json = $site->get('/articles/1?with=categories')->json;
    is scalar @{ $json->{categories} }, 10, 'ten are shown';
    ok $json->{categoriesMore}, 'of more';
    is patch(json => { categoryIds => [ 1 .. 10 ] })->status, 200,
        'ten keys can be given';
    refused('eleven', 422, sub {
        patch(json => { categoryIds => [ 1 .. 11 ] })
    });
};

subtest 'embed_depth' => sub {
    my $is_deep = sub {
        my ($n) = @_;
        $site->write_ini(2, { limits => { embed_depth => $n } });
        my (undef, $out, $err) = $site->byline('check', '--offline');
        return "$out$err" =~ /embed_depth allows/;
    };
    ok !$is_deep->(2), 'what ships embeds two relations in a row';
    ok $is_deep->(1), 'which can be too many';
};

subtest 'limit and limit_max' => sub {
    is $site->get('/articles?limit=100')->status, 200, 'a hundred';
    refused('one more', 400, sub { $site->get('/articles?limit=101') },
        'limit range');
};

done;
