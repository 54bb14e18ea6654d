#!/usr/bin/env bash
# Ends this checkout's stack, everything of it and nothing else; harmless when nothing runs.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The door first, then who works behind it, then what they stand on; supervisord's own
# shutdown would go through them one after another.
stop_in_order() {
    local name pid i
    pid=$(supervisor pid)
    # The relay says goodbye to its clients; nginx would wait for them.
    supervisor stop ws-relay >/dev/null || true
    supervisor stop nginx >/dev/null || true
    while IFS= read -r name; do
        supervisor stop "$name" >/dev/null &
    done < <(process_states | awk '{ print $1 }' | sed 's/:.*/:*/' | sort -u | grep -vxE 'mariadb|nats|nginx')
    wait
    supervisor stop nats mariadb >/dev/null || true
    # Its own shutdown looks at a program a second, though all have ended by now.
    supervisor shutdown >/dev/null
    kill -KILL "$pid" 2>/dev/null || true
    rm -f "$(run_dir)/supervisord.pid" "$(run_dir)/supervisor.sock"
    for ((i = 0; i < 450; ++i)); do
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) == supervisord ]] || return 0
        sleep 0.2
    done
    die "supervisord ($pid) does not end; see $LOG/supervisord.log"
}

main() {
    local dir
    check_path
    [[ -d $VAR ]] || { say "Nothing is running."; return; }
    take_lock
    if supervisor_alive; then
        stop_in_order
        say "Stopped."
    else
        say "Nothing is running."
    fi
    end_orphans
    if [[ -s $VAR/run-dir ]]; then
        dir=$(cat "$VAR/run-dir")
        [[ ${dir##*/} != hongyan-* || ! -O $dir ]] || rm -rf "$dir"
        rm -f "$VAR/run-dir"
    fi
    rm -rf "$STAMPS"
}

main "$@"
