# explain prints what is sent: both statements of a route that may or may not
# know who asks, and all those of a write.
use utf8;
use Byline::Test;

my $site = site(sql => <<'SQL');
INSERT INTO users (id, email, name, password, role) VALUES
    (1, 'anna@example.org', 'Anna', '*', 'user'),
    (2, 'bert@example.org', 'Bert', '*', 'user');
INSERT INTO articles (id, title, content, author_id)
    VALUES (1, 'Title', 'Text', 1);
ALTER TABLE articles ALTER id RESTART WITH 100;
ALTER TABLE users ALTER id RESTART WITH 100;
SQL
my @anna = (bearer => $site->forge({ userId => 1 }));

# The statements of a route, one a line, without the headings, and without
# those of a request with an Idempotency-Key.
sub explained
{
    my ($route) = @_;
    my ($text) = split /^-- with an Idempotency-Key/m,
        $site->must('explain', $route);
    return grep { !/^--/ } split /\n/, $text;
}

# That these requests, together, send what explain says of their route.
sub sends
{
    my ($route, $count, @requests) = @_;
    my @statuses;
    my @sent = $site->statements_of(sub {
        @statuses = map { $site->request(@$_)->status } @requests;
    });
    is_deeply [ grep { $_ >= 300 } @statuses ], [], "$route: answered";
    my @explained = explained($route);
    is scalar @explained, $count, "$route: so many statements are printed";
    is_deeply [ @explained ], [ map { $_->{text} } @sent ],
        "$route: which are those that are sent";
}

subtest 'reads' => sub {
    my $both = sub { return ([ GET => $_[0] ], [ GET => $_[0], @anna ]) };
    sends('article', 2, $both->('/articles/1'));
    sends('articles', 2, $both->('/articles'));
    sends('user', 2, $both->('/users/1'));
    sends('user-articles', 2, $both->('/users/1/articles'));
    sends('my-account', 1, [ GET => '/users/me', @anna ]);
    like $site->must('explain', 'article'),
        qr/^-- for nobody\n.*\n-- for who is logged in\n/s,
        'it says which one is whose';
    my ($nobody, $somebody) = explained('article');
    unlike $nobody, qr/email/, 'nobody is not given what is private';
    like $somebody, qr/email/, 'who is logged in may be';
};

subtest 'writes' => sub {
    my @json = (json => { title => 'x', categoryIds => [] }, sets => 1);
    my %address = (street => 'S', city => 'C', country => 'N');
    sends('article-create', 3, [ POST => '/articles', @anna, @json ]);
    my ($text) = $site->must('explain', 'article-create') =~
        /^-- with an Idempotency-Key.*?\n(.*)/ms;
    my ($lock, $write, $keep) = grep { !/^--/ } split /\n/, $text;
    my (undef, $set, $answer) = explained('article-create');
    my @keyed = $site->statements_of(sub {
        is $site->request(POST => '/articles', @anna, @json,
            headers => ['Idempotency-Key: x'])->status, 201, 'with a key';
    });
    is_deeply [ map { $_->{text} } @keyed ],
        [ $lock, $write, $set, $keep, $answer ],
        'those are sent that explain prints for that';
    sends('article-replace', 3, [ PUT => '/articles/1', @anna, @json ]);
    sends('article-update', 3, [ PATCH => '/articles/1', @anna, @json ]);
    sends('article-remove', 1, [ DELETE => '/articles/1', @anna ]);
    sends('my-account-update', 3, [ PATCH => '/users/me', @anna,
        json => { address => \%address } ]);
    sends('sign-up', 2, [ POST => '/authentication/sign-up', json => {
        email => 'new@example.org', name => 'New',
        password => 'a long secret', address => \%address } ]);
};

done;
