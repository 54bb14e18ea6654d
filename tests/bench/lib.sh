# What the parts of the benchmark share: a stack of their own beside the developer's, and
# arithmetic over what was measured. Sourced, not run.
# shellcheck shell=bash

BENCH=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$BENCH/../../infra/dev/lib.sh"
OUT=$BUILD/bench
BENCH_VAR=$OUT/var
BENCH_PORT=''

bench_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# bench_choose_ports N: N free ports in a row, the first into BENCH_PORT (the stack takes three).
bench_choose_ports() {
    local base port
    for ((base = ${BENCH_FIRST_PORT:-9611}; base < 9990; base += 10)); do
        for ((port = base; port < base + $1; ++port)); do
            if bench_taken "$port"; then continue 2; fi
        done
        BENCH_PORT=$base
        return
    done
    die "No $1 free ports in a row."
}

# bench_stack_start [NAME=VALUE ...]: a fresh stack with these settings; its folder is BENCH_VAR.
bench_stack_start() {
    bench_stack_stop
    rm -rf "$BENCH_VAR"
    mkdir -p "$OUT"
    [[ -n $BENCH_PORT ]] || bench_choose_ports 8
    env HONGYAN_VAR="$BENCH_VAR" HONGYAN_PORT="$BENCH_PORT" HONGYAN_RATE_LIMIT=off "$@" \
        "$DEV/run.sh" --no-build >"$OUT/run.log" 2>&1 </dev/null || { cat "$OUT/run.log" >&2; return 1; }
}

bench_stack_stop() {
    [[ ! -d $BENCH_VAR ]] || HONGYAN_VAR=$BENCH_VAR "$DEV/stop.sh" >/dev/null 2>&1 || true
}

# The settings of the running stack, as conf_value of lib.sh reads them for the developer's.
bench_conf() { CONF=$BENCH_VAR/etc/hongyan.conf conf_value "$1"; }
bench_ctl() { HONGYAN_CONFIG=$BENCH_VAR/etc/hongyan.conf "$BIN/hongyanctl" "$@"; }
bench_run_dir() { VAR=$BENCH_VAR run_dir; }
bench_url() { CONF=$BENCH_VAR/etc/hongyan.conf local_url; }
bench_sql() { mariadb --socket="$(bench_run_dir)/mysql.sock" --user="$(id -un)" --batch --skip-column-names hongyan -e "$1"; }

# bench_account ROBOTS: signs in an account that has so many robots and prints its access token.
bench_account() {
    local url access i
    url=$(bench_url)
    access=$(curl -sS -f -X POST "$url/ocms/auth/weapp/token" -H 'Content-Type: application/json' -d '{"code":"bench"}' |
        jq -r .access_token)
    for ((i = 1; i <= $1; ++i)); do
        jq -n --arg name "机器人 $i" '{name: $name, description: "Answers questions about \"letters\", 鸿雁传书 every day"}' |
            curl -sS -f -X POST "$url/ocms/robots/" -H "Authorization: Bearer $access" \
                -H 'Content-Type: application/json' -d @- >/dev/null
    done
    say "$access"
}

# Reads numbers, one a line; an even count gives the mean of the two in the middle.
median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# calc EXPRESSION [FORMAT]
calc() { awk "BEGIN { printf \"${2:-%.2f}\", $1 }"; }

# Of FILE, whose lines are runs of NAME=figure: the median, the least and the greatest, the sum.
figures() { sed -nE "s/(^|.* )$1=([^ ]*).*/\2/p" "$2"; }
of() { figures "$1" "$2" | median; }
spread() { figures "$1" "$2" | sort -g | sed -n '1p;$p' | paste -sd' ' | sed 's/ / to /'; }
sum() { figures "$1" "$2" | awk '{ n += $1 } END { print n + 0 }'; }

# verdict FIGURE LIMIT
verdict() { calc "$1 < $2 ? \"reached\" : \"not reached\"" %s; }
