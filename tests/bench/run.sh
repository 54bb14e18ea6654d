#!/usr/bin/env bash
# Measures how fast this checkout is and writes tests/bench/RESULTS.md: the machine, then a section for
# each part, measured by tests/bench/PART.sh. Parts that are not run now keep the section they had.
# tests/bench/run.sh [http|memory|relay|roundtrip|wecom|im|gateway|search ...]
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly ALL=(http memory relay roundtrip wecom im gateway search)
readonly RESULTS=$BENCH/RESULTS.md
# What is compared with, and what measures; the stack itself needs none of it.
readonly PACKAGES=(php8.2-fpm php8.2-mysql php8.2-opcache libnginx-mod-nchan wrk)
PARTS=()

version_of() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || say '?'; }

describe_machine() {
    cat <<TEXT
# How fast

Written by \`make bench\`; every figure below was measured by the script that its section names, against its
peers in the same run. [notes](notes) holds what was found when looking at where the time goes.

| machine | |
|---|---|
| cores | $(nproc) |
| CPU | $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1) |
| kernel | $(uname -sr) |
| memory | $(awk '/^MemTotal/ { printf "%.1f GiB", $2 / 1048576 }' /proc/meminfo) |
| compiler | $(g++ --version | head -n 1), $(grep -oP '^CMAKE_BUILD_TYPE:STRING=\K.*' "$ROOT/build/CMakeCache.txt") |
| nginx | $(version_of nginx) |
| MariaDB | $(version_of mariadb-server) |
| PHP-FPM | $(version_of php8.2-fpm) |
| nats-server | $(version_of nats-server) |
| nchan | $(version_of libnginx-mod-nchan) |
TEXT
}

commit() {
    local changed=''
    git -C "$ROOT" diff --quiet HEAD -- . ':!tests/bench/RESULTS.md' 2>/dev/null || changed=', with changes'
    say "$(git -C "$ROOT" rev-parse --short HEAD 2>/dev/null || say unknown)$changed"
}

# What RESULTS.md says of a part until now, marks included.
kept_section() {
    [[ -f $RESULTS ]] || return 0
    sed -n "/^<!-- part: $1 -->\$/,/^<!-- end: $1 -->\$/p" "$RESULTS"
}

# The section of a part that ran: its own text, then what is known about it.
fresh_section() {
    printf '<!-- part: %s -->\n' "$1"
    cat "$OUT/$1.md"
    printf '\nMeasured %s by `tests/bench/%s.sh` at commit %s; load average before it: %s.\n' \
        "$(date -u '+%Y-%m-%d %H:%M UTC')" "$1" "$(commit)" "$(cat "$OUT/$1.load")"
    if [[ -f $BENCH/notes/$1.md ]]; then
        printf '\n'
        cat "$BENCH/notes/$1.md"
    fi
    printf '<!-- end: %s -->\n' "$1"
}

# Assembled after each part: a later one that fails does not cost what was measured.
assemble() {
    local part fresh=$1 text
    {
        describe_machine
        for part in "${ALL[@]}"; do
            if [[ $part == "$fresh" ]]; then text=$(fresh_section "$part"); else text=$(kept_section "$part"); fi
            [[ -z $text ]] || printf '\n%s\n' "$text"
        done
    } >"$RESULTS.new"
    mv "$RESULTS.new" "$RESULTS"
}

run_part() {
    local part=$1 from=$SECONDS
    say "" "== $part"
    rm -f "$OUT/$part.md"
    cut -d' ' -f1 /proc/loadavg >"$OUT/$part.load"
    "$BENCH/$part.sh" </dev/null || return 1
    [[ -s $OUT/$part.md ]] || { warn "$part wrote nothing."; return 1; }
    assemble "$part"
    say "$part took $((SECONDS - from)) s"
}

main() {
    local part failed=()
    PARTS=("$@")
    ((${#PARTS[@]})) || PARTS=("${ALL[@]}")
    for part in "${PARTS[@]}"; do
        [[ " ${ALL[*]} " == *" $part "* ]] || die "There is no part \"$part\"; there are: ${ALL[*]}"
        [[ -x $BENCH/$part.sh ]] || die "tests/bench/$part.sh is missing."
    done
    check_path
    mkdir -p "$OUT"
    exec 8>"$OUT/lock"
    flock -n 8 || die "A benchmark of this checkout is running already."
    "$DEV/packages.sh" "${PACKAGES[@]}"
    "$DEV/build.sh" build -- stack bench core_tests
    for part in "${PARTS[@]}"; do
        run_part "$part" 8>&- || failed+=("$part")
    done
    say "" "The results are in ${RESULTS#"$ROOT"/}."
    ((${#failed[@]} == 0)) || die "These parts failed: ${failed[*]}"
}

main "$@"
