# SPDX-License-Identifier: ISC
# Helpers of the scenarios of the reporter alone: the organisations are those
# of the sample network, played by tests/tools/desktool.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
DESKTOOL=$TOOLS/desktool
# Organisations 0, 1 and 2 in the order of their ids.
UNION="Garment Workers' Union"
EQUIPE='Équipe de défense'
LEGAL='Legal Aid'
export UNION EQUIPE LEGAL

# sample_make RELAYS [WORD...]: relays set up, a network file for all. With
# SOCKS set, relays have names that only that proxy knows. TICK: of boards.
# RELAYS: their numbers, if not 1 and so on.
sample_make() {
    local n url relays=$1 specs=()
    shift
    for n in ${RELAYS:-$(seq 1 "$relays")}; do
        [ -d "$T/relay$n" ] || relay_setup "$n"
        url=unix:$T/relay$n/sock
        [ -z "${SOCKS:-}" ] || url=http://relay$n.example
        specs+=("$(awk '{print $2","$3}' "$T/relay$n.line"),$url")
    done
    "$DESKTOOL" network "$T/network" "${TICK:-1}" "$@" "${specs[@]}"
    for n in ${RELAYS:-$(seq 1 "$relays")}; do
        cp "$T/network" "$T/relay$n/bundle"
    done
}

# desktool COMMAND ARGUMENT...: in this network.
desktool() {
    local command=$1
    shift
    "$DESKTOOL" "$command" "$T/network" "$@"
}
# inbox [OPTION...] <CODE
inbox() { tocsin inbox --pace 0 --code-fd 0 ${SOCKS:+--socks "$SOCKS"} "$@"; }
# inbox_has PATTERN: for the code in $T/code.
inbox_has() { inbox <"$T/code" >"$T/inbox.said" 2>&1 || true; matches "$1" "$T/inbox.said"; }
