# Writers at the same time: none is lost, none is mixed with another, and of
# a race one wins. And what a write costs, and what becomes of it when the
# connection dies on the way.
use utf8;
use Byline::Test;

my $site = site(workers => 6, ini => { 'database main' => {
    lock_timeout => '20s', statement_timeout => '30s' },
    'pool main' => { request_timeout => '60s' } }, sql => <<'SQL');
INSERT INTO users (id, email, name, password, role) VALUES
    (1, 'admin@example.org', 'Admin', '*', 'admin'),
    (2, 'anna@example.org', 'Anna', '*', 'user'),
    (3, 'bert@example.org', 'Bert', '*', 'user');
INSERT INTO articles (id, title, content, author_id)
    SELECT n, 'Title', 'Text', 2 FROM generate_series(1, 9) n;
ALTER TABLE articles ALTER id RESTART WITH 100;
ALTER TABLE users ALTER id RESTART WITH 100;
SQL

my %token = map { $_ => $site->forge({ userId => $_ }) } 1 .. 3;

# Sends all requests at once, each over a connection to the pool of its own,
# and returns the answers in their order.
sub at_once
{
    my (@requests) = @_;
    my @sockets;
    for my $r (@requests) {
        my ($method, $path, $who, $body) = @$r;
        my $text = defined $body ? JSON::PP->new->utf8->encode($body) : undef;
        my $bytes = fcgi_request([ REQUEST_METHOD => $method,
            DOCUMENT_URI => $path, REQUEST_URI => $path, QUERY_STRING => '',
            CONTENT_LENGTH => length($text // ''),
            CONTENT_TYPE => 'application/json',
            HTTP_AUTHORIZATION => "Bearer $token{$who}" ], $text);
        push @sockets, fcgi_send($site->socket, $bytes)
            // die 'the pool takes no request';
        $site->count($method);
    }
    return map { answer_of($_) } @sockets;
}

# Status 0 if there was none: that is not what a CGI without a status means.
sub answer_of
{
    my ($socket) = @_;
    my ($out, undef, $whole) = fcgi_answer($socket, 60);
    return $whole ? Byline::Test::Response->from_cgi($out)
        : Byline::Test::Response->new;
}

sub statuses
{
    my %count;
    $count{ $_->status }++ for @_;
    return join ' ', map { "$_*$count{$_}" } sort keys %count;
}

# Runs the requests while the row is locked, so that all of them wait for it
# side by side; lets go once as many as are given wait.
sub held
{
    my ($lock, $waiting, @requests) = @_;
    my $session = $site->pg->session(user => 'byline_owner');
    $session->("BEGIN; $lock;");
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        eval {
            wait_for('the writers', sub {
                return $site->pg->sql("SELECT count(*) FROM pg_stat_activity
                    WHERE usename = 'byline' AND wait_event_type = 'Lock'")
                    >= $waiting;
            }, 60);
            $site->pg->sql("SELECT pg_terminate_backend(pid)
                FROM pg_stat_activity WHERE usename = 'byline_owner'
                AND state = 'idle in transaction'");
        };
        require POSIX;
        POSIX::_exit($@ ? 1 : 0);
    }
    my @answers = at_once(@requests);
    waitpid $pid, 0;
    is $?, 0, 'all of them waited';
    return @answers;
}

sub loses_nothing
{
    my @answers = at_once(map { [ POST => '/articles', 2,
        { title => "New $_" } ] } 1 .. 100);
    push @answers, at_once(map { [ POST => '/articles', 2,
        { title => "New $_" } ] } 101 .. 200);
    is statuses(@answers), '201*200', 'two hundred are created';
    is $site->sql("SELECT count(*), count(DISTINCT title) FROM articles
        WHERE title LIKE 'New %'"), '200|200', 'each once';
    my @wrong = grep { $answers[$_ - 1]->json->{title} ne "New $_" } 1 .. 200;
    is_deeply \@wrong, [], 'and each is answered with its own';
    my %ids = map { $_->json->{id} => 1 } @answers;
    is scalar(keys %ids), 200, 'with a key of its own';
}

sub mixes_no_fields
{
    my @answers = held('SELECT FROM articles WHERE id = 1 FOR UPDATE', 2,
        [ PATCH => '/articles/1', 2, { title => 'A' } ],
        [ PATCH => '/articles/1', 1, { content => 'B' } ]);
    is statuses(@answers), '200*2', 'two change different fields of a row';
    is $site->sql('SELECT title, content FROM articles WHERE id = 1'), 'A|B',
        'and both are changed';
    @answers = held('SELECT FROM articles WHERE id = 1 FOR UPDATE', 5,
        map { [ PATCH => '/articles/1', 2,
            { title => "T$_", content => "T$_" } ] } 1 .. 5);
    is statuses(@answers), '200*5', 'five change the same fields';
    is $site->sql('SELECT title = content FROM articles WHERE id = 1'), 't',
        'of which one is the last';
    for my $answer (@answers) {
        my $json = $answer->json;
        is $json->{title}, $json->{content}, 'no answer mixes two';
    }
}

sub has_winners
{
    my @answers = held('SELECT FROM articles WHERE id = 2 FOR UPDATE', 4,
        map { [ DELETE => '/articles/2', 2 ] } 1 .. 4);
    is statuses(@answers), '204*1 404*3', 'one removes, the others find none';
    for my $id (3 .. 5) {
        @answers = held("SELECT FROM articles WHERE id = $id FOR UPDATE", 2,
            [ PATCH => "/articles/$id", 2, { title => 'x' } ],
            [ DELETE => "/articles/$id", 2 ]);
        is $answers[1]->status, 204, 'removed by one';
        like $answers[0]->status, qr/^(?:200|404)$/,
            'changed before by the other, or not found';
        is $site->sql("SELECT count(*) FROM articles WHERE id = $id"), 0,
            'it is gone';
    }
    @answers = held("UPDATE articles SET title = 'x' WHERE id = 6", 1,
        [ PATCH => '/articles/6', 3, { title => 'y' } ],
        [ PATCH => '/articles/6', 2, { title => 'z' } ]);
    is join(' ', map { $_->status } @answers), '403 200',
        'who owns it counts';
}

sub orphans
{
    return $site->sql('SELECT count(*) FROM addresses WHERE id NOT IN
        (SELECT address_id FROM users WHERE address_id IS NOT NULL)');
}

sub keeps_one_address
{
    my %whole = (street => 'S', city => 'C', country => 'N');
    my @answers = held('SELECT FROM users WHERE id = 3 FOR UPDATE', 6,
        map { [ PATCH => '/users/me', 3, { address => { %whole,
            city => "C$_" } } ] } 1 .. 6);
    is statuses(@answers), '200*6', 'six create an address at once';
    is $site->sql('SELECT count(*) FROM addresses'), 1, 'there is one';
    is orphans(), 0, 'of the user';
    my %ids = map { $_->json->{addressId} => 1 } @answers;
    is scalar(keys %ids), 1, 'which all of them have seen';
    my @wrong = grep { $answers[$_ - 1]->json->{address}{city} ne "C$_" }
        1 .. 6;
    is_deeply \@wrong, [], 'each with what it wrote';

    @answers = held('SELECT FROM users WHERE id = 3 FOR UPDATE', 5,
        [ PATCH => '/users/me', 3, { address => undef } ],
        [ PATCH => '/users/me', 3, { address => { %whole } } ],
        [ PATCH => '/users/me', 3, { address => undef } ],
        [ PATCH => '/users/me', 3, { address => { %whole } } ],
        [ PATCH => '/users/me', 3, { name => 'B' } ]);
    is statuses(@answers), '200*5', 'created and removed at once';
    is orphans(), 0, 'no address is left alone';
    is $site->sql('SELECT count(*) FROM users WHERE id = 3 AND
        (address_id IS NULL) = ((SELECT count(*) FROM addresses) = 0)'), 1,
        'there is one, or there is none';
    is $site->sql('SELECT name FROM users WHERE id = 3'), 'B',
        'what else was written is there';

    @answers = held('SELECT FROM users WHERE id = 3 FOR UPDATE', 3,
        [ PATCH => '/users/me', 3, { address => { %whole } } ],
        [ DELETE => '/users/3', 3 ],
        [ PATCH => '/users/me', 3, { address => { %whole, city => 'X' } } ]);
    is $answers[1]->status, 204, 'who goes while others write';
    is_deeply [ grep { !/^(?:200|401|404)$/ } map { $_->status } @answers[0,
        2] ], [], 'is there for them, or is not';
    is orphans(), 0, 'leaves no address';
    is $site->sql('SELECT count(*) FROM users WHERE id = 3'), 0,
        'and is gone';
}

sub costs_little
{
    my %cost = (
        'POST /articles' => [ 2, { title => 'x' } ],
        'PATCH /articles/9' => [ 2, { title => 'x' } ],
        # One more for the set that a PUT without it empties.
        'PUT /articles/9' => [ 3, { title => 'x' } ],
        'PATCH /users/me' => [ 3, { address => { street => 'S', city => 'C',
            country => 'N' } } ],
        'DELETE /articles/9' => [ 1 ],
    );
    for my $what (sort { $b cmp $a } keys %cost) {
        my ($method, $path) = split / /, $what;
        my ($wanted, @body) = @{ $cost{$what} };
        my $answer;
        my @sent = $site->statements_of(sub {
            $answer = $site->request($method, $path, bearer => $token{2},
                @body ? (json => $body[0]) : ());
        });
        like $answer->status, qr/^20[014]$/, $what;
        is scalar @sent, $wanted, "$what: statements";
        is_deeply [ grep { $_->{text} =~ /^\s*(?:BEGIN|START|COMMIT|END
            |ROLLBACK|SAVEPOINT)\b/xi } @sent ], [],
            "$what: none begins or ends a transaction";
        my %pids = map { $_->{pid} => 1 } @sent;
        is scalar(keys %pids), 1, "$what: by one connection";
    }
}

# The transaction of the write is one: what the trigger saw in the first
# statement is what the row says.
sub is_one_transaction
{
    $site->sql('CREATE TABLE seen (place text, transaction bigint)');
    $site->sql('GRANT INSERT ON seen TO byline');
    $site->sql(<<'SQL');
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO seen VALUES (TG_TABLE_NAME, txid_current());
    RETURN NULL;
END $$;
CREATE TRIGGER see AFTER INSERT OR UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION see();
CREATE TRIGGER see AFTER INSERT OR UPDATE ON addresses
    FOR EACH ROW EXECUTE FUNCTION see();
SQL
    is $site->request('PATCH', '/users/me', bearer => $token{1}, json => {
        name => 'X', address => { street => 'S', city => 'C',
        country => 'N' } })->status, 200, 'a user and an address';
    is $site->sql('SELECT count(DISTINCT place), count(DISTINCT transaction)
        FROM seen'), '2|1', 'are written by one transaction';
    $site->sql('DROP TRIGGER see ON users; DROP TRIGGER see ON addresses');
}

sub is_not_repeated
{
    $site->pg->claim(qr/^FATAL 57P01 terminating connection/);
    $site->claim(qr/connection lost/, qr/no database/);
    $site->sql('CREATE SEQUENCE tries');
    $site->sql('GRANT USAGE ON SEQUENCE tries TO byline');
    $site->sql(<<'SQL');
CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM nextval('tries');
    PERFORM pg_terminate_backend(pg_backend_pid());
    RETURN NEW;
END $$;
CREATE TRIGGER die BEFORE INSERT OR UPDATE ON articles FOR EACH ROW
    WHEN (NEW.title = 'die') EXECUTE FUNCTION die();
SQL
    my $count = $site->sql('SELECT count(*) FROM articles');
    problem_ok $site->request('POST', '/articles', bearer => $token{2},
        json => { title => 'die' }), 503, 'the connection dies in a write';
    is $site->sql('SELECT last_value FROM tries'), 1,
        'which is not repeated';
    is $site->sql('SELECT count(*) FROM articles'), $count,
        'nothing is stored';
    is $site->request('POST', '/articles', bearer => $token{2},
        json => { title => 'live' })->status, 201, 'the next one is';
    problem_ok $site->request('PATCH', '/articles/7', bearer => $token{2},
        json => { title => 'die' }), 503, 'nor is a change';
    is $site->sql('SELECT last_value FROM tries'), 2, 'repeated';
    is $site->sql('SELECT title FROM articles WHERE id = 7'), 'Title',
        'nothing changes';

    # One that died while nobody asked costs no write.
    $site->pg->sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE usename = 'byline'");
    wait_for('their end', sub {
        return $site->pg->sql("SELECT count(*) FROM pg_stat_activity
            WHERE usename = 'byline'") == 0;
    });
    my @answers = at_once(map { [ POST => '/articles', 2,
        { title => "After $_" } ] } 1 .. 12);
    is statuses(@answers), '201*12', 'connections that died before';
    is $site->sql("SELECT count(*) FROM articles WHERE title LIKE 'After %'"),
        12, 'lose nothing and repeat nothing';
}

$site->pg->claim(qr/^FATAL 57P01 terminating connection/);
subtest 'create' => \&loses_nothing;
subtest 'fields' => \&mixes_no_fields;
subtest 'races' => \&has_winners;
subtest 'addresses' => \&keeps_one_address;
subtest 'cost' => \&costs_little;
subtest 'transaction' => \&is_one_transaction;
subtest 'repeat' => \&is_not_repeated;

done;
