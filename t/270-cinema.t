# Another schema by INI alone: conf/examples/cinema/ over its own tables, with
# every kind of relation, read and written. Its rows are those of its demo.
use utf8;
use Byline::Test;

my $demo = slurp(srcdir() . '/conf/examples/cinema/demo.sql');
my $site = site(conf => 'examples/cinema', sql => $demo);

sub member
{
    my ($name, $role) = @_;
    my $member = $site->sign_up(name => $name, secret => "$name has one",
        login => lc($name) . '@example.org');
    $site->sql("UPDATE members SET role = '$role' WHERE id = " . $member->id);
    return $member;
}

my $ada = member('Ada', 'member');
my $staff = member('Stig', 'staff');

sub body_is
{
    my ($answer, $expected, $name) = @_;
    utf8::encode($expected);
    is $answer->body, $expected, $name;
}

sub reads
{
    my ($path, $expected, $name, $who) = @_;
    body_is(($who // $site)->get($path), $expected, $name // $path);
}

# The ids of a list; of what is none, its status.
sub ids
{
    my ($answer) = @_;
    return $answer->status if $answer->status != 200;
    return join ',', map { $_->{id} } @{ $answer->json };
}

subtest 'the files have no mistakes' => sub {
    my ($status, $out, $err) = $site->byline('check');
    is $status, 0, 'check finds none' or diag $out, $err;
    unlike "$out$err", qr/warning/, 'and warns of nothing';
    $site->sql($demo);
    is $site->sql('SELECT count(*) FROM films'), 6,
        'the demo does what is missing, once';
};

subtest 'a film' => sub {
    reads('/films/2', '{"id":2,"title":"Salt and Oranges",'
        . '"releasedOn":"1999-10-01","minutes":112,"rated":"6",'
        . '"countryCode":"IT","directorId":2,"writerId":5,'
        . '"sequelOfId":null,"director":{"id":2,"name":"Carlo Benassi"},'
        . '"writer":{"id":5,"name":"Lidia Sarti"},'
        . '"country":{"code":"IT","name":"Italy"},'
        . '"genres":[{"id":1,"name":"Comedy"},{"id":4,"name":"Drama"}],'
        . '"rating":{"filmId":2,"average":4.0}}',
        'with two people, a country, genres and what a view says');
};

subtest 'keys that are texts' => sub {
    reads('/countries/PL', '{"code":"PL","name":"Poland"}');
    problem_ok $site->get('/countries/pl'), 404, 'as they are written';
    is $staff->post('/countries', { code => 'É', name => 'x' })->status, 422,
        'a code that is none';
    my $answer = $staff->post('/countries', { code => 'SE',
        name => 'Sweden' });
    is $answer->header('Location'), '/countries/SE', 'a new one has a place';
    $site->pg->claim(qr/^ERROR 23514 /);
};

subtest 'keys of several columns' => sub {
    reads('/cinemas/1/screens/2', '{"cinemaId":1,"number":2,"name":null,'
        . '"cinema":{"id":1,"name":"Muza","city":"Poznań"}}');
    problem_ok $site->get('/cinemas/1/screens/3'), 404, 'another number';
    problem_ok $site->get('/cinemas/1/screens/x'), 400, 'none',
        'number type';
    my $answer = $staff->post('/cinemas/2/screens/7', { name => 'Cellar' });
    is $answer->status, 201, 'one is made where the path says';
    is $answer->header('Location'), '/cinemas/2/screens/7', 'and has a place';
    problem_ok $staff->post('/cinemas/9/screens/1', {}), 404,
        'but in no cinema that is not there';
    problem_ok $staff->post('/screenings', { filmId => 1, cinemaId => 2,
        screenNumber => 2, startsAt => '2100-01-01T20:00:00Z',
        price => 1 }), 422, 'nothing is shown on a screen that is not there',
        'cinemaId reference';
    $site->pg->claim(qr/^ERROR 23503 /);
};

subtest 'a list of films' => sub {
    reads('/films?limit=1', '[{"id":5,"title":"Eleven Small Moons",'
        . '"releasedOn":"2019-08-30","minutes":126,"rated":"16",'
        . '"countryCode":"JP","directorId":4,"writerId":7,'
        . '"sequelOfId":null,"director":{"id":4,"name":"Shun Aoyama"}}]',
        'with directors');
};

subtest 'what is not released' => sub {
    problem_ok $site->get('/films/6'), 404, 'nobody sees it';
    problem_ok $ada->get('/films/6'), 404, 'nor a member';
    is $staff->get('/films/6')->json->{title}, 'The Ferry at Night',
        'but staff';
    problem_ok $site->get("/films/6/$_"), 404, "nor its $_"
        for qw(roles reviews roles/6);
    problem_ok $site->get('/screenings/4'), 404, 'nor when it is shown';
    is ids($site->get('/screenings')), '1,2,3', 'in no list';
    is ids($staff->get('/screenings')), '1,2,3,4', 'but that of staff';
    problem_ok $ada->post('/films/6/reviews', { stars => 5 }), 404,
        'nor does anybody review it';
};

subtest 'films are written by staff' => sub {
    my %film = (title => 'New Tides', minutes => 90, countryCode => 'DK',
        directorId => 3, releasedOn => '2020-01-31');
    problem_ok $ada->post('/films', \%film), 403, 'not by members';
    my $answer = $staff->post('/films', \%film);
    is $answer->status, 201, 'but by them';
    is $answer->header('Location'), '/films/101', 'a new one has a place';
    body_is $answer, '{"id":101,"title":"New Tides",'
        . '"releasedOn":"2020-01-31","minutes":90,"rated":"all",'
        . '"countryCode":"DK","directorId":3,"writerId":null,'
        . '"sequelOfId":null,"director":{"id":3,"name":"Mette Krogh"},'
        . '"writer":null,"country":{"code":"DK","name":"Denmark"},'
        . '"genres":[],"rating":null}', 'the answer is the film';
    problem_ok $staff->patch('/films/101', { rated => '13' }), 422,
        'no label of the enum', 'rated one_of';
    problem_ok $staff->patch('/films/101', { minutes => 2000 }), 422,
        'a CHECK', 'minutes check';
    is $staff->put('/films/101', { %film, title => 'Newer' })
        ->json->{title}, 'Newer', 'replaced';
    $answer = $staff->post('/films/101/roles/7', { character => 'Anna' });
    is $answer->status, 201, 'a role has its key in the path';
    is $answer->header('Location'), '/films/101/roles/7', 'and its place';
    body_is $answer, '{"filmId":101,"personId":7,"character":"Anna",'
        . '"billing":99,"person":{"id":7,"name":"Yui Hoshino"},'
        . '"film":{"id":101,"title":"Newer"}}', 'with both ends';
    is $staff->patch('/films/101/roles/7', { billing => 1 })
        ->json->{billing}, 1, 'it is changed there';
    problem_ok $staff->post('/films/101/roles/7', { character => 'B' }), 409,
        'another of the same person';
    problem_ok $staff->post('/films/101/roles/999', { character => 'B' }),
        404, 'one of nobody';
    is $staff->delete('/films/101/roles/7')->status, 204, 'it goes';
    is $staff->delete('/films/101')->status, 204, 'as does the film';
    problem_ok $staff->delete('/films/1'), 409, 'but not one with a sequel';
    $site->pg->claim(qr/^ERROR (?:23514|23505|23503) /);
};

subtest 'reviews are their members\'' => sub {
    my $answer = $ada->post('/films/4/reviews', { stars => 5,
        text => 'A year well spent.', memberId => 1 });
    is $answer->status, 201, 'a member writes one';
    is $answer->json->{memberId}, $ada->id, 'as who asks';
    my $path = $answer->header('Location');
    problem_ok $ada->post('/films/4/reviews', { stars => 1 }), 409,
        'a second one';
    problem_ok $staff->patch($path, { stars => 1 }), 403,
        'even staff does not change it';
    problem_ok $ada->patch($path, { stars => 6 }), 422, 'too many stars',
        'stars range';
    is $ada->patch($path, { stars => 4 })->json->{stars}, 4, 'who wrote may';
    is $ada->delete($path)->status, 204, 'and remove it';
};

subtest 'members' => sub {
    reads('/members/1', '{"id":1,"name":"Ola","login":null}');
    my $answer = $ada->patch('/members/me', { address => { street => 'Skolegade 3', city => 'Aarhus',
            countryCode => 'DK' } });
    is $answer->status, 200, 'an address is written';
    my $json = $answer->json;
    is_deeply { %{ $json->{address} }, id => 0 }, { id => 0,
        street => 'Skolegade 3', city => 'Aarhus',
        country => { code => 'DK', name => 'Denmark' } },
        'the address, and its country';
    my $me = '/members/' . $ada->id;
    problem_ok $ada->patch('/members/me', { address => {
        countryCode => 'XX' } }), 422, 'a country that is not there',
        'address.countryCode reference';
    is $ada->patch('/members/me', { address => undef })
        ->raw('address'), 'null', 'it goes';
    is $site->sql('SELECT count(*) FROM addresses'), 0, 'for good';
    $site->pg->claim(qr/^ERROR 23503 /);
};

subtest 'bookings' => sub {
    my $answer = $ada->post('/screenings/3/bookings', { seats => 2 });
    is $answer->status, 201, 'one is made';
    my $path = $answer->header('Location');
    like $path, qr{^/bookings/[0-9a-f]{8}-[0-9a-f-]{27}$}, 'under a uuid';
    is $answer->json->{screening}{film}{title}, 'Salt and Oranges',
        'of a screening of a film';
    problem_ok member('Eve', 'member')->get($path), 404,
        'for others it is not there';
    is $staff->get($path)->json->{seats}, 2, 'but for staff';
    is scalar @{ $ada->get('/members/me/bookings')->json }, 1, 'mine';
    problem_ok $ada->post('/screenings/4/bookings', {}), 404,
        'none of what is not seen';
    is $ada->delete($path)->status, 204, 'it goes';
};

done;
