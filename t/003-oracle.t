# The judge of 280 is judged: cases small enough to be answered by hand.
use utf8;
use Byline::Test;
use Byline::Test::Oracle;
use Byline::Test::Schema qw(schema_sql schema_resources schema_routes);

sub columns
{
    return map { my ($name, $type) = split /:/;
        { name => $name, type => $type, null => 1 } } @_;
}

my $published = { sql => "made_at <= now() OR author_id = :viewer",
    is => sub { ($_[0]{made_at} // '~') lt '2900' || ($_[0]{author_id} // 0)
        == ($_[1]{id} // -1) } };
my $short = { sql => 'id < 13', is => sub { $_[0]{id} < 13 } };

my $schema = {
    enums => { mood => [ 'zest', 'awe' ] },
    resources => [
        { name => 'users', table => 'users', key => ['id'], owner => 'id',
            columns => [ columns('id:integer', 'name:text'),
                { name => 'email', type => 'text', private => 1 } ],
            relations => [ { name => 'articles', kind => 'many',
                to => 'articles', via => ['author_id'], key => ['id'],
                order => ['-id'], limit => 1 } ] },
        { name => 'articles', table => 'articles', key => ['id'],
            where => $published,
            columns => [ columns('id:integer', 'title:text',
                'author_id:integer', 'made_at:timestamptz', 'mood:mood',
                'price:numeric') ],
            relations => [
                { name => 'author', kind => 'one', to => 'users',
                    via => ['author_id'], key => ['id'] },
                { name => 'comments', kind => 'many', to => 'comments',
                    via => ['article_id'], key => ['id'],
                    where => $short },
                { name => 'tags', kind => 'through', to => 'tags',
                    table => 'links', ours => ['article_id'],
                    theirs => ['tag'], key => ['id'],
                    other_key => ['code'], order => ['-code'] } ] },
        { name => 'comments', table => 'comments', key => ['id'],
            within => 'article',
            columns => [ columns('id:integer', 'article_id:integer',
                'text:text', 'author_id:integer') ],
            relations => [
                { name => 'article', kind => 'one', to => 'articles',
                    via => ['article_id'], key => ['id'] },
                { name => 'author', kind => 'one', to => 'users',
                    via => ['author_id'], key => ['id'] } ] },
        { name => 'tags', table => 'tags', key => ['code'],
            columns => [ columns('code:text') ], relations => [] },
    ],
    through => [ { table => 'links', key => [ 'article_id', 'tag' ],
        columns => [ columns('article_id:integer', 'tag:text') ] } ],
};

my $dump = <<'ROWS';
users {"id":1,"name":"Ada","email":"a@x"}
users {"id":2,"name":"bo","email":"b@x"}
articles {"id":1,"title":"100% \"ä\"","author_id":1,"made_at":"2024-01-01T00:00:00.5+00:00","mood":"awe","price":1.50}
articles {"id":2,"title":"Ä","author_id":2,"made_at":"2024-01-01T00:00:00.45+00:00","mood":"zest","price":1.5}
articles {"id":3,"title":null,"author_id":null,"made_at":"2024-01-01T00:00:00+00:00","mood":null,"price":null}
articles {"id":4,"title":"later","author_id":2,"made_at":"2999-01-01T00:00:00+00:00","mood":"awe","price":10}
comments {"id":10,"article_id":1,"text":"x","author_id":1}
comments {"id":11,"article_id":1,"text":"y","author_id":2}
comments {"id":13,"article_id":1,"text":"z","author_id":2}
comments {"id":12,"article_id":4,"text":"x","author_id":1}
tags {"code":"a"}
tags {"code":"b"}
links {"article_id":1,"tag":"a"}
links {"article_id":1,"tag":"b"}
ROWS

utf8::encode($dump);

my $tree = { columns => [ 'id', 'author_id' ], embeds => [
    { relation => 'author', default => 1, columns => [ 'id', 'name', 'email' ],
        embeds => [ { relation => 'articles', default => 0,
            columns => ['id'], embeds => [] } ] },
    { relation => 'comments', default => 0, count => 1 },
    { relation => 'comments', default => 0, columns => [ 'id', 'text' ],
        embeds => [] },
    { relation => 'tags', default => 0, columns => ['code'],
        embeds => [] } ] };
my %list = (handler => 'list', resource => 'articles', parameters => [],
    path => '/articles', name => 'articles', limit => 3, limit_max => 9,
    tree => $tree, filterable => [], sortable => []);
my %item = (%list, handler => 'item', parameters => ['id'],
    path => '/articles/:id', name => 'article');
my %below = (%list, parameters => ['article_id'], resource => 'comments',
    path => '/articles/:article_id/comments', name => 'comments',
    tree => { columns => ['id'], embeds => [] });

my $oracle = Byline::Test::Oracle->new($schema, sub { $dump });

sub item_is
{
    my ($expected, $name, %o) = @_;
    is $oracle->answer({ route => \%item, viewer => {}, path => { id => 1 },
        %o })->{body} // 404, $expected, $name;
}

sub ids_are
{
    my ($expected, $name, %o) = @_;
    my $answer = $oracle->answer({ route => \%list, viewer => {},
        limit => 9, %o });
    is join(',', map { $answer->{row}->($_) =~ /"id":(\d+)/ }
        $answer->{from} .. $answer->{to} - 1), $expected, $name;
}

item_is '{"id":1,"authorId":1,"author":{"id":1,"name":"Ada","email":null}}',
    'as the route has it';
item_is '{"id":1,"authorId":1,"author":{"id":1,"name":"Ada","email":"a@x"}}',
    'what is private, to its owner', viewer => { id => 1, role => 'user' };
item_is '{"id":1,"authorId":1}', 'without embeds', with => [];
item_is '{"id":1,"authorId":1,"commentsCount":2,"comments":['
    . '{"id":10,"text":"x"},{"id":11,"text":"y"}],'
    . '"tags":[{"code":"b"},{"code":"a"}]}', 'to-many, by the order',
    with => [ 'tags', 'comments', 'comments.count' ];
item_is '{"id":1,"authorId":1,"commentsCount":2}', 'a count alone',
    with => ['comments.count'];
item_is '{"id":3,"authorId":null,"author":null}', 'nobody at the other end',
    path => { id => 3 };
item_is 404, 'what is not published', path => { id => 4 };
item_is '{"id":4,"authorId":2,"author":{"id":2,"name":"bo","email":"b@x",'
    . '"articles":[{"id":4}],"articlesMore":true}}', 'by its author',
    path => { id => 4 }, viewer => { id => 2, role => 'user' },
    with => ['author.articles'];
item_is '{"id":2,"authorId":2,"author":{"id":2,"name":"bo","email":null,'
    . '"articles":[{"id":2}]}}', 'not a count of what is unseen',
    path => { id => 2 }, with => ['author.articles'];
item_is '{"id":1,"author":{"name":"Ada"}}', 'columns that are named',
    fields => [ 'author.name', 'id' ];
item_is '{"author":{"articles":[{"id":1}]}}', 'nothing on the way',
    fields => ['author.articles.id'];
item_is '{"tags":[{"code":"b"},{"code":"a"}]}', 'a relation as a field',
    fields => ['tags'];
item_is '{"commentsCount":2}', 'a count as a field',
    fields => ['comments.count'];
item_is '{"id":1,"author":{"id":1,"name":"Ada","email":null}}',
    'with and fields', with => ['author'], fields => ['id'];
item_is '{"id":1,"author":{"name":"Ada"},"tags":[{"code":"b"},{"code":"a"}]}',
    'what either names', with => [ 'author', 'tags' ],
    fields => [ 'author.name', 'id' ];

item_is '{"id":1,"authorId":1,"author":{"name":"Ada"}}',
    'with names the root, too', with => ['author'],
    fields => ['author.name'];

ids_are '1,2,3', 'what is published';
ids_are '1,2,3,4', 'and one\'s own', viewer => { id => 2, role => 'user' };
ids_are '2,3', 'a page', limit => 2, offset => 1;
my @cases = (
    [ '1', 'title', 'contains', '0% "Ä' ], [ '2', 'title', 'starts', 'Ä' ],
    [ '', 'title', 'starts', '%' ], [ '2,3', 'title', 'ne', '100% "ä"' ],
    [ '3', 'title', 'null', 'true' ], [ '1,2', 'title', 'null', 'false' ],
    [ '1', 'title', 'in', [ 'x', '100% "ä"' ] ],
    [ '2,3', 'title', 'nin', [ 'x', '100% "ä"' ] ],
    [ '1,2', 'price', 'eq', '1.500' ], [ '1,2', 'price', 'lt', '10' ],
    [ '1', 'made_at', 'gt', '2024-01-01T00:00:00.45+00:00' ],
    [ '1', 'mood', 'gt', 'zest' ],
    [ '1', 'author.name', 'eq', 'Ada' ], [ '2,3', 'author.name', 'ne', 'Ada' ],
    [ '3', 'author.id', 'null', 'true' ],
    [ '1', 'comments.author.name', 'eq', 'bo' ],
    [ '', 'comments.id', 'gt', '11' ], [ '1', 'comments.id', 'ne', '10' ],
    [ '1', 'tags.code', 'eq', 'a' ],
);
ids_are $_->[0], "$_->[1] $_->[2]", filters => [ [ @$_[ 1 .. 3 ] ] ]
    for @cases;
ids_are '1', 'two conditions, of one row', filters => [
    [ 'comments.text', 'eq', 'x' ], [ 'comments.author.name', 'eq', 'Ada' ] ];
ids_are '', 'not of two', filters => [ [ 'comments.text', 'eq', 'x' ],
    [ 'comments.author.name', 'eq', 'bo' ] ];
ids_are '1', 'another relation is another row', filters => [
    [ 'comments.text', 'eq', 'x' ], [ 'tags.code', 'eq', 'b' ] ];

ids_are '1,2,3', 'NULL comes last', sort => [ 'price', 'id' ];
ids_are '3,2,1', 'or first', sort => [ '-price', '-id' ];
ids_are '3,1,2', 'ties by the key', sort => ['-price'];
ids_are '2,1,3', 'labels by their declaration', sort => ['mood'];
ids_are '1,2,3', 'text by code points', sort => ['title'];
ids_are '1,2,3', 'behind a to-one', sort => ['author.name'];
ids_are '3,2,1', 'that may be missing', sort => ['-author.name'];
ids_are '3,2,1', 'parts of a second', sort => ['made_at'];
ids_are '3,2,1', 'the order of the route',
    route => { %list, sort => ['-author_id'] };

is $oracle->answer({ route => \%below, viewer => {},
    path => { article_id => 1 } })->{count}, 3, 'below a parent';
is $oracle->answer({ route => \%below, viewer => {},
    path => { article_id => 2 } })->{count}, 0, 'that has none';
is $oracle->answer({ route => \%below, viewer => {},
    path => { article_id => $_ } })->{status}, 404, "not below $_" for 4, 9;

my @order = sort { $oracle->compare('bigint', $a, $b) }
    map { $oracle->comparable('bigint', $_) } qw(9223372036854775807 0
    -9223372036854775808 9007199254740993 9007199254740992);
is "@order", '-9223372036854775808 0 9007199254740992 9007199254740993'
    . ' 9223372036854775807', 'whole numbers are not rounded';

like schema_resources($schema), qr/^through = links\(article_id, tag\)$/m,
    'the structure in INI';
like schema_sql($schema), qr/^CREATE TABLE "links" \(/m, 'and in SQL';
$schema->{routes} = [ \%item ];
like schema_routes($schema), qr/^with = author\nalso = author.articles, /m,
    'with its routes';

done;
