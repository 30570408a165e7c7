-- mixed.lua with an end that cuts nothing: each thread asks so many times and
-- is quiet then. wrk -s exact.lua URL -- LAST-ID 0 TIMES DIRECTORY, where a
-- thread that is done leaves a file; wrk itself is ended from outside.

dofile "dev/bench.d/mixed.lua"

local mixed_setup, mixed_init, mixed_done = setup, init, done
local thread_count = 0
local left, directory

function setup(thread)
    mixed_setup(thread)
    thread_count = thread_count + 1
    thread:set("number", thread_count)
end

function init(arguments)
    mixed_init(arguments)
    left, directory = tonumber(arguments[3]), arguments[4]
end

-- Before each request: how many ms to wait.
function delay()
    if left > 0 then
        left = left - 1
        return 0
    end
    io.open(directory .. "/" .. number, "w"):close()
    return 24 * 3600 * 1000
end

-- To be quiet is no timeout, and nginx may hang up then. A request that is
-- lost is seen as an answer that is missing.
function done(summary)
    summary.errors.timeout = 0
    summary.errors.read = 0
    mixed_done(summary)
end
