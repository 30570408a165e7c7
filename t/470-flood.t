# Many who log in at once: readers go on, and who tries too often is told to
# wait.
use Byline::Test;
use IO::Select;
use JSON::PP ();

my $sql = <<'SQL';
INSERT INTO users (id, email, name, password)
    VALUES (1, 'anna@example.org', 'Anna', '*');
INSERT INTO articles (title, author_id) VALUES ('one', 1);
SQL

# A log-in on its way to the pool: its socket.
sub start_log_in
{
    my ($site, $n) = @_;
    my $body = JSON::PP->new->encode({ email => "nobody$n\@example.org",
        password => 'x' });
    my $bytes = fcgi_request([ REQUEST_METHOD => 'POST',
        DOCUMENT_URI => '/authentication/log-in', QUERY_STRING => '',
        CONTENT_TYPE => 'application/json',
        CONTENT_LENGTH => length $body ], $body);
    my $socket = fcgi_connect($site->socket('accounts'));
    print {$socket} $bytes;
    $socket->flush;
    $site->count('POST');
    return $socket;
}

# The seconds of CPU time that a process has had, in ticks.
sub ticks
{
    my ($pid) = @_;
    my @fields = split ' ', slurp("/proc/$pid/stat") =~ s/^.*\) //sr;
    return $fields[11] + $fields[12];
}

subtest 'readers go on while passwords are hashed' => sub {
    my $site = site(sql => $sql, ini => { accounts => { bcrypt_cost => 14 },
        'pool accounts' => { request_timeout => '60s' } });
    my $token = $site->forge({ userId => 1 });
    my %before = map { $_ => ticks($_) } $site->workers;
    my @log_ins = map { start_log_in($site, $_) } 1 .. 8;
    wait_for('both workers to hash', sub {
        2 == grep { ticks($_) - $before{$_} > 5 } keys %before;
    });
    for my $round (1 .. 3) {
        is $site->get('/articles')->status, 200, 'a list';
        is $site->get('/authentication', bearer => $token)->status, 200,
            'oneself';
        is $site->request('POST', '/articles', bearer => $token,
            json => { title => 'two' })->status, 201, 'a write';
        is $site->request('POST', '/authentication/log-out')->status, 200,
            'a log-out';
        is $site->get('/health/ready')->status, 200, 'all is well';
    }
    my @busy = grep { !IO::Select->new($_)->can_read(0) } @log_ins;
    cmp_ok scalar @busy, '>=', 1, 'while those who log in still wait';
    my @status = map { (fcgi_answer($_, 60))[0] =~ /^Status: (\d+)/ }
        @log_ins;
    is_deeply \@status, [ (401) x @log_ins ], 'until they are answered';
    $site->stop;
};

subtest 'who tries too often' => sub {
    my $site = site(sql => $sql, limit => 1);
    my $token = $site->forge({ userId => 1 });
    my %json = (
        '/authentication/log-in' => { email => 'x', password => 'y' },
        '/authentication/sign-up' => {},
        '/authentication/password' => {},
    );
    my $log_in = sub {
        return map { { method => 'POST', path => '/authentication/log-in',
            json => { email => 'anna@example.org', password => 'wrong' } }
        } 1 .. $_[0];
    };
    my @answers = $site->requests($log_in->(40));
    is $answers[0]->status, 401, 'is told so at first';
    is $answers[-1]->status, 429, 'and then to wait';
    problem_ok $answers[-1], 429, 'by a problem';
    for my $path (sort keys %json) {
        my $method = $path =~ /password/ ? 'PUT' : 'POST';
        my @last = $site->requests($log_in->(2), { method => $method,
            path => $path, json => $json{$path}, bearer => $token });
        problem_ok $last[-1], 429, "$path has that limit";
    }
    my @others = ([ GET => '/articles' ], [ GET => '/authentication' ],
        [ GET => '/users/me' ], [ GET => '/users/me/articles' ],
        [ POST => '/authentication/log-out' ], [ GET => '/users/1' ],
        [ PATCH => '/users/me' ], [ GET => '/health/live' ]);
    for my $case (@others) {
        my ($method, $path) = @$case;
        my @many = $site->requests($log_in->(2), map { {
            method => $method, path => $path, bearer => $token,
            $method eq 'PATCH' ? (json => {}) : () } } 1 .. 30);
        is_deeply [ grep { $_->status != 200 } @many[ 2 .. $#many ] ], [],
            "$method $path has none";
    }
    $site->nginx->claim(qr/limiting requests, .* zone "byline_accounts"/);
    my @sent = $site->statements_of(sub { $site->requests($log_in->(30)) });
    cmp_ok scalar @sent, '<=', 5, 'what is refused reaches no pool';
    $site->stop;
};

done;
