#!/usr/bin/env bash
# WeCom: connected devices with heartbeats, reports at an offered rate; how long until a report is answered, and until
# the echo's command is pushed (no reply delay). BENCH_ROUNDS (5) rounds of BENCH_SECONDS (30) each; medians.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly ROUNDS=${BENCH_ROUNDS:-5} RUN_SECONDS=${BENCH_SECONDS:-30}
readonly RATE=50 DEVICES=1000
readonly WORK=$OUT/wecom
readonly RUNS=$WORK/runs


write_section() {
    local report push
    report=$(of report_p99_ms "$RUNS") push=$(of push_p99_ms "$RUNS")
    cat <<TEXT
## WeCom: report → answer → command

$DEVICES devices connected with a heartbeat every 30 s, $RATE reports/s offered, each answered by the echo and its command
reported done, through nginx, handlers, worker, relay and database of one host, the client on it too. Medians of $ROUNDS runs of
$RUN_SECONDS s; $(sum reports "$RUNS") reports, $(sum failed "$RUNS") failed.

| | p50 | p99 (lowest to highest) | wanted p99 | |
|---|--:|---|---|---|
| a report is answered | $(of report_p50_ms "$RUNS") ms | $report ms ($(spread report_p99_ms "$RUNS")) | < 50 | $(verdict "$report" 50) |
| report to pushed command | $(of push_p50_ms "$RUNS") ms | $push ms ($(spread push_p99_ms "$RUNS")) | < 150 | $(verdict "$push" 150) |
TEXT
}

main() {
    rm -rf "$WORK"
    mkdir -p "$WORK"
    trap bench_stack_stop EXIT
    bench_stack_start
    timeout $((ROUNDS * RUN_SECONDS + 300)) "$BIN/wecom_load" "http://127.0.0.1:$BENCH_PORT" "$BENCH_VAR" "$DEVICES" "$RATE" \
        "$RUN_SECONDS" "$ROUNDS" | tee "$RUNS"
    write_section >"$OUT/wecom.md"
}

main "$@"
