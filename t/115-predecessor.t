# conf/predecessor/, filled in as an installation would: check accepts it.
use Byline::Test;

my $from = srcdir() . '/conf/predecessor';
my $home = dir() . '/predecessor';
mkdir $home;
mkdir "$home/secrets", 0700;

sub substitute
{
    my ($status, $out, $err) = run_program([ srcdir() . '/nginx/substitute',
        'SERVER_NAME=news.example.org', 'HTTPS_PORT=443', "RUNDIR=$home",
        'NGINX_GROUP=' . getgrgid($)), 'MIGRATIONS=' . srcdir()
        . '/migrations' ], stdin => "$from/byline.ini.in");
    is $status, 0, 'no hole is left' or diag $err;
    return $out;
}

spew("$home/byline.ini", substitute());
spew("$home/$_.ini", slurp("$from/$_.ini")) for qw(resources routes);

my @check = ('check', '--offline', '-c', "$home/byline.ini");

subtest 'a secret that is too short' => sub {
    chmod 0400, spew("$home/secrets/there.key", 'x' x 31);
    my ($status, undef, $err) = byline(@check);
    is $status, 1, 'is refused';
    like $err, qr/has 31 bytes; a secret has 32 or more/, 'in words';
};

subtest 'a secret that is long enough' => sub {
    unlink "$home/secrets/there.key";
    chmod 0400, spew("$home/secrets/there.key", 'x' x 32);
    my ($status, $out, $err) = byline(@check);
    is $status, 0, 'all is well' or diag $err;
    is_deeply [ grep { !/looks personal/ } split /\n/, $err ], [],
        'no warning but that all is public';
    like $err, qr/\bstreet looks personal/, 'which is said of streets';
    like $err, qr/\bemail looks personal/, 'and of e-mail addresses';
};

subtest 'paths' => sub {
    my ($status, $out) = byline('routes', '-c', "$home/byline.ini");
    is $status, 0, 'are listed';
    is_deeply [ sort map { /^(\w+ \/a\S*)/ ? $1 : () } split /\n/, $out ],
        [ sort 'GET /articles', 'GET /articles/:id', 'POST /articles',
            'PATCH /articles/:id', 'DELETE /articles/:id',
            'GET /authentication', 'POST /authentication/sign-up',
            'POST /authentication/log-in', 'POST /authentication/log-out' ],
        'are those of the predecessor';
};

subtest 'settings' => sub {
    my ($status, $out) = byline('config', '-c', "$home/byline.ini");
    is $status, 0, 'are listed';
    like $out, qr/^errors\s*=\s*nest$/m, 'errors in its shape';
    like $out, qr/^unknown_parameters\s*=\s*ignore$/m, 'any query';
    like $out, qr/^cookie_secure\s*=\s*on$/m, 'but a cookie over TLS alone';
    unlike $out, qr/^private = [^"\n]/m, 'nothing is private';
    like $out, qr/^limit\s*=\s*1000$/m, 'long lists';
    like $out, qr/^limit_max\s*=\s*1000$/m, 'that are no longer';
};

done;
