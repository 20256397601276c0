# SPDX-License-Identifier: Apache-2.0
# Writes the options of Kconfig as a firmware builder's own files have them, so that its menu and ours are one.
#
#   awk -v style=STYLE -v table=FILE [-v config=FILE] -v top=DIR -f feeds.awk
#
# STYLE: kconfig   Config.in of OpenWrt and Buildroot: the entries themselves, their names behind -v prefix=CALTROP_,
#                  their attributes in Buildroot's order, their help in lines of -v width=62 characters
#        yocto     a PACKAGECONFIG row for each choice, a variable for each number, and what is on; `config` is the
#                  complete configuration that says what that is
#
# The table says what is otherwise there, one symbol per line:
#   SYMBOL left REASON      not offered, and off
#   SYMBOL fixed REASON     not offered, and what its default says
#   SYMBOL if EXPRESSION    on by default only so
#   SYMBOL needs EXPRESSION offered only so
#   SYMBOL selects NAME     what is on with it
#   SYMBOL wants PACKAGES   what is to be built before it
# A symbol of the table that Kconfig does not have is an error, as is one of Kconfig that is not understood here.

function die(text)
{
	printf "feeds: %s\n", text > "/dev/stderr"
	failed = 1
	exit 1
}

function read_table(    line, word, status)
{
	while ((status = (getline line < table)) > 0) {
		if (line ~ /^(#|$)/)
			continue
		split(line, word, " ")
		if (word[2] !~ /^(left|fixed|if|needs|selects|wants)$/)
			die(table ": `" line "': " word[2] " is none of left, fixed, if, needs, selects, wants")
		sub(/^[^ ]+ +[^ ]+ */, "", line)
		if (line == "")
			die(table ": " word[1] " " word[2] " says nothing more")
		said[word[1], word[2]] = line
		named[word[1]] = 1
	}
	if (status < 0)
		die("cannot read " table)
}

function read_config(    line, key, status)
{
	while ((status = (getline line < config)) > 0)
		if (line ~ /^CONFIG_[A-Z0-9_]+=/) {
			key = substr(line, 8)
			sub(/=.*/, "", key)
			is[key] = substr(line, length(key) + 9)
		}
	if (status < 0)
		die("cannot read " config)
}

# An expression with every symbol behind the prefix; what stands in quotes is kept.
function prefixed(text,    out)
{
	out = ""
	while (match(text, /"[^"]*"|[A-Z][A-Z0-9_]*/)) {
		out = out substr(text, 1, RSTART - 1) (substr(text, RSTART, 1) == "\"" ? "" : prefix) substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
	}
	return out text
}

function put(line) { out[++lines] = line }

# An attribute, to be put behind those before it: type, default, depends, select, help.
function hold(rank, line) { held[rank, ++holds[rank]] = line }

function put_option(    rank, i)
{
	for (rank = 1; rank <= 5; rank++) {
		for (i = 1; i <= holds[rank]; i++)
			put(held[rank, i])
		holds[rank] = 0
	}
}

function begin_option(name)
{
	sym = name
	known[sym] = 1
	order[++count] = sym
	hidden = ((sym, "left") in said) || ((sym, "fixed") in said)
	if ((sym, "left") in said)
		put("# Left out: " said[sym, "left"])
	else if ((sym, "fixed") in said)
		put("# Not asked: " said[sym, "fixed"])
	put("config " prefix sym)
	if ((sym, "needs") in said)
		hold(3, "\tdepends on " said[sym, "needs"])
	if ((sym, "selects") in said)
		hold(4, "\tselect " said[sym, "selects"])
}

# What the builder's own symbol adds to a default, as it is.
function only_if(rest)
{
	return ((sym, "if") in said) ? (rest ~ / if / ? " && " : " if ") said[sym, "if"] : ""
}

function attribute(word, rest)
{
	if (word == "bool" || word == "int" || word == "string") {
		type[sym] = word
		prompt[sym] = rest
		hold(1, "\t" word (rest == "" || hidden ? "" : " " prefixed(rest)))
	} else if (word == "default") {
		if (!((sym, "left") in said))
			hold(2, "\tdefault " prefixed(rest) only_if(rest))
	} else if (word == "range") {
		hold(2, "\trange " prefixed(rest))
	} else if (word == "depends") {
		hold(3, "\tdepends " prefixed(rest))
	} else {
		die("Kconfig: " sym ": `" word "' is not understood")
	}
}

# One more line of help; each of the four words of a data sheet begins a paragraph.
function add_help(text)
{
	if (text ~ /^(Sees|Needs|Costs|Without it): /)
		put_help()
	paragraph = paragraph (paragraph == "" ? "" : " ") text
}

function put_help(    n, i, words, line)
{
	n = split(paragraph, words, " ")
	line = ""
	for (i = 1; i <= n; i++) {
		if (line != "" && length(line) + 1 + length(words[i]) > width) {
			hold(5, "\t  " line)
			line = ""
		}
		line = line (line == "" ? "" : " ") words[i]
	}
	if (line != "")
		hold(5, "\t  " line)
	paragraph = ""
}

function line_of(text,    word, rest)
{
	word = text
	sub(/[ \t].*$/, "", word)
	if (word ~ /^(config|source|menu|if|endmenu|endif)$/)
		put_option()
	rest = text
	if (!sub(/^[^ \t]+[ \t]+/, "", rest))
		rest = ""
	if (word == "config") {
		put("")
		begin_option(rest)
	} else if (word == "source") {
		read_kconfig(rest)
	} else if (word == "menu" || word == "if" || word == "endmenu" || word == "endif") {
		sym = ""
		put("")
		put(word (rest == "" ? "" : " " prefixed(rest)))
	} else if (word != "mainmenu") {
		attribute(word, rest)
	}
}

function read_kconfig(file,    path, line, status, help)
{
	gsub(/"/, "", file)
	path = top "/" file
	while ((status = (getline line < path)) > 0) {
		if (help && line ~ /^(\t  |$)/) {
			sub(/^\t  */, "", line)
			if (!hidden)
				add_help(line)
			continue
		}
		if (help)
			put_help()
		help = 0
		if (line ~ /^[ \t]*(#|$)/)
			continue
		sub(/^[ \t]+/, "", line)
		if (line == "help") {
			help = 1
			if (!hidden)
				hold(5, "\thelp")
			continue
		}
		line_of(line)
	}
	if (status < 0)
		die("cannot read " path)
	if (help)
		put_help()
	put_option()
	close(path)
}

function lower(s) { s = tolower(s); gsub(/_/, "-", s); return s }

# PACKAGECONFIG and the numbers; what has no prompt follows from the rest.
function yocto(    i, s, on)
{
	for (i = 1; i <= count; i++) {
		s = order[i]
		if ((s, "left") in said)
			print "# " s " is left out: " said[s, "left"]
		else if ((s, "fixed") in said)
			print "# " s " is not asked: " said[s, "fixed"]
	}
	print "\nPACKAGECONFIG ??= \"\\"
	for (i = 1; i <= count; i++)
		if (asked(order[i]) && type[order[i]] == "bool" && is[order[i]] == "y")
			print "    " (((order[i], "if") in said) ? said[order[i], "if"] : lower(order[i])) " \\"
	print "\"\n"
	for (i = 1; i <= count; i++) {
		s = order[i]
		if (asked(s) && type[s] == "bool")
			print "PACKAGECONFIG[" lower(s) "] = \"CONFIG_" s "=y,CONFIG_" s "=n," said[s, "wants"] "\""
	}
	print "\n# Numbers: what is empty is what the profile says.\nCALTROP_NUMBERS = \"\""
	for (i = 1; i <= count; i++) {
		s = order[i]
		if (!asked(s) || type[s] == "bool")
			continue
		print "CALTROP_" s " ?= \"\""
		print "CALTROP_NUMBERS += \"" s "\""
		print "do_configure[vardeps] += \"CALTROP_" s "\""
	}
}

function asked(s) { return prompt[s] != "" && !((s, "left") in said) && !((s, "fixed") in said) }

BEGIN {
	read_table()
	if (config != "")
		read_config()
	read_kconfig("Kconfig")
	for (s in named)
		if (!(s in known))
			die(table ": Kconfig has no " s)
	print "# SPDX-License-Identifier: Apache-2.0"
	print "# Written by `make feeds` from Kconfig and the table `options`; what is changed here is lost."
	if (style == "yocto")
		yocto()
	for (i = 1; i <= lines && style == "kconfig"; i++)
		print out[i]
	exit failed
}
