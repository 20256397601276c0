# SPDX-License-Identifier: Apache-2.0
# RESULTS.md from the rows of one run: awk -f report.awk -v machine=F -v notes=F -v budgets=F ROWS

function thousands(v,    s, head)
{
	if (v != int(v))
		return v
	s = sprintf("%d", v)
	head = ""
	while (length(s) > 3) {
		head = "," substr(s, length(s) - 2) head
		s = substr(s, 1, length(s) - 3)
	}
	return s head
}

function shown(v, unit) { return thousands(v) " " unit }

# How many times worse the peer is; lower is better unless `up`.
function ratio(ours, theirs, up,    r)
{
	if (!(ours in value) || !(theirs in value) || value[ours] == 0 || value[theirs] == 0)
		return "-"
	r = up ? value[ours] / value[theirs] : value[theirs] / value[ours]
	return sprintf(r >= 10 ? "%.0fx" : "%.1fx", r)
}

function cell(key) { return key in value ? shown(value[key], unit[key]) : "-" }

function peers_row(what, ours, sshguard, fail2ban, up)
{
	if (!(ours in value) && !(sshguard in value) && !(fail2ban in value))
		return
	printf "| %s | %s | %s | %s | %s | %s |\n", what, cell(ours), cell(sshguard), ratio(ours, sshguard, up), cell(fail2ban),
		ratio(ours, fail2ban, up)
}

NF >= 2 { value[$1] = $2; unit[$1] = $3; order[++rows] = $1 }

END {
	print "# Results"
	print ""
	print "Written by `make bench`, which measures everything on the machine it runs on; do not edit."
	print ""
	while ((getline line < machine) > 0) {
		at = index(line, ": ")
		print "- **" substr(line, 1, at - 1) "**: " substr(line, at + 2)
	}
	if ("version.sshguard" in value)
		print "- **Peers**: sshguard " value["version.sshguard"] ", fail2ban " value["version.fail2ban"] ", as Debian packages them"
	print "- **Command**: `make bench`"
	print ""
	print "## Budgets"
	print ""
	print "| what | budget | measured | |"
	print "|---|---|---|---|"
	while ((getline line < budgets) > 0) {
		if (line ~ /^(#|$)/)
			continue
		n = split(line, f, /\t+/)
		total++
		if (f[1] in value) {
			good = f[2] == "<=" ? value[f[1]] + 0 <= f[3] + 0 : value[f[1]] + 0 >= f[3] + 0
			met += good
			missed += !good
			verdict = good ? "met" : "**missed**"
		} else
			verdict = "not measured"
		printf "| %s | %s %s | %s | %s |\n", f[5], f[2] == "<=" ? "at most" : "at least", shown(f[3], f[4]), cell(f[1]), verdict
	}
	print ""
	printf "%d met, %d missed, %d not measured.\n", met, missed, total - met - missed
	print ""
	print "Service and simulated devices share the processors: figures \"per core\" and \"processor time\" are of the service's"
	print "own processor time, user and kernel. Its devices make full handshakes without checking the service's certificate."
	print "PSS counts a page that others map too, such as libc's, by its share; `private_dirty` is what nobody shares."
	print "Times from the guard are seen from outside, by the kernel's own notifications, so they hold the observer's wake-up."
	if ("react.floor.busy.p50" in value)
		printf "Three wake-ups in a row, without any work, take %s here under attack (p99 %s), %s from rest (p99 %s).\n",
			cell("react.floor.busy.p50"), cell("react.floor.busy.p99"), cell("react.floor.idle.p50"), cell("react.floor.idle.p99")
	print ""
	print "## Peers in the same run"
	print ""
	print "| what | caltrop | sshguard | | fail2ban | |"
	print "|---|---|---|---|---|---|"
	split("busy idle", kind, " ")
	split("p50 p99 max", part, " ")
	for (k = 1; k <= 2; k++)
		for (p = 1; p <= 3; p++)
			peers_row("line -> drop, " (k == 1 ? "under attack" : "from rest") ", " part[p], "react.caltrop." kind[k] "." part[p],
				"react.sshguard." kind[k] "." part[p], "react.fail2ban." kind[k] "." part[p])
	peers_row("memory while doing it (PSS)", "pss.caltrop", "pss.sshguard", "pss.fail2ban")
	peers_row("log decoding, one core, the same file", "decode.caltrop", "decode.sshguard", "decode.fail2ban", 1)
	print ""
	print "## All figures"
	print ""
	while ((getline line < notes) > 0) {
		print "- " line
		noted = 1
	}
	if (noted)
		print ""
	print "| figure | value |"
	print "|---|---|"
	for (i = 1; i <= rows; i++)
		if (order[i] !~ /^version\./)
			print "| " order[i] " | " cell(order[i]) " |"
}
