# A client that was written for the NestJS API, under conf/predecessor/: it
# knows its paths, its keys in their order, its statuses and its errors.
use utf8;
use Byline::Test;

# Hashes that the bcrypt of Node.js made, at the cost that was usual there.
my %made_there = (
    'strongPassword' =>
        '$2b$10$cW5PZoJMliZBWkNbHsdkQuRcXSZaHiq0xJo.M9kvI1D7/kBS16YOW',
    'zażółć gęślą jaźń' =>
        '$2b$10$HRJw96iz.AZ4tmVXoksP3.R4Jb6jyrb9poSMP4m/cI03/xlEQ90Oa',
    'x' x 80 =>
        '$2b$10$X3ZAJovb22qA8IDj2jp8HeujIxNgCJRMoqLLMws/wGv3ARAy25Zue',
);
my @passwords = sort keys %made_there;

my $site = site(conf => 'predecessor', sql => <<'SQL'
INSERT INTO addresses (street, city, country)
    VALUES ('Rynek 1', 'Kraków', 'Poland');
SQL
    . join '', map { "INSERT INTO users (email, name, password, address_id)"
        . " VALUES ('old$_\@example.org', 'Old $_',"
        . " '$made_there{$passwords[$_]}', " . ($_ ? 'NULL' : '1') . ");\n" }
        0 .. $#passwords);

# As that client sends it: JSON, and the cookie if it has one.
my $cookie;

sub call
{
    my ($method, $path, %o) = @_;
    my $answer = $site->request($method, $path, (defined $cookie
        ? (cookie => "Authentication=$cookie") : ()), %o);
    return $answer;
}

sub keys_are
{
    my ($answer, $at, $expected, $name) = @_;
    is join(',', $answer->keys($at)), $expected, $name;
}

# The three members that its errors had, and ours.
sub nest_ok
{
    my ($answer, $status, $name, @messages) = @_;
    my $body = $answer->json // {};
    subtest $name => sub {
        is $answer->status, $status, 'status';
        like $answer->header('Content-Type'), $PROBLEM_TYPE, 'a problem';
        is $body->{statusCode}, $status, 'statusCode';
        is $body->{status}, $status, 'status in the body';
        is $body->{error}, $body->{title}, 'error is its title';
        like $body->{type}, qr{^/problems/[a-z-]+$}, 'type';
        ok length($body->{detail} // ''), 'detail';
        is $body->{requestId}, $answer->header('X-Request-Id'), 'request id';
        is_deeply [ grep { $_ !~ /^(?:type|title|status|detail|requestId
            |errors|message|error|statusCode)$/x } keys %$body ], [],
            'and no other member';
        if (@messages) {
            is ref $body->{message}, 'ARRAY', 'message is a list';
            is scalar @{ $body->{message} // [] }, scalar @messages,
                'of one text for each field';
            like $body->{message}[$_], $messages[$_], 'which says what'
                for 0 .. $#messages;
            is scalar @{ $body->{errors} // [] }, scalar @messages, 'errors';
        } elsif (!$body->{errors}) {
            is $body->{message}, $body->{detail}, 'message is the detail';
        }
    };
}

my %anna = (email => 'anna@example.org', name => 'Anna',
    password => 'anna has one', phoneNumber => '+48123456789',
    address => { street => 'Floriańska 7', city => 'Kraków',
        country => 'Poland' });

subtest 'sign-up' => sub {
    my $answer = call('POST', '/authentication/sign-up', json => \%anna);
    is $answer->status, 201, 'is 201';
    keys_are($answer, '', 'id,email,name,addressId', 'the account');
    my $body = $answer->json;
    like $body->{id}, qr/^\d+$/, 'id is a number';
    like $body->{addressId}, qr/^\d+$/, 'as is that of the address';
    is $body->{email}, $anna{email}, 'e-mail';
    is_deeply [ $answer->headers('Set-Cookie') ], [], 'no cookie';
    is $site->sql("SELECT street || city || country FROM addresses
        WHERE id = $body->{addressId}"), do {
            my $text = join '', @{ $anna{address} }{qw(street city country)};
            utf8::encode($text);
            $text;
        }, 'the address is stored with it';
    is $site->sql("SELECT phone_number FROM users WHERE id = $body->{id}"),
        '+48123456789', 'and so is the phone number';

    $answer = call('POST', '/authentication/sign-up', json => {
        email => 'bert@example.org', name => 'Bert',
        password => 'bert has one' });
    is $answer->status, 201, 'without address and phone';
    is $answer->raw('addressId'), 'null', 'addressId is null';
    is call('POST', '/authentication/sign-up', json => {
        email => 'carl@example.org', name => 'Carl', address => undef,
        password => 'carl has one', phoneNumber => undef })->status, 201,
        'with both of them null';
};

subtest 'user and address are stored together or not at all' => sub {
    my $before = $site->sql('SELECT count(*) FROM addresses');
    my %o = (%anna, email => 'dora@example.org');
    nest_ok(call('POST', '/authentication/sign-up', json => { %o,
        address => { street => 'S', city => 'C' } }), 400,
        'a part of an address', qr/^address\.country: /);
    $site->pg->claim(qr/^ERROR 23505 /);
    nest_ok(call('POST', '/authentication/sign-up', json => \%anna), 409,
        'an e-mail address that is taken');
    is $site->sql('SELECT count(*) FROM addresses'), $before,
        'leaves no address behind';
    is $site->sql("SELECT count(*) FROM users WHERE email LIKE 'dora%'"), 0,
        'nor an account';
};

my @profile = ('id,email,name,addressId,address', 'id,street,city,country');

subtest 'log-in' => sub {
    my $answer = call('POST', '/authentication/log-in', json => {
        email => $anna{email}, password => $anna{password} });
    is $answer->status, 200, 'is 200';
    keys_are($answer, '', $profile[0], 'the account');
    keys_are($answer, 'address', $profile[1], 'with its address');
    is_deeply { %{ $answer->json->{address} }, id => 0 },
        { %{ $anna{address} }, id => 0 }, 'which is that of the sign-up';
    my ($token, $attribute) = $answer->cookie('Authentication');
    $cookie = $token;
    like $answer->header('Set-Cookie'),
        qr/^Authentication=[\w.-]+; HttpOnly; Path=\/; Max-Age=3600(?:;|$)/,
        'Set-Cookie begins as there';
    is_deeply [ sort keys %$attribute ],
        [ qw(httponly max-age path samesite secure) ], 'and goes on safely';
    my ($header, $claims) = read_token($token);
    is $header->{alg}, 'HS256', 'HS256';
    is_deeply [ sort keys %$claims ], [ qw(exp iat userId) ],
        'userId, iat and exp';
    is $claims->{userId}, $answer->json->{id}, 'of the account';
    is $claims->{exp} - $claims->{iat}, 3600, 'as long as the cookie';
    keys_are(call('POST', '/authentication/log-in', json => {
        email => 'bert@example.org', password => 'bert has one' }), '',
        $profile[0], 'without an address there are the same keys');
    is call('POST', '/authentication/log-in', json => {
        email => 'bert@example.org', password => 'bert has one' })
        ->raw('address'), 'null', 'and null';
    nest_ok(call('POST', '/authentication/log-in', json => {
        email => $anna{email}, password => 'wrong' }), 401,
        'a wrong password');
    nest_ok(call('POST', '/authentication/log-in', json => {
        email => 'nobody@example.org', password => 'wrong' }), 401,
        'an unknown e-mail address');
};

subtest 'who am I' => sub {
    my $answer = call('GET', '/authentication');
    is $answer->status, 200, 'is 200';
    keys_are($answer, '', $profile[0], 'the body of log-in');
    keys_are($answer, 'address', $profile[1], 'and of its address');
    nest_ok($site->get('/authentication'), 401, 'without a cookie');
};

my ($article, $second);

subtest 'articles are written' => sub {
    my $answer = call('POST', '/articles', json => { title => 'First',
        content => "Line one.\n", authorId => 12345, id => 777,
        unknown => { a => [ 1, 2 ] } });
    is $answer->status, 201, 'is 201';
    my $me = call('GET', '/authentication')->json->{id};
    $article = $answer->json->{id};
    isnt $article, 777, 'an id in the body is ignored';
    keys_are($answer, '', 'id,title,content,authorId,author', 'the article');
    is $answer->json->{authorId}, $me,
        'by whom the token says, not the body';
    is $answer->body, call('GET', "/articles/$article")->body,
        'as GET shows it';
    $answer = call('POST', '/articles', json => { title => '  two  ' });
    $second = $answer->json->{id};
    is $answer->json->{title}, '  two  ', 'strings are not trimmed';
    is $answer->raw('content'), 'null', 'content absent is null';
    $answer = call('POST', '/articles', json => { title => 'x',
        content => undef });
    is $answer->raw('content'), 'null', 'content null is null';
    is call('DELETE', '/articles/' . $answer->json->{id})->status, 204,
        'one goes away again';
    nest_ok(call('POST', '/articles', json => { title => 'y' },
        cookie => undef), 401, 'without a cookie');
};

subtest 'the last of duplicate keys wins' => sub {
    my $answer = call('POST', '/articles', json =>
        \'{"title":"a","title":7,"title":"b","content":"c","content":null}');
    is $answer->status, 201, 'what came before does not matter';
    is $answer->json->{title}, 'b', 'the last title';
    is $answer->raw('content'), 'null', 'the last content';
    call('DELETE', '/articles/' . $answer->json->{id});
    nest_ok(call('POST', '/articles', json =>
        \'{"title":"a","title":7}'), 400, 'not even if it was right',
        qr/^title: /);
};

subtest 'articles are read' => sub {
    my $answer = $site->get("/articles/$article");
    is $answer->status, 200, 'one of them, by anybody';
    keys_are($answer, '', 'id,title,content,authorId,author', 'the article');
    keys_are($answer, 'author', $profile[0], 'its author');
    keys_are($answer, 'author.address', $profile[1], 'and the address');
    is $answer->json->{author}{email}, $anna{email}, 'with e-mail';
    is $answer->json->{author}{address}{street}, $anna{address}{street},
        'and street, which are not private here';
    $answer = $site->get('/articles');
    is $answer->status, 200, 'all of them';
    keys_are($answer, '0', 'id,title,content,authorId', 'with these keys');
    is_deeply [ map { $_->{id} } @{ $answer->json } ], [ $article, $second ],
        'in the order in which they were written';
    for my $path ('/articles/', "/articles/$article/", '/articles?x=1&x=2',
        '/articles?_=3&sort=id', "/articles/$article?include=author") {
        is $site->get($path)->status, 200, "$path is answered";
    }
    is $site->get('/articles/')->body, $answer->body,
        'a slash at the end makes no difference';
};

subtest 'ids' => sub {
    my $padded = sprintf '%04d', $article;
    my $encoded = join '', map { sprintf '%%%x', ord } split //, $article;
    is $site->get("/articles/$_")->status, 200, "$_ is $article"
        for $padded, $encoded;
    for my $id (qw(abc 1abc 1.5 0x1 1e0 +1 %201 1%0A)) {
        nest_ok($site->get("/articles/$id"), 400, "$id is none");
        nest_ok(call('PATCH', "/articles/$id", json => { title => 'x' }),
            400, "$id, to change");
        nest_ok(call('DELETE', "/articles/$id"), 400, "$id, to remove");
    }
    for my $id (qw(0 -1 999999 2147483648 9223372036854775808)) {
        nest_ok($site->get("/articles/$id"), 404, "$id is not there");
        nest_ok(call('PATCH', "/articles/$id", json => { title => 'x' }),
            404, "$id, to change");
        nest_ok(call('DELETE', "/articles/$id"), 404, "$id, to remove");
    }
};

subtest 'articles are changed' => sub {
    my $answer = call('PATCH', "/articles/$article",
        json => { title => 'Changed', zzz => 1 });
    is $answer->status, 200, 'is 200';
    keys_are($answer, '', 'id,title,content,authorId,author', 'the article');
    is $answer->json->{title}, 'Changed', 'with a new title';
    is $answer->json->{content}, "Line one.\n", 'and the old content';
    is $answer->body, $site->get("/articles/$article")->body,
        'as GET shows it';
    is call('PATCH', "/articles/$article", json => { content => undef })
        ->raw('content'), 'null', 'null clears the content';
    nest_ok(call('PATCH', "/articles/$article", json => { title => undef }),
        400, 'null is no title', qr/^title: /);
    is call('PATCH', "/articles/$article", json => { authorId => 999 })
        ->json->{authorId}, call('GET', '/authentication')->json->{id},
        'an authorId is ignored';
    is call('PATCH', "/articles/0$article", json => { content => ' c ' })
        ->json->{content}, ' c ', 'content is not trimmed either';
    nest_ok($site->request('PATCH', "/articles/$article",
        json => { title => 'x' }), 401, 'not by anybody, as it was there');
};

subtest 'validation' => sub {
    nest_ok(call('POST', '/articles', json => {}), 400, 'no title',
        qr/^title: \w/);
    nest_ok(call('POST', '/articles', json => { title => '' }), 400,
        'an empty title', qr/^title: \w/);
    nest_ok(call('POST', '/articles', json => { title => 7,
        content => [] }), 400, 'two of them', qr/^title: /, qr/^content: /);
    nest_ok(call('POST', '/authentication/sign-up', json => {
        email => 'x', address => { street => '', city => 7 } }), 400,
        'all that is wrong with a sign-up', (qr/^[\w.]+: \w/) x 6);
    nest_ok(call('POST', '/authentication/log-in', json => {}), 400,
        'a log-in without anything', qr/^email: /, qr/^password: /);
    is call('POST', '/articles', json => { title => '' })->json->{error},
        'Bad Request', 'its error has the name that it had there';
    nest_ok(call('POST', '/articles', json => \'{"title":'), 400,
        'no JSON at all');
    nest_ok(call('POST', '/articles', body => 'title=x', headers =>
        [ 'Content-Type: application/x-www-form-urlencoded' ]), 415,
        'a form');
    nest_ok($site->get('/nowhere'), 404, 'a path that is not there');
    nest_ok(call('PUT', "/articles/$article", json => { title => 'x' }),
        405, 'a method that was not there');
};

subtest 'what was made there is valid here' => sub {
    for my $n (0 .. $#passwords) {
        my $answer = $site->request('POST', '/authentication/log-in', json =>
            { email => "old$n\@example.org", password => $passwords[$n] });
        is $answer->status, 200, "a hash, of password $n";
        is $answer->json->{name}, "Old $n", 'of the account';
        is $site->request('POST', '/authentication/log-in', json => {
            email => "old$n\@example.org", password => 'y' . $passwords[$n] })
            ->status, 401, 'and of no other password';
    }
    is $site->request('POST', '/authentication/log-in', json => {
        email => 'old1@example.org', password => 'x' x 72 })->status, 200,
        'of which 72 bytes count';
    my $id = $site->sql("SELECT id FROM users
        WHERE email = 'old0\@example.org'");
    my $token = $site->forge({ userId => $id + 0 });
    is_deeply [ sort keys %{ (read_token($token))[0] } ], [ qw(alg typ) ],
        'a token without kid';
    is $site->get('/authentication', cookie => "Authentication=$token")
        ->json->{email}, 'old0@example.org', 'says who it is';
    is $site->get('/authentication', cookie => "a=b; Authentication=$token")
        ->status, 200, 'among other cookies as well';
};

subtest 'foreign keys' => sub {
    my $id = call('GET', '/authentication')->json->{id};
    $site->pg->claim(qr/^ERROR 23503 /);
    ok !eval { $site->sql("DELETE FROM users WHERE id = $id"); 1 },
        'an author with articles cannot be deleted';
    ok !eval { $site->sql('UPDATE articles SET author_id = 999999'); 1 },
        'nor an article have an author who is not there';
    my $bert = $site->sql("SELECT id FROM users WHERE email LIKE 'bert%'");
    my $token = $site->forge({ userId => $bert + 0 });
    $site->sql("DELETE FROM users WHERE id = $bert");
    nest_ok($site->request('POST', '/articles', json => { title => 'x' },
        cookie => "Authentication=$token"), 401,
        'who is gone writes no article');
};

subtest 'long lists' => sub {
    $site->sql("INSERT INTO articles (title, author_id) SELECT 'n' || n,
        (SELECT min(id) FROM users) FROM generate_series(1, 1100) n");
    my $answer = $site->get('/articles');
    is scalar @{ $answer->json }, 1000, 'have 1,000 rows';
    like $answer->header('Link'), qr/rel="next"/, 'and lead on';
    is scalar @{ $site->get('/articles?limit=5')->json }, 5,
        'limit is the one thing that a query can say';
    $site->sql('DELETE FROM articles WHERE title ~ \'^n[0-9]+$\'');
};

subtest 'articles are removed' => sub {
    nest_ok($site->request('DELETE', "/articles/$article"), 401,
        'not by anybody');
    is call('DELETE', "/articles/$article")->status, 204, 'by their author';
    nest_ok(call('DELETE', "/articles/$article"), 404, 'once');
    nest_ok($site->get("/articles/$article"), 404, 'and are gone');
};

subtest 'log-out' => sub {
    my $answer = call('POST', '/authentication/log-out');
    is $answer->status, 200, 'is 200';
    is $answer->body, '', 'and empty';
    like $answer->header('Set-Cookie'),
        qr/^Authentication=; HttpOnly; Path=\/; Max-Age=0(?:;|$)/,
        'the cookie goes';
    is $site->request('POST', '/authentication/log-out')->status, 200,
        'whoever asks';
};

done;
