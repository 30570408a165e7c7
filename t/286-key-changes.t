# A cursor of a list whose key is another one by the time that it is used.
use Byline::Test;

my $site = site(nginx => 0, workers => 1, schema => <<'SQL', resources => <<'INI', routes => <<'ROUTES');
CREATE TABLE things (a integer PRIMARY KEY, b integer NOT NULL,
    c integer NOT NULL, d integer NOT NULL, title text);
INSERT INTO things SELECT n, n, n, n, 'thing ' || n
    FROM generate_series(1, 9) n;
SQL
[resource things]
columns = title
INI
[route things]
match    = GET /things
handler  = list
resource = things
limit    = 3
ROUTES

sub next_of
{
    my ($answer) = @_;
    my ($path) = ($answer->header('Link') // '') =~ /<([^>]+)>; rel="next"/;
    return $path;
}

my ($worker) = $site->workers;
my $path = next_of($site->direct('/things'));
is $site->direct($path)->json->[0]{title}, 'thing 4', 'a cursor';

# The worker finds out by the statement that fails.
$site->sql('ALTER TABLE things DROP COLUMN a, ADD PRIMARY KEY (b, c, d)');
$site->grant;
$site->pg->claim(qr/^ERROR 42703/);
problem_ok $site->direct($path), 400, 'its values are not of that key',
    'after cursor';
is next_of($site->direct('/things')) ? 'a link' : undef, 'a link',
    'the new key has cursors of its own';
is $site->direct(next_of($site->direct('/things')))->json->[0]{title},
    'thing 4', 'that work';
is_deeply [ $site->workers ], [$worker], 'and the worker lives';

done;
