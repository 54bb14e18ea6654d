#!/usr/bin/env bash
# Follows the logs of this checkout's stack: all of them, or those of the program named.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

main() {
    local logs
    shopt -s nullglob
    if [[ -n ${1:-} ]]; then
        logs=("$LOG/$1.log" "$LOG/$1"-[1-9]*.log)
        [[ -e ${logs[0]} ]] || logs=("${logs[@]:1}")
    else
        logs=("$LOG"/*.log)
    fi
    ((${#logs[@]})) || die "There is no log${1:+ of $1} in $LOG yet."
    exec tail -n 20 -F "${logs[@]}"
}

main "$@"
