# What byline writes to its log, and what it never does.
use Byline::Test;
use JSON::PP ();

my $site = site(nginx => 0, workers => 1, schema => <<'SQL',
CREATE TABLE hidden (id integer PRIMARY KEY, name text);
INSERT INTO hidden VALUES (1, 'geheim'), (2, 'fast');
CREATE FUNCTION slow(text) RETURNS text LANGUAGE sql VOLATILE AS
    $$ SELECT $1 FROM pg_sleep(CASE WHEN $1 = 'geheim' THEN 0.1 ELSE 0 END) $$;
CREATE VIEW things AS SELECT id, slow(name) AS name FROM hidden;
SQL
    resources => "[resource things]\ncolumns = id, name\nkey = id\n",
    routes => "[route thing]\nmatch = GET /things/:id\nhandler = item\n"
        . "resource = things\n",
    ini => { log => { min_duration => '50ms', level => 'info' } });
$site->pg->owner_sql('GRANT SELECT ON hidden TO byline');

sub lines { return Byline::Test::Log::entries($site->{log}, $_[0]) }

subtest 'a line of JSON' => sub {
    $site->direct('/things/1', params => []);
    my ($line) = grep { $_->{line} =~ /slow/ } lines();
    ok $line, 'a slow statement is told';
    like $line->{time}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
        'with the time';
    ok((grep { $_ == $line->{pid} } $site->workers), 'the worker');
    is $line->{request}, 'f' x 32, 'the id of the request';
    like $line->{message}, qr/^slow: \[route thing\] took \d{3,} ms: SELECT /,
        'the route, how long it took, and the statement';
    like $line->{message}, qr/\bFROM .*"?things"?.*\$1/, 'with parameters';
    is_deeply [ grep { $_->{level} eq 'stray' } lines() ], [],
        'every line is one of ours';
};

subtest 'a fast statement is not told' => sub {
    my $from = -s $site->{log};
    $site->direct('/things/2');
    is_deeply [ grep { $_->{line} =~ /slow/ } lines($from) ], [], 'not';
};

subtest 'values are nobody\'s business' => sub {
    my $from = -s $site->{log};
    $site->direct('/things/geheim');
    $site->direct('/things/1?token=geheim');
    unlike substr(slurp($site->{log}), $from), qr/geheim/, 'none is told';
};

subtest 'text into a file' => sub {
    $site->stop_pool;
    $site->write_ini(1, { log => { target => 'own.log', format => 'text',
        level => 'notice', min_duration => '50ms' } });
    my $before = -s $site->{log};
    $site->start_pool;
    $site->direct('/things/1');
    my $text = slurp("$site->{home}/own.log");
    like $text, qr/^\S+Z \[\d+\] notice: serving; workers: 1$/m,
        'beside the configuration';
    like $text, qr/^\S+Z \[\d+\] notice: slow: .* request=f{32}$/m,
        'with the id';
    is -s $site->{log}, $before, 'nothing goes to stderr';
    is sprintf('%04o', (stat "$site->{home}/own.log")[2] & 07777 & 07),
        '0000', 'it is not for everybody';
    $site->stop_pool;
};

subtest 'a level cuts off what is below' => sub {
    unlink "$site->{home}/own.log";
    $site->write_ini(1, { log => { target => 'own.log', format => 'text',
        level => 'error', min_duration => 'off' } });
    $site->start_pool;
    $site->direct('/things/1');
    $site->stop_pool;
    is slurp("$site->{home}/own.log"), '', 'nothing of less than an error';
};

subtest 'a log that cannot be written' => sub {
    $site->write_ini(1, { log => { target => 'none/own.log' } });
    my ($status, undef, $err) = $site->byline('serve', { timeout => 10 });
    isnt $status, 0, 'is a reason not to start';
    isnt $status, 124, 'at once';
    like $err, qr{none/own\.log}, 'it is named';
};

subtest 'nothing but errors with one worker: the grammar' => sub {
    $site->write_ini(1, {});
    my $from = -s $site->{log};
    $site->start_pool;
    $site->stop_pool;
    unlike substr(slurp($site->{log}), $from), qr/\b1 workers\b/,
        'one is not many';
};

done;
