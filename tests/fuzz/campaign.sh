# The fuzz targets' turn in tests/run.sh: each for HONGYAN_FUZZ_SECONDS, two at a time. Sourced, not run.
# shellcheck shell=bash

# g++ has no coverage-guided fuzzer.
readonly FUZZ_PACKAGES=(clang-14 libclang-rt-14-dev)
readonly FUZZ_SECONDS=${GIVEN[HONGYAN_FUZZ_SECONDS]:-30}

# fuzz_targets NAME...: one after the other, each from a copy of its corpus, which grows there; a
# crash stays in the target's folder.
fuzz_targets() {
    local name dir status child=''
    # Interrupted, nothing of it goes on behind the shell's back.
    trap '[[ -z $child ]] || kill "$child" 2>/dev/null; exit 143' TERM
    for name in "$@"; do
        dir=$SCRATCH/fuzz/$name status=0
        mkdir -p "$dir/corpus"
        cp "$ROOT/tests/fuzz/corpus/$name"/* "$dir/corpus/" 2>/dev/null || true
        # Ended by force where the fuzzer does not end itself.
        UBSAN_OPTIONS=print_stacktrace=1 timeout -k 10 $((FUZZ_SECONDS + 60)) nice -n 19 \
            "$ROOT/build-fuzz/bin/fuzz_$name" -max_total_time="$FUZZ_SECONDS" -max_len=8192 -rss_limit_mb=1024 \
            -timeout=30 -print_final_stats=1 -artifact_prefix="$dir/" "$dir/corpus" >"$dir/log" 2>&1 </dev/null &
        child=$!
        wait "$child" || status=$?
        echo "$status" >"$dir/status"
    done
}

fuzz_verdict() {
    local name=$1 dir=$SCRATCH/fuzz/$1 status runs found
    status=$(cat "$dir/status" 2>/dev/null || echo none)
    runs=$(sed -nE 's/^stat::number_of_executed_units: +([0-9]+)/\1/p' "$dir/log")
    if [[ $status == 0 && ${runs:-0} -gt 0 ]]; then
        ((PASSED += 1)) || true
        say "fuzz $name: passed, $runs inputs"
        return
    fi
    ((FAILED += 1))
    say "fuzz $name: failed with status $status; see ${dir#"$ROOT"/}/log"
    grep -aE '^broken:|ERROR: |runtime error:' "$dir/log" | head -n 5 || true
    for found in "$dir"/{crash,leak,timeout,oom,slow-unit}-*; do
        if [[ -e $found ]]; then say "    ${found#"$ROOT"/}"; fi
    done
}

# Two at a time, in the background and behind everything else: other suites mostly wait. Every
# corpus folder is a target; one that was not built fails.
begin_fuzz() {
    local target i=0 first=() second=()
    for target in "$ROOT"/tests/fuzz/corpus/*/; do
        if ((i++ % 2)); then second+=("$(basename "$target")"); else first+=("$(basename "$target")"); fi
    done
    FUZZ_TARGETS=("${first[@]}" "${second[@]}")
    fuzz_targets "${first[@]}" 8>&- &
    FUZZ_PIDS=($!)
    fuzz_targets "${second[@]}" 8>&- &
    FUZZ_PIDS+=($!)
}

end_fuzz() {
    local target
    say "${#FUZZ_TARGETS[@]} targets, $FUZZ_SECONDS s each"
    wait "${FUZZ_PIDS[@]}" || true
    FUZZ_PIDS=()
    for target in "${FUZZ_TARGETS[@]}"; do fuzz_verdict "$target"; done
}
