# SPDX-License-Identifier: Apache-2.0
# RESULTS.md from the rows of one run: awk -f report.awk -v machine=F -v notes=F -v budgets=F -v programs=F ROWS

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

function times(r) { return sprintf(r >= 10 ? "%.0fx" : "%.2fx", r) }

# One line of `budgets` as a row: the ratio to its floor, or the figure itself where the floor is "-".
function budget_row(key, op, limit, floor, what,    r, good, verdict, said)
{
	said = "-"
	if (!(key in value) || (floor != "-" && value[floor] + 0 == 0))
		verdict = "not measured"
	else {
		r = floor == "-" ? value[key] + 0 : value[key] / value[floor]
		good = op == "<=" ? r <= limit + 0 : r >= limit + 0
		verdict = good ? "met" : "**missed**"
		said = floor == "-" ? "" : times(r)
	}
	count[verdict]++
	printf "| %s | %s | %s %s | %s | %s | %s |\n", what, said, op == "<=" ? "at most" : "at least",
		thousands(limit + 0) (floor == "-" ? unit_of(key) : "x"), verdict, cell(key), floor == "-" ? "" : cell(floor)
}

function unit_of(key) { return key in unit ? " " unit[key] : "" }

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
	print "| what | ratio | budget | | measured | floor or peer |"
	print "|---|---|---|---|---|---|"
	while ((getline line < budgets) > 0) {
		if (line ~ /^(#|$)/)
			continue
		split(line, f, /\t+/)
		budget_row(f[1], f[2], f[3], f[4], f[5])
	}
	print ""
	printf "%d met, %d missed, %d not measured.\n", count["met"], count["**missed**"], count["not measured"]
	print ""
	print "A ratio is the measured figure to the floor or the peer, which the same run measured on the same machine: bare"
	print "wake-ups, syncs and signatures between the very tries, the others right before. The last two columns are for"
	print "information. `tests/bench/budgets` holds the limits; notes say why what was \"not measured\" could not be."
	print ""
	print "Service and simulated devices share the processors: figures \"per core\" and \"processor time\" are of the service's"
	print "own processor time, user and kernel. Its devices make full handshakes without checking the service's certificate."
	print "PSS counts a page that others map too, such as libc's, by its share; `private_dirty` is what nobody shares."
	print "Times from the guard are seen from outside, by the kernel's own notifications, so they hold the observer's wake-up."
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
	if ((getline line < programs) > 0) {
		print "## Peers that see programs begin"
		print ""
		do
			print line
		while ((getline line < programs) > 0)
		print ""
	}
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
