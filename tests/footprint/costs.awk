# SPDX-License-Identifier: Apache-2.0
# The Costs line of every option against tests/footprint/sizes: awk -f costs.awk -v mode=write|check -v table=F KCONFIG...
# `write` prints the file with the measured bytes in place, `check` a finding for each line that says something else.
# A Costs line reads "N bytes of program" and may go on behind a semicolon with what no build can measure.

function thousands(n,    s, out)
{
	s = n < 0 ? -n : n
	for (out = ""; length(s) > 3; s = substr(s, 1, length(s) - 3))
		out = "," substr(s, length(s) - 2) out
	return s out
}

BEGIN {
	while ((getline line < table) > 0)
		if (split(line, f, " ") == 5 && f[1] ~ /^[A-Z0-9_]+$/)
			# What an option adds to the programs that have it: mostly the guard's two, else the command line or the service.
			bytes[f[1]] = f[2] + f[3] > 0 ? f[2] + f[3] : f[5] > 0 ? f[5] : f[4]
}

/^config / { name = $2; prompt = 0 }
/^\tbool "/ { prompt = 1 }

/^\t  Costs: / && name in bytes {
	rest = $0
	if (!sub(/^[^;]*; /, "; ", rest))
		rest = "."
	want = "\t  Costs: " thousands(bytes[name]) " bytes of program" rest
	if (mode == "check" && $0 != want)
		print "costs " FILENAME " " name ": says \"" substr($0, 4) "\", measured \"" substr(want, 4) "\""
	$0 = want
}

/^\t  Costs: / && prompt && !(name in bytes) && name != "AGENT" && mode == "check" {
	print "costs " FILENAME " " name ": not in " table ", run `make footprint`"
}

mode == "write" { print }
