# SPDX-License-Identifier: Apache-2.0
# What the chosen options need of the device's kernel:
#
#   awk -v mode=fragment|rows -v config=AUTO.CONF -f kernel.awk ports/linux/kernel.needs
#
# fragment: symbols for the kernel's configuration, each with what is lost without it; for merge_config.sh of the kernel,
# Buildroot's BR2_LINUX_KERNEL_CONFIG_FRAGMENT_FILES, or a .cfg of Yocto.
# rows: the same as rows of C (agent/actor/kernel/kernel_needs.h).

function die(text)
{
	printf "%s:%d: %s\n", FILENAME, FNR, text > "/dev/stderr"
	failed = 1
	exit 1
}

# Which of the options are chosen that ask for it.
function chosen(options,    list, both, n, m, i, j, on, out)
{
	n = split(options, list, ",")
	for (i = 1; i <= n; i++) {
		m = split(list[i], both, "&")
		on = 1
		for (j = 1; j <= m; j++) {
			if (both[j] !~ /^[A-Z][A-Z0-9_]*$/)
				die("no option: " both[j])
			on = on && both[j] in config_has
		}
		if (on)
			out = out (out == "" ? "" : ", ") list[i]
	}
	return out
}

function quoted(text)
{
	gsub(/[\\"]/, "\\\\&", text)
	return "\"" text "\""
}

BEGIN {
	FS = "\t"
	while ((getline line < config) > 0)
		if (match(line, /^CONFIG_[A-Z0-9_]+=y/))
			config_has[substr(line, 8, RLENGTH - 9)] = 1
	if (mode == "fragment") {
		print "# What the kernel of the device has for the chosen options of Caltrop, and what is lost without it."
		print "# Where a symbol can be a module, =m does too."
	} else {
		print "#include \"agent/actor/kernel/kernel_needs.h\"\n"
		print "const struct kernel_need kernel_needs[] = {"
	}
}

/^#/ { next }

NF != 4 { die("wants SYMBOL, PROBE, OPTIONS and TEXT with a tab between, has " NF " parts") }

$1 !~ /^([A-Z][A-Z0-9_]*|[0-9]+\.[0-9]+)$/ { die("neither a symbol nor a version: " $1) }

$2 !~ /^(-|[a-z0-9_]+)$/ { die("no name of a probe: " $2) }

{
	options = chosen($3)
	if (options == "")
		next
	if (mode == "rows")
		printf "\t{%s, %s, %s},\n", quoted($1), $2 == "-" ? "0" : "kernel_probe_" $2, quoted($4)
	else if ($1 ~ /^[0-9]/)
		printf "\n# Linux %s or newer (%s). Without it: %s.\n", $1, options, $4
	else
		printf "\n# %s. Without it: %s.\nCONFIG_%s=y\n", options, $4, $1
}

END {
	if (!failed && mode == "rows")
		print "\t{0, 0, 0},\n};"
	exit failed
}
