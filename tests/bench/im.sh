#!/usr/bin/env bash
# Chat at the third door: durable sends over the WebSocket over 1, 10 and 1,000 channels, over HTTP, latency at an offered
# rate, and a group of 5,000. BENCH_ROUNDS (5) rounds of BENCH_SECONDS (10) each; medians.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly ROUNDS=${BENCH_ROUNDS:-5} RUN_SECONDS=${BENCH_SECONDS:-10}
readonly RATE=500 MEMBERS=5000 GROUP_RATE=20
readonly WORK=$OUT/im

# of NAME FILE: the median of a figure in a file of runs.
of() { sed -nE "s/(^|.* )$1=([^ ]*).*/\2/p" "$WORK/$2" | median; }
spread() { sed -nE "s/(^|.* )$1=([^ ]*).*/\2/p" "$WORK/$2" | sort -g | sed -n '1p;$p' | paste -sd' ' | sed 's/ / to /'; }
verdict() { calc "$1 < $2 ? \"reached\" : \"not reached\"" %s; }

load() {
    local name=$1 i
    shift
    for ((i = 0; i < ROUNDS; ++i)); do
        timeout $((RUN_SECONDS + 300)) "$BIN/im_load" "$(bench_url)" "$@" | tee -a "$WORK/$name"
    done
}

questions() { bench_sql "SHOW GLOBAL STATUS LIKE '$1'" | awk '{ print $2 }'; }

write_section() {
    local ack recv name
    ack=$(of ack_p99_ms rate) recv=$(of recv_p99_ms rate)
    cat <<TEXT
## Chat: sends, latency, a large group

Each send is one durable transaction (\`innodb_flush_log_at_trx_commit=1\`) or part of one with what the same connection said
meanwhile in the same channel; payloads 70 % 256 B, 25 % 1 KB, 4 % 4 KB, 1 % 16 KB; every partner connected, each message pushed
to it and acknowledged. nginx, relay, handlers, database and the clients on one host. Medians of $ROUNDS runs of $RUN_SECONDS s.

| 32 in flight over the WebSocket | sends/s (lowest to highest) | ack p50 | ack p99 | client's CPU s |
|---|---|--:|--:|--:|
TEXT
    for name in 1 10 1000; do
        echo "| $name channels | $(of rate "full$name") ($(spread rate "full$name")) | $(of ack_p50_ms "full$name") ms | $(of ack_p99_ms "full$name") ms | $(of client_cpu_s "full$name") |"
    done
    cat <<TEXT

| $RATE sends/s over 1,000 channels | p50 | p99 (lowest to highest) | wanted p99 | |
|---|--:|---|---|---|
| send → ack | $(of ack_p50_ms rate) ms | $ack ms ($(spread ack_p99_ms rate)) | < 50 | $(verdict "$ack" 50) |
| send → recv | $(of recv_p50_ms rate) ms | $recv ms ($(spread recv_p99_ms rate)) | < 60 | $(verdict "$recv" 60) |

A group of $MEMBERS members, all connected, $GROUP_RATE sends/s: each is one publish; ack p99 $(of ack_p99_ms group) ms, recv p50
$(of recv_p50_ms group) ms, p99 $(of recv_p99_ms group) ms over $(of heard group) messages heard in a run. Adding 1,000 subscribers takes
$(of add_ms group) ms.

Statements for each send over 1,000 channels: $(cat "$WORK/statements"); commits: $(cat "$WORK/commits").
TEXT
}

main() {
    local before commits sent channels
    rm -rf "$WORK"
    mkdir -p "$WORK"
    trap bench_stack_stop EXIT
    bench_stack_start
    for channels in 1 10 1000; do load "full$channels" full "$channels" "$RUN_SECONDS"; done
    before=$(questions Com_stmt_execute) commits=$(questions Com_commit)
    load rate rate 1000 "$RUN_SECONDS" "$RATE"
    sent=$(sed -nE 's/.* acked=([0-9]+).*/\1/p' "$WORK/rate" | awk '{ n += $1 } END { print n }')
    calc "($(questions Com_stmt_execute) - $before) / $sent" >"$WORK/statements"
    calc "($(questions Com_commit) - $commits) / $sent" >"$WORK/commits"
    load group group "$MEMBERS" "$RUN_SECONDS" "$GROUP_RATE"
    write_section >"$OUT/im.md"
}

main "$@"
