#!/usr/bin/env bash
# GET /ocms/robots/ of an account with 20 robots: our handler against PHP-FPM and against a bare loop, behind the
# same nginx, over the same MariaDB, with the same number of workers, in alternating runs.
# BENCH_ROUNDS (5) rounds of BENCH_SECONDS (6) each; medians over the rounds.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly ROUNDS=${BENCH_ROUNDS:-5} RUN_SECONDS=${BENCH_SECONDS:-6}
readonly CONNECTIONS=32 ROBOTS=20 PROCESSES=2 THREADS=4
readonly PEERS=(ours php bare)
readonly WORK=$OUT/http
declare -A PATH_OF=([ours]=/ocms/robots/ [php]=/bench/php/robots/ [bare]=/bench/bare/robots/)
declare -A TITLE_OF=([ours]=Hongyan [php]=PHP-FPM [bare]='bare loop')
URL='' RUN='' ACCESS='' PEER_PIDS=()

clean_up() {
    local pid
    for pid in "${PEER_PIDS[@]}"; do kill "$pid" 2>/dev/null || true; done
    bench_stack_stop
}

# ---- the two peers ----------------------------------------------------------------------

# What both peers are told; the database's user is the handlers' own.
export_settings() {
    BENCH_KEY=$(awk 'END { print $2 }' "$BENCH_VAR/etc/secrets/token-keys")
    BENCH_PASSWORD=$(cat "$BENCH_VAR/etc/secrets/db-password")
    BENCH_USER=$(bench_conf database.user)
    BENCH_SCHEMA=$(bench_conf database.name)
    BENCH_SOCKET=$(bench_conf database.socket)
    BENCH_DSN="mysql:unix_socket=$BENCH_SOCKET;dbname=$BENCH_SCHEMA;charset=utf8mb4"
    export BENCH_KEY BENCH_PASSWORD BENCH_USER BENCH_SCHEMA BENCH_SOCKET BENCH_DSN
}

start_php() {
    local root=()
    ((EUID != 0)) || root=(--allow-to-run-as-root)
    cat >"$WORK/php-fpm.conf" <<CONF
[global]
error_log = $WORK/php-fpm.log
daemonize = no
[bench]
listen = $RUN/php.sock
listen.backlog = 511
user = $(id -un)
group = $(id -gn)
pm = static
pm.max_children = $((PROCESSES * THREADS))
clear_env = no
CONF
    php-fpm8.2 "${root[@]}" --nodaemonize --fpm-config "$WORK/php-fpm.conf" \
        -d opcache.enable=1 -d opcache.validate_timestamps=0 -d expose_php=0 >"$WORK/php.out" 2>&1 &
    PEER_PIDS+=($!)
    PHP_PID=$!
}

# The processes share one socket, as our handlers do; fcgi_host makes it and stays out of the way.
start_bare() {
    "$BIN/fcgi_host" --listen="$RUN/bare.sock" --processes="$PROCESSES" -- "$BIN/bare_robots" "$THREADS" \
        >"$WORK/bare.out" 2>&1 &
    PEER_PIDS+=($!)
    BARE_PID=$!
}

# The peers' locations stand beside ours, with what ours have.
tell_nginx() {
    cat >"$BENCH_VAR/etc/nginx/hongyan/conf.d/zz-bench.conf" <<CONF
location ^~ ${PATH_OF[php]} {
    include errors/ocms.pages;
    include rate.conf;
    include fastcgi_hongyan.conf;
    fastcgi_param SCRIPT_FILENAME $BENCH/robots.php;
    fastcgi_pass unix:$RUN/php.sock;
}
location ^~ ${PATH_OF[bare]} {
    include errors/ocms.pages;
    include rate.conf;
    include fastcgi_hongyan.conf;
    fastcgi_pass unix:$RUN/bare.sock;
}
CONF
    kill -HUP "$(cat "$RUN/nginx.pid")"
}

ask() { curl -sS -f -m 5 "$URL${PATH_OF[$1]}" -H "Authorization: Bearer ${2-$ACCESS}"; }

wait_for_peers() {
    local peer i
    for peer in "${PEERS[@]}"; do
        for ((i = 0; i < 100; ++i)); do
            ! ask "$peer" >/dev/null 2>&1 || continue 2
            sleep 0.1
        done
        die "$peer does not answer; see $WORK"
    done
}

# The same answer from all three, and from none with a token that is not ours.
compare_answers() {
    local peer status
    for peer in "${PEERS[@]}"; do
        ask "$peer" | jq -S . >"$WORK/$peer.json"
        [[ $(jq length "$WORK/$peer.json") == "$ROBOTS" ]] || die "$peer does not answer with $ROBOTS robots."
        cmp "$WORK/ours.json" "$WORK/$peer.json" || die "$peer answers something else."
        status=$(curl -sS -o /dev/null -w '%{http_code}' "$URL${PATH_OF[$peer]}" -H "Authorization: Bearer ${ACCESS}x")
        [[ $status == 401 ]] || die "$peer takes a token with a wrong signature ($status)."
    done
}

# ---- measuring --------------------------------------------------------------------------

# Whose time is counted: workers that answer, their masters not being among them.
workers_of() {
    case $1 in
        ours) pgrep -f -x "$BIN/ocms-robots" ;;
        php) pgrep -P "$PHP_PID" ;;
        bare) pgrep -P "$BARE_PID" ;;
        nginx) pgrep -P "$(cat "$RUN/nginx.pid")" ;;
        mariadb) cat "$BENCH_VAR/mysql.tmp/mariadbd.pid" ;;
        supervisord) cat "$RUN/supervisord.pid" ;;
    esac
}

# cpu_of PID...: milliseconds of processor time, user and system, since they started.
cpu_of() {
    local pid
    for pid in "$@"; do cat "/proc/$pid/stat"; done |
        awk -v tick="$(getconf CLK_TCK)" '{ sub(/^.*\) /, ""); ms += ($12 + $13) * 1000 / tick } END { print ms }'
}

# one_run PEER FILE: a line "requests/s p50 p99 handler nginx mariadb supervisord", times in µs.
one_run() {
    local peer=$1 who before=() after=() requests line
    local counted=("$peer" nginx mariadb supervisord)
    for who in "${counted[@]}"; do before+=("$(cpu_of $(workers_of "$who"))"); done
    wrk -t1 --timeout 20s -c"$CONNECTIONS" -d"${RUN_SECONDS}s" -s "$BENCH/wrk_report.lua" \
        -H "Authorization: Bearer $ACCESS" "$URL${PATH_OF[$peer]}" >"$WORK/wrk.out"
    for who in "${counted[@]}"; do after+=("$(cpu_of $(workers_of "$who"))"); done
    line=$(grep '^bench ' "$WORK/wrk.out") || { cat "$WORK/wrk.out" >&2; die "wrk said nothing."; }
    read -r _ requests _ _ _ errors <<<"$line"
    ((errors == 0)) || die "$peer: $errors of $requests requests failed."
    awk -v line="$line" -v before="${before[*]}" -v after="${after[*]}" 'BEGIN {
        split(line, wrk); n = split(before, b); split(after, a)
        printf "%.0f %.0f %.0f", wrk[2] / wrk[3] * 1e6, wrk[4], wrk[5]
        for (i = 1; i <= n; ++i) printf " %.1f", (a[i] - b[i]) * 1000 / wrk[2]
        print ""
    }' >>"$2"
}

measure() {
    local round peer
    rm -f "$WORK"/*.runs
    # Connections and caches are warm before anything counts.
    for peer in "${PEERS[@]}"; do one_run "$peer" "$WORK/$peer.warm"; done
    for ((round = 1; round <= ROUNDS; ++round)); do
        for peer in "${PEERS[@]}"; do
            one_run "$peer" "$WORK/$peer.runs"
            say "round $round, $peer: $(tail -n 1 "$WORK/$peer.runs")"
        done
    done
}

# ---- the section ------------------------------------------------------------------------

# of PEER COLUMN: the median over the rounds.
column() { cut -d' ' -f"$2" "$WORK/$1.runs" | median; }
extent() { cut -d' ' -f1 "$WORK/$1.runs" | sort -g | sed -n '1p;$p' | paste -sd' ' | sed 's/ / to /'; }

target() {
    local good
    good=$(calc "($2 $3 $4) ? \"reached\" : \"not reached\"" %s)
    printf '| %s | %s %s | %.2f | %s |\n' "$1" "${3/<=/≤}" "$4" "$2" "$good" | sed 's/>=/≥/'
}

write_section() {
    local peer
    cat <<TEXT
## HTTP: \`GET /ocms/robots/\` with $ROBOTS robots, through nginx

wrk with $CONNECTIONS kept connections on the same machine; $((PROCESSES * THREADS)) workers each ($PROCESSES processes of
$THREADS threads, PHP-FPM with $((PROCESSES * THREADS)) static children, opcache, persistent PDO). The answers are equal as
JSON ($(ask ours | wc -c) bytes) and a wrong signature is refused by all three. Medians of $ROUNDS alternating rounds of $RUN_SECONDS s.

| | requests/s | (lowest to highest) | p50 | p99 | handler CPU | nginx | MariaDB | supervisord |
|---|--:|---|--:|--:|--:|--:|--:|--:|
TEXT
    for peer in "${PEERS[@]}"; do
        printf '| %s | %.0f | %s | %.1f ms | %.1f ms | %.1f µs | %.1f µs | %.1f µs | %.1f µs |\n' "${TITLE_OF[$peer]}" \
            "$(column "$peer" 1)" "$(extent "$peer")" "$(calc "$(column "$peer" 2) / 1000")" "$(calc "$(column "$peer" 3) / 1000")" \
            "$(column "$peer" 4)" "$(column "$peer" 5)" "$(column "$peer" 6)" "$(column "$peer" 7)"
    done
    cat <<TEXT

CPU is user and system time of the processes for each request; supervisord takes what our handlers log, a line a request.

| | wanted | measured | |
|---|---|--:|---|
$(target 'requests/s, times PHP-FPM' "$(calc "$(column ours 1) / $(column php 1)" %.4f)" '>=' 1.7)
$(target 'handler CPU, times PHP-FPM' "$(calc "$(column ours 4) / $(column php 4)" %.4f)" '<=' 0.55)
$(target 'handler CPU, times the bare loop' "$(calc "$(column ours 4) / $(column bare 4)" %.4f)" '<=' 1.25)
TEXT
}

main() {
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    rm -rf "$WORK"
    mkdir -p "$WORK"
    bench_stack_start HONGYAN_PROCESSES="$PROCESSES" HONGYAN_HTTP_THREADS="$THREADS"
    URL=$(bench_url)
    RUN=$(bench_run_dir)
    ACCESS=$(bench_account "$ROBOTS")
    export_settings
    start_php
    start_bare
    tell_nginx
    wait_for_peers
    compare_answers
    measure
    write_section >"$OUT/http.md"
}

main "$@"
