# ETag, and what becomes of a GET that names it (RFC 9110, section 13): of
# rows, lists and own SQL, through nginx and straight from the pool.
use utf8;
use Byline::Test;

my $text = 'long enough for gzip ' x 100;
my $site = site(workers => 3, sql => <<"SQL");
INSERT INTO addresses (id, street, city, country)
    VALUES (1, 'Long Street 1', 'York', 'England');
INSERT INTO users (id, email, name, password, role, address_id, phone_number)
    VALUES (1, 'admin\@example.org', 'Admin', '*', 'admin', NULL, NULL),
    (2, 'anna\@example.org', 'Anna', '*', 'user', 1, '+48123456789');
INSERT INTO articles (id, title, content, author_id)
    SELECT n, 'Title ' || n, '$text', 2 FROM generate_series(1, 5) n;
INSERT INTO categories (id, name) VALUES (1, 'one');
SQL

my $of_row = qr/^"([1-9][0-9]*)-([0-9a-f]{16})"$/;
my $of_all = qr/^"[0-9a-f]{16}"$/;
my $article = '/articles/1';

sub tag { return $site->direct($_[0], @_[1 .. $#_])->header('ETag') // 'none' }

sub asking
{
    my ($path, $list, %o) = @_;
    return $site->direct($path, headers => ["If-None-Match: $list"], %o);
}

# Bodiless, with what a cache needs of a 200.
sub not_modified
{
    my ($answer, $tag, $name) = @_;
    return subtest $name => sub {
        is $answer->status, 304, 'status';
        is $answer->body, '', 'no body';
        is $answer->header('ETag'), $tag, 'the tag';
        is_deeply [ $answer->headers('Content-Type'),
            $answer->headers('Content-Length') ], [], 'nothing of a body';
        ok length($answer->header('Cache-Control') // ''), 'Cache-Control';
    };
}

subtest 'what tags look like' => sub {
    my ($version, $hash) = tag($article) =~ $of_row;
    is $version, $site->sql('SELECT xmin FROM articles WHERE id = 1'),
        'of a row: its version';
    ok $hash, 'and a hash';
    like tag($_), $of_all, $_ for '/articles', '/categories',
        '/articles?limit=1&fields=id', "$article/comments",
        '/statistics/authors';
    is tag("$article?fields=title") =~ $of_row ? $1 : '', $version,
        'of a part of a row';
    isnt tag("$article?fields=title"), tag($article), 'another hash';
    is tag('/health/live'), 'none', 'not of everything';
    is tag('/articles/99'), 'none', 'nor of what is not there';
};

subtest 'nothing changes' => sub {
    for my $path ($article, '/articles', '/statistics/authors',
        '/articles?after=' . ($site->direct('/articles?limit=2')
            ->header('Link') =~ /after=([^&>]+)/)[0]) {
        my %tags = map { tag($path) => 1 } 1 .. 12;
        is scalar(keys %tags), 1, "$path: one tag from all workers";
    }
    my $before = tag($article);
    $site->sql('VACUUM (FREEZE) articles');
    is tag($article), $before, 'after a vacuum';
    $site->sql('BEGIN; SELECT FROM articles WHERE id = 1 FOR UPDATE; COMMIT');
    is tag($article), $before, 'after a lock';
    $site->sql('UPDATE articles SET title = title WHERE id = 2');
    is tag($article), $before, 'when another row is written';
};

subtest 'something changes' => sub {
    my ($row, $list, $part) = map { tag($_) } $article, '/articles',
        "$article?fields=title";
    $site->sql("UPDATE addresses SET city = 'Leeds'");
    isnt tag($article), $row, 'the city of the author of a row';
    is((tag($article) =~ $of_row)[0], ($row =~ $of_row)[0],
        'which is not its version');
    is tag('/articles'), $list, 'a list does not show it';
    is tag("$article?fields=title"), $part, 'nor does a part';
    $site->sql("UPDATE users SET name = 'Anne' WHERE id = 2");
    isnt tag('/articles'), $list, 'it does show the name';
    $row = tag("$article?fields=id");
    $site->sql("UPDATE articles SET title = 'new' WHERE id = 1");
    isnt tag("$article?fields=id"), $row,
        'of a row, a write of what is not shown';
};

# The rows of a page may be the same while there are more behind it.
subtest 'what headers say of a list' => sub {
    my $path = '/articles?sort=id&limit=5&fields=id';
    my ($page, $counted) = map { $site->direct($_) } $path,
        "$path&count=exact";
    is $page->header('Link'), undef, 'the last page';
    is $page->body, $counted->body, 'the same rows';
    isnt $page->header('ETag'), $counted->header('ETag'), 'with a count';
    $site->sql("INSERT INTO articles (id, title, author_id)
        VALUES (6, 'x', 2)");
    my $more = $site->direct($path);
    is $more->body, $page->body, 'the same rows, and more behind them';
    ok $more->header('Link'), 'to which a link leads';
    my $answer = asking($path, $page->header('ETag'));
    is $answer->status, 200, 'this is no 304';
    $answer = asking("$path&count=exact", tag("$path&count=exact"));
    not_modified($answer, tag("$path&count=exact"), 'but this is');
    is_deeply [ map { $answer->headers($_) } qw(Link X-Total-Count) ], [],
        'without what is known';
    $site->sql('DELETE FROM articles WHERE id = 6');
};

subtest 'who asks' => sub {
    my $other = $site->forge({ userId => 1 });
    my $path = '/users/2';
    my @tags = map { tag($path, @$_) } [],
        [ bearer => $site->forge({ userId => 2 }) ], [ bearer => $other ];
    isnt $tags[0], $tags[1], 'private columns, for their owner';
    is $tags[1], $tags[2], 'and for an admin';
    my $answer = asking($path, $tags[0], bearer => $other);
    is $answer->status, 200, 'what others see is not what he sees';
    $answer = asking($path, $tags[2], bearer => $other);
    not_modified($answer, $tags[2], 'but his own is');
    is $answer->header('Cache-Control'), 'private, no-store', 'is his alone';
    is $answer->header('Vary'), 'Authorization, Cookie', 'and varies';
};

subtest 'HEAD' => sub {
    for my $path ($article, '/articles', '/statistics/authors') {
        my $head = $site->direct($path, method => 'HEAD');
        is $head->header('ETag'), tag($path), "$path: the same tag";
        not_modified(asking($path, tag($path), method => 'HEAD'),
            tag($path), 'and no more, if that is known');
    }
};

subtest 'If-None-Match' => sub {
    for my $path ($article, '/articles', '/statistics/authors') {
        my $tag = tag($path);
        not_modified(asking($path, $_), $tag, "$path: $_")
            for $tag, "W/$tag", '*', qq{"x", W/"y",$tag}, "$tag, \"x\"",
            ",,$tag ,";
        is asking($path, $_)->status, 200, "$path: $_"
            for '"x"', 'x', $tag =~ s/"//gr, "$tag x", "*, $tag", '', ',',
            $tag =~ s/^"/w\/"/r, "x, $tag", $tag =~ s/"$//r;
    }
    not_modified($site->direct($article, headers => [ 'If-None-Match: "x"',
        'If-None-Match: ' . tag($article) ]), tag($article), 'two lines');
    my $answer = asking($article, '"' . (tag($article) =~ $of_row)[0]
        . '-0123456789abcdef"');
    is $answer->status, 200, 'the version alone is not enough';
    problem_ok asking('/articles/99', '*'), 404, 'what is not there';
    problem_ok asking('/articles/x', '*'), 400, 'nor can be';
    is $site->direct($article, headers =>
        ['If-Modified-Since: ' . 'Fri, 01 Jan 2100 00:00:00 GMT'])->status,
        200, 'If-Modified-Since: there is no Last-Modified';
};

subtest 'If-Match' => sub {
    my $is = sub {
        my ($status, $path, $list, $name) = @_;
        my $answer = $site->direct($path, headers => ["If-Match: $list"]);
        return is $answer->status, 200, $name if $status == 200;
        problem_ok $answer, $status, $name;
        is_deeply [ map { $answer->headers($_) } qw(ETag Link) ], [],
            'with nothing of the answer';
    };
    my ($row, $list) = (tag($article), tag('/articles?limit=2'));
    $is->(200, $article, $_, "$article: $_") for $row, "W/$row", '*',
        "\"x\", $row", $row =~ s/-.*/-0123456789abcdef"/r, '';
    $is->(412, $article, $_, "$article: $_") for '"x"', 'x', $list,
        "\"1-0123456789abcdef\"", "$row x";
    $is->(200, '/articles?limit=2', $_, $_) for $list, "W/$list", '*';
    $is->(412, '/articles?limit=2', $_, $_) for $row, '"x"';
    $is->(404, '/articles/99', '*', 'what is not there');
    my $both = $site->direct($article, headers => [ 'If-Match: "x"',
        "If-None-Match: $row" ]);
    is $both->status, 412, 'it comes before If-None-Match';
};

subtest 'of own SQL' => sub {
    my $before = tag('/statistics/authors');
    $site->sql("UPDATE articles SET published_at = NULL WHERE id = 3");
    isnt tag('/statistics/authors'), $before, 'with what it shows';
    is $site->direct('/statistics/authors', headers => ["If-None-Match: "
        . $before])->status, 200, 'what was before is not enough';
};

subtest 'what a dead cookie asks' => sub {
    my $cookie = $site->cookie_name . '=x';
    my $tag = tag($article);
    is tag($article, cookie => $cookie), $tag, 'has the tag of nobody';
    my $answer = asking($article, $tag, cookie => $cookie);
    not_modified($answer, $tag, 'and is known');
    ok defined $answer->cookie($site->cookie_name), 'the cookie is cleared';
    my $list = '/articles?limit=1';
    is tag($list, cookie => $cookie), tag($list), 'of a list, too';
};

subtest 'through nginx' => sub {
    for my $path ($article, '/articles', '/statistics/authors') {
        my $plain = $site->get($path);
        is $plain->header('ETag'), tag($path), "$path: the tag";
        my $again = $site->get($path, headers =>
            [ 'If-None-Match: ' . $plain->header('ETag') ]);
        not_modified($again, tag($path), 'works');
        ok defined $again->header('X-Request-Id'), 'with an id';
    }
    my $packed = $site->get($article, headers => ['Accept-Encoding: gzip']);
    is $packed->header('Content-Encoding'), 'gzip', 'compressed';
    my $weak = 'W/' . tag($article);
    is $packed->header('ETag'), $weak, 'the tag is weak';
    my $again = $site->get($article, headers => ['Accept-Encoding: gzip',
        "If-None-Match: $weak"]);
    not_modified($again, tag($article), 'which works');
    is_deeply [ sort map { split /, */ } $again->headers('Vary') ],
        [ sort map { split /, */ } $packed->headers('Vary') ],
        'with all that the answer varies by';
    is $site->get($article, http => '2', headers =>
        ["If-None-Match: $weak"])->status, 304, 'by HTTP/2';
    problem_ok $site->get($article, headers => ['If-Match: "x"']), 412,
        'If-Match';
    is $site->get($article, bearer => $site->forge({ userId => 2 }),
        headers => ["If-Match: $weak"])->status, 200,
        'one that nginx made weak';
    is $site->request('HEAD', $article, headers => ["If-None-Match: $weak"])
        ->status, 304, 'HEAD';
    for my $path ('/categories', '/categories/1') {
        my $answer = $site->get($path, headers => ['If-None-Match: W/'
            . tag($path)]);
        not_modified($answer, tag($path), "$path, which nginx does not keep");
        is $answer->header('X-Cache'), undef, 'is none of its own answers';
    }
};

subtest 'where errors look as those of NestJS' => sub {
    my $nest = site(postgres => $site->pg, conf => 'predecessor',
        database => 'nest', nginx => 0, sql => "INSERT INTO users
            (id, email, name, password) VALUES (2, 'a\@b.org', 'A', '*');
            INSERT INTO articles (id, title, author_id) VALUES (1, 't', 2)");
    my $answer = $nest->direct($article, headers => ['If-Match: "x"']);
    is $answer->status, 412, 'the status stays';
    is $answer->json->{error}, 'Precondition Failed', 'and has its name';
};

done;
