#!/usr/bin/env bash
# Chat at the third door: durable sends over the WebSocket and over HTTP over 1, 10 and 1,000 channels beside a bare loop of
# the same statements, latency at an offered rate, a group of 10,000. BENCH_ROUNDS (5) rounds of BENCH_SECONDS (10) each;
# medians.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly ROUNDS=${BENCH_ROUNDS:-5} RUN_SECONDS=${BENCH_SECONDS:-10}
readonly IN_FLIGHT=32 RATE=500 MEMBERS=10000 GROUP_RATE=2 BATCHES=20
readonly WORK=$OUT/im

# load FILE ROUNDS MODE SIZE [RATE]: runs of im_load with the same people.
load() { timeout 900 "$BIN/im_load" "$(bench_url)" "$3" "$4" "$RUN_SECONDS" "$2" "${5:-}" | tee -a "$WORK/$1"; }

# What the database has done since its start: how often NAME was counted.
status_of() { bench_sql "SHOW GLOBAL STATUS LIKE '$1'" | awk '{ print $2 }'; }

# counted FILE COMMAND...: runs it and writes what each of the sends that FILE tells of cost in statements, commits and flushes.
counted() {
    local file=$1 name sends before=() after=()
    local -r names=(Com_stmt_execute Com_commit Innodb_data_fsyncs)
    shift
    for name in "${names[@]}"; do before+=("$(status_of "$name")"); done
    "$@"
    for name in "${names[@]}"; do after+=("$(status_of "$name")"); done
    sends=$(sum acked <(tail -n "${RUNS_COUNTED:-$ROUNDS}" "$WORK/$file"))
    for name in "${!names[@]}"; do
        printf '%s=%s ' "${names[name]}" "$(calc "(${after[name]} - ${before[name]}) / $sends")"
    done >>"$WORK/$file.counted"
    echo >>"$WORK/$file.counted"
}

over_http() {
    local i line
    "$BIN/im_load" "$(bench_url)" pairs "$1" >"$WORK/pairs"
    for ((i = 0; i < ROUNDS; ++i)); do
        HY_PAIRS=$WORK/pairs wrk -t1 --timeout 20s -c"$IN_FLIGHT" -d"${RUN_SECONDS}s" -s "$BENCH/im_http.lua" \
            "$(bench_url)" >"$WORK/wrk"
        line=$(grep '^bench ' "$WORK/wrk") || { cat "$WORK/wrk" >&2; die "wrk said nothing."; }
        awk '{ printf "acked=%d rate=%.0f ack_p50_ms=%.1f ack_p99_ms=%.1f failed=%d\n", $2, $2 / $3 * 1e6, $4 / 1000, $5 / 1000, $6 }' \
            <<<"$line" | tee -a "$WORK/http$1"
    done
    [[ $(sum failed "$WORK/http$1") == 0 ]] || die "Sends over HTTP failed."
}

bare() {
    timeout $((RUN_SECONDS + 60)) "$BIN/bare_sends" --socket "$(bench_run_dir)/mysql.sock" --user "$(id -un)" \
        --channels 1000 --connections $IN_FLIGHT --seconds "$RUN_SECONDS" | tee -a "$WORK/bare"
}

# A hundred messages in one request: how long, and how many transactions.
batches() {
    local i token partner body
    read -r token partner <"$WORK/pairs"
    body=$(jq -cn --arg to "$partner" '[range(100) | {channelId: $to, channelType: 1, payload: ("x" * 256 | @base64)}]')
    for ((i = 0; i < BATCHES; ++i)); do
        curl -sS -f -o /dev/null -w 'acked=1 batch_s=%{time_total}\n' -X POST "$(bench_url)/api/v1/im/message/sendbatch" \
            -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -d "$body"
    done >"$WORK/batch"
}

# The machine is quicker at one minute than at another: what is compared takes turns.
measure() {
    local channels round
    # First: a database that still writes out what a full load has left answers late.
    counted rate load rate "$ROUNDS" rate 1000 "$RATE"
    for channels in 1 10 1000; do
        say "$channels channels:"
        counted "http$channels" over_http "$channels"
        ((channels == 1000)) || counted "full$channels" load "full$channels" "$ROUNDS" full "$channels"
    done
    for ((round = 0; round < ROUNDS; ++round)); do
        RUNS_COUNTED=1 counted full1000 load full1000 1 full 1000
        RUNS_COUNTED=1 counted bare bare
    done
    RUNS_COUNTED=$BATCHES counted batch batches
    load group "$ROUNDS" group "$MEMBERS" "$GROUP_RATE"
}

row() {
    local file=$WORK/$2 cpu=-
    [[ $2 == http* ]] || cpu=$(calc "$(sum client_cpu_s "$file") * 1e6 / $(sum acked "$file")" '%.0f µs')
    printf '| %s | %.0f (%s) | %s ms | %s ms | %s | %s | %s | %s |\n' "$1" "$(of rate "$file")" "$(spread rate "$file")" \
        "$(of ack_p50_ms "$file")" "$(of ack_p99_ms "$file")" "$(of Com_stmt_execute "$file.counted")" \
        "$(of Com_commit "$file.counted")" "$(of Innodb_data_fsyncs "$file.counted")" "$cpu"
}

write_section() {
    local ack recv share channels
    ack=$(of ack_p99_ms "$WORK/rate") recv=$(of recv_p99_ms "$WORK/rate")
    share=$(calc "$(of rate "$WORK/full1000") / $(of rate "$WORK/bare")")
    cat <<TEXT
## Chat: sends, latency, a large group

Each send is durable (\`innodb_flush_log_at_trx_commit=1\`): a transaction of its own, or part of one with what the same connection
said meanwhile in the same channel. Payloads 70 % 256 B, 25 % 1 KB, 4 % 4 KB, 1 % 16 KB. Over the WebSocket every partner is
connected, hears each message and acknowledges it. Everything, the clients too, on one host; $IN_FLIGHT in flight. The bare loop is
the same statements on $IN_FLIGHT connections, with nothing around them. Prepared statements and packets together are the
round trips to the database; a packet holds the INSERTs of its transaction (three for a message) and COMMIT. Medians of $ROUNDS runs of $RUN_SECONDS s.

| | sends/s (lowest to highest) | ack p50 | ack p99 | prepared statements a send | COMMIT packets | fsyncs | client's CPU a send |
|---|---|--:|--:|--:|--:|--:|--:|
TEXT
    for channels in 1 10 1000; do row "WebSocket, $channels channels" "full$channels"; done
    for channels in 1 10 1000; do row "HTTP, $channels channels" "http$channels"; done
    row 'bare loop, 1000 channels' bare
    row "WebSocket, $RATE sends/s offered, 1000 channels" rate
    cat <<TEXT

| | wanted | measured | |
|---|---|--:|---|
| WebSocket over 1,000 channels, times the bare loop | >= 0.5 | $share | $(verdict 0.5 "$share") |
| $RATE sends/s: send to ack, p99 (lowest to highest) in ms | < 50 | $ack ($(spread ack_p99_ms "$WORK/rate")) | $(verdict "$ack" 50) |
| $RATE sends/s: send to recv, p99 (lowest to highest) in ms | < 60 | $recv ($(spread recv_p99_ms "$WORK/rate")) | $(verdict "$recv" 60) |
| adding 1,000 subscribers at once, the slowest of ten, in ms | < 1000 | $(of add_ms "$WORK/group") | $(verdict "$(of add_ms "$WORK/group")" 1000) |

A batch of 100 in one channel takes $(calc "$(of batch_s "$WORK/batch") * 1000" %.0f) ms and $(of Com_commit "$WORK/batch.counted") transactions ($(of Com_stmt_execute "$WORK/batch.counted") prepared statements).

A group of $MEMBERS subscribers, $(of listeners "$WORK/group") of them connected, $GROUP_RATE sends/s: ack p50 $(of ack_p50_ms "$WORK/group") ms, p99 $(of ack_p99_ms "$WORK/group") ms; a message has
reached half of its listeners after $(of recv_p50_ms "$WORK/group") ms, 99 % after $(of recv_p99_ms "$WORK/group") ms; $(of heard "$WORK/group") heard of $(calc "$(of sent "$WORK/group") * $(of listeners "$WORK/group")" %.0f) in a run.
TEXT
}

main() {
    rm -rf "$WORK"
    mkdir -p "$WORK"
    trap bench_stack_stop EXIT
    bench_stack_start
    [[ $(bench_sql 'SELECT @@innodb_flush_log_at_trx_commit') == 1 ]] || die "The database does not flush each commit."
    measure
    write_section >"$OUT/im.md"
}

main "$@"
