# What differs from the NestJS API on purpose: each of its defects by name, and
# what happens here in its place. 481 has what stays. A database that goes and
# comes back, and requests under way at TERM, are in 600 and 610.
use utf8;
use Byline::Test;
use Time::HiRes ();

# At a cost where the time of a hash is more than that of a request.
my $site = site(ini => { accounts => { bcrypt_cost => 9 },
    'database main' => { lock_timeout => '300ms' } });
my %anna = (email => 'Anna@example.org', name => 'Anna',
    password => 'anna has one', phoneNumber => '+48 123 456-789', address =>
        { street => 'Floriańska 7', city => 'Kraków', country => 'Poland' });
my $anna = $site->sign_up(%anna);
my $bert = $site->sign_up(email => 'bert@example.org', name => 'Bert',
    password => 'bert has one');
my $article = $anna->post('/articles', { title => 'x' })->json->{id};
my $path = "/articles/$article";

sub statuses
{
    my ($method, $wanted, $name, @requests) = @_;
    is_deeply [ map { $site->request($method, @$_)->status } @requests ],
        [ ($wanted) x @requests ], $name;
}

subtest 'the hash is in no answer' => sub {
    my @answers = (
        $site->request('POST', '/authentication/sign-up', json => {
            email => 'h@example.org', name => 'H', password => 'h has one' }),
        $site->request('POST', '/authentication/log-in', json => {
            %anna{qw(email password)} }),
        map({ $anna->get($_) } '/authentication', '/users/me', $path,
            '/articles', '/users/' . $anna->id, '/users/me/articles'),
        $anna->patch($path, { title => 'x' }),
        $anna->patch('/users/me', { name => 'Anna' }),
        $anna->put('/authentication/password', { currentPassword => 'wrong',
            password => 'another one' }),
    );
    is scalar @answers, 11, 'many answers';
    is scalar(grep { $_->body =~ /\$2[aby]\$|has one|"password":/ } @answers),
        0, 'neither hash nor password';
    $site->pg->claim(qr/^ERROR 42501 permission denied for table users/);
    ok !eval { $site->pg->sql('SELECT password FROM users',
        user => 'byline'); 1 }, 'who reads has no right to it';
};

subtest 'changes need an identity' => sub {
    problem_ok($site->request('PATCH', $path, json => { title => 'y' }), 401,
        'PATCH by nobody');
    problem_ok($site->request('DELETE', $path), 401, 'DELETE by nobody');
    problem_ok($bert->patch($path, { title => 'y' }), 403,
        'PATCH by another');
    problem_ok($bert->put($path, { title => 'y' }), 403, 'PUT by another');
    problem_ok($bert->delete($path), 403, 'DELETE by another');
    is $site->get($path)->json->{title}, 'x', 'nothing happened';
    my $admin = $site->sign_up(email => 'admin@example.org', name => 'A',
        password => 'admin has one');
    $site->sql("UPDATE users SET role = 'admin' WHERE id = " . $admin->id);
    is $admin->patch($path, { content => 'by an admin' })->status, 200,
        'an admin may';
    is $admin->get($path)->json->{authorId}, $anna->id,
        'and is not the author then';
};

subtest 'ids beyond their type are not there' => sub {
    for my $id (qw(2147483648 9223372036854775807 9223372036854775808
        -9223372036854775809), '9' x 60) {
        problem_ok($site->get("/articles/$id"), 404, "GET $id");
        problem_ok($anna->patch("/articles/$id", { title => 'x' }), 404,
            "PATCH $id");
        problem_ok($anna->delete("/articles/$id"), 404, "DELETE $id");
    }
};

subtest 'U+0000 in a string' => sub {
    problem_ok($anna->post('/articles', json => \'{"title":"a\u0000b"}'), 422,
        'in a title', 'title nul');
    problem_ok($anna->patch($path, json => \'{"content":"\u0000"}'), 422,
        'in a content', 'content nul');
    problem_ok($site->request('POST', '/authentication/sign-up', json =>
        \('{"email":"a\u0000@example.org","name":"\u0000","password":'
        . '"a long \u0000 one","address":{"street":"\u0000","city":"c",'
        . '"country":"c"}}')), 422, 'in each field of a sign-up',
        'address.street nul', 'email nul', 'name nul', 'password nul');
    is $anna->patch($path, json => \'{"zzz":"\u0000"}')->status, 200,
        'in what is ignored it does not matter';
    problem_ok($site->request('POST', '/authentication/log-in', json =>
        \'{"email":"Anna@example.org\u0000","password":"anna has one"}'), 401,
        'in a log-in');
    problem_ok($site->request('POST', '/authentication/log-in', json =>
        \'{"email":"Anna@example.org","password":"anna has one\u0000"}'), 401,
        'or its password');
};

subtest 'a PATCH of nothing changes nothing' => sub {
    my $before = $anna->get($path)->body;
    my $answer = $anna->patch($path, {});
    is $answer->status, 200, 'is 200';
    is $answer->body, $before, 'the article as it was';
    is $anna->patch($path, { zzz => 1 })->body, $before,
        'nor one of what is ignored';
};

subtest 'deep bodies' => sub {
    my $deep = '[' x 1300 . ']' x 1300;
    problem_ok($anna->post('/articles', json => \"{\"zzz\":$deep}"), 400,
        '1,300 arrays in what is ignored', 'body too_deep');
    problem_ok($site->request('POST', '/authentication/sign-up', json =>
        \"{\"zzz\":$deep}"), 400, 'in a sign-up', 'body too_deep');
    problem_ok($anna->post('/articles', json => \('{"zzz":' . '[' x 10_000)),
        400, 'and when they do not end');
};

subtest 'e-mail addresses' => sub {
    $site->pg->claim(qr/^ERROR 23505 /);
    problem_ok($site->request('POST', '/authentication/sign-up',
        json => \%anna), 409, 'one that is taken', 'email unique');
    problem_ok($site->request('POST', '/authentication/sign-up', json => {
        %anna, email => 'ANNA@EXAMPLE.ORG' }), 409, 'in other letters',
        'email unique');
    is $site->log_in('aNNa@Example.Org', $anna{password})->id, $anna->id,
        'which log in to the same account';
    is $anna->get('/authentication')->json->{email}, $anna{email},
        'that keeps its own';
};

subtest 'a user who is gone' => sub {
    my $gone = $site->sign_up(email => 'gone@example.org', name => 'G',
        password => 'g has one');
    is $gone->delete('/users/' . $gone->id)->status, 204, 'goes';
    my @identity = (cookie => 'Authentication='
        . $site->forge({ userId => $gone->id }), origin => $site->public_url);
    problem_ok($site->request('GET', '/authentication', @identity), 401,
        'GET /authentication');
    problem_ok($site->request('POST', '/articles', @identity,
        json => { title => 'x' }), 401, 'POST');
    problem_ok($site->request('PATCH', $path, @identity,
        json => { title => 'x' }), 401, 'PATCH');
    problem_ok($site->request('DELETE', $path, @identity), 401, 'DELETE');
};

subtest 'tokens that are accepted there' => sub {
    my @claims = ({ userId => $anna->id });
    my %token = (
        HS384    => $site->forge(@claims, algorithm => 'HS384'),
        HS512    => $site->forge(@claims, algorithm => 'HS512'),
        'no exp' => $site->forge({ %{ $claims[0] }, exp => undef }),
        'exp a text' => $site->forge({ %{ $claims[0] }, exp => '9999999999' }),
        none => $site->forge(@claims,
            header => { alg => 'none', typ => 'JWT' }) =~ s/[^.]*$//r,
    );
    for my $name (sort keys %token) {
        problem_ok($site->get('/authentication',
            cookie => "Authentication=$token{$name}"), 401, $name);
        problem_ok($site->get('/authentication', bearer => $token{$name}),
            401, "$name, as a bearer");
    }
    is $site->get('/authentication', bearer => $site->forge(@claims))->status,
        200, 'and one that is in order';
};

subtest 'the cookie' => sub {
    my (undef, $attribute) = $site->request('POST', '/authentication/log-in',
        json => { %anna{qw(email password)} })->cookie('Authentication');
    ok exists $attribute->{secure}, 'Secure';
    ok exists $attribute->{httponly}, 'HttpOnly';
    is $attribute->{samesite}, 'Lax', 'SameSite=Lax';
};

subtest 'bodies are JSON' => sub {
    for my $type ('application/x-www-form-urlencoded', 'text/plain',
        'multipart/form-data; boundary=x', 'application/jsonx', '') {
        my @o = (body => 'title=x', headers => [ "Content-Type: $type" ]);
        my $name = $type || 'no type';
        problem_ok($anna->request('POST', '/articles', @o), 415, $name);
        problem_ok($anna->request('PATCH', $path, @o), 415, "$name, PATCH");
        problem_ok($site->request('POST', '/authentication/log-in', @o), 415,
            "$name, log-in");
    }
    is $anna->patch($path, json => {}, headers =>
        [ 'Content-Type: Application/JSON; charset=utf-8' ])->status, 200,
        'with a charset';
};

subtest 'methods' => sub {
    my %allow = ('/articles' => 'GET, HEAD, POST, OPTIONS',
        $path => 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS',
        '/authentication' => 'GET, HEAD, OPTIONS',
        '/authentication/log-in' => 'POST, OPTIONS',
        '/authentication/sign-up' => 'POST, OPTIONS',
        '/authentication/log-out' => 'POST, OPTIONS');
    for my $at (sort keys %allow) {
        my $answer = $site->request('OPTIONS', $at);
        is $answer->status, 204, "OPTIONS $at";
        is_deeply [ sort split /, /, $answer->header('Allow') ],
            [ sort split /, /, $allow{$at} ], 'and what it allows';
        my ($wrong) = grep { $allow{$at} !~ /\b$_\b/ } qw(DELETE PUT);
        $wrong //= 'POST';
        $answer = $site->request($wrong, $at);
        problem_ok($answer, 405, "$wrong $at");
        is_deeply [ sort split /, /, $answer->header('Allow') ],
            [ sort split /, /, $allow{$at} ], 'and what it allows';
    }
};

subtest 'Location, and 204' => sub {
    my $answer = $anna->post('/articles', { title => 'to be removed' });
    my $location = $answer->header('Location');
    is $location, '/articles/' . $answer->json->{id}, 'where it is';
    is $anna->get($location)->body, $answer->body, 'and it is there';
    $answer = $anna->delete($location);
    is $answer->status, 204, 'DELETE is 204';
    is $answer->body, '', 'without a body';
    is $answer->header('Content-Type'), undef, 'or a type';
};

subtest 'a list has a limit, an order and a Link' => sub {
    $site->sql("INSERT INTO articles (title, author_id, created_at)
        SELECT 'n' || n, 1, '2024-01-01' FROM generate_series(1, 250) n");
    my $answer = $site->get('/articles');
    is scalar @{ $answer->json }, 20, '20 rows unless asked otherwise';
    like $answer->header('Link'), qr/rel="next"/, 'and a next page';
    problem_ok($site->get('/articles?limit=101'), 400, 'not over 100',
        'limit range');
    my (@ids, $next);
    for ($next = '/articles?limit=100'; $next; ($next) = ($answer->header('Link') // '')
        =~ /<([^>]*)>; rel="next"/) {
        $answer = $site->get($next);
        push @ids, map { $_->{id} } @{ $answer->json };
    }
    is_deeply \@ids, [ sort { $b <=> $a } @ids ], 'the newest come first';
    is scalar @ids, $site->sql('SELECT count(*) FROM articles'),
        'the pages have all of them';
    $site->sql("DELETE FROM articles WHERE title ~ '^n[0-9]+\$'");
};

subtest 'authors come with the list' => sub {
    my $answer;
    my @sent = $site->statements_of(sub {
        $answer = $site->get('/articles');
    });
    is $answer->json->[0]{author}{name}, 'Anna', 'embedded';
    is scalar @sent, 1, 'by one statement';
};

subtest 'e-mail and street are private' => sub {
    my @private = qw(author.email author.phoneNumber author.address.street);
    for my $who ([ nobody => $site->get($path) ],
        [ another => $bert->get($path) ]) {
        my ($name, $answer) = @$who;
        is $answer->raw($_), 'null', "$_ is there and null for $name"
            for @private;
        like $answer->raw('author.address.city'), qr/Krak/,
            'the rest is there';
    }
    my $own = $anna->get($path)->json->{author};
    is $own->{email}, $anna{email}, 'the author sees the e-mail address';
    is $own->{address}{street}, $anna{address}{street}, 'and the street';
    my $admin = $site->log_in('admin@example.org', 'admin has one');
    is $admin->get($path)->json->{author}{email}, $anna{email},
        'as does an admin';
};

subtest 'validation' => sub {
    my $answer = $anna->post('/articles', { title => '', content => 7 });
    problem_ok($answer, 422, 'problem+json with all fields',
        'content type', 'title min_length');
    problem_ok($anna->post('/articles', {}), 422, 'what is missing',
        'title required');
    is_deeply [ grep { exists $answer->json->{$_} }
        qw(message error statusCode) ], [], 'without the old members';
};

subtest 'queries' => sub {
    my $answer = $site->get('/articles?limt=5');
    problem_ok($answer, 400, 'what is not declared',
        'limt unknown_parameter');
    problem_ok($site->get("$path?include=author"), 400, 'of one row',
        'include unknown_parameter');
    problem_ok($anna->delete("$path?force=1"), 400, 'of a write',
        'force unknown_parameter');
    problem_ok($site->request('POST', '/authentication/log-in?x=1', json =>
        {}), 400, 'of a log-in', 'x unknown_parameter');
    is $site->get($path)->status, 200, 'nothing happened';
};

subtest 'long passwords' => sub {
    my %carl = (email => 'carl@example.org', name => 'Carl');
    problem_ok($site->request('POST', '/authentication/sign-up', json => {
        %carl, password => 'x' x 73 }), 422, '73 bytes are refused',
        'password max_length');
    problem_ok($site->request('POST', '/authentication/sign-up', json => {
        %carl, password => 'ż' x 37 }), 422, 'and so are 37 times two',
        'password max_length');
    ok $site->sign_up(%carl, password => 'x' x 72)->id, '72 are not';
    ok $site->log_in('carl@example.org', 'x' x 72 . 'and more')->id,
        'a log-in cuts, as it was done there';
};

subtest 'the phone number is stored' => sub {
    is $anna->get('/users/me')->json->{phoneNumber}, '+48123456789',
        'in one form';
    problem_ok($site->request('POST', '/authentication/sign-up', json => {
        email => 'p@example.org', name => 'P', password => 'p has one',
        phoneNumber => '12' }), 422, 'when it is one', 'phoneNumber format');
};

subtest 'the tables' => sub {
    cmp_ok $site->sql("SELECT count(*) FROM pg_index JOIN pg_attribute
        ON attrelid = indrelid AND attnum = indkey[0]
        WHERE indrelid = 'articles'::regclass AND attname = 'author_id'"),
        '>', 0, 'author_id has an index';
    is $site->sql("SELECT string_agg(attname, ',' ORDER BY attname)
        FROM pg_attribute WHERE attnotnull AND attnum > 0 AND attname IN
        ('title', 'author_id', 'email', 'password', 'name') AND attrelid IN
        ('users'::regclass, 'articles'::regclass)"),
        'author_id,email,name,password,title', 'and what must be there is';
};

subtest 'one unit for the token and its cookie' => sub {
    my $answer = $site->request('POST', '/authentication/log-in',
        json => { %anna{qw(email password)} });
    my ($token, $attribute) = $answer->cookie('Authentication');
    my (undef, $claims) = read_token($token);
    is $attribute->{'max-age'}, 3600, 'an hour';
    is $claims->{exp} - $claims->{iat}, 3600, 'both of them';
    cmp_ok abs($claims->{iat} - time), '<', 60, 'from now on';
};

subtest 'a log-in of nobody takes the time of another' => sub {
    my (%took, $n);
    for my $round (1 .. 7) {
        for my $email ('bert@example.org', 'nobody@example.org') {
            my $start = Time::HiRes::time();
            is $site->direct('/authentication/log-in', pool => 'accounts',
                method => 'POST', json => { email => $email,
                password => 'wrong' })->status, 401, $email if !$n++;
            $site->direct('/authentication/log-in', pool => 'accounts',
                method => 'POST', json => { email => $email,
                password => 'wrong' });
            push @{ $took{$email} }, Time::HiRes::time() - $start;
        }
    }
    my ($known, $unknown) = map { (sort { $a <=> $b } @$_)[3] }
        @took{qw(bert@example.org nobody@example.org)};
    cmp_ok $unknown, '>', $known / 3, 'not a fifth of it';
};

# A request that is sent and not waited for: the socket.
sub send_patch
{
    my $socket = fcgi_connect($site->socket);
    my $body = '{"title":"z"}';
    print {$socket} fcgi_request([ REQUEST_METHOD => 'PATCH',
        DOCUMENT_URI => $path, QUERY_STRING => '', CONTENT_LENGTH =>
        length $body, CONTENT_TYPE => 'application/json', HTTP_ORIGIN =>
        $site->public_url, HTTP_COOKIE => 'Authentication=' . $anna->token ],
        $body);
    $socket->flush;
    $site->count('PATCH');
    return $socket;
}

subtest 'ten writers on a locked row hang nobody' => sub {
    $site->pg->claim(qr/^ERROR 55P03 /);
    $site->claim(qr/lock timeout: 55P03/);
    my $session = $site->pg->session;
    $session->("BEGIN; SELECT FROM articles WHERE id = $article FOR UPDATE;");
    my @sockets = map { send_patch() } 1 .. 10;
    is $site->direct($path, seconds => 8)->status, 200,
        'a reader behind them is answered';
    my @answers = map { Byline::Test::Response->from_cgi(
        (fcgi_answer($_))[0]) } @sockets;
    is_deeply [ map { $_->status } @answers ], [ (503) x 10 ],
        'each of them is told to come again';
    like $answers[0]->header('Retry-After'), qr/^\d+$/, 'and when';
    $session->('ROLLBACK;');
    is $anna->patch($path, { title => 'z' })->status, 200,
        'when the lock is gone, so are they';
};

$site->stop;

subtest 'a secret that is too short does not start' => sub {
    my $secret = "$site->{home}/secrets/test.key";
    chmod 0600, $secret;
    spew($secret, 'x' x 31);
    my ($status, undef, $err) = $site->byline('serve', { timeout => 10 });
    is $status, 78, 'serve ends';
    like $err, qr/has 31 bytes; a secret has 32 or more/, 'and says why';
};

done;
