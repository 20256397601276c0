#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Sigma on the command line: packs and their answers are compared with a second judge (tests/sigma), rules that are wrong
# are refused with file, line and reason, and so are packs that are damaged. SIGMA_RULES=DIR adds a folder of rules.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
caltrop=${O:?}/caltrop
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "FAIL: $*"; exit 1; }
ok() { echo "ok: $*"; }
skip() { echo "skipped: $*"; exit 77; }

"$caltrop" rule check --help >/dev/null 2>&1 || skip 'this build has no CLI_RULE'
python3 -c 'import yaml' 2>/dev/null || skip 'there is no python3-yaml'
export PYTHONDONTWRITEBYTECODE=1

# --- what the specification says in words ---

python3 "$here/../sigma/constructs.py" "$caltrop" "$work/s" || fail 'constructs are understood otherwise'
ok 'constructs that are seldom used mean what the specification says'

# --- the same answers as the second judge ---

python3 "$here/../sigma/compare.py" "$caltrop" "$work/a" --worlds 25 --seed 1 || fail 'rules are judged otherwise'
ok 'random rules over random events are judged the same'
python3 "$here/../sigma/compare.py" "$caltrop" "$work/b" --worlds 15 --seed 500 --correlations || fail 'correlations differ'
ok 'random correlations count the same'
if "$caltrop" replay --help 2>/dev/null | grep -q -e --events; then
	python3 "$here/../sigma/compare.py" "$caltrop" "$work/d" --worlds 12 --seed 900 --device || fail 'a device counts otherwise'
	ok 'and so they do on a device'
fi
if [ -n "${SIGMA_RULES-}" ]; then
	python3 "$here/../sigma/compare.py" "$caltrop" "$work/c" --rules "$SIGMA_RULES" || fail "$SIGMA_RULES"
	ok "all rules of $SIGMA_RULES compile and are judged the same"
else
	echo 'left out: SIGMA_RULES names no folder of public rules'
fi

# --- what is wrong is said with its place ---

head='title: T
id: one
logsource: {product: linux}
'
# refused LINE REASON: of a rule on standard input
refused()
{
	cat >"$work/bad.yml"
	"$caltrop" rule build "$work/bad.yml" -o "$work/bad.pack" >"$work/out" 2>"$work/said" && fail "accepted: $2"
	[ ! -e "$work/bad.pack" ] || fail "a pack was written in spite of: $2"
	grep -q "^$work/bad.yml:$1: .*$2" "$work/said" || fail "not line $1 '$2' but: $(cat "$work/said")"
	"$caltrop" rule check --json "$work/bad.yml" >"$work/json" 2>&1 && fail "check accepts: $2"
	grep -q '"refused":1' "$work/json" || fail "check does not count: $2"
	ok "refused at line $1: $2"
}
rule() { printf '%sdetection:\n    s:\n        %s\n    condition: %s\n' "$head" "$1" "${2:-s}"; }

printf '%sdetection:\n  s: [a\n  condition: s\n' "$head" | refused 6 'is no YAML'
printf '%sdetection: &a\n  s: {A: b}\n  condition: s\n' "$head" | refused 4 'an anchor, an alias or a tag'
printf 'title: T\ndetection: %s%s\n' "$(printf '[%.0s' {1..20})" "$(printf ']%.0s' {1..20})" | refused 2 'nested deeper than 16'
printf '%sdetection:\n  s: {A: b}\n  s: {A: c}\n  condition: s\n' "$head" | refused 6 "the key 's' twice"
printf '%sdetection:\n  s: {A: b}\n' "$head" | refused 5 'no condition'
printf 'id: x\nlogsource: {product: linux}\ndetection: {s: {A: b}, condition: s}\n' | refused 1 'no title'
printf 'title: T\ndetection: {s: {A: b}, condition: s}\n' | refused 1 'no logsource'
printf '%slevel: extreme\ndetection: {s: {A: b}, condition: s}\n' "$head" | refused 4 "level 'extreme'"
rule 'A|contians: b' | refused 6 "modifier 'contians', which is unknown"
rule 'A|re: "(?=b)"' | refused 6 'looks around'
rule 'A|re: "(b)\\1"' | refused 6 'refers back'
rule 'A|re: "((b{1,60}){1,60}){2}"' | refused 6 'more than 4000 steps'
rule 'A|re: "b("' | refused 6 "'(' without"
rule 'A|cidr: 300.1.1.1/8' | refused 6 'no network'
rule 'A|: b' | refused 6 "a '|' without a modifier"
rule 'A: b' "s $(printf '\302\240')and s" | refused 7 "goes on where it should end, with '$(printf '\302\240')'"
rule "A: $(printf '\351')" | refused 6 'no YAML'
rule 'A|gt: many' | refused 6 'a number has to be'
rule 'A|base64: "b*"' | refused 6 'wildcards in what is to be in base64'
rule 'A|expand: "%Servers%"' | refused 6 'placeholder %Servers%, for which there is no list'
rule 'A|exists: maybe' | refused 6 "'exists' without a field, or without true or false"
rule 'A: b' 's and t' | refused 7 "search identifier that is not there: 't'"
rule 'A: b' '2 of s*' | refused 7 'counts otherwise'
rule 'A: b' 's | count() > 5' | refused 7 'aggregation'
rule 'A: b' '(s' | refused 7 "'(' without"
rule 'A: b' '1 of x*' | refused 7 'of which there is none'
{ rule 'A: b'; printf -- '---\n'; rule 'A: c'; } | refused 9 'the id of another rule: one'
printf 'title: C\nid: c\ncorrelation:\n  type: event_count\n  rules: [nobody]\n  timespan: 5m\n  condition: {gte: 3}\n' |
	refused 5 "'nobody', which is not there"
printf 'title: C\nid: c\ncorrelation:\n  type: value_sum\n  rules: [c]\n  timespan: 5m\n' | refused 4 "type 'value_sum'"
printf 'title: C\nid: c\ncorrelation:\n  type: temporal\n  rules: [c]\n  timespan: 5m\n' | refused 5 'counts this one in turn'
printf 'title: C\nid: c\ncorrelation:\n  type: temporal\n  rules: [c]\n  timespan: soon\n' | refused 6 'timespan'
printf 'title: F\nlogsource: {product: linux}\nfilter: {rules: [nobody], s: {A: b}, condition: s}\n' |
	refused 3 "'nobody', which is not there"

# --- what a device can see ---

"$caltrop" rule check "$here/../../agent/rules/pack" >"$work/out" || fail 'the shipped rules do not compile'
grep -q 'rules: \([0-9]*\) loaded, 0 that no sensor here feeds, 0 refused' "$work/out" && ! grep -q ': though ' "$work/out" ||
	fail "the guard cannot use all of its own rules: $(grep -v '^loaded' "$work/out")"
ok 'the guard can use all rules that it brings'

# seen STATE REASON: of the last rule on standard input; a REASON of '-' is none
seen()
{
	cat >"$work/seen.yml"
	"$caltrop" rule check "$work/seen.yml" >"$work/out" 2>&1 || fail "refused: $(cat "$work/out")"
	tail -n 2 "$work/out" | head -n 1 >"$work/last"
	grep -q "^$1  " "$work/last" || fail "not '$1' but: $(cat "$work/last")"
	if [ "$2" = - ]; then ! grep -q sensor "$work/last"; else grep -q ": $2\$" "$work/last"; fi || fail "not '$2' but: $(cat "$work/last")"
	ok "$(sed 's/ *[^ ]*seen.yml:[0-9]*:/:/' "$work/last")"
}
# of SOURCE ITEM [CONDITION]: a rule
of() { printf 'title: T\nid: %s\nlogsource: {%s}\ndetection:\n    s: {%s}\n    o: {%s}\n    condition: %s\n' "${4:-t}" "$1" "$2" "${5:-CommandLine: x}" "${3:-s}"; }
no='no sensor here produces'
audit='product: linux, service: auditd'
exec='product: linux, category: process_creation'
of "$audit" 'type: EXECVE, a63: x' | seen loaded -
of "$audit" 'type: EXECVE, a64: x' | seen 'no sensor' "$no the field a64"
of "$audit" 'type: [SERVICE_STOP, execve]' | seen loaded -
of "$audit" 'type|startswith: SERVICE' | seen 'no sensor' "$no records of the type SERVICE"
of "$audit" 'type|contains: xec' | seen loaded -
of "$audit" 'type: ADD_USER' | seen loaded -
of "$audit" 'type: SYSCALL, a0: x' | seen 'no sensor' "$no the field a0"
of "$audit" 'type: SYSCALL, exe: x' | seen loaded 'though of SYSCALL records only those of execve are known'
of "$audit" 'type: SYSCALL, SYSCALL: mount' | seen 'no sensor' "$no records of the system call mount"
of "$audit" 'type: SYSCALL, SYSCALL|neq: execve' | seen 'no sensor' "$no records with another value of SYSCALL"
of "$audit" 'type: PATH' 's or o' t 'a1: x' | seen loaded 'though of PATH records only those of changes to watched files are known'
of "$audit" 'type: USER_AUTH' 's or o' t 'a1: x' | seen loaded "though $no records of the type USER_AUTH"
of "$exec" 'Image: x' 's and not o' t 'Company: x' | seen loaded "though $no the field Company"
of "$exec" 'Image: x' 's and not o' t 'Company: null' | seen 'no sensor' "$no the field Company"
of "$exec" 'Company: null' | seen loaded -
of "$exec" 'Company|exists: true' | seen 'no sensor' "$no the field Company"
of "$exec" 'image: x' | seen 'no sensor' "$no the field image"
of "$exec" 'Image|fieldref: Company' | seen 'no sensor' "$no the field Company"
of "$exec" 'Image|fieldref: CommandLine' | seen loaded -
of "$exec" 'User: www-data' | seen 'no sensor' "$no names of users, but for root's: www-data"
of "$exec" 'User: [www-data, Root]' | seen loaded -
of "$exec" 'User: 33' 's and not o' t 'User|startswith: web' | seen loaded "though $no names of users, but for root's: web"
of 'product: linux, category: session' 'User: www-data' | seen loaded -
of "$exec, service: sshd" 'Image: x' | seen 'no sensor' "$no, in this category, events of the service sshd"
of 'product: windows, category: process_creation' 'Image: x' | seen 'no sensor' "$no events of the product windows"
of 'category: proxy' 'Image: x' | seen 'no sensor' "$no events of the category proxy"
of 'product: linux, service: sudo' 'USER: root' | seen 'no sensor' "$no the field USER"
# And a device judges what it saw by rules for auditd: a changed file, a program of www-data.
{
	of "$audit" 'type: PATH, name: /etc/ld.so.preload' s path
	printf -- '---\n'
	of "$audit" 'type: SYSCALL, SYSCALL: execve, euid: 33' s call
} | sed 's/^logsource/level: high\n&/' >"$work/audit.yml"
"$caltrop" rule build "$work/audit.yml" -o "$work/audit" >"$work/out" || fail 'rules for auditd do not compile'
{
	printf '{"timestamp":"2026-01-01T00:00:0%d.000000Z","logsource":{"category":"%s","product":"linux"},%s}\n' \
		1 file_event '"action":"write","TargetFilename":"/etc/ld.so.preload"' \
		2 process_creation '"action":"exec","Image":"/bin/id","CommandLine":"id","User":"33","uid":"33"'
} >"$work/seen"
if "$caltrop" replay --help 2>/dev/null | grep -q -e --events; then
	"$caltrop" replay --json --pack "$work/audit" --events "$work/seen" >"$work/out" || fail 'replay fails'
	for rule in path call; do
		grep -q "\"rule\":\"$rule\"" "$work/out" || fail "a device does not see $rule: $(cat "$work/out")"
	done
	ok "a device answers rules for auditd's records from its own events"
fi
# together TYPE REST: a correlation of a rule that is seen and one that is not
together()
{
	of "$exec" 'Image: x' s seen
	printf -- '---\n'
	of "$exec" 'Company: x' s blind
	printf -- '---\ntitle: C\nid: c\ncorrelation: {type: %s, rules: [seen, blind], timespan: 5m, %s}\n' "$1" "$2"
}
together temporal 'group-by: User' | seen 'no sensor' "$no the field Company"
together event_count 'group-by: User, condition: {gte: 2}' | seen loaded "though $no the field Company"
together event_count 'group-by: Company, condition: {gte: 2}' | seen 'no sensor' "$no, of a rule that it counts, the field Company"
together value_count 'condition: {gte: 2, field: Company}' | seen 'no sensor' "$no, of a rule that it counts, the field Company"
together event_count 'group-by: User, condition: {gte: 65}' | seen 'no sensor' 'a device does not count as far as it does'

# --- packs ---

rule 'A|endswith: /wget' >"$work/good.yml"
"$caltrop" rule build "$work/good.yml" -o "$work/one" --version 3 >/dev/null || fail 'a rule does not compile'
"$caltrop" rule build "$work/good.yml" -o "$work/two" --version 3 >/dev/null
cmp -s "$work/one" "$work/two" || fail 'the same rules give other bytes'
ok 'the same rules give the same bytes'
echo '{"A":"/bin/wget","logsource":{"product":"linux"}}' >"$work/events"
"$caltrop" rule explain --pack "$work/one" --events "$work/events" | grep -q "A '/bin/wget' ends with '/wget'" ||
	fail 'explain does not say which field matched which pattern'
ok 'explain says which field matched which pattern'

# Editors of some systems begin a file with a mark and end lines with two bytes.
{
	printf '\357\273\277'
	rule 'A|endswith: /wget' | sed 's/$/\r/'
} >"$work/marked.yml"
"$caltrop" rule build "$work/marked.yml" -o "$work/marked" --version 3 >/dev/null || fail 'a mark at the begin is no text'
cmp -s "$work/one" "$work/marked" || fail 'a mark at the begin makes another rule'
{ printf '\357\273\277'; cat "$work/events"; } >"$work/marked.jsonl"
"$caltrop" rule test --pack "$work/one" --events "$work/marked.jsonl" | grep -q '"event":1,"rule_id":"one"' ||
	fail 'a mark before the first event'
ok 'a file may begin with the mark of some editors'

# A rule that only a refused correlation counts still alerts.
{
	rule 'A|endswith: /wget'
	printf -- '---\ntitle: C\nid: c\ncorrelation: {type: temporal, rules: [one, nobody], timespan: 5m}\n'
} >"$work/half.yml"
"$caltrop" rule build "$work/half.yml" -o "$work/half" --skip-bad >/dev/null 2>&1 && fail '--skip-bad hides that a rule is bad'
"$caltrop" rule test --pack "$work/half" --events "$work/events" | grep -q '"rule_id":"one"' ||
	fail 'a rule is silent for a correlation that is not there'
ok '--skip-bad leaves out what is bad, and nothing else'
rule 'A|contians: b' >"$work/bad.yml"
"$caltrop" rule build "$work/bad.yml" -o "$work/none" --skip-bad >/dev/null 2>&1 && fail 'no rule is enough for a pack'
[ ! -e "$work/none" ] || fail 'a pack of no rules was written'
ok 'a pack of no rules is not written'

# What is no file stays what it is, /dev/null for example.
mkfifo "$work/pipe"
timeout 10 cat "$work/pipe" >"$work/through" & reader=$!
timeout 10 "$caltrop" rule build "$work/good.yml" -o "$work/pipe" --version 3 >/dev/null || fail 'no pack through a pipe'
wait $reader
[ -p "$work/pipe" ] && cmp -s "$work/one" "$work/through" || fail 'a pack took the place of a pipe'
ok 'a pack goes through a pipe and leaves it'
(cd "$work" && "$caltrop" rule build good.yml -o - --version 3) >"$work/out" 2>"$work/said" || fail 'no pack to standard output'
cmp -s "$work/one" "$work/out" && [ ! -e "$work/-" ] && grep -q '1 rules' "$work/said" || fail 'standard output is not the pack alone'
ok "and to standard output, which has nothing else"

# cannot REASON: the pack and events that it is tried on
cannot()
{
	"$caltrop" rule test --pack "$work/pack" --events "$work/events" >"$work/out" 2>"$work/said" && fail "accepted: $1"
	grep -q "$1" "$work/said" || fail "not '$1' but: $(cat "$work/said")"
	ok "refused: $(cat "$work/said" | sed "s|$work/||g")"
}
head -c 100 "$work/one" >"$work/pack"
cannot 'it is not whole'
{ head -c 5 "$work/one"; printf '\007'; tail -c +7 "$work/one"; } >"$work/pack"
cannot 'it has the format 7'
cp "$work/events" "$work/pack"
cannot 'it is no pack'
cp "$work/one" "$work/pack"
echo 'no JSON' >>"$work/events"
cannot 'events:2: is no JSON'
head -c 1000 /dev/zero >"$work/events"
cannot 'events:1: is no JSON'
echo '{"A":"b"}' >"$work/events"
code=0
"$caltrop" rule explain --pack "$work/pack" --events "$work/events" --event 2 >"$work/out" 2>"$work/said" || code=$?
[ $code = 4 ] && grep -q 'has no event 2' "$work/said" || fail 'an event that is not there is not told of'
ok "an event that is not there: $(sed "s|$work/||g" "$work/said")"
echo 'all is as it should be'
