#!/usr/bin/perl
# dev/bench.d/report.pl DIRECTORY: from the figures of dev/bench that are there
# (results.tsv, scaling.tsv, and facts of each), README.md and its pictures.
use strict;
use warnings;
use FindBin ();
use lib $FindBin::Bin;
use Figures qw(read_results read_facts median spread rate cpu_all cpu_shares);
use Picture qw(write_bars write_curves);

my ($directory) = @ARGV or die "usage: report.pl DIRECTORY\n";
my $ticks = 100; # a second, in /proc
my @order = qw(byline limit bare pgbench cached constant php nest hono);
my %label = (
    byline => 'Byline', limit => 'C, the limit', bare => 'C, plain',
    pgbench => 'pgbench', constant => 'nginx alone', php => 'PHP-FPM',
    nest => 'NestJS + Drizzle', hono => 'Hono + Drizzle',
    cached => 'Byline, cached by nginx',
);
my @workloads = (
    [ 'item', 'An article with its author and address',
        '`GET /articles/:id`, ids by chance' ],
    [ 'list20', 'A list of 20 with their authors', '`GET /articles`' ],
    [ 'list100', 'A list of 100 with their authors',
        '`GET /articles?limit=100`' ],
    [ 'embed', 'A list of 20 with authors and categories (to-many)',
        '`GET /articles?with=author,categories`' ],
    [ 'create', 'An article is created',
        '`POST /articles` with a token, answered as the item' ],
    [ 'not-modified', 'An item that the client has',
        '`GET /articles/1` with `If-None-Match`, answered 304' ],
    [ 'hot', 'An item that everybody wants',
        '`GET /articles/1`, kept by nginx, and not' ],
);
my @parts; # of the document

sub say_part
{
    push @parts, @_;
    return;
}

sub table
{
    my ($head, @rows) = @_;
    return join '', map { '| ' . join(' | ', @$_) . " |\n" } $head,
        [ map { $_ eq $head->[0] ? '---' : '---:' } @$head ], @rows;
}

# Three digits that count.
sub figure
{
    my ($number) = @_;
    return '–' if !defined $number;
    my $digits = $number >= 100 ? 0 : $number >= 10 ? 1
        : $number >= 1 ? 2 : 3;
    my $text = sprintf '%.*f', $digits, $number;
    1 while $digits == 0 && $text =~ s/^(\d+)(\d{3})/$1,$2/;
    return $text;
}

sub peers_of
{
    my ($turns) = @_;
    return grep { $turns->{$_} } @order;
}

# --- what was asked in a closed loop ---------------------------------------

sub row_of_peer
{
    my ($turns, $name) = @_;
    my @all = values %{ $turns->{$name} };
    my $is_app = $name !~ /^(?:pgbench|constant)$/;
    my @ratio = $name eq 'byline' ? ()
        : spread($turns->{byline}, $turns->{$name});
    return [
        $label{$name},
        figure(median(map { rate($_) } @all)),
        figure(median(map { $_->{p50} / 1000 } @all)),
        figure(median(map { $_->{p99} / 1000 } @all)),
        $is_app ? figure(per_10_000('app', @all)) : '–',
        figure(per_10_000('all', @all)),
        @ratio ? sprintf('%.2f (%.2f–%.2f)', @ratio) : '1',
    ];
}

sub per_10_000
{
    my ($what, @turns) = @_;
    return median(map {
        my $used = $what eq 'app' ? $_->{app} : cpu_all($_);
        $used / $ticks / $_->{answers} * 10_000;
    } grep { $_->{answers} } @turns);
}

sub say_workload
{
    my ($workload, $turns, $cores) = @_;
    my ($name, $title, $request) = @$workload;
    say_part("### $title\n\n$request\n\n![$title]($name.svg)\n\n",
        table([ '', 'requests/s', 'p50, ms', 'p99, ms',
                'CPU s/10,000: application', 'all', 'Byline ÷ it' ],
            map { row_of_peer($turns, $_) } peers_of($turns)), "\n",
        limits_of($turns, $cores), "\n");
    write_bars("$directory/$name.svg", "$title: requests/s",
        map { [ $label{$_}, median(map { rate($_) }
                values %{ $turns->{$_} }), $_ eq 'byline' ] }
            peers_of($turns));
    return;
}

# Who has the processors, and whether they are what limits: where they have
# time left, requests wait for something else.
sub limits_of
{
    my ($turns, $cores) = @_;
    my @columns = ("PostgreSQL", "nginx", "the application", "the clients");
    my @rows;
    for my $name (peers_of($turns)) {
        my ($busy, %share) = cpu_shares($ticks, values %{ $turns->{$name} });
        my ($most) = sort { $share{$b} <=> $share{$a} } @columns;
        push @rows, [ $label{$name}, sprintf("%.1f of %d", $busy, $cores),
            map({ $share{$_} < 0.005 ? "–"
                : sprintf("%.0f %%", $share{$_} * 100) } @columns),
            $busy > 0.85 * $cores ? "processors, mostly of $most"
                : "waits, and other load of this machine" ];
    }
    return table([ "", "processors busy", @columns, "what limits it" ],
        @rows);
}

# --- times at a given rate, memory, start ----------------------------------

sub say_open
{
    my ($results) = @_;
    my @rows;
    for my $workload (qw(item list20)) {
        my $turns = $results->{"open\@$workload"} or next;
        for my $name (peers_of($turns)) {
            my @all = values %{ $turns->{$name} };
            my $due = median(map { $_->{due} / $_->{us} * 1e6 } @all);
            my $done = median(map { rate($_) } @all);
            push @rows, [ "$workload, $label{$name}", figure($due),
                figure($done), map({ figure($_) }
                    median(map { $_->{p50} / 1000 } @all),
                    median(map { $_->{p99} / 1000 } @all)),
                $done < 0.97 * $due ? 'falls behind' : 'keeps up' ];
        }
    }
    return if !@rows;
    say_part(<<'TEXT', table([ '', 'asked/s', 'answered/s', 'p50, ms', 'p99, ms', '' ], @rows), "\n");
## Times at four fifths of what Byline can do

Requests come as independent clients send them, at four fifths of the rate
that Byline reached above, whether or not earlier ones were answered. A wait for
one of the 64 connections counts. Who falls behind has times that only grow.

TEXT
    return;
}

sub say_memory_and_start
{
    my ($results, $facts) = @_;
    my ($memory, $start) = @$results{qw(memory start)};
    my @rows;
    for my $name (grep { ($memory // {})->{$_} || ($start // {})->{$_} }
        @order) {
        my ($one) = values %{ ($memory // {})->{$name} // {} };
        my @times = map { $_->{answers} }
            values %{ ($start // {})->{$name} // {} };
        push @rows, [ $label{$name},
            $one ? ($one->{failed}, figure($one->{answers} / 1024))
                : ('–', '–'),
            @times ? figure(median(@times)) : '–' ];
    }
    return if !@rows;
    say_part(<<"TEXT", table([ '', 'processes', 'memory, MB', 'start, ms' ], @rows), "\n");
## Memory and start

Memory is that of all processes of the application after the load (PSS: a page
that several share counts once). Byline has its master, a pool of
$facts->{workers} and one of 2 for accounts. Start is the time from the command to the first
answer with rows through nginx.

TEXT
    return;
}

# --- scaling ----------------------------------------------------------------

my %axis = (
    workers => [ 'Over workers',
        'workers (of Node, processes)', <<'TEXT' ],
Each worker serves one request at a time. Beyond the processors, and what waits
for PostgreSQL meanwhile, more of them only share what is there.
TEXT
    connections => [ 'Over connections', 'connections', <<'TEXT' ],
Clients wait in the queue of the pool's socket, which was made long enough for
all of them here; as it ships, it holds 128, and the rest is told 503 at once.
TEXT
    rows => [ 'Over the size of the table', 'articles', <<'TEXT' ],
Articles of about 100 bytes, found by their key. An index grows by a level for
some hundred times as many rows; what no longer fits the memory of PostgreSQL
comes from that of the kernel.
TEXT
);

sub say_scaling
{
    my ($results) = @_;
    say_part("## Scaling\n\n");
    for my $axis (qw(workers connections rows)) {
        my %found;
        for my $key (keys %$results) {
            $found{$2}{$1} = $results->{$key}
                if $key =~ /^$axis=(\d+)\@(.+)$/;
        }
        next if !%found;
        my ($title, $unit, $words) = @{ $axis{$axis} };
        say_part("### $title\n\n$words\n");
        say_curves("$axis-$_", $unit, $found{$_})
            for sort keys %found;
    }
    return;
}

sub say_curves
{
    my ($name, $unit, $points) = @_;
    my @x = sort { $a <=> $b } keys %$points;
    my @names = grep { my $name = $_; grep { $points->{$_}{$name} } @x }
        @order;
    my (@rows, @curves);
    for my $peer (@names) {
        my @y = map { my $turns = $points->{$_}{$peer};
            $turns && median(map { rate($_) } values %$turns) } @x;
        push @rows, [ $label{$peer}, map { figure($_) } @y ];
        push @curves, [ $label{$peer}, @y ];
    }
    my ($workload) = $name =~ /-(.*)/;
    say_part("![$workload, requests/s, over $unit]($name.svg)\n\n",
        table([ "$workload, requests/s", map { figure_of_axis($_) } @x ],
            @rows), "\n",
        p99_of($points, \@names, \@x), "\n");
    write_curves("$directory/$name.svg", "$workload: requests/s over $unit",
        \@x, @curves);
    return;
}

sub p99_of
{
    my ($points, $names, $x) = @_;
    my @rows;
    for my $peer (@$names) {
        push @rows, [ $label{$peer}, map { my $turns = $points->{$_}{$peer};
            figure($turns && median(map { $_->{p99} / 1000 }
                values %$turns)) } @$x ];
    }
    return table([ 'p99, ms', map { figure_of_axis($_) } @$x ], @rows);
}

sub figure_of_axis
{
    my ($number) = @_;
    1 while $number =~ s/^(\d+)(\d{3})/$1,$2/;
    return $number;
}

# --- the document -----------------------------------------------------------

sub say_head
{
    my ($facts) = @_;
    my $versions = join ', ', map { /^version\.(.*)/
        ? "$1 $facts->{$_}" : () } sort keys %$facts;
    say_part(<<"TEXT");
# What Byline does, measured

`$facts->{command}` wrote this page and its pictures on $facts->{date}, in $facts->{minutes} minutes.
Nobody edits it; `dev/bench` makes it anew on another machine.

| | |
|---|---|
| processor | $facts->{CPU}, $facts->{cores} cores |
| memory | $facts->{memory} |
| system | $facts->{system}, $facts->{kernel} |
| software | $versions |
| load when it ended | $facts->{load} |

All programs share these cores: the clients, nginx, the application and
PostgreSQL. Where they are all busy, who needs less of them does more.

TEXT
    say_part(<<"TEXT") if $facts->{command} =~ /--quick/;
**This was a quick run, which shows that all of it works. Turns are too short,
and too few, for figures to be quoted.**

TEXT
    say_part(how_it_is_measured($facts));
    return;
}

sub how_it_is_measured
{
    my ($facts) = @_;
    my $articles = figure_of_axis($facts->{articles});
    return <<"TEXT";
## How

One PostgreSQL has $articles articles, 10,000 users, addresses, categories and
comments: `synchronous_commit` is $facts->{synchronous_commit}, `shared_buffers` 1 GB, `max_wal_size`
4 GB, autovacuum off, as rows are vacuumed between turns; all else is as Debian
has it. One nginx, with the settings that ship, stands before all. Before
anything is measured all answers have to be equal as JSON. $facts->{clients} clients each send
the next request when they have an answer. In each of $facts->{rounds} rounds all take turns
of $facts->{seconds} s, one round in this order and the next in the other; a ratio is one of
two turns of the same round, and is shown as the median and (least–most). A
failed request fails the run.

| | is | with |
|---|---|---|
| Byline | as it ships, but for what nginx would keep: that is the item that everybody wants | $facts->{workers} workers, a connection each |
| C, plain | a loop of libfcgi and libpq for just these requests; `FCGX_Finish_r` ends a connection | $facts->{workers} processes, a connection each |
| C, the limit | the same, but it closes connections itself | the same |
| pgbench | the same statements, prepared, without HTTP | $facts->{clients} connections |
| nginx alone | a text of an item's size | |
| PHP-FPM | PDO, a persistent connection, statements prepared by the server, opcache | $facts->{workers} children, a connection each |
| NestJS + Drizzle | on Express, relational queries, as Byline's predecessor was | a process for each core, 10 connections each |
| Hono + Drizzle | relational queries that are prepared once | the same |

CPU time is that of all processes: application, nginx and PostgreSQL, without
the clients.

TEXT
}

sub main
{
    if (-e "$directory/results.tsv") {
        my $facts = read_facts("$directory/results.facts.tsv");
        my $results = read_results("$directory/results.tsv");
        say_head($facts);
        say_part("## Requests\n\n");
        for my $workload (@workloads) {
            my $turns = $results->{ $workload->[0] };
            say_workload($workload, $turns, $facts->{cores})
                if $turns && $turns->{byline};
        }
        say_open($results);
        say_memory_and_start($results, $facts);
    }
    if (-e "$directory/scaling.tsv") {
        my $facts = read_facts("$directory/scaling.facts.tsv");
        say_head($facts) if !@parts;
        say_scaling(read_results("$directory/scaling.tsv"));
    }
    my $path = "$directory/README.md";
    open my $file, '>:encoding(UTF-8)', $path or die "$path: $!\n";
    my $text = join '', @parts;
    utf8::decode($text);
    $text =~ s/\n+\z/\n/;
    print {$file} $text;
    close $file or die "$path: $!\n";
    return;
}

main();
