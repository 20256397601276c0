# SPDX-License-Identifier: Apache-2.0
# The packages that a lock file of npm names and that are not only for building, as lines for sbom.awk. npm lays the file out
# with one value a line and tabs for depth.

function value(line)
{
	sub(/^[^:]*: "/, "", line)
	sub(/",?$/, "", line)
	return line
}

/^\t\t"node_modules\// {
	name = $1
	sub(/^"(.*node_modules\/)/, "", name)
	sub(/":$/, "", name)
	version = licence = dev = ""
}
/^\t\t\t"version": / { version = value($0) }
/^\t\t\t"license": / { licence = value($0) }
/^\t\t\t"dev": true/ { dev = 1 }
/^\t\t}/ && name != "" {
	if (!dev) {
		purl = name
		sub(/^@/, "%40", purl)
		printf "library\t%s\t%s\t%s\t-\tpkg:npm/%s@%s\n", name, version, licence, purl, version
		printf "link\tcaltrop-server\t%s\tstatic\n", name
		found = 1
	}
	name = ""
}
END { exit !found }
