#!/usr/bin/env bash
# User -> robot -> user over the stream: two messages and what they bring with them, each committed and flushed
# (innodb_flush_log_at_trx_commit=1), at an offered rate that does not wait for answers.
# BENCH_ROUNDS (5) rounds of BENCH_SECONDS (30) each; medians over the rounds.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly ROUNDS=${BENCH_ROUNDS:-5} RUN_SECONDS=${BENCH_SECONDS:-30}
readonly RATE=200 TALKS=50
readonly WORK=$OUT/roundtrip
readonly RUNS=$WORK/runs


measure() {
    local round line
    for ((round = 1; round <= ROUNDS; ++round)); do
        line=$(timeout $((RUN_SECONDS + 90)) "$BIN/roundtrip" --port "$BENCH_PORT" --talks "$TALKS" --rate "$RATE" \
            --seconds "$RUN_SECONDS")
        say "$line" >>"$RUNS"
        say "round $round: $line"
    done
}

# Every answer that was counted stands in the database, as does what it answers.
committed() { mariadb --socket="$(bench_conf run_dir)/mysql.sock" --user="$(id -un)" -BN hongyan -e "$1"; }

write_section() {
    local p99 offered answered
    p99=$(of p99_ms "$RUNS")
    offered=$((RATE * RUN_SECONDS * ROUNDS))
    answered=$(sum answered "$RUNS")
    cat <<TEXT
## User → robot → user

$RATE round trips/s offered to $TALKS talks, each with a user and a robot's agent of its own, through nginx, relay, event
handler and database of one host, the client on it too. From when the user's message was due to the answer's arrival.
\`innodb_flush_log_at_trx_commit\` is $FLUSHED. Medians of $ROUNDS runs of $RUN_SECONDS s; $answered of $offered were answered, and
$MESSAGES messages were found in the database.

| p50 | p99 (lowest to highest) | longest |
|--:|---|--:|
| $(of p50_ms "$RUNS") ms | $p99 ms ($(spread p99_ms "$RUNS")) | $(of max_ms "$RUNS") ms |

| | wanted | measured | |
|---|---|--:|---|
| p99 in ms | < 25 | $p99 | $(verdict "$p99" 25) |
TEXT
}

main() {
    rm -rf "$WORK"
    mkdir -p "$WORK"
    trap bench_stack_stop EXIT
    bench_stack_start
    FLUSHED=$(committed 'SELECT @@innodb_flush_log_at_trx_commit')
    [[ $FLUSHED == 1 ]] || die "The database does not flush each commit."
    measure
    MESSAGES=$(committed 'SELECT COUNT(*) FROM messages')
    write_section >"$OUT/roundtrip.md"
}

main "$@"
