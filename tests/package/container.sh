# A clean Debian 12, made by debootstrap and booted by systemd-nspawn in a network of its own: what it takes to try packages
# as a host would have them. Sourced by run.sh.
# shellcheck shell=bash

# The machine's own mirror, so that no other host is asked.
mirror() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1; }

# make_base FOLDER: once, kept between runs.
make_base() {
    [[ -x $1/usr/bin/systemctl ]] && return 0
    rm -rf "$1" "$1.new"
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates,openssl,procps bookworm "$1.new" "$(mirror)" \
        >"$SCRATCH/debootstrap.log" 2>&1 || { tail -n 5 "$SCRATCH/debootstrap.log" >&2; return 1; }
    mv "$1.new" "$1"
}

# The network of this machine, for apt alone.
in_tree() { systemd-nspawn -q -D "$TREE" --register=no --keep-unit /usr/bin/env DEBIAN_FRONTEND=noninteractive "$@" 2>&1 | sed '/propagate/d'; }

boot() {
    setsid systemd-nspawn -q -D "$TREE" --register=no --keep-unit --private-network -b >>"$SCRATCH/boot.log" 2>&1 </dev/null 8>&- &
    NSPAWN=$!
    local i
    for ((i = 0; i < 300; ++i)); do
        sleep 0.2
        LEADER=$(pgrep -P "$NSPAWN" | head -n 1)
        [[ -n $LEADER ]] || continue
        if inside systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'; then return 0; fi
    done
    return 1
}

halt() {
    [[ -n ${NSPAWN:-} ]] || return 0
    # SIGRTMIN+4: systemd powers off.
    kill -s RTMIN+4 "$LEADER" 2>/dev/null || true
    local i
    for ((i = 0; i < 150; ++i)); do
        kill -0 "$NSPAWN" 2>/dev/null || break
        sleep 0.2
    done
    kill "$NSPAWN" 2>/dev/null || true
    NSPAWN=''
}

inside() {
    nsenter -t "$LEADER" -m -p -u -i -n /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}
