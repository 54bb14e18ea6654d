#!/usr/bin/env bash
# Chat at the fourth door's gateway: durable sends over 1,000 channels in turns with the third door's, latency at an offered
# rate, and 10,000 connections that only beat. BENCH_ROUNDS (5) rounds of BENCH_SECONDS (10) each; medians.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly ROUNDS=${BENCH_ROUNDS:-5} RUN_SECONDS=${BENCH_SECONDS:-10}
readonly RATE=500 IDLE=10000 IDLE_SECONDS=40
readonly WORK=$OUT/gateway

# load FILE DOOR ROUNDS MODE [RATE]
load() {
    IM_DOOR=$2 timeout 900 "$BIN/im_load" "$(bench_url)" "$4" 1000 "$RUN_SECONDS" "$3" "${5:-}" | tee -a "$WORK/$1"
}

relay_pid() { pgrep -P "$(cat "$(bench_conf run_dir)/supervisord.pid")" -x ws-relay; }
relay_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$(relay_pid)/status"; }
relay_ticks() { awk '{ print $14 + $15 }' "/proc/$(relay_pid)/stat"; }

# Looked at when all have been let in, and at the end.
idle() {
    local before ticks seen=''
    before=$(relay_kb)
    IM_DOOR=openim timeout 900 "$BIN/im_load" "$(bench_url)" idle "$IDLE" "$IDLE_SECONDS" 1 | while IFS= read -r seen; do
        say "$seen"
        case $seen in
            live=*) ticks=$(relay_ticks) ;;
            *)
                say "before_kb=$before after_kb=$(relay_kb) cpu_s=$(calc "($(relay_ticks) - $ticks) / $(getconf CLK_TCK)")" \
                    "$seen" >>"$WORK/idle"
                ;;
        esac
    done
}

measure() {
    local round
    load rate openim "$ROUNDS" rate "$RATE"
    for ((round = 0; round < ROUNDS; ++round)); do
        load full openim 1 full
        load third wukongim 1 full
    done
    idle
}

write_section() {
    local ack recv share each
    ack=$(of ack_p99_ms "$WORK/rate") recv=$(of recv_p99_ms "$WORK/rate")
    share=$(calc "$(of rate "$WORK/full") / $(of rate "$WORK/third")")
    each=$(calc "($(of after_kb "$WORK/idle") - $(of before_kb "$WORK/idle")) * 1024 / $IDLE" %.0f)
    cat <<TEXT
## Chat through the gateway (openim)

As at the third door: each send durable, pairs of people over 1,000 channels, 32 in flight, everything on one host. Medians of
$ROUNDS runs of $RUN_SECONDS s, in turns with the third door's JSON-RPC.

| | sends/s (lowest to highest) | ack p50 | ack p99 | recv p99 |
|---|---|--:|--:|--:|
| gateway | $(of rate "$WORK/full") ($(spread rate "$WORK/full")) | $(of ack_p50_ms "$WORK/full") ms | $(of ack_p99_ms "$WORK/full") ms | $(of recv_p99_ms "$WORK/full") ms |
| third door | $(of rate "$WORK/third") ($(spread rate "$WORK/third")) | $(of ack_p50_ms "$WORK/third") ms | $(of ack_p99_ms "$WORK/third") ms | $(of recv_p99_ms "$WORK/third") ms |
| gateway, $RATE sends/s offered | $(of rate "$WORK/rate") ($(spread rate "$WORK/rate")) | $(of ack_p50_ms "$WORK/rate") ms | $ack ms ($(spread ack_p99_ms "$WORK/rate")) | $recv ms ($(spread recv_p99_ms "$WORK/rate")) |

| | wanted | measured | |
|---|---|--:|---|
| $RATE sends/s: send to ack, p99 in ms | < 50 | $ack | $(verdict "$ack" 50) |
| $RATE sends/s: send to recv, p99 in ms | < 60 | $recv | $(verdict "$recv" 60) |

Sends/s through the gateway are $share times the third door's in the same run.

$(of connections "$WORK/idle") connections of as many accounts, each with a ping every 10 s for $IDLE_SECONDS s: $(of pongs "$WORK/idle") of $(of beats "$WORK/idle") pings
answered, p50 after $(of pong_p50_ms "$WORK/idle") ms, p99 after $(of pong_p99_ms "$WORK/idle") ms; $(of ended "$WORK/idle") connections ended. The relay used $(of cpu_s "$WORK/idle") s of processor
time for it and holds $each bytes resident for each.
TEXT
}

main() {
    rm -rf "$WORK"
    mkdir -p "$WORK"
    trap bench_stack_stop EXIT
    bench_stack_start
    [[ $(bench_sql 'SELECT @@innodb_flush_log_at_trx_commit') == 1 ]] || die "The database does not flush each commit."
    measure
    write_section >"$OUT/gateway.md"
}

main "$@"
