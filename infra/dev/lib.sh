# What every script of the local stack shares: where things are, which settings the
# caller gave, and how to talk to this checkout's own supervisord. Sourced, not run.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DEV=$ROOT/infra/dev
# HONGYAN_TREE: another build tree's programs, for example those with a sanitizer.
BUILD=$ROOT/${HONGYAN_TREE:-build}
BIN=$BUILD/bin
VAR=${HONGYAN_VAR:-$ROOT/var}
[[ $VAR == /* ]] || VAR=$PWD/$VAR
ETC=$VAR/etc
LOG=$VAR/log
CONF=$ETC/hongyan.conf
STAMPS=$VAR/run-stamps
PATH=$PATH:/usr/sbin:/sbin
export PATH

# A line for each argument.
say() { printf '%s\n' "$@"; }
warn() { printf '%s\n' "$@" >&2; }
die() { warn "$*"; exit 1; }

# Programs read HONGYAN_* themselves and refuse names they do not know, so nothing of the
# caller's may reach them but through hongyan.conf: taken here, once, and unset.
declare -A GIVEN=() TEST_GIVEN=()
take_environment() {
    local name
    while IFS= read -r name; do
        case $name in
            HONGYAN_VAR | HONGYAN_TREE | HONGYAN_CONFIG) ;;
            HONGYAN_TEST_*) TEST_GIVEN[$name]=${!name} ;;
            *) GIVEN[$name]=${!name} ;;
        esac
        unset "$name"
    done < <(compgen -e HONGYAN_ || true)
}
take_environment

# supervisord, nginx and make each have their own idea of quoting; a plain path needs none.
check_path() {
    local plain='^[^][:space:]"'\''%$;{}#\\&|<>()*?[]+$'
    [[ $VAR$ROOT =~ $plain ]] || die "Please keep the checkout in a folder whose path has no spaces, quotes or shell characters: $ROOT"
}

# A unix socket's path holds 107 bytes, and ours stay under 100. A checkout deep in the
# file system gets its sockets in a short folder, remembered so that stop finds it again.
readonly LONGEST_SOCKET=36
run_dir() {
    if [[ -s $VAR/run-dir ]]; then
        cat "$VAR/run-dir"
    else
        say "$VAR/run"
    fi
}

make_run_dir() {
    local dir=$VAR/run base=${TMPDIR:-/tmp} hash
    if ((${#dir} + LONGEST_SOCKET >= 100)); then
        hash=$(printf '%s' "$VAR" | sha256sum | cut -c1-12)
        ((${#base} + 20 + LONGEST_SOCKET < 100)) || base=/tmp
        [[ -s $VAR/run-dir ]] || printf '%s\n' "${base%/}/hongyan-$hash" >"$VAR/run-dir"
        dir=$(cat "$VAR/run-dir")
    else
        rm -f "$VAR/run-dir"
    fi
    mkdir -p -m 700 "$dir"
    # In /tmp somebody else may have been there first.
    [[ ! -L $dir && -O $dir ]] || die "$dir belongs to somebody else; remove it and try again."
    chmod 700 "$dir"
    say "$dir"
}

# Where WuKongIM's TCP clients come: its usual port beside the usual port of the stack.
tcp_port() {
    if (($1 == 8811)); then say 5100; else say $(($1 + 4)); fi
}

# The value of a key in the hongyan.conf that the daemons read; the last line wins.
conf_value() {
    [[ -r $CONF ]] || return 0
    awk -v key="$1" '{ at = index($0, "="); name = substr($0, 1, at - 1); gsub(/[ \t]/, "", name)
                       if (name == key) { value = substr($0, at + 1); sub(/^[ \t]+/, "", value) } }
                     END { print value }' "$CONF"
}

# Where this stack answers, for our own questions (public_url may be somebody else's view).
local_url() {
    local scheme=http host port
    [[ -n $(conf_value tls.cert) ]] && scheme=https
    host=$(conf_value http.address)
    port=$(conf_value port)
    [[ $host == *:* ]] && host="[$host]"
    say "$scheme://${host:-127.0.0.1}:${port:-8811}"
}

healthz() { curl -ksS -m 5 -o "${1:-/dev/null}" -w '%{http_code}' "$(local_url)/healthz" 2>/dev/null || true; }

ctl() { HONGYAN_CONFIG=$CONF "$BIN/hongyanctl" "$@"; }

# ---- supervisord ------------------------------------------------------------------------

SUPERVISOR_CONF=$ETC/supervisord.conf
supervisor() { supervisorctl -c "$SUPERVISOR_CONF" "$@"; }

supervisor_alive() {
    [[ -r $SUPERVISOR_CONF ]] && [[ $(supervisor pid 2>/dev/null) =~ ^[0-9]+$ ]]
}

# "name state" for every process; supervisorctl's own exit status only says that not all run.
process_states() { supervisor status 2>/dev/null | awk '{ print $1, $2 }' || true; }

# Processes of this stack whose supervisord was killed: known by the mark it gave them.
# nginx writes its title over its environment and is known by its pid file.
orphans() {
    local dir pid
    for dir in /proc/[0-9]*; do
        [[ -O $dir ]] || continue
        if grep -qzxF "HY_STACK=$VAR" "$dir/environ" 2>/dev/null; then say "${dir#/proc/}"; fi
    done
    pid=$(cat "$(run_dir)/nginx.pid" 2>/dev/null || true)
    if [[ $pid =~ ^[0-9]+$ && $(cat "/proc/$pid/comm" 2>/dev/null) == nginx ]]; then say "$pid"; fi
}

end_orphans() {
    local pids left i
    mapfile -t pids < <(orphans | sort -un)
    ((${#pids[@]})) || return 0
    say "Ending what an earlier run left behind (${#pids[@]} processes)."
    kill -TERM "${pids[@]}" 2>/dev/null || true
    for ((i = 0; i < 100; ++i)); do
        mapfile -t left < <(orphans | sort -un)
        ((${#left[@]})) || return 0
        sleep 0.2
    done
    kill -KILL "${left[@]}" 2>/dev/null || true
}

# One run, stop or test of a checkout at a time. Daemons must not inherit fd 9.
take_lock() {
    (umask 077 && mkdir -p "$VAR")
    exec 9>"$VAR/lock"
    flock -w 120 9 || die "Another make run or make stop of this checkout is still busy."
}
