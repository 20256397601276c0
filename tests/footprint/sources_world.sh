#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What each source takes of a device on which nothing happens, one after the other, in a world of its own. A source counts
# only if health says that it is the one in use.
#   SECONDS_IDLE=60 sources_world.sh     lines "NAME PSS PRIVATE WAKE-UPS", or "NAME - why it is not measured"
. "$(dirname "$0")/../e2e/lib.sh"
export WORLD_USERNS=no		# a user namespace may load no BPF, and journald wants cgroups
world_enter "$@"
mkdir -p /sys; mount -t sysfs -o ro sysfs /sys 2>/dev/null
host device $DEVICE $DEVICE6
log_new

# row NAME +PATTERN|-PATTERN [SETTING]...: health of a guard with these settings says the one, or does not say the other.
row()
{
	local name=$1 sign=${2:0:1} pattern=${2:1} says took; shift 2
	printf '%s\n' "$@" | guard_conf
	guard_start
	says=-; ! health_says "$pattern" || says=+
	if [ $says = "$sign" ]; then
		took=$(on device sh "$TOP/tests/footprint/idle.sh" "${SECONDS_IDLE:-60}") && echo "$name $took" ||
			echo "$name - the guard did not stay"
	else
		echo "$name - $(on device caltrop local health --json | jq -r '.problems[0] // "it is not what is used here"')"
	fi
	stop guard
}

file=('[auth]' "files = $LOG")
row file -'cannot read' "${file[@]}"
row syslog -'could not open' '[auth]' 'files =' 'syslog_socket = /run/caltrop-syslog'
WHOLE=1 row processes_bpf -'[Pp]rocesses are' "${file[@]}" '[process]' 'enabled = yes' 'source = bpf'
row processes_poll +'processes are looked at every' "${file[@]}" '[process]' 'enabled = yes' 'source = poll'
row connections_bpf -'programs of connections' "${file[@]}" '[network]' 'enabled = yes' 'source = bpf'
row connections_conntrack -'connections are not seen: the kernel' "${file[@]}" '[network]' 'enabled = yes' 'source = conntrack'
row listeners_only -'what listens is not seen' "${file[@]}" '[network]' 'enabled = yes' 'source = none'
row firewall -'are not seen' "${file[@]}" '[firewall]' 'enabled = yes' 'decoy = 23'
row files_accounts -'files are not watched' "${file[@]}" '[files]' 'enabled = yes'
row sessions -'sessions are not' "${file[@]}" '[sessions]' 'enabled = yes'
row devices -'are not watched: caltropd' "${file[@]}" '[devices]' 'enabled = yes'
row exposure -'the device is not audited' "${file[@]}" '[exposure]' 'enabled = yes'
if cp "$PROGRAMS/caltrop-rules.pack" /tmp/rules.pack 2>/dev/null; then
	RULES=yes row rules -'pack is not used' "${file[@]}" '[rules]' 'pack = /tmp/rules.pack'
	RULES=yes row all_but_journal -'pack is not used' "${file[@]}" '[rules]' 'pack = /tmp/rules.pack' '[process]' 'enabled = yes' \
		'[network]' 'enabled = yes' '[firewall]' 'enabled = yes' '[files]' 'enabled = yes' '[sessions]' 'enabled = yes' \
		'[devices]' 'enabled = yes'
fi
[ -x $JOURNALD ] || { echo "journal - there is no journald here"; exit 0; }
journald_start ForwardToSyslog=no
row journal -'could not open' '[auth]' 'files =' 'journal = yes'
