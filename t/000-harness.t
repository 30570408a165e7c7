# The harness itself: what it promises of every file, it must also fail for.
use Byline::Test;

my $count = 0;

# Runs a test file of this text: (exit status, its TAP and diagnostics).
sub outcome
{
    my ($text) = @_;
    my $path = spew(dir() . '/inner-' . ++$count . '.t',
        "use Byline::Test;\n$text\n");
    my ($status, $out, $err) = run_program([ $^X, '-I',
        srcdir() . '/t/lib', $path ], timeout => 60,
        env => { TMPDIR => dir(),
            BYLINE_TEST_RUN => Byline::Test::Run::run_dir() });
    @Byline::Test::Process::reports = (); # that was meant to be there
    return ($status, $out . $err);
}

sub fails
{
    my ($name, $text, $pattern) = @_;
    my ($status, $said) = outcome($text);
    isnt $status, 0, "$name: fails";
    like $said, $pattern, "$name: says why";
}

my ($status, $said) = outcome('pass; done;');
is $status, 0, 'a good file passes' or diag $said;

fails 'a failed test', 'ok 0, "this"; done;', qr/not ok 1 - this/;
fails 'a file that does not come to its end', 'pass;',
    qr/(?:No plan|done_testing|not ok)/i;
fails 'a file that dies', 'pass; die "here\n"; done;', qr/^here$/m;
fails 'a process that is left over',
    'spawn([ "sleep", "600" ]); done;',
    qr/not ok \d+ - no process is left over/;
fails 'an orphan that is left over',
    'run_program([ "sh", "-c", "sleep 600 >/dev/null 2>&1 &" ]); done;',
    qr/not ok \d+ - no process is left over/;
fails 'a report of a sanitizer',
    'spew(dir() . "/sanitizer.1", "==1==ERROR"); done;',
    qr/not ok \d+ - no sanitizer report/;
fails 'a report of a sanitizer on stderr',
    'run_program([ "sh", "-c", "echo x.c:1: runtime error: bad >&2" ]); done;',
    qr/not ok \d+ - no sanitizer report/;
fails 'an unclaimed error of PostgreSQL',
    'my $pg = Byline::Test::Postgres->new; '
    . 'eval { $pg->sql("SELECT nonsense") }; done;',
    qr/not ok \d+ - no unclaimed error in the log of PostgreSQL/;
($status, $said) = outcome('my $pg = Byline::Test::Postgres->new; '
    . '$pg->claim(qr/42703/); eval { $pg->sql("SELECT nonsense") }; done;');
is $status, 0, 'a claimed error of PostgreSQL: passes' or diag $said;

my $hash = '"\$2b\$04\$abc"';
my $leak = qr/not ok \d+ - no hash of a password in an answer or a log/;
fails 'a hash in an answer through nginx',
    "Byline::Test::Response->from_curl(\"HTTP/1.1 200 OK\\r\\n\\r\\n\", $hash);"
    . 'done;', $leak;
fails 'a hash in a header of an answer of a pool',
    "Byline::Test::Response->from_cgi(\"X-A: \" . $hash . \"\\r\\n\\r\\n{}\"); done;",
    $leak;
my $thing = 'site(nginx => 0, schema => "CREATE TABLE things (id integer PRIMARY KEY)",
    resources => "[resource things]\ncolumns = id\n", routes =>
    "[route thing]\nmatch = GET /things/:id\nhandler = item\nresource = things\n")';
fails 'a hash in the log of a pool', "my \$site = $thing; open my \$log, q(>>), "
    . "\$site->{log}; print {\$log} $hash; close \$log; "
    . "\$site->claim(qr/./); done;", $leak;
fails 'a hash in what a pool says to PostgreSQL',
    "my \$pg = Byline::Test::Postgres->new; "
    . "\$pg->sql(q(SELECT ') . $hash . q('), user => q(byline)); done;", $leak;
($status, $said) = outcome("my \$pg = Byline::Test::Postgres->new; "
    . "\$pg->sql(q(SELECT ') . $hash . q(')); done;");
is $status, 0, 'one that the test itself says: passes' or diag $said;

subtest 'no server outlives its test' => sub {
    for my $end ('die "here\n"', 'kill "KILL", $$', 'kill "TERM", $$') {
        my ($status, $said) = outcome('my $pg = Byline::Test::Postgres->new;'
            . ' print "# server $pg->{pid}\n"; $| = 1; print "#\n";'
            . " $end; wait_for('nothing', sub { 0 });");
        my ($pid) = $said =~ /^# server (\d+)/m;
        ok $pid, "a server was there before: $end" or diag $said;
        wait_for('its end', sub { !-d "/proc/$pid"
            || slurp("/proc/$pid/stat") =~ /\) Z / });
        pass 'and is gone';
    }
    is scalar(() = glob dir() . '/byl-*'), 1,
        'only who was killed leaves files';
};

done;
