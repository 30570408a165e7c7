-- Items, lists, and mistakes of clients, each with the status that is right
-- for it: wrk -s mixed.lua URL -- LAST-ID COUNT. wrk ends when a thread has
-- COUNT answers, unless that is 0. As many connections as threads, so that an
-- answer belongs to the latest request of its thread.

local ffi = require "ffi"

ffi.cdef "int getpid(void); int kill(int pid, int signal);"

local threads = {}
local cases, at, wanted, count_max = {}, 0, nil, 0

answered = 0
failed = 0 -- 5xx
unexpected = 0

function setup(thread)
    table.insert(threads, thread)
end

local function add(path, status)
    table.insert(cases, { wrk.format("GET", path), status })
end

function init(arguments)
    local last = tonumber(arguments[1])

    count_max = tonumber(arguments[2])
    wrk.headers["Cookie"] = "a=b" -- else nginx answers from what it keeps
    for i = 1, 50 do
        add("/articles/" .. 1 + i * 77 % last, 200)
        add("/articles/" .. 1 + i * 31 % last, 200)
        add("/articles?limit=5&offset=" .. i, 200)
        add("/users/" .. 1 + i % 20, 200)
        add("/articles", 200)
        add("/users/" .. 1 + i % 20 .. "/articles?limit=3", 200)
        add("/articles/" .. 1000000 + i, 404)
        add("/nowhere/" .. i, 404)
        add("/articles/x" .. i, 400)
        add("/articles?limt=" .. i, 400)
    end
end

function request()
    local case = cases[at + 1]

    at = (at + 1) % #cases
    wanted = case[2]
    return case[1]
end

function response(status)
    answered = answered + 1
    if status >= 500 then
        failed = failed + 1
    elseif status ~= wanted then
        unexpected = unexpected + 1
    end
    if answered == count_max then
        -- Without the signal, wrk would sit out its duration.
        wrk.thread:stop()
        ffi.C.kill(ffi.C.getpid(), 2)
    end
end

-- The line that dev/soak reads: answers, connection errors, 5xx, others that
-- were not as expected.
function done(summary)
    local errors = summary.errors
    local sum = { answered = 0, failed = 0, unexpected = 0 }

    for _, thread in ipairs(threads) do
        for name in pairs(sum) do
            sum[name] = sum[name] + thread:get(name)
        end
    end
    io.write(string.format("figures %d %d %d %d\n", sum.answered,
        errors.connect + errors.read + errors.write + errors.timeout,
        sum.failed, sum.unexpected))
end
