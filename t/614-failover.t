# A primary and its standby: what a standby can do alone, and what becomes of
# clients when it takes over from a primary that crashed.
use Byline::Test;
use Byline::Test::Load qw(load_schema load_resources load_routes load_queries);
use Time::HiRes qw(time);

my $pg = Byline::Test::Postgres->new;
my $standby;
my $site = site(postgres => $pg, schema => load_schema(),
    resources => load_resources(), routes => load_routes(),
    queries => load_queries(), workers => 4, start => 0);
my %short = (lock_timeout => '300ms', statement_timeout => '1s',
    connect_timeout => '1s');

sub configure
{
    my ($hosts) = @_;
    $site->write_ini(4, { 'database main' => { %short,
        conninfo => "$hosts port=$pg->{port} dbname=byline user=byline" } });
}

sub post { return $site->direct('/notes', method => 'POST',
    json => { tag => $_[0] }) }

$standby = $pg->standby;
$_->claim(qr/57P0[123]|25006|08006|57014/) for $pg, $standby;
$standby->claim(qr/FATAL .*(?:replication|primary)|could not (?:receive|send)/);
$site->claim(qr/"no database: /, qr/connection lost/, qr/anybody can run/,
    qr/database unable: 25006/, qr/did not answer in time/);

subtest 'a standby alone' => sub {
    configure("host=$standby->{host}");
    $site->start_pool;
    is $site->direct('/things/1')->status, 200, 'reads are answered';
    problem_ok post('never'), 503, 'a write is not';
    problem_ok $site->direct('/own', method => 'POST',
        json => { tag => 'never' }), 503, 'nor is own SQL';
    is $site->direct('/things/1')->status, 200, 'reads still are';
    $site->stop_pool;
};

subtest 'the primary crashes, and the standby takes over' => sub {
    configure("host=$pg->{host},$standby->{host} "
        . 'target_session_attrs=read-write');
    $site->start;
    my @workers = sort $site->workers;
    is post('before')->status, 201, 'a write to the primary';
    my $load = Byline::Test::Load->new($site, clients => 6);
    $load->beat(200);
    $pg->stop('immediate');
    $load->beat;
    $site->{pg} = $standby;
    $standby->promote;
    my $start = time;
    wait_for('writes', sub { post('after')->status == 201 });
    note sprintf 'writes after %.3fs', time - $start;
    $load->beat;
    $load->finish('failover');
    is $site->sql("SELECT count(*) FROM notes WHERE tag = 'before'"), 1,
        'what was written before is there';
    is_deeply [ sort $site->workers ], \@workers, 'no worker restarted';
};

$site->nginx->claim(qr/FastCGI sent in stderr/);
done;
