#!/usr/bin/env bash
# Brings this checkout's stack up to date and waits until it is healthy: starts what does
# not run, restarts what changed in build or settings, leaves the rest alone.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$DEV/database.sh"
. "$DEV/configure.sh"

readonly DEADLINE=60
RESTARTED=()
ALIVE=1

prepare_folders() {
    (umask 077 && mkdir -p "$VAR" "$ETC" "$STAMPS" "$VAR/files")
    mkdir -p "$LOG"
    RUN_DIR=$(make_run_dir)
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Asked before anything is written: a stack that runs keeps its settings when refused.
check_ports() {
    local port first=${GIVEN[HONGYAN_PORT]:-8811}
    [[ $first =~ ^[0-9]+$ ]] && ((first > 0 && first < 65532)) || die "HONGYAN_PORT is a port, not \"$first\"."
    if ((ALIVE)) && [[ $first == "$(conf_value port)" ]]; then return 0; fi
    for port in "$first" $((first + 1)) $((first + 2)) "$(tcp_port "$first")"; do
        port_taken "$port" || continue
        die "Port $port is taken by another program. Choose other ports: HONGYAN_PORT=$((first + 10)) make run"
    done
}

# ---- what runs is up to date ------------------------------------------------------------

stamp_is() { [[ $(cat "$STAMPS/$1" 2>/dev/null) == "$2" ]]; }
stamp() { printf '%s\n' "$2" >"$STAMPS/$1"; }

start_supervisor() {
    rm -rf "$STAMPS"
    mkdir -p "$STAMPS"
    (
        ulimit -n "$(most_files)"
        exec "$DEV/supervisord" -c "$SUPERVISOR_CONF" 9>&- </dev/null
    )
}

update_supervisor() {
    local name _rest
    while IFS=: read -r name _rest; do
        [[ -n $name ]] || continue
        RESTARTED+=("$name")
        rm -f "$STAMPS/$name"
    done < <(supervisor update)
}

state_of() { awk -v name="$1" '$1 == name { print $2 }' <<<"$STATES"; }

# up NAME PROCESS STAMP: the process runs, and with what it stands for now.
up() {
    local name=$1 process=$2 verb=restart
    if [[ $(state_of "$process") == RUNNING ]]; then
        stamp_is "$name" "$3" && return 0
    else
        # A process that backs off counts as started; only a stop makes it try at once.
        [[ $(state_of "$process") == BACKOFF ]] || verb=start
    fi
    supervisor "$verb" "$process" >/dev/null || true
    say "$name" >>"$STAMPS/.touched"
    [[ $(supervisor status "$process" | awk '{ print $2 }') == RUNNING ]]
}

# One process at a time, so that the others answer meanwhile; a build that does not come
# up stops at the first. The keeper (0) is only ever started.
up_group() {
    local name=$1 stamp=$2 i
    # None runs: nobody waits for one after another.
    if ! grep -q "^$name:.* RUNNING" <<<"$STATES"; then
        supervisor stop "$name:*" >/dev/null || true
        supervisor start "$name:*" >/dev/null || true
        say "$name" >>"$STAMPS/.touched"
        stamp "$name" "$stamp"
        return
    fi
    [[ $(state_of "$name:${name}_0") == RUNNING ]] || supervisor start "$name:${name}_0" >/dev/null || true
    for ((i = 1; i <= PROCESSES; ++i)); do
        up "$name" "$name:${name}_$i" "$stamp" || return 1
    done
    stamp "$name" "$stamp"
}

up_program() {
    up "$1" "$1" "$2" && stamp "$1" "$2"
}

program_stamp() { cat "$BIN/$1" "$DEV/keep-or-serve.sh" <(say "$SETTINGS") | sha256sum | cut -d' ' -f1; }

# Groups side by side: each waits a second for each of its processes.
up_programs() {
    local name
    for name in "${!KIND_OF[@]}"; do
        if [[ ${KIND_OF[$name]} == fastcgi ]]; then
            up_group "$name" "$(program_stamp "$name")" &
        else
            up_program "$name" "$(program_stamp "$name")" &
        fi
    done
    wait
}

up_nginx() {
    local hash
    hash=$(nginx_hash)
    if [[ $(state_of nginx) != RUNNING ]]; then
        up_program nginx "$hash" || true
    elif ! stamp_is nginx "$hash"; then
        supervisor signal HUP nginx >/dev/null
        # Until the new workers are there an old one may still answer for them.
        sleep 0.5
        stamp nginx "$hash"
        say "nginx (reloaded)" >>"$STAMPS/.touched"
    fi
}

# nginx writes this one itself, buffered; it grows until somebody moves it.
rotate_access_log() {
    local log=$LOG/access.log
    [[ -f $log && $(stat -c %s "$log") -gt 50000000 ]] || return 0
    mv "$log" "$log.1"
    supervisor signal USR1 nginx >/dev/null 2>&1 || true
}

# ---- healthy? ---------------------------------------------------------------------------

show_trouble() {
    local name state log
    warn "" "The stack is not healthy after $DEADLINE s."
    while read -r name state; do
        [[ $state != RUNNING && -n $name ]] || continue
        log=${name#*:}
        [[ $name != *:* ]] || log=${log%_*}-${log##*_}
        warn "" "--- $name is $state; the end of $LOG/$log.log:"
        tail -n 15 "$LOG/$log.log" >&2 2>/dev/null || true
    done < <(process_states)
    warn "" "--- $(local_url)/healthz answers:"
    curl -ksS -m 5 "$(local_url)/healthz" >&2 || true
    warn "" "--- the end of $LOG/nginx-error.log:"
    tail -n 5 "$LOG/nginx-error.log" >&2 2>/dev/null || true
    warn "" "make logs shows all of them, make stop ends the stack."
}

wait_healthy() {
    local until=$((SECONDS + DEADLINE))
    while ((SECONDS < until)); do
        [[ $(healthz) != 200 ]] || return 0
        sleep 0.2
    done
    show_trouble
    exit 1
}

print_addresses() {
    local url
    url=$(conf_value public_url)
    cat <<TEXT

Hongyan is up:  $url
  console       $url/console/
  API docs      $url/docs/
  health        $url/healthz
  stream        ${url/#http/ws}/ocms/v1/stream
  settings      $CONF
  logs          $LOG  (make logs)
  SMS codes     $LOG/sms.log
  database      mariadb --socket=$RUN_DIR/mysql.sock --user=$(id -un) $(conf_value database.name)

A first request to try:
  curl -s -X POST $url/ocms/auth/weapp/token \\
       -H 'Content-Type: application/json' -d '{"code":"xyz"}'

make stop ends it, make status says how it is.
TEXT
}

report_changes() {
    local touched
    touched=$( { printf '%s\n' "${RESTARTED[@]}"; cat "$STAMPS/.touched" 2>/dev/null || true; } | sed '/^$/d' | sort -u | paste -sd, | sed 's/,/, /g')
    rm -f "$STAMPS/.touched"
    if ((!ALIVE)); then
        say "Started everything."
    elif [[ -n $touched ]]; then
        say "Restarted: $touched"
    else
        say "Nothing changed, nothing was restarted."
    fi
}

# Pages are no reason for the rest to stay away.
build_console() {
    "$DEV/console.sh" 9>&- || warn "The console could not be built: /console/ will not answer."
}

main() {
    local node=()
    check_path
    # Some packages of node bring npm along.
    command -v npm >/dev/null || node=(nodejs npm)
    "$DEV/packages.sh" "${node[@]}"
    take_lock
    if [[ ${1:-} != --no-build ]]; then
        "$DEV/build.sh" build 9>&-
        build_console
    fi
    if ! supervisor_alive; then
        ALIVE=0
        end_orphans
    fi
    check_ports
    prepare_folders
    make_secrets
    write_settings
    db_prepare "$VAR/mysql" "$RUN_DIR/mysql.sock" "$ETC/my.cnf" "$(ctl connections)"
    read_programs
    write_supervisor
    if ((ALIVE)); then update_supervisor; else start_supervisor; fi

    STATES=$(process_states)
    up_program mariadb "$(sha256sum <"$ETC/my.cnf")" &
    up_program nats "$(sha256sum <"$ETC/nats.conf")" &
    wait
    db_wait "$RUN_DIR/mysql.sock" "$DEADLINE" || { show_trouble; exit 1; }
    db_schema "$RUN_DIR/mysql.sock" hongyan
    # A backup that is looked at stands in a schema beside.
    db_grant "$RUN_DIR/mysql.sock" 'hongyan%' hongyan "$(cat "$SECRETS/db-password")"
    ctl migrate
    ctl rights "$SECRETS" | db_admin "$RUN_DIR/mysql.sock"
    write_nginx
    rotate_access_log
    SETTINGS=$(settings_hash)
    up_programs
    up_nginx
    wait_healthy
    report_changes
    print_addresses
}

main "$@"
