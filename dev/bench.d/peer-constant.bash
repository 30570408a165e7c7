# shellcheck shell=bash
# nginx alone: a text of an item's size, always the same. Sourced after
# peers.bash.

constant_size=600

constant_prepare()
{
    local text

    text=$(printf '%*s' $((constant_size - 16)) '' | tr ' ' x)
    pass_of[constant]="    default_type application/json;
    return 200 '{\"content\":\"$text\"}';"
}

# It is there as soon as nginx is.
constant_up()
{
    :
}
