#!/usr/bin/env bash
# The relay: what an idle connection costs, one channel to 5,000 listeners against nchan and against a bare loop of
# send(2), and how soon 15,000 connections are back after `kill -9` of their relay.
# BENCH_ROUNDS (5) alternating rounds of BENCH_SECONDS (8) each; medians over the rounds. BENCH_PARTS names some of
# "idle fanout return" alone.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly ROUNDS=${BENCH_ROUNDS:-5} RUN_SECONDS=${BENCH_SECONDS:-8}
readonly PARTS=${BENCH_PARTS:-idle fanout return}
readonly LISTENERS=5000 IDLE=15000 ACCOUNTS=1500 EACH=10
# Messages a second to one channel: what 5,000 listeners make 500,000 and 50,000 frames of.
readonly FLOOD=100 CALM=10
readonly WORK=$OUT/relay
readonly SERVER_CPU=0
CLIENT_CPU=$(($(nproc) > 1 ? 1 : 0))
readonly CLIENT_CPU
NATS_PORT=0 RELAY_PORT=0 NCHAN_PORT=0 BARE_PORT=0 PROXY_PORT=0
RELAY_PID='' NCHAN_PID='' PROXY_PID='' BARE_PID=''
PIDS=()

clean_up() {
    local pid
    for pid in "${PIDS[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
    bench_stack_stop
}

# ---- what is measured --------------------------------------------------------------------

wait_for_port() {
    local i
    for ((i = 0; i < 200; ++i)); do
        if bench_taken "$1"; then return 0; fi
        sleep 0.05
    done
    die "Nothing listens on port $1; see $WORK"
}

# on_cpu CPU COMMAND...: in the background; its pid in STARTED.
on_cpu() {
    local cpu=$1
    shift
    taskset -c "$cpu" "$@" >>"$WORK/$(basename "$1").log" 2>&1 </dev/null &
    STARTED=$!
    PIDS+=("$STARTED")
}

start_nats() {
    on_cpu "$CLIENT_CPU" nats-server -a 127.0.0.1 -p "$NATS_PORT"
    wait_for_port "$NATS_PORT"
}

# One loop, all else as it comes; the stand-in for the handlers has no database to spare.
start_relay() {
    say "k1 $(openssl rand -hex 32)" >"$WORK/token-keys"
    openssl rand -hex 32 >"$WORK/box-key"
    chmod 600 "$WORK"/*-key*
    cat >"$WORK/relay.conf" <<CONF
profile = development
run_dir = $WORK/run
nats.url = nats://127.0.0.1:$NATS_PORT
relay.listen = 127.0.0.1:$RELAY_PORT
relay.name = bench
relay.loops = 1
auth.token_keys_file = $WORK/token-keys
auth.box_key_file = $WORK/box-key
weapp.provider = dev
CONF
    mkdir -p "$WORK/run"
    HONGYAN_CONFIG=$WORK/relay.conf on_cpu "$SERVER_CPU" "$BIN/ws-relay"
    RELAY_PID=$STARTED
    wait_for_port "$RELAY_PORT"
}

stop_relay() {
    kill -9 "$RELAY_PID"
    wait "$RELAY_PID" 2>/dev/null || true
}

# nginx_conf NAME WORKERS: the frame of an nginx of ours; what stands in http comes from stdin.
nginx_conf() {
    local folder=$WORK/$1
    mkdir -p "$folder"
    cat <<CONF
$3
daemon off;
pid $folder/pid;
error_log stderr warn;
worker_processes $2;
worker_rlimit_nofile 20000;
events { worker_connections 20000; }
http {
    access_log off;
    client_body_temp_path $folder/body;
    proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    keepalive_requests 100000000;
$(cat)
}
CONF
}

start_nchan() {
    nginx_conf nchan 1 'load_module /usr/lib/nginx/modules/ngx_nchan_module.so;' >"$WORK/nchan.conf" <<CONF
    nchan_shared_memory_size 256m;
    server {
        listen 127.0.0.1:$NCHAN_PORT backlog=4096;
        location = /sub { nchan_subscriber websocket; nchan_channel_id bench; nchan_subscriber_first_message newest; }
        location = /pub { nchan_publisher http; nchan_channel_id bench; nchan_message_timeout 1m; }
    }
CONF
    on_cpu "$SERVER_CPU" nginx -c "$WORK/nchan.conf"
    wait_for_port "$NCHAN_PORT"
    NCHAN_PID=$(pgrep -P "$STARTED" | head -n 1)
}

start_proxy() {
    nginx_conf proxy 2 '' >"$WORK/proxy.conf" <<CONF
    map \$http_upgrade \$hongyan_connection { default upgrade; '' close; }
    server {
        listen 127.0.0.1:$PROXY_PORT backlog=4096 reuseport;
        location / { include $ROOT/nginx/ws_hongyan.conf; proxy_pass http://127.0.0.1:$RELAY_PORT; }
    }
CONF
    on_cpu "0-$(($(nproc) - 1))" nginx -c "$WORK/proxy.conf"
    wait_for_port "$PROXY_PORT"
    PROXY_PID=$STARTED
}

start_bare() {
    on_cpu "$SERVER_CPU" "$BIN/bare_send" --port "$BARE_PORT" --connections "$LISTENERS"
    BARE_PID=$STARTED
    # It takes the first connections it gets for listeners: nobody may knock to see whether it is there.
    local i
    for ((i = 0; i < 200; ++i)); do
        ! ss -Hltn "sport = :$BARE_PORT" | grep -q . || return 0
        sleep 0.05
    done
    die "The bare loop does not listen."
}

# ---- runs ----------------------------------------------------------------------------------

# value LINE NAME: of a line of name=value.
value() { sed -nE "s/(^|.* )$2=([^ ]*).*/\2/p" <<<"$1"; }

idle_run() {
    local name=$1 pids=$2 port=$3
    timeout 300 "$BIN/relay_idle" --pids "$pids" --port "$port" --connections "$IDLE" \
        --nats "nats://127.0.0.1:$NATS_PORT" >"$WORK/idle.$name"
    say "idle, $name: $(cat "$WORK/idle.$name")"
}

measure_idle() {
    start_relay
    idle_run alone "$RELAY_PID" "$RELAY_PORT"
    stop_relay
    start_relay
    start_proxy
    idle_run behind "$RELAY_PID" "$PROXY_PORT"
    stop_relay
    start_relay
    idle_run nginx "$(pgrep -P "$PROXY_PID" | paste -sd,)" "$PROXY_PORT"
    stop_relay
    kill "$PROXY_PID"
}

# fanout_run PEER RATE FILE [TOPIC]: adds a line to FILE. Nobody may lose their connection.
fanout_run() {
    local peer=$1 pid port line
    case $peer in
        relay) pid=$RELAY_PID port=$RELAY_PORT ;;
        nchan) pid=$NCHAN_PID port=$NCHAN_PORT ;;
        bare)
            start_bare
            pid=$BARE_PID port=$BARE_PORT
            ;;
    esac
    line=$(timeout 200 taskset -c "$CLIENT_CPU" "$BIN/relay_fanout" --mode "$peer" --pid "$pid" --port "$port" \
        --connections "$LISTENERS" --rate "$2" --seconds "$RUN_SECONDS" --nats "nats://127.0.0.1:$NATS_PORT" \
        --topic "${4:-live.channel.1}")
    [[ $(value "$line" closed) == 0 ]] || die "$peer closed connections: $line"
    say "$line" >>"$3"
    say "$(basename "$3"): $line"
}

measure_fanout() {
    local round peer
    start_relay
    start_nchan
    for peer in relay nchan; do fanout_run "$peer" "$CALM" "$WORK/warm"; done
    for ((round = 1; round <= ROUNDS; ++round)); do
        for peer in relay nchan bare; do fanout_run "$peer" "$CALM" "$WORK/calm.$peer"; done
    done
    for ((round = 1; round <= ROUNDS; ++round)); do
        for peer in relay nchan; do fanout_run "$peer" "$FLOOD" "$WORK/flood.$peer"; done
    done
    fanout_run relay "$CALM" "$WORK/calm.confirmed" live.account.0
    stop_relay
    kill "$NCHAN_PID"
}

# Through nginx, handlers and database as they are; each account has one robot and EACH connections.
measure_return() {
    local relay
    bench_stack_start
    relay=$(pgrep -P "$(cat "$(bench_conf run_dir)/supervisord.pid")" -x ws-relay)
    timeout 400 "$BIN/relay_return" --port "$BENCH_PORT" --pid "$relay" --accounts "$ACCOUNTS" --each "$EACH" \
        >"$WORK/return"
    say "return: $(cat "$WORK/return")"
    bench_stack_stop
}

# ---- the section ---------------------------------------------------------------------------

# of FILE NAME: the median over the rounds.
one() { value "$(cat "$WORK/$1")" "$2"; }

# wanted TEXT MEASURED OPERATOR LIMIT
wanted() {
    printf '| %s | %s %s | %.2f | %s |\n' "$1" "$3" "$4" "$2" \
        "$(calc "($2 $3 $4) ? \"reached\" : \"not reached\"" %s)" | sed 's/>=/≥/; s/<=/≤/'
}

write_idle() {
    cat <<TEXT
### $IDLE idle connections

Each an account of its own with its own topics; resident memory before and after, divided by the connections.

| | before | with $IDLE | for each connection |
|---|--:|--:|--:|
| relay alone | $(one idle.alone before_mb) MB | $(one idle.alone after_mb) MB | $(one idle.alone each_bytes) bytes |
| relay behind nginx | $(one idle.behind before_mb) MB | $(one idle.behind after_mb) MB | $(one idle.behind each_bytes) bytes |
| nginx itself (2 workers, \`proxy_read_timeout 1h\`) | $(one idle.nginx before_mb) MB | $(one idle.nginx after_mb) MB | $(one idle.nginx each_bytes) bytes |

| | wanted | measured | |
|---|---|--:|---|
$(wanted 'resident bytes of the relay for an idle connection' "$(one idle.alone each_bytes)" '<=' 8192)

TEXT
}

fanout_row() {
    printf '| %s | %.0f (%s) | %.1f ms | %.1f ms (%s) | %.2f µs |\n' "$1" "$(of delivered "$WORK/$2")" "$(spread delivered "$WORK/$2")" \
        "$(of p50_ms "$WORK/$2")" "$(of p99_ms "$WORK/$2")" "$(spread p99_ms "$WORK/$2")" "$(of cpu_us "$WORK/$2")"
}

write_fanout() {
    cat <<TEXT
### One channel to $LISTENERS listeners

The relay with one loop, nchan with one worker, the bare loop with one thread, each on core $SERVER_CPU; the clients, which
count the frames and are the same for all, with NATS and the publisher on core $CLIENT_CPU. The relay gets what handlers
publish, over NATS; nchan is posted to over kept HTTP connections. Times from when a message was due to its
arrival at each listener. Medians of $ROUNDS alternating rounds of $RUN_SECONDS s; no connection was closed.

| offered $((CALM * LISTENERS)) frames/s | delivered (lowest to highest) | p50 | p99 | CPU a frame |
|---|---|--:|---|--:|
$(fanout_row relay calm.relay)
$(fanout_row nchan calm.nchan)
$(fanout_row 'bare `send(2)`' calm.bare)
$(fanout_row 'relay, each listener confirming (one run)' calm.confirmed)

| offered $((FLOOD * LISTENERS)) frames/s | delivered (lowest to highest) | p50 | p99 | CPU a frame |
|---|---|--:|---|--:|
$(fanout_row relay flood.relay)
$(fanout_row nchan flood.nchan)

| | wanted | measured | |
|---|---|--:|---|
$(wanted "delivered at an offered $((FLOOD * LISTENERS)), times nchan" "$(calc "$(of delivered "$WORK/flood.relay") / $(of delivered "$WORK/flood.nchan")" %.4f)" '>=' 2)
$(wanted "p99 at an offered $((CALM * LISTENERS)), times nchan" "$(calc "$(of p99_ms "$WORK/calm.relay") / $(of p99_ms "$WORK/calm.nchan")" %.4f)" '<=' 1.1)
$(wanted 'CPU a frame there, times the bare loop' "$(calc "$(of cpu_us "$WORK/calm.relay") / $(of cpu_us "$WORK/calm.bare")" %.4f)" '<=' 1.25)

TEXT
}

write_return() {
    cat <<TEXT
### Back after \`kill -9\` of the relay

$((ACCOUNTS * EACH)) connections of $ACCOUNTS accounts through nginx, relay, event handlers and database, all of one host. A client
that lost its connection, or was refused, comes back after a pause of up to 2 s, and up to twice that after each failure, 8 s at most.
Brought up first in $(one return up_s) s. After the kill, the first was live again after $(one return first_s) s, half of them after
$(one return half_s) s, the last after $(one return all_s) s; $(one return ended) times a connection had ended or been refused.

| | wanted | measured | |
|---|---|--:|---|
$(wanted "connections back" "$(one return back)" '>=' "$((ACCOUNTS * EACH))")
$(wanted "seconds until all were live again" "$(one return all_s)" '<=' 30)
TEXT
}

main() {
    local part
    rm -rf "$WORK"
    mkdir -p "$WORK"
    trap clean_up EXIT
    ulimit -n "$(ulimit -Hn)"
    bench_choose_ports 8
    NATS_PORT=$((BENCH_PORT + 3)) RELAY_PORT=$((BENCH_PORT + 4)) NCHAN_PORT=$((BENCH_PORT + 5))
    BARE_PORT=$((BENCH_PORT + 6)) PROXY_PORT=$((BENCH_PORT + 7))
    start_nats
    for part in $PARTS; do "measure_$part"; done
    {
        printf '## Relay\n\n'
        for part in $PARTS; do "write_$part"; done
    } >"$OUT/relay.md"
}

main "$@"
