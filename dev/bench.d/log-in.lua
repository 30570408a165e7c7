-- A guesser: wrong passwords for one account, each as soon as the last is
-- refused and 10 ms of a network have passed: wrk -s log-in.lua URL -- LOGIN

local threads = {}

refused = 0 -- 401
limited = 0 -- 429
away = 0 -- 503
others = 0

local counts = { [401] = "refused", [429] = "limited", [503] = "away" }

function setup(thread)
    table.insert(threads, thread)
end

function init(arguments)
    wrk.method = "POST"
    wrk.path = "/authentication/log-in"
    wrk.headers["Content-Type"] = "application/json"
    wrk.body = string.format('{"email":"%s","password":"a wrong one"}',
        arguments[1])
end

function delay()
    return 10
end

function response(status)
    local name = counts[status] or "others"

    _G[name] = _G[name] + 1
end

-- The line that dev/soak reads.
function done(summary)
    local sum = { 0, 0, 0, summary.errors.connect + summary.errors.read +
        summary.errors.write + summary.errors.timeout }

    for _, thread in ipairs(threads) do
        for i, name in ipairs({ "refused", "limited", "away", "others" }) do
            sum[i] = sum[i] + thread:get(name)
        end
    end
    io.write(string.format("figures %d %d %d %d\n", sum[1], sum[2], sum[3],
        sum[4]))
end
