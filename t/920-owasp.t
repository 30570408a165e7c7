# The OWASP API Security Top 10 of 2023: for each, what must not work, tried
# through nginx against the configuration that ships.
use Byline::Test;

my $site = site(limit => 1);

my ($anna, $bert) = map {
    $site->sign_up(email => "$_\@example.org", name => ucfirst,
        password => "the secret of $_", phoneNumber => '+48600700800',
        address => { street => "street of $_", city => 'c', country => 'c' })
} qw(anna bert);
my $article = $anna->post('/articles', { title => 'Mine', content => 'C' })
    ->json->{id};
my $draft = $anna->post('/articles', { title => 'Draft', content => 'D',
    publishedAt => '2999-01-01T00:00:00Z' })->json->{id};

subtest 'API1 broken object level authorization' => sub {
    problem_ok $bert->patch("/articles/$article", { title => 'His' }), 403,
        'another one\'s article cannot be changed';
    problem_ok $bert->delete("/articles/$article"), 403, 'nor removed';
    problem_ok $bert->delete('/users/' . $anna->id), 403,
        'nor can an account be';
    problem_ok $bert->get("/articles/$draft"), 404,
        'a draft is not there for others';
    is $anna->get("/articles/$article")->json->{title}, 'Mine',
        'it is as it was';
    is $anna->get("/articles/$draft")->status, 200, 'and the draft is there';
};

# As a verifier takes it that believes what the header says.
sub unsigned
{
    my ($claims) = @_;
    return make_token($claims, header => { alg => 'none', typ => 'JWT' })
        =~ s/[^.]*$//r;
}

subtest 'API2 broken authentication' => sub {
    my %claims = (userId => $anna->id);
    my %bad = (
        'without a signature' => unsigned({ %claims,
            exp => time + 3600 }),
        'of another secret' => make_token({ %claims, exp => time + 3600,
            iat => time }, secret => 'x' x 48),
        'that has ended' => $site->forge({ %claims, exp => time - 3600 }),
        'that never ends' => $site->forge({ %claims, exp => undef }),
    );
    problem_ok $site->get('/users/me', bearer => $bad{$_}), 401,
        "a token $_" for sort keys %bad;
    is $site->get('/users/me', bearer => $site->forge(\%claims))->status,
        200, 'where a good one does';
};

subtest 'API3 broken object property level authorization' => sub {
    my $created = $bert->post('/articles', { title => 'T', content => 'C',
        authorId => $anna->id, id => 4711 })->json;
    is $created->{authorId}, $bert->id, 'nobody writes as another';
    isnt $created->{id}, 4711, 'nor chooses a key';
    is $bert->patch('/users/me', { name => 'Bert', role => 'admin',
        password => 'x' x 20, tokensSince => undef })->status, 200,
        'what cannot be set is ignored';
    is $site->sql('SELECT role FROM users WHERE id = ' . $bert->id), 'user',
        'so nobody is promoted';
    ok $site->log_in('bert@example.org', 'the secret of bert')->id,
        'nor gets another password';
    my $seen = $bert->get('/users/' . $anna->id)->json;
    is_deeply [ @$seen{qw(email phoneNumber)}, $seen->{address}{street} ],
        [ undef, undef, undef ], 'private values are null';
    is_deeply [ grep { /password|tokens/i } keys %$seen ], [],
        'and secret ones have no name';
};

subtest 'API4 unrestricted resource consumption' => sub {
    problem_ok $site->get('/articles?limit=1000000'), 400, 'a giant page';
    problem_ok $anna->post('/articles', { title => 'T',
        content => 'x' x 1_100_000 }), 413, 'a giant body';
    problem_ok $site->get('/articles?q=' . 'x' x 9000), 414, 'a giant URI';
    problem_ok $site->get('/articles?with=author.articles.author'), 400,
        'embeds without end';
    problem_ok $anna->post('/articles', json => \('[' x 1000 . ']' x 1000)),
        400, 'JSON without end';
    $site->nginx->claim(qr/client intended to send too large body/,
        qr/too long URI/);
};

subtest 'API5 broken function level authorization' => sub {
    problem_ok $bert->post('/categories', { name => 'New' }), 403,
        'what is for admins';
    problem_ok $site->request('POST', '/categories',
        json => { name => 'New' }), 401, 'and not for nobody, either';
    is $site->sql('SELECT count(*) FROM categories'), 0, 'made none';
    problem_ok $bert->request('PUT', '/users/' . $anna->id, json => {}), 405,
        'a method that a path does not have';
    $site->sql("UPDATE users SET role = 'admin' WHERE id = " . $anna->id);
    is $anna->post('/categories', { name => 'New' })->status, 201,
        'where an admin may';
};

subtest 'API6 unrestricted access to sensitive business flows' => sub {
    my @answers = $site->requests(map { { method => 'POST',
        path => '/authentication/log-in', json => {
            email => 'anna@example.org', password => "guess $_" } } } 1 .. 40);
    my %count;
    $count{ $_->status }++ for @answers;
    is_deeply [ sort keys %count ], [ 401, 429 ],
        'who guesses passwords is soon slowed down';
    cmp_ok $count{401}, '<=', 25, 'after about as many as nginx allows';
    problem_ok $answers[-1], 429, 'and told when to come back';
    $site->nginx->claim(qr/limiting requests/);
};

subtest 'API7 server side request forgery' => sub {
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        Listen => 5, Proto => 'tcp') or die "listen: $!";
    my $url = 'http://127.0.0.1:' . $listener->sockport . '/';
    my @answers = (
        $bert->patch('/users/me', { name => $url }),
        $bert->post('/articles', { title => $url, content => $url }),
        $site->get("/articles?q=$url"),
        $site->get('/articles', headers => [ "Host: 127.0.0.1:"
            . $listener->sockport, "X-Forwarded-Host: $url",
            "Referer: $url" ]));
    is_deeply [ grep { $_->status >= 500 } @answers ], [], 'URLs are text';
    my $bits = '';
    vec($bits, fileno $listener, 1) = 1;
    is scalar(select $bits, undef, undef, 0), 0, 'which nobody follows';
    is $answers[1]->header('Location'), '/articles/'
        . $answers[1]->json->{id}, 'and no header names a place elsewhere';
};

subtest 'API8 security misconfiguration' => sub {
    my $answer = $site->get('/articles', origin => 'https://evil.example');
    is $answer->header('Access-Control-Allow-Origin'), undef,
        'pages of others cannot read with our cookie';
    problem_ok $bert->post('/articles', { title => 'T', content => 'C' },
        origin => 'https://evil.example'), 403, 'nor write';
    is $answer->header('X-Content-Type-Options'), 'nosniff',
        'types are not guessed';
    ok length($answer->header('Strict-Transport-Security') // ''),
        'TLS is for ever';
    unlike join("\n", map { "@$_" } @{ $answer->{headers} }),
        qr{nginx/\d|PostgreSQL|byline/\d}i, 'no version is told';
    my $bad = $site->get("/articles/1'%22--");
    problem_ok $bad, 400, 'a mistake is a problem';
    unlike $bad->body, qr/SELECT|syntax|\.c:|\/home\//,
        'and shows nothing of the inside';
    my (undef, $attributes) = $site->request('POST',
        '/authentication/log-out', origin => $site->public_url)
        ->cookie('Authentication');
    ok exists $attributes->{$_}, "the cookie is $_"
        for qw(httponly secure samesite);
};

subtest 'API9 improper inventory management' => sub {
    my ($out) = $site->must('routes');
    my %known = map { $_ => 1 } $out =~ m{^\S+\s+(/\S*)}mg;
    ok $known{'/articles'}, 'what there is, is listed';
    for my $path (qw(/v1/articles /api/articles /admin /debug /metrics
        /users /.git/config /byline.ini /addresses /addresses/1
        /byline_migrations /server-status)) {
        problem_ok $site->get($path), 404, "$path is not there"
            if !$known{$path};
    }
    problem_ok $anna->post('/users', { name => 'x' }), 404,
        'nor can it be written';
};

subtest 'API10 unsafe consumption of APIs' => sub {
    $site->sql(<<'SQL');
INSERT INTO articles (title, content, author_id, published_at)
    SELECT '"},{"evil":"</script><script>', E'\u2028 \u001b \\ "', id, now()
    FROM users WHERE email = 'bert@example.org';
SQL
    my $id = $site->sql('SELECT max(id) FROM articles');
    my $answer = $site->get("/articles/$id");
    is $answer->status, 200, 'rows that others wrote';
    is_deeply $answer->json && [ @{ $answer->json }{qw(title content)} ],
        [ '"},{"evil":"</script><script>', "\x{2028} \x1b \\ \"" ],
        'are data, whatever they look like';
    is $answer->json->{evil}, undef, 'and no members';
    like $answer->header('Content-Type'), $JSON_TYPE, 'nor a page';
};

done;
