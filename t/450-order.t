# Of all that is wrong with a request the first thing is told, in the order of
# the design; what can be told without the database costs no statement.
use Byline::Test;

my $site = site();
my %person = (name => 'Somebody', password => 'a long secret');
my $anna = $site->sign_up(%person, email => 'anna@example.org');
my $bert = $site->sign_up(%person, email => 'bert@example.org');
my $gone = $site->sign_up(%person, email => 'gone@example.org');
my $mine = $anna->post('/articles', { title => 'mine' })->json->{id};
my $own = $site->public_url;
$site->pg->sql('DELETE FROM users WHERE id = ' . $gone->id);

# The mistakes in their order. Each changes a request that is right; one that
# cannot be made together with an earlier one leaves that alone.
my @mistakes = (
    [ 404, 'no route', sub { $_[0]{path} = '/nothing' } ],
    [ 405, 'no method', sub { $_[0]{method} = 'FOO' } ],
    [ 413, 'too large', sub { $_[0]{body} = '{' . ' ' x 1_048_576 } ],
    [ 415, 'no JSON', sub { $_[0]{type} = 'text/plain' } ],
    [ 403, 'a foreign origin', sub { $_[0]{origin} = 'https://evil.org' } ],
    [ 401, 'no token', sub { $_[0]{token} = 'x' } ],
    [ 400, 'a parameter', sub { $_[0]{query} = '?x=1' } ],
    [ 400, 'a body', sub { $_[0]{body} //= '{' } ],
    [ 422, 'a rule', sub { $_[0]{body} //= '{"title":1,"email":1,'
        . '"password":1,"currentPassword":1,"name":1}' } ],
);

# The statements that a request cost, and its status.
sub sends
{
    my (%o) = @_;
    my $status;
    my @sent = $site->statements_of(sub {
        my $answer = $site->direct($o{path} . ($o{query} // ''),
            pool => $o{pool} // 'main', method => $o{method},
            cookie => 'Authentication=' . ($o{token} // $anna->token),
            origin => $o{origin} // $own,
            defined $o{body} ? (body => $o{body}, headers => [
                'Content-Type: ' . ($o{type} // 'application/json') ]) : ());
        $status = $answer->status;
    });
    return ($status, scalar @sent);
}

my %right = (
    'POST /articles' => { body => '{"title":"x"}' },
    "PATCH /articles/$mine" => { body => '{"title":"x"}' },
    "PUT /articles/$mine" => { body => '{"title":"x"}' },
    'PATCH /users/me' => { body => '{"name":"x"}' },
    'POST /authentication/sign-up' => { pool => 'accounts',
        body => '{"email":"new@example.org","name":"x",'
            . '"password":"a long secret"}' },
    'POST /authentication/log-in' => { pool => 'accounts',
        body => '{"email":"anna@example.org","password":"a long secret"}' },
    'PUT /authentication/password' => { pool => 'accounts',
        body => '{"currentPassword":"a long secret",'
            . '"password":"a long secret"}' },
);

for my $name (sort keys %right) {
    my ($method, $path) = split / /, $name;
    my $is_public = $path =~ /sign-up|log-in/;
    my @list = grep { !$is_public || $_->[0] != 401 } @mistakes;
    subtest $name => sub {
        for my $i (0 .. $#list) {
            for my $k ($i .. $#list) {
                my %request = (method => $method, path => $path,
                    %{ $right{$name} });
                my $body = delete $request{body};
                $list[$_][2]->(\%request) for $i, $k;
                $request{body} //= $body;
                # No pool has a route that is not there, and no mistake of a
                # body is left when there is another.
                my ($status, $sent) = sends(%request);
                is $status, $list[$i][0],
                    "$list[$i][1]" . ($i == $k ? '' : " before $list[$k][1]");
                is $sent, 0, 'by no statement';
            }
        }
        my ($status) = sends(method => $method, path => $path,
            %{ $right{$name} });
        ok $status >= 200 && $status < 300, 'what is right passes';
        $anna = $site->log_in('anna@example.org', 'a long secret');
    };
}

# What the statement tells: who is gone, the row that is not there, another's,
# what constraints refuse.
subtest 'and then the statement' => sub {
    my %token = (gone => $gone->token, other => $bert->token,
        mine => $anna->token);
    my $missing = '/articles/999999';
    my $theirs = "/articles/$mine";
    my @cases = (
        [ 401, 'gone', 'PATCH', $missing, { title => 'x' } ],
        [ 401, 'gone', 'PATCH', $theirs, { title => 'x' } ],
        [ 401, 'gone', 'PUT', $theirs, { title => 'x' } ],
        [ 401, 'gone', 'POST', '/articles', { title => 'x' } ],
        [ 401, 'gone', 'DELETE', $missing ],
        [ 401, 'gone', 'DELETE', '/users/' . $anna->id ],
        [ 401, 'gone', 'PATCH', '/users/me', { name => 'x' } ],
        [ 401, 'gone', 'GET', '/users/me' ],
        [ 401, 'gone', 'GET', '/users/me/articles' ],
        [ 404, 'other', 'PATCH', $missing, { title => 'x' } ],
        [ 404, 'other', 'PUT', $missing, { title => 'x' } ],
        [ 404, 'other', 'DELETE', $missing ],
        [ 403, 'other', 'PATCH', $theirs, { title => 'x' } ],
        [ 403, 'other', 'PATCH', $theirs, {} ],
        [ 403, 'other', 'PUT', $theirs, { title => 'x' } ],
        [ 403, 'other', 'DELETE', $theirs ],
        [ 403, 'other', 'DELETE', '/users/' . $anna->id ],
        [ 409, 'mine', 'DELETE', '/users/' . $anna->id ],
        # Rules come before all of that.
        [ 422, 'gone', 'PATCH', $missing, { title => '' } ],
        [ 422, 'gone', 'POST', '/articles', {} ],
        [ 422, 'other', 'PATCH', $theirs, { title => undef } ],
        [ 422, 'other', 'PUT', $missing, {} ],
        [ 400, 'gone', 'PATCH', '/articles/x', { title => '' } ],
        [ 400, 'other', 'DELETE', '/articles/1x' ],
        [ 400, 'gone', 'GET', '/users/me?x=1' ],
    );
    for my $case (@cases) {
        my ($status, $who, $method, $path, $json) = @$case;
        my ($answer, $count);
        my @sent = $site->statements_of(sub {
            $answer = $site->direct($path, method => $method,
                bearer => $token{$who}, $json ? (json => $json) : ());
        });
        problem_ok $answer, $status, "$who: $method $path";
        is scalar(@sent) > 0, $status != 400 && $status != 422,
            $status == 400 || $status == 422 ? 'no statement' : 'asked';
    }
    $site->pg->claim(qr/23503 .* "articles_author_id_fkey"/);
    is $anna->get("/articles/$mine")->status, 200, 'all is still there';
};

# A key that no row can have is a row that is not there: not more, not less.
subtest 'keys beyond their type' => sub {
    my $beyond = '9' x 30;
    my @cases = (
        [ 404, 'GET', "/articles/$beyond" ],
        [ 404, 'PATCH', "/articles/$beyond", { title => 'x' } ],
        [ 404, 'PUT', "/articles/$beyond", { title => 'x' } ],
        [ 404, 'DELETE', "/articles/$beyond" ],
        [ 422, 'PATCH', "/articles/$beyond", { title => '' } ],
        [ 422, 'PUT', "/articles/$beyond", {} ],
    );
    for my $case (@cases) {
        my ($status, $method, $path, $json) = @$case;
        problem_ok $site->direct($path, method => $method,
            bearer => $anna->token, $json ? (json => $json) : ()), $status,
            "$method $path";
    }
};

subtest 'reads' => sub {
    my %o = (cookie => 'Authentication=' . $anna->token);
    my @cases = (
        [ 404, '/nothing?%zz', bearer => 'x' ],
        [ 401, '/articles?%zz', bearer => 'x' ],
        [ 401, '/articles/x', bearer => 'x' ],
        [ 401, '/users/me?x=1', cookie => 'Authentication=x' ],
        [ 401, '/users/me' ],
        [ 400, '/articles?%zz', %o ],
        [ 400, '/articles?x=1', bearer => $gone->token ],
        [ 400, '/articles/x', bearer => $gone->token ],
        [ 400, '/users/x/articles?limit=x' ],
        [ 400, '/users/x/articles', bearer => $gone->token ],
    );
    for my $case (@cases) {
        my ($status, $path, @o) = @$case;
        my $answer;
        my @sent = $site->statements_of(sub {
            $answer = $site->direct($path, @o);
        });
        problem_ok $answer, $status, $path;
        is_deeply \@sent, [], 'no statement';
    }
    problem_ok $site->direct('/articles/999999', bearer => $gone->token),
        401, 'somebody who is gone, before what is not there';
    problem_ok $site->direct('/users/999999/articles',
        bearer => $gone->token), 401, 'and before a parent that is not';
    problem_ok $site->direct('/users/999999/articles',
        bearer => $anna->token), 404, 'a parent that is not there';
};

done;
