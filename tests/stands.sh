# What suites stand on, started when the first one asks: a database, nats-server, one stack or two. Sourced by run.sh,
# which stops it all.

taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Fifteen ports in a row: the stack's four, and before its last the NATS of core and relay tests; the second stack's; those
# of a stack that a test starts by itself.
choose_ports() {
    local base port
    for ((base = 8911; base < 9900; base += 15)); do
        for ((port = base; port < base + 15; ++port)); do
            if taken "$port"; then continue 2; fi
        done
        STACK_PORT=$base
        return
    done
    die "No fifteen free ports in a row between 8911 and 9900."
}

# In memory where there is room: what core and faults ask of it does not end with its process, and its writes to a disk
# were a third of their time.
start_database() {
    local free
    [[ -z $DB_DIR ]] || return 0
    free=$(df --output=avail -m /dev/shm 2>/dev/null | tail -n 1 || true)
    if wants soak || ((${free:-0} < 2048)); then
        DB_DIR=$SCRATCH/database
        ((${#DB_DIR} < 80)) || DB_DIR=$(mktemp -d "/tmp/hongyan-db-XXXXXX")
    else
        DB_DIR=$(mktemp -d /dev/shm/hongyan-db-XXXXXX)
    fi
    say "$DB_DIR" >"$SCRATCH/database.at"
    "$DEV/database.sh" start "$DB_DIR" 8>&-
    export HONGYAN_TEST_DB_SOCKET=$DB_DIR/mysql.sock HONGYAN_TEST_DB_USER=hongyan HONGYAN_TEST_DB_PASSWORD=hongyan
}

start_nats() {
    [[ -z $NATS_PID ]] || return 0
    local port=$((STACK_PORT + 3)) i
    setsid nats-server -a 127.0.0.1 -p "$port" >"$SCRATCH/nats.log" 2>&1 </dev/null 8>&- &
    NATS_PID=$!
    export HONGYAN_TEST_NATS_URL=nats://127.0.0.1:$port
    for ((i = 0; i < 100; ++i)); do
        if taken "$port"; then return 0; fi
        sleep 0.1
    done
    die "nats-server did not start; see $SCRATCH/nats.log"
}

# start_stack [TREE]: with the programs of that build tree; another one's is stopped first.
start_stack() {
    local tree=${1:-build}
    [[ $STACK != "$tree" ]] || return 0
    stop_stack
    STACK=$tree
    export HONGYAN_TEST_URL=http://127.0.0.1:$STACK_PORT HONGYAN_TEST_VAR=$SCRATCH/$tree
    export HONGYAN_TEST_BIN=$ROOT/$tree/bin
    HONGYAN_TREE=$tree HONGYAN_VAR=$SCRATCH/$tree HONGYAN_PORT=$STACK_PORT HONGYAN_RATE_LIMIT=off \
        "$DEV/run.sh" --no-build >"$SCRATCH/run.log" 2>&1 </dev/null 8>&- ||
        { cat "$SCRATCH/run.log" >&2; return 1; }
}

# start_second: another of the plain tree beside it. Its addresses are printed as settings.
start_second() {
    [[ -z $SECOND ]] || return 0
    SECOND=$SCRATCH/second
    HONGYAN_TREE=build HONGYAN_VAR=$SECOND HONGYAN_PORT=$((STACK_PORT + 5)) HONGYAN_RATE_LIMIT=off \
        "$DEV/run.sh" --no-build >"$SCRATCH/run-second.log" 2>&1 </dev/null 8>&- ||
        { cat "$SCRATCH/run-second.log" >&2; return 1; }
}

stop_second() {
    [[ -n $SECOND ]] || return 0
    HONGYAN_TREE=build HONGYAN_VAR=$SECOND "$DEV/stop.sh" >/dev/null 2>&1 || true
    SECOND=''
}

stop_database() {
    [[ -n $DB_DIR ]] || return 0
    "$DEV/database.sh" stop "$DB_DIR" || true
    [[ $DB_DIR == "$SCRATCH"/* ]] || rm -rf "$DB_DIR"
    DB_DIR=''
}

# A run that was killed may have left its own behind.
stop_leftovers() {
    local tree
    for tree in build build-tsan second; do
        if [[ -d $SCRATCH/$tree ]]; then HONGYAN_VAR=$SCRATCH/$tree "$DEV/stop.sh" >/dev/null; fi
    done
    DB_DIR=$(cat "$SCRATCH/database.at" 2>/dev/null || true)
    stop_database
}

stop_stack() {
    stop_second
    [[ -n $STACK ]] || return 0
    HONGYAN_TREE=$STACK HONGYAN_VAR=$SCRATCH/$STACK "$DEV/stop.sh" >/dev/null 2>&1 || true
    STACK=''
}
