# What may come as a body, and what a write says to the rest: before the
# database is asked for anything, and in which order.
use utf8;
use Byline::Test;

my $site = site(workers => 1, ini => { limits => { body => '20kB',
    json_depth => 5 } }, sql => <<'SQL');
INSERT INTO users (id, email, name, password, role) VALUES
    (1, 'anna@example.org', 'Anna', '*', 'user'),
    (2, 'bert@example.org', 'Bert', '*', 'user');
INSERT INTO articles (id, title, author_id) VALUES (1, 'One', 1);
ALTER TABLE articles ALTER id RESTART WITH 100;
SQL

$site->nginx->claim(qr/body is buffered to a temporary file/);

my $token = $site->forge({ userId => 1 });
my $other = $site->forge({ userId => 2 });

sub ask
{
    my ($method, $path, %o) = @_;
    return $site->request($method, $path, bearer => $token, %o);
}

# Straight to the pool, where nginx has no say.
sub direct
{
    my ($method, $path, %o) = @_;
    return $site->direct($path, method => $method, bearer => $token, %o);
}

# That the code sends no statement.
sub free_ok
{
    my ($name, $code) = @_;
    is_deeply [ map { $_->{text} } $site->statements_of($code) ], [],
        "$name: without the database";
}

my @malformed = ('', ' ', "\n", '{', '}', '{"title"}', '{"title":}',
    '{"title":"x"', '{"title":"x",}', '{,}', '{"title":"x"} x',
    '{"title":"x"}{}', "{'title':'x'}", '{title:"x"}', '{"title":"x" "a":1}',
    '{"title":NaN}', '{"title":01}', '{"title":+1}', '{"title":.5}',
    '{"title":1.}', '{"title":"\x"}', '{"title":"\u12"}',
    "{\"title\":\"a\nb\"}", "{\"title\":\"\x01\"}", '{"title":"\ud800"}',
    "{\"title\":\"\xff\"}", "{\"title\":\"\xc0\xaf\"}",
    "{\"title\":\"\xed\xa0\x80\"}", "\xef\xbb\xbf{\"title\":\"x\"}",
    '{"a\u0000b":1}', "{\"title\":\"x\"}\0", '/* */{"title":"x"}', 'tru',
    '{"title":tru}', '[1,2', '{"title":Infinity}', '{"title":-}',
    '{"title":"x"', 'title=x');

sub refuses_what_is_no_json
{
    for my $case ([ POST => '/articles' ], [ PATCH => '/articles/1' ],
        [ PUT => '/articles/1' ]) {
        my @answers;
        free_ok($case->[0], sub {
            @answers = map { direct(@$case, json => \$_) } @malformed;
        });
        problem_ok $answers[$_], 400, "$case->[0]: "
            . ($malformed[$_] =~ s/[^ -~]/?/gr), 'body malformed'
            for 0 .. $#malformed;
    }
    problem_ok ask('POST', '/articles', json => \'{"title":'), 400,
        'through nginx as well', 'body malformed';
    problem_ok ask('POST', '/articles', headers =>
        [ 'Content-Type: application/json' ]), 400, 'no body at all',
        'body malformed';
}

sub refuses_what_is_no_object
{
    my @answers;
    my @bodies = ('[]', '[{"title":"x"}]', '"text"', '5', 'true', 'null',
        ' [ ] ');
    free_ok('no object', sub {
        @answers = map { direct('POST', '/articles', json => \$_) } @bodies;
    });
    problem_ok $answers[$_], 400, "no object: $bodies[$_]", 'body type' for 0 .. $#bodies;
}

sub nested { return '{"title":"x","n":' . '[' x $_[0] . ']' x $_[0] . '}' }

sub limits_depth
{
    is direct('POST', '/articles', json => \nested(4))->status, 201,
        'as deep as allowed';
    my @answers;
    free_ok('too deep', sub {
        @answers = map { direct('POST', '/articles', json => \nested($_)) }
            5, 1300, 5000;
    });
    problem_ok $_, 400, 'deeper, in a property that nobody looks at',
        'body too_deep' for @answers;
}

sub limits_size
{
    my $body = sub {
        return '{"title":"x","pad":"' . 'x' x ($_[0] - 22) . '"}';
    };
    is length $body->(20480), 20480, 'the test can count';
    is direct('POST', '/articles', json => \$body->(20480))->status, 201,
        'as long as allowed';
    my @answers;
    free_ok('too long', sub {
        @answers = map { direct('POST', '/articles', json => \$body->($_)) }
            20481, 300000;
        push @answers, ask('POST', '/articles', json => \$body->(20481));
    });
    problem_ok $_, 413, 'longer' for @answers;
    problem_ok direct('POST', '/articles', headers =>
        [ 'Content-Type: text/plain' ], body => 'x' x 20481), 413,
        'before the type is looked at';
}

sub looks_at_types
{
    my @good = ('application/json', 'application/json; charset=utf-8',
        'application/json;charset=UTF-8', 'APPLICATION/JSON',
        'application/merge-patch+json', 'application/json ; charset="utf-8"',
        'application/merge-patch+json; charset=utf-8');
    my @bad = ('text/plain', 'application/x-www-form-urlencoded', 'text/json',
        'multipart/form-data; boundary=x', 'application/jsonx',
        'application/xml', 'application/json, text/plain', 'json',
        'application/json-patch+json', '*/*', '');
    my $send = sub {
        my ($method, $path, $type) = @_;
        return direct($method, $path, body => '{"title":"x"}',
            headers => [ "Content-Type: $type" ]);
    };
    is $send->('PATCH', '/articles/1', $_)->status, 200, $_ for @good;
    is $send->('POST', '/articles', $_)->status, 201, $_ for @good[0, 4];
    my @answers;
    free_ok('types', sub {
        @answers = map { $send->('PATCH', '/articles/1', $_) } @bad;
    });
    problem_ok $answers[$_], 415, "not \"$bad[$_]\"" for 0 .. $#bad;
    problem_ok ask('POST', '/articles', body => '{"title":"x"}', headers =>
        [ 'Content-Type:' ]), 415, 'none, through nginx';
    problem_ok ask('POST', '/articles', body => 'title=x'), 415,
        'what a form sends';
    is ask('DELETE', '/articles/1', body => 'x' x 30000, headers =>
        [ 'Content-Type: text/plain' ])->status, 204,
        'DELETE has no use for a body, whatever it is';
    $site->sql("INSERT INTO articles (id, title, author_id)
        VALUES (1, 'One', 1)");
}

# A body of which the server in front said that it has so many bytes.
sub announce
{
    my ($length, $body) = @_;
    my $socket = fcgi_connect($site->socket) or die "connect: $!";
    $site->count('POST');
    print {$socket} fcgi_request([ REQUEST_METHOD => 'POST',
        DOCUMENT_URI => '/articles', REQUEST_URI => '/articles',
        QUERY_STRING => '', CONTENT_LENGTH => $length,
        CONTENT_TYPE => 'application/json', REQUEST_ID => 'f' x 32,
        HTTP_AUTHORIZATION => "Bearer $token" ], $body);
    $socket->flush;
    return Byline::Test::Response->from_cgi((fcgi_answer($socket))[0]);
}

sub waits_for_all
{
    for my $length (14, 1000, 20480) {
        my $before = $site->sql('SELECT count(*) FROM articles');
        my $answer;
        free_ok("$length bytes announced", sub {
            $answer = announce($length, '{"title":"x"}');
        });
        problem_ok $answer, 400, 'of which 13 came';
        is $site->sql('SELECT count(*) FROM articles'), $before,
            'nothing is stored';
    }
}

sub refuses_parameters
{
    my @answers;
    free_ok('parameters', sub {
        @answers = (
            ask('POST', '/articles?limit=1', json => { title => 'x' }),
            ask('PATCH', '/articles/1?x=1', json => { title => 'x' }),
            ask('PUT', '/articles/1?title=y', json => { title => 'x' }),
            ask('DELETE', '/articles/1?with=author'));
    });
    problem_ok $answers[0], 400, 'POST', 'limit unknown_parameter';
    problem_ok $answers[1], 400, 'PATCH', 'x unknown_parameter';
    problem_ok $answers[2], 400, 'PUT', 'title unknown_parameter';
    problem_ok $answers[3], 400, 'DELETE', 'with unknown_parameter';
    is ask('PATCH', '/articles/1?utm_source=x&_=1', json => {})->status, 200,
        'what means nothing is let through';
}

# Each request has all that is wrong from here on: the first counts.
sub tells_in_order
{
    my $long = '{' . ' ' x 20480 . '}';
    my @text = (headers => [ 'Content-Type: text/plain' ]);
    my $cookie = $site->cookie_name . "=$other";
    my @cases = (
        [ 404, 'POST', '/nothing', body => $long, @text ],
        [ 405, 'POST', '/articles/1', body => $long, @text ],
        [ 413, 'PATCH', '/articles/x?y=1', body => $long, @text,
            cookie => 'Authentication=x', origin => 'https://evil.example' ],
        [ 415, 'PATCH', '/articles/x?y=1', body => '{', @text,
            cookie => 'Authentication=x', origin => 'https://evil.example' ],
        [ 403, 'PATCH', '/articles/x?y=1', json => \'{',
            cookie => 'Authentication=x', origin => 'https://evil.example' ],
        [ 401, 'PATCH', '/articles/x?y=1', json => \'{',
            cookie => 'Authentication=x', origin => $site->public_url ],
        [ 400, 'PATCH', '/articles/x?y=1', json => \'{"title":5}',
            cookie => $cookie, origin => $site->public_url ],
        [ 400, 'PATCH', '/articles/x', json => \'{"title":5}',
            cookie => $cookie, origin => $site->public_url ],
        [ 422, 'PATCH', '/articles/9999', json => \'{"title":5}',
            cookie => $cookie, origin => $site->public_url ],
    );
    free_ok('the order', sub {
        for my $case (@cases) {
            my ($status, $method, $path, @rest) = @$case;
            problem_ok $site->direct($path, method => $method, @rest),
                $status, "$method $path: $status";
        }
    });
    problem_ok $site->direct('/articles/9999', method => 'PATCH',
        json => { title => 'x' }, cookie => $cookie,
        origin => $site->public_url), 404, 'then what is not there';
    problem_ok $site->direct('/articles/1', method => 'PATCH',
        json => { title => 'x' }, cookie => $cookie,
        origin => $site->public_url), 403, 'then whose it is';
}

subtest 'malformed' => \&refuses_what_is_no_json;
subtest 'no object' => \&refuses_what_is_no_object;
subtest 'depth' => \&limits_depth;
subtest 'size' => \&limits_size;
subtest 'types' => \&looks_at_types;
subtest 'short' => \&waits_for_all;
subtest 'parameters' => \&refuses_parameters;
subtest 'order' => \&tells_in_order;

done;
