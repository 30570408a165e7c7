# The articles that ship, with all that hangs from them: categories, comments,
# drafts, lists below and beside them, and the search.
use utf8;
use Byline::Test;

my $site = site(sql => <<'SQL');
INSERT INTO addresses (id, street, city, country) VALUES
    (1, 'Secret Street 1', 'Oslo', 'Norway'),
    (2, 'Secret Street 2', 'Lisbon', 'Portugal');
ALTER SEQUENCE addresses_id_seq RESTART 10;
SQL

sub account
{
    my ($name, $role) = @_;
    my $account = $site->sign_up(email => lc($name) . '@example.org',
        name => $name, password => "$name has one");
    $site->sql("UPDATE users SET role = '$role' WHERE id = " . $account->id);
    return $account;
}

my $anna = account('Anna', 'user');
my $bert = account('Bert', 'user');
my $admin = account('Zoe', 'admin');
$site->sql('UPDATE users SET address_id = id WHERE id < 3');

# Rows under known ids, which the API does not let anybody choose.
$site->sql(<<'SQL');
INSERT INTO articles (id, title, content, author_id, published_at, created_at,
    updated_at)
SELECT id, title, content, author_id, published_at, t, t
FROM (VALUES
    (1, 'Maps of walls', 'About paper.', 1, '2024-01-01+00'::timestamptz),
    (2, 'Walls', 'A wall is a map, said the mapmaker.', 1, '2024-01-02+00'),
    (3, 'Bread', NULL, 2, '2024-01-03+00'),
    (4, 'A draft on maps', 'Not done.', 1, NULL),
    (5, 'In a hundred years', 'Maps again.', 2, '2124-01-01+00'))
    AS new (id, title, content, author_id, published_at),
    LATERAL (SELECT '2024-02-01+00'::timestamptz + id * interval '1 day')
    AS time (t);
ALTER SEQUENCE articles_id_seq RESTART 100;
INSERT INTO comments (id, content, article_id, author_id, created_at) VALUES
    (1, 'first', 1, 2, '2024-03-01+00'), (2, 'second', 1, 1, '2024-03-02+00'),
    (3, 'on a draft', 4, 3, '2024-03-03+00');
ALTER SEQUENCE comments_id_seq RESTART 100;
SQL

# The ids of a list; of what is none, its status.
sub ids
{
    my ($answer) = @_;
    return $answer->status if $answer->status != 200;
    return join ',', map { $_->{id} } @{ $answer->json };
}

sub seen_by
{
    my ($path, @expected) = @_;
    my @who = ([ nobody => $site ], [ anna => $anna ], [ bert => $bert ],
        [ admin => $admin ]);
    is_deeply { map { $_->[0] => ids($_->[1]->get($path)) } @who },
        { map { $who[$_][0] => $expected[$_] } 0 .. 3 }, $path;
}

sub body_is
{
    my ($answer, $expected, $name) = @_;
    utf8::encode($expected);
    is $answer->body, $expected, $name;
}

subtest 'check' => sub {
    my ($status, $out, $err) = $site->byline('check');
    is $status, 0, 'finds no mistake' or diag $out, $err;
    is_deeply [ "$out$err" =~ /warning: (.*?) has no index/g ],
        [ map { "[route articles] sortable: $_" } 'title', 'author.name' ],
        'and warns of two orders';
    is scalar(() = "$out$err" =~ /warning/g), 2, 'of nothing else';
};

subtest 'categories are made by admins' => sub {
    problem_ok $site->request('POST', '/categories', json => { name => 'x' }),
        401, 'not by nobody';
    problem_ok $anna->post('/categories', { name => 'x' }), 403,
        'not by anybody';
    my $answer = $admin->post('/categories', { name => 'Walls' });
    is $answer->status, 201, 'but by them';
    body_is $answer, '{"id":1,"name":"Walls"}', 'the answer is the category';
    is $answer->header('Location'), '/categories/1', 'and its place';
    is $admin->post('/categories', { name => $_ })->status, 201, $_
        for 'Food', 'Ünder';
    problem_ok $admin->post('/categories', { name => 'Food' }), 409,
        'a name that is taken', 'name unique';
    $site->pg->claim(qr/^ERROR 23505 /);
    problem_ok $admin->post('/categories', { name => $_->[0] }), 422,
        $_->[1], "name $_->[2]"
        for [ '', 'no name', 'min_length' ],
        [ 'x' x 101, 'a long one', 'max_length' ];
    body_is $site->get('/categories'), '[{"id":2,"name":"Food"},'
        . '{"id":1,"name":"Walls"},{"id":3,"name":"Ünder"}]',
        'the list is by name';
    is ids($site->get('/categories?sort=-id')), '3,2,1', 'or otherwise';
    is $admin->patch('/categories/3', { name => 'Other' })->json->{name},
        'Other', 'a new name';
    problem_ok $anna->delete('/categories/3'), 403, 'are not removed by all';
};

subtest 'articles are put into categories' => sub {
    my $path = '/articles/1?fields=categories.name';
    is $anna->patch('/articles/1', { categoryIds => [ 1, 2 ] })->status, 200,
        'by their author';
    body_is $site->get($path),
        '{"categories":[{"name":"Food"},{"name":"Walls"}]}',
        'and are shown with them, by name';
    $anna->patch('/articles/1', { title => 'Maps of walls' });
    is scalar @{ $site->get($path)->json->{categories} }, 2,
        'what is not in a body stays';
    $anna->patch('/articles/1', { categoryIds => [ 3, 1, 3 ] });
    body_is $site->get($path),
        '{"categories":[{"name":"Other"},{"name":"Walls"}]}',
        'what is in it is all there is';
    $anna->patch('/articles/1', { categoryIds => [] });
    body_is $site->get($path), '{"categories":[]}', 'nothing clears';
    problem_ok $anna->patch('/articles/1', { categoryIds => [ 1, 99 ] }), 422,
        'one that is not there', 'categoryIds reference';
    problem_ok $bert->patch('/articles/1', { categoryIds => [ 1 ] }), 403,
        'by another';
    body_is $site->get($path), '{"categories":[]}', 'nothing was done';
    $anna->patch('/articles/1', { categoryIds => [ 1, 3 ] });
    $anna->patch('/articles/2', { categoryIds => [ 1 ] });
    $anna->patch('/articles/4', { categoryIds => [ 1 ] });
    my $answer = $bert->post('/articles', { title => 'New',
        categoryIds => [ 2 ] });
    is $answer->status, 201, 'a new one has some at once';
    my $id = $answer->json->{id};
    is $site->sql("SELECT category_id FROM articles_categories
        WHERE article_id = $id"), 2, 'that are stored';
    is $bert->put("/articles/$id", { title => 'New' })->status, 200,
        'PUT without them';
    is $site->sql("SELECT count(*) FROM articles_categories
        WHERE article_id = $id"), 0, 'takes them away';
    is $bert->delete("/articles/$id")->status, 204, 'and it can go';
};

subtest 'a category shows its articles' => sub {
    body_is $site->get('/categories/1?with=articles,articles.count'
        . '&fields=name,articles.id'), '{"name":"Walls","articles":'
        . '[{"id":2},{"id":1}],"articlesCount":2}', 'those that are seen';
    is $anna->get('/categories/1?with=articles.count')->json->{articlesCount},
        3, 'with drafts for their author';
    is $site->get('/categories/1')->body, '{"id":1,"name":"Walls"}',
        'when it is asked for them';
    is ids($site->get('/articles?categories.id=1')), '2,1', 'as a filter does';
    is ids($anna->get('/articles?categories.id=1')), '4,2,1', 'for each';
    is ids($site->get('/articles?categories.id[in]=2,3')), '1', 'of several';
    is $admin->delete('/categories/3')->status, 204, 'one can go';
    body_is $site->get('/articles/1?fields=categories.name'),
        '{"categories":[{"name":"Walls"}]}', 'the articles stay';
};

subtest 'an article has the categories that its author says' => sub {
    my $shown = sub {
        return $site->get('/articles/2?fields=categories.id')->body;
    };
    is $anna->patch('/articles/2', { categoryIds => [ 2, 1 ] }, sets => 1)
        ->status, 200, 'of a body';
    is $shown->(), '{"categories":[{"id":2},{"id":1}]}', 'those and no other';
    problem_ok $anna->patch('/articles/2',
        { categoryIds => [ 1, 3 ] }), 422, 'which must be there',
        'categoryIds reference';
    problem_ok $bert->patch('/articles/2', { categoryIds => [] }), 403,
        'which nobody else says';
    is $anna->patch('/articles/2', { categoryIds => [ 1 ] }, sets => 1)
        ->status, 200, 'one less';
    is $shown->(), '{"categories":[{"id":1}]}', 'is gone';
    my $answer = $anna->post('/articles', { title => 'Both', content => 'x',
        categoryIds => [ 2, 1 ] }, sets => 1);
    is $answer->status, 201, 'of a new one as well';
    is $anna->delete('/articles/' . $answer->json->{id})->status, 204,
        'which goes with them';
};

subtest 'comments' => sub {
    body_is $site->get('/articles/1/comments'),
        '[{"id":1,"content":"first","articleId":1,"authorId":2,'
        . '"createdAt":"2024-03-01T00:00:00+00:00",'
        . '"author":{"id":2,"name":"Bert"}},'
        . '{"id":2,"content":"second","articleId":1,"authorId":1,'
        . '"createdAt":"2024-03-02T00:00:00+00:00",'
        . '"author":{"id":1,"name":"Anna"}}]', 'are listed in their order';
    my $answer = $bert->post('/articles/2/comments', { content => 'well',
        articleId => 1, authorId => 1 });
    is $answer->status, 201, 'are written by whoever is logged in';
    my $json = $answer->json;
    is_deeply [ @$json{qw(content articleId authorId)} ], [ 'well', 2, 2 ],
        'on the article of the path, as who asks';
    is $answer->header('Location'), "/comments/$json->{id}", 'with a place';
    my $path = "/comments/$json->{id}";
    problem_ok $site->request('POST', '/articles/2/comments',
        json => { content => 'x' }), 401, 'not by nobody';
    problem_ok $bert->post('/articles/99/comments', { content => 'x' }), 404,
        'nor on what is not there';
    problem_ok $bert->post('/articles/2/comments', { content => '' }), 422,
        'nor without a word', 'content min_length';
    problem_ok $bert->post('/articles/2/comments', {
        content => 'x' x 5001 }), 422, 'nor with too many',
        'content max_length';
    problem_ok $anna->patch($path, { content => 'y' }), 403,
        'the author of the article changes none of another';
    problem_ok $anna->delete($path), 403, 'nor removes it';
    is $bert->patch($path, { content => 'better' })->json->{content},
        'better', 'who wrote it does';
    is $admin->patch($path, { content => 'by an admin' })->status, 200,
        'an admin too';
    is $bert->delete($path)->status, 204, 'and it goes';
    problem_ok $site->get($path), 404, 'for good';
};

subtest 'comments with their article' => sub {
    body_is $site->get('/articles/1?with=comments.count&fields=id'),
        '{"id":1,"commentsCount":2}', 'counted';
    body_is $site->get('/articles/1?fields=comments.content'
        . ',comments.author.name'), '{"comments":[{"content":"second",'
        . '"author":{"name":"Anna"}},{"content":"first",'
        . '"author":{"name":"Bert"}}]}',
        'in one answer with who wrote them, the newest first';
    body_is $site->get('/articles?with=comments.count&sort=id&fields=id'),
        '[{"id":1,"commentsCount":2},{"id":2,"commentsCount":0},'
        . '{"id":3,"commentsCount":0}]', 'in a list';
    $site->sql("INSERT INTO comments (content, article_id, author_id)
        SELECT n, 3, 1 FROM generate_series(1, 12) n");
    my $answer = $site->get(
        '/articles/3?with=comments,comments.count&fields=comments.content');
    my $json = $answer->json;
    is_deeply [ map { $_->{content} } @{ $json->{comments} // [] } ],
        [ reverse 3 .. 12 ], 'the last ten';
    is $answer->raw('commentsMore'), 'true', 'say that there are more';
    is $json->{commentsCount}, 12, 'and how many';
    $site->sql('DELETE FROM comments WHERE article_id = 3');
};

subtest 'drafts are seen by their author and by admins' => sub {
    seen_by('/articles?sort=id', '1,2,3', '1,2,3,4', '1,2,3,5', '1,2,3,4,5');
    seen_by('/users/1/articles', '2,1', '4,2,1', '2,1', '4,2,1');
    seen_by('/articles?q=maps&sort=id', '1,2', '1,2,4', '1,2,5', '1,2,4,5');
    seen_by('/articles?categories.id=1&sort=id', '1,2', '1,2,4', '1,2',
        '1,2,4');
    is_deeply [ map { $_->get('/articles/4')->status } $site, $anna, $bert,
        $admin ], [ 404, 200, 404, 200 ], 'by their id too';
    is_deeply [ map { $_->get('/articles/4/comments')->status } $site, $anna,
        $bert, $admin ], [ 404, 200, 404, 200 ], 'with a list of comments';
    is_deeply [ map { $_->get('/comments/3')->status } $site, $anna, $bert,
        $admin ], [ 404, 200, 404, 200 ], 'and each comment';
    is_deeply [ map { $_->get('/articles?count=exact&limit=1')
        ->header('X-Total-Count') } $site, $anna, $bert, $admin ],
        [ 3, 4, 4, 5 ], 'and in numbers';
    problem_ok $bert->patch('/articles/4', { title => 'x' }), 404,
        'who does not see it does not change it';
    problem_ok $bert->delete('/articles/4'), 404, 'nor remove it';
    problem_ok $bert->post('/articles/4/comments', { content => 'x' }), 404,
        'nor comment on it';
    is $admin->delete('/comments/3')->status, 204, 'who does may';
};

subtest 'from draft to article' => sub {
    my $answer = $anna->post('/articles', { title => 'Later',
        publishedAt => undef });
    is $answer->status, 201, 'a draft is made';
    is $answer->raw('publishedAt'), 'null', 'which is not published';
    my $path = $answer->header('Location');
    problem_ok $site->get($path), 404, 'nobody sees it';
    is $anna->patch($path, { publishedAt => '2024-05-05T12:00:00+02:00' })
        ->json->{publishedAt}, '2024-05-05T10:00:00+00:00', 'until it is';
    is $site->get($path)->status, 200, 'then all do';
    is $anna->patch($path, { publishedAt => undef })->status, 200,
        'it is taken back';
    problem_ok $site->get($path), 404, 'and gone for others';
    is $anna->delete($path)->status, 204, 'and then for all';
    $answer = $anna->post('/articles', { title => 'Now' });
    isnt $answer->raw('publishedAt'), 'null', 'who says nothing publishes';
    $anna->delete($answer->header('Location'));
};

subtest 'my articles' => sub {
    problem_ok $site->get('/users/me/articles'), 401, 'are nobody\'s';
    is ids($anna->get('/users/me/articles')), '4,2,1', 'all of them';
    is ids($anna->get('/users/me/articles?publishedAt[null]=true')), '4',
        'the drafts';
    is ids($anna->get('/users/me/articles?publishedAt[null]=false')), '2,1',
        'the others';
    is ids($anna->get('/users/me/articles?publishedAt[gte]='
        . '2024-01-02T00:00:00%2B00:00')), '2', 'or since';
    is ids($bert->get('/users/me/articles?publishedAt[gte]=2100-01-01')), 5,
        'or what is to come';
};

subtest 'a user with articles' => sub {
    body_is $site->get('/users/1?with=articles&fields=name,articles.id'),
        '{"name":"Anna","articles":[{"id":2},{"id":1}]}', 'that are seen';
    body_is $anna->get('/users/1?with=articles&fields=name,articles.id'),
        '{"name":"Anna","articles":[{"id":4},{"id":2},{"id":1}]}',
        'by who asks';
    body_is $site->get('/users/1?with=articles.count&fields=id'),
        '{"id":1,"articlesCount":2}', 'or counted';
    my @keys = $site->get('/users/1?with=address,articles')->keys;
    is_deeply [ @keys[ -2, -1 ] ], [ 'address', 'articles' ],
        'behind the address';
    $site->sql("INSERT INTO articles (title, author_id, published_at)
        SELECT 'T', 3, '2024-01-01+00' FROM generate_series(1, 11)");
    my $answer = $site->get('/users/3?with=articles');
    is scalar @{ $answer->json->{articles} }, 10, 'ten at most';
    is $answer->raw('articlesMore'), 'true', 'of more';
    $site->sql('DELETE FROM articles WHERE author_id = 3');
};

subtest 'search' => sub {
    is ids($site->get('/articles?q=map')), '1,2',
        'a title weighs more than a content, and endings do not matter';
    is ids($site->get('/articles?q=%22mapmaker%22')), '2', 'a word alone';
    is ids($site->get('/articles?q=maps+-paper')), '2', 'without another';
    is ids($site->get('/articles?q=bread+or+walls&sort=title')), '3,1,2',
        'in another order';
    is ids($site->get('/articles?q=maps&authorId=2')), '', 'with a filter';
    is $site->get('/articles?q=the')->body, '[]', 'words that say nothing';
    problem_ok $site->get('/articles?q='), 400, 'no word', 'q min_length';
    problem_ok $site->get('/users/1/articles?q=maps'), 400,
        'where there is no search', 'q unknown_parameter';
};

subtest 'filters, orders and pages' => sub {
    is ids($site->get('/articles?authorId=1')), '2,1', 'an author';
    is ids($site->get('/articles?authorId[in]=2,9')), '3', 'or several';
    is ids($site->get('/articles?title[contains]=WALL')), '2,1',
        'a part of the title';
    is ids($site->get('/articles?createdAt[gte]=2024-02-03T00:00:00Z'
        . '&createdAt[lt]=2024-02-04T00:00:00Z')), '2', 'a day';
    is ids($site->get('/articles?author.address.country=Norway')), '2,1',
        'where an author lives';
    is ids($site->get('/articles?sort=author.name,-title')), '2,1,3',
        'by the author';
    problem_ok $site->get('/articles?content=x'), 400, 'what is not listed',
        'content unknown_parameter';
    problem_ok $site->get('/articles?title=x'), 400, 'another operator',
        'title unknown_operator';
    my @seen;
    my $path = '/articles?sort=title&limit=1&fields=id';
    while ($path && @seen < 9) {
        my $answer = $site->get($path);
        push @seen, ids($answer);
        ($path) = ($answer->header('Link') // '') =~ /<([^>]+)>; rel="next"/;
    }
    is "@seen", '3 1 2', 'page by page';
};

done;
