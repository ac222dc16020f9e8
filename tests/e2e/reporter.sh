# SPDX-License-Identifier: ISC
# Helpers of the scenarios of the reporter alone: the organisations are those
# of the sample network, played by tests/tools/desktool.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
DESKTOOL=$TOOLS/desktool
ORG0="Garment Workers' Union"
UNION=0 EQUIPE=1 LEGAL=2 # see org_numbers

# sample_make RELAYS [WORD...]: relays set up, a network file for all.
sample_make() {
    local n relays=$1 specs=()
    shift
    for n in $(seq 1 "$relays"); do
        [ -d "$T/relay$n" ] || relay_setup "$n"
        specs+=("$(awk '{print $2","$3}' "$T/relay$n.line"),unix:$T/relay$n/sock")
    done
    "$DESKTOOL" network "$T/network" 1 "$@" "${specs[@]}"
    for n in $(seq 1 "$relays"); do
        cp "$T/network" "$T/relay$n/bundle"
    done
}
