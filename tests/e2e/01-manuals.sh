#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What the programs say of themselves, what their manuals say, and what README
# says are one: each command and option of each program, both ways.
. "$(dirname "$0")/lib.sh"
wrong=0
differs() { echo "differs: $*" >&2; wrong=1; }

# commands PROGRAM: their names, by its --help.
commands() {
    case $1 in tocsin-relayd) return ;; esac
    "$BIN/$1" --help | awk '/^$/ { part++ } part == 1 && /^  [a-z]/ { print $1 }'
}
# options PROGRAM COMMAND...: as --name, one a line, by --help.
# What only tests need says so, and is in no manual.
options() { "$BIN/$1" "${@:2}" --help | grep -v '(tests)' | sed -nE 's/^  (--?[a-z][a-z-]*).*$/\1/p'; }
# plain FILE: a manual without its macros, with plain hyphens.
plain() { sed -E 's/\\f[A-Z]//g; s/\\-/-/g; s/^\.[A-Z]+ //; s/"//g' "$1"; }
mentions() { grep -qE -- "(^|[^a-z0-9-])$2([^a-z0-9-]|$)" "$1"; }

for program in tocsin tocsin-desk tocsin-root tocsin-relayctl tocsin-relayd; do
    for manual in "$TOP"/{client,relay}/man/$program.[18]; do
        [ ! -e "$manual" ] || break
    done
    [ -e "$manual" ] || fail "$program has no manual"
    plain "$manual" >"$T/$program.man"
    # Its options are the keys of its configuration, which has a manual.
    [ $program != tocsin-relayd ] || plain "$TOP/relay/man/relayd.conf.5" >>"$T/$program.man"
    commands $program >"$T/$program.commands"
    [ $program = tocsin-relayd ] || [ -s "$T/$program.commands" ] || fail "no commands of $program were seen"
    {
        options $program
        while read -r c; do options $program "$c"; done <"$T/$program.commands"
    } | sort -u >"$T/$program.options"
    [ -s "$T/$program.options" ] || fail "no options of $program were seen"
    say "$program: $(wc -l <"$T/$program.commands") commands, $(wc -l <"$T/$program.options") options"
    # In its manual is what it has ...
    while read -r c; do mentions "$T/$program.man" "$c" || differs "$manual lacks the command $c"; done <"$T/$program.commands"
    while read -r o; do
        [ $program != tocsin-relayd ] || o=${o#--}
        mentions "$T/$program.man" "$o" || differs "$manual lacks $o"
    done <"$T/$program.options"
done

# ... and nothing that none has. Tests' options may be named there, too.
for program in tocsin tocsin-desk; do
    while read -r c; do "$BIN/$program" "$c" --help | sed -nE 's/^  (--[a-z][a-z-]*).*\(tests\).*$/\1/p'; done <"$T/$program.commands"
done | cat - "$T"/*.options >"$T/all"
printf '%s\n' --help --version >>"$T/all"
# Of other programs: tor, adduser, systemctl.
printf '%s\n' --list-modules --system --group --home --now >>"$T/all"
for text in "$T"/*.man "$TOP/README.md"; do
    grep -oE -- '(^|[ (`,])--[a-z][a-z-]*' "$text" | tr -d ' (`,' | sort -u >"$T/named"
    [ -s "$T/named" ] || [[ $text == */tocsin-relayd.man ]] || fail "$text names no options"
    while read -r o; do
        grep -qx -- "$o" "$T/all" || differs "$text names $o, which no program has"
    done <"$T/named"
done
# Commands in README's examples.
grep -oE '^    tocsin(-desk|-root|-relayctl)? [a-z][a-z-]+' "$TOP/README.md" | sort -u >"$T/readme.commands"
[ -s "$T/readme.commands" ] || fail "README runs nothing"
while read -r program c; do
    grep -qx -- "$c" "$T/$program.commands" || differs "README runs $program $c, which there is not"
done <"$T/readme.commands"

[ $wrong = 0 ] || fail "help, manuals and README are not one"
