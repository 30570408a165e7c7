-- Articles by id, all of them in turn: wrk -s items.lua URL -- COUNT
-- or always the path that is given:    wrk -s items.lua URL -- PATH

local requests, at, step = {}, 0, 77

function init(arguments)
    local count = tonumber(arguments[1])

    if not count then
        requests[1] = wrk.format("GET", arguments[1])
        return
    end
    for id = 1, count do
        requests[id] = wrk.format("GET", "/articles/" .. id)
    end
end

function request()
    at = (at + step) % #requests
    return requests[at + 1]
end

-- The line that dev/bench reads: requests, microseconds, and errors.
function done(summary)
    local errors = summary.errors

    io.write(string.format("figures %d %d %d\n", summary.requests,
        summary.duration, errors.connect + errors.read + errors.write +
        errors.status + errors.timeout))
end
