# Writes everything the daemons of this checkout read: secrets (once), hongyan.conf, the
# settings of NATS, supervisord and nginx. Starts and restarts nothing. Sourced by run.sh.
# shellcheck shell=bash

SECRETS=$ETC/secrets
# What the stack itself decides; elsewhere these would only tear its parts from each other.
readonly OWN_KEYS=" run_dir database.socket database.name database.user database.password_file "

random_hex() { od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'; }

# secret NAME TEXT: kept from the first run on, readable by nobody else.
secret() {
    [[ -s $SECRETS/$1 ]] || (umask 077 && printf '%s\n' "$2" >"$SECRETS/$1.new" && mv "$SECRETS/$1.new" "$SECRETS/$1")
}

# Who a program is at MySQL and NATS: its door. The relay asks NATS alone.
readonly ROLES=(ocms workbot wukongim openim sandbox system jobs)
role_of() { if [[ $1 == ws-relay ]]; then say relay; else say "${1%%-*}"; fi; }

make_secrets() {
    local role
    (umask 077 && mkdir -p "$SECRETS")
    secret db-password "$(random_hex 16)"
    secret nats-password "$(random_hex 16)"
    for role in "${ROLES[@]}"; do secret "db-$role" "$(random_hex 16)"; done
    for role in "${ROLES[@]}" relay; do secret "nats-$role" "$(random_hex 16)"; done
    secret token-keys "k1 $(random_hex 32)"
    secret box-key "$(random_hex 32)"
    # Known to everybody; the production profile refuses it.
    secret openim-secret openIM123
}

# HONGYAN_DATABASE_IDLE_SECONDS and database.idle_seconds: only the list of keys, which `make api` writes from the
# typed struct, knows which underscore is a dot.
declare -A KEY_OF=()
read_known_keys() {
    local key name
    while IFS= read -r key; do
        name=${key//./_}
        KEY_OF[HONGYAN_${name^^}]=$key
    done < <(sed -nE 's/^\| `([a-z0-9_.]+)`.*/\1/p' "$ROOT/infra/docs/configuration.md")
    ((${#KEY_OF[@]})) || die "No keys were found in infra/docs/configuration.md."
}

# The caller's HONGYAN_* as lines of hongyan.conf.
given_settings() {
    local name key value
    while IFS= read -r name; do
        [[ -n $name ]] || continue
        key=${KEY_OF[$name]:-} value=${GIVEN[$name]}
        [[ -n $key ]] || die "$name is not a setting; infra/docs/configuration.md lists them all."
        [[ $OWN_KEYS != *" $key "* ]] || die "$name: make run decides $key by itself."
        [[ $value != *$'\n'* ]] || die "$name: one line, please."
        # Daemons do not stand where the caller stands.
        case $key in
            *_file | tls.* | files.path) [[ -z $value ]] || value=$(realpath -m "$value") ;;
        esac
        printf '%s = %s\n' "$key" "$value"
    done < <(printf '%s\n' "${!GIVEN[@]}" | sort)
}

write_settings() {
    local port=${GIVEN[HONGYAN_PORT]:-8811} scheme=http given said
    [[ -z ${GIVEN[HONGYAN_TLS_CERT]:-} ]] || scheme=https
    read_known_keys
    given=$(given_settings)
    NATS_PORT=$((port + 2))
    TCP_PORT=$(tcp_port "$port")
    sed -e "s|@PORT@|$port|g" -e "s|@RELAY_PORT@|$((port + 1))|g" -e "s|@NATS_PORT@|$NATS_PORT|g" \
        -e "s|@TCP_PORT@|$TCP_PORT|g" -e "s|@PUBLIC_URL@|$scheme://localhost:$port|g" -e "s|@RUN_DIR@|$RUN_DIR|g" \
        -e "s|@SECRETS@|$SECRETS|g" -e "s|@VAR@|$VAR|g" "$DEV/hongyan.conf.in" >"$CONF.new"
    [[ -z $given ]] || printf '# From the environment of make run:\n%s\n' "$given" >>"$CONF.new"
    said=$(HONGYAN_CONFIG=$CONF.new "$BIN/hongyanctl" check-config alone 2>&1) || {
        rm -f "$CONF.new"
        die "$said"
    }
    mv "$CONF.new" "$CONF"
    (umask 077 && sed "s|@PORT@|$NATS_PORT|g" "$DEV/nats.conf.in" >"$ETC/nats.conf" && write_nats_users)
}

# Passwords reach sed by a pipe: command lines are read by everybody.
write_nats_users() {
    local role
    sed -f <(
        say "s|@OPERATOR@|$(<"$SECRETS/nats-password")|g"
        for role in "${ROLES[@]}" relay; do say "s|@${role^^}@|$(<"$SECRETS/nats-$role")|g"; done
    ) "$ROOT/infra/nats/users.conf.in" >"$ETC/nats-users.conf"
}

# Everything a daemon's behaviour hangs on, its own binary apart; files named by settings too.
settings_hash() {
    local file
    {
        cat "$CONF"
        while IFS= read -r file; do
            if [[ -f $file ]]; then cat "$file"; fi
        done < <(sed -nE 's/^[a-z_.]+_file *= *(.+)$/\1/p' "$CONF")
    } | sha256sum | cut -d' ' -f1
}

# ---- supervisord ------------------------------------------------------------------------

# KIND_OF[name]: fastcgi, event, job or relay.
declare -A KIND_OF=()
read_programs() {
    local kind name
    while read -r kind name; do
        case $kind in
            fastcgi | event | job) KIND_OF[$name]=$kind ;;
            *) die "hongyanctl groups: what is \"$kind\"?" ;;
        esac
    done < <(env -i PATH="$PATH" "$BIN/hongyanctl" groups)
    ((${#KIND_OF[@]})) || die "hongyanctl groups named no programs."
    KIND_OF[ws-relay]=relay
    for name in "${!KIND_OF[@]}"; do
        [[ -x $BIN/$name ]] || die "build/bin/$name is missing; was it built?"
    done
    PROCESSES=$(conf_value processes)
    PROCESSES=${PROCESSES:-2}
    [[ $PROCESSES =~ ^[0-9]+$ ]] && ((PROCESSES >= 1 && PROCESSES <= 32)) || die "HONGYAN_PROCESSES is 1 to 32."
}

# supervised SECTION COMMAND LOG [more lines]. autostart is off since the order matters:
# the schema stands before a handler looks at it.
supervised() {
    printf '\n[%s]\ncommand=%s\nautostart=false\nautorestart=true\nstartsecs=1\nstartretries=100000000\n' "$1" "$2"
    printf 'stdout_logfile=%s\nstdout_logfile_maxbytes=10MB\nstdout_logfile_backups=3\nredirect_stderr=true\n' "$3"
    printf '%s\n' "${@:4}"
}

write_supervisor() {
    local name
    {
        cat <<CONF
; Written by make run.
[supervisord]
logfile=$LOG/supervisord.log
logfile_maxbytes=10MB
logfile_backups=3
pidfile=$RUN_DIR/supervisord.pid
childlogdir=$LOG
directory=$VAR
nodaemon=false
umask=077
environment=HY_STACK="$VAR",HONGYAN_CONFIG="$CONF"

[unix_http_server]
file=$RUN_DIR/supervisor.sock
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://$RUN_DIR/supervisor.sock
CONF
        supervised program:mariadb "mariadbd --defaults-file=$ETC/my.cnf" "$LOG/mariadb.log" \
            priority=10 stopsignal=TERM stopwaitsecs=60
        supervised program:nats "nats-server -c $ETC/nats.conf" "$LOG/nats.log" \
            priority=20 stopsignal=TERM stopwaitsecs=10
        while IFS= read -r name; do
            supervise_program "$name" "${KIND_OF[$name]}"
        done < <(printf '%s\n' "${!KIND_OF[@]}" | sort)
        supervised program:nginx "$DEV/serve-nginx.sh $ETC/nginx/nginx.conf" "$LOG/nginx-error.log" \
            priority=900 stopsignal=QUIT stopwaitsecs=15
    } >"$SUPERVISOR_CONF.new"
    mv "$SUPERVISOR_CONF.new" "$SUPERVISOR_CONF"
}

# The settings in which a program differs from the others, as supervisord wants them.
identity() {
    local role
    role=$(role_of "$1")
    printf 'environment=HONGYAN_NATS_USER="%s",HONGYAN_NATS_PASSWORD_FILE="%s"' "$role" "$SECRETS/nats-$role"
    [[ $role == relay ]] ||
        printf ',HONGYAN_DATABASE_USER="hongyan_%s",HONGYAN_DATABASE_PASSWORD_FILE="%s"' "$role" "$SECRETS/db-$role"
    printf '\n'
}

supervise_program() {
    local name=$1
    if [[ $2 != fastcgi ]]; then
        supervised "program:$name" "$BIN/$name" "$LOG/$name.log" priority=100 stopsignal=TERM stopwaitsecs=25 \
            "$(identity "$name")"
        return
    fi
    # A log for each process: several writers would rotate one file away from each other.
    supervised "fcgi-program:$name" "$DEV/keep-or-serve.sh %(process_num)d $BIN/$name" \
        "$LOG/$name-%(process_num)d.log" priority=100 stopsignal=TERM stopwaitsecs=20 \
        "socket=unix://$RUN_DIR/$name.sock" socket_mode=0700 "numprocs=$((PROCESSES + 1))" \
        numprocs_start=0 "process_name=%(program_name)s_%(process_num)d" "$(identity "$name")"
}

# ---- nginx ------------------------------------------------------------------------------

most_files() {
    local most
    most=$(ulimit -Hn)
    [[ $most =~ ^[0-9]+$ ]] && ((most < 65536)) || most=65536
    say "$most"
}

# Rendered beside what runs, checked, then moved into place. Everything is a copy: a
# half-edited file of the checkout never reaches an nginx that happens to be restarted.
write_nginx() {
    local new=$ETC/nginx.new user='' files body connections
    files=$(most_files)
    connections=$((files < 20000 ? files : 20000))
    body=$(conf_value http.body_bytes)
    ((EUID != 0)) || user="user $(id -un) $(id -gn);"
    rm -rf "$new"
    mkdir -p "$new/hongyan" "$VAR/nginx"
    cp -r "$ROOT"/nginx/{conf.d,errors,*.conf} "$new/hongyan/"
    mv "$new/hongyan/nginx.conf" "$new/"
    sed -i -e "s|@USER@|$user|g" -e "s|@NOFILE@|$files|g" -e "s|@CONNECTIONS@|$connections|g" \
        -e "s|@BODY_BYTES@|${body:-1048576}|g" -e "s|@RUN_DIR@|$RUN_DIR|g" -e "s|@VAR@|$VAR|g" \
        -e "s|@WWW@|$ROOT/nginx/www|g" -e "s|@PAGES@|$ROOT/build/www|g" -e "s|@ACCESS_LOG@|$LOG/access.log|g" -e "s|@ERROR_LOG@|stderr warn|g" \
        "$new/nginx.conf" "$new/hongyan/site.conf"
    ctl nginx --out="$new/hongyan" >/dev/null
    nginx -t -q -e stderr -c "$new/nginx.conf" || die "nginx would refuse these settings; nothing was changed. See $new."
    rm -rf "$ETC/nginx"
    mv "$new" "$ETC/nginx"
}

# With the certificate's files: renewed under the same name they want a reload too.
nginx_hash() {
    local file
    {
        (cd "$ETC/nginx" && find . -type f | LC_ALL=C sort | xargs sha256sum)
        for file in "$(conf_value tls.cert)" "$(conf_value tls.key)"; do
            if [[ -f $file ]]; then sha256sum "$file"; fi
        done
    } | sha256sum | cut -d' ' -f1
}
