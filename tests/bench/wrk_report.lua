-- One line that a script can read: requests, microseconds, p50 and p99 in microseconds, failures.
function done(summary, latency)
    local e = summary.errors
    print(string.format("bench %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50),
                        latency:percentile(99), e.connect + e.read + e.write + e.timeout + e.status))
end
