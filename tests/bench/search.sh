#!/usr/bin/env bash
# Search in a log of BENCH_MESSAGES (1,000,000) messages of Chinese and Latin words over 1,001 channels, one of them with a fifth
# of all: how large what is written down of them is, how long writing took, and how long looking takes. On a database of its
# own with the stack's settings (128 MB buffer pool, each commit flushed). Some 20 minutes.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly MESSAGES=${BENCH_MESSAGES:-1000000}
readonly WORK=$OUT/search
FOLDER=''

main() {
    rm -rf "$WORK"
    mkdir -p "$WORK"
    FOLDER=$(mktemp -d "/tmp/hongyan-search-XXXXXX")
    trap '"$DEV/database.sh" stop "$FOLDER" || true; rm -rf "$FOLDER"' EXIT
    "$DEV/database.sh" start "$FOLDER" >/dev/null
    HONGYAN_TEST_ROOT=$ROOT HONGYAN_TEST_SCRATCH=$WORK HONGYAN_TEST_SEARCH=$MESSAGES \
        HONGYAN_TEST_DB_SOCKET=$FOLDER/mysql.sock HONGYAN_TEST_DB_USER=hongyan HONGYAN_TEST_DB_PASSWORD=hongyan \
        "$BIN/core_tests" --run_test=searching/what_it_costs --log_level=message --color_output=no >"$WORK/run.log" 2>&1 ||
        { cat "$WORK/run.log" >&2; die "The search was not measured."; }
    write_section "$WORK/run.log" >"$OUT/search.md"
}

# write_section LOG
write_section() {
    local messages words seconds size beside
    read -r messages words seconds size beside < <(
        sed -nE 's/^([0-9]+) messages, ([0-9]+) words written down in ([0-9.]+) s; message_terms ([0-9.]+) MB beside messages ([0-9.]+) MB$/\1 \2 \3 \4 \5/p' "$1"
    )
    cat <<TEXT
## Search

$messages messages, a fifth of them in one channel, the others over 1,000; MariaDB with a buffer pool of 128 MB, each commit
flushed.

| | |
|---|--:|
| words written down | $words ($(calc "$words / $messages" %.1f) a message) |
| message_terms on disk | $size MB ($(calc "$size * 1000000 / $words" %.0f) bytes a word) |
| messages on disk | $beside MB |
| writing down | $(calc "$messages / $seconds" %.0f) messages/s, off the path of sends |

In the large channel, 20 messages wanted, median of nine:

| looked for | found | ms |
|---|--:|--:|
$(sed -nE 's/^"([^"]*)": ([0-9]+) found, median ([0-9.]+) ms$/| \1 | \2 | \3 |/p' "$1")
TEXT
}

main "$@"
