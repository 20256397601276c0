#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Programs told of by the kernel's own audit records, where eBPF is not: chosen by itself only if the rules tell of all,
# with a rule of the guard's own only if it was asked for, and removed at its end.

. "$(dirname "$0")/lib.sh"

fail() { echo "FAIL: $*" >&2; grep -a implant "$MACHINES/table" >&2; exit 1; }
said() { run box "$@"; }
names() { local h; h=$(said caltrop local health); grep -q "$1" <<<"$h" || { echo "$h" >&2; false; }; }
table() { said "caltrop local table processes --json" >"$MACHINES/table"; }
has() { table && jq -se "[.. | objects | select(.image)] | any($1)" <"$MACHINES/table" >/dev/null; }
has_no() { ! has "$1"; }
counted() { said caltrop local health | awk -v name="$1" '$1 == name { print $2 }'; }
own_rules() { said auditctl -l | grep -c 'key=caltrop'; }

machine_up box
guard_install box
said 'chmod a-x /usr/local/libexec/caltrop-bpf'		# as a kernel without BTF
guard_conf box <<-'END'
	[process]
	enabled = yes
END
guard_up box
check "without a rule the proc connector is taken" names 'by the proc connector (caltrop-bpf is not installed; no audit rule'
check "and no rule is added" [ "$(own_rules)" = 0 ]

said systemctl stop caltropd
said 'auditctl -a always,exit -F arch=b64 -S execve,execveat -k theirs' >/dev/null
said systemctl start caltropd
guard_answers box
check "with a rule for all execs it takes audit records" names 'by audit records (caltrop-bpf is not installed)'
said 'cp /bin/sleep /tmp/implant; mkdir -p "/tmp/a b"; cd "/tmp/a b"; setsid sh -c "/tmp/implant 600 & wait" login --password hunter2 >/dev/null 2>&1 &'
check "a program is told of with its arguments and its source" soon has '.args == "/tmp/implant 600" and .source == "audit"'
check "with its path and its user" has '.image == "/tmp/implant" and .user == "root"'
check "its parent is known, secrets are masked" has '(.args // "" | test("login --password [*]{3}"))'
said 'auditctl -D' >/dev/null
check "rules that go are said in health" soon names 'the audit rules were changed'

said systemctl stop caltropd
guard_conf box <<-'END'
	[process]
	enabled = yes
	source = audit
	audit_rule = yes
END
said systemctl start caltropd
guard_answers box
check "a rule of its own, as it was asked for: $(own_rules)" [ "$(own_rules)" = 2 ]
check "health names the source" names 'by audit records (as the settings ask) *$'
said 'exec -a /usr/sbin/sshd /tmp/implant 601 >/dev/null 2>&1 & exit 0'
check "who lies about his name keeps his path" soon has '.image == "/tmp/implant" and (.args | startswith("/usr/sbin/sshd"))'
said 'python3 -c "import os; os.execv(\"/tmp/implant\", [\"/tmp/implant\", \"602\"] + [\"0\"] * 64000)" >/dev/null 2>&1 & exit 0'
check "128 KiB of arguments are cut and say so" soon has '(.args // "" | startswith("/tmp/implant 602 0 0 0")) and .args_cut'
said 'pkill -x implant'
check "ends are seen" soon has_no '.image == "/tmp/implant"'
said 'for i in $(seq 200); do /bin/true; done'
check "none was lost: $(counted process_audit_dropped) $(counted process_audit_incomplete)" \
	[ "$(counted process_audit_dropped) $(counted process_audit_incomplete)" = "0 0" ]
check "those that end at once are seen as well: $(counted process_execs)" [ "$(counted process_execs)" -gt 200 ]

said systemctl stop caltropd
check "its rules end with it" [ "$(own_rules)" = 0 ]
said systemctl start caltropd
guard_answers box
said 'systemctl kill -s KILL --kill-whom=main caltropd; sleep 1; systemctl stop caltropd'
guard_conf box <<-'END'
	[process]
	enabled = yes
END
said systemctl start caltropd
guard_answers box
check "rules that a killed one left are removed by the next" [ "$(own_rules)" = 0 ]
