# Pages of other origins cannot write with our cookie.
use Byline::Test;

my $site = site(ini => { cors => {
    allow_origins => 'https://App.Example.org:443, http://OTHER.example:80, '
        . 'https://dev.example.org:8443' } });
my $own = $site->public_url;
my $anna = $site->sign_up(email => 'anna@example.org', name => 'Anna',
    password => 'a long secret');
my $cookie = 'Authentication=' . $anna->token;
my $foreign = 'https://evil.example.org';

# Straight to the pool, with these headers: the status.
sub status
{
    my ($method, $path, %o) = @_;
    my @lines = map { defined $o{$_->[0]} ? "$_->[1]: $o{$_->[0]}" : () }
        [ 'origin', 'Origin' ], [ 'site', 'Sec-Fetch-Site' ],
        [ 'host', 'Host' ];
    my $answer = $site->direct($path, method => $method,
        headers => [ @lines, @{ $o{headers} // [] } ],
        $o{cookie} // 1 ? (cookie => $cookie) : (),
        $o{bearer} ? (bearer => $anna->token) : (),
        pool => $o{pool} // 'main',
        $method =~ /^P/ ? (json => $o{json} // { title => 'x' }) : ());
    return $answer->status;
}

sub posts { return status('POST', '/articles', @_) }

my @refused = (
    [ 'a foreign one', origin => $foreign ],
    [ 'a foreign one with our name in it', origin => "$own.evil.example" ],
    [ 'a foreign one that ends in ours', origin => "https://x$own" ],
    [ 'ours without the port', origin => $own =~ s/:\d+$//r ],
    [ 'ours with another port', origin => "${own}0" ],
    [ 'ours over http', origin => $own =~ s/^https/http/r ],
    [ 'ours with a path', origin => "$own/" ],
    [ 'two of them', origin => "$own $foreign" ],
    [ 'null', origin => 'null' ],
    [ 'the Host', origin => $foreign, host => 'evil.example.org' ],
    [ 'an allowed one over http', origin => 'http://app.example.org' ],
    [ 'part of an allowed one', origin => 'https://example.org' ],
    [ 'an allowed one without its port',
        origin => 'https://dev.example.org' ],
    [ 'cross-site', site => 'cross-site' ],
    [ 'same-site', site => 'same-site' ],
    [ 'an unknown site', site => 'x' ],
    [ 'same-origin in capitals', site => 'Same-Origin' ],
    [ 'a foreign one, cross-site', origin => $foreign,
        site => 'cross-site' ],
    [ 'a foreign one, same-site', origin => $foreign, site => 'same-site' ],
    [ 'null, cross-site', origin => 'null', site => 'cross-site' ],
    [ 'null, no site', origin => 'null', site => '' ],
    [ 'a foreign one besides Bearer', origin => $foreign, bearer => 1 ],
);
my @passed = (
    [ 'our own', origin => $own ],
    [ 'an allowed one', origin => 'https://app.example.org' ],
    [ 'another one', origin => 'http://other.example' ],
    [ 'one with a port', origin => 'https://dev.example.org:8443' ],
    [ 'same-origin', site => 'same-origin' ],
    [ 'typed by hand', site => 'none' ],
    [ 'neither header' ],
    [ 'our own, same-site', origin => $own, site => 'same-site' ],
    [ 'an allowed one, cross-site', origin => 'https://app.example.org',
        site => 'cross-site' ],
    [ 'null, same-origin', origin => 'null', site => 'same-origin' ],
    [ 'a foreign one with Bearer and no cookie', origin => $foreign,
        cookie => 0, bearer => 1 ],
    [ 'null with Bearer', origin => 'null', cookie => 0, bearer => 1 ],
    [ 'a foreign one with Bearer and another cookie', origin => $foreign,
        cookie => 0, bearer => 1,
        headers => [ 'Cookie: other=1; xAuthentication=2' ] ],
);

subtest 'who may not' => sub {
    my $before = $site->pg->sql('SELECT count(*) FROM articles');
    for my $case (@refused) {
        my ($name, %o) = @$case;
        my $status;
        my @sent = $site->statements_of(sub { $status = posts(%o) });
        is $status, 403, $name;
        is_deeply \@sent, [], 'the database is not asked';
    }
    is $site->pg->sql('SELECT count(*) FROM articles'), $before,
        'nothing was written';
};

subtest 'who may' => sub {
    for my $case (@passed) {
        my ($name, %o) = @$case;
        is posts(%o), 201, $name;
    }
};

subtest 'through nginx' => sub {
    my @answers = map {
        scalar $site->request('POST', '/articles', cookie => $cookie,
            json => { title => 'x' }, @$_)
    } [ origin => $own ], [ origin => $foreign ], [ origin => 'null' ],
        [ headers => [ 'Sec-Fetch-Site: cross-site' ] ],
        [ headers => [ 'Host: evil.example.org' ], origin => $foreign ];
    is $answers[0]->status, 201, 'our own';
    problem_ok $answers[$_], 403, "refusal $_" for 1 .. 4;
};

subtest 'what needs no token' => sub {
    is status('POST', '/authentication/log-out', origin => $foreign), 403,
        'logging somebody out';
    is status('POST', '/authentication/log-out', origin => $own), 200,
        'from here';
    is status('POST', '/authentication/log-out', origin => $foreign,
        cookie => 0), 200, 'nobody';
    for my $path (qw(log-in sign-up)) {
        is status('POST', "/authentication/$path", origin => $foreign,
            pool => 'accounts'), 403, "$path with a cookie";
        is status('POST', "/authentication/$path", origin => $foreign,
            pool => 'accounts', cookie => 0), 422, "$path without one";
    }
    my $answer = $site->direct('/authentication/log-out', method => 'POST',
        cookie => $cookie, origin => $foreign);
    is_deeply [ $answer->headers('Set-Cookie') ], [],
        'a refusal takes no cookie';
};

subtest 'every way to write' => sub {
    my $id = $anna->post('/articles', { title => 'mine' })->json->{id};
    for my $case ([ 'PUT', "/articles/$id" ], [ 'PATCH', "/articles/$id" ],
        [ 'DELETE', "/articles/$id" ], [ 'PATCH', '/users/me' ],
        [ 'DELETE', '/users/' . $anna->id ],
        [ 'PUT', '/authentication/password', pool => 'accounts' ]) {
        my ($method, $path, @o) = @$case;
        for my $origin ($foreign, 'null') {
            is status($method, $path, origin => $origin, @o), 403,
                "$method $path from $origin";
        }
    }
    is $anna->get("/articles/$id")->json->{title}, 'mine',
        'all is as it was';
    is $anna->get('/users/me')->json->{name}, 'Anna', 'all of it';
    is status('PATCH', "/articles/$id", origin => $own), 200, 'from here';
    is status('DELETE', "/articles/$id", origin => $own), 204, 'gone';
};

subtest 'who only reads' => sub {
    for my $case ([ 'GET', '/articles' ], [ 'HEAD', '/articles' ],
        [ 'GET', '/authentication' ], [ 'GET', '/users/me' ]) {
        is status(@$case, @$_), 200, "@$case from wherever"
            for [ origin => $foreign ], [ origin => 'null' ],
                [ site => 'cross-site' ];
    }
    is status('OPTIONS', '/articles', origin => $foreign), 204, 'OPTIONS';
};

subtest 'an expired cookie is a cookie' => sub {
    my $answer = $site->direct('/articles', method => 'POST',
        cookie => 'Authentication=x', origin => $foreign,
        json => { title => 'x' });
    problem_ok $answer, 403, 'where it comes from is asked first';
};

# As people write it.
subtest 'public_url with capitals and its own port' => sub {
    $site->stop_pool;
    spew($site->config, slurp($site->config)
        =~ s{^(public_url = ).*}{$1"HTTPS://WWW.Example.ORG:443"}mr);
    $site->start_pool;
    is posts(origin => 'https://www.example.org'), 201, 'is what it means';
    is posts(origin => $_), 403, "and not $_" for $own,
        'https://www.example.org:443', 'http://www.example.org';
};

done;
