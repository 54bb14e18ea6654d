#!/usr/bin/env bash
# Says in words how this checkout's stack is: its programs, its addresses, its health.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

print_programs() {
    supervisor status | awk '
        # The keepers of the FastCGI sockets are no news as long as they run.
        $1 ~ /:.*_0$/ && $2 == "RUNNING" { next }
        { name = $1; sub(/.*:/, "", name); state = $2; $1 = $2 = ""; sub(/^ +/, "")
          printf "  %-28s %-9s %s\n", name, tolower(state), $0 }' || true
}

main() {
    local answer code body
    if ! supervisor_alive; then
        say "The stack of this checkout is not running; make run starts it."
        exit 3
    fi
    say "Programs:"
    print_programs
    say "" "Address: $(conf_value public_url)   (relay $(conf_value relay.listen), NATS $(conf_value nats.url))"
    say "Settings: $CONF"
    body=$(mktemp)
    code=$(healthz "$body")
    answer=$(cat "$body")
    rm -f "$body"
    say "Health: $code $answer"
    [[ $code == 200 ]] && ! supervisor status | awk '$2 != "RUNNING"' | grep -q .
}

main "$@"
