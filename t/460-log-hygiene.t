# What people say to a site is in none of its logs: byline's, nginx's,
# PostgreSQL's.
use utf8;
use Byline::Test;
use JSON::PP ();

# What never may be found; each is sent where it belongs.
my %said = (
    password => 'pw-Zwiebelkuchen', other => 'pw-Rhabarber',
    email => 'qx-hildegard@example.org', phone => '+48600700800',
    street => 'Geheimgasse', title => 'Entwurf-XVII', person => 'Wolkenstein',
    bearer => 'bm9ib2R5cw', cookie => 'a3Jhc3Nlcg', basic => 'dXNlcjpwYXNz',
);

# One site logs JSON and the other text, both all that they can.
my $pg = Byline::Test::Postgres->new;
my @sites = map {
    site(postgres => $pg, database => "logs_$_", sql => <<'SQL',
ALTER TABLE articles ADD CONSTRAINT no_check CHECK (title !~ '-check$');
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM 1 / length(NEW.content); RETURN NEW; END $$;
ALTER TABLE articles DROP CONSTRAINT articles_content_check;
CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(0.005); RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE INSERT OR UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION take_time();
CREATE TRIGGER slow BEFORE INSERT ON articles
    FOR EACH ROW EXECUTE FUNCTION take_time();
CREATE TRIGGER fail BEFORE INSERT ON articles FOR EACH ROW
    WHEN (NEW.title LIKE '%-fail') EXECUTE FUNCTION fail();
SQL
        resources => slurp(srcdir() . '/conf/resources.ini')
            =~ s/^\[field articles\.content\]\nmin_length = 1\n//mr,
        ini => { log => { format => $_, level => 'debug',
            min_duration => '1ms' },
            'database main' => { conninfo => $pg->conninfo('byline',
                "logs_$_"), lock_timeout => '200ms' } })
} qw(json text);

my (@tokens, @ids);

# Keeps the id and the token of each answer.
sub kept
{
    for my $answer (@_) {
        push @ids, $answer->header('X-Request-Id') // ();
        my $token = $answer->cookie('Authentication');
        push @tokens, $token if $token;
    }
    return $_[0];
}

sub tour_of_accounts
{
    my ($site) = @_;
    my $post = sub {
        my ($path, @o) = @_;
        return kept(scalar $site->request('POST', "/authentication/$path",
            @o));
    };
    my %new = (email => $said{email}, name => $said{person},
        password => $said{password}, phoneNumber => $said{phone},
        address => { street => $said{street}, city => 'x', country => 'y' });
    is $post->('sign-up', json => \%new)->status, 201, 'signing up';
    is $post->('sign-up', json => \%new)->status, 409, 'twice';
    is $post->('sign-up', json => { %new, email => "$said{email} x",
        phoneNumber => "$said{phone}x", password => $said{password} x 9,
        name => [ $said{person} ] })->status, 422, 'with mistakes';
    is $post->('sign-up', json => \"{\"password\":\"$said{password}\"")
        ->status, 400, 'by half a body';
    is $post->('sign-up', json => \"{\"$said{password}\":\"\xff\"}")
        ->status, 400, 'not in UTF-8';
    is $post->('sign-up', body => "password=$said{password}")->status, 415,
        'by a form';
    is $post->('sign-up', json => \($said{password} x 80_000))->status, 413,
        'by a large body';
    my %log_in = (email => $said{email}, password => $said{password});
    is $post->('log-in', json => { %log_in, password => $said{other} })
        ->status, 401, 'a wrong password';
    is $post->('log-in', json => { %log_in, email => "x$said{email}" })
        ->status, 401, 'an unknown address';
    is $post->('log-in', json => { %log_in, email => "$said{email}\0" })
        ->status, 401, 'one with a NUL';
    my $account = $site->log_in(@log_in{qw(email password)});
    push @tokens, $account->token;
    my $change = sub { kept($account->put('/authentication/password', @_)) };
    is $change->({ currentPassword => $said{other},
        password => $said{password} })->status, 422, 'a wrong old password';
    is $change->({ currentPassword => $said{password},
        password => $said{other} })->status, 204, 'a new one';
    return $account;
}

sub tour_of_articles
{
    my ($site, $account) = @_;
    my $post = sub {
        return kept($account->post('/articles', @_))->status;
    };
    is $post->({ title => $said{title}, content => $said{street} }), 201,
        'an article';
    is $post->({ title => "$said{title}-check" }), 422, 'a constraint';
    is $post->({ title => "$said{title}-fail", content => '' }), 500,
        'a statement that fails';
    is $post->({ title => $said{title} x 200 }), 422, 'a long title';
    is $post->({ title => "$said{title}\0" }), 422, 'a NUL';
    is kept($account->delete('/users/' . $account->id))->status, 409,
        'an author stays';
    my ($article) = @{ kept($account->get('/users/me/articles'))->json };
    my $session = $pg->session(database => $site->{database});
    $session->('BEGIN; LOCK TABLE articles;');
    is kept($account->patch("/articles/$article->{id}",
        { title => $said{title} }))->status, 503, 'a lock';
    $session->('COMMIT;');
    is kept($account->get('/users/me'))->status, 200, 'oneself';
}

sub tour_of_tokens
{
    my ($site, $account) = @_;
    my %claims = (userId => $account->id);
    for my $token ("$said{bearer}.$said{bearer}.$said{bearer}",
        $site->forge({ %claims, exp => 1 }), $site->forge({ %claims,
            userId => $said{email} }),
        $site->forge(\%claims, algorithm => 'HS512')) {
        push @tokens, $token;
        is kept($site->get('/users/me', bearer => $token))->status, 401,
            'a token that does not count';
        is kept($site->get('/articles',
            cookie => "Authentication=$token"))->status, 200, 'a cookie';
    }
    kept($site->get('/users/me', headers => [
        "Authorization: Basic $said{basic}", "Cookie: x=$said{cookie}" ]));
    kept(scalar $site->request('POST', '/articles', origin =>
        'https://evil.example', cookie => "Authentication=$said{cookie}",
        json => { title => $said{title} }));
    kept($site->get('/users/me', bearer => $said{bearer} x 2000));
}

# The pool loses its connections, and then is away.
sub tour_of_outages
{
    my ($site) = @_;
    $pg->sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = '$site->{database}' AND usename LIKE 'byline%'");
    my @log_in = ('POST', '/authentication/log-in', json => {
        email => $said{email}, password => $said{other} });
    is kept(scalar $site->request(@log_in))->status, 200, 'a new connection';
    $pg->sql("ALTER DATABASE $site->{database} ALLOW_CONNECTIONS false;
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = '$site->{database}' AND usename LIKE 'byline%'");
    is kept(scalar $site->request(@log_in))->status, 503, 'none';
    $pg->sql("ALTER DATABASE $site->{database} ALLOW_CONNECTIONS true");
    $site->stop_pool;
    is $site->request(@log_in)->status, 503, 'no pool';
}

# The lines of a file that hold what they must not.
sub found
{
    my ($text) = @_;
    my %secret = (%said, hash => '$2b$', hash_a => '$2a$',
        map({ ("token $_" => (split /\./, $tokens[$_])[-1]) } 0 .. $#tokens),
        map({ ("payload $_" => (split /\./, $tokens[$_])[1]) }
            0 .. $#tokens));
    my @found;
    for my $line (split /\n/, $text) {
        push @found, map { "$_: $line" }
            grep { $line =~ /\Q$secret{$_}\E/i } sort keys %secret;
    }
    return @found;
}

for my $site (@sites) {
    subtest "a tour of $site->{database}" => sub {
        my $account = tour_of_accounts($site);
        tour_of_articles($site, $account);
        tour_of_tokens($site, $account);
        tour_of_outages($site);
    };
    $site->claim(qr/statement failed: 22012/, qr/lock timeout: 55P03/,
        qr/no database: /, qr/connection lost/);
    $site->nginx->claim(qr/client intended to send too large body/,
        qr/connect\(\) to unix:.* failed/, qr/too (?:large|long) header/);
}
$pg->claim(qr/^ERROR (?:23505|23503|23514|22012|55P03) /,
    qr/^FATAL (?:57P01|55000) /);
cmp_ok scalar @tokens, '>', 10, 'tokens were made';

subtest 'what a search finds if it is there' => sub {
    is scalar(found($_)), 1, $_ for "x $said{password} x", 'is $2b$12$abc',
        uc $said{email};
    is scalar(found("a $tokens[0] b")), 2, 'a token';
};

subtest 'the logs of byline' => sub {
    for my $site (@sites) {
        my $log = slurp($site->{log});
        like $log, qr/slow: \[route sign-up\]/, 'tell of statements';
        is_deeply [ found($log) ], [], "$site->{database}: no more";
        my @of_requests = grep { /\[route [\w-]+\]/ } split /\n/, $log;
        cmp_ok scalar @of_requests, '>', 5, 'lines of requests';
        my %known = map { $_ => 1 } @ids;
        my %seen;
        for my $line (@of_requests) {
            my ($id) = $line =~ /(?:"request":"| request=)([0-9a-f]{32})/;
            $seen{ $id // '' }++;
        }
        is $seen{''}, undef, 'each has the id of one';
        cmp_ok scalar(grep { $known{$_} } keys %seen), '>', 5,
            'which its answer had';
    }
};

subtest 'the logs of nginx' => sub {
    for my $site (@sites) {
        my @access = $site->nginx->access(20);
        is_deeply [ found(join "\n", @access) ], [], 'of requests';
        my $errors = slurp($site->nginx->{error_log});
        like $errors, qr/too large body/, 'of errors, which there were';
        is_deeply [ found($errors) ], [], 'but nothing of people';
        my %known = map { ($_->{requestId} => 1) }
            map { JSON::PP::decode_json($_) } @access;
        is scalar(grep { $known{$_} } @ids) > 15, 1,
            'a line has the id of its request';
    }
};

subtest 'the log of PostgreSQL' => sub {
    my $log = slurp($pg->{log});
    like $log, qr/byline_accounts/, 'tells of statements';
    like $log, qr/INSERT INTO .*users/s, 'all of them';
    like $log, qr/23505/, 'and of what they met';
    is_deeply [ found($log) ], [], 'but of no value';
};

subtest 'the cluster of dev/up' => sub {
    my $up = slurp(srcdir() . '/dev/up');
    for my $setting ('log_error_verbosity = terse',
        'log_parameter_max_length = 0',
        'log_parameter_max_length_on_error = 0') {
        like $up, qr/^\Q$setting\E$/m, $setting;
    }
};

done;
