# SPDX-License-Identifier: ISC
# Helpers of the end-to-end scenarios; a scenario begins with
#     . "$(dirname "$0")/lib.sh"
# It runs in a folder of its own ($T) that goes away with it, talks over Unix
# sockets in it, and leaves no process behind. BIN names the programs' folder.
set -euo pipefail
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
: "${BIN:=$TOP/build/test/bin}"
: "${TOOLS:=$(dirname "$BIN")/tests/tools}"
# A socket's path is at most 107 bytes.
: "${TMPDIR:=/tmp}"
[ ${#TMPDIR} -le 50 ] || TMPDIR=/tmp
T=$(mktemp -d "$TMPDIR/tocsin-test.XXXXXX")
mkfifo "$T/never" # nobody writes to it
export TOCSIN_TEST_CLOCK=$T/clock HOME=$T LC_ALL=C.UTF-8 LANGUAGE=
unset TOCSIN_NETWORK XDG_CONFIG_HOME XDG_DATA_HOME
# It is the second day of a week, 10:20:10: no hour, day or week ends within 39
# minutes, nor do the six hours before a week's end begin, nor does a tick of up
# to 600 s end within 590. What happens at those edges is 4c-edges.sh's subject.
# (tests/steady begins at another second of that day, BEGIN.)
DAY=86400
REAL=$(date +%s)
echo $(((REAL / (7 * DAY) + 1) * 7 * DAY + DAY + ${BEGIN:-37210} - REAL)) >"$TOCSIN_TEST_CLOCK"

cleanup() {
    local rc=$? children= p
    set +e
    # Those that live now, and are ours: a number that was waited for may be
    # somebody else's by now.
    if [ -r "/proc/$$/task/$$/children" ]; then
        read -r children <"/proc/$$/task/$$/children" # has no end of line
    else
        children=$(jobs -p)
    fi
    # Not only the shell that waits for a program, but the program.
    # shellcheck disable=SC2086
    for p in $children; do
        kill -9 "$p" $(cat "/proc/$p/task/$p/children")
    done 2>/dev/null
    wait 2>/dev/null
    if [ $rc -ne 0 ]; then
        echo "-- failed (exit $rc); ends of the logs:" >&2
        for f in "$T"/*.log "$T"/*/*.log; do
            [ -s "$f" ] && { echo "-- ${f#"$T"/}"; tail -n 12 "$f"; } >&2
        done
    fi
    [ -n "${KEEP:-}" ] || rm -rf "$T"
    exit $rc
}
trap cleanup EXIT
trap 'exit 130' INT TERM

say() { printf -- '-- %s\n' "$*"; }
fail() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}

# wait_for SECONDS COMMAND...: until the command succeeds. SECONDS, 60 or more,
# are for what hangs; what is slow on a busy machine shall pass. A look that
# costs much is taken less often: three times as long is waited as it took.
wait_for() {
    local _end=$((SECONDS + $1)) _begun _ms
    shift
    while :; do
        _begun=${EPOCHREALTIME/[.,]/}
        ! "$@" >/dev/null 2>&1 || return 0
        [ $SECONDS -lt $_end ] || fail "waited in vain for: $*"
        _ms=$(((${EPOCHREALTIME/[.,]/} - _begun) / 333))
        _ms=$((_ms < 50 ? 50 : _ms > 2000 ? 2000 : _ms))
        rest $_ms
    done
}
# rest MS: no process is begun for it.
rest() {
    local _never _s
    printf -v _s '%d.%03d' $(($1 / 1000)) $(($1 % 1000))
    read -rt "$_s" _never <>"$T/never" || true
}

# runs PID: this job of ours; a number alone may be somebody else's by now.
runs() {
    local _running
    _running=" $(jobs -pr | tr '\n' ' ') "
    [[ $_running == *" $1 "* ]]
}
ended() { ! runs "$1"; }

# lengths FROM TO: of what is left of a damaged file; in the long run 200, drawn.
lengths() { [ -z "${TOCSIN_LONG:-}" ] || shuf -r -n 200 -i "$1-$2"; }
# flipped FILE OFFSET: a bit of that byte, drawn, is turned over.
flipped() {
    local byte
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    printf "\\x$(printf %02x $((byte ^ 1 << RANDOM % 8)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# count PATTERN FILE...: how many lines have it (grep -E); none is no failure.
count() { cat -- "${@:2}" | grep -acE -- "$1" || true; }

# counted N PATTERN FILE...: so many lines, no more and no fewer.
counted() { [ "$(count "${@:2}")" = "$1" ]; }

# matches PATTERN FILE: a line has it (grep -E), or all of it would if every run
# of white space were one blank: where a message wraps depends on what is in it.
matches() { grep -qaE -- "$1" "$2" || { tr -s '[:space:]' ' ' <"$2" >"$2.flat" && grep -qaE -- "$1" "$2.flat"; }; }

# Commands may be functions of a scenario: no name of ours may hide one of theirs.
# prints PATTERN COMMAND...: whether it ends well and its output, kept in
# $T/printed, has the pattern. (A pipe to grep -q would kill who writes on.)
prints() {
    local _pattern=$1
    shift
    "$@" >"$T/printed" && matches "$_pattern" "$T/printed"
}

# lacks PATTERN COMMAND...: fails if it does not end well (then nothing is known
# of what it would have printed) or prints what has the pattern.
lacks() {
    local _pattern=$1 _rc=0
    shift
    "$@" >"$T/printed" 2>&1 || _rc=$?
    [ $_rc -eq 0 ] || fail "exit $_rc from: $*
$(tail -n 20 "$T/printed")"
    ! matches "$_pattern" "$T/printed" || fail "'$_pattern' in the output of: $*
$(grep -aE -- "$_pattern" "$T/printed" | tail -n 20)"
}

# expect PATTERN COMMAND...: exit 0, and the pattern (grep -E) in its output.
expect() { must_fail 0 "$@"; }

# must_fail CODE PATTERN COMMAND...: this exit code (a crash is no pass), and
# the pattern in what it says, which is kept in SAID.
must_fail() {
    local _code=$1 _pattern=$2 _rc=0
    shift 2
    "$@" >"$T/said.all" 2>&1 || _rc=$?
    SAID=$(tr -d '\0' <"$T/said.all")
    [ $_rc -eq "$_code" ] || fail "exit $_rc, not $_code, from: $*
$SAID"
    matches "$_pattern" "$T/said.all" || fail "no '$_pattern' in the output of: $*
$SAID"
}

# language es_ES: programs speak it from here on. The locale is made here: a
# machine has few, and newer C libraries translate nothing in C.UTF-8.
language() {
    mkdir -p "$T/locale"
    localedef -i "$1" -f UTF-8 "$T/locale/$1.UTF-8"
    echo 'leak:argz_add_sep' >"$T/locale/leaks" # of the C library, for LOCPATH
    export LOCPATH=$T/locale LC_ALL=$1.UTF-8 LSAN_OPTIONS=suppressions=$T/locale/leaks:print_suppressions=0
}

# Days and hours pass for every program of the scenario.
clock_add() { echo $(($(cat "$TOCSIN_TEST_CLOCK") + $1)) >"$T/clock.new" && mv "$T/clock.new" "$TOCSIN_TEST_CLOCK"; }
# What time it is for them, and what time it shall be; seconds since 1970.
now() { echo $(($(date +%s) + $(cat "$TOCSIN_TEST_CLOCK"))); }
clock_to() { clock_add $(($1 - $(now))); }

# --- the network -----------------------------------------------------------
# root_make: two of three root keys in $T/root.
PASS=glide-onion-tractor-velvet-monsoon # weak ones are refused
root_make() {
    local n vkeys=()
    mkdir -p "$T/root"
    for n in ana bo chi; do
        vkeys+=(--key "$("$BIN/tocsin-root" keygen $n --out "$T/root/$n.key" --passphrase-fd 3 3<<<"$PASS" 2>>"$T/root.log")")
    done
    "$BIN/tocsin-root" new --threshold 2 "${vkeys[@]}" --out "$T/root/root.note" 2>>"$T/root.log"
    root_sign "$T/root/root.note"
}

# root_sign FILE: by the first two signers, who see what changes since FILE.vN.
root_sign() {
    local n v old=()
    v=$(sed -n '1s/.* v//p' "$1")
    [ "$v" -eq 1 ] || old=(--old "$1.v$((v - 1))" --root "$T/root/root.note")
    for n in ana bo; do
        "$BIN/tocsin-root" sign "$1" --key "$T/root/$n.key" "${old[@]}" --yes --passphrase-fd 3 3<<<"$PASS" 2>>"$T/root.log"
    done
}

# relay_setup N [OPTION...]: $T/relayN, listening on $T/relayN/sock.
relay_setup() {
    local n=$1
    shift
    "$BIN/tocsin-relayctl" setup --dir "$T/relay$n" --boxes "${BOXES:-256}" \
        --listen "unix:$T/relay$n/sock" "$@" >"$T/relay$n.line" 2>>"$T/relay$n.log"
}

# relay_url N: for the directory.
relay_url() { echo "unix:$T/relay$1/sock"; }
# relay_more_urls N: further addresses of it.
relay_more_urls() { :; }

# desk_init NAME [OPTION...]: $T/NAME, its line in $T/NAME.org.
desk_init() {
    local name=$1
    shift
    "$BIN/tocsin-desk" init --dir "$T/$name" --name "$name" --board 1 \
        --passphrase-fd 3 "$@" 3<<<"$PASS" >"$T/$name.org" 2>>"$T/$name.log"
}

# directory_publish: signs $T/root/dir.note, makes the network file, hands it
# to the relays that are set up.
directory_publish() {
    local d
    root_sign "$T/root/dir.note"
    "$BIN/tocsin-root" bundle --out "$T/network.new" "$T/root/root.note" "$T/root/dir.note" 2>>"$T/root.log"
    mv "$T/network.new" "$T/network"
    for d in "$T"/relay[0-9]; do
        cp "$T/network" "$d/bundle.new" && mv "$d/bundle.new" "$d/bundle"
    done
}

# network_make RELAYS ORG...: root, relays and desks, one directory for all.
# Boards tick once a second. Nothing runs yet.
network_make() {
    local n relays=$1 org url urls
    shift
    root_make
    "$BIN/tocsin-root" directory --out "$T/root/dir.note" --retention "${RETENTION:-3}" 2>>"$T/root.log"
    "$BIN/tocsin-root" add "$T/root/dir.note" board "${BOARD0:-0 16 1 16 64 2}" 2>>"$T/root.log"
    "$BIN/tocsin-root" add "$T/root/dir.note" board "${BOARD1:-1 4096 1 2 4 2}" 2>>"$T/root.log"
    for n in $(seq 1 "$relays"); do
        relay_setup "$n"
        urls=(--url "$(relay_url "$n")")
        for url in $(relay_more_urls "$n"); do
            urls+=(--url "$url")
        done
        "$BIN/tocsin-root" add "$T/root/dir.note" relay "$(cut -d' ' -f2- "$T/relay$n.line")" \
            "${urls[@]}" 2>>"$T/root.log"
    done
    for org in "$@"; do
        desk_init "$org"
        "$BIN/tocsin-root" add "$T/root/dir.note" org "$(cat "$T/$org.org")" 2>>"$T/root.log"
    done
    directory_publish
}

# relay_start N [OPTION...]: returns when it is ready.
relay_start() {
    local n=$1
    shift
    : >"$T/relay$n.ready"
    "$BIN/tocsin-relayd" -c "$T/relay$n/relayd.conf" "$@" >"$T/relay$n.ready" 2>>"$T/relay$n.log" &
    echo $! >"$T/relay$n.pid"
    wait_for 60 grep -qx ready "$T/relay$n.ready"
}
relay_pid() { cat "$T/relay$1.pid"; }
# relay_kill N: as a power cut would.
relay_kill() {
    kill -9 "$(relay_pid "$1")"
    wait "$(relay_pid "$1")" 2>/dev/null || true
}
# relay_stop N: SIGTERM, which must end it with exit 0.
relay_stop() {
    kill -TERM "$(relay_pid "$1")"
    wait "$(relay_pid "$1")" || fail "relay $1 ended with exit $?"
}
# newest N BOARD: the number of its newest page; fails if the relay does not say.
newest() {
    relay_get "$1" /v1/status >"$T/relay$1.status" &&
        awk -v b="$2" '$1 == "board" && $2 == b {print $3; found = 1} END {exit !found}' "$T/relay$1.status"
}
# pages_pass N COUNT: so many more pages on relay N's report board.
page_reached() { [ "$(newest "$1" 1)" -ge "$2" ]; }
pages_pass() {
    local from
    from=$(newest "$1" 1) || fail "relay $1 does not say which page is its newest"
    wait_for 60 page_reached "$1" $((from + $2))
}
# hostile_start N: relay N is ready behind tests/tools/hostile, which does what
# mode says; nothing, to begin with.
hostile_start() {
    local n=$1
    echo pass >"$T/mode$n"
    relay_start "$n" --listen "unix:$T/relay$n/real"
    "$TOOLS/hostile" "$T/relay$n/sock" "$T/relay$n/real" "$T/mode$n" "$T/relay$n/page.key" >"$T/hostile$n.out" 2>"$T/hostile$n.log" &
    echo $! >"$T/hostile$n.pid"
    wait_for 60 grep -qx ready "$T/hostile$n.out"
}
# mode N WORD...: what it does from now on, whole requests at a time.
mode() {
    local n=$1
    shift
    say "(relay $n: $*)"
    echo "$*" >"$T/mode$n.new" && mv "$T/mode$n.new" "$T/mode$n" && served_from "$T/hostile$n.out"
}
# asked N COUNT PATTERN: waits for so many requests since the last mode.
asked() {
    local n=$1
    shift
    wait_for 60 served "$T/hostile$n.out" "$@"
}
# served FILE COUNT PATTERN: so many requests at tests/tools/hostile, of which
# FILE is the output, since the file was looked at last by served_from.
served_from() { wc -l <"$1" >"$1.from"; }
served() { tail -n "+$(($(cat "$1.from") + 1))" "$1" >"$1.new" && [ "$(count "$3" "$1.new")" -ge "$2" ]; }
relay_get() { curl -sS --max-time 60 --unix-socket "$T/relay$1/sock" "http://relay$2"; }

# desk NAME COMMAND [OPTION...]
desk() {
    local name=$1 command=$2
    shift 2
    "$BIN/tocsin-desk" "$command" --dir "$T/$name" --network "$T/network" --passphrase-fd 3 "$@" 3<<<"$PASS"
}
# desk_watch NAME: in the background, with the clocks of section 8 sped up.
desk_watch() {
    local name=$1
    shift
    "$BIN/tocsin-desk" watch --dir "$T/$name" --network "$T/network" --passphrase-fd 3 \
        --poll 1 --mean-answer 1 --mean-body 1 --gap "${GAP:-1}" --refresh 5 "$@" 3<<<"$PASS" >>"$T/$name.cases" 2>>"$T/$name.log" &
    echo $! >"$T/$name.pid"
}
# desk_stop NAME: SIGTERM to its watch, which must end it with exit 0.
desk_stop() {
    kill -TERM "$(cat "$T/$1.pid")"
    wait "$(cat "$T/$1.pid")" || fail "watch of $1 ended with exit $?"
}
# alarm PATTERN, shows CASE PATTERN [OPTION...]: in what the union's desk lists,
# or shows of that case (grep -E).
alarm() { desk union list >"$T/list" && grep -qE -- "$1" "$T/list"; }
shows() { desk union show "$1" "${@:3}" >"$T/show" && grep -qE -- "$2" "$T/show"; }
# tocsin COMMAND [OPTION...]: the reporter.
tocsin() {
    local command=$1
    shift
    "$BIN/tocsin" "$command" --network "$T/network" "$@"
}
# report_union [OPTION...] <TEXT: to that organisation alone; prints the code.
report_union() { tocsin report --to union --language en --print-code --pace 0 "$@" 2>>"$T/reporter.log"; }
# hears PATTERN [OPTION...]: in what the inbox of $code shows, kept in $T/inbox.
hears() {
    tocsin inbox --code-fd 4 --pace 0 "${@:2}" 4<<<"$code" >"$T/inbox" 2>>"$T/reporter.log" || true
    grep -q -- "$1" "$T/inbox"
}
