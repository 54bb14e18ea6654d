# What the tasks of hongyanctl share on a host with packages: where things are, questions, secrets. Sourced, not run.
# shellcheck shell=bash

PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
ETC=/etc/hongyan
CONF=$ETC/hongyan.conf
SECRETS=$ETC/secrets
LIB=/usr/lib/hongyan
SHARE=/usr/share/hongyan
STATE=/var/lib/hongyan
# Where make run stands, a file beside the settings says where its tools are to look (tests of backups do).
readonly ROLES=(ocms workbot wukongim openim sandbox system jobs)

say() { printf '%s\n' "$@"; }
warn() { printf '%s\n' "$@" >&2; }
die() { warn "hongyanctl: $*"; exit 1; }

ctl() { HONGYAN_CONFIG=$CONF "$HONGYANCTL" "$@"; }

# conf_value KEY [DEFAULT]: what the settings say; the last line wins.
conf_value() {
    local value=''
    if [[ -r $CONF ]]; then
        value=$(awk -v key="$1" '{ at = index($0, "="); name = substr($0, 1, at - 1); gsub(/[ \t]/, "", name)
                       if (name == key) { value = substr($0, at + 1); sub(/^[ \t]+/, "", value) } }
                     END { print value }' "$CONF")
    fi
    say "${value:-${2:-}}"
}

need_root() { ((EUID == 0)) || die "this wants root: sudo hongyanctl ${TASK:-}"; }
need_setup() { [[ -r $CONF ]] || die "$CONF is missing; run hongyanctl setup first"; }

systemd_runs() { [[ -d /run/systemd/system ]]; }

random_hex() { od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'; }

# secret NAME GROUP TEXT: kept from the first time on; readable by root and that group.
secret() {
    if [[ ! -s $SECRETS/$1 ]]; then
        (umask 077 && printf '%s\n' "$3" >"$SECRETS/$1.new")
        mv "$SECRETS/$1.new" "$SECRETS/$1"
    fi
    chown "root:$2" "$SECRETS/$1"
    if [[ $2 == root ]]; then chmod 0600 "$SECRETS/$1"; else chmod 0640 "$SECRETS/$1"; fi
}

# The programs that packages have brought to this host, "kind name" a line.
installed_programs() {
    local kind name
    while read -r kind name; do
        if [[ -x $LIB/$name ]]; then say "$kind $name"; fi
    done < <(ctl groups)
    if [[ -x $LIB/ws-relay ]]; then say "relay ws-relay"; fi
}

# unit_of PROGRAM: the unit that runs it.
unit_of() {
    case $(installed_programs | awk -v name="$1" '$2 == name { print $1 }') in
        fastcgi) say "hongyan-handler@$1.service" ;;
        event | job) say "hongyan-event@$1.service" ;;
        relay) say hongyan-ws-relay.service ;;
        *) return 1 ;;
    esac
}

# nginx' settings from templates and hongyan.conf, checked before they take the place of those that serve.
render_nginx() {
    local new=/etc/nginx/hongyan.new old=/etc/nginx/hongyan.old
    rm -rf "$new" "$old"
    mkdir -p "$new"
    cp -r "$SHARE"/nginx/. "$new/"
    sed -i -e "s|@BODY_BYTES@|$(conf_value http.body_bytes 1048576)|g" -e "s|@WWW@|$SHARE/www|g" -e "s|@PAGES@|$SHARE/www|g" \
        -e "s|@FILES@|$(conf_value files.path "$STATE/files")|g" -e "s|@ACCESS_LOG@|/var/log/nginx/hongyan.access.log|g" \
        "$new/site.conf"
    ctl nginx --out="$new" >/dev/null
    chmod -R u=rwX,go=rX "$new"
    if [[ -d /etc/nginx/hongyan ]]; then mv /etc/nginx/hongyan "$old"; fi
    mv "$new" /etc/nginx/hongyan
    printf '# Written by hongyanctl. Settings: %s, then hongyanctl upgrade.\ninclude hongyan/http.conf;\ninclude hongyan/site.conf;\n' \
        "$CONF" >/etc/nginx/sites-available/hongyan
    ln -sf ../sites-available/hongyan /etc/nginx/sites-enabled/hongyan
    if ! nginx -t -q; then
        rm -rf /etc/nginx/hongyan
        if [[ -d $old ]]; then mv "$old" /etc/nginx/hongyan; else rm -f /etc/nginx/sites-enabled/hongyan; fi
        die "nginx refuses the new settings (see above); those before are back"
    fi
    rm -rf "$old"
}

# The database as its administrator: root by the unix socket, or who database.admin_file names (host, user, password as
# mariadb's own option file).
db_admin() {
    if [[ -s $SECRETS/database-admin.cnf ]]; then
        mariadb --defaults-extra-file="$SECRETS/database-admin.cnf" --batch --skip-column-names "$@"
    else
        mariadb --no-defaults --socket="$(conf_value database.socket /run/mysqld/mysqld.sock)" --user=root --batch \
            --skip-column-names "$@"
    fi
}

# The host that database users come from.
db_from() { if [[ -s $SECRETS/database-admin.cnf ]]; then say '%'; else say localhost; fi; }
