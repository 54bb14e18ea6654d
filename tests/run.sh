#!/usr/bin/env bash
# All tests, from nothing but a bare machine: builds, starts what a suite needs beside (never
# in) the developer's own stack, runs, cleans up, and ends with "N passed, N failed".
# tests/run.sh [unit|replay|core|relay|faults|cases|sdk|console|e2e|tsan|fuzz|soak|package|upgrade ...]; without names, all but the last three:
# soak takes an hour, package and upgrade want root and a kernel that boots containers.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../infra/dev/lib.sh"
. "$ROOT/tests/fuzz/campaign.sh"
. "$ROOT/tests/stands.sh"

# What the caller wants of the suites (HONGYAN_TEST_FAULTS, HONGYAN_TEST_SOAK_MINUTES …) reaches them.
for name in "${!TEST_GIVEN[@]}"; do export "$name=${TEST_GIVEN[$name]}"; done

readonly ALL=(unit replay core relay faults cases sdk console e2e tsan fuzz) MORE=(soak package upgrade)
readonly SCRATCH=$ROOT/build/test
readonly FAULT='error: in "|ERROR: |WARNING: ThreadSanitizer|runtime error:'
SUITES=()
PASSED=0 FAILED=0 FINISHED=0
NATS_PID='' TSAN_PID='' RELAY_PID='' CONSOLE_PID='' DB_DIR='' STACK_PORT='' STACK='' SECOND='' FUZZ_PIDS=() FUZZ_TARGETS=()

wants() { [[ " ${SUITES[*]} " == *" $1 "* ]]; }

build() {
    local asan=() plain=()
    wants cases && plain+=(cases_tests)
    # Some 4,000 rounds of every operation: what they look for is in the tables, what a sanitizer would find core's tests find.
    wants faults && plain+=(faults_tests)
    if wants e2e || wants tsan; then plain+=(e2e_tests); fi
    if { wants sdk || wants console; } && ((${#plain[@]} == 0)); then "$DEV/build.sh" build -- stack; fi
    wants soak && plain+=(soak_tests e2e_tests core_tests)
    ((${#plain[@]} == 0)) || "$DEV/build.sh" build -- stack "${plain[@]}"
    wants unit && asan+=(unit_tests)
    wants replay && asan+=(replay_tests)
    wants core && asan+=(core_tests)
    wants relay && asan+=(relay_tests)
    ((${#asan[@]} == 0)) || "$DEV/build.sh" build-asan -DHONGYAN_SANITIZE=address,undefined -- "${asan[@]}"
    if wants fuzz; then "$DEV/build.sh" build-fuzz -DHONGYAN_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++-14 -- all; fi
}

# Where threads share much: the relay and event handlers. The rest of that stack is the plain one. Built while the
# first suites run, which mostly wait; what comes with a stack has the machine to itself again.
begin_tsan() {
    nice "$DEV/build.sh" build-tsan -DHONGYAN_SANITIZE=thread -- relay_tests ws-relay ocms-stream wukongim-stream \
        >"$SCRATCH/build-tsan.out" 2>&1 </dev/null 8>&- &
    TSAN_PID=$!
}

end_tsan() {
    local program bin=$ROOT/build-tsan/bin
    [[ -n $TSAN_PID ]] || return 0
    wait "$TSAN_PID" || { cat "$SCRATCH/build-tsan.out" >&2 && die "The tree for ThreadSanitizer was not built."; }
    TSAN_PID=''
    for program in "$BIN"/*; do
        if [[ ! -e $bin/${program##*/} ]]; then ln -sf "$program" "$bin/"; fi
    done
}

clean_up() {
    local status=$?
    trap - EXIT INT TERM HUP
    stop_stack
    ((!${#FUZZ_PIDS[@]})) || kill "${FUZZ_PIDS[@]}" 2>/dev/null || true
    if [[ -n $RELAY_PID ]]; then kill "$RELAY_PID" 2>/dev/null || true; fi
    if [[ -n $CONSOLE_PID ]]; then kill "$CONSOLE_PID" 2>/dev/null || true; fi
    if [[ -n $TSAN_PID ]]; then kill "$TSAN_PID" 2>/dev/null || true; fi
    if [[ -n $NATS_PID ]]; then kill "$NATS_PID" 2>/dev/null || true; fi
    stop_database
    # A run that broke off has failed, whatever was counted before.
    ((FINISHED)) || ((FAILED += 1))
    # What a reader of the end alone has to know.
    { first_faults; say "$PASSED passed, $FAILED failed"; } | tee "$ROOT/build/test-summary"
    ((FAILED == 0)) || exit 1
    exit "$status"
}

# The first lines in which suites told of what failed.
first_faults() {
    ((FAILED)) || return 0
    grep -aE "$FAULT" "$SCRATCH"/*.log 2>/dev/null | sed "s|^$SCRATCH/||" | cut -c 1-300 | head -n 12 || true
}

# ---- running ----------------------------------------------------------------------------

attribute() { sed -nE "0,/<TestSuite /s/.*<TestSuite [^>]*\b$1=\"([0-9]+)\".*/\1/p" "$2" | head -n 1; }

# play NAME PATH [ARGUMENT...]: leaves NAME.xml, NAME.log and NAME.status.
play() {
    local suite=$1 binary=$2 report=$SCRATCH/$1.xml status=0
    rm -f "$report"
    if [[ -x $binary ]]; then
        HONGYAN_TEST_ROOT=$ROOT HONGYAN_TEST_SCRATCH=$SCRATCH \
            ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 \
            UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
            "$binary" "${@:3}" --report_format=XML --report_level=short --report_sink="$report" </dev/null 2>&1 |
            tee -a "$SCRATCH/$suite.log" || status=$?
    else
        warn "${binary#"$ROOT"/} is missing."
        status=127
    fi
    echo "$status" >"$SCRATCH/$suite.status"
}

# What the report counts, and one failure more when there is none or the binary ended badly without
# having counted a failure itself.
count() {
    local suite=$1 report=$SCRATCH/$1.xml status passed=0 failed=0 skipped n name
    status=$(cat "$SCRATCH/$suite.status" 2>/dev/null || echo none)
    for name in test_cases_passed test_cases_passed_with_warnings; do
        n=$(attribute "$name" "$report" 2>/dev/null || true)
        ((passed += ${n:-0})) || true
    done
    # Aborted cases are among the failed ones.
    failed=$(attribute test_cases_failed "$report" 2>/dev/null || true)
    failed=${failed:-0}
    skipped=$(attribute test_cases_skipped "$report" 2>/dev/null || true)
    if ((failed == 0)) && { [[ $status != 0 ]] || [[ ! -s $report ]]; }; then
        warn "$suite ended with status $status."
        failed=1
    fi
    ((PASSED += passed, FAILED += failed)) || true
    say "$suite: $passed passed, $failed failed, ${skipped:-0} skipped"
}

run_binary() {
    play "$@"
    count "$1"
}

# What only waits for its own clocks has the company of core's tests, which need the processors.
begin_relay() {
    start_nats
    play relay "$ROOT/build-asan/bin/relay_tests" >/dev/null &
    RELAY_PID=$!
}

run_relay() {
    [[ -n $RELAY_PID ]] || begin_relay
    wait "$RELAY_PID" || true
    RELAY_PID=''
    grep -aE "$FAULT" "$SCRATCH/relay.log" || true
    count relay
}

# In three parts at once, each in a schema of its own: they mostly wait.
run_faults() {
    local binary=$BIN/faults_tests parts=()
    play faults-connection "$binary" --run_test='faults/the_connection*' &
    parts=($!)
    play faults-database "$binary" --run_test='faults/the_database*' &
    parts+=($!)
    play faults "$binary" --run_test='!faults/the_*'
    wait "${parts[@]}" || true
    count faults-connection
    count faults-database
    count faults
}

# In two halves at once, each on a stack of its own: what kills and hurts a stack, and the rest. Both mostly wait.
run_e2e() {
    local hurting='faults,hostile,watching,the_stack_is_healthy' other
    if ! { start_stack && start_second; }; then
        ((FAILED += 1))
        say "e2e: a stack did not start"
        return
    fi
    (
        export HONGYAN_TEST_URL=http://127.0.0.1:$((STACK_PORT + 5)) HONGYAN_TEST_VAR=$SECOND
        play e2e-hurt "$BIN/e2e_tests" --run_test="$hurting"
    ) &
    other=$!
    play e2e "$BIN/e2e_tests" --run_test='!faults:!hostile'
    wait "$other" || true
    count e2e-hurt
    count e2e
    stop_second
}

# Unmodified public SDKs; what the registry does not give is skipped, and why is told. The console's tests have the
# second stack meanwhile: both mostly wait.
run_sdk() {
    local folder=$SCRATCH/sdk why
    start_stack || { ((FAILED += 1)) && say "sdk: the stack did not start" && return 0; }
    if wants console; then begin_console || true; fi
    why=$("$ROOT/tests/sdk/prepare.sh" "$folder" 2>&1) || {
        # 3: the registry's fault. Anything else is ours.
        if (($? == 3)); then say "sdk: skipped, $why"; else ((FAILED += 1)) && say "sdk: not prepared, $why"; fi
        return 0
    }
    # Files in S3 have a stack of their own.
    HONGYAN_TEST_ROOT=$ROOT HONGYAN_TEST_FREE_PORT=$((STACK_PORT + 10)) \
        HONGYAN_TEST_WUKONGIM_BUNDLE=$folder/wukongim.cjs HONGYAN_TEST_WS_MODULE=$folder/node_modules/ws play_node sdk "$folder"
    count_node sdk
}

# play_node NAME FOLDER: the folder's tests for node.
play_node() { (cd "$2" && timeout 400 node --test --test-reporter=tap .) >"$SCRATCH/$1.log" 2>&1 </dev/null || true; }

count_node() {
    local output=$SCRATCH/$1.log passed failed
    grep -vE '^ *(#|---|\.\.\.|duration_ms|type:|TAP|1\.\.)' "$output" || true
    grep -E '^# .*(KB|ms)' "$output" || true
    passed=$(sed -n 's/^# pass //p' "$output")
    failed=$(sed -n 's/^# fail //p' "$output")
    # A run that did not get to its end has failed.
    ((PASSED += ${passed:-0}, FAILED += ${failed:-1})) || true
    say "$1: ${passed:-0} passed, ${failed:-1} failed, 0 skipped"
}

# The console's pages in Debian's Chromium. Pictures of them go to HONGYAN_TEST_SHOTS.
play_console() {
    local folder=$SCRATCH/console
    "$DEV/console.sh" --check || { say "The console was not built." && return 0; }
    mkdir -p "$folder"
    cp "$ROOT"/tests/console/* "$folder/"
    (cd "$folder" && npm install --no-package-lock --no-audit --no-fund --loglevel=error) ||
        { say "npm does not give what tests/console/package.json names." && return 0; }
    export HONGYAN_TEST_SHOTS=${HONGYAN_TEST_SHOTS:-$SCRATCH/screenshots}
    mkdir -p "$HONGYAN_TEST_SHOTS"
    play_node console "$folder"
}

begin_console() {
    start_second || return 1
    HONGYAN_TEST_URL=http://127.0.0.1:$((STACK_PORT + 5)) HONGYAN_TEST_VAR=$SECOND play_console >"$SCRATCH/console-prepared.log" 2>&1 </dev/null 8>&- &
    CONSOLE_PID=$!
}

run_console() {
    if [[ -z $CONSOLE_PID ]]; then
        { start_stack && begin_console; } || { ((FAILED += 1)) && say "console: the stack did not start" && return 0; }
    fi
    wait "$CONSOLE_PID" || true
    CONSOLE_PID=''
    stop_second
    [[ -s $SCRATCH/console.log ]] || { cat "$SCRATCH/console-prepared.log" >&2 && : >"$SCRATCH/console.log"; }
    count_node console
}

# run_booted NAME SCRIPT: the packages on a Debian that is made for it.
run_booted() {
    local passed failed
    "$ROOT/tests/package/$2" "$SCRATCH/$1" 2>&1 </dev/null | tee "$SCRATCH/$1.log" || true
    read -r passed failed < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$SCRATCH/$1.log" | tail -n 1) || true
    # A run that did not get to its end has failed.
    ((PASSED += ${passed:-0}, FAILED += ${failed:-1})) || true
    say "$1: ${passed:-0} passed, ${failed:-1} failed, 0 skipped"
}

# Statistics with ten million messages in the log.
run_many() {
    start_database
    HONGYAN_TEST_MESSAGES=10000000 run_binary many "$BIN/core_tests" --run_test=many --log_level=message
}

# The relay's tests, then relay and event handlers in a stack that is talked to and broken.
run_tsan() {
    local tests='faults/nats_away*:talk:stream' found
    TSAN_OPTIONS=exitcode=66 run_binary tsan "$ROOT/build-tsan/bin/relay_tests"
    if ! start_stack build-tsan; then
        ((FAILED += 1))
        say "tsan: the stack did not start"
        return
    fi
    run_binary tsan "$BIN/e2e_tests" --run_test="$tests"
    stop_stack
    found=$(grep -l 'WARNING: ThreadSanitizer' "$SCRATCH"/build-tsan/log/*.log || true)
    if [[ -n $found ]]; then
        ((FAILED += 1))
        say "tsan: data races, see" "$found"
    else
        ((PASSED += 1))
        say "tsan: no word of ThreadSanitizer in the logs of the stack"
    fi
}

run_suite() {
    local suite=$1 from=$SECONDS
    case $suite in cases | sdk | console | e2e | tsan | soak) end_tsan ;; esac
    say "" "== $suite"
    case $suite in
        unit | replay) run_binary "$suite" "$ROOT/build-asan/bin/${suite}_tests" ;;
        fuzz) end_fuzz ;;
        sdk) run_sdk ;;
        package) run_booted package run.sh ;;
        upgrade) run_booted upgrade upgrade.sh ;;
        console) run_console ;;
        tsan) run_tsan ;;
        faults)
            start_database
            run_faults
            ;;
        relay) run_relay ;;
        core)
            start_database
            start_nats
            if wants relay; then begin_relay; fi
            run_binary core "$ROOT/build-asan/bin/core_tests"
            ;;
        e2e) run_e2e ;;
        cases | soak)
            if start_stack; then
                run_binary "$suite" "$BIN/${suite}_tests"
                # In `make test` the crowd is smaller.
                [[ $suite != soak ]] || HONGYAN_TEST_CROWD=15000 run_binary crowd "$BIN/e2e_tests" --run_test='*/*_a_crowd_*'
                [[ $suite != soak ]] || run_many
            else
                ((FAILED += 1))
                say "$suite: the stack did not start"
            fi
            ;;
    esac
    say "$suite took $((SECONDS - from)) s"
}

main() {
    local suite packages=() from=$SECONDS
    SUITES=("$@")
    ((${#SUITES[@]})) || SUITES=("${ALL[@]}")
    for suite in "${SUITES[@]}"; do
        [[ " ${ALL[*]} ${MORE[*]} " == *" $suite "* ]] ||
            die "There is no suite \"$suite\"; there are: ${ALL[*]} ${MORE[*]}"
    done
    check_path
    mkdir -p "$ROOT/build"
    exec 8>"$ROOT/build/test.lock"
    flock -n 8 || die "Tests of this checkout are running already."
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    if wants fuzz; then packages=("${FUZZ_PACKAGES[@]}"); fi
    # Some packages of node bring npm along.
    if { wants sdk || wants console; } && ! { command -v node && command -v npm; } >/dev/null; then packages+=(nodejs npm); fi
    if wants console; then packages+=(chromium fonts-noto-cjk); fi
    "$DEV/packages.sh" "${packages[@]}"
    build
    say "Building took $((SECONDS - from)) s"
    stop_leftovers
    rm -rf "$SCRATCH"
    mkdir -p "$SCRATCH"
    choose_ports
    if wants tsan; then begin_tsan; fi
    if wants fuzz; then begin_fuzz; fi
    for suite in "${SUITES[@]}"; do run_suite "$suite"; done
    say "" "All suites took $((SECONDS - from)) s, building included"
    FINISHED=1
}

main "$@"
