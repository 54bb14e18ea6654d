#!/usr/bin/env bash
# What it takes to be there: memory of a handler after load and of the whole idle stack, the time from start to a
# first answer, and that idle database connections go away.
# BENCH_STARTS (31) starts are timed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly STARTS=${BENCH_STARTS:-31} LOAD_SECONDS=${BENCH_SECONDS:-6} CONNECTIONS=32 ROBOTS=20 IDLE_SECONDS=75
readonly WORK=$OUT/memory
URL='' RUN='' ACCESS=''

load() {
    wrk -t1 --timeout 20s -c"$CONNECTIONS" -d"${LOAD_SECONDS}s" -s "$BENCH/wrk_report.lua" -H "Authorization: Bearer $ACCESS" \
        "$URL/ocms/robots/" >"$WORK/wrk.out"
    local requests errors
    read -r _ requests _ _ _ errors < <(grep '^bench ' "$WORK/wrk.out")
    ((errors == 0)) || die "$errors of $requests requests failed."
    say "$requests"
}

# field_of FIELD PID: a sum of smaps_rollup, in KiB.
field_of() { awk -v field="$1:" '$1 == field { kb += $2 } END { print kb + 0 }' "/proc/$2/smaps_rollup"; }
private_of() { say $(($(field_of Private_Clean "$1") + $(field_of Private_Dirty "$1"))); }

# Those of our handlers, jobs and relay, and what supervisord runs beside them.
stack_pids() {
    local pid
    for pid in $(VAR=$BENCH_VAR orphans); do say "$pid"; done
    cat "$RUN/supervisord.pid"
    pgrep -P "$(cat "$RUN/nginx.pid")"
}

program_of() {
    local name
    name=$(tr '\0' '\n' <"/proc/$1/cmdline" | head -n 1)
    # Scripts are known by what they run: supervisord is Python, the keepers are sleep.
    [[ $(cat "/proc/$1/comm") != supervisord ]] || name=supervisord
    name=${name%%:*}
    say "${name##*/}"
}

# A line for each program: name, processes, PSS, private memory, in KiB.
measure_stack() {
    local pid
    stack_pids | sort -un | while read -r pid; do
        [[ -r /proc/$pid/smaps_rollup ]] || continue
        say "$(program_of "$pid") $(field_of Pss "$pid") $(private_of "$pid")"
    done | awk '{ n[$1]++; pss[$1] += $2; own[$1] += $3 }
                END { for (p in n) print p, n[p], pss[p], own[p] }' | sort -k3,3nr >"$WORK/stack"
}

# The database's view; the one that asks is not counted.
database_connections() { bench_sql "SELECT COUNT(*) FROM information_schema.processlist WHERE user = '$(bench_conf database.user)'"; }

measure_handler() {
    local pid
    for pid in $(pgrep -f -x "$BIN/ocms-robots"); do private_of "$pid"; done | sort -gr | head -n 1
}

# Started as supervisord does, with a listening socket as fd 0 and the request waiting in it.
measure_starts() {
    HONGYAN_CONFIG=$BENCH_VAR/etc/hongyan.conf "$BIN/fcgi_host" --listen="$RUN/start.sock" --times="$STARTS" --requests=1 \
        --target=/ocms/robots/ --token="$ACCESS" -- "$BIN/ocms-robots" >"$WORK/starts" 2>"$WORK/starts.log" ||
        { cat "$WORK/starts.log" >&2; return 1; }
}

judge() { calc "($1 <= $2) ? \"reached\" : \"not reached\"" %s; }

write_section() {
    local start slowest pss
    start=$(median <"$WORK/starts")
    slowest=$(sort -g "$WORK/starts" | tail -n 1)
    pss=$(calc "$(awk '{ kb += $3 } END { print kb }' "$WORK/stack") / 1024" %.1f)
    cat <<TEXT
## Memory and start

| | wanted | measured | |
|---|---|--:|---|
| private memory of a handler process (ocms-robots, the larger of two) after $REQUESTS requests on $CONNECTIONS connections | ≤ 6 MB | $(calc "$USS / 1024" %.1f) MB | $(judge "$USS" 6144) |
| from start to first answer, with its query (median of $STARTS; slowest $slowest ms) | ≤ 50 ms | $start ms | $(judge "$start" 50) |
| the whole idle stack (PSS), database with a 128 MB buffer pool included | ≤ 450 MB | $pss MB | $(judge "$pss" 450) |
| database connections of all handlers after load, and $IDLE_SECONDS s later | fewer | $BUSY, then $IDLE | $(judge "$IDLE" "$BUSY - 1") |

The idle stack by program, $IDLE_SECONDS s after the load:

| program | processes | PSS | private |
|---|--:|--:|--:|
$(awk '{ printf "| %s | %d | %.1f MB | %.1f MB |\n", $1, $2, $3 / 1024, $4 / 1024; n += $2; p += $3; u += $4 }
       END { printf "| all | %d | %.1f MB | %.1f MB |\n", n, p / 1024, u / 1024 }' "$WORK/stack")
TEXT
}

main() {
    trap bench_stack_stop EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    rm -rf "$WORK"
    mkdir -p "$WORK"
    bench_stack_start
    URL=$(bench_url)
    RUN=$(bench_run_dir)
    ACCESS=$(bench_account "$ROBOTS")
    REQUESTS=$(load)
    USS=$(measure_handler)
    BUSY=$(database_connections)
    measure_starts
    sleep "$IDLE_SECONDS"
    IDLE=$(database_connections)
    measure_stack
    write_section >"$OUT/memory.md"
}

main "$@"
