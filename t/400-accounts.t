# Accounts as a client meets them: signing up, logging in and out, changing a
# password, and what somebody sees of himself.
use utf8;
use Byline::Test;
use JSON::PP ();

my $site = site();
my $secret = 'a long secret';
my @bodies;

# A POST of nobody, through nginx or, where there are many, straight to the
# pool; the answer is kept for the end.
our $is_direct = 1;

sub post
{
    my ($path, $json) = @_;
    my $uri = "/authentication/$path";
    my $answer = $is_direct
        ? $site->direct($uri, method => 'POST', pool => 'accounts',
            json => $json)
        : $site->request('POST', $uri, json => $json);
    push @bodies, $answer->body, $answer->headers('Set-Cookie');
    return $answer;
}

# Somebody with an e-mail address of his own.
my $count = 0;

sub person
{
    my (%o) = @_;
    return { email => 'p' . ++$count . '@example.org', name => 'Somebody',
        password => $secret, %o };
}

sub stored
{
    my ($column, $id) = @_;
    return $site->pg->sql("SELECT $column FROM users WHERE id = $id");
}

# The e-mail address of a new account with that stored password.
sub with_hash
{
    my ($hash) = @_;
    my $email = 'h' . ++$count . '@example.org';
    $site->pg->sql("INSERT INTO users (email, name, password)
        VALUES ('$email', 'Predecessor', '$hash')");
    return $email;
}

sub log_in
{
    my ($email, $password) = @_;
    return post('log-in', { email => $email, password => $password });
}

subtest 'signing up' => sub {
    local $is_direct = 0;
    my $answer = post('sign-up', { email => 'Anna@Example.org',
        name => 'Anna', password => $secret,
        phoneNumber => '+48 (123) 456-789',
        address => { street => 'Long 1', city => 'Oslo',
            country => 'Norway' } });
    is $answer->status, 201, 'somebody is new';
    like $answer->header('Content-Type'), $JSON_TYPE, 'as JSON';
    my $id = $answer->json->{id};
    is $answer->header('Location'), "/users/$id", 'the way to the account';
    is $answer->header('Cache-Control'), 'private, no-store',
        'nobody keeps the answer';
    is_deeply [ ($answer->keys)[ 0 .. 3 ] ], [ qw(id email name addressId) ],
        'the keys that the predecessor had come first';
    is $answer->json->{email}, 'Anna@Example.org',
        'one sees his own e-mail address, as it was written';
    is $answer->json->{phoneNumber}, '+48123456789', 'and phone number';
    is $answer->json->{address}{street}, 'Long 1', 'and street';
    is $answer->raw('address.id'), $answer->raw('addressId'),
        'of the address that was stored with it';
    is stored('phone_number', $id), '+48123456789', 'E.164 is stored';
    like stored('password', $id), qr{^\$2b\$04\$[./A-Za-z0-9]{53}$},
        'and a hash of the password';
    is scalar $answer->cookie('Authentication'), undef,
        'who signs up is not logged in by that';
};

subtest 'signing up with little' => sub {
    my $answer = post('sign-up', person());
    is $answer->status, 201, 'neither phone number nor address';
    is $answer->raw('addressId'), 'null', 'no address';
    is $answer->raw('address'), 'null', 'none embedded';
    is $answer->raw('phoneNumber'), 'null', 'no phone number';
    $answer = post('sign-up', person(phoneNumber => undef,
        address => undef));
    is $answer->status, 201, 'or null for them';
    $answer = post('sign-up', person(id => 4711, role => 'admin',
        tokensSince => '2030-01-01', addressId => 1, nonsense => [ 1 ]));
    is $answer->status, 201, 'what nobody can set is ignored';
    isnt $answer->json->{id}, 4711, 'the id';
    is stored('role', $answer->json->{id}), 'user', 'the role';
    is stored('tokens_since', $answer->json->{id}), '', 'the end of tokens';
    is $answer->raw('addressId'), 'null', 'somebody else\'s address';
};

subtest 'an e-mail address that is taken' => sub {
    post('sign-up', person(email => 'taken@example.org'));
    $site->pg->claim(qr/23505 .* "users_email_key"/);
    for my $email ('taken@example.org', 'TAKEN@Example.ORG') {
        my $answer = post('sign-up', person(email => $email,
            address => { street => 'a', city => 'b', country => 'c' }));
        problem_ok $answer, 409, $email, 'email unique';
        is $answer->json->{detail},
            'an account with this e-mail address exists already',
            'the index says it by its comment';
        is $answer->json->{errors}[0]{message}, $answer->json->{detail},
            'for the field as well';
    }
    is $site->pg->sql("SELECT count(*) FROM addresses WHERE street = 'a'"),
        0, 'no address was stored without its user';
};

subtest 'what is no e-mail address' => sub {
    for my $email ('', 'x', '@', 'a@', '@b.org', 'a@b', 'a@b.', 'a@.org',
        'a@b..org', 'a b@c.org', "a\@b.org\n", "a\t\@b.org", 'a@b@c.org',
        ' a@b.org') {
        problem_ok post('sign-up', person(email => $email)), 422,
            '"' . $email =~ s/[^ -~]/?/gr . '"', 'email format';
    }
    problem_ok post('sign-up', person(email => 'a' x 250 . '@b.org')), 422,
        'a long one', 'email max_length';
    problem_ok post('sign-up', person(email => "a\0\@b.org")), 422,
        'one with a NUL', 'email nul';
    problem_ok post('sign-up', person(email => $_)), 422,
        'another type', 'email type' for 1, [], {}, JSON::PP::true();
    problem_ok post('sign-up', person(email => undef)), 422, 'null',
        'email null';
};

subtest 'phone numbers' => sub {
    for my $number ('12345', '+0123456789', '+48 12a', '+1', 'x', '++4812345678',
        '0048123456789', '+1234567890123456', '') {
        problem_ok post('sign-up', person(phoneNumber => $number)), 422,
            "\"$number\"", 'phoneNumber format';
    }
    my %same = ('+49.30/901820' => '+4930901820', '+1 (212) 555-0100'
        => '+12125550100', '+48123456789' => '+48123456789');
    for my $number (sort keys %same) {
        my $answer = post('sign-up', person(phoneNumber => $number));
        is $answer->json->{phoneNumber}, $same{$number}, $number;
    }
};

subtest 'passwords that can be set' => sub {
    my %code = (
        'a1b2c3d' => 'min_length', '' => 'min_length',
        'ąęóżźćń' => 'min_length',
        'x' x 73 => 'max_length', '日' x 25 => 'max_length',
        'x' x 5000 => 'max_length',
        "long en\0ugh" => 'nul', "\0" x 12 => 'nul',
    );
    for my $password (sort keys %code) {
        my $answer = post('sign-up', person(password => $password));
        problem_ok $answer, 422, length($password) . ' characters',
            "password $code{$password}";
    }
    my $max = post('sign-up', person(password => '日' x 25))->json;
    is $max->{errors}[0]{max}, 72, 'the limit is told';
    is $max->{errors}[0]{message}, 'at most 72 bytes', 'as one of bytes';
    problem_ok post('sign-up', person(password => $_)), 422, 'another type',
        'password type' for 12345678, [ 'long enough' ], {};
    problem_ok post('sign-up', person(password => undef)), 422, 'null',
        'password null';
    for my $password ('x' x 8, 'ąęóżźćńł', 'x' x 72, '日' x 24, '  blanks  ',
        '"\\/$2b$04$') {
        my $new = person(password => $password);
        is post('sign-up', $new)->status, 201,
            length($password) . ' characters are fine';
        is log_in($new->{email}, $password)->status, 200,
            'and can be logged in with';
        is log_in($new->{email}, substr $password, 1)->status, 401,
            'less cannot';
    }
};

subtest 'all that is wrong is told at once' => sub {
    problem_ok post('sign-up', {}), 422, 'nothing is there',
        'email required', 'name required', 'password required';
    problem_ok post('sign-up', { email => 'x', name => '', password => 'y',
        phoneNumber => 'z', address => { street => '', city => 1 } }), 422,
        'all is wrong', 'email format', 'name min_length',
        'password min_length', 'phoneNumber format',
        'address.street min_length', 'address.city type',
        'address.country required';
    problem_ok post('sign-up', person(address => [])), 422,
        'an address that is none', 'address type';
};

subtest 'logging in' => sub {
    local $is_direct = 0;
    my $new = post('sign-up', person(email => 'Bert@Example.org',
        name => 'Bert', address => { street => 'Short 2', city => 'Rome',
            country => 'Italy' }))->json;
    my $answer = log_in('Bert@Example.org', $secret);
    is $answer->status, 200, 'with the password';
    is_deeply [ ($answer->keys)[ 0 .. 3 ] ],
        [ qw(id email name addressId) ], 'the body has the same keys';
    is_deeply $answer->json, $new, 'and values as the one of signing up';
    is $answer->header('Cache-Control'), 'private, no-store',
        'nobody keeps it';
    my @lines = $answer->headers('Set-Cookie');
    is scalar @lines, 1, 'one cookie';
    like $lines[0], qr/^Authentication=[^\s;]+;\ HttpOnly;\ Path=\/;
        \ Max-Age=3600;\ Secure;\ SameSite=Lax$/x, 'exactly as it should be';
    my ($header, $payload) = read_token(scalar $answer->cookie(
        'Authentication'));
    is_deeply $header, { alg => 'HS256', typ => 'JWT', kid => 'test' },
        'the token says by which secret it was signed';
    is_deeply [ sort keys %$payload ], [ qw(exp iat userId) ],
        'three claims';
    is $payload->{userId}, $new->{id}, 'whose it is';
    is $payload->{exp} - $payload->{iat}, 3600, 'as long as the cookie';
    my $numbers = JSON::PP->new->encode([ @$payload{qw(userId iat exp)} ]);
    like $numbers, qr/^\[\d+,\d+,\d+\]$/, 'all of them numbers';
    is log_in($_, $secret)->status, 200, "as $_"
        for 'bert@example.org', 'BERT@EXAMPLE.ORG';
    is $site->get('/authentication', cookie => 'Authentication='
        . $answer->cookie('Authentication'))->json->{email},
        'Bert@Example.org', 'the cookie is good for what needs one';
    my @sent = $site->statements_of(sub { log_in('bert@example.org',
        $secret) });
    is scalar @sent, 1, 'one statement';
    is $sent[0]{user}, 'byline_accounts', 'of the role that may';
};

subtest 'logging in without success' => sub {
    my $wrong = log_in('bert@example.org', 'wrong secret');
    problem_ok $wrong, 401, 'a wrong password';
    my $unknown = log_in('nobody@example.org', $secret);
    problem_ok $unknown, 401, 'an unknown e-mail address';
    is $unknown->body =~ s/[0-9a-f]{32}//r,
        $wrong->body =~ s/[0-9a-f]{32}//r, 'which cannot be told apart';
    is_deeply [ $unknown->names ], [ $wrong->names ],
        'by the headers neither';
    is_deeply [ $wrong->headers('Set-Cookie') ], [], 'no cookie';
    for my $login ("bert\@example.org\0", "bert\0\@example.org",
        "\0", '', 'bert@example.org ', '%', 'x' x 100_000) {
        problem_ok log_in($login, $secret), 401,
            'a login that nobody has';
    }
    problem_ok log_in('bert@example.org', $_), 401, 'a near miss'
        for "$secret ", uc $secret, '', "$secret\0", "\0", 'x' x 100_000;
    problem_ok post('log-in', {}), 422, 'nothing at all', 'email required',
        'password required';
    problem_ok post('log-in', { email => 'x' }), 422, 'half of it',
        'password required';
    problem_ok post('log-in', { email => 1, password => [] }), 422,
        'other types', 'email type', 'password type';
    problem_ok post('log-in', { email => undef, password => undef }), 422,
        'null', 'email type', 'password type';
};

subtest 'hashes that were made elsewhere' => sub {
    my $salt = 'abcdefghijklmnopqrstuu';
    for my $form ('$2b$10$', '$2a$10$', '$2b$04$', '$2y$05$') {
        my $email = with_hash(crypt $secret, $form . $salt);
        is log_in($email, $secret)->status, 200, "one of $form";
        is log_in($email, 'wrong secret')->status, 401, 'is compared';
    }
    my $cut = with_hash(crypt 'x' x 72, '$2b$04$' . $salt);
    is log_in($cut, 'x' x $_)->status, 200, "$_ bytes are cut"
        for 73, 100;
    is log_in($cut, 'x' x 71)->status, 401, 'less is too little';
    for my $stored ('*', '!', 'x', $secret, '$2b$04$short',
        crypt($secret, 'ab'), crypt($secret, '$1$abcdefgh$'),
        crypt($secret, '$6$abcdefgh$')) {
        my $email = with_hash($stored);
        is log_in($email, $_)->status, 401, 'nobody logs in to '
            . substr($stored, 0, 4) for $secret, '*', '', $stored;
    }
};

subtest 'logging out' => sub {
    my $who = person();
    my $account = $site->sign_up(%$who);
    my $token = $account->token;
    my $expected = 'Authentication=; HttpOnly; Path=/; Max-Age=0; Secure; '
        . 'SameSite=Lax';
    my %o = ('with the cookie' => [ $account->identity ],
        'without one' => [], 'with a body' => [ json => {} ],
        'with a body that is none' => [ body => 'x' ],
        'with a cookie that is none' => [ cookie => 'Authentication=x' ],
        'with a token of nobody' => [ bearer => 'x.y.z' ]);
    for my $name (sort keys %o) {
        my $answer;
        my @sent = $site->statements_of(sub {
            $answer = $site->request('POST', '/authentication/log-out',
                @{ $o{$name} });
        });
        is $answer->status, 200, $name;
        is $answer->body, '', 'nothing is said';
        is $answer->header('Content-Type'), undef, 'of no type';
        is $answer->header('Set-Cookie'), $expected, 'the cookie goes';
        is_deeply \@sent, [], 'the database is not asked';
    }
};

subtest 'changing the password' => sub {
    my $who = person();
    my $account = $site->sign_up(%$who);
    my $other = $site->log_in($who->{email}, $secret);
    my $change = sub {
        my ($json, %o) = @_;
        my $answer = $account->put('/authentication/password', $json, %o);
        push @bodies, $answer->body;
        return $answer;
    };
    problem_ok $change->({ currentPassword => 'wrong secret',
        password => 'another secret' }), 422, 'a wrong one is told',
        'currentPassword wrong';
    problem_ok $change->({}), 422, 'nothing', 'currentPassword required',
        'password required';
    problem_ok $change->({ currentPassword => 1, password => 'short' }), 422,
        'other mistakes', 'currentPassword type', 'password min_length';
    problem_ok $change->({ currentPassword => $secret,
        password => $_->[0] }), 422, "a new one: $_->[1]",
        "password $_->[1]" for [ 'x' x 73, 'max_length' ],
        [ "long en\0ugh", 'nul' ], [ undef, 'null' ], [ 12345678, 'type' ];
    problem_ok $change->({ currentPassword => "$secret\0",
        password => 'another secret' }), 422, 'an old one with a NUL',
        'currentPassword wrong';
    is $account->get('/authentication')->status, 200,
        'after all that one is still logged in';

    my $old = $account->token;
    my $answer = $change->({ currentPassword => $secret,
        password => 'another secret' });
    is $answer->status, 204, 'the right one';
    is $answer->body, '', 'nothing is said';
    is $answer->header('Cache-Control'), 'private, no-store', 'to be kept';
    isnt $account->token, $old, 'there is a new token';
    is $account->get('/authentication')->status, 200,
        'with which one stays logged in';
    problem_ok $site->get('/authentication', bearer => $old), 401,
        'the old token is dead';
    problem_ok $other->get('/authentication'), 401,
        'and those of other sessions';
    problem_ok $site->request('POST', '/articles', bearer => $old,
        json => { title => 'x' }), 401, 'for writes as well';
    problem_ok $site->request('PUT', '/authentication/password',
        bearer => $old, json => { currentPassword => 'another secret',
            password => 'a third secret' }), 401, 'and for this';
    is log_in($who->{email}, $secret)->status, 401,
        'the old password is of no more use';
    my $again = $site->log_in($who->{email}, 'another secret');
    is $again->get('/authentication')->status, 200,
        'a log-in at once after it works';
    is $again->post('/articles', { title => 'x' })->status, 201,
        'for writes as well';
    like stored('password', $account->id), qr{^\$2b\$04\$}, 'a hash again';
};

subtest 'many changes in one second' => sub {
    my $who = person();
    my $account = $site->sign_up(%$who);
    my @passwords = ($secret, map { "secret number $_" } 1 .. 4);
    for my $n (1 .. $#passwords) {
        my $answer = $account->put('/authentication/password',
            { currentPassword => $passwords[ $n - 1 ],
                password => $passwords[$n] });
        is $answer->status, 204, "change $n";
        is $account->get('/authentication')->status, 200,
            'its token is good';
        is $site->log_in($who->{email}, $passwords[$n])
            ->get('/authentication')->status, 200, 'and one of a log-in';
    }
};

# The clocks of one host are the same.
subtest 'many changes where clocks may hardly differ' => sub {
    my $strict = site(postgres => $site->pg, database => 'strict',
        ini => { token => { clock_skew => '1s' } });
    my $account = $strict->sign_up(%{ person() });
    my @status = map {
        my $n = $_;
        (map { $_->status } $account->put('/authentication/password',
            { currentPassword => $n == 1 ? $secret : "secret number $n",
                password => 'secret number ' . ($n + 1) }),
            $account->get('/authentication'),
            $strict->log_in($account->email, 'secret number ' . ($n + 1))
                ->get('/authentication'))
    } 1 .. 4;
    is_deeply \@status, [ (204, 200, 200) x 4 ],
        'a token for the second that begins counts at once';
    $strict->stop;
};

subtest 'changing it by a token' => sub {
    my $account = $site->sign_up(%{ person() });
    my $answer = $site->request('PUT', '/authentication/password',
        bearer => $account->token, json => { currentPassword => $secret,
            password => 'another secret' });
    is $answer->status, 204, 'Authorization: Bearer';
    is $site->get('/authentication', bearer => scalar $answer->cookie(
        'Authentication'))->status, 200, 'the answer has the next token';
    problem_ok $site->request('PUT', '/authentication/password',
        json => { currentPassword => $secret, password => $secret }), 401,
        'nobody';
};

# Both have read the old password when the row is let go.
subtest 'two changes at once' => sub {
    my $account = $site->sign_up(%{ person() });
    my $session = $site->pg->session;
    $session->('BEGIN; SELECT FROM users WHERE id = ' . $account->id
        . ' FOR UPDATE;');
    my @sockets = map {
        my $body = JSON::PP->new->canonical->encode({
            currentPassword => $secret, password => "new secret $_" });
        my $socket = fcgi_connect($site->socket('accounts'));
        $site->count('PUT');
        print {$socket} fcgi_request([ REQUEST_METHOD => 'PUT',
            DOCUMENT_URI => '/authentication/password', QUERY_STRING => '',
            CONTENT_TYPE => 'application/json',
            CONTENT_LENGTH => length $body,
            HTTP_AUTHORIZATION => 'Bearer ' . $account->token ], $body);
        $socket->flush;
        $socket;
    } 1, 2;
    wait_for('both to meet the lock', sub {
        $site->pg->sql("SELECT count(*) FROM pg_stat_activity
            WHERE usename = 'byline_accounts' AND wait_event_type = 'Lock'")
            == 2;
    });
    $session->('COMMIT;');
    my @status = map { (fcgi_answer($_))[0] =~ /^Status: (\d+)/ } @sockets;
    is_deeply [ sort @status ], [ 204, 401 ], 'one of them wins';
    my ($winner) = grep { $status[ $_ - 1 ] == 204 } 1, 2;
    is log_in($account->email, "new secret $winner")->status, 200,
        'and its password counts';
};

subtest 'oneself' => sub {
    my $who = person(phoneNumber => '+48123456789', address => {
        street => 'Long 1', city => 'Oslo', country => 'Norway' });
    my $account = $site->sign_up(%$who);
    my $log_in = log_in($who->{email}, $secret);
    for my $path (qw(/authentication /users/me)) {
        my $answer = $account->get($path);
        is $answer->status, 200, $path;
        is $answer->body, $log_in->body, 'is what logging in shows';
        problem_ok $site->get($path), 401, "$path of nobody";
        my @sent = $site->statements_of(sub { $account->get($path) });
        is scalar @sent, 1, 'one statement';
        is $sent[0]{user}, 'byline', 'of a role that sees no password';
    }
    my $mine = $account->post('/articles', { title => 'mine' })->json->{id};
    $site->sign_up(%{ person() })->post('/articles', { title => 'other' });
    is_deeply [ map { $_->{id} } @{ $account->get('/users/me/articles')
        ->json } ], [ $mine ], 'my articles are mine alone';
    problem_ok $site->get('/users/me/articles'), 401, 'nobody has any';
    is $site->sign_up(%{ person() })->get('/users/me/articles')->body, '[]',
        'a new author has none';
};

unlike join("\n", @bodies), qr/\$2[aby]?\$/, 'no answer has a hash';
unlike join("\n", grep { !/must|expected|wrong|required/ } @bodies),
    qr/"password/i, 'or names the password';

done;
