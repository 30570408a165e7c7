# What the catalog has to know of constraints for a refusal to name a field.
use utf8;
use Byline::Test;

my $schema = <<'SQL';
CREATE TABLE pairs (id serial PRIMARY KEY, a text, b text);
CREATE FUNCTION has_any(pairs) RETURNS boolean LANGUAGE sql IMMUTABLE
    AS 'SELECT $1.a IS NOT NULL OR $1.b IS NOT NULL';
ALTER TABLE pairs ADD CONSTRAINT pairs_any CHECK (has_any(pairs.*));
SQL

my $resources = <<'INI';
[resource pairs]
columns  = id, a, b
writable = a, b
INI

my $routes = <<'INI';
[route create-pairs]
match    = POST /pairs
handler  = create
resource = pairs
INI

my $site = site(schema => $schema, resources => $resources,
    routes => $routes, nginx => 0);

subtest 'a constraint without columns' => sub {
    $site->pg->claim(qr/^ERROR 23514 /);
    my $answer = $site->direct('/pairs', method => 'POST', json => {});
    problem_ok $answer, 422, 'a whole row';
    is $answer->json->{errors}, undef, 'is about no field';
    is $answer->json->{detail}, 'this breaks a rule of the database',
        'and is told';
};

done;
