# What a connection sets before its first statement, whatever the cluster, the
# database or the role says.
use Byline::Test;

my $resources = <<'INI';
[resource settings]
columns = id, setting
key     = id
INI
my $routes = <<'INI';
[route setting]
match    = GET /settings/:id
handler  = item
resource = settings
INI

my $site = site(nginx => 0, resources => $resources, routes => $routes,
    schema => sub {
        my ($site) = @_;
        $site->pg->sql("ALTER ROLE byline SET $_")
            for 'jit = on', "bytea_output = 'escape'";
        $site->sql('CREATE VIEW settings AS
            SELECT name AS id, setting FROM pg_settings');
    });

sub setting { return $site->direct("/settings/$_[0]")->json->{setting} }

is setting('TimeZone'), 'UTC', 'times are in UTC';
is setting('bytea_output'), 'hex', 'bytes are digits';
# Compiling the expressions of a statement with many embeds takes seconds, and
# running them takes milliseconds.
is setting('jit'), 'off', 'no statement is compiled';

done;
