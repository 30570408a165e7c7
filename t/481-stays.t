# What a client of the NestJS API relies on, and finds under the configuration
# that ships: paths, fields, success. 480 has the one for clients that cannot
# be changed, and 482 what differs on purpose.
use utf8;
use Byline::Test;

my $site = site();
my %anna = (email => 'anna@example.org', name => 'Anna',
    password => 'anna has one', phoneNumber => '+48123456789', address =>
        { street => 'Floriańska 7', city => 'Kraków', country => 'Poland' });

# The named keys are there, one after the other.
sub in_order
{
    my ($answer, $at, $wanted, $name) = @_;
    my %is_wanted = map { $_ => 1 } split /,/, $wanted;
    is join(',', grep { $is_wanted{$_} } $answer->keys($at)), $wanted, $name;
}

my $address = 'id,street,city,country';
my ($anna, $bert);

subtest 'POST /authentication/sign-up' => sub {
    my $answer = $site->request('POST', '/authentication/sign-up',
        json => \%anna);
    is $answer->status, 201, 'is 201';
    in_order($answer, '', 'id,email,name,addressId', 'keys');
    is $answer->json->{email}, $anna{email}, 'what the account may see';
    $answer = $site->request('POST', '/authentication/sign-up', json => {
        email => 'bert@example.org', name => 'Bert',
        password => 'bert has one', zzz => [ {} ] });
    is $answer->raw('addressId'), 'null', 'an address need not be';
    is $site->request('POST', '/authentication/sign-up', json => { %anna,
        email => 'c@example.org', address => { city => 'x' } })->status, 422,
        'half an address is none';
    is $site->sql('SELECT count(*) FROM users').$site->sql('SELECT count(*)
        FROM addresses'), '21', 'both are stored or neither';
};

subtest 'POST /authentication/log-in' => sub {
    my $answer = $site->request('POST', '/authentication/log-in', json => {
        email => $anna{email}, password => $anna{password}, zzz => 1 });
    is $answer->status, 200, 'is 200';
    in_order($answer, '', 'id,email,name,addressId,address', 'keys');
    in_order($answer, 'address', $address, 'of the address');
    like $answer->header('Set-Cookie'),
        qr/^Authentication=[\w.-]+; HttpOnly; Path=\/; Max-Age=\d+/, 'cookie';
    my ($header, $claims) = read_token($answer->cookie('Authentication'));
    is $header->{alg}, 'HS256', 'HS256';
    is join(',', sort keys %$claims), 'exp,iat,userId', 'claims';
    $anna = $site->log_in(@anna{qw(email password)});
    $bert = $site->log_in('bert@example.org', 'bert has one');
    is $bert->get('/authentication')->raw('address'), 'null', 'no address';
};

subtest 'GET /authentication' => sub {
    my $answer = $anna->get('/authentication');
    is $answer->status, 200, 'is 200';
    is $answer->body, $site->request('POST', '/authentication/log-in',
        json => { %anna{qw(email password)} })->body, 'as the log-in';
};

my $id;

subtest 'POST /articles' => sub {
    my $answer = $anna->post('/articles', { title => ' First ',
        authorId => $bert->id, id => 99, author => { id => 1 }, zzz => 1 });
    is $answer->status, 201, 'is 201';
    in_order($answer, '', 'id,title,content,authorId', 'keys');
    $id = $answer->json->{id};
    is $answer->json->{authorId}, $anna->id, 'the author is who asks';
    is $answer->json->{title}, ' First ', 'nothing is trimmed';
    is $answer->raw('content'), 'null', 'content absent is null';
    is $answer->body, $anna->get("/articles/$id")->body,
        'as GET /articles/:id';
    is $anna->post('/articles', { title => 'Second', content => undef })
        ->raw('content'), 'null', 'content null is null';
    is $anna->post('/articles', json => \'{"title":"a","title":"b"}')
        ->json->{title}, 'b', 'of two keys the last wins';
    is $anna->delete($anna->post('/articles', { title => 'x' }, args =>
        [ '-H', 'Transfer-Encoding: chunked' ])->header('Location'))->status,
        204, 'a body need not say its length';
};

subtest 'GET /articles' => sub {
    my $answer = $site->get('/articles');
    is $answer->status, 200, 'is 200';
    is scalar @{ $answer->json }, 3, 'a list of all';
    in_order($answer, '0', 'id,title,content,authorId', 'keys');
    is $site->get('/articles/')->body, $answer->body, 'a slash at the end';
};

subtest 'GET /articles/:id' => sub {
    my $answer = $site->get("/articles/$id");
    is $answer->status, 200, 'is 200';
    in_order($answer, '', 'id,title,content,authorId,author', 'keys');
    in_order($answer, 'author', 'id,email,name,addressId,address', 'author');
    in_order($answer, 'author.address', $address, 'address');
    is $site->get("/articles/$_")->body, $answer->body, "as $_"
        for "000$id", "$id/", sprintf '%%%x', ord $id;
};

subtest 'ids' => sub {
    for my $method (qw(GET PATCH DELETE)) {
        my %o = ($anna->identity, $method eq 'PATCH' ? (json => {}) : ());
        is $site->direct("/articles/$_->[0]", method => $method, %o)->status,
            $_->[1], "$method $_->[0]" for map({ [ $_ => 400 ] }
            'abc', '1abc', '1.5', '0x1', '1e0', '+1', ' 1', "1\n"),
            map { [ $_ => 404 ] } qw(0 -1 999999);
    }
};

subtest 'PATCH /articles/:id' => sub {
    my $answer = $anna->patch("/articles/$id", { content => 'c', zzz => 1 });
    is $answer->status, 200, 'is 200';
    is $answer->json->{title} . $answer->json->{content}, ' First c',
        'what is not there stays';
    is $answer->body, $anna->get("/articles/$id")->body, 'the article';
    is $anna->patch("/articles/$id", { content => undef })->raw('content'),
        'null', 'null clears the content';
    is $anna->patch("/articles/$id", { title => undef })->status, 422,
        'null is no title';
};

subtest 'DELETE /articles/:id' => sub {
    is $anna->delete("/articles/$id")->status, 204, 'it goes';
    is $anna->delete("/articles/$id")->status, 404, 'once';
};

subtest 'foreign keys' => sub {
    my $answer = $anna->delete('/users/' . $anna->id);
    is $answer->status, 409, 'an author with articles stays';
    $site->sql("UPDATE users SET role = 'admin' WHERE id = " . $bert->id);
    my $article = $anna->post('/articles', { title => 'x' })->json->{id};
    for my $wrong ([ 'POST', '/articles' ], [ 'PATCH', "/articles/$article" ],
        [ 'PUT', "/articles/$article" ]) {
        my $refused = $bert->request(@$wrong, json => { title => 'x',
            authorId => 999_999 });
        problem_ok($refused, 422, "$wrong->[0], of an author who is not there",
            'authorId reference');
    }
    is $bert->patch("/articles/$article", { authorId => $bert->id })
        ->json->{authorId}, $bert->id, 'an admin gives it to another author';
    $site->sql('UPDATE articles SET author_id = ' . $bert->id);
    is $anna->delete('/users/' . $anna->id)->status, 204,
        'without articles an author can go';
    $site->pg->claim(qr/^ERROR 23503 /);
};

subtest 'POST /authentication/log-out' => sub {
    my $answer = $bert->post('/authentication/log-out');
    is $answer->status, 200, 'is 200';
    is $answer->body, '', 'empty';
    like $answer->header('Set-Cookie'),
        qr/^Authentication=; HttpOnly; Path=\/; Max-Age=0/, 'the cookie goes';
};

# Made by the bcrypt of Node.js, and with the secret, as the predecessor would.
subtest 'hashes and tokens made there' => sub {
    $site->sql("INSERT INTO users (email, name, password)
        VALUES ('old\@example.org', 'Old',
        '\$2b\$10\$cW5PZoJMliZBWkNbHsdkQuRcXSZaHiq0xJo.M9kvI1D7/kBS16YOW')");
    my $old = $site->log_in('old@example.org', 'strongPassword');
    ok $old->id, 'a hash verifies';
    is $site->get('/authentication', cookie => 'Authentication='
        . $site->forge({ userId => $old->id }))->json->{name}, 'Old',
        'a token is accepted';
};

# 121-shipped-migrations.t has what they make of old rows, in their order.

done;
