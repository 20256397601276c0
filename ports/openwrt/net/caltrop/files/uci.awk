# SPDX-License-Identifier: Apache-2.0
# Turns `uci export caltrop` into the guard's settings: a section into a section, an option into a key. What could
# become another line of the settings than its own is refused. Ends with 1 when anything is wrong, and says all of it.

function wrong(text)
{
	printf "caltrop: /etc/config/caltrop: %s\n", text > "/dev/stderr"
	failed = 1
}

BEGIN {
	named["rule"] = "rule."
	named["file"] = "file "
	named["decoder"] = "decoder "
	named["hook"] = "hook "
	print "# Written by /etc/init.d/caltrop from /etc/config/caltrop, and written anew by it. Settings of your own go"
	print "# into /etc/caltrop/caltrop.conf.d/NAME.conf."
}

# The word that a line has behind its first `skip` words: in quotes, where '\'' is a quote, or plain. Sets `ended`.
function word(text,    out, at)
{
	out = ""
	ended = 1
	if (text !~ /^'/)
		return text
	text = substr(text, 2)
	while ((at = index(text, "'")) > 0) {
		out = out substr(text, 1, at - 1)
		text = substr(text, at + 1)
		if (text == "")
			return out
		if (substr(text, 1, 3) != "\\''")
			break
		out = out "'"
		text = substr(text, 4)
	}
	ended = 0
	return out text
}

function rest_behind(text, words)
{
	sub(/^[ \t]+/, "", text)
	for (; words > 0; words--)
		if (!sub(/^[^ \t]+[ \t]*/, "", text))
			return ""
	return text
}

# A section is written when the next one begins, since its name may be an option behind others. Which sections and keys
# there are the guard knows; one that has its type for a name has none.
function finish(    i, name)
{
	if (type == "" || type == "caltrop")
		return
	name = (type == "file" ? path : given != "" ? given : own)
	if (name ~ /[][]/ || type !~ /^[a-z_]+$/) {
		wrong("a section `" type "' cannot have the name " name)
		return
	}
	if (name == "" && (type in named)) {
		wrong("a section `" type "' has no " (type == "file" ? "option path" : "name"))
		return
	}
	print "\n[" ((type in named) ? named[type] name : type (name == "" || name == type ? "" : " " name)) "]"
	for (i = 1; i <= keys; i++)
		print key[i] " = " value[i]
}

function begin(text)
{
	finish()
	type = text
	sub(/[ \t].*/, "", type)
	own = word(rest_behind(text, 1))
	type = word(type)
	given = path = ""
	keys = 0
	split("", place)
}

# An option is a key; a list is one key with all its words, but for formats, which have spaces and a line each.
function set(name, text, more)
{
	if (!ended || text ~ /\\$/ || text ~ /[\001-\010\013-\037]/) {
		wrong(type ": " name ": " (ended ? "a value cannot end with a backslash or have control characters" : \
			"a value has one line"))
		return
	}
	if (name == "name") {
		given = text
	} else if (name == "path" && type == "file") {
		path = text
	} else if (more && (name in place) && name != "format") {
		value[place[name]] = value[place[name]] " " text
	} else {
		key[++keys] = name
		value[keys] = text
		place[name] = keys
	}
}

/^package / { exported = 1; next }
/^[ \t]*(#|$)/ { next }
$1 == "config" { begin(rest_behind($0, 1)); next }
$1 == "option" { set($2, word(rest_behind($0, 2)), 0); next }
$1 == "list" { set($2, word(rest_behind($0, 2)), 1); next }
{ wrong("cannot read: " $0) }

END {
	if (!exported)
		wrong("is not there, or uci cannot read it")
	finish()
	exit failed
}
