# Pictures of figures, as SVG: bars, and curves over a logarithmic axis.
package Picture;
use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(write_bars write_curves);

my $width = 720;
my $style = <<'CSS';
text { font: 13px sans-serif; fill: #222 }
.title { font-weight: bold } .end { text-anchor: end }
.middle { text-anchor: middle }
.axis { stroke: #999 } .grid { stroke: #ddd }
CSS
my @colours = map { "#$_" } qw(b3261e 1f4e79 6aa5d8 555555 8a6d1d 7b4fa3
    2e7d32 d9822b 00838f);

sub escape
{
    my ($text) = @_;
    $text =~ s/&/&amp;/g;
    $text =~ s/</&lt;/g;
    return $text;
}

sub thousands
{
    my ($number) = @_;
    my $text = sprintf '%.0f', $number;
    1 while $text =~ s/^(\d+)(\d{3})/$1,$2/;
    return $text;
}

sub write_svg
{
    my ($path, $title, $height, @shapes) = @_;
    open my $file, '>', $path or die "$path: $!\n";
    print {$file} <<"SVG", map({ "$_\n" } @shapes), "</svg>\n";
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $width $height" width="$width" height="$height" role="img">
<title>@{[ escape($title) ]}</title>
<style>$style</style>
<rect width="$width" height="$height" fill="#fff"/>
<text x="10" y="20" class="title">@{[ escape($title) ]}</text>
SVG
    close $file or die "$path: $!\n";
    return;
}

# Each bar is a name, a number, and whether it is ours.
sub write_bars
{
    my ($path, $title, @bars) = @_;
    my ($most) = sort { $b <=> $a } map { $_->[1] } @bars;
    my ($left, $room, $y) = (170, $width - 170 - 80, 34);
    my @shapes;
    for my $bar (@bars) {
        my ($name, $number, $is_ours) = @$bar;
        my $length = sprintf '%.1f', $number / $most * $room;
        my $base = $y + 15;
        push @shapes,
            sprintf('<text x="%d" y="%d" class="end">%s</text>',
                $left - 8, $base, escape($name)),
            sprintf('<rect x="%d" y="%d" width="%s" height="20" fill="%s"/>',
                $left, $y, $length, $is_ours ? '#b3261e' : '#8fa3b5'),
            sprintf('<text x="%.1f" y="%d">%s</text>', $left + $length + 6,
                $base, thousands($number));
        $y += 26;
    }
    write_svg($path, $title, $y + 8, @shapes);
    return;
}

# The least round number that is not below.
sub round_up
{
    my ($number) = @_;
    my $power = 10 ** int(log($number) / log 10);
    for my $step (1, 1.5, 2, 3, 4, 5, 6, 8, 10) {
        return $step * $power if $step * $power >= $number;
    }
    return 10 * $power;
}

my ($left, $right, $top, $bottom) = (70, 540, 40, 320);

sub axes
{
    my ($most, $x, $place) = @_;
    my @shapes;
    for my $part (0 .. 4) {
        my $y = $bottom - ($bottom - $top) * $part / 4;
        push @shapes, sprintf('<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" '
                . 'class="grid"/>', $left, $right, $y, $y),
            sprintf('<text x="%d" y="%.1f" class="end">%s</text>',
                $left - 6, $y + 4, thousands($most * $part / 4));
    }
    for my $value (@$x) {
        push @shapes, sprintf('<text x="%.1f" y="%d" class="middle">%s'
                . '</text>', $place->($value), $bottom + 18,
                thousands($value));
    }
    return @shapes;
}

# Each curve is a name, and a number or undef for each of @$x.
sub write_curves
{
    my ($path, $title, $x, @curves) = @_;
    my ($most) = sort { $b <=> $a }
        map { my (undef, @y) = @$_; grep { defined } @y } @curves;
    my $scale = round_up($most);
    my $span = log($x->[-1] / $x->[0]) || 1;
    my $place = sub {
        return $left + 15
            + ($right - $left - 30) * log($_[0] / $x->[0]) / $span;
    };
    my @shapes = axes($scale, $x, $place);
    for my $n (0 .. $#curves) {
        my ($name, @y) = @{ $curves[$n] };
        my $colour = $colours[ $n % @colours ];
        my @points = map { sprintf '%.1f,%.1f', $place->($x->[$_]),
            $bottom - ($bottom - $top) * $y[$_] / $scale }
            grep { defined $y[$_] } 0 .. $#$x;
        my $y = $top + 10 + 20 * $n;
        push @shapes, qq{<polyline points="@points" fill="none" }
            . qq{stroke="$colour" stroke-width="2"/>},
            map({ my ($cx, $cy) = split /,/;
                qq{<circle cx="$cx" cy="$cy" r="3" fill="$colour"/>} }
                @points),
            sprintf('<rect x="%d" y="%d" width="12" height="12" fill="%s"/>',
                $right + 14, $y - 11, $colour),
            sprintf('<text x="%d" y="%d">%s</text>', $right + 32, $y,
                escape($name));
    }
    write_svg($path, $title, $bottom + 34, @shapes);
    return;
}

1;
