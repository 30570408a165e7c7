# What every test file starts with:
#
#     use Byline::Test;
#     my $site = site(sql => 'INSERT …');
#     is $site->get('/articles/1')->status, 200, 'a behaviour';
#     done;
#
# done() stops what was started and adds the standing checks: no unclaimed
# error in any log, no sanitizer report, no process left over, at most one
# statement per read. A file that dies before is cleaned up as well.
package Byline::Test;

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use Test::More;
use Byline::Test::Client qw(curl raw_http);
use Byline::Test::FastCGI qw(fcgi_get fcgi_connect fcgi_request fcgi_send fcgi_answer
    fcgi_serve);
use Byline::Test::Log;
use Byline::Test::Postgres;
use Byline::Test::Process qw(run_program spawn stop_process wait_for alive
    children);
use Byline::Test::Run qw(dir srcdir builddir binary slurp spew free_port);
use Byline::Test::Site;
use Byline::Test::Token qw(make_token read_token base64url);

our @EXPORT = (@Test::More::EXPORT, qw(site done byline problem_ok dir
    srcdir builddir binary slurp spew free_port wait_for alive children
    spawn stop_process run_program curl raw_http fcgi_get fcgi_connect
    fcgi_request fcgi_send fcgi_answer fcgi_serve make_token read_token base64url
    $JSON_TYPE $PROBLEM_TYPE));

our $JSON_TYPE = qr{^application/json(?:;|$)};
our $PROBLEM_TYPE = qr{^application/problem\+json(?:;|$)};

my $finished = 0;
my $test_pid = $$;

# So that what was started is stopped when somebody loses patience.
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);

sub import_strict
{
    strict->import;
    warnings->import;
    binmode Test::More->builder->$_, ':encoding(UTF-8)'
        for qw(output failure_output todo_output);
}

{
    no warnings 'redefine';
    my $export = \&import;
    *import = sub {
        import_strict();
        __PACKAGE__->export_to_level(1, @_);
    };
    @Byline::Test::ISA = qw(Exporter);
}

sub site { return Byline::Test::Site->new(@_) }

# Runs the program without a site: (exit status, stdout, stderr).
sub byline
{
    my (@args) = @_;
    my %o = ref $args[-1] ? %{ pop @args } : ();
    return run_program([ binary(), @args ], %o);
}

my %titles = (
    400 => [ 'bad-request', 'Bad Request' ],
    401 => [ 'unauthorized', 'Unauthorized' ],
    403 => [ 'forbidden', 'Forbidden' ],
    404 => [ 'not-found', 'Not Found' ],
    405 => [ 'method-not-allowed', 'Method Not Allowed' ],
    409 => [ 'conflict', 'Conflict' ],
    410 => [ 'gone', 'Gone' ],
    412 => [ 'precondition-failed', 'Precondition Failed' ],
    413 => [ 'content-too-large', 'Content Too Large' ],
    414 => [ 'uri-too-long', 'URI Too Long' ],
    415 => [ 'unsupported-media-type', 'Unsupported Media Type' ],
    422 => [ 'validation', 'Unprocessable Content' ],
    428 => [ 'precondition-required', 'Precondition Required' ],
    429 => [ 'too-many-requests', 'Too Many Requests' ],
    431 => [ 'headers-too-large', 'Request Header Fields Too Large' ],
    500 => [ 'internal', 'Internal Server Error' ],
    503 => [ 'unavailable', 'Service Unavailable' ],
    504 => [ 'timeout', 'Gateway Timeout' ],
);

# The answer is this problem, in every member; the names of the wrong
# fields as "field code" in errors, if given.
sub problem_ok
{
    my ($answer, $status, $name, @errors) = @_;
    my ($slug, $title) = @{ $titles{$status} // croak "status $status" };
    return subtest $name => sub {
        is $answer->status, $status, 'status';
        like $answer->header('Content-Type'), $PROBLEM_TYPE, 'type of media';
        my $body = $answer->json // {};
        is $body->{type}, "/problems/$slug", 'type';
        is $body->{title}, $title, 'title';
        is $body->{status}, $status, 'status in the body';
        ok length($body->{detail} // ''), 'detail';
        is $body->{requestId}, $answer->header('X-Request-Id'), 'request id';
        is_deeply [ sort map { "$_->{field} $_->{code}" }
            @{ $body->{errors} // [] } ], [ sort @errors ], 'fields'
            if @errors;
        is_deeply [ grep { $_ !~
            /^(?:type|title|status|detail|requestId|errors)$/ } keys %$body ],
            [], 'no other member';
        like $answer->header('Retry-After') // '', qr/^\d+$/, 'Retry-After'
            if $status == 503 || $status == 504 || $status == 429;
        ok length($answer->header('WWW-Authenticate') // ''),
            'WWW-Authenticate' if $status == 401;
    };
}

sub check_pool
{
    my ($site) = @_;
    is $site->{exit}, 0, 'serve ended by itself, with status 0'
        if exists $site->{exit};
    is_deeply [ Byline::Test::Log::unclaimed($site->{log},
        $site->{claims}) ], [], 'no unclaimed error in the log';
    my $nginx = $site->nginx or return;
    is_deeply [ $nginx->unclaimed ], [],
        'no unclaimed error in the log of nginx';
}

sub check_statements
{
    my ($site) = @_;
    my @found = Byline::Test::Log::requests_statements($site);
    cmp_ok scalar @found, '<=', $site->allowed,
        'at most one statement for a read, and three for a write';
}

# A hash of a password belongs into one column, and nowhere else. What a test
# itself says to PostgreSQL is not looked at.
sub hashes_seen
{
    my $hash = $Byline::Test::Response::hash;
    my @seen = @Byline::Test::Response::hashes;
    for my $site (@Byline::Test::Site::all) {
        push @seen, map { slurp($_) =~ $hash ? $_ : () }
            $site->{log}, glob "$site->{home}/nginx/*log";
    }
    for my $pg (@Byline::Test::Postgres::all) {
        push @seen, map { "PostgreSQL: $_->{text}" }
            grep { $_->{user} =~ /^byline(?:_accounts)?$/
                && $_->{text} =~ $hash } $pg->entries;
    }
    return @seen;
}

sub standing_checks
{
    my @sites = @Byline::Test::Site::all;
    $_->stop for @sites;
    $_->stop('smart') for @Byline::Test::Postgres::all;
    is_deeply [ $_->unclaimed ], [],
        'no unclaimed error in the log of PostgreSQL'
        for @Byline::Test::Postgres::all;
    check_pool($_) for @sites;
    check_statements($_) for @sites;
    my @reports = map { slurp($_) } glob dir() . '/sanitizer*';
    is_deeply [ @reports, @Byline::Test::Process::reports ], [],
        'no sanitizer report';
    is_deeply [ hashes_seen() ], [],
        'no hash of a password in an answer or a log';
    is_deeply [ Byline::Test::Process::left_over() ], [],
        'no process is left over';
}

# The end of a test file.
sub done
{
    subtest 'standing checks' => \&standing_checks;
    $finished = 1;
    done_testing();
}

sub show_logs
{
    my $home = dir();
    for my $path (glob "$home/site*/log $home/site*/nginx/error.log") {
        my @lines = split /\n/, slurp($path);
        splice @lines, 0, -20 if @lines > 20;
        diag join "\n", "-- $path", @lines if @lines;
    }
}

END {
    if ($$ == $test_pid) {
        my $status = $?;
        my $failed = $status != 0 || !$finished
            || !Test::More->builder->is_passing;
        show_logs() if $failed && $finished;
        Byline::Test::Process::kill_all();
        Byline::Test::Run::clean_up($failed && $ENV{BYLINE_TEST_KEEP});
        $? = $status;
    }
}

1;
