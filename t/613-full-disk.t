# PostgreSQL's disk is full, first that of a table and then that of its log,
# while clients read and write. A tmpfs of few megabytes is the disk; it is
# mounted where nobody else sees it, and gone with the processes of this test.
BEGIN {
    my @unshare = qw(unshare -m --propagation private);
    if ($> == 0 && !$ENV{BYLINE_TEST_UNSHARED}
        && system("@unshare true 2>/dev/null") == 0) {
        $ENV{BYLINE_TEST_UNSHARED} = 1;
        exec @unshare, $^X, (map { "-I$_" } @INC), $0, @ARGV;
    }
}
use Byline::Test;
use Byline::Test::Load qw(load_schema load_resources load_routes load_queries);
use Byline::Test::Postgres;
use Time::HiRes qw(time);

plan skip_all => 'only root can mount a tmpfs' if $> != 0;
plan skip_all => 'there is no mount namespace to be had'
    if !$ENV{BYLINE_TEST_UNSHARED};

my $disk = dir() . '/disk';
mkdir $disk;
system('mount', '-t', 'tmpfs', '-o', 'size=16m,mode=0777', 'tmpfs', $disk)
    == 0 or plan skip_all => 'a tmpfs cannot be mounted';

my $site = site(schema => load_schema(), resources => load_resources(),
    routes => load_routes(), queries => load_queries(), workers => 4,
    ini => { 'database main' => { lock_timeout => '300ms',
        statement_timeout => '1s', connect_timeout => '1s' } });
my $pg = $site->pg;
$pg->sql('ALTER SYSTEM SET synchronous_commit = on');
$pg->sql('SELECT pg_reload_conf()');
$pg->claim(qr/ 53100 .*No space left on device/);
$site->claim(qr/database unable: 53100/, qr/anybody can run/);
$site->nginx->claim(qr/FastCGI sent in stderr/);

sub fill
{
    open my $file, '>', "$disk/ballast" or die "ballast: $!";
    1 while syswrite $file, 'x' x 4096;
    close $file;
}

sub post
{
    return $site->direct('/notes', method => 'POST',
        json => { tag => 'x', text => 'y' x 2000 });
}

sub writes
{
    my ($since) = @_;
    wait_for('writes', sub { post()->status == 201 });
    note sprintf 'writes after %.3fs', time - $since;
    wait_for('all of it', sub { !grep { post()->status != 201 } 1 .. 8 });
    cmp_ok time - $since, '<', 5, 'service is soon back';
}

subtest 'the disk of a table' => sub {
    mkdir "$disk/space";
    Byline::Test::Postgres::give_to_server("$disk/space");
    $pg->sql("CREATE TABLESPACE small LOCATION '$disk/space'");
    $pg->sql('ALTER TABLE notes SET TABLESPACE small', database => 'byline');
    my $load = Byline::Test::Load->new($site, clients => 6);
    fill();
    wait_for('the first refusal', sub { post()->status == 503 });
    my ($start, $mark) = (time, $pg->mark);
    $load->beat(500);
    my $end = time;
    my %pids = map { $_->{pid} => 1 } grep { $_->{user} eq 'byline' }
        $pg->entries($mark);
    unlink "$disk/ballast";
    writes(time);
    my @answers = grep { $_->{at} > $start
        && $_->{at} + $_->{seconds} < $end } $load->finish('a full table');
    is scalar(grep { $_->{method} eq 'GET' && $_->{status} != 200 }
        @answers), 0, 'meanwhile reads are answered';
    my @refused = grep { $_->{status} == 503 } @answers;
    cmp_ok scalar(@refused), '>', 0, 'and writes are refused';
    cmp_ok scalar(keys %pids), '<', 10 + @refused / 2,
        'which does not cost a connection each';
    $pg->sql('ALTER TABLE notes SET TABLESPACE pg_default',
        database => 'byline');
    $pg->sql('DROP TABLESPACE small');
};

# The server does not survive that.
subtest 'the disk of the log' => sub {
    $pg->claim(qr/57P0[123]|crash of another server process/);
    $site->claim(qr/"no database: /, qr/connection lost/);
    $site->claim(qr/did not answer in time/);
    $pg->stop;
    system('cp', '-a', "$pg->{data}/pg_wal", "$disk/wal") == 0 or die;
    system('rm', '-r', "$pg->{data}/pg_wal") == 0 or die;
    symlink "$disk/wal", "$pg->{data}/pg_wal" or die "symlink: $!";
    $pg->start;
    wait_for('service', sub { $site->health('ready') == 200 });
    my $load = Byline::Test::Load->new($site, clients => 6);
    fill();
    my $mark = $pg->mark;
    wait_for('the end of the disk', sub {
        eval { $pg->sql('CREATE TABLE IF NOT EXISTS waste AS SELECT 1;
            DROP TABLE waste; SELECT pg_switch_wal()') };
        return grep { $_->{level} eq 'PANIC' } $pg->entries($mark);
    }, 60);
    $load->beat;
    unlink "$disk/ballast";
    # Without space it may not have come up again by itself.
    wait_for('the server', sub {
        if (!alive($pg->{pid})) {
            delete $pg->{pid};
            $pg->start;
        }
        return eval { $pg->sql('SELECT 1') };
    }, 60);
    writes(time);
    $load->finish('a full log');
};

$site->stop;
$pg->stop('smart');
system('umount', $disk);
done;
