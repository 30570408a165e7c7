# Which tokens count: forged ones never, those of the predecessor do; secrets
# that come and go; where a token may stand, and which routes look at it.
use Byline::Test;
use JSON::PP ();

my $site = site();
my $secret = 'a long secret';
my %person = (name => 'Somebody', password => $secret);
my $anna = $site->sign_up(%person, email => 'anna@example.org');
my $bert = $site->sign_up(%person, email => 'bert@example.org');
my $now = time;
my $later = $now + 3600;

# Text as a token of this site, signed as it should be.
sub sign
{
    my ($claims, %o) = @_;
    return make_token($claims, secret => $site->{secret}, %o);
}

sub claims
{
    my (%more) = @_;
    my %claims = (userId => $anna->id, iat => $now, exp => $later, %more);
    delete @claims{ grep { !defined $claims{$_} } keys %claims };
    return \%claims;
}

# The same as text, with that text for one claim.
sub text
{
    my ($name, $value) = @_;
    my %claims = (userId => $anna->id, iat => $now, exp => $later,
        $name => $value);
    return '{' . join(',', map { "\"$_\":$claims{$_}" } sort keys %claims)
        . '}';
}

sub asks
{
    my ($token, %o) = @_;
    return $site->direct('/authentication', bearer => $token, %o);
}

# Each is refused by nginx and pool together, if it fits, and by the pool
# alone; in a cookie as well.
sub refused
{
    my (%tokens) = @_;
    my @names = sort keys %tokens;
    my @small = grep { length $tokens{$_} < 12_000 } @names;
    my @answers = $site->requests(map { { path => '/authentication',
        bearer => $tokens{$_} } } @small);
    problem_ok $answers[$_], 401, $small[$_] for 0 .. $#small;
    for my $name (@names) {
        my @answers = (asks($tokens{$name}), $site->direct('/authentication',
            cookie => "Authentication=$tokens{$name}"));
        is_deeply [ map { $_ ? $_->status : 'none' } @answers ],
            [ 401, 401 ], "$name, to the pool";
        is $answers[0] && $answers[0]->header('WWW-Authenticate'), 'Bearer',
            'which asks for another';
    }
}

my @workers = sort $site->workers;

subtest 'what is fine, or else the rest says nothing' => sub {
    is asks(sign(claims()))->status, 200, 'a token made by hand';
    is asks(sign(claims(), header => { alg => 'HS256' }))->status, 200,
        'without typ';
    is asks(sign(claims(), header => { alg => 'HS256', kid => 'test' }))
        ->status, 200, 'with the name of the secret';
    is asks(sign(claims(more => [ 1, { a => 2 } ], sub => 'x')))->status,
        200, 'with other claims';
    is asks(sign(claims(nbf => $now)))->status, 200, 'with nbf';
};

subtest 'other algorithms' => sub {
    my $sign = sub { sign(claims(), @_) };
    my ($payload) = map { (split /\./)[1] } $sign->();
    my $none = base64url('{"alg":"none"}') . ".$payload.";
    refused(
        'alg none, no signature' => $none,
        'alg none, a signature' => $sign->(header => { alg => 'none' }),
        'alg None, a signature' => $sign->(header => { alg => 'None' }),
        'alg none, one character' => $none . 'A',
        'HS384' => $sign->(algorithm => 'HS384'),
        'HS512' => $sign->(algorithm => 'HS512'),
        'HS512 signed as HS256' => $sign->(header => { alg => 'HS512' }),
        'HS256 signed as HS512' => $sign->(algorithm => 'HS512',
            header => { alg => 'HS256', typ => 'JWT' }),
        'RS256' => $sign->(header => { alg => 'RS256' }),
        'lower case' => $sign->(header => { alg => 'hs256' }),
        'no alg' => $sign->(header => { typ => 'JWT' }),
        'alg null' => $sign->(header => { alg => undef }),
        'alg a list' => $sign->(header => { alg => [ 'HS256' ] }),
        'alg twice' => $sign->(header => '{"alg":"HS256","alg":"none"}'),
        'alg twice, again' => $sign->(
            header => '{"alg":"none","alg":"HS256"}'),
        'alg escaped' => $sign->(header => '{"\u0061lg":"HS256"}'),
        'its value escaped' => $sign->(header => '{"alg":"\u0048S256"}'),
        'crit' => $sign->(header => { alg => 'HS256', crit => [ 'x' ] }),
        'crit, empty' => $sign->(header => { alg => 'HS256', crit => [] }),
        'typ JWE' => $sign->(header => { alg => 'HS256', typ => 'JWE' }),
        'another kid' => $sign->(header => { alg => 'HS256', kid => 'x' }),
        'an empty kid' => $sign->(header => { alg => 'HS256', kid => '' }),
        'a kid that is a path' => $sign->(header => { alg => 'HS256',
            kid => '../../../../dev/null' }),
        'a kid that is none' => $sign->(header => { alg => 'HS256',
            kid => 1 }),
        'a header that is a list' => $sign->(header => '["HS256"]'),
        'a header that is nothing' => $sign->(header => ' '),
        'a header with more behind it' => $sign->(
            header => '{"alg":"HS256"} x'),
    );
};

subtest 'signatures' => sub {
    my $token = sign(claims());
    my ($head, $payload, $signature) = split /\./, $token;
    my $flipped = substr($signature, 0, 10) =~ tr/A-Za-z/B-ZAb-za/r
        . substr $signature, 10;
    my $other = (split /\./, sign(claims(userId => $bert->id)))[1];
    # The last character has two bits that no byte needs.
    my $loose = $signature =~ s/(.)$/chr(ord($1) + 1)/er;
    refused(
        'none' => "$head.$payload.",
        'nothing behind the payload' => "$head.$payload",
        'a wrong one' => "$head.$payload.$flipped",
        'that of another payload' => "$head.$other.$signature",
        'a short one' => "$head.$payload." . substr($signature, 0, 42),
        'a long one' => "$token" . 'AA',
        'with loose bits' => "$head.$payload.$loose",
        'with padding' => "$token=",
        'with characters of plain base64' =>
            "$head.$payload." . '+/' . substr($signature, 2),
        'with another secret' => make_token(claims(), secret => 'x' x 48),
        'with no secret' => make_token(claims(), secret => ''),
        'with part of the secret' => make_token(claims(),
            secret => substr $site->{secret}, 0, 32),
        'with more than the secret' => make_token(claims(),
            secret => "$site->{secret}\n"),
    );
};

subtest 'forms' => sub {
    my $token = sign(claims());
    my ($head, $payload, $signature) = split /\./, $token;
    refused(
        'four segments' => "$token.$signature",
        'a dot at the end' => "$token.",
        'a dot in front' => ".$token",
        'no header' => ".$payload.$signature",
        'no payload' => "$head..$signature",
        'only dots' => '..',
        'three dots' => '...',
        'one dot' => '.',
        'a word' => 'x',
        'JSON' => '{"userId":1}',
        'a blank inside' => "$head. $payload.$signature",
        'quotes' => "\"$token\"x",
        'bytes over 127' => "\xff\xfe.$payload.$signature",
        'over 4096 bytes' => sign(claims(x => 'y' x 4096)),
        'many dots' => '.' x 4000,
        'a payload that is a list' => sign('[1]'),
        'a payload that is a number' => sign($anna->id),
        'a payload that is no JSON' => sign('userId'),
        'a payload with a byte order mark' =>
            sign("\xef\xbb\xbf" . text(x => 1)),
        'a payload that is no UTF-8' => sign(text(x => "\"\xff\"")),
        'a payload with a NUL' => sign(text(x => 1) . "\0"),
        'a name with a NUL' => sign(text("userId\\u0000" => 1)),
        'a deep one' => sign(text(x => '[' x 500 . ']' x 500)),
        'many claims' => sign(claims(map { ("x$_" => 1) } 1 .. 100)),
    );
};

subtest 'times' => sub {
    refused(
        'no exp' => sign(claims(exp => undef)),
        'exp null' => sign(text(exp => 'null')),
        'exp a string' => sign(text(exp => "\"$later\"")),
        'exp a float' => sign(text(exp => "$later.5")),
        'exp with an exponent' => sign(text(exp => '1e12')),
        'exp true' => sign(text(exp => 'true')),
        'exp past' => sign(claims(exp => $now - 60)),
        'exp zero' => sign(claims(exp => 0)),
        'exp negative' => sign(text(exp => '-1')),
        'exp beyond 64 bits' => sign(text(exp => '9223372036854775808')),
        'exp far beyond' => sign(text(exp => '9' x 400)),
        'exp twice' => sign("{\"exp\":1," . substr text(x => 1), 1),
        'nbf to come' => sign(claims(nbf => $later)),
        'nbf a string' => sign(text(nbf => "\"$now\"")),
        'no iat' => sign(claims(iat => undef)),
        'iat a string' => sign(text(iat => "\"$now\"")),
        'iat to come' => sign(claims(iat => $later)),
        'iat a float' => sign(text(iat => "$now.0")),
    );
    is asks(sign(claims(exp => $later + 10 ** 9)))->status, 200,
        'exp in many years is to come';
};

subtest 'whose it is' => sub {
    my $id = $anna->id;
    my %subject = ('a string' => "\"$id\"", 'an empty string' => '""',
        '1e0' => "${id}e0", 'a float' => "$id.0", 'null' => 'null',
        'true' => 'true', 'a list' => "[$id]", 'an object' => "{\"a\":$id}",
        'beyond 64 bits' => '9223372036854775808',
        'far beyond' => '1' . '0' x 300, 'negative' => -$id,
        'zero' => 0, 'an account that is not there' => 999_999_999,
        'the greatest' => '9223372036854775807',
        'SQL' => '"1 OR true"');
    refused((map { $_ => sign(text(userId => $subject{$_})) } keys %subject),
        'nobody' => sign(claims(userId => undef)),
        'another name for it' => sign(claims(userId => undef, sub => $id)),
        'another case' => sign(claims(userId => undef, userid => $id)),
        'two of them' => sign("{\"userId\":" . $bert->id . ','
            . substr text(x => 1), 1),
        'two of them, one escaped' => sign("{\"\\u0075serId\":" . $bert->id
            . ',' . substr text(x => 1), 1));
};

subtest 'somebody who is gone' => sub {
    my $gone = $site->sign_up(%person, email => 'gone@example.org');
    my $token = $gone->token;
    is asks($token)->status, 200, 'is there';
    $site->pg->sql('DELETE FROM users WHERE id = ' . $gone->id);
    refused('deleted' => $token);
    problem_ok $site->request('POST', '/articles', bearer => $token,
        json => { title => 'x' }), 401, 'a write';
    problem_ok $site->request('PUT', '/authentication/password',
        bearer => $token, json => { currentPassword => $secret,
            password => 'another secret' }), 401, 'a new password';
};

subtest 'tokens that were ended' => sub {
    $site->pg->sql("UPDATE users SET tokens_since = to_timestamp($now - 10)
        WHERE id = " . $bert->id);
    my $at = sub { sign(claims(userId => $bert->id, iat => $now - $_[0])) };
    is asks($at->(10))->status, 200, 'of the second itself';
    is asks($at->(9))->status, 200, 'younger';
    refused('older' => $at->(11), 'of long ago' => $at->($now),
        'of before all time' => sign(claims(userId => $bert->id,
            iat => -9_000_000_000_000)));
    $site->pg->sql('UPDATE users SET tokens_since = NULL WHERE id = '
        . $bert->id);
    is asks($at->($now))->status, 200, 'where nothing has ended any';
};

subtest 'nine million bytes' => sub {
    my $huge = 'A' x 9_000_000;
    refused('one segment' => $huge, 'three' => "$huge.$huge.$huge",
        'a header' => sign(claims()) =~ s/^/$huge/r);
    is scalar $site->requests({ path => '/authentication',
        bearer => 'A' x 40_000 })->status, 431, 'nginx has a limit before';
};

is_deeply [ sort $site->workers ], \@workers, 'no worker has died of that';

subtest 'where a token stands' => sub {
    my ($good, $other) = ($anna->token, $bert->token);
    my $who = sub {
        my $answer = $site->direct('/authentication', @_);
        return $answer->status == 200 ? $answer->json->{id}
            : $answer->status;
    };
    my $cookie = sub { $who->(cookie => $_[0]) };
    my ($a, $b) = ($anna->id, $bert->id);
    is $cookie->("Authentication=$good"), $a, 'in the cookie';
    is $cookie->("a=b; Authentication=$good; c=d"), $a, 'among others';
    is $cookie->("a=b;Authentication=$good;c"), $a, 'without blanks';
    is $cookie->("Authentication=\"$good\""), $a, 'quoted';
    is $cookie->("Authentication=$good; Authentication=$other"), $a,
        'twice: the first';
    is $cookie->("Authentication=x; Authentication=$good"), 401,
        'twice, the first being none';
    is $cookie->("$_=$good"), 401, "not in $_" for 'authentication',
        'XAuthentication', 'Authenticatio', 'Authentication2',
        'a=Authentication', 'Authentication ';
    is $cookie->("a=\"; Authentication=$good"), $a, 'behind an odd one';
    is $cookie->($_), 401, "\"$_\" is none" for 'Authentication=', ';', '=',
        'Authentication', ';;;=;';
    is $who->(bearer => $good), $a, 'as Bearer';
    is $who->(headers => [ "Authorization: bEARER   $good" ]), $a,
        'in any case, behind blanks';
    is $who->(bearer => $good, cookie => "Authentication=$other"), $a,
        'Bearer comes before the cookie';
    is $who->(bearer => 'x.y.z', cookie => "Authentication=$other"), 401,
        'a bad one as well';
    is $who->(headers => [ 'Authorization: Bearer' ],
        cookie => "Authentication=$other"), 401, 'and an empty one';
    is $who->(headers => [ "Authorization: Basic $_" ],
        cookie => "Authentication=$other"), $b, 'Basic is not looked at'
        for 'YTpi', '', $good;
    is $who->(headers => [ "Authorization: Basic $good" ]), 401,
        'whatever it says';
    is $who->(headers => [ "Authorization: $_" ]), 401, "\"$_\" is none"
        for "Bearer$good", $good, 'Bearer', 'Bearer ', "Token $good";
};

subtest 'routes that need nobody' => sub {
    my @bad = ([ bearer => 'x.y.z' ], [ cookie => 'Authentication=x' ],
        [ bearer => sign(claims(exp => 1)) ]);
    for my $o (@bad) {
        is $site->direct('/health/live', @$o)->status, 200, 'health';
        is $site->direct('/authentication/log-in', method => 'POST',
            pool => 'accounts', json => { email => 'anna@example.org',
                password => $secret }, @$o)->status, 200, 'log-in';
        my $answer = $site->direct('/authentication/log-out',
            method => 'POST', @$o);
        is $answer->status, 200, 'log-out';
    }
    my $answer = $site->get('/health/live', cookie => 'Authentication=x');
    is_deeply [ $answer->headers('Set-Cookie') ], [],
        'a cookie is not even looked at';
};

subtest 'routes where somebody can be known' => sub {
    my $id = $anna->post('/articles', { title => 'one' })->json->{id};
    my $gone = $site->sign_up(%person, email => 'gone2@example.org');
    $site->pg->sql('DELETE FROM users WHERE id = ' . $gone->id);
    my %bad = ('none' => 'x', 'expired' => sign(claims(exp => 1)),
        'of another secret' => make_token(claims(), secret => 'x' x 48),
        'of somebody who is gone' => $gone->token,
        'of a wrong type' => sign(text(userId => '"1"')));
    my $clear = 'Authentication=; HttpOnly; Path=/; Max-Age=0; Secure; '
        . 'SameSite=Lax';
    for my $path ('/articles', "/articles/$id", '/users/' . $anna->id,
        '/users/' . $anna->id . '/articles') {
        my $anonymous = $site->get($path);
        for my $name (sort keys %bad) {
            my $answer = $site->direct($path,
                cookie => "Authentication=$bad{$name}");
            is $answer->status, 200, "$path: a cookie $name";
            is $answer->body, $anonymous->body, 'is as good as none';
            is_deeply [ $answer->headers('Set-Cookie') ], [ $clear ],
                'and goes';
            is $answer->header('Cache-Control'), 'private, no-store',
                'nobody keeps that';
            problem_ok $site->direct($path, bearer => $bad{$name}), 401,
                "$path: a token $name";
        }
        is_deeply [ $site->get($path, $anna->identity)
            ->headers('Set-Cookie') ], [], "$path: a good cookie stays";
        is_deeply [ $anonymous->headers('Set-Cookie') ], [],
            'and where none is, none goes';
    }
    my $missing = $site->get('/articles/999999',
        cookie => 'Authentication=x');
    problem_ok $missing, 404, 'what is not there';
    is $missing->header('Set-Cookie'), $clear, 'takes the cookie as well';
};

subtest 'without Bearer' => sub {
    my $alone = site(ini => { token => { bearer => 'off' } },
        postgres => $site->pg, database => 'nobearer');
    my $new = $alone->sign_up(%person, email => 'anna@example.org');
    problem_ok $alone->get('/authentication', bearer => $new->token), 401,
        'it is not looked at';
    is $new->get('/authentication', bearer => 'x.y.z')->status, 200,
        'beside a cookie neither';
    is $alone->get('/articles', bearer => 'x.y.z')->status, 200,
        'where nobody needs to be known neither';
    $alone->stop;
};

subtest 'secrets that come and go' => sub {
    my $keys = "$site->{home}/secrets";
    my $restart = sub { $site->stop_pool; $site->start_pool };
    my $old = $anna->token;
    my $next = join '', map { chr 33 + $_ } 0 .. 39;
    my $log_in = sub {
        return $site->log_in('anna@example.org', $secret)->token;
    };
    chmod 0400, spew("$keys/tesu.key", "$next\n");
    $restart->();
    my $new = $log_in->();
    is((read_token($new))[0]{kid}, 'tesu', 'the last by name signs');
    is asks($new)->status, 200, 'its tokens count';
    is asks($old)->status, 200, 'those of the other one as well';
    is asks(make_token(claims(), secret => $next))->status, 200,
        'also without a name, by the one';
    is asks(sign(claims()))->status, 200, 'or the other';
    refused('the name of the other secret' => sign(claims(),
        header => { alg => 'HS256', typ => 'JWT', kid => 'tesu' }));
    unlink "$keys/test.key";
    $restart->();
    is asks($new)->status, 200, 'the one that stays';
    refused('a secret that is gone' => $old,
        'without its name' => sign(claims()));
    unlink "$keys/tesu.key";
    chmod 0400, spew("$keys/test.key", $site->{secret});
    $restart->();
    is asks($old)->status, 200, 'and the other way round';
    is((read_token($log_in->()))[0]{kid}, 'test', 'it signs again');
};

# The key of an account is not always a bigint.
my %schema = (
    uuid => [ 'uuid', '00000000-0000-4000-8000-00000000000%d' ],
    text => [ 'text', 'user-%d' ],
    int2 => [ 'smallint', '%d' ],
);
my $resources = <<'INI';
[resource users]
columns = id, email
private = email
owner   = id
INI
my $routes = <<'INI';
[route me]
match    = GET /me
handler  = item
resource = users
viewer   = id
auth     = required

[route user]
match    = GET /users/:id
handler  = item
resource = users
auth     = optional

[route log-in]
match    = POST /log-in
handler  = log_in
resource = users
INI

for my $type (sort keys %schema) {
    my ($sql, $form) = @{ $schema{$type} };
    my @key = map { sprintf $form, $_ } 1, 2;
    my $hash = crypt $secret, '$2b$04$abcdefghijklmnopqrstuu';
    my $own = site(postgres => $site->pg, database => "of_$type",
        schema => "CREATE TABLE users (id $sql PRIMARY KEY, email text,
            password text, role text, tokens_since timestamptz);
            INSERT INTO users (id, email, password)
            VALUES ('$key[0]', 'a\@b.org', '$hash')",
        resources => $resources, routes => $routes);
    subtest "a key of type $type" => sub {
        my $answer = $own->request('POST', '/log-in', json => {
            email => 'A@b.org', password => $secret });
        is $answer->status, 200, 'somebody logs in';
        is $answer->json->{email}, 'a@b.org', 'and sees what is private';
        my $token = $answer->cookie('Authentication');
        my ($quoted, $bare) = map { $type eq 'int2' ? ("\"$_\"", $_)
            : ("\"$_\"", "\"$_\"") } $key[0];
        my $payload = (read_token($token))[1];
        is $payload->{userId}, $key[0], 'the token has the key';
        is $own->get('/me', bearer => $token)->json->{id}, $key[0],
            'and is good for it';
        my $say = sub {
            my $text = '{"userId":' . $_[0] . ",\"iat\":$now,\"exp\":$later}";
            return make_token($text, secret => $own->{secret});
        };
        is $own->get('/me', bearer => $say->($bare))->status, 200,
            'also when it is made by hand';
        my @wrong = $type eq 'int2' ? ($quoted, 32768, 65537, '-32769',
            '1.0') : (1, 0, -1, 'null', '""', "\"$key[1]\"");
        push @wrong, '"x"', "\"\{$key[0]\}\"", "\"$key[0] \"",
            "\" $key[0]\"" if $type ne 'int2';
        my @living = sort $own->workers;
        for my $wrong (@wrong) {
            problem_ok $own->get('/me', bearer => $say->($wrong)), 401,
                "$wrong is nobody";
            is $own->get("/users/$key[0]", cookie => 'Authentication='
                . $say->($wrong))->raw('email'), 'null', 'and sees nothing';
        }
        is_deeply [ sort $own->workers ], \@living, 'no worker has died';
        $own->stop;
    };
}

done;
