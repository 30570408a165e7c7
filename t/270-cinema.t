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

sub lists
{
    my ($path, $expected, $name, $who) = @_;
    is ids(($who // $site)->get($path)), $expected, $name // $path;
}

subtest 'the files have no mistakes' => sub {
    my ($status, $out, $err) = $site->byline('check');
    is $status, 0, 'check finds none' or diag $out, $err;
    is_deeply [ "$out$err" =~ /warning: \[route (\w+)\] sortable: (\S+) may/g ],
        [ people => 'country.name', people => 'mentor.name',
            screenings => 'film.title' ], 'and warns of three orders';
    is scalar(() = "$out$err" =~ /warning/g), 3, 'of nothing else';
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
    reads('/films/4?with=writer,rating&fields=id', '{"id":4,'
        . '"writer":{"id":3,"name":"Mette Krogh"},"rating":null}',
        'a view may have no row');
    reads('/films/1?with=roles,roles.person&fields=title', '{"title":'
        . '"The Last Ferry","roles":[{"character":"The ferryman",'
        . '"person":{"id":6,"name":"Jan Pawlak"}},{"character":"Agata",'
        . '"person":{"id":5,"name":"Lidia Sarti"}}]}',
        'what joins it to people, with columns of its own');
    reads('/films/1?with=actors&fields=title', '{"title":"The Last Ferry",'
        . '"actors":[{"id":6,"name":"Jan Pawlak"},'
        . '{"id":5,"name":"Lidia Sarti"}]}', 'or the people alone');
    reads('/films/1?with=reviews,reviews.member,reviews.count&fields=id',
        '{"id":1,"reviews":[{"id":2,"stars":4,"text":null,'
        . '"member":{"id":2,"name":"Niels"}},{"id":1,"stars":5,'
        . '"text":"I have seen it nine times.",'
        . '"member":{"id":1,"name":"Ola"}}],"reviewsCount":2}',
        'reviews with members, and their number');
    reads('/films/5?with=stars&fields=id', '{"id":5,"stars":['
        . '{"stars":5,"reviews":2},{"stars":3,"reviews":1}]}',
        'rows of a view without a key');
    reads('/films/5?with=screenings,screenings.screen,'
        . 'screenings.screen.cinema&fields=id,screenings.price,'
        . 'screenings.screen.name', '{"id":5,"screenings":[{"price":24.00,'
        . '"screen":{"name":"Great hall","cinema":{"id":1,"name":"Muza",'
        . '"city":"Poznań"}}},{"price":90.00,"screen":{"name":"Balcony",'
        . '"cinema":{"id":2,"name":"Grand","city":"Aarhus"}}}]}',
        'joined by two columns, and from there by one');
};

subtest 'a table that points to itself' => sub {
    reads('/films/3?with=sequelOf,sequels&fields=id', '{"id":3,"sequelOf":'
        . '{"id":1,"title":"The Last Ferry"},"sequels":[]}', 'a film');
    reads('/films/1?with=sequelOf,sequels&fields=id', '{"id":1,'
        . '"sequelOf":null,"sequels":[{"id":3,"title":"The Ferry Returns"}]}',
        'from the other end');
    reads('/people/3?with=mentor,students&fields=name', '{"name":'
        . '"Mette Krogh","mentor":{"id":1,"name":"Irena Wolska"},'
        . '"students":[{"id":4,"name":"Shun Aoyama"}]}', 'people');
};

subtest 'people' => sub {
    reads('/people/1?with=directed,directed.count,written&fields=id',
        '{"id":1,"directed":[{"id":3,"title":"The Ferry Returns",'
        . '"releasedOn":"2004-05-20"},{"id":1,"title":"The Last Ferry",'
        . '"releasedOn":"1987-03-12"}],"directedCount":2,'
        . '"written":[{"id":1,"title":"The Last Ferry"}]}',
        'two relations to the same table');
    reads('/people/6?with=roles,roles.film&fields=name', '{"name":'
        . '"Jan Pawlak","roles":[{"character":"The ferryman","film":'
        . '{"id":1,"title":"The Last Ferry"}},{"character":"The ferryman",'
        . '"film":{"id":3,"title":"The Ferry Returns"}},{"character":'
        . '"The astronomer","film":{"id":5,"title":"Eleven Small Moons"}}]}',
        'and by way of a third');
    lists('/people?name[contains]=SAR', '5', 'a part of a name');
    lists('/people?name[starts]=I', '1', 'or its start');
    lists('/people?mentorId[null]=true', '1,6,5,7', 'without a mentor');
    lists('/people?students.name=Shun+Aoyama', '3', 'by a student');
    lists('/people?directed.id=5', '4', 'by a film');
    lists('/people?bornIn[gte]=1951&bornIn[lte]=1977&sort=-bornIn', '5,3,2',
        'by year');
    lists('/people?sort=-bornIn&limit=3', '7,6,4', 'what is not known first');
    lists('/people?sort=country.name,bornIn', '3,2,5,4,7,1,6',
        'by the name of a country');
};

subtest 'keys that are texts' => sub {
    reads('/countries/PL', '{"code":"PL","name":"Poland"}');
    problem_ok $site->get('/countries/pl'), 404, 'as they are written';
    reads('/countries/PL?with=films,people&fields=code', '{"code":"PL",'
        . '"films":[{"id":3,"title":"The Ferry Returns"},'
        . '{"id":1,"title":"The Last Ferry"}],"people":['
        . '{"id":1,"name":"Irena Wolska"},{"id":6,"name":"Jan Pawlak"}]}',
        'with what points to them');
    reads('/countries?with=films.count&fields=code', '[{"code":"DK",'
        . '"filmsCount":1},{"code":"IT","filmsCount":1},{"code":"JP",'
        . '"filmsCount":1},{"code":"PL","filmsCount":2}]', 'counted');
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
    reads('/cinemas/2/screens/1?with=seats.count,screenings,screenings.film'
        . '&fields=number,screenings.id', '{"number":1,"seatsCount":12,'
        . '"screenings":[{"id":2,'
        . '"film":{"id":5,"title":"Eleven Small Moons"}}]}',
        'what points to both columns');
    is join(' ', map { "$_->{rowLetter}$_->{place}" }
        @{ $site->get('/cinemas/2/screens/1?with=seats')->json->{seats} }),
        'A1 A2 A3 A4 B1 B2 B3 B4 C1 C2 C3 C4', 'each seat in its order';
    reads('/cinemas?with=screens&fields=name,screens.number', '[{"name":'
        . '"Grand","screens":[{"number":1}]},{"name":"Muza","screens":'
        . '[{"number":1},{"number":2}]}]', 'from the other end');
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
    reads('/films?with=rating,genres,roles.count,reviews.count,praise.count'
        . '&fields=id&sort=id&limit=2', '[{"id":1,"genres":[{"id":4,'
        . '"name":"Drama"}],"rating":{"filmId":1,"average":4.5},'
        . '"rolesCount":2,"reviewsCount":2,"praiseCount":1},{"id":2,'
        . '"genres":[{"id":1,"name":"Comedy"},{"id":4,"name":"Drama"}],'
        . '"rating":{"filmId":2,"average":4.0},"rolesCount":2,'
        . '"reviewsCount":1,"praiseCount":0}]', 'with all kinds of things');
    lists('/films?rated=12', '3,1', 'an enum');
    lists('/films?rated[in]=all,16', '5,4', 'several of its labels');
    problem_ok $site->get('/films?rated=13'), 400, 'no label of it',
        'rated one_of';
    lists('/films?releasedOn[gte]=1999-10-01&releasedOn[lt]=2011-02-17',
        '3,2', 'between two days');
    lists('/films?genres.id=4&sort=id', '1,2,3,5', 'of a genre');
    lists('/films?genres.id[in]=1,2&sort=id', '2,3', 'of one of two');
    lists('/films?genres.id=4&genres.name=Drama&sort=id', '1,2,3,5',
        'conditions on one row');
    lists('/films?genres.id=4&genres.name=Crime', '',
        'which must hold for the same');
    lists('/films?roles.personId=6&sort=id', '1,3,5', 'who plays in it');
    lists('/films?country.name=Poland&sort=id', '1,3', 'where it is from');
    lists('/films?director.country.code[ne]=PL&sort=id', '2,4,5',
        'where its director is not from');
    lists('/films?sequelOfId[null]=false', '3', 'sequels');
    lists('/films?sort=director.name,-title', '2,1,3,4,5', 'by director');
    lists('/films?q=ferry', '1,3', 'by a word of the title');
    lists('/films?q=ferry+-last', '3', 'and not another');
    lists('/films?q=the+ferry&sort=-title', '1,3', 'that a language drops');
};

subtest 'page by page' => sub {
    for my $sort ('title', '-minutes', 'director.name,-releasedOn',
        '-releasedOn') {
        my $whole = ids($site->get("/films?sort=$sort"));
        my ($path, @seen) = ("/films?sort=$sort&limit=2&count=exact");
        while ($path && @seen < 9) {
            my $answer = $site->get($path);
            is $answer->header('X-Total-Count'), 5, "$path: of five";
            push @seen, ids($answer);
            ($path) = ($answer->header('Link') // '')
                =~ /<([^>]+)>; rel="next"/;
        }
        is join(',', @seen), $whole, "$sort: each row once";
    }
};

subtest 'what is not released' => sub {
    problem_ok $site->get('/films/6'), 404, 'nobody sees it';
    problem_ok $ada->get('/films/6'), 404, 'nor a member';
    is $staff->get('/films/6')->json->{title}, 'The Ferry at Night',
        'but staff';
    reads('/films/3?with=sequels&fields=id', '{"id":3,"sequels":[{"id":6,'
        . '"title":"The Ferry at Night"}]}', 'as a sequel', $staff);
    lists('/films?q=night', '6', 'in a search', $staff);
    lists('/films?q=night', '', 'where others find nothing');
    problem_ok $site->get("/films/6/$_"), 404, "nor its $_"
        for qw(roles reviews roles/6);
    problem_ok $site->get('/screenings/4'), 404, 'nor when it is shown';
    is ids($site->get('/screenings')), '1,2,3', 'in no list';
    is ids($staff->get('/screenings')), '1,2,3,4', 'but that of staff';
    problem_ok $ada->post('/films/6/reviews', { stars => 5 }), 404,
        'nor does anybody review it';
    problem_ok $ada->patch('/members/me', { watchlistIds => [ 1, 6 ] }), 422,
        'or wait for it', 'watchlistIds reference';
    is $site->get('/people/1?with=written')->raw('written'),
        '[{"id":1,"title":"The Last Ferry"}]', 'nor below a person';
    is $site->get('/countries/PL?with=films')->json->{films}[0]{id}, 3,
        'or a country';
};

subtest 'films are written by staff' => sub {
    my %film = (title => 'New Tides', minutes => 90, countryCode => 'DK',
        directorId => 3, releasedOn => '2020-01-31', genreIds => [ 3, 4 ]);
    problem_ok $ada->post('/films', \%film), 403, 'not by members';
    my $answer = $staff->post('/films', \%film);
    is $answer->status, 201, 'but by them';
    is $answer->header('Location'), '/films/101', 'a new one has a place';
    body_is $answer, '{"id":101,"title":"New Tides",'
        . '"releasedOn":"2020-01-31","minutes":90,"rated":"all",'
        . '"countryCode":"DK","directorId":3,"writerId":null,'
        . '"sequelOfId":null,"director":{"id":3,"name":"Mette Krogh"},'
        . '"writer":null,"country":{"code":"DK","name":"Denmark"},'
        . '"genres":[{"id":3,"name":"Documentary"},{"id":4,"name":"Drama"}],'
        . '"rating":null}', 'the answer is the film, genres included';
    is_deeply $staff->patch('/films/101', { genreIds => [ 2 ] })
        ->json->{genres}, [ { id => 2, name => 'Crime' } ], 'other genres';
    is_deeply $staff->patch('/films/101', { minutes => 91 })
        ->json->{genres}, [ { id => 2, name => 'Crime' } ], 'the same';
    problem_ok $staff->patch('/films/101', { genreIds => [ 2, 77 ],
        minutes => 1 }), 422, 'one that is not there', 'genreIds reference';
    is $site->get('/films/101')->json->{minutes}, 91, 'undoes all';
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
    reads('/films/4?with=rating&fields=id', '{"id":4,"rating":{"filmId":4,'
        . '"average":5.0}}', 'the view knows it');
    problem_ok $ada->post('/films/4/reviews', { stars => 1 }), 409,
        'a second one';
    problem_ok $staff->patch($path, { stars => 1 }), 403,
        'even staff does not change it';
    problem_ok $ada->patch($path, { stars => 6 }), 422, 'too many stars',
        'stars range';
    is $ada->patch($path, { stars => 4 })->json->{stars}, 4, 'who wrote may';
    lists('/films/4/reviews?stars[gte]=4', $path =~ s{.*/}{}r, 'a filter');
    is $ada->delete($path)->status, 204, 'and remove it';
};

subtest 'members' => sub {
    reads('/members/1', '{"id":1,"name":"Ola","login":null}');
    reads('/members/1?with=reviews,reviews.film&fields=name',
        '{"name":"Ola",'
        . '"reviews":[{"id":4,"stars":3,"film":{"id":5,'
        . '"title":"Eleven Small Moons"}},{"id":1,"stars":5,"film":{"id":1,'
        . '"title":"The Last Ferry"}}]}', 'with reviews');
    my $answer = $ada->patch('/members/me', { watchlistIds => [ 5, 2 ],
        address => { street => 'Skolegade 3', city => 'Aarhus',
            countryCode => 'DK' } });
    is $answer->status, 200, 'an address and a list are written at once';
    my $json = $answer->json;
    is_deeply $json->{watchlist}, [ { id => 5, title =>
        'Eleven Small Moons' }, { id => 2, title => 'Salt and Oranges' } ],
        'the list';
    is_deeply { %{ $json->{address} }, id => 0 }, { id => 0,
        street => 'Skolegade 3', city => 'Aarhus',
        country => { code => 'DK', name => 'Denmark' } },
        'the address, and its country';
    my $me = '/members/' . $ada->id;
    is $site->get("$me?with=address")->json->{address}{street}, undef,
        'which is the member\'s alone';
    is $ada->get("$me?with=address")->json->{address}{street}, 'Skolegade 3',
        'who sees it there, too';
    problem_ok $ada->patch('/members/me', { address => {
        countryCode => 'XX' } }), 422, 'a country that is not there',
        'address.countryCode reference';
    is $ada->patch('/members/me', { address => undef, watchlistIds => [] })
        ->raw('address'), 'null', 'both go';
    is $site->sql('SELECT count(*) FROM addresses'), 0, 'for good';
    $site->pg->claim(qr/^ERROR 23503 /);
};

# Whoever makes an account is shown it by the pool of accounts, which has to
# have the rights to what is embedded there.
subtest 'a pool shows what it wrote as another one would' => sub {
    my $routes = slurp(srcdir() . '/conf/examples/cinema/routes.ini');
    $routes =~ s/^also\.2\s*= (reviews\(.*\)),.*$/with = $1/m or die;
    my $other = site(conf => 'examples/cinema', postgres => $site->pg,
        database => 'other', routes => $routes, health => 0);
    is $other->request('POST', '/authentication/sign-up', json => {
        name => 'Ib', login => 'ib@example.org', secret => 'Ib has one' })
        ->raw('reviews'), '[]', 'with what is embedded';
    $other->stop;
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
    is $ada->get('/screenings/3?with=bookings.count')
        ->json->{bookingsCount}, 1, 'the member counts one';
    is $site->get('/screenings/3?with=bookings.count')
        ->json->{bookingsCount}, 0, 'others none';
    is scalar @{ $ada->get('/members/me/bookings')->json }, 1, 'mine';
    problem_ok $ada->post('/screenings/4/bookings', {}), 404,
        'none of what is not seen';
    is $ada->delete($path)->status, 204, 'it goes';
};

done;
