#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same as sources_world.sh for what only a machine that boots has: audit records, the proc connector, a journal that
# systemd writes, all sensors on a kernel that has all of them; and one log file beside them, since other programs share more
# or less with the guard there.
#   SECONDS_IDLE=60 sources_boot.sh     lines "NAME PSS PRIVATE WAKE-UPS", or "NAME - why it is not measured"
. "$(dirname "$0")/../boot/lib.sh"
machine_up box >&2
guard_install box
mkdir -p "$MACHINES/idle"; cp "$TOP/tests/footprint/idle.sh" "$MACHINES/idle/"; put box "$MACHINES/idle" /root

# row NAME PATTERN [SETTING]...: health of a guard with these settings says that.
row()
{
	local name=$1 pattern=$2 took; shift 2
	printf '%s\n' '[auth]' 'files = /var/log/auth.log' "$@" | guard_conf box
	run box 'touch /var/log/auth.log; systemctl restart caltropd'; guard_answers box
	if run box 'caltrop local health' | grep -qE -- "$pattern"; then
		took=$(run box "WHOLE=${WHOLE-} sh /root/idle.sh ${SECONDS_IDLE:-60}") && echo "$name $took" || echo "$name - the guard did not stay"
	else
		echo "$name - $(run box 'caltrop local health' | grep -m 1 problem || echo 'it is not what is used here')"
	fi
}

row booted_file .
row booted_audit_logins . 'audit = yes'
WHOLE=1 row booted_processes_connector 'by the proc connector' '[process]' 'enabled = yes' 'source = connector'
WHOLE=1 row booted_processes_audit 'by audit records' '[process]' 'enabled = yes' 'source = audit' 'audit_rule = yes'
row booted_file_no_rules . '[rules]' 'enabled = no'
row booted_journal . 'journal = yes'
row booted_sessions . '[sessions]' 'enabled = yes'
row booted_devices . '[devices]' 'enabled = yes'
row booted_files . '[files]' 'enabled = yes'
row booted_firewall . '[firewall]' 'enabled = yes' 'decoy = 23'
WHOLE=1 row booted_all . 'journal = yes' '[process]' 'enabled = yes' '[network]' 'enabled = yes' '[files]' 'enabled = yes' \
	'[sessions]' 'enabled = yes' '[devices]' 'enabled = yes' '[firewall]' 'enabled = yes' 'decoy = 23'
