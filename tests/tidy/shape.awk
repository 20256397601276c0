# SPDX-License-Identifier: Apache-2.0
# What one reading of the C files can see: awk -f shape.awk FILE... prints "CHECK FILE NAME: detail" per finding.
# It relies on the house's braces: a function's opening and closing brace each stand alone in column 0.

function say(check, name, detail) { print check " " FILENAME " " name ": " detail " (line " FNR ")" }

# The line without strings, character constants and comments; remembers an open comment.
function code_of(line,    out, at)
{
	gsub(/\\./, "", line)
	gsub(/"[^"]*"/, "\"\"", line)
	gsub(/'[^']*'/, "0", line)
	out = ""
	while (line != "") {
		if (in_comment) {
			at = index(line, "*/")
			if (!at)
				return out
			in_comment = 0
			line = substr(line, at + 2)
		} else {
			at = index(line, "/*")
			if (index(line, "//") && (!at || index(line, "//") < at))
				return out substr(line, 1, index(line, "//") - 1)
			if (!at)
				return out line
			out = out substr(line, 1, at - 1)
			in_comment = 1
			line = substr(line, at + 2)
		}
	}
	return out
}

function width_of(line,    n, i, c)
{
	if (line !~ /\t/)
		return length(line)
	for (i = 1; i <= length(line); i++)
		n += substr(line, i, 1) == "\t" ? 8 - n % 8 : 1
	return n
}

function file_end()
{
	if (rows > 500 && !is_test)
		print "file-length " file " -: " rows " lines, at most 500"
	if (rows && !spdx)
		print "spdx " file " -: no SPDX line at the top"
}

FNR == 1 {
	file_end()
	file = FILENAME
	spdx = in_comment = in_function = 0
	is_c = FILENAME ~ /\.c$/
	is_test = FILENAME ~ /^tests\//
	may_read_clock = FILENAME ~ /^(agent\/base\/clock\.c$|tests\/|ports\/)/
	head = ""
}

{
	rows = FNR
	if (FNR <= 3 && /SPDX-License-Identifier: Apache-2.0/)
		spdx = 1
	if (width_of($0) > 120)
		say("columns", "-", width_of($0) " columns, at most 120")
	if (/[ \t]$/)
		say("trailing-space", "-", "white space at the end of the line")
	if (/(TODO|FIXME|XXX)/ && !/(TODO|FIXME|XXX): [^ ]+ [^ ]+ [^ ]+/)
		say("todo", "-", "a TODO says what and why")
	code = code_of($0)
}

is_test { next }

is_c && code ~ /^[ \t]*#[ \t]*if/ && FILENAME !~ /^ports\// { say("if-in-c", "-", "features leave as files") }
is_c && code ~ /^extern / { say("extern-in-c", "-", "declare it in its header") }

match(code, /(^|[^A-Za-z0-9_])(strcpy|strcat|sprintf|vsprintf|gets|atoi|strtok|system|popen)[ ]?\(/) {
	say("banned", substr(code, RSTART, RLENGTH), "use base/str.h or base/buf.h")
}
!may_read_clock && match(code, /(^|[^A-Za-z0-9_.>])(time|gettimeofday|clock_gettime|uv_hrtime|uv_now)\(/) {
	say("clock", substr(code, RSTART, RLENGTH), "use base/clock.h in a shell; elsewhere time is a parameter")
}

is_c && code == "{" && !in_function {
	in_function = 1
	start = FNR
	labels = 0
	depth = deepest = 1
	name = head
	sub(/\(.*$/, "", name)
	sub(/^.*[ *]/, "", name)
	args = head
	sub(/^[^(]*\(/, "", args)
	sub(/\)[^)]*$/, "", args)
	while (gsub(/\([^()]*\)/, "", args))
		;
	if (gsub(/,/, ",", args) + 1 > 4)
		say("parameters", name, "more than 4, use a struct")
	next
}
is_c && code == "}" && in_function {
	in_function = 0
	if (FNR - start - 1 > 60)
		say("function-length", name, FNR - start - 1 " lines, at most 60")
	if (labels > 1)
		say("labels", name, labels " labels, at most one")
	if (deepest > 4)
		say("nesting", name, "more than 3 levels")
	head = ""
	next
}
in_function {
	if (code ~ /^[ \t]*[a-z_][a-z0-9_]*:[ \t]*$/ && code !~ /default:/)
		labels++
	# A brace that opens a statement nests; one that opens an initialiser does not.
	open = code
	if (code ~ /(\)|else|do)[ \t]*\{[ \t]*$/)
		stack[++depth] = 1
	else if (code ~ /\{[ \t]*$/)
		plain[depth]++
	if (code ~ /^[ \t]*\}/ && code !~ /\{/) {
		if (plain[depth] > 0)
			plain[depth]--
		else if (depth > 1)
			depth--
	} else if (code ~ /^[ \t]*\}.*(\)|else|do)[ \t]*\{[ \t]*$/ && depth > 1) {
		depth--
	}
	if (depth > deepest)
		deepest = depth
	next
}
code ~ /^[A-Za-z_]/ { head = code; next }
code ~ /^[ \t]+[^ \t]/ { head = head " " code }

END { file_end() }
