# The header Server-Timing: off unless wanted, and then on all answers by
# routes.
use Byline::Test;

my $site = site(nginx => 0, workers => 1, schema => <<'SQL',
CREATE TABLE hidden (id integer PRIMARY KEY, pause real);
INSERT INTO hidden VALUES (1, 0), (2, 0.2);
CREATE FUNCTION slow(real) RETURNS real LANGUAGE sql VOLATILE AS
    $$ SELECT $1 FROM pg_sleep($1) $$;
CREATE VIEW things AS SELECT id, slow(pause) AS pause FROM hidden;
SQL
    resources => "[resource things]\ncolumns = id, pause\nkey = id\n",
    routes => "[route thing]\nmatch = GET /things/:id\nhandler = item\n"
        . "resource = things\n",
    ini => { log => { min_duration => 'off' } });
$site->pg->owner_sql('GRANT SELECT ON hidden TO byline');

my $form = qr/^route;dur=(\d+\.\d{3}),\ db;dur=(\d+\.\d{3}),
    \ render;dur=(\d+\.\d{3})$/x;

subtest 'off' => sub {
    is $site->direct('/things/1')->header('Server-Timing'), undef,
        'nothing is told';
};

$site->stop_pool;
$site->write_ini(1, { api => { server_timing => 'on' },
    log => { min_duration => 'off' } });
$site->start_pool;

subtest 'on' => sub {
    my $header = $site->direct('/things/2')->header('Server-Timing');
    like $header, $form, 'what took how long';
    my ($route, $db, $render) = $header =~ $form;
    cmp_ok $db, '>=', 200, 'waiting for the database';
    cmp_ok $db, '>', $route + $render, 'is most of it';
    for my $case ([ 404, '/things/999' ], [ 400, '/things/x' ],
        [ 400, '/things/1?x=1' ], [ 200, '/health/live' ]) {
        my ($status, $path) = @$case;
        my $answer = $site->direct($path);
        is $answer->status, $status, $path;
        like $answer->header('Server-Timing'), $form, 'has it, too';
    }
    like $site->direct('/health/live')->header('Server-Timing'),
        qr/ db;dur=0\.000,/, 'what asks no database did not wait for it';
    like $site->direct('/things/1', method => 'HEAD')
        ->header('Server-Timing'), $form, 'HEAD';
};

subtest 'where there is no route' => sub {
    is $site->direct('/nothing')->header('Server-Timing'), undef,
        'not found';
    is $site->direct('/things/1', method => 'OPTIONS')
        ->header('Server-Timing'), undef, 'OPTIONS';
};

done;
